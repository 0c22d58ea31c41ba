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
    let attempt = Attempt(Watched::new(reactor, begin(address, source, room)?));
    poll_fn(|_| attempt.poll_connected()).await?;
    Ok(attempt.into_stream(reactor))
}

/// A connection that is on its way.
pub(super) struct Attempt(Watched<Socket>);

impl Attempt {
    pub(super) fn begin(
        reactor: &Reactor,
        address: SocketAddr,
        source: Option<SocketAddr>,
    ) -> io::Result<Attempt> {
        Ok(Attempt(Watched::new(reactor, begin(address, source, None)?)))
    }

    /// A socket may be reported as writable before it is connected (a spurious wake-up), so the peer's address decides.
    pub(super) fn poll_connected(&self) -> Poll<io::Result<()>> {
        if let Some(error) = self.0.take_error()? {
            return Poll::Ready(Err(error));
        }
        match self.0.peer_addr() {
            Ok(_) => Poll::Ready(Ok(())),
            Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                self.0.want_write();
                Poll::Pending
            }
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    pub(super) fn into_stream(self, reactor: &Reactor) -> Stream {
        Stream::new(self.0.into_inner(), reactor)
    }
}

fn begin(address: SocketAddr, source: Option<SocketAddr>, room: Option<usize>) -> io::Result<Socket> {
    #[cfg(simulation)]
    if let Some(socket) = Memory::connect(address, source) {
        return socket.map(Socket::Memory);
    }
    // `Socket::new` makes it close-on-exec.
    let socket = socket2::Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
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
