//! Commands of the user's own while a transfer is open: servers answer them at once, with ABOR, or after the transfer.

use std::io::Write;
use std::sync::mpsc;

use super::opened::{finish, opened, read_all};
use super::*;

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
    assert_eq!(read_all(&mut client, id), b"hello");
    // The final reply may come while the other one is waited for: it is the transfer's.
    assert_eq!(getresp(&mut client).unwrap(), "211 it is over");
    assert_eq!(finish(&mut client, id).unwrap(), "226 done");
    assert_eq!(client.last_reply().unwrap().text(), b"226 done");
    assert!(matches!(getresp(&mut client), Err(Error::OutOfTurn(_))));
    assert_in_step(&mut client);
}

#[test]
fn a_reply_that_does_not_come_during_a_transfer_is_still_owed() {
    let (gives_up, has_given_up) = mpsc::channel();
    let (_server, mut client, id) = opened(move |s, mut data| {
        s.expect("STAT");
        has_given_up.recv_timeout(Duration::from_secs(20)).unwrap();
        data.send("hello");
        data.close();
        s.send("226 done\r\n211 it is over\r\n");
    });
    client.set_phase_timeout(Phase::Reply, Some(Duration::from_millis(50)));
    put(&mut client, "STAT").unwrap();
    assert!(matches!(getresp(&mut client), Err(Error::Timeout { .. })));
    gives_up.send(()).unwrap();
    assert_eq!(read_all(&mut client, id), b"hello");
    client.set_timeout(Some(Duration::from_secs(10)));
    assert_eq!(finish(&mut client, id).unwrap(), "226 done");
    assert_eq!(getresp(&mut client).unwrap(), "211 it is over");
    assert_in_step(&mut client);
}

#[test]
fn a_second_preliminary_reply_before_the_users_own_ends_no_transfer() {
    let (_server, mut client, id) = opened(|s, mut data| {
        s.expect("STAT");
        s.send("150 still going\r\n211 it goes on\r\n");
        data.send("hello");
        data.close();
        s.send("226 done\r\n");
    });
    put(&mut client, "STAT").unwrap();
    assert_eq!(getresp(&mut client).unwrap(), "211 it goes on");
    assert_eq!(read_all(&mut client, id), b"hello");
    assert_eq!(finish(&mut client, id).unwrap(), "226 done");
    assert_in_step(&mut client);
}

#[test]
fn what_is_kept_for_the_user_has_a_limit() {
    let server = Scripted::start(|s| {
        let _data = start_transfer(s, "RETR f");
        let large = ["211-\r\n", &format!("{}\r\n", "x".repeat(8000)).repeat(300), "211 end\r\n"].concat();
        s.expect("STAT");
        s.expect("STAT");
        // Each has less than 4 MiB, and both have more. The client leaves before it has read them to the end.
        let sent = s.try_send(&large).and_then(|()| s.try_send(&large));
        assert!(sent.and_then(|()| s.hear()).is_err(), "the client has left");
    });
    let mut client = logged_in(&server);
    // A busy machine takes its time for so many replies.
    client.set_timeout(Some(Duration::from_secs(120)));
    let id = client.run(async |client| client.transfercmd(&command("RETR f"), None).await).unwrap();
    put(&mut client, "STAT").unwrap();
    put(&mut client, "STAT").unwrap();
    let outcome = client.run(async |client| client.transfer_read(id, &mut [0; 100]).await);
    assert!(matches!(outcome, Err(Error::Limit(_))), "{outcome:?}");
    assert_closed(&mut client, "more than 4194304 bytes of replies were not read");
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

/// The user's ABOR ends the transfer as well as one of the library's, which would be answered, too.
#[test]
fn the_library_sends_no_abor_after_one_of_the_users() {
    for (asked, replies, searches, last) in [
        (&["ABOR"][..], "426 stopped|226 ABOR", false, "226 ABOR"),
        (&["ABOR"], "226 was over|225 ABOR", false, "225 ABOR"),
        (&["ABOR"], "225 ABOR|426 stopped", true, "426 stopped"),
        (&["ABOR"], "426 stopped", true, "426 stopped"),
        (&["ABOR", "STAT"], "426 stopped|226 ABOR|211 STAT", true, "226 ABOR"),
        (&["ABOR", "STAT"], "226 was over|225 ABOR|211 STAT", true, "225 ABOR"),
        (&["STAT", "ABOR"], "211 STAT|426 stopped|226 ABOR", false, "226 ABOR"),
        (&["STAT", "ABOR"], "426 stopped|211 STAT|226 ABOR", false, "226 ABOR"),
        (&["NOOP", "ABOR", "STAT"], "200 NOOP|426 stopped|226 ABOR|211 STAT", true, "226 ABOR"),
        (&["ABOR", "NOOP", "ABOR"], "426 stopped|226 ABOR|200 NOOP|225 ABOR", true, "226 ABOR"),
        (&["ABOR", "PWD", "STAT"], "426 stopped|226 ABOR|257 PWD|211 STAT", true, "226 ABOR"),
    ] {
        let (_server, mut client, _) = opened(move |s, mut data| {
            asked.iter().for_each(|asked| s.expect(asked));
            data.expect_eof();
            s.send(replies.replace('|', "\r\n") + "\r\n");
            if searches {
                expect_search(s, "");
            }
        });
        asked.iter().for_each(|asked| put(&mut client, asked).unwrap());
        let told = client.run(async |client| client.abort().await).unwrap();
        assert_eq!(told.to_string(), last, "{replies}");
        assert_eq!(client.last_reply().unwrap().to_string(), last, "{replies}");
        for asked in asked.iter().filter(|asked| replies.contains(**asked)) {
            assert!(getresp(&mut client).unwrap().ends_with(asked), "{asked}: {replies}");
        }
        assert!(matches!(getresp(&mut client), Err(Error::OutOfTurn(_))), "{replies}");
        assert_in_step(&mut client);
    }
}

#[test]
fn an_abort_is_not_told_of_a_reply_to_another_command() {
    for replies in [
        "426 stopped|211 STAT|226 aborted",
        "211 STAT|426 stopped|226 aborted",
        "426 stopped|226 aborted|211 STAT",
    ] {
        let (_server, mut client, _) = opened(move |s, mut data| {
            data.send("hel");
            s.expect("STAT");
            s.expect("ABOR");
            s.send(replies.replace('|', "\r\n") + "\r\n");
            if replies.ends_with("STAT") {
                expect_search(s, "");
            }
        });
        put(&mut client, "STAT").unwrap();
        let told = client.run(async |client| client.abort().await).unwrap();
        assert_eq!(told.to_string(), "226 aborted", "{replies}");
        assert_eq!(getresp(&mut client).unwrap(), "211 STAT", "{replies}");
        assert_in_step(&mut client);
    }
}

/// The transfer is over already, and nothing is left to abort.
#[test]
fn after_the_final_reply_an_abort_leaves_the_users_replies_to_the_user() {
    for asked in [&["ABOR"][..], &["STAT"], &["ABOR", "STAT"], &["STAT", "ABOR", "NOOP"]] {
        let (_server, mut client, id) = opened(move |s, data| {
            s.send("226 done\r\n");
            data.close();
            for asked in asked {
                s.expect(asked);
                s.send(format!("2{} {asked}\r\n", if *asked == "STAT" { "11" } else { "00" }));
            }
        });
        assert_eq!(read_all(&mut client, id), b"");
        asked.iter().for_each(|asked| put(&mut client, asked).unwrap());
        let told = client.run(async |client| client.abort().await).unwrap();
        assert_eq!(told.to_string(), "226 done", "{asked:?}");
        for asked in asked {
            assert!(getresp(&mut client).unwrap().ends_with(asked), "{asked}");
        }
        assert_in_step(&mut client);
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

/// The data may be whole all the same, and is the user's to read.
#[test]
fn a_goodbye_in_the_middle_of_a_transfer_leaves_its_data_to_be_read() {
    for goodbye in ["221 goodbye", "226 done\r\n221 goodbye"] {
        let server = Scripted::start(move |s| {
            let mut data = start_transfer(s, "RETR f");
            s.send(format!("{goodbye}\r\n"));
            data.expect_silence(Duration::from_millis(100));
            data.send("he");
            data.expect_silence(Duration::from_millis(300));
            data.send("llo");
            data.close();
            s.hold();
        });
        let mut client = logged_in(&server);
        let id = client.run(async |client| client.transfercmd(&command("RETR f"), None).await).unwrap();
        let mut buffer = vec![0; 16];
        let read = client.run(async |client| client.transfer_read(id, &mut buffer).await).unwrap();
        assert_eq!(&buffer[..read], b"he");
        for _ in 0..2 {
            assert!(matches!(pwd(&mut client), Err(Error::OutOfTurn(_))));
            assert!(matches!(getresp(&mut client), Err(Error::OutOfTurn(_))));
        }
        assert_eq!(read_all(&mut client, id), b"llo");
        let outcome = finish(&mut client, id);
        if goodbye.starts_with("221") {
            assert!(matches!(outcome, Err(Error::Eof(_))), "{outcome:?}");
            assert_closed(&mut client, "221 goodbye");
        } else {
            outcome.unwrap();
        }
    }
}

/// A proper end would make a part of the file look like the whole.
#[test]
fn an_upload_is_reset_when_it_is_aborted_whatever_was_asked_meanwhile() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "STOR f");
        assert_eq!(data.read_at_least(5), b"hello");
        s.expect("STAT");
        s.send("211 it goes on\r\n");
        s.expect("ABOR");
        data.expect_reset();
        s.send("426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    client.set_type(Some(ftpclient::client::TransferType::Image));
    let stor = command("STOR f");
    let id = client.run(async |client| client.transfercmd(&stor, None).await).unwrap();
    client.run(async |client| client.transfer_write(id, &b"hello"[..]).await).unwrap();
    put(&mut client, "STAT").unwrap();
    assert_eq!(getresp(&mut client).unwrap(), "211 it goes on");
    client.run(async |client| client.abort().await).unwrap();
    assert_in_step(&mut client);
    server.finish();
}
