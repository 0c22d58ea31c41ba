//! PRET: a server whose files are on several machines must know the transfer before it can name an address (DrFTPD).

use std::net::SocketAddr;

use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::protocol::codes::is_about_the_command;
use crate::protocol::command::Command;
use crate::protocol::reply::Reply;

impl Session<'_> {
    /// Where the server listens for this transfer. It is told of the transfer first if its reply to FEAT has named PRET, or if it
    /// refuses to name an address without.
    pub(crate) async fn passive_address_for(&mut self, command: &Command) -> Result<SocketAddr> {
        if !self.announces_transfers() {
            match self.passive_address().await {
                Err(Error::Reply { reply, .. }) if asks_for_pret(&reply) => {
                    self.connection.known.login.wants_pret = true;
                }
                outcome => return outcome,
            }
        }
        self.announce(command).await?;
        self.passive_address().await
    }

    /// Whether the server must know a transfer before it names an address.
    pub(crate) fn announces_transfers(&self) -> bool {
        let login = &self.connection.known.login;
        login.wants_pret || login.learned.features.as_ref().is_some_and(|features| features.has("PRET"))
    }

    async fn announce(&mut self, command: &Command) -> Result<()> {
        match self.exchange_completed(&Command::with("PRET", command.text())?).await {
            // This transfer may need no announcement.
            Err(Error::Reply { reply, .. }) if is_about_the_command(&reply) => Ok(()),
            outcome => outcome.map(drop),
        }
    }
}

fn asks_for_pret(reply: &Reply) -> bool {
    is_about_the_command(reply) && reply.text().windows(4).any(|word| word == b"PRET")
}
