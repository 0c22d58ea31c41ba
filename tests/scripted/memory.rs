//! Whole files in memory, and from and to descriptors.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write, pipe};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::thread;

use super::*;
use support::drive::lending;

fn get(client: &mut Client, limit: usize) -> (Vec<u8>, Result<()>) {
    let mut data = b"before".to_vec();
    let outcome = client.run(async |client| client.get_data(b"f", limit, &mut data).await.map(drop));
    (data.split_off(6), outcome)
}

/// A server whose next download sends `data`, announced in this way, and ends with `end`.
fn sends(data: Vec<u8>, announced: &'static str, end: &'static str) -> Scripted {
    Scripted::start(move |s| {
        s.login();
        let listener = binary_passive(s);
        s.expect("RETR f");
        s.send(format!("150 go{announced}\r\n"));
        let mut connection = listener.accept();
        connection.send(&data);
        connection.close();
        s.send(format!("{end}\r\n"));
        expect_in_step(s);
    })
}

#[test]
fn a_file_comes_into_memory_whole_or_not_at_all() {
    for size in [0, 1, 16 * 1024, 1_000_000] {
        let data = pattern(size);
        let server = sends(data.clone(), "", "226 done");
        let mut client = logged_in(&server);
        let (got, outcome) = get(&mut client, size);
        outcome.unwrap();
        assert_eq!(got, data);
        assert_in_step(&mut client);
    }
    for (announced, end) in [(" (9 bytes)", "226 done"), ("", "451 disk error")] {
        let server = sends(b"hello".to_vec(), announced, end);
        let mut client = logged_in(&server);
        let (got, outcome) = get(&mut client, 100);
        outcome.unwrap_err();
        assert_eq!(got, b"");
        assert_in_step(&mut client);
    }
}

#[test]
fn a_file_that_is_too_long_is_a_limit_and_the_session_goes_on() {
    for announced in ["", " (5 bytes)", " (3 bytes)", " (99999999999999999 bytes)"] {
        let server = Scripted::start(move |s| {
            s.login();
            let listener = binary_passive(s);
            s.expect("RETR f");
            s.send(format!("150 go{announced}\r\n"));
            let mut data = listener.accept();
            data.send("hello");
            s.expect("ABOR");
            s.send("426 stopped\r\n226 aborted\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let (got, outcome) = get(&mut client, 4);
        let error = outcome.unwrap_err();
        assert!(matches!(error, Error::Limit(_)), "{error}");
        assert_text(&client, &error, "RETR f: the file has more than 4 bytes");
        assert_eq!(got, b"");
        assert_in_step(&mut client);
    }
}

#[test]
fn memory_becomes_a_file() {
    for size in [0, 5, 3_000_000] {
        let server = Scripted::start(move |s| {
            let mut data = start_transfer(s, "STOR f");
            assert_eq!(data.read_to_end(), pattern(size));
            s.send("226 stored\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let data = pattern(size);
        client.run(async |client| client.put_data(b"f", &data).await).unwrap();
        assert_in_step(&mut client);
    }
}

#[test]
fn a_file_without_a_name_is_refused_before_anything_is_sent() {
    let mut client = Client::new().unwrap();
    for name in [&b""[..], b"a\r\nb", b"a\0b"] {
        let error = client.run(async |client| client.get_data(name, 9, &mut Vec::new()).await).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument(_)), "{error}");
        let error = client.run(async |client| client.put_data(name, b"x").await).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument(_)), "{error}");
    }
}

pub(super) fn retrfd(client: &mut Client, descriptor: &impl AsFd, rest: Option<u64>) -> Result<()> {
    let retr = command("RETR f");
    let run = || client.run(async |client| client.retrfd(&retr, descriptor.as_fd(), rest).await.map(drop));
    lending(descriptor, run)
}

pub(super) fn storfd(client: &mut Client, descriptor: &impl AsFd) -> Result<()> {
    let stor = command("STOR f");
    let run = || client.run(async |client| client.storfd(&stor, descriptor.as_fd(), None).await.map(drop));
    lending(descriptor, run)
}

/// A file without a name that holds this.
fn file(holds: &[u8], options: &mut OpenOptions) -> File {
    static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let name = format!("ftpclient-memory-{}-{count}", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, holds).unwrap();
    let file = options.open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    file
}

fn held(mut file: File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_file_is_written_from_where_it_stands_or_at_its_end() {
    let data = pattern(500_000);
    for appends in [false, true] {
        let mut file = file(b"0123456789", OpenOptions::new().read(true).write(true).append(appends));
        file.seek(SeekFrom::Start(4)).unwrap();
        let server = sends(data.clone(), "", "226 done");
        let mut client = logged_in(&server);
        retrfd(&mut client, &file, None).unwrap();
        let before = if appends { &b"0123456789"[..] } else { b"0123" };
        assert_eq!(held(file), [before, &data].concat());
        assert_in_step(&mut client);
    }
}

#[test]
fn a_file_is_sent_from_where_it_stands() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "STOR f");
        assert_eq!(data.read_to_end(), &pattern(700_000)[300_000..]);
        s.send("226 stored\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let mut file = file(&pattern(700_000), OpenOptions::new().read(true));
    file.seek(SeekFrom::Start(300_000)).unwrap();
    storfd(&mut client, &file).unwrap();
    assert_in_step(&mut client);
}

/// What reads slowly on its own thread: longer than the limit of any wait for the server.
fn reads_slowly(mut from: impl Read + Send + 'static, pause: Duration) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let (mut all, mut room) = (Vec::new(), vec![0; 100_000]);
        for _ in 0..3 {
            thread::sleep(pause);
            let count = from.read(&mut room).unwrap();
            all.extend_from_slice(&room[..count]);
        }
        from.read_to_end(&mut all).unwrap();
        all
    })
}

#[test]
fn pipes_and_sockets_are_waited_for_in_either_mode_and_no_limit_runs_meanwhile() {
    let data = pattern(1_000_000);
    for (nonblocking, is_pipe) in [(false, false), (false, true), (true, false), (true, true)] {
        let (read, outcome) = until_played(|limit| {
            let (descriptor, reader) = if is_pipe {
                let (reader, writer) = pipe().unwrap();
                (OwnedFd::from(writer), reads_slowly(reader, limit))
            } else {
                let (near, far) = UnixStream::pair().unwrap();
                (near.into(), reads_slowly(far, limit))
            };
            if nonblocking {
                set_nonblocking(&descriptor);
            }
            let server = sends(data.clone(), "", "226 done");
            let mut client = logged_in(&server);
            client.set_phase_timeout(Phase::Data, Some(limit / 2));
            let outcome = retrfd(&mut client, &descriptor, None).and_then(|()| pwd(&mut client));
            drop(descriptor);
            ([server], (reader.join().unwrap(), outcome))
        });
        assert_eq!(outcome.unwrap(), "/in/step");
        assert_eq!(read, data);
    }
}

fn set_nonblocking(descriptor: &impl AsFd) {
    let descriptor = descriptor.as_fd().try_clone_to_owned().unwrap();
    // The mode is that of what is open, whichever descriptor names it.
    let socket = socket2::Socket::from(descriptor);
    socket.set_nonblocking(true).unwrap();
}

#[test]
fn what_comes_slowly_out_of_a_pipe_is_sent() {
    for nonblocking in [false, true] {
        let server = Scripted::start(|s| {
            let mut data = start_transfer(s, "STOR f");
            assert_eq!(data.read_to_end(), b"hello, world");
            s.send("226 stored\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        client.set_phase_timeout(Phase::Data, Some(SHORT / 2));
        let (reader, mut writer) = pipe().unwrap();
        if nonblocking {
            set_nonblocking(&reader);
        }
        let other = thread::spawn(move || {
            for piece in ["hello, ", "wor", "ld"] {
                thread::sleep(SHORT);
                writer.write_all(piece.as_bytes()).unwrap();
            }
        });
        storfd(&mut client, &reader).unwrap();
        other.join().unwrap();
        assert_in_step(&mut client);
    }
}

#[test]
fn a_server_that_gives_up_is_heard_while_a_pipe_is_waited_for() {
    let server = Scripted::start(|s| {
        let _data = start_transfer(s, "STOR f");
        s.send("452 disk full\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let (reader, _writer) = pipe().unwrap();
    let error = storfd(&mut client, &reader).unwrap_err();
    assert_text(&client, &error, "452 disk full");
    assert_in_step(&mut client);
}

#[test]
fn a_descriptor_that_cannot_be_written_to_is_a_file_error_and_the_session_goes_on() {
    let (reader, broken) = pipe().unwrap();
    drop(reader);
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    for (descriptor, text) in [(broken.as_fd(), "broken pipe"), (full.as_fd(), "no s")] {
        let server = Scripted::start(|s| {
            let mut data = start_transfer(s, "RETR f");
            data.send("hello");
            s.expect("ABOR");
            s.send("426 stopped\r\n226 aborted\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let error = retrfd(&mut client, &descriptor, None).unwrap_err();
        assert!(matches!(error, Error::File { .. }), "{error}");
        assert_text(&client, &error, &format!("RETR f: cannot write to the descriptor: {text}"));
        assert_in_step(&mut client);
    }
}

#[test]
fn a_directory_cannot_be_sent() {
    let server = Scripted::start(|s| {
        let _data = start_transfer(s, "STOR f");
        s.expect("ABOR");
        s.send("426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let directory = OpenOptions::new().read(true).custom_flags(libc::O_DIRECTORY).open("/").unwrap();
    let error = storfd(&mut client, &directory).unwrap_err();
    assert_text(&client, &error, "STOR f: cannot read the descriptor: is a directory");
    assert_in_step(&mut client);
}

#[test]
fn a_descriptor_for_something_else_is_refused_before_anything_is_sent() {
    let server = Scripted::start(|s| {
        s.login();
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let (reader, writer) = pipe().unwrap();
    for error in [retrfd(&mut client, &reader, None), storfd(&mut client, &writer)] {
        assert!(matches!(error, Err(Error::InvalidArgument(_))), "{error:?}");
    }
    assert_in_step(&mut client);
}

#[test]
fn a_download_goes_to_a_descriptor_from_an_offset_on() {
    let server = Scripted::start(|s| {
        s.login();
        let listener = binary_passive(s);
        s.expect("REST 5");
        s.send("350 go on\r\n");
        s.expect("RETR f");
        s.send("150 go\r\n");
        let mut data = listener.accept();
        data.send("56789");
        data.close();
        s.send("226 done\r\n");
    });
    let mut client = logged_in(&server);
    let mut file = file(b"01234", OpenOptions::new().read(true).write(true));
    file.seek(SeekFrom::End(0)).unwrap();
    retrfd(&mut client, &file, Some(5)).unwrap();
    assert_eq!(held(file), b"0123456789");
}
