//! Securing the control connection, and every way in which a server, or somebody between, keeps it from that.

use std::thread;

use ftpclient::client::TransferType;

use super::*;

fn send(client: &mut Client, text: &str) -> Result<String> {
    client.run(async |client| client.sendcmd(&command(text)).await).map(|reply| reply.to_string())
}

#[track_caller]
fn refused(outcome: Result<()>) -> u16 {
    match outcome {
        Err(Error::Reply { reply, .. }) => reply.code().unwrap(),
        other => panic!("no refusal of the server: {other:?}"),
    }
}

#[test]
fn a_server_without_tls_gets_no_credentials_and_the_session_goes_on() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        for mechanism in ["AUTH TLS", "AUTH TLS-C", "AUTH SSL"] {
            s.expect(mechanism);
            s.send("500 unknown command\r\n");
        }
        expect_in_step(s);
        s.expect_silence(SHORT);
    });
    let mut client = connected(&server);
    assert_eq!(refused(log_in(&mut client)), 500);
    assert_in_step(&mut client);
    // Nor does any of these go in clear.
    let error = send(&mut client, "USER user").unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "{error:?}");
    let error = client.run(async |client| client.putcmd(&command("PASS secret")).await).unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "{error:?}");
    assert_text(&client, &error, "would go in clear");
    let error = send(&mut client, "acct secret").unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "{error:?}");
    assert_text(&client, &error, "would go in clear");
    assert!(client.is_connected());
    server.finish();
    assert_no_credentials(&server);
}

#[test]
fn old_mechanisms_and_an_old_reply_are_accepted() {
    for (refused, mechanism, reply) in [
        (0, "AUTH TLS", "334 go\r\n"),
        (1, "AUTH TLS-C", "234 go\r\n"),
        (2, "AUTH SSL", "234 go\r\n"),
        (2, "AUTH SSL", "334 go\r\n"),
    ] {
        let tls = tls_server();
        let server = Scripted::start(move |s| {
            s.send("220 ready\r\n");
            for other in &["AUTH TLS", "AUTH TLS-C"][..refused] {
                s.expect(other);
                s.send("504 not that one\r\n");
            }
            s.expect(mechanism);
            s.send(reply);
            s.start_tls(&tls);
            expect_in_step(s);
        });
        let mut client = connected(&server);
        client.run(async |client| client.auth().await).unwrap();
        assert!(client.tls_info().is_some());
        assert_in_step(&mut client);
    }
}

#[test]
fn a_transient_refusal_is_not_asked_for_another_mechanism() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.expect("AUTH TLS");
        s.send("431 not now\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    assert_eq!(refused(log_in(&mut client)), 431);
    assert_in_step(&mut client);
}

#[test]
fn a_greeting_that_pretends_to_be_a_login_changes_nothing() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        // PREAUTH, as IMAP calls it (CVE-2020-14093).
        s.send("230 you are logged in already\r\n");
        s.auth(&tls);
        s.expect("USER user");
        s.send("230 welcome\r\n");
        s.prot_p();
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    assert!(client.tls_info().is_some());
    assert_in_step(&mut client);
}

#[test]
fn data_before_any_login_does_not_go_in_clear_behind_such_a_greeting() {
    let server = Scripted::start(|s| {
        s.send("230 you are logged in already\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    let error = store(&mut client, "STOR f", b"private").unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "{error:?}");
    assert_text(&client, &error, "data would go in clear");
    assert_in_step(&mut client);
}

#[test]
fn plain_text_behind_the_reply_to_auth_ends_the_session() {
    for injected in ["234 go\r\n230 welcome\r\n", "234 go\r\n230", "334 go\r\n331 x\r\n230 welcome\r\n"] {
        let server = Scripted::start(move |s| {
            s.send("220 ready\r\n");
            s.expect("AUTH TLS");
            s.send_at_once(injected);
            s.expect_eof();
        });
        let mut client = connected(&server);
        let error = log_in(&mut client).unwrap_err();
        assert!(matches!(error, Error::Tls(_)), "{error:?}");
        assert_text(&client, &error, "plain text behind the reply to AUTH");
        assert_closed(&mut client, "plain text behind");
        server.finish();
        assert_no_credentials(&server);
    }
}

#[test]
fn plain_text_that_comes_a_moment_later_is_not_taken_for_a_reply_either() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.expect("AUTH TLS");
        s.send("234 go\r\n");
        // The ClientHello has come: the text arrives in the middle of the handshake.
        s.expect_some_bytes();
        s.send_at_once("230 welcome\r\n");
        s.hold();
    });
    let mut client = connected(&server);
    let error = log_in(&mut client).unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "{error:?}");
    assert_text(&client, &error, "the server does not speak TLS here");
    assert_closed(&mut client, "cannot secure the control connection");
    server.finish();
    assert_no_credentials(&server);
}

fn implicit(server: &Scripted) -> Client {
    let mut client = client();
    client.set_tls(TlsMode::Implicit).unwrap();
    connect_to(&mut client, server.addr()).unwrap();
    client
}

#[test]
fn implicit_mode_begins_with_the_handshake() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.start_tls(&tls);
        s.login();
        s.prot_p();
        let mut data = start_transfer(s, "RETR f");
        data.start_tls(&tls);
        data.send("hello");
        data.close_tls();
        s.send("226 done\r\n");
    });
    let mut client = implicit(&server);
    assert!(client.welcome().is_some() && client.tls_info().is_some());
    log_in(&mut client).unwrap();
    let (data, outcome) = retrieve(&mut client, "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"hello");
}

#[test]
fn an_implicit_server_may_protect_data_without_a_command_for_it() {
    for (pbsz, prot) in [("500 what?", "500 what?"), ("200 ok", "502 not here"), ("502 no", "504 no")] {
        let tls = tls_server();
        let server = Scripted::start(move |s| {
            s.start_tls(&tls);
            s.login();
            s.expect("PBSZ 0");
            s.send(format!("{pbsz}\r\n"));
            s.expect("PROT P");
            s.send(format!("{prot}\r\n"));
            let mut data = start_transfer(s, "RETR f");
            data.start_tls(&tls);
            data.close_tls();
            s.send("226 done\r\n");
        });
        let mut client = implicit(&server);
        log_in(&mut client).unwrap();
        retrieve(&mut client, "RETR f").1.unwrap();
        assert_eq!(client.data_tls().unwrap().connections, 1);
    }
}

#[test]
fn implicit_mode_against_a_server_in_clear_says_so() {
    let server = Scripted::start(|s| {
        s.send_at_once("220 ready\r\n");
        s.hold();
    });
    let mut client = client();
    client.set_tls(TlsMode::Implicit).unwrap();
    let error = connect_to(&mut client, server.addr()).unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "{error:?}");
    assert_text(&client, &error, "the server does not speak TLS here");
    assert_closed(&mut client, "connecting failed");
}

#[test]
fn data_is_not_sent_in_clear_when_the_server_refuses_to_protect_it() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        s.auth(&tls);
        s.expect("USER user");
        s.send("230 welcome\r\n");
        s.expect("PBSZ 0");
        s.send("200 ok\r\n");
        s.expect("PROT P");
        s.send("536 not protected\r\n");
        expect_in_step(s);
        // Unless the user says so.
        s.expect("PROT C");
        s.send("200 clear\r\n");
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("STOR f");
        s.send("150 go\r\n");
        assert_eq!(listener.accept().read_to_end(), b"public");
        s.send("226 done\r\n");
    });
    let mut client = connected(&server);
    assert_eq!(refused(log_in(&mut client)), 536);
    let error = store(&mut client, "STOR f", b"private").unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "{error:?}");
    assert_text(&client, &error, "data would go in clear");
    assert_in_step(&mut client);
    client.run(async |client| client.prot_c().await).unwrap();
    store(&mut client, "STOR f", b"public").unwrap();
}

#[test]
fn who_has_chosen_clear_data_before_the_login_keeps_it() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        s.auth(&tls);
        s.expect("PROT C");
        s.send("200 clear\r\n");
        s.expect("USER user");
        s.send("230 welcome\r\n");
        start_transfer(s, "RETR f").send("hello");
        s.send("226 done\r\n");
    });
    let mut client = connected(&server);
    client.run(async |client| client.auth().await).unwrap();
    client.run(async |client| client.prot_c().await).unwrap();
    log_in(&mut client).unwrap();
    let (data, outcome) = retrieve(&mut client, "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"hello");
    assert_eq!(client.data_tls().unwrap().connections, 0);
}

#[test]
fn a_server_that_does_not_know_pbsz_may_know_prot() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        s.auth(&tls);
        s.expect("USER user");
        s.send("230 welcome\r\n");
        s.expect("PBSZ 0");
        s.send("502 what is that?\r\n");
        s.expect("PROT P");
        s.send("200 private\r\n");
        let mut data = start_transfer(s, "STOR f");
        data.start_tls(&tls);
        assert_eq!(data.read_to_end(), b"private");
        data.close_tls();
        s.send("226 done\r\n");
    });
    store(&mut logged_in(&server), "STOR f", b"private").unwrap();
}

#[test]
fn a_second_login_begins_no_second_tls_and_protects_data_again() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        s.auth(&tls);
        s.expect("USER user");
        s.send("530 not you\r\n");
        s.expect("USER user");
        s.send("230 welcome\r\n");
        s.prot_p();
        s.expect("USER user");
        s.send("230 welcome again\r\n");
        s.prot_p();
        expect_in_step(s);
    });
    let mut client = connected(&server);
    assert_eq!(refused(log_in(&mut client)), 530);
    log_in(&mut client).unwrap();
    log_in(&mut client).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn what_is_out_of_turn_is_refused_without_a_word_to_the_server() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        expect_in_step(s);
        s.auth(&tls);
        expect_in_step(s);
    });
    let mut client = connected(&server);
    let error = client.run(async |client| client.prot_p().await).unwrap_err();
    assert!(matches!(error, Error::OutOfTurn(_)), "{error:?}");
    let error = client.run(async |client| client.ccc().await).unwrap_err();
    assert!(matches!(error, Error::OutOfTurn(_)), "{error:?}");
    assert_in_step(&mut client);
    client.run(async |client| client.auth().await).unwrap();
    let error = client.run(async |client| client.auth().await).unwrap_err();
    assert!(matches!(error, Error::OutOfTurn(_)), "{error:?}");
    assert_in_step(&mut client);
}

#[test]
fn after_ccc_commands_go_in_clear_and_data_stays_protected() {
    for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
        let tls = TlsServer::with(&IDENTITY).version(version).build();
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            s.expect("CCC");
            s.send("200 in clear\r\n");
            s.stop_tls();
            expect_in_step(s);
            let mut data = start_transfer(s, "RETR f");
            data.start_tls(&tls);
            assert!(data.resumed());
            data.send("hello");
            data.close_tls();
            s.send("226 done\r\n");
            // The user wanted that: a login goes on in clear, too.
            s.expect("USER user");
            s.send("230 welcome\r\n");
        });
        let mut client = logged_in(&server);
        client.run(async |client| client.ccc().await).unwrap();
        assert!(client.tls_info().is_none());
        assert_in_step(&mut client);
        let (data, outcome) = retrieve(&mut client, "RETR f");
        outcome.unwrap();
        assert_eq!(data, b"hello");
        log_in(&mut client).unwrap();
    }
}

#[test]
fn a_refused_ccc_leaves_tls_on() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.tls_login(&tls);
        s.expect("CCC");
        s.send("533 not here\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let outcome = client.run(async |client| client.ccc().await);
    assert_eq!(refused(outcome), 533);
    assert!(client.tls_info().is_some());
    assert_in_step(&mut client);
}

/// What a server does after it has agreed to CCC, instead of a close_notify.
#[test]
fn ccc_without_the_close_notify_of_the_server_ends_the_session() {
    type Misdeed = fn(&mut Session);
    let silent: Misdeed = |s| {
        s.expect_eof();
        assert_eq!(s.end(), Some(End::CloseNotify));
        thread::sleep(3 * SHORT);
    };
    let clear_at_once: Misdeed = |s| {
        s.send_raw("257 \"/\" is here\r\n");
        s.hold();
    };
    let goes_on: Misdeed = |s| {
        s.send_at_once("257 \"/\" is here\r\n");
        s.hold();
    };
    let leaves: Misdeed = |s| {
        s.expect_eof();
        s.close();
    };
    for (misdeed, text) in [
        (silent, "waiting for the server to end TLS"),
        (clear_at_once, "cannot end TLS"),
        (goes_on, "the server goes on with TLS"),
        (leaves, "instead of ending TLS"),
    ] {
        let tls = tls_server();
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            s.expect("CCC");
            s.send("200 in clear\r\n");
            misdeed(s);
        });
        let mut client = logged_in(&server);
        client.set_timeout(Some(SHORT));
        let start = Instant::now();
        let error = client.run(async |client| client.ccc().await).unwrap_err();
        assert_text(&client, &error, text);
        assert_quick(start, Duration::from_secs(5));
        assert_closed(&mut client, text);
    }
}

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
        let start = Instant::now();
        let error = log_in(&mut client).unwrap_err();
        assert_text(&client, &error, text);
        assert_quick(start, Duration::from_secs(5));
        assert_closed(&mut client, text);
        server.finish();
        assert_no_credentials(&server);
    }
}

#[test]
fn a_handshake_of_implicit_tls_shares_the_time_of_connecting() {
    let server = Scripted::start(|s| s.hold());
    let mut client = client();
    client.set_tls(TlsMode::Implicit).unwrap();
    client.set_phase_timeout(ftpclient::client::Phase::Connect, Some(SHORT));
    let error = connect_to(&mut client, server.addr()).unwrap_err();
    assert_text(&client, &error, "waiting for the TLS handshake of the control connection (phase: connect)");
    assert_closed(&mut client, "connecting failed");
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
        client.update_tls(|tls| tls.client_certificate = Some(certificate)).unwrap();
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

#[test]
fn the_end_of_a_session_is_a_close_notify() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.tls_login(&tls);
        s.quit();
        assert_eq!(s.end(), Some(End::CloseNotify));
    });
    let mut client = logged_in(&server);
    client.run(async |client| client.quit().await).unwrap();
}

#[test]
fn a_bare_fin_on_the_control_connection_is_the_end_of_it_as_a_close_notify_is() {
    for with_notify in [true, false] {
        let tls = tls_server();
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            s.expect("PWD");
            if with_notify { s.close_tls() } else { s.close() }
        });
        let mut client = logged_in(&server);
        let error = pwd(&mut client).unwrap_err();
        assert!(matches!(error, Error::Eof(_)), "{error:?}");
        assert_text(&client, &error, "the server closed the connection without a reply to PWD");
    }
}

#[test]
fn a_copy_between_servers_is_not_protected_and_so_refused() {
    let tls = tls_server();
    let servers = [tls.clone(), tls].map(|tls| {
        Scripted::start(move |s| {
            s.tls_login(&tls);
            expect_in_step(s);
        })
    });
    let [mut source, mut target] = [&servers[0], &servers[1]].map(logged_in);
    let reactor = source.reactor().clone();
    let copy = source.copy_to(&mut target, b"f", b"g", TransferType::Image);
    let error = run(&reactor, copy).unwrap_err();
    assert!(matches!(error, Error::Unsupported(_)), "{error:?}");
    assert_in_step(&mut source);
    assert_in_step(&mut target);
}

#[test]
fn a_server_that_wants_pbsz_before_prot_c_gets_it() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        s.auth(&tls);
        s.expect("PROT C");
        s.send("503 PBSZ first\r\n");
        s.expect("PBSZ 0");
        s.send("200 ok\r\n");
        s.expect("PROT C");
        s.send("200 clear\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    client.run(async |client| client.auth().await).unwrap();
    client.run(async |client| client.prot_c().await).unwrap();
    assert_in_step(&mut client);
}

/// A server of implicit TLS that knows no PROT.
fn logs_in_without_prot(s: &mut Session, tls: &TlsServer) {
    s.start_tls(tls);
    s.login();
    for command in ["PBSZ 0", "PROT P"] {
        s.expect(command);
        s.send("500 what?\r\n");
    }
}

#[test]
fn who_asks_for_clear_data_gets_it_where_nobody_knows_prot() {
    for refusal in ["500 what?", "502 not here", "504 not that"] {
        let tls = tls_server();
        let server = Scripted::start(move |s| {
            logs_in_without_prot(s, &tls);
            s.expect("PROT C");
            s.send(format!("{refusal}\r\n"));
            let mut data = start_transfer(s, "STOR f");
            assert_eq!(data.read_to_end(), b"public");
            s.send("226 done\r\n");
            expect_in_step(s);
        });
        let mut client = implicit(&server);
        log_in(&mut client).unwrap();
        client.run(async |client| client.prot_c().await).unwrap();
        store(&mut client, "STOR f", b"public").unwrap();
        assert_in_step(&mut client);
    }
}

#[test]
fn a_refusal_of_clear_data_counts_where_it_has_a_reason() {
    for (refusal, code) in [("534 against the policy", 534), ("536 no", 536), ("431 later", 431)] {
        let tls = tls_server();
        let server = Scripted::start(move |s| {
            logs_in_without_prot(s, &tls);
            s.expect("PROT C");
            s.send(format!("{refusal}\r\n"));
            expect_in_step(s);
        });
        let mut client = implicit(&server);
        log_in(&mut client).unwrap();
        assert_eq!(refused(client.run(async |client| client.prot_c().await)), code);
        assert_in_step(&mut client);
    }
}

#[test]
fn a_server_that_was_told_to_protect_data_does_so_until_it_agrees_to_something_else() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        s.auth(&tls);
        s.expect("USER user");
        s.send("230 welcome\r\n");
        s.prot_p();
        s.expect("PROT C");
        s.send("504 not that\r\n");
        let mut data = start_transfer(s, "STOR f");
        data.start_tls(&tls);
        assert_eq!(data.read_to_end(), b"private");
        data.close_tls();
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    assert_eq!(refused(client.run(async |client| client.prot_c().await)), 504);
    store(&mut client, "STOR f", b"private").unwrap();
    assert_in_step(&mut client);
}

#[test]
fn whether_data_is_protected_is_found_out_by_a_listing_before_an_upload() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        logs_in_without_prot(s, &tls);
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let mut data = next_transfer(s, "LIST");
        data.start_tls(&tls);
        data.send("a\r\n");
        data.close_tls();
        s.send("226 done\r\n");
        // It is known from here on.
        for _ in 0..2 {
            let mut data = next_transfer(s, "STOR f");
            data.start_tls(&tls);
            assert_eq!(data.read_to_end(), b"private");
            data.close_tls();
            s.send("226 done\r\n");
        }
        expect_in_step(s);
    });
    let mut client = implicit(&server);
    log_in(&mut client).unwrap();
    store(&mut client, "STOR f", b"private").unwrap();
    store(&mut client, "STOR f", b"private").unwrap();
    assert_in_step(&mut client);
}

#[test]
fn the_first_bytes_of_tls_are_never_the_content_of_a_file() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        logs_in_without_prot(s, &tls);
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let mut data = next_transfer(s, "LIST");
        data.send("total 1\r\n-rw-r--r-- 1 a b 5 Jan 1 1970 a\r\n");
        data.close();
        s.send("226 done\r\n");
        // Known to be in clear: no upload, and no listing again.
        expect_in_step(s);
        s.expect("PROT C");
        s.send("500 what?\r\n");
        let mut data = next_transfer(s, "STOR f");
        assert_eq!(data.read_to_end(), b"public");
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = implicit(&server);
    log_in(&mut client).unwrap();
    for _ in 0..2 {
        let error = store(&mut client, "STOR f", b"private").unwrap_err();
        assert!(matches!(error, Error::Tls(_)), "{error:?}");
        assert_text(&client, &error, "data would go in clear");
    }
    assert_in_step(&mut client);
    client.run(async |client| client.prot_c().await).unwrap();
    store(&mut client, "STOR f", b"public").unwrap();
    assert_in_step(&mut client);
}

#[test]
fn what_cannot_be_found_out_about_protection_is_an_error() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        logs_in_without_prot(s, &tls);
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("LIST");
        s.send("550 no listing here\r\n");
        drop(listener);
        expect_in_step(s);
    });
    let mut client = implicit(&server);
    log_in(&mut client).unwrap();
    let error = store(&mut client, "STOR f", b"private").unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "{error:?}");
    assert_text(&client, &error, "cannot be found out");
    assert_in_step(&mut client);
}

#[test]
fn the_last_reply_is_that_to_the_login() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.tls_login(&tls);
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    assert_eq!(client.last_reply().unwrap().code(), Some(230));
    assert_in_step(&mut client);
}

#[test]
fn what_was_learned_in_clear_ends_with_auth() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.send("230 you are in\r\n");
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        s.expect("SIZE f");
        s.send("213 5\r\n");
        s.auth(&tls);
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        s.expect("SIZE f");
        s.send("213 5\r\n");
        // The greeting, too.
        s.expect("USER user");
        s.send("503 you are in\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    client.run(async |client| client.size(b"f").await).unwrap();
    client.run(async |client| client.auth().await).unwrap();
    client.run(async |client| client.size(b"f").await).unwrap();
    assert_eq!(refused(log_in(&mut client)), 503);
    assert_in_step(&mut client);
}

#[test]
fn a_second_greeting_is_not_the_reply_to_auth() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        s.expect("AUTH TLS");
        s.send("220 welcome to all\r\n");
        s.send("234 go\r\n");
        s.start_tls(&tls);
        expect_in_step(s);
    });
    let mut client = connected(&server);
    client.run(async |client| client.auth().await).unwrap();
    assert!(client.tls_info().is_some());
    assert_in_step(&mut client);
}

#[test]
fn auth_after_ccc_protects_all_again() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.tls_login(&tls);
        s.expect("CCC");
        s.send("200 in clear\r\n");
        s.stop_tls();
        s.auth(&tls);
        s.prot_p();
        let mut data = start_transfer(s, "RETR f");
        data.start_tls(&tls);
        data.close_tls();
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    client.run(async |client| client.ccc().await).unwrap();
    client.run(async |client| client.auth().await).unwrap();
    retrieve(&mut client, "RETR f").1.unwrap();
    assert_in_step(&mut client);
}

#[test]
fn who_asks_for_auth_after_ccc_sends_no_password_in_clear_any_more() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.tls_login(&tls);
        s.expect("CCC");
        s.send("200 in clear\r\n");
        s.stop_tls();
        for _ in 0..2 {
            for mechanism in ["AUTH TLS", "AUTH TLS-C", "AUTH SSL"] {
                s.expect(mechanism);
                s.send("534 not again\r\n");
            }
        }
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    client.run(async |client| client.ccc().await).unwrap();
    assert_eq!(refused(client.run(async |client| client.auth().await)), 534);
    assert_eq!(refused(log_in(&mut client)), 534);
    assert_in_step(&mut client);
}

#[test]
fn data_is_not_sent_in_clear_once_its_protection_was_asked_for() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        s.auth(&tls);
        s.expect("PROT C");
        s.send("200 clear\r\n");
        s.expect("PBSZ 0");
        s.send("200 ok\r\n");
        s.expect("PROT P");
        s.send("536 no\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    client.run(async |client| client.auth().await).unwrap();
    client.run(async |client| client.prot_c().await).unwrap();
    assert_eq!(refused(client.run(async |client| client.prot_p().await)), 536);
    let error = store(&mut client, "STOR f", b"private").unwrap_err();
    assert_text(&client, &error, "data would go in clear");
    assert_in_step(&mut client);
}

#[test]
fn a_prot_of_the_users_own_words_counts() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.tls_login(&tls);
        s.expect("PROT C");
        s.send("200 clear\r\n");
        let mut data = start_transfer(s, "STOR f");
        assert_eq!(data.read_to_end(), b"public");
        s.send("226 done\r\n");
        s.expect("prot p");
        s.send("200 private\r\n");
        let mut data = start_transfer(s, "STOR f");
        data.start_tls(&tls);
        assert_eq!(data.read_to_end(), b"private");
        data.close_tls();
        s.send("226 done\r\n");
    });
    let mut client = logged_in(&server);
    send(&mut client, "PROT C").unwrap();
    store(&mut client, "STOR f", b"public").unwrap();
    send(&mut client, "prot p").unwrap();
    store(&mut client, "STOR f", b"private").unwrap();
}
