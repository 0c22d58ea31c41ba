//! What the server can do, by its own account.

use std::sync::Arc;

use crate::client::session::Session;
use crate::error::Result;
use crate::protocol::charset::Charset;
use crate::protocol::command::Command;
use crate::protocol::features::Features;

impl Session<'_> {
    /// What FEAT tells. It is asked for once in a login, and what it names of names in UTF-8 is turned on then.
    pub(crate) async fn features(&mut self) -> Result<Arc<Features>> {
        if self.connection.known.login.learned.features.is_none() {
            self.ask_aside(&Command::new("FEAT")).await?;
        }
        // The reply has been followed. A server that refuses has no features.
        let features = self.connection.known.login.learned.features.get_or_insert_default().clone();
        self.turn_utf8_on(&features).await?;
        Ok(features)
    }

    /// RFC 2640 has it on from the beginning. Servers that also serve older clients wait for an OPTS (draft-ietf-ftpext-utf-8-option).
    async fn turn_utf8_on(&mut self, features: &Features) -> Result<()> {
        let is_wanted = self.settings.utf8 && self.settings.charset == Charset::Utf8;
        let was_asked = self.connection.known.login.learned.was_asked_for_utf8;
        if !is_wanted || was_asked || !features.has("UTF8") || self.history.memory.encoding.is_some() {
            return Ok(());
        }
        // Whatever the reply is.
        self.connection.known.login.learned.was_asked_for_utf8 = true;
        self.ask_aside(&Command::with("OPTS", b"UTF8 ON")?).await
    }
}
