//! Names with the byte 0xFF: what the server makes of it is asked before the first of them is sent.

use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::protocol::codes::{NOT_LOGGED_IN, SERVICE_CLOSING};
use crate::protocol::command::Command;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::telnet::{self, Reading};
use crate::protocol::verb::Fact;

impl Session<'_> {
    /// Before a command, or before the first of several that lead to it: it can be sent, and it is known how.
    pub(crate) async fn require_sendable(&mut self, command: &Command) -> Result<()> {
        self.require_encodable(command)?;
        if !self.has_iac(command)? {
            return Ok(());
        }
        let is_of_login = command.verb().is(Fact::Login);
        if self.connection.known.login.telnet == Reading::NotAsked && !is_of_login {
            // The questions are commands as well.
            let reading = Box::pin(self.ask_for_telnet()).await?;
            self.connection.known.login.telnet = reading;
        }
        self.require_telnet_known(command)?;
        // It may be longer than it was.
        self.require_encodable(command)
    }

    /// Refuses a command that may mean another file to the server than to the user.
    pub(crate) fn require_telnet_known(&mut self, command: &Command) -> Result<()> {
        let reading = self.connection.known.login.telnet;
        if matches!(reading, Reading::Telnet | Reading::Bytes) || !self.has_iac(command)? {
            return Ok(());
        }
        let reason = match reading {
            // Another file would answer for it.
            Reading::Dropped => "the server drops that byte out of names",
            _ if command.verb().is(Fact::Harmless) => return Ok(()),
            _ => "the server does not tell whether it reads Telnet commands out of names",
        };
        Err(Error::Unsupported(format!("{}: the name holds the byte 0xFF, and {reason}", command.shown())))
    }

    async fn ask_for_telnet(&mut self) -> Result<Reading> {
        let probed = self.answer_to(telnet::PROBE).await?;
        if probed.code() == Some(NOT_LOGGED_IN) {
            return Ok(Reading::NotAsked);
        }
        let (if_refused, control) = match probed.class() {
            Some(Class::Completion) => (Reading::Telnet, telnet::CONTROL),
            Some(Class::Permanent) => (Reading::Bytes, telnet::PLAIN),
            _ => return Ok(Reading::Unknown),
        };
        let controlled = self.answer_to(control).await?;
        Ok(match (if_refused, controlled.class()) {
            (Reading::Telnet, Some(Class::Permanent)) | (Reading::Bytes, Some(Class::Completion)) => {
                if_refused
            }
            (Reading::Telnet, Some(Class::Completion)) => {
                match self.answer_to(telnet::NONSENSE).await?.class() {
                    Some(Class::Permanent) => Reading::Dropped,
                    _ => Reading::Unknown,
                }
            }
            _ => Reading::Unknown,
        })
    }

    /// The reply to a question, whatever it is.
    async fn answer_to(&mut self, question: &[u8]) -> Result<Reply> {
        match self.exchange(&Command::parse(question)?).await {
            Err(Error::Reply { reply, .. }) if reply.code() != Some(SERVICE_CLOSING) => Ok(reply),
            outcome => outcome,
        }
    }
}
