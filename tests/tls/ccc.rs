//! CCC, which ends the protection of the control connection, and AUTH after it.

use std::thread;

use super::auth::refused;
use super::*;

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
        let start = Stopwatch::start();
        let error = client.run(async |client| client.ccc().await).unwrap_err();
        assert_text(&client, &error, text);
        assert_quick(&start, Duration::from_secs(5));
        assert_closed(&mut client, text);
    }
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
