//! Servers that send replies without end: no call is held by them, and no memory.

use std::net::TcpStream;
use std::sync::mpsc;

use super::*;

const UNASKED: &str = "200 hello again\r\n";

/// Until so many bytes are there that the client has not read.
fn wait_for_input(client: &Client, count: usize) {
    let control = TcpStream::from(client.control_fd().unwrap().try_clone_to_owned().unwrap());
    let (start, mut there) = (Stopwatch::start(), vec![0; count]);
    while control.peek(&mut there).unwrap_or(0) < count {
        assert_quick(&start, Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[track_caller]
fn assert_limit(client: &mut Client, outcome: Result<()>) {
    let error = outcome.unwrap_err();
    assert!(matches!(error, Error::Limit(_)), "{error:?}");
    assert_text(client, &error, "the server sent 100 replies that belong to nothing");
    assert_closed(client, "replies that belong to nothing");
}

#[test]
fn replies_that_nobody_asked_for_are_a_limit() {
    let (go, told) = mpsc::channel();
    let server = Scripted::start(move |s| {
        s.login();
        told.recv().unwrap();
        s.send_until_closed(UNASKED);
    });
    let mut client = logged_in(&server);
    go.send(()).unwrap();
    wait_for_input(&client, UNASKED.len() * 101);
    let outcome = pwd(&mut client).map(drop);
    assert_limit(&mut client, outcome);
}

#[test]
fn a_few_replies_too_many_are_none() {
    let (go, told) = mpsc::channel();
    let server = Scripted::start(move |s| {
        s.login();
        told.recv().unwrap();
        s.send(UNASKED.repeat(50));
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    go.send(()).unwrap();
    // One that came behind PWD would be the reply to it.
    wait_for_input(&client, UNASKED.len() * 50);
    assert_in_step(&mut client);
}

#[test]
fn preliminary_replies_in_mid_transfer_are_a_limit() {
    for text in ["RETR f", "STOR f"] {
        let server = Scripted::start(move |s| {
            let _data = start_transfer(s, text);
            s.send_until_closed("150 still going\r\n");
        });
        let mut client = logged_in(&server);
        let outcome = match text {
            "RETR f" => retrieve(&mut client, text).1,
            // More than fits on the way, so that it waits.
            _ => store(&mut client, text, &vec![0; 32 << 20]),
        };
        assert_limit(&mut client, outcome);
    }
}

#[test]
fn preliminary_replies_now_and_then_are_none() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR f");
        for _ in 0..30 {
            s.send("150 still going\r\n".repeat(10));
            data.send("x");
            std::thread::sleep(Duration::from_millis(5));
        }
        data.close();
        s.send("226 done\r\n");
    });
    let (data, outcome) = retrieve(&mut logged_in(&server), "RETR f");
    outcome.unwrap();
    assert_eq!(data.len(), 30);
}

#[test]
fn preliminary_replies_in_place_of_a_data_connection_are_a_limit() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        s.active();
        s.expect("RETR f");
        s.send_until_closed("150 still going\r\n");
    });
    let mut client = logged_in(&server);
    client.set_passive(false);
    let outcome = retrieve(&mut client, "RETR f").1;
    assert_limit(&mut client, outcome);
}
