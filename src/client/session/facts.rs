//! Which facts MLSD and MLST tell (RFC 3659, section 7.9): the server knows one choice, and both the user and the library make it.

use crate::client::connection::Chooser;
use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::verb::Verb;

impl Session<'_> {
    /// Before a command of the user's own words: the facts of MLSD and MLST are those of the user's choice, or of the server's, again.
    pub(crate) async fn prepare_own_facts(&mut self, command: &Command) -> Result<()> {
        let is_about_facts = matches!(command.verb(), Verb::Mlsd | Verb::Mlst);
        let chosen = self.connection.known.login.learned.facts;
        if !is_about_facts || chosen != Chooser::Library || !self.connection.is_at_rest() {
            return Ok(());
        }
        let own = self.history.memory.asked_facts.clone();
        let by = if own.is_some() { Chooser::User } else { Chooser::Server };
        let Some(choice) = own.or_else(|| self.connection.known.login.learned.facts_of_the_server.clone())
        else {
            return Ok(());
        };
        self.require_sendable(command).await?;
        self.prefer_facts(&choice, by).await
    }

    /// Tells the server a choice of facts. What it refuses is gone without.
    pub(crate) async fn prefer_facts(&mut self, choice: &Command, by: Chooser) -> Result<()> {
        let told = self.history.last_reply.clone();
        let outcome = self.exchange(choice).await;
        self.history.last_reply = told;
        match outcome {
            Ok(_) => self.connection.known.login.learned.facts = by,
            Err(error) if error.is_refusal() || matches!(error, Error::Denied(_)) => {
                self.connection.known.login.learned.refuses_choice = true;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
