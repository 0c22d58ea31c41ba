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
            return Poll::Ready(reply.map(Event::Reply));
        }
        match first {
            First::Data => Poll::Pending,
            First::Control => self.data.poll_step(step).map(|outcome| Ok(Event::Data(outcome))),
        }
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
