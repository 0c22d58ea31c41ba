//! The atomics of the few lines that take no lock. `loom/` includes those files and has loom's atomics here instead.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
