//! Transfers whose data the user moves: ftplib's `transfercmd`, and the data connections of one's own dialogues.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

use crate::client::connection::{Connection, Driver, Link, Transfer};
use crate::client::session::Session;
use crate::client::transfer::files::require_transfer;
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::reply::Reply;
use crate::protocol::verb::Direction;

/// Names a transfer that was opened, and is of no use once it has ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct TransferId(u64);

impl Session<'_> {
    /// Starts a transfer in the type of `set_type`, and leaves its data to the user. Until `transfer_finish` or
    /// `abort` no other command can be sent.
    pub(crate) async fn transfercmd(&mut self, command: &Command, rest: Option<u64>) -> Result<TransferId> {
        require_transfer(command, None)?;
        self.prepare_own_facts(command).await?;
        self.prepare_opened(command).await?;
        self.begin_for(Driver::User, command, rest).await?;
        self.connection.transfer.driver = Driver::User;
        Ok(self.transfer_id())
    }

    /// The transfer that was begun last.
    pub(crate) fn transfer_id(&self) -> TransferId {
        TransferId(self.connection.transfer.id)
    }

    /// The size that the server has announced.
    pub(crate) fn transfer_size(&mut self, id: TransferId) -> Result<Option<u64>> {
        Ok(self.connection.opened(id)?.announced)
    }

    /// Reads data; 0 bytes are the end. The final reply is still to be read then, by `transfer_finish`. The buffer is
    /// borrowed anew whenever there is data, and never while the call waits.
    pub(crate) async fn transfer_read(
        &mut self,
        id: TransferId,
        buffer: &mut (dyn AsMut<[u8]> + Send),
    ) -> Result<usize> {
        self.require_data(id, Direction::FromServer)?;
        self.drive(id)?;
        let read = self.watch_read(buffer).await?;
        self.count(read);
        self.connection.transfer.driver = Driver::User;
        Ok(read)
    }

    /// Writes all of `data`, which is borrowed as the buffer of `transfer_read`.
    pub(crate) async fn transfer_write(
        &mut self,
        id: TransferId,
        data: &(dyn AsRef<[u8]> + Sync),
    ) -> Result<()> {
        self.require_data(id, Direction::ToServer)?;
        self.drive(id)?;
        self.transmit(data).await?;
        self.connection.transfer.driver = Driver::User;
        Ok(())
    }

    /// Closes the data connection, which is the end of an upload, and takes the final reply.
    pub(crate) async fn transfer_finish(&mut self, id: TransferId) -> Result<Reply> {
        self.drive(id)?;
        self.finish("transferred").await
    }

    /// Closes the data connection, which is the end of an upload, and does not wait for the final reply.
    pub(crate) async fn transfer_close_data(&mut self, id: TransferId) -> Result<()> {
        self.connection.opened(id)?;
        if self.connection.data.stream().is_none() {
            return Err(no_data_connection());
        }
        self.drive(id)?;
        self.connection.transfer.has_no_data_any_more = true;
        self.close_data().await?;
        self.connection.transfer.driver = Driver::User;
        Ok(())
    }

    /// Gives a transfer up without waiting: the next operation begins with ABOR.
    pub(crate) fn transfer_forget(&mut self, id: TransferId) {
        // None of it is left if the transfer has ended.
        let _ = self.drive(id);
    }

    /// Gives the data connection away, in blocking mode. What is left to do is `transfer_finish`, once the new
    /// owner has closed it.
    pub(crate) fn transfer_take_socket(&mut self, id: TransferId) -> Result<TcpStream> {
        self.connection.opened(id)?;
        let connection = &mut *self.connection;
        match std::mem::take(&mut connection.data.link) {
            Link::Open(stream) => match stream.into_socket() {
                Ok(socket) => {
                    connection.transfer.has_no_data_any_more = true;
                    socket.set_nonblocking(false).map_err(cannot_give)?;
                    Ok(socket)
                }
                Err(stream) => {
                    connection.data.link = Link::Open(stream);
                    Err(tls_has_no_descriptor())
                }
            },
            other => {
                connection.data.link = other;
                Err(no_data_connection())
            }
        }
    }

    /// Where the server listens for the next transfer: PASV on IPv4, EPSV on IPv6.
    pub(crate) fn makepasv(&mut self) -> impl Future<Output = Result<SocketAddr>> {
        self.passive_address()
    }

    /// A socket on which the server finds this client for the next transfer, in blocking mode: PORT on IPv4, EPRT on IPv6.
    pub(crate) async fn makeport(&mut self) -> Result<TcpListener> {
        let socket = self.listen_for_data().await?.into_socket().map_err(cannot_give)?;
        socket.set_nonblocking(false).map_err(cannot_give)?;
        Ok(socket)
    }

    /// There is a data connection, and data can go over it in this direction.
    fn require_data(&mut self, id: TransferId, direction: Direction) -> Result<()> {
        let transfer = self.connection.opened(id)?;
        if transfer.direction.is_some_and(|other| other != direction) {
            let only = if direction == Direction::FromServer { "sends data" } else { "receives data" };
            return Err(Error::OutOfTurn(format!("{} only {only}", transfer.what)));
        }
        // A server with nothing to send may confirm that without a data connection.
        let is_over = transfer.confirmation.has_come() && !transfer.has_no_data_any_more;
        match &self.connection.data.link {
            Link::Open(_) => Ok(()),
            Link::None | Link::Listening(_) if is_over => Ok(()),
            Link::None | Link::Listening(_) => Err(no_data_connection()),
        }
    }

    /// While a step of the transfer runs the user does not drive it: a step that fails, or is given up, ends it.
    pub(crate) fn drive(&mut self, id: TransferId) -> Result<()> {
        let connection = &mut *self.connection;
        connection.opened(id)?;
        connection.transfer.driver = Driver::Call;
        connection.doing.is_about(&connection.transfer.what);
        Ok(())
    }
}

impl Connection {
    /// The data connection's descriptor.
    pub(crate) fn transfer_fd(&self, id: TransferId) -> Result<BorrowedFd<'_>> {
        self.opened(id)?;
        match &self.data.link {
            Link::Open(stream) if stream.is_tls() => Err(tls_has_no_descriptor()),
            Link::Open(stream) => Ok(stream.as_fd()),
            Link::None | Link::Listening(_) => Err(no_data_connection()),
        }
    }

    fn opened(&self, id: TransferId) -> Result<&Transfer> {
        match &self.transfer {
            transfer if transfer.driver == Driver::User && transfer.id == id.0 => Ok(transfer),
            _ => Err(Error::OutOfTurn("this transfer has ended".into())),
        }
    }
}

fn no_data_connection() -> Error {
    Error::OutOfTurn("the transfer has no data connection: it was closed, given away, or never opened".into())
}

fn tls_has_no_descriptor() -> Error {
    Error::Unsupported("the data goes over TLS: nobody but the library can use its descriptor".into())
}

fn cannot_give(source: std::io::Error) -> Error {
    Error::Io { what: "cannot make the socket blocking".into(), source }
}
