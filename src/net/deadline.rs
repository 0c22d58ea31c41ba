//! A point in time on the monotonic clock by which something must have happened.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use super::reactor::Reactor;

/// The deadline passed before the future was ready.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Elapsed;

/// When to give up; possibly never.
#[derive(Copy, Clone, Debug)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// In `time` from now; `None` is never. So is a time that the clock cannot express.
    pub fn after(time: Option<Duration>) -> Deadline {
        Deadline(time.and_then(|time| Instant::now().checked_add(time)))
    }

    /// The deadline of the first of `parts` pieces of work that share the time that is left.
    pub fn share(self, parts: u32) -> Deadline {
        let Some(end) = self.0 else { return self };
        let left = end.saturating_duration_since(Instant::now());
        Deadline(Instant::now().checked_add(left / parts.max(1)))
    }

    /// Waits for `future` until the deadline.
    ///
    /// # Errors
    /// [`Elapsed`] when the future was still pending at the deadline. A future that is ready wins over a deadline that
    /// has passed, so that nothing which has happened is lost.
    pub async fn limit<F: Future>(self, reactor: &Reactor, future: F) -> Result<F::Output, Elapsed> {
        let mut future = pin!(future);
        poll_fn(|context| {
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return Poll::Ready(Ok(output));
            }
            match self.0 {
                Some(end) if Instant::now() >= end => Poll::Ready(Err(Elapsed)),
                Some(end) => {
                    reactor.want_time(end);
                    Poll::Pending
                }
                None => Poll::Pending,
            }
        })
        .await
    }
}
