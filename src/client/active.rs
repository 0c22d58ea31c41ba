//! Active mode: the server opens data connections, where PORT or EPRT tells it (RFC 959, RFC 2428).

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::task::{Poll, ready};

use super::connect::MAX_SKIPPED;
use super::connection::Connection;
use super::data::Data;
use super::flow::too_many_replies;
use super::{Client, Phase};
use crate::error::{Error, Result};
use crate::net::{Listener, Strangers, Stream};
use crate::protocol::address::{eprt_argument, port_argument};
use crate::protocol::command::Command;
use crate::protocol::reply::{Class, Reply};

/// Where the client listens in active mode, what it tells the server, and who may connect. An address to listen at or to tell
/// counts for connections of its own family.
#[derive(Clone, Debug, Default)]
pub(super) struct ActiveMode {
    /// Where to listen; by default at the address that the control connection comes from.
    pub(super) bind: Option<IpAddr>,
    /// What to tell the server; by default where the client listens.
    pub(super) external: Option<IpAddr>,
    /// The ports to listen at; by default any.
    pub(super) ports: Option<RangeInclusive<u16>>,
    pub(super) peer: ActivePeer,
}

/// Who may open a data connection in active mode.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum ActivePeer {
    /// The host that the control connection goes to.
    #[default]
    Server,
    /// This one as well.
    Also(IpAddr),
    /// Whoever comes first.
    Anybody,
}

/// The data connection that the server is to open.
pub(super) struct Expected {
    listener: Listener,
    server: IpAddr,
    peer: ActivePeer,
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

impl Client {
    pub(super) async fn expect_data(&mut self) -> Result<Expected> {
        let listener = self.listen_for_data().await?;
        Ok(Expected { listener, server: self.connection()?.peer.ip(), peer: self.active.peer })
    }

    /// Listens where the server reaches this client already, unless the user knows better, and tells it where.
    pub(super) async fn listen_for_data(&mut self) -> Result<Listener> {
        let failed = |source| Error::Io { what: "cannot listen for the data connection".into(), source };
        let local = self.connection()?.control.local_addr().map_err(failed)?.ip();
        let of_this_family = |address: &IpAddr| address.is_ipv4() == local.is_ipv4();
        let host = self.active.bind.filter(of_this_family).unwrap_or(local);
        let listener = Listener::bind(&self.reactor, host, self.ports_to_try()).map_err(failed)?;
        let mut told = listener.local_addr().map_err(failed)?;
        if let Some(external) = self.active.external.filter(of_this_family) {
            told.set_ip(external);
        } else if host.is_unspecified() {
            told.set_ip(local);
        }
        let extended = Command::with("EPRT", eprt_argument(told).as_bytes())?;
        if self.try_extended(&extended).await?.is_none() {
            let command = match told {
                SocketAddr::V4(address) => Command::with("PORT", port_argument(address).as_bytes())?,
                SocketAddr::V6(_) => extended,
            };
            self.exchange_completed(&command).await?;
        }
        Ok(listener)
    }

    /// Each transfer begins at another port of the range: the last one may still be known to a firewall, or to a server
    /// that connects late.
    fn ports_to_try(&self) -> Vec<u16> {
        let Some(ports) = self.active.ports.clone() else { return vec![0] };
        let mut ports: Vec<u16> = ports.collect();
        let next = usize::try_from(self.transfers).unwrap_or_default().checked_rem(ports.len());
        ports.rotate_left(next.unwrap_or_default());
        ports
    }

    /// Active mode, after the preliminary reply: waits until the server has connected.
    ///
    /// Returns a final reply if that came first: a server with nothing to send may never connect.
    pub(super) async fn accept_data(&mut self) -> Result<Option<Reply>> {
        let (wait, reactor) = (self.limits.wait(Phase::Accept), self.reactor.clone());
        let connection = self.connection()?;
        let waited = wait.deadline.limit(&reactor, poll_fn(|_| connection.poll_accepted())).await;
        match waited {
            Ok(outcome) => outcome,
            Err(_) => Err(wait.timed_out("the server's data connection")),
        }
    }

    /// A transfer that the server confirms is none when somebody was refused and nobody let in: whoever that was may have been
    /// the server, and have brought or wanted the data.
    pub(super) fn require_let_in(&mut self, what: &str) -> Result<()> {
        let strangers = &self.connection()?.strangers;
        if strangers.is_empty() {
            return Ok(());
        }
        Err(Error::Integrity(format!("{what}: the server confirmed it, but {}", refused(strangers))))
    }

    /// Says more about a transfer that could not begin, if somebody was refused whom the server may have sent.
    pub(super) fn naming_strangers(&mut self, error: Error) -> Error {
        let Ok(connection) = self.connection() else { return error };
        // The server may have come and nobody looked: a refusal may come first. Whoever is let in now comes too late.
        let _ = connection.look_for_data();
        if connection.strangers.is_empty() {
            return error;
        }
        let refused = refused(&connection.strangers);
        match error {
            Error::Reply { what, reply } => Error::Reply { what: format!("{what} ({refused})"), reply },
            Error::Timeout { what, phase, done, after } => {
                let done = if done.is_empty() { refused } else { format!("{done}; {refused}") };
                Error::Timeout { what, phase, done, after }
            }
            Error::Eof(when) => Error::Eof(format!("{when} ({refused})")),
            other => other,
        }
    }
}

fn refused(strangers: &Strangers) -> String {
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
    fn poll_accepted(&mut self) -> Poll<Result<Option<Reply>>> {
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
    pub(super) fn poll_accept(&mut self) -> Poll<Result<()>> {
        let Data::Listening(expected) = &self.data else { return Poll::Ready(Ok(())) };
        let lets_in = |address| expected.lets_in(address);
        let accepted = ready!(expected.listener.poll_accept(lets_in, &mut self.strangers));
        let stream = accepted.map_err(|source| cannot_accept(&self.strangers, source))?;
        Poll::Ready(self.let_in(stream))
    }

    /// Lets the server in if it has come: the last look. Who comes later comes too late.
    fn look_for_data(&mut self) -> Result<()> {
        let Data::Listening(expected) = &self.data else { return Ok(()) };
        let lets_in = |address| expected.lets_in(address);
        let accepted = expected.listener.try_accept(lets_in, &mut self.strangers);
        match accepted.map_err(|source| cannot_accept(&self.strangers, source))? {
            Some(stream) => self.let_in(stream),
            None => Ok(()),
        }
    }

    fn let_in(&mut self, stream: Stream) -> Result<()> {
        let stream = self.protected(stream)?;
        self.set_data(Data::Open(stream));
        Ok(())
    }
}
