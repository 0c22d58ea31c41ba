//! What the one future of a handle waits for.

use std::future::{Future, poll_fn};
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Instant;

use super::wake::Wake;

/// The descriptors and the time that a pending future asked to be woken for.
///
/// Interest lasts for one turn: the driver forgets it before it polls the future, and whatever part of the future is
/// still pending asks again. So a spurious wake-up costs one system call and can do no harm.
#[derive(Clone, Debug)]
pub struct Reactor(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    wake: Arc<Wake>,
    interest: Mutex<Interest>,
}

/// See [`Reactor`].
#[derive(Debug, Default)]
pub(super) struct Interest {
    pub(super) descriptors: Vec<libc::pollfd>,
    pub(super) deadline: Option<Instant>,
    /// When a turn is to end although it could go on.
    slice_end: Option<Instant>,
}

impl Reactor {
    /// Makes the reactor of a new handle, with its wake-up descriptor.
    ///
    /// # Errors
    /// The process or the system has no descriptor left.
    pub fn new() -> io::Result<Reactor> {
        let shared = Shared { wake: Arc::new(Wake::new()?), interest: Mutex::new(Interest::default()) };
        Ok(Reactor(Arc::new(shared)))
    }

    /// The part that other threads may touch.
    pub fn wake(&self) -> &Arc<Wake> {
        &self.0.wake
    }

    pub(super) fn interest(&self) -> MutexGuard<'_, Interest> {
        self.0.interest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn want_read(&self, descriptor: &impl AsFd) {
        self.want(descriptor, libc::POLLIN);
    }

    pub(super) fn want_write(&self, descriptor: &impl AsFd) {
        self.want(descriptor, libc::POLLOUT);
    }

    fn want(&self, descriptor: &impl AsFd, events: libc::c_short) {
        let fd = descriptor.as_fd().as_raw_fd();
        self.interest().descriptors.push(libc::pollfd { fd, events, revents: 0 });
    }

    pub(super) fn want_time(&self, at: Instant) {
        let mut interest = self.interest();
        interest.deadline = Some(interest.deadline.map_or(at, |earlier| earlier.min(at)));
    }

    /// Before a turn: whatever is still wanted is asked for again.
    pub(super) fn forget_interest(&self) {
        let mut interest = self.interest();
        interest.descriptors.clear();
        interest.deadline = None;
    }

    /// When the turns that follow are to end although they could go on; `None` is never.
    pub(super) fn end_turns_at(&self, at: Option<Instant>) {
        self.interest().slice_end = at;
    }

    /// Runs `future` to its end, or drops it as soon as it waits and the call has been cancelled: then `None`.
    pub async fn unless_cancelled<F: Future>(&self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        poll_fn(|context| {
            if self.wake().is_cancelled() {
                return Poll::Ready(None);
            }
            match future.as_mut().poll(context) {
                Poll::Ready(output) => Poll::Ready(Some(output)),
                Poll::Pending if self.wake().is_cancelled() => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// A place where a busy loop lets itself be cancelled, pending for good once the call has been; and where it lets an event
    /// loop have its turn.
    pub async fn checkpoint(&self) {
        let mut has_stepped_back = false;
        poll_fn(|_| {
            if self.wake().is_cancelled() {
                return Poll::Pending;
            }
            let is_late = self.interest().slice_end.is_some_and(|end| Instant::now() >= end);
            if is_late && !std::mem::replace(&mut has_stepped_back, true) {
                self.want_time(Instant::now());
                return Poll::Pending;
            }
            Poll::Ready(())
        })
        .await;
    }
}
