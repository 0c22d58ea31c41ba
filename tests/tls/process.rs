//! `c-tests/tls/process.c`: what a forked child and a broken connection do to a session over TLS.

use std::path::PathBuf;
use std::process::Command;

use super::support::c_programs::{compile, shown, under_valgrind};
use super::support::tools::installed;
use super::*;

static PROGRAM: LazyLock<PathBuf> =
    LazyLock::new(|| compile("tls-process", &["c-tests/tls/process.c".into()]));

/// Runs the program, as it is and under valgrind, each time with a server that plays the script.
fn check(subject: &str, script: fn(&mut Session, &TlsServer)) {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, AUTHORITY.pem()).unwrap();
    let run = |mut program: Command| {
        let tls = tls_server();
        let server = Scripted::start(move |s| script(s, &tls));
        let output = program.arg(subject).arg(server.addr().port().to_string()).arg(&ca).output().unwrap();
        assert!(output.status.success(), "{}", shown(&output));
    };
    run(Command::new(&*PROGRAM));
    if installed("a process with TLS under valgrind", &["valgrind"]) {
        let mut program = under_valgrind(&PROGRAM);
        // Its children have copies of all that is its business.
        program.env("VALGRIND_OPTS", "--child-silent-after-fork=yes");
        run(program);
    }
}

/// A close_notify of a child would be the last that the server hears.
#[test]
fn a_forked_child_says_nothing_to_the_server() {
    check("fork", |s, tls| {
        s.tls_login(tls);
        expect_in_step(s);
        let mut data = start_transfer(s, "STOR f");
        data.start_tls(tls);
        assert_eq!(data.read_to_end(), b"first second");
        assert_eq!(data.end(), Some(End::CloseNotify));
        data.close_tls();
        s.send("226 done\r\n");
        expect_in_step(s);
        s.quit();
        assert_eq!(s.end(), Some(End::CloseNotify));
    });
}

/// A record that the child took would be missing in the parent, and so would the parent's place in the order of records.
#[test]
fn a_forked_child_that_comes_back_from_a_callback_takes_no_record() {
    check("fork-inside", |s, tls| {
        s.tls_login(tls);
        let mut data = start_transfer(s, "RETR f");
        data.start_tls(tls);
        data.send("first");
        std::thread::sleep(Duration::from_millis(100));
        data.send("second");
        data.close_tls();
        s.send("226 done\r\n");
        expect_in_step(s);
        s.quit();
        assert_eq!(s.end(), Some(End::CloseNotify));
    });
}

#[test]
fn writing_to_a_connection_that_is_gone_is_no_signal() {
    check("sigpipe", |s, tls| {
        s.tls_login(tls);
        let mut data = start_transfer(s, "STOR f");
        data.start_tls(tls);
        data.read_at_least(1);
        data.reset();
        std::thread::sleep(Duration::from_millis(100));
        s.reset();
    });
}
