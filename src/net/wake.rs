//! The wake-up descriptor of a handle, and the request to cancel that comes through it.
//!
//! `loom/` checks this file in every order in which threads can run.

use std::io;

use super::descriptor::Descriptor;
use crate::atomics::{AtomicU8, Ordering};

/// No call is running: a request to cancel does nothing.
const IDLE: u8 = 0;
/// A call is running and may be cancelled.
const RUNNING: u8 = 1;
/// The running call has been asked to stop.
const CANCELLED: u8 = 2;
/// It has been asked to stop without an orderly end.
const LEFT: u8 = 3;

/// Wakes the thread that waits for a handle's sockets.
///
/// [`Wake::cancel`] may be called by any thread and by a signal handler: it is one atomic operation and one `write`.
#[derive(Debug)]
pub struct Wake {
    state: AtomicU8,
    descriptor: Descriptor,
}

impl Wake {
    pub(super) fn new() -> io::Result<Wake> {
        Ok(Wake { state: AtomicU8::new(IDLE), descriptor: Descriptor::new()? })
    }

    /// Asks the running call to stop. Does nothing when no call is running, so that it can never hit a later one.
    pub fn cancel(&self) {
        if self.state.compare_exchange(RUNNING, CANCELLED, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            self.ring();
        }
    }

    /// As [`Wake::cancel`], also after it: and nothing that brings a session back into step is waited for.
    pub(super) fn leave(&self) {
        let leaves = |state| (state != IDLE).then_some(LEFT);
        if self.state.fetch_update(Ordering::SeqCst, Ordering::SeqCst, leaves).is_ok() {
            self.ring();
        }
    }

    pub(super) fn begin(&self) {
        self.state.store(RUNNING, Ordering::SeqCst);
    }

    pub(super) fn end(&self) {
        self.state.store(IDLE, Ordering::SeqCst);
    }

    /// Whether the running call was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.state.load(Ordering::SeqCst), CANCELLED | LEFT)
    }

    /// Whether it was asked to stop without an orderly end.
    pub(super) fn is_left(&self) -> bool {
        self.state.load(Ordering::SeqCst) == LEFT
    }

    /// What to wait for.
    pub(super) fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// Makes the descriptor readable, so that a wait ends.
    pub(super) fn ring(&self) {
        self.descriptor.ring();
    }

    /// Makes the descriptor unreadable again.
    pub(super) fn silence(&self) {
        self.descriptor.silence();
    }
}
