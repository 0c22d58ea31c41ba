//! What a message says about what is going on.

use std::fmt;
use std::io;

use crate::client::limits::Wait;
use crate::error::Error;
use crate::protocol::verb::Verb;

/// The command that was sent last, and how far its transfer has got.
#[derive(Default)]
pub(crate) struct Doing {
    /// As a message shows it; empty before the first.
    pub command: String,
    /// What is left of it when a call was dropped in the middle.
    pub progress: Option<Progress>,
}

/// How far a transfer has got.
#[derive(Copy, Clone)]
pub(crate) struct Progress {
    pub bytes: u64,
    pub is_upload: bool,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes were {}", self.bytes, if self.is_upload { "sent" } else { "received" })
    }
}

impl Doing {
    /// A command is to be sent.
    pub(crate) fn begin(&mut self, command: String) {
        *self = Doing { command, progress: None };
    }

    /// What the connection was doing last.
    pub(crate) fn what(&self) -> &str {
        if self.command.is_empty() { "connecting" } else { &self.command }
    }

    /// It is a transfer, or was to be one.
    pub(crate) fn is_transfer(&self) -> bool {
        Verb::of(self.command.as_bytes()).direction().is_some()
    }

    /// Some data has gone over the data connection.
    pub(crate) fn has_moved_data(&self) -> bool {
        self.progress.is_some_and(|progress| progress.bytes > 0)
    }

    /// What is waited for.
    pub(crate) fn wanted_reply(&self) -> String {
        match self.command.as_str() {
            "" => "the greeting".into(),
            command => format!("the reply to {command}"),
        }
    }

    /// The error of a call that was cancelled.
    pub(crate) fn cancelled(&self) -> Error {
        let what = self.what();
        match self.progress {
            Some(progress) => Error::Cancelled(format!("{what}: cancelled after {} bytes", progress.bytes)),
            None => Error::Cancelled(format!("{what}: cancelled")),
        }
    }

    /// The error of a call whose whole time has passed.
    pub(crate) fn out_of_time(&self, call: Wait) -> Error {
        let what = match self.command.as_str() {
            "" => "while connecting".into(),
            command => format!("in {command}"),
        };
        call.passed(what, self.progress.map(|progress| progress.to_string()).unwrap_or_default())
    }

    /// The server has closed the control connection.
    pub(crate) fn closed_by_server(&self, has_begun_reply: bool) -> Error {
        let when = match self.command.as_str() {
            "" if has_begun_reply => "in the middle of its greeting".to_owned(),
            "" => "before its greeting".to_owned(),
            command if has_begun_reply => format!("in the middle of its reply to {command}"),
            command => format!("without a reply to {command}"),
        };
        Error::Eof(when)
    }

    /// The control connection has failed.
    pub(crate) fn lost(&self, source: io::Error) -> Error {
        let what = format!("the control connection failed while waiting for {}", self.wanted_reply());
        Error::of_connection(what, source)
    }
}
