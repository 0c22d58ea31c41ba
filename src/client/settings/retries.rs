//! How often a call tries again.

use std::time::Duration;

/// How often something is tried again, as the user wants it.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Retries {
    /// How often, after the first time.
    pub count: u32,
    /// How long to wait before the second time. Each further wait is about twice as long.
    pub first_wait: Duration,
}
