//! The thread that a call runs on: which one it is, and that nobody cancels it meanwhile.

use std::cell::Cell;
use std::ffi::c_int;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A number that no other thread of the process has or had. The system's own numbers are used again for new threads.
pub(crate) fn current() -> usize {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: Cell<usize> = const { Cell::new(0) };
    }
    NUMBER.with(|number| {
        if number.get() == 0 {
            number.set(LAST.fetch_add(1, Ordering::Relaxed).wrapping_add(1));
        }
        number.get()
    })
}

/// While this lives, pthread_cancel() does not end the thread: it would unwind frames that cannot be unwound. What was asked for in
/// the meantime happens at the thread's next cancellation point after that.
pub(crate) struct Uncancelled(c_int);

#[cfg(any(target_vendor = "apple", target_os = "hurd"))]
const PTHREAD_CANCEL_DISABLE: c_int = 0;
#[cfg(not(any(target_vendor = "apple", target_os = "hurd")))]
const PTHREAD_CANCEL_DISABLE: c_int = 1;

// The crate libc does not have it. Android has no pthread_cancel() at all.
/// cbindgen:ignore
#[allow(unused_doc_comments)]
#[cfg(not(target_os = "android"))]
unsafe extern "C" {
    fn pthread_setcancelstate(state: c_int, old: *mut c_int) -> c_int;
}

#[cfg(target_os = "android")]
unsafe fn pthread_setcancelstate(_state: c_int, _old: *mut c_int) -> c_int {
    0
}

impl Uncancelled {
    pub(crate) fn new() -> Uncancelled {
        let mut before = PTHREAD_CANCEL_DISABLE;
        // SAFETY: the pointer is valid during the call. It fails for no state that there is.
        unsafe { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &raw mut before) };
        Uncancelled(before)
    }
}

impl Drop for Uncancelled {
    fn drop(&mut self) {
        let mut unused = 0;
        // SAFETY: as above. It is no cancellation point, so that nothing unwinds from here.
        unsafe { pthread_setcancelstate(self.0, &raw mut unused) };
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::current;

    #[test]
    fn a_number_is_never_given_again() {
        let mine = current();
        let theirs = [(); 3].map(|()| thread::spawn(current).join().unwrap());
        assert_eq!(current(), mine);
        let mut all = vec![mine];
        all.extend(theirs);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 4);
    }
}
