//! The representation type (RFC 959, section 3.1.1): what a call needs, what the user wants, and what the server has.

use super::Client;
use crate::error::{Error, Result};
use crate::protocol::codes::{NOT_IMPLEMENTED, NOT_RECOGNIZED};
use crate::protocol::command::Command;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::verb::{Fact, Verb};

/// The representation type.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum TransferType {
    /// Bytes as they are.
    Image,
    /// Lines that end with CRLF on the network.
    Ascii,
}

impl TransferType {
    pub(super) fn command(self) -> &'static str {
        match self {
            TransferType::Image => "TYPE I",
            TransferType::Ascii => "TYPE A",
        }
    }

    /// The type in a URL (RFC 1738, section 3.2.2); `d` asks for a listing, and not for a type.
    pub(super) fn of_letter(letter: char) -> Option<TransferType> {
        match letter {
            'i' => Some(TransferType::Image),
            'a' => Some(TransferType::Ascii),
            _ => None,
        }
    }

    /// The type that a TYPE command sets, if it is one of these.
    fn set_by(command: &Command) -> Option<TransferType> {
        match command.argument().to_ascii_uppercase().trim_ascii() {
            b"I" => Some(TransferType::Image),
            b"A" | b"A N" => Some(TransferType::Ascii),
            _ => None,
        }
    }
}

impl Client {
    /// The type of files that [`Client::transfercmd`] moves; `None` is the one that is set. A TYPE command that the user sends
    /// goes before it, for as long as the login lasts.
    pub fn set_type(&mut self, kind: Option<TransferType>) {
        self.opened_type = kind;
        self.memory.asked_type = None;
    }

    /// After a command of the user's own words: it may have changed what the server has, and TYPE says what the user wants.
    pub(super) fn note_own_command(&mut self, command: &Command, outcome: &Result<Reply>) {
        let (Some(connection), Ok(_) | Err(Error::Reply { .. })) = (&mut self.connection, outcome) else {
            return;
        };
        connection.transfer_type = None;
        if command.verb() == Verb::Type
            && matches!(outcome, Ok(reply) if reply.class() == Some(Class::Completion))
        {
            connection.transfer_type = TransferType::set_by(command);
            self.memory.asked_type = Some(command.clone());
        }
    }

    /// After a command of the user's own words whose reply the user reads.
    pub(super) fn note_put_command(&mut self, command: &Command) -> Result<()> {
        self.connection()?.transfer_type = None;
        self.memory.follow_unread(command);
        Ok(())
    }

    /// Sets the type that the user wants for what follows.
    pub(super) async fn ask_for_type(&mut self, kind: TransferType) -> Result<()> {
        self.require_type(kind).await?;
        self.memory.asked_type = Some(Command::new(kind.command()));
        Ok(())
    }

    /// Before a transfer whose data the user moves.
    pub(super) async fn prepare_opened(&mut self, command: &Command) -> Result<()> {
        if !command.verb().is(Fact::File) {
            return Ok(());
        }
        self.require_sendable(command).await?;
        self.require_protection_decided()?;
        match (self.memory.asked_type.clone(), self.opened_type) {
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
    pub(super) async fn require_type(&mut self, wanted: TransferType) -> Result<()> {
        match self.set_server_type(wanted).await {
            Err(Error::Reply { reply, .. })
                if matches!(reply.code(), Some(NOT_RECOGNIZED | NOT_IMPLEMENTED))
                    && self.memory.kind.is_none() =>
            {
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// Sets a type that would be better; what the server refuses is gone without.
    pub(super) async fn prefer_type(&mut self, wanted: TransferType) -> Result<()> {
        match self.set_server_type(wanted).await {
            Err(error) if error.is_refusal() => Ok(()),
            outcome => outcome,
        }
    }

    async fn set_server_type(&mut self, wanted: TransferType) -> Result<()> {
        if self.connection()?.transfer_type == Some(wanted) {
            return Ok(());
        }
        // Unless the server says what it has done, nobody knows what is set.
        let before = self.connection()?.transfer_type.take();
        let outcome = self.exchange_completed(&Command::new(wanted.command())).await;
        let is_set = match &outcome {
            Ok(_) => Some(wanted),
            Err(Error::Reply { reply, .. }) if reply.is_negative() => before,
            // It was not sent.
            Err(Error::OutOfTurn(_) | Error::InvalidArgument(_) | Error::Denied(_)) => before,
            Err(_) => None,
        };
        if let Some(connection) = &mut self.connection {
            connection.transfer_type = is_set;
        }
        outcome.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_command_tells_its_type_however_it_is_written() {
        for (text, expected) in [
            ("TYPE I", Some(TransferType::Image)),
            ("type i ", Some(TransferType::Image)),
            ("TYPE A", Some(TransferType::Ascii)),
            ("TYPE a n", Some(TransferType::Ascii)),
            ("TYPE A T", None),
            ("TYPE L 8", None),
            ("TYPE E", None),
            ("TYPE", None),
        ] {
            assert_eq!(TransferType::set_by(&Command::parse(text.as_bytes()).unwrap()), expected, "{text}");
        }
    }
}
