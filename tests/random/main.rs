//! Random sessions with a server that does wrong: never a crash, a hang, a descriptor that stays open, the reply of another command,
//! or `FTP_OK` for what is not whole.
//!
//! A session is known by its seed. `FTPCLIENT_RANDOM_SEED=7 cargo test --test random` plays one again, and shows what was said in it;
//! `FTPCLIENT_RANDOM_SESSIONS=50000` plays more, `FTPCLIENT_RANDOM_FROM=1000` others. What threads do at the same time is not the same
//! each time: a seed may have to be played more than once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]
// The C API is called as C calls it.
#![allow(unsafe_code)]

#[path = "../support/c_client.rs"]
#[allow(dead_code)]
mod c_client;
#[cfg(feature = "tls")]
#[path = "../support/certificates.rs"]
#[allow(dead_code)]
mod certificates;
#[path = "../support/plain/mod.rs"]
#[allow(dead_code)]
mod plain;

mod callbacks;
mod calls;
mod chance;
mod files;
mod ledger;
mod mutation;
mod opened;
mod replies;
mod server;
mod session;
mod transfers;
mod watch;
mod watchdog;

use std::any::Any;
use std::env;
use std::fs;
use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use chance::Chance;
use ledger::Ledger;
use mutation::Manners;
use session::{Session, Verdict};
use watchdog::{Watchdog, Watched};

const SESSIONS: u64 = 2000;
/// Most sessions wait at any time.
const SESSIONS_AT_A_TIME: usize = 64;

/// One session with one server, and what was wrong in it.
fn play(seed: u64, watched: &Watched) -> Result<(), String> {
    let mut chance = Chance::new(seed);
    let manners = Manners::any(&mut chance);
    let ledger = Arc::new(Ledger::default());
    let is_over = AtomicBool::new(false);
    let listener = TcpListener::bind((own_address(seed), 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let server_seed = chance.fork();
    let verdict = thread::scope(|scope| {
        scope.spawn(|| server::serve(&listener, server_seed, manners, &ledger, &is_over));
        let client = || {
            let mut session = Session::new(chance, &ledger, address, manners.replies > 0);
            session.doing = watched.recorder(seed, &ledger);
            converse(&mut session)
        };
        let verdict = catch_unwind(AssertUnwindSafe(client)).unwrap_or_else(|panic| Err(said(&*panic)));
        watched.rest();
        is_over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(address));
        verdict
    });
    verdict.map_err(|wrong| format!("seed {seed}, {manners:?}: {wrong}\n{}", ledger.dialogue()))
}

/// An address of its own for each server: so none of another session, which connects late, is taken for it.
fn own_address(seed: u64) -> Ipv4Addr {
    let [.., b, c, d] = seed.to_be_bytes();
    Ipv4Addr::new(127, 1 + b % 250, c, d.max(1))
}

fn converse(session: &mut Session) -> Verdict {
    session.begin()?;
    let calls = 5 + session.chance.below(25);
    (0..calls).try_for_each(|_| session.any_call())
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    format!("a panic: {}", text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("?"))
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|value| value.parse().expect("a number"))
}

/// The test harness captures what eprintln!() prints, but not this.
fn tell(text: &str) {
    io::stderr().write_all(text.as_bytes()).unwrap();
}

fn open_descriptors() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

#[test]
fn nothing_goes_wrong_in_random_sessions() {
    let seeds = match number("FTPCLIENT_RANDOM_SEED") {
        Some(seed) => seed..seed + 1,
        None => {
            let from = number("FTPCLIENT_RANDOM_FROM").unwrap_or(1);
            from..from + number("FTPCLIENT_RANDOM_SESSIONS").unwrap_or(SESSIONS)
        }
    };
    let start = Instant::now();
    let watchdog = Watchdog::start(SESSIONS_AT_A_TIME);
    let open_before = open_descriptors();
    let next = AtomicU64::new(seeds.start);
    let work = |watched: &Watched| {
        let mut wrong = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return wrong;
            }
            if let Err(text) = play(seed, watched) {
                tell(&text);
                wrong.push(seed);
            }
        }
    };
    let mut wrong: Vec<u64> = thread::scope(|scope| {
        let workers: Vec<_> = watchdog.watched().map(|watched| scope.spawn(|| work(watched))).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    wrong.sort_unstable();
    let open = open_descriptors();
    tell(&format!("{} random sessions in {:?}\n", seeds.end - seeds.start, start.elapsed()));
    assert!(wrong.is_empty(), "wrong in the sessions with the seeds {wrong:?}");
    assert!(open <= open_before, "{open} descriptors are open, {open_before} were before");
}
