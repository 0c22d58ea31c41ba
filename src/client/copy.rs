//! A transfer between two servers (RFC 959, section 2.3, figure 2): ftplib's `ftpcp`.

use std::net::SocketAddr;

use super::flow::Transfer;
use super::limits::Wait;
use super::{Client, Phase, TransferType};
use crate::error::{Error, Result};
use crate::net::Reactor;
use crate::protocol::address::{eprt_argument, port_argument};
use crate::protocol::command::Command;

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
        let (retr, stor) = (Command::with("RETR", name)?, Command::with("STOR", target_name)?);
        self.require_encodable(&retr)?;
        target.require_encodable(&stor)?;
        self.require_data_in_clear()?;
        target.require_data_in_clear().map_err(|error| target.elsewhere(error))?;
        let (near, far) = (self.reactor.clone(), target.reactor.clone());
        self.begin_record();
        target.begin_record();
        // It is a call of this side.
        let call = self.limits.wait(Phase::Total);
        self.perform_within(call, async |source| source.ensure_type_first(&retr, kind).await).await?;
        let typed =
            target.perform_within(call, async |target| target.ensure_type_first(&stor, kind).await).await;
        typed.map_err(|error| target.elsewhere(error))?;
        let address = self.perform_within(call, async |source| source.passive_address().await).await?;
        let stored = target
            .perform_within(call, async |target| {
                cancelled_with(&near, target.start_elsewhere(address, &stor)).await
            })
            .await
            .map_err(|error| target.elsewhere(error))?;
        let outcome = self
            .perform_within(call, async |source| {
                let mut sent = source.start_remote(&retr).await?;
                // It does not come this way, and nobody counts it here.
                sent.has_ended = true;
                sent.announced = None;
                cancelled_with(&far, source.finish(sent, "sent to the other server")).await
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
                cancelled_with(&near, target.finish(stored, "received")).await
            })
            .await
            .map(drop)
            .map_err(|error| target.elsewhere(error))
    }

    /// After a refusal: a new port takes the place of the one that the target is connected to. Until its data connection ends, many
    /// a target hears no ABOR.
    async fn leave_the_port(&mut self, call: Wait) {
        let told = self.last_reply.clone();
        // What comes of it tells nothing: the copy has failed.
        let _ = self.perform_within(call, async |source| source.passive_address().await).await;
        self.last_reply = told;
    }

    async fn ensure_type_first(&mut self, command: &Command, kind: TransferType) -> Result<()> {
        self.take_leftovers().await;
        self.require_sendable(command).await?;
        self.require_type(kind).await
    }

    /// An error of this server, for the user of the other one.
    fn elsewhere(&self, error: Error) -> Error {
        if !error.concerns_the_server() {
            return error;
        }
        Error::Elsewhere { server: self.peer.clone(), error: Box::new(error) }
    }

    /// Starts a transfer whose data comes from another server, which listens at `address`.
    async fn start_elsewhere(&mut self, address: SocketAddr, command: &Command) -> Result<Transfer> {
        let port = match address {
            SocketAddr::V4(address) => Command::with("PORT", port_argument(address).as_bytes())?,
            address => Command::with("EPRT", eprt_argument(address).as_bytes())?,
        };
        self.exchange_completed(&port).await?;
        self.start_remote(command).await
    }
}

/// A step of one side that ends when the other side is cancelled, too.
async fn cancelled_with<T>(other: &Reactor, step: impl Future<Output = Result<T>>) -> Result<T> {
    match other.unless_cancelled(step).await {
        Some(outcome) => outcome,
        None => Err(Error::Cancelled("copying: cancelled".into())),
    }
}
