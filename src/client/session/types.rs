//! The representation type (RFC 959, section 3.1.1): what a call needs, what the user wants, and what the server has.

use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::protocol::codes::{NOT_IMPLEMENTED, NOT_RECOGNIZED};
use crate::protocol::command::Command;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::transfer_type::TransferType;
use crate::protocol::verb::{Fact, Verb};

impl Session<'_> {
    /// After a command of the user's own words: it may have changed what the server has, and TYPE says what the user wants.
    pub(crate) fn note_own_command(&mut self, command: &Command, outcome: &Result<Reply>) {
        if !was_sent(outcome) {
            return;
        }
        self.doubt_type(command);
        if command.verb() == Verb::Type && !is_unknown_to_the_server(outcome) {
            self.connection.known.login.may_know_type = true;
        }
        if command.verb() == Verb::Type
            && matches!(outcome, Ok(reply) if reply.class() == Some(Class::Completion))
        {
            self.connection.known.login.transfer_type = TransferType::set_by(command);
            self.history.memory.asked_type = Some(command.clone());
        }
        if command.chooses_facts() && matches!(outcome, Ok(reply) if reply.class() == Some(Class::Completion))
        {
            self.history.memory.asked_facts = Some(command.clone());
        }
    }

    /// After a command of the user's own words whose reply the user reads. What it changes is followed when that comes.
    pub(crate) fn note_put_command(&mut self, command: &Command) {
        self.doubt_type(command);
        self.connection.known.login.may_know_type |= command.verb() == Verb::Type;
    }

    /// Nobody knows what a command of the user's own does to the type, unless it is known to change nothing.
    fn doubt_type(&mut self, command: &Command) {
        if !command.verb().is(Fact::Harmless) {
            self.connection.known.login.forget_type();
        }
    }

    /// Sets the type that the user wants for what follows.
    pub(crate) async fn ask_for_type(&mut self, kind: TransferType) -> Result<()> {
        self.require_type(kind).await?;
        self.history.memory.asked_type = Some(Command::new(kind.command()));
        Ok(())
    }

    /// Before a transfer whose data the user moves.
    pub(crate) async fn prepare_opened(&mut self, command: &Command) -> Result<()> {
        if !command.verb().is(Fact::File) {
            return Ok(());
        }
        self.require_sendable(command).await?;
        self.require_protection_decided()?;
        match (self.history.memory.asked_type.clone(), self.settings.opened_type) {
            (Some(asked), _) => match TransferType::set_by(&asked) {
                Some(kind) => self.require_type(kind).await,
                None => self.exchange_completed(&asked).await.map(drop),
            },
            (None, Some(kind)) => self.require_type(kind).await,
            (None, None) => Ok(()),
        }
    }

    /// Sets a type without which the data would be another, unless the server has it already. A server that knows no TYPE at
    /// all has only one.
    pub(crate) async fn require_type(&mut self, wanted: TransferType) -> Result<()> {
        let outcome = self.set_server_type(wanted).await;
        let login = &mut self.connection.known.login;
        if is_unknown_to_the_server(&outcome) && !login.may_know_type && self.history.memory.kind.is_none() {
            login.only_type = Some(wanted);
            return Ok(());
        }
        outcome
    }

    /// Sets a type that would be better; what the server refuses is gone without.
    pub(crate) async fn prefer_type(&mut self, wanted: TransferType) -> Result<()> {
        match self.set_server_type(wanted).await {
            Err(error) if error.is_refusal() => Ok(()),
            outcome => outcome,
        }
    }

    async fn set_server_type(&mut self, wanted: TransferType) -> Result<()> {
        if self.connection.known.login.transfer_type == Some(wanted) {
            return Ok(());
        }
        // Unless the server says what it has done, nobody knows what is set.
        let before = self.connection.known.login.transfer_type.take();
        self.connection.known.login.only_type = None;
        let outcome = self.exchange_completed(&Command::new(wanted.command())).await;
        let was_sent = was_sent(&outcome);
        self.connection.known.login.may_know_type |= was_sent && !is_unknown_to_the_server(&outcome);
        let is_set = match &outcome {
            Ok(_) => Some(wanted),
            Err(Error::Reply { reply, .. }) if reply.is_negative() => before,
            Err(_) if !was_sent => before,
            Err(_) => None,
        };
        self.connection.known.login.transfer_type = is_set;
        outcome.map(drop)
    }
}

/// The command has gone to the server, whatever came of it.
fn was_sent(outcome: &Result<Reply>) -> bool {
    !matches!(outcome, Err(Error::OutOfTurn(_) | Error::InvalidArgument(_) | Error::Denied(_)))
}

/// The server says that it does not know the command, or the type.
fn is_unknown_to_the_server<T>(outcome: &Result<T>) -> bool {
    matches!(outcome, Err(Error::Reply { reply, .. }) if matches!(reply.code(), Some(NOT_RECOGNIZED | NOT_IMPLEMENTED)))
}
