//! What a call was about, for who asks afterwards: its command, its replies, and where it stood when it failed.

use super::limits::Phase;
use super::{Client, shown};
use crate::error::Error;
use crate::protocol::command::Command;
use crate::protocol::reply::{MAX_REPLY, Reply};

/// How many replies of one call are kept. One that waits for more is a flood.
const MAX_REPLIES: usize = 64;

/// See the module.
#[derive(Default)]
pub(super) struct Record {
    command: String,
    phase: Option<Phase>,
    replies: Vec<Reply>,
    bytes: usize,
}

/// What there is of a session.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// There is none: none was begun, or the caller has ended it.
    NotConnected,
    /// There is a connection, and nobody has logged in.
    Connected,
    /// Commands can be sent.
    LoggedIn,
    /// A transfer is open whose data the caller moves.
    Transfer,
    /// The server owes replies that the caller is to read.
    ReplyOwed,
    /// There was one: an error has closed it, or it did not come about.
    Lost,
}

impl Record {
    fn begin(&mut self) {
        self.phase = None;
        self.replies.clear();
        self.bytes = 0;
    }

    /// Keeps a reply, unless there are too many: the last one is known elsewhere.
    pub(super) fn came(&mut self, reply: &Reply) {
        if self.replies.len() < MAX_REPLIES && self.bytes + reply.text().len() <= MAX_REPLY {
            self.bytes += reply.text().len();
            self.replies.push(reply.clone());
        }
    }

    /// A command of the caller's call is to be sent, or the reply to one has come.
    pub(super) fn is_about(&mut self, what: &str) {
        what.clone_into(&mut self.command);
    }
}

impl Client {
    /// The command that the last call was about, as messages show it: the one it sent last, or that it failed to send. What the
    /// library sends to get back into step does not count. Empty when there was none since the connection was begun.
    pub fn last_command_sent(&self) -> &str {
        &self.record.command
    }

    /// What the last call waited for, or was doing, when it failed. `None` after a success, and when it failed before that.
    pub fn failed_phase(&self) -> Option<Phase> {
        self.record.phase
    }

    /// All replies that came during the last call that could wait, in their order.
    pub fn replies(&self) -> &[Reply] {
        &self.record.replies
    }

    /// What there is of the session, as far as is known without asking the server.
    pub fn state(&self) -> SessionState {
        match &self.connection {
            None if self.was_lost => SessionState::Lost,
            None => SessionState::NotConnected,
            Some(connection) if connection.open_transfer.is_some() => SessionState::Transfer,
            Some(connection) if connection.dialogue.count_of_the_user() > 0 => SessionState::ReplyOwed,
            Some(_) if self.memory.is_logged_in() => SessionState::LoggedIn,
            Some(_) => SessionState::Connected,
        }
    }

    /// A call begins.
    pub(super) fn begin_record(&mut self) {
        self.record.begin();
        self.limits.begin();
    }

    pub(super) fn record_command(&mut self, command: &Command) {
        self.record.is_about(&shown(command));
    }

    /// A call has failed. What follows is no part of it any more.
    pub(super) fn record_failure(&mut self, error: &Error) {
        self.record.phase = match error {
            Error::Timeout { phase, .. } => Some(*phase),
            Error::InvalidArgument(_) | Error::OutOfTurn(_) | Error::NotConnected(_) | Error::Busy(_) => None,
            _ => self.limits.current(),
        };
    }
}
