//! The one source of time: nothing else in the library asks the system what time it is.

use std::time::{Duration, Instant};

/// The present moment, on the monotonic clock.
pub fn now() -> Instant {
    #[cfg(simulation)]
    if let Some(now) = super::simulation::now() {
        return now;
    }
    real()
}

#[allow(clippy::disallowed_methods)]
pub(super) fn real() -> Instant {
    Instant::now()
}

/// How much time has passed since `moment`.
pub fn since(moment: Instant) -> Duration {
    now().saturating_duration_since(moment)
}
