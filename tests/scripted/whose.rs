//! Each reply finds the command that it answers, whatever else the server says before it or in between.

use std::io::Write;
use std::time::Duration;

use super::opened::{finish, opened, read_all};
use super::*;

/// The server's answer to the PWD by which the client finds out where the session is.
fn expect_search(s: &mut Session, before: &str) {
    s.expect("PWD");
    s.send(format!("{before}257 \"/\" is where you are\r\n"));
}

fn put(client: &mut Client, text: &str) -> Result<()> {
    client.run(async |client| client.putcmd(&command(text)).await)
}

fn getresp(client: &mut Client) -> Result<String> {
    client.run(async |client| client.getresp().await).map(|reply| reply.to_string())
}

fn resync(client: &mut Client) -> Result<()> {
    client.run(async |client| client.resync().await)
}

#[test]
fn a_1yz_reply_is_followed_by_the_final_one() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        for (line, reply) in [
            ("USER user", "331 password"),
            ("PASS secret", "230 welcome"),
            ("DELE x", "250 gone"),
            ("CWD /d", "250 there"),
            ("PWD", "257 \"/d\""),
            ("CDUP", "250 up"),
            ("PWD", "257 \"/\""),
            ("MKD d", "257 \"/d\""),
            ("RMD d", "250 gone"),
            ("RNFR a", "350 go on"),
            ("RNTO b", "250 renamed"),
            ("TYPE I", "200 image"),
            ("SIZE f", "213 5"),
            ("SITE x", "200 ok"),
            ("ABOR", "226 nothing to abort"),
        ] {
            s.expect(line);
            s.send(format!("150 working on it\r\n150 still\r\n{reply}\r\n"));
        }
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let outcome = client.run(async |client| {
        client.delete(b"x").await?;
        client.cwd(b"/d").await?;
        client.cwd(b"..").await?;
        let made = client.mkd(b"d").await?;
        client.rmd(b"d").await?;
        client.rename(b"a", b"b").await?;
        let size = client.size(b"f").await?;
        client.voidcmd(&command("SITE x")).await?;
        let aborted = client.abort().await?;
        Ok((made, size, aborted.to_string()))
    });
    assert_eq!(outcome.unwrap(), (b"/d".to_vec(), Some(5), "226 nothing to abort".into()));
    assert_in_step(&mut client);
    server.finish();
}

#[test]
fn a_refusal_after_a_1yz_reply_is_a_refusal() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("DELE x");
        s.send("150 deleting\r\n550 it is not yours\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let error = client.run(async |client| client.delete(b"x").await).unwrap_err();
    assert_text(&client, &error, "DELE x: 550 it is not yours");
    assert_in_step(&mut client);
}

#[test]
fn after_a_line_that_is_no_reply_the_session_is_looked_for() {
    // What comes late is not the reply to the next command.
    for late in ["", "211 status\r\n", "more of it\r\n211-status\r\n211 end\r\n"] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect("STAT");
            s.send("no reply\r\n");
            expect_search(s, late);
            s.expect("CWD nosuch");
            s.send("550 no such directory\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        assert!(matches!(send(&mut client, "STAT"), Err(Error::Protocol(_))));
        let outcome = client.run(async |client| client.cwd(b"nosuch").await);
        assert!(matches!(outcome, Err(Error::Reply { .. })), "{outcome:?}");
        assert_in_step(&mut client);
        server.finish();
    }
}

#[test]
fn after_a_line_that_is_no_reply_to_what_is_answered_by_a_path_nothing_can_tell() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("MKD d");
        s.send("no reply\r\n");
        s.expect_eof();
    });
    let mut client = logged_in(&server);
    let outcome = client.run(async |client| client.mkd(b"d").await);
    assert!(matches!(outcome, Err(Error::Protocol(_))), "{outcome:?}");
    assert_closed(&mut client, "is not an FTP reply");
}

#[test]
fn a_reply_that_has_begun_unasked_is_nobodys_however_it_begins() {
    for begin in [" ", "\0", "\t", "2", "250-one\r\n"] {
        let (begun, has_begun) = std::sync::mpsc::channel();
        let server = Scripted::start(move |s| {
            s.login();
            s.send(begin);
            begun.send(()).unwrap();
            std::thread::sleep(Duration::from_millis(150));
            s.send_at_once("250 earlier\r\n");
            s.expect("DELE x");
            s.send("550 no\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        has_begun.recv().unwrap();
        std::thread::sleep(Duration::from_millis(50));
        let outcome = client.run(async |client| client.delete(b"x").await);
        assert!(matches!(outcome, Err(Error::Reply { .. })), "{begin:?}: {outcome:?}");
        assert_in_step(&mut client);
    }
}

#[test]
fn resync_drops_what_is_owed() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("ECHO");
        s.send("199 and nothing more\r\n");
        expect_search(s, "");
        s.expect("NOOP");
        s.expect("STAT");
        expect_search(s, "200 late\r\n211 later\r\n");
        // One of the commands is answered like the question itself.
        s.expect("PWD");
        expect_search(s, "257 \"/first\"\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    assert_eq!(send(&mut client, "ECHO").unwrap(), "199 and nothing more");
    assert!(matches!(pwd(&mut client), Err(Error::OutOfTurn(_))));
    resync(&mut client).unwrap();
    put(&mut client, "NOOP").unwrap();
    put(&mut client, "STAT").unwrap();
    resync(&mut client).unwrap();
    put(&mut client, "PWD").unwrap();
    resync(&mut client).unwrap();
    assert!(matches!(getresp(&mut client), Err(Error::OutOfTurn(_))));
    assert_in_step(&mut client);
    server.finish();
}

/// With nothing owed, what it finds before it asks is all that can go wrong.
#[test]
fn resync_closes_a_session_that_it_cannot_bring_back() {
    for replies in ["", "421 bye\r\n", &"200 unasked\r\n".repeat(200)] {
        let text = replies.to_owned();
        let server = Scripted::start(move |s| {
            s.login();
            s.send(&text);
            if text.len() < 20 {
                s.close();
            } else {
                s.expect_eof();
            }
        });
        let mut client = logged_in(&server);
        std::thread::sleep(Duration::from_millis(100));
        let error = resync(&mut client).unwrap_err();
        assert!(!client.is_connected(), "{error}");
        server.finish();
    }
}

#[test]
fn resync_waits_for_the_1yz_replies_of_all_that_is_owed() {
    let server = Scripted::start(|s| {
        s.login();
        for name in ["a", "b", "c", "d"] {
            s.expect(format!("RETR {name}"));
        }
        expect_search(s, &"150 it comes\r\n226 done\r\n".repeat(4));
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    for name in ["a", "b", "c", "d"] {
        put(&mut client, &format!("RETR {name}")).unwrap();
    }
    resync(&mut client).unwrap();
    assert_in_step(&mut client);
    server.finish();
}

#[test]
fn a_type_whose_answer_cannot_be_read_is_not_known() {
    let server = Scripted::start(|s| {
        let data = start_transfer(s, "RETR f");
        data.close();
        s.send("226 done\r\n");
        s.expect("TYPE A");
        s.send("600 what\r\n");
        expect_search(s, "");
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("RETR f");
        s.send("150 go\r\n");
        listener.accept().close();
        s.send("226 done\r\n");
    });
    let mut client = logged_in(&server);
    retrieve(&mut client, "RETR f").1.unwrap();
    let list = client.run(async |client| client.retrlines(&command("LIST"), &mut |_| Ok(())).await);
    assert!(matches!(list, Err(Error::Protocol(_))), "{list:?}");
    retrieve(&mut client, "RETR f").1.unwrap();
}

#[test]
fn resync_aborts_a_transfer_that_is_open() {
    let (_server, mut client, id) = opened(|s, mut data| {
        data.send("hel");
        s.expect("ABOR");
        s.send("426 stopped\r\n226 aborted\r\n");
        expect_search(s, "");
    });
    resync(&mut client).unwrap();
    assert!(client.transfer_size(id).is_err());
    assert_in_step(&mut client);
}

/// Servers answer what was asked during the transfer at once, with ABOR, or after it.
#[test]
fn the_users_replies_outlive_an_abort_of_the_transfer() {
    for (asked, answer) in
        [("NOOP", "200 yes"), ("STAT", "211 fine"), ("PWD", "257 \"/here\""), ("XYZZ", "500 what")]
    {
        // And whether the step is still to be found after that.
        for (order, searches) in [
            ("{} 426 226", false),
            ("426 {} 226", false),
            ("426 226 {}", true),
            ("{} 226", true),
            ("226 {}", true),
        ] {
            let replies: String = order
                .split(' ')
                .map(|word| match word {
                    "{}" => format!("{answer}\r\n"),
                    code => format!("{code} aborted\r\n"),
                })
                .collect();
            let (_server, mut client, _) = opened(move |s, mut data| {
                data.send("hel");
                s.expect(asked);
                s.expect("ABOR");
                s.send(&replies);
                if searches {
                    expect_search(s, "");
                }
            });
            put(&mut client, asked).unwrap();
            client.run(async |client| client.abort().await).unwrap();
            let text = match getresp(&mut client) {
                Err(Error::Reply { reply, .. }) => reply.to_string(),
                outcome => outcome.unwrap(),
            };
            assert_eq!(text, answer, "{asked}, {order}");
            assert_in_step(&mut client);
        }
    }
}

#[test]
fn a_session_that_cannot_be_found_again_is_closed() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("PWD");
        s.expect("PWD");
        // Whose is it?
        s.send("257 \"/\"\r\n");
        s.expect_eof();
    });
    let mut client = logged_in(&server);
    client.set_timeout(Some(SHORT));
    put(&mut client, "PWD").unwrap();
    assert!(matches!(resync(&mut client), Err(Error::Timeout { .. })));
    assert!(!client.is_connected());
}

#[test]
fn a_server_that_answers_at_once_while_a_transfer_goes_on() {
    let (_server, mut client, id) = opened(|s, mut data| {
        data.send("hel");
        s.expect("STAT");
        s.send("211 it goes on\r\n");
        s.expect("NOOP");
        s.send("200 yes\r\n");
        data.send("lo");
        data.close();
        s.send("226 done\r\n");
    });
    put(&mut client, "STAT").unwrap();
    assert_eq!(getresp(&mut client).unwrap(), "211 it goes on");
    // This one comes while data is read, and is kept.
    put(&mut client, "NOOP").unwrap();
    assert_eq!(read_all(&mut client, id), b"hello");
    assert_eq!(finish(&mut client, id).unwrap(), "226 done");
    assert_eq!(getresp(&mut client).unwrap(), "200 yes");
    assert_in_step(&mut client);
}

#[test]
fn a_server_that_answers_only_after_the_transfer() {
    let (_server, mut client, id) = opened(|s, mut data| {
        s.expect("STAT");
        data.send("hello");
        data.close();
        s.send("226 done\r\n211 it is over\r\n");
    });
    put(&mut client, "STAT").unwrap();
    client.set_timeout(Some(SHORT));
    assert_eq!(read_all(&mut client, id), b"hello");
    // The final reply may come while the other one is waited for: it is the transfer's.
    assert_eq!(getresp(&mut client).unwrap(), "211 it is over");
    client.set_timeout(Some(Duration::from_secs(10)));
    assert_eq!(finish(&mut client, id).unwrap(), "226 done");
    assert_eq!(client.last_reply().unwrap().text(), b"226 done");
    assert!(matches!(getresp(&mut client), Err(Error::OutOfTurn(_))));
    assert_in_step(&mut client);
}

#[test]
fn a_reply_that_does_not_come_during_a_transfer_is_still_owed() {
    let (_server, mut client, id) = opened(|s, mut data| {
        s.expect("STAT");
        s.expect_silence(SHORT);
        data.send("hello");
        data.close();
        s.send("226 done\r\n211 it is over\r\n");
    });
    client.set_phase_timeout(ftpclient::client::Phase::Reply, Some(Duration::from_millis(50)));
    put(&mut client, "STAT").unwrap();
    assert!(matches!(getresp(&mut client), Err(Error::Timeout { .. })));
    assert_eq!(read_all(&mut client, id), b"hello");
    client.set_timeout(Some(Duration::from_secs(10)));
    assert_eq!(finish(&mut client, id).unwrap(), "226 done");
    assert_eq!(getresp(&mut client).unwrap(), "211 it is over");
    assert_in_step(&mut client);
}

#[test]
fn abor_and_quit_by_hand_end_a_transfer_and_each_gets_its_own_reply() {
    for (line, replies, outcome, own) in [
        ("ABOR", "426 stopped\r\n226 aborted\r\n", "426 stopped", "226 aborted"),
        ("ABOR", "226 was over\r\n225 nothing to abort\r\n", "226 was over", "225 nothing to abort"),
        ("QUIT", "226 done\r\n221 bye\r\n", "226 done", "221 bye"),
    ] {
        let server = Scripted::start(move |s| {
            let data = start_transfer(s, "RETR f");
            s.expect(line);
            data.close();
            s.send(replies);
        });
        let mut client = logged_in(&server);
        client.run(async |client| client.voidcmd(&command("TYPE I")).await).unwrap();
        let retr = command("RETR f");
        let id = client.run(async |client| client.transfercmd(&retr, None).await).unwrap();
        put(&mut client, line).unwrap();
        assert_eq!(getresp(&mut client).unwrap(), own, "{line}");
        match finish(&mut client, id) {
            Ok(text) => assert_eq!(text, outcome),
            Err(error) => assert_text(&client, &error, outcome),
        }
    }
}

#[test]
fn a_refusal_that_comes_while_another_reply_is_read_ends_the_transfer() {
    let (_server, mut client, id) = opened(|s, mut data| {
        s.expect("STAT");
        s.send("451 the disk broke\r\n211 status\r\n");
        data.expect_eof();
    });
    put(&mut client, "STAT").unwrap();
    assert_eq!(getresp(&mut client).unwrap(), "211 status");
    let error = client.run(async |client| client.transfer_read(id, &mut [0; 8][..]).await).unwrap_err();
    assert_text(&client, &error, "451 the disk broke");
    assert_in_step(&mut client);
}

#[test]
fn the_data_connection_may_be_agreed_on_after_the_1yz_reply() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("STOU");
        s.send("150 FILE: x.1\r\n");
        let mut data = s.active().connect();
        assert_eq!(data.read_to_end(), b"hello");
        s.send("226 stored\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    assert_eq!(send(&mut client, "STOU").unwrap(), "150 FILE: x.1");
    let listener = client.run(async |client| client.makeport().await).unwrap();
    listener.accept().unwrap().0.write_all(b"hello").unwrap();
    assert_eq!(client.run(async |client| client.voidresp().await).unwrap().text(), b"226 stored");
    assert_in_step(&mut client);
}

#[test]
fn a_call_that_is_refused_before_it_does_anything_leaves_an_open_transfer_alone() {
    let (_server, mut client, id) = opened(|s, mut data| {
        data.expect_silence(Duration::from_millis(100));
        data.send("hello");
        data.close();
        s.send("226 done\r\n");
    });
    client.audit_mut().hook = Some(Box::new(|_, _, _| false));
    assert!(matches!(put(&mut client, "NOOP"), Err(Error::Denied(_))));
    client.audit_mut().hook = None;
    #[cfg(feature = "tls")]
    {
        client.set_tls(ftpclient::client::TlsMode::Explicit).unwrap();
        for text in ["USER x", "PASS x"] {
            let outcome = put(&mut client, text);
            assert!(matches!(outcome, Err(Error::Tls(_))), "{outcome:?}");
        }
        assert!(client.run(async |client| client.login("a", "b", "").await).is_err());
        client.set_tls(ftpclient::client::TlsMode::Off).unwrap();
    }
    assert!(retrieve(&mut client, "LIST").1.is_err());
    assert_eq!(read_all(&mut client, id), b"hello");
    finish(&mut client, id).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn goodbye_is_no_reply_to_any_other_command() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("CWD x");
        s.send("221 you were idle for too long\r\n");
        s.close();
    });
    let mut client = logged_in(&server);
    let error = client.run(async |client| client.cwd(b"x").await).unwrap_err();
    assert!(matches!(error, Error::Eof(_)), "{error:?}");
    assert_text(&client, &error, "instead of a reply to CWD x: 221 you were idle for too long");
    assert_closed(&mut client, "221 you were idle");
}

#[test]
fn a_goodbye_while_idle_is_told_as_that() {
    for (said, expected) in [
        ("221 Goodbye\r\n", "while the session was idle: 221 Goodbye"),
        ("500 too long\r\n", "while the session was idle: 500 too long"),
        ("", "while the session was idle"),
    ] {
        let (left, has_left) = std::sync::mpsc::channel();
        let server = Scripted::start(move |s| {
            s.login();
            s.send(said);
            s.close();
            left.send(()).unwrap();
        });
        let mut client = logged_in(&server);
        has_left.recv().unwrap();
        std::thread::sleep(Duration::from_millis(50));
        let error = client.run(async |client| client.cwd(b"x").await).unwrap_err();
        assert!(matches!(error, Error::Eof(_)), "{error:?}");
        assert_text(&client, &error, expected);
    }
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
fn abor_that_is_answered_by_426_alone_keeps_the_session() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("ABOR");
        s.send("426 aborted\r\n");
        expect_search(s, "");
        s.expect("ABOR");
        s.send("426 aborted\r\n");
        expect_search(s, "225 late\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let error = client.run(async |client| client.abort().await).unwrap_err();
    assert_text(&client, &error, "ABOR: 426 aborted");
    assert_eq!(client.last_reply().unwrap().code(), Some(426));
    let reply = client.run(async |client| client.abort().await).unwrap();
    assert_eq!(reply.text(), b"225 late");
    assert_in_step(&mut client);
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

#[test]
fn what_came_before_is_not_what_tells_the_step() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("PWD");
        s.send_at_once("257 \"/\" is here\r\n257 \"/\" is here\r\n");
        expect_search(s, "");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    assert_eq!(pwd(&mut client).unwrap(), "/");
    resync(&mut client).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn the_reply_to_the_librarys_own_pwd_is_not_the_last_one_that_is_told() {
    for (late, told) in [("", "pardon?"), ("200 late\r\n", "200 late")] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect("SITE A");
            s.send("pardon?\r\n");
            expect_search(s, late);
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let site = command("SITE A");
        let error = client.run(async |client| client.voidcmd(&site).await).unwrap_err();
        assert_text(&client, &error, "pardon?");
        assert_eq!(client.last_reply().unwrap().to_string(), told);
        assert_in_step(&mut client);
    }
}
