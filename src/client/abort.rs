//! Bringing a session back into step: ABOR (RFC 959), and what to do when something went wrong.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use super::connect::MAX_SKIPPED;
use super::connection::{Connection, Owed, completed};
use super::data::Data;
use super::flow::{Transfer, too_many_replies};
use super::limits::Wait;
use super::{Client, Phase};
use crate::error::{Error, Result};
use crate::protocol::codes::{PATHNAME, SERVICE_CLOSING, TRANSFER_ABORTED};
use crate::protocol::command::Command;
use crate::protocol::reply::{Class, Reply};

/// How long bringing a session back into step may take in all. After an error nobody wants to wait for long.
pub(super) const ABORT_TIME: Duration = Duration::from_secs(5);
/// How long to wait for the second of the two replies to an aborted transfer before asking with PWD.
const SECOND_REPLY_TIME: Duration = Duration::from_millis(250);

impl Client {
    /// After a failed operation: the session is in step again, or it is closed.
    pub(super) async fn settle(&mut self, error: &Error) {
        let Some(connection) = &mut self.connection else { return };
        if connection.open_transfer.is_some()
            && matches!(error, Error::OutOfTurn(_) | Error::InvalidArgument(_))
        {
            // The call was refused before it did anything: the transfer that is open goes on.
            return;
        }
        connection.open_transfer = None;
        let in_step = match connection.owed {
            // Half of a session is none: the next reconnection begins anew.
            _ if self.to_restore.is_some() => false,
            Owed::Nothing => {
                connection.data = Data::None;
                self.settle_noops().await;
                true
            }
            Owed::Unclear => false,
            Owed::Transfer { started } => self.abort_transfer(started).await.is_ok(),
        };
        if !in_step {
            self.close_because(&format!("it was closed after an error ({error})"));
        }
    }

    /// Before an operation: the last one may have been dropped halfway, or a transfer given up without a word.
    pub(super) async fn take_leftovers(&mut self) {
        let is_left = |open: &Connection| {
            let is_idle = open.owed == Owed::Nothing && matches!(open.data, Data::None);
            open.open_transfer.is_none() && !is_idle
        };
        if self.connection.as_ref().is_some_and(is_left) {
            self.settle(&Error::Cancelled(format!("{}: given up", self.current_command()))).await;
        }
    }

    /// Sends ABOR as an ordinary command of its own; for use while no transfer is going on.
    ///
    /// # Errors
    /// [`Error::Reply`] unless the server answers with 2yz, or with 426 and then 2yz.
    pub async fn abort(&mut self) -> Result<Reply> {
        let abor = Command::new("ABOR");
        let connection = self.connection()?;
        if let Some(transfer) = connection.open_transfer.take() {
            return self.abort_open(transfer).await;
        }
        self.send(&abor).await?;
        let mut reply = self.next_reply(self.limits.wait(Phase::Reply)).await?;
        if reply.code() == Some(TRANSFER_ABORTED) {
            reply = self.next_reply(self.limits.wait(Phase::Reply)).await?;
        }
        self.settled_by(&reply)?;
        completed(reply, "ABOR")
    }

    /// Ends the transfer that the user has opened.
    async fn abort_open(&mut self, transfer: Transfer) -> Result<Reply> {
        if let Owed::Transfer { started } = self.connection()?.owed {
            self.abort_transfer(started).await?;
        }
        // Otherwise its final reply has come already: there is nothing to abort.
        self.connection()?.data = Data::None;
        self.settle_noops().await;
        self.log.data(format_args!("{}: aborted after {} bytes", transfer.what, transfer.bytes));
        Ok(self.last_reply.clone().unwrap_or_else(|| Reply::from_text("")))
    }

    /// Ends the transfer that is going on, and takes every reply that belongs to it.
    ///
    /// That is the reply to the transfer command (426, or 226 when it was over already) and the reply to ABOR (226 or
    /// 225). Servers differ in which they send, and a few send only one; then PWD, whose reply is like no other, tells
    /// whether more is to come. ABOR goes first and the data connection is closed after it, because vsftpd and ProFTPD
    /// look at ABOR only once the data connection is gone. No urgent data unless the user wants it: some servers choke on it.
    ///
    /// All of it shares one deadline.
    async fn abort_transfer(&mut self, started: bool) -> Result<()> {
        if self.has_ended(started)? {
            self.settle_noops().await;
            return Ok(());
        }
        let wait = self.limits.wait_at_most(Phase::Reply, ABORT_TIME);
        if self.urgent_abort && !self.connection()?.control.is_tls() {
            self.signal_urgently(wait).await?;
        }
        let sent = self.send_as_is(&Command::new("ABOR"), Owed::Unclear, wait).await;
        self.connection()?.data = Data::None;
        sent?;

        let mut is_second = false;
        for _ in 0..MAX_SKIPPED {
            let this_wait = if is_second { wait.at_most(SECOND_REPLY_TIME) } else { wait };
            match self.next_reply_of_transfer(this_wait).await {
                // A late one to the transfer command.
                Ok(reply) if reply.class() == Some(Class::Preliminary) => {}
                Ok(reply) if reply.code() == Some(SERVICE_CLOSING) => {
                    return Err(Error::Reply { what: "ABOR".into(), reply });
                }
                Ok(_) if is_second && self.connection()?.noops.unanswered > 0 => {
                    return self.find_the_step(wait).await;
                }
                Ok(_) if is_second => {
                    // Not before: whoever is cancelled between the two replies must not believe to be in step.
                    self.connection()?.owed = Owed::Nothing;
                    return Ok(());
                }
                Ok(_) => is_second = true,
                Err(Error::Timeout { .. }) if is_second => return self.find_the_step(wait).await,
                Err(error) => return Err(error),
            }
        }
        Err(too_many_replies())
    }

    /// Whether the final reply of the transfer is there already: then nothing is left to abort.
    fn has_ended(&mut self, mut started: bool) -> Result<bool> {
        for _ in 0..MAX_SKIPPED {
            let reply = match self.connection()?.poll_reply() {
                Poll::Pending => return Ok(false),
                Poll::Ready(reply) => reply?,
            };
            self.note(&reply);
            if self.connection()?.noops.take(&reply) {
                continue;
            }
            match reply.class() {
                Some(Class::Preliminary) => {
                    started = true;
                    continue;
                }
                // Perhaps a stray before the preliminary reply.
                Some(Class::Completion) if !started => continue,
                _ => {}
            }
            let connection = self.connection()?;
            connection.data = Data::None;
            let is_closing = reply.code() == Some(SERVICE_CLOSING);
            connection.owed = if is_closing { Owed::Unclear } else { Owed::Nothing };
            return if is_closing { Err(Error::Reply { what: "ABOR".into(), reply }) } else { Ok(true) };
        }
        Err(too_many_replies())
    }

    /// Telnet's "interrupt process" and "synch" (RFC 854), the last byte as urgent data: servers of the BSD line look up
    /// from a transfer for nothing else.
    async fn signal_urgently(&mut self, wait: Wait) -> Result<()> {
        const INTERRUPT: &[u8] = b"\xff\xf4\xff";
        const DATA_MARK: u8 = 0xf2;
        let reactor = self.reactor.clone();
        let connection = self.connection()?;
        connection.owed = Owed::Unclear;
        let sent = async {
            connection.write_all(INTERRUPT).await?;
            poll_fn(|_| connection.control.poll_write_urgent(DATA_MARK)).await
        };
        match wait.deadline.limit(&reactor, sent).await {
            Ok(outcome) => outcome.map_err(|source| Error::Io { what: "cannot send ABOR".into(), source }),
            Err(_) => Err(wait.timed_out("the server to take ABOR")),
        }
    }

    /// Sends PWD and skips what comes before its reply.
    pub(super) async fn find_the_step(&mut self, wait: Wait) -> Result<()> {
        const MAX_STRAYS: usize = 3;
        self.send_as_is(&Command::new("PWD"), Owed::Unclear, wait).await?;
        for _ in 0..=self.connection()?.noops.unanswered + MAX_STRAYS {
            let reply = self.next_reply(wait).await?;
            if reply.code() == Some(PATHNAME) {
                self.connection()?.noops.unanswered = 0;
                return self.settled_by(&reply);
            }
        }
        Err(Error::Protocol("the server's replies cannot be told apart".into()))
    }
}
