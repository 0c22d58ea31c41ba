//! The greeting of a server.

use std::time::Duration;

use crate::client::connection::MAX_SKIPPED;
use crate::client::limits::Wait;
use crate::client::session::Session;
use crate::client::settings::TlsMode;
use crate::client::verdict::accept;
use crate::error::{Error, Result};
use crate::phase::Phase;
use crate::protocol::codes::{LOGGED_IN, LOGGED_IN_BY_SECURITY, READY_SOON};
use crate::protocol::command::Command;
use crate::protocol::dialogue::is_goodbye;
use crate::protocol::reply::{Class, Reply};

/// How long a greeting may take that a 1yz reply may have announced.
const SECOND_GREETING_TIME: Duration = Duration::from_secs(1);

impl Session<'_> {
    /// What comes before the first command: TLS, where it begins with the connection, and the greeting.
    pub(crate) async fn start(&mut self, wait: Wait) -> Result<()> {
        if self.settings.tls.mode == TlsMode::Implicit {
            self.start_tls(wait).await?;
        }
        self.greet().await
    }

    /// Waits for the greeting. Any reply of class 1yz to 3yz will do, as for ftplib, but 120 announces another, and any other 1yz
    /// reply may, within the same time.
    async fn greet(&mut self) -> Result<()> {
        let mut wait = self.wait(Phase::Greeting);
        for _ in 0..MAX_SKIPPED {
            let greeting = match self.arriving_reply(wait, |_| ()).await {
                Ok(greeting) => greeting,
                Err(error) => return Err(self.with_hint(error)),
            };
            wait.deadline.pause(|| self.note(&greeting));
            let is_goodbye = greeting.class() == Some(Class::Completion) && is_goodbye(&greeting, "");
            if greeting.code() == Some(READY_SOON) {
                continue;
            }
            if greeting.class().is_none() {
                let error =
                    Error::Protocol(format!("this is no FTP server: it sent {:?}", greeting.excerpt()));
                return Err(with_protocol_hint(error, greeting.text()));
            }
            if is_goodbye {
                return Err(Error::Reply { what: "connecting".into(), reply: greeting });
            }
            let mut greeting = refused(greeting)?;
            if greeting.class() == Some(Class::Preliminary)
                && let Some(second) = self.second_greeting(wait).await?
            {
                greeting = refused(second)?;
            }
            self.connection.dialogue.found();
            self.env.log.welcome(&greeting);
            self.history.memory.is_greeted_as_user =
                matches!(greeting.code(), Some(LOGGED_IN | LOGGED_IN_BY_SECURITY));
            self.history.welcome = Some(greeting);
            return Ok(());
        }
        Err(Error::Limit(format!("the server sent {MAX_SKIPPED} times {READY_SOON} instead of a greeting")))
    }

    /// The greeting that follows a 1yz reply, if one does: it must not be taken for the reply to the first command.
    async fn second_greeting(&mut self, wait: Wait) -> Result<Option<Reply>> {
        match self.next_reply(wait.at_most(SECOND_GREETING_TIME)).await {
            Ok(second) => Ok(Some(second)),
            // In all the time that a greeting has it may still be under way.
            Err(Error::Timeout { .. }) if !wait.deadline.has_passed() => Ok(None),
            // It was the greeting, as for ftplib, and the next command finds out that the server is gone.
            Err(Error::Eof(_)) if self.connection.replies.partial().is_empty() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Says more about a greeting that did not come.
    fn with_hint(&mut self, error: Error) -> Error {
        let received = self.connection.replies.partial().to_vec();
        match error {
            Error::Timeout { phase, mut waited } if received.is_empty() => {
                let done = "the port is open but silent: is it an FTP server, or one that expects TLS first?";
                waited.done = done.into();
                Error::Timeout { phase, waited }
            }
            other => with_protocol_hint(other, &received),
        }
    }
}

/// Names the protocol that the other side seems to speak.
fn with_protocol_hint(error: Error, received: &[u8]) -> Error {
    let hint = match received {
        [b'S', b'S', b'H', b'-', ..] => "it is an SSH server; SFTP is another protocol than FTP",
        [b'H', b'T', b'T', b'P', b'/', ..] => "it is an HTTP server",
        [0x15 | 0x16, 3, ..] => "it speaks TLS: implicit FTPS is meant for it",
        _ => return error,
    };
    match error {
        Error::Protocol(text) => Error::Protocol(format!("{text} ({hint})")),
        _ => Error::Protocol(format!("this is no FTP server: {hint}")),
    }
}

fn refused(greeting: Reply) -> Result<Reply> {
    accept(greeting, &Command::new("connecting"))
}
