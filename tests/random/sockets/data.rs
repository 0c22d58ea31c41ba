//! The server's end of a data connection. Dropping it closes it with FIN, over TLS without a close_notify.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, SockRef, Socket, Type};

use super::PATIENCE;
use super::wire::Wire;

pub struct Data {
    /// `None` after a handshake that failed.
    wire: Option<Wire>,
}

impl Data {
    pub fn new(stream: TcpStream) -> Data {
        stream.set_nonblocking(false).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Data { wire: Some(Wire::Clear(stream)) }
    }

    /// The connection of a client in passive mode, which has come by the time of the transfer command.
    pub fn accept(listener: &TcpListener) -> Option<Data> {
        listener.set_nonblocking(true).unwrap();
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            match listener.accept() {
                Ok((stream, _)) => return Some(Data::new(stream)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    thread::sleep(Duration::from_millis(1))
                }
                Err(_) => return None,
            }
        }
        None
    }

    /// Connects to a client in active mode; `None` when it does not listen any more.
    pub fn connect(from: IpAddr, to: SocketAddr) -> Option<Data> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((from, 0)).into()).unwrap();
        socket.connect_timeout(&to.into(), Duration::from_secs(5)).ok()?;
        Some(Data::new(socket.into()))
    }

    /// The handshake, and whether it was one.
    pub fn start_tls(&mut self) -> bool {
        if let Some(Wire::Clear(stream)) = self.wire.take() {
            self.wire = Wire::start_tls(stream);
        }
        self.wire.is_some()
    }

    /// Takes the client's hello, so that the end is a FIN and no reset, and closes.
    pub fn close_before_handshake(mut self) {
        if let Some(wire) = &mut self.wire {
            let _ = wire.read(&mut [0; 4096]);
        }
    }

    /// Whether the client has taken them, as far as one can know.
    pub fn send(&mut self, bytes: &[u8]) -> bool {
        self.wire.as_mut().is_some_and(|wire| wire.write_all(bytes).is_ok())
    }

    /// What the client sends, to its end or to this many bytes.
    pub fn receive(&mut self, at_most: usize) -> Vec<u8> {
        let mut all = Vec::new();
        let mut buffer = [0; 4096];
        while let Some(wire) = &mut self.wire
            && all.len() < at_most
        {
            match wire.read(&mut buffer) {
                Ok(count @ 1..) => all.extend_from_slice(&buffer[..count]),
                _ => break,
            }
        }
        all
    }

    /// Closes in an orderly way.
    pub fn close(mut self) {
        if let Some(wire) = &mut self.wire {
            wire.close_notify();
        }
    }

    /// Closes with RST, once the client's system has all that was sent, if it takes it.
    pub fn reset(self) {
        const ROUNDS: usize = 200;
        if let Some(wire) = &self.wire {
            let mut rounds = 0..ROUNDS;
            while unsent(wire.stream()) > 0 && rounds.next().is_some() {
                thread::sleep(Duration::from_millis(1));
            }
            SockRef::from(wire.stream()).set_linger(Some(Duration::ZERO)).unwrap();
        }
    }
}

/// How many bytes the other side's system has not taken yet.
fn unsent(stream: &TcpStream) -> i32 {
    let mut count = 0;
    // SAFETY: the descriptor is open, and the call writes one int.
    let asked = unsafe { libc::ioctl(stream.as_raw_fd(), libc::TIOCOUTQ, &raw mut count) };
    if asked == 0 { count } else { 0 }
}
