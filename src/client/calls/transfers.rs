//! Transfers: files, text and listings.

use crate::client::Client;
use crate::client::metadata::{choice_of, listing};
use crate::client::transfer::{Sent, Sink, Source};
#[allow(unused_imports, reason = "the documentation names it")]
use crate::error::Error;
use crate::error::Result;
use crate::protocol::command::Command;
use crate::protocol::facts::Entry;
use crate::protocol::reply::Reply;

impl Client {
    /// Receives data as it is (TYPE I): `command` is `RETR name` or the like.
    ///
    /// `rest` is the offset to start at (REST, RFC 3659). Each call of `sink` gets at most `block` bytes.
    ///
    /// # Errors
    /// [`Error::Integrity`] when fewer bytes came than the server had announced, although it reported success;
    /// [`Error::Callback`] when `sink` stopped it; [`Error::Reply`] when the server refused or gave up.
    pub async fn retrbinary(
        &mut self,
        command: &Command,
        block: usize,
        rest: Option<u64>,
        sink: Sink<'_>,
    ) -> Result<Reply> {
        self.session()?.retrbinary(command, block, rest, sink).await
    }

    /// Makes the data connection of the next transfer, which then takes one round trip. It lasts for 20 s, and until a command that
    /// might change what it is for.
    ///
    /// # Errors
    /// [`Error::Unsupported`] in active mode, and where the server must know the transfer first; [`Error::Reply`] when the server
    /// refuses; [`Error::Io`] when its port cannot be reached.
    pub async fn prearm(&mut self) -> Result<()> {
        self.session()?.prearm().await
    }

    /// Receives text (TYPE A) line by line: `command` is `LIST`, `NLST`, `RETR name` or the like.
    ///
    /// # Errors
    /// As [`Client::retrbinary`]; [`Error::Limit`] for a line that is too long.
    pub async fn retrlines(&mut self, command: &Command, sink: Sink<'_>) -> Result<Reply> {
        self.session()?.retrlines(command, sink).await
    }

    /// Sends data as it is (TYPE I): `command` is `STOR name`, `APPE name` or the like.
    ///
    /// `source` is asked for at most `block` bytes at a time; `sent` is told of each block once it was handed to TCP.
    ///
    /// # Errors
    /// As [`Client::retrbinary`]. A transfer that was stopped leaves a part of the file on most servers.
    pub async fn storbinary(
        &mut self,
        command: &Command,
        block: usize,
        rest: Option<u64>,
        source: Source<'_>,
        sent: Sent<'_>,
    ) -> Result<Reply> {
        self.session()?.storbinary(command, block, rest, source, sent).await
    }

    /// Adds to the end of a file, which is made if it is not there (APPE).
    ///
    /// # Errors
    /// As [`Client::storbinary`].
    pub async fn append(&mut self, path: &[u8], source: Source<'_>) -> Result<()> {
        self.session()?.append(path, source).await
    }

    /// Stores a file by a name that the server makes (STOU). The name, if the server tells it.
    ///
    /// # Errors
    /// As [`Client::storbinary`].
    pub async fn store_unique(&mut self, source: Source<'_>) -> Result<Option<Vec<u8>>> {
        self.session()?.store_unique(source).await
    }

    /// Sends text (TYPE A), with every line end made CRLF; `sent` is told of each line.
    ///
    /// # Errors
    /// As [`Client::storbinary`]; [`Error::Limit`] for a line that is too long.
    pub async fn storlines(
        &mut self,
        command: &Command,
        source: Source<'_>,
        sent: Sent<'_>,
    ) -> Result<Reply> {
        self.session()?.storlines(command, source, sent).await
    }

    /// The names in a directory, one `sink` call each (NLST). `None` is the working directory. Empty lines name nothing: some
    /// servers send one for an empty directory.
    ///
    /// # Errors
    /// As [`Client::retrlines`].
    pub async fn nlst(&mut self, path: Option<&[u8]>, sink: Sink<'_>) -> Result<Reply> {
        let command = listing("NLST", path)?;
        self.session()?.nlst(&command, sink).await
    }

    /// The listing of a directory as the server prints it, one `sink` call for each line (LIST).
    ///
    /// # Errors
    /// As [`Client::retrlines`].
    pub async fn dir(&mut self, path: Option<&[u8]>, sink: Sink<'_>) -> Result<Reply> {
        let command = listing("LIST", path)?;
        self.session()?.retrlisting(&command, sink).await
    }

    /// The entries of a directory with their facts (MLSD, RFC 3659). `facts` names those that are wanted, each with a
    /// semicolon after it; empty leaves the choice to the server, and so does a server that lets nobody choose. What has no name is
    /// no entry.
    ///
    /// # Errors
    /// As [`Client::retrlines`]; [`Error::Reply`] when the server knows no MLSD.
    pub async fn mlsd(
        &mut self,
        path: Option<&[u8]>,
        facts: &[u8],
        sink: &mut (dyn FnMut(&Entry<'_>) -> Result<(), i64> + Send),
    ) -> Result<Reply> {
        let (command, choice) = (listing("MLSD", path)?, choice_of(facts)?);
        self.session()?.mlsd(&command, choice.as_ref(), sink).await
    }
}
