//! The address of the next data connection is asked for in the flight of a download's command, so that two round trips are left of each
//! of many files.
//!
//! Only servers that read no command while a transfer goes on are asked: others refuse it, or end the transfer for it. If one does name
//! the address too early, what has come counts only if its size is known and right ([`whole`](super::whole)).

use std::future::poll_fn;
use std::task::Poll;

use crate::client::connection::{Driver, MAX_SKIPPED, not_told_apart, too_many_replies};
use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::phase::Phase;
use crate::protocol::command::Command;
use crate::protocol::dialogue::{Recovery, Whose};
use crate::protocol::ordered::takes_turns;
use crate::protocol::reply::Reply;
use crate::protocol::transfer_type::TransferType;
use crate::protocol::verb::Verb;

impl Session<'_> {
    /// Asks for the address of the next data connection, right behind the command of a transfer that this call carries out.
    pub(super) async fn ask_for_next(&mut self, driver: Driver, command: &Command) -> Result<()> {
        self.connection.armed.named = None;
        if driver != Driver::Call || !self.may_ask_with(command) {
            return Ok(());
        }
        let next = self.command_for_address()?;
        // Who does not want it sent gets the transfer nevertheless.
        if self.env.audit.command(&next).is_err() {
            return Ok(());
        }
        let sent = self.send_as_is(&next, self.wait(Phase::Reply)).await;
        let connection = &mut *self.connection;
        command.shown().as_ref().clone_into(&mut connection.doing.command);
        sent?;
        connection.dialogue.sent(Whose::Next, &next.shown());
        Ok(())
    }

    fn may_ask_with(&self, command: &Command) -> bool {
        let login = &self.connection.known.login;
        let greeting = self.history.welcome.as_ref().map(Reply::text).unwrap_or_default();
        self.settings.prearm_together
            && self.settings.passive
            // The size of anything else is not known.
            && command.verb() == Verb::Retr
            && login.data_type() == Some(TransferType::Image)
            && !login.spoils_armed
            // Its answer could be taken for the end that PWD tells.
            && !self.connection.dialogue.doubts_end()
            && !self.announces_transfers()
            && takes_turns(greeting)
    }

    /// After a transfer with which the address of the next one was asked for: begins to connect there. What goes wrong is no error of
    /// the transfer.
    pub(super) async fn take_next_address(&mut self) {
        let dialogue = &self.connection.dialogue;
        let is_asked = dialogue.has_next() || self.connection.armed.named.is_some();
        if !is_asked || !dialogue.only_next_waits() {
            return;
        }
        let told = self.history.last_reply.clone();
        let outcome = self.arm_as_asked().await;
        self.history.last_reply = told;
        let Err(error) = outcome else { return };
        self.connection.known.login.spoils_armed = true;
        // If its answer can still come, that is settled with what NOOPs have left.
        if self.connection.dialogue.recovery() == Recovery::Close {
            self.connection.broken = Some(format!("it was closed after the transfer ({error})"));
        }
    }

    async fn arm_as_asked(&mut self) -> Result<()> {
        let reply = self.reply_for_next().await?;
        if self.connection.transfer.is_disturbed {
            return Err(Error::Protocol("the server does not take turns".into()));
        }
        let address = self.address_in(&reply)?;
        let attempt = self.attempt_at(address, self.wait(Phase::Connect)).await?;
        self.connection.armed.set(attempt);
        Ok(())
    }

    /// The reply that names the address. It may have come already.
    async fn reply_for_next(&mut self) -> Result<Reply> {
        let wait = self.wait(Phase::Reply);
        for _ in 0..MAX_SKIPPED {
            let connection = &mut *self.connection;
            if let Some(reply) = connection.armed.named.take() {
                self.note(&reply);
                return Ok(reply);
            }
            let news = poll_fn(|_| match connection.poll_reply() {
                Poll::Pending if connection.armed.named.is_some() => Poll::Ready(Ok(None)),
                outcome => outcome.map_ok(Some),
            });
            let Ok(news) = wait.deadline.limit(&self.env.reactor, news).await else {
                return Err(wait.timed_out("the address of the next data connection"));
            };
            let Some(reply) = news? else { continue };
            self.note(&reply);
            match self.matched(&reply).whose {
                Whose::Noop | Whose::Aborted => {}
                _ => return Err(not_told_apart()),
            }
        }
        Err(too_many_replies())
    }
}
