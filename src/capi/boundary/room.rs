//! Memory for the futures of calls. A future takes some kilobytes, and each call would have to ask for them. So a thread keeps what its
//! calls have used, for the next one, whichever handle's that is. A handle that is idle holds none.

use std::alloc::{self, Layout};
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};

/// How much a thread keeps: that of a call and of its operation, and no single one larger than this.
const MOST_BLOCKS: usize = 2;
const MOST_BYTES: usize = 64 * 1024;

thread_local! {
    static KEPT: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// Memory that nobody else has.
struct Block {
    start: NonNull<u8>,
    layout: Layout,
}

// SAFETY: it is only memory: whichever thread has the block may use it, and free it.
unsafe impl Send for Block {}

/// A future in memory of its own.
pub(crate) struct Housed<'a, T> {
    future: NonNull<dyn Future<Output = T> + Send + 'a>,
    // Dropped after the future, which `drop` does, also when dropping the future panics.
    _lodging: Lodging,
}

/// The memory of a future, which serves again afterwards.
struct Lodging(Option<Block>);

// SAFETY: the future is `Send`, and nobody else has a pointer to it.
unsafe impl<T> Send for Housed<'_, T> {}

/// Moves a future into memory that lasts as long as it does.
pub(crate) fn house<'a, F>(future: F) -> Housed<'a, F::Output>
where
    F: Future + Send + 'a,
{
    let block = block_for(Layout::new::<F>());
    let place = block.start.cast::<F>();
    // SAFETY: the block has the layout of the future, or more, and nobody else uses it.
    unsafe { place.write(future) };
    Housed { future: place, _lodging: Lodging(Some(block)) }
}

fn block_for(wanted: Layout) -> Block {
    let kept = KEPT.try_with(|kept| {
        let mut kept = kept.try_borrow_mut().ok()?;
        let at = kept.iter().position(|block| block.is_enough_for(wanted))?;
        Some(kept.swap_remove(at))
    });
    // A thread that ends has none any more.
    kept.ok().flatten().unwrap_or_else(|| Block::new(wanted))
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
        let Some(block) = self.0.take().filter(|block| block.layout.size() <= MOST_BYTES) else { return };
        let _ = KEPT.try_with(|kept| {
            let Ok(mut kept) = kept.try_borrow_mut() else { return };
            kept.push(block);
            if kept.len() > MOST_BLOCKS
                && let Some(least) =
                    (0..kept.len()).min_by_key(|&at| kept.get(at).map(|block| block.layout.size()))
            {
                kept.swap_remove(least);
            }
        });
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

    fn kept() -> Vec<(NonNull<u8>, usize)> {
        KEPT.with_borrow(|kept| kept.iter().map(|block| (block.start, block.layout.size())).collect())
    }

    #[test]
    fn the_memory_of_a_future_is_that_of_the_next_one_unless_it_is_too_small() {
        let dropped = AtomicUsize::new(0);
        let counted = || Counted(&dropped);
        assert_eq!(outcome(house(large::<3000>(counted()))), 3000);
        let first = kept();
        assert_eq!(first.len(), 1);
        assert_eq!(outcome(house(large::<2000>(counted()))), 2000);
        assert_eq!(outcome(house(std::future::ready(7))), 7);
        assert_eq!(kept(), first);
        assert_eq!(outcome(house(large::<9000>(counted()))), 9000);
        assert!(kept().iter().any(|block| block.1 > 9000));
        assert_eq!(dropped.into_inner(), 3);
    }

    #[test]
    fn futures_at_a_time_have_memory_of_their_own_and_little_is_kept_of_it() {
        let dropped = AtomicUsize::new(0);
        let counted = || Counted(&dropped);
        let (one, other) = (house(large::<100>(counted())), house(large::<200>(counted())));
        let (third, huge) = (house(large::<9000>(counted())), house(large::<MOST_BYTES>(counted())));
        assert_eq!((outcome(one), outcome(other)), (100, 200));
        assert_eq!((outcome(third), outcome(huge)), (9000, MOST_BYTES));
        drop(house(large::<100>(counted())));
        assert_eq!(dropped.into_inner(), 5);
        let sizes = kept().iter().map(|block| block.1).collect::<Vec<_>>();
        assert!(
            sizes.len() == MOST_BLOCKS && sizes.iter().any(|size| (9000..MOST_BYTES).contains(size)),
            "{sizes:?}"
        );
    }

    #[test]
    fn the_memory_of_one_thread_may_be_given_back_by_another() {
        let dropped = AtomicUsize::new(0);
        let future = house(large::<3000>(Counted(&dropped)));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                assert_eq!(outcome(future), 3000);
                assert_eq!(kept().len(), 1);
            });
        });
        assert!(kept().is_empty());
    }

    #[test]
    fn the_memory_comes_back_also_when_the_end_of_a_future_panics() {
        struct Trap;
        impl Drop for Trap {
            fn drop(&mut self) {
                panic!("a trap");
            }
        }
        let trap = Trap;
        let waits = house(async move {
            let _trap = trap;
            std::future::pending::<()>().await;
        });
        assert!(catch_unwind(AssertUnwindSafe(|| drop(waits))).is_err());
        assert_eq!(kept().len(), 1);
    }
}
