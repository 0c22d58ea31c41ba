//! The commands that need no data connection.

use crate::client::session::Session;
use crate::client::verdict::{accept, completed};
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::path::parse_257;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::size::parse_213;
use crate::protocol::transfer_type::TransferType;

impl Session<'_> {
    /// Sends any command, and returns its first reply if that is of class 1yz, 2yz or 3yz. After 1yz the user reads the other one.
    pub(crate) async fn sendcmd(&mut self, command: &Command) -> Result<Reply> {
        self.prepare_own_facts(command).await?;
        let outcome = self.exchange_first(command).await;
        let outcome = outcome.and_then(|reply| accept(reply, command));
        self.note_own_command(command, &outcome);
        if let Ok(reply) = &outcome
            && reply.class() == Some(Class::Preliminary)
        {
            // Another one follows, and nobody but the user knows when.
            self.connection.dialogue.leave_to_the_user(command);
        }
        outcome
    }

    /// Sends any command, and waits for its final reply, which must be of class 2yz.
    pub(crate) async fn voidcmd(&mut self, command: &Command) -> Result<Reply> {
        self.prepare_own_facts(command).await?;
        let outcome = self.exchange(command).await;
        self.note_own_command(command, &outcome);
        completed(outcome?, &command.shown())
    }

    /// The working directory; empty when the reply does not name it.
    pub(crate) async fn pwd(&mut self) -> Result<Vec<u8>> {
        let reply = self.exchange_completed(&Command::new("PWD")).await?;
        path_in(&reply, "PWD")
    }

    /// The size of a file in bytes (RFC 3659), or `None` when the reply is no 213 or has no number.
    pub(crate) async fn size(&mut self, command: &Command) -> Result<Option<u64>> {
        self.require_sendable(command).await?;
        // A server that knows no image type may tell sizes all the same.
        self.prefer_type(TransferType::Image).await?;
        let reply = self.exchange(command).await?;
        Ok(parse_213(&reply))
    }

    /// Renames a file or a directory (RNFR, RNTO).
    pub(crate) async fn rename(&mut self, rnfr: &Command, rnto: &Command) -> Result<()> {
        self.require_sendable(rnto).await?;
        let reply = self.exchange(rnfr).await?;
        if reply.class() != Some(Class::Intermediate) {
            return Err(Error::Reply { what: rnfr.shown().into_owned(), reply });
        }
        self.exchange_completed(rnto).await.map(drop)
    }

    /// Makes a directory, and returns its path as the server tells it; empty when the reply does not.
    pub(crate) async fn mkd(&mut self, command: &Command) -> Result<Vec<u8>> {
        let reply = self.exchange_completed(command).await?;
        path_in(&reply, "MKD")
    }
}

/// A command about a file or a directory. Without its name it would be about another, or about nothing.
pub(crate) fn named(verb: &'static str, name: &[u8]) -> Result<Command> {
    if name.is_empty() {
        return Err(Error::InvalidArgument(format!("{verb}: the name is empty")));
    }
    Ok(Command::with(verb, name)?)
}

fn path_in(reply: &Reply, what: &str) -> Result<Vec<u8>> {
    let path = parse_257(reply).unwrap_or_default();
    if path.contains(&b'\0') {
        return Err(Error::Protocol(format!("{what}: the directory's name holds a zero byte")));
    }
    Ok(path)
}
