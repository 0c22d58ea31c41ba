//! Commands and replies one by one, for dialogues that no method knows.

use super::connection::{Owed, accept_as, completed};
use super::{Client, Phase};
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::reply::{Class, Reply};

impl Client {
    /// Sends a command and does not wait. Each such command has its reply to be read by [`Client::getresp`] before another
    /// method is called.
    ///
    /// # Errors
    /// [`Error::OutOfTurn`] while a transfer is open; and what can happen to a connection.
    pub async fn putcmd(&mut self, command: &Command) -> Result<()> {
        self.require_no_transfer()?;
        self.require_no_secret_in_clear(command)?;
        if self.connection()?.unread_replies == 0 {
            self.skip_unsolicited().await?;
        }
        self.audit_command(command)?;
        self.checkpoint().await;
        self.send_as_is(command, Owed::Nothing, self.limits.wait(Phase::Reply)).await?;
        self.connection()?.unread_replies += 1;
        self.note_put_command(command)
    }

    /// Waits for the next reply. It is not the last one to its command if it is of class 1yz.
    ///
    /// # Errors
    /// [`Error::Reply`] for a 4yz or 5yz reply; [`Error::Protocol`] for one that is no FTP reply.
    pub async fn getresp(&mut self) -> Result<Reply> {
        self.require_no_transfer()?;
        let connection = self.connection()?;
        if connection.unread_replies > 0 {
            connection.owed = Owed::Unclear;
        }
        let reply = self.next_reply(self.limits.wait(Phase::Reply)).await?;
        self.settled_by(&reply)?;
        let what = self.current_command();
        let connection = self.connection()?;
        let is_last = reply.class() != Some(Class::Preliminary);
        connection.unread_replies = connection.unread_replies.saturating_sub(is_last.into());
        accept_as(reply, &what)
    }

    /// As [`Client::getresp`], and the reply must be of class 2yz.
    ///
    /// # Errors
    /// As there; [`Error::Reply`] for any other class.
    pub async fn voidresp(&mut self) -> Result<Reply> {
        let reply = self.getresp().await?;
        completed(reply, &self.current_command())
    }

    /// Before a command whose reply this call will wait for: no earlier reply may be outstanding.
    pub(super) fn require_no_unread_reply(&mut self) -> Result<()> {
        self.require_no_transfer()?;
        let command = self.current_command();
        match self.connection()?.unread_replies {
            0 => Ok(()),
            1 => Err(Error::OutOfTurn(format!("the server still owes a reply to {command}: read it first"))),
            count => Err(Error::OutOfTurn(format!(
                "the server still owes {count} replies, the last of them to {command}: read them first"
            ))),
        }
    }

    pub(super) fn require_no_transfer(&mut self) -> Result<()> {
        match &self.connection()?.open_transfer {
            None => Ok(()),
            Some(transfer) => Err(Error::OutOfTurn(format!(
                "a transfer is open ({}): finish or abort it first",
                transfer.what
            ))),
        }
    }
}
