//! Memory for the future of a call, kept for that of the next one: a future takes some kilobytes, and a call would have to ask for
//! them each time.

use std::alloc::{self, Layout};
use std::future::Future;
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// Where one future at a time finds its memory. Where the memory is in use or too small, there is new memory.
#[derive(Default)]
pub(crate) struct Room(Mutex<Option<Block>>);

/// Memory that nobody else has.
struct Block {
    start: NonNull<u8>,
    layout: Layout,
}

// SAFETY: it is only memory: whichever thread has the block may use it, and free it.
unsafe impl Send for Block {}

/// A future in the memory of a room.
pub(crate) struct Housed<'a, T> {
    future: NonNull<dyn Future<Output = T> + Send + 'a>,
    // Dropped after the future, which `drop` does. It goes back to the room then, also when dropping the future panics.
    _lodging: Lodging,
}

struct Lodging {
    block: Option<Block>,
    room: Arc<Room>,
}

// SAFETY: the future is `Send`, and nobody else has a pointer to it.
unsafe impl<T> Send for Housed<'_, T> {}

impl Room {
    /// Moves a future into the memory of the room.
    pub(crate) fn house<'a, F>(self: &Arc<Room>, future: F) -> Housed<'a, F::Output>
    where
        F: Future + Send + 'a,
    {
        let block = self.block_for(Layout::new::<F>());
        let place = block.start.cast::<F>();
        // SAFETY: the block has the layout of the future, or more, and nobody else uses it.
        unsafe { place.write(future) };
        Housed { future: place, _lodging: Lodging { block: Some(block), room: self.clone() } }
    }

    fn block_for(&self, wanted: Layout) -> Block {
        let kept = self.kept().take();
        kept.filter(|block| block.is_enough_for(wanted)).unwrap_or_else(|| Block::new(wanted))
    }

    fn kept(&self) -> MutexGuard<'_, Option<Block>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Block {
    /// Rounded up, so that futures of about the same size do not take turns in asking for memory.
    fn new(wanted: Layout) -> Block {
        const STEP: usize = 1024;
        let size = wanted.size().max(1).checked_next_multiple_of(STEP).unwrap_or(wanted.size());
        let layout = Layout::from_size_align(size, wanted.align()).unwrap_or(wanted);
        // SAFETY: the size is not 0.
        let start = unsafe { alloc::alloc(layout) };
        let start = NonNull::new(start).unwrap_or_else(|| alloc::handle_alloc_error(layout));
        Block { start, layout }
    }

    fn is_enough_for(&self, wanted: Layout) -> bool {
        self.layout.size() >= wanted.size() && self.layout.align() >= wanted.align()
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: it was allocated with this layout, and nobody has it any more.
        unsafe { alloc::dealloc(self.start.as_ptr(), self.layout) };
    }
}

impl Drop for Lodging {
    fn drop(&mut self) {
        let replaced = self.block.take().and_then(|block| self.room.kept().replace(block));
        drop(replaced);
    }
}

impl<T> Future for Housed<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        // SAFETY: it is not moved before it is dropped, and nobody else has a pointer to it.
        unsafe { Pin::new_unchecked(self.future.as_mut()) }.poll(context)
    }
}

impl<T> Drop for Housed<'_, T> {
    fn drop(&mut self) {
        // SAFETY: the future was written by `house`, and this is its only end.
        unsafe { self.future.drop_in_place() };
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::pin::pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Waker;

    use super::*;

    /// Counts how often it is dropped.
    struct Counted<'a>(&'a AtomicUsize);

    impl Drop for Counted<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn large<const SIZE: usize>(counted: Counted<'_>) -> usize {
        let bytes = std::hint::black_box([1_u8; SIZE]);
        std::future::ready(()).await;
        drop(counted);
        bytes.iter().map(|&byte| usize::from(byte)).sum()
    }

    fn outcome<T>(future: impl Future<Output = T>) -> T {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("it waits"),
        }
    }

    fn kept(room: &Room) -> Option<(NonNull<u8>, usize)> {
        room.kept().as_ref().map(|block| (block.start, block.layout.size()))
    }

    #[test]
    fn the_memory_of_a_future_is_that_of_the_next_one_unless_it_is_too_small() {
        let (room, dropped) = (Arc::new(Room::default()), AtomicUsize::new(0));
        let counted = || Counted(&dropped);
        assert_eq!(outcome(room.house(large::<3000>(counted()))), 3000);
        let first = kept(&room).unwrap();
        assert_eq!(outcome(room.house(large::<2000>(counted()))), 2000);
        assert_eq!(outcome(room.house(std::future::ready(7))), 7);
        assert_eq!(kept(&room), Some(first));
        assert_eq!(outcome(room.house(large::<9000>(counted()))), 9000);
        assert!(kept(&room).unwrap().1 > first.1);
        assert_eq!(dropped.into_inner(), 3);
    }

    #[test]
    fn two_futures_at_a_time_have_memory_of_their_own() {
        let (room, dropped) = (Arc::new(Room::default()), AtomicUsize::new(0));
        let one = room.house(large::<100>(Counted(&dropped)));
        let other = room.house(large::<200>(Counted(&dropped)));
        assert_eq!((outcome(one), outcome(other)), (100, 200));
        drop(room.house(large::<100>(Counted(&dropped))));
        assert_eq!(dropped.into_inner(), 3);
    }

    #[test]
    fn the_memory_comes_back_also_when_the_end_of_a_future_panics() {
        struct Trap;
        impl Drop for Trap {
            fn drop(&mut self) {
                panic!("a trap");
            }
        }
        let room = Arc::new(Room::default());
        let trap = Trap;
        let waits = room.house(async move {
            let _trap = trap;
            std::future::pending::<()>().await;
        });
        assert!(catch_unwind(AssertUnwindSafe(|| drop(waits))).is_err());
        assert!(kept(&room).is_some());
    }
}
