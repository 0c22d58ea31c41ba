//! A point in time on the monotonic clock by which something must have happened.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::clock;
use super::reactor::Reactor;

/// The deadline passed before the future was ready.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Elapsed;

/// When to give up; possibly never.
#[derive(Copy, Clone, Debug)]
pub struct Deadline {
    start: Instant,
    end: Option<Instant>,
}

impl Deadline {
    /// In `time` from now; `None` is never. So is a time that the clock cannot express.
    pub fn after(time: Option<Duration>) -> Deadline {
        let start = clock::now();
        Deadline { start, end: time.and_then(|time| start.checked_add(time)) }
    }

    /// At this moment.
    pub fn at(end: Instant) -> Deadline {
        Deadline { start: clock::now(), end: Some(end) }
    }

    /// As long as this one, from now.
    pub fn anew(self) -> Deadline {
        Deadline::after(self.end.map(|end| end.saturating_duration_since(self.start)))
    }

    /// This one or the other, whichever comes first.
    pub fn sooner(self, other: Deadline) -> Deadline {
        let end = self.end.into_iter().chain(other.end).min();
        Deadline { end, ..self }
    }

    /// The same, but no later than `most` from now.
    pub fn at_most(self, most: Duration) -> Deadline {
        self.sooner(Deadline::after(Some(most)))
    }

    /// With half of the time that is left.
    pub fn half(self) -> Deadline {
        let Some(end) = self.end else { return self };
        self.at_most(end.saturating_duration_since(clock::now()) / 2)
    }

    /// Runs some work, such as a callback of the user's, whose time does not count.
    pub fn pause<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let began = clock::now();
        let output = work();
        let pause = clock::since(began);
        self.start += pause;
        self.end = self.end.and_then(|end| end.checked_add(pause));
        output
    }

    /// Whether it is over.
    pub fn has_passed(self) -> bool {
        self.end.is_some_and(|end| clock::now() >= end)
    }

    /// How much time it has taken, rounded for people: the time that was allowed, unless it is clearly more.
    pub fn elapsed(self) -> Duration {
        /// What nobody notices, and a busy machine needs.
        const SLIGHTLY: Duration = Duration::from_millis(250);
        const TENTH: Duration = Duration::from_millis(100);
        let elapsed = clock::since(self.start);
        let allowed = self.end.map(|end| end.saturating_duration_since(self.start));
        match allowed {
            Some(allowed) if elapsed.saturating_sub(allowed) < SLIGHTLY.max(allowed / 10) => allowed,
            _ => TENTH * u32::try_from(elapsed.as_millis() / 100).unwrap_or(u32::MAX),
        }
    }

    /// Waits for `future` until the deadline.
    ///
    /// # Errors
    /// [`Elapsed`] when the future was still pending at the deadline. A future that is ready wins over a deadline that
    /// has passed, so that nothing which has happened is lost, however late it is polled.
    pub fn limit<F: Future>(
        self,
        reactor: &Reactor,
        future: F,
    ) -> impl Future<Output = Result<F::Output, Elapsed>> {
        Limited { deadline: self, reactor, future }
    }

    fn poll_elapsed(self, reactor: &Reactor) -> Poll<Elapsed> {
        if self.has_passed() {
            return Poll::Ready(Elapsed);
        }
        if let Some(end) = self.end {
            reactor.want_time(end);
        }
        Poll::Pending
    }
}

/// See [`Deadline::limit`]. Written out, because an `async fn` would have the future twice, and there are many of them.
struct Limited<'a, F> {
    deadline: Deadline,
    reactor: &'a Reactor,
    future: F,
}

impl<F: Future> Future for Limited<'_, F> {
    type Output = Result<F::Output, Elapsed>;

    #[allow(unsafe_code)]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the future is not moved out, and is dropped in place: there is no other way to it, and no `Drop`.
        let (mut future, deadline, reactor) = unsafe {
            let this = self.get_unchecked_mut();
            (Pin::new_unchecked(&mut this.future), this.deadline, this.reactor)
        };
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Ok(output));
        }
        // What was left to a wait may have come meanwhile: there is no other wait.
        if deadline.has_passed()
            && reactor.ask_all_again()
            && let Poll::Ready(output) = future.poll(context)
        {
            return Poll::Ready(Ok(output));
        }
        deadline.poll_elapsed(reactor).map(Err)
    }
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;

    use super::*;

    #[test]
    fn what_is_ready_wins_over_a_deadline_that_has_passed() {
        let reactor = Reactor::new().unwrap();
        let deadline = Deadline::after(Some(Duration::from_millis(1)));
        sleep(Duration::from_millis(5));
        assert!(deadline.has_passed());
        assert_eq!(reactor.block_on(deadline.limit(&reactor, async { 7 })), Ok(7));
        assert_eq!(reactor.block_on(deadline.limit(&reactor, std::future::pending::<()>())), Err(Elapsed));
    }

    #[test]
    fn the_time_of_a_pause_does_not_count() {
        let mut deadline = Deadline::after(Some(Duration::from_secs(1)));
        deadline.pause(|| sleep(Duration::from_millis(1200)));
        assert!(!deadline.has_passed());
    }

    #[test]
    fn a_time_that_is_told_is_the_one_that_was_allowed_or_what_really_passed() {
        let now = Instant::now();
        let seconds = |seconds| now.checked_sub(Duration::from_secs_f64(seconds)).unwrap();
        let ended_late = |start, late| Deadline { start: seconds(start), end: Some(seconds(late)) }.elapsed();
        assert_eq!(ended_late(2.5, 0.0).as_secs_f64(), 2.5);
        assert_eq!(ended_late(31.0, 1.0).as_secs_f64(), 30.0);
        let late = ended_late(12.0, 10.0).as_secs_f64();
        assert!((12.0..13.0).contains(&late), "{late}");
        assert_eq!((late * 10.0).fract(), 0.0);
    }

    #[test]
    fn the_earlier_end_counts() {
        let never = Deadline::after(None);
        assert!(!never.has_passed() && !never.half().has_passed());
        assert!(never.at_most(Duration::ZERO).has_passed());
        assert!(!Deadline::after(Some(Duration::from_secs(60))).at_most(Duration::MAX).has_passed());
    }
}
