//! Memory that data is received into, or read into to be sent.
//!
//! It begins where a page begins. What the system copies has come in pages, and to copy it to another place in a page takes three
//! times as long on some processors. A block is never filled with zeros first: that costs as much as to receive small files. A thread
//! keeps a small block for the next transfer, so that small files do not ask for one each.

use std::cell::Cell;
use std::collections::TryReserveError;
use std::io;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::task::Poll;

/// A multiple of the size of a page on few systems, where this costs time and nothing else.
const PAGE: usize = 4096;

/// The largest block that is kept.
const MOST_KEPT: usize = 16 * 1024;
/// What a block needs so that a part of its size begins with a page.
const MORE: usize = PAGE - 1;

thread_local! {
    static KEPT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A block of memory, with what was received into it last.
#[derive(Debug)]
pub struct Block {
    /// It ends with what was received. Its capacity is the size of the block, or more, behind what is before the first page.
    bytes: Vec<u8>,
    /// Where the first page begins.
    start: usize,
    size: usize,
}

impl Block {
    /// One of so many bytes, with nothing in it.
    ///
    /// # Errors
    /// There is no memory.
    pub fn new(size: usize) -> Result<Block, TryReserveError> {
        // A thread that ends has none any more.
        let mut bytes =
            if size <= MOST_KEPT { KEPT.try_with(Cell::take).unwrap_or_default() } else { Vec::new() };
        bytes.clear();
        bytes.try_reserve_exact(size.saturating_add(MORE))?;
        let start = first_page(&bytes);
        bytes.resize(start, 0);
        Ok(Block { bytes, start, size })
    }

    /// How much fits.
    pub fn size(&self) -> usize {
        self.size
    }

    /// What was received last.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// What was received last, without the block.
    pub fn into_bytes(mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.drain(..self.start);
        bytes
    }

    /// Lets somebody receive up to `most` bytes into it, and returns how many there are. What was in it is gone.
    ///
    /// # Safety
    /// `receive` has written as many bytes as it says, from the beginning of the room on.
    #[allow(unsafe_code)]
    pub(super) unsafe fn fill(
        &mut self,
        most: usize,
        receive: impl FnOnce(&mut [MaybeUninit<u8>]) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        self.bytes.truncate(self.start);
        let most = most.min(self.size);
        let room = self.bytes.spare_capacity_mut().get_mut(..most).unwrap_or_default();
        receive(room).map_ok(|count| {
            // SAFETY: so many bytes were written, as the caller has promised, and all that may be written are in the capacity.
            unsafe { self.bytes.set_len(self.start + count.min(most)) };
            count
        })
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        if (1..=MOST_KEPT + MORE).contains(&self.bytes.capacity()) {
            let _ = KEPT.try_with(|kept| kept.set(std::mem::take(&mut self.bytes)));
        }
    }
}

/// Memory for data that is sent, which somebody writes first.
#[derive(Debug)]
pub struct Buffer {
    /// Its end has the size of the buffer.
    bytes: Vec<u8>,
    start: usize,
}

impl Buffer {
    /// One of so many bytes, all of them zero.
    ///
    /// # Errors
    /// There is no memory.
    pub fn new(size: usize) -> Result<Buffer, TryReserveError> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(size.saturating_add(MORE))?;
        let start = first_page(&bytes);
        bytes.resize(start + size, 0);
        Ok(Buffer { bytes, start })
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.start..).unwrap_or_default()
    }
}

/// Where the first page begins in it.
fn first_page(memory: &[u8]) -> usize {
    memory.as_ptr().align_offset(PAGE).min(MORE)
}

/// Room that has bytes in it already, for who only writes bytes to it.
#[allow(unsafe_code)]
pub(super) fn room(bytes: &mut [u8]) -> &mut [MaybeUninit<u8>] {
    // SAFETY: both have one layout, and all of this layer that is given such room writes nothing to it but what was received.
    unsafe { &mut *(std::ptr::from_mut(bytes) as *mut [MaybeUninit<u8>]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// # Errors
    /// None.
    #[allow(unsafe_code)]
    fn fill(block: &mut Block, most: usize, byte: u8) -> usize {
        let receive = |room: &mut [MaybeUninit<u8>]| {
            for place in room.iter_mut() {
                place.write(byte);
            }
            Poll::Ready(Ok(room.len()))
        };
        // SAFETY: all of the room is written.
        let Poll::Ready(Ok(count)) = (unsafe { block.fill(most, receive) }) else {
            panic!("nothing is waited for")
        };
        count
    }

    #[test]
    fn a_block_has_what_was_received_last_and_never_more_than_fits() {
        let mut block = Block::new(8).unwrap();
        assert_eq!((block.bytes(), block.size()), (&b""[..], 8));
        assert_eq!(fill(&mut block, usize::MAX, b'a'), 8);
        assert_eq!(block.bytes(), b"aaaaaaaa");
        assert_eq!(fill(&mut block, 3, b'b'), 3);
        assert_eq!(block.bytes(), b"bbb");
        // SAFETY: nothing is written, and nothing is said to be.
        #[allow(unsafe_code)]
        let waits = unsafe { block.fill(8, |_| Poll::Pending) };
        assert!(waits.is_pending() && block.bytes().is_empty());
        assert_eq!(fill(&mut Block::new(0).unwrap(), 5, b'c'), 0);
        assert!(Block::new(usize::MAX).is_err() && Buffer::new(usize::MAX).is_err());
    }

    #[test]
    fn memory_begins_with_a_page() {
        for size in [1, 4095, 4096, MOST_KEPT, MOST_KEPT + 1, 1024 * 1024] {
            let (mut block, mut buffer) = (Block::new(size).unwrap(), Buffer::new(size).unwrap());
            assert_eq!(fill(&mut block, usize::MAX, b'a'), size);
            assert!(block.bytes().iter().all(|&byte| byte == b'a'));
            buffer.fill(b'b');
            assert_eq!((block.bytes().len(), buffer.len()), (size, size));
            assert!(block.bytes().as_ptr().addr().is_multiple_of(PAGE), "{size}");
            assert!(buffer.as_ptr().addr().is_multiple_of(PAGE), "{size}");
        }
    }

    #[test]
    fn a_small_block_is_kept_for_the_next_and_no_large_one() {
        for (size, is_kept) in [(MOST_KEPT, true), (1, true), (MOST_KEPT + PAGE, false)] {
            drop(KEPT.take());
            drop(Block::new(size).unwrap());
            let kept = KEPT.take();
            assert_eq!(kept.capacity() >= size, is_kept, "{size}");
        }
    }
}
