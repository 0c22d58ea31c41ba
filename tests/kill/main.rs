//! Something is killed at a random moment of a transfer: the server, the client, or the network. The file is right in the end, nothing
//! else is left, the final name never has anything else, and no call says `FTP_OK` for anything else.
//!
//! A run is known by its seed. `.ci/kill --seed 7` plays one again and shows what each call came to; `.ci/kill --runs 24000` plays many,
//! other ones each time, and prints what they came to.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout
)]
#![cfg(feature = "tls")]

#[path = "../random/chance.rs"]
#[allow(dead_code, unreachable_pub)]
mod chance;
#[path = "../support/mod.rs"]
mod support;

mod files;
mod network;
mod operation;
mod peers;
mod plan;
mod processes;
mod run;
mod tally;

use std::env;
use std::sync::Mutex;
use std::thread;

use peers::Comparison;
use plan::{Plan, SERVERS, VARIANTS};
use run::Site;
use support::tools::installed;
use tally::Tally;

/// For `cargo test`: about half a minute.
const SAMPLE: u64 = 6 * VARIANTS;
/// What is more than that is the same again.
const MOST_SHOWN: usize = 20;

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{variable}={value}")))
}

/// What the runs of one server came to, and what is wrong.
fn play(server: usize, has_tls: bool, seeds: impl Iterator<Item = u64>) -> (Tally, Vec<String>) {
    let (mut tally, mut wrong) = (Tally::default(), Vec::new());
    let plans: Vec<_> =
        seeds.map(Plan::of).filter(|plan| plan.server == server && plan.has_tls == has_tls).collect();
    if plans.is_empty() {
        return (tally, wrong);
    }
    let Some(site) = Site::start(server, has_tls) else { return (tally, wrong) };
    for plan in plans {
        if env::var_os(operation::SHOWN).is_some() {
            eprintln!("{plan:?}");
        }
        let outcome = site.run(&plan);
        tally.add(&plan, &outcome);
        if let Err(text) = outcome {
            eprintln!("seed {}: {text}\n{plan:?}", plan.seed);
            wrong.push(format!("seed {}: {text}", plan.seed));
        }
    }
    (tally, wrong)
}

#[test]
fn whatever_is_killed_no_file_is_wrong() {
    let first = number("FTPCLIENT_KILL_FROM").unwrap_or(0);
    let runs = number("FTPCLIENT_KILL_RUNS").unwrap_or(SAMPLE);
    let all = Mutex::new((Tally::default(), Vec::new()));
    thread::scope(|scope| {
        let only = env::var("FTPCLIENT_KILL_SERVER").ok();
        for server in (0..SERVERS.len()).filter(|&at| only.as_ref().is_none_or(|only| SERVERS[at] == only)) {
            for has_tls in [false, true] {
                let all = &all;
                scope.spawn(move || {
                    let (tally, wrong) = play(server, has_tls, first..first + runs);
                    let mut all = all.lock().unwrap();
                    all.0.merge(tally);
                    all.1.extend(wrong);
                });
            }
        }
    });
    let (tally, wrong) = all.into_inner().unwrap();
    println!("{tally}");
    assert!(wrong.is_empty(), "{}", wrong[..wrong.len().min(MOST_SHOWN)].join("\n"));
    // Otherwise nothing was tested.
    assert!(tally.touched() * 2 >= tally.runs(), "{} of {} runs", tally.touched(), tally.runs());
}

/// Does nothing, unless it is asked for: `.ci/kill --peers`.
#[test]
fn other_clients_compared() {
    if env::var_os("FTPCLIENT_KILL_PEERS").is_none()
        || !installed("the comparison with other clients", &peers::PROGRAMS)
    {
        return;
    }
    let first = number("FTPCLIENT_KILL_FROM").unwrap_or(0);
    let runs = number("FTPCLIENT_KILL_RUNS").unwrap_or(SAMPLE);
    let all = Mutex::new(Comparison::default());
    thread::scope(|scope| {
        for (server, has_tls) in (0..SERVERS.len()).flat_map(|server| [(server, false), (server, true)]) {
            let all = &all;
            scope.spawn(move || {
                let Some(site) = Site::start(server, has_tls) else { return };
                let mut comparison = Comparison::default();
                let plans = (first..first + runs).map(Plan::of);
                for plan in plans.filter(|plan| {
                    plan.server == server && plan.has_tls == has_tls && !plan.direction.is_mirror()
                }) {
                    comparison.play(&site, &plan.compared());
                }
                all.lock().unwrap().merge(comparison);
            });
        }
    });
    println!("{}", all.into_inner().unwrap().shown());
}

/// Does nothing, unless a run has begun this program to kill it.
#[test]
fn the_client_of_a_run() {
    operation::perform_task();
}
