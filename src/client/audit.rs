//! A function of the user's that is asked before anything is done.

use std::fmt;

use super::shared::Shared;
use crate::error::{Error, Result};
use crate::protocol::command::Command;

/// What is about to happen. The names are those of ftplib's audit events.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum AuditEvent<'a> {
    /// `ftplib.connect`: a control connection is to be opened.
    Connect,
    /// `ftplib.sendcmd`: a command is to be sent. Passwords are masked.
    SendCommand(&'a str),
}

/// A function that says whether an event may go on: event, host, port.
pub type AuditHook = Box<dyn FnMut(AuditEvent<'_>, &str, u16) -> bool + Send + Sync>;

/// The function, if there is one, and what it is told about the server.
#[derive(Default)]
pub struct Audit {
    /// Asked before each event.
    pub hook: Option<AuditHook>,
    /// The same function, while several sessions use it.
    shared: Shared<AuditHook>,
    host: String,
    port: u16,
}

impl Audit {
    /// The same function for another session.
    pub(super) fn share(&mut self) -> Audit {
        let shared = self.shared.share(&mut self.hook);
        Audit { hook: None, shared, host: self.host.clone(), port: self.port }
    }

    /// After [`Audit::share`], when the other sessions are gone.
    pub(super) fn take_back(&mut self) {
        self.shared.take_back(&mut self.hook);
    }

    /// Before a connection is opened.
    pub(super) fn connect(&mut self, host: &str, port: u16) -> Result<()> {
        (self.host, self.port) = (host.to_owned(), port);
        if self.allows(AuditEvent::Connect) { Ok(()) } else { Err(Error::Denied("connecting".into())) }
    }

    /// Before a command is sent. ABOR and what else the library sends by itself to get back into step is not asked for.
    pub(super) fn command(&mut self, command: &Command) -> Result<()> {
        let text = command.shown();
        match self.allows(AuditEvent::SendCommand(&text)) {
            true => Ok(()),
            false => Err(Error::Denied(text.into_owned())),
        }
    }

    fn allows(&mut self, event: AuditEvent<'_>) -> bool {
        let Audit { hook, shared, host, port } = self;
        match hook {
            Some(hook) => hook(event, host, *port),
            None => shared.with(|hook| hook(event, host, *port)).unwrap_or(true),
        }
    }
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Audit {{ hook: {} }}", self.hook.is_some())
    }
}
