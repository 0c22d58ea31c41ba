//! Peers that send without end: whatever it is, and wherever it comes, limits and cancels end the call, no turn of an event loop is
//! held, and the client's memory stays small.
//!
//! docs/timeouts.md has the table of all that a peer can feed. Each of its rows has a test here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

mod data;
mod entries;
mod measure;
mod replies;
#[cfg(feature = "tls")]
mod tls;

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use ftpclient::client::{Client, Phase};
use ftpclient::error::{Error, Result};
use ftpclient::net::Reactor;
use ftpclient::protocol::command::Command;
use measure::Memory;
use support::processor::{Remembered, Stopwatch, cpu_time};
use support::scripted::{Data, Scripted, Session};

/// After this the call is to end. On a slow machine it may pass before the flood has begun, and the script cannot be played: then once
/// more with the next.
const LIMITS: [Duration; 3] = [LIMIT, Duration::from_millis(400), Duration::from_millis(1600)];
const LIMIT: Duration = Duration::from_millis(100);
/// How long its steps may take otherwise.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much later it may end.
const GRACE: Duration = Duration::from_millis(500);
/// The longest that one non-blocking call may keep its thread busy.
const LONGEST_TURN: Duration = Duration::from_millis(20);
/// How much memory a flood may cost.
const MOST_MEMORY: usize = 8 << 20;

/// What is to end the call.
#[derive(Copy, Clone, Debug)]
enum End {
    /// The limits of all phases but that of the whole call.
    Phases,
    /// The limit of the whole call.
    Total,
    /// Another thread.
    Cancel,
}

/// Memory is the process's: one flood at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A call that must be ended, by whatever is to end it, when it waits and when it does not. `prepare` makes a client that has come as
/// far as to the call.
#[track_caller]
fn ends(
    ends: &[End],
    serve: fn(&mut Session),
    prepare: fn(&Scripted) -> Client,
    call: impl AsyncFn(&mut Client) -> Result<()>,
) {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    for blocking in [true, false] {
        for &end in ends {
            flooded([serve], |[server], limit| {
                ends_in_time(&mut prepare(server), end, limit, blocking, &call);
            });
        }
    }
}

/// Makes a call to servers that flood, and once more if a script could not be played to its end in this time: then what the call came to
/// says nothing.
#[track_caller]
fn flooded<const N: usize>(scripts: [fn(&mut Session); N], call: impl Fn(&[Scripted; N], Duration)) {
    for limit in LIMITS {
        let servers = scripts.map(Scripted::start);
        if limit == LIMITS[2] {
            call(&servers, limit);
            servers.iter().for_each(Scripted::finish);
            return;
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| call(&servers, limit)));
        if servers.each_ref().map(Scripted::is_played) == [true; N] {
            return outcome.unwrap_or_else(|panic| resume_unwind(panic));
        }
    }
}

async fn connect(client: &mut Client, (host, port): &(String, u16)) -> Result<()> {
    client.connect(host, *port).await
}

/// As [`ends`], where connecting is the call.
#[track_caller]
fn connecting_ends(prepare: fn() -> Client, ends: &[End], serve: fn(&mut Session)) {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    for blocking in [true, false] {
        for &end in ends {
            flooded([serve], |[server], limit| {
                let target = address(server);
                let call = async |client: &mut Client| connect(client, &target).await;
                ends_in_time(&mut prepare(), end, limit, blocking, &call);
            });
        }
    }
}

const ALL: &[End] = &[End::Phases, End::Total, End::Cancel];

#[track_caller]
fn ends_in_time(
    client: &mut Client,
    end: End,
    limit: Duration,
    blocking: bool,
    call: &impl AsyncFn(&mut Client) -> Result<()>,
) {
    client.set_timeout(Some(if matches!(end, End::Phases) { limit } else { PATIENCE }));
    if matches!(end, End::Total) {
        client.set_phase_timeout(Phase::Total, Some(limit));
    }
    let wake = client.reactor().clone();
    let canceller = matches!(end, End::Cancel).then(|| {
        thread::spawn(move || {
            let _remembered = Remembered;
            thread::sleep(limit);
            wake.wake().cancel();
        })
    });
    let memory = Memory::now();
    let watch = Stopwatch::start();
    let reactor = client.reactor().clone();
    let running = client.perform(async |client| call(client).await);
    let (outcome, longest_turn) =
        if blocking { (reactor.block_on(running), Duration::ZERO) } else { drive(&reactor, running) };
    let (took, grown) = (watch.elapsed(), memory.growth());
    if let Some(canceller) = canceller {
        canceller.join().unwrap();
    }
    let error = outcome.unwrap_err();
    let shown =
        format!("{end:?}, blocking: {blocking}: {took:?}, {longest_turn:?}, {} KiB, {error}", grown >> 10);
    assert!(is_such(&error, end), "{shown}");
    assert!(took < limit + GRACE, "{shown}");
    assert!(longest_turn < LONGEST_TURN, "{shown}");
    assert!(grown < MOST_MEMORY, "{shown}");
}

/// A flood may also be more than what the client takes of it, or takes longer than it waits.
fn is_such(error: &Error, end: End) -> bool {
    match error {
        Error::Limit(_) | Error::Tls(_) | Error::Timeout { .. } => true,
        Error::Cancelled(_) => matches!(end, End::Cancel),
        _ => false,
    }
}

/// Runs a call as an event loop does, and tells how long its longest turn has kept the thread busy.
fn drive<F: Future>(reactor: &Reactor, call: F) -> (F::Output, Duration) {
    let _running = reactor.begin();
    let mut call = pin!(call);
    let mut longest = Duration::ZERO;
    loop {
        let start = cpu_time();
        let outcome = reactor.turn_of_loop(call.as_mut());
        longest = longest.max(cpu_time() - start);
        if let Poll::Ready(output) = outcome {
            return (output, longest);
        }
        reactor.wait();
    }
}

/// A client that waits for a server on a slow machine to make its flood.
fn client() -> Client {
    let mut client = Client::new().unwrap();
    client.set_timeout(Some(Duration::from_secs(300)));
    client
}

fn address(server: &Scripted) -> (String, u16) {
    let address: SocketAddr = server.addr();
    (address.ip().to_string(), address.port())
}

/// A client that is logged in: the script starts with `login`.
fn logged_in(server: &Scripted) -> Client {
    let mut client = client();
    let (host, port) = address(server);
    client
        .block_on(async |client| {
            client.connect(&host, port).await?;
            client.login("user", "secret", "").await
        })
        .unwrap();
    client
}

/// As [`logged_in`], and the flood has begun.
fn logged_in_and_flooded(server: &Scripted) -> Client {
    let client = logged_in(server);
    thread::sleep(Duration::from_millis(100));
    client
}

fn command(text: &str) -> Command {
    Command::parse(text.as_bytes()).unwrap()
}

async fn pwd(client: &mut Client) -> Result<()> {
    client.pwd().await.map(drop)
}

/// Downloads, and forgets what comes.
async fn retrieve(client: &mut Client) -> Result<()> {
    client.retrbinary(&command("RETR f"), 0, None, &mut |_| Ok(())).await.map(drop)
}

/// Uploads without end.
async fn store(client: &mut Client) -> Result<()> {
    let mut source = |buffer: &mut [u8]| Ok(buffer.len());
    client.storbinary(&command("STOR f"), 0, None, &mut source, &mut |_| Ok(())).await.map(drop)
}

/// Uploads a few bytes.
async fn store_little(client: &mut Client) -> Result<()> {
    let mut left = 5;
    let mut source = |_: &mut [u8]| Ok(std::mem::take(&mut left));
    client.storbinary(&command("STOR f"), 0, None, &mut source, &mut |_| Ok(())).await.map(drop)
}

/// The script of a transfer in image type after the login, until its data can flow.
fn start_transfer(s: &mut Session, command: &str) -> Data {
    s.expect("TYPE I");
    s.send("200 ok\r\n");
    let listener = s.passive();
    s.expect(command);
    s.send("150 go\r\n");
    listener.accept()
}

/// The client aborts the transfer.
fn takes_abort(s: &mut Session) {
    s.expect("ABOR");
    s.send("426 stopped\r\n226 aborted\r\n");
    s.expect_eof();
}
