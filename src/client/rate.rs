//! How many bytes a second may move.

use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::net::clock;

/// For how long what moves at once is enough. It is also how much of a delay is made up for: more would be a burst.
const STEP: Duration = Duration::from_millis(50);
/// How much may be on its way, as time.
const UNDER_WAY: u64 = 2;
/// The least room that a connection needs for what is on its way.
const LEAST_ROOM: u64 = 8 * 1024;
/// From here on the system finds out by itself how much room is good.
const MOST_ROOM: u64 = 1024 * 1024;

/// The limits of a client, one for each direction, over all its transfers. A clone is the same limit, for another session.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rates {
    pub receive: Rate,
    pub send: Rate,
}

/// The limit in one direction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rate(Option<Arc<Limited>>);

#[derive(Debug)]
struct Limited {
    /// Bytes in a second.
    limit: NonZeroU64,
    /// When all that has moved would have moved at this rate.
    free: Mutex<Option<Instant>>,
}

impl Rate {
    pub(crate) fn new(limit: Option<NonZeroU64>) -> Rate {
        Rate(limit.map(|limit| Arc::new(Limited { limit, free: Mutex::new(None) })))
    }

    /// Until when nothing may move; `None` is not at all.
    pub(crate) fn pause(&self) -> Option<Instant> {
        let free = *self.0.as_ref()?.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.filter(|&free| free > clock::now())
    }

    /// How many bytes may move at once.
    pub(crate) fn step(&self) -> usize {
        let Some(limited) = &self.0 else { return usize::MAX };
        let step = u128::from(limited.limit.get()) * STEP.as_nanos() / Duration::from_secs(1).as_nanos();
        usize::try_from(step).unwrap_or(usize::MAX).max(1)
    }

    /// So many bytes have moved.
    pub(crate) fn moved(&self, bytes: usize) {
        let Some(limited) = &self.0 else { return };
        let now = clock::now();
        let nanoseconds = bytes as u128 * Duration::from_secs(1).as_nanos() / u128::from(limited.limit.get());
        let time = Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX));
        let earliest = now.checked_sub(STEP).unwrap_or(now);
        let mut free = limited.free.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = free.map_or(now, |free| free.max(earliest));
        *free = begin.checked_add(time);
    }

    /// How much room a connection has to have for what comes, so that the peer sees this rate and not how fast the system takes
    /// it: what it has sent and is not taken may be all of a file, and then the peer waits in silence. `None` is the system's choice.
    pub(crate) fn room(&self) -> Option<usize> {
        let room = self.0.as_ref()?.limit.get().saturating_mul(UNDER_WAY).max(LEAST_ROOM);
        usize::try_from(room).ok().filter(|_| room <= MOST_ROOM)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(limit: u64) -> Rate {
        Rate::new(NonZeroU64::new(limit))
    }

    #[test]
    fn a_step_is_a_twentieth_of_a_second_and_at_least_a_byte() {
        for (limit, step, room) in [
            (1, 1, Some(8192)),
            (19, 1, Some(8192)),
            (1024, 51, Some(8192)),
            (10_000, 500, Some(20_000)),
            (1 << 20, 52_428, None),
            (u64::MAX, usize::MAX / 20, None),
        ] {
            assert_eq!((rate(limit).step(), rate(limit).room()), (step, room), "{limit}");
        }
        let none = Rate::new(None);
        assert_eq!((none.step(), none.room(), none.pause()), (usize::MAX, None, None));
    }

    #[test]
    fn what_has_moved_is_waited_for() {
        let slow = rate(1000);
        assert_eq!(slow.pause(), None);
        let before = clock::now();
        slow.moved(500);
        slow.moved(1000);
        let pause = slow.pause().unwrap();
        assert!(pause >= before.checked_add(Duration::from_millis(1500)).unwrap());
        assert!(pause <= clock::now().checked_add(Duration::from_millis(1500)).unwrap());
        // More than the clock can tell.
        let slowest = rate(1);
        slowest.moved(usize::MAX);
        slowest.moved(usize::MAX);
        let _ = slowest.pause();
    }

    #[test]
    fn a_delay_is_made_up_for_but_not_a_long_one() {
        let late = rate(1000);
        *late.0.as_ref().unwrap().free.lock().unwrap() = clock::now().checked_sub(Duration::from_secs(60));
        late.moved(50);
        assert_eq!(late.pause(), None);
        late.moved(100);
        assert!(late.pause().is_some());
    }

    #[test]
    fn what_one_session_moves_the_other_waits_for() {
        let one = rate(1000);
        let other = one.clone();
        one.moved(1000);
        other.moved(1000);
        assert!(one.pause().unwrap() > clock::now() + Duration::from_millis(1500));
    }
}
