//! Large files, which the system moves by itself between the data connection and a file. Each test has a slow twin: a descriptor whose
//! data goes through this process. Both get the same bytes, send the same commands and end in the same way.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;

use ftpclient::client::PutRequest;

use super::memory::{retrfd, storfd};
use super::*;

/// More than fits into a socket, a pipe and a block.
const SIZE: usize = 3_000_000;

/// Where a download goes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Target {
    File,
    /// The system does not move data to it.
    Appended,
    Pipe,
    Socket,
}

const TARGETS: [Target; 4] = [Target::File, Target::Appended, Target::Pipe, Target::Socket];

/// Tells what has come out of a target, once its descriptor is closed.
type Out = Box<dyn FnOnce() -> Vec<u8>>;

impl Target {
    /// What comes into it is in the file at `path` as soon as it has come.
    fn open(self, path: &Path) -> (OwnedFd, Out) {
        fn collect(mut reader: impl Read + Send + 'static, path: &Path) -> Out {
            let (mut file, path) = (File::create(path).unwrap(), path.to_owned());
            let reader = thread::spawn(move || io::copy(&mut reader, &mut file).unwrap());
            Box::new(move || {
                reader.join().unwrap();
                fs::read(path).unwrap()
            })
        }
        match self {
            Target::File | Target::Appended => {
                fs::write(path, "before").unwrap();
                let mut file = File::options()
                    .read(true)
                    .write(true)
                    .append(self == Target::Appended)
                    .open(path)
                    .unwrap();
                file.seek(SeekFrom::End(0)).unwrap();
                let (mut seen, path) = (file.try_clone().unwrap(), path.to_owned());
                let out = move || {
                    let all = fs::read(path).unwrap();
                    assert_eq!(seen.stream_position().unwrap(), all.len() as u64, "it stands at its end");
                    all.strip_prefix(b"before").unwrap().to_vec()
                };
                (file.into(), Box::new(out))
            }
            Target::Pipe => {
                let (reader, writer) = io::pipe().unwrap();
                (writer.into(), collect(reader, path))
            }
            Target::Socket => {
                let (near, far) = UnixStream::pair().unwrap();
                (near.into(), collect(far, path))
            }
        }
    }
}

/// Downloads, and returns what came of it and what is in the target. The script is told which file has what came.
fn download(
    target: Target,
    script: impl FnOnce(&mut Session, &Path) + Send + 'static,
) -> (std::result::Result<(), String>, Vec<u8>) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("f");
    let (descriptor, out) = target.open(&path);
    let server = Scripted::start(move |s| {
        script(s, &path);
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let outcome = retrfd(&mut client, &descriptor, None).map_err(|error| error.to_string());
    assert_in_step(&mut client);
    drop(descriptor);
    (outcome, out())
}

#[test]
fn each_target_gets_all_that_comes_however_it_comes() {
    // In large pieces, and in some that are smaller than a page; the first one fills a block.
    for (piece, pause) in [(SIZE, 0), (100_000, 1), (3001, 0)] {
        let size = if piece == 3001 { SIZE / 10 } else { SIZE };
        for target in TARGETS {
            let (outcome, came) = download(target, move |s, _| {
                let mut data = start_transfer(s, "RETR f");
                data.send_split(pattern(size), piece, Duration::from_millis(pause));
                data.close();
                s.send("226 done\r\n");
            });
            assert_eq!(outcome, Ok(()), "{target:?}, {piece}");
            assert!(came == pattern(size), "{target:?}, {piece}: {} bytes", came.len());
        }
    }
}

/// How many bytes this thread has written by write() and by sendfile(). Those of splice() and send() do not count.
#[cfg(target_os = "linux")]
fn written_by_this_thread() -> usize {
    let counts = fs::read_to_string("/proc/thread-self/io").unwrap();
    let written = counts.lines().find_map(|line| line.strip_prefix("wchar: ")).unwrap();
    written.parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn large_files_do_not_go_through_this_process_and_other_targets_do() {
    for (target, is_copied) in [(Target::File, false), (Target::Appended, true)] {
        let before = written_by_this_thread();
        let (outcome, came) = download(target, |s, _| {
            let mut data = start_transfer(s, "RETR f");
            data.send(pattern(SIZE));
            data.close();
            s.send("226 done\r\n");
        });
        assert_eq!((outcome, came.len()), (Ok(()), SIZE));
        let written = written_by_this_thread() - before;
        assert_eq!(written > SIZE / 2, is_copied, "{target:?}: {written} bytes were written");
    }
    let place = tempfile::tempdir().unwrap();
    for (name, descriptor) in sources(&place.path().join("f"), &pattern(SIZE)) {
        let server = Scripted::start(|s| {
            start_transfer(s, "STOR f").read_to_end();
            s.send("226 done\r\n");
        });
        let before = written_by_this_thread();
        storfd(&mut logged_in(&server), &descriptor).unwrap();
        let sent = written_by_this_thread() - before;
        assert_eq!(sent > SIZE / 2, name == "a file", "{name}: {sent} bytes were sent by sendfile()");
    }
}

/// What the system has taken from the connection by then is in a pipe, and belongs to the file as well.
#[cfg(target_os = "linux")]
#[test]
fn a_file_to_which_the_system_stops_moving_data_gets_the_rest_all_the_same() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("f");
    let file = File::create(&path).unwrap();
    let shared = file.try_clone().unwrap();
    let server = Scripted::start(move |s| {
        let mut data = start_transfer(s, "RETR f");
        data.send(&pattern(SIZE)[..SIZE / 2]);
        data.expect_taken();
        append_only(&shared);
        data.send(&pattern(SIZE)[SIZE / 2..]);
        data.close();
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    retrfd(&mut client, &OwnedFd::from(file), None).unwrap();
    assert!(fs::read(&path).unwrap() == pattern(SIZE));
    assert_in_step(&mut client);
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn append_only(file: &File) {
    use std::os::fd::AsRawFd;

    // SAFETY: it changes no memory.
    assert_eq!(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETFL, libc::O_APPEND) }, 0);
}

#[test]
fn a_server_that_breaks_off_in_the_middle_is_told_alike_by_each_target() {
    let expected: [(bool, &str, &str); 3] = [
        (true, "426 broken\r\n", "RETR f: 426 broken"),
        (
            true,
            "226 done\r\n",
            "RETR f: the data connection failed after 900000 bytes: connection reset by peer",
        ),
        (false, "451 no more\r\n", "RETR f: 451 no more"),
    ];
    for (resets, reply, message) in expected {
        for target in TARGETS {
            let is_file = matches!(target, Target::File | Target::Appended);
            let before = if is_file { b"before".len() as u64 } else { 0 };
            let (outcome, came) = download(target, move |s, path| {
                let mut data = start_transfer(s, "RETR f");
                data.send(pattern(900_000));
                // All of it has come before the end does: a reset would overtake it.
                let start = Stopwatch::start();
                while fs::metadata(path).unwrap().len() < 900_000 + before {
                    assert_quick(&start, Duration::from_secs(20));
                    thread::sleep(Duration::from_millis(1));
                }
                if resets {
                    data.reset();
                } else {
                    data.close();
                }
                s.send(reply);
            });
            let told = outcome.unwrap_err();
            assert!(told.starts_with(message), "{target:?}: {told}");
            assert!(came == pattern(900_000), "{target:?}: {} bytes", came.len());
        }
    }
}

#[test]
fn a_file_that_takes_no_more_ends_the_download() {
    // Sealed: it must not grow over its size.
    #[allow(unsafe_code)]
    let sealed = || {
        // SAFETY: the name ends with a NUL, the descriptor is new, and the last call takes no pointers.
        unsafe {
            let fd = libc::memfd_create(c"sealed".as_ptr(), libc::MFD_ALLOW_SEALING | libc::MFD_CLOEXEC);
            assert!(fd >= 0);
            let file = File::from(OwnedFd::from_raw_fd(fd));
            file.set_len(200_000).unwrap();
            assert_eq!(libc::fcntl(fd, libc::F_ADD_SEALS, libc::F_SEAL_GROW), 0);
            file
        }
    };
    let full = File::options().write(true).open("/dev/full").unwrap();
    for (file, text, taken) in [(sealed(), "operation not permitted", 200_000), (full, "no space left", 0)] {
        let server = Scripted::start(|s| {
            let mut data = start_transfer(s, "RETR f");
            data.send_until_closed();
            s.expect("ABOR");
            s.send("426 aborted\r\n226 done\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let error = retrfd(&mut client, &file, None).unwrap_err();
        assert!(matches!(error, Error::File { .. }), "{error:?}");
        assert!(error.to_string().contains(text), "{error}");
        assert_in_step(&mut client);
        if taken > 0 {
            assert!((&file).stream_position().unwrap() <= taken);
        }
    }
}

/// Where an upload comes from.
fn sources(path: &Path, content: &[u8]) -> Vec<(&'static str, OwnedFd)> {
    fs::write(path, [b"before".to_vec(), content.to_vec()].concat()).unwrap();
    let mut file = File::open(path).unwrap();
    file.seek(SeekFrom::Start(6)).unwrap();
    let (reader, mut writer) = io::pipe().unwrap();
    let content = content.to_vec();
    thread::spawn(move || {
        let _ = writer.write_all(&content);
    });
    vec![("a file", file.into()), ("a pipe", reader.into())]
}

#[test]
fn each_source_is_sent_whole_to_a_server_that_takes_its_time() {
    let place = tempfile::tempdir().unwrap();
    for size in [0, 1, 16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1, 3 * SIZE] {
        for (name, descriptor) in sources(&place.path().join("f"), &pattern(size)) {
            let server = Scripted::start(move |s| {
                let mut data = start_transfer(s, "STOR f");
                let mut came = Vec::new();
                while came.len() + 500_000 < size {
                    came.extend(data.read_at_least(400_000));
                    thread::sleep(Duration::from_millis(2));
                }
                came.extend(data.read_to_end());
                assert!(came == pattern(size), "{} of {size} bytes", came.len());
                s.send("226 done\r\n");
                expect_in_step(s);
            });
            let mut client = logged_in(&server);
            storfd(&mut client, &descriptor).unwrap_or_else(|error| panic!("{name}, {size}: {error}"));
            assert_eq!(client.last_report().unwrap().bytes, Some(size as u64));
            assert_in_step(&mut client);
        }
    }
}

#[test]
fn a_server_that_takes_no_more_is_told_alike_for_each_source() {
    let place = tempfile::tempdir().unwrap();
    for (gives_reason, message) in
        [(true, "STOR f: 552 full"), (false, "STOR f: the data connection failed after")]
    {
        for (name, descriptor) in sources(&place.path().join("f"), &pattern(10 * SIZE)) {
            let server = Scripted::start(move |s| {
                let mut data = start_transfer(s, "STOR f");
                data.read_at_least(100_000);
                if gives_reason {
                    s.send("552 full\r\n");
                    data.read_to_end();
                } else {
                    data.reset();
                    s.send("226 done\r\n");
                }
                expect_in_step(s);
            });
            let mut client = logged_in(&server);
            let error = storfd(&mut client, &descriptor).unwrap_err();
            assert!(error.to_string().starts_with(message), "{name}: {error}");
            assert_in_step(&mut client);
        }
    }
}

#[test]
fn a_success_for_half_a_file_is_none_from_any_source() {
    let place = tempfile::tempdir().unwrap();
    for (name, descriptor) in sources(&place.path().join("f"), &pattern(10 * SIZE)) {
        let server = Scripted::start(|s| {
            let mut data = start_transfer(s, "STOR f");
            data.read_at_least(100_000);
            s.send("226 done\r\n");
            thread::sleep(SHORT);
            data.read_to_end();
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let error = storfd(&mut client, &descriptor).unwrap_err();
        assert!(matches!(error, Error::Integrity(_)), "{name}: {error:?}");
        assert_in_step(&mut client);
    }
}

#[test]
fn a_file_that_changes_before_the_server_has_it_is_not_confirmed() {
    for size in [1000, SIZE] {
        let place = tempfile::tempdir().unwrap();
        let local = place.path().join("f");
        fs::write(&local, pattern(size)).unwrap();
        let changed = local.clone();
        let server = Scripted::start(move |s| {
            let mut data = start_transfer(s, "STOR f");
            data.read_to_end();
            thread::sleep(Duration::from_millis(20));
            File::options().append(true).open(&changed).unwrap().write_all(b"x").unwrap();
            s.send("226 done\r\n");
            let _ = s.line_or_end();
        });
        let mut client = logged_in(&server);
        let wanted = PutRequest { local, remote: b"f".to_vec(), ..PutRequest::default() };
        let outcome = client.run(async |client| client.put(&wanted).await);
        // What was copied out of a small file before cannot have changed.
        let error = outcome.unwrap_err().to_string();
        assert_eq!(error.contains("it changed while it was read"), size == SIZE, "{size}: {error}");
    }
}
