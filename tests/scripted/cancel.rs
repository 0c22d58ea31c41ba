//! Cancelling a call from another thread.

use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::thread;

use ftpclient::net::Wake;

use super::*;

/// A client that is logged in, and a server that can cancel what runs on it.
fn cancelled_by(script: impl FnOnce(&mut Session, &Wake) + Send + 'static) -> (Scripted, Client) {
    let mut client = client();
    let wake = Arc::clone(client.reactor().wake());
    let server = Scripted::start(move |s| script(s, &wake));
    connect_to(&mut client, server.addr()).unwrap();
    log_in(&mut client).unwrap();
    (server, client)
}

#[test]
fn connecting_can_be_cancelled() {
    let silent = support::dead_ends::never_connecting();
    let greeting = support::dead_ends::never_greeting();
    for address in [silent.addr(), greeting.addr()] {
        let mut client = client();
        let start = Stopwatch::start();
        let error = cancelled(&mut client, |client| connect_to(client, address)).unwrap_err();
        assert!(matches!(error, Error::Cancelled(_)), "{error:?}");
        assert_quick(&start, Duration::from_secs(3));
        assert_closed(&mut client, "");
    }
}

#[test]
fn a_call_that_waits_for_a_reply_is_cancelled_and_the_connection_closed() {
    let (_server, mut client) = cancelled_by(|s, wake| {
        s.login();
        s.expect("PWD");
        wake.cancel();
        s.expect_eof();
    });
    let start = Stopwatch::start();
    let error = pwd(&mut client).unwrap_err();
    assert_text(&client, &error, "PWD: cancelled");
    assert_quick(&start, Duration::from_secs(3));
    assert_closed(&mut client, "PWD: cancelled");
}

#[test]
fn a_transfer_is_aborted_and_the_session_goes_on() {
    let (_server, mut client) = cancelled_by(|s, wake| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hel");
        data.expect_taken();
        wake.cancel();
        s.expect("ABOR");
        data.expect_reset();
        s.send("426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let (data, outcome) = retrieve(&mut client, "RETR f");
    assert_eq!(data, b"hel");
    assert_text(&client, &outcome.unwrap_err(), "RETR f: cancelled");
    assert_in_step(&mut client);
}

#[test]
fn a_transfer_that_never_waits_is_cancelled_too() {
    let (_server, mut client) = cancelled_by(|s, wake| {
        let mut data = start_transfer(s, "RETR f");
        data.send(vec![0; 1 << 20]);
        wake.cancel();
        data.send_until_closed();
        s.expect("ABOR");
        s.send("426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let (_, outcome) = retrieve(&mut client, "RETR f");
    assert!(matches!(outcome, Err(Error::Cancelled(_))), "{outcome:?}");
    assert_in_step(&mut client);
}

#[test]
fn a_cancel_before_the_preliminary_reply_leaves_the_session_in_step_too() {
    let (_server, mut client) = cancelled_by(|s, wake| {
        s.login();
        let _listener = binary_passive(s);
        s.expect("RETR f");
        wake.cancel();
        s.expect("ABOR");
        s.send("150 go\r\n426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let (_, outcome) = retrieve(&mut client, "RETR f");
    assert!(matches!(outcome, Err(Error::Cancelled(_))), "{outcome:?}");
    assert_in_step(&mut client);
}

/// All that the transfer has to say is there, and the client has read none of it.
#[test]
fn a_transfer_that_has_ended_unread_is_not_aborted() {
    let ((may_end, waits), (has_ended, is_heard)) = (mpsc::channel(), mpsc::channel());
    let server = Scripted::start(move |s| {
        s.login();
        let listener = binary_passive(s);
        s.expect("RETR f");
        waits.recv().unwrap();
        s.send("150 go\r\n226 done\r\n");
        has_ended.send(()).unwrap();
        expect_in_step(s);
        drop(listener);
    });
    let mut client = logged_in(&server);
    let reactor = client.reactor().clone();
    let running = reactor.begin();
    {
        let command = Command::parse(b"RETR f").unwrap();
        let mut take = |_: &[u8]| Ok(());
        let mut call = pin!(
            client.perform(async |client| client.retrbinary(&command, 0, None, &mut take).await.map(drop))
        );
        while !server.received().ends_with(b"RETR f\r\n") {
            assert!(reactor.turn(call.as_mut()).is_pending());
            thread::sleep(Duration::from_millis(1));
        }
        may_end.send(()).unwrap();
        is_heard.recv().unwrap();
        reactor.wake().cancel();
        let outcome = loop {
            if let Poll::Ready(outcome) = reactor.turn(call.as_mut()) {
                break outcome;
            }
            thread::sleep(Duration::from_millis(1));
        };
        assert!(matches!(outcome, Err(Error::Cancelled(_))), "{outcome:?}");
    }
    drop(running);
    assert_in_step(&mut client);
    assert!(!String::from_utf8_lossy(&server.received()).contains("ABOR"));
}

#[test]
fn a_cancel_between_the_replies_to_an_abort_closes() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR f");
        s.expect("ABOR");
        data.expect_eof();
        s.send("226 transfer complete\r\n");
        // The reply to ABOR itself is still to come, and nobody would wait for it.
        s.expect_eof();
    });
    let mut client = logged_in(&server);
    let retr = command("RETR f");
    client.run(async |client| client.transfercmd(&retr, None).await).unwrap();
    let wake = Arc::clone(client.reactor().wake());
    // As soon as the first reply is there; the second is not.
    client.log_mut().sink = Some(Box::new(move |_, text| {
        if text.starts_with(b"226") {
            wake.cancel();
        }
    }));
    let outcome = client.run(async |client| client.abort().await);
    assert!(matches!(outcome, Err(Error::Cancelled(_))), "{outcome:?}");
    assert_closed(&mut client, "cancelled");
}

#[test]
fn a_cancel_without_a_call_does_nothing_to_the_next() {
    let server = Scripted::start(|s| {
        s.login();
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    client.reactor().wake().cancel();
    assert_in_step(&mut client);
}

#[test]
fn after_a_cancel_by_a_callback_nothing_more_is_said() {
    let server = Scripted::start(|s| {
        s.send("220 ready\r\n");
        s.expect("USER user");
        s.send("331 password\r\n");
        // No PASS: the session is as it was between the two.
        expect_in_step(s);
    });
    let mut client = connected(&server);
    let wake = Arc::clone(client.reactor().wake());
    client.log_mut().sink = Some(Box::new(move |_, text| {
        if text.starts_with(b"331") {
            wake.cancel();
        }
    }));
    let outcome = client.run(async |client| client.login("user", "secret", "").await);
    assert!(matches!(outcome, Err(Error::Cancelled(_))), "{outcome:?}");
    assert_in_step(&mut client);
}

/// What the call before has sent is not what this one is about.
#[test]
fn a_call_that_ends_before_it_has_sent_anything_does_not_name_the_command_of_another() {
    for is_cancelled in [true, false] {
        let (_server, mut client) = cancelled_by(move |s, wake| {
            let _data = start_transfer(s, "RETR f");
            // The transfer is given up, and the server does not answer.
            s.expect("ABOR");
            if is_cancelled {
                wake.cancel();
            }
            s.expect_eof();
        });
        client.set_type(Some(ftpclient::client::TransferType::Image));
        let retr = command("RETR f");
        let id = client.run(async |client| client.transfercmd(&retr, None).await).unwrap();
        client.transfer_forget(id);
        if !is_cancelled {
            client.set_phase_timeout(Phase::Total, Some(Duration::from_millis(100)));
        }
        let outcome = client.run(async |client| client.delete(b"x").await);
        let expected = if is_cancelled {
            "the call: cancelled before it had sent a command"
        } else {
            " before the call had sent a command (phase: total)"
        };
        assert_text(&client, &outcome.unwrap_err(), expected);
    }
}
