//! Transfers: a command, its data connection, and the replies around it.

use std::future::poll_fn;
use std::io;
use std::task::{Poll, ready};
use std::time::Duration;

use super::connect::MAX_SKIPPED;
use super::connection::{Connection, Owed, accept, completed, timed_out};
use super::data::Data;
use super::{Client, shown};
use crate::error::{Error, Result};
use crate::net::{Deadline, Stream};
use crate::protocol::command::Command;
use crate::protocol::reply::{Class, MAX_LINE, Reply};
use crate::protocol::size::parse_150;
use crate::protocol::text::{LineEncoder, LineSplitter, network_lines};

/// How many bytes are read or written at once when the caller has no wish.
const DEFAULT_BLOCK: usize = 64 * 1024;
/// The most bytes that are read or written at once.
const MAX_BLOCK: usize = 1024 * 1024;

/// How long the server may take to say why a data connection failed.
const REASON_TIME: Duration = Duration::from_secs(5);
/// How long a reply may lag behind the data when it is not certain that there is one.
const DOUBT_TIME: Duration = Duration::from_secs(1);

/// The representation type (RFC 959, section 3.1.1).
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
}

/// Takes what was received: a block, or a line without its end. An error is the value that stops the transfer.
pub type Sink<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), i64>;
/// Fills a buffer with what is to be sent, and returns how much it put there: 0 is the end.
pub type Source<'a> = &'a mut dyn FnMut(&mut [u8]) -> Result<usize, i64>;
/// Is told what was sent: a block, or a line with its CRLF.
pub type Sent<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), i64>;

/// A transfer that the server has accepted.
struct Transfer {
    /// The command as messages show it.
    what: String,
    /// The size that the server has announced for the data.
    announced: Option<u64>,
    /// The final reply, if it came before the end of the data.
    final_reply: Option<Reply>,
    /// The final reply came where a preliminary one was due: it may have been a stray, and the real one follows.
    doubtful: bool,
    /// How many bytes went over the data connection.
    bytes: u64,
}

impl Client {
    /// Receives data as it is (TYPE I): `command` is `RETR name` or the like.
    ///
    /// `rest` is the offset to start at (REST, RFC 3659). Each call of `sink` gets at most `block` bytes.
    ///
    /// # Errors
    /// [`Error::Integrity`] when fewer bytes came than the server had announced, although it reported success;
    /// [`Error::Callback`] when `sink` stopped it; [`Error::Reply`] when the server refused or gave up.
    pub async fn retrbinary(
        &mut self,
        command: &Command,
        block: usize,
        rest: Option<u64>,
        sink: Sink<'_>,
    ) -> Result<Reply> {
        self.ensure_type(TransferType::Image).await?;
        let mut transfer = self.begin(command, rest).await?;
        let announced = transfer.announced.filter(|_| command.verb() == "RETR" && rest.unwrap_or(0) == 0);
        self.receive(&mut transfer, block, &mut |block| sink(block).map_err(Stop::Caller)).await?;
        let bytes = transfer.bytes;
        let reply = self.finish(transfer, "received").await?;
        match announced {
            Some(announced) if bytes < announced => Err(Error::Integrity(format!(
                "{}: the server announced {announced} bytes and sent {bytes}",
                shown(command)
            ))),
            _ => Ok(reply),
        }
    }

    /// Receives text (TYPE A) line by line: `command` is `LIST`, `NLST`, `RETR name` or the like.
    ///
    /// # Errors
    /// As [`Client::retrbinary`]; [`Error::Limit`] for a line that is too long.
    pub async fn retrlines(&mut self, command: &Command, sink: Sink<'_>) -> Result<Reply> {
        self.ensure_type(TransferType::Ascii).await?;
        let mut transfer = self.begin(command, None).await?;
        let mut lines = LineSplitter::new(MAX_LINE);
        self.receive(&mut transfer, DEFAULT_BLOCK, &mut |mut chunk| {
            while let Some(line) =
                lines.next_line(&mut chunk).map_err(|error| Stop::Limit(error.to_string()))?
            {
                sink(line).map_err(Stop::Caller)?;
            }
            Ok(())
        })
        .await?;
        if let Some(line) = lines.finish() {
            sink(line).map_err(|value| Error::Callback { what: shown(command), value })?;
        }
        self.finish(transfer, "received").await
    }

    /// Sends data as it is (TYPE I): `command` is `STOR name`, `APPE name` or the like.
    ///
    /// `source` is asked for at most `block` bytes at a time; `sent` is told of each block once it was handed to TCP.
    ///
    /// # Errors
    /// As [`Client::retrbinary`]. A transfer that was stopped leaves a part of the file on most servers.
    pub async fn storbinary(
        &mut self,
        command: &Command,
        block: usize,
        rest: Option<u64>,
        source: Source<'_>,
        sent: Sent<'_>,
    ) -> Result<Reply> {
        self.ensure_type(TransferType::Image).await?;
        let mut transfer = self.begin(command, rest).await?;
        let mut buffer = vec![0; usable(block)];
        loop {
            let filled = source(&mut buffer).map_err(|value| transfer.stopped(value))?;
            let Some(block) = buffer.get(..filled).filter(|block| !block.is_empty()) else { break };
            self.transmit(&mut transfer, block).await?;
            sent(block).map_err(|value| transfer.stopped(value))?;
            self.reactor.checkpoint().await;
        }
        self.finish(transfer, "sent").await
    }

    /// Sends text (TYPE A), with every line end made CRLF; `sent` is told of each line.
    ///
    /// # Errors
    /// As [`Client::storbinary`]; [`Error::Limit`] for a line that is too long.
    pub async fn storlines(
        &mut self,
        command: &Command,
        source: Source<'_>,
        sent: Sent<'_>,
    ) -> Result<Reply> {
        self.ensure_type(TransferType::Ascii).await?;
        let mut transfer = self.begin(command, None).await?;
        let mut buffer = vec![0; DEFAULT_BLOCK];
        let mut lines = LineEncoder::new(MAX_LINE);
        let mut encoded = Vec::new();
        loop {
            let filled = source(&mut buffer).map_err(|value| transfer.stopped(value))?;
            let chunk = buffer.get(..filled).unwrap_or_default();
            encoded.clear();
            let outcome = lines.encode(chunk, &mut encoded);
            if chunk.is_empty() {
                lines.finish(&mut encoded);
            }
            self.transmit(&mut transfer, &encoded).await?;
            for line in network_lines(&encoded) {
                sent(line).map_err(|value| transfer.stopped(value))?;
            }
            outcome.map_err(|error| Error::Limit(format!("{}: {error}", transfer.what)))?;
            if chunk.is_empty() {
                return self.finish(transfer, "sent").await;
            }
            self.reactor.checkpoint().await;
        }
    }

    /// The names in a directory, one `sink` call each (NLST). `None` is the working directory.
    ///
    /// # Errors
    /// As [`Client::retrlines`].
    pub async fn nlst(&mut self, path: Option<&[u8]>, sink: Sink<'_>) -> Result<Reply> {
        self.retrlines(&listing("NLST", path)?, sink).await
    }

    /// The listing of a directory as the server prints it, one `sink` call for each line (LIST).
    ///
    /// # Errors
    /// As [`Client::retrlines`].
    pub async fn dir(&mut self, path: Option<&[u8]>, sink: Sink<'_>) -> Result<Reply> {
        self.retrlines(&listing("LIST", path)?, sink).await
    }

    /// Data connection, REST, command, preliminary reply: in ftplib's order.
    async fn begin(&mut self, command: &Command, rest: Option<u64>) -> Result<Transfer> {
        let data = self.prepare_data().await?;
        if let Some(offset) = rest {
            self.exchange(&Command::with("REST", offset.to_string().as_bytes())?).await?;
        }
        self.connection()?.data = data;
        self.send_transfer(command).await?;
        let mut transfer =
            Transfer { what: shown(command), announced: None, final_reply: None, doubtful: false, bytes: 0 };
        let reply = self.preliminary(command, &mut transfer).await?;
        self.connection()?.owed = Owed::Transfer { started: true };
        transfer.announced = parse_150(&reply);
        if transfer.final_reply.is_none()
            && let Some(reply) = self.accept_data().await?
        {
            self.take_early_reply(&mut transfer, reply)?;
        }
        Ok(transfer)
    }

    /// Waits for the 1yz reply to a transfer command. A 4yz or 5yz reply ends the transfer before it began.
    ///
    /// A 2yz reply is a stray of some servers: a 1yz follows. Others send no 1yz at all: then the data comes instead, and
    /// the 2yz reply was the final one.
    async fn preliminary(&mut self, command: &Command, transfer: &mut Transfer) -> Result<Reply> {
        let mut reply = self.next_reply(self.timeout).await?;
        if reply.class() == Some(Class::Completion) {
            match self.reply_or_data().await? {
                Some(second) => reply = second,
                None => {
                    transfer.final_reply = Some(reply.clone());
                    transfer.doubtful = true;
                    return Ok(reply);
                }
            }
        }
        if reply.class() == Some(Class::Preliminary) {
            return Ok(reply);
        }
        self.end_data(&reply)?;
        let reply = accept(reply, command)?;
        Err(Error::Reply { what: transfer.what.clone(), reply })
    }

    /// The next reply, or `None` when something happens on the data connection first.
    async fn reply_or_data(&mut self) -> Result<Option<Reply>> {
        let (timeout, reactor) = (self.timeout, self.reactor.clone());
        let connection = self.connection()?;
        let waited =
            Deadline::after(timeout).limit(&reactor, poll_fn(|_| connection.poll_reply_or_data())).await;
        match waited {
            Ok(Ok(Some(reply))) => {
                self.note(&reply);
                Ok(Some(reply))
            }
            Ok(outcome) => outcome,
            Err(_) => Err(timed_out(timeout, format!("the server to start {}", self.current_command()))),
        }
    }

    /// Reads to the end of the data.
    async fn receive(
        &mut self,
        transfer: &mut Transfer,
        block: usize,
        sink: &mut dyn FnMut(&[u8]) -> Result<(), Stop>,
    ) -> Result<()> {
        let mut buffer = vec![0; usable(block)];
        loop {
            let read = self.watch(transfer, "data", |stream| stream.poll_read(&mut buffer)).await?;
            let Some(block) = buffer.get(..read).filter(|block| !block.is_empty()) else { return Ok(()) };
            transfer.bytes += read as u64;
            sink(block).map_err(|stop| match stop {
                Stop::Caller(value) => transfer.stopped(value),
                Stop::Limit(text) => Error::Limit(format!("{}: {text}", transfer.what)),
            })?;
            self.reactor.checkpoint().await;
        }
    }

    /// Writes all of `bytes` to the data connection.
    async fn transmit(&mut self, transfer: &mut Transfer, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let what = "the server to take data";
            let written = self.watch(transfer, what, |stream| stream.poll_write(bytes)).await?;
            transfer.bytes += written as u64;
            bytes = bytes.get(written..).unwrap_or_default();
        }
        Ok(())
    }

    /// Waits until `step` gets on with the data connection, and watches the control connection meanwhile: an error reply
    /// ends the transfer at once, a final reply that is early is kept.
    async fn watch(
        &mut self,
        transfer: &mut Transfer,
        what: &str,
        mut step: impl FnMut(&Stream) -> Poll<io::Result<usize>>,
    ) -> Result<usize> {
        let (timeout, reactor) = (self.timeout, self.reactor.clone());
        let deadline = Deadline::after(timeout);
        loop {
            let wants_reply = transfer.final_reply.is_none() || transfer.doubtful;
            let connection = self.connection()?;
            let waited =
                deadline.limit(&reactor, poll_fn(|_| connection.poll_event(wants_reply, &mut step))).await;
            match waited {
                Ok(Ok(Event::Data(Ok(count)))) => return Ok(count),
                Ok(Ok(Event::Data(Err(source)))) => return Err(self.data_failed(transfer, source).await),
                Ok(Ok(Event::Reply(reply))) => self.take_early_reply(transfer, reply)?,
                Ok(Err(error)) => return Err(error),
                Err(_) => {
                    let what = format!("{what} ({}, after {} bytes)", transfer.what, transfer.bytes);
                    return Err(timed_out(timeout, what));
                }
            }
        }
    }

    /// A reply in the middle of a transfer.
    fn take_early_reply(&mut self, transfer: &mut Transfer, reply: Reply) -> Result<()> {
        self.note(&reply);
        match reply.class() {
            // Such as 125 and 150 both, or the preliminary reply after a stray 2yz.
            Some(Class::Preliminary) => transfer.final_reply = None,
            Some(Class::Completion | Class::Intermediate) => transfer.final_reply = Some(reply),
            Some(Class::Transient | Class::Permanent) | None => {
                self.end_data(&reply)?;
                completed(reply, &transfer.what)?;
            }
        }
        transfer.doubtful = false;
        Ok(())
    }

    /// The data connection broke. The server's reason, if it gives one, says more than the system's.
    async fn data_failed(&mut self, transfer: &mut Transfer, source: io::Error) -> Error {
        let error = Error::Io {
            what: format!("{}: the data connection failed after {} bytes", transfer.what, transfer.bytes),
            source,
        };
        let reply = match transfer.final_reply.take() {
            Some(reply) => Ok(reply),
            None => self.final_reply(REASON_TIME.into(), "").await,
        };
        match reply {
            Ok(reply) => {
                let refused = matches!(reply.class(), Some(Class::Transient | Class::Permanent));
                match self.end_data(&reply) {
                    Ok(()) if refused => Error::Reply { what: transfer.what.clone(), reply },
                    _ => error,
                }
            }
            Err(_) => error,
        }
    }

    /// Closes the data connection and takes the final reply. The order matters: some servers hold the reply back until
    /// the connection is closed, which also is what tells them that an upload is complete.
    async fn finish(&mut self, mut transfer: Transfer, done: &str) -> Result<Reply> {
        let progress = format!(" ({} bytes were {done}, the server did not confirm)", transfer.bytes);
        let reply = match transfer.final_reply.take() {
            None => self.final_reply(self.timeout, &progress).await?,
            Some(doubtful) if transfer.doubtful => match self.final_reply(DOUBT_TIME.into(), &progress).await
            {
                Err(Error::Timeout { .. }) => doubtful,
                outcome => outcome?,
            },
            Some(reply) => reply,
        };
        self.end_data(&reply)?;
        completed(reply, &transfer.what)
    }

    /// Waits for the reply that ends a transfer, with the data connection closed.
    async fn final_reply(&mut self, timeout: Option<Duration>, progress: &str) -> Result<Reply> {
        let connection = self.connection()?;
        connection.data = Data::None;
        // From here on ABOR could not help any more.
        connection.owed = Owed::Unclear;
        for _ in 0..MAX_SKIPPED {
            let reply = self.next_reply(timeout).await.map_err(|error| match error {
                Error::Timeout { what, after } => Error::Timeout { what: what + progress, after },
                other => other,
            })?;
            if reply.class() != Some(Class::Preliminary) {
                return Ok(reply);
            }
        }
        Err(Error::Limit(format!("the server sent {MAX_SKIPPED} preliminary replies")))
    }

    /// The last reply of a transfer has come.
    fn end_data(&mut self, reply: &Reply) -> Result<()> {
        self.connection()?.data = Data::None;
        self.settled_by(reply)
    }
}

/// Why the receiving side stops.
enum Stop {
    Caller(i64),
    Limit(String),
}

enum Event {
    Data(io::Result<usize>),
    Reply(Reply),
}

impl Connection {
    fn poll_event(
        &mut self,
        wants_reply: bool,
        step: &mut impl FnMut(&Stream) -> Poll<io::Result<usize>>,
    ) -> Poll<Result<Event>> {
        if wants_reply && let Poll::Ready(reply) = self.poll_reply() {
            return Poll::Ready(reply.map(Event::Reply));
        }
        match &self.data {
            Data::Open(stream) => step(stream).map(|outcome| Ok(Event::Data(outcome))),
            // The server has ended a transfer for which it never connected: no data.
            Data::None | Data::Listening(_) => Poll::Ready(Ok(Event::Data(Ok(0)))),
        }
    }

    fn poll_reply_or_data(&mut self) -> Poll<Result<Option<Reply>>> {
        if let Poll::Ready(reply) = self.poll_reply() {
            return Poll::Ready(reply.map(Some));
        }
        match &self.data {
            Data::Open(stream) => {
                // An error on the data connection is news as well; the transfer's first read tells it.
                let _ = ready!(stream.poll_readable());
                Poll::Ready(Ok(None))
            }
            Data::None | Data::Listening(_) => Poll::Pending,
        }
    }
}

impl Transfer {
    fn stopped(&self, value: i64) -> Error {
        Error::Callback { what: self.what.clone(), value }
    }
}

fn usable(block: usize) -> usize {
    if block == 0 { DEFAULT_BLOCK } else { block.min(MAX_BLOCK) }
}

fn listing(verb: &'static str, path: Option<&[u8]>) -> Result<Command> {
    match path {
        Some(path) if !path.is_empty() => Ok(Command::with(verb, path)?),
        _ => Ok(Command::new(verb)),
    }
}
