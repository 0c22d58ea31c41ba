//! What the server still has to say, and whose a reply is (RFC 959, section 5.4).
//!
//! A command has one final reply, with 1yz replies before it. Servers answer in order, but for what is said while a transfer
//! goes on: STAT, NOOP, ABOR and QUIT are answered at once by some servers and after the transfer by others. There the code
//! of a reply tells whose it is.

use std::collections::VecDeque;

use super::codes::{
    BAD_ARGUMENT, FILE_ACTION_COMPLETE, FILE_BUSY, GOODBYE, LOCAL_ERROR, NO_DATA_CONNECTION, NO_SPACE,
    NO_TRANSFER, NOT_IMPLEMENTED, NOT_RECOGNIZED, OKAY, PATHNAME, QUOTA_EXCEEDED, SERVICE_CLOSING,
    TRANSFER_ABORTED, TRANSFER_COMPLETE, UNKNOWN_PAGE_TYPE,
};
use super::reply::{Class, Reply};
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
    /// In the order in which it was sent. Of the library's own commands at most one waits at a time, but for NOOPs.
    due: VecDeque<Due>,
    /// Replies that came before the user asked for them, each with the command that it answers.
    kept: VecDeque<(String, Reply)>,
    /// A line came that is no reply: the one that was due may follow, or not, and the next reply cannot be matched.
    is_unclear: bool,
    /// Half a command was sent, or half a reply was taken, or the server has said that it ends the session.
    is_lost: bool,
    confirmation: Confirmation,
}

/// What the server has said at the end of the transfer that goes on, if that came before the end of its data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Confirmation {
    /// Nothing.
    #[default]
    None,
    /// A 2yz reply came where a 1yz reply was due: it may have been a stray, and the final one follows.
    InDoubt(Reply),
    /// The final reply.
    Final(Reply),
}

#[derive(Debug)]
struct Due {
    /// The command as messages show it.
    what: String,
    whose: Whose,
    /// A 1yz reply has come.
    started: bool,
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
    /// Nobody: it came unasked.
    Nobody,
}

/// What came of looking for the command that a reply answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched {
    /// Who waits for it.
    pub whose: Whose,
    /// The command as messages show it; empty where there is none.
    pub what: String,
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
            confirmation: Confirmation::None,
            is_unclear: false,
            is_lost: false,
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
        self.is_lost = false;
    }

    /// A command was sent in full. `what` is the command as messages show it.
    pub fn sent(&mut self, whose: Whose, what: &str) {
        self.is_lost = false;
        if whose == Whose::Transfer {
            self.confirmation = Confirmation::None;
        }
        self.due.push_back(Due { what: what.to_owned(), whose, started: false });
    }

    /// A NOOP is being sent while data moves.
    pub fn sent_noop(&mut self) {
        self.due.push_back(Due { what: "NOOP".into(), whose: Whose::Noop, started: false });
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

    /// Whether a reply that comes while a transfer is aborted, or the step is looked for, answers a command of the user's: neither a
    /// transfer nor ABOR is answered like that, and servers answer in order. It is settled then.
    pub fn take_of_the_user(&mut self, reply: &Reply) -> Option<Matched> {
        let may_be_of_abort = is_of_transfer(reply) || reply.code() == Some(NO_TRANSFER);
        let is_final = !matches!(reply.class(), Some(Class::Preliminary) | None);
        if may_be_of_abort || !is_final {
            return None;
        }
        let is_path = reply.code() == Some(PATHNAME);
        let fits = |due: &Due| due.whose == Whose::User && is_answered_by_a_path(due) == is_path;
        let at = self.due.iter().position(fits);
        let at = at.or_else(|| self.due.iter().position(|due| due.whose == Whose::User))?;
        let due = self.due.remove(at)?;
        Some(Matched { whose: due.whose, what: due.what })
    }

    /// Whose a reply is that has come; it is settled then, but for a 1yz reply, which announces another. Nobody's where nobody
    /// can tell.
    pub fn came(&mut self, reply: &Reply) -> Matched {
        let at = self.position_of(reply).filter(|_| !self.is_unclear && !self.is_lost);
        let Some(due) = at.and_then(|at| self.due.get_mut(at)) else {
            if is_goodbye(reply, "") {
                self.is_lost = true;
            }
            return Matched { whose: Whose::Nobody, what: String::new() };
        };
        let matched = Matched { whose: due.whose, what: due.what.clone() };
        match reply.class() {
            Some(Class::Preliminary) => due.started = true,
            Some(_) => drop(at.and_then(|at| self.due.remove(at))),
            None => self.is_unclear = true,
        }
        if is_goodbye(reply, &matched.what) {
            self.is_lost = true;
        }
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
            _ => !goes_on || !moves_data(due),
        };
        self.due.iter().position(may_be_of).or(goes_on.then_some(0))
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

    /// The final reply of the transfer has come.
    pub fn confirm(&mut self, reply: Reply) {
        self.confirmation = Confirmation::Final(reply);
    }

    /// A reply has come that may be the final one of the transfer.
    pub fn confirm_in_doubt(&mut self, reply: Reply) {
        self.confirmation = Confirmation::InDoubt(reply);
    }

    /// What seemed to be the final reply was none: a 1yz reply has followed.
    pub fn withdraw(&mut self) {
        self.confirmation = Confirmation::None;
    }

    /// Whether what may be the final reply of the transfer has come.
    pub fn is_confirmed(&self) -> bool {
        self.confirmation != Confirmation::None
    }

    /// Whether the final reply of the transfer may still come.
    pub fn awaits_confirmation(&self) -> bool {
        !matches!(self.confirmation, Confirmation::Final(_))
    }

    /// What may be the final reply of the transfer; it is settled then.
    pub fn take_confirmation(&mut self) -> Confirmation {
        std::mem::take(&mut self.confirmation)
    }

    /// The final reply of the transfer, if it says that the transfer has failed.
    pub fn take_refusal(&mut self) -> Option<Reply> {
        let is_success =
            |reply: &Reply| matches!(reply.class(), Some(Class::Completion | Class::Intermediate));
        match std::mem::take(&mut self.confirmation) {
            Confirmation::Final(reply) if !is_success(&reply) => Some(reply),
            other => {
                self.confirmation = other;
                None
            }
        }
    }

    /// The replies to the command of this call are the user's to read from here on.
    pub fn leave_to_the_user(&mut self) {
        for due in self.due.iter_mut().filter(|due| due.whose == Whose::Command) {
            due.whose = Whose::User;
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
    pub fn take_kept(&mut self) -> Option<(String, Reply)> {
        self.kept.pop_front()
    }

    /// The commands whose replies the user is to read and that have not come.
    fn users(&self) -> impl Iterator<Item = &Due> {
        self.due.iter().filter(|due| due.whose == Whose::User)
    }

    /// Whether replies are to come that the user is to read.
    pub fn has_due_of_the_user(&self) -> bool {
        self.users().next().is_some()
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

    /// Whether any command is not answered, but for NOOPs.
    pub fn has_due(&self) -> bool {
        self.due.iter().any(|due| due.whose != Whose::Noop)
    }

    /// What there is to do before another command can be sent.
    pub fn recovery(&self) -> Recovery {
        if self.is_lost {
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
                Whose::Command | Whose::EndOfTransfer => return Recovery::Close,
                Whose::User | Whose::Noop | Whose::Nobody => {}
            }
        }
        if self.noops() > 0 { Recovery::FindByPwd } else { Recovery::InStep }
    }

    /// How many commands are not answered.
    pub fn outstanding(&self) -> usize {
        self.due.len()
    }

    /// The most replies that may come before the one to PWD: two to a command, the first of class 1yz.
    pub fn replies_due(&self) -> usize {
        self.due.iter().map(|due| if due.started { 1 } else { 2 }).sum()
    }

    /// How many replies that look like the one to PWD come before it.
    pub fn paths_due(&self) -> usize {
        self.due.iter().filter(|due| is_answered_by_a_path(due)).count()
    }

    /// PWD has told where the session is: nothing is due any more.
    pub fn found(&mut self) {
        self.due.clear();
        (self.is_unclear, self.is_lost) = (false, false);
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

fn moves_data(due: &Due) -> bool {
    matches!(due.whose, Whose::Transfer | Whose::EndOfTransfer)
        || Verb::of(due.what.as_bytes()).direction().is_some()
}

fn is_answered_by_a_path(due: &Due) -> bool {
    Verb::of(due.what.as_bytes()).is(Fact::AnsweredByPath)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a dialogue, one step a word: `>whose:command` was sent, `<code` came, `n` a NOOP, `end` the data connection is closed,
    /// `user` the replies are left to the user. Returns whose each reply was, and what is to be done at the end.
    fn play(steps: &str) -> (Vec<Whose>, Recovery) {
        let mut dialogue = Dialogue::new();
        dialogue.found();
        let mut owners = Vec::new();
        for step in steps.split_whitespace() {
            match step.split_at(1) {
                (">", sent) => {
                    let (whose, command) = sent.split_once(':').unwrap();
                    let whose = match whose {
                        "c" => Whose::Command,
                        "t" => Whose::Transfer,
                        _ => Whose::User,
                    };
                    dialogue.sent(whose, command);
                }
                ("<", code) => owners.push(dialogue.came(&Reply::from_text(format!("{code} x"))).whose),
                ("n", _) => dialogue.sent_noop(),
                ("e", _) => dialogue.end_transfer(),
                ("u", _) => dialogue.leave_to_the_user(),
                _ => panic!("{step}"),
            }
        }
        (owners, dialogue.recovery())
    }

    #[test]
    fn a_reply_finds_its_command() {
        use Whose::{Command, EndOfTransfer, Nobody, Noop, Transfer, User};
        for (shown, steps, owners, recovery) in [
            ("one after the other", ">c:CWD <250 >c:DELE <550", &[Command, Command][..], Recovery::InStep),
            ("1yz announces another", ">c:DELE <150 <120 <250", &[Command; 3], Recovery::InStep),
            ("no reply yet", ">c:DELE", &[], Recovery::Close),
            ("only 1yz", ">c:DELE <150", &[Command], Recovery::Close),
            ("unasked", "<421 >c:CWD <250 <200", &[Nobody, Command, Nobody], Recovery::InStep),
            ("a transfer", ">t:RETR <150 end <226", &[Transfer, EndOfTransfer], Recovery::InStep),
            ("a transfer that goes on", ">t:RETR <150", &[Transfer], Recovery::Abort { started: true }),
            ("one that has not begun", ">t:RETR", &[], Recovery::Abort { started: false }),
            ("one that only ends", ">t:RETR <150 end", &[Transfer], Recovery::Close),
            ("a refused one", ">t:RETR <550", &[Transfer], Recovery::InStep),
            ("125 and 150", ">t:RETR <125 <150 <226", &[Transfer; 3], Recovery::InStep),
            ("the user's commands, in order", ">u:STAT >u:NOOP <211 <200", &[User; 2], Recovery::InStep),
            ("the user may read them later", ">u:STAT >u:NOOP <211", &[User], Recovery::InStep),
            ("STAT at once", ">t:RETR <150 >u:STAT <211 <226", &[Transfer, User, Transfer], Recovery::InStep),
            (
                "STAT after it",
                ">t:RETR <150 >u:STAT <226 <211",
                &[Transfer, Transfer, User],
                Recovery::InStep,
            ),
            ("ABOR by hand", ">t:RETR <150 >u:ABOR <426 <226", &[Transfer, Transfer, User], Recovery::InStep),
            (
                "after the end",
                ">t:RETR <150 >u:ABOR <226 <225",
                &[Transfer, Transfer, User],
                Recovery::InStep,
            ),
            ("QUIT by hand", ">t:RETR <150 >u:QUIT <226 <221", &[Transfer, Transfer, User], Recovery::InStep),
            (
                "PORT after STOU",
                ">c:STOU <150 user >c:PORT <200 <226",
                &[Command, Command, User],
                Recovery::InStep,
            ),
            (
                "and refused",
                ">c:STOU <150 user >c:PORT <500 <226",
                &[Command, Command, User],
                Recovery::InStep,
            ),
            ("NOOP at once", ">t:RETR <150 n <200 <226", &[Transfer, Noop, Transfer], Recovery::InStep),
            ("NOOP unknown", ">t:RETR <150 n n <500 <226", &[Transfer, Noop, Transfer], Recovery::FindByPwd),
            ("NOOP after it", ">t:RETR <150 n <226 <200", &[Transfer, Transfer, Noop], Recovery::InStep),
            (
                "NOOP and STAT after it",
                ">t:RETR <150 n >u:STAT <226 <200 <211",
                &[Transfer, Transfer, Noop, User],
                Recovery::InStep,
            ),
            (
                "one dropped",
                ">t:RETR <150 n >u:STAT <211",
                &[Transfer, User],
                Recovery::Abort { started: true },
            ),
            (
                "STAT refused before NOOP",
                ">t:RETR <150 >u:STAT n <502 <200 <226",
                &[Transfer, User, Noop, Transfer],
                Recovery::InStep,
            ),
            ("in order by hand", ">u:CWD >u:RETR <250 <550", &[User; 2], Recovery::InStep),
            ("no reply", ">c:STAT <abc", &[Command], Recovery::FindByPwd),
            ("no reply to PWD", ">c:PWD <abc", &[Command], Recovery::Close),
            ("no reply to mkd", ">u:mkd <abc", &[User], Recovery::Close),
            (
                "unclear until PWD",
                ">t:RETR <150 >u:STAT <abc >u:NOOP <211",
                &[Transfer, User, Nobody],
                Recovery::FindByPwd,
            ),
            ("after no reply", ">u:STAT >u:NOOP <abc <200", &[User, Nobody], Recovery::FindByPwd),
            ("unasked goodbye", "<421", &[Nobody], Recovery::Close),
            ("goodbye", ">c:CWD <221", &[Command], Recovery::Close),
            ("goodbye to QUIT", ">c:QUIT <221", &[Command], Recovery::InStep),
            ("421", ">c:CWD <421", &[Command], Recovery::Close),
            ("421 ends a transfer", ">t:RETR <150 <421", &[Transfer, Transfer], Recovery::Close),
        ] {
            assert_eq!(play(steps), (owners.to_vec(), recovery), "{shown}: {steps}");
        }
    }

    #[test]
    fn what_was_lost_stays_lost_until_it_is_found() {
        let mut dialogue = Dialogue::new();
        assert_eq!(dialogue.recovery(), Recovery::Close, "the greeting is due");
        dialogue.found();
        dialogue.sent(Whose::User, "STAT");
        dialogue.lose();
        dialogue.came(&Reply::from_text("no reply"));
        assert_eq!(dialogue.recovery(), Recovery::Close, "a line that is no reply finds nothing");
        dialogue.found();
        assert_eq!((dialogue.recovery(), dialogue.count_of_the_user()), (Recovery::InStep, 0));
    }

    #[test]
    fn kept_replies_come_in_order_and_outlive_the_search() {
        let mut dialogue = Dialogue::new();
        dialogue.found();
        for command in ["STAT", "NOOP"] {
            dialogue.sent(Whose::User, command);
        }
        for text in ["211 a", "200 b"] {
            let reply = Reply::from_text(text);
            let matched = dialogue.came(&reply);
            dialogue.keep(matched, reply);
        }
        dialogue.found();
        assert_eq!((dialogue.count_of_the_user(), dialogue.kept_bytes()), (2, 10));
        assert_eq!(dialogue.first_of_the_user(), Some("STAT"));
        assert_eq!(dialogue.take_kept().unwrap().0, "STAT");
        assert_eq!(dialogue.take_kept().unwrap().1, Reply::from_text("200 b"));
        assert!(dialogue.take_kept().is_none());
    }
}
