//! Cancelling a call from another thread.

use std::sync::Arc;
use std::thread;

use super::*;

/// Cancels whatever runs on the client in a moment.
fn cancel_soon(client: &Client) -> thread::JoinHandle<()> {
    let wake = Arc::clone(client.reactor().wake());
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        wake.cancel();
    })
}

#[test]
fn connecting_can_be_cancelled() {
    let silent = support::dead_ends::never_connecting();
    let greeting = support::dead_ends::never_greeting();
    for address in [silent.addr(), greeting.addr()] {
        let mut client = client();
        let start = Instant::now();
        let other = cancel_soon(&client);
        let error = connect_to(&mut client, address).unwrap_err();
        other.join().unwrap();
        assert!(matches!(error, Error::Cancelled(_)), "{error:?}");
        assert_quick(start, Duration::from_secs(3));
        assert_closed(&mut client, "");
    }
}

#[test]
fn a_call_that_waits_for_a_reply_is_cancelled_and_the_connection_closed() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("PWD");
        s.expect_eof();
    });
    let mut client = logged_in(&server);
    let start = Instant::now();
    let other = cancel_soon(&client);
    let error = pwd(&mut client).unwrap_err();
    other.join().unwrap();
    assert_text(&client, &error, "PWD: cancelled");
    assert_quick(start, Duration::from_secs(3));
    assert_closed(&mut client, "PWD: cancelled");
}

#[test]
fn a_transfer_is_aborted_and_the_session_goes_on() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hel");
        s.expect("ABOR");
        data.expect_reset();
        s.send("426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let other = cancel_soon(&client);
    let (data, outcome) = retrieve(&mut client, "RETR f");
    other.join().unwrap();
    assert_eq!(data, b"hel");
    assert_text(&client, &outcome.unwrap_err(), "RETR f: cancelled");
    assert_in_step(&mut client);
}

#[test]
fn a_transfer_that_never_waits_is_cancelled_too() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("RETR f");
        s.send("150 go\r\n");
        listener.accept().send_until_closed();
        s.expect("ABOR");
        s.send("426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let other = cancel_soon(&client);
    let (_, outcome) = retrieve(&mut client, "RETR f");
    other.join().unwrap();
    assert!(matches!(outcome, Err(Error::Cancelled(_))), "{outcome:?}");
    assert_in_step(&mut client);
}

#[test]
fn a_cancel_before_the_preliminary_reply_leaves_the_session_in_step_too() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let _listener = s.passive();
        s.expect("RETR f");
        s.expect("ABOR");
        s.send("150 go\r\n426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let other = cancel_soon(&client);
    let (_, outcome) = retrieve(&mut client, "RETR f");
    other.join().unwrap();
    assert!(matches!(outcome, Err(Error::Cancelled(_))), "{outcome:?}");
    assert_in_step(&mut client);
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
        let server = Scripted::start(|s| {
            let _data = start_transfer(s, "RETR f");
            // The transfer is given up, and the server does not answer.
            s.expect("ABOR");
            s.expect_eof();
        });
        let mut client = logged_in(&server);
        client.set_type(Some(ftpclient::client::TransferType::Image));
        let retr = command("RETR f");
        let id = client.run(async |client| client.transfercmd(&retr, None).await).unwrap();
        client.transfer_forget(id);
        let outcome = if is_cancelled {
            let other = cancel_soon(&client);
            let outcome = client.run(async |client| client.delete(b"x").await);
            other.join().unwrap();
            outcome
        } else {
            client.set_phase_timeout(ftpclient::client::Phase::Total, Some(Duration::from_millis(100)));
            client.run(async |client| client.delete(b"x").await)
        };
        let expected = if is_cancelled {
            "the call: cancelled before it had sent a command"
        } else {
            " before the call had sent a command (phase: total)"
        };
        assert_text(&client, &outcome.unwrap_err(), expected);
    }
}
