//! Data connections that are made ahead of their transfer. A passive server has named an address and waits: what is left of the
//! transfer is its command.

use std::future::poll_fn;
use std::net::SocketAddr;

use crate::client::session::Session;
use crate::client::transfer::passive::cannot_open;
use crate::error::{Error, Result};
use crate::net::Stream;
use crate::phase::Phase;
use crate::protocol::codes::NO_DATA_CONNECTION;
use crate::protocol::dialogue::Recovery;
use crate::protocol::verb::Verb;

impl Session<'_> {
    /// Makes the data connection of the next transfer, and waits until it stands. One that stands already is kept.
    pub(crate) async fn prearm(&mut self) -> Result<()> {
        if self.connection.armed.is_ready() {
            return Ok(());
        }
        if !self.settings.passive {
            return Err(cannot("in active mode the server opens them"));
        }
        if self.announces_transfers() {
            return Err(cannot("the server must know the transfer first (PRET)"));
        }
        self.require_protection_decided()?;
        let address = self.arm().await?;
        let wait = self.wait(Phase::Connect);
        let armed = &self.connection.armed;
        let connected = wait.deadline.limit(&self.env.reactor, poll_fn(|_| armed.poll_connected())).await;
        let error = match connected {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(source)) => cannot_open(address, source),
            Err(_) => wait.timed_out(format_args!("the data connection to {address}")),
        };
        self.give_up_port();
        Err(error)
    }

    /// Whether the call has ended a transfer, and the next data connection can be made.
    pub(crate) fn wants_armed(&mut self) -> bool {
        let is_wanted = std::mem::take(&mut self.connection.armed.is_wanted);
        let login = &self.connection.known.login;
        let can_be_had = self.settings.passive && !login.spoils_armed && !self.announces_transfers();
        let is_idle = self.connection.is_at_rest() && !self.connection.has_leftovers();
        is_wanted && self.settings.prearm && can_be_had && is_idle && !self.connection.armed.is_ready()
    }

    /// Makes the next data connection after a call. What the call was asked for is done, so nothing here is its error. The connection
    /// is not waited for.
    pub(crate) async fn prearm_again(&mut self) {
        if let Err(error) = self.arm().await {
            self.connection.known.login.spoils_armed = true;
            if self.connection.dialogue.recovery() != Recovery::InStep {
                self.connection.broken = Some(format!("it was closed after the transfer ({error})"));
            }
        }
    }

    /// Asks for an address, and begins to connect to it.
    async fn arm(&mut self) -> Result<SocketAddr> {
        let address = self.passive_address().await?;
        let attempt = self.attempt_at(address, self.wait(Phase::Connect)).await?;
        self.connection.armed.set(attempt);
        Ok(address)
    }

    /// The connection that was made ahead, if it still stands. Nothing has gone over it.
    pub(crate) async fn armed_stream(&mut self) -> Option<Stream> {
        let attempt = self.connection.armed.take()?;
        let limit = self.wait(Phase::Connect).deadline.half();
        match limit.limit(&self.env.reactor, poll_fn(|_| attempt.poll_connected())).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => {
                self.give_up_port();
                return None;
            }
        }
        let mut stream = attempt.into_stream(&self.env.reactor);
        // The server says nothing before it is asked: what can be read is the end, or somebody else's.
        let looked = poll_fn(|_| stream.poll_look(&mut [0])).await;
        matches!(looked, Ok(None)).then_some(stream)
    }

    /// Whether a refused transfer is to be tried with a connection that is made for it. The server has let go of the one that was
    /// made ahead, and has begun nothing.
    pub(crate) fn is_of_the_armed(&mut self, verb: Verb, error: &Error) -> bool {
        let is_refused =
            matches!(error, Error::Reply { reply, .. } if reply.code() == Some(NO_DATA_CONNECTION));
        // STOU has made a name by then.
        let is_of_it =
            is_refused && verb != Verb::Stou && self.connection.dialogue.recovery() == Recovery::InStep;
        self.connection.known.login.spoils_armed |= is_of_it;
        is_of_it
    }

    /// The port cannot be reached.
    fn give_up_port(&mut self) {
        self.connection.armed.clear();
        let login = &mut self.connection.known.login;
        login.spoils_armed = true;
        login.refuses_extended |= self.settings.extended;
    }
}

fn cannot(why: &str) -> Error {
    Error::Unsupported(format!("no data connection can be made ahead: {why}"))
}
