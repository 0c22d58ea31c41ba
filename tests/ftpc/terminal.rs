//! What a user at a terminal sees: the bar, and the question for a password.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::process::CommandExt;
use std::process::ExitStatus;
use std::ptr::null_mut;
use std::thread;

use super::*;

/// A terminal, by its two ends.
struct Terminal {
    here: File,
    there: File,
}

impl Terminal {
    fn new(columns: u16) -> Terminal {
        let size = libc::winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let (mut here, mut there) = (-1, -1);
        // SAFETY: all pointers are valid or NULL.
        let opened = unsafe { libc::openpty(&mut here, &mut there, null_mut(), null_mut(), &size) };
        assert_eq!(opened, 0);
        // SAFETY: nobody else has these descriptors.
        unsafe { Terminal { here: File::from_raw_fd(here), there: File::from_raw_fd(there) } }
    }

    /// Runs the program at this terminal, types the text once the program asks for something, and returns all that was to be seen.
    fn run(self, mut command: Command, typed: &str) -> (ExitStatus, String) {
        let stream = || Stdio::from(self.there.try_clone().unwrap());
        command.stdin(stream()).stdout(stream()).stderr(stream());
        let there = self.there.as_raw_fd();
        let lead_session = move || {
            // SAFETY: both are system calls without pointers.
            if unsafe { libc::setsid() < 0 || libc::ioctl(there, libc::TIOCSCTTY, 0) < 0 } {
                return Err(std::io::Error::last_os_error());
            }
            Ok(())
        };
        // SAFETY: it makes system calls only.
        unsafe { command.pre_exec(lead_session) };
        let mut child = command.spawn().unwrap();
        drop((command, self.there));
        let mut here = self.here;
        let typed = typed.to_owned();
        let screen = thread::spawn(move || {
            let (mut seen, mut block, mut has_typed) = (Vec::new(), [0; 4096], typed.is_empty());
            // The end is an error: nobody has the other end any more.
            while let Ok(count @ 1..) = here.read(&mut block) {
                seen.extend_from_slice(&block[..count]);
                if !has_typed && seen.ends_with(b": ") {
                    here.write_all(typed.as_bytes()).unwrap();
                    has_typed = true;
                }
            }
            String::from_utf8(seen).unwrap()
        });
        let status = child.wait().unwrap();
        (status, screen.join().unwrap())
    }
}

/// What stood on the line, one after the other.
fn states(seen: &str) -> Vec<&str> {
    seen.split('\r')
        .map(|state| state.trim_end_matches("\u{1b}[K"))
        .filter(|state| !state.is_empty())
        .collect()
}

fn server() -> Embedded {
    let server = Embedded::start();
    fs::write(server.root().join("big"), pattern(600_000)).unwrap();
    server
}

fn get(server: &Embedded, columns: u16, options: &[&str], local: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let url = at(server, "big");
    let arguments = [&["get", "--resume", "--limit-rate", "400K"], options, &[&url, local]].concat();
    let mut command = with_password(PASSWORD, &arguments);
    command.current_dir(folder.path());
    let (status, seen) = Terminal::new(columns).run(command, "");
    assert!(status.success(), "{seen:?}");
    seen
}

#[test]
fn the_bar_shows_rate_and_remaining_time() {
    let server = server();
    let seen = get(&server, 80, &[], "copy");
    let states = states(&seen);
    let (summary, bars) = states.split_last().unwrap();
    assert_eq!(*summary, "\n", "{seen:?}");
    let (summary, bars) = bars.split_last().unwrap();
    assert!(summary.contains("copy  586 KiB in ") && summary.contains(" KiB/s"), "{seen:?}");
    assert!(bars.len() >= 5, "{seen:?}");
    let mut last = 0;
    for bar in bars {
        let (name, rest) = bar.split_once(" [").unwrap_or_else(|| panic!("{bar:?}"));
        let (cells, rest) = rest.split_once(']').unwrap();
        let (percent, rest) = rest.split_once('%').unwrap();
        let percent: usize = percent.trim().parse().unwrap();
        assert_eq!((name, cells.len()), ("copy", 30), "{bar:?}");
        assert!(cells.matches('#').count().abs_diff(percent * 30 / 100) <= 1, "{bar:?}");
        assert!(rest.contains("KiB/s") && rest.ends_with(" left"), "{bar:?}");
        assert!(percent >= last, "{bars:?}");
        last = percent;
    }
    assert_eq!(last, 100, "{bars:?}");
}

#[test]
fn the_bar_keeps_to_the_width_of_the_terminal() {
    let server = server();
    for columns in [10, 45, 61] {
        for name in ["ein sehr langer Name für eine Datei, deren Name lang ist", "\u{1b}[31mred"] {
            let seen = get(&server, columns, &[], name);
            let states = states(&seen);
            for state in states.iter().take(states.len().saturating_sub(2)) {
                assert!(state.chars().count() < usize::from(columns), "{columns}: {state:?}");
                assert!(!state.contains('\u{1b}'), "{state:?}");
            }
        }
    }
}

#[test]
fn quiet_is_quiet_and_json_has_its_lines() {
    let server = server();
    assert_eq!(get(&server, 80, &["--quiet"], "copy"), "");
    let seen = get(&server, 80, &["--quiet", "--json"], "copy");
    assert!(seen.starts_with("{\"event\":\"get\"") && seen.ends_with("}\r\n"), "{seen:?}");
    assert_eq!(seen.lines().count(), 1, "{seen:?}");
}

#[test]
fn an_upload_is_measured_as_well() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("here"), pattern(600_000)).unwrap();
    let mut command =
        with_password(PASSWORD, &["put", "--atomic", "--limit-rate", "400K", "here", &at(&server, "there")]);
    command.current_dir(folder.path());
    let (status, seen) = Terminal::new(80).run(command, "");
    assert!(status.success() && seen.contains("here [####") && seen.contains("% "), "{seen:?}");
}

#[test]
fn a_password_is_asked_for_without_echo() {
    let server = server();
    let command = ftpc(&["ls", &at(&server, "")]);
    let (status, seen) = Terminal::new(80).run(command, &format!("{PASSWORD}\n"));
    assert!(status.success(), "{seen:?}");
    assert_eq!(seen, format!("Password for {USER}@127.0.0.1: \r\nbig\r\n"));
    let (status, seen) = Terminal::new(80).run(ftpc(&["ls", &at(&server, "")]), "wrong\n");
    assert!(status.code() == Some(4) && seen.contains("530") && !seen.contains("wrong"), "{seen:?}");
}

#[test]
fn control_c_at_the_question_ends_it() {
    let server = server();
    let (status, seen) = Terminal::new(80).run(ftpc(&["ls", &at(&server, "")]), "\u{3}");
    assert_eq!(status.code(), Some(130), "{seen:?}");
    assert!(!seen.contains("530"), "{seen:?}");
}
