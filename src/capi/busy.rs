//! Whether a call is running on a handle. `loom/` checks this file in every order in which threads can run.

use crate::atomics::{AtomicBool, Ordering};

/// Free at first.
pub(super) struct Busy(AtomicBool);

/// The call that is running. It is over when this is dropped.
pub(super) struct Running<'a>(&'a Busy);

impl Busy {
    pub(super) fn new() -> Busy {
        Busy(AtomicBool::new(false))
    }

    /// Begins a call, unless one is running. Nobody waits.
    pub(super) fn try_begin(&self) -> Option<Running<'_>> {
        let taken = self.0.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
        taken.is_ok().then(|| Running(self))
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Release);
    }
}
