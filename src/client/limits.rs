//! How long each phase of a call may take, and what is said when one took too long.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::error::Error;
use crate::net::Deadline;

/// What a call waits for. Each has its own limit.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// A TCP connection to the server, control or data, with the name's resolution and the handshake of implicit TLS.
    Connect,
    /// The greeting, and the one that a 120 announces.
    Greeting,
    /// The reply to a command; that the server takes the command; the TLS handshake after AUTH.
    Reply,
    /// The next data, or that the server takes it; the TLS handshake of a data connection.
    Data,
    /// Active mode: the server's data connection.
    Accept,
    /// The reply that confirms a transfer.
    Final,
    /// The whole call, with the caller's callbacks.
    Total,
}

/// The phases that wait for the server.
const WAITS: [Phase; 6] =
    [Phase::Connect, Phase::Greeting, Phase::Reply, Phase::Data, Phase::Accept, Phase::Final];

/// How long a phase may take unless the user says otherwise.
const DEFAULT: Duration = Duration::from_secs(60);

/// The limits of all phases; `None` is no limit.
#[derive(Debug)]
pub(super) struct Limits {
    connect: Option<Duration>,
    greeting: Option<Duration>,
    reply: Option<Duration>,
    data: Option<Duration>,
    accept: Option<Duration>,
    r#final: Option<Duration>,
    total: Option<Duration>,
    /// What was waited for last: its place in [`WAITS`], counted from 1; 0 is nothing.
    current: AtomicUsize,
}

/// The time that a wait has, and the phase it belongs to.
#[derive(Copy, Clone, Debug)]
pub(super) struct Wait {
    pub(super) phase: Phase,
    pub(super) deadline: Deadline,
}

impl Limits {
    pub(super) fn set(&mut self, phase: Phase, limit: Option<Duration>) {
        *match phase {
            Phase::Connect => &mut self.connect,
            Phase::Greeting => &mut self.greeting,
            Phase::Reply => &mut self.reply,
            Phase::Data => &mut self.data,
            Phase::Accept => &mut self.accept,
            Phase::Final => &mut self.r#final,
            Phase::Total => &mut self.total,
        } = limit;
    }

    /// Sets all but the limit of the whole call.
    pub(super) fn set_waits(&mut self, limit: Option<Duration>) {
        for phase in WAITS {
            self.set(phase, limit);
        }
    }

    fn of(&self, phase: Phase) -> Option<Duration> {
        match phase {
            Phase::Connect => self.connect,
            Phase::Greeting => self.greeting,
            Phase::Reply => self.reply,
            Phase::Data => self.data,
            Phase::Accept => self.accept,
            Phase::Final => self.r#final,
            Phase::Total => self.total,
        }
    }

    /// A wait that begins now.
    pub(super) fn wait(&self, phase: Phase) -> Wait {
        if let Some(at) = WAITS.iter().position(|&wait| wait == phase) {
            self.current.store(at + 1, Ordering::Relaxed);
        }
        Wait { phase, deadline: Deadline::after(self.of(phase)) }
    }

    /// A call begins.
    pub(super) fn begin(&self) {
        self.current.store(0, Ordering::Relaxed);
    }

    /// What the call has waited for last, but for short waits that are no part of what it was asked for.
    pub(super) fn current(&self) -> Option<Phase> {
        let at = self.current.load(Ordering::Relaxed).checked_sub(1)?;
        WAITS.get(at).copied()
    }

    /// A wait that begins now and has no more than `most`, whatever the user has set.
    pub(super) fn wait_at_most(&self, phase: Phase, most: Duration) -> Wait {
        let limit = self.of(phase).map_or(most, |limit| limit.min(most));
        Wait { phase, deadline: Deadline::after(Some(limit)) }
    }
}

impl Default for Limits {
    fn default() -> Limits {
        let limit = Some(DEFAULT);
        Limits {
            connect: limit,
            greeting: limit,
            reply: limit,
            data: limit,
            accept: limit,
            r#final: limit,
            total: None,
            current: AtomicUsize::new(0),
        }
    }
}

impl Wait {
    /// As long as this, but no longer than `most` from now.
    pub(super) fn at_most(self, most: Duration) -> Wait {
        Wait { deadline: self.deadline.at_most(most), ..self }
    }

    /// The error when it is over; `what` did not come.
    pub(super) fn timed_out(self, what: impl fmt::Display) -> Error {
        self.timed_out_after(what, String::new())
    }

    /// As [`Wait::timed_out`], with what had been done.
    pub(super) fn timed_out_after(self, what: impl fmt::Display, done: String) -> Error {
        let what = format!("waiting for {what}");
        Error::Timeout { what, phase: self.phase, done, after: self.deadline.elapsed() }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Connect => "connect",
            Phase::Greeting => "greeting",
            Phase::Reply => "reply",
            Phase::Data => "data",
            Phase::Accept => "accept",
            Phase::Final => "final",
            Phase::Total => "total",
        })
    }
}
