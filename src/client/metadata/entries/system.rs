//! What the server runs on, found out; and what it has to be told then.

use crate::client::session::Session;
use crate::error::Result;
use crate::protocol::command::Command;
use crate::protocol::listing::Format;
use crate::protocol::system::{System, changes_listings, changes_paths};

impl Session<'_> {
    /// Before a call that lists or looks something up: finds out what the server runs on, and sends what such a server has to be told.
    /// Both are done once in a login.
    pub(crate) async fn prepare_system(&mut self) -> Result<()> {
        self.find_system().await?;
        let system = self.system();
        if self.connection.known.login.learned.prepared_system == Some(system) {
            return Ok(());
        }
        for text in system.commands() {
            if !self.is_chosen(text.as_bytes()) {
                self.ask_aside(&Command::new(text)).await?;
            }
        }
        self.connection.known.login.learned.prepared_system = Some(system);
        Ok(())
    }

    /// Asks SYST, unless it is known what the server runs on, or it has MLSD, which means the same on all systems.
    pub(in crate::client::metadata) async fn find_system(&mut self) -> Result<()> {
        if self.told_system().is_some() {
            return Ok(());
        }
        let features = self.features().await?;
        let has_mlsd = features.has("MLST") || features.has("MLSD");
        if has_mlsd && !self.connection.known.login.learned.mlsd_is_broken {
            return Ok(());
        }
        self.ask_aside(&Command::new("SYST")).await?;
        // The reply has been followed. A server that refuses is one that has nothing to tell.
        self.connection.known.login.learned.system.get_or_insert_default();
        Ok(())
    }

    /// Whether the user, or a call before this, has sent such a command.
    fn is_chosen(&self, command: &[u8]) -> bool {
        changes_paths(command) && self.history.memory.naming.is_some()
            || changes_listings(command) && self.connection.known.login.learned.has_chosen_listings
    }

    /// A listing has come in a format.
    pub(super) fn learn_system_of(&mut self, format: Option<Format>) {
        if let Some(system) = format.and_then(System::of_format) {
            self.connection.known.login.learned.listed_system = Some(system);
        }
    }
}
