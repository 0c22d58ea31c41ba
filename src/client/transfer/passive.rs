//! Passive mode: the client opens data connections, where PASV or EPSV says (RFC 959, RFC 2428).

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;

use crate::client::limits::Wait;
use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::net::{Attempt, Stream, same_family};
use crate::phase::Phase;
use crate::protocol::address::{parse_227, parse_229};
use crate::protocol::codes::{EXTENDED_PASSIVE, SERVICE_CLOSING};
use crate::protocol::command::Command;
use crate::protocol::reply::Reply;

pub(super) fn cannot_open(address: SocketAddr, source: io::Error) -> Error {
    Error::Io { what: format!("cannot open the data connection to {address}"), source }
}

/// The port is another connection's, or may not be had.
fn is_of_the_port(error: &io::Error) -> bool {
    use io::ErrorKind::{AddrInUse, AddrNotAvailable, PermissionDenied};
    matches!(error.kind(), AddrInUse | AddrNotAvailable | PermissionDenied)
}

impl Session<'_> {
    pub(crate) async fn connect_data(&mut self, command: &Command) -> Result<Stream> {
        let stream = match self.armed_stream().await {
            Some(stream) => stream,
            None => self.connect_data_for(command).await?,
        };
        self.connection.protection.over(stream)
    }

    async fn connect_data_for(&mut self, command: &Command) -> Result<Stream> {
        let mut address = self.passive_address_for(command).await?;
        // Some firewalls understand PASV alone: they let EPSV pass, and then no connection.
        if self.tries_extended() && !self.connection.known.garbles_pasv {
            let wait = self.wait(Phase::Connect);
            match self.connect_data_to(address, Wait { deadline: wait.deadline.half(), ..wait }).await {
                Err(Error::Io { .. } | Error::Timeout { .. }) => {
                    self.connection.known.login.refuses_extended = true
                }
                outcome => return outcome,
            }
            address = self.passive_address_for(command).await?;
        }
        self.connect_data_to(address, self.wait(Phase::Connect)).await
    }

    async fn connect_data_to(&mut self, address: SocketAddr, wait: Wait) -> Result<Stream> {
        let attempt = self.attempt_at(address, wait).await?;
        match wait.deadline.limit(&self.env.reactor, poll_fn(|_| attempt.poll_connected())).await {
            Ok(Ok(())) => Ok(attempt.into_stream(&self.env.reactor)),
            Ok(Err(source)) => Err(cannot_open(address, source)),
            Err(_) => Err(wait.timed_out(format_args!("the data connection to {address}"))),
        }
    }

    /// Begins to connect, from where the user wants connections to come.
    pub(crate) async fn attempt_at(&mut self, address: SocketAddr, wait: Wait) -> Result<Attempt> {
        let sources = self.source_addresses(wait).await?;
        let source = same_family(&sources, address);
        if source.is_none() && !sources.is_empty() {
            let source = io::Error::other("the source address is of another family");
            return Err(cannot_open(address, source));
        }
        let any_port = source.map(|source| SocketAddr::new(source.ip(), 0));
        let room = self.env.rates.receive.room();
        let attempt = match Attempt::begin(&self.env.reactor, address, source, room) {
            Err(error) if source != any_port && is_of_the_port(&error) => {
                Attempt::begin(&self.env.reactor, address, any_port, room)
            }
            outcome => outcome,
        };
        attempt.map_err(|source| cannot_open(address, source))
    }

    /// The command that asks for an address first.
    pub(super) fn command_for_address(&mut self) -> Result<Command> {
        let is_only_extended = !self.connection.peer.is_ipv4() || self.connection.known.garbles_pasv;
        Ok(Command::new(if is_only_extended || self.tries_extended() { "EPSV" } else { "PASV" }))
    }

    /// Where the server listens: PASV on IPv4, EPSV on IPv6 and where it is wanted.
    ///
    /// Of the two a server may know only one well. A refusal of EPSV, and a reply of either that names no port, make it the other
    /// one for the rest of the session. No command is sent twice for it.
    pub(crate) async fn passive_address(&mut self) -> Result<SocketAddr> {
        let connection = &mut *self.connection;
        if !connection.peer.is_ipv4() || connection.known.garbles_pasv {
            let reply = self.exchange_completed(&Command::new("EPSV")).await?;
            return self.address_in(&reply);
        }
        let mut unreadable = None;
        if self.tries_extended()
            && let Some(reply) = self.try_extended(&Command::new("EPSV")).await?
        {
            match self.address_in(&reply) {
                Ok(address) => return Ok(address),
                Err(error) => unreadable = Some(error),
            }
            self.connection.known.login.refuses_extended = true;
        }
        let reply = match (self.exchange_completed(&Command::new("PASV")).await, unreadable) {
            (Ok(reply), _) => reply,
            // That the one cannot be read is what is wrong; the other is just not there.
            (Err(Error::Reply { reply, .. }), Some(unreadable)) if reply.code() != Some(SERVICE_CLOSING) => {
                return Err(unreadable);
            }
            (Err(error), _) => return Err(error),
        };
        let unreadable = match self.address_in(&reply) {
            Err(error) if !self.connection.known.login.refuses_extended => error,
            outcome => return outcome,
        };
        match self.exchange_completed(&Command::new("EPSV")).await {
            Ok(reply) => {
                let address = self.address_in(&reply);
                let connection = &mut *self.connection;
                connection.known.garbles_pasv = address.is_ok();
                connection.known.login.refuses_extended = address.is_err();
                address.map_err(|_| unreadable)
            }
            Err(Error::Reply { reply, .. }) if reply.code() != Some(SERVICE_CLOSING) => {
                self.connection.known.login.refuses_extended = true;
                Err(unreadable)
            }
            Err(error) => Err(error),
        }
    }

    /// The address that a reply names: always the host of the control connection. The one in a 227 reply is often that of a
    /// network behind NAT, and a hostile server could name a third party (CVE-2021-4189). Unless the user trusts it.
    pub(super) fn address_in(&mut self, reply: &Reply) -> Result<SocketAddr> {
        let mut address = self.connection.peer;
        // Some servers answer the one command with the other's reply; each reply says by itself what it is.
        if reply.code() == Some(EXTENDED_PASSIVE) {
            address.set_port(parse_229(reply).map_err(|error| Error::Protocol(error.to_string()))?);
            return Ok(address);
        }
        let named = parse_227(reply).map_err(|error| Error::Protocol(error.to_string()))?;
        if self.settings.trust_pasv_address {
            return Ok(named.into());
        }
        address.set_port(named.port());
        Ok(address)
    }
}
