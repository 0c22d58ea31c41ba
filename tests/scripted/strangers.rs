//! Active mode: data connections from others than the server, and whom the user lets in.

use std::net::IpAddr;

use ftpclient::client::ActivePeer;

use super::*;

const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2));

fn active(server: &Scripted) -> Client {
    let mut client = logged_in(server);
    client.set_passive(false);
    client
}

/// A session in which the server opens the data connection of the first transfer from `from`, and then says `last`.
fn session(command: &'static str, from: IpAddr, last: &'static str) -> Scripted {
    Scripted::start(move |s| {
        s.login();
        s.expect_command("TYPE");
        s.send("200 ok\r\n");
        let port = s.active();
        s.expect(command);
        let mut data = port.connect_from(from);
        data.send("x\r\n");
        data.close();
        s.send(last);
        expect_in_step(s);
    })
}

/// A way to move data: its command, and a function that tells what came and how it ended.
type Way = (&'static str, fn(&mut Client) -> (Vec<u8>, Result<()>));

const WAYS: &[Way] = &[
    ("RETR f", |client| retrieve(client, "RETR f")),
    ("STOR f", |client| (Vec::new(), store(client, "STOR f", b"hello"))),
    ("STOR f", |client| (Vec::new(), store(client, "STOR f", b""))),
    ("APPE f", |client| (Vec::new(), store(client, "APPE f", b"hello"))),
    ("LIST", |client| lines(client, "LIST")),
    ("NLST", |client| lines(client, "NLST")),
    ("MLSD", |client| lines(client, "MLSD")),
    ("RETR f", |client| {
        let outcome = client.run(async |client| {
            client.voidcmd(&command("TYPE I")).await?;
            let transfer = client.transfercmd(&command("RETR f"), None).await?;
            client.transfer_finish(transfer).await.map(drop)
        });
        (Vec::new(), outcome)
    }),
];

fn lines(client: &mut Client, text: &str) -> (Vec<u8>, Result<()>) {
    let mut data = Vec::new();
    let mut sink = |line: &[u8]| {
        data.extend_from_slice(line);
        Ok(())
    };
    let command = command(text);
    let outcome = client.run(async |client| client.retrlines(&command, &mut sink).await.map(drop));
    (data, outcome)
}

#[test]
fn a_success_without_the_data_that_was_refused_is_none() {
    for (way, transfer) in WAYS {
        let server = session(way, OTHER, "150 go\r\n226 done\r\n");
        let mut client = active(&server);
        let (data, outcome) = transfer(&mut client);
        let error = outcome.expect_err(way);
        assert!(matches!(error, Error::Integrity(_)), "{way}: {error:?}");
        assert_text(&client, &error, "a data connection from 127.0.0.2 was refused");
        assert!(data.is_empty(), "{way}");
        assert_in_step(&mut client);
    }
}

#[test]
fn a_refusal_of_the_server_names_who_was_refused() {
    for replies in ["150 go\r\n425 no\r\n", "150 go\r\n426 no\r\n", "425 no\r\n", "150 go\r\n551 no\r\n"] {
        let server = session("RETR f", OTHER, replies);
        let mut client = active(&server);
        let error = retrieve(&mut client, "RETR f").1.unwrap_err();
        assert!(matches!(error, Error::Reply { .. }), "{error:?}");
        assert_text(&client, &error, "RETR f (a data connection from 127.0.0.2 was refused");
        assert_text(&client, &error, " no");
        assert_in_step(&mut client);
    }
}

#[test]
fn a_server_that_says_nothing_more_is_a_timeout_that_names_who_was_refused() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let port = s.active();
        s.expect("RETR f");
        s.send("150 go\r\n");
        let _data = port.connect_from(OTHER);
        s.expect("ABOR");
        s.send("426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let mut client = active(&server);
    client.set_phase_timeout(Phase::Accept, Some(SHORT));
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
    assert_text(&client, &error, "data connection from 127.0.0.2 was refused");
    client.set_timeout(Some(Duration::from_secs(10)));
    assert_in_step(&mut client);
}

#[test]
fn strangers_that_are_first_do_not_keep_the_server_out() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let port = s.active();
        s.expect("RETR f");
        let strangers: Vec<_> = (2..52).map(|last| port.connect_from([127, 0, 0, last].into())).collect();
        let mut data = port.connect();
        data.send("hello");
        data.close();
        s.send("150 go\r\n226 done\r\n");
        drop(strangers);
        expect_in_step(s);
    });
    let mut client = active(&server);
    let (data, outcome) = retrieve(&mut client, "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"hello");
    assert_in_step(&mut client);
}

#[test]
fn strangers_without_end_are_a_limit() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let port = s.active();
        s.expect("RETR f");
        s.send("150 go\r\n");
        for last in 0..1000 {
            port.connect_from([127, 0, 0, (last % 5) as u8 + 2].into());
        }
        s.expect("ABOR");
        s.send("426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let mut client = active(&server);
    client.set_timeout(Some(Duration::from_secs(60)));
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    assert!(matches!(error, Error::Limit(_)), "{error:?}");
    assert_text(&client, &error, "127.0.0.2 and 127.0.0.3 and 127.0.0.4 and others");
    assert_in_step(&mut client);
}

#[test]
fn who_the_user_lets_in_is_let_in() {
    let other = ActivePeer::Also(OTHER);
    let mapped = ActivePeer::Also("::ffff:127.0.0.2".parse().unwrap());
    let (server, third) = ([127, 0, 0, 1].into(), [127, 0, 0, 3].into());
    for (peer, from, is_let_in) in [
        (other, OTHER, true),
        (mapped, OTHER, true),
        (ActivePeer::Anybody, OTHER, true),
        (ActivePeer::Anybody, third, true),
        (other, server, true),
        (other, third, false),
        (mapped, third, false),
        (ActivePeer::Server, third, false),
    ] {
        let server = session("RETR f", from, "150 go\r\n226 done\r\n");
        let mut client = active(&server);
        client.set_active_peer(peer);
        let (data, outcome) = retrieve(&mut client, "RETR f");
        assert_eq!(outcome.is_ok(), is_let_in, "{peer:?}, {from}: {outcome:?}");
        assert_eq!(data, if is_let_in { b"x\r\n".as_slice() } else { b"" });
        assert_in_step(&mut client);
    }
}
