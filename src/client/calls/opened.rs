//! Transfers whose data the user moves: ftplib's `transfercmd`, and the data connections of one's own dialogues.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::BorrowedFd;

use crate::client::Client;
use crate::client::session::Session;
use crate::client::transfer::TransferId;
#[allow(unused_imports, reason = "the documentation names it")]
use crate::error::Error;
use crate::error::Result;
use crate::protocol::command::Command;
use crate::protocol::reply::Reply;

impl Client {
    /// Starts a transfer in the type of [`Client::set_type`], and leaves its data to the user. Until [`Client::transfer_finish`] or
    /// [`Client::abort`] no other command can be sent.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses.
    pub async fn transfercmd(&mut self, command: &Command, rest: Option<u64>) -> Result<TransferId> {
        self.session()?.transfercmd(command, rest).await
    }

    /// The size that the server has announced.
    ///
    /// # Errors
    /// [`Error::OutOfTurn`] when the transfer has ended.
    pub fn transfer_size(&mut self, id: TransferId) -> Result<Option<u64>> {
        self.session()?.transfer_size(id)
    }

    /// Reads data; 0 bytes are the end. The final reply is still to be read then, by [`Client::transfer_finish`]. The buffer is
    /// borrowed anew whenever there is data, and never while the call waits.
    ///
    /// # Errors
    /// As [`Client::retrbinary`]; the transfer has ended then, but not after [`Error::OutOfTurn`], as for an upload.
    pub async fn transfer_read(
        &mut self,
        id: TransferId,
        mut buffer: &mut (impl AsMut<[u8]> + Send + ?Sized),
    ) -> Result<usize> {
        self.session()?.transfer_read(id, &mut buffer).await
    }

    /// Writes all of `data`, which is borrowed as the buffer of [`Client::transfer_read`].
    ///
    /// # Errors
    /// As [`Client::storbinary`]; the transfer has ended then, but not after [`Error::OutOfTurn`], as for a download.
    pub async fn transfer_write(
        &mut self,
        id: TransferId,
        data: &(impl AsRef<[u8]> + Sync + ?Sized),
    ) -> Result<()> {
        self.session()?.transfer_write(id, &data).await
    }

    /// Closes the data connection, which is the end of an upload, and takes the final reply.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server reports a failure.
    pub async fn transfer_finish(&mut self, id: TransferId) -> Result<Reply> {
        self.session()?.transfer_finish(id).await
    }

    /// Closes the data connection, which is the end of an upload, and does not wait for the final reply.
    ///
    /// # Errors
    /// [`Error::OutOfTurn`] when the transfer has ended, or has no data connection; what can happen to that.
    pub async fn transfer_close_data(&mut self, id: TransferId) -> Result<()> {
        self.session()?.transfer_close_data(id).await
    }

    /// Gives a transfer up without waiting: the next operation begins with ABOR.
    pub fn transfer_forget(&mut self, id: TransferId) {
        if let Ok(mut session) = self.session() {
            session.transfer_forget(id);
        }
    }

    /// The data connection's descriptor.
    ///
    /// # Errors
    /// [`Error::OutOfTurn`] when the transfer has ended, or its descriptor was taken; [`Error::Unsupported`] over TLS.
    pub fn transfer_fd(&mut self, id: TransferId) -> Result<BorrowedFd<'_>> {
        let Session { connection, .. } = self.session()?;
        connection.transfer_fd(id)
    }

    /// Gives the data connection away, in blocking mode. What is left to do is [`Client::transfer_finish`], once the new
    /// owner has closed it.
    ///
    /// # Errors
    /// As [`Client::transfer_fd`].
    pub fn transfer_take_socket(&mut self, id: TransferId) -> Result<TcpStream> {
        self.session()?.transfer_take_socket(id)
    }

    /// Where the server listens for the next transfer: PASV on IPv4, EPSV on IPv6.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses, [`Error::Protocol`] when its reply names no address.
    pub async fn makepasv(&mut self) -> Result<SocketAddr> {
        self.session()?.makepasv().await
    }

    /// A socket on which the server finds this client for the next transfer, in blocking mode: PORT on IPv4, EPRT on IPv6.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses.
    pub async fn makeport(&mut self) -> Result<TcpListener> {
        self.session()?.makeport().await
    }
}
