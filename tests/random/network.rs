//! What a server does with the network. With sockets it has a thread of its own, and each step blocks; in a simulated world it is
//! pending meanwhile.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

#[cfg(simulation)]
use super::simulated;
use super::sockets;

/// Where a session takes place.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Place {
    Sockets,
    #[cfg(simulation)]
    World,
}

impl Place {
    /// How many sessions of a hundred use TLS, which costs far more than all else in a simulated world.
    pub fn tls_sessions(self) -> usize {
        match self {
            Place::Sockets => 15,
            #[cfg(simulation)]
            Place::World => 2,
        }
    }

    pub async fn pause(self, time: Duration) {
        match self {
            Place::Sockets => thread::sleep(time),
            #[cfg(simulation)]
            Place::World => ftpclient::net::simulation::sleep(time).await,
        }
    }

    pub fn listen(self, address: SocketAddr) -> Listener {
        match self {
            Place::Sockets => Listener::Socket(TcpListener::bind(address).unwrap()),
            #[cfg(simulation)]
            Place::World => Listener::World(ftpclient::net::simulation::Listener::bind(address).unwrap()),
        }
    }
}

pub enum Listener {
    Socket(TcpListener),
    #[cfg(simulation)]
    World(ftpclient::net::simulation::Listener),
}

impl Listener {
    pub fn port(&self) -> u16 {
        match self {
            Listener::Socket(listener) => listener.local_addr().unwrap().port(),
            #[cfg(simulation)]
            Listener::World(listener) => listener.local_addr().port(),
        }
    }
}

/// A control connection.
pub enum Control {
    Socket(BufReader<sockets::Wire>),
    #[cfg(simulation)]
    World(simulated::Wire),
}

impl Control {
    /// A line with its end; less at the end of the connection.
    pub async fn line(&mut self) -> Vec<u8> {
        match self {
            Control::Socket(wire) => {
                let mut line = Vec::new();
                let _ = wire.read_until(b'\n', &mut line);
                line
            }
            #[cfg(simulation)]
            Control::World(wire) => wire.line().await,
        }
    }

    /// Whether the client can have them.
    pub async fn say(&mut self, bytes: &[u8]) -> bool {
        match self {
            Control::Socket(wire) => wire.get_mut().write_all(bytes).is_ok(),
            #[cfg(simulation)]
            Control::World(wire) => wire.say(bytes).await,
        }
    }

    pub async fn start_tls(self) -> Option<Control> {
        match self {
            Control::Socket(wire) => {
                let sockets::Wire::Clear(stream) = wire.into_inner() else { return None };
                Some(Control::Socket(BufReader::new(sockets::Wire::start_tls(stream)?)))
            }
            #[cfg(simulation)]
            Control::World(wire) => Some(Control::World(wire.start_tls().await?)),
        }
    }

    /// Closing is a reset.
    pub fn reset(&mut self) {
        match self {
            Control::Socket(wire) => {
                let _ = SockRef::from(wire.get_ref().stream()).set_linger(Some(Duration::ZERO));
            }
            #[cfg(simulation)]
            Control::World(wire) => wire.reset(),
        }
    }
}

/// A data connection.
pub enum Data {
    Socket(sockets::Data),
    #[cfg(simulation)]
    World(simulated::Data),
}

impl Data {
    pub async fn accept(listener: &Listener) -> Option<Data> {
        match listener {
            Listener::Socket(listener) => sockets::Data::accept(listener).map(Data::Socket),
            #[cfg(simulation)]
            Listener::World(listener) => simulated::Data::accept(listener).await.map(Data::World),
        }
    }

    pub async fn connect(place: Place, from: std::net::IpAddr, to: SocketAddr) -> Option<Data> {
        match place {
            Place::Sockets => sockets::Data::connect(from, to).map(Data::Socket),
            #[cfg(simulation)]
            Place::World => simulated::Data::connect(from, to).await.map(Data::World),
        }
    }

    /// The handshake, and whether it was one.
    pub async fn start_tls(&mut self) -> bool {
        match self {
            Data::Socket(data) => data.start_tls(),
            #[cfg(simulation)]
            Data::World(data) => data.start_tls().await,
        }
    }

    pub async fn close_before_handshake(self) {
        match self {
            Data::Socket(data) => data.close_before_handshake(),
            #[cfg(simulation)]
            Data::World(data) => data.close_before_handshake().await,
        }
    }

    pub async fn send(&mut self, bytes: &[u8]) -> bool {
        match self {
            Data::Socket(data) => data.send(bytes),
            #[cfg(simulation)]
            Data::World(data) => data.send(bytes).await,
        }
    }

    pub async fn receive(&mut self, at_most: usize) -> Vec<u8> {
        match self {
            Data::Socket(data) => data.receive(at_most),
            #[cfg(simulation)]
            Data::World(data) => data.receive(at_most).await,
        }
    }

    pub async fn close(self) {
        match self {
            Data::Socket(data) => data.close(),
            #[cfg(simulation)]
            Data::World(data) => data.close(),
        }
    }

    pub async fn reset(self) {
        match self {
            Data::Socket(data) => data.reset(),
            #[cfg(simulation)]
            Data::World(data) => data.reset().await,
        }
    }
}
