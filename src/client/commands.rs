//! The commands that need no data connection.

use super::{Client, shown};
use crate::error::{Error, Result};
use crate::protocol::codes::NOT_RECOGNIZED;
use crate::protocol::command::Command;
use crate::protocol::path::parse_257;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::size::parse_213;

use super::transfer::TransferType;

impl Client {
    /// Sends any command that has one reply, and returns the reply if it is of class 1yz, 2yz or 3yz.
    ///
    /// # Errors
    /// [`Error::Reply`] for a 4yz or 5yz reply; [`Error::Protocol`] for one that is no FTP reply.
    pub async fn sendcmd(&mut self, command: &Command) -> Result<Reply> {
        // It may change what the client remembers of the session.
        self.connection()?.transfer_type = None;
        self.exchange(command).await
    }

    /// As [`Client::sendcmd`], and the reply must be of class 2yz.
    ///
    /// # Errors
    /// As there; [`Error::Reply`] for any other class.
    pub async fn voidcmd(&mut self, command: &Command) -> Result<Reply> {
        self.connection()?.transfer_type = None;
        self.exchange_completed(command).await
    }

    /// Changes the directory. `..` is CDUP, or `CWD ..` where the server does not know CDUP; an empty path is `.`.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses.
    pub async fn cwd(&mut self, path: &[u8]) -> Result<()> {
        if path == b".." {
            match self.exchange_completed(&Command::new("CDUP")).await {
                Err(Error::Reply { reply, .. }) if reply.code() == Some(NOT_RECOGNIZED) => {}
                outcome => return outcome.map(drop),
            }
        }
        let path = if path.is_empty() { b"." } else { path };
        self.exchange_completed(&Command::with("CWD", path)?).await.map(drop)
    }

    /// The working directory; empty when the reply does not name it.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses.
    pub async fn pwd(&mut self) -> Result<Vec<u8>> {
        let reply = self.exchange_completed(&Command::new("PWD")).await?;
        path_in(&reply, "PWD")
    }

    /// The size of a file in bytes (RFC 3659), or `None` when the reply is no 213 or has no number.
    ///
    /// The type is set to image first: in ASCII type servers refuse SIZE, or count line ends twice.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses.
    pub async fn size(&mut self, path: &[u8]) -> Result<Option<u64>> {
        let command = Command::with("SIZE", path)?;
        self.ensure_type_for(&command, TransferType::Image).await?;
        let reply = self.exchange(&command).await?;
        Ok(parse_213(&reply))
    }

    /// Deletes a file. Only 250 and 200 mean that it is gone.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses.
    pub async fn delete(&mut self, path: &[u8]) -> Result<()> {
        let command = Command::with("DELE", path)?;
        let reply = self.exchange(&command).await?;
        match reply.code() {
            Some(250 | 200) => Ok(()),
            _ => Err(Error::Reply { what: shown(&command), reply }),
        }
    }

    /// Renames a file or a directory (RNFR, RNTO).
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses, or does not ask for the new name.
    pub async fn rename(&mut self, from: &[u8], to: &[u8]) -> Result<()> {
        let (rnfr, rnto) = (Command::with("RNFR", from)?, Command::with("RNTO", to)?);
        self.require_encodable(&rnto)?;
        let reply = self.exchange(&rnfr).await?;
        if reply.class() != Some(Class::Intermediate) {
            return Err(Error::Reply { what: shown(&rnfr), reply });
        }
        self.exchange_completed(&rnto).await.map(drop)
    }

    /// Makes a directory, and returns its path as the server tells it; empty when the reply does not.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses.
    pub async fn mkd(&mut self, path: &[u8]) -> Result<Vec<u8>> {
        let reply = self.exchange_completed(&Command::with("MKD", path)?).await?;
        path_in(&reply, "MKD")
    }

    /// Removes a directory.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses.
    pub async fn rmd(&mut self, path: &[u8]) -> Result<()> {
        self.exchange_completed(&Command::with("RMD", path)?).await.map(drop)
    }

    /// Sends an account (ACCT) after the login.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses.
    pub async fn acct(&mut self, account: &[u8]) -> Result<()> {
        self.exchange_completed(&Command::with("ACCT", account)?).await.map(drop)
    }

    /// Says goodbye and closes the connection, also when the server answers with an error or not at all.
    ///
    /// # Errors
    /// What the server answered instead of a 2yz reply.
    pub async fn quit(&mut self) -> Result<Reply> {
        let outcome = self.exchange_completed(&Command::new("QUIT")).await;
        if self.is_connected() {
            self.close_because("it was closed by QUIT");
        }
        match outcome {
            Err(Error::OutOfTurn(why)) => {
                Err(Error::OutOfTurn(format!("the connection was closed without QUIT: {why}")))
            }
            outcome => outcome,
        }
    }

    /// As [`Client::ensure_type`], unless the command that it is for could not be sent.
    pub(super) async fn ensure_type_for(&mut self, command: &Command, wanted: TransferType) -> Result<()> {
        self.require_encodable(command)?;
        self.ensure_type(wanted).await
    }

    /// Sets the representation type unless the server has it already.
    pub(super) async fn ensure_type(&mut self, wanted: TransferType) -> Result<()> {
        if self.connection()?.transfer_type == Some(wanted) {
            return Ok(());
        }
        self.connection()?.transfer_type = None;
        self.exchange_completed(&Command::new(wanted.command())).await?;
        self.connection()?.transfer_type = Some(wanted);
        Ok(())
    }
}

fn path_in(reply: &Reply, what: &str) -> Result<Vec<u8>> {
    let path = parse_257(reply).unwrap_or_default();
    if path.contains(&b'\0') {
        return Err(Error::Protocol(format!("{what}: the directory's name holds a NUL")));
    }
    Ok(path)
}
