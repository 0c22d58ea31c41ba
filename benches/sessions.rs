//! What an idle session takes: 500 of them in one thread, logged in and with a listing behind them, on libunftp and on vsftpd.
//!
//! ```sh
//! cargo bench --bench sessions
//! ```

#![allow(
    unused_crate_dependencies,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]
// The limit of descriptors is the system's.
#![allow(unsafe_code)]

use std::env;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::daemons::{Daemon, DaemonOptions, Tls};
use support::embedded::{self, Embedded};

#[path = "../tests/support/mod.rs"]
mod support;

const SESSIONS: &str = "500";

fn main() {
    if !env::args().any(|argument| argument == "--bench") {
        println!("This is a benchmark, not a test: run it with cargo bench.");
        return;
    }
    // The embedded server is in this process.
    let most = libc::rlimit { rlim_cur: 100_000, rlim_max: 100_000 };
    // SAFETY: the pointer is valid. Where it is refused, connecting will fail and say so.
    unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &most) };

    let folder = tempfile::tempdir().unwrap();
    let program = build(folder.path());
    println!(
        "| server | sessions | heap for each, bytes | resident for each, bytes | CPU of all in 3 s idle, s |"
    );
    println!("|---|---|---|---|---|");
    let embedded = Embedded::start();
    run(&program, "libunftp", embedded.addr(), [embedded::USER, embedded::PASSWORD], &[]);
    for (name, tls) in [("vsftpd", Tls::None), ("vsftpd, TLS", Tls::Explicit)] {
        let Some(daemon) = Daemon::start("vsftpd", DaemonOptions { tls, ..DaemonOptions::default() }) else {
            continue;
        };
        let more: &[&str] = if tls == Tls::None { &[] } else { &["tls"] };
        run(&program, name, daemon.addr(), [&daemon.user, &daemon.password], more);
    }
}

fn run(program: &Path, name: &str, server: SocketAddr, [user, password]: [&str; 2], more: &[&str]) {
    let (host, port) = (server.ip().to_string(), server.port().to_string());
    let output =
        Command::new(program).args([&host, &port, user, password, SESSIONS]).args(more).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    println!("| {name} | {} |", printed.trim().replace(' ', " | "));
}

fn build(folder: &Path) -> PathBuf {
    let program = folder.join("sessions");
    let status = Command::new("cc")
        .args(["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Iinclude", "benches/c/sessions.c"])
        // Cargo builds the library along with this benchmark, in the release profile, and puts it beside it.
        .arg(env::current_exe().unwrap().with_file_name("libftpclient.a"))
        .args(env!("FTPCLIENT_STATIC_LIBS").split(' '))
        .arg("-o")
        .arg(&program)
        .status()
        .unwrap();
    assert!(status.success());
    program
}
