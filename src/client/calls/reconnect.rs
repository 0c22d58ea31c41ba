//! Bringing back a session that was lost.

use std::sync::Arc;

use crate::client::Client;
use crate::client::history::Memory;
use crate::error::Result;

impl Client {
    /// Brings back what the session had that the client had last, whatever became of it: the server, TLS and the protection
    /// level, the login, the working directory, the type. A connection that is open is closed first.
    ///
    /// After an error there is no connection, and what is to be brought back is still known.
    ///
    /// # Errors
    /// [`Error::NotConnected`](crate::error::Error::NotConnected) when there never was a [`Client::connect`];
    /// [`Error::OutOfTurn`](crate::error::Error::OutOfTurn) when the working directory is not known; as [`Client::connect`],
    /// [`Client::auth`], [`Client::login`] and [`Client::cwd`].
    pub async fn reconnect(&mut self) -> Result<()> {
        let wanted = match &self.history.to_restore {
            Some(left_to_do) => Arc::clone(left_to_do),
            None => {
                if let Ok(mut session) = self.session() {
                    session.ask_before_leaving().await;
                }
                self.history.require_something_to_restore()?;
                self.end_because("it was closed to connect again");
                Arc::new(std::mem::replace(&mut self.history.memory, Memory::of(None)))
            }
        };
        self.history.to_restore = Some(Arc::clone(&wanted));
        let outcome = self.restore(&wanted).await;
        match &outcome {
            Ok(()) => self.history.to_restore = None,
            Err(error) => self.close_because(&format!("reconnecting failed ({error})")),
        }
        outcome
    }

    async fn restore(&mut self, wanted: &Memory) -> Result<()> {
        let Some((host, port)) = &wanted.target else { return Ok(()) };
        self.history.memory = Memory::of(wanted.target.clone());
        self.connect_to(host, *port).await?;
        self.session()?.restore(wanted).await
    }
}
