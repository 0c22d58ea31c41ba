//! Addresses at which no FTP server answers, each for another reason.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

const ANY_PORT: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

/// An address that refuses every connection for as long as this value lives.
pub struct Refusing {
    addr: SocketAddr,
    /// Bound, but not listening: so the connection is refused, and nobody else is given the port meanwhile.
    _socket: Socket,
}

/// A port on 127.0.0.1 at which a connection is refused. It is to be kept until the client has tried it.
#[must_use]
pub fn unused_port() -> Refusing {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(ANY_PORT).into()).unwrap();
    Refusing { addr: socket.local_addr().unwrap().as_socket().unwrap(), _socket: socket }
}

impl Refusing {
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }
}

/// An address that the client can connect to, but where no byte is ever read or sent.
pub struct NeverGreeting {
    listener: TcpListener,
}

/// A listener that lets the kernel complete connections and leaves them in its backlog.
pub fn never_greeting() -> NeverGreeting {
    NeverGreeting { listener: TcpListener::bind(ANY_PORT).unwrap() }
}

impl NeverGreeting {
    pub fn addr(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }
}

/// An address at which connecting neither succeeds nor fails, as behind a firewall that drops packets.
pub struct NeverConnecting {
    addr: SocketAddr,
    _listener: Socket,
    _backlog: Vec<TcpStream>,
}

/// A listener whose backlog is full: the kernel drops every further connection request.
pub fn never_connecting() -> NeverConnecting {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&SocketAddr::from(ANY_PORT).into()).unwrap();
    listener.listen(0).unwrap();
    let addr = listener.local_addr().unwrap().as_socket().unwrap();
    let mut backlog = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&addr, Duration::from_millis(100)) {
        backlog.push(stream);
        assert!(backlog.len() < 100, "this system lets connections in beyond the backlog");
    }
    NeverConnecting { addr, _listener: listener, _backlog: backlog }
}

impl NeverConnecting {
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }
}
