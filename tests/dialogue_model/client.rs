//! A client in small: it tells the ledger what it sends and what comes, as `src/client` does, and does what the ledger says.
//! Whatever the ledger claims is compared with the truth.

use std::collections::BTreeMap;

use ftpclient::protocol;
use ftpclient::protocol::dialogue::{Dialogue, Matched, Recovery, Whose, is_goodbye};
use ftpclient::protocol::reply::{Class, Reply};
use ftpclient::protocol::verb::{Fact, Verb};

use super::chance::Chance;
use super::server::{NOBODY, Server};

/// Why an operation failed.
#[derive(Debug)]
pub enum Failed {
    /// Nothing came.
    Waiting,
    /// The user has stopped it.
    Stopped,
    /// What came is an error.
    Reply,
    /// The rules forbid it now.
    OutOfTurn,
}

type Result<T> = std::result::Result<T, Failed>;

pub struct Client {
    pub ledger: Dialogue,
    pub server: Server,
    pub chance: Chance,
    /// How likely the user stops an operation at any of its steps, in percent.
    stops: usize,
    commands: usize,
    transfer: Option<Transfer>,
    is_closed: bool,
    /// What happened, for the report.
    pub events: Vec<String>,
    pub is_shown: bool,
    /// What the ledger has claimed, and how often.
    pub claims: BTreeMap<String, u64>,
    /// The first wrong claim.
    pub wrong: Option<String>,
}

/// A transfer whose data the user moves.
struct Transfer {
    line: String,
    final_reply: Option<Reply>,
    is_doubtful: bool,
}

impl Client {
    pub fn new(seed: u64, is_shown: bool) -> Client {
        let mut chance = Chance::new(seed);
        let server = Server::new(chance.fork());
        let stops = chance.one_of(&[0, 0, 1, 5]);
        Client {
            ledger: Dialogue::new(),
            server,
            chance,
            stops,
            commands: 0,
            transfer: None,
            is_closed: false,
            events: Vec::new(),
            is_shown,
            claims: BTreeMap::new(),
            wrong: None,
        }
    }

    /// One connection, from the greeting to the end.
    pub fn play(&mut self) {
        if self.wait_for_own("").is_err() {
            return;
        }
        for _ in 0..self.chance.below(12) {
            // What comes unasked in the middle of a transfer, nobody can tell from its end.
            if self.transfer.is_none() {
                self.server.stray();
            }
            let outcome = self.operation();
            self.event(|| format!("-> {outcome:?}"));
            let is_left = self.transfer.is_none() && self.ledger.recovery() != Recovery::InStep;
            if is_left || outcome.is_err() {
                self.settle();
            }
            if self.is_closed || self.ledger.is_lost() {
                // The ledger gave up: not without a reason.
                return self.require(self.has_reason_to_close(), || "closed without need".into());
            }
            self.require_truth();
            if self.wrong.is_some() {
                return;
            }
        }
    }

    fn has_reason_to_close(&self) -> bool {
        self.server.has_erred || self.server.is_gone || self.stops > 0
    }

    fn event(&mut self, event: impl FnOnce() -> String) {
        if self.is_shown {
            self.events.push(event());
        }
    }

    fn claim(&mut self, what: String) {
        *self.claims.entry(what).or_default() += 1;
    }

    fn require(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds && self.wrong.is_none() {
            self.wrong = Some(what());
        }
    }

    /// Between two operations: what the ledger says is due is what the server owes.
    fn require_truth(&mut self) {
        let recovery = self.ledger.recovery();
        let is_open = self.transfer.is_some();
        self.require(recovery == Recovery::InStep || is_open && recovery != Recovery::Close, || {
            format!("between operations: {recovery:?}")
        });
        if !is_open {
            let kept = self.ledger.count_of_the_user() - self.ledger.outstanding();
            let owed = self.server.owed.clone();
            self.require(owed.len() == self.ledger.count_of_the_user() - kept, || {
                format!("the ledger knows of {kept} replies, the server owes {owed:?}")
            });
        }
    }

    fn operation(&mut self) -> Result<()> {
        if self.transfer.is_some() {
            return match self.chance.below(8) {
                // Nobody can tell which of the two such a server means.
                0 | 1 if self.server.habits.ends_oddly || self.server.habits.ends_early_with_1yz => {
                    self.data()
                }
                0 | 1 if self.server.habits.drops_noops => self.put(&["STAT", "ABOR"]),
                0 | 1 => self.put(&["STAT", "NOOP", "ABOR", "STAT"]),
                2 | 3 => self.get(),
                4 => self.abort(),
                5 => self.data().and_then(|()| self.finish()),
                _ => self.data(),
            };
        }
        match self.chance.below(16) {
            0..=2 => self.command(&["CWD", "DELE", "PWD", "MKD", "STAT", "PORT", "QUIT"]),
            3 => self.first_reply(&["STOR", "RETR", "DELE", "SITE"]),
            4 | 5 => self.put(&["STAT", "NOOP", "MKD", "PWD", "RETR", "LIST", "CWD", "ABOR"]),
            6..=8 => self.get(),
            9 => self.resync(),
            10 => self.abort(),
            11 => self.command(&["PORT"]),
            12 | 13 => self.begin(),
            _ => self.begin().and_then(|()| self.data()).and_then(|()| self.finish()),
        }
    }

    // What is said.

    /// The user stops here, perhaps.
    fn stop(&mut self) -> Result<()> {
        if self.chance.below(100) < self.stops { Err(Failed::Stopped) } else { Ok(()) }
    }

    fn name(&mut self, verbs: &[&str]) -> String {
        self.commands += 1;
        format!("{} {}", self.chance.one_of(verbs), self.commands)
    }

    /// Whose the reply is, is not said yet.
    fn send_as_is(&mut self, line: &str, is_by_hand: bool) -> Result<()> {
        self.ledger.lose();
        self.stop()?;
        self.event(|| format!("> {line}"));
        self.server.hear(line, is_by_hand);
        self.stop()
    }

    fn send(&mut self, whose: Whose, line: &str, is_by_hand: bool) -> Result<()> {
        if !self.ledger.has_due() {
            self.take_unsolicited()?;
        }
        self.send_as_is(line, is_by_hand)?;
        self.ledger.sent(whose, line);
        Ok(())
    }

    /// What comes while nothing is owed is nobody's.
    fn take_unsolicited(&mut self) -> Result<()> {
        while let Some(reply) = self.server.take() {
            self.event(|| format!("< {reply} (unasked)"));
            let is_goodbye = is_goodbye(&reply, "");
            let is_noops = self.ledger.take_noop(&reply);
            let is_stray = is_noops || is_goodbye || is_of(&reply, NOBODY) || reply.class().is_none();
            self.require(is_stray, || format!("\"{reply}\" was taken for a stray"));
            if is_goodbye {
                self.ledger.lose();
                return Err(Failed::Waiting);
            }
        }
        Ok(())
    }

    /// The next reply, once it comes.
    fn read(&mut self) -> Result<Reply> {
        loop {
            self.stop()?;
            if self.server.has_said() && !self.chance.percent(20) {
                return self.server.take().ok_or(Failed::Waiting);
            }
            if !self.server.work() && !self.server.has_said() {
                return Err(Failed::Waiting);
            }
        }
    }

    /// As [`Client::read`]; what does not come soon does not.
    fn read_soon(&mut self) -> Result<Reply> {
        if self.chance.percent(20) { Err(Failed::Waiting) } else { self.read() }
    }

    /// What has come, without waiting.
    fn look(&mut self) -> Option<Reply> {
        if self.chance.percent(50) {
            self.server.work();
        }
        self.server.take()
    }

    /// Asks the ledger whose a reply is, and compares it with what the reply says itself.
    fn came(&mut self, reply: &Reply) -> (Whose, String) {
        let is_in_doubt = !matches!(self.ledger.recovery(), Recovery::InStep | Recovery::Abort { .. });
        let matched = self.ledger.came(reply);
        self.claim(format!("{:?}", matched.whose));
        self.event(|| format!("< {reply} ({matched:?})"));
        let is_true = match matched.whose {
            // Where a line that is no reply belongs, nobody can know.
            _ if reply.class().is_none() => true,
            // The server ends the session, whatever it was asked.
            _ if is_goodbye(reply, &matched.what) => self.ledger.recovery() == Recovery::Close || is_in_doubt,
            // Nor after it.
            Whose::Nobody => is_of(reply, NOBODY) || is_in_doubt,
            Whose::Noop => Verb::of(truth(reply)) == Verb::Noop,
            _ => is_of(reply, &matched.what),
        };
        self.require(is_true, || format!("\"{reply}\" was taken for that to {matched:?}"));
        (matched.whose, matched.what)
    }

    fn keep(&mut self, what: String, reply: Reply) {
        let matched = Matched { whose: Whose::User, what, command: None };
        self.ledger.keep(matched, reply);
    }

    // Commands.

    /// A command whose final reply is waited for.
    fn command(&mut self, verbs: &[&str]) -> Result<()> {
        let line = self.name(verbs);
        self.require_no_unread_reply(&line)?;
        self.send(Whose::Command, &line, true)?;
        self.wait_for_own(&line).map(drop)
    }

    fn require_no_unread_reply(&mut self, line: &str) -> Result<()> {
        let is_about_data = Verb::of(line.as_bytes()).is(Fact::AgreesOnData);
        let may = self.transfer.is_none()
            && (self.ledger.count_of_the_user() == 0
                || is_about_data && self.ledger.waits_for_the_users_data());
        if may { Ok(()) } else { Err(Failed::OutOfTurn) }
    }

    fn wait_for_own(&mut self, line: &str) -> Result<Reply> {
        loop {
            let reply = self.reply_to_own(line)?;
            match reply.class() {
                Some(Class::Preliminary) => {}
                None => return Err(Failed::Reply),
                _ => return Ok(reply),
            }
        }
    }

    fn reply_to_own(&mut self, line: &str) -> Result<Reply> {
        loop {
            let reply = self.read()?;
            let (whose, what) = self.came(&reply);
            if whose == Whose::User {
                self.keep(what, reply);
                continue;
            }
            if whose == Whose::Nobody || is_goodbye(&reply, line) {
                return Err(Failed::Reply);
            }
            return Ok(reply);
        }
    }

    /// A command whose first reply is waited for; after 1yz the user reads the other one.
    fn first_reply(&mut self, verbs: &[&str]) -> Result<()> {
        let line = self.name(verbs);
        self.require_no_unread_reply(&line)?;
        self.send(Whose::Command, &line, true)?;
        let reply = self.reply_to_own(&line)?;
        match reply.class() {
            Some(Class::Preliminary) => self.ledger.leave_to_the_user(&protocol::command::Command::new("X")),
            None => return Err(Failed::Reply),
            _ => {}
        }
        Ok(())
    }

    /// A command whose replies the user reads.
    fn put(&mut self, verbs: &[&str]) -> Result<()> {
        let line = self.name(verbs);
        self.send(Whose::User, &line, true)
    }

    /// The user reads a reply.
    fn get(&mut self) -> Result<()> {
        if self.ledger.count_of_the_user() == 0 {
            return Err(Failed::OutOfTurn);
        }
        let first = self.ledger.first_of_the_user().map(str::to_owned);
        if let Some((what, reply)) = self.ledger.take_kept() {
            let is_true = is_of(&reply, &what) || reply.class().is_none();
            self.require(is_true && first.as_deref() == Some(&what), || {
                format!("\"{reply}\" was kept for {what}")
            });
            return Ok(());
        }
        let may_give_up = self.transfer.is_some();
        loop {
            if !may_give_up {
                self.ledger.lose();
            }
            let reply = self.read()?;
            self.ledger.regain();
            match self.came(&reply) {
                (Whose::User, what) => {
                    let is_error = reply.class().is_none() || is_goodbye(&reply, &what);
                    return if is_error { Err(Failed::Reply) } else { Ok(()) };
                }
                (Whose::Transfer, _) if reply.class() != Some(Class::Preliminary) => {
                    if let Some(transfer) = &mut self.transfer {
                        (transfer.final_reply, transfer.is_doubtful) = (Some(reply), false);
                    }
                }
                _ => {}
            }
        }
    }

    // Transfers.

    fn begin(&mut self) -> Result<()> {
        let line = self.name(&["RETR", "STOR", "LIST"]);
        self.require_no_unread_reply(&line)?;
        self.server.open_data();
        self.send(Whose::Transfer, &line, false)?;
        let mut transfer = Transfer { line, final_reply: None, is_doubtful: false };
        self.preliminary(&mut transfer)?;
        self.ledger.start_transfer();
        self.transfer = Some(transfer);
        Ok(())
    }

    /// The 1yz reply; or a stray of class 2yz, and then it; or the final one in its place.
    fn preliminary(&mut self, transfer: &mut Transfer) -> Result<()> {
        let mut reply = self.read()?;
        if reply.class() == Some(Class::Completion) {
            self.event(|| format!("< {reply} (in place of 1yz)"));
            let is_end = matches!(reply.code(), Some(226 | 250));
            match self.reply_or_data() {
                Ok(Some(second)) => reply = second,
                Ok(None) => {
                    (transfer.final_reply, transfer.is_doubtful) = (Some(reply), true);
                    return Ok(());
                }
                Err(_) if is_end => return self.confirm_end(transfer, reply),
                Err(error) => return Err(error),
            }
        }
        if !matches!(reply.class(), Some(Class::Completion | Class::Intermediate)) {
            self.came(&reply);
        }
        if reply.class() == Some(Class::Preliminary) { Ok(()) } else { Err(Failed::Reply) }
    }

    fn reply_or_data(&mut self) -> Result<Option<Reply>> {
        loop {
            if self.server.has_said() {
                return Ok(self.server.take());
            }
            if self.server.has_data {
                return Ok(None);
            }
            // Who is slower than the client is patient is not told from who has nothing to say.
            if !self.server.work() && !self.server.has_said() {
                return Err(Failed::Waiting);
            }
        }
    }

    fn confirm_end(&mut self, transfer: &mut Transfer, reply: Reply) -> Result<()> {
        let pwd = self.name(&["PWD"]);
        self.send_as_is(&pwd, false)?;
        let next = self.read()?;
        self.event(|| format!("< {next} (confirms?)"));
        if next.code() != Some(257) {
            return Err(Failed::Reply);
        }
        self.require(is_of(&next, &pwd), || format!("\"{next}\" was taken for that to {pwd}"));
        self.ledger.found();
        transfer.final_reply = Some(reply);
        Ok(())
    }

    /// Some data moves. A failure ends the transfer.
    fn data(&mut self) -> Result<()> {
        let outcome = self.move_data();
        if outcome.is_err() {
            self.transfer = None;
        }
        outcome
    }

    fn move_data(&mut self) -> Result<()> {
        for _ in 0..self.chance.below(6) {
            self.stop()?;
            self.server.work();
            let Some(transfer) = &self.transfer else { return Err(Failed::OutOfTurn) };
            let is_under_way = transfer.final_reply.is_none() || transfer.is_doubtful;
            if is_under_way && self.chance.percent(20) {
                let noop = self.name(&["NOOP"]);
                self.event(|| format!("> {noop}"));
                self.server.hear(&noop, false);
                self.ledger.sent_noop();
            }
            if is_under_way && let Some(reply) = self.look() {
                self.early_reply(reply)?;
            }
        }
        self.require_not_refused()
    }

    fn early_reply(&mut self, reply: Reply) -> Result<()> {
        match self.came(&reply) {
            (Whose::Noop, _) => return Ok(()),
            (Whose::User, what) => {
                self.keep(what, reply);
                return Ok(());
            }
            (Whose::Nobody, _) => return Err(Failed::Reply),
            _ => {}
        }
        let Some(transfer) = &mut self.transfer else { return Err(Failed::OutOfTurn) };
        transfer.is_doubtful = false;
        match reply.class() {
            Some(Class::Preliminary) => transfer.final_reply = None,
            Some(Class::Completion | Class::Intermediate) => transfer.final_reply = Some(reply),
            _ => return Err(Failed::Reply),
        }
        Ok(())
    }

    fn require_not_refused(&mut self) -> Result<()> {
        let Some(transfer) = &self.transfer else { return Ok(()) };
        let is_refused = transfer
            .final_reply
            .as_ref()
            .is_some_and(|reply| !matches!(reply.class(), Some(Class::Completion | Class::Intermediate)));
        if is_refused { Err(Failed::Reply) } else { Ok(()) }
    }

    fn finish(&mut self) -> Result<()> {
        let Some(mut transfer) = self.transfer.take() else { return Err(Failed::OutOfTurn) };
        self.event(|| "the data connection is closed".into());
        let is_early = self.server.close_data();
        let reply = match transfer.final_reply.take() {
            None => self.final_reply(&transfer, is_early)?,
            Some(doubtful) if transfer.is_doubtful => match self.final_reply(&transfer, is_early) {
                Err(Failed::Waiting) => {
                    self.came(&doubtful);
                    doubtful
                }
                outcome => outcome?,
            },
            Some(reply) => reply,
        };
        self.settle_noops();
        let is_true = is_of(&reply, &transfer.line) || reply.class().is_none() || self.ledger.is_lost();
        self.require(is_true, || format!("\"{reply}\" was taken for the end of {}", transfer.line));
        let is_done = reply.class() == Some(Class::Completion) && !is_goodbye(&reply, &transfer.line);
        if is_done { Ok(()) } else { Err(Failed::Reply) }
    }

    fn final_reply(&mut self, transfer: &Transfer, is_early: bool) -> Result<Reply> {
        self.ledger.end_transfer();
        let had_started = self.ledger.transfer_has_started();
        let is_upload = transfer.line.starts_with("STOR");
        loop {
            let reply = self.read()?;
            match (self.came(&reply), reply.class()) {
                ((Whose::User, what), _) => self.keep(what, reply),
                ((Whose::Noop, _), _) => {}
                ((Whose::Nobody, _), _) => return Err(Failed::Reply),
                (_, Some(Class::Preliminary)) if had_started && is_early && !is_upload => {
                    return self.last_word(reply);
                }
                (_, Some(Class::Preliminary)) => {}
                _ => return Ok(reply),
            }
        }
    }

    fn last_word(&mut self, preliminary: Reply) -> Result<Reply> {
        match self.read_soon() {
            Ok(reply) if reply.class() != Some(Class::Preliminary) => {
                if self.came(&reply).0 == Whose::EndOfTransfer {
                    return Ok(reply);
                }
            }
            Ok(_) | Err(Failed::Waiting) => {}
            Err(error) => return Err(error),
        }
        let others = self.ledger.has_due_of_the_user();
        let last = self.find_the_step()?.unwrap_or(preliminary);
        if others { Err(Failed::Reply) } else { Ok(last) }
    }

    // Back into step.

    fn settle(&mut self) {
        let recovery = self.ledger.recovery();
        self.claim(format!("{recovery:?}"));
        self.event(|| format!("settle: {recovery:?}"));
        if self.transfer.is_some() && matches!(recovery, Recovery::InStep | Recovery::Abort { .. }) {
            return;
        }
        self.transfer = None;
        self.server.close_data();
        // The user does not stop what the library does on its own.
        let stops = std::mem::take(&mut self.stops);
        let outcome = match recovery {
            Recovery::Close => Err(Failed::Waiting),
            Recovery::Abort { started } => self.abort_transfer(started),
            Recovery::FindByPwd => self.find_the_step().map(drop),
            Recovery::InStep => {
                self.settle_noops();
                Ok(())
            }
        };
        self.stops = stops;
        self.is_closed |= outcome.is_err();
    }

    fn resync(&mut self) -> Result<()> {
        self.find_the_step()?;
        self.ledger.drop_kept();
        Ok(())
    }

    fn settle_noops(&mut self) {
        if self.ledger.noops() > 0 && !self.ledger.is_lost() && self.find_the_step().is_err() {
            self.is_closed = true;
        }
    }

    fn abort(&mut self) -> Result<()> {
        if self.transfer.take().is_some() {
            if let Recovery::Abort { started } = self.ledger.recovery() {
                self.abort_transfer(started)?;
            }
            self.server.close_data();
            self.settle_noops();
            return Ok(());
        }
        let abor = self.name(&["ABOR"]);
        self.require_no_unread_reply(&abor)?;
        self.send(Whose::Command, &abor, false)?;
        let reply = self.wait_for_own(&abor)?;
        if reply.code() != Some(426) {
            return Ok(());
        }
        self.ledger.sent(Whose::Command, &abor);
        self.ledger.lose();
        let mut is_clear = true;
        match self.reply_of_abort(true, 1, &mut is_clear) {
            Ok(_) if is_clear => self.ledger.found(),
            Ok(_) | Err(Failed::Waiting) => drop(self.find_the_step()?),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn abort_transfer(&mut self, started: bool) -> Result<()> {
        if self.has_ended(started)? {
            self.settle_noops();
            return Ok(());
        }
        let mut is_clear = self.ledger.recovery() != Recovery::FindByPwd;
        let abor = self.name(&["ABOR"]);
        self.send_as_is(&abor, false)?;
        let mut replies = 0;
        match self.reply_of_abort(true, 0, &mut is_clear) {
            Ok(_) => replies = 1,
            Err(Failed::Waiting) => {}
            Err(error) => return Err(error),
        }
        self.server.close_data();
        while replies < 2 {
            match self.reply_of_abort(replies == 1, replies, &mut is_clear) {
                Ok(reply) => {
                    let may_answer_abor = matches!(reply.code(), Some(200 | 225 | 226))
                        || reply.class() == Some(Class::Permanent);
                    is_clear &= replies == 0 || may_answer_abor;
                    replies += 1;
                }
                Err(Failed::Waiting) if replies == 1 => return self.find_the_step().map(drop),
                Err(error) => return Err(error),
            }
        }
        if !is_clear || self.ledger.noops() > 0 || self.ledger.has_due_of_the_user() {
            return self.find_the_step().map(drop);
        }
        self.ledger.found();
        Ok(())
    }

    fn has_ended(&mut self, mut started: bool) -> Result<bool> {
        while let Some(reply) = self.look() {
            if reply.class() == Some(Class::Completion) && !started {
                self.event(|| format!("< {reply} (before 1yz)"));
                continue;
            }
            started |= reply.class() == Some(Class::Preliminary);
            let (whose, what) = self.came(&reply);
            if whose == Whose::User {
                self.keep(what, reply);
                continue;
            }
            match self.ledger.recovery() {
                Recovery::Abort { .. } => {}
                Recovery::FindByPwd if reply.class().is_none() || whose == Whose::Nobody => return Ok(false),
                Recovery::Close => return Err(Failed::Reply),
                Recovery::InStep | Recovery::FindByPwd => return Ok(true),
            }
        }
        Ok(false)
    }

    fn reply_of_abort(&mut self, is_urgent: bool, before: usize, is_clear: &mut bool) -> Result<Reply> {
        loop {
            let reply = if is_urgent { self.read_soon()? } else { self.read()? };
            self.event(|| format!("< {reply} (after ABOR)"));
            if self.ledger.take_noop(&reply) {
                continue;
            }
            if is_goodbye(&reply, "ABOR") {
                return Err(Failed::Reply);
            }
            match reply.class() {
                Some(Class::Preliminary) => *is_clear &= before == 0,
                Some(Class::Intermediate) | None => *is_clear = false,
                Some(_) => return Ok(reply),
            }
        }
    }

    /// PWD tells: what comes before its reply answers what was sent before.
    fn find_the_step(&mut self) -> Result<Option<Reply>> {
        let mut stray = None;
        while let Some(reply) = self.look() {
            let (whose, what) = self.came(&reply);
            if is_goodbye(&reply, &what) {
                return Err(Failed::Reply);
            }
            if whose == Whose::User {
                self.keep(what, reply);
            } else if whose != Whose::Noop && !matches!(reply.class(), Some(Class::Preliminary) | None) {
                stray = Some(reply);
            }
        }
        let pwd = self.name(&["PWD"]);
        self.send_as_is(&pwd, false)?;
        let (most, mut paths) = (self.ledger.replies_due() + 3, self.ledger.paths_due());
        let is_in_order = self.ledger.only_the_user_waits();
        for _ in 0..=most {
            let reply = self.read()?;
            self.event(|| format!("< {reply} (before the step)"));
            if is_goodbye(&reply, "PWD") {
                return Err(Failed::Reply);
            }
            if reply.code() == Some(257) && paths == 0 {
                self.require(is_of(&reply, &pwd), || format!("\"{reply}\" was taken for that to {pwd}"));
                self.ledger.found();
                return Ok(stray);
            }
            paths -= usize::from(reply.code() == Some(257));
            if is_in_order && self.ledger.take_of_the_user(&reply).is_some() {
                paths = self.ledger.paths_due();
            } else if !matches!(reply.class(), Some(Class::Preliminary) | None)
                && !self.ledger.take_noop(&reply)
            {
                stray = Some(reply);
            }
        }
        Err(Failed::Reply)
    }
}

/// What a reply answers: it says so after the code.
fn truth(reply: &Reply) -> &[u8] {
    reply.text().get(4..).unwrap_or_default()
}

fn is_of(reply: &Reply, command: &str) -> bool {
    truth(reply) == command.as_bytes()
}
