//! Whether a call is running on a handle, and which thread made the last one. `loom/` checks this file in every order in which
//! threads can run.

use crate::atomics::{AtomicBool, AtomicUsize, Ordering};

/// Free at first.
pub(super) struct Busy {
    is_running: AtomicBool,
    /// The thread of the last call, or of the one that is running.
    caller: AtomicUsize,
}

/// The call that is running. It is over when this is dropped.
pub(super) struct Running<'a>(&'a Busy);

impl Busy {
    /// The thread that makes the handle is its first caller.
    pub(super) fn new(thread: usize) -> Busy {
        Busy { is_running: AtomicBool::new(false), caller: AtomicUsize::new(thread) }
    }

    /// Begins a call of this thread, unless one is running. Nobody waits.
    pub(super) fn try_begin(&self, thread: usize) -> Option<Running<'_>> {
        let running = self.try_look()?;
        self.caller.store(thread, Ordering::Release);
        Some(running)
    }

    /// Begins what is no call: it leaves no trace of its thread.
    pub(super) fn try_look(&self) -> Option<Running<'_>> {
        let taken = self.is_running.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
        taken.is_ok().then(|| Running(self))
    }

    /// Whether the last call, or the one that is running, is of this thread. For another thread the answer never becomes yes
    /// by itself, so who gets a no can rely on it.
    pub(super) fn last_was_of(&self, thread: usize) -> bool {
        self.caller.load(Ordering::Acquire) == thread
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.is_running.store(false, Ordering::Release);
    }
}
