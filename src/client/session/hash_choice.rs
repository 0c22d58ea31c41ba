//! The algorithm of HASH: what the library has chosen for a call is taken back at its end.

use crate::client::limits::Wait;
use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::hashes::first_choice;

impl Session<'_> {
    /// Chooses an algorithm by the name that the server has for it, unless it is chosen already. [`Session::put_back_hash`] chooses
    /// again what was chosen before, and so does what comes after an error.
    ///
    /// # Errors
    /// The refusal: then nothing has changed.
    pub(crate) async fn choose_hash(&mut self, name: &[u8]) -> Result<()> {
        let features = self.features().await?;
        let learned = &self.connection.known.login.learned;
        let before = learned.chosen_hash.as_deref().or_else(|| first_choice(&features));
        if before.is_some_and(|before| before.eq_ignore_ascii_case(name)) {
            return Ok(());
        }
        let choice = |name: &[u8]| Command::with("OPTS", &[b"HASH ", name].concat());
        let (command, way_back) = (choice(name)?, before.map(choice).transpose()?);
        self.require_no_unread_reply(&command)?;
        // Whatever the reply is, the server may have done it.
        self.connection.known.hash_of_the_user = way_back;
        match self.exchange_completed(&command).await {
            Err(refusal) if refusal.is_refusal() || matches!(refusal, Error::Denied(_)) => {
                self.connection.known.hash_of_the_user = None;
                Err(refusal)
            }
            outcome => outcome.map(drop),
        }
    }

    /// Chooses the user's algorithm again. A server that refuses goes on with the other one.
    pub(crate) async fn put_back_hash(&mut self) -> Result<()> {
        let Some(command) = self.connection.known.hash_of_the_user.clone() else { return Ok(()) };
        let told = self.history.last_reply.clone();
        match self.exchange_completed(&command).await {
            Err(error) if error.is_refusal() => {}
            outcome => drop(outcome?),
        }
        self.connection.known.hash_of_the_user = None;
        self.history.last_reply = told;
        Ok(())
    }

    /// [`Session::put_back_hash`] after an error: nobody is asked, and nothing else is done.
    pub(crate) async fn put_back_hash_within(&mut self, wait: Wait) -> Result<()> {
        let Some(command) = self.connection.known.hash_of_the_user.clone() else { return Ok(()) };
        self.undo_within(&command, "choosing the hash of before", wait).await?;
        let name = command.argument().get(b"HASH ".len()..).unwrap_or_default();
        self.connection.known.login.learned.chosen_hash = Some(name.to_vec());
        self.connection.known.hash_of_the_user = None;
        Ok(())
    }
}
