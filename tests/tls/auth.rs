//! Securing the control connection, and every way in which a server, or somebody between, keeps it from that.

use super::*;

#[track_caller]
pub(super) fn refused(outcome: Result<()>) -> u16 {
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
