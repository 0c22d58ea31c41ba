//! Each exit status that the manual page lists, from what causes it.

use super::support::daemons::{Daemon, DaemonOptions, Tls};
use super::support::dead_ends::{never_greeting, unused_port};
use super::support::scripted::{Scripted, Session};
use super::*;

fn url_of(server: &Scripted, path: &str) -> String {
    format!("ftp://ann:pw@{}/{path}", server.addr())
}

/// Logs in as this user, and then follows the script.
fn after_login(script: fn(&mut Session)) -> Scripted {
    Scripted::start(move |s| {
        s.send("220 ready\r\n");
        s.expect("USER ann");
        s.send("331 password\r\n");
        s.expect("PASS pw");
        s.send("230 welcome\r\n");
        script(s);
    })
}

#[test]
fn a_wrong_command_line_is_1() {
    for (wrong, complaint) in [
        (&[][..], "there is no command"),
        (&["fetch", "ftp://h/"], "there is no command fetch"),
        (&["ls"], "usage: ftpc ls"),
        (&["mv", "ftp://h/a", "b", "c"], "usage: ftpc mv"),
        (&["mv", "ftp://u:secret@h/a", "ftp://u:secret@h/b"], "must be a path on the same server"),
        (&["ls", "--resume", "ftp://h/"], "ls has no option --resume"),
        (&["cat", "--json", "ftp://h/f"], "cat has no option --json"),
        (&["ls", "--frobnicate", "ftp://h/"], "--frobnicate"),
        (&["ls", "ftp://h/", "--timeout"], "--timeout"),
        (&["ls", "--timeout", "0", "ftp://h/"], "--timeout needs"),
        (&["ls", "--retries", "-1", "ftp://h/"], "--retries needs"),
        (&["ls", "--limit-rate", "9K9", "ftp://h/"], "--limit-rate needs"),
        (&["ls", "--limit-rate", "9999999999999999G", "ftp://h/"], "--limit-rate needs"),
        (&["ls", "http://h/"], "the URL must begin with ftp://"),
        (&["ls", "ftp://u:a/b@h/"], "must be written %2F"),
        (&["ls", "--pin", "x", "ftp://h/"], "pin"),
    ] {
        assert_exit(&run(wrong), 1, complaint);
    }
    let server = Embedded::start();
    for (wrong, complaint) in [
        (&["get", &at(&server, "a/")][..], "names a directory"),
        (&["get", &at(&server, "a"), &at(&server, "b"), "file"], "need a directory"),
        (&["put", "a", "b", &at(&server, "c")], "/ at its end"),
        (&["cat", &at(&server, "")], "names no file"),
        (&["rm", &at(&server, "")], "no path"),
        (&["rm", "-r", &at(&server, "")], "no path"),
        (&["rm", "-r", &at(&server, "a/..")], ""),
        (&["chmod", "u+x", &at(&server, "a")], "octal"),
        (&["chmod", "10000", &at(&server, "a")], "octal"),
    ] {
        assert_exit(&run(wrong), 1, complaint);
    }
}

#[test]
fn a_file_of_this_machine_is_2() {
    let server = Embedded::start();
    fs::write(server.root().join("f"), "x").unwrap();
    assert_exit(&run(&["put", "/nonexistent/f", &at(&server, "")]), 2, "/nonexistent/f");
    assert_exit(&run(&["get", &at(&server, "f"), "/nonexistent/f"]), 2, "/nonexistent/f");
    assert_exit(&run(&["ls", "--cafile", "/nonexistent", &at(&server, "")]), 2, "/nonexistent");
    for arguments in [&["ls", &at(&server, "")][..], &["ls", "--json", &at(&server, "")], &["--help"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = with_password(PASSWORD, arguments).stdout(full).output().unwrap();
        assert_exit(&output, 2, "standard output");
    }
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = with_password(PASSWORD, &["cat", &at(&server, "f")]).stdout(full).output().unwrap();
    assert_exit(&output, 2, "no space left");
}

#[test]
fn no_connection_is_3() {
    let refusing = unused_port();
    assert_exit(&run(&["ls", &format!("ftp://{}/", refusing.addr())]), 3, "connection refused");
    let silent = never_greeting();
    assert_exit(
        &run(&["ls", "--timeout", "1", &format!("ftp://{}/", silent.addr())]),
        3,
        "timed out after 1 s",
    );
    assert_exit(&run(&["ls", "ftp://no-such-host.invalid/"]), 3, "no-such-host.invalid");
    let server = after_login(|s| {
        s.expect("DELE f");
        s.close();
    });
    assert_exit(&run(&["rm", &url_of(&server, "f"), &url_of(&server, "g")]), 3, "DELE f");
}

#[test]
fn no_login_is_4_and_is_not_tried_again() {
    let server = Embedded::start();
    let url = at(&server, "f");
    let output = with_password("wrong", &["-v", "--retries", "3", "cat", &url, &url]).output().unwrap();
    assert_exit(&output, 4, "530");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr).matches("*cmd* 'PASS").count(),
        1,
        "{}",
        shown(&output)
    );
    // 430 looks as if it would pass.
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.expect("USER ann");
        s.send("331 password\r\n");
        s.expect("PASS pw");
        s.send("430 no\r\n");
    });
    assert_exit(&run(&["--retries", "3", "ls", &url_of(&server, "")]), 4, "430");
}

#[test]
fn no_tls_is_5() {
    let options = DaemonOptions { tls: Tls::Explicit, ..DaemonOptions::default() };
    if let Some(daemon) = Daemon::start("pyftpdlib", options) {
        let url = format!("ftpes://{}@{}/", daemon.user, daemon.addr());
        let ca = daemon.ca.to_str().unwrap();
        let run = |arguments: &[&str]| with_password(&daemon.password, arguments).output().unwrap();
        assert_exit(&run(&["ls", &url]), 5, "no authority that is trusted");
        assert_exit(&run(&["ls", "--cafile", ca, &url]), 0, "");
        assert_exit(&run(&["ls", "--insecure", &url]), 0, "");
        let pin = format!("sha256//{}=", "A".repeat(43));
        assert_exit(&run(&["ls", "--cafile", ca, "--pin", &pin, &url]), 5, "pin");
        assert_exit(&run(&["ls", "--insecure", "--pin", &pin, &url]), 5, "pin");
    }
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        for _ in 0..3 {
            if s.line_or_end().is_none() {
                break;
            }
            s.send("534 no TLS here\r\n");
        }
    });
    assert_exit(&run(&["ls", &format!("ftpes://ann:pw@{}/", server.addr())]), 5, "534");
}

#[test]
fn what_is_not_there_is_6() {
    let server = Embedded::start();
    assert_exit(&run(&["stat", &at(&server, "nothing")]), 6, "no such file");
    assert_exit(&run(&["ls", &at(&server, "nothing/")]), 6, "nothing");
    assert_exit(&run(&["rm", "-r", &at(&server, "nothing")]), 6, "nothing");
}

#[test]
fn what_is_there_is_7() {
    let server = Embedded::start();
    fs::write(server.root().join("f"), "old").unwrap();
    assert_exit(&run(&["put", "--no-replace", "/etc/hostname", &at(&server, "f")]), 7, "f");
    let taken = tempfile::NamedTempFile::new().unwrap();
    let here = taken.path().to_str().unwrap();
    assert_exit(&run(&["get", "--no-replace", &at(&server, "f"), here]), 7, here);
    assert_exit(&run(&["mkdir", "-p", &at(&server, "f/g")]), 7, "f");
    assert_eq!(fs::read(server.root().join("f")).unwrap(), b"old");
}

#[test]
fn a_refusal_is_8_or_9() {
    let server = Embedded::start();
    assert_exit(&run(&["rm", &at(&server, "nothing")]), 8, "550");
    let server = after_login(|s| {
        s.expect("DELE f");
        s.send("450 in use\r\n");
        s.quit();
    });
    assert_exit(&run(&["rm", &url_of(&server, "f")]), 9, "450");
}

#[test]
fn no_ftp_server_is_10() {
    let server = Scripted::start(|s| s.send("SSH-2.0-OpenSSH_9.2\r\n"));
    assert_exit(&run(&["ls", &url_of(&server, "")]), 10, "SSH");
}

#[test]
fn half_a_file_is_11() {
    let folder = tempfile::tempdir().unwrap();
    let server = after_login(|s| {
        s.expect("TYPE I");
        s.send("200 fine\r\n");
        let listener = s.passive();
        s.expect("RETR f");
        s.send("150 here it comes (12 bytes)\r\n");
        let mut data = listener.accept();
        data.send("hello");
        data.close();
        s.send("226 done\r\n");
        s.quit();
    });
    let mut command = ftpc(&["get", &url_of(&server, "f")]);
    assert_exit(&command.current_dir(folder.path()).output().unwrap(), 11, "f: ");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_the_server_cannot_do_is_12() {
    let server = after_login(|s| {
        while let Some(line) = s.line_or_end() {
            s.send(if line == "QUIT" { "221 bye\r\n" } else { "502 what?\r\n" });
        }
    });
    assert_exit(&run(&["chmod", "644", &url_of(&server, "f")]), 12, "f: ");
}

#[test]
fn json_tells_of_errors_on_standard_output() {
    let server = Embedded::start();
    let output = run(&["rm", "--json", &at(&server, "no\"thing")]);
    assert_eq!(output.status.code(), Some(8), "{}", shown(&output));
    assert!(output.stderr.is_empty(), "{}", shown(&output));
    let line = String::from_utf8(output.stdout).unwrap();
    let begins = r#"{"event":"error","path":"no\"thing","exit":8,"status":-22,"reply":550,"message":""#;
    assert!(line.starts_with(begins) && line.ends_with("\"}\n"), "{line}");
}

#[test]
fn what_it_says_of_itself_is_0() {
    let help = done(ftpc(&["--help"]));
    assert!(help.starts_with("usage:\n  ftpc ls "), "{help}");
    assert!(done(ftpc(&["--version"])).contains(env!("CARGO_PKG_VERSION")));
}
