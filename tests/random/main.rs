//! Random sessions with a server that does wrong: never a crash, a hang, a descriptor that stays open, the reply of another command,
//! or `FTP_OK` for what is not whole.
//!
//! A session is known by its seed. `FTPCLIENT_RANDOM_SEED=7 cargo test --test random` plays one again, and shows what was said in it;
//! `FTPCLIENT_RANDOM_SESSIONS=50000` plays more, `FTPCLIENT_RANDOM_FROM=1000` others. `.ci/random` does so, and shows what they have
//! come to.
//!
//! Most sessions take place in a simulated world, where hours pass in no time and a seed gives the same session each time. Some use
//! sockets. What threads do at the same time is not the same each time: there a seed may have to be played more than once.

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

mod batches;
mod callbacks;
mod calls;
mod cancel;
mod census;
mod chance;
mod data_calls;
mod files;
mod ledger;
mod metadata;
mod mirrors;
mod mutation;
mod network;
mod opened;
mod replies;
mod server;
mod session;
#[cfg(simulation)]
mod simulated;
mod sockets;
mod transfers;
mod trees;
mod watch;
mod watchdog;
mod whole_files;

use std::any::Any;
use std::env;
use std::fs;
use std::io::{self, Write};
#[cfg(simulation)]
use std::net::{IpAddr, Ipv6Addr};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use census::{Census, ENOUGH_SESSIONS};
use chance::Chance;
use ledger::Ledger;
use mutation::Manners;
use network::Place;
use server::Common;
use session::{Session, Verdict};
use watchdog::{Watchdog, Watched};

/// What only sockets can show takes few of them.
const SESSIONS_WITH_SOCKETS: u64 = 300;
/// Most of them wait at any time.
const SOCKET_SESSIONS_AT_A_TIME: usize = 64;
#[cfg(simulation)]
const SIMULATED_SESSIONS: u64 = 400;

/// One session with one server, and what was wrong in it; with what was said.
fn play(seed: u64, place: Place, watched: &Watched) -> (Result<(), String>, Arc<Ledger>) {
    let mut chance = Chance::new(seed);
    let manners = Manners::any(&mut chance);
    let ledger = Arc::new(Ledger::default());
    let limit = Duration::from_millis(100);
    let (sends_noops, step) = (chance.percent(40), Duration::ZERO);
    let common = Common { place, manners, ledger: Arc::clone(&ledger), limit, sends_noops, step };
    let verdict = match place {
        Place::Sockets => play_with_sockets(seed, chance, &common, watched),
        #[cfg(simulation)]
        Place::World => play_in_world(seed, chance, common, watched),
    };
    watched.rest();
    let verdict =
        verdict.map_err(|wrong| format!("seed {seed}, {manners:?}: {wrong}\n{}", ledger.dialogue()));
    (verdict, ledger)
}

fn play_with_sockets(seed: u64, mut chance: Chance, common: &Common, watched: &Watched) -> Verdict {
    let is_over = AtomicBool::new(false);
    let listener = TcpListener::bind((own_address(seed), 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let server_seed = chance.fork();
    thread::scope(|scope| {
        scope.spawn(|| server::serve(&listener, server_seed, common, &is_over));
        let verdict = converse(seed, chance, common, address, watched);
        is_over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(address));
        verdict
    })
}

/// In a world each session has limits and a network of its own.
#[cfg(simulation)]
fn play_in_world(seed: u64, mut chance: Chance, mut common: Common, watched: &Watched) -> Verdict {
    use ftpclient::net::simulation::{Listener, Nature, World};

    common.limit = Duration::from_millis(chance.one_of(&[100, 100, 10_000, 3_600_000]));
    // What a client waits for the end of a TLS connection is not for a network or a machine that is slower than that.
    let (slowest_way, slowest_step) = (Duration::from_millis(300), Duration::from_millis(5));
    common.step = if chance.percent(30) { common.limit / 10_000 } else { Duration::from_micros(1) };
    common.step = common.step.min(slowest_step);
    let nature = Nature {
        seed,
        latency: slowest_way.min(common.limit / chance.one_of(&[10_000, 100, 5])),
        least: Duration::ZERO,
        window: if chance.percent(10) { 4096 } else { 65_536 },
        speed: chance.one_of(&[1_000_000_000, 10_000_000]),
        step: common.step,
    };
    let host =
        if chance.percent(30) { IpAddr::from(Ipv6Addr::LOCALHOST) } else { Ipv4Addr::LOCALHOST.into() };
    let world = World::new(nature);
    let listener = Listener::bind((host, 21).into()).unwrap();
    let address = listener.local_addr();
    world.spawn(server::serve_in_world(listener, chance.fork(), common.clone()));
    converse(seed, chance, &common, address, watched)
}

/// An address of its own for each server: so none of another session, which connects late, is taken for it.
fn own_address(seed: u64) -> Ipv4Addr {
    let [.., b, c, d] = seed.to_be_bytes();
    Ipv4Addr::new(127, 1 + b % 250, c, d.max(1))
}

fn converse(seed: u64, chance: Chance, common: &Common, address: SocketAddr, watched: &Watched) -> Verdict {
    let client = || {
        let mut session = Session::new(chance, common, address);
        session.doing = watched.recorder(seed, &common.ledger);
        session.begin()?;
        let calls = 5 + session.chance.below(25);
        (0..calls).try_for_each(|_| session.any_call())
    };
    catch_unwind(AssertUnwindSafe(client)).unwrap_or_else(|panic| Err(said(&*panic)))
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

/// The sessions that were asked for.
fn seeds(sessions: u64) -> Range<u64> {
    if let Some(seed) = number("FTPCLIENT_RANDOM_SEED") {
        return seed..seed + 1;
    }
    let from = number("FTPCLIENT_RANDOM_FROM").unwrap_or(1);
    from..from + number("FTPCLIENT_RANDOM_SESSIONS").unwrap_or(sessions)
}

/// One worker's sessions: those that went wrong, and what all have come to.
fn work(place: Place, seeds: &Mutex<Range<u64>>, watched: &Watched) -> (Vec<u64>, Census) {
    let (mut wrong, mut census) = (Vec::new(), Census::default());
    loop {
        let next = seeds.lock().unwrap().next();
        let Some(seed) = next else { return (wrong, census) };
        let (verdict, ledger) = play(seed, place, watched);
        census.add(&ledger.census());
        if let Err(text) = verdict {
            tell(&text);
            wrong.push(seed);
        }
    }
}

/// Plays the sessions that were asked for, so many at a time.
fn play_all(place: Place, sessions: u64, at_a_time: usize) {
    let seeds = seeds(sessions);
    let (count, start) = (seeds.end - seeds.start, Instant::now());
    let (watchdog, left) = (Watchdog::start(at_a_time), &Mutex::new(seeds));
    let (mut wrong, mut census) = (Vec::new(), Census::default());
    thread::scope(|scope| {
        let workers: Vec<_> =
            watchdog.watched().map(|watched| scope.spawn(move || work(place, left, watched))).collect();
        for worker in workers {
            let (of_it, seen) = worker.join().unwrap();
            wrong.extend(of_it);
            census.add(&seen);
        }
    });
    wrong.sort_unstable();
    let time = start.elapsed();
    let rate = count as f64 / time.as_secs_f64();
    tell(&format!("{count} random sessions ({place:?}) in {time:.1?}, {rate:.0} a second\n"));
    if count >= ENOUGH_SESSIONS {
        tell(&census.to_string());
    }
    assert!(wrong.is_empty(), "wrong in the sessions with the seeds {wrong:?}");
    let missing = census.missing();
    assert!(count < ENOUGH_SESSIONS || missing.is_empty(), "no session has come to {missing:?}");
}

/// One after the other, because each counts the open descriptors.
static TURN: Mutex<()> = Mutex::new(());

fn play_and_count_descriptors(place: Place, sessions: u64, at_a_time: usize) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let open_before = open_descriptors();
    play_all(place, sessions, at_a_time);
    let open = open_descriptors();
    assert!(open <= open_before, "{open} descriptors are open, {open_before} were before");
}

#[test]
fn nothing_goes_wrong_in_sessions_with_sockets() {
    play_and_count_descriptors(Place::Sockets, SESSIONS_WITH_SOCKETS, SOCKET_SESSIONS_AT_A_TIME);
}

#[cfg(simulation)]
#[test]
fn nothing_goes_wrong_in_simulated_sessions() {
    let processors = thread::available_parallelism().map_or(1, Into::into);
    play_and_count_descriptors(Place::World, SIMULATED_SESSIONS, processors);
}

#[cfg(simulation)]
#[test]
fn a_simulated_session_is_the_same_for_the_same_seed() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let watched = Watched::default();
    let said = |seed| {
        let (_, ledger) = play(seed, Place::World, &watched);
        let all = ledger.all();
        // What TLS sends is left to OpenSSL's own chance, and temporary names are the library's.
        let lines = all.lines().filter(|line| !line.contains(".ftp-part")).map(str::to_owned);
        (!all.contains("AUTH TLS")).then(|| lines.collect::<Vec<_>>())
    };
    for seed in 1..30 {
        assert_eq!(said(seed), said(seed), "seed {seed}");
    }
}
