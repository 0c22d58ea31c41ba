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
mod ccc;
mod certificates;
mod damage;
mod data;
mod ends;
mod files;
mod handshake;
mod implicit;
mod noop;
mod openssl_server;
mod process;
mod protection;
mod reconnect;
mod resumption;
mod secrets;
mod settings_from_c;
mod unusable;
mod versions;

use std::sync::LazyLock;
use std::time::Duration;

use ftpclient::client::{Client, DataEnd, Phase, TlsMode};
use ftpclient::error::{Error, Result};
use ftpclient::net::{ClientCertificate, TlsVersion};
use openssl::ssl::SslVersion;
use support::calls::*;
use support::certificates::{Authority, CertificateRequest, Identity, Key};
use support::drive::{Drive, run};
use support::processor::Stopwatch;
use support::scripted::{Data, End, Scripted, Session, TlsServer};

/// Long enough for a busy machine, short enough for a test that waits for it to end.
const SHORT: Duration = Duration::from_millis(400);

/// The authority that the clients of these tests trust, and the certificate of their servers: keys take time to make.
static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| Authority::new("test authority"));
static IDENTITY: LazyLock<Identity> = LazyLock::new(|| {
    AUTHORITY.issue(&CertificateRequest { key: Key::Rsa2048, ..CertificateRequest::default() })
});

/// Its name is the last one, so that it begins when the others are about to end: the programs are not in each other's way.
#[test]
fn without_manners() {
    support::drive::without_manners("without_manners");
}

/// A server with sessions of its own.
fn tls_server() -> TlsServer {
    TlsServer::new(&IDENTITY)
}

/// A client for explicit FTPS.
fn client() -> Client {
    let mut client = support::calls::client();
    client.set_tls(TlsMode::Explicit).unwrap();
    client.update_tls(|tls| tls.authorities = Some(AUTHORITY.pem())).unwrap();
    client
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

const VERSIONS: [SslVersion; 2] = [SslVersion::TLS1_2, SslVersion::TLS1_3];

fn of_version(version: SslVersion) -> TlsServer {
    TlsServer::with(&IDENTITY).version(version).build()
}

/// For the data connections of a server that resumes nothing.
fn without_resumption() -> TlsServer {
    TlsServer::with(&IDENTITY).without_resumption().build()
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

/// The server has heard no user name and no password.
#[track_caller]
fn assert_no_credentials(server: &Scripted) {
    let received = String::from_utf8_lossy(&server.received()).into_owned();
    assert!(!received.contains("USER") && !received.contains("PASS"), "{received:?}");
}
