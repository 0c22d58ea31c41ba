//! Why an operation failed.

mod first;
mod missing;
mod transient;

use std::io;
use std::time::Duration;

use thiserror::Error;

use crate::net::TlsFailure;
use crate::phase::Phase;
use crate::protocol::codes::SERVICE_CLOSING;
use crate::protocol::command::CommandError;
use crate::protocol::glob::{Endless, GlobError};
use crate::protocol::reply::Reply;

/// The outcome of an operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation failed. Its text is one line that tells a person what was tried and what went wrong.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller gave something that cannot be used. Nothing was sent.
    #[error("{0}")]
    InvalidArgument(String),
    /// The operation needs a connection and there is none.
    #[error("not connected: {0}")]
    NotConnected(String),
    /// The call does not fit what is going on in the session.
    #[error("{0}")]
    OutOfTurn(String),
    /// Another call has what this one needs. Nothing was sent.
    #[error("{0}")]
    Busy(String),
    /// An audit callback of the caller refused it. Nothing was sent.
    #[error("{0}: refused by the audit callback")]
    Denied(String),
    /// The host's name has no address.
    #[error("cannot resolve the host name: {}", reason(.0))]
    Resolve(#[source] io::Error),
    /// The system or the network failed.
    #[error("{what}: {}", reason(.source))]
    Io {
        /// What was tried, as in `cannot send NOOP`.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file of this machine cannot be used.
    #[error("{what}: {}", reason(.source))]
    File {
        /// What was tried, as in `cannot read ca.pem`.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// This build of the library cannot do it, or nobody could over this kind of connection.
    #[error("{0}")]
    Unsupported(String),
    /// TLS failed, or something would go in clear that must not.
    #[error("{0}")]
    Tls(String),
    /// TLS has failed over what happened on the way: the connection was cut off, or what came was changed.
    #[error("{0}")]
    TlsLost(String),
    /// The server's certificate is not accepted.
    #[error("{0}")]
    Certificate(String),
    /// The server refused a data connection for its TLS session.
    #[error("{what}: {}", one_line(.reply))]
    SessionReuse {
        /// The command, passwords masked, and what the server wants, or seems to want.
        what: String,
        /// The reply.
        reply: Reply,
    },
    /// Nothing happened for too long.
    #[error("timed out after {} {} (phase: {phase}{})", seconds(.waited.after), .waited.what, detail(&.waited.done))]
    Timeout {
        /// Whose limit it was.
        phase: Phase,
        /// What was waited for.
        waited: Box<Waited>,
    },
    /// The server closed the control connection.
    #[error("the server closed the connection {0}")]
    Eof(String),
    /// The server refused, or answered with a reply of a class that does not fit.
    #[error("{what}: {}", one_line(.reply))]
    Reply {
        /// The command, passwords masked.
        what: String,
        /// The reply.
        reply: Reply,
    },
    /// The file or directory is not there: it was found out.
    #[error("{0}")]
    NotFound(String),
    /// Something is there that was not to be replaced, or that is in the way: it was found out.
    #[error("{0}")]
    Exists(String),
    /// The server broke the protocol.
    #[error("{0}")]
    Protocol(String),
    /// The server sent more than a limit allows.
    #[error("{0}")]
    Limit(String),
    /// The operation was cancelled.
    #[error("{0}")]
    Cancelled(String),
    /// A callback of the caller stopped the operation.
    #[error("{what}: stopped by the callback, which returned {value}")]
    Callback {
        /// The command, passwords masked.
        what: String,
        /// What the callback returned.
        value: i64,
    },
    /// An error of the other server of a copy.
    #[error("{server}: {error}")]
    Elsewhere {
        /// Which server, as its user named it.
        server: String,
        /// What went wrong there.
        error: Box<Error>,
    },
    /// What arrived is not what was announced.
    #[error("{0}")]
    Integrity(String),
    /// All went over the network, and whether it has arrived could not be found out.
    #[error("{0}")]
    Unverified(String),
    /// Some of many things were not done. All others were.
    #[error("{0}")]
    Partial(String),
}

/// A wait that was too long.
#[derive(Debug)]
pub struct Waited {
    /// What was going on, as in `waiting for the reply to LIST`.
    pub what: String,
    /// What had been done until then, if that tells something.
    pub done: String,
    /// The time that has passed.
    pub after: Duration,
}

// Each result of each step has the room for one: what is large in it is behind a pointer.
const _: () = assert!(size_of::<Error>() <= 40);

impl Error {
    /// What a failure of a connection is: the system's, or one of TLS.
    pub(crate) fn of_connection(what: String, source: io::Error) -> Error {
        match TlsFailure::inside(&source) {
            None => Error::Io { what, source },
            Some(TlsFailure::Certificate(text)) => Error::Certificate(format!("{what}: {text}")),
            Some(TlsFailure::Protocol(text)) => Error::Tls(format!("{what}: {text}")),
            Some(TlsFailure::Lost(text)) => Error::TlsLost(format!("{what}: {text}")),
            Some(TlsFailure::File { what, code }) => Error::File {
                what: what.clone(),
                source: code.map_or_else(|| io::ErrorKind::WriteZero.into(), io::Error::from_raw_os_error),
            },
            Some(TlsFailure::Unsupported(text)) => Error::Unsupported(text.clone()),
        }
    }

    /// The system's error number, where the system is the cause.
    pub fn os_error(&self) -> Option<i32> {
        match self {
            Error::Io { source, .. } | Error::File { source, .. } | Error::Resolve(source) => {
                source.raw_os_error()
            }
            Error::Elsewhere { error, .. } => error.os_error(),
            _ => None,
        }
    }

    /// Whether it was cancelled, here or on the other server.
    pub(crate) fn is_cancelled(&self) -> bool {
        match self {
            Error::Cancelled(_) => true,
            Error::Elsewhere { error, .. } => error.is_cancelled(),
            _ => false,
        }
    }

    /// Whether the server has refused, and goes on with the session: what the user did not ask for can be done without.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Error::Reply { reply, .. } if reply.code() != Some(SERVICE_CLOSING))
    }

    /// Whether the message gains from the name of the server in front of it.
    pub(crate) fn concerns_the_server(&self) -> bool {
        !matches!(
            self,
            Error::InvalidArgument(_)
                | Error::NotConnected(_)
                | Error::OutOfTurn(_)
                | Error::Busy(_)
                | Error::File { .. }
                | Error::Unsupported(_)
                | Error::Elsewhere { .. }
                | Error::Partial(_)
        )
    }
}

impl From<GlobError> for Error {
    fn from(error: GlobError) -> Error {
        match error {
            GlobError::Empty => Error::InvalidArgument(error.to_string()),
            GlobError::TooLong | GlobError::TooManyAlternatives => Error::Limit(error.to_string()),
        }
    }
}

impl From<Endless> for Error {
    fn from(error: Endless) -> Error {
        Error::Limit(error.to_string())
    }
}

impl From<CommandError> for Error {
    fn from(error: CommandError) -> Error {
        Error::InvalidArgument(error.to_string())
    }
}

/// What the system said, as a part of a sentence. Its number is for programs, which ask for it.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let Some(code) = error.raw_os_error() else { return text };
    let text = text.strip_suffix(&format!(" (os error {code})")).unwrap_or(&text);
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        // No name, and no word of capitals.
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}

/// `30 s`, `2.5 s`: what a person would write.
fn seconds(time: Duration) -> String {
    // No number with a point is printed anywhere else, and what prints a float is 10 KB of code.
    let milliseconds = format!(".{:03}", time.subsec_millis());
    format!("{}{} s", time.as_secs(), milliseconds.trim_end_matches('0').trim_end_matches('.'))
}

fn detail(done: &str) -> String {
    if done.is_empty() { String::new() } else { format!("; {done}") }
}

/// A reply of many lines, cut to one line of moderate length.
fn one_line(reply: &Reply) -> String {
    const SHOWN: usize = 300;
    // As many bytes as so many characters can have, and one more: a reply may be long.
    let text = reply.text();
    let text = String::from_utf8_lossy(text.get(..4 * SHOWN + 1).unwrap_or(text));
    let mut line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN).collect();
    if line.len() < text.len() {
        line.push_str(" …");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_said_has_no_number() {
        for (number, text) in [
            (libc::ECONNREFUSED, "connection refused"),
            (libc::EMFILE, "too many open files"),
            (libc::EIO, "input/output error"),
            (libc::EXDEV, "invalid cross-device link"),
            (libc::ENOEXEC, "exec format error"),
        ] {
            let source = io::Error::from_raw_os_error(number);
            for error in [
                Error::Io { what: "cannot go on".into(), source: io::Error::from_raw_os_error(number) },
                Error::File { what: "cannot go on".into(), source },
            ] {
                assert_eq!(error.to_string(), format!("cannot go on: {text}"));
                assert_eq!(error.os_error(), Some(number));
            }
        }
        assert_eq!(reason(&io::Error::other("RFC 959 and (os error 111)")), "RFC 959 and (os error 111)");
        assert_eq!(reason(&io::Error::from_raw_os_error(99_999)), "unknown error 99999");
    }

    #[test]
    fn a_timeout_reads_as_a_person_would_say_it() {
        let timeout = |what: &str, phase, done: &str, after| {
            let after = Duration::from_millis(after);
            let waited = Waited { what: what.into(), done: done.into(), after };
            Error::Timeout { phase, waited: Box::new(waited) }.to_string()
        };
        assert_eq!(
            timeout("waiting for the reply to LIST", Phase::Reply, "", 30_000),
            "timed out after 30 s waiting for the reply to LIST (phase: reply)"
        );
        assert_eq!(
            timeout("waiting for data", Phase::Data, "RETR f, after 7 bytes", 2500),
            "timed out after 2.5 s waiting for data (phase: data; RETR f, after 7 bytes)"
        );
        for (after, shown) in
            [(0, "0 s"), (7, "0.007 s"), (250, "0.25 s"), (1005, "1.005 s"), (60_000, "60 s")]
        {
            assert_eq!(seconds(Duration::from_millis(after)), shown);
        }
    }

    #[test]
    fn a_reply_of_many_lines_makes_a_message_of_one() {
        let reply = Reply::from_text(format!("550-{}\n550 end", "x".repeat(400)));
        let text = Error::Reply { what: "RETR f".into(), reply }.to_string();
        assert!(
            text.starts_with("RETR f: 550-xxx") && text.ends_with(" …") && !text.contains('\n'),
            "{text}"
        );
    }
}
