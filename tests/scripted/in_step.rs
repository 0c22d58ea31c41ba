//! A transfer that is stopped in the middle: the session is in step afterwards, or closed.

use std::sync::mpsc;

use super::*;

/// Starts a download whose first block makes the callback return 7; the server answers ABOR as `abort` plays it.
fn stopped_download(abort: impl FnOnce(&mut Session, Data) + Send + 'static) -> Client {
    let server = Scripted::start(move |s| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hello");
        s.expect("ABOR");
        abort(s, data);
    });
    let mut client = logged_in(&server);
    let retr = command("RETR f");
    let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut |_| Err(7)).await);
    let error = outcome.unwrap_err();
    assert!(matches!(error, Error::Callback { value: 7, .. }), "{error:?}");
    assert_text(&client, &error, "RETR f: stopped by the callback, which returned 7");
    if client.is_connected() {
        assert_in_step(&mut client);
    }
    server.finish();
    client
}

#[test]
fn both_replies_to_an_abort_are_taken_whichever_they_are() {
    for replies in [
        "426 stopped\r\n226 aborted\r\n",
        "426 stopped\r\n225 aborted\r\n",
        "226 was done\r\n226 aborted\r\n",
        "226 was done\r\n225 nothing to abort\r\n",
        "226 was done\r\n500 what is ABOR?\r\n",
        "451 stopped\r\n200 aborted\r\n",
    ] {
        let client = stopped_download(move |s, data| {
            drop(data);
            s.send(replies);
            expect_in_step(s);
        });
        assert!(client.is_connected(), "{replies:?}");
    }
}

/// ftp-srv does: the end of the data is told once more, at any time.
#[test]
fn a_third_reply_to_an_abort_is_not_taken_for_that_to_the_next_command() {
    for late in ["226 late\r\n", "225 late\r\n", "426 late\r\n", "426 late\r\n226 later\r\n"] {
        for (replies, to_pwd) in
            [("426 stopped\r\n226 aborted\r\n", None), ("226 done\r\n", Some("226 aborted\r\n"))]
        {
            let client = stopped_download(move |s, data| {
                drop(data);
                s.send(replies);
                if let Some(second) = to_pwd {
                    expect_search(s, second);
                }
                s.expect("PWD");
                s.send(format!("{late}257 \"/in/step\"\r\n"));
            });
            assert!(client.is_connected(), "{replies:?} {late:?}");
        }
    }
}

/// A server that answers so is not left waiting: the reply may come late, or it was this one.
#[test]
fn what_looks_like_a_late_word_may_be_the_reply() {
    for (late, told) in [("", "226 fine"), ("250 slow\r\n", "250 slow")] {
        let server = Scripted::start(move |s| {
            let mut data = start_transfer(s, "RETR f");
            data.send("hello");
            s.expect("ABOR");
            data.expect_reset();
            s.send("426 stopped\r\n226 aborted\r\n");
            s.expect("SITE X");
            s.send("226 fine\r\n");
            expect_search(s, late);
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let retr = command("RETR f");
        let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut |_| Err(7)).await);
        assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{outcome:?}");
        assert_eq!(send(&mut client, "SITE X").unwrap(), told);
        assert_eq!(client.last_reply().unwrap().to_string(), told);
        assert_in_step(&mut client);
        server.finish();
    }
}

#[test]
fn nor_for_that_to_the_next_command_of_a_transfer_or_to_any_later_one() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR f");
        for is_last in [false, true] {
            data.send("hello");
            s.expect("ABOR");
            data.expect_reset();
            s.send("426 stopped\r\n226 aborted\r\n");
            if is_last {
                break;
            }
            s.send("226 late\r\n");
            let listener = s.passive();
            s.expect("RETR f");
            s.send("150 go\r\n");
            data = listener.accept();
        }
        // However many commands were answered since.
        expect_in_step(s);
        answers(s, "SIZE f", "426 late\r\n213 5\r\n");
        answers(s, "DELE f", "225 late\r\n550 no\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let retr = command("RETR f");
    for _ in 0..2 {
        let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut |_| Err(7)).await);
        assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{outcome:?}");
    }
    assert_in_step(&mut client);
    assert_eq!(send(&mut client, "SIZE f").unwrap(), "213 5");
    let refusal = send(&mut client, "DELE f").unwrap_err();
    assert_text(&client, &refusal, "550 no");
    assert_in_step(&mut client);
    server.finish();
}

#[test]
fn a_1yz_reply_shows_that_what_came_before_it_answers_neither_of_the_two() {
    let client = stopped_download(|s, data| {
        drop(data);
        s.send("226 a stray\r\n150 late\r\n552 no space\r\n");
        s.expect("PWD");
        s.send("225 aborted\r\n257 \"/\"\r\n");
        expect_in_step(s);
    });
    assert!(client.is_connected());
}

/// Pure-FTPd ends a stopped transfer by another 150, and may read ABOR away while it still sends.
#[test]
fn after_another_150_and_nothing_more_pwd_tells_where_the_session_is() {
    for (is_early, late) in [(true, ""), (false, ""), (false, "226 ABOR must have succeeded\r\n")] {
        let client = stopped_download(move |s, mut data| {
            if !is_early {
                data.expect_reset();
            }
            s.send("150 0.118 seconds, 85.90 Mbytes per second\r\n");
            s.expect("PWD");
            s.send(format!("{late}257 \"/\"\r\n"));
            expect_in_step(s);
        });
        assert!(client.is_connected(), "{is_early} {late}");
    }
}

#[test]
fn abor_is_sent_before_the_data_connection_is_closed_and_answered_after() {
    let script = |s: &mut Session| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hello");
        s.expect("ABOR");
        data.expect_reset();
        s.send("426 stopped\r\n");
        s.expect_taken();
        s.send("225 aborted\r\n");
        expect_in_step(s);
        // It has asked for the path once only: the other reply came in time.
        s.expect_eof();
    };
    let path = until_played(|_| {
        let server = Scripted::start(script);
        let mut client = logged_in(&server);
        let retr = command("RETR f");
        let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut |_| Err(7)).await);
        assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{outcome:?}");
        ([server], pwd(&mut client))
    });
    assert_eq!(path.unwrap(), "/in/step");
}

#[test]
fn after_a_single_reply_pwd_tells_where_the_session_is() {
    for replies in ["426 stopped\r\n", "226 aborted\r\n"] {
        let client = stopped_download(move |s, _data| {
            s.send(replies);
            s.expect("PWD");
            s.send("257 \"/\"\r\n");
            expect_in_step(s);
        });
        assert!(client.is_connected(), "{replies:?}");
    }
}

#[test]
fn a_second_reply_that_comes_late_is_not_taken_for_that_to_pwd() {
    let client = stopped_download(|s, _data| {
        s.send("426 stopped\r\n");
        s.expect("PWD");
        s.send("226 aborted at last\r\n257 \"/\"\r\n");
        expect_in_step(s);
    });
    assert!(client.is_connected());
}

#[test]
fn a_server_that_does_not_answer_abor_is_left() {
    let start = Stopwatch::start();
    let mut client = stopped_download(|s, mut data| {
        data.expect_reset();
        s.expect_eof();
    });
    assert_closed(&mut client, "stopped by the callback");
    assert_quick(&start, Duration::from_secs(8));
}

#[test]
fn a_server_that_dies_at_abor_is_left() {
    for part in ["", "426 stopped\r\n", "426 stopped\r\n22"] {
        let mut client = stopped_download(move |s, _data| {
            s.send(part);
            s.close();
        });
        assert_closed(&mut client, "stopped by the callback");
    }
}

#[test]
fn a_server_that_shuts_down_at_abor_is_left() {
    for replies in ["421 shutting down\r\n", "426 stopped\r\n421 shutting down\r\n"] {
        let mut client = stopped_download(move |s, _data| {
            s.send(replies);
            s.expect_eof();
        });
        assert_closed(&mut client, "stopped by the callback");
    }
}

#[test]
fn no_abor_is_sent_to_a_server_that_has_left() {
    let (has_data, wait_for_data) = mpsc::channel();
    let (has_left, wait_for_end) = mpsc::channel();
    let server = Scripted::start(move |s| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hello");
        wait_for_data.recv().unwrap();
        s.close();
        has_left.send(()).unwrap();
        data.expect_eof();
    });
    let mut client = logged_in(&server);
    let mut stop = move |_: &[u8]| {
        has_data.send(()).unwrap();
        wait_for_end.recv().unwrap();
        Err(7)
    };
    let retr = command("RETR f");
    let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut stop).await);
    assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{outcome:?}");
    assert_closed(&mut client, "stopped by the callback");
    server.finish();
}

#[test]
fn a_server_whose_replies_cannot_be_told_apart_is_left() {
    let mut client = stopped_download(|s, _data| {
        s.send("226 aborted\r\n");
        s.expect("PWD");
        s.send_at_once("200 a\r\n200 b\r\n200 c\r\n200 d\r\n200 e\r\n");
        s.expect_eof();
    });
    assert_closed(&mut client, "stopped by the callback");
}

#[test]
fn nothing_is_aborted_when_the_final_reply_was_there_already() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("RETR f");
        s.send("150 go\r\n226 done already\r\n");
        let mut data = listener.accept();
        std::thread::sleep(Duration::from_millis(50));
        data.send_until_closed();
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let retr = command("RETR f");
    let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut |_| Err(7)).await);
    assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{outcome:?}");
    assert_in_step(&mut client);
}

#[test]
fn a_stopped_upload_is_aborted() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "STOR f");
        s.expect("ABOR");
        data.expect_eof();
        s.send("426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let stor = command("STOR f");
    let outcome =
        client.run(async |client| client.storbinary(&stor, 0, None, &mut |_| Err(-5), &mut |_| Ok(())).await);
    assert!(matches!(outcome, Err(Error::Callback { value: -5, .. })), "{outcome:?}");
    assert_in_step(&mut client);
}

#[test]
fn data_that_stops_coming_is_a_timeout_and_the_session_goes_on() {
    let script = |s: &mut Session| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hel");
        data.expect_taken();
        s.expect("ABOR");
        data.expect_reset();
        s.send("426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
    };
    let (client, (data, outcome), path) = until_played(|limit| {
        let server = Scripted::start(script);
        let mut client = logged_in(&server);
        client.set_phase_timeout(Phase::Data, Some(limit));
        let outcome = retrieve(&mut client, "RETR f");
        let path = pwd(&mut client);
        ([server], (client, outcome, path))
    });
    assert_eq!(data, b"hel");
    assert_text(
        &client,
        &outcome.unwrap_err(),
        "timed out after 0.3 s waiting for data (phase: data; RETR f, after 3 bytes)",
    );
    assert_eq!(path.unwrap(), "/in/step");
}

#[test]
fn a_line_that_is_no_reply_is_not_counted_among_those_to_abor() {
    for replies in ["what?\r\n226 transfer\r\n", "226 transfer\r\nwhat?\r\n", "350 what?\r\n226 transfer\r\n"]
    {
        let client = stopped_download(move |s, _data| {
            s.send(replies);
            s.expect("PWD");
            s.send("226 aborted\r\n257 \"/\"\r\n");
            expect_in_step(s);
        });
        assert!(client.is_connected(), "{replies:?}");
    }
}

#[test]
fn abort_without_a_transfer_is_a_command_like_any_other() {
    let server = Scripted::start(|s| {
        s.login();
        for reply in ["225 nothing to abort\r\n", "426 a\r\n226 b\r\n", "226 ok\r\n", "502 no\r\n"] {
            s.expect("ABOR");
            s.send(reply);
        }
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let mut abort = || client.run(async |client| client.abort().await);
    assert_eq!(abort().unwrap().code(), Some(225));
    assert_eq!(abort().unwrap().code(), Some(226));
    abort().unwrap();
    assert!(abort().is_err());
    assert_in_step(&mut client);
}

#[test]
fn abor_that_is_answered_by_426_alone_keeps_the_session() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("ABOR");
        s.send("426 aborted\r\n");
        expect_search(s, "");
        s.expect("ABOR");
        s.send("426 aborted\r\n");
        expect_search(s, "225 late\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let error = client.run(async |client| client.abort().await).unwrap_err();
    assert_text(&client, &error, "ABOR: 426 aborted");
    assert_eq!(client.last_reply().unwrap().code(), Some(426));
    let reply = client.run(async |client| client.abort().await).unwrap();
    assert_eq!(reply.text(), b"225 late");
    assert_in_step(&mut client);
}
