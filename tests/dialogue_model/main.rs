//! The ledger of a dialogue against an oracle: no reply is taken for that to another command, and a session that is said to be in step
//! is in step.
//!
//! In each of the random dialogues a client in small (`client.rs`) sends commands, moves data, sends NOOPs meanwhile, stops anywhere
//! and comes back into step, and asks the ledger at each turn. A server in memory (`server.rs`) answers: at once or after a
//! transfer, with several replies, one or none, wrongly, or not at all. It is the oracle: each of its replies names the command that
//! it answers, which the ledger does not read, and it knows what it still owes.
//!
//! What it does not do, because nobody can tell it from what is right:
//! - A reply comes unasked while a command is not answered, or in the middle of a transfer; but for one of class 2yz before the 1yz.
//! - What is asked while data moves is answered with a code of the end of a transfer, or the end of the transfer comes with a code of
//!   theirs: both 211, for example.
//! - Of two commands that are sent while data moves, the second is answered first. A server answers them all at once, or all after the
//!   transfer.
//! - A NOOP is dropped, and the answer to another command looks like the one to NOOP.
//! - A server without 1yz says 226 to an ABOR of the user's: that is the end of the transfer, too.
//! - A command of the user's is never answered, or twice: only the library asks with PWD.
//! - A reply comes after the client has ceased to wait for it, where there may be none (after a 2yz in place of 1yz, or 426).
//!
//! `.ci/dialogues` plays a million. `FTPCLIENT_DIALOGUES=1 FTPCLIENT_DIALOGUES_FROM=7 cargo test --test dialogue_model` plays one again.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, unreachable_pub)]

#[path = "../random/chance.rs"]
#[allow(dead_code)]
mod chance;
mod client;
mod server;

use std::collections::BTreeMap;
use std::env;

use client::Client;

const DIALOGUES: u64 = 50_000;

#[test]
fn no_reply_is_taken_for_that_to_another_command() {
    let number = |name: &str| env::var(name).ok().map(|number| number.parse().unwrap());
    let from: u64 = number("FTPCLIENT_DIALOGUES_FROM").unwrap_or(0);
    let count = number("FTPCLIENT_DIALOGUES").unwrap_or(DIALOGUES);
    let mut claims = BTreeMap::new();
    let wrong: Vec<u64> = (from..from + count).filter(|seed| is_wrong(*seed, &mut claims)).collect();
    println!("{count} dialogues; what the ledger said: {claims:?}");
    for seed in wrong.iter().take(3) {
        let mut client = Client::new(*seed, true);
        client.play();
        println!("seed {seed}: {}\n{}\n", client.wrong.unwrap_or_default(), client.events.join("\n"));
    }
    assert!(wrong.is_empty(), "{} of {count} are wrong: {wrong:?}", wrong.len());
    if count >= DIALOGUES {
        for claim in ["Command", "Transfer", "EndOfTransfer", "User", "Noop", "Nobody"] {
            assert!(claims[claim] > count / 100, "{claim} is rare");
        }
        for recovery in
            ["InStep", "Abort { started: true }", "Abort { started: false }", "FindByPwd", "Close"]
        {
            assert!(claims[recovery] > count / 500, "{recovery} is rare");
        }
    }
}

fn is_wrong(seed: u64, claims: &mut BTreeMap<String, u64>) -> bool {
    let mut client = Client::new(seed, false);
    client.play();
    for (claim, count) in client.claims {
        *claims.entry(claim).or_default() += count;
    }
    client.wrong.is_some()
}
