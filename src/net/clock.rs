//! The one source of time: nothing else in the library asks the system what time it is.

use std::time::{Duration, Instant};

/// The present moment, on the monotonic clock.
#[allow(clippy::disallowed_methods)]
pub fn now() -> Instant {
    Instant::now()
}

/// How much time has passed since `moment`.
pub fn since(moment: Instant) -> Duration {
    now().saturating_duration_since(moment)
}
