//! `mirror` and `sync`: what a dry run prints is what is done, and nothing else.

use std::path::Path;

use super::support::daemons::{Daemon, DaemonOptions};
use super::*;

/// A server and a directory of this machine, of which one becomes like the other.
struct Pair {
    url: String,
    password: String,
    local: tempfile::TempDir,
}

impl Pair {
    fn local(&self) -> &str {
        self.local.path().to_str().unwrap()
    }

    fn run(&self, command: &str, options: &[&str]) -> Output {
        let arguments = [&[command, "get"], options, &[&self.url, self.local()]].concat();
        with_password(&self.password, &arguments).output().unwrap()
    }

    /// The other way, to a directory of the server.
    #[track_caller]
    fn put(&self, command: &str, options: &[&str]) -> Vec<String> {
        let url = format!("{}up", self.url);
        let arguments = [&[command, "put"], options, &[self.local(), &url]].concat();
        actions_of(&with_password(&self.password, &arguments).output().unwrap())
    }

    /// The actions that it prints, sorted, and not the line that sums them up.
    #[track_caller]
    fn actions(&self, command: &str, options: &[&str]) -> Vec<String> {
        actions_of(&self.run(command, options))
    }
}

#[track_caller]
fn actions_of(output: &Output) -> Vec<String> {
    assert!(output.status.success() && output.stderr.is_empty(), "{}", shown(output));
    let printed = String::from_utf8_lossy(&output.stdout);
    let mut lines: Vec<String> = printed.lines().map(str::to_owned).collect();
    assert!(lines.pop().unwrap().contains("bytes "), "{printed}");
    lines.sort();
    lines
}

fn check(pair: &Pair, remote: &Path) {
    let local = pair.local.path();
    let expected = ["add      a/", "add      a/b/", "add      a/b/deep", "add      a/x.tmp", "add      top"];
    assert_eq!(pair.actions("mirror", &["--dry-run"]), expected);
    assert_eq!(fs::read_dir(local).unwrap().count(), 0);
    assert_eq!(pair.actions("mirror", &["--exclude", "*.tmp", "--exclude", "/top"]), expected[..3]);
    assert_eq!(pair.actions("mirror", &["--include", "x*"]), [expected[3]]);
    assert_eq!(pair.actions("mirror", &[]), [expected[4]]);
    assert!(fs::read(local.join("a/b/deep")).unwrap() == pattern(100_000));
    assert_eq!(pair.actions("mirror", &[]), [""; 0]);

    fs::write(local.join("mine"), "").unwrap();
    fs::write(local.join("top"), "changed here").unwrap();
    assert_eq!(pair.actions("mirror", &["--dry-run"]), ["replace  top"]);
    let expected = ["delete   mine", "replace  top"];
    assert_eq!(pair.actions("mirror", &["--dry-run", "--delete"]), expected);
    assert_eq!(pair.actions("sync", &["--dry-run"]), expected);
    assert!(local.join("mine").exists());
    assert_eq!(pair.actions("sync", &[]), expected);
    assert!(!local.join("mine").exists());
    assert_eq!(fs::read(local.join("top")).unwrap(), fs::read(remote.join("top")).unwrap());
    check_together(pair, remote);
    check_put(pair, remote);
}

/// Several sessions print the same actions in the same order.
fn check_together(pair: &Pair, remote: &Path) {
    let other = tempfile::tempdir().unwrap();
    let pair = &Pair { url: pair.url.clone(), password: pair.password.clone(), local: other };
    for at in 0..6 {
        fs::write(remote.join(format!("a/f{at}")), pattern(30_000 + at)).unwrap();
    }
    let dry = pair.run("mirror", &["--dry-run", "-j", "3"]);
    let real = pair.run("mirror", &["--jobs", "3"]);
    actions_of(&real);
    assert_eq!(String::from_utf8_lossy(&dry.stdout), String::from_utf8_lossy(&real.stdout));
    for at in 0..6 {
        let name = format!("a/f{at}");
        assert!(fs::read(pair.local.path().join(&name)).unwrap() == pattern(30_000 + at));
        fs::remove_file(remote.join(name)).unwrap();
    }
    assert_eq!(pair.actions("sync", &["-j3"]).len(), 6);
}

/// From this machine to a directory that the server does not have yet.
fn check_put(pair: &Pair, remote: &Path) {
    let (local, remote) = (pair.local.path(), remote.join("up"));
    assert_eq!(pair.put("mirror", &["--exclude", "*.tmp"]).len(), 4);
    assert!(
        fs::read(remote.join("a/b/deep")).unwrap() == pattern(100_000) && !remote.join("a/x.tmp").exists()
    );

    fs::write(local.join("top"), "another text").unwrap();
    fs::write(local.join("a/new"), pattern(70_000)).unwrap();
    fs::remove_dir_all(local.join("a/b")).unwrap();
    let expected =
        ["add      a/new", "add      a/x.tmp", "delete   a/b/", "delete   a/b/deep", "replace  top"];
    assert_eq!(pair.put("sync", &["--dry-run"]), expected);
    assert!(remote.join("a/b/deep").exists() && !remote.join("a/new").exists());
    assert_eq!(pair.put("sync", &["--atomic"]), expected);
    assert!(!remote.join("a/b").exists());
    assert!(fs::read(remote.join("a/new")).unwrap() == pattern(70_000));
    assert_eq!(fs::read_to_string(remote.join("top")).unwrap(), "another text");
    assert_eq!(pair.put("sync", &[]), [""; 0]);
}

fn fill(root: &Path) {
    fs::create_dir_all(root.join("a/b")).unwrap();
    fs::write(root.join("a/b/deep"), pattern(100_000)).unwrap();
    fs::write(root.join("a/x.tmp"), "x").unwrap();
    fs::write(root.join("top"), "two\nlines\n").unwrap();
}

#[test]
fn the_server_in_this_process() {
    let server = Embedded::start();
    fill(server.root());
    let pair =
        Pair { url: at(&server, ""), password: PASSWORD.to_owned(), local: tempfile::tempdir().unwrap() };
    check(&pair, server.root());
}

#[test]
fn real_servers() {
    for name in ["vsftpd", "proftpd", "pure-ftpd", "pyftpdlib"] {
        let Some(daemon) = Daemon::start(name, DaemonOptions::default()) else { continue };
        fill(&daemon.root);
        let pair = Pair {
            url: format!("ftp://{}@{}/", daemon.user, daemon.addr()),
            password: daemon.password.clone(),
            local: tempfile::tempdir().unwrap(),
        };
        check(&pair, &daemon.root);
    }
}

#[test]
fn what_is_not_done_is_13_and_told() {
    let server = Embedded::start();
    fill(server.root());
    let pair =
        Pair { url: at(&server, ""), password: PASSWORD.to_owned(), local: tempfile::tempdir().unwrap() };
    // A directory is in the way of a file.
    fs::create_dir(pair.local.path().join("top")).unwrap();
    let output = pair.run("mirror", &[]);
    assert_exit(&output, 13, "ftpc: ");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.lines().any(|line| line.starts_with("conflict top")), "{printed}");
    assert!(pair.local.path().join("a/b/deep").exists());
    let output = pair.run("mirror", &["--json"]);
    assert_eq!(output.status.code(), Some(13), "{}", shown(&output));
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains(r#"{"event":"action","action":"conflict","path":"top""#), "{printed}");
    assert!(printed.contains(r#"{"event":"summary","added":0,"replaced":0,"#), "{printed}");
    assert!(printed.contains(r#"{"event":"error""#) && output.stderr.is_empty(), "{printed}");
}

#[test]
fn a_wrong_direction_is_a_wrong_command_line() {
    for wrong in [&["mirror", "got", "ftp://h/", "x"][..], &["mirror", "get", "x", "ftp://h/"]] {
        assert_eq!(run(wrong).status.code(), Some(1), "{wrong:?}");
    }
    for options in [&["--atomic"][..], &["--verify", "--atomic"]] {
        let output = run(&[&["mirror", "get"], options, &["ftp://h/", "x"]].concat());
        assert_exit(&output, 1, "--atomic is for put");
    }
    assert_eq!(run(&["mirror", "put", "ftp://h/", "x"]).status.code(), Some(1));
    assert_exit(&run(&["ls", "--exclude", "x", "ftp://h/"]), 1, "ls has no option --include");
}
