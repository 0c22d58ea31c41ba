//! The limit of each phase, and of the whole call: which one ends a call, what it says, and what does not count.

use std::thread::sleep;

use ftpclient::client::Phase;

use super::*;

const LONG: Duration = Duration::from_secs(10);

/// The error of the call is a timeout of this phase and says so.
#[track_caller]
fn assert_timeout(client: &Client, error: &Error, expected: Phase, text: &str) {
    assert!(matches!(error, Error::Timeout { phase, .. } if *phase == expected), "{error:?}");
    assert_text(client, error, text);
}

/// Limits one phase and leaves the others patient.
fn limit(client: &mut Client, phase: Phase) {
    client.set_phase_timeout(phase, Some(SHORT));
}

fn stopped(s: &mut Session) {
    s.expect("ABOR");
    s.send("426 stopped\r\n226 aborted\r\n");
    expect_in_step(s);
}

#[test]
fn connecting_has_a_limit() {
    let silent = support::dead_ends::never_connecting();
    let mut client = client();
    limit(&mut client, Phase::Connect);
    let error = connect_to(&mut client, silent.addr()).unwrap_err();
    assert_timeout(&client, &error, Phase::Connect, "waiting for a connection to 127.0.0.1 (phase: connect)");
}

#[test]
fn a_passive_data_connection_has_that_of_connecting() {
    let silent = support::dead_ends::never_connecting();
    let port = silent.addr().port();
    let server = Scripted::start(move |s| {
        s.login();
        answers(s, "TYPE I", "200 ok\r\n");
        answers(s, "PASV", &format!("227 (127,0,0,1,{},{})\r\n", port >> 8, port & 255));
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    limit(&mut client, Phase::Connect);
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    let text = format!("waiting for the data connection to {} (phase: connect)", silent.addr());
    assert_timeout(&client, &error, Phase::Connect, &text);
    assert_in_step(&mut client);
}

#[test]
fn the_greeting_has_a_limit() {
    let silent = support::dead_ends::never_greeting();
    let mut client = client();
    limit(&mut client, Phase::Greeting);
    let error = connect_to(&mut client, silent.addr()).unwrap_err();
    assert_timeout(&client, &error, Phase::Greeting, "waiting for the greeting (phase: greeting; ");
}

#[test]
fn a_reply_has_a_limit() {
    let server = Scripted::start(|s| {
        s.login();
        s.hold();
    });
    let mut client = logged_in(&server);
    limit(&mut client, Phase::Reply);
    let error = pwd(&mut client).unwrap_err();
    assert_timeout(&client, &error, Phase::Reply, "waiting for the reply to PWD (phase: reply)");
}

#[test]
fn data_has_a_limit() {
    let script = |s: &mut Session| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hello");
        data.expect_taken();
        stopped(s);
        data.expect_reset();
    };
    let (client, outcome, path) = until_played(|limit| {
        let server = Scripted::start(script);
        let mut client = logged_in(&server);
        client.set_phase_timeout(Phase::Data, Some(limit));
        let (_, outcome) = retrieve(&mut client, "RETR f");
        let path = pwd(&mut client);
        ([server], (client, outcome, path))
    });
    let text = "waiting for data (phase: data; RETR f, after 5 bytes)";
    assert_timeout(&client, &outcome.unwrap_err(), Phase::Data, text);
    assert_eq!(path.unwrap(), "/in/step");
}

#[test]
fn a_server_that_is_to_connect_has_a_limit() {
    let server = Scripted::start(|s| {
        s.login();
        answers(s, "TYPE I", "200 ok\r\n");
        s.active();
        answers(s, "RETR f", "150 go\r\n");
        stopped(s);
    });
    let mut client = logged_in(&server);
    client.set_passive(false);
    limit(&mut client, Phase::Accept);
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    assert_timeout(
        &client,
        &error,
        Phase::Accept,
        "waiting for the server's data connection (phase: accept)",
    );
    assert_in_step(&mut client);
}

#[test]
fn the_final_reply_has_a_limit() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "STOR f");
        assert_eq!(data.read_to_end(), b"hello");
        s.hold();
    });
    let mut client = logged_in(&server);
    limit(&mut client, Phase::Final);
    let error = store(&mut client, "STOR f", b"hello").unwrap_err();
    let text =
        "waiting for the reply to STOR f (phase: final; all 5 bytes were sent, the server did not confirm)";
    assert_timeout(&client, &error, Phase::Final, text);
    assert_closed(&mut client, "timed out");
}

/// The system has taken all of the data, and sends it as fast as the server reads it.
#[test]
fn the_limit_of_the_final_reply_begins_anew_while_data_is_on_its_way() {
    let data = vec![b'x'; 600_000];
    let (client, outcome, time) = until_played(|limit| {
        let server = Scripted::start(move |s| {
            s.login();
            let listener = binary_passive(s);
            listener.make_small();
            s.expect("STOR f");
            s.send("150 go\r\n");
            assert_eq!(listener.accept().read_slowly_to_end(limit / 8).len(), 600_000);
            s.send("226 done\r\n");
        });
        let mut client = logged_in(&server);
        client.set_phase_timeout(Phase::Final, Some(limit));
        let start = Stopwatch::start();
        let outcome = store(&mut client, "STOR f", &data);
        ([server], (client, outcome, start.elapsed().as_secs_f64() / limit.as_secs_f64()))
    });
    outcome.unwrap();
    assert!(client.is_connected());
    assert!(time > 1.5, "{time} of the limit");
}

#[test]
fn data_that_stops_on_its_way_does_not_put_off_the_end_of_the_final_phase() {
    let server = Scripted::start(|s| {
        s.login();
        let listener = binary_passive(s);
        listener.make_small();
        s.expect("STOR f");
        s.send("150 go\r\n");
        let mut data = listener.accept();
        assert!(data.read_at_least(1).len() < 600_000);
        s.hold();
    });
    let mut client = logged_in(&server);
    limit(&mut client, Phase::Final);
    let error = store(&mut client, "STOR f", &vec![b'x'; 600_000]).unwrap_err();
    let text = "(phase: final; all 600000 bytes were sent, the server did not confirm, nor has all arrived)";
    assert_timeout(&client, &error, Phase::Final, text);
    assert_closed(&mut client, "timed out");
}

#[test]
fn preliminary_replies_do_not_put_off_the_end_of_the_final_phase() {
    let server = Scripted::start(|s| {
        start_transfer(s, "RETR f").close();
        s.drip_until_closed("150 still going\r\n", SHORT / 5);
    });
    let mut client = logged_in(&server);
    limit(&mut client, Phase::Final);
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    assert_timeout(&client, &error, Phase::Final, "waiting for the reply to RETR f (phase: final; ");
}

#[test]
fn the_limit_of_one_phase_is_not_that_of_another() {
    let outcome = until_played(|limit| {
        let pause = move || sleep(limit * 2);
        let server = Scripted::start(move |s| {
            pause();
            let mut data = start_transfer(s, "RETR f");
            data.send("hello");
            data.close();
            pause();
            s.send("226 done\r\n");
            expect_in_step(s);
        });
        let mut client = client();
        for phase in [Phase::Connect, Phase::Reply, Phase::Data, Phase::Accept] {
            client.set_phase_timeout(phase, Some(limit));
        }
        let outcome = connect_to(&mut client, server.addr())
            .and_then(|()| log_in(&mut client))
            .and_then(|()| retrieve(&mut client, "RETR f").1)
            .and_then(|()| pwd(&mut client));
        ([server], outcome)
    });
    assert_eq!(outcome.unwrap(), "/in/step");
}

#[test]
fn a_reply_that_drips_is_ended_by_the_limit_of_the_call() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("PWD");
        s.drip_until_closed("257-never\r\n", Duration::from_millis(20));
    });
    let mut client = logged_in(&server);
    limit(&mut client, Phase::Total);
    let start = Instant::now();
    let error = pwd(&mut client).unwrap_err();
    assert_timeout(&client, &error, Phase::Total, "timed out after 0.3 s in PWD (phase: total)");
    assert!(start.elapsed() >= SHORT);
    assert_closed(&mut client, "phase: total");
}

#[test]
fn connecting_is_ended_by_the_limit_of_the_call() {
    let silent = support::dead_ends::never_connecting();
    let mut client = client();
    limit(&mut client, Phase::Total);
    let error = connect_to(&mut client, silent.addr()).unwrap_err();
    assert_timeout(&client, &error, Phase::Total, "timed out after 0.3 s while connecting (phase: total)");
    assert_closed(&mut client, "");
}

#[test]
fn a_transfer_that_never_waits_is_ended_by_the_limit_of_the_call() {
    let script = |s: &mut Session| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hello");
        data.expect_taken();
        data.send_until_closed();
        stopped(s);
    };
    let (client, (data, outcome), path) = until_played(|limit| {
        let server = Scripted::start(script);
        let mut client = logged_in(&server);
        client.set_phase_timeout(Phase::Total, Some(limit));
        let outcome = retrieve(&mut client, "RETR f");
        client.set_phase_timeout(Phase::Total, None);
        let path = pwd(&mut client);
        ([server], (client, outcome, path))
    });
    let error = outcome.unwrap_err();
    assert_timeout(&client, &error, Phase::Total, " s in RETR f (phase: total; ");
    assert_text(&client, &error, &format!("; {} bytes were received)", data.len()));
    assert_eq!(path.unwrap(), "/in/step");
}

#[test]
fn the_limit_of_the_call_counts_the_time_of_callbacks_and_begins_with_each_call() {
    let script = |s: &mut Session| {
        let mut data = start_transfer(s, "STOR f");
        data.read_at_least(1);
        stopped(s);
        expect_in_step(s);
        expect_in_step(s);
    };
    let (client, outcome, paths) = until_played(|limit| {
        let server = Scripted::start(script);
        let mut client = logged_in(&server);
        client.set_phase_timeout(Phase::Total, Some(limit * 4));
        let mut source = |buffer: &mut [u8]| {
            sleep(limit);
            buffer[0] = b'x';
            Ok(1)
        };
        let stor = command("STOR f");
        let outcome = client.run(async |client| {
            client.storbinary(&stor, 0, None, &mut source, &mut |_| Ok(())).await.map(drop)
        });
        let paths = [(); 3].map(|()| {
            sleep(limit * 2);
            pwd(&mut client)
        });
        ([server], (client, outcome, paths))
    });
    assert_timeout(&client, &outcome.unwrap_err(), Phase::Total, "bytes were sent)");
    assert_eq!(paths.map(Result::unwrap), ["/in/step"; 3]);
}

#[test]
fn a_copy_is_one_call() {
    let (from, outcome, path) = until_played(|limit| {
        let source = Scripted::start(|s| {
            s.login();
            answers(s, "TYPE I", "200 ok\r\n");
            answers(s, "PASV", "227 (127,0,0,1,4,1)\r\n");
            answers(s, "RETR from", "150 go\r\n");
            s.expect_eof();
        });
        let target = Scripted::start(move |s| {
            s.login();
            s.expect("TYPE I");
            sleep(limit);
            s.send("200 ok\r\n");
            s.expect_command("PORT");
            s.send("200 ok\r\n");
            s.expect("STOR to");
            sleep(limit);
            s.send("150 go\r\n");
            stopped(s);
        });
        let (mut from, mut to) = (logged_in(&source), logged_in(&target));
        from.set_phase_timeout(Phase::Total, Some(limit * 4));
        let (near, far) = (from.reactor().clone(), to.reactor().clone());
        let start = Stopwatch::start();
        let copy = from.copy_to(&mut to, b"from", b"to", ftpclient::client::TransferType::Image);
        let outcome = run(&near, near.joined(&far, copy));
        assert_quick(&start, LONG.max(limit * 5));
        let path = pwd(&mut to);
        ([source, target], (from, outcome, path))
    });
    let text = "timed out after 1.2 s in RETR from (phase: total)";
    assert_timeout(&from, &outcome.unwrap_err(), Phase::Total, text);
    assert_eq!(path.unwrap(), "/in/step");
}

#[test]
fn a_callback_that_takes_longer_than_the_limit_of_data_is_no_timeout() {
    let (received, outcome) = until_played(|limit| {
        let server = Scripted::start(move |s| {
            let mut data = start_transfer(s, "RETR f");
            data.send("one");
            data.expect_silence(limit);
            data.send("two");
            data.close();
            s.send("226 done\r\n");
            let listener = s.passive();
            answers(s, "STOR f", "150 go\r\n");
            assert_eq!(listener.accept().read_to_end(), b"xxx");
            s.send("226 done\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        client.set_phase_timeout(Phase::Data, Some(limit / 2));
        let mut received = Vec::new();
        let mut sink = |block: &[u8]| {
            sleep(limit * 2);
            received.extend_from_slice(block);
            Ok(())
        };
        let mut left = 3;
        let mut source = |buffer: &mut [u8]| {
            sleep(limit);
            left -= 1;
            buffer[0] = b'x';
            Ok(if left < 0 { 0 } else { 1 })
        };
        let (retr, stor) = (command("RETR f"), command("STOR f"));
        let outcome = client
            .run(async |client| client.retrbinary(&retr, 0, None, &mut sink).await.map(drop))
            .and_then(|()| {
                client.run(async |client| {
                    client.storbinary(&stor, 0, None, &mut source, &mut |_| Ok(())).await.map(drop)
                })
            })
            .and_then(|()| pwd(&mut client));
        ([server], (received, outcome))
    });
    assert_eq!(outcome.unwrap(), "/in/step");
    assert_eq!(received, b"onetwo");
}

#[test]
fn a_log_callback_in_mid_transfer_takes_no_time_of_the_data() {
    let ((data, outcome), path) = until_played(|limit| {
        let server = Scripted::start(move |s| {
            let mut data = start_transfer(s, "RETR f");
            sleep(limit / 3);
            s.send("150 still\r\n");
            // The client comes back from its log callback after this.
            sleep(limit * 2);
            data.send("hello");
            data.close();
            s.send("226 done\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        client.set_phase_timeout(Phase::Data, Some(limit));
        client.log_mut().sink = Some(Box::new(move |_, text| {
            if text.starts_with(b"150 still") {
                sleep(limit * 2 - limit / 4);
            }
        }));
        let outcome = retrieve(&mut client, "RETR f");
        let path = pwd(&mut client);
        ([server], (outcome, path))
    });
    outcome.unwrap();
    assert_eq!(data, b"hello");
    assert_eq!(path.unwrap(), "/in/step");
}

/// A download that the callback stops, with a server that answers ABOR as it likes: the call ends soon, and the session.
fn stopped_with(abort: impl FnOnce(&mut Session) + Send + 'static) {
    let server = Scripted::start(move |s| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hello");
        s.expect("ABOR");
        abort(s);
    });
    let mut client = logged_in(&server);
    let retr = command("RETR f");
    let start = Stopwatch::start();
    let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut |_| Err(7)).await);
    assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{outcome:?}");
    assert_closed(&mut client, "stopped by the callback");
    // 5 s is the limit for all of it.
    assert_quick(&start, Duration::from_secs(9));
}

#[test]
fn an_abort_that_is_answered_by_preliminary_replies_without_end_closes() {
    stopped_with(|s| s.send_until_closed("150 still going\r\n"));
    stopped_with(|s| s.drip_until_closed("150 still going\r\n", Duration::from_millis(100)));
}

#[test]
fn an_abort_whose_answer_drips_closes() {
    stopped_with(|s| s.drip_until_closed("426-stopped\r\n", Duration::from_millis(100)));
    // And so does the question that follows a single reply.
    stopped_with(|s| {
        s.send("426 stopped\r\n");
        s.expect("PWD");
        s.drip_until_closed("257-never\r\n", Duration::from_millis(100));
    });
}

#[test]
fn a_shorter_limit_of_replies_holds_for_an_abort_too() {
    let script = |s: &mut Session| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hello");
        data.expect_taken();
        s.expect("ABOR");
        s.expect_eof();
    };
    let (mut client, outcome) = until_played(|limit| {
        let server = Scripted::start(script);
        let mut client = logged_in(&server);
        // All of an abort has 5 s.
        client.set_phase_timeout(Phase::Reply, Some(limit.min(SHORT * 10)));
        let retr = command("RETR f");
        let start = Stopwatch::start();
        let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut |_| Err(7)).await);
        assert_quick(&start, Duration::from_secs(4));
        ([server], (client, outcome))
    });
    assert!(matches!(outcome, Err(Error::Callback { .. })), "{outcome:?}");
    assert_closed(&mut client, "stopped by the callback");
}

#[test]
fn a_cancel_tells_how_far_a_transfer_got() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hello");
        stopped(s);
    });
    let mut client = logged_in(&server);
    let wake = client.reactor().wake().clone();
    let retr = command("RETR f");
    let mut sink = |_: &[u8]| {
        wake.cancel();
        Ok(())
    };
    let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut sink).await);
    assert_text(&client, &outcome.unwrap_err(), "RETR f: cancelled after 5 bytes");
    assert_in_step(&mut client);
}
