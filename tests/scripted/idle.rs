//! What comes while a session is idle: nobody asked for it, and the next call tells what ended the session.

use std::sync::mpsc;

use super::*;

#[test]
fn a_reply_that_nobody_asked_for_is_not_taken_for_the_next_one() {
    let (sent, is_there) = mpsc::channel();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        s.expect("CWD x");
        s.send("200 changed\r\n250 changed, I said\r\n");
        s.expect_arrived();
        sent.send(()).unwrap();
        expect_in_step(s);
    });
    let mut client = connected(&server);
    client.run(async |client| client.cwd(b"x").await).unwrap();
    is_there.recv().unwrap();
    assert_in_step(&mut client);
}

#[test]
fn a_server_that_ended_the_idle_session_is_quoted() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.send("421 idle for too long\r\n");
        s.close();
    });
    let mut client = connected(&server);
    wait_for_end(&client);
    let error = pwd(&mut client).unwrap_err();
    assert_text(&client, &error, "421 idle for too long");
    assert_closed(&mut client, "421 idle for too long");
}

/// A session that is idle, every reply read, when the server does something by itself. What it did has arrived.
fn idle(
    acts: impl FnOnce(&mut Session) + Send + 'static,
    then: impl FnOnce(&mut Session) + Send + 'static,
) -> (Scripted, Client) {
    let (is_idle, wait_for_idle) = mpsc::channel();
    let (has_acted, wait_for_act) = mpsc::channel();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        expect_in_step(s);
        wait_for_idle.recv().unwrap();
        acts(s);
        has_acted.send(()).unwrap();
        then(s);
    });
    let mut client = connected(&server);
    assert_in_step(&mut client);
    is_idle.send(()).unwrap();
    wait_for_act.recv().unwrap();
    (server, client)
}

#[test]
fn replies_that_come_while_the_session_is_idle_are_not_taken_for_the_next_one() {
    let (_server, mut client) = idle(|s| s.send("200 by the way\r\n257 \"/not/this\"\r\n"), expect_in_step);
    assert_in_step(&mut client);
}

#[test]
fn a_421_that_comes_while_the_session_is_idle_closes_it() {
    let (_server, mut client) = idle(|s| s.send("421 idle for too long\r\n"), Session::expect_eof);
    let outcome = client.run(async |client| client.putcmd(&command("NOOP")).await);
    let error = outcome.unwrap_err();
    assert_text(&client, &error, "the server ended the idle session: 421 idle for too long");
    assert_closed(&mut client, "421 idle for too long");
}

#[test]
fn a_reply_that_has_only_begun_while_the_session_is_idle_is_waited_for() {
    for (begun, rest) in [
        ("2", "50 by the way\r\n"),
        ("250 ", "by the way\r\n"),
        ("250-by\r\n", "250 the way\r\n"),
        ("200 one\r\n250-by\r\nthe", " way\r\n250 two\r\n"),
    ] {
        let (_server, mut client) = idle(
            move |s| s.send(begun),
            move |s| {
                s.expect_silence(Duration::from_millis(50));
                s.send(rest);
                expect_in_step(s);
            },
        );
        assert_in_step(&mut client);
    }
}

#[test]
fn a_421_that_has_only_begun_is_told_as_a_whole() {
    let (_server, mut client) = idle(
        |s| s.send("421 idle"),
        |s| {
            s.expect_silence(Duration::from_millis(50));
            s.send(" for too long\r\n");
            s.expect_eof();
        },
    );
    let error = pwd(&mut client).unwrap_err();
    assert_text(&client, &error, "the server ended the idle session: 421 idle for too long");
    assert_closed(&mut client, "421 idle for too long");
}

#[test]
fn a_reply_that_begins_while_the_session_is_idle_and_never_ends_closes_it() {
    let (_server, mut client) = idle(|s| s.send("250 "), Session::expect_eof);
    client.set_timeout(Some(Duration::from_millis(100)));
    let error = pwd(&mut client).unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
    assert_text(&client, &error, "the rest of a reply that came unasked");
    assert_closed(&mut client, "the rest of a reply that came unasked");
}

#[test]
fn a_reset_while_the_session_is_idle_is_an_io_error() {
    let (_server, mut client) = idle(Session::reset, |_| {});
    let error = pwd(&mut client).unwrap_err();
    assert_eq!(error.os_error(), Some(libc::ECONNRESET), "{error:?}");
    assert_text(&client, &error, "the control connection failed while idle");
    assert_closed(&mut client, "failed while idle");
}

#[test]
fn a_line_without_end_while_the_session_is_idle_is_a_limit() {
    let (_server, mut client) = idle(|s| s.send("2".repeat(9000)), |_| {});
    let error = pwd(&mut client).unwrap_err();
    assert!(matches!(error, Error::Limit(_)), "{error:?}");
    assert_closed(&mut client, "more than 8192 bytes");
}

#[test]
fn a_server_that_left_an_idle_session_is_an_end() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.close();
    });
    let mut client = connected(&server);
    wait_for_end(&client);
    let error = pwd(&mut client).unwrap_err();
    assert!(matches!(error, Error::Eof(_)), "{error:?}");
    assert_closed(&mut client, "while the session was idle");
}
