//! Floods inside of TLS: what holds no data, so that OpenSSL goes on reading by itself.

use std::sync::LazyLock;

use ftpclient::client::TlsMode;
use openssl::ssl::SslVersion;

use super::support::certificates::{Authority, CertificateRequest, Identity};
#[cfg(not(feature = "aws-lc"))]
use super::support::scripted::Message;
use super::support::scripted::TlsServer;
use super::*;

static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| Authority::new("test authority"));
static IDENTITY: LazyLock<Identity> = LazyLock::new(|| AUTHORITY.issue(&CertificateRequest::default()));

fn server(version: SslVersion) -> TlsServer {
    TlsServer::with(&IDENTITY).version(version).build()
}

fn tls_client() -> Client {
    let mut client = client();
    client.set_tls(TlsMode::Implicit).unwrap();
    client.update_tls(|tls| tls.authorities = Some(AUTHORITY.pem())).unwrap();
    client
}

/// A client that has read the greeting.
fn greeted(server: &Scripted) -> Client {
    let mut client = tls_client();
    let (host, port) = address(server);
    client.block_on(async |client| client.connect(&host, port).await).unwrap();
    client
}

/// As [`greeted`], and logged in.
fn secured(server: &Scripted) -> Client {
    let mut client = greeted(server);
    client.block_on(async |client| client.login("user", "secret", "").await).unwrap();
    client
}

/// The start of a flood is made before the client begins to wait: it must come faster than it is read.
#[cfg(not(feature = "aws-lc"))]
const PREPARED: usize = 20_000;

#[cfg(not(feature = "aws-lc"))]
fn floods_instead_of_a_reply(s: &mut Session, version: SslVersion, message: Message) {
    s.start_tls(&server(version));
    let [greeting, flood] = s.prepare_messages("220 ready\r\n", message, PREPARED);
    s.send_raw(greeting);
    s.expect("PWD");
    s.flood_with_messages(&flood, message);
}

#[cfg(not(feature = "aws-lc"))]
#[test]
fn key_updates_instead_of_a_reply() {
    ends(ALL, |s| floods_instead_of_a_reply(s, SslVersion::TLS1_3, Message::KeyUpdate), greeted, pwd);
}

/// The time that it takes is no bound where there is no limit.
#[cfg(not(feature = "aws-lc"))]
#[test]
fn messages_without_data_are_an_error_also_without_limits() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let server = Scripted::start(|s| floods_instead_of_a_reply(s, SslVersion::TLS1_3, Message::KeyUpdate));
    let mut client = greeted(&server);
    client.set_timeout(None);
    let error = client.block_on(pwd).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, Error::Tls(_)) && text.contains("without end, and no data"), "{text}");
}

#[cfg(not(feature = "aws-lc"))]
#[test]
fn unasked_key_updates() {
    ends(
        ALL,
        |s| {
            s.start_tls(&server(SslVersion::TLS1_3));
            let [greeting, flood] = s.prepare_messages("220 ready\r\n", Message::KeyUpdate, PREPARED);
            s.send_raw(greeting);
            s.flood_with_messages(&flood, Message::KeyUpdate);
        },
        |server| {
            let client = greeted(server);
            thread::sleep(Duration::from_millis(50));
            client
        },
        pwd,
    );
}

/// The control connection is watched meanwhile, and asked for the end of the transfer.
#[cfg(not(feature = "aws-lc"))]
#[test]
fn key_updates_on_the_control_connection_while_data_is_waited_for() {
    ends(
        ALL,
        |s| {
            let _data = start_secured_transfer(s, &server(SslVersion::TLS1_3), "RETR f");
            s.flood_with_messages(b"", Message::KeyUpdate);
        },
        secured,
        retrieve,
    );
}

#[cfg(not(feature = "aws-lc"))]
#[test]
fn key_updates_that_want_another_instead_of_a_reply() {
    ends(ALL, |s| floods_instead_of_a_reply(s, SslVersion::TLS1_3, Message::KeyUpdateForBoth), greeted, pwd);
}

#[cfg(not(feature = "aws-lc"))]
#[test]
fn tickets_instead_of_a_reply() {
    ends(ALL, |s| floods_instead_of_a_reply(s, SslVersion::TLS1_3, Message::Ticket), greeted, pwd);
}

#[cfg(not(feature = "aws-lc"))]
#[test]
fn requests_for_another_handshake_instead_of_a_reply() {
    ends(ALL, |s| floods_instead_of_a_reply(s, SslVersion::TLS1_2, Message::HelloRequest), greeted, pwd);
}

/// As [`start_transfer`], over TLS from the start.
fn start_secured_transfer(s: &mut Session, tls: &TlsServer, command: &str) -> Data {
    s.start_tls(tls);
    s.send("220 ready\r\n");
    s.expect_command("USER");
    s.send("331 password, please\r\n");
    s.expect_command("PASS");
    s.send("230 welcome\r\n");
    s.prot_p();
    let mut data = start_transfer(s, command);
    data.start_tls(tls);
    data
}

/// The client either aborts the transfer, or it has had enough of the data connection: then it waits for why the server ends the
/// transfer, which may take longer than it waits.
#[cfg(not(feature = "aws-lc"))]
fn hears_of_the_end(s: &mut Session) {
    let _ = s.say("426 the data connection is broken");
    while let Ok(line) = s.hear() {
        assert_eq!(line, "ABOR");
        let _ = s.say("226 aborted");
    }
}

#[cfg(not(feature = "aws-lc"))]
#[test]
fn key_updates_instead_of_data() {
    ends(
        ALL,
        |s| {
            let mut data = start_secured_transfer(s, &server(SslVersion::TLS1_3), "RETR f");
            data.flood_with_messages(b"", Message::KeyUpdate);
            hears_of_the_end(s);
        },
        secured,
        retrieve,
    );
}

/// Data comes often enough, and behind each byte of it as many new keys as one read can take.
#[cfg(not(feature = "aws-lc"))]
#[test]
fn key_updates_between_data() {
    ends(
        &[End::Total, End::Cancel],
        |s| {
            let mut data = start_secured_transfer(s, &server(SslVersion::TLS1_3), "RETR f");
            data.flood_with_messages_behind_data(Message::KeyUpdate, 4_000);
            hears_of_the_end(s);
        },
        secured,
        retrieve,
    );
}

#[cfg(not(feature = "aws-lc"))]
#[test]
fn key_updates_while_data_is_sent() {
    ends(
        ALL,
        |s| {
            let mut data = start_secured_transfer(s, &server(SslVersion::TLS1_3), "STOR f");
            data.flood_with_messages(b"", Message::KeyUpdate);
            hears_of_the_end(s);
        },
        secured,
        store,
    );
}

/// The client has sent its last data and waits for the server's end of TLS.
#[test]
fn data_that_comes_back_at_the_end_of_an_upload() {
    ends(
        &[End::Total, End::Cancel],
        |s| {
            let mut data = start_secured_transfer(s, &server(SslVersion::TLS1_3), "STOR f");
            data.read_to_end();
            data.flood_until_closed("you get it back");
            takes_abort(s);
        },
        secured,
        store_little,
    );
}

#[cfg(not(feature = "aws-lc"))]
#[test]
fn key_updates_instead_of_the_end_of_tls() {
    ends(
        ALL,
        |s| {
            s.start_tls(&server(SslVersion::TLS1_3));
            let [greeting, flood] =
                s.prepare_messages("220 ready\r\n200 go\r\n", Message::KeyUpdate, PREPARED);
            s.send_raw(greeting);
            s.expect("CCC");
            s.flood_with_messages(&flood, Message::KeyUpdate);
        },
        greeted,
        async |client| client.ccc().await,
    );
}

/// Records in clear, after the client has said hello.
#[test]
fn records_instead_of_a_handshake() {
    for flood in [
        // "Change cipher spec", which TLS 1.3 ignores.
        |s: &mut Session| greets_with_records(s, b"\x14\x03\x03\x00\x01\x01"),
        // A warning.
        |s: &mut Session| greets_with_records(s, b"\x15\x03\x03\x00\x02\x01\x5a"),
        // A record with nothing in it.
        |s: &mut Session| greets_with_records(s, b"\x16\x03\x03\x00\x00"),
        // A piece of a message.
        |s: &mut Session| greets_with_records(s, b"\x16\x03\x03\x00\x01\x02"),
        // "Hello request".
        |s: &mut Session| greets_with_records(s, b"\x16\x03\x03\x00\x04\x00\x00\x00\x00"),
    ] {
        connecting_ends(tls_client, ALL, flood);
    }
}

fn greets_with_records(s: &mut Session, record: &[u8]) {
    s.expect_some_bytes();
    s.flood_until_closed(record);
}
