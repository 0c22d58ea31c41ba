//! Opening data connections: PASV and EPSV, PORT and EPRT (RFC 959, RFC 2428).

use std::future::poll_fn;
use std::net::SocketAddr;
use std::task::{Poll, ready};

use super::Client;
use super::connection::{Connection, timed_out};
use crate::error::{Error, Result};
use crate::net::{self, Deadline, Listener, Stream};
use crate::protocol::address::{eprt_argument, parse_227, parse_229, port_argument};
use crate::protocol::command::Command;
use crate::protocol::reply::{Class, Reply};

/// The data connection of a transfer, as far as it has got.
pub(super) enum Data {
    None,
    /// Active mode: the server is to connect.
    Listening(Listener),
    Open(Stream),
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
        let address = self.passive_address().await?;
        let source = self.connection()?.source.map(|source| SocketAddr::new(source, 0));
        let attempt = net::connect(&self.reactor, address, source);
        match Deadline::after(self.timeout).limit(&self.reactor, attempt).await {
            Ok(Ok(stream)) => Ok(Data::Open(stream)),
            Ok(Err(source)) => {
                Err(Error::Io { what: format!("cannot open the data connection to {address}"), source })
            }
            Err(_) => Err(timed_out(self.timeout, format!("the data connection to {address}"))),
        }
    }

    /// Where the server listens: always at the address of the control connection. The one in a 227 reply is often that
    /// of a network behind NAT, and a hostile server could name a third party (CVE-2021-4189). Unless the user trusts it.
    pub(super) async fn passive_address(&mut self) -> Result<SocketAddr> {
        let mut address = self.connection()?.peer;
        let command = Command::new(if address.is_ipv4() { "PASV" } else { "EPSV" });
        let reply = self.exchange_completed(&command).await?;
        // Some servers answer the one command with the other's reply; each reply says by itself what it is.
        if reply.code() == Some(229) {
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

    /// Listens where the server reaches this client already, and tells it the port.
    pub(super) async fn listen_for_data(&mut self) -> Result<Listener> {
        let failed = |source| Error::Io { what: "cannot listen for the data connection".into(), source };
        let mut address = self.connection()?.control.local_addr().map_err(failed)?;
        address.set_port(0);
        let listener = Listener::bind(&self.reactor, address).map_err(failed)?;
        let command = match listener.local_addr().map_err(failed)? {
            SocketAddr::V4(address) => Command::with("PORT", port_argument(address).as_bytes())?,
            address => Command::with("EPRT", eprt_argument(address).as_bytes())?,
        };
        self.exchange_completed(&command).await?;
        Ok(listener)
    }

    /// Active mode, after the preliminary reply: waits until the server has connected.
    ///
    /// Returns a final reply if that came first: a server with nothing to send may never connect.
    pub(super) async fn accept_data(&mut self) -> Result<Option<Reply>> {
        let (timeout, reactor) = (self.timeout, self.reactor.clone());
        let connection = self.connection()?;
        let waited = Deadline::after(timeout).limit(&reactor, poll_fn(|_| connection.poll_accepted())).await;
        match waited {
            Ok(outcome) => outcome,
            Err(_) => Err(timed_out(timeout, "the server's data connection".into())),
        }
    }
}

impl Connection {
    fn poll_accepted(&mut self) -> Poll<Result<Option<Reply>>> {
        if let Poll::Ready(outcome) = self.poll_accept() {
            return Poll::Ready(outcome.map(|()| None));
        }
        loop {
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
    }

    /// Ready when there is a data connection.
    fn poll_accept(&mut self) -> Poll<Result<()>> {
        let Data::Listening(listener) = &self.data else { return Poll::Ready(Ok(())) };
        let accepted = ready!(listener.poll_accept_from(self.peer.ip()));
        let what = || "cannot accept the server's data connection".to_owned();
        self.data = Data::Open(accepted.map_err(|source| Error::Io { what: what(), source })?);
        Poll::Ready(Ok(()))
    }
}
