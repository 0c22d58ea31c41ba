//! The same list of scenarios on every real server, in passive and in active mode: what a daemon proves.
//!
//! With `--nocapture` each test prints its row of the table.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

mod support;

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::chown;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use ftpclient::client::{Client, TransferType};
use ftpclient::error::{Error, Result};
use ftpclient::protocol::command::Command;
use ftpclient::protocol::facts::Entry;
use support::daemons::{Daemon, DaemonOptions};
use support::embedded::{self, Embedded};

/// A server to run the scenarios on, and how.
struct Subject {
    name: String,
    address: SocketAddr,
    user: String,
    password: String,
    /// What PWD says after the login.
    login_dir: String,
    /// The same directory on this machine.
    root: PathBuf,
    passive: bool,
    /// The server may end the session when a data connection is closed in mid-transfer: the old BSD servers die of the
    /// SIGPIPE, unless an urgent ABOR is faster.
    may_die_of_a_stop: bool,
}

type Scenario = fn(&Subject);

const SCENARIOS: &[(&str, Scenario)] = &[
    ("log in, refused and accepted", log_in),
    ("directories", directories),
    ("list", list),
    ("binary up and down", binary_up_and_down),
    ("text up and down", text_up_and_down),
    ("size and delete", size_and_delete),
    ("download from an offset", download_from_an_offset),
    ("rename, make and remove", rename_make_and_remove),
    ("facts", facts),
    ("commands and replies one by one", one_by_one),
    ("transfers by hand", transfers_by_hand),
    ("abort an open transfer", abort_an_open_transfer),
    ("copy between sessions", copy_between_sessions),
    ("refusals keep the session in step", refusals),
    ("many transfers in a row", many_transfers),
    ("stop a download", stop_a_download),
    ("stop an upload", stop_an_upload),
    ("stop a listing", stop_a_listing),
    ("cancel a download", cancel_a_download),
    ("abort without a transfer", abort_without_a_transfer),
    ("the final reply does not wait for the client", final_reply_is_prompt),
];

fn run_on(name: &str, subject: impl Fn(bool) -> Subject) {
    for passive in [true, false] {
        let subject = subject(passive);
        let mode = if passive { "passive" } else { "active" };
        let family = if subject.address.is_ipv6() { "IPv6" } else { "IPv4" };
        for (scenario, run) in SCENARIOS {
            let start = Instant::now();
            eprintln!("{name}, {mode}, {family}: {scenario}");
            run(&subject);
            eprintln!("{name}, {mode}, {family}: {scenario}: ok in {:.2} s", start.elapsed().as_secs_f64());
        }
    }
}

fn run_on_daemon(name: &str, ipv6: bool) {
    let Some(daemon) = Daemon::start(name, DaemonOptions { ipv6, ..DaemonOptions::default() }) else {
        return;
    };
    run_on(name, |passive| Subject {
        name: name.into(),
        address: daemon.addr(),
        user: daemon.user.clone(),
        password: daemon.password.clone(),
        login_dir: daemon.login_dir.clone(),
        root: daemon.root.clone(),
        passive,
        may_die_of_a_stop: name == "inetutils-ftpd",
    });
}

#[test]
fn vsftpd() {
    run_on_daemon("vsftpd", false);
}

#[test]
fn vsftpd_ipv6() {
    run_on_daemon("vsftpd", true);
}

#[test]
fn proftpd() {
    run_on_daemon("proftpd", false);
}

#[test]
fn proftpd_ipv6() {
    run_on_daemon("proftpd", true);
}

#[test]
fn pure_ftpd() {
    run_on_daemon("pure-ftpd", false);
}

#[test]
fn pure_ftpd_ipv6() {
    run_on_daemon("pure-ftpd", true);
}

#[test]
fn pyftpdlib() {
    run_on_daemon("pyftpdlib", false);
}

#[test]
fn pyftpdlib_ipv6() {
    run_on_daemon("pyftpdlib", true);
}

#[test]
fn inetutils_ftpd() {
    run_on_daemon("inetutils-ftpd", false);
}

#[test]
fn libunftp() {
    let server = Embedded::start();
    run_on("libunftp", |passive| Subject {
        name: "libunftp".into(),
        address: server.addr(),
        user: embedded::USER.into(),
        password: embedded::PASSWORD.into(),
        login_dir: "/".into(),
        root: server.root().to_owned(),
        passive,
        may_die_of_a_stop: false,
    });
}

impl Subject {
    fn connect(&self) -> Client {
        let mut client = Client::new().unwrap();
        client.set_timeout(Some(Duration::from_secs(20)));
        client.set_passive(self.passive);
        let (host, port) = (self.address.ip().to_string(), self.address.port());
        client.block_on(async |client| client.connect(&host, port).await).unwrap();
        client
    }

    fn log_in(&self) -> Client {
        let mut client = self.connect();
        client.block_on(async |client| client.login(&self.user, &self.password, "").await).unwrap();
        client
    }

    /// Puts a file into the user's directory behind the server's back.
    fn put(&self, name: &str, content: &[u8]) {
        let (path, root) = (self.root.join(name), fs::metadata(&self.root).unwrap());
        fs::write(&path, content).unwrap();
        chown(&path, Some(root.uid()), Some(root.gid())).unwrap();
    }

    fn get(&self, name: &str) -> Vec<u8> {
        fs::read(self.root.join(name)).unwrap()
    }

    fn mkdir(&self, name: &str) {
        let (path, root) = (self.root.join(name), fs::metadata(&self.root).unwrap());
        fs::create_dir_all(&path).unwrap();
        chown(&path, Some(root.uid()), Some(root.gid())).unwrap();
    }
}

fn command(text: &str) -> Command {
    Command::parse(text.as_bytes()).unwrap()
}

fn pwd(client: &mut Client) -> String {
    String::from_utf8(client.block_on(async |client| client.pwd().await).unwrap()).unwrap()
}

/// PWD has a reply like no other command's: a session that is one reply off is found out.
fn assert_in_step(client: &mut Client, subject: &Subject) {
    for _ in 0..2 {
        assert_eq!(pwd(client), subject.login_dir);
    }
}

/// After a transfer was stopped: in step, or with a server that cannot do that, closed and saying so.
fn assert_in_step_after_a_stop(client: &mut Client, subject: &Subject) {
    if subject.may_die_of_a_stop && !client.is_connected() {
        let outcome = client.block_on(async |client| client.pwd().await);
        assert!(matches!(outcome, Err(Error::NotConnected(_))), "{outcome:?}");
        *client = subject.log_in();
    }
    assert_in_step(client, subject);
}

fn quit(mut client: Client) {
    client.block_on(async |client| client.quit().await).unwrap();
}

fn retrieve(client: &mut Client, text: &str, rest: Option<u64>) -> Result<Vec<u8>> {
    let mut data = Vec::new();
    let mut sink = |block: &[u8]| {
        data.extend_from_slice(block);
        Ok(())
    };
    client.block_on(async |client| client.retrbinary(&command(text), 0, rest, &mut sink).await)?;
    Ok(data)
}

fn store(client: &mut Client, text: &str, mut data: &[u8]) -> Result<()> {
    let mut source = |buffer: &mut [u8]| {
        let (now, later) = data.split_at(data.len().min(buffer.len()));
        buffer[..now.len()].copy_from_slice(now);
        data = later;
        Ok(now.len())
    };
    let command = command(text);
    client
        .block_on(async |client| client.storbinary(&command, 0, None, &mut source, &mut |_| Ok(())).await)
        .map(drop)
}

fn lines(client: &mut Client, text: &str) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let mut sink = |line: &[u8]| {
        lines.push(String::from_utf8_lossy(line).into_owned());
        Ok(())
    };
    client.block_on(async |client| client.retrlines(&command(text), &mut sink).await)?;
    Ok(lines)
}

/// Bytes with every value and no period that divides a block size.
fn content(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i % 251) as u8).collect()
}

fn log_in(subject: &Subject) {
    let mut client = subject.connect();
    assert!(client.welcome().unwrap().starts_with("220"));
    let refused = client.block_on(async |client| client.login(&subject.user, "wrong", "").await);
    let Err(Error::Reply { reply, .. }) = refused else { panic!("{refused:?}") };
    assert!(reply.starts_with("530"), "{reply}");
    drop(client);
    let mut client = subject.log_in();
    assert_eq!(pwd(&mut client), subject.login_dir);
    quit(client);
}

fn directories(subject: &Subject) {
    subject.mkdir("sub dir");
    let mut client = subject.log_in();
    client.block_on(async |client| client.cwd(b"sub dir").await).unwrap();
    let inside = pwd(&mut client);
    assert!(inside.ends_with("/sub dir"), "{inside}");
    client.block_on(async |client| client.cwd(b"..").await).unwrap();
    assert_in_step(&mut client, subject);
    quit(client);
}

fn list(subject: &Subject) {
    subject.put("a file.txt", b"x");
    let mut client = subject.log_in();
    let listing = lines(&mut client, "LIST").unwrap();
    assert!(listing.iter().any(|line| line.contains("a file.txt")), "{listing:?}");
    let names = lines(&mut client, "NLST").unwrap();
    assert!(names.iter().any(|name| name.ends_with("a file.txt")), "{names:?}");
    assert_in_step(&mut client, subject);
    quit(client);
}

fn binary_up_and_down(subject: &Subject) {
    let mut client = subject.log_in();
    for length in [1_000_000, 1, 0] {
        let data = content(length);
        store(&mut client, "STOR binary", &data).unwrap();
        assert!(subject.get("binary") == data, "{length} bytes up");
        assert!(retrieve(&mut client, "RETR binary", None).unwrap() == data, "{length} bytes down");
    }
    assert_in_step(&mut client, subject);
    quit(client);
}

fn text_up_and_down(subject: &Subject) {
    let mut client = subject.log_in();
    let mut text = Some("one\ntwo\r\nthree caf\u{e9}");
    let mut source = |buffer: &mut [u8]| {
        let bytes = text.take().unwrap_or("").as_bytes();
        buffer[..bytes.len()].copy_from_slice(bytes);
        Ok(bytes.len())
    };
    let stor = command("STOR text");
    client.block_on(async |client| client.storlines(&stor, &mut source, &mut |_| Ok(())).await).unwrap();
    let got = lines(&mut client, "RETR text").unwrap();
    assert_eq!(got, ["one", "two", "three caf\u{e9}"]);
    assert_in_step(&mut client, subject);
    quit(client);
}

fn size_and_delete(subject: &Subject) {
    subject.put("to delete", &content(12_345));
    let mut client = subject.log_in();
    // After a listing the type is ASCII, in which servers refuse SIZE.
    lines(&mut client, "LIST").unwrap();
    assert_eq!(client.block_on(async |client| client.size(b"to delete").await).unwrap(), Some(12_345));
    client.block_on(async |client| client.delete(b"to delete").await).unwrap();
    assert!(!subject.root.join("to delete").exists());
    assert!(client.block_on(async |client| client.delete(b"to delete").await).is_err());
    assert_in_step(&mut client, subject);
    quit(client);
}

fn download_from_an_offset(subject: &Subject) {
    let data = content(100_000);
    subject.put("resumed", &data);
    let mut client = subject.log_in();
    assert!(retrieve(&mut client, "RETR resumed", Some(99_000)).unwrap() == data[99_000..]);
    assert!(retrieve(&mut client, "RETR resumed", Some(0)).unwrap() == data);
    assert!(retrieve(&mut client, "RETR resumed", None).unwrap() == data);
    assert_in_step(&mut client, subject);
    quit(client);
}

fn rename_make_and_remove(subject: &Subject) {
    subject.put("old name", b"x");
    for leftover in ["new name", "made/inner"] {
        let _ = fs::remove_file(subject.root.join(leftover));
    }
    let mut client = subject.log_in();
    client.block_on(async |client| client.rename(b"old name", b"new name").await).unwrap();
    assert_eq!(subject.get("new name"), b"x");
    assert!(client.block_on(async |client| client.rename(b"missing", b"x").await).is_err());
    let path = client.block_on(async |client| client.mkd(b"made").await).unwrap();
    // libunftp does not quote the name in its reply, which makes it none.
    let named = if subject.name == "libunftp" { path.is_empty() } else { path.ends_with(b"made") };
    assert!(named, "{:?}", String::from_utf8_lossy(&path));
    assert!(subject.root.join("made").is_dir());
    client.block_on(async |client| client.rmd(b"made").await).unwrap();
    assert!(!subject.root.join("made").exists());
    assert!(client.block_on(async |client| client.rmd(b"made").await).is_err());
    assert_in_step(&mut client, subject);
    quit(client);
}

/// MLSD where the server knows it; a refusal that leaves the session in step where it does not.
fn facts(subject: &Subject) {
    subject.put("a file.txt", b"hello");
    let mut client = subject.log_in();
    let mut sizes = Vec::new();
    let mut sink = |entry: &Entry<'_>| {
        if entry.name == b"a file.txt" {
            sizes.extend(entry.facts.iter().filter(|(key, _)| key == b"size").map(|(_, size)| size.to_vec()));
        }
        Ok(())
    };
    let outcome = client.block_on(async |client| client.mlsd(None, b"", &mut sink).await);
    let knows_mlsd = !["vsftpd", "inetutils-ftpd"].contains(&subject.name.as_str());
    match outcome {
        Ok(_) => assert_eq!(sizes, [b"5"]),
        Err(Error::Reply { reply, .. }) => assert!(!knows_mlsd && reply.starts_with("50"), "{reply}"),
        Err(error) => panic!("{error}"),
    }
    assert_in_step(&mut client, subject);
    quit(client);
}

fn one_by_one(subject: &Subject) {
    let mut client = subject.log_in();
    client
        .block_on(async |client| {
            client.putcmd(&command("NOOP")).await?;
            client.putcmd(&command("TYPE I")).await?;
            client.voidresp().await?;
            client.voidresp().await
        })
        .unwrap();
    assert_in_step(&mut client, subject);
    quit(client);
}

fn transfers_by_hand(subject: &Subject) {
    let data = content(100_000);
    let mut client = subject.log_in();
    client.block_on(async |client| client.voidcmd(&command("TYPE I")).await).unwrap();
    client
        .block_on(async |client| {
            let id = client.transfercmd(&command("STOR by hand"), None).await?;
            for block in data.chunks(30_000) {
                client.transfer_write(id, block).await?;
            }
            client.transfer_finish(id).await
        })
        .unwrap();
    assert!(subject.get("by hand") == data);
    let mut received = Vec::new();
    client
        .block_on(async |client| {
            let id = client.transfercmd(&command("RETR by hand"), None).await?;
            let mut buffer = [0; 10_000];
            loop {
                match client.transfer_read(id, &mut buffer).await? {
                    0 => return client.transfer_finish(id).await,
                    count => received.extend_from_slice(&buffer[..count]),
                }
            }
        })
        .unwrap();
    assert!(received == data);
    assert_in_step(&mut client, subject);
    quit(client);
}

fn abort_an_open_transfer(subject: &Subject) {
    subject.put("large", &content(LARGE));
    let mut client = subject.log_in();
    // Servers of the BSD line abort for urgent data only.
    client.set_urgent_abort(subject.may_die_of_a_stop);
    client
        .block_on(async |client| {
            let id = client.transfercmd(&command("RETR large"), None).await?;
            client.transfer_read(id, &mut [0; 1000]).await
        })
        .unwrap();
    client.block_on(async |client| client.abort().await).unwrap();
    assert_in_step(&mut client, subject);
    quit(client);
}

/// Both sessions are on one server, which is asked to send to itself.
fn copy_between_sessions(subject: &Subject) {
    subject.put("copied from", &content(10_000));
    let _ = fs::remove_file(subject.root.join("copied to"));
    let (mut source, mut target) = (subject.log_in(), subject.log_in());
    let (near, far) = (source.reactor().clone(), target.reactor().clone());
    let copy = source.copy_to(&mut target, b"copied from", b"copied to", TransferType::Image);
    let outcome = near.block_on_with(&far, copy);
    assert_in_step(&mut source, subject);
    assert_in_step(&mut target, subject);
    match outcome {
        Ok(()) => assert!(subject.get("copied to") == content(10_000)),
        Err(Error::Reply { reply, .. }) => {
            assert!(subject.name == "libunftp", "{}: {reply}", subject.name);
        }
        Err(error) => panic!("{error}"),
    }
    quit(source);
    quit(target);
}

fn refusals(subject: &Subject) {
    let mut client = subject.log_in();
    for _ in 0..3 {
        let missing = retrieve(&mut client, "RETR no/such/file", None);
        assert!(matches!(missing, Err(Error::Reply { .. })), "{missing:?}");
        assert_in_step(&mut client, subject);
        assert!(store(&mut client, "STOR no/such/directory/file", b"x").is_err());
        assert_in_step(&mut client, subject);
        // Some servers list nothing here and call it a success.
        let _ = lines(&mut client, "LIST no-such-directory");
        assert_in_step(&mut client, subject);
        assert!(client.block_on(async |client| client.cwd(b"no/such/directory").await).is_err());
        assert_in_step(&mut client, subject);
        let unknown = client.block_on(async |client| client.sendcmd(&command("XYZZY")).await);
        assert!(matches!(unknown, Err(Error::Reply { .. })), "{unknown:?}");
    }
    quit(client);
}

fn many_transfers(subject: &Subject) {
    let data = content(4096);
    let mut client = subject.log_in();
    for _ in 0..20 {
        store(&mut client, "STOR small", &data).unwrap();
        assert!(retrieve(&mut client, "RETR small", None).unwrap() == data);
        lines(&mut client, "NLST").unwrap();
    }
    assert_in_step(&mut client, subject);
    quit(client);
}

/// Large enough to be in the middle of its transfer when it is stopped.
const LARGE: usize = 32 << 20;

fn stop_a_download(subject: &Subject) {
    subject.put("large", &content(LARGE));
    subject.put("small", b"hello");
    let mut client = subject.log_in();
    for stop_after in [1, 5_000_000] {
        let start = Instant::now();
        let mut received = 0;
        let mut sink = |block: &[u8]| {
            received += block.len();
            if received >= stop_after { Err(9) } else { Ok(()) }
        };
        let retr = command("RETR large");
        let outcome = client.block_on(async |client| client.retrbinary(&retr, 0, None, &mut sink).await);
        assert!(matches!(outcome, Err(Error::Callback { value: 9, .. })), "{outcome:?}");
        assert!(start.elapsed() < Duration::from_secs(10));
        assert_in_step_after_a_stop(&mut client, subject);
        assert_eq!(retrieve(&mut client, "RETR small", None).unwrap(), b"hello");
    }
    quit(client);
}

fn stop_an_upload(subject: &Subject) {
    subject.put("small", b"hello");
    let mut client = subject.log_in();
    for blocks in [0, 1, 50] {
        let mut left = blocks;
        let mut source = |buffer: &mut [u8]| {
            left -= 1;
            if left < 0 { Err(-9) } else { Ok(buffer.len()) }
        };
        let stor = command("STOR partial");
        let outcome = client
            .block_on(async |client| client.storbinary(&stor, 0, None, &mut source, &mut |_| Ok(())).await);
        assert!(matches!(outcome, Err(Error::Callback { value: -9, .. })), "{outcome:?}");
        assert_in_step_after_a_stop(&mut client, subject);
        assert_eq!(retrieve(&mut client, "RETR small", None).unwrap(), b"hello");
    }
    quit(client);
}

fn stop_a_listing(subject: &Subject) {
    subject.put("a file.txt", b"x");
    let mut client = subject.log_in();
    for text in ["LIST", "NLST"] {
        let outcome = client.block_on(async |client| client.retrlines(&command(text), &mut |_| Err(1)).await);
        assert!(matches!(outcome, Err(Error::Callback { value: 1, .. })), "{outcome:?}");
        assert_in_step_after_a_stop(&mut client, subject);
    }
    quit(client);
}

fn cancel_a_download(subject: &Subject) {
    subject.put("large", &content(LARGE));
    let mut client = subject.log_in();
    let wake = Arc::clone(client.reactor().wake());
    let (started, wait) = std::sync::mpsc::channel();
    let other = thread::spawn(move || {
        wait.recv().unwrap();
        wake.cancel();
    });
    let mut started = Some(started);
    let mut sink = |_: &[u8]| {
        if let Some(started) = started.take() {
            started.send(()).unwrap();
        }
        thread::sleep(Duration::from_millis(2));
        Ok(())
    };
    let retr = command("RETR large");
    let outcome = client.block_on(async |client| client.retrbinary(&retr, 0, None, &mut sink).await);
    other.join().unwrap();
    assert!(matches!(outcome, Err(Error::Cancelled(_))), "{outcome:?}");
    assert_in_step_after_a_stop(&mut client, subject);
    quit(client);
}

fn abort_without_a_transfer(subject: &Subject) {
    let mut client = subject.log_in();
    for _ in 0..2 {
        let reply = client.block_on(async |client| client.abort().await).unwrap();
        assert!(reply.starts_with("22"), "{reply}");
        assert_in_step(&mut client, subject);
    }
    quit(client);
}

/// ProFTPD holds its 226 back for 10 s unless the client closes the data connection first.
fn final_reply_is_prompt(subject: &Subject) {
    subject.put("small", b"hello");
    let mut client = subject.log_in();
    let start = Instant::now();
    for _ in 0..3 {
        assert_eq!(retrieve(&mut client, "RETR small", None).unwrap(), b"hello");
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    quit(client);
}
