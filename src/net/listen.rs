//! A listening TCP socket, for data connections that the server opens.

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::task::{Poll, ready};

use super::reactor::Reactor;
use super::socket::uninterrupted;
use super::stream::Stream;
use super::watched::Watched;

/// Waits for one connection from one host.
#[derive(Debug)]
pub struct Listener {
    socket: Watched<TcpListener>,
}

impl Listener {
    /// Listens at `host`, on the first of `ports` that is free. Port 0 is one that the system chooses.
    ///
    /// # Errors
    /// What the system says of the last port.
    pub fn bind(
        reactor: &Reactor,
        host: IpAddr,
        ports: impl IntoIterator<Item = u16>,
    ) -> io::Result<Listener> {
        let mut outcome = Err(io::ErrorKind::AddrInUse.into());
        for port in ports {
            outcome = TcpListener::bind((host, port));
            if outcome.is_ok() {
                break;
            }
        }
        let socket = outcome?;
        socket.set_nonblocking(true)?;
        Ok(Listener { socket: Watched::new(reactor, socket) })
    }

    /// Gives the socket away.
    pub fn into_socket(self) -> TcpListener {
        self.socket.into_inner()
    }

    /// The address with the port that was given.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// The next connection from `peer`. Connections from other hosts are closed at once: whoever finds the port first
    /// must not get the data.
    ///
    /// # Errors
    /// What the system says.
    pub async fn accept_from(&self, peer: IpAddr) -> io::Result<Stream> {
        poll_fn(|_| self.poll_accept_from(peer)).await
    }

    /// See [`Listener::accept_from`].
    pub fn poll_accept_from(&self, peer: IpAddr) -> Poll<io::Result<Stream>> {
        loop {
            ready!(self.socket.reactor().poll_go_on());
            match uninterrupted(|| self.socket.accept()) {
                Ok((socket, address)) if address.ip() == peer => {
                    socket.set_nonblocking(true)?;
                    return Poll::Ready(Ok(Stream::new(socket, self.socket.reactor())));
                }
                Ok(_stranger) => {}
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.socket.want_read();
                    return Poll::Pending;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}
