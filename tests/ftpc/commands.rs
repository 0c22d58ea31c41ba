//! Each command, on the server in this process and on real ones.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;

use super::support::daemons::{Daemon, DaemonOptions};
use super::*;

/// Where the tour goes: a server, what is on its disk, and what it can do.
struct Tour<'a> {
    base: String,
    root: &'a Path,
    password: &'a str,
    /// It sets modes, and times.
    knows_metadata: bool,
    local: TempDir,
}

impl Tour<'_> {
    fn url(&self, path: &str) -> String {
        format!("{}{}", self.base, path.replace(' ', "%20"))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = with_password(self.password, arguments);
        command.current_dir(self.local.path());
        command
    }

    #[track_caller]
    fn done(&self, arguments: &[&str]) -> String {
        done(self.command(arguments))
    }

    fn local(&self, name: &str) -> Vec<u8> {
        fs::read(self.local.path().join(name)).unwrap()
    }

    fn remote(&self, path: &str) -> Vec<u8> {
        fs::read(self.root.join(path)).unwrap()
    }

    /// Several files at the same time. What the server refuses is told with its own name.
    fn together(&self) {
        let names: Vec<String> = (0..9).map(|at| format!("f{at}")).collect();
        for (at, name) in names.iter().enumerate() {
            fs::write(self.local.path().join(name), pattern(20_000 + at)).unwrap();
        }
        let (url, urls) = (self.url("a dir/"), names.iter().map(|name| self.url(&format!("a dir/{name}"))));
        let mut words = vec!["put", "-j", "4"];
        words.extend(names.iter().map(String::as_str));
        words.push(&url);
        self.done(&words);
        // Twenty sessions would leave no descriptor for a file.
        words[2] = "20";
        let few = with_few_descriptors(&self.command(&words)).output().unwrap();
        assert!(few.status.success(), "{}", shown(&few));
        names.iter().for_each(|name| fs::remove_file(self.local.path().join(name)).unwrap());

        let mut urls: Vec<String> = urls.collect();
        urls.insert(4, self.url("a dir/nothing"));
        let mut words = vec!["get", "--json", "--jobs", "4"];
        words.extend(urls.iter().map(String::as_str));
        let output = self.command(&words).output().unwrap();
        let alone = self.command(&["get", "--json", &urls[4]]).output().unwrap();
        assert_eq!(output.status.code(), alone.status.code(), "{}", shown(&output));
        assert_ne!(output.status.code(), Some(0));
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let of = |event| {
            printed.lines().filter(|line| line.starts_with(&format!(r#"{{"event":"{event}","#))).count()
        };
        assert_eq!((of("get"), of("error")), (9, 1), "{printed}");
        assert!(printed.contains(&*String::from_utf8_lossy(&alone.stdout)), "{printed}");
        for (at, name) in names.iter().enumerate() {
            assert!(self.local(name) == pattern(20_000 + at), "{name}");
            assert!(self.remote(&format!("a dir/{name}")) == pattern(20_000 + at), "{name}");
            self.done(&["rm", &self.url(&format!("a dir/{name}"))]);
            fs::remove_file(self.local.path().join(name)).unwrap();
        }
    }

    /// All commands, so that in the end the server is as empty as it was.
    fn go(&self) {
        let content = pattern(300_000);
        fs::write(self.local.path().join("big file"), &content).unwrap();
        fs::write(self.local.path().join("small"), "two\nlines\n").unwrap();

        self.done(&["mkdir", "-p", &self.url("a dir/b")]);
        self.done(&["mkdir", "--parents", &self.url("a dir/b")]);
        let keep_time = if self.knows_metadata { "--keep-time" } else { "--atomic" };
        self.done(&["put", "--atomic", keep_time, "big file", "small", &self.url("a dir/b/")]);
        self.together();
        self.done(&["put", "--make-dirs", "small", &self.url("c/d/other")]);
        assert!(self.remote("a dir/b/big file") == content);
        assert_eq!(self.remote("c/d/other"), b"two\nlines\n");

        let mut names: Vec<String> =
            self.done(&["ls", &self.url("a dir/b")]).lines().map(str::to_owned).collect();
        names.sort();
        assert_eq!(names, ["big file", "small"]);
        assert_eq!(self.done(&["ls", &self.url("a dir")]), "b/\n");
        let long = self.done(&["ls", "-l", &self.url("a dir/b")]);
        let line = long.lines().find(|line| line.ends_with(" big file")).unwrap_or_else(|| panic!("{long}"));
        assert!(line.starts_with('-') && line.contains(" 300000 "), "{long}");
        let tree = self.done(&["ls", "--recursive", &self.url("")]);
        for path in ["a dir/", "a dir/b/", "a dir/b/big file", "a dir/b/small", "c/", "c/d/", "c/d/other"] {
            assert!(tree.lines().any(|line| line == path), "{path} in {tree}");
        }

        let stat = self.done(&["stat", &self.url("a dir/b/small")]);
        assert!(stat.contains("type      file\nsize      10\n"), "{stat}");
        assert_eq!(
            self.done(&["cat", &self.url("a dir/b/small"), &self.url("c/d/other")]),
            "two\nlines\n".repeat(2)
        );

        self.done(&["get", &self.url("a dir/b/big file"), "copy"]);
        assert!(self.local("copy") == content);
        fs::create_dir(self.local.path().join("into")).unwrap();
        self.done(&[
            "get",
            "--resume",
            "--keep-time",
            &self.url("a dir/b/big file"),
            &self.url("c/d/other"),
            "into",
        ]);
        assert!(self.local("into/big file") == content);
        assert_eq!(self.local("into/other"), b"two\nlines\n");

        if self.knows_metadata {
            self.done(&["chmod", "600", &self.url("c/d/other")]);
            let mode = fs::metadata(self.root.join("c/d/other")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        self.done(&["mv", &self.url("c/d/other"), "c/moved"]);
        assert_eq!(self.remote("c/moved"), b"two\nlines\n");
        self.done(&["rm", &self.url("c/moved")]);
        self.done(&["rm", "-r", &self.url("a dir"), &self.url("c")]);
        assert_eq!(fs::read_dir(self.root).unwrap().count(), 0);
    }
}

#[test]
fn the_server_in_this_process() {
    let server = Embedded::start();
    let local = tempfile::tempdir().unwrap();
    let base = at(&server, "");
    // libunftp sets neither modes nor times.
    Tour { base, root: server.root(), password: PASSWORD, knows_metadata: false, local }.go();
}

fn tour(name: &str) {
    let Some(daemon) = Daemon::start(name, DaemonOptions::default()) else { return };
    let base = format!("ftp://{}@{}/", daemon.user, daemon.addr());
    let local = tempfile::tempdir().unwrap();
    Tour { base, root: &daemon.root, password: &daemon.password, knows_metadata: true, local }.go();
}

#[test]
fn vsftpd() {
    tour("vsftpd");
}

#[test]
fn proftpd() {
    tour("proftpd");
}

#[test]
fn pure_ftpd() {
    tour("pure-ftpd");
}

#[test]
fn pyftpdlib() {
    tour("pyftpdlib");
}

#[test]
fn standard_input_goes_to_a_file() {
    let server = Embedded::start();
    let mut command = with_password(PASSWORD, &["put", "-", &at(&server, "piped")]);
    let file = server.root().join("source");
    fs::write(&file, "from a pipe").unwrap();
    command.stdin(fs::File::open(&file).unwrap());
    done(command);
    assert_eq!(fs::read(server.root().join("piped")).unwrap(), b"from a pipe");
    for wrong in [&["put", "--atomic", "-", &at(&server, "x")][..], &["put", "-", &at(&server, "")]] {
        assert_exit(&run(wrong), 1, "standard input needs");
    }
}

#[test]
fn text_has_the_line_ends_of_this_machine() {
    let server = Embedded::start();
    fs::write(server.root().join("text"), "one\r\ntwo\r\n").unwrap();
    assert_eq!(run(&["cat", &at(&server, "text")]).stdout, b"one\r\ntwo\r\n");
    assert_eq!(run(&["cat", "--ascii", &at(&server, "text")]).stdout, b"one\ntwo\n");
    assert_eq!(run(&["cat", &at(&server, "text;type=a")]).stdout, b"one\ntwo\n");
    let here = tempfile::tempdir().unwrap();
    let file = here.path().join("here");
    let local = file.to_str().unwrap();
    fs::write(&file, "old").unwrap();
    for url in [at(&server, "text;type=a"), at(&server, "text")] {
        assert_exit(&run(&["get", "--ascii", &url, local]), 0, "");
        assert_eq!(fs::read(&file).unwrap(), b"one\ntwo\n");
    }
    // A file that is not whole has no name, and one that cannot be had is told.
    for (url, target, exit, told) in [
        ("none", local, 8, "550"),
        ("text", here.path().join("no/where").to_str().unwrap(), 2, "No such file"),
        ("text", here.path().join("none").to_str().unwrap(), 0, ""),
    ] {
        assert_exit(&run(&["get", "--ascii", &at(&server, url), target]), exit, told);
    }
    let mut names: Vec<_> = fs::read_dir(&here).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["here", "none"]);
    let long = format!("{}\nlast", "x".repeat(100_000));
    fs::write(&file, &long).unwrap();
    assert_exit(&run(&["put", "--ascii", local, &at(&server, "sent")]), 0, "");
    let sent = fs::read_to_string(server.root().join("sent")).unwrap();
    assert_eq!(sent, long.replace('\n', "\r\n") + "\r\n");
    for wrong in [
        &["get", "--ascii", "--resume", &at(&server, "text"), local][..],
        &["put", "--ascii", "--atomic", local, &at(&server, "x")],
    ] {
        assert_exit(&run(wrong), 1, "without the options for whole files");
    }
    assert_exit(
        &run(&["put", "--ascii", here.path().to_str().unwrap(), &at(&server, "x")]),
        2,
        "Is a directory",
    );
    assert_exit(&run(&["put", "--ascii", "-", &at(&server, "x")]), 1, "standard input needs");
}

#[test]
fn hidden_names_are_shown_when_they_are_asked_for() {
    let server = Embedded::start();
    fs::create_dir(server.root().join(".git")).unwrap();
    fs::write(server.root().join(".git/config"), "").unwrap();
    fs::write(server.root().join("seen"), "").unwrap();
    assert_eq!(run(&["ls", &at(&server, "")]).stdout, b"seen\n");
    assert_eq!(run(&["ls", "-R", &at(&server, "")]).stdout, b"seen\n");
    let all = String::from_utf8(run(&["ls", "-aR", &at(&server, "")]).stdout).unwrap();
    assert!(all.contains(".git/config\n"), "{all}");
}

#[test]
fn settings_reach_the_session() {
    let server = Embedded::start();
    fs::write(server.root().join("f"), pattern(50_000)).unwrap();
    let url = at(&server, "f");
    done(with_password(PASSWORD, &["-4", "--active", "ls", &url]));
    assert_exit(&run(&["-6", "ls", &url]), 3, "of another family");
    let begun = std::time::Instant::now();
    assert_eq!(run(&["cat", "--limit-rate", "50K", &url]).stdout.len(), 50_000);
    assert!(begun.elapsed().as_millis() > 700, "{:?}", begun.elapsed());
    let output = run(&["-v", "cat", &url]);
    let dialogue = String::from_utf8_lossy(&output.stderr);
    assert!(dialogue.contains("RETR f") && !dialogue.contains(PASSWORD), "{dialogue}");
}

#[test]
fn a_hash_is_compared() {
    let server = Embedded::start();
    fs::write(server.root().join("f"), "x").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut command = with_password(PASSWORD, &["get", "--verify", "--json", &at(&server, "f")]);
    command.current_dir(folder.path());
    let told = done(command);
    assert!(told.contains("\"verified\":\"hash\""), "{told}");
    let Some(daemon) = Daemon::start("pure-ftpd", DaemonOptions::default()) else { return };
    let url = format!("ftp://{}@{}/f", daemon.user, daemon.addr());
    let local = folder.path().join("f");
    let mut command = with_password(&daemon.password, &["put", "--verify", local.to_str().unwrap(), &url]);
    assert_exit(&command.output().unwrap(), 12, "hash");
    assert!(!daemon.root.join("f").exists());
}

#[test]
fn one_session_serves_all_arguments_of_a_server() {
    let (server, other) = (Embedded::start(), Embedded::start());
    for server in [&server, &other] {
        fs::write(server.root().join("f"), "x").unwrap();
    }
    let output =
        run(&["-v", "cat", &at(&server, "f"), &at(&server, "nothing"), &at(&server, "f"), &at(&other, "f")]);
    assert_eq!(
        (output.stdout.as_slice(), output.status.code()),
        (&b"xxx"[..], Some(8)),
        "{}",
        shown(&output)
    );
    let dialogue = String::from_utf8_lossy(&output.stderr);
    assert_eq!(dialogue.matches("*cmd* 'PASS").count(), 2, "{dialogue}");
    assert_eq!(dialogue.matches("*cmd* 'QUIT").count(), 2, "{dialogue}");
}

/// The same program, in a process that may have 24 descriptors.
fn with_few_descriptors(program: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -n 24; exec \"$@\"", "sh"]).arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    if let Some(directory) = program.get_current_dir() {
        shell.current_dir(directory);
    }
    shell
}
