//! Where a session that comes back stands: the way to its directory, and how it is known.

use super::reconnect::*;
use super::support::scripted::script;
use super::*;

#[test]
fn pwd_tells_the_way_at_once() {
    let server = sessions(vec![
        vec![("CWD a", "250 ok"), ("CWD b", "250 ok"), ("PWD", "257 \"/x \"\"y\"\"/b\" is here")],
        vec![
            ("CWD /x \"y\"/b", "250 ok"),
            ("PWD", "257 \"/x \"\"y\"\"/b\" is here"),
            ("PWD", "257 \"/in/step\""),
        ],
    ]);
    let mut client = logged_in(&server);
    cwd(&mut client, "a").unwrap();
    cwd(&mut client, "b").unwrap();
    pwd(&mut client).unwrap();
    reconnect(&mut client).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn after_a_long_way_pwd_is_asked_before_the_next_step() {
    let mut first = vec![("CWD d", "250 ok"); 64];
    first.extend([("PWD", "257 \"/deep\""), ("CWD d", "250 ok"), ("CWD d", "250 ok")]);
    // The session that is left tells where it stands.
    first.push(("PWD", "257 \"/deep/d/d\""));
    let again = [("CWD /deep/d/d", "250 ok"), ("PWD", "257 \"/deep/d/d\"")];
    let server = sessions(vec![first, [&again[..], &[("PWD", "257 \"/in/step\"")]].concat()]);
    let mut client = logged_in(&server);
    for _ in 0..66 {
        cwd(&mut client, "d").unwrap();
    }
    assert!(client.last_reply().unwrap().starts_with("250"));
    reconnect(&mut client).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn a_way_that_is_lost_is_told_before_anything_is_done() {
    let dialogue = vec![
        ("CWD d", "250 ok"),
        ("PWD", "502 what?"),
        ("CDUP", "250 ok"),
        ("PWD", "502 what?"),
        ("PWD", "257 \"/in/step\""),
    ];
    let again = vec![("CWD /in/step", "250 ok"), ("PWD", "257 \"/in/step\""), ("PWD", "257 \"/in/step\"")];
    let server = sessions(vec![dialogue, again]);
    let mut client = logged_in(&server);
    cwd(&mut client, "d").unwrap();
    cwd(&mut client, "..").unwrap();
    let error = reconnect(&mut client).unwrap_err();
    assert!(matches!(error, Error::OutOfTurn(_)), "{error:?}");
    assert_text(&client, &error, "the working directory is not known");
    assert_in_step(&mut client);
    reconnect(&mut client).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn a_421_to_the_question_for_the_way_ends_the_session() {
    let mut dialogue = vec![("CWD d", "250 ok"); 64];
    dialogue.push(("PWD", "421 enough"));
    let server = sessions(vec![dialogue]);
    let mut client = logged_in(&server);
    for _ in 0..64 {
        cwd(&mut client, "d").unwrap();
    }
    let error = cwd(&mut client, "d").unwrap_err();
    assert_text(&client, &error, "PWD: 421 enough");
    assert_closed(&mut client, "421 enough");
}

/// Loses the session, and what is to come of it.
fn comes_back_after(server: &Scripted, walk: impl FnOnce(&mut Client)) -> (Client, Result<()>) {
    let mut client = logged_in(server);
    walk(&mut client);
    client.close();
    let outcome = reconnect(&mut client);
    (client, outcome)
}

#[test]
fn another_directory_at_the_end_of_the_way_is_an_error_that_names_it() {
    let server = sessions(vec![
        vec![("CWD link", "250 ok"), ("PWD", "257 \"/link\""), ("CDUP", "250 ok")],
        vec![("CWD /link", "250 ok"), ("PWD", "257 \"/keep/sub\"")],
        vec![("CWD /link", "250 ok"), ("PWD", "550 what?")],
        vec![("CWD /link", "550 gone")],
        vec![
            ("CWD /link", "250 ok"),
            ("PWD", "257 \"/link\""),
            ("CDUP", "250 ok"),
            ("PWD", "257 \"/in/step\""),
        ],
    ]);
    let (mut client, outcome) = comes_back_after(&server, |client| {
        cwd(client, "link").unwrap();
        cwd(client, "..").unwrap();
    });
    let error = outcome.unwrap_err();
    assert!(matches!(error, Error::Reply { .. }), "{error:?}");
    assert_text(&client, &error, "the way back to \"/link/..\" leads elsewhere: 257 \"/keep/sub\"");
    assert_closed(&mut client, "leads elsewhere");
    let error = reconnect(&mut client).unwrap_err();
    assert_text(&client, &error, "the way back to \"/link/..\" leads elsewhere: 550 what?");
    let error = reconnect(&mut client).unwrap_err();
    assert_text(&client, &error, "going back to \"/link/..\": CWD /link: 550 gone");
    reconnect(&mut client).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn a_directory_that_is_gone_is_not_on_the_way() {
    let server = sessions(vec![
        vec![
            ("MKD d", "257 \"/d\""),
            ("CWD d", "250 ok"),
            ("PWD", "257 \"/d\""),
            ("CDUP", "250 ok"),
            ("PWD", "257 \"/\""),
            ("RMD d", "250 gone"),
        ],
        vec![("CWD /", "250 ok"), ("PWD", "257 \"/\""), ("PWD", "257 \"/in/step\"")],
    ]);
    let (mut client, outcome) = comes_back_after(&server, |client| {
        client.run(async |client| client.mkd(b"d").await).unwrap();
        cwd(client, "d").unwrap();
        cwd(client, "..").unwrap();
        client.run(async |client| client.rmd(b"d").await).unwrap();
    });
    outcome.unwrap();
    assert_in_step(&mut client);
}

#[test]
fn what_pwd_has_told_is_compared_and_what_cannot_be_sent_is_not_sent() {
    let path = "257 \"/home/a\u{3}b\"";
    let server = sessions(vec![
        vec![("CWD a", "250 ok"), ("PWD", path)],
        vec![("CWD a", "250 ok"), ("PWD", path)],
        vec![("CWD a", "250 ok"), ("PWD", "257 \"/home/a\"")],
    ]);
    let (mut client, outcome) = comes_back_after(&server, |client| {
        cwd(client, "a").unwrap();
        assert_eq!(pwd(client).unwrap(), "/home/a\u{3}b");
    });
    outcome.unwrap();
    client.close();
    let error = reconnect(&mut client).unwrap_err();
    assert_text(&client, &error, "the way back to \"a\" leads elsewhere: 257 \"/home/a\"");
}

#[test]
fn a_change_of_directory_that_the_user_reads_by_himself_is_asked_for() {
    let server = sessions(vec![
        vec![
            ("CWD /a", "250 ok"),
            ("CWD b", "250 ok"),
            ("PWD", "257 \"/a/b\""),
            ("NLST x", "502 no"),
            ("CDUP", "250 ok"),
            ("SMNT y", "202 ok"),
            ("PWD", "257 \"/y\""),
            ("STAT", "211 fine"),
        ],
        vec![("CWD /y", "250 ok"), ("PWD", "257 \"/y\""), ("PWD", "257 \"/in/step\"")],
    ]);
    let (mut client, outcome) = comes_back_after(&server, |client| {
        let put = async |client: &mut Client, text: &str| {
            client.putcmd(&command(text)).await?;
            client.getresp().await
        };
        client.run(async |client| put(client, "CWD /a").await).unwrap();
        client.run(async |client| put(client, "CWD b").await).unwrap();
        assert!(send(client, "NLST x").is_err());
        send(client, "CDUP").unwrap();
        send(client, "SMNT y").unwrap();
        send(client, "STAT").unwrap();
    });
    outcome.unwrap();
    assert_in_step(&mut client);
}

#[test]
fn a_session_that_is_lost_before_it_could_tell_takes_the_last_step_again() {
    let server = sessions(vec![
        vec![("CWD /a", "250 ok"), ("CWD b", "250 ok")],
        vec![("CWD /a", "250 ok"), ("CWD b", "250 ok"), ("PWD", "257 \"/in/step\"")],
    ]);
    let (mut client, outcome) = comes_back_after(&server, |client| {
        cwd(client, "/a").unwrap();
        cwd(client, "b").unwrap();
    });
    outcome.unwrap();
    assert_in_step(&mut client);
}

#[test]
fn who_is_logged_in_is_not_guessed() {
    let server = Scripted::start(|s| {
        s.login();
        plays(s, &[("USER other", "331 password")]);
        s.expect("PASS pw");
        s.hold();
    });
    let (client, outcome) = comes_back_after(&server, |client| {
        put(client, "USER other").unwrap();
        put(client, "PASS pw").unwrap();
        getresp(client).unwrap();
    });
    let error = outcome.unwrap_err();
    assert!(matches!(error, Error::OutOfTurn(_)), "{error:?}");
    assert_text(&client, &error, "who is logged in is not known");
}

#[test]
fn a_login_that_the_user_has_read_by_himself_comes_back() {
    let server = Scripted::sessions(vec![
        script(|s| {
            s.login();
            plays(s, &[("CWD /a", "250 ok"), ("USER other", "331 password"), ("PASS pw", "230 in")]);
        }),
        script(|s| {
            s.send("220 ready\r\n");
            plays(s, &[("USER other", "331 password"), ("PASS pw", "230 in"), ("PWD", "257 \"/in/step\"")]);
        }),
    ]);
    let (mut client, outcome) = comes_back_after(&server, |client| {
        cwd(client, "/a").unwrap();
        for text in ["USER other", "PASS pw"] {
            put(client, text).unwrap();
            getresp(client).unwrap();
        }
    });
    outcome.unwrap();
    assert_in_step(&mut client);
}

#[test]
fn an_account_of_the_login_comes_back() {
    let acct =
        |client: &mut Client, account: &str| client.run(async |client| client.acct(account.as_bytes()).await);
    let server = sessions(vec![
        vec![("ACCT one", "230 ok"), ("ACCT two", "202 ok"), ("ACCT three", "530 no"), ("CWD /a", "250 ok")],
        // Before what it may let the user do.
        vec![("ACCT two", "230 ok"), ("CWD /a", "250 ok")],
        vec![("ACCT two", "530 not today")],
        vec![("ACCT two", "230 ok"), ("CWD /a", "250 ok"), ("PWD", "257 \"/in/step\"")],
    ]);
    let (mut client, outcome) = comes_back_after(&server, |client| {
        acct(client, "one").unwrap();
        acct(client, "two").unwrap();
        acct(client, "three").unwrap_err();
        cwd(client, "/a").unwrap();
    });
    outcome.unwrap();
    assert!(client.last_reply().unwrap().starts_with("230 welcome"));
    // What is brought back can be brought back again, unless the server refuses it.
    let error = reconnect(&mut client).unwrap_err();
    assert_closed(&mut client, "ACCT ****: 530 not today");
    assert!(matches!(error, Error::Reply { .. }), "{error:?}");
    reconnect(&mut client).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn an_account_ends_with_its_login() {
    for (shown, words) in [
        ("another user", &[("USER user", "331 x"), ("PASS secret", "230 x")][..]),
        ("REIN", &[("REIN", "220 x")]),
    ] {
        let first = [&[("ACCT one", "230 ok")], words].concat();
        let is_over = shown == "REIN";
        let server = Scripted::sessions(vec![
            script(move |s| {
                s.login();
                plays(s, &first);
            }),
            script(move |s| {
                s.send("220 ready\r\n");
                if !is_over {
                    plays(s, &[("USER user", "331 x"), ("PASS secret", "230 x")]);
                }
                expect_in_step(s);
            }),
        ]);
        let (mut client, outcome) = comes_back_after(&server, |client| {
            client.run(async |client| client.acct(b"one").await).unwrap();
            for (text, _) in words {
                send(client, text).unwrap();
            }
        });
        outcome.unwrap();
        assert_in_step(&mut client);
    }
}
