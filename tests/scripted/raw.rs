//! Commands and replies one by one.

use super::*;

#[test]
fn replies_come_in_the_order_of_the_commands() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.expect("NOOP");
        s.expect("SYST");
        s.send("200 noop\r\n215 UNIX\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    let texts = client.run(async |client| {
        client.putcmd(&command("NOOP")).await?;
        client.putcmd(&command("SYST")).await?;
        Ok([client.getresp().await?.to_string(), client.voidresp().await?.to_string()])
    });
    assert_eq!(texts.unwrap(), ["200 noop", "215 UNIX"]);
    assert_in_step(&mut client);
}

#[test]
fn nothing_else_can_be_asked_while_a_reply_is_unread() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.expect("NOOP");
        s.send("200 noop\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    client.run(async |client| client.putcmd(&command("NOOP")).await).unwrap();
    for _ in 0..2 {
        assert!(matches!(pwd(&mut client), Err(Error::OutOfTurn(_))));
        assert!(matches!(retrieve(&mut client, "RETR f").1, Err(Error::OutOfTurn(_))));
    }
    client.run(async |client| client.voidresp().await).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn every_class_of_reply_is_taken_once() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        for reply in ["350 go on", "450 later", "550 no", "999 what"] {
            s.expect("X");
            s.send(format!("{reply}\r\n"));
        }
        // After a line that is no reply the real one may follow.
        expect_in_step(s);
        expect_in_step(s);
    });
    let mut client = connected(&server);
    for code in [350, 450, 550] {
        client.run(async |client| client.putcmd(&command("X")).await).unwrap();
        let Err(Error::Reply { reply, .. }) = client.run(async |client| client.voidresp().await) else {
            panic!("{code}")
        };
        assert_eq!(reply.code(), Some(code));
    }
    client.run(async |client| client.putcmd(&command("X")).await).unwrap();
    let outcome = client.run(async |client| client.getresp().await);
    assert!(matches!(outcome, Err(Error::Protocol(_))), "{outcome:?}");
    assert_in_step(&mut client);
}

#[test]
fn a_reply_that_nobody_owes_is_not_waited_for() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.expect("NOOP");
        s.send("200 ok\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    let getresp = |client: &mut Client| client.run(async |client| client.getresp().await);
    let start = Stopwatch::start();
    assert!(matches!(getresp(&mut client), Err(Error::OutOfTurn(_))));
    client.run(async |client| client.voidcmd(&command("NOOP")).await).unwrap();
    let error = getresp(&mut client).unwrap_err();
    assert_text(&client, &error, "no reply is owed");
    assert_quick(&start, Duration::from_secs(5));
    assert_in_step(&mut client);
}

#[test]
fn a_reply_that_is_owed_may_not() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.expect("NOOP");
        s.hold();
    });
    let mut client = connected(&server);
    client.set_timeout(Some(SHORT));
    client.run(async |client| client.putcmd(&command("NOOP")).await).unwrap();
    let outcome = client.run(async |client| client.getresp().await);
    assert!(matches!(outcome, Err(Error::Timeout { .. })), "{outcome:?}");
    assert_closed(&mut client, "the reply to NOOP");
}

#[test]
fn a_transfer_can_be_played_by_hand() {
    let server = Scripted::start(|s| {
        s.login();
        let listener = s.passive();
        s.expect("RETR f");
        s.send("150 go\r\n");
        listener.accept().send("hello");
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let address = client.run(async |client| client.makepasv().await).unwrap();
    let mut data = std::net::TcpStream::connect(address).unwrap();
    assert_eq!(send(&mut client, "RETR f").unwrap(), "150 go");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut data, &mut text).unwrap();
    assert_eq!(text, "hello");
    client.run(async |client| client.voidresp().await).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn a_socket_for_the_server_to_call_is_the_users() {
    let server = Scripted::start(|s| {
        s.login();
        let port = s.active();
        s.expect("RETR f");
        s.send("150 go\r\n");
        port.connect().send("hello");
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let listener = client.run(async |client| client.makeport().await).unwrap();
    assert_eq!(send(&mut client, "RETR f").unwrap(), "150 go");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut listener.accept().unwrap().0, &mut text).unwrap();
    assert_eq!(text, "hello");
    client.run(async |client| client.voidresp().await).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn many_replies_can_be_owed() {
    const MANY: usize = 200;
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        for i in 0..MANY {
            s.expect(format!("ECHO {i}"));
        }
        for i in 0..MANY {
            s.send(format!("200 {i}\r\n"));
        }
        expect_in_step(s);
    });
    let mut client = connected(&server);
    for i in 0..MANY {
        client.run(async |client| client.putcmd(&command(&format!("ECHO {i}"))).await).unwrap();
    }
    for i in 0..MANY {
        let reply = client.run(async |client| client.voidresp().await).unwrap();
        assert_eq!(reply.to_string(), format!("200 {i}"));
    }
    assert_in_step(&mut client);
}

#[test]
fn a_server_that_leaves_owes_nothing_any_more() {
    for (says, told) in [("", "without a reply to NOOP"), ("421 enough\r\n", "421 enough")] {
        let server = Scripted::start(move |s| {
            s.send("220 ready\r\n");
            s.expect("NOOP");
            s.send(says);
            s.close();
        });
        let mut client = connected(&server);
        client.run(async |client| client.putcmd(&command("NOOP")).await).unwrap();
        let error = client.run(async |client| client.getresp().await).unwrap_err();
        assert_text(&client, &error, told);
        assert_closed(&mut client, told);
    }
}

#[test]
fn a_new_connection_owes_nothing() {
    let server = Scripted::sessions(vec![
        support::scripted::script(|s| {
            s.send("220 ready\r\n");
            s.expect("NOOP");
            s.expect_eof();
        }),
        support::scripted::script(|s| {
            s.send("220 again\r\n");
            expect_in_step(s);
        }),
    ]);
    let mut client = connected(&server);
    client.run(async |client| client.putcmd(&command("NOOP")).await).unwrap();
    connect_to(&mut client, server.addr()).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn quit_with_a_reply_owed_closes_without_a_word() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.expect("NOOP");
        s.expect_eof();
    });
    let mut client = connected(&server);
    client.run(async |client| client.putcmd(&command("NOOP")).await).unwrap();
    let error = client.run(async |client| client.quit().await).unwrap_err();
    assert!(matches!(error, Error::OutOfTurn(_)), "{error:?}");
    assert_closed(&mut client, "");
}

#[test]
fn a_password_that_is_put_by_hand_is_in_no_message() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.expect("PASS secret");
        s.send("230 welcome\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    client.run(async |client| client.putcmd(&command("PASS secret")).await).unwrap();
    let error = pwd(&mut client).unwrap_err();
    assert_text(&client, &error, "PASS ****");
    client.run(async |client| client.voidresp().await).unwrap();
    assert_in_step(&mut client);
}
