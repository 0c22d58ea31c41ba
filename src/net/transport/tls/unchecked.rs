//! Connections on which OpenSSL was not told, in one way or another, what to demand of the certificate: as when it has no memory to
//! note it, which it does not always say. None of them is accepted.

#![allow(clippy::unwrap_used)]

#[path = "../../../../tests/support/certificates.rs"]
#[allow(dead_code, missing_docs, unreachable_pub, clippy::expect_used)]
mod certificates;

use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, LazyLock};
use std::thread;

use certificates::{Authority, CertificateRequest, Identity, Key};
use openssl::ssl::{Ssl, SslContext, SslMethod, SslStream, SslVerifyMode};

use super::callbacks::Watchers;
use super::context::Connection;
use super::stream::TlsStream;
use crate::net::transport::Turn;
use crate::net::transport::socket::Socket;
use crate::net::{Reactor, TlsContext, TlsFailure, TlsSettings, Verification};

const HOST: &str = "ftp.example.org";

struct Certificates {
    authority: Authority,
    good: Identity,
    for_another: Identity,
    of_a_stranger: Identity,
}

static CERTIFICATES: LazyLock<Certificates> = LazyLock::new(Certificates::new);

impl Certificates {
    fn new() -> Certificates {
        let request =
            CertificateRequest { dns_names: vec![HOST], key: Key::EcP256, ..CertificateRequest::default() };
        let another = CertificateRequest { dns_names: vec!["another.example.org"], ..request.clone() };
        let authority = Authority::new("test authority");
        Certificates {
            good: authority.issue(&request),
            for_another: authority.issue(&another),
            of_a_stranger: Authority::new("test authority").issue(&request),
            authority,
        }
    }

    fn settings(&self) -> TlsSettings {
        TlsSettings {
            authorities: Some(self.authority.pem()),
            server_name: Some(HOST.into()),
            ..TlsSettings::default()
        }
    }
}

/// A handshake with a server that has this certificate, of a connection with which something was done before.
fn handshake(
    settings: &TlsSettings,
    identity: &Identity,
    sabotage: impl FnOnce(&mut Connection),
) -> Result<(), TlsFailure> {
    let mut server = SslContext::builder(SslMethod::tls_server()).unwrap();
    server.set_certificate(&identity.certificate).unwrap();
    server.set_private_key(&identity.key).unwrap();
    let server = server.build();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let server = thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let _ = SslStream::new(Ssl::new(&server).unwrap(), socket).unwrap().accept();
    });
    let context = TlsContext::new(settings).unwrap();
    let (mut connection, resumption) = context.prepare("127.0.0.1").unwrap();
    sabotage(&mut connection);
    let reactor = Reactor::new().unwrap();
    let mut stream =
        TlsStream::new(connection, Arc::new(Socket::new(socket)), &reactor, resumption, false).unwrap();
    let outcome = loop {
        reactor.begin_turn();
        match stream.handshake() {
            Ok(Turn::Done(())) => break Ok(()),
            // The socket blocks: what it waited for is there.
            Ok(_) => {}
            Err(error) => break Err(TlsFailure::inside(&error).unwrap().clone()),
        }
    };
    drop(stream);
    server.join().unwrap();
    outcome
}

#[track_caller]
fn assert_refused(outcome: Result<(), TlsFailure>, words: &str) {
    let Err(TlsFailure::Certificate(text)) = &outcome else { panic!("{outcome:?}") };
    assert!(text.contains(words), "{text}");
}

#[test]
fn the_name_is_checked_where_openssl_does_not_know_it() {
    let certificates = &*CERTIFICATES;
    let settings = certificates.settings();
    let told_another = |connection: &mut Connection| {
        connection.ssl.param_mut().set_host("another.example.org").unwrap();
    };
    let told_nothing = |connection: &mut Connection| {
        // An empty name is none.
        connection.ssl.param_mut().set_host("").unwrap();
    };
    let words = "is for another.example.org, 127.0.0.1, ::1, not for ftp.example.org";
    handshake(&settings, &certificates.good, |_| ()).unwrap();
    handshake(&settings, &certificates.good, told_nothing).unwrap();
    assert_refused(handshake(&settings, &certificates.for_another, |_| ()), words);
    assert_refused(handshake(&settings, &certificates.for_another, told_another), words);
    assert_refused(handshake(&settings, &certificates.for_another, told_nothing), words);
    // The same by address.
    let by_address = TlsSettings { server_name: Some("192.0.2.1".into()), ..settings };
    let told_another_address = |connection: &mut Connection| {
        connection.ssl.param_mut().set_ip([127, 0, 0, 1].into()).unwrap();
    };
    let outcome = handshake(&by_address, &certificates.for_another, told_another_address);
    assert_refused(outcome, "not for 192.0.2.1");
}

#[test]
fn a_chain_that_nobody_has_verified_is_refused() {
    let certificates = &*CERTIFICATES;
    for verify in [Verification::Host, Verification::Authority] {
        let settings = TlsSettings { verify, ..certificates.settings() };
        handshake(&settings, &certificates.good, |_| ()).unwrap();
        // OpenSSL goes on with whatever it has found.
        let not_asked = |connection: &mut Connection| connection.ssl.set_verify(SslVerifyMode::NONE);
        let outcome = handshake(&settings, &certificates.of_a_stranger, not_asked);
        assert_refused(outcome, "the server's certificate");
        // Somebody else says yes to everything.
        let credulous = |connection: &mut Connection| {
            connection.ssl.set_verify_callback(SslVerifyMode::PEER, |_, _| true);
        };
        assert_refused(
            handshake(&settings, &certificates.of_a_stranger, credulous),
            "the server's certificate",
        );
        // The chain is good, but nobody has looked for weak keys and signatures.
        assert_refused(handshake(&settings, &certificates.good, credulous), "was not verified");
    }
}

#[test]
fn a_connection_that_openssl_has_forgotten_accepts_nothing() {
    let certificates = &*CERTIFICATES;
    for identity in [&certificates.good, &certificates.for_another, &certificates.of_a_stranger] {
        let forgotten = |connection: &mut Connection| {
            super::callbacks::attach(&mut connection.ssl, Watchers::default()).unwrap();
        };
        handshake(&certificates.settings(), identity, forgotten).unwrap_err();
    }
}

#[test]
fn a_pin_is_checked_whatever_openssl_was_told() {
    let certificates = &*CERTIFICATES;
    let not_asked = |connection: &mut Connection| connection.ssl.set_verify(SslVerifyMode::NONE);
    for pin in [[7; 32], [0; 32], openssl::sha::sha256(b"")] {
        let settings =
            TlsSettings { verify: Verification::Nothing, pins: vec![pin], ..certificates.settings() };
        assert_refused(handshake(&settings, &certificates.good, not_asked), "none of those that are pinned");
    }
}

/// The least that is allowed holds even if OpenSSL was not told of it.
#[test]
fn a_version_below_the_lowest_is_refused() {
    let certificates = &*CERTIFICATES;
    let settings =
        TlsSettings { versions: (Some(crate::net::TlsVersion::V1_3), None), ..certificates.settings() };
    let lowered = |connection: &mut Connection| {
        let version = Some(openssl::ssl::SslVersion::TLS1_2);
        connection.ssl.set_min_proto_version(version).unwrap();
        connection.ssl.set_max_proto_version(version).unwrap();
    };
    let outcome = handshake(&settings, &certificates.good, lowered);
    let Err(TlsFailure::Protocol(text)) = &outcome else { panic!("{outcome:?}") };
    assert!(text.contains("TLSv1.2, which is not allowed"), "{text}");
}
