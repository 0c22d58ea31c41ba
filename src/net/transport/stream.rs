//! A connection as the client sees it, in clear or with TLS over it.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::task::{Poll, ready};
use std::time::Duration;

use super::socket::Socket;
use super::tls::{Resumption, TlsContext, TlsStream};
use super::{TlsInfo, Turn};
use crate::net::block::{Block, room};
use crate::net::kernel::{self, Pipe};
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
    /// The address at the other end, where it is known without asking.
    peer: Option<SocketAddr>,
    /// It carries commands and replies: what comes is waited for, and not tried.
    is_interactive: bool,
    /// What was found out and not told: the system tells an error once.
    noticed: Option<io::Error>,
}

enum Transport {
    Clear(Arc<Socket>),
    Tls(Box<TlsStream>),
}

impl Stream {
    /// A connection to or from an address. Who connects to any address of this machine is told by the system where that was.
    pub(in crate::net) fn to(peer: SocketAddr, socket: Socket, reactor: &Reactor) -> Stream {
        let transport = Watched::new(reactor, Transport::Clear(Arc::new(socket)));
        let peer = Some(peer).filter(|peer| !peer.ip().is_unspecified());
        Stream { transport, peer, is_interactive: false, noticed: None }
    }

    /// For a connection of short messages that may be idle for long: no delay for small packets, and TCP keepalive.
    ///
    /// # Errors
    /// The system refuses an option.
    pub fn make_interactive(&mut self, keepalive: Option<Keepalive>) -> io::Result<()> {
        self.is_interactive = true;
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
        self.peer.map_or_else(|| self.socket().peer_addr(), Ok)
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
        if let Some(error) = self.noticed.take() {
            return Poll::Ready(Err(error));
        }
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
        self.poll_read_into(room(buffer))
    }

    /// As [`Stream::poll_read`], for at most so many bytes.
    pub fn poll_fill(&mut self, block: &mut Block, most: usize) -> Poll<io::Result<usize>> {
        // SAFETY: as many bytes were read as are told, by the system or by OpenSSL.
        #[allow(unsafe_code)]
        unsafe {
            block.fill(most, |room| self.poll_read_into(room))
        }
    }

    fn poll_read_into(&mut self, room: &mut [MaybeUninit<u8>]) -> Poll<io::Result<usize>> {
        let turn = self.read(room);
        self.or_wait(turn)
    }

    /// As [`Stream::poll_read`], but a look, not a wait: `None` when nothing is there. Pending only when the turn ends before it can
    /// tell.
    pub fn poll_look(&mut self, buffer: &mut [u8]) -> Poll<io::Result<Option<usize>>> {
        self.ask_again();
        match self.read(room(buffer)) {
            Ok(Turn::Done(count)) => Poll::Ready(Ok(Some(count))),
            // Perhaps only because of the end of the turn: then this is pending as well.
            Ok(Turn::WantRead | Turn::WantWrite | Turn::Later) => self.poll_go_on().map(|()| Ok(None)),
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    /// The next read asks the system, whatever is known of what there is.
    pub fn ask_again(&self) {
        self.transport.reactor().ask_again(self.transport.fd());
    }

    /// Pending when nothing more can be read in this turn, and no more is to be done with what was read before.
    pub fn poll_go_on(&self) -> Poll<()> {
        self.transport.reactor().poll_go_on()
    }

    /// Whether the system can move data between this and a file by itself: it can, unless the data is encrypted.
    pub fn is_movable(&self) -> bool {
        match &*self.transport {
            Transport::Clear(socket) => socket.is_of_the_system(),
            Transport::Tls(_) => false,
        }
    }

    /// Moves what is there into a pipe, and at most so many bytes: 0 is the end. As [`Stream::poll_read`].
    pub fn poll_receive_to(&mut self, pipe: &mut Pipe, most: usize) -> Poll<io::Result<usize>> {
        ready!(self.transport.reactor().poll_go_on());
        if let Some(error) = self.noticed.take() {
            return Poll::Ready(Err(error));
        }
        self.or_wait(or_want_read(kernel::receive(self.as_fd(), pipe, most)))
    }

    /// Sends what a regular file has, and at most so many bytes: 0 is its end. It is read at an offset, which moves on, or where the
    /// file stands. As [`Stream::poll_write`].
    pub fn poll_send_file(
        &mut self,
        file: BorrowedFd<'_>,
        offset: Option<&mut u64>,
        most: usize,
    ) -> Poll<io::Result<usize>> {
        self.or_wait(or_want_write(kernel::send(self.as_fd(), file, offset, most)))
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

    /// The next read, or the handshake, or [`Stream::take_error`], tells this error.
    pub fn keep(&mut self, error: io::Error) {
        self.noticed = Some(error);
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

    /// How many bytes the other side has not acknowledged, with the end (FIN) as one. Not every system tells.
    pub fn unacknowledged(&self) -> Option<u64> {
        self.socket().unacknowledged()
    }

    /// Why the connection broke, if it has since it was last asked, or what [`Stream::keep`] was given.
    ///
    /// # Errors
    /// That it broke.
    pub fn take_error(&mut self) -> io::Result<()> {
        self.noticed.take().map_or_else(|| self.socket().take_error(), Err)
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
        let Stream { transport, peer, is_interactive, .. } = self;
        let back = |transport| {
            let transport = Watched::new(&reactor, transport);
            Stream { transport, peer, is_interactive, noticed: None }
        };
        let back_in_clear = |socket| back(Transport::Clear(socket));
        match transport.into_inner() {
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
        // It cannot have been answered yet.
        self.nothing_is_there();
        Ok(())
    }

    fn socket(&self) -> &Arc<Socket> {
        self.transport.socket()
    }

    fn read(&mut self, room: &mut [MaybeUninit<u8>]) -> io::Result<Turn<usize>> {
        if self.transport.reactor().poll_go_on().is_pending() {
            return Ok(Turn::Later);
        }
        if let Some(error) = self.noticed.take() {
            return Err(error);
        }
        // Of what OpenSSL has read already, nobody can tell but OpenSSL.
        let is_drained = self.is_interactive && !self.is_tls() && self.transport.is_drained();
        let size = room.len();
        let turn = match &mut *self.transport {
            Transport::Clear(_) if is_drained => Ok(Turn::WantRead),
            Transport::Clear(socket) => or_want_read(socket.read(room)),
            Transport::Tls(stream) => stream.read(room),
        };
        match turn {
            Ok(Turn::WantRead) => self.nothing_is_there(),
            Ok(Turn::Done(count)) if (1..size).contains(&count) && !self.is_tls() => self.nothing_is_there(),
            _ => {}
        }
        turn
    }

    /// All was read that has come, as far as is known. Bulk data is tried for all the same: it mostly is there.
    fn nothing_is_there(&self) {
        if self.is_interactive {
            self.transport.reactor().nothing_is_there(self.transport.fd());
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
    use std::future::Future;
    use std::io::{ErrorKind, Read, Write};
    use std::net::TcpListener;
    use std::pin::pin;
    use std::thread::sleep;

    use super::*;
    use crate::net::Deadline;

    #[test]
    fn what_is_left_to_a_wait_is_not_tried_and_is_not_missed() {
        let reactor = Reactor::new().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        near.set_nonblocking(true).unwrap();
        let mut far = listener.accept().unwrap().0;
        let mut stream = Stream::to(near.peer_addr().unwrap(), Socket::new(near), &reactor);
        stream.make_interactive(None).unwrap();
        let mut buffer = [0; 8];
        let come = |far: &mut TcpStream| {
            far.write_all(b"x").unwrap();
            sleep(Duration::from_millis(20));
        };
        reactor.block_on(poll_fn(|context| {
            assert!(stream.poll_read(&mut buffer).is_pending());
            come(&mut far);
            assert!(stream.poll_read(&mut buffer).is_pending(), "the system was asked again, before a wait");
            // A look asks; so does the end of the time.
            assert!(matches!(stream.poll_look(&mut buffer), Poll::Ready(Ok(Some(1)))));
            assert!(matches!(stream.poll_look(&mut buffer), Poll::Ready(Ok(None))));
            come(&mut far);
            let over = Deadline::after(Some(Duration::ZERO));
            let mut read = pin!(over.limit(&reactor, poll_fn(|_| stream.poll_read(&mut buffer))));
            assert!(matches!(read.as_mut().poll(context), Poll::Ready(Ok(Ok(1)))));
            Poll::Ready(())
        }));
        // After a command was sent, and after all was read that had come.
        reactor.block_on(async {
            stream.write_all(b"x").await.unwrap();
            far.write_all(b"12").unwrap();
            assert_eq!(poll_fn(|_| stream.poll_read(&mut buffer)).await.unwrap(), 2);
            let mut has_come = false;
            let read = poll_fn(|_| {
                if !std::mem::replace(&mut has_come, true) {
                    come(&mut far);
                }
                stream.poll_read(&mut buffer)
            });
            assert_eq!(read.await.unwrap(), 1);
        });
    }

    #[test]
    fn an_abortive_close_breaks_the_connection_also_after_a_fin() {
        for has_ended in [false, true] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let mut far = listener.accept().unwrap().0;
            let peer = near.peer_addr().unwrap();
            let mut stream = Stream::to(peer, Socket::new(near), &Reactor::new().unwrap());
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
