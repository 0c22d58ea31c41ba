//! The client against a server whose every byte the test writes down: what no real server does on demand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

mod active;
mod addresses;
mod batch;
mod broken;
mod bulk;
mod cancel;
mod commands;
mod connections;
mod copy;
mod descriptors;
mod directories;
mod download;
mod driven;
mod ends;
mod entries;
mod extended;
mod faults;
mod floods;
mod get;
mod gone_on;
mod greeting;
mod hashes;
mod idle;
mod in_step;
mod kept_transfers;
mod late_words;
mod limits;
mod listings;
mod login;
mod meanwhile;
mod memory;
mod metadata;
mod mirror;
mod mirror_names;
mod mirror_put;
mod mirror_renamed;
mod names;
mod naming;
mod noop;
mod offsets;
mod opened;
mod optional;
mod own_commands;
mod passive;
mod prearm;
mod prearm_together;
mod pret;
mod progress;
mod put;
mod raw;
mod reconnect;
mod report;
mod rest;
mod resync;
mod server;
mod settings;
mod strangers;
mod systems;
mod systems_changed;
mod systems_windows;
mod telnet;
mod trees;
mod types;
mod upload;
mod utf8;
mod verify;
mod way_back;
mod whose;

use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use ftpclient::client::{Client, Phase};
use ftpclient::error::{Error, Result};
use ftpclient::protocol::command::Command;
use support::calls::*;
use support::drive::{Drive, run};
use support::processor::Stopwatch;
use support::scripted::{Data, DataListener, Scripted, Session};

/// Long enough for a busy machine, short enough for a test that waits for it to end.
const SHORT: Duration = Duration::from_millis(300);

/// Its name is the last one, so that it begins when the others are about to end: the programs are not in each other's way.
#[test]
fn without_manners() {
    support::drive::without_manners("without_manners");
}

/// Plays what a limit is to end, which `attempt` is given. On a busy machine it may run out before the servers have come as far, and
/// they cannot play their scripts: then once more with a longer one.
#[track_caller]
fn until_played<const N: usize, T>(mut attempt: impl FnMut(Duration) -> ([Scripted; N], T)) -> T {
    for limit in [SHORT, SHORT * 5] {
        let (servers, outcome) = attempt(limit);
        if servers.each_ref().map(Scripted::is_played) == [true; N] {
            return outcome;
        }
    }
    let (servers, outcome) = attempt(SHORT * 20);
    servers.iter().for_each(Scripted::finish);
    outcome
}

/// A client that has read the greeting.
fn connected(server: &Scripted) -> Client {
    let mut client = client();
    connect_to(&mut client, server.addr()).unwrap();
    client
}

/// A client that is logged in: the script starts with `login`.
fn logged_in(server: &Scripted) -> Client {
    let mut client = connected(server);
    log_in(&mut client).unwrap();
    client
}

/// Plays a dialogue after a login, and checks that the session is in step at its end.
fn play(script: impl FnOnce(&mut Session) + Send + 'static, calls: impl FnOnce(&mut Client)) {
    let server = Scripted::start(|s| {
        s.login();
        script(s);
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    calls(&mut client);
    assert_in_step(&mut client);
}

/// Makes a call that another thread cancels in a moment, and again in case that it had not begun by then.
fn cancelled<T>(client: &mut Client, call: impl FnOnce(&mut Client) -> T) -> T {
    let wake = std::sync::Arc::clone(client.reactor().wake());
    let (ends, has_ended) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while has_ended.recv_timeout(Duration::from_millis(100)) == Err(RecvTimeoutError::Timeout) {
                wake.cancel();
            }
        });
        let outcome = call(client);
        drop(ends);
        outcome
    })
}

/// Waits until so many bytes are there for the client to read from its control connection.
fn wait_for_arrival(client: &Client, count: usize) {
    let control = client.control_fd().unwrap().try_clone_to_owned().unwrap();
    let control = std::net::TcpStream::from(control);
    let (start, mut room) = (Stopwatch::start(), vec![0; count]);
    while control.peek(&mut room).ok() != Some(count) {
        assert_quick(&start, Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Waits until the end that the server has made of the control connection is there, and so is all that it has sent before.
#[allow(unsafe_code)]
fn wait_for_end(client: &Client) {
    let mut wanted =
        libc::pollfd { fd: client.control_fd().unwrap().as_raw_fd(), events: libc::POLLRDHUP, revents: 0 };
    // SAFETY: the pointer is to one pollfd of ours.
    assert_eq!(unsafe { libc::poll(&raw mut wanted, 1, 20_000) }, 1, "the server has not left");
}

/// A command and its reply.
fn answers(s: &mut Session, command: &str, reply: &str) {
    s.expect(command);
    s.send(reply);
}

/// The server's answer to the PWD by which the client finds out where the session is.
fn expect_search(s: &mut Session, before: &str) {
    s.expect("PWD");
    s.send(format!("{before}257 \"/\" is where you are\r\n"));
}

fn put(client: &mut Client, text: &str) -> Result<()> {
    client.run(async |client| client.putcmd(&command(text)).await)
}

fn getresp(client: &mut Client) -> Result<String> {
    client.run(async |client| client.getresp().await).map(|reply| reply.to_string())
}

fn resync(client: &mut Client) -> Result<()> {
    client.run(async |client| client.resync().await)
}

/// `TYPE I`, and where the data of a passive transfer is to come.
fn binary_passive(s: &mut Session) -> DataListener {
    s.expect("TYPE I");
    s.send("200 ok\r\n");
    s.passive()
}

/// The script of a transfer in image type from the login on, until its data can flow.
fn start_transfer(s: &mut Session, command: &str) -> Data {
    s.login();
    let listener = binary_passive(s);
    s.expect(command);
    s.send("150 go\r\n");
    listener.accept()
}
