//! How it ends before its end: by signals, pipes that nobody reads, and connections that are lost and come back.

use std::io::Read;
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use super::support::site::{Habits, Site};
use super::*;

/// So much that at the limits of the rate here no machine is slow enough to look only after it has come.
const SIZE: usize = 5_000_000;

fn server_with_file() -> Embedded {
    let server = Embedded::start();
    fs::write(server.root().join("big"), pattern(SIZE)).unwrap();
    server
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Waits until something is there that the program makes. A busy machine takes its time; a program that has ended makes nothing more.
fn wait_for(program: &mut Child, mut is_there: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_there() {
        assert!(program.try_wait().unwrap().is_none(), "it has ended before");
        assert!(begun.elapsed() < Duration::from_secs(180), "it never came");
        thread::sleep(Duration::from_millis(20));
    }
}

fn signal(child: &Child, signal: i32) {
    // SAFETY: it takes no pointer, and the child has not been waited for.
    assert_eq!(unsafe { libc::kill(child.id() as i32, signal) }, 0);
}

#[test]
fn a_signal_removes_what_was_begun_or_keeps_it_to_go_on() {
    let server = server_with_file();
    for (number, code) in [(libc::SIGINT, 130), (libc::SIGTERM, 143), (libc::SIGHUP, 129)] {
        for resume in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let option = if resume { "--resume" } else { "--quiet" };
            let url = at(&server, "big");
            let mut command = with_password(PASSWORD, &["get", option, "--limit-rate", "200K", &url]);
            command.current_dir(folder.path()).stderr(Stdio::piped());
            let mut child = command.spawn().unwrap();
            let has_data =
                |entry: fs::DirEntry| entry.metadata().is_ok_and(|metadata| metadata.len() > 70_000);
            wait_for(&mut child, || fs::read_dir(folder.path()).unwrap().map(Result::unwrap).any(has_data));
            signal(&child, number);
            let output = child.wait_with_output().unwrap();
            assert_exit(&output, code, "ftpc: stopped");
            if !resume {
                assert_eq!(names(folder.path()), [""; 0]);
                continue;
            }
            assert_eq!(names(folder.path()), [".big.ftp-part", ".big.ftp-part-of"]);
            let mut again = with_password(PASSWORD, &["get", "--resume", "--json", &url]);
            let told = done({
                again.current_dir(folder.path());
                again
            });
            assert!(told.contains("\"resumed\":true"), "{told}");
            assert!(fs::read(folder.path().join("big")).unwrap() == pattern(SIZE));
        }
    }
}

/// The server learns of it while the session lives.
#[test]
fn a_signal_leaves_no_temporary_file_on_the_server() {
    let server = Embedded::start();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("big"), pattern(SIZE)).unwrap();
    for option in ["--atomic", "--quiet"] {
        let mut command =
            with_password(PASSWORD, &["put", option, "--limit-rate", "200K", "big", &at(&server, "new")]);
        command.current_dir(folder.path()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        wait_for(&mut child, || !names(server.root()).is_empty());
        signal(&child, libc::SIGINT);
        assert_exit(&child.wait_with_output().unwrap(), 130, "ftpc: stopped");
        let expected: &[&str] = if option == "--atomic" { &[] } else { &["new"] };
        assert_eq!(names(server.root()), expected, "{option}");
    }
}

#[test]
fn what_the_caller_ignores_stays_ignored() {
    let server = server_with_file();
    let script = "trap '' HUP; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(&*FTPC).args(["cat", "--limit-rate", "2500K"]).arg(at(&server, "big"));
    command.env("FTPC_PASSWORD", PASSWORD).env("HOME", "/nonexistent").stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut begin = [0; 10_000];
    child.stdout.as_mut().unwrap().read_exact(&mut begin).unwrap();
    signal(&child, libc::SIGHUP);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", shown(&output));
    assert_eq!(output.stdout.len() + begin.len(), SIZE);
}

#[test]
fn a_pipe_that_nobody_reads_ends_it_quietly() {
    let server = server_with_file();
    for n in 0..3000 {
        fs::write(server.root().join(format!("a name that fills the pipe {n}")), "").unwrap();
    }
    for arguments in [
        &["cat", &at(&server, "big")][..],
        &["ls", &at(&server, "")],
        &["ls", "-R", &at(&server, "")],
        &["ls", "--json", &at(&server, "")],
    ] {
        let mut command = with_password(PASSWORD, arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut begin = [0; 10];
        let mut output = child.stdout.take().unwrap();
        output.read_exact(&mut begin).unwrap();
        drop(output);
        let output = child.wait_with_output().unwrap();
        assert_exit(&output, 141, "");
        assert!(output.stderr.is_empty(), "{arguments:?}: {}", shown(&output));
    }
}

#[test]
fn a_lost_connection_is_brought_back() {
    let site = Site::start(Habits::default());
    site.put("f", &pattern(200_000));
    let folder = tempfile::tempdir().unwrap();
    let url = format!("ftp://ann:pw@{}/%2Ff", site.server.addr());
    // In the middle of the data.
    site.die_at(10);
    let mut command = ftpc(&["get", "--json", "--retries", "2", &url]);
    command.current_dir(folder.path());
    let told = done(command);
    assert!(site.has_died());
    assert!(told.contains("\"attempts\":2") && told.contains("\"path\":\"/f\""), "{told}");
    assert!(fs::read(folder.path().join("f")).unwrap() == pattern(200_000));
    // At the greeting.
    site.die_at(0);
    let mut command = ftpc(&["cat", "--retries", "1", &url]);
    let output = command.output().unwrap();
    assert_eq!(output.stdout.len(), 200_000, "{}", shown(&output));
    site.die_at(0);
    assert_exit(&ftpc(&["cat", &url]).output().unwrap(), 3, "");
}
