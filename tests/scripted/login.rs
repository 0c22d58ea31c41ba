//! Logging in by ftplib's rules.

use ftpclient::protocol::charset::Charset;

use super::*;

fn log_in(client: &mut Client, user: &str, password: &str, account: &str) -> Result<()> {
    client.run(async |client| client.login(user, password, account).await)
}

/// Logs in while the server answers as told; returns the outcome.
fn dialogue(login: [&str; 3], exchanges: &[(&'static str, &'static str)]) -> Result<()> {
    let exchanges = exchanges.to_vec();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        for (command, reply) in exchanges {
            s.expect(command);
            s.send(format!("{reply}\r\n"));
        }
        expect_in_step(s);
    });
    let mut client = connected(&server);
    let [user, password, account] = login;
    let outcome = log_in(&mut client, user, password, account);
    if let Err(error) = &outcome {
        assert_text(&client, error, "127.0.0.1");
    }
    assert_in_step(&mut client);
    outcome
}

#[test]
fn without_a_user_it_is_anonymous() {
    dialogue(["", "", ""], &[("USER anonymous", "331 x"), ("PASS anonymous@", "230 x")]).unwrap();
    dialogue(["anonymous", "-", ""], &[("USER anonymous", "331 x"), ("PASS -anonymous@", "230 x")]).unwrap();
    dialogue(["anonymous", "me@x", ""], &[("USER anonymous", "331 x"), ("PASS me@x", "230 x")]).unwrap();
    dialogue(["guest", "", ""], &[("USER guest", "331 x"), ("PASS ", "230 x")]).unwrap();
}

#[test]
fn no_password_is_sent_when_the_user_is_enough() {
    dialogue(["joe", "secret", ""], &[("USER joe", "230 x")]).unwrap();
    dialogue(["joe", "secret", ""], &[("USER joe", "202 x")]).unwrap();
}

#[test]
fn any_3yz_reply_asks_for_the_password_and_then_for_the_account() {
    dialogue(["joe", "pw", "a"], &[("USER joe", "332 x"), ("PASS pw", "332 x"), ("ACCT a", "230 x")])
        .unwrap();
    dialogue(["joe", "pw", "a"], &[("USER joe", "300 x"), ("PASS pw", "202 x")]).unwrap();
}

#[test]
fn an_account_that_nobody_gave_is_not_sent() {
    let error =
        dialogue(["joe", "pw", ""], &[("USER joe", "331 x"), ("PASS pw", "332 account?")]).unwrap_err();
    let Error::Reply { reply, .. } = error else { panic!("{error:?}") };
    assert_eq!(reply.code(), Some(332));
}

#[test]
fn a_refusal_is_reported_and_keeps_the_session() {
    for (exchanges, code) in [
        (&[("USER joe", "530 no")][..], 530),
        (&[("USER joe", "331 x"), ("PASS secret", "530 no")][..], 530),
        (&[("USER joe", "331 x"), ("PASS secret", "430 later")][..], 430),
    ] {
        let Err(Error::Reply { reply, .. }) = dialogue(["joe", "secret", ""], exchanges) else {
            panic!("{exchanges:?}")
        };
        assert_eq!(reply.code(), Some(code));
    }
}

#[test]
fn a_password_with_a_line_end_is_refused_before_anything_is_sent() {
    for (user, password, account) in [("joe", "a\r\nDELE x", ""), ("jo\0e", "a", ""), ("joe", "a", "b\n")] {
        let server = Scripted::start(|s| {
            s.send("220 ready\r\n");
            expect_in_step(s);
        });
        let mut client = connected(&server);
        let error = log_in(&mut client, user, password, account).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument(_)), "{error:?}");
        assert_in_step(&mut client);
    }
}

#[test]
fn the_password_is_in_no_message_when_the_server_dies_on_it() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.expect("USER joe");
        s.send("331 x\r\n");
        s.expect("PASS secret");
        s.close();
    });
    let mut client = connected(&server);
    let error = log_in(&mut client, "joe", "secret", "").unwrap_err();
    assert_text(&client, &error, "without a reply to PASS ****");
    assert_closed(&mut client, "PASS ****");
}

#[test]
fn what_the_encoding_cannot_express_is_refused_before_anything_is_sent() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    client.set_charset(Charset::Latin1);
    for (user, password, account) in
        [("\u{20ac}", "a", ""), ("joe", "\u{20ac}", ""), ("joe", "a", "\u{20ac}")]
    {
        let error = log_in(&mut client, user, password, account).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument(_)), "{error:?}");
        assert!(!error.to_string().contains('\u{20ac}') || user == "\u{20ac}", "{error}");
    }
    assert_in_step(&mut client);
}

#[test]
fn a_second_greeting_is_not_the_reply_to_user() {
    for late in ["220 welcome to all", "220-and\r\n220 more"] {
        let server = Scripted::start(move |s| {
            s.send("220 ready\r\n");
            s.expect("USER joe");
            s.send(format!("{late}\r\n"));
            s.expect_taken();
            s.send("331 password\r\n");
            s.expect("PASS pw");
            s.send("230 in\r\n");
            expect_in_step(s);
        });
        let mut client = connected(&server);
        log_in(&mut client, "joe", "pw", "").unwrap();
        assert_in_step(&mut client);
    }
}

#[test]
fn a_2yz_reply_that_no_rfc_knows_is_given_a_moment() {
    for (stray, then, sends_password) in [
        ("200 hello", "331 password", true),
        ("202 not needed", "230 in", false),
        ("250 ok", "220 hello", true),
    ] {
        let server = Scripted::start(move |s| {
            s.send("220 ready\r\n");
            s.expect("USER joe");
            s.send(format!("{stray}\r\n"));
            s.expect_taken();
            s.send(format!("{then}\r\n"));
            if then.starts_with("220") {
                s.send("331 password\r\n");
            }
            if sends_password {
                s.expect("PASS pw");
                s.send("230 in\r\n");
            }
            expect_in_step(s);
        });
        let mut client = connected(&server);
        log_in(&mut client, "joe", "pw", "").unwrap();
        assert_in_step(&mut client);
    }
    let refused = dialogue(["joe", "pw", ""], &[("USER joe", "200 hello\r\n530 not you")]);
    assert!(matches!(refused, Err(Error::Reply { .. })), "{refused:?}");
}

#[test]
fn a_server_that_greets_for_ever_is_no_login() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.expect("USER joe");
        s.send("220 hello\r\n".repeat(200));
        s.expect_eof();
    });
    let mut client = connected(&server);
    let error = log_in(&mut client, "joe", "pw", "").unwrap_err();
    assert!(matches!(error, Error::Limit(_)), "{error:?}");
    assert_closed(&mut client, "replies");
}

#[test]
fn a_greeting_that_logs_in_makes_503_to_user_a_login() {
    for (greeting, refusal, is_login) in [
        ("230 you are in", "503 you are in already", true),
        ("232 you are in", "503 you are in already", true),
        ("230 you are in", "530 not you", false),
        ("220 ready", "503 what?", false),
    ] {
        let server = Scripted::start(move |s| {
            s.send(format!("{greeting}\r\n"));
            s.expect("USER joe");
            s.send(format!("{refusal}\r\n"));
            expect_in_step(s);
        });
        let mut client = connected(&server);
        let outcome = log_in(&mut client, "joe", "pw", "");
        assert_eq!(outcome.is_ok(), is_login, "{greeting}, {refusal}: {outcome:?}");
        assert_in_step(&mut client);
    }
}

#[test]
fn a_greeting_holds_until_another_login() {
    let server = Scripted::start(|s| {
        s.send("230 you are in\r\n");
        for (line, reply) in [("USER joe", "331 password"), ("PASS pw", "230 in"), ("USER ann", "503 no")] {
            s.expect(line);
            s.send(format!("{reply}\r\n"));
        }
        expect_in_step(s);
    });
    let mut client = connected(&server);
    log_in(&mut client, "joe", "pw", "").unwrap();
    assert!(log_in(&mut client, "ann", "pw", "").is_err());
    assert_in_step(&mut client);
}

#[test]
fn the_type_belongs_to_the_login() {
    let server = Scripted::start(|s| {
        start_transfer(s, "RETR f").close();
        s.send("226 done\r\n");
        for (line, reply) in
            [("USER joe", "331 password"), ("PASS pw", "230 in"), ("TYPE I", "200 ok"), ("SIZE f", "213 5")]
        {
            s.expect(line);
            s.send(format!("{reply}\r\n"));
        }
        for (line, reply) in [("REIN", "220 ready"), ("TYPE I", "200 ok"), ("SIZE f", "213 5")] {
            s.expect(line);
            s.send(format!("{reply}\r\n"));
        }
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    retrieve(&mut client, "RETR f").1.unwrap();
    log_in(&mut client, "joe", "pw", "").unwrap();
    client.run(async |client| client.size(b"f").await).unwrap();
    send(&mut client, "REIN").unwrap();
    client.run(async |client| client.size(b"f").await).unwrap();
    assert_in_step(&mut client);
}
