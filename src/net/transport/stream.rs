//! A connection as the client sees it, in clear or with TLS over it.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::task::{Poll, ready};
use std::time::Duration;

use super::socket::Socket;
use super::tls::{Resumption, TlsContext, TlsStream};
use super::{TlsInfo, Turn};
use crate::net::reactor::Reactor;
use crate::net::watched::Watched;

/// How the system probes an idle connection (TCP keepalive). It counts whole seconds.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Keepalive {
    /// How long the connection is idle before the first probe.
    pub idle: Duration,
    /// From one unanswered probe to the next.
    pub interval: Duration,
    /// How many of them in a row say that the connection is dead.
    pub probes: u32,
}

/// Shorter than the idle limits of common NAT boxes and firewalls (240 s and more), which drop a control connection during a
/// long transfer; and a dead peer is found out after 160 s.
impl Default for Keepalive {
    fn default() -> Keepalive {
        Keepalive { idle: Duration::from_secs(60), interval: Duration::from_secs(20), probes: 5 }
    }
}

/// A TCP connection; closed when dropped.
pub struct Stream {
    transport: Watched<Transport>,
    /// What a look has found out: the system tells an error once.
    noticed: Option<io::Error>,
}

enum Transport {
    Clear(Arc<Socket>),
    Tls(Box<TlsStream>),
}

impl Stream {
    pub(in crate::net) fn new(socket: Socket, reactor: &Reactor) -> Stream {
        Stream { transport: Watched::new(reactor, Transport::Clear(Arc::new(socket))), noticed: None }
    }

    /// For a connection of short messages that may be idle for long: no delay for small packets, and TCP keepalive.
    ///
    /// # Errors
    /// The system refuses an option.
    pub fn make_interactive(&self, keepalive: Option<Keepalive>) -> io::Result<()> {
        self.socket().set_nodelay()?;
        self.set_keepalive(keepalive)
    }

    /// Lets the system probe the connection while it is idle; `None` ends that.
    ///
    /// # Errors
    /// The system refuses an option, as for a time of less than a second.
    pub fn set_keepalive(&self, keepalive: Option<Keepalive>) -> io::Result<()> {
        self.socket().set_keepalive(keepalive)
    }

    /// The address at the other end.
    ///
    /// # Errors
    /// The connection is gone.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket().peer_addr()
    }

    /// The address at this end.
    ///
    /// # Errors
    /// The connection is gone.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket().local_addr()
    }

    /// Puts TLS over a control connection to `host`. What follows is [`Stream::poll_handshake`].
    ///
    /// # Errors
    /// [`TlsFailure`](super::TlsFailure): the host cannot be a name.
    pub fn start_tls(&mut self, context: &TlsContext, host: &str) -> io::Result<()> {
        let stream = context.control(self.socket().clone(), self.transport.reactor(), host)?;
        *self.transport = Transport::Tls(Box::new(stream));
        Ok(())
    }

    /// Puts TLS over a data connection. What follows is [`Stream::poll_handshake`].
    ///
    /// # Errors
    /// As [`Stream::start_tls`].
    pub fn resume_tls(&mut self, resumption: &Resumption) -> io::Result<()> {
        let stream = resumption.data(self.socket().clone(), self.transport.reactor())?;
        *self.transport = Transport::Tls(Box::new(stream));
        Ok(())
    }

    /// Goes on in clear. Both sides must have said that TLS ends.
    pub fn stop_tls(&mut self) {
        *self.transport = Transport::Clear(self.socket().clone());
    }

    /// Whether there is TLS over it.
    pub fn is_tls(&self) -> bool {
        matches!(*self.transport, Transport::Tls(_))
    }

    /// What TLS has negotiated, and what a data connection has from it.
    pub fn tls(&self) -> Option<&TlsStream> {
        match &*self.transport {
            Transport::Clear(_) => None,
            Transport::Tls(stream) => Some(stream),
        }
    }

    /// What was negotiated, if there is TLS.
    pub fn tls_info(&self) -> Option<TlsInfo> {
        self.tls().map(TlsStream::info)
    }

    /// Waits for the end of the TLS handshake. Ready at once without TLS.
    pub fn poll_handshake(&mut self) -> Poll<io::Result<()>> {
        let turn = match &mut *self.transport {
            Transport::Clear(_) => Ok(Turn::Done(())),
            Transport::Tls(stream) => stream.handshake(),
        };
        self.or_wait(turn)
    }

    /// Goes on with the handshake while something else is waited for. An error is told by [`Stream::poll_handshake`].
    pub fn advance_handshake(&mut self) {
        if let Transport::Tls(stream) = &mut *self.transport
            && let Some(turn) = stream.try_handshake()
        {
            let _ = self.or_wait(Ok(turn));
        }
    }

    /// Reads what is there: 0 is the end. Pending, with the interest noted, when nothing is there yet.
    pub fn poll_read(&mut self, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let turn = self.read(buffer);
        self.or_wait(turn)
    }

    /// As [`Stream::poll_read`], but a look, not a wait: `None` when nothing is there. Pending only when the turn ends before it can
    /// tell.
    pub fn poll_look(&mut self, buffer: &mut [u8]) -> Poll<io::Result<Option<usize>>> {
        match self.read(buffer) {
            Ok(Turn::Done(count)) => Poll::Ready(Ok(Some(count))),
            // Perhaps only because of the end of the turn: then this is pending as well.
            Ok(Turn::WantRead | Turn::WantWrite | Turn::Later) => self.poll_go_on().map(|()| Ok(None)),
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    /// Pending when nothing more can be read in this turn, and no more is to be done with what was read before.
    pub fn poll_go_on(&self) -> Poll<()> {
        self.transport.reactor().poll_go_on()
    }

    /// Ready when a read would not have to wait. Takes nothing: an error is told by that read.
    pub fn poll_readable(&mut self) -> Poll<()> {
        ready!(self.transport.reactor().poll_go_on());
        let turn = match &mut *self.transport {
            Transport::Clear(socket) => or_want_read(socket.peek()),
            Transport::Tls(stream) => stream.peek(),
        };
        self.or_wait(turn).map(|outcome| self.noticed = outcome.err())
    }

    /// Writes as much as fits. Pending, with the interest noted, when nothing fits now.
    pub fn poll_write(&mut self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let turn = match &mut *self.transport {
            Transport::Clear(socket) => or_want_write(socket.write(bytes)),
            Transport::Tls(stream) => stream.write(bytes),
        };
        self.or_wait(turn)
    }

    /// Writes one byte as urgent data, which TLS has none of.
    pub fn poll_write_urgent(&mut self, byte: u8) -> Poll<io::Result<()>> {
        self.or_wait(or_want_write(self.socket().write_urgent(byte))).map_ok(drop)
    }

    /// Says over TLS that nothing more will be sent (close_notify).
    pub fn poll_close_notify(&mut self) -> Poll<io::Result<()>> {
        let turn = match &mut *self.transport {
            Transport::Clear(_) => Ok(Turn::Done(())),
            Transport::Tls(stream) => stream.close_notify(),
        };
        self.or_wait(turn)
    }

    /// Says over TCP that nothing more will be sent (FIN).
    pub fn close_sending(&self) {
        // Only a connection that is gone refuses it.
        let _ = self.socket().close_sending();
    }

    /// From here on closing breaks the connection (RST) and does not end it (FIN), nor the data of TLS (close_notify): what is not
    /// sent yet is thrown away, and the other side learns at once that nobody listens any more.
    pub fn set_abortive_close(&mut self) {
        if let Transport::Tls(stream) = &mut *self.transport {
            stream.stop_sending();
        }
        // Only a connection that is gone refuses it.
        let _ = self.socket().set_abortive_close();
    }

    /// Whether the data that was read to its end may lack some: over TLS the end was not announced by a close_notify.
    pub fn is_cut_off(&self) -> bool {
        self.tls().is_some_and(TlsStream::is_cut_off)
    }

    /// Whether the other side has closed the connection in place of the TLS handshake.
    pub fn ended_in_handshake(&self) -> bool {
        self.tls().is_some_and(|stream| stream.is_cut_off() && !stream.is_established())
    }

    /// Gives the socket away; over TLS nobody else could use it.
    ///
    /// # Errors
    /// The stream as it was.
    pub fn into_socket(self) -> Result<TcpStream, Stream> {
        let reactor = self.transport.reactor().clone();
        let back = |transport| Stream { transport: Watched::new(&reactor, transport), noticed: None };
        let back_in_clear = |socket| back(Transport::Clear(socket));
        match self.transport.into_inner() {
            Transport::Clear(socket) => {
                let socket = Arc::try_unwrap(socket).map_err(back_in_clear)?;
                socket.into_inner().map_err(|socket| back_in_clear(Arc::new(socket)))
            }
            transport => Err(back(transport)),
        }
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// The connection fails; how much was written is unknown.
    pub async fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = poll_fn(|_| self.poll_write(bytes)).await?;
            bytes = bytes.get(written..).unwrap_or_default();
        }
        Ok(())
    }

    fn socket(&self) -> &Arc<Socket> {
        self.transport.socket()
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Turn<usize>> {
        if self.transport.reactor().poll_go_on().is_pending() {
            return Ok(Turn::Later);
        }
        if let Some(error) = self.noticed.take() {
            return Err(error);
        }
        match &mut *self.transport {
            Transport::Clear(socket) => or_want_read(socket.read(buffer)),
            Transport::Tls(stream) => stream.read(buffer),
        }
    }

    /// Notes the interest of a step that cannot go on.
    fn or_wait<T>(&self, turn: io::Result<Turn<T>>) -> Poll<io::Result<T>> {
        match turn? {
            Turn::Done(value) => return Poll::Ready(Ok(value)),
            Turn::WantRead => self.transport.want_read(),
            Turn::WantWrite => self.transport.want_write(),
            Turn::Later => {}
        }
        Poll::Pending
    }
}

impl Transport {
    fn socket(&self) -> &Arc<Socket> {
        match self {
            Transport::Clear(socket) => socket,
            Transport::Tls(stream) => stream.socket(),
        }
    }
}

impl AsFd for Transport {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket().as_fd()
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket().as_fd()
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stream {{ socket: {:?}, tls: {} }}", self.socket(), self.is_tls())
    }
}

fn or_want_read<T>(outcome: io::Result<T>) -> io::Result<Turn<T>> {
    or(Turn::WantRead, outcome)
}

fn or_want_write<T>(outcome: io::Result<T>) -> io::Result<Turn<T>> {
    or(Turn::WantWrite, outcome)
}

fn or<T>(want: Turn<T>, outcome: io::Result<T>) -> io::Result<Turn<T>> {
    match outcome {
        Ok(value) => Ok(Turn::Done(value)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(want),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Read, Write};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn an_abortive_close_breaks_the_connection_also_after_a_fin() {
        for has_ended in [false, true] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let mut far = listener.accept().unwrap().0;
            let mut stream = Stream::new(Socket::new(near), &Reactor::new().unwrap());
            if has_ended {
                stream.close_sending();
                assert_eq!(far.read(&mut [0]).unwrap(), 0);
            }
            stream.set_abortive_close();
            drop(stream);
            // The first bytes to a connection that was only closed would still be taken.
            let error = far.read(&mut [0]).and_then(|_| far.write(b"x")).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{error}");
        }
    }
}
