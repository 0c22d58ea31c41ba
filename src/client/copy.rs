//! A transfer between two servers (RFC 959, section 2.3, figure 2): ftplib's `ftpcp`.

use std::net::SocketAddr;

use super::flow::Transfer;
use super::{Client, TransferType};
use crate::error::Result;
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
        self.perform(async |source| source.ensure_type(kind).await).await?;
        target.perform(async |target| target.ensure_type(kind).await).await?;
        let address = self.perform(async |source| source.passive_address().await).await?;
        let stored = target.perform(async |target| target.start_elsewhere(address, &stor).await).await?;
        let outcome = self
            .perform(async |source| {
                let sent = source.start_remote(&retr).await?;
                source.finish(sent, "sent to the other server").await
            })
            .await;
        if let Err(error) = outcome {
            target.settle(&error).await;
            return Err(error);
        }
        target.perform(async |target| target.finish(stored, "received").await).await.map(drop)
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
