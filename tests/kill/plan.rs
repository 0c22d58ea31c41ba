//! What is done in one run, and what happens meanwhile. All of it follows from the seed.

use std::time::Duration;

use super::chance::Chance;

pub const SERVERS: [&str; 4] = ["vsftpd", "proftpd", "pure-ftpd", "pyftpdlib"];

/// So many seeds in a row have each server, with TLS and without, in each direction.
pub const VARIANTS: u64 = 32;

/// See the module.
#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub server: usize,
    pub has_tls: bool,
    pub direction: Direction,
    pub size: usize,
    /// So many bytes have the final name before.
    pub old_size: Option<usize>,
    pub flags: Flags,
    /// How many sessions move the files of a tree.
    pub sessions: usize,
    /// How often the call itself tries again.
    pub retries: u32,
    pub victim: Victim,
    pub faults: Vec<Fault>,
    /// Another file takes the place of the one that is moved, when the first call has failed.
    pub changes: bool,
    /// The client is driven as the worst event loop does.
    pub is_hostile: bool,
    /// The same as for other clients.
    pub is_compared: bool,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    Get,
    Put,
    /// A tree, down.
    MirrorGet,
    /// A tree, up.
    MirrorPut,
}

impl Direction {
    /// Whether it is a tree.
    pub fn is_mirror(self) -> bool {
        matches!(self, Direction::MirrorGet | Direction::MirrorPut)
    }

    /// Whether the server gets it.
    pub fn is_up(self) -> bool {
        matches!(self, Direction::Put | Direction::MirrorPut)
    }
}

#[derive(Copy, Clone, Debug, Default)]
pub struct Flags {
    pub resume: bool,
    pub atomic: bool,
    pub keep_time: bool,
    pub no_replace: bool,
    /// What only the target has is deleted.
    pub deletes: bool,
}

/// What is killed.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Victim {
    Server,
    Client,
    Network,
}

/// Something happens when so many bytes have passed since the last fault, or the beginning; or a while later.
#[derive(Copy, Clone, Debug)]
pub struct Fault {
    pub at: usize,
    pub later: Duration,
    pub what: What,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum What {
    Server,
    Client,
    Network(Harm),
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Harm {
    /// Both sides get a reset.
    Reset(Whose),
    /// Both sides get a proper end, as if it were the other's.
    End(Whose),
    /// Nothing comes any more.
    Stall(Whose),
    /// So many bytes of data are missing.
    Lose(usize),
}

/// Which connections.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    All,
    Control,
    Data,
}

impl Plan {
    pub fn of(seed: u64) -> Plan {
        let server = (seed % 4) as usize;
        let has_tls = seed / 4 % 2 == 1;
        let directions = [Direction::Get, Direction::Put, Direction::MirrorGet, Direction::MirrorPut];
        let direction = directions[(seed / 8 % 4) as usize];
        let is_mirror = direction.is_mirror();
        let mut chance = Chance::new(seed);
        let size = size(&mut chance);
        let old_size =
            chance.percent(50).then(|| if chance.percent(30) { size } else { self::size(&mut chance) });
        let victim = chance.weighted(&[(2, Victim::Server), (2, Victim::Client), (3, Victim::Network)]);
        // A client that is dead tries nothing again.
        let retries = if victim != Victim::Client && chance.percent(50) { 8 } else { 0 };
        let resume = retries == 0 || chance.percent(50);
        let atomic = direction.is_up() && chance.percent(50);
        let may_forbid =
            old_size.is_none() && (direction == Direction::Get || atomic || !resume) && !is_mirror;
        let flags = Flags {
            resume,
            atomic,
            keep_time: !is_mirror && chance.percent(20),
            no_replace: may_forbid && chance.percent(20),
            deletes: is_mirror && chance.percent(50),
        };
        // Four more files of a quarter each.
        let moved = if is_mirror { 2 * size } else { size };
        let count = chance.weighted(&[(6, 1), (2, 2), (1, 3)]);
        let faults: Vec<_> = (0..count).map(|_| fault(&mut chance, moved, victim, has_tls)).collect();
        // Otherwise a listing that is cut only makes a mirror send too much.
        let needs_listings = direction == Direction::MirrorGet || flags.deletes;
        let faults = if needs_listings { faults.into_iter().map(noticed).collect() } else { faults };
        let changes = retries == 0 && chance.percent(25);
        let sessions = if is_mirror && seed / VARIANTS % 2 == 1 { 3 } else { 1 };
        let is_hostile = victim != Victim::Client && chance.percent(20);
        Plan {
            seed,
            server,
            has_tls,
            direction,
            size,
            old_size,
            flags,
            sessions,
            retries,
            victim,
            faults,
            changes,
            is_hostile,
            is_compared: false,
        }
    }
    /// For a comparison with other clients: what their users would choose.
    pub fn compared(self) -> Plan {
        let flags = Flags { resume: true, atomic: self.direction.is_up(), ..Flags::default() };
        // Others would go on from the end of an old file, which nobody wants.
        Plan { old_size: None, flags, retries: 8, is_hostile: false, is_compared: true, ..self }
    }

    /// How long the client waits for the server.
    pub fn patience(&self) -> Duration {
        let stalls = |fault: &Fault| matches!(fault.what, What::Network(Harm::Stall(_) | Harm::Lose(_)));
        Duration::from_secs(if self.faults.iter().any(stalls) { 1 } else { 10 })
    }

    /// The final name never has anything but the old file or the whole new one.
    pub fn is_all_or_nothing(&self) -> bool {
        !self.direction.is_up() || self.flags.atomic
    }
}

/// Sizes at which something may be different, and others.
fn size(chance: &mut Chance) -> usize {
    const OVERLAP: usize = 64 * 1024;
    match chance.below(20) {
        0 => 0,
        1 => chance.below(100),
        2..=4 => (1 + chance.below(4)) * OVERLAP + chance.below(3) - 1,
        5..=8 => chance.below(3 * OVERLAP),
        _ => 100_000 + chance.below(1_200_000),
    }
}

/// Nothing tells the length of a listing: one that is cut and has a proper end is whole to everybody.
fn noticed(fault: Fault) -> Fault {
    match fault.what {
        What::Network(Harm::Lose(_) | Harm::End(Whose::Data)) => {
            Fault { what: What::Network(Harm::Reset(Whose::Data)), ..fault }
        }
        _ => fault,
    }
}

fn fault(chance: &mut Chance, size: usize, victim: Victim, has_tls: bool) -> Fault {
    // About what goes over the control connection, and what TLS adds.
    let (before, after) = if has_tls { (4000, 4000) } else { (400, 400) };
    let at = match chance.below(10) {
        0 => chance.below(before),
        1..=5 => before + chance.below(size.max(1)),
        _ => before + size + chance.below(after) - (after / 2).min(size),
    };
    let later = match victim {
        Victim::Client if chance.percent(50) => Duration::from_micros(chance.below(4000) as u64),
        _ => Duration::ZERO,
    };
    let what = match victim {
        Victim::Server => What::Server,
        Victim::Client => What::Client,
        Victim::Network => {
            let whose = chance.weighted(&[(2, Whose::All), (1, Whose::Control), (1, Whose::Data)]);
            What::Network(match chance.below(10) {
                0..=3 => Harm::Reset(whose),
                4..=6 => Harm::End(whose),
                7 => Harm::Stall(whose),
                _ => Harm::Lose(1 + chance.below(5000)),
            })
        }
    };
    Fault { at: at.max(1), later, what }
}
