//! What the server can do, by its own account.

use std::sync::Arc;

use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::features::Features;

impl Session<'_> {
    /// What FEAT tells. It is asked for once in a login.
    pub(crate) async fn features(&mut self) -> Result<Arc<Features>> {
        if let Some(features) = &self.connection.known.login.learned.features {
            return Ok(features.clone());
        }
        let told = self.history.last_reply.clone();
        match self.exchange_completed(&Command::new("FEAT")).await {
            Err(error) if error.is_refusal() || matches!(error, Error::Denied(_)) => {}
            outcome => drop(outcome?),
        }
        self.history.last_reply = told;
        // The reply has been followed. A server that refuses has no features.
        Ok(self.connection.known.login.learned.features.get_or_insert_default().clone())
    }
}
