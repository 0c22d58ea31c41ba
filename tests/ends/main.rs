//! The matrix of ends: each way in which a transfer can end, for each call, against a table that says what is to come of it
//! (`expected.md`). `FTP_OK` stands there only where the data is known to be whole.

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
#[path = "../support/mod.rs"]
mod support;

mod cells;
mod client;
mod expected;
mod server;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use ftpclient::capi::ftp_status;

use c_client::Driven;
use cells::{Amount, Cell, End, Replies};
use client::{After, Limits, Outcome};
use expected::Row;
use server::CONTENT;
use support::scripted::Scripted;

/// The limit of a client that is to wait in vain.
const SHORT: Duration = Duration::from_millis(200);
/// The limit of one that is not: for a busy machine.
const LONG: Duration = Duration::from_secs(15);
/// Most sessions wait at any time.
const SESSIONS_AT_A_TIME: usize = 96;

/// Short where the client waits in vain, and long where it does not: the machine may be busy.
fn limits(cell: &Cell, row: &Row) -> Limits {
    let times_out = row.statuses.contains(&"FTP_ERR_TIMEOUT");
    let short_if = |waits_in_vain: bool| if waits_in_vain { SHORT } else { LONG };
    Limits {
        reply: short_if(times_out && cell.replies == Replies::ForPreliminary),
        data: short_if(times_out && matches!(cell.end, End::Never | End::Stranger | End::LeftOpen)),
        last: short_if(matches!(cell.replies, Replies::Nothing | Replies::TooLate)),
    }
}

/// Plays a cell, and returns what is wrong with it.
fn check(cell: &Cell, row: &Row, driven: Driven) -> Result<ftp_status, String> {
    let (at_the_end, end) = mpsc::channel();
    let (is_over, uploads) = mpsc::channel();
    let server = Scripted::start({
        let cell = *cell;
        move |s| is_over.send(server::play(cell, s, &end)).unwrap()
    });
    let outcome = catch_unwind(|| client::run(cell, driven, limits(cell, row), server.addr().port()));
    drop(at_the_end);
    server.finish();
    let uploaded = uploads.recv().unwrap();
    let Ok(outcome) = outcome else { return Err("a panic, see above".into()) };
    match complaint(cell, row, &outcome, &uploaded) {
        None => Ok(outcome.status),
        Some(complaint) => Err(complaint),
    }
}

fn complaint(cell: &Cell, row: &Row, outcome: &Outcome, uploaded: &[u8]) -> Option<String> {
    let Outcome { status, text, data, after } = outcome;
    let name = format!("{status:?}");
    if !row.statuses.contains(&&*name) {
        return Some(format!("{name} ({text})"));
    }
    if !text.contains(row.says) {
        return Some(format!("{:?} is not in {text:?}", row.says));
    }
    if let After::OutOfStep(what) = after {
        return Some(format!("{name}, and PWD gets: {what}"));
    }
    let is_answered =
        matches!(*status, ftp_status::FTP_OK | ftp_status::FTP_ERR_TEMP | ftp_status::FTP_ERR_PERM);
    if is_answered && *after == After::Closed {
        return Some(format!("{name}, and the session is closed"));
    }
    let content = if cell.amount == Amount::Nothing { "" } else { CONTENT };
    let moved = if cell.is_upload() { uploaded } else { data };
    let is_taken_by_nobody = row.text.contains("no client can know");
    if *status == ftp_status::FTP_OK && moved != content.as_bytes() && !is_taken_by_nobody {
        return Some(format!("{name}, but the data is \"{}\"", moved.escape_ascii()));
    }
    None
}

/// The test harness captures what eprintln!() prints, but not this.
fn tell(text: &str) {
    io::stderr().write_all(text.as_bytes()).unwrap();
}

#[test]
fn every_transfer_ends_as_the_table_says() {
    let start = Instant::now();
    let (cells, rows) = (Cell::all(), expected::rows());
    let row_of = |cell: &Cell| rows.iter().position(|row| row.fits(cell)).expect("no row fits");
    let cases: Vec<_> = cells
        .iter()
        .flat_map(|cell| [Driven::Blocking, Driven::ByTurns].map(|driven| (cell, row_of(cell), driven)))
        .collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut outcomes = Vec::new();
        while let Some((cell, row, driven)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            outcomes.push((*row, *cell, *driven, check(cell, &rows[*row], *driven)));
        }
        outcomes
    };
    let outcomes: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..SESSIONS_AT_A_TIME).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let mut counts = BTreeMap::new();
    let mut wrong = BTreeMap::new();
    for (row, cell, driven, outcome) in outcomes {
        match outcome {
            Ok(status) => *counts.entry(format!("{status:?}")).or_insert(0) += 1,
            Err(complaint) => wrong
                .entry(row)
                .or_insert_with(Vec::new)
                .push(format!("  {}, {driven:?}: {complaint}\n", cell.names().join(" | "))),
        }
    }
    tell(&format!("{} transfers in {:?}: {counts:?}\n", cases.len(), start.elapsed()));
    for (row, wrong) in &wrong {
        tell(&format!("{}\n{} wrong:\n{}", rows[*row].text, wrong.len(), wrong.concat()));
    }
    assert!(wrong.is_empty(), "{} rows of the table do not hold", wrong.len());
}

#[test]
fn every_row_of_the_table_says_something() {
    let (cells, rows) = (Cell::all(), expected::rows());
    for (at, row) in rows.iter().enumerate() {
        let unknown = row.unknown_words(&cells);
        assert!(unknown.is_empty() || !cfg!(feature = "tls"), "{unknown:?} in {}", row.text);
        let is_first = |cell: &&Cell| row.fits(cell) && !rows[..at].iter().any(|before| before.fits(cell));
        let count = cells.iter().filter(is_first).count();
        assert!(count > 0 || !cfg!(feature = "tls"), "no cell is left for {}", row.text);
    }
}
