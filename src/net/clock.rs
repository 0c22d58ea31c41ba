//! The one source of time: nothing else in the library asks the system what time it is.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

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

/// The date and the time of day on this machine, in seconds since 1970-01-01 0:00 UTC. It can be set to anything: no wait may depend
/// on it. In a simulated world it stands still.
pub fn date() -> i64 {
    #[cfg(simulation)]
    if super::simulation::is_here() {
        return super::simulation::DATE;
    }
    real_date()
}

#[allow(clippy::disallowed_methods)]
fn real_date() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds),
    }
}
