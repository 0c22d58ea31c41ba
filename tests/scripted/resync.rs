//! The session is looked for: by `resync`, and after what cannot be matched.

use super::opened::opened;
use super::*;

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
        let (text, is_short) = (replies.to_owned(), replies.len() < 20);
        let server = Scripted::start(move |s| {
            s.login();
            s.expect_taken();
            s.send(&text);
            if is_short {
                s.close();
            } else {
                s.expect_eof();
            }
        });
        let mut client = logged_in(&server);
        if is_short {
            wait_for_end(&client);
        } else {
            wait_for_arrival(&client, replies.len());
        }
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

/// A refusal is no path: nothing more is to come that looks like the reply to PWD.
#[test]
fn resync_does_not_wait_for_the_path_of_what_was_refused() {
    for (commands, replies) in [
        (&["MKD x"][..], "550 it is there\r\n"),
        (&["PWD"], "550 no\r\n"),
        (&["XMKD x", "STAT"], "450 not now\r\n211 status\r\n"),
        (&["STAT", "MKD x"], "502 what\r\n550 it is there\r\n"),
        (&["MKD x", "MKD x"], "257 \"/x\"\r\n550 it is there\r\n"),
        (&["MKD x", "PWD"], "550 it is there\r\n257 \"/\"\r\n"),
    ] {
        let server = Scripted::start(move |s| {
            s.login();
            for command in commands {
                s.expect(*command);
            }
            expect_search(s, replies);
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        for command in commands {
            put(&mut client, command).unwrap();
        }
        let start = Stopwatch::start();
        resync(&mut client).unwrap();
        assert_quick(&start, Duration::from_secs(4));
        assert_in_step(&mut client);
        server.finish();
    }
}
