//! What moves the data of a transfer.

use crate::client::connection::First;
use crate::client::session::Session;
use crate::client::transfer::Sink;
use crate::error::{Error, Result};
use crate::net::{Block, Buffer, Stream};
use crate::protocol::verb::Direction;

/// How many bytes are read or written at once when the caller has no wish.
pub(crate) const DEFAULT_BLOCK: usize = 256 * 1024;
/// How many bytes are read at first. Most files and listings are small, and a large block of memory costs more time than they do.
pub(crate) const FIRST_BLOCK: usize = 16 * 1024;
/// The most bytes that are read or written at once.
const MAX_BLOCK: usize = 1024 * 1024;

impl Session<'_> {
    /// Reads to the end of the data.
    pub(crate) async fn receive(&mut self, block: usize, sink: Sink<'_>) -> Result<()> {
        let mut room = Room::new(usable(block))?;
        loop {
            let block = self.read_block(&mut room).await?;
            if block.is_empty() {
                return Ok(());
            }
            sink(block).map_err(|value| self.connection.transfer.stopped(value))?;
            self.checkpoint().await?;
        }
    }

    /// Reads what is there. Nothing is the end of the data.
    pub(crate) async fn read_block<'b>(&mut self, room: &'b mut Room) -> Result<&'b [u8]> {
        room.grow()?;
        let most = room.size();
        let read = self.watch_fill(&mut room.block, most).await?;
        self.count(read);
        room.is_full = read == most;
        Ok(room.block.bytes())
    }

    /// Writes all of `bytes` to the data connection.
    pub(crate) async fn transmit(&mut self, bytes: &(dyn AsRef<[u8]> + Sync)) -> Result<()> {
        self.connection.transfer.is_upload = true;
        let mut sent = 0;
        while sent < bytes.as_ref().len() {
            self.checkpoint().await?;
            let most = self.may_move(Direction::ToServer).await?;
            let what = "the server to take data";
            let mut step = |stream: &mut Stream| {
                let rest = bytes.as_ref().get(sent..).unwrap_or_default();
                stream.poll_write(rest.get(..most).unwrap_or(rest))
            };
            let written = self.watch(what, First::Control, &mut step).await?;
            if written == 0 {
                return Err(self.nobody_took());
            }
            self.count(written);
            sent += written;
        }
        Ok(())
    }

    /// An upload for which the server sent its final reply without ever opening the data connection.
    pub(crate) fn nobody_took(&self) -> Error {
        let what = &self.connection.transfer.what;
        Error::Protocol(format!("{what}: the server never opened the data connection"))
    }
}

/// Memory for the blocks that are read.
pub(crate) struct Room {
    block: Block,
    /// How large a block may be.
    most: usize,
    /// The last read has filled it.
    is_full: bool,
}

impl Room {
    pub(crate) fn new(most: usize) -> Result<Room> {
        Ok(Room { block: block_of(most.min(FIRST_BLOCK))?, most, is_full: false })
    }

    /// There was as much to read as fits: more will come.
    pub(crate) fn is_full(&self) -> bool {
        self.is_full
    }

    /// The memory itself.
    pub(crate) fn block(&mut self) -> &mut Block {
        &mut self.block
    }

    /// How much of it is to be filled at once.
    fn size(&self) -> usize {
        self.block.size().min(self.most)
    }

    /// Once there is more to read than fits, a block has the size that was asked for.
    fn grow(&mut self) -> Result<()> {
        if self.is_full && self.block.size() < self.most {
            self.block = block_of(self.most)?;
        }
        Ok(())
    }
}

/// Memory for data that is received.
pub(crate) fn block_of(size: usize) -> Result<Block> {
    Block::new(size).map_err(|_| no_memory(size))
}

/// Memory for data that is sent.
pub(crate) fn buffer_of(size: usize) -> Result<Buffer> {
    Buffer::new(size).map_err(|_| no_memory(size))
}

/// Once there is more to send than fits, a block has the size that is best for much.
pub(crate) fn grow(buffer: &mut Buffer) -> Result<()> {
    if buffer.len() < DEFAULT_BLOCK {
        *buffer = buffer_of(DEFAULT_BLOCK)?;
    }
    Ok(())
}

fn no_memory(size: usize) -> Error {
    Error::Limit(format!("there is no memory for a block of {size} bytes"))
}

pub(crate) fn usable(block: usize) -> usize {
    if block == 0 { DEFAULT_BLOCK } else { block.min(MAX_BLOCK) }
}
