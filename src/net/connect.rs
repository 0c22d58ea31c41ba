//! Opening a TCP connection to one address.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::task::Poll;

use socket2::{Domain, Protocol, Socket, Type};

use super::reactor::Reactor;
use super::transport::{self, Stream};
use super::watched::Watched;

/// Connects to one address, from `source` if that is given. Dropping the future gives the attempt up.
///
/// # Errors
/// What the system says: refused, unreachable, no descriptor left.
pub async fn connect(
    reactor: &Reactor,
    address: SocketAddr,
    source: Option<SocketAddr>,
) -> io::Result<Stream> {
    let socket = begin(reactor, address, source)?;
    poll_fn(|_| poll_connected(&socket)).await?;
    Ok(Stream::new(transport::Socket::new(socket.into_inner().into()), reactor))
}

/// A socket that is on its way to be connected.
pub(super) fn begin(
    reactor: &Reactor,
    address: SocketAddr,
    source: Option<SocketAddr>,
) -> io::Result<Watched<Socket>> {
    // `Socket::new` makes it close-on-exec.
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    if let Some(source) = source {
        // Several attempts at the same time may have to share one port.
        socket.set_reuse_address(source.port() != 0)?;
        socket.bind(&source.into())?;
    }
    match socket.connect(&address.into()) {
        Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => Err(error),
        _ => Ok(Watched::new(reactor, socket)),
    }
}

/// A socket may be reported as writable before it is connected (a spurious wake-up), so the peer's address decides.
pub(super) fn poll_connected(socket: &Watched<Socket>) -> Poll<io::Result<()>> {
    if let Some(error) = socket.take_error()? {
        return Poll::Ready(Err(error));
    }
    match socket.peer_addr() {
        Ok(_) => Poll::Ready(Ok(())),
        Err(error) if error.kind() == io::ErrorKind::NotConnected => {
            socket.want_write();
            Poll::Pending
        }
        Err(error) => Poll::Ready(Err(error)),
    }
}
