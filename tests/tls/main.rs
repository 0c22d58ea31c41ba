//! FTPS against a server whose every byte, and every TLS record, the test decides on.

#![cfg(feature = "tls")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

#[path = "../support/mod.rs"]
mod support;

mod auth;
mod certificates;
mod data;
mod ends;
mod noop;
mod openssl_server;
mod process;
mod reconnect;
mod secrets;
mod settings_from_c;
mod unusable;
mod versions;

use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use ftpclient::client::{Client, DataEnd, TlsMode};
use ftpclient::error::{Error, Result};
use ftpclient::net::{ClientCertificate, TlsVersion};
use ftpclient::protocol::command::Command;
use openssl::ssl::SslVersion;
use support::certificates::{Authority, CertificateRequest, Identity};
use support::drive::{Drive, run};
use support::scripted::{Data, End, Scripted, Session, TlsServer};

/// Long enough for a busy machine, short enough for a test that waits for it to end.
const SHORT: Duration = Duration::from_millis(400);

/// The authority that the clients of these tests trust, and the certificate of their servers: keys take time to make.
static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| Authority::new("test authority"));
static IDENTITY: LazyLock<Identity> = LazyLock::new(|| AUTHORITY.issue(&CertificateRequest::default()));

/// A server with sessions of its own.
fn tls_server() -> TlsServer {
    TlsServer::new(&IDENTITY)
}

/// A client for explicit FTPS.
fn client() -> Client {
    let mut client = Client::new().unwrap();
    client.set_timeout(Some(Duration::from_secs(10)));
    client.set_tls(TlsMode::Explicit).unwrap();
    client.update_tls(|tls| tls.authorities = Some(AUTHORITY.pem())).unwrap();
    client
}

fn connect_to(client: &mut Client, address: SocketAddr) -> Result<()> {
    let host = address.ip().to_string();
    client.run(async |client| client.connect(&host, address.port()).await)
}

fn log_in(client: &mut Client) -> Result<()> {
    client.run(async |client| client.login("user", "secret", "").await)
}

/// A client that has read the greeting.
fn connected(server: &Scripted) -> Client {
    let mut client = client();
    connect_to(&mut client, server.addr()).unwrap();
    client
}

/// A client that is logged in: the script starts with `tls_login`.
fn logged_in(server: &Scripted) -> Client {
    let mut client = connected(server);
    log_in(&mut client).unwrap();
    client
}

fn command(text: &str) -> Command {
    Command::parse(text.as_bytes()).unwrap()
}

fn pwd(client: &mut Client) -> Result<String> {
    let path = client.run(async |client| client.pwd().await)?;
    Ok(String::from_utf8(path).unwrap())
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

/// Uploads `data` with `command`.
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

/// The script of a transfer in image type after the login, until the handshake of its data connection.
fn start_transfer(s: &mut Session, command: &str) -> Data {
    s.expect("TYPE I");
    s.send("200 ok\r\n");
    next_transfer(s, command)
}

/// The same when the type is set already.
fn next_transfer(s: &mut Session, command: &str) -> Data {
    let listener = s.passive();
    s.expect(command);
    s.send("150 go\r\n");
    listener.accept()
}

/// The one question whose answer tells whether the session is in step: `expect_in_step` is its other half.
#[track_caller]
fn assert_in_step(client: &mut Client) {
    assert_eq!(pwd(client).unwrap(), "/in/step");
}

#[track_caller]
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

/// Every text is one line, names what it should, and no password.
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

/// The server has heard no user name and no password.
#[track_caller]
fn assert_no_credentials(server: &Scripted) {
    let received = String::from_utf8_lossy(&server.received()).into_owned();
    assert!(!received.contains("USER") && !received.contains("PASS"), "{received:?}");
}
