//! A connected, non-blocking TCP socket.

use std::io;
use std::mem::MaybeUninit;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};

use super::Keepalive;

#[derive(Debug)]
pub(in crate::net) struct Tcp(TcpStream);

impl Tcp {
    pub(super) fn new(socket: TcpStream) -> Tcp {
        Tcp(socket)
    }

    /// Reads what is there: 0 is the end.
    pub(super) fn read(&self, room: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
        uninterrupted(|| SockRef::from(&self.0).recv(room))
    }

    /// Whether a read would not have to wait: it fails with [`io::ErrorKind::WouldBlock`] if it would.
    pub(super) fn peek(&self) -> io::Result<usize> {
        uninterrupted(|| self.0.peek(&mut [0]))
    }

    /// Writes as much as fits. A signal for a closed connection would end the user's process: it is an error code instead.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        uninterrupted(|| SockRef::from(&self.0).send_with_flags(bytes, libc::MSG_NOSIGNAL))
    }

    /// Writes one byte as urgent data.
    pub(super) fn write_urgent(&self, byte: u8) -> io::Result<usize> {
        let flags = libc::MSG_NOSIGNAL | libc::MSG_OOB;
        uninterrupted(|| SockRef::from(&self.0).send_with_flags(&[byte], flags))
    }

    /// Why the connection broke, if it has since it was last asked.
    pub(super) fn take_error(&self) -> io::Result<()> {
        self.0.take_error()?.map_or(Ok(()), Err)
    }

    /// Says that nothing more will be sent (FIN).
    pub(super) fn close_sending(&self) -> io::Result<()> {
        self.0.shutdown(Shutdown::Write)
    }

    /// From here on closing breaks the connection (RST).
    pub(super) fn set_abortive_close(&self) -> io::Result<()> {
        SockRef::from(&self.0).set_linger(Some(Duration::ZERO))
    }

    pub(super) fn set_nodelay(&self) -> io::Result<()> {
        self.0.set_nodelay(true)
    }

    pub(super) fn set_keepalive(&self, keepalive: Option<Keepalive>) -> io::Result<()> {
        let socket = SockRef::from(&self.0);
        match keepalive {
            None => socket.set_keepalive(false),
            Some(Keepalive { idle, interval, probes }) => socket.set_tcp_keepalive(
                &TcpKeepalive::new().with_time(idle).with_interval(interval).with_retries(probes),
            ),
        }
    }

    /// Whether a connection that was begun stands: to connect once more tells that, and why it does not, in one call.
    #[cfg(target_os = "linux")]
    pub(super) fn is_connected(&self, address: SocketAddr) -> io::Result<bool> {
        match SockRef::from(&self.0).connect(&address.into()) {
            Ok(()) => Ok(true),
            Err(error) => match error.raw_os_error() {
                Some(libc::EISCONN) => Ok(true),
                Some(libc::EALREADY | libc::EINPROGRESS) => Ok(false),
                _ => Err(error),
            },
        }
    }

    /// Whether a connection that was begun stands. Elsewhere, to connect once more may begin another one.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn is_connected(&self, _: SocketAddr) -> io::Result<bool> {
        self.take_error()?;
        match self.0.peer_addr() {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
            outcome => outcome.map(|_| true),
        }
    }

    pub(super) fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.peer_addr()
    }

    pub(super) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    pub(super) fn into_inner(self) -> TcpStream {
        self.0
    }
}

impl AsFd for Tcp {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Repeats a system call that a signal interrupted.
pub(in crate::net) fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}
