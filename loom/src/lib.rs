//! The lock-free files of the library, with loom's atomics under them, and what they promise.

#![cfg(test)]
#![allow(clippy::unwrap_used, dead_code)]

mod atomics {
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
}

mod capi {
    #[path = "../../../src/capi/boundary/busy.rs"]
    mod busy;
    mod busy_tests;
}

mod net {
    mod descriptor;
    #[path = "../../../src/net/wake.rs"]
    mod wake;
    mod wake_tests;
}
