//! Futures that run side by side in one call, each with a part of the reactor of its handle.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::clock;
use super::reactor::Reactor;

/// How long one of them goes on in a turn, however much there is to do for it: the others wait meanwhile.
const SHARE: Duration = Duration::from_millis(1);

/// See the module. Only those are polled for which something has happened: there may be hundreds of them.
#[derive(Default)]
pub struct Group<'a> {
    members: Vec<Member<'a>>,
    /// The one that is polled first: where the last turn was over.
    first: usize,
}

struct Member<'a> {
    part: Reactor,
    has_ended: bool,
    future: Pin<Box<dyn Future<Output = ()> + Send + 'a>>,
}

impl<'a> Group<'a> {
    /// Adds a future, which waits by this [`Reactor::part`].
    pub fn add(&mut self, part: Reactor, future: impl Future<Output = ()> + Send + 'a) {
        self.members.push(Member { part, has_ended: false, future: Box::pin(future) });
    }

    /// How many have not ended.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether all have ended.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Lets each go as far as it can, within the turn of the whole. What is left to do is done in the next turn.
    pub fn turn(&mut self, whole: &Reactor) {
        let (now, is_cancelled) = (clock::now(), whole.wake().is_cancelled());
        let end = whole.end_of_turn();
        let count = self.members.len();
        let first = if self.first < count { self.first } else { 0 };
        for at in (first..count).chain(0..first) {
            let Some(member) = self.members.get_mut(at) else { continue };
            if !member.is_due(now, is_cancelled) {
                continue;
            }
            let begin = clock::now();
            if end.is_some_and(|end| begin >= end) {
                // Those before it that have ended are about to make room.
                self.first = at - self.members.iter().take(at).filter(|member| member.has_ended).count();
                break;
            }
            member.has_ended = member.poll(begin.checked_add(SHARE)).is_ready();
        }
        self.members.retain(|member| !member.has_ended);
    }

    /// What they wait for counts for the whole, in whose turn this is.
    pub fn wait(&self, whole: &Reactor) {
        let is_any_due = self.members.iter().any(|member| member.part.is_due());
        whole.interest().joined.extend(self.members.iter().map(|member| member.part.clone()));
        if is_any_due {
            whole.want_time(clock::now());
        }
    }
}

impl Member<'_> {
    fn is_due(&self, now: Instant, is_cancelled: bool) -> bool {
        let is_late = || self.part.interest().deadline.is_some_and(|deadline| deadline <= now);
        is_cancelled || self.part.is_due() || is_late()
    }

    fn poll(&mut self, end: Option<Instant>) -> Poll<()> {
        self.part.take_due();
        self.part.begin_turn_until(end);
        self.future.as_mut().poll(&mut Context::from_waker(&self.part.waker()))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, poll_fn};
    use std::os::fd::AsRawFd;
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Waker;

    use super::*;
    use crate::net::Deadline;
    use crate::net::watched::Watched;

    /// The call that runs a group to its end.
    async fn run(whole: &Reactor, mut group: Group<'_>) {
        poll_fn(|_| {
            group.turn(whole);
            group.wait(whole);
            if group.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    fn sleep(part: &Reactor, milliseconds: u64) -> impl Future<Output = ()> + Send + use<> {
        let (part, time) = (part.clone(), Duration::from_millis(milliseconds));
        async move {
            let _ = Deadline::after(Some(time)).limit(&part, pending::<()>()).await;
        }
    }

    #[test]
    fn all_wait_at_the_same_time_and_each_is_polled_only_when_there_is_something_for_it() {
        let whole = Reactor::new().unwrap();
        let polls = Arc::new(AtomicUsize::new(0));
        let mut group = Group::default();
        for at in 0..200 {
            let (part, polls) = (whole.part(), polls.clone());
            let mut work = Box::pin(sleep(&part, 50 + at % 20 * 5));
            group.add(
                part,
                poll_fn(move |context| {
                    polls.fetch_add(1, Ordering::Relaxed);
                    work.as_mut().poll(context)
                }),
            );
        }
        let begin = Instant::now();
        whole.block_on(run(&whole, group));
        assert!(begin.elapsed() >= Duration::from_millis(145));
        let polls = polls.load(Ordering::Relaxed);
        // Once to begin and once to end; a clock of milliseconds may wake one too early.
        assert!((400..=1000).contains(&polls), "{polls}");
    }

    #[test]
    fn a_descriptor_wakes_the_one_that_waits_for_it() {
        let whole = Reactor::new().unwrap();
        let socket = || std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let polls: Vec<_> = (0..3).map(|_| Arc::new(AtomicUsize::new(0))).collect();
        let mut sockets = Vec::new();
        let mut group = Group::default();
        for count in &polls {
            let (part, count) = (whole.part(), count.clone());
            let watched = Watched::new(&part, socket());
            watched.set_nonblocking(true).unwrap();
            sockets.push(watched.local_addr().unwrap());
            group.add(
                part,
                poll_fn(move |_| {
                    count.fetch_add(1, Ordering::Relaxed);
                    if watched.recv(&mut [0; 8]).is_ok() {
                        return Poll::Ready(());
                    }
                    watched.want_read();
                    Poll::Pending
                }),
            );
        }
        let counts = || polls.iter().map(|count| count.load(Ordering::Relaxed)).collect::<Vec<_>>();
        let mut call = pin!(run(&whole, group));
        assert!(whole.turn(call.as_mut()).is_pending());
        assert_eq!(whole.wanted().len(), 4);
        assert_eq!(counts(), [1, 1, 1]);
        // In an event loop, nobody says what has happened.
        for (at, expected) in [(1, [1, 2, 1]), (2, [1, 2, 2])] {
            assert!(whole.turn(call.as_mut()).is_pending(), "nothing has come");
            socket().send_to(b"x", sockets[at]).unwrap();
            whole.wait();
            assert!(whole.turn(call.as_mut()).is_pending());
            assert_eq!(counts(), expected);
            assert!(whole.wanted().iter().all(|wanted| wanted.fd != -1 && wanted.fd.as_raw_fd() > 0));
        }
        socket().send_to(b"x", sockets[0]).unwrap();
        whole.block_on(call);
    }

    #[test]
    fn one_that_always_has_something_to_do_does_not_keep_the_others_from_it() {
        let whole = Reactor::new().unwrap();
        let rounds: Vec<_> = (0..4).map(|_| Arc::new(AtomicUsize::new(0))).collect();
        let mut group = Group::default();
        for count in &rounds {
            let (part, count) = (whole.part(), count.clone());
            group.add(part.clone(), async move {
                loop {
                    count.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_micros(300));
                    if part.checkpoint().await.is_err() {
                        return;
                    }
                }
            });
        }
        let mut call = pin!(run(&whole, group));
        for _ in 0..8 {
            let begin = Instant::now();
            assert!(whole.turn(call.as_mut()).is_pending());
            assert!(begin.elapsed() < Duration::from_millis(200));
            assert_eq!(whole.milliseconds_left(), Some(0), "the loop is to come back at once");
        }
        let rounds: Vec<_> = rounds.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        let (least, most) = (rounds.iter().min().unwrap(), rounds.iter().max().unwrap());
        assert!(*least > 0 && most - least <= most / 2 + 20, "{rounds:?}");
    }

    #[test]
    fn each_has_its_turn_also_where_others_have_ended_before_it() {
        let whole = Reactor::new().unwrap();
        let order = Arc::new(std::sync::Mutex::new(Vec::new()));
        let mut group = Group::default();
        for number in 0..9 {
            let order = order.clone();
            group.add(whole.part(), async move {
                order.lock().unwrap().push(number);
                if number % 3 == 1 {
                    std::thread::sleep(Duration::from_millis(40));
                }
            });
        }
        while !group.is_empty() {
            whole.begin_turn_until(clock::now().checked_add(Duration::from_millis(20)));
            group.turn(&whole);
        }
        assert_eq!(*order.lock().unwrap(), (0..9).collect::<Vec<_>>());
    }

    #[test]
    fn one_can_have_another_polled_and_a_cancel_ends_them_all() {
        let whole = Reactor::new().unwrap();
        let waker: Cell<Option<Waker>> = Cell::new(None);
        let shared = Arc::new(std::sync::Mutex::new((waker.into_inner(), false)));
        let mut group = Group::default();
        let theirs = shared.clone();
        group.add(
            whole.part(),
            poll_fn(move |context| {
                let mut shared = theirs.lock().unwrap();
                shared.0 = Some(context.waker().clone());
                if shared.1 { Poll::Ready(()) } else { Poll::Pending }
            }),
        );
        let part = whole.part();
        let sleeping = sleep(&part, 20);
        let theirs = shared.clone();
        group.add(part, async move {
            sleeping.await;
            let mut shared = theirs.lock().unwrap();
            shared.1 = true;
            shared.0.take().unwrap().wake();
        });
        whole.block_on(run(&whole, group));

        let mut group = Group::default();
        for _ in 0..3 {
            let part = whole.part();
            group.add(part.clone(), async move {
                assert_eq!(part.unless_cancelled(pending::<()>()).await, None);
            });
        }
        let wake = whole.wake().clone();
        let other = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(30));
            wake.cancel();
        });
        whole.block_on(run(&whole, group));
        other.join().unwrap();
    }
}
