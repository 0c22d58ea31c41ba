//! Polls the future of a handle, and waits in `poll(2)` in between.

use std::future::{Future, poll_fn};
use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::clock;
use super::process::Generation;
use super::reactor::{Interest, Reactor};
use super::wake::Wake;

/// The longest list whose memory is kept from one wait to the next.
const KEPT_DESCRIPTORS: usize = 16;
/// How often the user may look up from a call that waits.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// What the user wants of a call, having looked up from it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// It is to go on.
    GoOn,
    /// It is to stop, in an orderly way.
    Cancel,
    /// It is to stop, and nothing is waited for.
    Leave,
}

impl Reactor {
    /// Runs one call to its end, waiting as often as it takes.
    pub fn block_on<F: Future>(&self, call: F) -> F::Output {
        let _running = self.begin();
        self.finish(pin!(call), None)
    }

    /// [`Reactor::block_on`] for a call that was begun. `look` is the user's look up from it: it comes when a signal has interrupted
    /// a wait, and every 100 ms. After a cancel, it comes while the session is brought back into step.
    pub fn finish<F: Future + ?Sized>(
        &self,
        mut call: Pin<&mut F>,
        mut look: Option<&mut dyn FnMut() -> Look>,
    ) -> F::Output {
        let generation = Generation::current();
        let mut next = clock::now().checked_add(LOOK_INTERVAL);
        self.look_again();
        loop {
            // A signal handler may have called fork(), and gone on in the child as well.
            generation.require_current();
            if let Poll::Ready(output) = self.turn_after_wait(call.as_mut()) {
                return output;
            }
            let Some(look_up) = &mut look else {
                self.wait();
                continue;
            };
            let was_interrupted = self.wait_until(next);
            if was_interrupted || next.is_some_and(|next| clock::now() >= next) {
                match look_up() {
                    Look::GoOn => {}
                    Look::Cancel => self.wake().cancel(),
                    Look::Leave => self.leave(),
                }
                next = clock::now().checked_add(LOOK_INTERVAL);
            }
        }
    }

    /// Also the other handle of a call that uses two.
    fn leave(&self) {
        self.wake().leave();
        self.interest().joined.iter().for_each(|other| other.wake().leave());
    }

    /// Marks a call as running, so that it can be cancelled, until the guard is dropped.
    pub fn begin(&self) -> Running {
        self.wake().begin();
        Running(self.wake().clone())
    }

    /// Lets the future of a call run as far as it can without waiting, but not for long: there may always be more to do. It may be
    /// called at any time and any number of times: too early does no harm.
    pub fn turn<F: Future + ?Sized>(&self, call: Pin<&mut F>) -> Poll<F::Output> {
        self.look_again();
        self.turn_after_wait(call)
    }

    /// Nobody knows who has waited for what.
    fn look_again(&self) {
        self.ask_all_again();
        if self.interest().joined.is_empty() {
            return;
        }
        // There may be hundreds: each is polled only if there is something for it.
        let mut descriptors = self.wanted();
        match poll(&mut descriptors, 0) {
            Ok(()) => self.learn(&descriptors),
            Err(_) => self.interest().joined.iter().for_each(Reactor::set_due),
        }
    }

    /// As [`Reactor::turn`], after a wait that has noted what there is.
    fn turn_after_wait<F: Future + ?Sized>(&self, call: Pin<&mut F>) -> Poll<F::Output> {
        self.begin_turn();
        call.poll(&mut Context::from_waker(Waker::noop()))
    }

    /// A turn in an event loop of the user's, where nobody else silences the wake-up descriptor.
    pub fn turn_of_loop<F: Future + ?Sized>(&self, call: Pin<&mut F>) -> Poll<F::Output> {
        // It is the loop that was woken; what for is looked at now.
        self.look_again();
        self.wake().silence();
        self.turn_after_wait(call)
    }

    /// A call that uses the sockets of another handle as well, driven by this one's reactor.
    pub async fn joined<F: Future>(&self, other: &Reactor, call: F) -> F::Output {
        let _running = other.begin();
        let _joined = Joined { near: self, far: other };
        let mut call = pin!(call);
        poll_fn(|context| {
            other.wake().silence();
            other.ask_all_again();
            other.begin_turn_of(self);
            self.interest().joined.push(other.clone());
            call.as_mut().poll(context)
        })
        .await
    }

    /// Waits for what the last turn asked for.
    pub fn wait(&self) {
        self.wait_until(None);
    }

    /// As [`Reactor::wait`], but no longer than until `latest`. Returns whether a signal has interrupted it.
    fn wait_until(&self, latest: Option<Instant>) -> bool {
        let mut descriptors = std::mem::take(&mut self.interest().list);
        self.list(&mut descriptors);
        let deadline = self.deadline().into_iter().chain(latest).min();
        let waited = poll(&mut descriptors, deadline.map_or(-1, milliseconds_to));
        match waited {
            Ok(()) => self.learn(&descriptors),
            Err(_) => {
                self.ask_all_again();
                self.interest().joined.iter().for_each(Reactor::set_due);
            }
        }
        if descriptors.first().is_some_and(|wake| wake.revents != 0) {
            // Silenced before the future looks at what it announced, never after: no call can be missed.
            self.wake().silence();
        }
        if descriptors.capacity() <= KEPT_DESCRIPTORS {
            self.interest().list = descriptors;
        }
        waited.is_err_and(|error| error.kind() == io::ErrorKind::Interrupted)
    }

    /// Notes what a wait for [`Reactor::wanted`] has found.
    fn learn(&self, found: &[libc::pollfd]) {
        let Some((wake, rest)) = found.split_first() else { return };
        let joined = self.interest().joined.clone();
        if wake.revents != 0 {
            // Whoever it is for.
            joined.iter().for_each(Reactor::set_due);
        }
        if rest.iter().all(|found| found.revents == 0) {
            return;
        }
        // `rest` has the order of its descriptors.
        let is_ready = |fd: RawFd| {
            let at = rest.binary_search_by_key(&fd, |found| found.fd);
            at.ok().and_then(|at| rest.get(at)).is_some_and(|found| found.revents != 0)
        };
        for reactor in joined.iter().chain([self]) {
            let mut interest = reactor.interest();
            let Interest { descriptors, drained, .. } = &mut *interest;
            drained.retain(|&fd| !is_ready(fd));
            if descriptors.iter().any(|wanted| is_ready(wanted.fd)) {
                reactor.set_due();
            }
        }
    }

    /// What the last turn asked for: first the descriptor that other threads wake the handle by, then each other one once, in
    /// their order.
    pub fn wanted(&self) -> Vec<libc::pollfd> {
        let mut wanted = Vec::new();
        self.list(&mut wanted);
        wanted
    }

    /// Makes this list [`Reactor::wanted`].
    fn list(&self, wanted: &mut Vec<libc::pollfd>) {
        wanted.clear();
        wanted.push(self.wake_descriptor());
        self.collect(wanted);
    }

    fn collect(&self, wanted: &mut Vec<libc::pollfd>) {
        let interest = self.interest();
        interest.descriptors.iter().for_each(|&asked| add(wanted, asked));
        for other in &interest.joined {
            if !Arc::ptr_eq(self.wake(), other.wake()) {
                add(wanted, other.wake_descriptor());
            }
            other.collect(wanted);
        }
    }

    fn wake_descriptor(&self) -> libc::pollfd {
        libc::pollfd { fd: self.wake().as_fd().as_raw_fd(), events: libc::POLLIN, revents: 0 }
    }

    /// How long what the last turn asked for may be waited for. `None` is for ever.
    pub fn milliseconds_left(&self) -> Option<libc::c_int> {
        self.deadline().map(milliseconds_to)
    }

    /// The nearest point in time that the last turn asked for.
    fn deadline(&self) -> Option<Instant> {
        let (own, joined) = {
            let interest = self.interest();
            (interest.deadline, interest.joined.clone())
        };
        own.into_iter().chain(joined.iter().filter_map(Reactor::deadline)).min()
    }
}

/// Until this is dropped, what one reactor is asked for counts for another as well.
struct Joined<'a> {
    near: &'a Reactor,
    far: &'a Reactor,
}

impl Drop for Joined<'_> {
    fn drop(&mut self) {
        self.near.interest().joined.retain(|joined| !joined.is(self.far));
    }
}

/// A call is running, and can be cancelled. Also a panic ends that.
#[derive(Debug)]
pub struct Running(Arc<Wake>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Each descriptor behind the first stands once, and they keep their order.
fn add(wanted: &mut Vec<libc::pollfd>, asked: libc::pollfd) {
    let rest = wanted.get(1..).unwrap_or_default();
    match rest.binary_search_by_key(&asked.fd, |known| known.fd) {
        Ok(at) => wanted.iter_mut().skip(1 + at).take(1).for_each(|known| known.events |= asked.events),
        Err(at) => wanted.insert(1 + at, asked),
    }
}

/// The time to a deadline, rounded up: a wait that ends before it would only be repeated.
fn milliseconds_to(deadline: Instant) -> libc::c_int {
    let left = deadline.saturating_duration_since(clock::now());
    let milliseconds = (left + Duration::from_nanos(999_999)).as_millis();
    libc::c_int::try_from(milliseconds).unwrap_or(libc::c_int::MAX)
}

fn poll(descriptors: &mut [libc::pollfd], timeout: libc::c_int) -> io::Result<()> {
    #[cfg(simulation)]
    if super::simulation::poll(descriptors, timeout).is_some() {
        return Ok(());
    }
    poll_system(descriptors, timeout)
}

/// No failure needs an answer: EINTR and ENOMEM end the wait early, and the future, polled again, finds out by itself what is ready.
#[allow(unsafe_code)]
pub(super) fn poll_system(descriptors: &mut [libc::pollfd], timeout: libc::c_int) -> io::Result<()> {
    // SAFETY: pointer and length are of one slice.
    let ready = unsafe { libc::poll(descriptors.as_mut_ptr(), descriptors.len() as libc::nfds_t, timeout) };
    if ready < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::ready;
    use std::thread;

    use super::*;
    use crate::net::Cancelled;
    use crate::net::Deadline;
    use crate::net::watched::Watched;

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

    /// How a call ends that has to wait for 700 ms after a cancel, and how long it takes.
    fn cancelled_and_then(after_cancel: Look) -> (Option<()>, u32, Duration) {
        let reactor = Reactor::new().unwrap();
        let start = Instant::now();
        let mut looks = 0;
        let mut look = || {
            looks += 1;
            [Look::GoOn, Look::GoOn, Look::Cancel].get(looks as usize - 1).copied().unwrap_or(after_cancel)
        };
        let _running = reactor.begin();
        let recovery = Deadline::after(Some(Duration::from_millis(700)));
        let call = pin!(async {
            assert_eq!(reactor.unless_cancelled(std::future::pending::<()>()).await, None);
            let recovered = recovery.limit(&reactor, std::future::pending::<()>());
            reactor.unless_left(recovered).await.map(drop)
        });
        let outcome = reactor.finish(call, Some(&mut look));
        (outcome, looks, start.elapsed())
    }

    #[test]
    fn a_look_comes_ten_times_a_second_and_can_end_the_call() {
        let (outcome, looks, took) = cancelled_and_then(Look::Cancel);
        assert_eq!(outcome, Some(()));
        assert!((4..=7).contains(&looks), "{looks}");
        assert!(took >= Duration::from_millis(700), "{took:?}");
    }

    #[test]
    fn a_look_can_end_what_a_cancelled_call_still_waits_for() {
        let (outcome, looks, _) = cancelled_and_then(Look::Leave);
        assert_eq!((outcome, looks), (None, 4));
    }

    #[test]
    fn a_call_that_is_soon_over_is_not_looked_up_from() {
        let reactor = Reactor::new().unwrap();
        let mut look = || panic!("it does not wait");
        assert_eq!(reactor.finish(pin!(async { 1 }), Some(&mut look)), 1);
    }

    #[test]
    fn a_busy_call_is_looked_up_from_as_well() {
        let reactor = Reactor::new().unwrap();
        let (start, mut looks) = (Instant::now(), 0);
        let mut look = || {
            looks += 1;
            Look::GoOn
        };
        let call = pin!(async {
            while start.elapsed() < Duration::from_millis(450) {
                reactor.checkpoint().await.unwrap();
            }
        });
        reactor.finish(call, Some(&mut look));
        assert!((1..=4).contains(&looks), "{looks}");
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
                reactor.checkpoint().await?;
            }
        };
        let outcome: Option<Result<(), Cancelled>> = reactor.block_on(reactor.unless_cancelled(call));
        assert_eq!((outcome, rounds), (Some(Err(Cancelled)), 3));
    }

    #[test]
    fn a_turn_ends_although_there_is_always_more_to_do() {
        let reactor = Reactor::new().unwrap();
        let rounds = AtomicUsize::new(0);
        let mut busy = pin!(async {
            loop {
                rounds.fetch_add(1, Ordering::Relaxed);
                reactor.checkpoint().await.unwrap();
            }
        });
        let mut before = 0;
        for _ in 0..3 {
            let outcome: Poll<()> = reactor.turn(busy.as_mut());
            assert!(outcome.is_pending());
            assert_eq!(reactor.milliseconds_left(), Some(0), "the loop is to come back at once");
            let now = rounds.load(Ordering::Relaxed);
            assert!(now > before, "no turn is without progress");
            before = now;
        }
    }

    #[test]
    fn a_loop_that_is_fed_without_end_ends_with_its_limit_and_with_a_cancel() {
        let reactor = Reactor::new().unwrap();
        let fed = || {
            poll_fn(|_| -> Poll<()> {
                loop {
                    ready!(reactor.poll_go_on());
                }
            })
        };
        let deadline = Deadline::after(Some(Duration::from_millis(50)));
        assert!(reactor.block_on(deadline.limit(&reactor, fed())).is_err());

        let wake = reactor.wake().clone();
        let other = thread::spawn(move || {
            thread::sleep(Duration::from_millis(30));
            wake.cancel();
        });
        assert_eq!(reactor.block_on(reactor.unless_cancelled(fed())), None);
        other.join().unwrap();
    }

    #[test]
    fn a_turn_that_comes_late_still_gets_on() {
        let reactor = Reactor::new().unwrap();
        let mut steps = 0;
        let mut late = pin!(poll_fn(|_| -> Poll<()> {
            thread::sleep(Duration::from_millis(20));
            loop {
                ready!(reactor.poll_go_on());
                steps += 1;
            }
        }));
        assert!(reactor.turn(late.as_mut()).is_pending());
        assert_eq!(reactor.milliseconds_left(), Some(0));
        assert!(steps > 10, "{steps}");
    }

    #[test]
    fn a_descriptor_that_is_wanted_twice_is_told_once() {
        let reactor = Reactor::new().unwrap();
        let socket = Watched::new(&reactor, std::net::UdpSocket::bind("127.0.0.1:0").unwrap());
        socket.want_read();
        socket.want_write();
        let wanted = reactor.wanted();
        let [wake, both] = wanted.as_slice() else { panic!("{wanted:?}") };
        assert_eq!((wake.fd, wake.events), (reactor.wake().as_fd().as_raw_fd(), libc::POLLIN));
        assert_eq!((both.fd, both.events), (socket.as_raw_fd(), libc::POLLIN | libc::POLLOUT));
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
