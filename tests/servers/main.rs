//! The same list of scenarios on every real server, in passive and in active mode: what a daemon proves.
//!
//! With `--nocapture` each test prints its row of the table.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

#[path = "../support/mod.rs"]
mod support;

mod idle;
mod session;
mod stops;
mod transfers;

use std::fs;
use std::io::{self, Write};
use std::net::{Ipv6Addr, SocketAddr, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::chown;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ftpclient::client::{Client, LogKind};
use ftpclient::error::{Error, Result};
use ftpclient::protocol::command::Command;
use support::daemons::{Daemon, DaemonOptions};
use support::drive::{Drive, drive_without_manners};
use support::embedded::{self, Embedded};
use support::relay::Relay;

/// A server to run the scenarios on, and how.
#[derive(Clone)]
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
    ("log in, refused and accepted", session::log_in),
    ("directories", session::directories),
    ("list", transfers::list),
    ("binary up and down", transfers::binary_up_and_down),
    ("text up and down", transfers::text_up_and_down),
    ("size and delete", transfers::size_and_delete),
    ("download from an offset", transfers::download_from_an_offset),
    ("rename, make and remove", session::rename_make_and_remove),
    ("facts", transfers::facts),
    ("commands and replies one by one", session::one_by_one),
    ("transfers by hand", transfers::transfers_by_hand),
    ("abort an open transfer", stops::abort_an_open_transfer),
    ("copy between sessions", transfers::copy_between_sessions),
    ("refusals keep the session in step", session::refusals),
    ("many transfers in a row", transfers::many_transfers),
    ("stop a download", stops::stop_a_download),
    ("stop an upload", stops::stop_an_upload),
    ("stop a listing", stops::stop_a_listing),
    ("cancel a download", stops::cancel_a_download),
    ("abort without a transfer", session::abort_without_a_transfer),
    ("NOOP in a slow download", idle::noop_in_a_slow_download),
    ("NOOP in a slow upload", idle::noop_in_a_slow_upload),
    ("NOOP in transfers that are stopped", idle::noop_in_transfers_that_are_stopped),
    ("come back", idle::come_back),
    ("the final reply does not wait for the client", transfers::final_reply_is_prompt),
];

/// For a server that has no way to connect back to us: the scenarios without a transfer, and the refusal of one.
const WITHOUT_TRANSFERS: &[(&str, Scenario)] = &[
    ("log in, refused and accepted", session::log_in),
    ("directories", session::directories),
    ("rename, make and remove", session::rename_make_and_remove),
    ("commands and replies one by one", session::one_by_one),
    ("abort without a transfer", session::abort_without_a_transfer),
    ("transfers are refused", session::transfers_are_refused),
];

fn run_on(name: &str, subject: impl Fn(bool) -> Subject) {
    for passive in [true, false] {
        run_scenarios(name, &subject(passive), SCENARIOS);
    }
}

/// Each scenario, but for those with NOOP in transfers, runs twice: with calls that wait, and driven by a loop without manners, to which the server's replies come byte by
/// byte. What the server hears must be the same.
fn run_scenarios(name: &str, subject: &Subject, scenarios: &[(&str, Scenario)]) {
    let mode = if subject.passive { "passive" } else { "active" };
    let family = if subject.address.is_ipv6() { "IPv6" } else { "IPv4" };
    let (patient, dripping) = (Relay::start(subject.address, false), Relay::start(subject.address, true));
    let (mut compared, mut lines) = (0, 0);
    for (scenario, run) in scenarios {
        let start = Instant::now();
        eprintln!("{name}, {mode}, {family}: {scenario}");
        let waiting = run_through(&patient, subject, *run);
        // Those sleep for seconds, and how many NOOPs that makes is a matter of the moment.
        if scenario.contains("NOOP") {
            continue;
        }
        drive_without_manners(true);
        let driven = run_through(&dripping, subject, *run);
        drive_without_manners(false);
        eprintln!("{name}, {mode}, {family}: {scenario}: ok in {:.2} s", start.elapsed().as_secs_f64());
        // How far a transfer has got when it is stopped is a matter of the moment.
        let is_recorded = !waiting.is_empty();
        if is_recorded && !["stop", "cancel", "abort"].iter().any(|word| scenario.contains(word)) {
            assert_eq!(waiting, driven, "{name}, {mode}, {family}: {scenario}");
            compared += 1;
            lines += waiting.iter().map(Vec::len).sum::<usize>();
        }
    }
    let count = scenarios.len();
    let row = format!(
        "{name}, {mode}, {family}: {count} scenarios, run twice but for those with NOOP; in {compared} of them what the server heard was compared: {lines} lines, all the same\n"
    );
    io::stderr().write_all(row.as_bytes()).unwrap();
}

/// What the server has heard on each connection, line by line.
fn run_through(relay: &Relay, subject: &Subject, run: Scenario) -> Vec<Vec<String>> {
    // A relay passes no urgent data on.
    if subject.may_die_of_a_stop {
        run(subject);
        return Vec::new();
    }
    run(&Subject { address: relay.address(), ..subject.clone() });
    let lines_of = |sent: &Vec<u8>| {
        let text = String::from_utf8_lossy(sent).into_owned();
        text.split_inclusive("\r\n").map(without_port).collect()
    };
    relay.heard().iter().map(lines_of).collect()
}

/// Where the client listens is the system's choice.
fn without_port(line: &str) -> String {
    match line.split_once(' ') {
        Some((verb @ ("PORT" | "EPRT"), _)) => format!("{verb} …"),
        _ => line.to_owned(),
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
fn inetutils_ftpd_ipv6() {
    run_on_daemon("inetutils-ftpd", true);
}

#[test]
fn libunftp() {
    let server = Embedded::start();
    run_on("libunftp", |passive| on_libunftp(&server, passive));
}

/// libunftp knows EPSV but not EPRT: over IPv6 it has no active mode.
#[test]
fn libunftp_ipv6() {
    let server = Embedded::start_on(Ipv6Addr::LOCALHOST.into());
    run_scenarios("libunftp", &on_libunftp(&server, true), SCENARIOS);
    run_scenarios("libunftp", &on_libunftp(&server, false), WITHOUT_TRANSFERS);
}

fn on_libunftp(server: &Embedded, passive: bool) -> Subject {
    Subject {
        name: "libunftp".into(),
        address: server.addr(),
        user: embedded::USER.into(),
        password: embedded::PASSWORD.into(),
        login_dir: "/".into(),
        root: server.root().to_owned(),
        passive,
        may_die_of_a_stop: false,
    }
}

impl Subject {
    fn connect(&self) -> Client {
        let mut client = Client::new().unwrap();
        client.set_timeout(Some(Duration::from_secs(20)));
        client.set_passive(self.passive);
        let (host, port) = (self.address.ip().to_string(), self.address.port());
        client.run(async |client| client.connect(&host, port).await).unwrap();
        client
    }

    fn log_in(&self) -> Client {
        let mut client = self.connect();
        client.run(async |client| client.login(&self.user, &self.password, "").await).unwrap();
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
    String::from_utf8(client.run(async |client| client.pwd().await).unwrap()).unwrap()
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
        let outcome = client.run(async |client| client.pwd().await);
        assert!(matches!(outcome, Err(Error::NotConnected(_))), "{outcome:?}");
        *client = subject.log_in();
    }
    assert_in_step(client, subject);
}

fn quit(mut client: Client) {
    client.run(async |client| client.quit().await).unwrap();
}

fn retrieve(client: &mut Client, text: &str, rest: Option<u64>) -> Result<Vec<u8>> {
    let mut data = Vec::new();
    let mut sink = |block: &[u8]| {
        data.extend_from_slice(block);
        Ok(())
    };
    client.run(async |client| client.retrbinary(&command(text), 0, rest, &mut sink).await)?;
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
        .run(async |client| client.storbinary(&command, 0, None, &mut source, &mut |_| Ok(())).await)
        .map(drop)
}

fn lines(client: &mut Client, text: &str) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let mut sink = |line: &[u8]| {
        lines.push(String::from_utf8_lossy(line).into_owned());
        Ok(())
    };
    client.run(async |client| client.retrlines(&command(text), &mut sink).await)?;
    Ok(lines)
}

/// Bytes with every value and no period that divides a block size.
fn content(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i % 251) as u8).collect()
}
