//! Transfers between two servers: the step of each side.

use std::net::SocketAddr;

use crate::client::history::Report;
use crate::client::session::Session;
use crate::error::Result;
use crate::protocol::address::{eprt_argument, port_argument};
use crate::protocol::command::Command;

impl Session<'_> {
    /// Starts a transfer whose data comes from another server, which listens at `address`.
    pub(crate) async fn start_elsewhere(&mut self, address: SocketAddr, command: &Command) -> Result<()> {
        let port = match address {
            SocketAddr::V4(address) => Command::with("PORT", port_argument(address).as_bytes())?,
            address => Command::with("EPRT", eprt_argument(address).as_bytes())?,
        };
        self.exchange_completed(&port).await?;
        self.start_copy(command).await
    }

    /// Starts one side of a transfer whose data does not come this way: nobody counts it here.
    pub(crate) async fn start_copy(&mut self, command: &Command) -> Result<()> {
        self.history.report = Some(Report { bytes: None, ..Report::begin(0) });
        self.start_remote(command).await
    }
}
