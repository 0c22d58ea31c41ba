//! Whether a reply is a success.

use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::reply::{Class, Reply};

/// Lets replies of class 1yz, 2yz and 3yz pass.
pub(crate) fn accept(reply: Reply, command: &Command) -> Result<Reply> {
    accept_as(reply, &command.shown())
}

/// As [`accept`], where the command is known by its text.
pub(crate) fn accept_as(reply: Reply, what: &str) -> Result<Reply> {
    match reply.class() {
        Some(Class::Preliminary | Class::Completion | Class::Intermediate) => Ok(reply),
        Some(Class::Transient | Class::Permanent) => Err(Error::Reply { what: what.to_owned(), reply }),
        None => Err(no_reply(&reply, what)),
    }
}

/// Lets replies of class 2yz pass.
pub(crate) fn completed(reply: Reply, what: &str) -> Result<Reply> {
    match reply.class() {
        Some(Class::Completion) => Ok(reply),
        None => Err(no_reply(&reply, what)),
        Some(_) => Err(Error::Reply { what: what.to_owned(), reply }),
    }
}

fn no_reply(reply: &Reply, what: &str) -> Error {
    Error::Protocol(format!("{what}: the server's answer is not an FTP reply: {}", reply.excerpt()))
}

/// What a command was to change has not changed, as far as a reply tells.
pub(crate) fn is_refused(reply: &Reply) -> bool {
    matches!(reply.class(), Some(Class::Transient | Class::Permanent) | None)
}
