//! Commands that need no data connection, and dialogues by hand. What cannot be sent is refused first, whether there is a connection
//! or not.

use crate::client::Client;
use crate::client::metadata::named;
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::reply::Reply;

impl Client {
    /// Sends any command, and returns its first reply if that is of class 1yz, 2yz or 3yz. After 1yz the user reads the other one.
    ///
    /// # Errors
    /// [`Error::Reply`] for a 4yz or 5yz reply; [`Error::Protocol`] for one that is no FTP reply.
    pub async fn sendcmd(&mut self, command: &Command) -> Result<Reply> {
        self.session()?.sendcmd(command).await
    }

    /// Sends any command, and waits for its final reply, which must be of class 2yz.
    ///
    /// # Errors
    /// As there; [`Error::Reply`] for any other class.
    pub async fn voidcmd(&mut self, command: &Command) -> Result<Reply> {
        self.session()?.voidcmd(command).await
    }

    /// Changes the directory. `..` is CDUP, or `CWD ..` where the server refuses CDUP itself; an empty path is `.`.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses.
    pub async fn cwd(&mut self, path: &[u8]) -> Result<()> {
        let command = Command::with("CWD", if path.is_empty() { b"." } else { path })?;
        self.session()?.cwd(&command).await
    }

    /// The working directory; empty when the reply does not name it.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses.
    pub async fn pwd(&mut self) -> Result<Vec<u8>> {
        self.session()?.pwd().await
    }

    /// The size of a file in bytes (RFC 3659), or `None` when the reply is no 213 or has no number.
    ///
    /// The type is set to image first, if the server lets it: in ASCII type servers refuse SIZE, or count line ends twice.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses.
    pub async fn size(&mut self, path: &[u8]) -> Result<Option<u64>> {
        let command = named("SIZE", path)?;
        self.session()?.size(&command).await
    }

    /// Deletes a file.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses.
    pub async fn delete(&mut self, path: &[u8]) -> Result<()> {
        let command = named("DELE", path)?;
        self.session()?.exchange_completed(&command).await.map(drop)
    }

    /// Renames a file or a directory (RNFR, RNTO).
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses, or does not ask for the new name.
    pub async fn rename(&mut self, from: &[u8], to: &[u8]) -> Result<()> {
        let (rnfr, rnto) = (named("RNFR", from)?, named("RNTO", to)?);
        self.session()?.rename(&rnfr, &rnto).await
    }

    /// Makes a directory, and returns its path as the server tells it; empty when the reply does not.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses.
    pub async fn mkd(&mut self, path: &[u8]) -> Result<Vec<u8>> {
        let command = named("MKD", path)?;
        self.session()?.mkd(&command).await
    }

    /// Removes a directory.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses.
    pub async fn rmd(&mut self, path: &[u8]) -> Result<()> {
        let command = named("RMD", path)?;
        self.session()?.exchange_completed(&command).await.map(drop)
    }

    /// What stands behind the name of a feature in the reply to FEAT; `None` if the server does not name it. FEAT is asked for
    /// once in a login.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for an empty name.
    pub async fn feature(&mut self, name: &[u8]) -> Result<Option<Vec<u8>>> {
        if name.trim_ascii().is_empty() {
            return Err(Error::InvalidArgument("the name of the feature is empty".into()));
        }
        Ok(self.session()?.features().await?.told_of(name))
    }

    /// What the server runs on (SYST), in its words.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses.
    pub async fn syst(&mut self) -> Result<Vec<u8>> {
        let reply = self.session()?.exchange_completed(&Command::new("SYST")).await?;
        Ok(reply.said().to_vec())
    }

    /// Sends a command of this server's own (SITE).
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses.
    pub async fn site(&mut self, text: &[u8]) -> Result<Reply> {
        let command = named("SITE", text)?;
        self.session()?.voidcmd(&command).await
    }

    /// Sends an account (ACCT) after the login.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses.
    pub async fn acct(&mut self, account: &[u8]) -> Result<()> {
        let command = Command::with("ACCT", account)?;
        self.session()?.exchange_completed(&command).await.map(drop)
    }

    /// Sends a command and does not wait. Each such command has its reply to be read by [`Client::getresp`] before another
    /// method is called. While a transfer is open this is how its server can be asked something (RFC 959: STAT, ABOR, QUIT).
    ///
    /// # Errors
    /// What can happen to a connection.
    pub async fn putcmd(&mut self, command: &Command) -> Result<()> {
        self.session()?.putcmd(command).await
    }

    /// Waits for the next reply to a command of the user's. It is not the last one to its command if it is of class 1yz.
    ///
    /// # Errors
    /// [`Error::OutOfTurn`] when none is owed; [`Error::Reply`] for a 4yz or 5yz reply; [`Error::Protocol`] for one that is
    /// no FTP reply.
    pub async fn getresp(&mut self) -> Result<Reply> {
        self.session()?.getresp().await
    }

    /// As [`Client::getresp`], and the reply must be of class 2yz.
    ///
    /// # Errors
    /// As there; [`Error::Reply`] for any other class.
    pub async fn voidresp(&mut self) -> Result<Reply> {
        self.session()?.voidresp().await
    }

    /// Brings the session back into step, whatever is owed: an open transfer is aborted, and replies that nobody has read are
    /// dropped.
    ///
    /// # Errors
    /// The connection is closed.
    pub async fn resync(&mut self) -> Result<()> {
        self.session()?.resync().await
    }

    /// Sends ABOR as an ordinary command of its own; for use while no transfer is going on.
    ///
    /// # Errors
    /// [`Error::Reply`] unless the server answers with 2yz, or with 426 and then 2yz.
    pub async fn abort(&mut self) -> Result<Reply> {
        self.session()?.abort().await
    }
}
