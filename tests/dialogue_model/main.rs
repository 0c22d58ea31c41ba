//! The client against an oracle: no reply is taken for that to another command, and a session is in step, or closed for a reason.
//!
//! In each of the random dialogues the library sends commands, moves data, sends NOOPs meanwhile, is stopped at any turn and comes
//! back into step (`client.rs`). A server in a simulated world (`server.rs`, `wire.rs`) answers: at once or after a transfer, with
//! several replies, one or none, wrongly, or not at all. It is the oracle: each of its replies names the command that it answers,
//! which the library does not read.
//!
//! What it does not do, because nobody can tell it from what is right:
//! - A reply comes unasked while a command is not answered, or in the middle of a transfer; but for one of class 2yz before the 1yz.
//! - What is asked while data moves is answered with a code of the end of a transfer, or the end of the transfer comes with a code of
//!   theirs: both 211, for example.
//! - Of two commands that are sent while data moves, the second is answered first. A server answers them all at once, or all after the
//!   transfer.
//! - A NOOP is dropped, and the answer to another command looks like the one to NOOP.
//! - A server without 1yz says 226 to an ABOR of the user's: that is the end of the transfer, too.
//! - A server that is known to take turns refuses, in the middle of a transfer, to name the address of the next one.
//! - A command of the user's is never answered, or twice: only the library asks with PWD.
//! - A reply comes after the client has ceased to wait for it, where there may be none (after a 2yz in place of 1yz, or 426).
//!
//! `.ci/dialogues` plays a million. `FTPCLIENT_DIALOGUES=1 FTPCLIENT_DIALOGUES_FROM=7 cargo test --test dialogue_model` plays one again.

#![cfg(simulation)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, unreachable_pub)]

#[path = "../random/chance.rs"]
#[allow(dead_code)]
mod chance;
mod client;
mod server;
mod wire;

use std::collections::BTreeMap;
use std::env;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use client::play;

const DIALOGUES: u64 = 5_000;
/// Each of them is played so often in a thousand dialogues, at least.
const OFTEN: [(&str, u64); 12] = [
    ("download", 50),
    ("command", 100),
    ("first reply", 100),
    ("put", 100),
    ("get", 100),
    ("begin", 100),
    ("read", 100),
    ("write", 50),
    ("finish", 20),
    ("abort", 100),
    ("resync", 50),
    ("closed", 50),
];

#[test]
fn no_reply_is_taken_for_that_to_another_command() {
    let number = |name: &str| env::var(name).ok().map(|number| number.parse().unwrap());
    let from: u64 = number("FTPCLIENT_DIALOGUES_FROM").unwrap_or(0);
    let count = number("FTPCLIENT_DIALOGUES").unwrap_or(DIALOGUES);
    let (start, next) = (Instant::now(), AtomicU64::new(from));
    let worker = || {
        let (mut wrong, mut census) = (Vec::new(), BTreeMap::<_, u64>::new());
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= from + count {
                return (wrong, census);
            }
            let (verdict, counted) = play(seed, None);
            wrong.extend(verdict.is_err().then_some(seed));
            for (what, count) in counted {
                *census.entry(what).or_default() += count;
            }
        }
    };
    let (mut wrong, mut census) = (Vec::new(), BTreeMap::<_, u64>::new());
    thread::scope(|scope| {
        let processors = thread::available_parallelism().map_or(1, Into::into);
        let workers: Vec<_> = (0..processors).map(|_| scope.spawn(worker)).collect();
        for (of_it, counted) in workers.into_iter().map(|worker| worker.join().unwrap()) {
            wrong.extend(of_it);
            for (what, count) in counted {
                *census.entry(what).or_default() += count;
            }
        }
    });
    wrong.sort_unstable();
    println!("{count} dialogues in {:.1?}; what the calls came to: {census:?}", start.elapsed());
    for seed in wrong.iter().take(3) {
        let said = Arc::new(Mutex::new(String::new()));
        let theirs = Arc::clone(&said);
        let sink = move |_, text: &[u8]| {
            theirs.lock().unwrap().push_str(&format!("{}\n", String::from_utf8_lossy(text)));
        };
        let (verdict, _) = play(*seed, Some(Box::new(sink)));
        println!("seed {seed}: {}\n{}\n", verdict.unwrap_err(), said.lock().unwrap());
    }
    assert!(wrong.is_empty(), "{} of {count} are wrong: {wrong:?}", wrong.len());
    if count >= DIALOGUES {
        for (what, often) in OFTEN {
            assert!(census.get(what).copied().unwrap_or(0) > count * often / 1000, "{what} is rare");
        }
    }
}
