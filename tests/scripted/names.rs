//! Commands with names: directories, sizes, what is deleted, renamed and made.

use super::*;

#[test]
fn the_first_path_in_quotes_is_the_directory() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        for reply in ["257 there is rubbish all over \"/this/path\"", "257 \"/d/q\"x\" is here"] {
            s.expect("PWD");
            s.send(format!("{reply}\r\n"));
        }
        expect_in_step(s);
    });
    let mut client = connected(&server);
    assert_eq!(pwd(&mut client).unwrap(), "/this/path");
    assert_eq!(pwd(&mut client).unwrap(), "/d/q\"x");
    assert_in_step(&mut client);
}

#[test]
fn an_empty_name_is_refused_and_nothing_is_sent() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    let outcomes = [
        client.run(async |client| client.delete(b"").await),
        client.run(async |client| client.size(b"").await.map(drop)),
        client.run(async |client| client.mkd(b"").await.map(drop)),
        client.run(async |client| client.rmd(b"").await),
        client.run(async |client| client.rename(b"", b"b").await),
        client.run(async |client| client.rename(b"a", b"").await),
    ];
    for outcome in outcomes {
        let error = outcome.unwrap_err();
        assert!(matches!(error, Error::InvalidArgument(_)), "{error:?}");
        assert_text(&client, &error, "the name is empty");
    }
    assert_in_step(&mut client);
}

/// Also where there is no connection: what is wrong with the call does not change with the session.
#[test]
fn a_name_that_cannot_be_sent_is_refused_first() {
    let mut client = Client::new().unwrap();
    for bad in [&b""[..], b"a\r\nQUIT", b"a\0b"] {
        let mut outcomes = vec![
            client.run(async |client| client.delete(bad).await),
            client.run(async |client| client.size(bad).await.map(drop)),
            client.run(async |client| client.mkd(bad).await.map(drop)),
            client.run(async |client| client.rmd(bad).await),
            client.run(async |client| client.rename(bad, b"b").await),
            client.run(async |client| client.rename(b"a", bad).await),
        ];
        if !bad.is_empty() {
            outcomes.extend([
                client.run(async |client| client.cwd(bad).await),
                client.run(async |client| client.acct(bad).await),
                client.run(async |client| client.nlst(Some(bad), &mut |_| Ok(())).await.map(drop)),
                client.run(async |client| client.dir(Some(bad), &mut |_| Ok(())).await.map(drop)),
                client.run(async |client| client.mlsd(Some(bad), b"", &mut |_| Ok(())).await.map(drop)),
                client.run(async |client| client.mlsd(None, bad, &mut |_| Ok(())).await.map(drop)),
            ]);
        }
        for (at, outcome) in outcomes.into_iter().enumerate() {
            assert!(matches!(outcome, Err(Error::InvalidArgument(_))), "{at}: {outcome:?}");
        }
    }
}

#[test]
fn cwd_knows_up_and_here() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        for (line, reply) in [
            ("CDUP", "250 up"),
            ("PWD", "257 \"/a/b\""),
            ("CDUP", "500 what?"),
            ("CWD ..", "250 up"),
            ("PWD", "257 \"/a\""),
            ("CDUP", "502 no"),
            ("CWD ..", "250 up"),
            ("PWD", "257 \"/\""),
            ("CDUP", "550 no"),
            ("CWD .", "250 here"),
            ("CWD a b", "250 there"),
            ("CWD caf\u{e9}", "550 no"),
        ] {
            s.expect(line);
            s.send(format!("{reply}\r\n"));
        }
        expect_in_step(s);
    });
    let mut client = connected(&server);
    let mut cwd = |path: &str| client.run(async |client| client.cwd(path.as_bytes()).await);
    for _ in 0..3 {
        cwd("..").unwrap();
    }
    assert!(cwd("..").is_err());
    cwd("").unwrap();
    cwd("a b").unwrap();
    assert!(cwd("caf\u{e9}").is_err());
    assert_in_step(&mut client);
}

#[test]
fn size_asks_in_image_type_once() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        for reply in [
            "213 1234",
            "213  9223372036854775807 bytes",
            "213 3.",
            "250 1000",
            "550 no",
            "213 File status",
            "213 1,000",
            "213 9223372036854775808",
        ] {
            s.expect("SIZE f");
            s.send(format!("{reply}\r\n"));
        }
        expect_in_step(s);
    });
    let mut client = connected(&server);
    let mut size = || client.run(async |client| client.size(b"f").await);
    assert_eq!(size().unwrap(), Some(1234));
    assert_eq!(size().unwrap(), Some(i64::MAX as u64));
    assert_eq!(size().unwrap(), Some(3));
    assert_eq!(size().unwrap(), None);
    assert!(matches!(size(), Err(Error::Reply { .. })));
    for shown in ["no number", "a number that goes on", "more than fits"] {
        assert_eq!(size().unwrap(), None, "{shown}");
    }
    assert_in_step(&mut client);
}

#[test]
fn a_type_that_the_user_may_have_changed_is_sent_again() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        for (line, reply) in [
            ("TYPE I", "200 ok"),
            ("SIZE f", "213 1"),
            ("TYPE A", "200 ok"),
            ("TYPE I", "200 ok"),
            ("SIZE f", "213 1"),
        ] {
            s.expect(line);
            s.send(format!("{reply}\r\n"));
        }
        expect_in_step(s);
    });
    let mut client = connected(&server);
    client.run(async |client| client.size(b"f").await).unwrap();
    send(&mut client, "TYPE A").unwrap();
    client.run(async |client| client.size(b"f").await).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn delete_is_done_at_any_2yz() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        for reply in ["250 ok", "200 ok", "226 File deleted.", "2 ok", "350 sure?", "550 no"] {
            s.expect("DELE f");
            s.send(format!("{reply}\r\n"));
        }
        expect_in_step(s);
    });
    let mut client = connected(&server);
    let mut delete = || client.run(async |client| client.delete(b"f").await);
    for _ in 0..4 {
        delete().unwrap();
    }
    assert!(matches!(delete(), Err(Error::Reply { .. })));
    assert!(matches!(delete(), Err(Error::Reply { .. })));
    assert_in_step(&mut client);
}

#[test]
fn rename_sends_the_new_name_only_when_it_is_asked_for() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        for (line, reply) in [
            ("RNFR a b", "350 and now?"),
            ("RNTO c", "250 ok"),
            ("RNFR a", "250 hm"),
            ("RNFR a", "550 no"),
            ("RNFR a", "350 and now?"),
            ("RNTO c", "553 no"),
        ] {
            s.expect(line);
            s.send(format!("{reply}\r\n"));
        }
        expect_in_step(s);
    });
    let mut client = connected(&server);
    let mut rename = |from: &str| client.run(async |client| client.rename(from.as_bytes(), b"c").await);
    rename("a b").unwrap();
    for _ in 0..3 {
        assert!(matches!(rename("a"), Err(Error::Reply { .. })));
    }
    assert!(matches!(rename("a\n"), Err(Error::InvalidArgument(_))));
    let bad_target = client.run(async |client| client.rename(b"a", b"c\r").await);
    assert!(matches!(bad_target, Err(Error::InvalidArgument(_))));
    assert_in_step(&mut client);
}

#[test]
fn directories_are_made_and_removed() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        for (line, reply) in [
            ("MKD d", "257 \"/x/d\" made"),
            ("MKD d", "250 made"),
            ("MKD d", "550 exists"),
            ("RMD d", "250 gone"),
            ("RMD d", "550 no"),
            ("ACCT a", "230 ok"),
            ("ACCT a", "503 no"),
        ] {
            s.expect(line);
            s.send(format!("{reply}\r\n"));
        }
        expect_in_step(s);
    });
    let mut client = connected(&server);
    let mut mkd = || client.run(async |client| client.mkd(b"d").await);
    assert_eq!(mkd().unwrap(), b"/x/d");
    assert_eq!(mkd().unwrap(), b"");
    assert!(mkd().is_err());
    let mut rmd = || client.run(async |client| client.rmd(b"d").await);
    rmd().unwrap();
    assert!(rmd().is_err());
    client.run(async |client| client.acct(b"a").await).unwrap();
    let error = client.run(async |client| client.acct(b"a").await).unwrap_err();
    assert_text(&client, &error, "ACCT ****: 503 no");
    assert_in_step(&mut client);
}

#[test]
fn pwd_reads_what_servers_write() {
    for (reply, path) in [
        ("257 \"/a \"\"b\"\"\" is here", "/a \"b\""),
        ("257 \"/\"", "/"),
        ("257 /unquoted", ""),
        ("250 \"/x\"", ""),
    ] {
        let server = Scripted::start(move |s| {
            s.send("220 ready\r\n");
            s.expect("PWD");
            s.send(format!("{reply}\r\n"));
        });
        assert_eq!(pwd(&mut connected(&server)).unwrap(), path, "{reply}");
    }
}

#[test]
fn a_directory_whose_name_would_end_early_in_c_is_refused() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        for line in ["PWD", "MKD d"] {
            s.expect(line);
            s.send("257 \"/a\0b\"\r\n");
        }
        expect_in_step(s);
    });
    let mut client = connected(&server);
    let error = pwd(&mut client).unwrap_err();
    assert!(matches!(error, Error::Protocol(_)), "{error:?}");
    assert_text(&client, &error, "PWD: the directory's name holds a zero byte");
    let outcome = client.run(async |client| client.mkd(b"d").await);
    assert!(matches!(outcome, Err(Error::Protocol(_))), "{outcome:?}");
    assert_in_step(&mut client);
}
