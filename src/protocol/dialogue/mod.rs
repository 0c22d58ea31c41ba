//! What the server still has to say, and whose a reply is (RFC 959, section 5.4).
//!
//! A command has one final reply, with 1yz replies before it. Servers answer in order, but for what is said while a transfer
//! goes on: STAT, NOOP, ABOR and QUIT are answered at once by some servers and after the transfer by others. There the code
//! of a reply tells whose it is.

mod aborted;
mod next;
mod search;
#[cfg(test)]
mod tests;
mod window;
#[cfg(test)]
mod window_tests;

use std::collections::VecDeque;
use std::sync::Arc;

use super::codes::{
    BAD_ARGUMENT, EXTENDED_PASSIVE, FILE_ACTION_COMPLETE, FILE_BUSY, GOODBYE, LOCAL_ERROR,
    NO_DATA_CONNECTION, NO_SPACE, NOT_IMPLEMENTED, NOT_RECOGNIZED, OKAY, PASSIVE, QUOTA_EXCEEDED,
    SERVICE_CLOSING, TRANSFER_ABORTED, TRANSFER_COMPLETE, UNKNOWN_PAGE_TYPE,
};
use super::command::Command;
use super::reply::{Class, Reply};
use super::spare::Spare;
use super::verb::{Fact, Verb};

/// With what servers answer a NOOP.
const NOOP_ANSWERS: [u16; 4] = [OKAY, NOT_RECOGNIZED, BAD_ARGUMENT, NOT_IMPLEMENTED];
/// With what servers end a transfer that has begun (RFC 959, section 5.4).
const TRANSFER_ANSWERS: [u16; 9] = [
    TRANSFER_COMPLETE,
    FILE_ACTION_COMPLETE,
    NO_DATA_CONNECTION,
    TRANSFER_ABORTED,
    FILE_BUSY,
    LOCAL_ERROR,
    NO_SPACE,
    UNKNOWN_PAGE_TYPE,
    QUOTA_EXCEEDED,
];

/// What was sent and is not answered.
#[derive(Debug)]
pub struct Dialogue {
    /// In the order in which it was sent. Of the library's own commands at most one waits at a time, but for NOOPs and those of a
    /// [`window`].
    due: VecDeque<Due>,
    /// Replies that came before the user asked for them, each with the command that it answers.
    kept: VecDeque<(Arc<String>, Reply)>,
    /// A line came that is no reply: the one that was due may follow, or not, and the next reply cannot be matched.
    is_unclear: bool,
    /// Half a command was sent, or half a reply was taken.
    is_lost: bool,
    /// The server has said that it ends the session. Data that it has sent may still be on its way.
    has_goodbye: bool,
    /// Commands of the user's whose replies nobody waits for any more.
    given_up: Vec<Command>,
    /// Part of a command was sent. What was sent before it can still be matched.
    is_half_sent: bool,
    /// A reply has come since the last fence that nobody can match for certain.
    is_doubtful: bool,
    /// A reply has been matched since the last fence. Only the next one tells that it was none too many.
    is_unconfirmed: bool,
    /// In the search, the end of the transfer has come or the answer to an ABOR of the user's: one of the two is still due, or none.
    has_end_or_abor: bool,
    /// What has come about the end of the transfer that is being aborted, or that nobody waits for any more.
    end: aborted::End,
    /// ABOR was sent, at any time: a few servers send a word too many about that.
    is_after_abort: bool,
    /// No transfer has ended since one was aborted. Such a word may seem to be the end of the first one.
    doubts_end: bool,
    /// What PWD tells while several commands are on their way.
    fence: Vec<u8>,
    texts: Spare<String>,
}

#[derive(Debug)]
struct Due {
    /// The command as messages show it.
    what: Arc<String>,
    whose: Whose,
    /// A 1yz reply has come.
    started: bool,
    /// The last 1yz reply was one that does not say that the data connection is open.
    may_wait: bool,
    /// One of the user's in full: its reply may tell what the session comes to.
    command: Option<Command>,
}

/// Who waits for a reply.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The call that sent the command.
    Command,
    /// The transfer that goes on. ABOR can end it.
    Transfer,
    /// The transfer, whose data connection is closed: only its final reply is left, and ABOR is of no use any more.
    EndOfTransfer,
    /// The user, who reads it by a call of its own.
    User,
    /// A NOOP that was sent while data moves. Its reply comes at any time or never.
    Noop,
    /// The transfer that comes next: the library has asked for its address together with the one that goes on.
    Next,
    /// One of several commands that a call has sent together, by its number.
    Window(usize),
    /// The call that has sent several commands: its PWD behind some of them tells that they are answered.
    Fence,
    /// Nobody: it came unasked.
    Nobody,
    /// Nobody: it is about a transfer that was aborted, and the session is in step since.
    Aborted,
}

/// What came of looking for the command that a reply answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched {
    /// Who waits for it.
    pub whose: Whose,
    /// The command as messages show it; empty where there is none.
    pub what: Arc<String>,
    /// The command in full, if the user has sent it.
    pub command: Option<Command>,
}

impl Matched {
    fn nobody() -> Matched {
        Matched { whose: Whose::Nobody, what: Arc::default(), command: None }
    }
}

/// How a session comes back into step.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// It is in step: the next reply answers the next command.
    InStep,
    /// A transfer goes on, which ABOR ends.
    Abort {
        /// Its 1yz reply has come.
        started: bool,
    },
    /// PWD tells: no other reply is like that to PWD.
    FindByPwd,
    /// Nothing can tell: only closing the connection helps.
    Close,
}

impl Dialogue {
    /// A new connection: its greeting is due.
    pub fn new() -> Dialogue {
        let mut dialogue = Dialogue {
            due: VecDeque::new(),
            kept: VecDeque::new(),
            is_unclear: false,
            is_lost: false,
            has_goodbye: false,
            given_up: Vec::new(),
            is_half_sent: false,
            is_doubtful: false,
            is_unconfirmed: false,
            has_end_or_abor: false,
            end: aborted::End::default(),
            is_after_abort: false,
            doubts_end: false,
            fence: Vec::new(),
            texts: Spare::default(),
        };
        dialogue.sent(Whose::Command, "");
        dialogue
    }

    /// From here on nobody can tell where the next reply belongs, unless [`Dialogue::regain`], [`Dialogue::sent`] or
    /// [`Dialogue::found`] follow.
    pub fn lose(&mut self) {
        self.is_lost = true;
    }

    /// The step that might have failed halfway has not: what was due still is.
    pub fn regain(&mut self) {
        (self.is_lost, self.has_goodbye) = (false, false);
    }

    /// A command was sent in full. `what` is the command as messages show it.
    pub fn sent(&mut self, whose: Whose, what: &str) {
        (self.is_lost, self.has_goodbye, self.is_half_sent) = (false, false, false);
        self.await_reply(whose, what);
    }

    /// A command was sent in full whose reply the user reads.
    pub fn sent_for_the_user(&mut self, command: &Command) {
        self.sent(Whose::User, &command.shown());
        if let Some(due) = self.due.back_mut() {
            due.command = Some(command.clone());
        }
    }

    /// A NOOP is being sent while data moves.
    pub fn sent_noop(&mut self) {
        self.await_reply(Whose::Noop, "NOOP");
    }

    fn await_reply(&mut self, whose: Whose, what: &str) {
        let what = self.texts.fill(|text| what.clone_into(text));
        let due = Due { what, whose, started: false, may_wait: false, command: None };
        if moves_data(&due) {
            self.end = aborted::End::default();
        }
        self.due.push_back(due);
    }

    /// How many NOOPs are not answered.
    pub fn noops(&self) -> usize {
        self.due.iter().filter(|due| due.whose == Whose::Noop).count()
    }

    /// Whether a reply in the middle of a transfer may be that to a NOOP; then that is settled.
    pub fn take_noop(&mut self, reply: &Reply) -> bool {
        let at = self.due.iter().position(|due| due.whose == Whose::Noop && may_answer_noop(reply));
        at.and_then(|at| self.due.remove(at)).is_some()
    }

    /// Whose a reply is that has come; it is settled then, but for a 1yz reply, which announces another. Nobody's where nobody
    /// can tell.
    pub fn came(&mut self, reply: &Reply) -> Matched {
        if self.takes_word_after_abort(reply) {
            self.end.note(reply);
            return Matched { whose: Whose::Aborted, ..Matched::nobody() };
        }
        if self.has_window() {
            return self.came_in_window(reply);
        }
        self.end.note_answer(reply);
        let at = self.position_of(reply).filter(|_| !self.is_unclear && !self.is_lost && !self.has_goodbye);
        let Some(due) = at.and_then(|at| self.due.get_mut(at)) else {
            self.has_goodbye |= is_goodbye(reply, "");
            return Matched::nobody();
        };
        let matched = Matched { whose: due.whose, what: due.what.clone(), command: due.command.clone() };
        match reply.class() {
            Some(Class::Preliminary) => due.start(reply),
            Some(_) => drop(at.and_then(|at| self.due.remove(at))),
            None => self.is_unclear = true,
        }
        self.has_goodbye |= is_goodbye(reply, &matched.what);
        matched
    }

    /// Which of several that wait a reply is for: the first. But what was sent while a transfer goes on does not wait for its
    /// end, and a NOOP may never be answered.
    fn position_of(&self, reply: &Reply) -> Option<usize> {
        let goes_on = self.due.front().is_some_and(|first| first.started && moves_data(first));
        if goes_on && is_of_transfer(reply) {
            return Some(0);
        }
        let may_be_of = |due: &Due| match due.whose {
            Whose::Noop => may_answer_noop(reply),
            // Only its address is like no other reply: see `next`.
            Whose::Next => false,
            _ => !goes_on || !moves_data(due),
        };
        let at = self.due.iter().position(may_be_of).or(goes_on.then_some(0))?;
        // A server that names an address twice has not ended the transfer with it.
        let is_possible = self.due.get(at).is_some_and(|due| !(moves_data(due) && names_address(reply)));
        is_possible.then_some(at)
    }

    fn transfer(&self) -> Option<&Due> {
        self.due.iter().find(|due| matches!(due.whose, Whose::Transfer | Whose::EndOfTransfer))
    }

    /// The data connection of the transfer is closed by this side.
    pub fn end_transfer(&mut self) {
        for due in self.due.iter_mut().filter(|due| due.whose == Whose::Transfer) {
            due.whose = Whose::EndOfTransfer;
        }
    }

    /// The transfer has begun: its 1yz reply has come, or data has.
    pub fn start_transfer(&mut self) {
        for due in self.due.iter_mut().filter(|due| due.whose == Whose::Transfer) {
            due.started = true;
        }
    }

    /// Whether the 1yz reply of the transfer has come.
    pub fn transfer_has_started(&self) -> bool {
        self.transfer().is_some_and(|due| due.started)
    }

    /// The replies to the command of this call are the user's to read from here on.
    pub fn leave_to_the_user(&mut self, command: &Command) {
        for due in self.due.iter_mut().filter(|due| due.whose == Whose::Command) {
            (due.whose, due.command) = (Whose::User, Some(command.clone()));
        }
    }

    /// Keeps a reply for the user, who has not asked for it yet.
    pub fn keep(&mut self, matched: Matched, reply: Reply) {
        self.kept.push_back((matched.what, reply));
    }

    /// How many bytes are kept for the user.
    pub fn kept_bytes(&self) -> usize {
        self.kept.iter().map(|(_, reply)| reply.text().len()).sum()
    }

    /// The first reply that was kept for the user, and the command that it answers.
    pub fn take_kept(&mut self) -> Option<(Arc<String>, Reply)> {
        self.kept.pop_front()
    }

    /// The commands whose replies the user is to read and that have not come.
    fn users(&self) -> impl Iterator<Item = &Due> {
        self.due.iter().filter(|due| due.whose == Whose::User)
    }

    /// Whether the user has sent ABOR, and no reply to it has come.
    pub fn has_abor_of_the_user(&self) -> bool {
        self.users().any(is_abor)
    }

    /// Whether replies are to come that the user is to read.
    pub fn has_due_of_the_user(&self) -> bool {
        self.users().next().is_some()
    }

    /// Whether the end of a transfer is due, and replies that the user is to read.
    pub fn waits_for_end_and_user(&self) -> bool {
        self.has_due_of_the_user() && self.due.iter().any(|due| due.whose == Whose::EndOfTransfer)
    }

    /// How many replies the user is to read.
    pub fn count_of_the_user(&self) -> usize {
        self.kept.len() + self.users().count()
    }

    /// The command that the first of these replies answers.
    pub fn first_of_the_user(&self) -> Option<&str> {
        let kept = self.kept.front().map(|(what, _)| what.as_str());
        kept.or_else(|| self.users().next().map(|due| due.what.as_str()))
    }

    /// All that the user is to read is the end of transfers that he plays by hand: their data connection may be agreed on
    /// only now.
    pub fn waits_for_the_users_data(&self) -> bool {
        self.kept.is_empty() && self.users().all(|due| due.started && moves_data(due))
    }

    /// Whether nothing but closing the connection helps.
    pub fn is_lost(&self) -> bool {
        self.recovery() == Recovery::Close
    }

    /// Whether nobody can tell any more where a reply belongs, whatever is due.
    pub fn is_out_of_step(&self) -> bool {
        self.is_lost || self.has_goodbye || self.is_unclear
    }

    /// Whether a transfer that is open can go on: the next reply can still be matched, or none is to come after a goodbye.
    pub fn is_clear(&self) -> bool {
        !self.is_unclear && self.recovery_of_replies() != Recovery::Close
    }

    /// Whether any command is not answered, but for NOOPs.
    pub fn has_due(&self) -> bool {
        self.due.iter().any(|due| due.whose != Whose::Noop)
    }

    /// What there is to do before another command can be sent.
    pub fn recovery(&self) -> Recovery {
        if self.has_goodbye { Recovery::Close } else { self.recovery_of_replies() }
    }

    fn recovery_of_replies(&self) -> Recovery {
        if self.is_lost || self.is_half_sent || self.is_doubtful || self.is_unconfirmed {
            return Recovery::Close;
        }
        if self.is_unclear {
            // One of them may still come, and would be taken for the reply to the PWD that is to tell.
            let is_path_due = self.due.iter().any(is_answered_by_a_path);
            return if is_path_due { Recovery::Close } else { Recovery::FindByPwd };
        }
        for due in &self.due {
            match due.whose {
                Whose::Transfer => return Recovery::Abort { started: due.started },
                Whose::Command | Whose::EndOfTransfer | Whose::Window(_) | Whose::Fence => {
                    return Recovery::Close;
                }
                Whose::User | Whose::Noop | Whose::Next | Whose::Nobody | Whose::Aborted => {}
            }
        }
        if self.noops() > 0 || self.has_next() { Recovery::FindByPwd } else { Recovery::InStep }
    }

    /// Whether one reply is all that is due, and it changes nothing for the session: the end of a transfer, or the reply to a command that
    /// asks for something or ends a renaming. Who has the time can wait for it, where [`Dialogue::recovery`] would close the connection.
    /// After RNFR, ProFTPD refuses all commands but RNTO.
    pub fn waits_for_one(&self) -> bool {
        let is_harmless = |due: &Due| match due.whose {
            Whose::EndOfTransfer => true,
            Whose::Command => matches!(due.what.get(..4), Some("SIZE" | "MDTM" | "MFMT" | "RNTO")),
            _ => false,
        };
        let is_clear =
            !(self.is_half_sent || self.is_doubtful || self.is_unconfirmed || self.is_out_of_step());
        is_clear && self.due.len() == 1 && self.due.iter().all(is_harmless)
    }

    /// How many commands are not answered.
    pub fn outstanding(&self) -> usize {
        self.due.len()
    }

    /// The most replies that may come before the one to PWD: two to a command, the first of class 1yz.
    pub fn replies_due(&self) -> usize {
        self.due.iter().map(|due| if due.started { 1 } else { 2 }).sum()
    }

    /// Whether what comes answers the user's commands, in their order. A NOOP might not be answered, or by the same code.
    pub fn only_the_user_waits(&self) -> bool {
        !self.is_unclear && self.due.iter().all(|due| due.whose == Whose::User)
    }

    /// How many replies that look like the one to PWD come before it.
    pub fn paths_due(&self) -> usize {
        self.due.iter().filter(|due| is_answered_by_a_path(due)).count()
    }

    /// PWD has told where the session is: nothing is due any more.
    pub fn found(&mut self) {
        // Where the end of a transfer was due, the words about an aborted one came before it.
        self.doubts_end &= !self.due.iter().any(|due| moves_data(due) && due.whose != Whose::Transfer);
        self.give_up();
        (self.is_unclear, self.is_lost, self.has_goodbye) = (false, false, false);
        (self.is_half_sent, self.has_end_or_abor) = (false, false);
        self.end = aborted::End::default();
        (self.is_doubtful, self.is_unconfirmed) = (false, false);
    }

    /// Nobody waits any more for what is due.
    pub fn give_up(&mut self) {
        self.given_up.extend(self.due.drain(..).filter_map(|due| due.command));
    }

    /// The commands of the user's whose replies nobody waits for any more: what the server has made of them is not known.
    pub fn take_given_up(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.given_up)
    }

    /// The user reads nothing any more of what was kept.
    pub fn drop_kept(&mut self) {
        self.kept.clear();
    }
}

impl Default for Dialogue {
    fn default() -> Dialogue {
        Dialogue::new()
    }
}

/// Whether the server says with a reply that it ends the session.
pub fn is_goodbye(reply: &Reply, command: &str) -> bool {
    let leaves = || Verb::of(command.as_bytes()).is(Fact::AnsweredByGoodbye);
    reply.code() == Some(SERVICE_CLOSING) || reply.code() == Some(GOODBYE) && !leaves()
}

fn may_answer_noop(reply: &Reply) -> bool {
    NOOP_ANSWERS.contains(&reply.code().unwrap_or_default())
}

/// A reply about the data or its connection.
fn is_of_transfer(reply: &Reply) -> bool {
    let is_about_data = TRANSFER_ANSWERS.contains(&reply.code().unwrap_or_default());
    is_about_data || reply.class() == Some(Class::Preliminary)
}

/// No transfer is answered with it.
fn names_address(reply: &Reply) -> bool {
    matches!(reply.code(), Some(PASSIVE | EXTENDED_PASSIVE))
}

fn moves_data(due: &Due) -> bool {
    matches!(due.whose, Whose::Transfer | Whose::EndOfTransfer)
        || Verb::of(due.what.as_bytes()).direction().is_some()
}

fn is_abor(due: &Due) -> bool {
    Verb::of(due.what.as_bytes()) == Verb::Abor
}

fn is_answered_by_a_path(due: &Due) -> bool {
    Verb::of(due.what.as_bytes()).is(Fact::AnsweredByPath)
}
