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
