//! Active mode: the data connection that the server is to open.

use std::io;
use std::net::IpAddr;
use std::task::{Poll, ready};

use crate::client::connection::{Connection, Link, MAX_SKIPPED, too_many_replies};
use crate::client::settings::ActivePeer;
use crate::error::{Error, Result};
use crate::net::{Listener, Strangers, Stream};
use crate::protocol::reply::{Class, Reply};

/// The data connection that the server is to open.
pub(crate) struct Expected {
    pub listener: Listener,
    pub server: IpAddr,
    pub peer: ActivePeer,
}

impl Expected {
    /// IPv4 has two forms: a socket that takes both families tells the one of IPv6.
    fn lets_in(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        match self.peer {
            ActivePeer::Anybody => true,
            ActivePeer::Also(other) if other.to_canonical() == address => true,
            ActivePeer::Also(_) | ActivePeer::Server => address == self.server.to_canonical(),
        }
    }
}

pub(crate) fn refused(strangers: &Strangers) -> String {
    format!(
        "a data connection from {strangers} was refused: that is not the server's address (ftp_set_active_peer() lets others in)"
    )
}

fn cannot_accept(strangers: &Strangers, source: io::Error) -> Error {
    let what = "cannot accept the server's data connection".to_owned();
    match strangers.are_too_many() {
        true => Error::Limit(format!("{what}: too many others came ({strangers})")),
        false => Error::Io { what, source },
    }
}

impl Connection {
    pub(crate) fn poll_accepted(&mut self) -> Poll<Result<Option<Reply>>> {
        if let Poll::Ready(outcome) = self.poll_accept() {
            return Poll::Ready(outcome.map(|()| None));
        }
        for _ in 0..MAX_SKIPPED {
            match self.poll_reply() {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(reply)) if reply.class() == Some(Class::Preliminary) => {}
                Poll::Ready(Ok(reply)) => {
                    // The server may have connected, and sent everything, since we looked.
                    self.look_for_data()?;
                    return Poll::Ready(Ok(Some(reply)));
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            }
        }
        self.dialogue.lose();
        Poll::Ready(Err(too_many_replies()))
    }

    /// Ready when there is a data connection.
    pub(crate) fn poll_accept(&mut self) -> Poll<Result<()>> {
        let Link::Listening(expected) = &self.data.link else { return Poll::Ready(Ok(())) };
        let lets_in = |address| expected.lets_in(address);
        let accepted = ready!(expected.listener.poll_accept(lets_in, &mut self.data.strangers));
        let stream = accepted.map_err(|source| cannot_accept(&self.data.strangers, source))?;
        Poll::Ready(self.let_in(stream))
    }

    /// Lets the server in if it has come: the last look. Who comes later comes too late.
    pub(crate) fn look_for_data(&mut self) -> Result<()> {
        let Link::Listening(expected) = &self.data.link else { return Ok(()) };
        let lets_in = |address| expected.lets_in(address);
        let accepted = expected.listener.try_accept(lets_in, &mut self.data.strangers);
        match accepted.map_err(|source| cannot_accept(&self.data.strangers, source))? {
            Some(stream) => self.let_in(stream),
            None => Ok(()),
        }
    }

    fn let_in(&mut self, stream: Stream) -> Result<()> {
        let stream = self.protection.over(stream)?;
        self.data.begin(Link::Open(stream));
        Ok(())
    }
}
