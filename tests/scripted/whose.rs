//! Each reply finds the command that it answers, whatever else the server says before it or in between.

use super::*;

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

/// The program has been told of it as the answer to its first command. Whose the others are, nobody knows.
#[test]
fn after_a_line_that_is_no_reply_nothing_is_kept_for_the_user() {
    for (at_once, later) in [("", "200 yes\r\n"), ("200 yes\r\n", ""), ("200 yes\r\n", "211 fine\r\n")] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect("NOOP");
            s.expect("STAT");
            s.send(format!("what?\r\n{at_once}"));
            expect_search(s, later);
            s.expect("SYST");
            s.send("215 UNIX\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        put(&mut client, "NOOP").unwrap();
        put(&mut client, "STAT").unwrap();
        assert!(matches!(getresp(&mut client), Err(Error::Protocol(_))));
        put(&mut client, "SYST").unwrap();
        assert_eq!(getresp(&mut client).unwrap(), "215 UNIX", "{at_once:?}, {later:?}");
        assert_in_step(&mut client);
        server.finish();
    }
}

#[test]
fn a_reply_that_has_begun_unasked_is_nobodys_however_it_begins() {
    for begin in [" ", "\0", "\t", "2", "250-one\r\n"] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect_taken();
            s.send(begin);
            // The client waits for the rest of it.
            s.expect_taken();
            s.send_at_once("250 earlier\r\n");
            s.expect("DELE x");
            s.send("550 no\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        wait_for_arrival(&client, begin.len());
        let outcome = client.run(async |client| client.delete(b"x").await);
        assert!(matches!(outcome, Err(Error::Reply { .. })), "{begin:?}: {outcome:?}");
        assert_in_step(&mut client);
    }
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
        let server = Scripted::start(move |s| {
            s.login();
            s.send(said);
            s.close();
        });
        let mut client = logged_in(&server);
        wait_for_end(&client);
        let error = client.run(async |client| client.cwd(b"x").await).unwrap_err();
        assert!(matches!(error, Error::Eof(_)), "{error:?}");
        assert_text(&client, &error, expected);
    }
}
