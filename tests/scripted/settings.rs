//! Settings and what they change on the wire.

use std::sync::{Arc, Mutex};

use ftpclient::client::{AuditEvent, LogKind};
use ftpclient::protocol::charset::Charset;

use super::*;

#[test]
fn the_limit_of_a_line_holds_for_replies_and_for_text() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE A");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("LIST");
        s.send("150 go\r\n");
        let mut data = listener.accept();
        data.send([b'x'; 50]);
        data.send("\r\n");
        data.send_until_closed();
        s.expect("ABOR");
        s.send("426 stopped\r\n226 aborted\r\n");
        s.expect("PWD");
        s.send_at_once(format!("257 \"{}\"\r\n", "x".repeat(100)));
        s.expect_eof();
    });
    let mut client = logged_in(&server);
    client.set_max_line(60);
    let list = command("LIST");
    let outcome = client.run(async |client| client.retrlines(&list, &mut |_| Ok(())).await);
    assert!(matches!(outcome, Err(Error::Limit(_))), "{outcome:?}");
    assert!(matches!(pwd(&mut client), Err(Error::Limit(_))));
    assert_closed(&mut client, "more than 60 bytes");
}

#[test]
fn connections_come_from_the_source_address() {
    let server = Scripted::start(|s| {
        assert_eq!(s.client_addr().ip().to_string(), "127.0.0.3");
        let mut data = start_transfer(s, "RETR f");
        assert_eq!(data.client_addr().ip().to_string(), "127.0.0.3");
        data.send("hello");
        data.close();
        s.send("226 done\r\n");
    });
    let mut client = client();
    client.set_source(Some(("127.0.0.3", 0))).unwrap();
    connect_to(&mut client, server.addr()).unwrap();
    client.run(async |client| client.login("user", "secret", "").await).unwrap();
    retrieve(&mut client, "RETR f").1.unwrap();
}

/// A free port of this machine.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.3:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn the_source_address_counts_for_the_next_data_connection() {
    let (first, second) = (free_port(), free_port());
    let taken = std::net::TcpListener::bind("127.0.0.4:0").unwrap();
    let server = Scripted::start(move |s| {
        assert_eq!(s.client_addr().ip().to_string(), "127.0.0.1");
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        for (host, port) in [("127.0.0.3", Some(first)), ("127.0.0.3", Some(second)), ("127.0.0.4", None)] {
            let listener = s.passive();
            s.expect("RETR f");
            s.send("150 go\r\n");
            let mut data = listener.accept();
            assert_eq!(data.client_addr().ip().to_string(), host);
            assert!(port.is_none_or(|port| data.client_addr().port() == port), "{}", data.client_addr());
            data.send("hello");
            data.close();
            s.send("226 done\r\n");
        }
        s.passive();
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    // The last port is another socket's: then it is any.
    let last = taken.local_addr().unwrap().port();
    for (host, port) in [("127.0.0.3", first), ("127.0.0.3", second), ("127.0.0.4", last)] {
        client.set_source(Some((host, port))).unwrap();
        retrieve(&mut client, "RETR f").1.unwrap();
    }
    client.set_source(Some(("::1", 0))).unwrap();
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    assert_text(&client, &error, "the source address is of another family");
    assert_in_step(&mut client);
}

#[test]
fn control_and_data_connection_share_the_source_port() {
    let port = free_port();
    let server = Scripted::start(move |s| {
        assert_eq!(s.client_addr().to_string(), format!("127.0.0.3:{port}"));
        let mut data = start_transfer(s, "RETR f");
        assert_eq!(data.client_addr().to_string(), format!("127.0.0.3:{port}"));
        data.send("hello");
        data.close();
        s.send("226 done\r\n");
    });
    let mut client = client();
    client.set_source(Some(("127.0.0.3", port))).unwrap();
    connect_to(&mut client, server.addr()).unwrap();
    client.run(async |client| client.login("user", "secret", "").await).unwrap();
    retrieve(&mut client, "RETR f").1.unwrap();
}

#[test]
fn without_a_source_address_it_is_the_systems_choice_again() {
    let server = Scripted::start(|s| {
        assert_eq!(s.client_addr().ip().to_string(), "127.0.0.1");
        s.send("220 ready\r\n");
    });
    let mut client = client();
    client.set_source(Some(("127.0.0.3", 0))).unwrap();
    client.set_source(None).unwrap();
    connect_to(&mut client, server.addr()).unwrap();
    server.finish();
}

#[test]
fn a_source_address_that_is_not_ours_is_an_error() {
    let server = Scripted::sessions(vec![]);
    let mut client = client();
    client.set_source(Some(("192.0.2.1", 0))).unwrap();
    let error = connect_to(&mut client, server.addr()).unwrap_err();
    assert_eq!(error.os_error(), Some(libc::EADDRNOTAVAIL), "{error:?}");
    client.set_source(Some(("::1", 0))).unwrap();
    let error = connect_to(&mut client, server.addr()).unwrap_err();
    assert_text(&client, &error, "the source address is of another family");
    client.set_source(Some(("no-such-host.invalid", 0))).unwrap();
    let error = connect_to(&mut client, server.addr()).unwrap_err();
    assert!(matches!(error, Error::Resolve(_)), "{error:?}");
    for host in ["", "a b", "a\n"] {
        assert!(client.set_source(Some((host, 0))).is_err(), "{host:?}");
    }
}

#[test]
fn any_address_of_a_family_chooses_the_family() {
    let server = Scripted::start(|s| {
        assert_eq!(s.client_addr().ip().to_string(), "127.0.0.1");
        s.send("220 ready\r\n");
    });
    let mut client = client();
    client.set_source(Some(("::", 0))).unwrap();
    let error = connect_to(&mut client, server.addr()).unwrap_err();
    assert_text(&client, &error, "the source address is of another family");
    client.set_source(Some(("0.0.0.0", 0))).unwrap();
    connect_to(&mut client, server.addr()).unwrap();
    server.finish();
}

#[test]
fn names_and_text_are_encoded_on_the_wire() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect(b"CWD caf\xe9");
        s.send(b"250 it is caf\xe9 now\r\n");
        s.expect("PWD");
        s.send(b"257 \"/caf\xe9\"\r\n");
        s.expect("TYPE A");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("NLST");
        s.send("150 go\r\n");
        listener.accept().send(b"\xe9t\xe9\r\n\xff");
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    client.set_charset(Charset::Latin1);
    client.run(async |client| client.cwd("caf\u{e9}".as_bytes()).await).unwrap();
    assert_eq!(client.last_reply().unwrap().text(), "250 it is caf\u{e9} now".as_bytes());
    let mut names = Vec::new();
    let mut sink = |name: &[u8]| {
        names.push(String::from_utf8(name.to_vec()).unwrap());
        Ok(())
    };
    client.run(async |client| client.nlst(None, &mut sink).await).unwrap();
    assert_eq!(names, ["\u{e9}t\u{e9}", "\u{ff}"]);
    for path in ["\u{20ac}", "\u{65e5}"] {
        let refused = client.run(async |client| client.cwd(path.as_bytes()).await);
        assert!(matches!(refused, Err(Error::InvalidArgument(_))), "{refused:?}");
        let refused = client.run(async |client| client.rename(b"a", path.as_bytes()).await);
        assert!(matches!(refused, Err(Error::InvalidArgument(_))), "{refused:?}");
        let put = Command::with("CWD", path.as_bytes()).unwrap();
        let refused = client.run(async |client| client.putcmd(&put).await);
        assert!(matches!(refused, Err(Error::InvalidArgument(_))), "{refused:?}");
        let (data, refused) = retrieve(&mut client, &format!("RETR {path}"));
        assert!(data.is_empty() && matches!(refused, Err(Error::InvalidArgument(_))), "{refused:?}");
        let refused =
            client.run(async |client| client.mlsd(Some(path.as_bytes()), b"type;", &mut |_| Ok(())).await);
        assert!(matches!(refused, Err(Error::InvalidArgument(_))), "{refused:?}");
        let open = Command::with("RETR", path.as_bytes()).unwrap();
        let refused = client.run(async |client| client.transfercmd(&open, None).await);
        assert!(matches!(refused, Err(Error::InvalidArgument(_))), "{refused:?}");
    }
    assert_in_step(&mut client);
}

#[test]
fn bytes_that_are_no_utf8_pass_in_both_directions() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.expect("PWD");
        s.send(b"257 \"/\xff\xfe\"\r\n");
        for (question, reply) in [(&b"STRU \xff\xfc\x01F"[..], "504 no"), (b"STRU F", "200 ok")] {
            s.expect(question);
            s.send(format!("{reply}\r\n"));
        }
        s.expect(b"CWD /\xff\xfe");
        s.send("250 ok\r\n");
    });
    let mut client = connected(&server);
    let path = client.run(async |client| client.pwd().await).unwrap();
    assert_eq!(path, b"/\xff\xfe");
    client.run(async |client| client.cwd(&path).await).unwrap();
}

#[test]
fn the_log_tells_how_much_a_transfer_has_moved() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hello");
        data.close();
        s.send("226 done\r\n");
    });
    let mut client = logged_in(&server);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&seen);
    client.log_mut().sink = Some(Box::new(move |kind, text| {
        record.lock().unwrap().push((kind, String::from_utf8(text.to_vec()).unwrap()));
    }));
    retrieve(&mut client, "RETR f").1.unwrap();
    let seen = seen.lock().unwrap();
    let of_kind =
        |wanted| seen.iter().filter(move |(kind, _)| *kind == wanted).map(|(_, text)| text.as_str());
    assert_eq!(of_kind(LogKind::Data).collect::<Vec<_>>(), ["RETR f: 5 bytes were received"]);
    assert_eq!(of_kind(LogKind::Command).collect::<Vec<_>>(), ["TYPE I", "PASV", "RETR f"]);
    assert_eq!(of_kind(LogKind::Reply).next_back(), Some("226 done"));
}

#[test]
fn the_audit_hook_sees_everything_and_can_refuse() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let listener = s.passive();
        listener.accept().expect_eof();
        expect_in_step(s);
    });
    let mut client = client();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&seen);
    let port = server.addr().port();
    client.audit_mut().hook = Some(Box::new(move |event, host, from_port| {
        assert_eq!((host, from_port), ("127.0.0.1", port));
        let text = match event {
            AuditEvent::Connect => "connect".to_owned(),
            AuditEvent::SendCommand(command) => command.to_owned(),
        };
        record.lock().unwrap().push(text.clone());
        !["RETR f", "DELE f", "NOOP"].contains(&text.as_str())
    }));
    connect_to(&mut client, server.addr()).unwrap();
    client.run(async |client| client.login("user", "secret", "").await).unwrap();
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    assert!(matches!(error, Error::Denied(_)), "{error:?}");
    let error = client.run(async |client| client.delete(b"f").await).unwrap_err();
    assert_text(&client, &error, "DELE f: refused by the audit callback");
    let outcome = client.run(async |client| client.putcmd(&command("NOOP")).await);
    assert!(matches!(outcome, Err(Error::Denied(_))), "{outcome:?}");
    assert_in_step(&mut client);
    let expected = ["connect", "USER user", "PASS ****", "TYPE I", "PASV", "RETR f", "DELE f", "NOOP", "PWD"];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[test]
fn a_connection_can_be_refused_before_it_is_made() {
    let mut client = client();
    client.audit_mut().hook = Some(Box::new(|_, _, _| false));
    let outcome = client.run(async |client| client.connect("no-such-host.invalid", 21).await);
    assert!(matches!(outcome, Err(Error::Denied(_))), "{outcome:?}");
}

#[test]
fn an_urgent_abort_is_telnets_synch_and_then_abor() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hello");
        s.expect(b"\xff\xf4\xff\xf2ABOR");
        s.send("426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    client.set_urgent_abort(true);
    let retr = command("RETR f");
    let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut |_| Err(7)).await);
    assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{outcome:?}");
    assert_in_step(&mut client);
}

#[test]
fn a_text_and_a_file_are_not_encoded_and_their_names_are() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE A");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect(b"STOR \xe9");
        s.send("150 go\r\n");
        assert_eq!(listener.accept().read_to_end(), "caf\u{e9}\r\n".as_bytes());
        s.send("226 done\r\n");
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect(b"RETR \xe9");
        s.send("150 go\r\n");
        listener.accept().send(b"caf\xe9");
        s.send("226 done\r\n");
        s.expect("NOOP");
        s.send(b"200 caf\xe9\r\n");
    });
    let mut client = logged_in(&server);
    client.set_charset(Charset::Latin1);
    let mut text = "caf\u{e9}\n".as_bytes();
    let mut source = |buffer: &mut [u8]| {
        let count = text.len();
        buffer[..count].copy_from_slice(text);
        text = &[];
        Ok(count)
    };
    let stor = command("STOR \u{e9}");
    client.run(async |client| client.storlines(&stor, &mut source, &mut |_| Ok(())).await).unwrap();
    let (data, outcome) = retrieve(&mut client, "RETR \u{e9}");
    outcome.unwrap();
    assert_eq!(data, b"caf\xe9");
    assert_eq!(send(&mut client, "NOOP").unwrap(), "200 caf\u{e9}");
}

#[test]
fn of_a_command_that_the_audit_hook_refuses_nothing_is_sent() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.expect("RNFR a");
        s.send("350 to what?\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    client.audit_mut().hook = Some(Box::new(|event, _, _| {
        !matches!(event, AuditEvent::SendCommand(command)
            if !["RNFR a", "PWD"].contains(&command))
    }));
    let outcomes = [
        ("SYST", client.run(async |client| client.sendcmd(&command("SYST")).await.map(drop))),
        ("SYST", client.run(async |client| client.putcmd(&command("SYST")).await)),
        ("CWD d", client.run(async |client| client.cwd(b"d").await)),
        ("MKD d", client.run(async |client| client.mkd(b"d").await.map(drop))),
        ("ACCT ****", client.run(async |client| client.acct(b"secret").await)),
        ("TYPE I", retrieve(&mut client, "RETR f").1),
        ("PASV", client.run(async |client| client.makepasv().await.map(drop))),
        ("ABOR", client.run(async |client| client.abort().await.map(drop))),
        // Between two commands.
        ("RNTO b", client.run(async |client| client.rename(b"a", b"b").await)),
    ];
    for (refused, outcome) in outcomes {
        let error = outcome.unwrap_err();
        assert!(matches!(error, Error::Denied(_)), "{error:?}");
        assert_text(&client, &error, refused);
    }
    assert_in_step(&mut client);
}
