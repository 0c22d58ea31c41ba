//! How every transfer goes: data connection, command, preliminary reply, data. What follows is in [`end`](super::end), and who watches
//! both connections meanwhile in [`watch`](super::watch).

use std::fmt;
use std::future::poll_fn;
use std::time::Duration;

use super::connect::MAX_SKIPPED;
use super::connection::{Connection, accept};
use super::limits::Wait;
use super::transfer::Sink;
use super::watch::First;
use super::{Client, Phase, TransferType, shown};
use crate::error::{Error, Result};
use crate::net::Stream;
use crate::protocol::codes::{FILE_ACTION_COMPLETE, TRANSFER_COMPLETE};
use crate::protocol::command::Command;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::size::announced_size;
use crate::protocol::verb::{Direction, Verb};

/// How many bytes are read or written at once when the caller has no wish.
pub(super) const DEFAULT_BLOCK: usize = 256 * 1024;
/// The most bytes that are read or written at once.
const MAX_BLOCK: usize = 1024 * 1024;

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
    pub(super) final_reply: Option<Reply>,
    /// The final reply came where a preliminary one was due: it may have been a stray, and the real one follows.
    pub(super) doubtful: bool,
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
        self.find_out_protection(command.verb().direction()).await?;
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
            direction: command.verb().direction(),
            is_upload: command.verb().direction() == Some(Direction::ToServer),
            rest: 0,
            is_image,
            has_ended: false,
            has_no_data_any_more: false,
            is_cut_off: false,
            is_unsecured: false,
            file: (command.verb() == Verb::Retr).then(|| command.argument().to_owned()),
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
    pub(super) fn may_be_empty(&self) -> bool {
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
