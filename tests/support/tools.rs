//! Runs programs of the system that some tests need, such as cmake, nm and readelf.
//!
//! Where one is not installed, the test is skipped, which is reported on standard error. `FTPCLIENT_TOOLS=required` in
//! the environment lets the test fail instead.

// Each test file compiles this module for itself and uses only a part of it. Panics are how it reports a failure.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used, clippy::panic)]

#[path = "skipped.rs"]
pub mod skipped;

use std::path::{Path, PathBuf};
use std::process::{self, Command, Output};
use std::{env, fs};

/// Whether all of the programs can be started. If not, the test is to be skipped.
pub fn installed(test: &str, programs: &[&str]) -> bool {
    let missing = programs.iter().find(|program| Command::new(program).arg("--version").output().is_err());
    let Some(missing) = missing else { return true };
    let required = env::var_os("FTPCLIENT_TOOLS").is_some_and(|value| value == "required");
    assert!(!required, "{missing} is not installed, and FTPCLIENT_TOOLS=required");
    skipped::report(test, &format!("{missing} is not installed"));
    false
}

/// What the command prints on standard output. It must succeed.
pub fn run(command: &mut Command) -> String {
    let output = output(command);
    assert!(output.status.success(), "{command:?}: {}\n{}", output.status, text(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// All that the command prints. It must fail.
pub fn run_in_vain(command: &mut Command) -> String {
    let output = output(command);
    assert!(!output.status.success(), "{command:?} should have failed\n{}", text(&output));
    text(&output)
}

/// Makes a file under another name, and gives it its own once it is whole. Another process may run the program that has the
/// name, or may make the same one.
#[track_caller]
pub fn make_whole(file: &Path, make: impl FnOnce(&Path)) -> PathBuf {
    // Compilers go by the extension.
    let name = file.file_name().and_then(|name| name.to_str()).unwrap();
    let unfinished = file.with_file_name(format!("unfinished-{}-{name}", process::id()));
    make(&unfinished);
    fs::rename(&unfinished, file).unwrap();
    file.to_owned()
}

fn output(command: &mut Command) -> Output {
    // In other locales, nm sorts in another order and readelf speaks another language.
    command.env("LC_ALL", "C").output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat()).into_owned()
}

/// The names in the output of nm, such as `ftp_new@@FTPCLIENT_0.1`, in its order.
pub fn symbols(nm: &str) -> Vec<&str> {
    // A symbol's line is "address type name"; other lines name the members of an archive.
    nm.lines().filter_map(|line| line.split_whitespace().nth(2)).collect()
}

/// The values of one tag, such as NEEDED, in the output of `readelf -d`. The tools write them as `[libc.so.6]`.
pub fn dynamic<'a>(readelf: &'a str, tag: &str) -> Vec<&'a str> {
    let tag = format!("({tag})");
    let lines = readelf.lines().filter(|line| line.contains(&tag));
    lines.filter_map(|line| line.split(['[', ']']).nth(1)).collect()
}
