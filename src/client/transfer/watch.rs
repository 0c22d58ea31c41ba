//! Both connections of a transfer are watched: a reply may end it, or come early, while its data moves.

use std::future::poll_fn;
use std::io;
use std::task::Poll;
use std::time::Duration;

use crate::client::connection::{Event, First, MAX_SKIPPED, Step, not_told_apart, too_many_replies};
use crate::client::limits::Wait;
use crate::client::session::Session;
use crate::client::verdict::completed;
use crate::error::{Error, Result};
use crate::net::{Block, Stream};
use crate::phase::Phase;
use crate::protocol::confirmation::Confirmation;
use crate::protocol::dialogue::Whose;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::verb::Direction;

/// How long the server may take to say why a data connection failed.
const REASON_TIME: Duration = Duration::from_secs(5);

impl Session<'_> {
    /// Reads what the data connection has, and at most so many bytes.
    pub(crate) async fn watch_fill(&mut self, block: &mut Block, most: usize) -> Result<usize> {
        let most = self.may_move(Direction::FromServer).await?.min(most);
        self.watch_receive(&mut |stream| stream.poll_fill(block, most)).await
    }

    /// Reads what the data connection has.
    pub(crate) async fn watch_read(&mut self, buffer: &mut (dyn AsMut<[u8]> + Send)) -> Result<usize> {
        let most = self.may_move(Direction::FromServer).await?;
        let mut step = |stream: &mut Stream| {
            let room = buffer.as_mut();
            let most = room.len().min(most);
            stream.poll_read(room.get_mut(..most).unwrap_or_default())
        };
        self.watch_receive(&mut step).await
    }

    /// A step that receives: 0 is the end of the data.
    pub(crate) async fn watch_receive(&mut self, step: &mut Step<'_>) -> Result<usize> {
        let read = self.watch("data", First::Data, step).await?;
        if read == 0 {
            self.connection.transfer.has_ended = true;
            if let Some(stream) = self.connection.data.stream() {
                self.connection.transfer.is_cut_off = stream.is_cut_off();
            }
        }
        Ok(read)
    }

    /// The TLS handshake of the data connection, also when no data will go over it: some servers call an upload without it
    /// a failure. An error reply that is there already comes second: data may stand behind the handshake, and whether the
    /// session was resumed may be why the server refuses.
    pub(crate) async fn secure_data(&mut self) -> Result<()> {
        if !self.connection.data.is_tls() {
            return Ok(());
        }
        let what = "the TLS handshake of the data connection";
        let mut step = |stream: &mut Stream| stream.poll_handshake().map_ok(|()| 1);
        let secured = self.watch(what, First::Data, &mut step).await;
        secured.inspect_err(|error| self.learn_from_failure(error))?;
        self.connection.transfer.is_secured = !self.connection.transfer.is_unsecured;
        if self.connection.transfer.is_unsecured {
            self.connection.data.close();
        }
        let connection = &mut *self.connection;
        if let Some(info) = connection.data.stream().and_then(Stream::tls_info) {
            connection.protection.note_data_tls(info);
        }
        Ok(())
    }

    /// Waits until `step` gets on with the data connection, and watches the control connection meanwhile: an error reply
    /// ends the transfer at once, a final reply that is early is kept.
    pub(crate) fn watch(
        &mut self,
        what: &str,
        first: First,
        step: &mut Step<'_>,
    ) -> impl Future<Output = Result<usize>> {
        let wait = self.wait(Phase::Data);
        self.watch_within(wait, what, first, step)
    }

    /// [`Session::watch`] with a wait of its own, for what is no wait for the server.
    pub(crate) async fn watch_freely(&mut self, step: &mut Step<'_>) -> Result<usize> {
        self.env.waits.begin(Phase::Data);
        self.watch_within(Wait::without_end(Phase::Data), "", First::Control, step).await
    }

    /// [`Session::watch`] while no data is to move. It ends only where there is no data connection.
    pub(crate) async fn watch_nothing(&mut self) -> Result<usize> {
        self.watch_freely(&mut |_| Poll::Pending).await
    }

    async fn watch_within(
        &mut self,
        mut wait: Wait,
        what: &str,
        first: First,
        step: &mut Step<'_>,
    ) -> Result<usize> {
        let mut replies = 0;
        self.require_not_refused()?;
        while replies < MAX_SKIPPED {
            let is_under_way = self.connection.transfer.confirmation.is_awaited();
            // Also after an early final reply: what is still to be read may take long, at a low rate for example.
            let next_noop = self.send_noop_if_due();
            let next = self.tell_progress_if_due(&mut wait)?.sooner(next_noop);
            let wants_reply = is_under_way || self.connection.dialogue.has_due();
            let connection = &mut *self.connection;
            let poll = poll_fn(|_| {
                connection.advance_noop();
                connection.poll_event(wants_reply, first, step)
            });
            let event = next.limit(&self.env.reactor, poll);
            let waited = wait.deadline.limit(&self.env.reactor, event).await;
            match waited.map(|event| event.unwrap_or(Ok(Event::Due))) {
                Ok(Ok(Event::Data(Ok(count)))) => return Ok(count),
                Ok(Ok(Event::Data(Err(source)))) => return self.data_failed(source).await,
                Ok(Ok(Event::Reply(reply))) => {
                    replies += 1;
                    // The user's log callback takes part in it.
                    wait.deadline.pause(|| self.take_early_reply(reply))?;
                }
                // The NOOP is sent, and will be answered.
                Ok(Ok(Event::Due)) if next_noop.has_passed() => replies = 0,
                Ok(Ok(Event::Due)) => {}
                Ok(Err(error)) => return Err(error),
                Err(_) => {
                    let done = format!(
                        "{}, after {} bytes",
                        self.connection.transfer.what, self.connection.transfer.bytes
                    );
                    return Err(wait.timed_out_after(what, done));
                }
            }
        }
        self.connection.dialogue.lose();
        Err(too_many_replies())
    }

    /// A refusal that came while the user read the reply to another command ends the transfer as well.
    pub(crate) fn require_not_refused(&mut self) -> Result<()> {
        let Some(reply) = self.connection.transfer.confirmation.take_refusal() else { return Ok(()) };
        self.connection.data.close();
        completed(reply, &self.connection.transfer.what).map(drop)
    }

    /// A reply in the middle of a transfer.
    pub(crate) fn take_early_reply(&mut self, reply: Reply) -> Result<()> {
        self.note(&reply);
        let matched = self.matched(&reply);
        match matched.whose {
            Whose::Noop => return Ok(()),
            // It may be the end of this transfer nevertheless.
            Whose::Aborted => {
                let confirmation = &mut self.connection.transfer.confirmation;
                if confirmation.is_awaited() {
                    *confirmation = Confirmation::InDoubt(reply);
                }
                return Ok(());
            }
            Whose::User => return self.keep_for_the_user(matched, reply),
            Whose::Nobody => return Err(not_told_apart()),
            _ => {}
        }
        let confirmation = &mut self.connection.transfer.confirmation;
        match reply.class() {
            // Such as 125 and 150 both, or the preliminary reply after a stray 2yz.
            Some(Class::Preliminary) => *confirmation = Confirmation::None,
            // Whatever becomes of the rest of the data, there is nothing left to abort.
            Some(Class::Completion | Class::Intermediate) => *confirmation = Confirmation::Final(reply),
            Some(Class::Transient | Class::Permanent) | None => {
                self.connection.data.close();
                completed(reply, &self.connection.transfer.what)?;
            }
        }
        Ok(())
    }

    /// The data connection broke. The server's reason, if it gives one, says more than the system's, but for a certificate
    /// that this side refuses. If all that the server had announced has come, and the server confirms it, it was the end.
    pub(crate) async fn data_failed(&mut self, source: io::Error) -> Result<usize> {
        let what = format!(
            "{}: the data connection failed after {} bytes",
            self.connection.transfer.what, self.connection.transfer.bytes
        );
        let error = Error::of_connection(what, source);
        let is_tls = self.connection.data.is_tls();
        let has_no_tls = self.connection.data.stream().is_some_and(Stream::ended_in_handshake);
        let reply = match self.connection.transfer.confirmation.take() {
            Confirmation::InDoubt(word) if self.connection.dialogue.doubts_end() => {
                let wait = self.wait_at_most(Phase::Final, REASON_TIME);
                self.end_by_pwd(wait).await.map(|end| end.unwrap_or(word))
            }
            Confirmation::Final(reply) | Confirmation::InDoubt(reply) => Ok(reply),
            Confirmation::None => {
                let wait = self.wait_at_most(Phase::Final, REASON_TIME);
                self.final_reply(wait, &String::new).await
            }
        };
        let Ok(reply) = reply else { return Err(error) };
        self.connection.data.close();
        match reply.class() {
            _ if matches!(error, Error::Certificate(_)) => Err(error),
            Some(Class::Transient | Class::Permanent) => {
                Err(Error::Reply { what: self.connection.transfer.what.clone(), reply })
            }
            // All has come that was announced; or nothing, and nothing was announced.
            Some(Class::Completion)
                if self.connection.transfer.has_all_that_was_announced()
                    || has_no_tls && self.connection.transfer.may_be_empty() =>
            {
                self.connection.transfer.confirmation = Confirmation::Final(reply);
                (
                    self.connection.transfer.has_ended,
                    self.connection.transfer.is_cut_off,
                    self.connection.transfer.is_unsecured,
                ) = (true, is_tls, has_no_tls);
                Ok(0)
            }
            _ => Err(error),
        }
    }
}
