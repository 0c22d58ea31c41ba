//! How every transfer goes: data connection, command, preliminary reply, data. What follows is in [`end`](super::end), and who watches
//! both connections meanwhile in [`watch`](super::watch).

use std::future::poll_fn;

use crate::client::connection::{Driver, OwnOffset, Transfer, not_told_apart};
use crate::client::history::Report;
use crate::client::limits::{DOUBT_TIME, Wait};
use crate::client::session::Session;
use crate::client::verdict::accept;
use crate::error::{Error, Result};
use crate::phase::Phase;
use crate::protocol::codes::{FILE_ACTION_COMPLETE, TRANSFER_COMPLETE};
use crate::protocol::command::Command;
use crate::protocol::confirmation::Confirmation;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::size::announced_size;
use crate::protocol::transfer_type::TransferType;
use crate::protocol::verb::{Direction, Verb};

impl Session<'_> {
    /// Data connection, REST, command, preliminary reply: in ftplib's order. An offset that the user has set by a command is for a
    /// transfer of the user's own, which begins by [`Session::begin_for`]. This one is not.
    pub(crate) async fn begin(&mut self, command: &Command, rest: Option<u64>) -> Result<()> {
        let rest = rest.or(self.without_wishes(command)?);
        self.begin_for(Driver::Call, command, rest).await
    }

    /// What takes back the offset that the user has set.
    ///
    /// # Errors
    /// The user has set another form of data. Nobody could read it.
    pub(crate) fn without_wishes(&self, command: &Command) -> Result<Option<u64>> {
        let known = &self.connection.known;
        known.require_usual_form(Some(command))?;
        Ok((known.offset_of_user != OwnOffset::None).then_some(0))
    }

    /// [`Session::begin`], and who moves the data then. Nothing else is on its way while the user does.
    pub(crate) async fn begin_for(
        &mut self,
        driver: Driver,
        command: &Command,
        rest: Option<u64>,
    ) -> Result<()> {
        self.require_no_unread_reply(command)?;
        self.require_sendable(command).await?;
        self.require_protection_decided()?;
        self.find_out_protection(command.verb().direction()).await?;
        self.history.report = Some(Report::begin(rest.or(self.offset_of_user()).unwrap_or_default()));
        let was_armed = self.connection.armed.is_ready();
        let outcome = self.begin_anew(driver, command, rest).await;
        if outcome.is_err() {
            self.take_next_address().await;
        }
        match outcome {
            Err(error) if was_armed && self.is_of_the_armed(command.verb(), &error) => {
                self.connection.data.close();
                self.begin_anew(driver, command, rest).await
            }
            outcome => outcome,
        }
    }

    /// Where the next transfer begins if nothing else is said. `None` where nobody knows.
    fn offset_of_user(&self) -> Option<u64> {
        match self.connection.known.offset_of_user {
            OwnOffset::None => Some(0),
            OwnOffset::At(offset) => Some(offset),
            OwnOffset::Unknown => None,
        }
    }

    async fn begin_anew(&mut self, driver: Driver, command: &Command, rest: Option<u64>) -> Result<()> {
        let link = self.prepare_data(command).await?;
        if let Some(offset) = rest {
            self.restart_at(offset).await?;
        }
        self.connection.data.begin(link);
        let begun = self.begin_with_data(driver, command, rest).await;
        begun.map_err(|error| self.naming_strangers(error))
    }

    async fn begin_with_data(&mut self, driver: Driver, command: &Command, rest: Option<u64>) -> Result<()> {
        self.send_transfer(command).await?;
        self.ask_for_next(driver, command).await?;
        let offset = rest.or(self.offset_of_user());
        self.await_start(command).await?;
        let transfer = &mut self.connection.transfer;
        (transfer.rest, transfer.has_unknown_offset) = (offset.unwrap_or_default(), offset.is_none());
        self.count(0);
        self.accept_data().await?;
        if self.connection.transfer.confirmation.has_come() {
            self.require_let_in()?;
        }
        self.secure_data().await?;
        Ok(())
    }

    /// REST. Whatever becomes of it but a refusal, the server may have the offset from here on.
    async fn restart_at(&mut self, offset: u64) -> Result<()> {
        let rest = Command::with("REST", offset.to_string().as_bytes())?;
        self.require_no_unread_reply(&rest)?;
        self.connection.known.rest_is_set = offset > 0;
        let outcome = self.exchange(&rest).await;
        if let Err(Error::Reply { reply, .. }) = &outcome
            && reply.is_negative()
        {
            self.connection.known.rest_is_set = false;
        }
        outcome.map(drop)
    }

    /// The transfer command and its preliminary reply; the data connection is somebody else's business.
    pub(crate) async fn start_remote(&mut self, command: &Command) -> Result<()> {
        self.send_transfer(command).await?;
        self.await_start(command).await
    }

    async fn await_start(&mut self, command: &Command) -> Result<()> {
        self.history.transfers += 1;
        let is_image = self.connection.known.login.data_type() == Some(TransferType::Image);
        // The texts of the last one leave their memory to this one.
        let Transfer { mut what, file, .. } = std::mem::take(&mut self.connection.transfer);
        command.shown().as_ref().clone_into(&mut what);
        let mut file = file.unwrap_or_default();
        command.argument().clone_into(&mut file);
        self.connection.transfer = Transfer {
            id: self.history.transfers,
            what,
            has_begun: false,
            announced: None,
            total: None,
            driver: Driver::Call,
            bytes: 0,
            is_counted: false,
            direction: command.verb().direction(),
            is_upload: command.verb().direction() == Some(Direction::ToServer),
            rest: 0,
            has_unknown_offset: false,
            is_image,
            has_ended: false,
            has_no_data_any_more: false,
            is_cut_off: false,
            is_unsecured: false,
            is_secured: false,
            is_without_data: false,
            is_disturbed: false,
            confirmation: Confirmation::None,
            line: 0,
            file: matches!(command.verb(), Verb::Retr | Verb::Stor).then_some(file),
        };
        self.env.progress.begin(command.argument());
        let reply = self.preliminary(command).await?;
        let connection = &mut *self.connection;
        connection.dialogue.start_transfer();
        connection.transfer.has_begun = true;
        // The server has applied it to this transfer.
        (connection.known.rest_is_set, connection.known.offset_of_user) = (false, OwnOffset::None);
        self.report_announced(announced_size(&reply, command.argument()));
        Ok(())
    }

    /// Waits for the 1yz reply to a transfer command. A 4yz or 5yz reply ends the transfer before it began.
    ///
    /// A 2yz reply is a stray of some servers: a 1yz follows. Others send no 1yz at all: then the data comes instead, and
    /// the 2yz reply was the final one. Where nothing comes there was nothing to send.
    async fn preliminary(&mut self, command: &Command) -> Result<Reply> {
        // Some servers want the handshake of the data connection before this reply, others take it only after it.
        let wait = self.wait(Phase::Reply);
        let mut reply = self.next_reply_while(wait, |connection| connection.data.advance_handshake()).await?;
        let may_be_late = self.connection.dialogue.takes_word_after_abort(&reply);
        if reply.class() == Some(Class::Completion) || may_be_late {
            if self.connection.dialogue.has_next() {
                // A refusal that follows could be that of the next address as well.
                self.connection.known.login.spoils_armed = true;
                return Err(not_told_apart());
            }
            let is_end =
                may_be_late || matches!(reply.code(), Some(TRANSFER_COMPLETE | FILE_ACTION_COMPLETE));
            let wait = if is_end { wait.at_most(DOUBT_TIME) } else { wait };
            match self.reply_or_data(wait).await {
                Ok(Some(second)) => reply = second,
                Ok(None) => {
                    self.connection.transfer.confirmation = Confirmation::InDoubt(reply.clone());
                    return Ok(reply);
                }
                // A refusal then.
                Err(Error::Timeout { .. }) if reply.class() == Some(Class::Transient) => {}
                Err(Error::Timeout { .. }) if is_end => {
                    self.confirm_end(reply.clone()).await?;
                    return Ok(reply);
                }
                Err(error) => return Err(error),
            }
        }
        // After anything else nobody knows whether the server transfers or not: ABOR will tell.
        if !matches!(reply.class(), Some(Class::Completion | Class::Intermediate)) {
            self.matched(&reply);
        }
        if reply.class() == Some(Class::Preliminary) {
            return Ok(reply);
        }
        let reply = accept(reply, command)?;
        Err(Error::Reply { what: self.connection.transfer.what.clone(), reply })
    }

    /// The next reply, or `None` when something happens on the data connection first.
    async fn reply_or_data(&mut self, wait: Wait) -> Result<Option<Reply>> {
        let connection = &mut *self.connection;
        let waited =
            wait.deadline.limit(&self.env.reactor, poll_fn(|_| connection.poll_reply_or_data())).await;
        match waited {
            Ok(Ok(Some(reply))) => {
                self.note(&reply);
                Ok(Some(reply))
            }
            Ok(outcome) => outcome,
            Err(_) => {
                Err(wait.timed_out(format_args!("the server to start {}", self.connection.doing.what())))
            }
        }
    }
}
