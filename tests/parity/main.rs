//! Parity with Python's ftplib: the same calls against the same server, by ftplib and by this library through its C API.
//!
//! Each file of `scenarios/` holds dialogues about one subject. What a scenario writes down is who says what; what has to
//! come out of it is not written anywhere: it is what ftplib does. The bytes on the wire and the outcome of every call
//! must be the same, unless the scenario names a deliberate difference. Then it also shows it, as the lines in which the
//! two transcripts differ, and `docs/ftplib.md` gives the reason.

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

#[path = "../support/mod.rs"]
mod support;

mod ours;
mod scenario;
mod server;
mod text;
mod theirs;
mod transcript;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::thread;

use scenario::{Call, Scenario};
use server::Server;
use support::tools;

/// One of the two clients.
trait Client {
    fn begin(&mut self, port: u16);
    /// What the call received and how it ended, each as one line.
    fn call(&mut self, call: &Call) -> Vec<String>;
    /// Closes what is still open.
    fn end(&mut self);
}

#[test]
fn the_dialogues_are_those_of_ftplib() {
    if !tools::installed("parity with ftplib", &["python3"]) {
        return;
    }
    let scenarios = scenario::all();
    let (theirs, ours) = thread::scope(|scope| {
        let theirs = scope.spawn(|| play_all(&mut theirs::Ftplib::start(), &scenarios, false));
        let ours = play_all(&mut ours::Library::new(true), &scenarios, false);
        (theirs.join().unwrap(), ours)
    });

    let mut problems = Vec::new();
    let mut by_reason = BTreeMap::new();
    for ((scenario, theirs), ours) in scenarios.iter().zip(theirs).zip(ours) {
        let diff = transcript::diff(&theirs, &ours);
        if diff != scenario.diff {
            problems.push(format!(
                "{}: the difference is\n{}but the scenario says\n{}",
                scenario.name,
                transcript::shown(&diff),
                transcript::shown(&scenario.diff)
            ));
        }
        for reason in &scenario.differences {
            *by_reason.entry(reason.as_str()).or_insert(0) += 1;
        }
    }

    let differ = scenarios.iter().filter(|scenario| !scenario.differences.is_empty()).count();
    let mut summary = format!(
        "{} scenarios: {} the same, {differ} deliberately different, {} unexplained\n",
        scenarios.len(),
        scenarios.len() - differ,
        problems.len()
    );
    for (reason, count) in &by_reason {
        summary += &format!("{count:5}  {reason}\n");
    }
    // The test harness captures what eprintln!() prints, but not this.
    io::stderr().write_all(summary.as_bytes()).unwrap();
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

/// Whatever the loop and however small the pieces, every call ends in the same way, and the server hears the same bytes.
#[test]
fn calls_that_do_not_wait_come_to_the_same() {
    let scenarios = scenario::all();
    let (blocking, not_blocking) = thread::scope(|scope| {
        let blocking = scope.spawn(|| play_all(&mut ours::Library::new(true), &scenarios, false));
        let not_blocking = play_all(&mut ours::Library::new(false), &scenarios, true);
        (blocking.join().unwrap(), not_blocking)
    });
    let mut problems = Vec::new();
    for ((scenario, blocking), not_blocking) in scenarios.iter().zip(&blocking).zip(&not_blocking) {
        let diff = transcript::diff(blocking, not_blocking);
        if !diff.is_empty() {
            problems.push(format!("{}:\n{}", scenario.name, transcript::shown(&diff)));
        }
    }
    let lines: usize = blocking.iter().map(Vec::len).sum();
    let summary = format!(
        "{} scenarios blocking and not blocking: {} the same ({lines} lines of what was heard and came of it), {} different\n",
        scenarios.len(),
        scenarios.len() - problems.len(),
        problems.len()
    );
    io::stderr().write_all(summary.as_bytes()).unwrap();
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn the_documentation_gives_a_reason_for_each_difference_and_for_no_other() {
    let mut shown: Vec<String> =
        scenario::all().into_iter().flat_map(|scenario| scenario.differences).collect();
    shown.sort();
    shown.dedup();
    let mut documented = scenario::documented_differences();
    documented.sort();
    assert_eq!(shown, documented);
}

fn play_all(client: &mut dyn Client, scenarios: &[Scenario], drips: bool) -> Vec<Vec<String>> {
    scenarios.iter().map(|scenario| play(client, scenario, drips)).collect()
}

/// The transcript: each call with its outcome, then what the server heard.
fn play(client: &mut dyn Client, scenario: &Scenario, drips: bool) -> Vec<String> {
    let server = Server::start(scenario, drips);
    let mut lines = Vec::new();
    client.begin(server.port());
    for call in &scenario.calls {
        lines.extend(client.call(call).into_iter().map(|line| format!("{}: {line}", call.text)));
    }
    client.end();
    lines.extend(server.finish());
    lines
}
