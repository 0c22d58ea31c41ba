//! What OpenSSL reads from and writes to.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;

use super::ahead::Ahead;
use crate::net::block::room;
use crate::net::transport::socket::Socket;
use crate::net::{Reactor, TlsFailure};

/// The most bytes that may come without data among them: handshakes, tickets, new keys. Real ones are a few kilobytes.
const MOST_WITHOUT_DATA: usize = 256 * 1024;

/// The socket below a TLS connection.
///
/// OpenSSL goes on reading until it has data: records that hold none, such as KeyUpdate and HelloRequest, can come without end.
/// So it hears that nothing is there once the turn has lasted long enough, as the reactor knows; and at some time it is enough.
pub(super) struct Wire {
    pub(super) socket: Arc<Socket>,
    reactor: Reactor,
    /// Without it, no more is read than OpenSSL asks for.
    ahead: Option<Ahead>,
    /// How many bytes have come since the last data.
    without_data: usize,
    /// The other side has closed the TCP connection.
    pub(super) has_ended: bool,
}

impl Wire {
    pub(super) fn new(socket: Arc<Socket>, reactor: &Reactor) -> Wire {
        Wire { socket, reactor: reactor.clone(), ahead: None, without_data: 0, has_ended: false }
    }

    /// What OpenSSL has read last held data.
    pub(super) fn had_data(&mut self) {
        self.without_data = 0;
    }

    /// From here on as much is read as there is. Nothing that follows the end of TLS is left to be read then.
    pub(super) fn read_ahead(&mut self) {
        self.ahead = Some(Ahead::default());
    }

    /// Whether all was read that had come when the system was asked last. Only who reads ahead knows.
    pub(super) fn is_drained(&self) -> bool {
        self.ahead.as_ref().is_some_and(Ahead::is_drained)
    }

    fn read_socket(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.reactor.is_drained(self.socket.as_fd().as_raw_fd()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = match &mut self.ahead {
            Some(ahead) => ahead.read(&self.socket, buffer)?,
            None => self.socket.read(room(buffer))?,
        };
        self.has_ended |= count == 0 && !buffer.is_empty();
        Ok(count)
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.reactor.poll_go_on().is_pending() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        if self.without_data > MOST_WITHOUT_DATA {
            let text = "the server sends TLS messages without end, and no data";
            return Err(TlsFailure::Protocol(text.into()).into());
        }
        let count = self.read_socket(buffer)?;
        self.without_data += count;
        Ok(count)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
