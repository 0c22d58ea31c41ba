//! A model of the wake-up descriptor: readable or not, and a thread that waits for it.

use std::io;

use loom::sync::{Condvar, Mutex};

#[derive(Debug)]
pub(super) struct Descriptor {
    is_readable: Mutex<bool>,
    has_changed: Condvar,
}

impl Descriptor {
    pub(super) fn new() -> io::Result<Descriptor> {
        Ok(Descriptor { is_readable: Mutex::new(false), has_changed: Condvar::new() })
    }

    pub(super) fn ring(&self) {
        *self.is_readable.lock().unwrap() = true;
        self.has_changed.notify_all();
    }

    pub(super) fn silence(&self) {
        *self.is_readable.lock().unwrap() = false;
    }

    /// What `poll(2)` does without a timeout.
    pub(super) fn wait(&self) {
        let mut is_readable = self.is_readable.lock().unwrap();
        while !*is_readable {
            is_readable = self.has_changed.wait(is_readable).unwrap();
        }
    }
}
