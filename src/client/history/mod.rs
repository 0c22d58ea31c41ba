//! What a client remembers of its sessions, whether there is a connection or not.

mod logins;
mod memory;
mod mirrored;
mod place;
mod record;
mod report;

use std::sync::Arc;

pub(crate) use logins::{Ended, Login, Logins};
pub(crate) use memory::Memory;
pub use mirrored::MirrorReport;
pub(crate) use place::Place;
pub(crate) use record::Record;
pub use record::SessionState;
pub use report::{Report, Verified};

use crate::error::{Error, Result};
use crate::protocol::reply::Reply;

/// See the module.
pub(crate) struct History {
    /// `host:port` as the user gave them, for messages.
    pub peer: String,
    pub welcome: Option<Reply>,
    pub last_reply: Option<Reply>,
    /// What the last call was about.
    pub record: Record,
    /// How many transfers there were.
    pub transfers: u64,
    /// What the last of them came to, or how far it has got.
    pub report: Option<Report>,
    /// What the last mirror came to, or how far it has got.
    pub mirror: Option<MirrorReport>,
    /// How many sessions the server lets be open at the same time, once it has refused one.
    pub most_sessions: Option<usize>,
    /// What the session has come to, also when it has ended.
    pub memory: Memory,
    /// What a reconnection that is under way, or that failed, is to bring back.
    pub to_restore: Option<Arc<Memory>>,
    /// Why there is no connection, for messages.
    pub closed_because: String,
    /// An error has closed the connection, and not the caller.
    pub was_lost: bool,
}

impl History {
    /// There was no session.
    pub(crate) fn new() -> History {
        History {
            peer: String::new(),
            welcome: None,
            last_reply: None,
            record: Record::default(),
            transfers: 0,
            report: None,
            mirror: None,
            most_sessions: None,
            memory: Memory::of(None),
            to_restore: None,
            closed_because: "connect first".into(),
            was_lost: false,
        }
    }

    /// The transfer is over, if there was one.
    pub(crate) fn end_report(&mut self) {
        if let Some(report) = &mut self.report {
            report.end();
        }
    }

    /// Whether a reconnection would know what to bring back.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn require_something_to_restore(&self) -> Result<()> {
        if self.memory.target.is_none() {
            return Err(Error::NotConnected(self.closed_because.clone()));
        }
        if !self.memory.logins.is_known() {
            let text = "who is logged in is not known: a reply to USER, PASS, ACCT or REIN was never read";
            return Err(Error::OutOfTurn(text.into()));
        }
        if !self.memory.place.can_be_found() {
            let text = "the working directory is not known: it was changed from where it was, and PWD did not tell it";
            return Err(Error::OutOfTurn(text.into()));
        }
        Ok(())
    }
}
