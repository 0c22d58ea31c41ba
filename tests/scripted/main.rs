//! The client against a server whose every byte the test writes down: what no real server does on demand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

mod active;
mod addresses;
mod cancel;
mod commands;
mod connections;
mod copy;
mod descriptors;
mod download;
mod driven;
mod ends;
mod extended;
mod faults;
mod floods;
mod greeting;
mod in_step;
mod limits;
mod login;
mod noop;
mod opened;
mod optional;
mod raw;
mod reconnect;
mod rest;
mod settings;
mod strangers;
mod telnet;
mod types;
mod upload;
mod whose;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use ftpclient::client::Client;
use ftpclient::error::{Error, Result};
use ftpclient::protocol::command::Command;
use support::drive::{Drive, run};
use support::scripted::{Data, Scripted, Session};

/// Long enough for a busy machine, short enough for a test that waits for it to end.
const SHORT: Duration = Duration::from_millis(300);

fn client() -> Client {
    let mut client = Client::new().unwrap();
    client.set_timeout(Some(Duration::from_secs(10)));
    client
}

fn connect_to(client: &mut Client, address: SocketAddr) -> Result<()> {
    let host = address.ip().to_string();
    client.run(async |client| client.connect(&host, address.port()).await)
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
    client.run(async |client| client.login("user", "secret", "").await).unwrap();
    client
}

fn command(text: &str) -> Command {
    Command::parse(text.as_bytes()).unwrap()
}

fn send(client: &mut Client, text: &str) -> Result<String> {
    client.run(async |client| client.sendcmd(&command(text)).await).map(|reply| reply.to_string())
}

fn pwd(client: &mut Client) -> Result<String> {
    let path = client.run(async |client| client.pwd().await)?;
    Ok(String::from_utf8(path).unwrap())
}

fn quit(client: &mut Client) {
    client.run(async |client| client.quit().await).unwrap();
}

/// Downloads with `command`, and returns what came before the end or the error.
fn retrieve(client: &mut Client, text: &str) -> (Vec<u8>, Result<()>) {
    let mut data = Vec::new();
    let mut sink = |block: &[u8]| {
        data.extend_from_slice(block);
        Ok(())
    };
    let outcome =
        client.run(async |client| client.retrbinary(&command(text), 0, None, &mut sink).await.map(drop));
    (data, outcome)
}

/// Uploads `data` with `command`, in blocks of at most `block` bytes.
fn store(client: &mut Client, text: &str, mut data: &[u8], block: usize) -> Result<()> {
    let mut source = |buffer: &mut [u8]| {
        let (now, later) = data.split_at(data.len().min(buffer.len()));
        buffer[..now.len()].copy_from_slice(now);
        data = later;
        Ok(now.len())
    };
    let mut sent = |_: &[u8]| Ok(());
    let command = command(text);
    client
        .run(async |client| client.storbinary(&command, block, None, &mut source, &mut sent).await)
        .map(drop)
}

/// The script of a transfer in image type from the login on, until its data can flow.
fn start_transfer(s: &mut Session, command: &str) -> Data {
    s.login();
    s.expect("TYPE I");
    s.send("200 ok\r\n");
    let listener = s.passive();
    s.expect(command);
    s.send("150 go\r\n");
    listener.accept()
}

/// The one question whose answer tells whether the session is in step: `expect_in_step` is its other half.
fn assert_in_step(client: &mut Client) {
    assert_eq!(pwd(client).unwrap(), "/in/step");
}

fn expect_in_step(s: &mut Session) {
    s.expect("PWD");
    s.send("257 \"/in/step\" is here\r\n");
}

/// The session is closed, and says why.
#[track_caller]
fn assert_closed(client: &mut Client, because: &str) {
    assert!(!client.is_connected());
    let error = pwd(client).unwrap_err();
    assert!(matches!(error, Error::NotConnected(_)), "{error}");
    assert!(error.to_string().contains(because), "{error}");
}

#[track_caller]
fn assert_text(client: &Client, error: &Error, expected: &str) {
    let text = client.describe(error);
    assert!(text.contains(expected), "{expected:?} is not in {text:?}");
    assert!(!text.contains('\n') && !text.contains("secret"), "{text:?}");
}

#[track_caller]
fn assert_quick(start: Instant, limit: Duration) {
    assert!(start.elapsed() < limit, "it took {:?}", start.elapsed());
}
