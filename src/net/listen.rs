//! A listening TCP socket, for data connections that the server opens.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::os::fd::{AsFd, BorrowedFd};
use std::task::{Poll, ready};

use socket2::SockRef;

use super::reactor::Reactor;
#[cfg(simulation)]
use super::transport::MemoryListener;
use super::transport::{Socket, Stream, uninterrupted};
use super::watched::Watched;
use crate::descriptor::above_the_standard_ones;

/// How many connections that are not let in are taken for one that is. Who connects more often than that keeps others out by full
/// queues as well.
const MAX_STRANGERS: usize = 1000;
/// How many of their addresses are told.
const TOLD: usize = 3;

/// Who connected and was not let in.
#[derive(Debug, Default)]
pub struct Strangers {
    /// The first of them, each once.
    addresses: Vec<IpAddr>,
    has_more: bool,
    count: usize,
}

impl Strangers {
    fn add(&mut self, address: IpAddr) {
        self.count += 1;
        if self.addresses.contains(&address) {
            return;
        }
        if self.addresses.len() < TOLD {
            self.addresses.push(address);
        } else {
            self.has_more = true;
        }
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether there were so many that nobody is waited for any more.
    pub fn are_too_many(&self) -> bool {
        self.count >= MAX_STRANGERS
    }
}

impl fmt::Display for Strangers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let addresses: Vec<String> = self.addresses.iter().map(ToString::to_string).collect();
        write!(f, "{}{}", addresses.join(" and "), if self.has_more { " and others" } else { "" })
    }
}

/// Waits for one connection.
#[derive(Debug)]
pub struct Listener {
    socket: Watched<Listening>,
}

#[derive(Debug)]
enum Listening {
    Tcp(TcpListener),
    #[cfg(simulation)]
    Memory(MemoryListener),
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
            outcome = Listening::bind(SocketAddr::new(host, port));
            if outcome.is_ok() {
                break;
            }
        }
        Ok(Listener { socket: Watched::new(reactor, outcome?) })
    }

    /// How many bytes the system takes on each connection before they are read.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_room(&self, room: usize) -> io::Result<()> {
        match &*self.socket {
            Listening::Tcp(socket) => SockRef::from(socket).set_recv_buffer_size(room),
            #[cfg(simulation)]
            Listening::Memory(_) => Ok(()),
        }
    }

    /// Gives the socket away.
    ///
    /// # Errors
    /// It is none of the system's, in a simulated world.
    pub fn into_socket(self) -> io::Result<TcpListener> {
        match self.socket.into_inner() {
            Listening::Tcp(socket) => Ok(socket),
            #[cfg(simulation)]
            Listening::Memory(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// The address with the port that was given.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// The next connection that `lets_in` takes by its address. The others are closed at once and added to `strangers`: whoever finds
    /// the port first must not get the data.
    ///
    /// # Errors
    /// What the system says; or there were too many strangers.
    pub fn poll_accept(
        &self,
        lets_in: impl Fn(IpAddr) -> bool,
        strangers: &mut Strangers,
    ) -> Poll<io::Result<Stream>> {
        loop {
            ready!(self.socket.reactor().poll_go_on());
            match self.accept(&lets_in, strangers)? {
                Came::LetIn(stream) => return Poll::Ready(Ok(stream)),
                Came::Stranger => {}
                Came::Nobody => {
                    self.socket.want_read();
                    return Poll::Pending;
                }
            }
        }
    }

    /// As [`Listener::poll_accept`], for a last look at all who have come: `None` if nobody of them is let in.
    ///
    /// # Errors
    /// As there.
    pub fn try_accept(
        &self,
        lets_in: impl Fn(IpAddr) -> bool,
        strangers: &mut Strangers,
    ) -> io::Result<Option<Stream>> {
        loop {
            match self.accept(&lets_in, strangers)? {
                Came::LetIn(stream) => return Ok(Some(stream)),
                Came::Stranger => {}
                Came::Nobody => return Ok(None),
            }
        }
    }

    fn accept(&self, lets_in: impl Fn(IpAddr) -> bool, strangers: &mut Strangers) -> io::Result<Came> {
        if strangers.are_too_many() {
            return Err(io::Error::other("too many others came"));
        }
        match self.socket.accept() {
            Ok((socket, address)) if lets_in(address.ip()) => {
                Ok(Came::LetIn(Stream::to(address, socket, self.socket.reactor())))
            }
            Ok((_, address)) => {
                strangers.add(address.ip());
                Ok(Came::Stranger)
            }
            // Whoever it was has left.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => Ok(Came::Stranger),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Came::Nobody),
            Err(error) => Err(error),
        }
    }
}

impl Listening {
    fn bind(address: SocketAddr) -> io::Result<Listening> {
        #[cfg(simulation)]
        if let Some(socket) = MemoryListener::bind(address) {
            return socket.map(Listening::Memory);
        }
        let socket = above_the_standard_ones(TcpListener::bind(address)?)?;
        socket.set_nonblocking(true)?;
        Ok(Listening::Tcp(socket))
    }

    fn accept(&self) -> io::Result<(Socket, SocketAddr)> {
        match self {
            Listening::Tcp(listener) => {
                let (socket, address) = uninterrupted(|| listener.accept())?;
                let socket = above_the_standard_ones(socket)?;
                socket.set_nonblocking(true)?;
                Ok((Socket::new(socket), address))
            }
            #[cfg(simulation)]
            Listening::Memory(listener) => {
                let (socket, address) = listener.accept()?;
                Ok((Socket::Memory(socket), address))
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        match self {
            Listening::Tcp(listener) => listener.local_addr(),
            #[cfg(simulation)]
            Listening::Memory(listener) => Ok(listener.local_addr()),
        }
    }
}

impl AsFd for Listening {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Listening::Tcp(listener) => listener.as_fd(),
            #[cfg(simulation)]
            Listening::Memory(listener) => listener.as_fd(),
        }
    }
}

enum Came {
    LetIn(Stream),
    Stranger,
    Nobody,
}
