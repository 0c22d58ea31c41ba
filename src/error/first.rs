//! What the text of an error tells beside what went wrong.

use crate::error::Error;

impl Error {
    /// What came of trying again after `first`. The kind is that of the last error, and the text tells both.
    #[must_use]
    pub(crate) fn after(self, first: &str) -> Error {
        match self {
            // What the user has done.
            Error::InvalidArgument(_)
            | Error::Busy(_)
            | Error::Denied(_)
            | Error::Cancelled(_)
            | Error::Callback { .. } => self,
            error => error.noting(&format!("tried again after: {first}")),
        }
    }

    /// Its text has a note, in brackets. An error that has no text of its own stays as it is.
    #[must_use]
    pub(crate) fn noting(mut self, note: &str) -> Error {
        let text = match &mut self {
            Error::Io { what, .. }
            | Error::File { what, .. }
            | Error::Reply { what, .. }
            | Error::SessionReuse { what, .. }
            | Error::Callback { what, .. } => what,
            Error::Timeout { waited, .. } => &mut waited.what,
            Error::InvalidArgument(text)
            | Error::NotConnected(text)
            | Error::OutOfTurn(text)
            | Error::Busy(text)
            | Error::Denied(text)
            | Error::Unsupported(text)
            | Error::Tls(text)
            | Error::TlsLost(text)
            | Error::Certificate(text)
            | Error::Eof(text)
            | Error::NotFound(text)
            | Error::Exists(text)
            | Error::Protocol(text)
            | Error::Limit(text)
            | Error::Cancelled(text)
            | Error::Integrity(text)
            | Error::Unverified(text) => text,
            Error::Resolve(_) | Error::Elsewhere { .. } | Error::Partial(_) => return self,
        };
        text.push_str(" (");
        text.push_str(note);
        text.push(')');
        self
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
                "timed out after 1 s waiting (tried again after: lost) (phase: reply)",
            ),
            (Error::Cancelled("RETR f: cancelled".into()), "RETR f: cancelled"),
        ] {
            assert_eq!(error.after("lost").to_string(), text);
        }
    }
}
