//! Telnet on the control connection: what servers put into replies, and the byte 0xFF in names.

use ftpclient::protocol::charset::Charset;

use super::*;

const PROBE: &[u8] = b"STRU \xff\xfc\x01F";
const CONTROL: &[u8] = b"STRU \xff\xff F";

fn reads_telnet(s: &mut Session) {
    s.expect(PROBE);
    s.send(b"\xff\xfe\x01200 structure F\r\n");
    s.expect(CONTROL);
    s.send(b"501 \xff?\r\n");
}

fn takes_bytes(s: &mut Session) {
    s.expect(PROBE);
    s.send("504 no such structure\r\n");
    s.expect("STRU F");
    s.send("200 fine\r\n");
}

/// Accepts what nobody can mean.
fn listens_to_nothing(s: &mut Session) {
    for question in [PROBE, CONTROL, b"STRU X"] {
        s.expect(question);
        s.send("200 fine\r\n");
    }
}

/// Drops each 0xFF and a byte or two behind it.
fn drops_0xff(s: &mut Session) {
    for question in [PROBE, CONTROL] {
        s.expect(question);
        s.send("200 fine\r\n");
    }
    s.expect("STRU X");
    s.send("504 no such structure\r\n");
}

fn knows_no_structure(s: &mut Session) {
    s.expect(PROBE);
    s.send("502 what?\r\n");
    s.expect("STRU F");
    s.send("502 what?\r\n");
}

#[test]
fn telnet_commands_are_no_part_of_replies() {
    let server = Scripted::start(|s| {
        s.send(b"\xff\xfd\x18\xff\xfb\x01220 ready\r\n");
        s.expect("STAT");
        s.send_split(
            b"\xff\xf1211-o\xff\xfe\x06ne\r\n\xff\xfc 211 t\xff\xffwo\r\n",
            1,
            Duration::from_micros(200),
        );
        // A server that wants to negotiate, and then waits for the next command.
        s.send(b"\xff\xfd\x18");
        expect_in_step(s);
        s.send(b"\xff\xfd");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    assert_eq!(client.welcome().unwrap().text(), b"220 ready");
    let reply = client.run(async |client| client.sendcmd(&command("STAT")).await).unwrap();
    assert_eq!(reply.text(), b"211-one\n211 t\xffwo");
    let start = Stopwatch::start();
    assert_in_step(&mut client);
    // It is not the start of a reply that has to be waited for.
    assert_quick(&start, Duration::from_secs(4));
    // The option of the command that is cut off is the first byte of the reply.
    assert!(pwd(&mut client).is_err());
}

#[test]
fn a_server_that_ends_the_session_when_it_is_asked_is_believed() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect(PROBE);
        s.send("421 bye\r\n");
        s.expect_eof();
    });
    let mut client = logged_in(&server);
    let error = client.run(async |client| client.delete(b"\xff").await).unwrap_err();
    assert!(matches!(&error, Error::Reply { reply, .. } if reply.code() == Some(421)), "{error:?}");
    assert_closed(&mut client, "421 bye");
}

#[test]
fn telnet_commands_without_end_are_a_line_that_is_too_long() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.expect("NOOP");
        s.send_until_closed([0xff, 0xf1].repeat(4096));
    });
    let mut client = connected(&server);
    let error = send(&mut client, "NOOP").unwrap_err();
    assert!(matches!(error, Error::Limit(_)), "{error:?}");
}

#[test]
fn a_name_keeps_its_0xff_whatever_kind_of_server_it_is() {
    type Kind = fn(&mut Session);
    for (kind, written) in [(reads_telnet as Kind, &b"\xff\xff\xfe bad"[..]), (takes_bytes, b"\xff\xfe bad")]
    {
        let with = move |verb: &str| [verb.as_bytes(), b" ", written].concat();
        let server = Scripted::start(move |s| {
            s.login();
            kind(s);
            s.expect(with("DELE"));
            s.send("250 gone\r\n");
            s.expect("RNFR old");
            s.send("350 and now?\r\n");
            s.expect(with("RNTO"));
            s.send("250 ok\r\n");
            s.expect("TYPE I");
            s.send("200 ok\r\n");
            let listener = s.passive();
            s.expect(with("STOR"));
            s.send("150 go\r\n");
            assert_eq!(listener.accept().read_to_end(), b"x");
            s.send("226 done\r\n");
            s.expect(with("SITE x"));
            s.send("200 ok\r\n");
            s.expect(with("MKD"));
            s.send(b"257 \"/\xff\xfe bad\" is made\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let name = b"\xff\xfe bad";
        let (stor, site) =
            (Command::with("STOR", name).unwrap(), Command::parse(b"SITE x \xff\xfe bad").unwrap());
        let mut rest = &b"x"[..];
        let mut source = |buffer: &mut [u8]| {
            let length = rest.len();
            buffer[..length].copy_from_slice(rest);
            rest = &[];
            Ok(length)
        };
        let made = client
            .run(async |client| {
                client.delete(name).await?;
                client.rename(b"old", name).await?;
                client.storbinary(&stor, 0, None, &mut source, &mut |_| Ok(())).await?;
                client.putcmd(&site).await?;
                client.voidresp().await?;
                client.mkd(name).await
            })
            .unwrap();
        assert_eq!(made, b"/\xff\xfe bad");
        assert_in_step(&mut client);
    }
}

#[test]
fn the_question_comes_before_the_first_of_several_commands() {
    let server = Scripted::start(|s| {
        s.login();
        reads_telnet(s);
        s.expect("RNFR old");
        s.send("350 and now?\r\n");
        s.expect(b"RNTO \xff\xff");
        s.send("250 ok\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    client.run(async |client| client.rename(b"old", b"\xff").await).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn the_encoding_makes_the_byte() {
    let server = Scripted::start(|s| {
        s.login();
        reads_telnet(s);
        s.expect(b"DELE \xff\xff.txt");
        s.send("250 gone\r\n");
        s.expect("DELE \u{44f}.txt");
        s.send("250 gone\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    client.set_charset(Charset::for_label(b"windows-1251").unwrap());
    client.run(async |client| client.delete("\u{44f}.txt".as_bytes()).await).unwrap();
    client.set_charset(Charset::Utf8);
    client.run(async |client| client.delete("\u{44f}.txt".as_bytes()).await).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn where_nobody_can_know_nothing_is_changed() {
    for kind in [listens_to_nothing as fn(&mut Session), knows_no_structure] {
        let server = Scripted::start(move |s| {
            s.login();
            kind(s);
            s.expect(b"SIZE \xff");
            s.send("550 no\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let put = Command::with("APPE", b"\xff").unwrap();
        for outcome in [
            client.run(async |client| client.delete(b"\xff").await),
            client.run(async |client| client.rename(b"a", b"\xff").await),
            client.run(async |client| client.rmd(b"\xff").await),
            client.run(async |client| client.cwd(b"\xff").await),
            client.run(async |client| client.putcmd(&put).await),
            client.run(async |client| client.transfercmd(&put, None).await.map(drop)),
        ] {
            let error = outcome.unwrap_err();
            assert!(matches!(&error, Error::Unsupported(text) if text.contains("0xFF")), "{error:?}");
        }
        // The type is set before; it is no change that the user would miss.
        let size = client.run(async |client| client.sendcmd(&Command::with("SIZE", b"\xff")?).await);
        assert!(matches!(size, Err(Error::Reply { .. })), "{size:?}");
        assert_in_step(&mut client);
    }
}

#[test]
fn a_server_that_drops_the_byte_is_not_even_asked_about_such_a_name() {
    let server = Scripted::start(|s| {
        s.login();
        drops_0xff(s);
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    for verb in ["SIZE", "RETR", "MDTM", "MLST", "LIST", "DELE", "CWD"] {
        let command = Command::with(verb, b"a\xffbc").unwrap();
        let error = client.run(async |client| client.sendcmd(&command).await).unwrap_err();
        assert!(matches!(&error, Error::Unsupported(text) if text.contains("drops")), "{verb}: {error:?}");
    }
    assert_in_step(&mut client);
}

#[test]
fn what_was_learned_ends_with_the_login_and_who_is_not_logged_in_is_asked_again() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.expect(PROBE);
        s.send("530 log in\r\n");
        s.expect("USER user");
        s.send("331 password\r\n");
        s.expect(b"PASS \xff");
        s.send("230 in\r\n");
        takes_bytes(s);
        s.expect(b"DELE \xff");
        s.send("250 gone\r\n");
        s.expect("USER user");
        s.send("230 in\r\n");
        reads_telnet(s);
        s.expect(b"DELE \xff\xff");
        s.send("250 gone\r\n");
        s.expect("STRU R");
        s.send("200 ok\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    let delete = async |client: &mut Client| client.delete(b"\xff").await;
    assert!(client.run(delete).is_err());
    client.run(async |client| client.login_bytes(b"user", b"\xff", b"").await).unwrap();
    client.run(delete).unwrap();
    client.run(async |client| client.login("user", "", "").await).unwrap();
    client.run(delete).unwrap();
    send(&mut client, "STRU R").unwrap();
    assert_in_step(&mut client);
}

#[test]
fn a_structure_that_the_user_has_set_is_not_changed_by_a_question() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("STRU R");
        s.send("200 ok\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    send(&mut client, "STRU R").unwrap();
    let refused = client.run(async |client| client.delete(b"\xff").await);
    assert!(matches!(refused, Err(Error::Unsupported(_))), "{refused:?}");
    assert_in_step(&mut client);
}

#[test]
fn telnet_of_the_users_own_before_a_command_goes_out_as_it_is() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect(b"\xff\xf4\xff\xf2STAT");
        s.send("211 fine\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let stat = Command::parse(b"\xff\xf4\xff\xf2STAT").unwrap();
    client.run(async |client| client.sendcmd(&stat).await).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn a_command_of_more_than_64_kib_is_not_sent() {
    let server = Scripted::start(|s| {
        s.login();
        expect_in_step(s);
        s.expect_eof();
    });
    let mut client = logged_in(&server);
    let (long, longer) = (vec![b'x'; 65_536 - "DELE \r\n".len()], vec![b'x'; 65_536]);
    assert_in_step(&mut client);
    let long_in_latin_1 = "\u{e9}".repeat(60_000);
    let retr = Command::with("RETR", &longer).unwrap();
    for outcome in [
        client.run(async |client| client.delete(&[&long[..], b"x"].concat()).await),
        client.run(async |client| client.cwd(&longer).await),
        client.run(async |client| client.mkd(&longer).await.map(drop)),
        client.run(async |client| client.rename(b"a", &longer).await),
        client.run(async |client| client.size(&longer).await.map(drop)),
        client.run(async |client| client.login_bytes(b"a", &longer, b"").await),
        client.run(async |client| client.login_bytes(b"a", b"", &longer).await),
        client.run(async |client| client.acct(&longer).await),
        client.run(async |client| client.nlst(Some(&longer), &mut |_| Ok(())).await.map(drop)),
        client.run(async |client| client.dir(Some(&longer), &mut |_| Ok(())).await.map(drop)),
        client.run(async |client| client.mlsd(Some(&longer), b"size;", &mut |_| Ok(())).await.map(drop)),
        client.run(async |client| client.mlsd(None, &longer, &mut |_| Ok(())).await.map(drop)),
        client.run(async |client| client.retrlines(&retr, &mut |_| Ok(())).await.map(drop)),
        client.run(async |client| client.retrbinary(&retr, 0, None, &mut |_| Ok(())).await.map(drop)),
        client.run(async |client| client.transfercmd(&retr, None).await.map(drop)),
        client.run(async |client| client.sendcmd(&retr).await.map(drop)),
        client.run(async |client| client.putcmd(&retr).await),
        client.run(async |client| client.delete(long_in_latin_1.as_bytes()).await),
    ] {
        let error = outcome.unwrap_err();
        assert!(matches!(error, Error::Limit(_)), "{error:?}");
        assert!(error.to_string().chars().count() < 400);
    }
    assert!(client.is_connected());
    drop(client);
    server.finish();
}

#[test]
fn the_limit_of_a_command_counts_the_bytes_on_the_wire() {
    let longest = 65_536 - "DELE \r\n".len();
    let server = Scripted::start(move |s| {
        s.login();
        assert_eq!(s.line_bytes().len(), 65_534);
        s.send("550 no\r\n");
        assert_eq!(s.line_bytes().len(), 60_005);
        s.send("550 no\r\n");
        reads_telnet(s);
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let delete = |client: &mut Client, name: &[u8]| client.run(async |client| client.delete(name).await);
    assert!(matches!(delete(&mut client, &vec![b'x'; longest]), Err(Error::Reply { .. })));
    client.set_charset(Charset::Latin1);
    assert!(matches!(delete(&mut client, "\u{e9}".repeat(60_000).as_bytes()), Err(Error::Reply { .. })));
    let doubled = delete(&mut client, "\u{ff}".repeat(40_000).as_bytes());
    assert!(matches!(doubled, Err(Error::Limit(_))), "{doubled:?}");
    assert_in_step(&mut client);
}
