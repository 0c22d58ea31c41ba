//! Versions of TLS, and what comes with the old ones.

#[cfg(not(feature = "aws-lc"))]
use openssl::dh::Dh;
use openssl::ssl::SslVersion;
use support::certificates::{Digest, Key};

use super::*;

const OLD: [(SslVersion, TlsVersion, &str); 2] =
    [(SslVersion::TLS1, TlsVersion::V1_0, "TLS 1.0"), (SslVersion::TLS1_1, TlsVersion::V1_1, "TLS 1.1")];

/// A server that agrees on nothing.
fn refusing_server(tls: TlsServer) -> Scripted {
    Scripted::start(move |s| {
        s.send("220 ready\r\n");
        s.expect("AUTH TLS");
        s.send("234 go\r\n");
        s.try_start_tls(&tls).unwrap_err();
    })
}

#[track_caller]
fn assert_refused(client: &mut Client, server: &Scripted, words: &str) {
    let error = log_in(client).unwrap_err();
    assert!(matches!(error, Error::Tls(_) | Error::Certificate(_)), "{error:?}");
    assert_text(client, &error, words);
    server.finish();
    assert_no_credentials(server);
}

#[test]
fn old_versions_are_spoken_when_they_are_allowed_by_name() {
    let ec = AUTHORITY.issue(&CertificateRequest { key: Key::EcP256, ..CertificateRequest::default() });
    for (version, number, name) in OLD {
        for identity in [&*IDENTITY, &ec] {
            let tls = TlsServer::with(identity).version(version).build();
            let server = Scripted::start(move |s| {
                s.tls_login(&tls);
                let mut data = start_transfer(s, "RETR f");
                data.start_tls(&tls);
                assert!(data.resumed());
                data.send("downwards");
                data.close_tls();
                s.send("226 done\r\n");
            });
            let mut client = connected(&server);
            client.update_tls(|tls| tls.versions = (Some(number), None)).unwrap();
            log_in(&mut client).unwrap();
            let info = client.tls_info().unwrap();
            assert_eq!((info.version, info.version_name()), (number as u16, name));
            let (data, outcome) = retrieve(&mut client, "RETR f");
            outcome.unwrap();
            assert_eq!(data, b"downwards");
            assert_eq!(client.data_tls().unwrap().last.as_ref().unwrap().version, number as u16);
        }
    }
}

#[test]
fn old_versions_are_not_spoken_by_default_nor_by_a_cipher_list() {
    for (version, _, _) in OLD {
        let lists: &[Option<&str>] =
            if cfg!(feature = "aws-lc") { &[None] } else { &[None, Some("ALL:@SECLEVEL=0")] };
        for list in lists {
            let server = refusing_server(TlsServer::with(&IDENTITY).version(version).build());
            let mut client = connected(&server);
            client.update_tls(|tls| tls.ciphers = list.map(str::to_owned)).unwrap();
            assert_refused(&mut client, &server, "ftp_set_tls_versions() can allow TLS 1.0 and 1.1");
        }
    }
    // 1.1 does not let 1.0 in.
    let server = refusing_server(TlsServer::with(&IDENTITY).version(SslVersion::TLS1).build());
    let mut client = connected(&server);
    client.update_tls(|tls| tls.versions = (Some(TlsVersion::V1_1), None)).unwrap();
    assert_refused(&mut client, &server, "no version of TLS in common");
}

#[test]
fn the_best_version_in_common_is_spoken_whatever_is_allowed() {
    for (version, number) in [(SslVersion::TLS1_2, TlsVersion::V1_2), (SslVersion::TLS1_3, TlsVersion::V1_3)]
    {
        let tls = TlsServer::with(&IDENTITY).between(SslVersion::TLS1, version).build();
        let server = Scripted::start(move |s| s.tls_login(&tls));
        let mut client = connected(&server);
        client.update_tls(|tls| tls.versions = (Some(TlsVersion::V1_0), None)).unwrap();
        log_in(&mut client).unwrap();
        assert_eq!(client.tls_info().unwrap().version, number as u16);
    }
    // Or the old one that was asked for.
    let tls = TlsServer::with(&IDENTITY).between(SslVersion::TLS1, SslVersion::TLS1_3).build();
    let server = Scripted::start(move |s| s.tls_login(&tls));
    let mut client = connected(&server);
    client.update_tls(|tls| tls.versions = (Some(TlsVersion::V1_1), Some(TlsVersion::V1_1))).unwrap();
    log_in(&mut client).unwrap();
    assert_eq!(client.tls_info().unwrap().version_name(), "TLS 1.1");
}

#[test]
fn with_an_old_version_nothing_else_may_be_weaker() {
    let weak = [
        CertificateRequest { digest: Digest::Sha1, ..CertificateRequest::default() },
        CertificateRequest { key: Key::Rsa1024, ..CertificateRequest::default() },
    ];
    for version in [SslVersion::TLS1, SslVersion::TLS1_2] {
        for request in &weak {
            let server = refusing_server(TlsServer::with(&AUTHORITY.issue(request)).version(version).build());
            let mut client = connected(&server);
            client.update_tls(|tls| tls.versions = (Some(TlsVersion::V1_0), None)).unwrap();
            assert_refused(&mut client, &server, "the server's certificate has a");
        }
    }
}

/// Signed with SHA-1, a handshake of TLS 1.2 is what it was before; the old versions know nothing better.
#[cfg(not(feature = "aws-lc"))]
#[test]
fn sha1_signs_the_handshakes_of_old_versions_alone() {
    let tls = TlsServer::with(&IDENTITY).version(SslVersion::TLS1_2).signing_with("RSA+SHA1").build();
    let server = refusing_server(tls);
    let mut client = connected(&server);
    client.update_tls(|tls| tls.versions = (Some(TlsVersion::V1_0), None)).unwrap();
    assert_refused(&mut client, &server, "the server refused");
}

#[cfg(not(feature = "aws-lc"))]
#[test]
fn small_diffie_hellman_keys_come_in_by_a_cipher_list_alone() {
    const CIPHER: &str = "DHE-RSA-AES128-SHA256:DHE-RSA-AES128-SHA:@SECLEVEL=0";
    let old = |settings: &mut ftpclient::net::TlsSettings| settings.versions = (Some(TlsVersion::V1_0), None);
    let small_key = |version| {
        let dh = Dh::get_1024_160().unwrap();
        TlsServer::with(&IDENTITY).version(version).diffie_hellman(&dh, CIPHER).build()
    };
    for version in [SslVersion::TLS1, SslVersion::TLS1_2] {
        let server = refusing_server(small_key(version));
        let mut client = connected(&server);
        client.update_tls(old).unwrap();
        assert_refused(&mut client, &server, "Diffie-Hellman key is too small, which ftp_set_tls_ciphers()");
    }
    let tls = small_key(SslVersion::TLS1_2);
    let server = Scripted::start(move |s| s.tls_login(&tls));
    let mut client = connected(&server);
    client.update_tls(|tls| tls.ciphers = Some("DEFAULT:@SECLEVEL=1".into())).unwrap();
    log_in(&mut client).unwrap();
    assert!(client.tls_info().unwrap().cipher.starts_with("DHE-"));
}
