//! The transfers that a user asks for: files and text, down and up.

use crate::client::connection::Driver;
use crate::client::session::Session;
use crate::client::transfer::body::{DEFAULT_BLOCK, Room, buffer_of, usable};
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::reply::Reply;
use crate::protocol::text::{LineEncoder, LineSplitter, network_lines};
use crate::protocol::transfer_type::TransferType;
use crate::protocol::verb::{Direction, Verb};

/// Takes what was received: a block, or a line without its end. An error is the value that stops the transfer.
pub type Sink<'a> = &'a mut (dyn FnMut(&[u8]) -> Result<(), i64> + Send);
/// Fills a buffer with what is to be sent, and returns how much it put there: 0 is the end.
pub type Source<'a> = &'a mut (dyn FnMut(&mut [u8]) -> Result<usize, i64> + Send);
/// Is told what was sent: a block, or a line with its CRLF.
pub type Sent<'a> = &'a mut (dyn FnMut(&[u8]) -> Result<(), i64> + Send);

/// That a command may move data in this direction, or in any. One that the table of verbs does not know may.
///
/// # Errors
/// It moves none, or the other way: both sides would wait for each other, and STOR would leave an empty file.
pub(super) fn require_transfer(command: &Command, wanted: Option<Direction>) -> Result<()> {
    let reason = match (command.verb().direction(), wanted) {
        (None, _) if command.verb() != Verb::Other => "the command moves no data",
        (Some(Direction::ToServer), Some(Direction::FromServer)) => {
            "the command sends data, and the call receives it"
        }
        (Some(Direction::FromServer), Some(Direction::ToServer)) => {
            "the command receives data, and the call sends it"
        }
        _ => return Ok(()),
    };
    Err(Error::InvalidArgument(format!("{}: {reason}", command.shown())))
}

impl Session<'_> {
    /// What comes before a transfer, unless the transfer could not begin.
    pub(crate) async fn prepare_for(
        &mut self,
        command: &Command,
        kind: TransferType,
        direction: Direction,
    ) -> Result<()> {
        require_transfer(command, Some(direction))?;
        self.require_protection_decided()?;
        self.require_sendable(command).await?;
        // Lines are lines in any type, but what is sent would be stored with the line ends of the network.
        if kind == TransferType::Ascii && direction == Direction::FromServer {
            self.prefer_type(kind).await
        } else {
            self.require_type(kind).await
        }
    }

    /// Receives data as it is (TYPE I): `command` is `RETR name` or the like.
    pub(crate) async fn retrbinary(
        &mut self,
        command: &Command,
        block: usize,
        rest: Option<u64>,
        sink: Sink<'_>,
    ) -> Result<Reply> {
        self.prepare_own_facts(command).await?;
        self.prepare_for(command, TransferType::Image, Direction::FromServer).await?;
        self.begin_for(Driver::Call, command, rest).await?;
        self.receive(block, sink).await?;
        self.finish("received").await
    }

    /// Receives text (TYPE A) line by line: `command` is `LIST`, `NLST`, `RETR name` or the like.
    pub(crate) async fn retrlines(&mut self, command: &Command, sink: Sink<'_>) -> Result<Reply> {
        self.prepare_own_facts(command).await?;
        let lines = LineSplitter::new(self.settings.max_line);
        self.receive_lines(command, None, lines, sink).await
    }

    /// [`Session::retrlines`] for a directory: a CR alone ends no line, since a name may hold it.
    pub(crate) async fn retrlisting(&mut self, command: &Command, sink: Sink<'_>) -> Result<Reply> {
        let lines = LineSplitter::for_listing(self.settings.max_line);
        let rest = self.without_wishes(command)?;
        self.receive_lines(command, rest, lines, sink).await
    }

    async fn receive_lines(
        &mut self,
        command: &Command,
        rest: Option<u64>,
        mut lines: LineSplitter,
        sink: Sink<'_>,
    ) -> Result<Reply> {
        self.prepare_for(command, TransferType::Ascii, Direction::FromServer).await?;
        self.begin_for(Driver::Call, command, rest).await?;
        let charset = self.settings.charset;
        let mut room = Room::new(DEFAULT_BLOCK)?;
        loop {
            let mut chunk = self.read_block(&mut room).await?;
            if chunk.is_empty() {
                break;
            }
            while let Some(line) = lines
                .next_line(&mut chunk)
                .map_err(|error| Error::Limit(format!("{}: {error}", self.connection.transfer.what)))?
            {
                sink(&charset.decode(line)).map_err(|value| self.connection.transfer.stopped(value))?;
                // There can be more lines in a block than a turn has time for.
                self.checkpoint().await?;
            }
            self.checkpoint().await?;
        }
        if let Some(line) = lines.finish() {
            sink(&charset.decode(line))
                .map_err(|value| Error::Callback { what: command.shown().into_owned(), value })?;
        }
        self.finish("received").await
    }

    /// Sends data as it is (TYPE I): `command` is `STOR name`, `APPE name` or the like.
    pub(crate) async fn storbinary(
        &mut self,
        command: &Command,
        block: usize,
        rest: Option<u64>,
        source: Source<'_>,
        sent: Sent<'_>,
    ) -> Result<Reply> {
        self.prepare_for(command, TransferType::Image, Direction::ToServer).await?;
        self.begin_for(Driver::Call, command, rest).await?;
        self.connection.transfer.is_upload = true;
        let mut buffer = buffer_of(usable(block))?;
        loop {
            let filled = source(&mut buffer).map_err(|value| self.connection.transfer.stopped(value))?;
            let Some(block) = buffer.get(..filled).filter(|block| !block.is_empty()) else { break };
            self.transmit(&block).await?;
            sent(block).map_err(|value| self.connection.transfer.stopped(value))?;
        }
        self.finish("sent").await
    }

    /// Sends text (TYPE A), with every line end made CRLF; `sent` is told of each line.
    pub(crate) async fn storlines(
        &mut self,
        command: &Command,
        source: Source<'_>,
        sent: Sent<'_>,
    ) -> Result<Reply> {
        self.prepare_for(command, TransferType::Ascii, Direction::ToServer).await?;
        self.begin_for(Driver::Call, command, None).await?;
        self.connection.transfer.is_upload = true;
        let mut buffer = buffer_of(DEFAULT_BLOCK)?;
        let mut lines = LineEncoder::new(self.settings.max_line);
        let mut encoded = Vec::new();
        loop {
            let filled = source(&mut buffer).map_err(|value| self.connection.transfer.stopped(value))?;
            let chunk = buffer.get(..filled).unwrap_or_default();
            encoded.clear();
            let mut outcome = lines.encode(chunk, &mut encoded);
            if chunk.is_empty() && outcome.is_ok() {
                outcome = lines.finish(&mut encoded);
            }
            self.transmit(&encoded).await?;
            for line in network_lines(&encoded) {
                sent(line).map_err(|value| self.connection.transfer.stopped(value))?;
                self.checkpoint().await?;
            }
            outcome.map_err(|error| Error::Limit(format!("{}: {error}", self.connection.transfer.what)))?;
            if chunk.is_empty() {
                return self.finish("sent").await;
            }
            self.checkpoint().await?;
        }
    }
}
