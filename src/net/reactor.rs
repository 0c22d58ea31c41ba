//! What the one future of a handle waits for.

use std::future::{Future, poll_fn};
use std::io;
use std::os::fd::RawFd;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{self, Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::clock;
use super::wake::Wake;

/// The longest that a turn goes on while nothing makes it wait. Whoever never lets a loop run dry would hold it for ever: a
/// fast transfer in an event loop that has other things to do; and a server that floods the client, past limits and cancels,
/// which take effect between turns.
const SLICE: Duration = Duration::from_millis(10);

/// So many steps a turn has whatever the clock says: a machine that is busy with something else still gets on.
const LEAST_STEPS: u32 = 16;

/// Somebody has cancelled the call that is running.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Cancelled;

/// The descriptors and the time that a pending future asked to be woken for.
///
/// Interest lasts for one turn: the driver forgets it before it polls the future, and whatever part of the future is
/// still pending asks again. So a spurious wake-up costs one system call and can do no harm. Interest in a descriptor also ends
/// with its socket, in the middle of a turn: see `Watched`.
#[derive(Clone, Debug)]
pub struct Reactor(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    wake: Arc<Wake>,
    interest: Mutex<Interest>,
    /// There is something to do for who waits by this part of a reactor.
    is_due: AtomicBool,
}

/// See [`Reactor`].
#[derive(Debug, Default)]
pub(super) struct Interest {
    pub(super) descriptors: Vec<libc::pollfd>,
    pub(super) deadline: Option<Instant>,
    /// Those whose interest counts as this one's.
    pub(super) joined: Vec<Reactor>,
    /// Descriptors that had nothing left to read, and of which no wait has said anything else since.
    pub(super) drained: Vec<RawFd>,
    /// The memory of the list that was waited for last.
    pub(super) list: Vec<libc::pollfd>,
    slice: Slice,
}

/// What a turn may take, and has taken.
#[derive(Debug, Default)]
struct Slice {
    /// When it is over; `None` before the first turn.
    end: Option<Instant>,
    /// The steps that it has begun.
    steps: u32,
}

impl Slice {
    fn of(end: Option<Instant>) -> Slice {
        Slice { end, steps: 0 }
    }

    /// Begins one more step. Whether the turn has lasted too long for it.
    fn is_over(&mut self) -> bool {
        self.steps = self.steps.saturating_add(1);
        self.steps > LEAST_STEPS && self.end.is_some_and(|end| clock::now() >= end)
    }
}

impl Reactor {
    /// Makes the reactor of a new handle, with its wake-up descriptor.
    ///
    /// # Errors
    /// The process or the system has no descriptor left.
    pub fn new() -> io::Result<Reactor> {
        Ok(Reactor::with(Arc::new(Wake::new()?)))
    }

    fn with(wake: Arc<Wake>) -> Reactor {
        let interest = Mutex::new(Interest::default());
        Reactor(Arc::new(Shared { wake, interest, is_due: AtomicBool::new(true) }))
    }

    /// A reactor for one of several futures that run side by side in a call of this one's handle: see [`Group`](super::Group). What
    /// wakes and cancels the call wakes and cancels that future.
    pub fn part(&self) -> Reactor {
        Reactor::with(self.wake().clone())
    }

    /// Has the future that waits by this part polled in the next turn.
    pub(super) fn set_due(&self) {
        self.0.is_due.store(true, Ordering::Relaxed);
    }

    /// The future is being polled.
    pub(super) fn take_due(&self) {
        self.0.is_due.store(false, Ordering::Relaxed);
    }

    pub(super) fn is_due(&self) -> bool {
        self.0.is_due.load(Ordering::Relaxed)
    }

    /// Has the future polled from anywhere in the same call.
    pub(super) fn waker(&self) -> Waker {
        Waker::from(self.0.clone())
    }

    /// The part that other threads may touch.
    pub fn wake(&self) -> &Arc<Wake> {
        &self.0.wake
    }

    pub(super) fn is(&self, other: &Reactor) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn interest(&self) -> MutexGuard<'_, Interest> {
        self.0.interest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For `Watched` alone, which takes it back in time.
    pub(super) fn want(&self, fd: RawFd, events: libc::c_short) {
        self.interest().descriptors.push(libc::pollfd { fd, events, revents: 0 });
    }

    /// Nothing is wanted of a descriptor any more.
    pub(super) fn forget(&self, fd: RawFd) {
        let mut interest = self.interest();
        interest.descriptors.retain(|wanted| wanted.fd != fd);
        interest.drained.retain(|drained| *drained != fd);
    }

    /// Until a wait says otherwise, a read of this descriptor would find nothing.
    pub(super) fn nothing_is_there(&self, fd: RawFd) {
        let mut interest = self.interest();
        if !interest.drained.contains(&fd) {
            interest.drained.push(fd);
        }
    }

    pub(super) fn is_drained(&self, fd: RawFd) -> bool {
        self.interest().drained.contains(&fd)
    }

    /// There may be something to read again.
    pub(super) fn ask_again(&self, fd: RawFd) {
        self.interest().drained.retain(|drained| *drained != fd);
    }

    /// There may be something to read again, wherever that is. False if that is nothing new.
    pub(super) fn ask_all_again(&self) -> bool {
        let drained = &mut self.interest().drained;
        let is_new = !drained.is_empty();
        drained.clear();
        is_new
    }

    /// What waits is polled at this moment, if not before.
    pub fn want_time(&self, at: Instant) {
        let mut interest = self.interest();
        interest.deadline = Some(interest.deadline.map_or(at, |earlier| earlier.min(at)));
    }

    /// Before a turn: whatever is still wanted is asked for again, and the turn has its time.
    pub(super) fn begin_turn(&self) {
        self.begin_turn_until(clock::now().checked_add(SLICE));
    }

    /// As [`Reactor::begin_turn`], for a part of the turn that `whole` is in.
    pub(super) fn begin_turn_of(&self, whole: &Reactor) {
        self.begin_turn_until(whole.end_of_turn());
    }

    pub(super) fn end_of_turn(&self) -> Option<Instant> {
        self.interest().slice.end
    }

    pub(super) fn begin_turn_until(&self, end: Option<Instant>) {
        let mut interest = self.interest();
        interest.descriptors.clear();
        interest.joined.clear();
        interest.deadline = None;
        interest.slice = Slice::of(end);
    }

    /// One more step that a peer can have the client do, such as a read: ready while the turn may go on, pending from when it has
    /// lasted long enough. What is left to do is done in the next turn, which begins at once.
    ///
    /// Each loop that a peer can feed passes here: then limits and cancels end it, whatever the peer sends.
    pub(super) fn poll_go_on(&self) -> Poll<()> {
        let mut interest = self.interest();
        if !interest.slice.is_over() {
            return Poll::Ready(());
        }
        interest.deadline = Some(clock::now());
        Poll::Pending
    }

    /// Runs `future` to its end, or drops it as soon as it waits and the call has been cancelled: then `None`.
    pub fn unless_cancelled<F: Future>(&self, future: F) -> impl Future<Output = Option<F::Output>> {
        Unless { reactor: self, is_over: Wake::is_cancelled, future }
    }

    /// Likewise, for what a cancelled call still has to do. It ends when the user does not wait for that either.
    pub fn unless_left<F: Future>(&self, future: F) -> impl Future<Output = Option<F::Output>> {
        Unless { reactor: self, is_over: Wake::is_left, future }
    }

    /// A place where a busy loop lets itself be cancelled, and where it ends a turn that has lasted long enough.
    ///
    /// # Errors
    /// Somebody has cancelled the call: the loop must end.
    pub async fn checkpoint(&self) -> Result<(), Cancelled> {
        let mut has_stepped_back = false;
        poll_fn(|_| {
            if self.wake().is_cancelled() {
                return Poll::Ready(Err(Cancelled));
            }
            if !has_stepped_back && self.interest().slice.is_over() {
                has_stepped_back = true;
                self.want_time(clock::now());
                return Poll::Pending;
            }
            Poll::Ready(Ok(()))
        })
        .await
    }
}

impl task::Wake for Shared {
    fn wake(self: Arc<Shared>) {
        self.is_due.store(true, Ordering::Relaxed);
    }
}

/// See [`Reactor::unless_cancelled`]. Written out, because an `async fn` would have the future twice.
struct Unless<'a, F> {
    reactor: &'a Reactor,
    is_over: fn(&Wake) -> bool,
    future: F,
}

impl<F: Future> Future for Unless<'_, F> {
    type Output = Option<F::Output>;

    #[allow(unsafe_code)]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the future is not moved out, and is dropped in place: there is no other way to it, and no `Drop`.
        let (future, is_over, wake) = unsafe {
            let this = self.get_unchecked_mut();
            (Pin::new_unchecked(&mut this.future), this.is_over, this.reactor.wake())
        };
        if is_over(wake) {
            return Poll::Ready(None);
        }
        match future.poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if is_over(wake) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}
