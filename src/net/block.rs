//! Memory that data is received into. It is never filled with zeros first: that costs as much as to receive small files. A thread
//! keeps a small block for the next transfer, so that small files do not ask for one each.

use std::cell::Cell;
use std::collections::TryReserveError;
use std::io;
use std::mem::MaybeUninit;
use std::task::Poll;

/// The largest block that is kept.
const MOST_KEPT: usize = 16 * 1024;

thread_local! {
    static KEPT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A block of memory, with what was received into it last.
#[derive(Debug)]
pub struct Block {
    /// Its length is what was received. Its capacity is the size of the block, or more.
    bytes: Vec<u8>,
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
        bytes.try_reserve_exact(size)?;
        Ok(Block { bytes, size })
    }

    /// How much fits.
    pub fn size(&self) -> usize {
        self.size
    }

    /// What was received last.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What was received last, without the block.
    pub fn into_bytes(mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
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
        self.bytes.clear();
        let most = most.min(self.size);
        let room = self.bytes.spare_capacity_mut().get_mut(..most).unwrap_or_default();
        receive(room).map_ok(|count| {
            // SAFETY: so many bytes were written, as the caller has promised, and all that may be written are in the capacity.
            unsafe { self.bytes.set_len(count.min(most)) };
            count
        })
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        if (1..=MOST_KEPT).contains(&self.bytes.capacity()) {
            let _ = KEPT.try_with(|kept| kept.set(std::mem::take(&mut self.bytes)));
        }
    }
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
        assert!(Block::new(usize::MAX).is_err());
    }
}
