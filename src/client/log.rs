//! The record of what goes over the control connection.

use std::fmt;
use std::io::{Write, stderr};

use super::shared::Shared;
use crate::descriptor::without_sigpipe;
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
    /// The same function, while several sessions use it.
    shared: Shared<LogSink>,
}

impl Log {
    /// The same log for another session.
    pub(super) fn share(&mut self) -> Log {
        Log { level: self.level, sink: None, shared: self.shared.share(&mut self.sink) }
    }

    /// After [`Log::share`], when the other sessions are gone.
    pub(super) fn take_back(&mut self) {
        self.shared.take_back(&mut self.sink);
    }

    /// Hands a record to the function. False if there is none.
    fn hand(&mut self, kind: LogKind, text: &[u8]) -> bool {
        match &mut self.sink {
            Some(sink) => {
                sink(kind, text);
                true
            }
            None => self.shared.with(|sink| sink(kind, text)).is_some(),
        }
    }

    fn has_function(&self) -> bool {
        self.sink.is_some() || self.shared.is_set()
    }

    pub(super) fn command(&mut self, command: &Command) {
        let text = command.masked();
        if !self.hand(LogKind::Command, &text) {
            self.print(1, "*cmd*", &text);
            if self.level >= 2 {
                self.print(2, "*put*", &[&text, &b"\r\n"[..]].concat());
            }
        }
    }

    pub(super) fn reply(&mut self, reply: &Reply) {
        if !self.hand(LogKind::Reply, reply.text()) {
            for line in reply.text().split(|&byte| byte == b'\n') {
                self.print(2, "*get*", line);
            }
            self.print(1, "*resp*", reply.text());
        }
    }

    pub(super) fn welcome(&mut self, reply: &Reply) {
        if !self.has_function() {
            self.print(1, "*welcome*", reply.text());
        }
    }

    pub(super) fn state(&mut self, text: fmt::Arguments<'_>) {
        if self.has_function() {
            self.hand(LogKind::State, text.to_string().as_bytes());
        }
    }

    pub(super) fn data(&mut self, text: fmt::Arguments<'_>) {
        if self.has_function() {
            self.hand(LogKind::Data, text.to_string().as_bytes());
        }
    }

    /// Control characters are escaped, so that a server cannot play with the terminal.
    fn print(&self, level: i32, label: &str, text: &[u8]) {
        if self.level >= level {
            let line = format!("{label} '{}'\n", String::from_utf8_lossy(text).escape_debug());
            // There is nobody to tell when standard error is closed.
            let _ = without_sigpipe(|| stderr().write_all(line.as_bytes()).map(|()| line.len()));
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Log {{ level: {}, sink: {} }}", self.level, self.has_function())
    }
}
