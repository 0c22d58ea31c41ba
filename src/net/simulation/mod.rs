//! A world in memory: sockets, a clock and a resolver that a test owns.
//!
//! While a [`World`] exists, the sessions of its thread live in it: nothing opens a socket, starts a thread or waits. Where the driver
//! would wait in `poll(2)`, the world lets its servers run instead, and then turns the clock to the next moment at which
//! anything happens. So hours pass in no time, and the same seed gives the same session.
//!
//! Servers are futures ([`World::spawn`]) that use [`Listener`], [`Connection`] and [`sleep`].
//!
//! A library that is built for release has none of this: see `build.rs`.

// Only tests use it: what goes wrong here is a fault of the test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod ends;
mod poll;
mod servers;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::io;
use std::marker::PhantomData;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::RawFd;
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

pub(super) use ends::{Descriptor, End};
use ends::{Ends, Queue};
pub use poll::poll;
pub use servers::{Connection, Listener, sleep, wait_for, within};

thread_local! {
    /// Whether there is a world. It needs no destructor: a thread without one, such as that of a forked child, leaves nothing behind.
    static IS_HERE: Cell<bool> = const { Cell::new(false) };
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
    static TASKS: RefCell<Vec<Task>> = const { RefCell::new(Vec::new()) };
}

/// The date in each world, in seconds since 1970: noon of 2026-06-15, UTC.
pub(super) const DATE: i64 = 1_781_524_800;

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// What a world is like.
#[derive(Clone, Debug)]
pub struct Nature {
    /// Of all that is left to chance.
    pub seed: u64,
    /// How long bytes are on their way, at the most. Each piece takes a time of its own, and those of one connection keep their order.
    pub latency: Duration,
    /// And at the least.
    pub least: Duration,
    /// How many bytes fit into one direction of a connection.
    pub window: usize,
    /// How many bytes go over a connection in a second.
    pub speed: u32,
    /// How long the client takes from one look at the clock to the next.
    pub step: Duration,
}

impl Default for Nature {
    fn default() -> Nature {
        let (latency, step) = (Duration::from_millis(1), Duration::from_micros(1));
        Nature { seed: 0, latency, least: Duration::ZERO, window: 64 * 1024, speed: 100_000_000, step }
    }
}

/// A world, which ends with this value. The handles that live in it must end before.
pub struct World {
    /// It belongs to its thread.
    of_its_thread: PhantomData<*const ()>,
}

struct State {
    nature: Nature,
    now: Instant,
    ends: Ends,
    /// Where somebody listens.
    queues: BTreeMap<SocketAddr, Queue>,
    /// Where nobody ever answers, not even with a refusal.
    silent: Vec<IpAddr>,
    hosts: BTreeMap<String, Answer>,
    /// When the first of the servers wants to go on.
    alarm: Option<Instant>,
    /// Counts what has happened.
    events: u64,
    next_port: u16,
}

/// What the resolver says of a host, and how long it takes.
struct Answer {
    after: Duration,
    addresses: Vec<IpAddr>,
}

impl World {
    /// Begins a world for this thread.
    ///
    /// # Panics
    /// There is one already.
    pub fn new(nature: Nature) -> World {
        STATE.with_borrow_mut(|state| {
            assert!(state.is_none(), "a thread lives in one world");
            IS_HERE.set(true);
            *state = Some(State {
                nature,
                now: super::clock::real(),
                ends: Ends::new(),
                queues: BTreeMap::new(),
                silent: Vec::new(),
                hosts: BTreeMap::new(),
                alarm: None,
                events: 0,
                next_port: 40_000,
            });
        });
        World { of_its_thread: PhantomData }
    }

    /// Lets a server run whenever the client waits.
    pub fn spawn(&self, server: impl Future<Output = ()> + 'static) {
        spawn(server);
    }

    /// The resolver knows a host, and tells its addresses after some time. None is an error.
    pub fn knows(&self, host: &str, after: Duration, addresses: &[IpAddr]) {
        let answer = Answer { after, addresses: addresses.to_vec() };
        with(|state| state.hosts.insert(host.to_owned(), answer));
    }

    /// From here on an address neither takes connections nor refuses them.
    pub fn silences(&self, address: IpAddr) {
        with(|state| state.silent.push(address));
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _: &PhantomData<_> = &self.of_its_thread;
        // What they hold belongs to the world.
        drop(TASKS.take());
        IS_HERE.set(false);
        STATE.take();
    }
}

/// As [`World::spawn`], for one who lives in the world.
pub fn spawn(server: impl Future<Output = ()> + 'static) {
    TASKS.with_borrow_mut(|tasks| tasks.push(Box::pin(server)));
}

/// The time in the world of this thread, if there is one. To look takes the client a moment.
pub(super) fn now() -> Option<Instant> {
    if !is_here() {
        return None;
    }
    STATE.with_borrow_mut(|state| {
        let state = state.as_mut()?;
        state.now += state.nature.step;
        Some(state.now)
    })
}

/// Whether this thread lives in a world.
pub(super) fn is_here() -> bool {
    IS_HERE.get()
}

/// What the resolver says.
pub(super) async fn resolve(reactor: &super::Reactor, host: &str) -> io::Result<Vec<IpAddr>> {
    let answer = with(|state| {
        let answer = state.hosts.get(host)?;
        Some((state.now + answer.after, answer.addresses.clone()))
    });
    let (at, addresses) = answer.unwrap_or_else(|| (with(|state| state.now), Vec::new()));
    poll_fn(|_| {
        if with(|state| state.now) >= at {
            return Poll::Ready(());
        }
        reactor.want_time(at);
        Poll::Pending
    })
    .await;
    if addresses.is_empty() { Err(io::Error::other("no such host")) } else { Ok(addresses) }
}

/// Whether a descriptor is one of this thread's world, and open.
pub fn is_open(fd: RawFd) -> bool {
    with_if_here(|state| state.ends.watched(fd).is_some()).unwrap_or(false)
}

fn with<T>(run: impl FnOnce(&mut State) -> T) -> T {
    STATE.with_borrow_mut(|state| run(state.as_mut().expect("the world has ended before what lives in it")))
}

/// For what may outlive the world.
fn with_if_here<T>(run: impl FnOnce(&mut State) -> T) -> Option<T> {
    if !is_here() {
        return None;
    }
    STATE.with_borrow_mut(|state| state.as_mut().map(run))
}

impl State {
    /// SplitMix64.
    fn chance(&mut self) -> u64 {
        self.nature.seed = self.nature.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.nature.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// When something that is sent now is there.
    fn arrival(&mut self, bytes: usize) -> Instant {
        let Nature { latency, least, .. } = self.nature;
        let most = u64::try_from(latency.saturating_sub(least).as_micros()).unwrap_or(u64::MAX);
        let latency = least + Duration::from_micros(self.chance() % most.saturating_add(1));
        let way = Duration::from_secs(1) * u32::try_from(bytes).unwrap_or(u32::MAX) / self.nature.speed;
        self.now + latency + way
    }

    fn free_port(&mut self) -> u16 {
        self.next_port = self.next_port.checked_add(1).unwrap_or(1024);
        self.next_port
    }
}
