//! The examples of `examples/c/loops`, `examples/cpp` and `examples/python`: the same download in each event loop, with a server
//! in this process.

// The limit of descriptors is the system's.
#![allow(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

mod support;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use support::c_programs::{compile_with, root, shown, under_valgrind};
use support::embedded::{Embedded, PASSWORD, USER};
use support::tools::{installed, make_whole, run, skipped};

const SIZE: usize = 3_000_000;

static SERVER: LazyLock<Embedded> = LazyLock::new(|| {
    let server = Embedded::start();
    fs::write(server.root().join("file"), vec![7; SIZE]).unwrap();
    fs::write(server.root().join("small"), vec![7; 1000]).unwrap();
    server
});

/// What the compiler needs for a library that pkg-config knows.
fn flags_of(library: &str) -> Option<Vec<String>> {
    if !installed(&format!("the example for {library}"), &["pkg-config"]) {
        return None;
    }
    let known = Command::new("pkg-config").args(["--exists", library]).status().unwrap();
    let required = env::var_os("FTPCLIENT_TOOLS").is_some_and(|value| value == "required");
    if !known.success() {
        assert!(!required, "{library} is not installed, and FTPCLIENT_TOOLS=required");
        skipped::report(&format!("the example for {library}"), &format!("{library} is not installed"));
        return None;
    }
    let told = run(Command::new("pkg-config").args(["--cflags", "--libs", library]));
    Some(told.split_whitespace().map(str::to_owned).collect())
}

/// Compiles one of the examples with the job that they all do.
fn compile_loop(name: &str, source: PathBuf, mut flags: Vec<String>) -> PathBuf {
    flags.push("-D_GNU_SOURCE".to_owned());
    let job = PathBuf::from("examples/c/loops/job.c");
    compile_with(&format!("loop_{name}"), &[source, job], &flags)
}

fn compile_c_loop(name: &str, flags: Vec<String>) -> PathBuf {
    compile_loop(name, format!("examples/c/loops/{name}.c").into(), flags)
}

#[track_caller]
fn assert_prints(mut command: Command, file: &str, more: &[&str], expected: &str) {
    let port = SERVER.addr().port().to_string();
    let output = command
        .args(["127.0.0.1", &port, USER, PASSWORD, file])
        .args(more)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", shown(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{}", shown(&output));
}

/// One session: the file arrives, and what goes wrong is told and ends the program.
fn check_one_session(program: &Path) {
    assert_prints(Command::new(program), "file", &[], &format!("{SIZE} bytes\n"));
    let port = SERVER.addr().port().to_string();
    let output =
        Command::new(program).args(["127.0.0.1", &port, USER, PASSWORD, "nothing"]).output().unwrap();
    assert!(!output.status.success(), "{}", shown(&output));
    assert!(String::from_utf8_lossy(&output.stderr).contains("RETR nothing: 550"), "{}", shown(&output));
}

#[test]
fn libuv() {
    let Some(flags) = flags_of("libuv") else { return };
    check_one_session(&compile_c_loop("libuv", flags));
}

#[test]
fn glib() {
    let Some(flags) = flags_of("glib-2.0") else { return };
    check_one_session(&compile_c_loop("glib", flags));
}

#[test]
fn qt() {
    let Some(mut flags) = flags_of("Qt6Core") else { return };
    if !installed("the example for Qt", &["c++"]) {
        return;
    }
    let mut compiler = Command::new("c++");
    compiler
        .args(["-std=c++17", "-fPIC", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", "-Iinclude", "-c"])
        .arg("examples/cpp/qt.cpp")
        .args(&flags)
        .current_dir(root());
    let object = make_whole(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("loop_qt.o"), |object| {
        run(compiler.arg("-o").arg(object));
    });
    flags.push("-lstdc++".to_owned());
    check_one_session(&compile_loop("qt", object, flags));
}

/// The server is in this process, with three descriptors for each session.
fn allow_many_descriptors() {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both calls get a valid pointer.
    unsafe {
        assert_eq!(libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit), 0);
        limit.rlim_cur = limit.rlim_max;
        assert_eq!(libc::setrlimit(libc::RLIMIT_NOFILE, &limit), 0);
    }
}

#[test]
fn epoll_with_many_sessions() {
    let program = compile_c_loop("epoll", Vec::new());
    let expected = format!("20 sessions, {} bytes, 0 failed\n", 20 * SIZE);
    assert_prints(Command::new(&program), "file", &["20"], &expected);
    allow_many_descriptors();
    assert_prints(Command::new(&program), "small", &["500"], "500 sessions, 500000 bytes, 0 failed\n");
    if installed("epoll under valgrind", &["valgrind"]) {
        let expected = format!("5 sessions, {} bytes, 0 failed\n", 5 * SIZE);
        assert_prints(under_valgrind(&program), "file", &["5"], &expected);
    }
}

#[test]
fn asyncio() {
    if !installed("the example for asyncio", &["python3"]) {
        return;
    }
    // Cargo makes all kinds of the library at once, and this test is linked to one of them: they are up to date.
    let library = env::current_exe().unwrap().with_file_name("libftpclient.so");
    let mut command = Command::new("python3");
    command.arg("examples/python/asyncio_downloads.py").arg(library);
    assert_prints(command, "file", &["20"], &format!("20 sessions, {} bytes\n", 20 * SIZE));
}
