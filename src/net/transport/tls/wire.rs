//! What OpenSSL reads from and writes to.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;

use super::records::Records;
use crate::net::block::room;
use crate::net::transport::socket::Socket;
use crate::net::{Reactor, TlsFailure};

/// The most bytes that may come without data among them: handshakes, tickets, new keys. Real ones are a few kilobytes.
const MOST_WITHOUT_DATA: usize = 256 * 1024;

/// The most records that OpenSSL gets at once. Six of the largest are all that it has room for, and of the smallest it has room
/// for thousands: each of them can be a KeyUpdate, which takes it long.
const MOST_RECORDS: u32 = 8;

/// The socket below a TLS connection.
///
/// OpenSSL goes on reading until it has data: records that hold none, such as KeyUpdate and HelloRequest, can come without end.
/// So it hears that nothing is there once the turn has lasted long enough, as the reactor knows; and at some time it is enough.
pub(super) struct Wire {
    pub(super) socket: Arc<Socket>,
    reactor: Reactor,
    records: Records,
    /// What has come behind the most records that OpenSSL may get at once.
    held: Vec<u8>,
    /// How many bytes have come since the last data.
    without_data: usize,
    /// The other side has closed the TCP connection.
    pub(super) has_ended: bool,
}

impl Wire {
    pub(super) fn new(socket: Arc<Socket>, reactor: &Reactor) -> Wire {
        Wire {
            socket,
            reactor: reactor.clone(),
            records: Records::default(),
            held: Vec::new(),
            without_data: 0,
            has_ended: false,
        }
    }

    /// What OpenSSL has read last held data.
    pub(super) fn had_data(&mut self) {
        self.without_data = 0;
    }

    /// As much of what was held back as may come now.
    fn read_held(&mut self, buffer: &mut [u8]) -> usize {
        let there = self.held.get(..buffer.len()).unwrap_or(&self.held);
        let count = self.records.pass(there, MOST_RECORDS);
        for (place, byte) in buffer.iter_mut().zip(self.held.drain(..count)) {
            *place = byte;
        }
        if self.held.is_empty() {
            self.held = Vec::new();
        }
        count
    }

    fn read_socket(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.reactor.is_drained(self.socket.as_fd().as_raw_fd()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = self.socket.read(room(buffer))?;
        self.has_ended |= count == 0 && !buffer.is_empty();
        let came = buffer.get(..count).unwrap_or_default();
        let passed = self.records.pass(came, MOST_RECORDS);
        self.held.extend_from_slice(came.get(passed..).unwrap_or_default());
        Ok(passed)
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
        let count = if self.held.is_empty() { self.read_socket(buffer)? } else { self.read_held(buffer) };
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
