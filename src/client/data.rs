//! Data connections: who opens them, and the commands of RFC 2428 that are tried first where the user wants it.

use std::io;
use std::net::SocketAddr;

use super::Client;
use super::active::Expected;
use super::connection::Connection;
use crate::error::{Error, Result};
use crate::net::{Strangers, Stream};
use crate::protocol::codes::SERVICE_CLOSING;
use crate::protocol::command::Command;
use crate::protocol::reply::Reply;

/// The data connection of a transfer, as far as it has got.
pub(super) enum Data {
    None,
    /// Active mode: the server is to connect.
    Listening(Expected),
    Open(Stream),
}

/// One of the connections of a session.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one of commands and replies.
    Control,
    /// The one of the transfer that is open, or of the last one.
    Data,
}

/// The two ends of a connection.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Ends {
    /// This client's.
    pub local: SocketAddr,
    /// The server's.
    pub peer: SocketAddr,
}

impl Ends {
    fn of(stream: &Stream) -> io::Result<Ends> {
        Ok(Ends { local: stream.local_addr()?, peer: stream.peer_addr()? })
    }
}

impl Connection {
    /// What a transfer begins with. Nobody was refused for it, and nothing is known of its data connection but what is said here.
    pub(super) fn set_data(&mut self, data: Data) {
        self.strangers = Strangers::default();
        self.data_ends = match &data {
            // One that is broken already has no ends any more.
            Data::Open(stream) => Ends::of(stream).ok(),
            Data::None | Data::Listening(_) => None,
        };
        self.data = data;
    }
}

impl Client {
    /// The addresses of a connection. Those of a data connection are known until the next transfer begins.
    ///
    /// # Errors
    /// [`Error::NotConnected`]; [`Error::OutOfTurn`] when the session has had no such connection.
    pub fn ends(&mut self, which: Which) -> Result<Ends> {
        let connection = self.connection()?;
        match which {
            Which::Control => {
                let what = || "the control connection has no addresses any more".to_owned();
                let local = connection.control.local_addr();
                let local = local.map_err(|source| Error::Io { what: what(), source })?;
                Ok(Ends { local, peer: connection.peer })
            }
            Which::Data => {
                connection.data_ends.ok_or_else(|| Error::OutOfTurn("there was no data connection".into()))
            }
        }
    }

    /// What must stand before the transfer command is sent: a connection to the server, or a socket that waits for one.
    pub(super) async fn prepare_data(&mut self) -> Result<Data> {
        if self.passive {
            self.connect_data().await.map(Data::Open)
        } else {
            self.expect_data().await.map(Data::Listening)
        }
    }

    /// Whether EPSV and EPRT are tried on IPv4, where PASV and PORT are to be fallen back on.
    pub(super) fn tries_extended(&mut self) -> Result<bool> {
        let extended = self.extended;
        let connection = self.connection()?;
        Ok(extended && connection.peer.is_ipv4() && !connection.refuses_extended)
    }

    /// Sends an extended command (RFC 2428), or says that this server has none: `None`, and it is not asked again.
    pub(super) async fn try_extended(&mut self, command: &Command) -> Result<Option<Reply>> {
        if !self.tries_extended()? {
            return Ok(None);
        }
        match self.exchange_completed(command).await {
            // 4yz as well: whatever the reason is, the old command may do.
            Err(Error::Reply { reply, .. }) if reply.code() != Some(SERVICE_CLOSING) => {
                self.connection()?.refuses_extended = true;
                Ok(None)
            }
            outcome => outcome.map(Some),
        }
    }
}
