//! Connecting: what may be on a port that is said to be an FTP server.

use super::support::dead_ends;
use super::*;

#[test]
fn an_unknown_host_is_a_resolver_error_with_its_name() {
    let mut client = client();
    let outcome = client.run(async |client| client.connect("no-such-host.invalid", 2121).await);
    let error = outcome.unwrap_err();
    assert!(matches!(error, Error::Resolve(_)), "{error:?}");
    assert_text(&client, &error, "no-such-host.invalid:2121: cannot resolve the host name");
    assert_closed(&mut client, "connecting failed (cannot resolve the host name");
}

#[test]
fn a_name_that_is_not_resolved_in_time_is_a_timeout() {
    let mut client = client();
    client.set_timeout(Some(Duration::from_nanos(1)));
    let port = dead_ends::unused_port();
    let mut attempt = || {
        let connect = async |client: &mut Client| client.connect("localhost", port.addr().port()).await;
        client.run(connect).unwrap_err()
    };
    // A resolver that answers before it is asked for the first time is in time, however short that was.
    let error = (0..100).map(|_| attempt()).find(|error| matches!(error, Error::Timeout { .. })).unwrap();
    assert_text(&client, &error, "waiting for the address of the host (phase: connect)");
}

#[test]
fn a_refused_port_is_an_io_error_with_errno() {
    let port = dead_ends::unused_port();
    let mut client = client();
    let error = connect_to(&mut client, port.addr()).unwrap_err();
    assert_eq!(error.os_error(), Some(libc::ECONNREFUSED));
    assert_text(
        &client,
        &error,
        &format!("{}: cannot connect to 127.0.0.1: connection refused", port.addr()),
    );
}

#[test]
fn a_host_that_does_not_answer_is_a_timeout() {
    let silent = dead_ends::never_connecting();
    let mut client = client();
    client.set_timeout(Some(SHORT));
    let start = Stopwatch::start();
    let error = connect_to(&mut client, silent.addr()).unwrap_err();
    assert_text(&client, &error, "timed out after 0.3 s waiting for a connection to 127.0.0.1");
    assert!(start.by_the_wall() >= SHORT);
    assert_quick(&start, SHORT * 10);
}

#[test]
fn a_port_that_accepts_and_says_nothing_is_a_timeout_with_a_hint() {
    let silent = dead_ends::never_greeting();
    let mut client = client();
    client.set_timeout(Some(SHORT));
    let start = Stopwatch::start();
    let error = connect_to(&mut client, silent.addr()).unwrap_err();
    assert_text(&client, &error, "waiting for the greeting (phase: greeting; the port is open but silent");
    assert_quick(&start, SHORT * 10);
    assert_closed(&mut client, "waiting for the greeting");
}

#[test]
fn a_greeting_that_stops_in_mid_word_is_a_timeout_and_none_is_kept() {
    let server = Scripted::start(|s| {
        s.send("220 re");
        s.hold();
    });
    let mut client = client();
    client.set_timeout(Some(SHORT));
    let error = connect_to(&mut client, server.addr()).unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
    assert_text(&client, &error, "timed out after 0.3 s waiting for the ");
    assert!(client.welcome().is_none());
    assert_closed(&mut client, "timed out");
}

/// What a server that speaks another protocol says, and what the error must tell.
fn other_protocol(says: &'static [u8], told: &str) {
    let is_line = says.ends_with(b"\n");
    let server = Scripted::start(move |s| {
        s.send_at_once(says);
        // A whole line is enough to know.
        if is_line { s.expect_eof() } else { s.close() }
    });
    let mut client = client();
    let start = Stopwatch::start();
    let error = connect_to(&mut client, server.addr()).unwrap_err();
    assert!(matches!(error, Error::Protocol(_)), "{error:?}");
    assert_text(&client, &error, told);
    assert_quick(&start, Duration::from_secs(5));
    assert!(!client.is_connected());
}

#[test]
fn an_ssh_server_is_called_one() {
    other_protocol(b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n", "it is an SSH server");
}

#[test]
fn an_http_server_is_called_one() {
    other_protocol(b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n", "it is an HTTP server");
}

#[test]
fn a_tls_server_is_called_one() {
    other_protocol(b"\x15\x03\x01\x00\x02\x02\x46", "it speaks TLS");
}

#[test]
fn garbage_is_shown() {
    other_protocol(b"hello, who is there?\r\n", "this is no FTP server: it sent \"hello, who is there?\"");
}

#[test]
fn a_greeting_without_line_end_is_a_limit() {
    let server = Scripted::start(|s| s.send_until_closed("2"));
    let mut client = client();
    let error = connect_to(&mut client, server.addr()).unwrap_err();
    assert!(matches!(error, Error::Limit(_)), "{error:?}");
    assert_text(&client, &error, "a reply line of more than 8192 bytes");
}

#[test]
fn a_greeting_of_lines_without_end_is_a_limit() {
    let server = Scripted::start(|s| s.send_until_closed("220-and another line\r\n"));
    let mut client = client();
    let error = connect_to(&mut client, server.addr()).unwrap_err();
    assert!(matches!(error, Error::Limit(_)), "{error:?}");
    assert_text(&client, &error, "a reply of more than 4194304 bytes");
}

#[test]
fn a_server_that_is_never_ready_is_a_limit() {
    let server = Scripted::start(|s| s.send_until_closed("120 soon\r\n"));
    let mut client = client();
    let error = connect_to(&mut client, server.addr()).unwrap_err();
    assert!(matches!(error, Error::Limit(_)), "{error:?}");
}

#[test]
fn after_120_the_real_greeting_is_waited_for() {
    let server = Scripted::start(|s| {
        s.send("120 ready in 1 minute\r\n");
        s.expect_silence(Duration::from_millis(50));
        s.send("220 ready now\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    assert_eq!(client.welcome().unwrap().text(), b"220 ready now");
    assert_in_step(&mut client);
}

#[test]
fn odd_greetings_of_real_servers_are_understood() {
    for (sent, kept) in [
        ("1 Hola mundo\n", "1 Hola mundo"),
        ("220\r\n", "220"),
        ("220-first\r\nsecond\r\n220 last\r\n", "220-first\nsecond\n220 last"),
        ("\r\n220 after an empty line\r\n", "220 after an empty line"),
        ("230 logged in already\r\n", "230 logged in already"),
    ] {
        let server = Scripted::start(move |s| {
            s.send_split(sent, 1, Duration::from_micros(200));
            expect_in_step(s);
        });
        let mut client = connected(&server);
        assert_eq!(client.welcome().unwrap().text(), kept.as_bytes());
        assert_in_step(&mut client);
        server.finish();
    }
}

#[test]
fn a_server_that_turns_the_client_away_is_closed() {
    for (greeting, is_temporary) in [("421 too many users\r\n", true), ("530 go away\r\n", false)] {
        let server = Scripted::start(move |s| {
            s.send(greeting);
            s.expect_eof();
        });
        let mut client = client();
        let error = connect_to(&mut client, server.addr()).unwrap_err();
        let Error::Reply { reply, .. } = &error else { panic!("{error:?}") };
        assert_eq!(reply.starts_with("4"), is_temporary);
        assert_text(&client, &error, greeting.trim_end());
        assert!(client.welcome().is_none());
        assert!(!client.is_connected());
    }
}

#[test]
fn a_server_that_dies_in_mid_word_is_an_end() {
    for start in ["", "2", "220 wel", "220-welcome\r\nto"] {
        let server = Scripted::start(move |s| {
            s.send(start);
            s.close();
        });
        let mut client = client();
        let error = connect_to(&mut client, server.addr()).unwrap_err();
        assert!(matches!(error, Error::Eof(_)), "{start:?}: {error:?}");
        let when = if start.is_empty() { "before its greeting" } else { "in the middle of its greeting" };
        assert_text(&client, &error, &format!("the server closed the connection {when}"));
    }
}

#[test]
fn a_server_that_leaves_after_an_odd_greeting_has_greeted() {
    let server = Scripted::start(|s| {
        s.send("1 Hola mundo\n");
        s.close();
    });
    let mut client = connected(&server);
    assert_eq!(client.welcome().unwrap().text(), b"1 Hola mundo");
    let error = send(&mut client, "NOOP").unwrap_err();
    assert!(matches!(error, Error::Eof(_) | Error::Io { .. }), "{error:?}");
}

#[test]
fn a_server_that_dies_in_the_greeting_after_an_odd_one_is_an_end() {
    let server = Scripted::start(|s| {
        s.send("1 Hola mundo\n220-welcome");
        s.close();
    });
    let mut client = client();
    let error = connect_to(&mut client, server.addr()).unwrap_err();
    assert!(matches!(error, Error::Eof(_)), "{error:?}");
}

#[test]
fn a_reset_is_an_io_error() {
    let server = Scripted::start(|s| s.reset());
    let mut client = client();
    let error = connect_to(&mut client, server.addr()).unwrap_err();
    assert_eq!(error.os_error(), Some(libc::ECONNRESET), "{error:?}");
}

#[test]
fn a_name_with_several_addresses_is_tried_to_the_end() {
    // The server listens on 127.0.0.1 only; on most machines localhost is ::1 as well, and comes first.
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        expect_in_step(s);
    });
    let port = server.addr().port();
    let mut client = client();
    client.run(async |client| client.connect("localhost", port).await).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn connecting_again_closes_the_old_connection() {
    let old = Scripted::start(|s| {
        s.send("220 old\r\n");
        s.expect_eof();
    });
    let new = Scripted::start_v6(|s| {
        s.send("220 new\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&old);
    connect_to(&mut client, new.addr()).unwrap();
    assert_eq!(client.welcome().unwrap().text(), b"220 new");
    assert_in_step(&mut client);
}

#[test]
fn a_host_that_cannot_be_one_leaves_the_session_alone() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    for host in ["", "[]", "a b", "a\nb", "a\r\nb", "ftp.example.org\r\n"] {
        let outcome = client.run(async |client| client.connect(host, 21).await);
        assert!(matches!(outcome, Err(Error::InvalidArgument(_))), "{outcome:?}");
    }
    assert_in_step(&mut client);
}

#[test]
fn a_greeting_that_follows_a_1yz_reply_is_not_the_reply_to_user() {
    let server = Scripted::start(|s| {
        s.send("150 wait\r\n");
        std::thread::sleep(Duration::from_millis(100));
        s.login();
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    assert_eq!(client.welcome().unwrap().code(), Some(220));
    assert_in_step(&mut client);
}

#[test]
fn a_greeting_that_may_still_come_is_not_given_up_for_a_1yz_reply() {
    let server = Scripted::start(|s| {
        s.send("150 wait\r\n");
        s.expect_eof();
    });
    let mut client = client();
    client.set_timeout(Some(SHORT));
    let outcome = connect_to(&mut client, server.addr());
    assert!(matches!(outcome, Err(Error::Timeout { .. })), "{outcome:?}");
}

#[test]
fn a_goodbye_in_place_of_a_greeting_is_a_refusal() {
    let server = Scripted::start(|s| {
        s.send("221 FTP server busy, Goodbye.\r\n");
        s.close();
    });
    let mut client = client();
    let error = connect_to(&mut client, server.addr()).unwrap_err();
    assert!(matches!(error, Error::Reply { .. }), "{error:?}");
    assert_text(&client, &error, "221 FTP server busy, Goodbye.");
    assert!(!client.is_connected());
}
