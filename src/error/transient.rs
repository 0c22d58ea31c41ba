//! Whether what has failed may succeed when it is tried again, with nothing changed.

use std::io::ErrorKind;

use crate::error::Error;
use crate::printable::contains;
use crate::protocol::codes::SERVICE_CLOSING;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::verb::{Fact, Verb};

/// "Invalid username or password": of class 4yz, and no better later.
const WRONG_LOGIN: u16 = 430;
/// "Not logged in", which many servers also say when they have too many clients.
const NOT_LOGGED_IN: u16 = 530;

/// What servers say with a 530 that will pass, in lower case.
const TOO_MANY: [&str; 9] = [
    "too many",
    "overloaded",
    "maximum number",
    "max number",
    "number of connect",
    "more connection",
    "already connected",
    "simultaneous login",
    "limit reached",
];
/// What servers and proxies say with any 5yz that will pass.
const LATER: [&str; 10] = [
    "try again",
    "try later",
    "try back later",
    "temporarily",
    "timed out",
    "timeout",
    "broken pipe",
    "closed by remote host",
    // To the server, damage on the way looks like a peer that does not know TLS.
    "handshake failed",
    // ftp-srv answers ABOR, and only then forgets the port that it has given. It may be that of the next EPSV.
    "no connector setup",
];

impl Error {
    /// Whether trying again makes sense: the network, the server's state or its load was the cause, and not what was asked for.
    pub fn is_transient(&self) -> bool {
        match self {
            Error::Timeout { .. }
            | Error::Eof(_)
            | Error::TlsLost(_)
            | Error::Integrity(_)
            | Error::Unverified(_) => true,
            Error::Io { source, .. } => !is_of_this_machine(source.kind()),
            // Two words of getaddrinfo's for EAI_AGAIN: it tells no number.
            Error::Resolve(source) => {
                let text = source.to_string();
                contains(&text, "Temporary failure") || contains(&text, "Try again")
            }
            Error::Reply { what, reply } => is_transient_reply(what, reply),
            Error::Elsewhere { error, .. } => error.is_transient(),
            Error::InvalidArgument(_)
            | Error::NotConnected(_)
            | Error::OutOfTurn(_)
            | Error::Busy(_)
            | Error::Denied(_)
            | Error::File { .. }
            | Error::Unsupported(_)
            | Error::Tls(_)
            | Error::Certificate(_)
            | Error::SessionReuse { .. }
            | Error::Protocol(_)
            | Error::Limit(_)
            | Error::Cancelled(_)
            | Error::NotFound(_)
            | Error::Exists(_)
            | Error::Callback { .. }
            | Error::Partial(_) => false,
        }
    }
}

/// What this machine refuses it will refuse again.
fn is_of_this_machine(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::PermissionDenied
            | ErrorKind::AddrInUse
            | ErrorKind::AddrNotAvailable
            | ErrorKind::InvalidInput
            | ErrorKind::Unsupported
    )
}

fn is_transient_reply(what: &str, reply: &Reply) -> bool {
    let is_login = Verb::of(what.as_bytes()).is(Fact::Login);
    match reply.class() {
        Some(Class::Transient) => !(is_login && reply.code() == Some(WRONG_LOGIN)),
        Some(Class::Permanent) => {
            let text = String::from_utf8_lossy(reply.text()).to_ascii_lowercase();
            let says = |words: &[&str]| words.iter().any(|word| contains(&text, word));
            says(&LATER) || (reply.code() == Some(NOT_LOGGED_IN) && says(&TOO_MANY))
        }
        _ => reply.code() == Some(SERVICE_CLOSING),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn what_the_server_says_decides() {
        for (what, reply, is_transient) in [
            ("RETR f", "450 busy", true),
            ("RETR f", "425 no data connection", true),
            ("CWD x", "421 idle for too long", true),
            ("connecting", "421 Too many connections (8) from this IP", true),
            ("PASS ****", "430 Invalid username or password", false),
            ("PASS ****", "421 wait", true),
            ("PASS ****", "451 the database is down", true),
            ("RETR f", "430 odd", true),
            ("PASS ****", "530 Login incorrect.", false),
            (
                "PASS ****",
                "530 Sorry, the maximum number of clients (3) from your host are already connected.",
                true,
            ),
            ("USER u", "530 Too many users logged in, closing control connection", true),
            ("USER u", "530-Server is\n530 OVERLOADED", true),
            ("RETR f", "550 No such file", false),
            ("RETR too many", "550 too many: no such file", false),
            ("RETR f", "550 Please try again later", true),
            ("RETR f", "500 OOPS: write: Broken pipe", true),
            ("RETR f", "502 Connection closed by remote host", true),
            ("STOR f", "522 SSL handshake failed.", true),
            ("RETR f", "551 No connector setup, send PASV or PORT", true),
            ("STOR f", "522 Data connections must be encrypted.", false),
            ("STOR f", "552 quota exceeded", false),
            ("RNTO x", "350 go on", false),
        ] {
            let error = Error::Reply { what: what.into(), reply: Reply::from_text(reply) };
            assert_eq!(error.is_transient(), is_transient, "{what}: {reply}");
        }
    }

    #[test]
    fn what_the_network_does_passes_and_what_this_side_wants_does_not() {
        let io = |kind: ErrorKind| Error::Io { what: "x".into(), source: kind.into() };
        for (error, is_transient) in [
            (Error::Eof("x".into()), true),
            (io(ErrorKind::ConnectionReset), true),
            (io(ErrorKind::ConnectionRefused), true),
            (io(ErrorKind::PermissionDenied), false),
            (Error::Integrity("x".into()), true),
            (Error::Unverified("x".into()), true),
            (Error::Partial("x".into()), false),
            (Error::Tls("x".into()), false),
            (Error::TlsLost("x".into()), true),
            (Error::Certificate("x".into()), false),
            (Error::Limit("x".into()), false),
            (Error::Cancelled("x".into()), false),
            (Error::NotConnected("x".into()), false),
            (Error::Resolve(io::Error::other("Name or service not known")), false),
            (Error::Resolve(io::Error::other("Temporary failure in name resolution")), true),
        ] {
            assert_eq!(error.is_transient(), is_transient, "{error:?}");
            let elsewhere = Error::Elsewhere { server: "s".into(), error: Box::new(error) };
            assert_eq!(elsewhere.is_transient(), is_transient, "{elsewhere:?}");
        }
    }
}
