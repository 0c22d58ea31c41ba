//! What a call was about, for who asks afterwards: its command, its replies, and where it stood when it failed.

use crate::error::Error;
use crate::phase::Phase;
use crate::protocol::reply::{MAX_REPLY, Reply};

/// How many replies of one call are kept. One that waits for more is a flood.
const MAX_REPLIES: usize = 64;

/// See the module.
#[derive(Default)]
pub(crate) struct Record {
    pub command: String,
    pub phase: Option<Phase>,
    pub replies: Vec<Reply>,
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
    /// A call begins.
    pub(crate) fn begin(&mut self) {
        self.phase = None;
        self.replies.clear();
        self.bytes = 0;
    }

    /// Keeps a reply, unless there are too many: the last one is known elsewhere.
    pub(crate) fn came(&mut self, reply: &Reply) {
        if self.replies.len() < MAX_REPLIES && self.bytes + reply.text().len() <= MAX_REPLY {
            self.bytes += reply.text().len();
            self.replies.push(reply.clone());
        }
    }

    /// The call has failed. `phase` is what it has waited for last. What follows is no part of it any more.
    pub(crate) fn failed(&mut self, error: &Error, phase: Option<Phase>) {
        self.phase = match error {
            Error::Timeout { phase, .. } => Some(*phase),
            Error::InvalidArgument(_) | Error::OutOfTurn(_) | Error::NotConnected(_) | Error::Busy(_) => None,
            _ => phase,
        };
    }

    /// A command of the caller's call is to be sent, or the reply to one has come.
    pub(crate) fn is_about(&mut self, what: &str) {
        what.clone_into(&mut self.command);
    }
}
