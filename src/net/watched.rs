//! A socket that is waited for through a reactor.

use std::ops::{Deref, DerefMut};
use std::os::fd::{AsFd, AsRawFd, RawFd};

use super::reactor::Reactor;

/// A socket, and the only way to wait for it. What it waits for ends with it, before its descriptor is closed or given away: a
/// descriptor that somebody else may have by then is never told.
#[derive(Debug)]
pub(super) struct Watched<S> {
    // Before the socket, because fields are dropped in this order.
    interest: Registration,
    socket: S,
}

/// What is waited for on one descriptor. It is forgotten when this is dropped.
#[derive(Debug)]
struct Registration {
    reactor: Reactor,
    fd: RawFd,
}

impl<S: AsFd> Watched<S> {
    pub(super) fn new(reactor: &Reactor, socket: S) -> Watched<S> {
        let fd = socket.as_fd().as_raw_fd();
        Watched { interest: Registration { reactor: reactor.clone(), fd }, socket }
    }

    pub(super) fn want_read(&self) {
        self.want(libc::POLLIN);
    }

    pub(super) fn want_write(&self) {
        self.want(libc::POLLOUT);
    }

    fn want(&self, events: libc::c_short) {
        debug_assert_eq!(self.socket.as_fd().as_raw_fd(), self.interest.fd, "the socket was exchanged");
        self.interest.reactor.want(self.interest.fd, events);
    }

    pub(super) fn fd(&self) -> RawFd {
        self.interest.fd
    }

    /// A read would find nothing, as far as is known.
    pub(super) fn is_drained(&self) -> bool {
        self.interest.reactor.is_drained(self.interest.fd)
    }

    pub(super) fn reactor(&self) -> &Reactor {
        &self.interest.reactor
    }

    /// The socket, which nobody waits for any more.
    pub(super) fn into_inner(self) -> S {
        self.socket
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.reactor.forget(self.fd);
    }
}

impl<S> Deref for Watched<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.socket
    }
}

impl<S> DerefMut for Watched<S> {
    fn deref_mut(&mut self) -> &mut S {
        &mut self.socket
    }
}

#[cfg(test)]
mod tests {
    use std::future::{Future, pending, poll_fn};
    use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
    use std::pin::{Pin, pin};
    use std::time::{Duration, Instant};

    use super::*;
    use crate::net::transport::Socket;
    use crate::net::{Deadline, Listener, Strangers, Stream, connect, connect_to_any};

    const LOCAL: Ipv4Addr = Ipv4Addr::LOCALHOST;

    /// An address at which connecting neither succeeds nor fails: the backlog is full.
    fn black_hole() -> (SocketAddr, TcpListener, Vec<TcpStream>) {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((LOCAL, 0)).into()).unwrap();
        socket.listen(0).unwrap();
        let listener = TcpListener::from(socket);
        let address = listener.local_addr().unwrap();
        let mut backlog = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
            backlog.push(stream);
        }
        (address, listener, backlog)
    }

    /// A silent connection, with its other end.
    fn silent(reactor: &Reactor) -> (Stream, TcpStream) {
        let listener = TcpListener::bind((LOCAL, 0)).unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        near.set_nonblocking(true).unwrap();
        let peer = near.peer_addr().unwrap();
        (Stream::to(peer, Socket::new(near), reactor), listener.accept().unwrap().0)
    }

    fn told(reactor: &Reactor) -> Vec<RawFd> {
        let told: Vec<RawFd> = reactor.wanted().iter().map(|wanted| wanted.fd).collect();
        for fd in &told {
            assert!(std::fs::exists(format!("/proc/self/fd/{fd}")).unwrap(), "{fd} is told and not open");
        }
        told
    }

    type Work<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

    /// The call does not end with the wait that does: it goes on, as with ABOR, and its event loop asks what to wait for.
    #[test]
    fn what_a_socket_waits_for_ends_with_it() {
        let near = Reactor::new().unwrap();
        let reactor = &near;
        let (hole, _listener, _backlog) = black_hole();
        let read = async |mut stream: Stream| {
            let _ = poll_fn(|_| stream.poll_read(&mut [0; 8])).await;
        };
        let write = async |mut stream: Stream| while stream.write_all(&[0; 1 << 16]).await.is_ok() {};
        let (clear, _far) = silent(reactor);
        let (full, _full) = silent(reactor);
        let (given_away, _given_away) = silent(reactor);
        let far = Reactor::new().unwrap();
        let (of_the_other, _of_the_other) = silent(&far);
        let mut cases: Vec<(&str, Work<'_>)> = vec![
            ("reading", Box::pin(read(clear))),
            ("writing", Box::pin(write(full))),
            ("connecting", Box::pin(async { drop(connect(reactor, hole, None, None).await) })),
            (
                "several attempts at the same time",
                Box::pin(async {
                    let _ = connect_to_any(reactor, &[hole, hole], &[], Deadline::after(None)).await;
                }),
            ),
            (
                "listening",
                Box::pin(async {
                    let listener = Listener::bind(reactor, LOCAL.into(), [0]).unwrap();
                    let _ = poll_fn(|_| listener.poll_accept(|_| true, &mut Strangers::default())).await;
                }),
            ),
            (
                "a socket that is given away",
                Box::pin(async move {
                    let mut stream = given_away;
                    poll_fn(|_| {
                        let _ = stream.poll_read(&mut [0; 8]);
                        std::task::Poll::Ready(())
                    })
                    .await;
                    drop(stream.into_socket().unwrap());
                    pending().await
                }),
            ),
            ("a session that takes part", Box::pin(reactor.joined(&far, read(of_the_other)))),
        ];
        #[cfg(feature = "tls")]
        let (mut tls, _tls) = silent(reactor);
        #[cfg(feature = "tls")]
        {
            let context = crate::net::TlsContext::new(&crate::net::TlsSettings::default()).unwrap();
            tls.start_tls(&context, "localhost").unwrap();
            cases.push(("TLS", Box::pin(async move { drop(poll_fn(|_| tls.poll_handshake()).await) })));
        }
        for (case, work) in cases {
            let deadline = Deadline::after(Some(Duration::from_millis(300)));
            let mut call = pin!(async {
                deadline.limit(reactor, work).await.unwrap_err();
                pending::<()>().await
            });
            let start = Instant::now();
            let mut has_waited = false;
            while !deadline.has_passed() {
                assert!(reactor.turn(call.as_mut()).is_pending());
                has_waited |= told(reactor).len() > 1;
                reactor.wait();
            }
            assert!(reactor.turn(call.as_mut()).is_pending());
            assert_eq!(told(reactor).len(), 1, "{case}: more than the wake-up descriptor");
            assert!(has_waited || case.contains("given away"), "{case}: {:?}", start.elapsed());
        }
    }
}
