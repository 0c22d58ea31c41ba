//! Where the session stands, asked of the server, and the way back.

use crate::client::history::Place;
use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::protocol::codes::is_about_the_command;
use crate::protocol::command::Command;
use crate::protocol::path::parse_257;
use crate::protocol::verb::Verb;

impl Session<'_> {
    /// Before a command: asks where the last change of directory has led, if that is not known.
    pub(crate) async fn find_the_place(&mut self, command: &Command) -> Result<()> {
        if !self.history.memory.place.is_to_be_asked_before(command) || !self.connection.is_at_rest() {
            return Ok(());
        }
        let told = self.history.last_reply.clone();
        match Box::pin(self.exchange(&Command::new("PWD"))).await {
            Err(error) if error.is_refusal() || matches!(error, Error::Denied(_)) => {}
            outcome => drop(outcome?),
        }
        self.history.memory.place.note_asked();
        self.history.last_reply = told;
        Ok(())
    }

    /// Goes where another session stood, and makes sure that it is the same.
    pub(crate) async fn go_back_to(&mut self, place: &Place) -> Result<()> {
        if let Some(naming) = place.naming() {
            // What a server refuses to read so leads elsewhere, or nowhere. That is seen on the way.
            self.ask_aside(naming).await?;
        }
        if let Some((way, told)) = place.base() {
            let is_there = place.is_home() && self.stands_at(told).await?;
            if !is_there {
                self.step_back(place, way).await?;
                self.require_place(place, told).await?;
            }
        }
        let (steps, told) = place.steps();
        for step in steps {
            self.step_back(place, step).await?;
        }
        self.require_place(place, told).await
    }

    async fn step_back(&mut self, place: &Place, step: &Command) -> Result<()> {
        let outcome = if step.verb() == Verb::Cdup {
            // Which some servers know by the name only.
            self.cwd(&Command::with("CWD", b"..")?).await
        } else {
            self.exchange_completed(step).await.map(drop)
        };
        outcome.map_err(|error| match error {
            Error::Reply { what, reply } if step.argument() != place.name().as_bytes() => {
                Error::Reply { what: format!("going back to \"{}\": {what}", place.name()), reply }
            }
            error => error,
        })
    }

    /// Whether PWD tells this path. A server that refuses PWD may have it anyway.
    async fn stands_at(&mut self, expected: Option<&[u8]>) -> Result<bool> {
        match self.exchange(&Command::new("PWD")).await {
            Ok(reply) => Ok(parse_257(&reply).is_ok_and(|path| Some(&*path) == expected)),
            Err(error) if error.is_refusal() => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn require_place(&mut self, place: &Place, expected: Option<&[u8]>) -> Result<()> {
        let Some(expected) = expected else { return Ok(()) };
        let what = || format!("the way back to \"{}\" leads elsewhere", place.name());
        match self.exchange_completed(&Command::new("PWD")).await {
            Ok(reply) if parse_257(&reply).is_ok_and(|path| path == expected) => Ok(()),
            Ok(reply) | Err(Error::Reply { reply, .. }) => Err(Error::Reply { what: what(), reply }),
            Err(error) => Err(error),
        }
    }

    /// Changes the directory. `..` is CDUP, or `CWD ..` where the server refuses CDUP itself; an empty path is `.`.
    pub(crate) async fn cwd(&mut self, command: &Command) -> Result<()> {
        if command.argument() == b".." {
            match self.exchange_completed(&Command::new("CDUP")).await {
                Err(Error::Reply { reply, .. }) if is_about_the_command(&reply) => {}
                outcome => return outcome.map(drop),
            }
        }
        self.exchange_completed(command).await.map(drop)
    }
}
