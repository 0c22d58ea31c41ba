//! Opening a TCP connection to one address.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::task::Poll;

use socket2::{Domain, Protocol, Type};

use super::reactor::Reactor;
#[cfg(simulation)]
use super::transport::Memory;
use super::transport::{Socket, Stream};
use super::watched::Watched;
use crate::descriptor::above_the_standard_ones;

/// Connects to one address, from `source` if that is given. Dropping the future gives the attempt up. `room` is how many bytes the
/// system takes before they are read; `None` is its own choice.
///
/// # Errors
/// What the system says: refused, unreachable, no descriptor left.
pub async fn connect(
    reactor: &Reactor,
    address: SocketAddr,
    source: Option<SocketAddr>,
    room: Option<usize>,
) -> io::Result<Stream> {
    let attempt = Attempt::begin(reactor, address, source, room)?;
    poll_fn(|_| attempt.poll_connected()).await?;
    Ok(attempt.into_stream(reactor))
}

/// A connection that is on its way. Dropping it gives it up.
pub struct Attempt {
    socket: Watched<Socket>,
    address: SocketAddr,
}

impl Attempt {
    /// Begins to connect, as [`connect`] does.
    ///
    /// # Errors
    /// What the system says at once.
    pub fn begin(
        reactor: &Reactor,
        address: SocketAddr,
        source: Option<SocketAddr>,
        room: Option<usize>,
    ) -> io::Result<Attempt> {
        let socket = Watched::new(reactor, begin(address, source, room)?);
        Ok(Attempt { socket, address })
    }

    /// Waits until it stands.
    ///
    /// A socket may be reported as writable before it is connected (a spurious wake-up), so the system is asked once more.
    pub fn poll_connected(&self) -> Poll<io::Result<()>> {
        match self.socket.is_connected(self.address) {
            Ok(true) => Poll::Ready(Ok(())),
            Ok(false) => {
                self.socket.want_write();
                Poll::Pending
            }
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    /// The connection, which stands.
    pub fn into_stream(self, reactor: &Reactor) -> Stream {
        Stream::to(self.address, self.socket.into_inner(), reactor)
    }
}

fn begin(address: SocketAddr, source: Option<SocketAddr>, room: Option<usize>) -> io::Result<Socket> {
    #[cfg(simulation)]
    if let Some(socket) = Memory::connect(address, source) {
        return socket.map(Socket::Memory);
    }
    let socket = above_the_standard_ones(non_blocking(Domain::for_address(address))?)?;
    if let Some(room) = room {
        // Before it is connected: what the peer was told that there is room for cannot be taken back.
        socket.set_recv_buffer_size(room)?;
    }
    if let Some(source) = source {
        // Several attempts at the same time may have to share one port.
        socket.set_reuse_address(source.port() != 0)?;
        socket.bind(&source.into())?;
    }
    match socket.connect(&address.into()) {
        Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => Err(error),
        _ => Ok(Socket::new(socket.into())),
    }
}

/// `Socket::new` makes it close-on-exec.
#[cfg(target_os = "linux")]
fn non_blocking(domain: Domain) -> io::Result<socket2::Socket> {
    socket2::Socket::new(domain, Type::STREAM.nonblocking(), Some(Protocol::TCP))
}

#[cfg(not(target_os = "linux"))]
fn non_blocking(domain: Domain) -> io::Result<socket2::Socket> {
    let socket = socket2::Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}
