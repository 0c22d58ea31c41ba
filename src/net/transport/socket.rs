//! The socket that bytes go over, in clear or encrypted: one of the system's, or in a simulated world one in memory.

use std::io;
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

use super::Keepalive;
use super::clear::Tcp;
#[cfg(simulation)]
use super::memory::Memory;
use crate::net::kernel;

#[derive(Debug)]
pub(in crate::net) enum Socket {
    Tcp(Tcp),
    #[cfg(simulation)]
    Memory(Memory),
}

impl Socket {
    /// Takes over a connected socket that is non-blocking and close-on-exec already.
    pub(in crate::net) fn new(socket: TcpStream) -> Socket {
        Socket::Tcp(Tcp::new(socket))
    }

    /// Reads what is there: 0 is the end.
    pub(super) fn read(&self, room: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
        match self {
            Socket::Tcp(socket) => socket.read(room),
            #[cfg(simulation)]
            Socket::Memory(socket) => {
                let most = room.len();
                let mut places = room.iter_mut();
                // A room is larger than what comes: only what came is written.
                socket.end().read(most, |piece| {
                    for (byte, place) in piece.iter().zip(&mut places) {
                        place.write(*byte);
                    }
                })
            }
        }
    }

    /// Whether a read would not have to wait: it fails with [`io::ErrorKind::WouldBlock`] if it would.
    pub(super) fn peek(&self) -> io::Result<usize> {
        match self {
            Socket::Tcp(socket) => socket.peek(),
            #[cfg(simulation)]
            Socket::Memory(socket) => socket.end().peek(),
        }
    }

    /// Writes as much as fits.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Socket::Tcp(socket) => socket.write(bytes),
            #[cfg(simulation)]
            Socket::Memory(socket) => socket.end().write(bytes),
        }
    }

    /// Writes one byte as urgent data. In memory it stands in no queue, as with a server that does not read it in line.
    pub(super) fn write_urgent(&self, byte: u8) -> io::Result<usize> {
        match self {
            Socket::Tcp(socket) => socket.write_urgent(byte),
            #[cfg(simulation)]
            Socket::Memory(_) => Ok(1),
        }
    }

    /// How many bytes the other side has not acknowledged, with the end (FIN) as one. Not everybody tells.
    pub(super) fn unacknowledged(&self) -> Option<u64> {
        match self {
            Socket::Tcp(socket) => kernel::unacknowledged(socket.as_fd()),
            #[cfg(simulation)]
            Socket::Memory(_) => None,
        }
    }

    /// Why the connection broke, if it has since it was last asked.
    pub(super) fn take_error(&self) -> io::Result<()> {
        match self {
            Socket::Tcp(socket) => socket.take_error(),
            #[cfg(simulation)]
            Socket::Memory(_) => Ok(()),
        }
    }

    /// Says that nothing more will be sent (FIN).
    pub(super) fn close_sending(&self) -> io::Result<()> {
        match self {
            Socket::Tcp(socket) => socket.close_sending(),
            #[cfg(simulation)]
            Socket::Memory(socket) => {
                socket.end().close_sending();
                Ok(())
            }
        }
    }

    /// From here on closing breaks the connection (RST).
    pub(super) fn set_abortive_close(&self) -> io::Result<()> {
        match self {
            Socket::Tcp(socket) => socket.set_abortive_close(),
            #[cfg(simulation)]
            Socket::Memory(socket) => {
                socket.end().set_abortive_close();
                Ok(())
            }
        }
    }

    pub(super) fn set_nodelay(&self) -> io::Result<()> {
        match self {
            Socket::Tcp(socket) => socket.set_nodelay(),
            #[cfg(simulation)]
            Socket::Memory(_) => Ok(()),
        }
    }

    pub(super) fn set_keepalive(&self, keepalive: Option<Keepalive>) -> io::Result<()> {
        match self {
            Socket::Tcp(socket) => socket.set_keepalive(keepalive),
            #[cfg(simulation)]
            Socket::Memory(_) => Ok(()),
        }
    }

    /// Whether a connection that was begun stands.
    pub(in crate::net) fn is_connected(&self, address: SocketAddr) -> io::Result<bool> {
        match self {
            Socket::Tcp(socket) => socket.is_connected(address),
            #[cfg(simulation)]
            Socket::Memory(socket) => match socket.peer_addr() {
                Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
                outcome => outcome.map(|_| true),
            },
        }
    }

    pub(in crate::net) fn peer_addr(&self) -> io::Result<SocketAddr> {
        match self {
            Socket::Tcp(socket) => socket.peer_addr(),
            #[cfg(simulation)]
            Socket::Memory(socket) => socket.peer_addr(),
        }
    }

    pub(super) fn local_addr(&self) -> io::Result<SocketAddr> {
        match self {
            Socket::Tcp(socket) => socket.local_addr(),
            #[cfg(simulation)]
            Socket::Memory(socket) => Ok(socket.local_addr()),
        }
    }

    /// Whether it is one of the system's.
    pub(super) fn is_of_the_system(&self) -> bool {
        matches!(self, Socket::Tcp(_))
    }

    /// The system's socket.
    ///
    /// # Errors
    /// The socket as it was: it is none of the system's.
    pub(super) fn into_inner(self) -> Result<TcpStream, Socket> {
        match self {
            Socket::Tcp(socket) => Ok(socket.into_inner()),
            #[cfg(simulation)]
            socket @ Socket::Memory(_) => Err(socket),
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Socket::Tcp(socket) => socket.as_fd(),
            #[cfg(simulation)]
            Socket::Memory(socket) => socket.as_fd(),
        }
    }
}
