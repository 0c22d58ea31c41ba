//! What a message says about what is going on.

use std::fmt;
use std::io;

use crate::client::limits::Wait;
use crate::error::Error;
use crate::protocol::verb::Verb;

/// What is going on: what was said last, and what the call that is running is about.
#[derive(Default)]
pub(crate) struct Doing {
    /// The command that was sent last, as a message shows it; empty before the first.
    pub command: String,
    about: About,
    /// The command that the call is about. Its memory is kept: a read of data names one each time.
    subject: String,
}

/// What the call that is running is about. Only the call itself can tell.
#[derive(Default)]
enum About {
    #[default]
    Connecting,
    /// It has not come to a command yet: something that was left to do comes first.
    Nothing,
    /// `subject`.
    Command,
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
    /// A call begins.
    pub(crate) fn begin(&mut self) {
        self.about = About::Nothing;
    }

    /// The call is about this command from here on: it is to be sent, or its replies or its data are waited for.
    pub(crate) fn is_about(&mut self, command: &str) {
        self.about = About::Command;
        self.subject.clear();
        self.subject.push_str(command);
    }

    /// What the connection was doing last.
    pub(crate) fn what(&self) -> &str {
        if self.command.is_empty() { "connecting" } else { &self.command }
    }

    /// It is a transfer, or was to be one.
    pub(crate) fn is_transfer(&self) -> bool {
        Verb::of(self.command.as_bytes()).direction().is_some()
    }

    /// What is waited for.
    pub(crate) fn wanted_reply(&self) -> String {
        match self.command.as_str() {
            "" => "the greeting".into(),
            command => format!("the reply to {command}"),
        }
    }

    /// The error of a call that was cancelled. `call` is the name of its function.
    pub(crate) fn cancelled(&self, call: &str, progress: Option<Progress>) -> Error {
        let what = match self.about {
            About::Connecting => "connecting",
            About::Nothing => {
                return Error::Cancelled(format!("{call}: cancelled before it had sent a command"));
            }
            About::Command => &self.subject,
        };
        Error::Cancelled(match progress {
            Some(progress) => format!("{what}: cancelled after {} bytes", progress.bytes),
            None => format!("{what}: cancelled"),
        })
    }

    /// The error of a call whose whole time has passed.
    pub(crate) fn out_of_time(&self, call: &str, wait: Wait, progress: Option<Progress>) -> Error {
        let done = progress.map(|progress| progress.to_string()).unwrap_or_default();
        match self.about {
            About::Connecting => wait.passed("while connecting", done),
            About::Nothing => wait.passed(format!("before {call} had sent a command"), String::new()),
            About::Command => wait.passed(format!("in {}", self.subject), done),
        }
    }

    /// The server has closed the control connection. `has_started`: a 1yz reply has come.
    pub(crate) fn closed_by_server(&self, has_begun_reply: bool, has_started: bool) -> Error {
        let when = match self.command.as_str() {
            "" if has_begun_reply => "in the middle of its greeting".to_owned(),
            "" => "before its greeting".to_owned(),
            command if has_begun_reply => format!("in the middle of its reply to {command}"),
            command if has_started => format!("without a final reply to {command}"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::limits::Limits;
    use crate::phase::Phase;

    #[test]
    fn an_ended_call_is_told_by_what_it_was_about_and_not_by_what_another_has_sent() {
        let progress = Some(Progress { bytes: 5, is_upload: true });
        let mut doing = Doing::default();
        let told = |doing: &Doing, progress| {
            let out_of_time = doing.out_of_time("ftp_mkd()", Limits::default().wait(Phase::Total), progress);
            (doing.cancelled("ftp_mkd()", progress).to_string(), out_of_time.to_string())
        };
        let ends = |(cancelled, out_of_time): (String, String), first: &str, second: &str| {
            assert_eq!(cancelled, first);
            assert!(out_of_time.contains(second), "{out_of_time}");
        };
        ends(told(&doing, None), "connecting: cancelled", " while connecting (");
        doing.command = "PASS ****".into();
        ends(told(&doing, None), "connecting: cancelled", " while connecting (");
        doing.begin();
        let early = "ftp_mkd(): cancelled before it had sent a command";
        ends(told(&doing, None), early, " before ftp_mkd() had sent a command (");
        doing.is_about("STOR f");
        ends(told(&doing, None), "STOR f: cancelled", " in STOR f (phase: total)");
        let late = "in STOR f (phase: total; 5 bytes were sent)";
        ends(told(&doing, progress), "STOR f: cancelled after 5 bytes", late);
        doing.begin();
        ends(told(&doing, progress), early, " before ftp_mkd() had sent a command (phase: total)");
    }
}
