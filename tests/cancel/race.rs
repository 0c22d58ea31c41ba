//! A second thread that cancels at any moment: before a call, in it, after it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use ftpclient::client::Client;
use ftpclient::error::Error;

use super::operations::operate;
use super::server::{self, Abor, Turns};
use super::{client, command, connect, tell};

/// Numbers that look like chance and are the same each time (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn logged_in(address: std::net::SocketAddr) -> Client {
    let mut client = client();
    connect(&mut client, address).unwrap();
    client.block_on(async |client| client.login("user", "secret", "").await).unwrap();
    client
}

/// NOOP, whose reply must be its own.
fn noop(client: &mut Client, number: usize) -> Result<(), Error> {
    let text = format!("NOOP {number}");
    let reply = client.block_on(async |client| client.sendcmd(&command(&text)).await)?;
    assert_eq!(reply.to_string(), format!("200 this is {number}"));
    Ok(())
}

/// Plays rounds of one call each, with one cancel somewhere near it. Returns how many calls were cancelled.
///
/// The longest pause before a cancel starts with a guess and follows the calls, however slow the machine is: it shrinks after a
/// cancel that came too late, and grows after any other. So about a fifth comes too late. On one processor, the server often answers
/// before the canceller runs. So in one of eight rounds the server waits for it.
fn play(
    rounds: usize,
    longest_pause: u64,
    mut call: impl FnMut(&mut Client, usize) -> Result<(), Error>,
) -> usize {
    let turns = Arc::<Turns>::default();
    let address = server::start(Abor::AtOnce, Arc::clone(&turns));
    let mut client = logged_in(address);
    let mut cancelled = 0;
    let (begun, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let longest_pause = AtomicU64::new(longest_pause);
    // A client that is connected again is the same client: its wake-up descriptor stays.
    let wake = Arc::clone(client.reactor().wake());
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
            for round in 1..=rounds {
                while begun.load(Ordering::Acquire) < round {
                    thread::yield_now();
                }
                for _ in 0..chance.below(longest_pause.load(Ordering::Acquire)) {
                    std::hint::spin_loop();
                }
                wake.cancel();
                turns.client_is_free();
                done.store(round, Ordering::Release);
            }
        });
        for round in 1..=rounds {
            if round % 8 == 0 {
                turns.client_works();
            }
            begun.store(round, Ordering::Release);
            let outcome = call(&mut client, round);
            let is_too_late = done.load(Ordering::Acquire) < round;
            match outcome {
                Ok(()) => {}
                Err(Error::Cancelled(_)) => cancelled += 1,
                Err(other) => panic!("round {round}: {other}"),
            }
            let pause = longest_pause.load(Ordering::Relaxed);
            let next_pause = if is_too_late { pause - pause / 4 } else { pause + pause / 16 };
            // From there on, a sixteenth is at least one.
            longest_pause.store(next_pause.max(16), Ordering::Release);
            while done.load(Ordering::Acquire) < round {
                thread::yield_now();
            }
            if !client.is_connected() {
                client.block_on(async |client| client.reconnect().await).unwrap();
            }
            // The canceller is idle: whatever it did, this call is not its business.
            noop(&mut client, round).unwrap();
        }
    });
    cancelled
}

#[test]
fn a_hundred_thousand_cancels_around_short_calls() {
    const ROUNDS: usize = 100_000;
    let cancelled = play(ROUNDS, 1_500, noop);
    tell(&format!(
        "{ROUNDS} cancels around NOOP: {cancelled} hit the call, the others came too early or too late\n"
    ));
    assert!(cancelled > ROUNDS / 100 && cancelled < ROUNDS * 99 / 100, "{cancelled}");
}

#[test]
fn a_thousand_cancels_around_transfers() {
    const ROUNDS: usize = 1_000;
    let cancelled = play(ROUNDS, 1_000_000, |client, _| {
        client.block_on(async |client| operate(client, "retrbinary", &mut || ()).await)
    });
    tell(&format!(
        "{ROUNDS} cancels around RETR: {cancelled} hit the call, the others came too early or too late\n"
    ));
    assert!(cancelled > ROUNDS / 100 && cancelled < ROUNDS * 99 / 100, "{cancelled}");
}
