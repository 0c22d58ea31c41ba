//! How a transfer ends: its data connection is closed, and its final reply is taken.

use std::future::poll_fn;
use std::io::ErrorKind;
use std::time::Duration;

use crate::client::connection::{Driver, Event, First, MAX_SKIPPED, Transfer, not_told_apart};
use crate::client::limits::{ABORT_TIME, DOUBT_TIME, Wait};
use crate::client::session::Session;
use crate::client::verdict::completed;
use crate::error::{Error, Result};
use crate::net::{Deadline, Stream};
use crate::phase::Phase;
use crate::protocol::codes::PATHNAME;
use crate::protocol::command::Command;
use crate::protocol::confirmation::Confirmation;
use crate::protocol::dialogue::Whose;
use crate::protocol::reply::{Class, Reply};

/// How long the server may take to end a TLS data connection after the client has.
const GOODBYE_TIME: Duration = Duration::from_secs(2);

impl Session<'_> {
    /// The server has said at once that the transfer is complete, and leaves the data connection open: PWD tells whether it was
    /// the last word, since the server does one thing after the other.
    pub(crate) async fn confirm_end(&mut self, reply: Reply) -> Result<()> {
        self.connection.data.close();
        let wait = self.wait_at_most(Phase::Reply, ABORT_TIME);
        let told = self.connection.doing.what().to_owned();
        self.send_as_is(&Command::new("PWD"), wait).await?;
        let next = self.next_reply(wait).await?;
        let connection = &mut *self.connection;
        connection.doing.command = told;
        if next.code() != Some(PATHNAME) {
            return Err(Error::Protocol(format!(
                "{}: the server said that it was complete, and began it after that: {}",
                self.connection.transfer.what,
                next.excerpt()
            )));
        }
        connection.dialogue.found();
        self.history.last_reply = Some(reply.clone());
        self.connection.transfer.confirmation = Confirmation::Final(reply);
        Ok(())
    }

    /// Closes the data connection and takes the final reply. The order matters: some servers hold the reply back until
    /// the connection is closed, which also is what tells them that an upload is complete.
    pub(crate) async fn finish(&mut self, done: &str) -> Result<Reply> {
        let transfer = &self.connection.transfer;
        self.env.log.data(format_args!("{}: {} bytes were {done}", transfer.what, transfer.bytes));
        let has_sent_all = transfer.has_ended || transfer.bytes == 0;
        let is_premature = transfer.is_upload && !has_sent_all && transfer.confirmation.has_come();
        self.close_data().await?;
        let Transfer { bytes, is_upload, is_counted, .. } = self.connection.transfer;
        let all = if is_upload { "all " } else { "" };
        let progress = || match is_counted {
            false => "the server did not confirm".into(),
            true => format!("{all}{bytes} bytes were {done}, the server did not confirm"),
        };
        let mut is_confirmed = !is_premature;
        let reply = match self.connection.transfer.confirmation.take() {
            Confirmation::None => self.final_reply(self.wait(Phase::Final), &progress).await?,
            Confirmation::InDoubt(word) if self.connection.dialogue.doubts_end() => {
                let end = self.end_by_pwd(self.wait(Phase::Final)).await?;
                is_confirmed |= end.is_some();
                end.unwrap_or(word)
            }
            Confirmation::InDoubt(doubtful) => {
                let wait = self.wait_at_most(Phase::Final, DOUBT_TIME);
                match self.final_reply(wait, &progress).await {
                    Err(Error::Timeout { .. }) => {
                        self.matched(&doubtful);
                        doubtful
                    }
                    outcome => {
                        is_confirmed = true;
                        outcome?
                    }
                }
            }
            Confirmation::Final(reply) => reply,
        };
        self.connection.data.let_go();
        self.take_next_address().await;
        self.settle_noops().await;
        let reply = completed(reply, &self.connection.transfer.what)?;
        self.require_no_farewell(&self.connection.transfer.what, &reply)?;
        // Replies to other commands may have come after it.
        self.history.last_reply = Some(reply.clone());
        if !is_confirmed {
            let what = &self.connection.transfer.what;
            return Err(Error::Integrity(format!(
                "{what}: the server confirmed it before all {bytes} bytes were sent"
            )));
        }
        let verified = self.require_whole().await?;
        self.connection.transfer.driver = Driver::Nobody;
        self.connection.armed.is_wanted = true;
        self.report_whole(verified);
        self.tell_end_of_progress();
        Ok(reply)
    }

    /// Closes the data connection, which is the end of an upload.
    pub(crate) async fn close_data(&mut self) -> Result<()> {
        if self.connection.transfer.is_upload {
            self.say_end_of_data().await?;
            self.connection.data.end_sending();
            self.connection.transfer.has_ended = true;
        }
        self.connection.data.close();
        Ok(())
    }

    /// Over TLS, the end of an upload is a close_notify, and the server answers with its own. Whoever closes before that was
    /// read resets the connection, and the server may lose the end of the file. Some servers never answer: so the wait is
    /// short, and the final reply ends it as well.
    pub(crate) async fn say_end_of_data(&mut self) -> Result<()> {
        if !self.connection.data.is_tls() {
            return Ok(());
        }
        let what = "the server to take the end of the data";
        let mut goodbye = |stream: &mut Stream| stream.poll_close_notify().map_ok(|()| 1);
        self.watch(what, First::Control, &mut goodbye).await?;
        let deadline = Deadline::after(Some(GOODBYE_TIME));
        if let Some(stream) = self.connection.data.stream() {
            stream.close_sending();
        }
        let mut ignored = [0; 4096];
        while self.connection.transfer.confirmation.is_awaited() && !deadline.has_passed() {
            let connection = &mut *self.connection;
            let mut step = |stream: &mut Stream| stream.poll_read(&mut ignored);
            let poll = poll_fn(|_| connection.poll_event(true, First::Data, &mut step));
            match deadline.limit(&self.env.reactor, poll).await {
                Ok(Ok(Event::Data(Ok(1..)))) => {}
                Ok(Ok(Event::Reply(reply))) => self.take_early_reply(reply)?,
                Ok(Err(error)) => return Err(error),
                // The final reply comes first.
                Ok(Ok(Event::Data(Err(error)))) if error.kind() == ErrorKind::ConnectionReset => {
                    self.connection.data.keep(error);
                    break;
                }
                // Its end, which may not be a proper one; or the time is over.
                Ok(Ok(Event::Data(_) | Event::Due)) | Err(_) => break,
            }
        }
        Ok(())
    }

    /// Waits for the reply that ends a transfer, with the data connection closed.
    /// `progress` is what an error tells of what was done, if the reply does not come in time.
    pub(crate) async fn final_reply(
        &mut self,
        mut wait: Wait,
        progress: &(dyn Fn() -> String + Sync),
    ) -> Result<Reply> {
        let connection = &mut *self.connection;
        connection.data.close();
        // From here on ABOR could not help any more.
        connection.dialogue.end_transfer();
        let most = MAX_SKIPPED + connection.dialogue.outstanding();
        let had_started = connection.dialogue.transfer_has_started();
        for _ in 0..most {
            let reply = self.reply_in_transfer(&mut wait).await.map_err(|error| match error {
                Error::Timeout { phase, mut waited } => {
                    let rest =
                        if self.connection.data.is_on_its_way() { ", nor has all arrived" } else { "" };
                    waited.done = progress() + rest;
                    Error::Timeout { phase, waited }
                }
                other => other,
            })?;
            wait.deadline.pause(|| self.note(&reply));
            let matched = self.matched(&reply);
            match (matched.whose, reply.class()) {
                (Whose::User, _) => self.keep_for_the_user(matched, reply)?,
                (Whose::Noop, _) => {}
                (Whose::Aborted, _) => return Ok(self.end_by_pwd(wait).await?.unwrap_or(reply)),
                (Whose::Nobody, _) => return Err(not_told_apart()),
                (_, Some(Class::Preliminary))
                    if had_started
                        && !self.connection.transfer.has_ended
                        && !self.connection.transfer.is_upload =>
                {
                    return self.last_word(reply).await;
                }
                (_, Some(Class::Preliminary)) => {}
                _ => return Ok(reply),
            }
        }
        Err(Error::Limit(format!("the server sent {MAX_SKIPPED} preliminary replies")))
    }

    /// What came may be a word about an aborted transfer. What comes before the reply to PWD is the end of this one, or else what came was.
    pub(crate) fn end_by_pwd(&mut self, wait: Wait) -> impl Future<Output = Result<Option<Reply>>> {
        self.connection.dialogue.end_transfer();
        self.find_the_step(wait)
    }

    /// A download was closed before its end, and the server says 1yz once more: for Pure-FTPd that is the end of it. What comes
    /// after it, before the reply to PWD, is the final reply nevertheless.
    pub(crate) async fn last_word(&mut self, preliminary: Reply) -> Result<Reply> {
        let wait = self.wait_at_most(Phase::Final, DOUBT_TIME);
        match self.next_reply(wait).await {
            Ok(reply) if reply.class() != Some(Class::Preliminary) => {
                if self.matched(&reply).whose == Whose::EndOfTransfer {
                    return Ok(reply);
                }
            }
            Ok(_) | Err(Error::Timeout { .. }) => {}
            Err(error) => return Err(error),
        }
        let wait = self.wait_at_most(Phase::Reply, ABORT_TIME);
        let last = self.end_by_pwd(wait).await?.unwrap_or(preliminary);
        self.history.last_reply = Some(last.clone());
        Ok(last)
    }
}
