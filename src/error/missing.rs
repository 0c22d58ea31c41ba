//! A refusal whose text says that nothing is there.

use crate::error::Error;
use crate::printable::contains;
use crate::protocol::codes::{NAME_NOT_ALLOWED, UNAVAILABLE};

/// How servers say that a file or a directory is not there, in lower case.
const MISSING: [&str; 6] =
    ["no such file", "no such directory", "not found", "does not exist", "doesn't exist", "cannot find the"];

impl Error {
    /// [`Error::NotFound`], if the server refuses this command about a path and says that nothing is there. The path itself may hold such
    /// words, and does not count.
    #[must_use]
    pub(crate) fn or_not_found(self, verb: &str, path: &[u8]) -> Error {
        match &self {
            Error::Reply { what, .. } if what.starts_with(verb) && self.says_that_nothing_is_there(path) => {
                Error::NotFound(self.to_string())
            }
            _ => self,
        }
    }

    /// Whether it is a refusal of a command about a path, which says that nothing is there. The path itself does not count.
    pub(crate) fn says_that_nothing_is_there(&self, path: &[u8]) -> bool {
        let Error::Reply { reply, .. } = self else { return false };
        let lower = |text: &[u8]| String::from_utf8_lossy(text).to_ascii_lowercase();
        let (text, path) = (lower(reply.text()), lower(path));
        matches!(reply.code(), Some(UNAVAILABLE | NAME_NOT_ALLOWED))
            && MISSING.iter().any(|words| contains(&text, words) && !contains(&path, words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::reply::Reply;

    #[test]
    fn only_what_the_server_says_counts() {
        for (path, text, is_missing) in [
            ("/f", "550 /f: No such file or directory", true),
            ("f", "550 Can't open f: No such file or directory", true),
            ("f", "553 Can't open that file: No such file or directory", true),
            ("f", "550 The system cannot find the file specified. ", true),
            ("d/f", "550 File not found", true),
            ("f", "550 Failed to open file.", false),
            ("f", "550 Permission denied", false),
            ("f", "553 Could not create file.", false),
            ("f", "450 no such file for now", false),
            ("f", "530 user not found", false),
            ("/d/no such file", "550 No such file: Permission denied", false),
            ("/d/not found", "550 /d/not found: Permission denied", false),
            ("/not found", "550 /not found: No such file or directory", true),
            ("", "550 no such file", true),
        ] {
            let error = Error::Reply { what: "RETR f".into(), reply: Reply::from_text(text) };
            let shown = error.to_string();
            let error = error.or_not_found("RETR", path.as_bytes());
            assert_eq!(matches!(error, Error::NotFound(_)), is_missing, "{path}: {text}");
            assert_eq!(error.to_string(), shown);
        }
        let eof = Error::Eof("no such file".into());
        assert!(matches!(eof.or_not_found("RETR", b"f"), Error::Eof(_)));
        let other = Error::Reply { what: "RNFR g".into(), reply: Reply::from_text("550 no such file") };
        assert!(matches!(other.or_not_found("RETR", b"f"), Error::Reply { .. }));
    }
}
