//! Two ways to drive a client: as a program does that waits for each call, and as the worst event loop does.
//!
//! Tests say `client.run(async |client| …)` where a program would say `block_on`. A process with `FTPCLIENT_DRIVEN=hostile` drives all
//! its clients by hand, and servers send it replies byte by byte. [`hostile`] does so in one function, [`without_manners`] with all
//! tests of a program. What comes of it must be the same.

use std::cell::Cell;
use std::env;
use std::fs::File;
use std::future::Future;
use std::io::Write;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::pin::pin;
use std::process::Command;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use ftpclient::client::Client;
use ftpclient::error::Result;
use ftpclient::net::Reactor;

const DRIVEN: &str = "FTPCLIENT_DRIVEN";

thread_local! {
    static HOSTILE: Cell<bool> = Cell::new(env::var(DRIVEN).is_ok_and(|how| how == "hostile"));
    /// The descriptor that the client was given to use.
    static LENT: Cell<Option<RawFd>> = const { Cell::new(None) };
}

/// Whether clients of this thread are driven without manners, and servers send their replies byte by byte.
pub fn is_hostile() -> bool {
    HOSTILE.get()
}

/// Runs a function whose clients, on this thread, are driven without manners.
pub fn hostile<T>(run: impl FnOnce() -> T) -> T {
    let before = HOSTILE.replace(true);
    let outcome = run();
    HOSTILE.set(before);
    outcome
}

/// Runs all tests of this program once more, without manners, except the one of this name, which calls this. What that process prints
/// belongs to what this one prints: its tests are counted.
pub fn without_manners(this_test: &str) {
    if !is_hostile() {
        let mut once_more = Command::new(env::current_exe().unwrap());
        let status = once_more.args(["--skip", this_test]).env(DRIVEN, "hostile").status().unwrap();
        assert!(status.success(), "{DRIVEN}=hostile: {status}");
    }
}

/// Runs what uses a descriptor of the test's: one that it has given the client, and that may block.
pub fn lending<T>(descriptor: &impl AsFd, run: impl FnOnce() -> T) -> T {
    let before = LENT.replace(Some(descriptor.as_fd().as_raw_fd()));
    let outcome = run();
    LENT.set(before);
    outcome
}

/// [`Client::block_on`], in the way in which clients are driven here.
pub trait Drive {
    fn run<T>(&mut self, operation: impl AsyncFnOnce(&mut Client) -> Result<T>) -> Result<T>;
}

impl Drive for Client {
    fn run<T>(&mut self, operation: impl AsyncFnOnce(&mut Client) -> Result<T>) -> Result<T> {
        let reactor = self.reactor().clone();
        run(&reactor, self.perform(operation))
    }
}

/// [`Reactor::block_on`], in the way in which clients are driven here.
pub fn run<F: Future>(reactor: &Reactor, call: F) -> F::Output {
    if is_hostile() { insist(reactor, call) } else { reactor.block_on(call) }
}

/// An event loop without manners: it takes turns when nothing is ready, waits for something else, wakes itself up for
/// nothing, and only sometimes waits for what it should. The same in every run.
fn insist<F: Future>(reactor: &Reactor, call: F) -> F::Output {
    let _running = reactor.begin();
    let mut call = pin!(call);
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    loop {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let choice = random >> 60;
        let outcome = if choice.is_multiple_of(2) {
            reactor.turn(call.as_mut())
        } else {
            reactor.turn_of_loop(call.as_mut())
        };
        if let Poll::Ready(output) = outcome {
            return output;
        }
        check_what_is_told(reactor);
        match choice {
            0..=4 => {}
            5..=7 => thread::yield_now(),
            8 | 9 => thread::sleep(Duration::from_micros(50)),
            10 => wake_for_nothing(reactor),
            _ => reactor.wait(),
        }
    }
}

/// What the client waits for is open, and its own or lent to it: its descriptors do not block, those of the scripted servers of this process do.
#[track_caller]
pub fn check_what_is_told(reactor: &Reactor) {
    for wanted in reactor.wanted() {
        // SAFETY: fcntl takes no pointers here.
        #[allow(unsafe_code)]
        let flags = unsafe { libc::fcntl(wanted.fd, libc::F_GETFL) };
        assert!(flags != -1, "descriptor {} is told and not open", wanted.fd);
        let is_own = flags & libc::O_NONBLOCK != 0 || LENT.get() == Some(wanted.fd);
        assert!(is_own, "descriptor {} is told and somebody else's", wanted.fd);
    }
}

/// As if another thread had woken the handle, with no news. (Where the descriptor is no `eventfd`, nothing happens.)
fn wake_for_nothing(reactor: &Reactor) {
    let wake = reactor.wake().as_fd().try_clone_to_owned().unwrap();
    let _ = File::from(wake).write_all(&1_u64.to_ne_bytes());
}
