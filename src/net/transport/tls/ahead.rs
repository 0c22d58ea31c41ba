//! What has come of a connection's data before OpenSSL has asked for it.
//!
//! OpenSSL reads the head of each record, and then the rest: two system calls for 16 KiB. It can read ahead by itself, but then moves
//! all that it has to the beginning of its buffer for each record.

use std::io::{self, Read};
use std::task::Poll;

use crate::net::block::Block;
use crate::net::transport::socket::Socket;

/// The first block. Most files are small.
const FIRST: usize = 16 * 1024;
/// A block once there was more than fits into the first. A larger one would not stay in the cache until OpenSSL has read it.
const MOST: usize = 64 * 1024;

/// Reads as much from a socket as there is, for who reads a little at a time.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    block: Option<Block>,
    /// How much of the block has been read.
    read: usize,
}

impl Ahead {
    /// What is in memory, and if nothing is, what the socket has. 0 is its end.
    pub(super) fn read(&mut self, socket: &Socket, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest().is_empty() {
            self.fill(socket)?;
        }
        let count = self.rest().read(buffer)?;
        self.read += count;
        Ok(count)
    }

    /// Whether the socket had no more than what was read, when it was asked last.
    pub(super) fn is_drained(&self) -> bool {
        self.rest().is_empty() && self.block.as_ref().is_some_and(|block| block.bytes().len() < block.size())
    }

    fn rest(&self) -> &[u8] {
        self.block.as_ref().and_then(|block| block.bytes().get(self.read..)).unwrap_or_default()
    }

    fn fill(&mut self, socket: &Socket) -> io::Result<()> {
        self.read = 0;
        let block = match &mut self.block {
            Some(block) if block.bytes().len() < block.size() || block.size() == MOST => block,
            small => {
                let size = if small.is_some() { MOST } else { FIRST };
                small.insert(Block::new(size).map_err(|_| io::ErrorKind::OutOfMemory)?)
            }
        };
        // SAFETY: the socket has written as many bytes as it says.
        #[allow(unsafe_code)]
        let filled = unsafe { block.fill(usize::MAX, |room| Poll::Ready(socket.read(room))) };
        match filled {
            Poll::Ready(outcome) => outcome.map(drop),
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}
