//! News on either connection.

use std::io;
use std::task::{Poll, ready};

use crate::client::connection::{Connection, Link};
use crate::error::Result;
use crate::net::Stream;
use crate::protocol::reply::Reply;

/// Where to look first when both connections may have news.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(crate) enum First {
    /// When receiving: what was sent before an error reply is not lost for it.
    Data,
    /// When sending: a server that gives up may still take data, and no more of it is wanted.
    Control,
}

/// What is to be done with the data connection, as often as it takes.
pub(crate) type Step<'a> = dyn FnMut(&mut Stream) -> Poll<io::Result<usize>> + Send + 'a;

pub(crate) enum Event {
    Data(io::Result<usize>),
    Reply(Reply),
    /// It is time for something that this side does.
    Due,
}

impl Connection {
    pub(crate) fn poll_event(
        &mut self,
        wants_reply: bool,
        first: First,
        step: &mut Step<'_>,
    ) -> Poll<Result<Event>> {
        // Or what is read later could be passed over for what was read before.
        ready!(self.control.poll_go_on());
        if first == First::Data
            && let Poll::Ready(outcome) = self.data.poll_step(step)
        {
            return Poll::Ready(Ok(Event::Data(outcome)));
        }
        if first == First::Control {
            // A reply that came before the data is all sent must not be taken for one that came after it.
            self.control.ask_again();
        }
        if wants_reply && let Poll::Ready(reply) = self.poll_reply() {
            return match first {
                First::Data => self.poll_data_before(reply, step),
                First::Control => Poll::Ready(reply.map(Event::Reply)),
            };
        }
        match first {
            First::Data => Poll::Pending,
            First::Control => self.data.poll_step(step).map(|outcome| Ok(Event::Data(outcome))),
        }
    }

    /// Data that the server had sent before its reply, or before it went, has come by now, also where none had when it was looked
    /// for. It comes first, and the reply is kept.
    fn poll_data_before(&mut self, reply: Result<Reply>, step: &mut Step<'_>) -> Poll<Result<Event>> {
        self.data.ask_again();
        let outcome = self.data.poll_step(step);
        if matches!(outcome, Poll::Ready(Ok(_))) || self.control.poll_go_on().is_pending() {
            self.replies.keep(reply);
            return outcome.map(|outcome| Ok(Event::Data(outcome)));
        }
        // The server's reason says more than the system's. But the reply may be none.
        if let Poll::Ready(Err(error)) = outcome {
            self.data.keep(error);
        }
        Poll::Ready(reply.map(Event::Reply))
    }

    pub(crate) fn poll_reply_or_data(&mut self) -> Poll<Result<Option<Reply>>> {
        if let Poll::Ready(reply) = self.poll_reply() {
            return Poll::Ready(reply.map(Some));
        }
        match &mut self.data.link {
            Link::Open(stream) => {
                // An error on the data connection is news as well; the transfer's first read tells it.
                ready!(stream.poll_readable());
                Poll::Ready(Ok(None))
            }
            Link::None => Poll::Pending,
            // In active mode a server that connects has begun.
            Link::Listening(_) => self.poll_accept().map_ok(|()| None),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};
    use std::thread::sleep;
    use std::time::Duration;

    use super::*;
    use crate::client::connection::Sources;
    use crate::client::settings::Settings;
    use crate::net::{Reactor, connect};

    fn pair(reactor: &Reactor) -> (Stream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let near = reactor.block_on(connect(reactor, address, None, None)).unwrap();
        (near, listener.accept().unwrap().0)
    }

    /// How a server ends a transfer whose data it has sent.
    type Ending = fn(TcpStream) -> Option<TcpStream>;

    const ENDINGS: [(Ending, &str); 3] = [
        (
            |mut control| {
                control.write_all(b"426 cut\r\n").unwrap();
                Some(control)
            },
            "the reply 426 cut",
        ),
        (
            |mut control| {
                control.write_all(b"426 c").unwrap();
                None
            },
            "in the middle of its reply",
        ),
        (
            |control| {
                socket2::SockRef::from(&control).set_linger(Some(Duration::ZERO)).unwrap();
                None
            },
            "the control connection failed",
        ),
    ];

    fn connection_of(control: Stream, data: Stream) -> Connection {
        let sources = Sources { origin: None, addresses: Vec::new() };
        let peer = control.peer_addr().unwrap();
        let mut connection = Connection::new(control, peer, "host", sources, &Settings::default());
        connection.doing.command = "RETR f".into();
        connection.data.begin(Link::Open(data));
        connection
    }

    /// The system tells once that the server has reset a connection. Afterwards it looks as if the data had ended well.
    #[test]
    fn an_error_that_comes_with_a_reply_is_told_after_it() {
        let reactor = Reactor::new().unwrap();
        let ((control, mut far_control), (data, far_data)) = (pair(&reactor), pair(&reactor));
        let mut connection = connection_of(control, data);
        let mut buffer = [0; 3];
        let mut server = Some(far_data);
        let mut step = |stream: &mut Stream| {
            let outcome = stream.poll_read(&mut buffer);
            if let Some(data) = server.take() {
                assert!(outcome.is_pending());
                far_control.write_all(b"226 done\r\n").unwrap();
                socket2::SockRef::from(&data).set_linger(Some(Duration::ZERO)).unwrap();
                drop(data);
                sleep(Duration::from_millis(20));
            }
            outcome
        };
        let mut next = || reactor.block_on(poll_fn(|_| connection.poll_event(true, First::Data, &mut step)));
        assert!(matches!(next(), Ok(Event::Reply(reply)) if reply.text() == b"226 done"));
        let Ok(Event::Data(Err(error))) = next() else { panic!("the data has ended well") };
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }

    #[test]
    fn data_that_was_sent_before_the_server_ended_it_comes_first_also_when_it_comes_between_two_looks() {
        for (end, expected) in ENDINGS {
            let reactor = Reactor::new().unwrap();
            let ((control, far_control), (data, mut far_data)) = (pair(&reactor), pair(&reactor));
            let mut connection = connection_of(control, data);
            let mut buffer = [0; 3];
            let mut server = Some(far_control);
            let mut left = None;
            let mut step = |stream: &mut Stream| {
                let outcome = stream.poll_read(&mut buffer);
                if let Some(control) = server.take() {
                    assert!(outcome.is_pending());
                    far_data.write_all(b"12345").unwrap();
                    left = end(control);
                    sleep(Duration::from_millis(20));
                }
                outcome
            };
            let mut next = || {
                reactor.block_on(poll_fn(|_| connection.poll_event(true, First::Data, &mut step))).map(
                    |event| match event {
                        Event::Data(outcome) => format!("{} bytes", outcome.unwrap()),
                        Event::Reply(reply) => format!("the reply {}", reply.text().escape_ascii()),
                        Event::Due => "nothing".into(),
                    },
                )
            };
            assert_eq!((next().unwrap(), next().unwrap()), ("3 bytes".into(), "2 bytes".into()));
            let last = next().unwrap_or_else(|error| error.to_string());
            assert!(last.contains(expected), "{last}");
        }
    }
}
