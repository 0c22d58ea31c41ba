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
mod greeting;
mod hashes;
mod idle;
mod in_step;
mod limits;
mod listings;
mod login;
mod meanwhile;
mod memory;
mod metadata;
mod mirror;
mod mirror_put;
mod names;
mod noop;
mod opened;
mod optional;
mod own_commands;
mod passive;
mod prearm;
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
mod telnet;
mod trees;
mod types;
mod upload;
mod utf8;
mod verify;
mod way_back;
mod whose;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use ftpclient::client::Client;
use ftpclient::error::{Error, Result};
use ftpclient::protocol::command::Command;
use support::calls::*;
use support::drive::{Drive, run};
use support::scripted::{Data, DataListener, Scripted, Session};

/// Long enough for a busy machine, short enough for a test that waits for it to end.
const SHORT: Duration = Duration::from_millis(300);

/// Its name is the last one, so that it begins when the others are about to end: the programs are not in each other's way.
#[test]
fn without_manners() {
    support::drive::without_manners("without_manners");
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
