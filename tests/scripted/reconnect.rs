//! Bringing back a session: what is done again, what is not, and what becomes of a failure.

use support::scripted::{Script, script};

use super::*;

pub(super) fn reconnect(client: &mut Client) -> Result<()> {
    client.run(async |client| client.reconnect().await)
}

pub(super) fn cwd(client: &mut Client, path: &str) -> Result<()> {
    client.run(async |client| client.cwd(path.as_bytes()).await)
}

/// What the client is to say, and what it is told.
pub(super) type Exchange = (&'static str, &'static str);

pub(super) fn plays(s: &mut Session, dialogue: &[Exchange]) {
    for (heard, said) in dialogue {
        s.expect(heard);
        s.send(format!("{said}\r\n"));
    }
}

/// A server of several sessions, each of which begins with a login as `user` with the password `secret`.
pub(super) fn sessions(dialogues: Vec<Vec<Exchange>>) -> Scripted {
    let scripts = dialogues.into_iter().map(|dialogue| -> Script {
        script(move |s| {
            s.send("220 ready\r\n");
            plays(s, &[("USER user", "331 password"), ("PASS secret", "230 welcome")]);
            plays(s, &dialogue);
        })
    });
    Scripted::sessions(scripts.collect())
}

#[test]
fn the_session_is_what_it_was_however_it_ended() {
    let way = [
        ("CWD /pub", "250 ok"),
        ("CWD a b", "250 ok"),
        ("PWD", "257 \"/pub/a b\""),
        ("CDUP", "200 ok"),
        ("PWD", "257 \"/pub\""),
        ("TYPE A", "200 ok"),
    ];
    let again = [("CWD /pub", "250 ok"), ("PWD", "257 \"/pub\""), ("TYPE A", "200 ok")];
    let quits: (&[Exchange], fn(&mut Client)) = (&[("QUIT", "221 bye")], quit);
    let ends = [
        quits,
        (&[], Client::close),
        (&[], |client| assert!(pwd(client).is_err() && !client.is_connected())),
        (&[], |client| assert!(client.is_connected())),
    ];
    for (last_words, end) in ends {
        let first = [&[("CWD gone", "550 no")], &way[..], last_words].concat();
        let last = [&again[..], &[("PWD", "257 \"/in/step\"")]].concat();
        let server = sessions(vec![first, again.to_vec(), last]);
        let mut client = logged_in(&server);
        assert!(cwd(&mut client, "gone").is_err());
        for step in ["/pub", "a b", ".."] {
            cwd(&mut client, step).unwrap();
        }
        send(&mut client, "TYPE A").unwrap();
        end(&mut client);
        // What is brought back can be brought back again.
        reconnect(&mut client).unwrap();
        reconnect(&mut client).unwrap();
        assert_in_step(&mut client);
    }
}

#[test]
fn a_session_that_the_server_ended_while_idle_comes_back() {
    let server = sessions(vec![
        vec![("NOOP", "421 idle for too long")],
        vec![("NOOP", "200 ok"), ("PWD", "257 \"/in/step\"")],
    ]);
    let mut client = logged_in(&server);
    assert!(send(&mut client, "NOOP").is_err());
    assert_closed(&mut client, "421 idle for too long");
    reconnect(&mut client).unwrap();
    send(&mut client, "NOOP").unwrap();
    assert_in_step(&mut client);
}

#[test]
fn without_a_connection_there_is_nothing_to_bring_back() {
    let mut client = client();
    for _ in 0..2 {
        let error = reconnect(&mut client).unwrap_err();
        assert!(matches!(error, Error::NotConnected(_)), "{error}");
        assert_text(&client, &error, "connect first");
    }
}

#[test]
fn nobody_is_logged_in_where_nobody_was() {
    let greets = || {
        script(|s| {
            s.send("220 ready\r\n");
            plays(s, &[("NOOP", "200 ok")]);
        })
    };
    let server = Scripted::sessions(vec![greets(), greets()]);
    let mut client = connected(&server);
    send(&mut client, "NOOP").unwrap();
    reconnect(&mut client).unwrap();
    send(&mut client, "NOOP").unwrap();
}

#[test]
fn a_failure_costs_nothing_but_the_connection() {
    let server = Scripted::sessions(vec![
        script(|s| {
            s.login();
            plays(s, &[("CWD /pub", "250 ok"), ("CWD a", "250 ok")]);
        }),
        script(|s| s.send("421 too many users\r\n")),
        script(|s| {
            s.send("220 ready\r\n");
            plays(s, &[("USER user", "331 password"), ("PASS secret", "530 not now")]);
            s.expect_eof();
        }),
        script(Session::close),
        script(|s| {
            s.login();
            plays(s, &[("CWD /pub", "250 ok"), ("CWD a", "550 gone")]);
            s.expect_eof();
        }),
        script(|s| {
            s.login();
            plays(s, &[("CWD /pub", "250 ok"), ("CWD a", "250 ok")]);
            expect_in_step(s);
        }),
    ]);
    let mut client = logged_in(&server);
    cwd(&mut client, "/pub").unwrap();
    cwd(&mut client, "a").unwrap();
    for told in ["421 too many users", "530 not now", "closed the connection", "CWD a: 550 gone"] {
        let error = reconnect(&mut client).unwrap_err();
        assert_text(&client, &error, told);
        assert_closed(&mut client, told);
    }
    reconnect(&mut client).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn a_reconnection_that_is_cancelled_or_runs_out_of_time_can_be_tried_again() {
    let silent_at_pass = |then: Box<dyn FnOnce() + Send>| {
        script(move |s| {
            s.send("220 ready\r\n");
            plays(s, &[("USER user", "331 password")]);
            s.expect("PASS secret");
            then();
            s.expect_eof();
        })
    };
    let outcomes = until_played(|limit| {
        let mut client = client();
        let wake = std::sync::Arc::clone(client.reactor().wake());
        let server = Scripted::sessions(vec![
            script(|s| {
                s.login();
                plays(s, &[("CWD /pub", "250 ok")]);
            }),
            silent_at_pass(Box::new(|| {})),
            silent_at_pass(Box::new(move || wake.cancel())),
            script(|s| {
                s.login();
                plays(s, &[("CWD /pub", "250 ok")]);
                expect_in_step(s);
            }),
        ]);
        connect_to(&mut client, server.addr()).unwrap();
        log_in(&mut client).unwrap();
        cwd(&mut client, "/pub").unwrap();
        client.set_timeout(Some(limit));
        let late = reconnect(&mut client);
        client.set_timeout(Some(Duration::from_secs(10)));
        let cancelled = reconnect(&mut client);
        let closed = pwd(&mut client);
        let last = reconnect(&mut client).and_then(|()| pwd(&mut client));
        ([server], (late, cancelled, closed, last))
    });
    let (late, cancelled, closed, last) = outcomes;
    assert!(matches!(late, Err(Error::Timeout { .. })), "{late:?}");
    assert!(matches!(cancelled, Err(Error::Cancelled(_))), "{cancelled:?}");
    assert!(matches!(&closed, Err(Error::NotConnected(text)) if text.contains("cancelled")), "{closed:?}");
    assert_eq!(last.unwrap(), "/in/step");
}

#[test]
fn a_new_connection_forgets_the_last_session() {
    let server = Scripted::sessions(vec![
        script(|s| {
            s.login();
            plays(s, &[("CWD /pub", "250 ok")]);
        }),
        script(|s| s.send("220 ready\r\n")),
        script(|s| {
            s.send("220 ready\r\n");
            expect_in_step(s);
        }),
    ]);
    let mut client = logged_in(&server);
    cwd(&mut client, "/pub").unwrap();
    connect_to(&mut client, server.addr()).unwrap();
    reconnect(&mut client).unwrap();
    assert_in_step(&mut client);
    server.finish();
    assert_eq!(server.received().windows(4).filter(|bytes| bytes == b"PASS").count(), 1);
}

#[test]
fn the_last_login_counts() {
    let server = Scripted::sessions(vec![
        script(|s| {
            s.login();
            plays(s, &[("CWD a", "250 ok"), ("USER other", "331 password"), ("PASS key", "332 account")]);
            plays(s, &[("ACCT account", "230 welcome"), ("CWD b", "250 ok")]);
            plays(s, &[("USER third", "530 not you")]);
        }),
        script(|s| {
            s.send("220 ready\r\n");
            plays(s, &[("USER other", "331 password"), ("PASS key", "332 account")]);
            plays(s, &[("ACCT account", "230 welcome"), ("CWD b", "250 ok")]);
            plays(s, &[("USER someone", "331 password")]);
        }),
        // A login that the library knows nothing of.
        script(|s| {
            s.send("220 ready\r\n");
            expect_in_step(s);
        }),
    ]);
    let mut client = logged_in(&server);
    cwd(&mut client, "a").unwrap();
    client.run(async |client| client.login("other", "key", "account").await).unwrap();
    cwd(&mut client, "b").unwrap();
    assert!(client.run(async |client| client.login("third", "x", "").await).is_err());
    reconnect(&mut client).unwrap();
    send(&mut client, "USER someone").unwrap();
    reconnect(&mut client).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn a_type_that_the_client_has_no_name_for_comes_back_as_well() {
    let server = sessions(vec![
        vec![("TYPE A", "200 ok"), ("TYPE L 8", "200 ok"), ("TYPE E", "504 no")],
        vec![("TYPE L 8", "200 ok"), ("PWD", "257 \"/in/step\"")],
    ]);
    let mut client = logged_in(&server);
    send(&mut client, "TYPE A").unwrap();
    send(&mut client, "TYPE L 8").unwrap();
    assert!(send(&mut client, "TYPE E").is_err());
    reconnect(&mut client).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn a_transfer_that_was_open_has_ended_and_the_next_one_needs_no_type() {
    let server = Scripted::sessions(vec![
        script(|s| {
            let mut data = start_transfer(s, "RETR f");
            data.send("hello");
            s.expect_eof();
        }),
        script(|s| {
            s.login();
            plays(s, &[("TYPE I", "200 ok")]);
            let listener = s.passive();
            s.expect("RETR g");
            s.send("150 go\r\n");
            listener.accept().send("again");
            s.send("226 done\r\n");
            expect_in_step(s);
        }),
    ]);
    let mut client = logged_in(&server);
    send(&mut client, "TYPE I").unwrap();
    let id = client.run(async |client| client.transfercmd(&command("RETR f"), None).await).unwrap();
    reconnect(&mut client).unwrap();
    let outcome = client.run(async |client| client.transfer_read(id, &mut [0; 10]).await);
    assert!(matches!(outcome, Err(Error::OutOfTurn(_))), "{outcome:?}");
    let (data, outcome) = retrieve(&mut client, "RETR g");
    outcome.unwrap();
    assert_eq!(data, b"again");
    assert_in_step(&mut client);
}

/// A way back that is none is not gone.
#[test]
fn where_the_login_leads_is_compared_before_anything_is_changed() {
    for (second, again) in [
        (vec![("PWD", "257 \"/\"")], true),
        (vec![("PWD", "257 \"/new\""), ("CWD /", "250 ok"), ("PWD", "257 \"/\"")], true),
        (vec![("PWD", "550 no"), ("CWD /", "250 ok"), ("PWD", "257 \"/\"")], true),
        (vec![("PWD", "257 \"/new\""), ("CWD /", "550 no")], false),
    ] {
        let last = if again { &[("PWD", "257 \"/in/step\"")][..] } else { &[] };
        let server = sessions(vec![vec![("PWD", "257 \"/\"")], [&second[..], last].concat()]);
        let mut client = logged_in(&server);
        pwd(&mut client).unwrap();
        client.close();
        assert_eq!(reconnect(&mut client).is_ok(), again, "{second:?}");
        if again {
            assert_in_step(&mut client);
        }
    }
}

#[test]
fn a_session_by_url_comes_back() {
    let begin = vec![
        ("CWD pub", "250 ok"),
        ("CWD a", "250 ok"),
        ("PWD", "257 \"/home/pub/a\""),
        ("TYPE A", "200 ok"),
    ];
    let again = vec![
        ("CWD /home/pub/a", "250 ok"),
        ("PWD", "257 \"/home/pub/a\""),
        ("TYPE A", "200 ok"),
        ("PWD", "257 \"/in/step\""),
    ];
    let server = sessions(vec![begin, again]);
    let url = format!("ftp://user:secret@{}/pub/a;type=a", server.addr());
    let url = ftpclient::protocol::url::FtpUrl::parse(&url).unwrap();
    let mut client = client();
    client.run(async |client| client.open(&url).await).unwrap();
    client.close();
    reconnect(&mut client).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn a_refusal_by_the_audit_callback_is_no_end() {
    let server = sessions(vec![vec![], vec![("PWD", "257 \"/in/step\"")]]);
    let mut client = logged_in(&server);
    client.audit_mut().hook = Some(Box::new(|_, _, _| false));
    let outcome = reconnect(&mut client);
    assert!(matches!(outcome, Err(Error::Denied(_))), "{outcome:?}");
    client.audit_mut().hook = None;
    reconnect(&mut client).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn the_transfers_own_type_counts_too() {
    let server = Scripted::sessions(vec![
        script(|s| {
            let data = start_transfer(s, "RETR f");
            data.close();
            s.send("226 done\r\n");
        }),
        script(|s| {
            s.login();
            plays(s, &[("TYPE I", "200 ok")]);
            expect_in_step(s);
        }),
    ]);
    let mut client = logged_in(&server);
    retrieve(&mut client, "RETR f").1.unwrap();
    reconnect(&mut client).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn a_login_of_the_users_own_words_comes_back() {
    let login = [("USER other", "331 password"), ("PASS key", "332 account"), ("ACCT account", "230 in")];
    let server = sessions(vec![login.to_vec()]);
    let mut client = logged_in(&server);
    for (text, _) in login {
        send(&mut client, text).unwrap();
    }
    server.finish();
    let server = Scripted::sessions(vec![
        script(move |s| {
            s.send("220 ready\r\n");
            plays(s, &login);
        }),
        script(move |s| {
            s.send("220 ready\r\n");
            plays(s, &login);
            expect_in_step(s);
        }),
    ]);
    let mut client = connected(&server);
    for (text, _) in login {
        send(&mut client, text).unwrap();
    }
    client.close();
    reconnect(&mut client).unwrap();
    assert_eq!(client.last_reply().unwrap().to_string(), "230 in");
    assert_in_step(&mut client);
}

#[test]
fn a_login_that_was_lost_on_its_way_is_tried_again() {
    let server = Scripted::sessions(vec![
        script(|s| {
            s.send("220 ready\r\n");
            plays(s, &[("USER user", "331 password")]);
            s.expect("PASS secret");
            s.close();
        }),
        script(|s| {
            s.login();
            expect_in_step(s);
        }),
    ]);
    let mut client = connected(&server);
    assert!(client.run(async |client| client.login("user", "secret", "").await).is_err());
    reconnect(&mut client).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn a_session_by_url_that_could_not_be_opened_is_tried_again() {
    let server = Scripted::sessions(vec![
        script(|s| s.send("421 too many users\r\n")),
        script(|s| {
            s.send("220 ready\r\n");
            plays(s, &[("USER user", "331 password"), ("PASS secret", "530 not now")]);
            s.expect_eof();
        }),
        script(|s| {
            s.login();
            plays(s, &[("CWD pub", "250 ok"), ("PWD", "257 \"/pub\""), ("TYPE A", "200 ok")]);
            expect_in_step(s);
        }),
    ]);
    let url = format!("ftp://user:secret@{}/pub;type=a", server.addr());
    let url = ftpclient::protocol::url::FtpUrl::parse(&url).unwrap();
    let mut client = client();
    let error = client.run(async |client| client.open(&url).await).unwrap_err();
    assert_text(&client, &error, "421 too many users");
    assert_closed(&mut client, "opening failed");
    let error = reconnect(&mut client).unwrap_err();
    assert_text(&client, &error, "530 not now");
    reconnect(&mut client).unwrap();
    assert_in_step(&mut client);
}
