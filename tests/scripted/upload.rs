//! Uploads: the data, and the replies around it.

use super::*;

fn source(mut data: &[u8]) -> impl FnMut(&mut [u8]) -> std::result::Result<usize, i64> + Send + '_ {
    move |buffer: &mut [u8]| {
        let (now, later) = data.split_at(data.len().min(buffer.len()));
        buffer[..now.len()].copy_from_slice(now);
        data = later;
        Ok(now.len())
    }
}

#[test]
fn a_file_grows_by_appe() {
    play(
        |s| {
            answers(s, "TYPE I", "200 ok\r\n");
            let listener = s.passive();
            s.expect("APPE ./-a b");
            s.send("150 go\r\n");
            assert_eq!(listener.accept().read_to_end(), b"more");
            s.send("226 done\r\n");
        },
        |client| {
            client.run(async |client| client.append(b"-a b", &mut source(b"more")).await).unwrap();
            for path in [&b""[..], b"a\r\nDELE b", b"a\0b"] {
                let outcome = client.run(async |client| client.append(path, &mut source(b"x")).await);
                assert!(matches!(outcome, Err(Error::InvalidArgument(_))), "{outcome:?}");
            }
        },
    );
}

#[test]
fn the_name_that_the_server_makes_is_told_if_the_server_tells_it() {
    for (first, last, name) in [
        ("150 FILE: ftp.a1", "226 done", Some("ftp.a1")),
        ("150 go", "226 Transfer complete (unique file name:ftp.1).", Some("ftp.1")),
        ("150 go", "226 done", None),
    ] {
        play(
            move |s| {
                // Its quotes are no name.
                answers(s, "TYPE I", "200 Type set to \"I\"\r\n");
                let listener = s.passive();
                s.expect("STOU");
                s.send(format!("{first}\r\n"));
                assert_eq!(listener.accept().read_to_end(), b"new");
                s.send(format!("{last}\r\n"));
            },
            |client| {
                let told = client.run(async |client| client.store_unique(&mut source(b"new")).await).unwrap();
                assert_eq!(told.as_deref(), name.map(str::as_bytes));
            },
        );
    }
    play(
        |s| {
            answers(s, "TYPE I", "200 ok\r\n");
            let _listener = s.passive();
            answers(s, "STOU", "550 FILE: no\r\n");
        },
        |client| {
            let outcome = client.run(async |client| client.store_unique(&mut source(b"new")).await);
            assert!(matches!(outcome, Err(Error::Reply { .. })), "{outcome:?}");
        },
    );
}

#[test]
fn an_upload_ends_with_the_data_connection_and_then_the_reply() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        for expected in [vec![7; 300_000], vec![]] {
            let listener = s.passive();
            s.expect("STOR f");
            s.send("150 go\r\n");
            assert_eq!(listener.accept().read_to_end(), expected);
            s.send("226 done\r\n");
        }
        s.quit();
    });
    let mut client = logged_in(&server);
    store_in_blocks(&mut client, "STOR f", &[7; 300_000], 1000).unwrap();
    store(&mut client, "STOR f", b"").unwrap();
    quit(&mut client);
}

#[test]
fn the_source_is_asked_for_blocks_and_the_other_callback_sees_each_one() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("REST 7");
        s.send("350 from there\r\n");
        s.expect("STOR f");
        s.send("150 go\r\n");
        assert_eq!(listener.accept().read_to_end(), b"abcde");
        s.send("226 done\r\n");
    });
    let mut client = logged_in(&server);
    let mut blocks = vec!["", "cde", "ab"];
    let mut source = |buffer: &mut [u8]| {
        assert_eq!(buffer.len(), 3);
        let block = blocks.pop().unwrap().as_bytes();
        buffer[..block.len()].copy_from_slice(block);
        Ok(block.len())
    };
    let mut seen = Vec::new();
    let mut sent = |block: &[u8]| {
        seen.push(String::from_utf8(block.to_vec()).unwrap());
        Ok(())
    };
    let stor = command("STOR f");
    client.run(async |client| client.storbinary(&stor, 3, Some(7), &mut source, &mut sent).await).unwrap();
    assert_eq!(seen, ["ab", "cde"]);
}

/// Sends `text` with `storlines` in pieces of every size; returns what the server got, and the lines of the callback.
fn store_lines(text: &'static str, expected: &'static str) {
    for piece in [1, 2, 3, 1000] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect("TYPE A");
            s.send("200 ok\r\n");
            let listener = s.passive();
            s.expect("STOR f");
            s.send("150 go\r\n");
            assert_eq!(String::from_utf8(listener.accept().read_to_end()).unwrap(), expected);
            s.send("226 done\r\n");
        });
        let mut client = logged_in(&server);
        let mut left = text.as_bytes();
        let mut source = |buffer: &mut [u8]| {
            let (now, later) = left.split_at(left.len().min(piece));
            buffer[..now.len()].copy_from_slice(now);
            left = later;
            Ok(now.len())
        };
        let mut seen = String::new();
        let mut sent = |line: &[u8]| {
            assert!(line.ends_with(b"\r\n"));
            seen.push_str(std::str::from_utf8(line).unwrap());
            Ok(())
        };
        let stor = command("STOR f");
        client.run(async |client| client.storlines(&stor, &mut source, &mut sent).await).unwrap();
        assert_eq!(seen, expected);
        server.finish();
    }
}

#[test]
fn text_gets_the_networks_line_ends() {
    store_lines("one\ntwo\r\nthree", "one\r\ntwo\r\nthree\r\n");
    store_lines("", "");
    store_lines("a\n\r", "a\r\n\r\n");
    store_lines("a\r\r\nx\ry\n", "a\r\r\nx\ry\r\n");
}

#[test]
fn an_error_reply_ends_the_upload_at_once() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "STOR f");
        data.read_at_least(1);
        s.send("552 no space left\r\n");
        data.read_to_end();
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    // More than all buffers on the way can hold, so that it would not end by itself before the reply is seen.
    let error = store(&mut client, "STOR f", &vec![0; 64 << 20]).unwrap_err();
    assert_text(&client, &error, "STOR f: 552 no space left");
    assert_in_step(&mut client);
}

#[test]
fn a_server_that_stops_reading_gives_its_reason() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "STOR f");
        data.read_at_least(1);
        data.reset();
        std::thread::sleep(Duration::from_millis(50));
        s.send("452 quota\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let error = store(&mut client, "STOR f", &vec![0; 64 << 20]).unwrap_err();
    assert_text(&client, &error, "STOR f: 452 quota");
    assert_in_step(&mut client);
}

#[test]
fn a_success_that_is_reported_for_half_a_file_is_none() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "STOR f");
        data.read_at_least(1);
        s.send("226 all here\r\n");
        data.reset();
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let error = store(&mut client, "STOR f", &vec![0; 64 << 20]).unwrap_err();
    assert!(matches!(error.os_error(), Some(libc::ECONNRESET | libc::EPIPE)), "{error:?}");
    assert_in_step(&mut client);
}

#[test]
fn a_server_that_takes_no_data_is_a_timeout_and_the_session_goes_on() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "STOR f");
        s.expect("ABOR");
        data.expect_reset();
        s.send("426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    client.set_phase_timeout(Phase::Data, Some(SHORT));
    let error = store(&mut client, "STOR f", &vec![0; 64 << 20]).unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
    assert_text(
        &client,
        &error,
        "timed out after 0.3 s waiting for the server to take data (phase: data; STOR f, after ",
    );
    assert_in_step(&mut client);
}

#[test]
fn either_callback_of_a_text_upload_can_stop_it() {
    for (from_source, from_sent) in [(Err(4), Ok(())), (Ok(4), Err(4))] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect("TYPE A");
            s.send("200 ok\r\n");
            let listener = s.passive();
            s.expect("STOR f");
            s.send("150 go\r\n");
            let mut data = listener.accept();
            s.expect("ABOR");
            // What is not the whole file does not end like one.
            if from_source.is_ok() {
                assert_eq!(data.expect_reset(), b"one\r\n");
            } else {
                data.expect_eof();
            }
            s.send("426 stopped\r\n226 aborted\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let mut source = |buffer: &mut [u8]| {
            buffer[..4].copy_from_slice(b"one\n");
            from_source
        };
        let stor = command("STOR f");
        let outcome =
            client.run(async |client| client.storlines(&stor, &mut source, &mut |_| from_sent).await);
        let error = outcome.unwrap_err();
        assert!(matches!(error, Error::Callback { value: 4, .. }), "{error:?}");
        assert_text(&client, &error, "STOR f: stopped by the callback, which returned 4");
        assert_in_step(&mut client);
        server.finish();
    }
}

#[test]
fn a_server_that_dies_while_it_takes_data_is_an_io_error() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "STOR f");
        data.read_at_least(1);
        data.reset();
        s.reset();
    });
    let mut client = logged_in(&server);
    let error = store(&mut client, "STOR f", &vec![0; 64 << 20]).unwrap_err();
    assert!(matches!(error.os_error(), Some(libc::ECONNRESET | libc::EPIPE)), "{error:?}");
    assert_closed(&mut client, "STOR f");
}

#[test]
fn of_a_line_that_is_too_long_nothing_is_sent() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE A");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("STOR f");
        s.send("150 go\r\n");
        let mut data = listener.accept();
        s.expect("ABOR");
        assert_eq!(data.expect_reset(), b"short\r\n");
        s.send("426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let text = format!("short\n{}", "x".repeat(8193));
    let mut left = text.as_bytes();
    let mut source = |buffer: &mut [u8]| {
        let (now, later) = left.split_at(left.len().min(1000));
        buffer[..now.len()].copy_from_slice(now);
        left = later;
        Ok(now.len())
    };
    let mut seen = Vec::new();
    let mut sent = |line: &[u8]| {
        seen.extend_from_slice(line);
        Ok(())
    };
    let stor = command("STOR f");
    let outcome = client.run(async |client| client.storlines(&stor, &mut source, &mut sent).await);
    assert!(matches!(&outcome, Err(Error::Limit(text)) if text.contains("8192")), "{outcome:?}");
    assert_eq!(seen, b"short\r\n");
    assert_in_step(&mut client);
}
