//! A connected, non-blocking TCP socket.

use std::future::poll_fn;
use std::io::{self, Read};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::task::Poll;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};

use super::reactor::Reactor;

/// When an idle control connection is probed first, how often then, and how many probes may stay unanswered. Shorter
/// than the idle limits of common NAT boxes and firewalls, which drop a control connection during a long transfer.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(60);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_PROBES: u32 = 5;

/// A TCP connection; closed when dropped.
#[derive(Debug)]
pub struct Stream {
    socket: TcpStream,
    reactor: Reactor,
}

impl Stream {
    /// Takes over a connected socket that is non-blocking and close-on-exec already.
    pub(super) fn new(socket: TcpStream, reactor: &Reactor) -> Stream {
        Stream { socket, reactor: reactor.clone() }
    }

    /// For a connection of short messages that may be idle for long: no delay for small packets, and TCP keepalive.
    ///
    /// # Errors
    /// The system refuses an option.
    pub fn make_interactive(&self) -> io::Result<()> {
        self.socket.set_nodelay(true)?;
        let keepalive = TcpKeepalive::new()
            .with_time(KEEPALIVE_IDLE)
            .with_interval(KEEPALIVE_INTERVAL)
            .with_retries(KEEPALIVE_PROBES);
        SockRef::from(&self.socket).set_tcp_keepalive(&keepalive)
    }

    /// The address at the other end.
    ///
    /// # Errors
    /// The connection is gone.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.peer_addr()
    }

    /// The address at this end.
    ///
    /// # Errors
    /// The connection is gone.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Reads what is there: 0 is the end. Pending, with the interest noted, when nothing is there yet.
    pub fn poll_read(&self, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let outcome = self.try_read(buffer);
        if outcome.is_pending() {
            self.reactor.want_read(self);
        }
        outcome
    }

    /// As [`Stream::poll_read`], but without noting an interest: a look, not a wait.
    pub fn try_read(&self, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        retry(|| (&self.socket).read(buffer))
    }

    /// Ready when a read would not have to wait. Takes nothing.
    pub fn poll_readable(&self) -> Poll<io::Result<()>> {
        let outcome = retry(|| self.socket.peek(&mut [0]));
        if outcome.is_pending() {
            self.reactor.want_read(self);
        }
        outcome.map_ok(drop)
    }

    /// Writes as much as fits. Pending, with the interest noted, when nothing fits now.
    pub fn poll_write(&self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        // A signal for a closed connection would end the user's process: it is an error code instead.
        let outcome = retry(|| SockRef::from(&self.socket).send_with_flags(bytes, libc::MSG_NOSIGNAL));
        if outcome.is_pending() {
            self.reactor.want_write(self);
        }
        outcome
    }

    /// Writes one byte as urgent data.
    pub fn poll_write_urgent(&self, byte: u8) -> Poll<io::Result<()>> {
        let flags = libc::MSG_NOSIGNAL | libc::MSG_OOB;
        let outcome = retry(|| SockRef::from(&self.socket).send_with_flags(&[byte], flags));
        if outcome.is_pending() {
            self.reactor.want_write(self);
        }
        outcome.map_ok(drop)
    }

    /// Gives the socket away.
    pub fn into_socket(self) -> TcpStream {
        self.socket
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// The connection fails; how much was written is unknown.
    pub async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = poll_fn(|_| self.poll_write(bytes)).await?;
            bytes = bytes.get(written..).unwrap_or_default();
        }
        Ok(())
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Repeats a system call that a signal interrupted, and turns "would block" into `Pending`.
pub(super) fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> Poll<io::Result<T>> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
            outcome => return Poll::Ready(outcome),
        }
    }
}
