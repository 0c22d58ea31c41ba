//! Tests that cannot run here say so, and why.

// Each test file compiles this module for itself. Panics are how it reports a failure.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used)]

use std::env;
use std::fs::OpenOptions;
use std::io::{self, Write};

/// Reports that `what` is skipped, on standard error and to `.cargo/runner`, which counts it.
pub fn report(what: &str, reason: &str) {
    // The test harness shows what eprintln!() prints only when a test fails.
    let _ = io::stderr().write_all(format!("SKIPPED {what}: {reason}\n").as_bytes());
    if let Some(file) = env::var_os("FTPCLIENT_SKIPPED") {
        let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
        // One write, so that the lines of tests that run at the same time do not mix.
        file.write_all(format!("{}\n", reason.lines().next().unwrap_or_default()).as_bytes()).unwrap();
    }
}
