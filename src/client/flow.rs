//! How every transfer goes: data connection, command, preliminary reply, data, final reply; and both connections watched.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::task::{Poll, ready};
use std::time::Duration;

use super::abort::ABORT_TIME;
use super::connect::MAX_SKIPPED;
use super::connection::{Connection, accept, completed};
use super::data::Data;
use super::limits::Wait;
use super::transfer::Sink;
use super::{Client, Phase, TransferType, shown};
use crate::error::{Error, Result};
use crate::net::{Deadline, Stream};
use crate::protocol::codes::{FILE_ACTION_COMPLETE, PATHNAME, TRANSFER_COMPLETE};
use crate::protocol::command::Command;
use crate::protocol::dialogue::Whose;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::size::announced_size;

/// How many bytes are read or written at once when the caller has no wish.
pub(super) const DEFAULT_BLOCK: usize = 256 * 1024;
/// The most bytes that are read or written at once.
const MAX_BLOCK: usize = 1024 * 1024;

/// How long the server may take to say why a data connection failed.
const REASON_TIME: Duration = Duration::from_secs(5);
/// How long the server may take to end a TLS data connection after the client has.
const GOODBYE_TIME: Duration = Duration::from_secs(2);
/// How long a reply may lag behind the data when it is not certain that there is one.
pub(super) const DOUBT_TIME: Duration = Duration::from_secs(1);

/// A transfer that the server has accepted.
pub(super) struct Transfer {
    /// Tells it from all others of the client.
    pub(super) id: u64,
    /// The command as messages show it.
    pub(super) what: String,
    /// The size that the server has announced for the data.
    pub(super) announced: Option<u64>,
    /// The final reply, if it came before the end of the data.
    final_reply: Option<Reply>,
    /// The final reply came where a preliminary one was due: it may have been a stray, and the real one follows.
    doubtful: bool,
    /// How many bytes went over the data connection.
    pub(super) bytes: u64,
    /// Where the data goes, if the command tells that.
    pub(super) direction: Option<Direction>,
    /// Data goes to the server: the end of the data connection is the end of the file, and must be a proper one.
    pub(super) is_upload: bool,
    /// The offset that the server was told to start at.
    pub(super) rest: u64,
    /// The data goes over the network as it is in the file.
    pub(super) is_image: bool,
    /// All data was read that the data connection had, or the end of what was to be sent was said; or the data goes elsewhere.
    pub(super) has_ended: bool,
    /// The user has closed or taken its data connection.
    pub(super) has_no_data_any_more: bool,
    /// The data ended as if somebody had cut the connection.
    pub(super) is_cut_off: bool,
    /// The data connection ended before its TLS handshake: there never was any data.
    pub(super) is_unsecured: bool,
    /// The name of the file that is received.
    pub(super) file: Option<Vec<u8>>,
}

/// Where the data of a transfer goes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    ToServer,
    FromServer,
}

impl Direction {
    pub(super) fn of(command: &Command) -> Option<Direction> {
        match command.verb().as_str() {
            "STOR" | "APPE" | "STOU" => Some(Direction::ToServer),
            "RETR" | "LIST" | "NLST" | "MLSD" => Some(Direction::FromServer),
            _ => None,
        }
    }
}

/// How far a transfer has got.
#[derive(Copy, Clone)]
pub(super) struct Progress {
    pub(super) bytes: u64,
    is_upload: bool,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes were {}", self.bytes, if self.is_upload { "sent" } else { "received" })
    }
}

impl Client {
    /// Data connection, REST, command, preliminary reply: in ftplib's order.
    pub(super) async fn begin(&mut self, command: &Command, rest: Option<u64>) -> Result<Transfer> {
        self.require_no_unread_reply(command)?;
        self.require_sendable(command).await?;
        self.require_protection_decided()?;
        self.find_out_protection(Direction::of(command)).await?;
        let data = self.prepare_data().await?;
        if let Some(offset) = rest {
            self.restart_at(offset).await?;
        }
        self.connection()?.set_data(data);
        let begun = self.begin_with_data(command, rest).await;
        begun.map_err(|error| self.naming_strangers(error))
    }

    async fn begin_with_data(&mut self, command: &Command, rest: Option<u64>) -> Result<Transfer> {
        let mut transfer = self.start_remote(command).await?;
        transfer.rest = rest.unwrap_or_default();
        self.count(&mut transfer, 0)?;
        if transfer.final_reply.is_none()
            && let Some(reply) = self.accept_data().await?
        {
            self.take_early_reply(&mut transfer, reply)?;
        }
        if transfer.final_reply.is_some() {
            self.require_let_in(&transfer.what)?;
        }
        self.secure_data(&mut transfer).await?;
        Ok(transfer)
    }

    /// REST. Whatever becomes of it but a refusal, the server may have the offset from here on.
    async fn restart_at(&mut self, offset: u64) -> Result<()> {
        let rest = Command::with("REST", offset.to_string().as_bytes())?;
        self.connection()?.rest_is_set = offset > 0;
        let outcome = self.exchange(&rest).await;
        if let Err(Error::Reply { reply, .. }) = &outcome
            && reply.is_negative()
            && let Some(connection) = &mut self.connection
        {
            connection.rest_is_set = false;
        }
        outcome.map(drop)
    }

    /// The transfer command and its preliminary reply; the data connection is somebody else's business.
    pub(super) async fn start_remote(&mut self, command: &Command) -> Result<Transfer> {
        self.send_transfer(command).await?;
        self.transfers += 1;
        let is_image = self.connection()?.transfer_type == Some(TransferType::Image);
        let mut transfer = Transfer {
            id: self.transfers,
            what: shown(command),
            announced: None,
            final_reply: None,
            doubtful: false,
            bytes: 0,
            direction: Direction::of(command),
            is_upload: Direction::of(command) == Some(Direction::ToServer),
            rest: 0,
            is_image,
            has_ended: false,
            has_no_data_any_more: false,
            is_cut_off: false,
            is_unsecured: false,
            file: (command.verb() == "RETR").then(|| command.argument().to_owned()),
        };
        let reply = self.preliminary(command, &mut transfer).await?;
        let connection = self.connection()?;
        connection.dialogue.start_transfer();
        // The server has applied it to this transfer.
        connection.rest_is_set = false;
        transfer.announced = announced_size(&reply, command.argument());
        Ok(transfer)
    }

    /// Waits for the 1yz reply to a transfer command. A 4yz or 5yz reply ends the transfer before it began.
    ///
    /// A 2yz reply is a stray of some servers: a 1yz follows. Others send no 1yz at all: then the data comes instead, and
    /// the 2yz reply was the final one. Where nothing comes there was nothing to send.
    async fn preliminary(&mut self, command: &Command, transfer: &mut Transfer) -> Result<Reply> {
        // Some servers want the handshake of the data connection before this reply, others take it only after it.
        let wait = self.limits.wait(Phase::Reply);
        let mut reply = self.next_reply_while(wait, Connection::advance_data).await?;
        if reply.class() == Some(Class::Completion) {
            let is_end = matches!(reply.code(), Some(TRANSFER_COMPLETE | FILE_ACTION_COMPLETE));
            let wait = if is_end { wait.at_most(DOUBT_TIME) } else { wait };
            match self.reply_or_data(wait).await {
                Ok(Some(second)) => reply = second,
                Ok(None) => {
                    transfer.final_reply = Some(reply.clone());
                    transfer.doubtful = true;
                    return Ok(reply);
                }
                Err(Error::Timeout { .. }) if is_end => {
                    self.confirm_end(transfer, reply.clone()).await?;
                    return Ok(reply);
                }
                Err(error) => return Err(error),
            }
        }
        // After anything else nobody knows whether the server transfers or not: ABOR will tell.
        if !matches!(reply.class(), Some(Class::Completion | Class::Intermediate)) {
            self.matched(&reply)?;
        }
        if reply.class() == Some(Class::Preliminary) {
            return Ok(reply);
        }
        let reply = accept(reply, command)?;
        Err(Error::Reply { what: transfer.what.clone(), reply })
    }

    /// The next reply, or `None` when something happens on the data connection first.
    async fn reply_or_data(&mut self, wait: Wait) -> Result<Option<Reply>> {
        let reactor = self.reactor.clone();
        let connection = self.connection()?;
        let waited = wait.deadline.limit(&reactor, poll_fn(|_| connection.poll_reply_or_data())).await;
        match waited {
            Ok(Ok(Some(reply))) => {
                self.note(&reply);
                Ok(Some(reply))
            }
            Ok(outcome) => outcome,
            Err(_) => Err(wait.timed_out(format_args!("the server to start {}", self.current_command()))),
        }
    }

    /// The server has said at once that the transfer is complete, and leaves the data connection open: PWD tells whether it was
    /// the last word, since the server does one thing after the other.
    async fn confirm_end(&mut self, transfer: &mut Transfer, reply: Reply) -> Result<()> {
        self.connection()?.data = Data::None;
        let wait = self.limits.wait_at_most(Phase::Reply, ABORT_TIME);
        let told = self.current_command();
        self.send_as_is(&Command::new("PWD"), wait).await?;
        let next = self.next_reply(wait).await?;
        let connection = self.connection()?;
        connection.last_command = told;
        if next.code() != Some(PATHNAME) {
            return Err(Error::Protocol(format!(
                "{}: the server said that it was complete, and began it after that: {}",
                transfer.what,
                next.excerpt()
            )));
        }
        connection.dialogue.found();
        self.last_reply = Some(reply.clone());
        transfer.final_reply = Some(reply);
        Ok(())
    }

    /// Reads to the end of the data.
    pub(super) async fn receive(
        &mut self,
        transfer: &mut Transfer,
        block: usize,
        sink: Sink<'_>,
    ) -> Result<()> {
        let mut buffer = buffer_of(usable(block))?;
        loop {
            let read = self.watch_read(transfer, &mut buffer).await?;
            let Some(block) = buffer.get(..read).filter(|block| !block.is_empty()) else { return Ok(()) };
            self.count(transfer, read)?;
            sink(block).map_err(|value| transfer.stopped(value))?;
            self.checkpoint().await;
        }
    }

    /// Writes all of `bytes` to the data connection.
    pub(super) async fn transmit(
        &mut self,
        transfer: &mut Transfer,
        bytes: &(impl AsRef<[u8]> + Sync + ?Sized),
    ) -> Result<()> {
        transfer.is_upload = true;
        let mut sent = 0;
        while sent < bytes.as_ref().len() {
            self.checkpoint().await;
            let what = "the server to take data";
            let step =
                |stream: &mut Stream| stream.poll_write(bytes.as_ref().get(sent..).unwrap_or_default());
            let written = self.watch(transfer, what, First::Control, step).await?;
            if written == 0 {
                return Err(nobody_took(transfer));
            }
            self.count(transfer, written)?;
            sent += written;
        }
        Ok(())
    }

    /// Data has gone over the data connection.
    pub(super) fn count(&mut self, transfer: &mut Transfer, bytes: usize) -> Result<()> {
        transfer.bytes += bytes as u64;
        let progress = Progress { bytes: transfer.bytes, is_upload: transfer.is_upload };
        self.connection()?.progress = Some(progress);
        Ok(())
    }

    /// Reads what the data connection has.
    pub(super) async fn watch_read(
        &mut self,
        transfer: &mut Transfer,
        buffer: &mut (impl AsMut<[u8]> + Send + ?Sized),
    ) -> Result<usize> {
        let step = |stream: &mut Stream| stream.poll_read(buffer.as_mut());
        let read = self.watch(transfer, "data", First::Data, step).await?;
        if read == 0 {
            transfer.has_ended = true;
            if let Data::Open(stream) = &self.connection()?.data {
                transfer.is_cut_off = stream.is_cut_off();
            }
        }
        Ok(read)
    }

    /// The TLS handshake of the data connection, also when no data will go over it: some servers call an upload without it
    /// a failure. An error reply that is there already comes second: data may stand behind the handshake, and whether the
    /// session was resumed may be why the server refuses.
    async fn secure_data(&mut self, transfer: &mut Transfer) -> Result<()> {
        if !self.has_tls_data()? {
            return Ok(());
        }
        let what = "the TLS handshake of the data connection";
        let secured =
            self.watch(transfer, what, First::Data, |stream| stream.poll_handshake().map_ok(|()| 1)).await;
        secured.inspect_err(|error| self.learn_from_failure(error))?;
        if transfer.is_unsecured {
            self.connection()?.data = Data::None;
        }
        self.connection()?.note_data_tls();
        Ok(())
    }

    /// Waits until `step` gets on with the data connection, and watches the control connection meanwhile: an error reply
    /// ends the transfer at once, a final reply that is early is kept.
    async fn watch(
        &mut self,
        transfer: &mut Transfer,
        what: &str,
        first: First,
        mut step: impl FnMut(&mut Stream) -> Poll<io::Result<usize>>,
    ) -> Result<usize> {
        let (mut wait, reactor) = (self.limits.wait(Phase::Data), self.reactor.clone());
        let mut replies = 0;
        self.require_not_refused(transfer)?;
        while replies < MAX_SKIPPED {
            let is_under_way = transfer.final_reply.is_none() || transfer.doubtful;
            let next_noop = self.send_noop_if_due(is_under_way)?;
            let wants_reply = is_under_way || self.connection()?.dialogue.has_due();
            let connection = self.connection()?;
            let poll = poll_fn(|_| {
                connection.advance_noop();
                connection.poll_event(wants_reply, first, &mut step)
            });
            let event = async { next_noop.limit(&reactor, poll).await.unwrap_or(Ok(Event::NoopDue)) };
            let waited = wait.deadline.limit(&reactor, event).await;
            match waited {
                Ok(Ok(Event::Data(Ok(count)))) => return Ok(count),
                Ok(Ok(Event::Data(Err(source)))) => return self.data_failed(transfer, source).await,
                Ok(Ok(Event::Reply(reply))) => {
                    replies += 1;
                    // The user's log callback takes part in it.
                    wait.deadline.pause(|| self.take_early_reply(transfer, reply))?;
                }
                // It is sent, and will be answered.
                Ok(Ok(Event::NoopDue)) => replies = 0,
                Ok(Err(error)) => return Err(error),
                Err(_) => {
                    let done = format!("{}, after {} bytes", transfer.what, transfer.bytes);
                    return Err(wait.timed_out_after(what, done));
                }
            }
        }
        self.connection()?.dialogue.lose();
        Err(too_many_replies())
    }

    /// A refusal that came while the user read the reply to another command ends the transfer as well.
    fn require_not_refused(&mut self, transfer: &mut Transfer) -> Result<()> {
        let is_refusal =
            |reply: &Reply| !matches!(reply.class(), Some(Class::Completion | Class::Intermediate));
        let Some(reply) = transfer.final_reply.take_if(|reply| is_refusal(reply)) else { return Ok(()) };
        self.connection()?.data = Data::None;
        completed(reply, &transfer.what).map(drop)
    }

    /// A reply to the transfer that is open came while the user waited for another one.
    pub(super) fn tell_open_transfer(&mut self, reply: Reply) {
        if reply.class() != Some(Class::Preliminary)
            && let Some(transfer) = self.connection.as_mut().and_then(|open| open.open_transfer.as_mut())
        {
            (transfer.final_reply, transfer.doubtful) = (Some(reply), false);
        }
    }

    /// A reply in the middle of a transfer.
    fn take_early_reply(&mut self, transfer: &mut Transfer, reply: Reply) -> Result<()> {
        self.note(&reply);
        let matched = self.matched(&reply)?;
        match matched.whose {
            Whose::Noop => return Ok(()),
            Whose::User => return self.keep_for_the_user(matched, reply),
            _ => {}
        }
        match reply.class() {
            // Such as 125 and 150 both, or the preliminary reply after a stray 2yz.
            Some(Class::Preliminary) => transfer.final_reply = None,
            // Whatever becomes of the rest of the data, there is nothing left to abort.
            Some(Class::Completion | Class::Intermediate) => transfer.final_reply = Some(reply),
            Some(Class::Transient | Class::Permanent) | None => {
                self.connection()?.data = Data::None;
                completed(reply, &transfer.what)?;
            }
        }
        transfer.doubtful = false;
        Ok(())
    }

    /// The data connection broke. The server's reason, if it gives one, says more than the system's, but for a certificate
    /// that this side refuses. If all that the server had announced has come, and the server confirms it, it was the end.
    async fn data_failed(&mut self, transfer: &mut Transfer, source: io::Error) -> Result<usize> {
        let what = format!("{}: the data connection failed after {} bytes", transfer.what, transfer.bytes);
        let error = Error::of_connection(what, source);
        let (is_tls, has_no_tls) = match &self.connection()?.data {
            Data::Open(stream) => (stream.is_tls(), stream.ended_in_handshake()),
            Data::None | Data::Listening(_) => (false, false),
        };
        let reply = match transfer.final_reply.take() {
            Some(reply) => Ok(reply),
            None => {
                let wait = self.limits.wait_at_most(Phase::Final, REASON_TIME);
                self.final_reply(transfer, wait, "").await
            }
        };
        let Ok(reply) = reply else { return Err(error) };
        self.connection()?.data = Data::None;
        match reply.class() {
            _ if matches!(error, Error::Certificate(_)) => Err(error),
            Some(Class::Transient | Class::Permanent) => {
                Err(Error::Reply { what: transfer.what.clone(), reply })
            }
            // All has come that was announced; or nothing, and nothing was announced.
            Some(Class::Completion)
                if transfer.has_all_that_was_announced() || has_no_tls && transfer.may_be_empty() =>
            {
                transfer.final_reply = Some(reply);
                (transfer.has_ended, transfer.is_cut_off, transfer.is_unsecured) = (true, is_tls, has_no_tls);
                Ok(0)
            }
            _ => Err(error),
        }
    }

    /// Closes the data connection and takes the final reply. The order matters: some servers hold the reply back until
    /// the connection is closed, which also is what tells them that an upload is complete.
    pub(super) async fn finish(&mut self, mut transfer: Transfer, done: &str) -> Result<Reply> {
        self.log.data(format_args!("{}: {} bytes were {done}", transfer.what, transfer.bytes));
        let has_sent_all = transfer.has_ended || transfer.bytes == 0;
        let is_premature = transfer.is_upload && !has_sent_all && transfer.final_reply.is_some();
        self.close_data(&mut transfer).await?;
        let progress = match (self.progress(), transfer.is_upload) {
            // The data of a copy goes elsewhere.
            (None, _) => "the server did not confirm".into(),
            (_, true) => format!("all {} bytes were {done}, the server did not confirm", transfer.bytes),
            (_, false) => format!("{} bytes were {done}, the server did not confirm", transfer.bytes),
        };
        let mut is_confirmed = !is_premature;
        let reply = match transfer.final_reply.take() {
            None => self.final_reply(&transfer, self.limits.wait(Phase::Final), &progress).await?,
            Some(doubtful) if transfer.doubtful => {
                let wait = self.limits.wait_at_most(Phase::Final, DOUBT_TIME);
                match self.final_reply(&transfer, wait, &progress).await {
                    Err(Error::Timeout { .. }) => {
                        self.matched(&doubtful)?;
                        doubtful
                    }
                    outcome => {
                        is_confirmed = true;
                        outcome?
                    }
                }
            }
            Some(reply) => reply,
        };
        self.connection()?.data = Data::None;
        self.settle_noops().await;
        let reply = completed(reply, &transfer.what)?;
        // Replies to other commands may have come after it.
        self.last_reply = Some(reply.clone());
        if !is_confirmed {
            return Err(Error::Integrity(format!(
                "{}: the server confirmed it before all {} bytes were sent",
                transfer.what, transfer.bytes
            )));
        }
        self.require_whole(&transfer).await?;
        Ok(reply)
    }

    /// Closes the data connection, which is the end of an upload.
    pub(super) async fn close_data(&mut self, transfer: &mut Transfer) -> Result<()> {
        if transfer.is_upload {
            self.say_end_of_data(transfer).await?;
            transfer.has_ended = true;
        }
        self.connection()?.data = Data::None;
        Ok(())
    }

    /// Over TLS, the end of an upload is a close_notify, and the server answers with its own. Whoever closes before that was
    /// read resets the connection, and the server may lose the end of the file. Some servers never answer: so the wait is
    /// short, and the final reply ends it as well.
    async fn say_end_of_data(&mut self, transfer: &mut Transfer) -> Result<()> {
        if !self.has_tls_data()? {
            return Ok(());
        }
        let what = "the server to take the end of the data";
        self.watch(transfer, what, First::Control, |stream| stream.poll_close_notify().map_ok(|()| 1))
            .await?;
        let (reactor, deadline) = (self.reactor.clone(), Deadline::after(Some(GOODBYE_TIME)));
        if let Data::Open(stream) = &self.connection()?.data {
            stream.close_sending();
        }
        let mut ignored = [0; 4096];
        while (transfer.final_reply.is_none() || transfer.doubtful) && !deadline.has_passed() {
            let connection = self.connection()?;
            let mut step = |stream: &mut Stream| stream.poll_read(&mut ignored);
            let poll = poll_fn(|_| connection.poll_event(true, First::Data, &mut step));
            match deadline.limit(&reactor, poll).await {
                Ok(Ok(Event::Data(Ok(1..)))) => {}
                Ok(Ok(Event::Reply(reply))) => self.take_early_reply(transfer, reply)?,
                Ok(Err(error)) => return Err(error),
                // Its end; or it broke, or the time is over: the final reply will tell.
                Ok(Ok(Event::Data(_) | Event::NoopDue)) | Err(_) => break,
            }
        }
        Ok(())
    }

    fn has_tls_data(&mut self) -> Result<bool> {
        Ok(matches!(&self.connection()?.data, Data::Open(stream) if stream.is_tls()))
    }

    /// Waits for the reply that ends a transfer, with the data connection closed.
    async fn final_reply(&mut self, transfer: &Transfer, mut wait: Wait, progress: &str) -> Result<Reply> {
        let connection = self.connection()?;
        connection.data = Data::None;
        // From here on ABOR could not help any more.
        connection.dialogue.end_transfer();
        let most = MAX_SKIPPED + connection.dialogue.outstanding();
        let had_started = connection.dialogue.transfer_has_started();
        for _ in 0..most {
            let reply = self.arriving_reply(wait, |_| ()).await.map_err(|error| match error {
                Error::Timeout { what, phase, after, .. } => {
                    Error::Timeout { what, phase, done: progress.to_owned(), after }
                }
                other => other,
            })?;
            wait.deadline.pause(|| self.note(&reply));
            let matched = self.matched(&reply)?;
            match (matched.whose, reply.class()) {
                (Whose::User, _) => self.keep_for_the_user(matched, reply)?,
                (Whose::Noop | Whose::Nobody, _) => {}
                (_, Some(Class::Preliminary))
                    if had_started && !transfer.has_ended && !transfer.is_upload =>
                {
                    return self.last_word(reply).await;
                }
                (_, Some(Class::Preliminary)) => {}
                _ => return Ok(reply),
            }
        }
        Err(Error::Limit(format!("the server sent {MAX_SKIPPED} preliminary replies")))
    }

    /// A download was closed before its end, and the server says 1yz once more: for Pure-FTPd that is the end of it. What comes
    /// after it, before the reply to PWD, is the final reply nevertheless.
    async fn last_word(&mut self, preliminary: Reply) -> Result<Reply> {
        let wait = self.limits.wait_at_most(Phase::Final, DOUBT_TIME);
        match self.next_reply(wait).await {
            Ok(reply) if reply.class() != Some(Class::Preliminary) => {
                self.matched(&reply)?;
                return Ok(reply);
            }
            Ok(_) | Err(Error::Timeout { .. }) => {}
            Err(error) => return Err(error),
        }
        let last = self.find_the_step(self.limits.wait_at_most(Phase::Reply, ABORT_TIME)).await?;
        let last = last.unwrap_or(preliminary);
        self.last_reply = Some(last.clone());
        Ok(last)
    }
}

/// Where to look first when both connections may have news.
#[derive(Copy, Clone, PartialEq, Eq)]
enum First {
    /// When receiving: what was sent before an error reply is not lost for it.
    Data,
    /// When sending: a server that gives up may still take data, and no more of it is wanted.
    Control,
}

enum Event {
    Data(io::Result<usize>),
    Reply(Reply),
    NoopDue,
}

impl Connection {
    fn poll_event(
        &mut self,
        wants_reply: bool,
        first: First,
        step: &mut impl FnMut(&mut Stream) -> Poll<io::Result<usize>>,
    ) -> Poll<Result<Event>> {
        // Or what is read later could be passed over for what was read before.
        ready!(self.control.poll_go_on());
        if first == First::Data
            && let Poll::Ready(outcome) = self.poll_step(step)
        {
            return Poll::Ready(Ok(Event::Data(outcome)));
        }
        if wants_reply && let Poll::Ready(reply) = self.poll_reply() {
            return Poll::Ready(reply.map(Event::Reply));
        }
        match first {
            First::Data => Poll::Pending,
            First::Control => self.poll_step(step).map(|outcome| Ok(Event::Data(outcome))),
        }
    }

    fn poll_step(
        &mut self,
        step: &mut impl FnMut(&mut Stream) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match &mut self.data {
            Data::Open(stream) => step(stream),
            // The server has ended a transfer for which it never connected: no data.
            Data::None | Data::Listening(_) => Poll::Ready(Ok(0)),
        }
    }

    fn poll_reply_or_data(&mut self) -> Poll<Result<Option<Reply>>> {
        if let Poll::Ready(reply) = self.poll_reply() {
            return Poll::Ready(reply.map(Some));
        }
        match &mut self.data {
            Data::Open(stream) => {
                // An error on the data connection is news as well; the transfer's first read tells it.
                ready!(stream.poll_readable());
                Poll::Ready(Ok(None))
            }
            Data::None => Poll::Pending,
            // In active mode a server that connects has begun.
            Data::Listening(_) => self.poll_accept().map_ok(|()| None),
        }
    }
}

impl Transfer {
    /// The final reply has come already.
    pub(super) fn is_confirmed(&self) -> bool {
        self.final_reply.is_some()
    }

    /// The size that was announced is what has come. In ASCII type the two are not the same thing.
    pub(super) fn has_all_that_was_announced(&self) -> bool {
        self.is_image && self.announced == Some(self.bytes)
    }

    /// Nothing was received, and nothing says that there is anything.
    fn may_be_empty(&self) -> bool {
        !self.is_upload && self.bytes == 0 && self.announced.unwrap_or_default() == 0
    }

    pub(super) fn stopped(&self, value: i64) -> Error {
        Error::Callback { what: self.what.clone(), value }
    }
}

/// An upload for which the server sent its final reply without ever opening the data connection.
fn nobody_took(transfer: &Transfer) -> Error {
    Error::Protocol(format!("{}: the server never opened the data connection", transfer.what))
}

/// Every wait that skips replies ends after so many: a server that sends them without end must not hold a call.
pub(super) fn too_many_replies() -> Error {
    Error::Limit(format!("the server sent {MAX_SKIPPED} replies that belong to nothing"))
}

/// Memory for blocks of data.
pub(super) fn buffer_of(size: usize) -> Result<Vec<u8>> {
    let mut buffer = Vec::new();
    let no_memory = |_| Error::Limit(format!("there is no memory for a block of {size} bytes"));
    buffer.try_reserve_exact(size).map_err(no_memory)?;
    buffer.resize(size, 0);
    Ok(buffer)
}

pub(super) fn usable(block: usize) -> usize {
    if block == 0 { DEFAULT_BLOCK } else { block.min(MAX_BLOCK) }
}
