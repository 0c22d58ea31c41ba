//! What the server can do, by its own account.

use std::sync::Arc;

use crate::client::session::Session;
use crate::error::Result;
use crate::protocol::command::Command;
use crate::protocol::features::Features;

impl Session<'_> {
    /// What FEAT tells. It is asked for once in a login.
    pub(crate) async fn features(&mut self) -> Result<Arc<Features>> {
        if let Some(features) = &self.connection.known.login.learned.features {
            return Ok(features.clone());
        }
        self.ask_aside(&Command::new("FEAT")).await?;
        // The reply has been followed. A server that refuses has no features.
        Ok(self.connection.known.login.learned.features.get_or_insert_default().clone())
    }
}
