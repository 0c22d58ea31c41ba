//! Commands and their replies on the control connection.

use std::sync::mpsc;

use super::*;

#[test]
fn every_kind_of_reply_is_understood_and_leaves_the_session_in_step() {
    for (reply, understood) in [
        ("200 fine\r\n", Some("200 fine")),
        ("200 fine\n", Some("200 fine")),
        ("200\r\n", Some("200")),
        ("2\r\n", Some("2")),
        ("350 go on\r\n", Some("350 go on")),
        ("211-many\r\n 211 inside\r\n211 end\r\n", Some("211-many\n 211 inside\n211 end")),
        ("211-many\r\n211-more\r\n211\r\n", Some("211-many\n211-more\n211")),
        ("211-200 x\r\n200 y\r\n211 z\r\n", Some("211-200 x\n200 y\n211 z")),
        ("450 later\r\n", None),
        ("550-no\r\n550 never\r\n", None),
        ("999 what\r\n", None),
        ("what?\r\n", None),
    ] {
        let server = Scripted::start(move |s| {
            s.send("220 ready\r\n");
            s.expect("STAT");
            s.send_split(reply, 3, Duration::from_micros(200));
            if !reply.starts_with(['1', '2', '3', '4', '5']) {
                // The real one may follow: the client finds out.
                expect_in_step(s);
            }
            expect_in_step(s);
        });
        let mut client = connected(&server);
        match (send(&mut client, "STAT"), understood) {
            (Ok(text), Some(expected)) => assert_eq!(text, expected),
            (Err(Error::Reply { reply: got, .. }), None) => {
                assert_eq!(got.to_string(), reply.trim_end().replace("\r\n", "\n"));
            }
            (Err(Error::Protocol(_)), None) => assert!(!reply.starts_with(['4', '5'])),
            (outcome, _) => panic!("{reply:?}: {outcome:?}"),
        }
        assert_in_step(&mut client);
        server.finish();
    }
}

#[test]
fn lf_cr_ends_a_line_of_a_reply() {
    let server = Scripted::start(|s| {
        s.send("220-ready\n\r220 go on\n\r");
        s.expect("STAT");
        s.send_split("211-many\n\r211 end\n\r", 1, Duration::from_micros(200));
        expect_in_step(s);
    });
    let mut client = connected(&server);
    assert_eq!(client.welcome().unwrap().text(), b"220-ready\n220 go on");
    assert_eq!(send(&mut client, "STAT").unwrap(), "211-many\n211 end");
    assert_in_step(&mut client);
}

#[test]
fn after_a_1yz_reply_the_other_one_is_to_be_read_first() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.expect("SITE SLOW");
        s.send("150 wait\r\n");
        std::thread::sleep(Duration::from_millis(50));
        s.send("250 done\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    assert_eq!(send(&mut client, "SITE SLOW").unwrap(), "150 wait");
    let error = pwd(&mut client).unwrap_err();
    assert!(matches!(error, Error::OutOfTurn(_)), "{error:?}");
    assert_text(&client, &error, "the server still owes a reply to SITE SLOW");
    assert_eq!(client.run(async |client| client.voidresp().await).unwrap().text(), b"250 done");
    assert_in_step(&mut client);
}

#[test]
fn voidcmd_takes_2yz_only() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.expect("SITE X");
        s.send("350 more?\r\n");
        s.expect("SITE X");
        s.send("200 done\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    let site = command("SITE X");
    let error = client.run(async |client| client.voidcmd(&site).await).unwrap_err();
    assert_text(&client, &error, "SITE X: 350 more?");
    client.run(async |client| client.voidcmd(&site).await).unwrap();
    assert_in_step(&mut client);
}

/// Sends commands to a server that reads none, until no buffer on the way takes any more; returns what ends it.
fn send_without_end(client: &mut Client) -> Error {
    let long = Command::with("X", &[b'x'; 60_000]).unwrap();
    for _ in 0..1000 {
        if let Err(error) = client.run(async |client| client.putcmd(&long).await) {
            return error;
        }
    }
    panic!("the system took 60 MB of commands");
}

#[test]
fn a_server_that_takes_no_command_is_a_timeout() {
    let (end, wait_for_end) = mpsc::channel::<()>();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        let _ = wait_for_end.recv();
    });
    let mut client = connected(&server);
    client.set_timeout(Some(SHORT));
    let error = send_without_end(&mut client);
    assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
    assert_text(&client, &error, "timed out after 0.3 s waiting for the server to take X xxx");
    // Half a command was sent: nothing can follow it.
    assert_closed(&mut client, "the server to take X xxx");
    drop(end);
}

#[test]
fn a_reset_while_commands_are_sent_closes() {
    let (connected_now, wait_for_client) = mpsc::channel();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        wait_for_client.recv().unwrap();
        std::thread::sleep(Duration::from_millis(200));
        s.reset();
    });
    let mut client = connected(&server);
    client.run(async |client| client.putcmd(&command("NOOP")).await).unwrap();
    connected_now.send(()).unwrap();
    let error = send_without_end(&mut client);
    assert!(matches!(error.os_error(), Some(libc::ECONNRESET | libc::EPIPE)), "{error:?}");
    assert_text(&client, &error, "cannot send X xxx");
    assert_closed(&mut client, "cannot send X xxx");
}

#[test]
fn a_421_reply_to_any_command_closes() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.expect("PWD");
        s.send("421 shutting down\r\n");
        s.expect_eof();
    });
    let mut client = connected(&server);
    let Err(Error::Reply { reply, .. }) = pwd(&mut client) else { panic!() };
    assert_eq!(reply.code(), Some(421));
    assert_closed(&mut client, "421 shutting down");
}

#[test]
fn a_server_that_dies_in_mid_word_closes_the_session() {
    for part in ["", "2", "257 \"/in", "257-a\r\nb"] {
        let server = Scripted::start(move |s| {
            s.send("220 ready\r\n");
            s.expect("PWD");
            s.send(part);
            s.close();
        });
        let mut client = connected(&server);
        let error = pwd(&mut client).unwrap_err();
        assert!(matches!(error, Error::Eof(_)), "{part:?}: {error:?}");
        let when =
            if part.is_empty() { "without a reply to PWD" } else { "in the middle of its reply to PWD" };
        assert_text(&client, &error, when);
        assert_closed(&mut client, when);
    }
}

#[test]
fn a_reset_closes_the_session() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.expect("PWD");
        s.reset();
    });
    let mut client = connected(&server);
    let error = pwd(&mut client).unwrap_err();
    assert_eq!(error.os_error(), Some(libc::ECONNRESET));
    assert_text(&client, &error, "waiting for the reply to PWD");
    assert_closed(&mut client, "reset");
}

#[test]
fn a_reply_that_does_not_come_is_a_timeout_and_closes() {
    // Bytes that trickle in do not put the end off: the time is for the whole reply.
    for trickle in ["", "257-x\r\n"] {
        let server = Scripted::start(move |s| {
            s.send("220 ready\r\n");
            s.expect("PWD");
            s.send(trickle);
            s.hold();
        });
        let mut client = connected(&server);
        client.set_timeout(Some(SHORT));
        let start = Stopwatch::start();
        let error = pwd(&mut client).unwrap_err();
        let expected =
            format!("{}: timed out after 0.3 s waiting for the reply to PWD (phase: reply)", server.addr());
        assert_text(&client, &error, &expected);
        assert!(start.by_the_wall() >= SHORT);
        assert_quick(&start, SHORT * 10);
        assert_closed(&mut client, "timed out");
    }
}

#[test]
fn text_that_would_be_two_commands_is_refused_and_nothing_is_sent() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    for path in ["a\r\nDELE b", "a\rb", "a\nb", "a\0b"] {
        let path = path.as_bytes();
        let outcomes = [
            client.run(async |client| client.cwd(path).await),
            client.run(async |client| client.delete(path).await),
            client.run(async |client| client.size(path).await.map(drop)),
            client.run(async |client| client.mkd(path).await.map(drop)),
            client.run(async |client| client.rmd(path).await),
            client.run(async |client| client.acct(path).await),
            client.run(async |client| client.nlst(Some(path), &mut |_| Ok(())).await.map(drop)),
            client.run(async |client| client.dir(Some(path), &mut |_| Ok(())).await.map(drop)),
            client.run(async |client| client.mlsd(Some(path), b"", &mut |_| Ok(())).await.map(drop)),
            client.run(async |client| client.mlsd(None, path, &mut |_| Ok(())).await.map(drop)),
        ];
        for outcome in outcomes {
            assert!(matches!(outcome, Err(Error::InvalidArgument(_))), "{outcome:?}");
        }
    }
    assert_in_step(&mut client);
}

#[test]
fn quit_closes_whatever_the_server_says() {
    // After a 1yz the final reply is waited for.
    for (replies, is_well) in [
        ("221 bye\r\n", true),
        ("226 bye\r\n", true),
        ("150 wait\r\n221 bye\r\n", true),
        ("150 wait\r\n500 no\r\n", false),
        ("150 wait\r\n", false),
        ("350 bye\r\n", false),
        ("421 bye\r\n", false),
        ("500 what?\r\n", false),
        ("bye\r\n", false),
        ("", false),
    ] {
        let is_left = replies.is_empty() || replies.ends_with("wait\r\n");
        let server = Scripted::start(move |s| {
            s.send("220 ready\r\n");
            s.expect("QUIT");
            s.send(replies);
            if is_left { s.close() } else { s.expect_eof() }
        });
        let mut client = connected(&server);
        let outcome = client.run(async |client| client.quit().await);
        assert_eq!(outcome.is_ok(), is_well, "{replies:?}: {outcome:?}");
        assert_closed(&mut client, "");
        server.finish();
    }
}

#[test]
fn nothing_works_before_connecting_and_the_message_says_so() {
    let mut client = client();
    assert_closed(&mut client, "connect first");
    assert!(retrieve(&mut client, "RETR f").1.is_err());
    assert!(store(&mut client, "STOR f", b"x").is_err());
    let noop = command("NOOP");
    let outcomes = [
        client.run(async |client| client.sendcmd(&noop).await.map(drop)),
        client.run(async |client| client.voidcmd(&noop).await.map(drop)),
        client.run(async |client| client.putcmd(&noop).await),
        client.run(async |client| client.getresp().await.map(drop)),
        client.run(async |client| client.abort().await.map(drop)),
        client.run(async |client| client.transfercmd(&noop, None).await.map(drop)),
        client.run(async |client| client.makepasv().await.map(drop)),
        client.run(async |client| client.makeport().await.map(drop)),
        client.run(async |client| client.quit().await.map(drop)),
    ];
    for outcome in outcomes {
        assert!(matches!(outcome, Err(Error::NotConnected(_))), "{outcome:?}");
    }
    client.close();
    assert_closed(&mut client, "it was closed");
}
