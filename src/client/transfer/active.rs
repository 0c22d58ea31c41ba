//! Active mode: the server opens data connections, where PORT or EPRT tells it (RFC 959, RFC 2428).

use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};

use crate::client::connection::{Expected, refused};
use crate::client::limits::DOUBT_TIME;
use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::net::Listener;
use crate::phase::Phase;
use crate::protocol::address::{eprt_argument, port_argument};
use crate::protocol::command::Command;

impl Session<'_> {
    pub(crate) async fn expect_data(&mut self) -> Result<Expected> {
        let listener = self.listen_for_data().await?;
        Ok(Expected { listener, server: self.connection.peer.ip(), peer: self.settings.active.peer })
    }

    /// Listens where the server reaches this client already, unless the user knows better, and tells it where.
    pub(crate) async fn listen_for_data(&mut self) -> Result<Listener> {
        let failed = |source| Error::Io { what: "cannot listen for the data connection".into(), source };
        let local = self.connection.control.local_addr().map_err(failed)?.ip();
        let of_this_family = |address: &IpAddr| address.is_ipv4() == local.is_ipv4();
        let host = self.settings.active.bind.filter(of_this_family).unwrap_or(local);
        let listener = Listener::bind(&self.env.reactor, host, self.ports_to_try()).map_err(failed)?;
        if let Some(room) = self.env.rates.receive.room() {
            listener.set_room(room).map_err(failed)?;
        }
        let mut told = listener.local_addr().map_err(failed)?;
        if let Some(external) = self.settings.active.external.filter(of_this_family) {
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
        let Some(ports) = self.settings.active.ports.clone() else { return vec![0] };
        let mut ports: Vec<u16> = ports.collect();
        let next = usize::try_from(self.history.transfers).unwrap_or_default().checked_rem(ports.len());
        ports.rotate_left(next.unwrap_or_default());
        ports
    }

    /// Active mode, after the preliminary reply: waits until the server has connected. If a final reply comes first, it may have nothing to
    /// send and never connect; if that may be a word about an aborted transfer, it may still.
    pub(crate) async fn accept_data(&mut self) -> Result<()> {
        let mut wait = self.wait(Phase::Accept);
        while self.connection.transfer.confirmation.is_awaited() {
            let connection = &mut *self.connection;
            let accepted = poll_fn(|_| connection.poll_accepted());
            match wait.deadline.limit(&self.env.reactor, accepted).await {
                Ok(Ok(Some(reply))) => self.take_early_reply(reply)?,
                Ok(outcome) => return outcome.map(drop),
                Err(_) if self.connection.transfer.confirmation.has_come() => break,
                Err(_) => return Err(wait.timed_out("the server's data connection")),
            }
            wait = wait.at_most(DOUBT_TIME);
        }
        self.connection.transfer.is_without_data = self.connection.data.stream().is_none();
        Ok(())
    }

    /// A transfer that the server confirms is none when somebody was refused and nobody let in: whoever that was may have been
    /// the server, and have brought or wanted the data.
    pub(crate) fn require_let_in(&mut self) -> Result<()> {
        let strangers = &self.connection.data.strangers;
        if strangers.is_empty() {
            return Ok(());
        }
        let what = &self.connection.transfer.what;
        Err(Error::Integrity(format!("{what}: the server confirmed it, but {}", refused(strangers))))
    }

    /// Says more about a transfer that could not begin, if somebody was refused whom the server may have sent.
    pub(crate) fn naming_strangers(&mut self, error: Error) -> Error {
        let connection = &mut *self.connection;
        // The server may have come and nobody looked: a refusal may come first. Whoever is let in now comes too late.
        let _ = connection.look_for_data();
        if connection.data.strangers.is_empty() {
            return error;
        }
        let refused = refused(&connection.data.strangers);
        match error {
            Error::Reply { what, reply } => Error::Reply { what: format!("{what} ({refused})"), reply },
            Error::Timeout { phase, mut waited } => {
                let done = &waited.done;
                waited.done = if done.is_empty() { refused } else { format!("{done}; {refused}") };
                Error::Timeout { phase, waited }
            }
            Error::Eof(when) => Error::Eof(format!("{when} ({refused})")),
            other => other,
        }
    }
}
