//! `examples/c/ftplib.c` does what `python -m ftplib` does: both run against the same servers. `examples/c/pool.c` downloads with many sessions.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use support::c_programs::{compile, shown, source, under_valgrind};
use support::embedded::{Embedded, PASSWORD, USER};
use support::scripted::{Scripted, Session};
use support::tools::installed;
use tempfile::TempDir;

/// Python's program with the port as its first argument. What it writes goes to a binary stream, as since Python 3.12:
/// before, it could not print a file.
const PYTHON: &str = r#"
import ftplib, sys

class Output:
    def __init__(self):
        self.buffer = self
    def write(self, data):
        sys.__stdout__.buffer.write(data if isinstance(data, bytes) else data.encode())
    def flush(self):
        sys.__stdout__.buffer.flush()

sys.stdout = Output()
ftplib.FTP.port = int(sys.argv.pop(1))
ftplib.test()
"#;

static FTPLIB: LazyLock<PathBuf> =
    LazyLock::new(|| compile("ftplib", &["examples/c/ftplib.c".into(), "examples/c/netrc.c".into()]));

/// A home directory, with this as its .netrc.
fn home(netrc: &str) -> TempDir {
    let home = TempDir::new().unwrap();
    let file = home.path().join(".netrc");
    fs::write(&file, netrc).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    home
}

fn known_user() -> TempDir {
    home(&format!("machine 127.0.0.1\n\tlogin {USER}\n\tpassword {PASSWORD}\n"))
}

/// Runs the program in C. "HOST" among the arguments is replaced by the server.
fn run_c(mut command: Command, home: &Path, port: u16, arguments: &[&str]) -> Output {
    let host = format!("127.0.0.1:{port}");
    let arguments = arguments.iter().map(|&argument| if argument == "HOST" { &host } else { argument });
    command.args(arguments).env("HOME", home).output().unwrap()
}

fn run(home: &Path, port: u16, arguments: &[&str]) -> Output {
    run_c(Command::new(&*FTPLIB), home, port, arguments)
}

fn run_python(home: &Path, port: u16, arguments: &[&str]) -> Output {
    let mut command = Command::new("python3");
    command.args(["-c", PYTHON]).arg(port.to_string()).env("HOME", home);
    let arguments = arguments.iter().map(|&argument| if argument == "HOST" { "127.0.0.1" } else { argument });
    command.args(arguments).output().unwrap()
}

/// Runs both, which must print the same and succeed.
#[track_caller]
fn assert_same_output(server: &Embedded, home: &Path, arguments: &[&str]) -> String {
    let ours = run(home, server.addr().port(), arguments);
    assert!(ours.status.success(), "{}", shown(&ours));
    if installed("the comparison with Python", &["python3"]) {
        let pythons = run_python(home, server.addr().port(), arguments);
        assert!(pythons.status.success(), "{}", shown(&pythons));
        assert_eq!(String::from_utf8_lossy(&ours.stdout), String::from_utf8_lossy(&pythons.stdout));
    }
    String::from_utf8(ours.stdout).unwrap()
}

fn server_with_files() -> Embedded {
    let server = Embedded::start();
    let folder = server.root().join("my files");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("poem"), "Two lines,\nand no third\n").unwrap();
    fs::write(server.root().join("numbers"), (0..3000).map(|n| format!("{n}\n")).collect::<String>())
        .unwrap();
    server
}

#[test]
fn directories_are_listed_and_files_printed_in_the_order_of_the_arguments() {
    let (server, home) = (server_with_files(), known_user());
    let printed =
        assert_same_output(&server, home.path(), &["HOST", "-l", "numbers", "-dmy files", "-l", "poem"]);
    let places = ["numbers\n", "\n2999\n", " poem\n", "Two lines,\n"].map(|text| printed.find(text));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{printed}");
}

#[test]
fn a_directory_can_be_named() {
    let (server, home) = (server_with_files(), known_user());
    let printed = assert_same_output(&server, home.path(), &["HOST", "-lmy files"]);
    assert!(printed.contains(" poem\n"), "{printed}");
}

#[test]
fn files_can_be_printed_in_active_mode() {
    let (server, home) = (server_with_files(), known_user());
    let printed = assert_same_output(&server, home.path(), &["HOST", "-p", "numbers", "-p", "my files/poem"]);
    assert!(printed.starts_with("0\n1\n") && printed.ends_with("no third\n"), "{printed}");
}

#[test]
fn another_netrc_file_can_be_named() {
    let (server, home) = (server_with_files(), home("machine 127.0.0.1 login nobody password x"));
    let other = home.path().join("other");
    fs::write(&other, format!("default login {USER} password {PASSWORD}")).unwrap();
    assert_same_output(&server, home.path(), &[&format!("-r{}", other.display()), "HOST", "numbers"]);
}

#[test]
fn an_error_ends_it() {
    let server = server_with_files();
    let stranger = home("machine 127.0.0.1 login stranger password x");
    let known = known_user();
    for (home, arguments, complaint) in [
        (&stranger, ["HOST", "numbers", "-l"], "530"),
        (&known, ["HOST", "nothing", "-l"], "550"),
        (&known, ["HOST", "-dnothing", "-l"], "550"),
    ] {
        let ours = run(home.path(), server.addr().port(), &arguments);
        assert_eq!(ours.status.code(), Some(1), "{}", shown(&ours));
        assert!(String::from_utf8_lossy(&ours.stderr).contains(complaint), "{}", shown(&ours));
        assert!(ours.stdout.is_empty(), "{}", shown(&ours));
        if installed("the comparison with Python", &["python3"]) {
            let pythons = run_python(home.path(), server.addr().port(), &arguments);
            assert_eq!(pythons.status.code(), Some(1), "{}", shown(&pythons));
            assert!(pythons.stdout.is_empty(), "{}", shown(&pythons));
        }
    }
}

#[test]
fn without_a_login_it_is_anonymous() {
    let server = server_with_files();
    let other = home("machine example.org login ann password secret");
    let nobody = TempDir::new().unwrap();
    for (home, arguments, notice) in [
        (&other, &["HOST", "numbers"][..], "ftplib: no login for 127.0.0.1 is known: trying anonymous\n"),
        (&nobody, &["HOST", "numbers"], ""),
        (&nobody, &["-r", "HOST", "numbers"], "ftplib: cannot read \"\": trying anonymous\n"),
        (&nobody, &["-r/", "HOST", "numbers"], "ftplib: cannot read \"/\": trying anonymous\n"),
    ] {
        let output = run(home.path(), server.addr().port(), arguments);
        assert!(output.status.success(), "{}", shown(&output));
        assert!(output.stdout.starts_with(b"0\n1\n"), "{}", shown(&output));
        assert_eq!(String::from_utf8_lossy(&output.stderr), notice);
    }
}

/// Both must say word for word what the script expects.
#[track_caller]
fn assert_same_dialogue(netrc: &str, arguments: &[&str], script: fn(&mut Session)) {
    let home = home(netrc);
    let server = Scripted::start(script);
    let output = run(home.path(), server.addr().port(), arguments);
    server.finish();
    assert!(output.status.success(), "{}", shown(&output));
    if installed("the comparison with Python", &["python3"]) {
        let server = Scripted::start(script);
        let pythons = run_python(home.path(), server.addr().port(), arguments);
        server.finish();
        assert!(pythons.status.success(), "{}", shown(&pythons));
        assert_eq!(output.stdout, pythons.stdout, "{}", shown(&output));
    }
}

#[test]
fn every_argument_is_the_command_that_it_is_in_python() {
    let arguments = ["HOST", "-d", "-d..", "-l", "-p", "-p", "-px", "-l-a x"];
    assert_same_dialogue("default login ann password pw account acct", &arguments, |s| {
        s.send("220 ready\r\n");
        s.expect("USER ann");
        s.send("331 password\r\n");
        s.expect("PASS pw");
        s.send("332 account\r\n");
        s.expect("ACCT acct");
        s.send("230 welcome\r\n");
        s.expect("CWD");
        s.send("200 home\r\n");
        // The library asks where it is before it goes up.
        let mut line = s.line();
        if line == "PWD" {
            s.send("257 \"/home\"\r\n");
            line = s.line();
        }
        assert_eq!(line, "CWD ..");
        s.send("250 up\r\n");
        let transfers = [
            ("TYPE A", "LIST", "one\r\n"),
            ("TYPE I", "RETR -px", "a\0b\r\n"),
            ("TYPE A", "LIST -a x", "two\r\n"),
        ];
        for (representation, command, content) in transfers {
            let mut line = s.line();
            if line == "PWD" {
                s.send("257 \"/\"\r\n");
                line = s.line();
            }
            assert_eq!(line, representation);
            s.send("200 fine\r\n");
            let listener = s.passive();
            s.expect(command);
            s.send("150 here it is\r\n");
            let mut data = listener.accept();
            data.send(content);
            data.close();
            s.send("226 done\r\n");
        }
        s.quit();
    });
}

#[test]
fn d_before_the_host_shows_the_dialogue_without_the_password() {
    let (server, home) = (server_with_files(), known_user());
    let output = run(home.path(), server.addr().port(), &["-d", "-d", "HOST", "numbers"]);
    let dialogue = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && output.stdout.starts_with(b"0\n1\n"), "{}", shown(&output));
    for line in ["USER test", "PASS ****", "TYPE I", "RETR numbers", "QUIT"] {
        assert!(dialogue.contains(line), "no {line:?} in:\n{dialogue}");
    }
    assert!(!dialogue.contains(PASSWORD), "{dialogue}");
}

#[test]
fn it_says_how_it_is_called() {
    let help = Command::new(&*FTPLIB).output().unwrap();
    assert!(help.status.success() && help.stdout.starts_with(b"usage: ftplib "), "{}", shown(&help));
    for wrong in [&["-d"][..], &["-rfile"], &["host:0"], &["host:x"], &["host:70000"], &["[::1"], &["[::1]x"]]
    {
        let output = Command::new(&*FTPLIB).args(wrong).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{wrong:?}: {}", shown(&output));
        assert!(output.stderr.starts_with(b"usage: ftplib "), "{wrong:?}: {}", shown(&output));
    }
}

#[test]
fn the_server_may_be_an_ipv6_address() {
    let server = Scripted::start_v6(|s| {
        s.login();
        s.quit();
    });
    let output = Command::new(&*FTPLIB).arg(format!("[::1]:{}", server.addr().port())).output().unwrap();
    server.finish();
    assert!(output.status.success(), "{}", shown(&output));
}

#[test]
fn a_full_disk_is_an_error() {
    let (server, home) = (server_with_files(), known_user());
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(&*FTPLIB);
    command.arg(server.addr().to_string()).arg("my files/poem").env("HOME", home.path()).stdout(full);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard output"), "{}", shown(&output));
}

#[test]
fn it_leaks_nothing_under_valgrind() {
    if !installed("the leak check of ftplib.c", &["valgrind"]) {
        return;
    }
    let (server, known) = (server_with_files(), known_user());
    let stranger = home("machine 127.0.0.1 login stranger password x");
    let broken = home("machine 127.0.0.1 logon");
    for (home, status) in [(&known, 0), (&stranger, 1), (&broken, 1)] {
        let arguments = ["HOST", "-l", "numbers", "-p", "-dmy files", "poem"];
        let output = run_c(under_valgrind(&FTPLIB), home.path(), server.addr().port(), &arguments);
        assert_eq!(output.status.code(), Some(status), "{}", shown(&output));
    }
}

mod netrc {
    use super::*;

    /// Prints what netrc.c finds: PATH HOST, or the home directory's file for HOST alone.
    const LOOK_UP: &str = r#"
        #include <stdio.h>
        #include "netrc.h"
        int main(int argc, char **argv)
        {
            struct netrc_login login;
            struct netrc_problem problem;
            switch (netrc_look_up(argc == 3 ? argv[1] : NULL, argv[argc - 1], &login, &problem)) {
            case NETRC_FOUND: printf("%s|%s|%s", login.user, login.password, login.account); break;
            case NETRC_NO_LOGIN: printf("no login"); break;
            case NETRC_NO_FILE: printf("no file"); break;
            case NETRC_BAD_FILE: printf("line %u: %s", problem.line, problem.text); break;
            case NETRC_NOT_PRIVATE: printf("not private"); break;
            }
            return 0;
        }
    "#;

    static PROGRAM: LazyLock<PathBuf> =
        LazyLock::new(|| compile("look_up", &[source("look_up.c", LOOK_UP), "examples/c/netrc.c".into()]));

    #[track_caller]
    fn assert_login(netrc: impl AsRef<[u8]>, host: &str, found: &str) {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("netrc");
        fs::write(&file, netrc).unwrap();
        let output = Command::new(&*PROGRAM).arg(file).arg(host).output().unwrap();
        assert!(output.status.success(), "{}", shown(&output));
        assert_eq!(String::from_utf8_lossy(&output.stdout), found);
    }

    #[test]
    fn the_entry_of_the_host_counts_and_then_the_default() {
        let file = "default login d\nmachine a login one password two account three\nmachine b\tuser u";
        assert_login(file, "a", "one|two|three");
        assert_login(file, "b", "u||");
        assert_login(file, "c", "d||");
        assert_login("machine a login one", "c", "no login");
        assert_login("", "c", "no login");
    }

    #[test]
    fn the_last_entry_of_a_host_counts() {
        assert_login("machine a login one password two\nmachine a login three", "a", "three||");
    }

    #[test]
    fn values_may_be_quoted() {
        let file = r#"machine a login "two words" password p\ q"r account "x\"y\\""#;
        assert_login(file, "a", r#"two words|p q"r|x"y\"#);
        assert_login("machine a login \"\" password \"two\nlines\"", "a", "|two\nlines|");
        assert_login("machine a login #l password password", "a", "#l|password|");
        assert_login("machine a login \"open", "a", "open||");
    }

    #[test]
    fn values_may_be_missing_at_the_end() {
        assert_login("machine a login u password", "a", "u||");
        assert_login("machine a login u password \\", "a", "u||");
    }

    #[test]
    fn comments_and_macros_are_skipped() {
        let file = "# the machines\n#a machine b\nmachine a # login x\n  login l # password p\n\
                    macdef init\n  cd /machine b\n bye\n\nmachine c login m\nmacdef end\nlast line";
        assert_login(file, "a", "l||");
        assert_login(file, "b", "no login");
        assert_login(file, "c", "m||");
        assert_login(file.replace('\n', "\r\n"), "c", "m||");
    }

    #[test]
    fn a_broken_file_is_refused_and_the_line_named() {
        let misplaced = "a keyword is unknown or out of place";
        assert_login("machine a\nlogin l\nlogon x\n", "a", &format!("line 3: {misplaced}"));
        assert_login("login l", "a", &format!("line 1: {misplaced}"));
        assert_login("macdef m\n\nlogin l", "a", &format!("line 3: {misplaced}"));
        assert_login("\nmachine", "a", "line 2: a machine has no name");
        assert_login("machine \"\" login l", "a", "line 1: a machine has no name");
        let wrong_word = "a word is too long or has a NUL";
        assert_login("machine a\n\nlogin a\0b\n", "a", &format!("line 3: {wrong_word}"));
        assert_login(format!("machine {}\n", "a".repeat(512)), "a", &format!("line 1: {wrong_word}"));
        let longest = "a".repeat(511);
        assert_login(format!("machine {longest} login l"), &longest, "l||");
    }

    #[test]
    fn passwords_in_the_home_directory_must_be_private() {
        for (netrc, mode, found) in [
            ("machine a login l password p", 0o600, "l|p|"),
            ("machine a login l password p", 0o640, "not private"),
            ("machine a login l password p", 0o604, "not private"),
            ("machine a login anonymous password p", 0o644, "anonymous|p|"),
            ("machine b login l password p machine a login anonymous", 0o644, "not private"),
        ] {
            let home = home(netrc);
            fs::set_permissions(home.path().join(".netrc"), Permissions::from_mode(mode)).unwrap();
            let output = Command::new(&*PROGRAM).arg("a").env("HOME", home.path()).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stdout), found, "{netrc} {mode:o}");
        }
        let output = Command::new(&*PROGRAM).arg("a").env_remove("HOME").output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "no file");
    }
}

#[test]
fn pool_c_downloads_with_several_sessions() {
    let server = Embedded::start();
    let names: Vec<String> = (0..5).map(|at| format!("file{at}")).collect();
    for name in &names {
        fs::write(server.root().join(name), format!("the content of {name}")).unwrap();
    }
    let here = TempDir::new().unwrap();
    let program = compile("pool", &["examples/c/pool.c".into()]);
    let url = format!("ftp://{USER}:{PASSWORD}@{}/", server.addr());
    let output = Command::new(&program).args([&url, "3"]).args(&names).current_dir(&here).output().unwrap();
    assert!(output.status.success(), "{}", shown(&output));
    for name in &names {
        assert_eq!(fs::read_to_string(here.path().join(name)).unwrap(), format!("the content of {name}"));
    }
    let output = Command::new(&program).args([&url, "3", "none"]).current_dir(&here).output().unwrap();
    assert!(!output.status.success(), "{}", shown(&output));
    assert!(String::from_utf8_lossy(&output.stderr).contains("none"), "{}", shown(&output));
    assert!(!here.path().join("none").exists());
}
