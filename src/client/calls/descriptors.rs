//! Files from and to descriptors of the user's.

use std::io;
use std::os::fd::BorrowedFd;

use crate::client::Client;
use crate::error::{Error, Result};
use crate::net::{Local, Use};
use crate::protocol::command::Command;
use crate::protocol::reply::Reply;

impl Client {
    /// Receives data as it is (TYPE I), and writes it to a descriptor, from where it stands.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when the descriptor is not open for writing; [`Error::File`] when it cannot be written to; those of
    /// [`Client::retrbinary`].
    pub async fn retrfd(
        &mut self,
        command: &Command,
        descriptor: BorrowedFd<'_>,
        rest: Option<u64>,
    ) -> Result<Reply> {
        let local = Local::new(self.reactor(), descriptor, Use::Write).map_err(of_no_use)?;
        self.session()?.retrfd(command, &local, rest).await
    }

    /// Reads a descriptor to its end, from where it stands, and sends the data as it is (TYPE I).
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when the descriptor is not open for reading; [`Error::File`] when it cannot be read; those of
    /// [`Client::storbinary`].
    pub async fn storfd(
        &mut self,
        command: &Command,
        descriptor: BorrowedFd<'_>,
        rest: Option<u64>,
    ) -> Result<Reply> {
        let local = Local::new(self.reactor(), descriptor, Use::Read).map_err(of_no_use)?;
        self.session()?.storfd(command, &local, rest).await
    }
}

fn of_no_use(error: io::Error) -> Error {
    Error::InvalidArgument(format!("the descriptor cannot be used for this: {error}"))
}
