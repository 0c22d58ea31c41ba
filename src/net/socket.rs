//! System calls on a connected, non-blocking socket.

use std::io::{self, Read};
use std::net::TcpStream;

use socket2::SockRef;

/// What a step on a connection comes to when it does not fail.
pub(super) enum Turn<T> {
    Done(T),
    /// It can go on when the socket is readable. Over TLS a write may have to wait for that, too.
    WantRead,
    /// It can go on when the socket is writable.
    WantWrite,
    /// The turn has lasted long enough: it goes on in the next one.
    Later,
}

/// Reads what is there: 0 is the end.
pub(super) fn read(socket: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    uninterrupted(|| { socket }.read(buffer))
}

/// Writes as much as fits. A signal for a closed connection would end the user's process: it is an error code instead.
pub(super) fn write(socket: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    uninterrupted(|| SockRef::from(socket).send_with_flags(bytes, libc::MSG_NOSIGNAL))
}

/// Repeats a system call that a signal interrupted.
pub(super) fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}
