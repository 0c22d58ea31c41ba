//! A transfer between two servers (RFC 959, section 2.3, figure 2): ftplib's `ftpcp`.

use crate::client::Client;
use crate::client::limits::Wait;
use crate::client::metadata::named;
use crate::error::{Error, Result};
use crate::net::Reactor;
use crate::protocol::command::Command;
use crate::protocol::transfer_type::TransferType;

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
        self.perform_within(call, async |source| source.ensure_type_first(&retr, kind).await).await?;
        let typed =
            target.perform_within(call, async |target| target.ensure_type_first(&stor, kind).await).await;
        typed.map_err(|error| target.elsewhere(error))?;
        let address = self
            .perform_within(call, async |source| source.session()?.passive_address_for(&retr).await)
            .await?;
        target
            .perform_within(call, async |target| {
                cancelled_with(&near, target.session()?.start_elsewhere(address, &stor)).await
            })
            .await
            .map_err(|error| target.elsewhere(error))?;
        let outcome = self
            .perform_within(call, async |source| {
                let mut session = source.session()?;
                session.start_remote(&retr).await?;
                // It does not come this way, and nobody counts it here.
                session.connection.transfer.has_ended = true;
                session.connection.transfer.announced = None;
                cancelled_with(&far, session.finish("sent to the other server")).await
            })
            .await;
        if let Err(error) = outcome {
            if matches!(error, Error::Reply { .. }) {
                self.leave_the_port(call).await;
            }
            target.settle(&error).await;
            return Err(error);
        }
        target
            .perform_within(call, async |target| {
                cancelled_with(&near, target.session()?.finish("received")).await
            })
            .await
            .map(drop)
            .map_err(|error| target.elsewhere(error))
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
