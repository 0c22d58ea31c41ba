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

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    use super::*;

    /// What comes in pieces of any size is read in pieces of any other.
    #[test]
    fn nothing_is_lost_between_two_blocks() {
        const SIZE: usize = 3 * MOST + FIRST + 7;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = Socket::new(TcpStream::connect(listener.local_addr().unwrap()).unwrap());
        let mut far = listener.accept().unwrap().0;
        let sent: Vec<u8> = (0..SIZE).map(|at| (at % 251) as u8).collect();
        let content = sent.clone();
        let writer = thread::spawn(move || {
            for piece in content.chunks(5_003) {
                far.write_all(piece).unwrap();
            }
        });
        let (mut ahead, mut read, mut sizes) = (Ahead::default(), Vec::new(), [5, 16_406, 1].iter().cycle());
        let mut buffer = [0; 20_000];
        while let Some(room) = buffer.get_mut(..*sizes.next().unwrap())
            && let count = ahead.read(&near, room).unwrap()
            && count > 0
        {
            read.extend_from_slice(buffer.get(..count).unwrap());
        }
        writer.join().unwrap();
        assert!(read == sent, "{} bytes", read.len());
    }

    #[test]
    fn it_knows_when_the_socket_had_no_more() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = Socket::new(TcpStream::connect(listener.local_addr().unwrap()).unwrap());
        let mut far = listener.accept().unwrap().0;
        let mut ahead = Ahead::default();
        assert!(!ahead.is_drained(), "nobody has asked");
        far.write_all(b"123456").unwrap();
        assert_eq!(ahead.read(&near, &mut [0; 5]).unwrap(), 5);
        assert!(!ahead.is_drained(), "one byte is left");
        assert_eq!(ahead.read(&near, &mut [0; 5]).unwrap(), 1);
        assert!(ahead.is_drained());
        far.write_all(&[0; FIRST]).unwrap();
        let mut left = FIRST;
        while left > FIRST / 2 {
            left -= ahead.read(&near, &mut [0; 1024]).unwrap();
        }
        assert!(!ahead.is_drained());
    }
}
