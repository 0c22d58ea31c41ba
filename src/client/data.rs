//! Opening data connections: PASV and EPSV, PORT and EPRT (RFC 959, RFC 2428).

use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::task::{Poll, ready};

use super::connect::MAX_SKIPPED;
use super::connection::Connection;
use super::flow::too_many_replies;
use super::limits::Wait;
use super::{Client, Phase};
use crate::error::{Error, Result};
use crate::net::{self, Listener, Stream};
use crate::protocol::address::{eprt_argument, parse_227, parse_229, port_argument};
use crate::protocol::codes::{EXTENDED_PASSIVE, SERVICE_CLOSING};
use crate::protocol::command::Command;
use crate::protocol::reply::{Class, Reply};

/// The data connection of a transfer, as far as it has got.
pub(super) enum Data {
    None,
    /// Active mode: the server is to connect.
    Listening(Listener),
    Open(Stream),
}

/// Where the client listens in active mode, and what it tells the server. An address counts for connections of its own
/// family.
#[derive(Clone, Debug, Default)]
pub(super) struct ActiveMode {
    /// Where to listen; by default at the address that the control connection comes from.
    pub(super) bind: Option<IpAddr>,
    /// What to tell the server; by default where the client listens.
    pub(super) external: Option<IpAddr>,
    /// The ports to listen at; by default any.
    pub(super) ports: Option<RangeInclusive<u16>>,
}

impl Client {
    /// What must stand before the transfer command is sent: a connection to the server, or a socket that waits for one.
    pub(super) async fn prepare_data(&mut self) -> Result<Data> {
        if self.passive {
            self.connect_data().await
        } else {
            self.listen_for_data().await.map(Data::Listening)
        }
    }

    async fn connect_data(&mut self) -> Result<Data> {
        let mut address = self.passive_address().await?;
        // Some firewalls understand PASV alone: they let EPSV pass, and then no connection.
        if self.tries_extended()? {
            let wait = self.limits.wait(Phase::Connect);
            match self.connect_data_to(address, Wait { deadline: wait.deadline.half(), ..wait }).await {
                Err(Error::Io { .. } | Error::Timeout { .. }) => self.connection()?.refuses_extended = true,
                outcome => return outcome,
            }
            address = self.passive_address().await?;
        }
        self.connect_data_to(address, self.limits.wait(Phase::Connect)).await
    }

    async fn connect_data_to(&mut self, address: SocketAddr, wait: Wait) -> Result<Data> {
        let source = self.connection()?.source.map(|source| SocketAddr::new(source, 0));
        let attempt = net::connect(&self.reactor, address, source);
        match wait.deadline.limit(&self.reactor, attempt).await {
            Ok(Ok(stream)) => self.connection()?.protected(stream).map(Data::Open),
            Ok(Err(source)) => {
                Err(Error::Io { what: format!("cannot open the data connection to {address}"), source })
            }
            Err(_) => Err(wait.timed_out(format_args!("the data connection to {address}"))),
        }
    }

    /// Whether EPSV and EPRT are tried on IPv4, where PASV and PORT are to be fallen back on.
    fn tries_extended(&mut self) -> Result<bool> {
        let extended = self.extended;
        let connection = self.connection()?;
        Ok(extended && connection.peer.is_ipv4() && !connection.refuses_extended)
    }

    /// Sends an extended command (RFC 2428), or says that this server has none: `None`, and it is not asked again.
    async fn try_extended(&mut self, command: &Command) -> Result<Option<Reply>> {
        if !self.tries_extended()? {
            return Ok(None);
        }
        match self.exchange_completed(command).await {
            // 4yz as well: whatever the reason is, the old command may do.
            Err(Error::Reply { reply, .. }) if reply.code() != Some(SERVICE_CLOSING) => {
                self.connection()?.refuses_extended = true;
                Ok(None)
            }
            outcome => outcome.map(Some),
        }
    }

    /// Where the server listens: always at the address of the control connection. The one in a 227 reply is often that
    /// of a network behind NAT, and a hostile server could name a third party (CVE-2021-4189). Unless the user trusts it.
    pub(super) async fn passive_address(&mut self) -> Result<SocketAddr> {
        let mut address = self.connection()?.peer;
        let reply = match self.try_extended(&Command::new("EPSV")).await? {
            Some(reply) => reply,
            None => {
                let command = Command::new(if address.is_ipv4() { "PASV" } else { "EPSV" });
                self.exchange_completed(&command).await?
            }
        };
        // Some servers answer the one command with the other's reply; each reply says by itself what it is.
        if reply.code() == Some(EXTENDED_PASSIVE) {
            address.set_port(parse_229(&reply).map_err(|error| Error::Protocol(error.to_string()))?);
            return Ok(address);
        }
        let named = parse_227(&reply).map_err(|error| Error::Protocol(error.to_string()))?;
        if self.trust_pasv_address {
            return Ok(named.into());
        }
        address.set_port(named.port());
        Ok(address)
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
                    if let Poll::Ready(outcome) = self.poll_accept() {
                        outcome?;
                    }
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
        let Data::Listening(listener) = &self.data else { return Poll::Ready(Ok(())) };
        let accepted = ready!(listener.poll_accept_from(self.peer.ip()));
        let what = || "cannot accept the server's data connection".to_owned();
        let stream = accepted.map_err(|source| Error::Io { what: what(), source })?;
        self.data = Data::Open(self.protected(stream)?);
        Poll::Ready(Ok(()))
    }
}
