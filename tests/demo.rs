//! The demo works as the first thing that a user runs.

#![allow(clippy::unwrap_used)]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use std::{env, fs};

use support::embedded::{Embedded, PASSWORD, USER};

/// The demo, built as `cargo run --example demo` builds it: in the build directory and the profile of this test.
fn demo() -> Command {
    static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let (profile, folder) =
            if cfg!(debug_assertions) { ("dev", "debug") } else { ("release", "release") };
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["build", "--quiet", "--example", "demo", "--profile", profile, "--target-dir"])
            .arg(target);
        cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
        // What cargo tells this test about its package would look like a change to the dependencies' build scripts.
        let about_us = |name: &str| {
            name == "OUT_DIR" || name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        };
        for (name, _) in env::vars().filter(|(name, _)| about_us(name)) {
            cargo.env_remove(name);
        }
        assert!(cargo.status().unwrap().success());
        target.join(folder).join("examples/demo")
    });
    Command::new(&*PROGRAM)
}

#[track_caller]
fn assert_prints(output: &Output, expected: &[&str]) {
    let printed = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    for line in expected {
        assert!(printed.contains(line), "no {line:?} in:\n{printed}\n{complaint}");
    }
    assert!(output.status.success(), "{}:\n{printed}\n{complaint}", output.status);
}

#[test]
fn without_arguments_it_shows_a_whole_session() {
    let output = demo().output().unwrap();
    assert_prints(
        &output,
        &[
            "The server says:\n    220 ",
            "Logged in as test.",
            "The working directory is /,",
            "README.txt\n",
            "Uploaded 100000 bytes as quickstart.bin.",
            "Downloaded them again: every byte is the same.",
            "Deleted quickstart.bin.",
            "    221 ",
        ],
    );
}

fn server_with_files() -> Embedded {
    let server = Embedded::start();
    let folder = server.root().join("my files");
    fs::create_dir(&folder).unwrap();
    fs::create_dir(folder.join("a directory")).unwrap();
    fs::write(folder.join("seven bytes"), "1234567").unwrap();
    server
}

#[test]
fn with_the_url_of_a_directory_it_lists_it_and_downloads_a_file() {
    let server = server_with_files();
    let output =
        demo().arg(format!("ftp://{USER}:{PASSWORD}@{}/my%20files", server.addr())).output().unwrap();
    assert_prints(
        &output,
        &[
            "Logged in. The server says:\n    220 ",
            "The working directory is /my files,",
            " a directory\n",
            "Downloaded seven bytes: 7 bytes.",
        ],
    );
}

#[test]
fn with_the_url_of_a_file_it_downloads_that() {
    let server = server_with_files();
    fs::write(server.root().join("my files/ten"), "1234567890").unwrap();
    let output = demo().arg(format!("ftp://{}/my%20files/ten", server.addr())).output().unwrap();
    assert_prints(
        &output,
        &[
            "Logged in. The server says:\n    220 ",
            "The working directory is /my files,",
            " seven bytes\n",
            "Downloaded ten: 10 bytes.",
        ],
    );
}

#[track_caller]
fn assert_fails(output: &Output, expected: &str) {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(complaint.contains(expected), "no {expected:?} in:\n{complaint}");
    assert!(!output.status.success());
}

#[test]
fn it_says_why_a_session_failed() {
    let server = server_with_files();
    let output = demo().arg(format!("ftp://{}/nothing", server.addr())).output().unwrap();
    assert_fails(&output, "RETR nothing");
    assert_fails(&output, "550");
}

/// The server knows no TLS, so the session fails: that it was tried is what can be seen.
#[cfg(feature = "tls")]
#[test]
fn it_takes_the_urls_of_secured_sessions() {
    let server = server_with_files();
    for scheme in ["ftpes", "ftps"] {
        let output = demo().arg(format!("{scheme}://{}/", server.addr())).output().unwrap();
        assert_fails(&output, &format!("browse: {}: ", server.addr()));
    }
}

#[test]
fn it_says_that_there_is_no_c_compiler() {
    let output = demo().env("CC", "no-such-compiler").output().unwrap();
    assert_fails(&output, "no C compiler: no-such-compiler was not found");
}

#[test]
fn it_says_how_it_is_called() {
    assert_fails(&demo().args(["one", "two"]).output().unwrap(), "usage: cargo run --example demo");
    assert_fails(&demo().arg("http://localhost/").output().unwrap(), "must begin with ftp://");
}
