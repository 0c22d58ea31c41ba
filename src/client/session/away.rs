//! A step into another directory, and back. The user's directory stays where it is: a reconnection goes there.

use crate::client::limits::Wait;
use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::reply::Class;

impl Session<'_> {
    /// Goes to a directory for what the library does there. [`Session::come_back`] ends that, and so does what comes after an error.
    ///
    /// Whether the session has gone: not where the server does not tell the way back, and not where it refuses.
    pub(crate) async fn go_away_to(&mut self, directory: &[u8]) -> Result<Gone> {
        let cwd = Command::with("CWD", &self.system().as_named(directory))?;
        self.require_sendable(&cwd).await?;
        let Some(way_back) = self.way_back().await? else { return Ok(Gone::NoWayBack) };
        // Who may not go has nowhere to come back from.
        self.require_no_unread_reply(&cwd)?;
        self.connection.known.away = Some(way_back);
        match self.exchange_completed(&cwd).await {
            Ok(_) => Ok(Gone::There),
            Err(error @ Error::Denied(_)) => {
                self.connection.known.away = None;
                Err(error)
            }
            Err(error)
                if error.is_refusal()
                    && matches!(&error, Error::Reply { reply, .. } if reply.is_negative()) =>
            {
                self.connection.known.away = None;
                Ok(Gone::Refused(error))
            }
            Err(error) => Err(error),
        }
    }

    /// Goes back to the user's directory, if the session is away.
    pub(crate) async fn come_back(&mut self) -> Result<()> {
        let Some(way_back) = self.connection.known.away.clone() else { return Ok(()) };
        let told = self.history.last_reply.clone();
        match self.exchange_completed(&way_back).await {
            Ok(_) => {}
            Err(Error::Reply { what, reply }) => {
                return Err(Error::Reply { what: format!("going back: {what}"), reply });
            }
            Err(error) => return Err(error),
        }
        self.connection.known.away = None;
        self.history.last_reply = told;
        Ok(())
    }

    /// [`Session::come_back`] after an error: nobody is asked, and nothing else is done.
    pub(crate) async fn come_back_within(&mut self, wait: Wait) -> Result<()> {
        let Some(way_back) = self.connection.known.away.clone() else { return Ok(()) };
        self.undo_within(&way_back, "going back", wait).await?;
        self.connection.known.away = None;
        Ok(())
    }

    /// Sends what takes back something that the library has set, after an error. The user is not told of its reply.
    pub(super) async fn undo_within(&mut self, command: &Command, what: &str, wait: Wait) -> Result<()> {
        self.take_unsolicited().await?;
        let told = self.history.last_reply.clone();
        self.send_as_is(command, wait).await?;
        let reply = self.next_reply(wait).await?;
        if reply.class() != Some(Class::Completion) {
            return Err(Error::Reply { what: format!("{what}: {}", command.shown()), reply });
        }
        self.connection.dialogue.regain();
        self.history.last_reply = told;
        Ok(())
    }

    /// The command that leads to the user's directory from anywhere. `None`: the server does not tell it.
    async fn way_back(&mut self) -> Result<Option<Command>> {
        if self.known_way().is_none() {
            let told = self.history.last_reply.clone();
            match self.exchange_completed(&Command::new("PWD")).await {
                Err(error) if error.is_refusal() || matches!(error, Error::Denied(_)) => {}
                outcome => drop(outcome?),
            }
            self.history.memory.place.note_asked();
            self.history.last_reply = told;
        }
        Ok(self.known_way())
    }

    fn known_way(&self) -> Option<Command> {
        let memory = &self.history.memory;
        memory.place.way(memory.naming.as_ref())
    }
}

/// What came of going to another directory.
pub(crate) enum Gone {
    There,
    /// The server has refused, with this error.
    Refused(Error),
    /// Nobody would know how to come back.
    NoWayBack,
}
