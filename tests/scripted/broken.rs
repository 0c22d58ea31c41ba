//! Downloads that break: who says so first, and what the error tells.

use super::*;

/// What a server confirms that it cannot have: it has broken the data connection, and never taken all.
#[test]
fn an_upload_whose_connection_the_server_broke_is_not_whole_whatever_it_says() {
    for (shown, size) in [("in the client's queue", 600_000), ("more than the queue holds", 30_000_000)] {
        for is_early in [false, true] {
            let server = Scripted::start(move |s| {
                s.login();
                let listener = binary_passive(s);
                listener.make_small();
                s.expect("STOR f");
                s.send("150 go\r\n");
                let mut data = listener.accept();
                data.read_at_least(1);
                if is_early {
                    s.send("226 done\r\n");
                }
                data.reset();
                if !is_early {
                    s.send("226 done\r\n");
                }
                // It asks for the size if the connection was still good when the last byte was sent.
                let question = s.line();
                if question == "SIZE f" {
                    s.send("213 1000\r\n");
                    return expect_in_step(s);
                }
                assert_eq!(question, "PWD");
                s.send("257 \"/in/step\"\r\n");
            });
            let mut client = logged_in(&server);
            let error = store(&mut client, "STOR f", &vec![b'x'; size]).unwrap_err();
            assert!(
                matches!(error, Error::Integrity(_) | Error::Io { .. } | Error::Eof(_)),
                "{shown}: {error:?}"
            );
            assert_in_step(&mut client);
            server.finish();
        }
    }
}

/// Nobody can see whether it had taken everything by then: its size tells.
#[test]
fn a_connection_that_the_server_breaks_behind_all_of_the_data_is_no_fault_if_the_size_is_right() {
    for (what, size, is_whole) in [
        ("STOR f", Some("213 5\r\n"), true),
        ("STOR f", Some("213 4\r\n"), false),
        ("STOR f", Some("550 no\r\n"), false),
        ("APPE f", None, false),
        ("STOU", None, false),
    ] {
        let server = Scripted::start(move |s| {
            let mut data = start_transfer(s, what);
            assert_eq!(data.read_to_end(), b"hello");
            data.reset();
            s.send("226 done\r\n");
            if let Some(size) = size {
                answers(s, "SIZE f", size);
            }
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let outcome = store(&mut client, what, b"hello");
        assert_eq!(client.last_reply().unwrap().to_string(), "226 done");
        assert_eq!(outcome.is_ok(), is_whole, "{what} {size:?}: {outcome:?}");
        if let Err(error) = outcome {
            assert!(matches!(error, Error::Integrity(_)), "{error:?}");
            let text = "confirmed it after 5 bytes, but broke the data connection, and does not tell that all has arrived";
            assert_text(&client, &error, text);
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
    let start = Stopwatch::start();
    let (data, outcome) = retrieve(&mut client, "RETR f");
    assert_eq!(data, b"hel");
    assert_text(&client, &outcome.unwrap_err(), "RETR f: 451 the disk broke");
    assert_in_step(&mut client);
    assert_quick(&start, Duration::from_secs(5));
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
            let listener = binary_passive(s);
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
        let listener = binary_passive(s);
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
fn a_final_reply_that_does_not_come_is_a_timeout_that_tells_how_far_it_got() {
    let server = Scripted::start(|s| {
        s.login();
        let listener = binary_passive(s);
        s.expect("RETR f");
        s.send("150 go\r\n");
        listener.accept().send("hello");
        s.hold();
    });
    let mut client = logged_in(&server);
    client.set_phase_timeout(Phase::Final, Some(SHORT));
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
