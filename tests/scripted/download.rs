//! Downloads and listings: the data, and the replies around it.

use ftpclient::protocol::facts::Entry;

use super::*;

/// `TYPE I`, and the data connection that a passive download needs.
macro_rules! binary_passive {
    ($s:ident) => {{
        $s.expect("TYPE I");
        $s.send("200 ok\r\n");
        $s.passive()
    }};
}

#[test]
fn a_download_is_type_pasv_retr_and_the_type_is_sent_once() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        for text in ["hello", ""] {
            let listener = s.passive();
            s.expect("RETR f");
            s.send(format!("150 go ({} bytes)\r\n", text.len()));
            listener.accept().send_split(text, 1, Duration::from_millis(1));
            s.send("226 done\r\n");
        }
        s.quit();
    });
    let mut client = logged_in(&server);
    let (data, outcome) = retrieve(&mut client, "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"hello");
    let (data, outcome) = retrieve(&mut client, "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"");
    quit(&mut client);
}

#[test]
fn on_ipv6_it_is_epsv() {
    let server = Scripted::start_v6(|s| {
        s.login();
        let listener = binary_passive!(s);
        s.expect("RETR f");
        s.send("150 go\r\n");
        listener.accept().send("hello");
        s.send("226 done\r\n");
    });
    let (data, outcome) = retrieve(&mut logged_in(&server), "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"hello");
}

#[test]
fn the_block_size_bounds_each_call_and_the_offset_is_sent_as_it_is() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        for rest in ["REST 0", "REST 5000000000"] {
            let listener = s.passive();
            s.expect(rest);
            s.send("350 from there\r\n");
            s.expect("RETR f");
            s.send("150 go (5000001000 bytes)\r\n");
            listener.accept().send([7; 1000]);
            s.send("226 done\r\n");
        }
    });
    let mut client = logged_in(&server);
    let retr = command("RETR f");
    let mut most = 0;
    let mut all = 0;
    let mut sink = |block: &[u8]| {
        most = most.max(block.len());
        all += block.len();
        Ok(())
    };
    let outcome = client.run(async |client| {
        // With an offset, the announced size may be that of the file or of the rest: it proves nothing.
        let first = client.retrbinary(&retr, 64, Some(0), &mut sink).await;
        assert!(matches!(first, Err(Error::Integrity(_))), "{first:?}");
        client.retrbinary(&retr, 64, Some(5_000_000_000), &mut sink).await
    });
    outcome.unwrap();
    assert_eq!((most, all), (64, 2000));
}

#[test]
fn an_offset_that_is_refused_starts_no_transfer() {
    let server = Scripted::start(|s| {
        s.login();
        let listener = binary_passive!(s);
        s.expect("REST 10");
        s.send("502 no\r\n");
        listener.accept().expect_eof();
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let retr = command("RETR f");
    let outcome = client.run(async |client| client.retrbinary(&retr, 0, Some(10), &mut |_| Ok(())).await);
    assert_text(&client, &outcome.unwrap_err(), "REST 10: 502 no");
    assert_in_step(&mut client);
}

#[test]
fn the_data_connection_is_closed_before_the_final_reply_is_waited_for() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hello");
        data.shutdown_write();
        data.expect_eof();
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let (data, outcome) = retrieve(&mut client, "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"hello");
    assert_in_step(&mut client);
}

/// A download whose control replies come as told before any data does.
fn download_with_replies(before: &'static str, after: &'static str) -> (Vec<u8>, Result<()>) {
    let server = Scripted::start(move |s| {
        s.login();
        let listener = binary_passive!(s);
        s.expect("RETR f");
        s.send(before);
        let mut data = listener.accept();
        std::thread::sleep(Duration::from_millis(50));
        data.send("hello");
        data.close();
        s.send(after);
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let outcome = retrieve(&mut client, "RETR f");
    assert_in_step(&mut client);
    outcome
}

#[test]
fn replies_in_odd_order_are_sorted_out() {
    for (before, after) in [
        ("150 go\r\n226 done already\r\n", ""),
        ("125 here\r\n150 it comes\r\n", "226 done\r\n"),
        ("200 stray\r\n150 go\r\n", "226 done\r\n"),
        ("200 stray\r\n150 go\r\n226 done already\r\n", ""),
        ("226 no preliminary reply at all\r\n", ""),
        ("200 stray\r\n", "150 late\r\n226 done\r\n"),
        ("150 go\r\n", "200 done\r\n"),
        ("1 go\n", "2 done\n"),
    ] {
        let (data, outcome) = download_with_replies(before, after);
        assert_eq!(data, b"hello", "{before:?} {after:?}");
        outcome.unwrap_or_else(|error| panic!("{before:?} {after:?}: {error}"));
    }
}

#[test]
fn a_final_reply_decides_even_after_all_data() {
    for (after, code) in [("426 broken\r\n", 426), ("551 no\r\n", 551), ("350 what?\r\n", 350)] {
        let (_, outcome) = download_with_replies("150 go\r\n", after);
        let Err(Error::Reply { reply, .. }) = outcome else { panic!("{outcome:?}") };
        assert_eq!(reply.code(), Some(code));
    }
}

#[test]
fn fewer_bytes_than_announced_are_no_success() {
    let (data, outcome) = download_with_replies("150 go (6 bytes)\r\n", "226 done\r\n");
    assert_eq!(data, b"hello");
    let error = outcome.unwrap_err();
    assert!(matches!(error, Error::Integrity(_)), "{error:?}");
    assert!(error.to_string().contains("announced 6 bytes and sent 5"), "{error}");
}

#[test]
fn more_bytes_than_announced_are_a_file_that_grew() {
    let (data, outcome) = download_with_replies("150 go (4 bytes)\r\n", "226 done\r\n");
    outcome.unwrap();
    assert_eq!(data, b"hello");
}

#[test]
fn a_refused_download_closes_its_data_connection() {
    for reply in ["550 no such file\r\n", "450 busy\r\n", "350 what?\r\n", "999 what?\r\n"] {
        let server = Scripted::start(move |s| {
            s.login();
            let listener = binary_passive!(s);
            s.expect("RETR f");
            let mut data = listener.accept();
            s.send(reply);
            // Whether the server goes on is anybody's guess.
            if reply.starts_with('3') {
                s.expect("ABOR");
                s.send("226 aborted\r\n226 whatever it was\r\n");
            }
            data.expect_eof();
            if reply.starts_with('9') {
                s.expect("PWD");
                s.send("226 whatever it was\r\n257 \"/\"\r\n");
            }
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let error = retrieve(&mut client, "RETR f").1.unwrap_err();
        assert_text(&client, &error, reply.trim_end());
        if !reply.starts_with('9') {
            assert_eq!(client.last_reply().unwrap().text(), reply.trim_end().as_bytes());
        }
        assert_in_step(&mut client);
        server.finish();
    }
}

#[test]
fn what_came_before_an_error_reply_is_handed_over() {
    for _ in 0..20 {
        let server = Scripted::start(|s| {
            let mut data = start_transfer(s, "RETR f");
            data.send("hello");
            data.close();
            s.send("426 broken\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let (data, outcome) = retrieve(&mut client, "RETR f");
        assert_eq!(data, b"hello");
        assert_text(&client, &outcome.unwrap_err(), "RETR f: 426 broken");
        assert_in_step(&mut client);
        server.finish();
    }
}

#[test]
fn an_error_reply_ends_the_transfer_while_the_data_connection_is_silent() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hel");
        std::thread::sleep(Duration::from_millis(50));
        s.send("451 the disk broke\r\n");
        data.expect_eof();
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let start = Instant::now();
    let (data, outcome) = retrieve(&mut client, "RETR f");
    assert_eq!(data, b"hel");
    assert_text(&client, &outcome.unwrap_err(), "RETR f: 451 the disk broke");
    assert_in_step(&mut client);
    assert_quick(start, Duration::from_secs(5));
}

#[test]
fn a_server_that_shuts_down_in_mid_transfer_closes() {
    for reply in ["421 shutting down\r\n", ""] {
        let server = Scripted::start(move |s| {
            let mut data = start_transfer(s, "RETR f");
            data.send("hel");
            s.send(reply);
            s.close();
            // While data comes the client looks at nothing else, so that none of it is lost: it must be silent.
            data.expect_eof();
        });
        let mut client = logged_in(&server);
        let (_, outcome) = retrieve(&mut client, "RETR f");
        match outcome.unwrap_err() {
            Error::Reply { reply, .. } => assert_eq!(reply.code(), Some(421)),
            error => assert!(reply.is_empty() && matches!(error, Error::Eof(_)), "{error:?}"),
        }
        assert!(!client.is_connected());
        server.finish();
    }
}

#[test]
fn a_reset_in_mid_file_tells_the_servers_reason_if_it_gives_one() {
    for reply in ["426 the disk broke\r\n", "226 done\r\n"] {
        let server = Scripted::start(move |s| {
            s.login();
            let listener = binary_passive!(s);
            s.expect("RETR f");
            s.send("150 go (5 bytes)\r\n");
            let mut data = listener.accept();
            data.send("hel");
            std::thread::sleep(Duration::from_millis(30));
            data.reset();
            std::thread::sleep(Duration::from_millis(30));
            s.send(reply);
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let (_, outcome) = retrieve(&mut client, "RETR f");
        match outcome.unwrap_err() {
            Error::Reply { reply, .. } => assert_eq!(reply.code(), Some(426)),
            error => assert_eq!(error.os_error(), Some(libc::ECONNRESET), "{error:?}"),
        }
        assert_in_step(&mut client);
        server.finish();
    }
}

#[test]
fn a_server_that_dies_in_mid_file_is_the_systems_error() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hel");
        std::thread::sleep(Duration::from_millis(30));
        data.reset();
        std::thread::sleep(Duration::from_millis(30));
        s.close();
    });
    let mut client = logged_in(&server);
    let (_, outcome) = retrieve(&mut client, "RETR f");
    let error = outcome.unwrap_err();
    assert_eq!(error.os_error(), Some(libc::ECONNRESET), "{error:?}");
    assert_text(&client, &error, "RETR f: the data connection failed after 3 bytes");
    assert_closed(&mut client, "the data connection failed after 3 bytes");
}

#[test]
fn a_final_reply_that_never_comes_for_all_the_preliminary_ones_is_a_limit() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hello");
        data.shutdown_write();
        data.expect_eof();
        s.send_until_closed("150 still going\r\n");
    });
    let mut client = logged_in(&server);
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    assert!(matches!(error, Error::Limit(_)), "{error:?}");
    assert_closed(&mut client, "preliminary replies");
}

#[test]
fn without_a_preliminary_reply_an_end_after_the_data_is_no_success() {
    let server = Scripted::start(|s| {
        s.login();
        let listener = binary_passive!(s);
        s.expect("RETR f");
        s.send("200 stray, or was it all?\r\n");
        let mut data = listener.accept();
        data.send("hello");
        data.close();
        std::thread::sleep(Duration::from_millis(50));
        s.close();
    });
    let mut client = logged_in(&server);
    let (data, outcome) = retrieve(&mut client, "RETR f");
    assert_eq!(data, b"hello");
    assert!(matches!(outcome, Err(Error::Eof(_))), "{outcome:?}");
    assert!(!client.is_connected());
}

#[test]
fn a_data_port_that_refuses_is_named_and_no_transfer_is_started() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        s.expect("PASV");
        let port = support::dead_ends::unused_port();
        let [high, low] = port.addr().port().to_be_bytes();
        s.send(format!("227 here (127,0,0,1,{high},{low})\r\n"));
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    assert_eq!(error.os_error(), Some(libc::ECONNREFUSED));
    assert_text(&client, &error, "cannot open the data connection to 127.0.0.1:");
    assert_in_step(&mut client);
}

#[test]
fn a_data_port_that_does_not_answer_is_a_timeout_and_the_session_goes_on() {
    let silent = support::dead_ends::never_connecting();
    let [high, low] = silent.addr().port().to_be_bytes();
    let server = Scripted::start(move |s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        s.expect("PASV");
        s.send(format!("227 here (127,0,0,1,{high},{low})\r\n"));
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    client.set_timeout(Some(SHORT));
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    let expected = format!("timed out after 0.3 s waiting for the data connection to {}", silent.addr());
    assert_text(&client, &error, &expected);
    client.set_timeout(Some(Duration::from_secs(10)));
    assert_in_step(&mut client);
}

#[test]
fn nonsense_instead_of_an_address_is_a_protocol_error() {
    for reply in [
        "227 nowhere",
        "227 (1,2,3,4,5)",
        "227 (999,0,0,1,4,1)",
        "227 (127,0,0,1,300,1)",
        "227 (127,0,0,1,0,0)",
        "229 (|||x|)",
        "229 (|||0|)",
        "200 ok",
    ] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect("TYPE I");
            s.send("200 ok\r\n");
            s.expect("PASV");
            s.send(format!("{reply}\r\n"));
            s.expect("EPSV");
            s.send("500 what?\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let error = retrieve(&mut client, "RETR f").1.unwrap_err();
        assert!(matches!(error, Error::Protocol(_)), "{reply}: {error:?}");
        assert_text(&client, &error, reply);
        assert_in_step(&mut client);
        server.finish();
    }
}

#[test]
fn the_data_connection_goes_to_the_server_whatever_address_it_names() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        s.expect("PASV");
        let listener = s.data_listener();
        let [high, low] = listener.addr().port().to_be_bytes();
        s.send(format!("227 over there (192,0,2,1,{high},{low})\r\n"));
        s.expect("RETR f");
        s.send("150 go\r\n");
        listener.accept().send("hello");
        s.send("226 done\r\n");
    });
    let (data, outcome) = retrieve(&mut logged_in(&server), "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"hello");
}

#[test]
fn a_229_reply_to_pasv_is_taken_for_what_it_is() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        s.expect("PASV");
        let listener = s.data_listener();
        s.send(format!("229 extended (!!!{}!)\r\n", listener.addr().port()));
        s.expect("RETR f");
        s.send("150 go\r\n");
        listener.accept().send("hello");
        s.send("226 done\r\n");
    });
    retrieve(&mut logged_in(&server), "RETR f").1.unwrap();
}

#[test]
fn a_final_reply_that_does_not_come_is_a_timeout_that_tells_how_far_it_got() {
    let server = Scripted::start(|s| {
        s.login();
        let listener = binary_passive!(s);
        s.expect("RETR f");
        s.send("150 go\r\n");
        listener.accept().send("hello");
        s.hold();
    });
    let mut client = logged_in(&server);
    client.set_timeout(Some(SHORT));
    let (data, outcome) = retrieve(&mut client, "RETR f");
    assert_eq!(data, b"hello");
    let error = outcome.unwrap_err();
    assert_text(
        &client,
        &error,
        "the reply to RETR f (phase: final; 5 bytes were received, the server did not confirm)",
    );
    assert_closed(&mut client, "timed out");
}

fn lines(client: &mut Client, text: &str) -> (Vec<String>, Result<()>) {
    let mut lines = Vec::new();
    let mut sink = |line: &[u8]| {
        lines.push(String::from_utf8_lossy(line).into_owned());
        Ok(())
    };
    let outcome = client.run(async |client| client.retrlines(&command(text), &mut sink).await.map(drop));
    (lines, outcome)
}

/// A listing whose data is as told.
fn listing(data: impl AsRef<[u8]> + Send + 'static) -> (Vec<String>, Result<()>) {
    let server = Scripted::start(move |s| {
        s.login();
        s.expect("TYPE A");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("LIST");
        s.send("150 go\r\n");
        listener.accept().send_split(data, 3, Duration::from_micros(100));
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let outcome = lines(&mut client, "LIST");
    assert_in_step(&mut client);
    outcome
}

#[test]
fn lines_end_as_ftplib_ends_them() {
    for (data, expected) in [
        ("", &[][..]),
        ("one\r\ntwo\r\n", &["one", "two"]),
        ("one\ntwo\rthree", &["one", "two", "three"]),
        ("\r\n\r\nx\r\n", &["", "", "x"]),
        ("caf\u{e9}\u{2028}x\r\n", &["caf\u{e9}\u{2028}x"]),
    ] {
        let (got, outcome) = listing(data);
        outcome.unwrap();
        assert_eq!(got, expected);
    }
}

#[test]
fn a_line_without_end_is_a_limit_and_the_session_goes_on() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE A");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("LIST");
        s.send("150 go\r\n");
        let mut data = listener.accept();
        data.send("good\r\n");
        data.send_until_closed();
        s.expect("ABOR");
        s.send("426 closed\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let (got, outcome) = lines(&mut client, "LIST");
    assert_eq!(got, ["good"]);
    let error = outcome.unwrap_err();
    assert!(matches!(error, Error::Limit(_)), "{error:?}");
    assert_text(&client, &error, "LIST: a line of the text has more than 8192 bytes");
    assert_in_step(&mut client);
}

#[test]
fn the_callback_can_stop_at_a_last_line_without_end() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE A");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("LIST");
        s.send("150 go\r\n");
        let mut data = listener.accept();
        data.send("one\r\ntwo");
        data.shutdown_write();
        s.expect("ABOR");
        data.expect_reset();
        s.send("426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let list = command("LIST");
    let mut sink = |line: &[u8]| if line == b"two" { Err(3) } else { Ok(()) };
    let outcome = client.run(async |client| client.retrlines(&list, &mut sink).await);
    assert!(matches!(outcome, Err(Error::Callback { value: 3, .. })), "{outcome:?}");
    assert_in_step(&mut client);
}

#[test]
fn mlsd_hands_over_facts_and_names() {
    let server = Scripted::start(|s| {
        s.login();
        for with_facts in [true, false] {
            if with_facts {
                s.expect("OPTS MLST type;size;");
                s.send("200 ok\r\n");
                s.expect("TYPE A");
                s.send("200 ok\r\n");
            }
            let listener = s.passive();
            s.expect(if with_facts { "MLSD dir" } else { "MLSD" });
            s.send("150 go\r\n");
            listener.accept().send("Type=file;Size=12; a b\r\ntype=cdir .\r\n");
            s.send("226 done\r\n");
        }
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let mut seen = Vec::new();
    let mut sink = |entry: &Entry<'_>| {
        let facts: Vec<String> = entry
            .facts
            .iter()
            .map(|(key, value)| {
                format!("{}={}", String::from_utf8_lossy(key), String::from_utf8_lossy(value))
            })
            .collect();
        seen.push(format!("{}: {}", String::from_utf8_lossy(entry.name), facts.join(" ")));
        Ok(())
    };
    client.run(async |client| client.mlsd(Some(b"dir"), b"type;size;", &mut sink).await).unwrap();
    client.run(async |client| client.mlsd(None, b"", &mut sink).await).unwrap();
    assert_eq!(seen, ["a b: type=file size=12", ".: type=cdir"].repeat(2));
    assert_in_step(&mut client);
}

/// What each kind of listing, and text, makes of the same data: names, lines, names with facts, text.
fn read_in_each_way(data: &'static str) -> [Vec<String>; 4] {
    let server = Scripted::start(move |s| {
        s.login();
        s.expect("TYPE A");
        s.send("200 ok\r\n");
        for line in ["NLST", "LIST", "MLSD", "RETR f"] {
            let listener = s.passive();
            s.expect(line);
            s.send("150 go\r\n");
            listener.accept().send_split(data, 1, Duration::from_micros(100));
            s.send("226 done\r\n");
        }
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let mut seen = [vec![], vec![], vec![], vec![]];
    let [names, lines, entries, text] = &mut seen;
    let keep = |list: &mut Vec<String>, line: &[u8]| {
        list.push(String::from_utf8_lossy(line).into_owned());
        Ok(())
    };
    client
        .run(async |client| {
            client.nlst(None, &mut |line| keep(names, line)).await?;
            client.dir(None, &mut |line| keep(lines, line)).await?;
            client.mlsd(None, b"", &mut |entry| keep(entries, entry.name)).await?;
            client.retrlines(&command("RETR f"), &mut |line| keep(text, line)).await
        })
        .unwrap();
    assert_in_step(&mut client);
    seen
}

#[test]
fn a_cr_inside_a_name_forges_no_entry() {
    let seen = read_in_each_way("size=1; a\rsize=2; ..\\evil\r\nsize=3; b\r\n");
    assert_eq!(seen[0], ["size=1; a\rsize=2; ..\\evil", "size=3; b"]);
    assert_eq!(seen[1], seen[0]);
    assert_eq!(seen[2], ["a\rsize=2; ..\\evil", "b"]);
    assert_eq!(seen[3], ["size=1; a", "size=2; ..\\evil", "size=3; b"], "in a text ftplib's rule counts");
}

#[test]
fn what_has_no_name_is_no_entry() {
    let seen = read_in_each_way(" a\r\r\n\r\n b\r\r\nsize=1; \r\n\r");
    assert_eq!(seen[0], [" a", " b", "size=1; "]);
    assert_eq!(seen[1], [" a", "", " b", "size=1; "]);
    assert_eq!(seen[2], ["a", "b"]);
    assert_eq!(read_in_each_way("\r\n")[..3], [vec![], vec![String::new()], vec![]]);
}

#[test]
fn a_size_in_the_name_of_a_file_announces_nothing() {
    let names = ["report (99 bytes).txt", "report (99 bytes)", "/pub/(99 bytes)."];
    let server = Scripted::start(move |s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        for name in names {
            let listener = s.passive();
            s.expect(format!("RETR {name}"));
            s.send(format!("150 Opening BINARY mode data connection for {name}\r\n"));
            listener.accept().send("hello");
            s.send("226 done\r\n");
        }
        let listener = s.passive();
        s.expect("RETR report (99 bytes)");
        s.send("150 Opening BINARY mode data connection for report (99 bytes) (6 bytes).\r\n");
        listener.accept().send("hello");
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    for name in names {
        let (data, outcome) = retrieve(&mut client, &format!("RETR {name}"));
        outcome.unwrap();
        assert_eq!(data, b"hello", "{name}");
    }
    let (_, outcome) = retrieve(&mut client, "RETR report (99 bytes)");
    let error = outcome.unwrap_err();
    assert!(matches!(&error, Error::Integrity(text) if text.contains("announced 6 bytes")), "{error}");
    assert_in_step(&mut client);
}

#[test]
fn nlst_and_list_name_a_path_only_if_there_is_one() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE A");
        s.send("200 ok\r\n");
        for line in ["NLST", "NLST", "NLST a b", "LIST", "LIST -a"] {
            let listener = s.passive();
            s.expect(line);
            s.send("150 go\r\n");
            listener.accept().send("x\r\n");
            s.send("226 done\r\n");
        }
    });
    let mut client = logged_in(&server);
    let mut count = 0;
    let mut sink = |_: &[u8]| {
        count += 1;
        Ok(())
    };
    client
        .run(async |client| {
            client.nlst(None, &mut sink).await?;
            client.nlst(Some(b""), &mut sink).await?;
            client.nlst(Some(b"a b"), &mut sink).await?;
            client.dir(None, &mut sink).await?;
            client.dir(Some(b"-a"), &mut sink).await
        })
        .unwrap();
    assert_eq!(count, 5);
}

#[test]
fn a_reset_of_the_control_connection_in_mid_file_is_an_io_error() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hel");
        s.reset();
        data.expect_eof();
    });
    let mut client = logged_in(&server);
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    assert_eq!(error.os_error(), Some(libc::ECONNRESET), "{error:?}");
    assert_closed(&mut client, "RETR f");
}

#[test]
fn a_line_that_is_no_reply_at_the_end_is_an_error_and_the_session_goes_on() {
    // The real reply may follow, and the client finds out.
    for late in ["", "226 done\r\n"] {
        let server = Scripted::start(move |s| {
            let mut data = start_transfer(s, "RETR f");
            data.send("hello");
            data.close();
            s.send("pardon?\r\n");
            s.expect("PWD");
            s.send(format!("{late}257 \"/\"\r\n"));
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let error = retrieve(&mut client, "RETR f").1.unwrap_err();
        assert!(matches!(error, Error::Protocol(_)), "{error:?}");
        assert_text(&client, &error, "pardon?");
        assert_in_step(&mut client);
    }
}

#[test]
fn a_server_that_dies_in_its_final_reply_has_not_confirmed() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hello");
        data.close();
        s.send("226 do");
        s.close();
    });
    let mut client = logged_in(&server);
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    assert!(matches!(error, Error::Eof(_)), "{error:?}");
    assert_text(&client, &error, "in the middle of its reply to RETR f");
    assert_closed(&mut client, "in the middle of its reply to RETR f");
}

#[test]
fn a_pasv_that_is_refused_starts_no_transfer() {
    for refusal in ["425 not now", "500 not ever"] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect("TYPE I");
            s.send("200 ok\r\n");
            s.expect("PASV");
            s.send(format!("{refusal}\r\n"));
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let error = retrieve(&mut client, "RETR f").1.unwrap_err();
        assert_text(&client, &error, &format!("PASV: {refusal}"));
        assert_in_step(&mut client);
    }
}

#[test]
fn a_line_of_the_greatest_length_passes() {
    let line = "x".repeat(8191);
    let (got, outcome) = listing(format!("{line}\r\n"));
    outcome.unwrap();
    assert_eq!(got, [line]);
}
