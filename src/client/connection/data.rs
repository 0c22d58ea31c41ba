//! The data connection of a transfer.

use std::io;
use std::net::SocketAddr;

use crate::client::connection::{Connection, Expected};
use crate::error::{Error, Result};
use crate::net::{Strangers, Stream};

/// The data connection of a transfer, as far as it has got.
pub(crate) enum Data {
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
    pub(crate) fn set_data(&mut self, data: Data) {
        self.strangers = Strangers::default();
        self.data_ends = match &data {
            // One that is broken already has no ends any more.
            Data::Open(stream) => Ends::of(stream).ok(),
            Data::None | Data::Listening(_) => None,
        };
        self.data = data;
    }

    /// The addresses of a connection. Those of a data connection are known until the next transfer begins.
    ///
    /// # Errors
    /// [`Error::NotConnected`]; [`Error::OutOfTurn`] when the session has had no such connection.
    pub(crate) fn ends(&self, which: Which) -> Result<Ends> {
        match which {
            Which::Control => {
                let what = || "the control connection has no addresses any more".to_owned();
                let local = self.control.local_addr();
                let local = local.map_err(|source| Error::Io { what: what(), source })?;
                Ok(Ends { local, peer: self.peer })
            }
            Which::Data => {
                self.data_ends.ok_or_else(|| Error::OutOfTurn("there was no data connection".into()))
            }
        }
    }

    /// Closes the data connection; `abruptly` in a way that nobody takes for the proper end of the data.
    pub(crate) fn drop_data(&mut self, abruptly: bool) {
        if let Data::Open(stream) = &mut self.data
            && abruptly
        {
            stream.set_abortive_close();
        }
        self.data = Data::None;
    }
}
