//! Polls the future of a handle, and waits in `poll(2)` in between.

use std::future::Future;
use std::os::fd::{AsFd, AsRawFd};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::reactor::Reactor;

impl Reactor {
    /// Runs one call to its end, waiting as often as it takes.
    pub fn block_on<F: Future>(&self, call: F) -> F::Output {
        let _running = Running::new(self);
        let mut call = pin!(call);
        loop {
            if let Poll::Ready(output) = self.turn(call.as_mut()) {
                return output;
            }
            self.wait();
        }
    }

    /// As [`Reactor::block_on`], for a call that uses the sockets of another handle as well.
    pub fn block_on_with<F: Future>(&self, other: &Reactor, call: F) -> F::Output {
        let _running = (Running::new(self), Running::new(other));
        let mut call = pin!(call);
        loop {
            other.forget_interest();
            if let Poll::Ready(output) = self.turn(call.as_mut()) {
                return output;
            }
            self.adopt_interest(other);
            self.wait();
            other.wake().silence();
        }
    }

    fn forget_interest(&self) {
        let mut interest = self.interest();
        interest.descriptors.clear();
        interest.deadline = None;
    }

    /// Waits for what the other one asked for as well.
    fn adopt_interest(&self, other: &Reactor) {
        self.want_read(other.wake().as_ref());
        if let Some(deadline) = other.interest().deadline {
            self.want_time(deadline);
        }
        self.interest().descriptors.extend_from_slice(&other.interest().descriptors);
    }

    /// Lets the future of a call run as far as it can without waiting. It may be called at any time and any number of
    /// times: too early does no harm.
    pub fn turn<F: Future>(&self, call: Pin<&mut F>) -> Poll<F::Output> {
        self.forget_interest();
        call.poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Waits for what the last turn asked for.
    pub fn wait(&self) {
        let mut interest = self.interest();
        let timeout = interest.deadline.map_or(-1, milliseconds_until);
        let wake = libc::pollfd { fd: self.wake().as_fd().as_raw_fd(), events: libc::POLLIN, revents: 0 };
        interest.descriptors.push(wake);
        poll(&mut interest.descriptors, timeout);
        if interest.descriptors.last().is_some_and(|wake| wake.revents != 0) {
            // Silenced before the future looks at what it announced, never after: no call can be missed.
            self.wake().silence();
        }
    }
}

/// Marks a call as running, so that it can be cancelled; also when it panics.
struct Running<'a>(&'a Reactor);

impl<'a> Running<'a> {
    fn new(reactor: &'a Reactor) -> Running<'a> {
        reactor.wake().begin();
        Running(reactor)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.wake().end();
    }
}

/// Rounded up: a wait that ends before its deadline would only be repeated.
fn milliseconds_until(deadline: Instant) -> libc::c_int {
    let left = deadline.saturating_duration_since(Instant::now()) + Duration::from_nanos(999_999);
    libc::c_int::try_from(left.as_millis()).unwrap_or(libc::c_int::MAX)
}

#[allow(unsafe_code)]
fn poll(descriptors: &mut [libc::pollfd], timeout: libc::c_int) {
    // SAFETY: pointer and length are of one slice. A failure needs no answer: EINTR and ENOMEM end the wait early, and
    // the future, polled again, finds out by itself what is ready.
    unsafe { libc::poll(descriptors.as_mut_ptr(), descriptors.len() as libc::nfds_t, timeout) };
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::thread;

    use super::*;
    use crate::net::Deadline;

    #[test]
    fn a_turn_never_waits_and_a_wait_ends_at_the_deadline() {
        let reactor = Reactor::new().unwrap();
        let deadline = Deadline::after(Some(Duration::from_millis(50)));
        let mut future = pin!(deadline.limit(&reactor, std::future::pending::<()>()));
        let start = Instant::now();
        assert!(reactor.turn(future.as_mut()).is_pending());
        assert!(start.elapsed() < Duration::from_millis(40));
        reactor.wait();
        assert!(reactor.turn(future.as_mut()).is_ready());
        assert!(start.elapsed() >= Duration::from_millis(50));
    }

    #[test]
    fn cancel_wakes_a_call_that_waits_for_nothing_else() {
        let reactor = Reactor::new().unwrap();
        let wake = reactor.wake().clone();
        let other = thread::spawn(move || {
            thread::sleep(Duration::from_millis(30));
            wake.cancel();
        });
        assert_eq!(reactor.block_on(reactor.unless_cancelled(std::future::pending::<()>())), None);
        other.join().unwrap();
    }

    #[test]
    fn cancel_before_or_after_a_call_does_nothing() {
        let reactor = Reactor::new().unwrap();
        reactor.wake().cancel();
        assert_eq!(reactor.block_on(reactor.unless_cancelled(async { 1 })), Some(1));
        reactor.wake().cancel();
        assert_eq!(reactor.block_on(reactor.unless_cancelled(async { 2 })), Some(2));
    }

    #[test]
    fn cancel_from_inside_a_busy_call_takes_effect_at_its_next_checkpoint() {
        let reactor = Reactor::new().unwrap();
        let mut rounds = 0;
        let call = async {
            loop {
                rounds += 1;
                if rounds == 3 {
                    reactor.wake().cancel();
                }
                reactor.checkpoint().await;
            }
        };
        let outcome: Option<()> = reactor.block_on(reactor.unless_cancelled(call));
        assert_eq!((outcome, rounds), (None, 3));
    }

    #[test]
    fn the_nearest_of_several_deadlines_counts() {
        let reactor = Reactor::new().unwrap();
        let now = Instant::now();
        let mut first = true;
        reactor.block_on(poll_fn(|_| {
            if !std::mem::take(&mut first) {
                return Poll::Ready(());
            }
            reactor.want_time(now + Duration::from_secs(60));
            reactor.want_time(now + Duration::from_millis(20));
            reactor.want_time(now + Duration::from_secs(30));
            Poll::Pending
        }));
        assert!(now.elapsed() < Duration::from_secs(10));
    }
}
