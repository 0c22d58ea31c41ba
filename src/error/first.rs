//! The error of a call that has tried again: it tells the first error as well.

use crate::error::Error;

impl Error {
    /// What came of trying again after `first`. The kind is that of the last error, and the text tells both.
    #[must_use]
    pub(crate) fn after(self, first: &str) -> Error {
        let both = |text: String| format!("{text} (tried again after: {first})");
        match self {
            Error::Io { what, source } => Error::Io { what: both(what), source },
            Error::File { what, source } => Error::File { what: both(what), source },
            Error::Reply { what, reply } => Error::Reply { what: both(what), reply },
            Error::SessionReuse { what, reply } => Error::SessionReuse { what: both(what), reply },
            Error::Timeout { phase, mut waited } => {
                waited.done = both(waited.done).trim_start().to_owned();
                Error::Timeout { phase, waited }
            }
            Error::NotConnected(text) => Error::NotConnected(both(text)),
            Error::OutOfTurn(text) => Error::OutOfTurn(both(text)),
            Error::Unsupported(text) => Error::Unsupported(both(text)),
            Error::Tls(text) => Error::Tls(both(text)),
            Error::Certificate(text) => Error::Certificate(both(text)),
            Error::Eof(text) => Error::Eof(both(text)),
            Error::NotFound(text) => Error::NotFound(both(text)),
            Error::Exists(text) => Error::Exists(both(text)),
            Error::Protocol(text) => Error::Protocol(both(text)),
            Error::Limit(text) => Error::Limit(both(text)),
            Error::Integrity(text) => Error::Integrity(both(text)),
            Error::Unverified(text) => Error::Unverified(both(text)),
            // What the user has done, or has no text of its own.
            error => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::time::Duration;

    use super::*;
    use crate::error::Waited;
    use crate::phase::Phase;
    use crate::protocol::reply::Reply;

    #[test]
    fn both_errors_are_told_in_one_line() {
        let source = || io::Error::from_raw_os_error(libc::ECONNREFUSED);
        let waited = || {
            Box::new(Waited { what: "waiting".into(), done: String::new(), after: Duration::from_secs(1) })
        };
        let reply = || Reply::from_text("502 no");
        for (error, text) in [
            (Error::Eof("x".into()), "the server closed the connection x (tried again after: lost)"),
            (
                Error::Reply { what: "CWD /".into(), reply: reply() },
                "CWD / (tried again after: lost): 502 no",
            ),
            (
                Error::Io { what: "cannot connect".into(), source: source() },
                "cannot connect (tried again after: lost): connection refused",
            ),
            (
                Error::Timeout { phase: Phase::Reply, waited: waited() },
                "timed out after 1 s waiting (phase: reply; (tried again after: lost))",
            ),
            (Error::Cancelled("RETR f: cancelled".into()), "RETR f: cancelled"),
        ] {
            assert_eq!(error.after("lost").to_string(), text);
        }
    }
}
