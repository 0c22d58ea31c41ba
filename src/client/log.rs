//! The record of what goes over the control connection.

use std::fmt;
use std::io::Write;

use crate::protocol::command::Command;
use crate::protocol::reply::Reply;

/// What a record tells.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum LogKind {
    /// A command that is being sent, passwords masked.
    Command,
    /// A reply that arrived.
    Reply,
    /// A connection was opened or closed.
    State,
    /// How much a transfer has moved.
    Data,
}

/// A function that takes records.
pub type LogSink = Box<dyn FnMut(LogKind, &[u8]) + Send + Sync>;

/// Hands records to a function, or prints them on standard error as ftplib does.
#[derive(Default)]
pub struct Log {
    /// 0 nothing, 1 commands and replies, 2 also the lines as they are on the wire. For standard error only.
    pub level: i32,
    /// Gets every record; nothing is printed then.
    pub sink: Option<LogSink>,
}

impl Log {
    pub(super) fn command(&mut self, command: &Command) {
        let text = command.masked();
        match &mut self.sink {
            Some(sink) => sink(LogKind::Command, &text),
            None => {
                self.print(1, "*cmd*", &text);
                self.print(2, "*put*", &[&text, &b"\r\n"[..]].concat());
            }
        }
    }

    pub(super) fn reply(&mut self, reply: &Reply) {
        match &mut self.sink {
            Some(sink) => sink(LogKind::Reply, reply.text()),
            None => {
                for line in reply.text().split(|&byte| byte == b'\n') {
                    self.print(2, "*get*", line);
                }
                self.print(1, "*resp*", reply.text());
            }
        }
    }

    pub(super) fn welcome(&mut self, reply: &Reply) {
        if self.sink.is_none() {
            self.print(1, "*welcome*", reply.text());
        }
    }

    pub(super) fn state(&mut self, text: fmt::Arguments<'_>) {
        if let Some(sink) = &mut self.sink {
            sink(LogKind::State, text.to_string().as_bytes());
        }
    }

    pub(super) fn data(&mut self, text: fmt::Arguments<'_>) {
        if let Some(sink) = &mut self.sink {
            sink(LogKind::Data, text.to_string().as_bytes());
        }
    }

    /// Control characters are escaped, so that a server cannot play with the terminal.
    fn print(&self, level: i32, label: &str, text: &[u8]) {
        if self.level >= level {
            // There is nobody to tell when standard error is closed.
            let _ = writeln!(std::io::stderr(), "{label} '{}'", String::from_utf8_lossy(text).escape_debug());
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Log {{ level: {}, sink: {} }}", self.level, self.sink.is_some())
    }
}
