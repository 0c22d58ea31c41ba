//! The handshake of the control connection: how it fails, how long it may take, and the certificate of the client.

use super::*;

/// What a server does after 234, instead of its part of the handshake.
#[test]
fn a_handshake_that_fails_ends_the_session_before_any_credential() {
    type Misdeed = fn(&mut Session);
    let silent: Misdeed = |s| s.hold();
    let stops_in_a_record: Misdeed = |s| {
        s.expect_some_bytes();
        s.send_raw(b"\x16\x03\x03\x40\x00\x02\x00");
        s.hold();
    };
    let garbage: Misdeed = |s| {
        s.expect_some_bytes();
        s.send_raw([0xa5; 4096]);
        s.hold();
    };
    let alert: Misdeed = |s| {
        s.expect_some_bytes();
        // Fatal, handshake_failure.
        s.send_raw(b"\x15\x03\x03\x00\x02\x02\x28");
        s.hold();
    };
    let old_version: Misdeed = |s| {
        s.expect_some_bytes();
        // Fatal, protocol_version.
        s.send_raw(b"\x15\x03\x01\x00\x02\x02\x46");
        s.hold();
    };
    let leaves: Misdeed = |s| {
        s.expect_some_bytes();
        s.close();
    };
    let resets: Misdeed = |s| {
        s.expect_some_bytes();
        s.reset();
    };
    for (misdeed, text) in [
        (
            silent,
            "timed out after 0.4 s waiting for the TLS handshake of the control connection (phase: reply)",
        ),
        (stops_in_a_record, "waiting for the TLS handshake of the control connection"),
        (garbage, "the server does not speak TLS here"),
        (alert, "the server refused"),
        (old_version, "the two sides have no version of TLS in common"),
        (leaves, "the server closed the connection during the TLS handshake"),
        (resets, "cannot secure the control connection"),
    ] {
        let server = Scripted::start(move |s| {
            s.send("220 ready\r\n");
            s.expect("AUTH TLS");
            s.send("234 go\r\n");
            misdeed(s);
        });
        let mut client = connected(&server);
        client.set_timeout(Some(SHORT));
        let start = Stopwatch::start();
        let error = log_in(&mut client).unwrap_err();
        assert_text(&client, &error, text);
        assert_quick(&start, Duration::from_secs(5));
        assert_closed(&mut client, text);
        server.finish();
        assert_no_credentials(&server);
    }
}

#[test]
fn a_server_that_drips_its_handshake_is_waited_for() {
    for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
        let tls = TlsServer::with(&IDENTITY).version(version).build();
        let server = Scripted::start(move |s| {
            s.tls_login(&tls.dripping(Duration::from_micros(100)));
            expect_in_step(s);
        });
        assert_in_step(&mut logged_in(&server));
    }
}

#[test]
fn versions_that_do_not_meet_are_named() {
    let tls = TlsServer::with(&IDENTITY).version(SslVersion::TLS1_2).build();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        s.expect("AUTH TLS");
        s.send("234 go\r\n");
        s.try_start_tls(&tls).unwrap_err();
    });
    let mut client = connected(&server);
    client.update_tls(|tls| tls.versions = (Some(TlsVersion::V1_3), None)).unwrap();
    let error = log_in(&mut client).unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "{error:?}");
    assert_text(&client, &error, "no version of TLS in common");
}

#[test]
fn a_client_certificate_is_shown_as_pem_and_as_pkcs12() {
    let own = AUTHORITY.issue(&CertificateRequest { common_name: "test client", ..Default::default() });
    let pem = ClientCertificate {
        certificate: own.certificate_pem().into(),
        key: Some(own.encrypted_key_pem("key secret").into()),
        password: Some(b"key secret".to_vec()),
    };
    let pkcs12 = ClientCertificate {
        certificate: own.pkcs12("key secret").into(),
        key: None,
        password: Some(b"key secret".to_vec()),
    };
    for certificate in [pem, pkcs12] {
        let tls = TlsServer::with(&IDENTITY).require_client_certificate(&AUTHORITY).build();
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            let mut data = start_transfer(s, "RETR f");
            data.start_tls(&tls);
            data.close_tls();
            s.send("226 done\r\n");
        });
        let mut client = client();
        client.update_tls(|tls| tls.client_certificate = Some(Box::new(certificate))).unwrap();
        connect_to(&mut client, server.addr()).unwrap();
        log_in(&mut client).unwrap();
        retrieve(&mut client, "RETR f").1.unwrap();
    }
}

#[test]
fn a_server_that_wants_a_client_certificate_says_so_in_both_versions() {
    for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
        let tls = TlsServer::with(&IDENTITY).version(version).require_client_certificate(&AUTHORITY).build();
        let server = Scripted::start(move |s| {
            s.send("220 ready\r\n");
            s.expect("AUTH TLS");
            s.send("234 go\r\n");
            s.try_start_tls(&tls).unwrap_err();
            s.hold();
        });
        let mut client = connected(&server);
        let error = log_in(&mut client).unwrap_err();
        assert!(matches!(error, Error::Tls(_)), "{error:?}");
        assert_text(&client, &error, "wants a client certificate");
    }
}
