//! A transfer between two servers (RFC 959, section 2.3, figure 2): ftplib's `ftpcp`.

use std::net::SocketAddr;

use crate::client::Client;
use crate::client::limits::Wait;
use crate::client::metadata::named;
use crate::error::{Error, Result};
use crate::net::Reactor;
use crate::protocol::command::Command;
use crate::protocol::transfer_type::TransferType;

/// What one side does. It is a value, so that the code around a step exists once.
enum Step<'a> {
    /// Agrees on the type, before this command.
    Type(&'a Command, TransferType),
    /// Starts to receive from the server that listens there.
    Start(SocketAddr, &'a Command),
    /// Sends the file to the other server.
    Send(&'a Command),
    /// Receives it to its end.
    Receive,
}

impl Client {
    /// Lets the server of `self` send a file to the server of `target`. The data does not come this way.
    ///
    /// The target connects to the host that `self` is connected to, whatever address that host names, unless the user trusts
    /// the address in the 227 reply. When one side fails, the other's transfer is aborted.
    ///
    /// # Errors
    /// What either server refuses; many refuse data connections with others than the client.
    pub async fn copy_to(
        &mut self,
        target: &mut Client,
        name: &[u8],
        target_name: &[u8],
        kind: TransferType,
    ) -> Result<()> {
        let (retr, stor) = (named("RETR", name)?, named("STOR", target_name)?);
        self.require_encodable(&retr)?;
        target.require_encodable(&stor)?;
        self.require_data_in_clear()?;
        target.require_data_in_clear().map_err(|error| target.elsewhere(error))?;
        let (near, far) = (self.env.reactor.clone(), target.env.reactor.clone());
        self.begin_record();
        target.begin_record();
        // It is a call of this side.
        let call = self.time_of_call();
        self.step(call, &far, Step::Type(&retr, kind)).await?;
        let typed = target.step(call, &near, Step::Type(&stor, kind)).await;
        typed.map_err(|error| target.elsewhere(error))?;
        let address = self
            .perform_within(call, async |source| source.session()?.passive_address_for(&retr).await)
            .await?;
        let started = target.step(call, &near, Step::Start(address, &stor)).await;
        started.map_err(|error| target.elsewhere(error))?;
        if let Err(error) = self.step(call, &far, Step::Send(&retr)).await {
            if matches!(error, Error::Reply { .. }) {
                self.leave_the_port(call).await;
            }
            target.settle(&error).await;
            return Err(error);
        }
        let received = target.step(call, &near, Step::Receive).await;
        received.map_err(|error| target.elsewhere(error))
    }

    async fn step(&mut self, call: Wait, other: &Reactor, step: Step<'_>) -> Result<()> {
        self.perform_within(call, async |side| side.take(step, other).await).await
    }

    async fn take(&mut self, step: Step<'_>, other: &Reactor) -> Result<()> {
        match step {
            Step::Type(command, kind) => self.ensure_type_first(command, kind).await,
            Step::Start(address, stor) => {
                cancelled_with(other, self.session()?.start_elsewhere(address, stor)).await
            }
            Step::Send(retr) => {
                let mut session = self.session()?;
                session.start_copy(retr).await?;
                // It does not come this way, and nobody counts it here.
                session.connection.transfer.has_ended = true;
                session.connection.transfer.announced = None;
                cancelled_with(other, session.finish("sent to the other server")).await.map(drop)
            }
            Step::Receive => cancelled_with(other, self.session()?.finish("received")).await.map(drop),
        }
    }

    fn require_data_in_clear(&mut self) -> Result<()> {
        self.session()?.require_data_in_clear()
    }

    /// After a refusal: a new port takes the place of the one that the target is connected to. Until its data connection ends, many
    /// a target hears no ABOR.
    async fn leave_the_port(&mut self, call: Wait) {
        let told = self.history.last_reply.clone();
        // What comes of it tells nothing: the copy has failed.
        let _ = self.perform_within(call, async |source| source.session()?.passive_address().await).await;
        self.history.last_reply = told;
    }

    async fn ensure_type_first(&mut self, command: &Command, kind: TransferType) -> Result<()> {
        self.take_leftovers().await;
        let mut session = self.session()?;
        session.require_sendable(command).await?;
        session.require_type(kind).await
    }

    /// An error of this server, for the user of the other one.
    fn elsewhere(&self, error: Error) -> Error {
        if !error.concerns_the_server() {
            return error;
        }
        Error::Elsewhere { server: self.history.peer.clone(), error: Box::new(error) }
    }
}

/// A step of one side that ends when the other side is cancelled, too.
async fn cancelled_with<T>(other: &Reactor, step: impl Future<Output = Result<T>>) -> Result<T> {
    match other.unless_cancelled(step).await {
        Some(outcome) => outcome,
        None => Err(Error::Cancelled("copying: cancelled".into())),
    }
}
