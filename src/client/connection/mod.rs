//! What is open towards one server, and what is known of it. Each part of a [`Connection`] has its own type:
//!
//! - `known`: what the server was told and what it has told, by what that ends with.
//! - `dialogue`: what the server still has to say. `replies`: what of it has arrived.
//! - `data`: the data connection. `transfer`: what it is for. `armed`: the next one, made ahead.
//! - `protection`: what goes over TLS.
//! - `doing`: what a message says about the command that is going on.
//!
//! Nothing here waits: what takes time is polled, and the waiting is done by [`session`](super::session).

mod armed;
mod data;
mod doing;
mod events;
mod expected;
mod known;
mod learned;
mod noops;
mod protection;
mod replies;
mod transfer;
mod ways;

use std::net::SocketAddr;

use crate::client::limits::Wait;
use crate::client::settings::{Origin, Settings};
use crate::client::verdict::is_refused;
use crate::error::{Error, Result};
use crate::net::Stream;
use crate::protocol::command::Command;
use crate::protocol::dialogue::{Dialogue, Recovery};
use crate::protocol::reply::{Class, Reply};
use crate::protocol::verb::Verb;

pub(crate) use armed::Armed;
pub(crate) use data::{Data, Link};
pub use data::{Ends, Which};
pub(crate) use doing::Doing;
use doing::Progress;
pub(crate) use events::{Event, First, Step};
pub(crate) use expected::{Expected, refused};
pub(crate) use known::{Known, OwnOffset};
pub(crate) use learned::{Chooser, Learned};
pub(crate) use noops::Noops;
pub use protection::DataTls;
pub(crate) use protection::{DataProtection, Protection};
pub(crate) use replies::{Arrived, MAX_SKIPPED, Replies, not_told_apart, too_many_replies};
pub(crate) use transfer::{Driver, Transfer};
pub(crate) use ways::Ways;

/// What is open towards one server. Dropping it closes everything, and forgets what belongs to it.
pub(crate) struct Connection {
    pub control: Stream,
    /// The server's address.
    pub peer: SocketAddr,
    /// The name that the user gave the server.
    pub host: String,
    /// Where its connections come from.
    pub sources: Sources,
    pub known: Known,
    pub protection: Protection,
    pub dialogue: Dialogue,
    pub replies: Replies,
    pub noops: Noops,
    /// The transfer that is going on, or the last one.
    pub transfer: Transfer,
    pub data: Data,
    /// The data connection of the next transfer, if it was made ahead.
    pub armed: Armed,
    pub doing: Doing,
    /// Why the connection is of no use any more, although what was asked for has been done.
    pub broken: Option<String>,
}

/// The addresses that the user wants connections to come from.
pub(crate) struct Sources {
    /// What they were looked up for.
    pub origin: Option<Origin>,
    pub addresses: Vec<SocketAddr>,
}

impl Connection {
    pub(crate) fn new(
        control: Stream,
        peer: SocketAddr,
        host: &str,
        sources: Sources,
        settings: &Settings,
    ) -> Connection {
        Connection {
            control,
            peer,
            host: host.to_owned(),
            sources,
            known: Known::default(),
            protection: Protection::default(),
            dialogue: Dialogue::new(),
            replies: Replies::new(settings.max_line, settings.charset),
            noops: Noops::new(),
            transfer: Transfer::default(),
            data: Data::default(),
            armed: Armed::default(),
            doing: Doing::default(),
            broken: None,
        }
    }

    /// Something of the last operation is left to do.
    pub(crate) fn has_leftovers(&self) -> bool {
        let is_idle = self.dialogue.recovery() == Recovery::InStep && matches!(self.data.link, Link::None);
        self.transfer.driver != Driver::User && (!is_idle || self.known.has_to_put_back())
    }

    /// How far the transfer has got that is going on, if its data comes this way.
    fn progress(&self) -> Option<Progress> {
        let Transfer { bytes, is_upload, .. } = self.transfer;
        let goes_on = self.transfer.driver == Driver::Call && self.transfer.is_counted;
        goes_on.then_some(Progress { bytes, is_upload })
    }

    /// The error of a call that was cancelled. `call` is the name of its function.
    pub(crate) fn cancelled(&self, call: &str) -> Error {
        self.doing.cancelled(call, self.progress())
    }

    /// The error of a call whose whole time has passed.
    pub(crate) fn out_of_time(&self, call: &str, wait: Wait) -> Error {
        self.doing.out_of_time(call, wait, self.progress())
    }

    /// Nothing goes on, and no reply is owed: a command of the library's own may be sent.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.transfer.driver != Driver::User
            && !self.dialogue.has_due()
            && self.dialogue.count_of_the_user() == 0
    }

    /// A command was answered: what is known may end with it.
    pub(crate) fn follow(&mut self, command: &Command, reply: &Reply) {
        if is_refused(reply) {
            return;
        }
        self.known.follow(command, reply);
        if command.verb() == Verb::Prot && reply.class() == Some(Class::Completion) {
            self.protection.set_by(command);
        }
    }

    /// The reply to a command of the user's will never be read: what it may have changed is not known.
    pub(crate) fn follow_unread(&mut self, command: &Command) {
        self.known.follow_unread(command);
        self.protection.follow_unread(command);
    }

    /// The addresses of a connection. Those of a data connection are known until the next transfer begins.
    ///
    /// # Errors
    /// [`Error::NotConnected`]; [`Error::OutOfTurn`] when the session has had no such connection.
    pub(crate) fn ends(&self, which: Which) -> Result<Ends> {
        match which {
            Which::Control => {
                let what = || "the control connection has no addresses any more".to_owned();
                let local = self.control.local_addr();
                let local = local.map_err(|source| Error::Io { what: what(), source })?;
                Ok(Ends { local, peer: self.peer })
            }
            Which::Data => {
                self.data.ends().ok_or_else(|| Error::OutOfTurn("there was no data connection".into()))
            }
        }
    }

    /// Says so when the server refused a data connection because it did not resume the session of the control connection.
    pub(crate) fn with_tls_reason(&self, error: Error) -> Error {
        match error {
            Error::Reply { what, reply } if self.doing.is_transfer() => {
                match self.protection.reason_of_refusal(&reply) {
                    Some(reason) => {
                        Error::SessionReuse { what: format!("{what}: the server {reason}"), reply }
                    }
                    None => Error::Reply { what, reply },
                }
            }
            error => error,
        }
    }
}
