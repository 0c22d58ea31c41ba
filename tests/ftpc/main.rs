//! `examples/c/ftpc`, the command-line client, built with the sanitizers: its commands on real servers, each exit status, where passwords
//! come from, what a terminal shows, and that its documents tell of each option.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
// A terminal takes calls of the C library.
#![allow(unsafe_code)]

#[path = "../support/mod.rs"]
mod support;

mod commands;
mod documents;
mod exits;
mod mirror;
mod names;
mod passwords;
mod stops;
mod targets;
mod terminal;

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use support::c_programs::{compile_with, root, shown};
use support::calls::says;
use support::embedded::{Embedded, PASSWORD, USER};

static FTPC: LazyLock<PathBuf> = LazyLock::new(|| {
    let files = fs::read_dir(root().join("examples/c/ftpc")).unwrap().map(|entry| entry.unwrap().path());
    let mut sources: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|e| e == "c")).collect();
    sources.sort();
    sources.push("examples/c/netrc.c".into());
    let flags = ["-std=c11", "-Wshadow", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    compile_with("ftpc", &sources, &flags.map(str::to_owned))
});

/// The program, for a user whose home directory has no files.
fn ftpc(arguments: &[&str]) -> Command {
    let mut command = Command::new(&*FTPC);
    command
        .args(arguments)
        .env("HOME", "/nonexistent")
        .env("LC_ALL", "C.UTF-8")
        .env_remove("FTPC_PASSWORD")
        .stdin(Stdio::null());
    heeds_signals(&mut command);
    command
}

/// Whoever started the tests may ignore signals, as `nohup` does, and so would the program.
fn heeds_signals(command: &mut Command) {
    // SAFETY: signal() may be called between fork and exec.
    unsafe {
        command.pre_exec(|| {
            for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
                libc::signal(signal, libc::SIG_DFL);
            }
            Ok(())
        });
    }
}

/// The program, for a user who has put the password into the environment.
fn with_password(password: &str, arguments: &[&str]) -> Command {
    let mut command = ftpc(arguments);
    command.env("FTPC_PASSWORD", password);
    command
}

fn run(arguments: &[&str]) -> Output {
    with_password(PASSWORD, arguments).output().unwrap()
}

/// What it prints. It must succeed, and complain of nothing.
#[track_caller]
fn done(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{command:?}: {}", shown(&output));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn assert_exit(output: &Output, code: i32, complaint: &str) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(code) && says(&told, complaint), "{complaint:?}: {}", shown(output));
}

/// The URL of a path on the server in this process.
fn at(server: &Embedded, path: &str) -> String {
    format!("ftp://{USER}@{}/{path}", server.addr())
}

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|i| ((i * i) >> 8) as u8).collect()
}
