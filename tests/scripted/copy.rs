//! Copies from server to server.

use std::sync::{Arc, mpsc};

use ftpclient::client::TransferType;
use ftpclient::protocol::charset::Charset;

use super::*;

fn copy(source: &mut Client, target: &mut Client) -> Result<()> {
    let (near, far) = (source.reactor().clone(), target.reactor().clone());
    run(&near, near.joined(&far, source.copy_to(target, b"from", b"to", TransferType::Image)))
}

fn type_is_set(s: &mut Session) {
    s.login();
    s.expect("TYPE I");
    s.send("200 ok\r\n");
}

#[test]
fn a_copy_needs_both_names() {
    let (mut source, mut target) = (Client::new().unwrap(), Client::new().unwrap());
    for (from, to) in [(&b""[..], &b"to"[..]), (b"from", b""), (b"", b"")] {
        let near = source.reactor().clone();
        let error = run(&near, source.copy_to(&mut target, from, to, TransferType::Image)).unwrap_err();
        assert!(error.to_string().contains("the name is empty"), "{error}");
    }
}

#[test]
fn the_data_goes_from_server_to_server() {
    let source = Scripted::start(|s| {
        type_is_set(s);
        s.expect("PASV");
        s.send("227 (192,0,2,1,4,1)\r\n");
        s.expect("RETR from");
        // None of these bytes comes this way.
        s.send("150 go (10000 bytes).\r\n");
        std::thread::sleep(Duration::from_millis(50));
        s.send("226 sent\r\n");
        expect_in_step(s);
    });
    let target = Scripted::start(|s| {
        type_is_set(s);
        // The address of the server that the source client talks to, not the one that it names.
        s.expect("PORT 127,0,0,1,4,1");
        s.send("200 ok\r\n");
        s.expect("STOR to");
        s.send("150 go\r\n");
        std::thread::sleep(Duration::from_millis(100));
        s.send("226 stored\r\n");
        expect_in_step(s);
    });
    let (mut from, mut to) = (logged_in(&source), logged_in(&target));
    copy(&mut from, &mut to).unwrap();
    assert_in_step(&mut from);
    assert_in_step(&mut to);
}

#[test]
fn a_named_address_is_used_if_it_is_trusted() {
    let source = Scripted::start(|s| {
        type_is_set(s);
        s.expect("PASV");
        s.send("227 (192,0,2,1,4,1)\r\n");
        expect_in_step(s);
    });
    let target = Scripted::start(|s| {
        type_is_set(s);
        s.expect("PORT 192,0,2,1,4,1");
        s.send("500 not to strangers\r\n");
        expect_in_step(s);
    });
    let (mut from, mut to) = (logged_in(&source), logged_in(&target));
    from.set_trust_pasv_address(true);
    assert!(copy(&mut from, &mut to).is_err());
    assert_in_step(&mut from);
    assert_in_step(&mut to);
}

#[test]
fn when_the_source_refuses_the_target_is_aborted() {
    let (has_left, left) = mpsc::channel();
    let source = Scripted::start(move |s| {
        type_is_set(s);
        s.expect("PASV");
        s.send("227 (127,0,0,1,4,1)\r\n");
        s.expect("RETR from");
        s.send("550 no such file\r\n");
        // The target is connected to the port: another one takes its place.
        s.expect("PASV");
        has_left.send(()).unwrap();
        s.send("227 (127,0,0,1,4,2)\r\n");
        expect_in_step(s);
    });
    let target = Scripted::start(move |s| {
        type_is_set(s);
        s.expect_command("PORT");
        s.send("200 ok\r\n");
        s.expect("STOR to");
        s.send("150 go\r\n");
        s.expect("ABOR");
        left.recv().unwrap();
        s.send("426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let (mut from, mut to) = (logged_in(&source), logged_in(&target));
    let error = copy(&mut from, &mut to).unwrap_err();
    assert_text(&from, &error, "RETR from: 550 no such file");
    assert_eq!(from.last_reply().unwrap().code(), Some(550));
    assert_in_step(&mut from);
    assert_in_step(&mut to);
}

#[test]
fn when_the_source_gives_up_the_target_is_aborted() {
    let source = Scripted::start(|s| {
        type_is_set(s);
        s.expect("PASV");
        s.send("227 (127,0,0,1,4,1)\r\n");
        s.expect("RETR from");
        s.send("150 go\r\n426 the other side has gone\r\n");
        // What becomes of the other port tells nothing.
        s.expect("PASV");
        s.send("425 not now\r\n");
        expect_in_step(s);
    });
    let target = Scripted::start(|s| {
        type_is_set(s);
        s.expect_command("PORT");
        s.send("200 ok\r\n");
        s.expect("STOR to");
        s.send("150 go\r\n");
        s.expect("ABOR");
        s.send("426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let (mut from, mut to) = (logged_in(&source), logged_in(&target));
    let error = copy(&mut from, &mut to).unwrap_err();
    assert_text(&from, &error, "426 the other side has gone");
    assert_eq!(from.last_reply().unwrap().code(), Some(426));
    assert_in_step(&mut from);
    assert_in_step(&mut to);
}

#[test]
fn a_session_that_is_owed_a_reply_copies_nothing() {
    for from_owes in [true, false] {
        let play = move |owes: bool| {
            move |s: &mut Session| {
                s.login();
                if owes {
                    s.expect("SITE SLOW");
                    s.send("200 at last\r\n");
                }
                // How far the source gets before the target refuses is not told.
                while let Some(line) = s.line_or_end() {
                    s.send(match line.as_str() {
                        "PWD" => "257 \"/in/step\" is here\r\n",
                        "PASV" => "227 (127,0,0,1,4,1)\r\n",
                        _ => "200 ok\r\n",
                    });
                }
            }
        };
        let (source, target) = (Scripted::start(play(from_owes)), Scripted::start(play(!from_owes)));
        let (mut from, mut to) = (logged_in(&source), logged_in(&target));
        let owing = if from_owes { &mut from } else { &mut to };
        owing.run(async |client| client.putcmd(&command("SITE SLOW")).await).unwrap();
        let error = copy(&mut from, &mut to).unwrap_err();
        assert_text(&from, &error, "SITE SLOW");
        let owing = if from_owes { &mut from } else { &mut to };
        owing.run(async |client| client.voidresp().await).unwrap();
        assert_in_step(&mut from);
        assert_in_step(&mut to);
    }
}

#[test]
fn a_target_that_fails_at_the_end_is_a_failure() {
    let source = Scripted::start(|s| {
        type_is_set(s);
        s.expect("PASV");
        s.send("227 (127,0,0,1,4,1)\r\n");
        s.expect("RETR from");
        s.send("150 go\r\n226 sent\r\n");
        expect_in_step(s);
    });
    let target = Scripted::start(|s| {
        type_is_set(s);
        s.expect_command("PORT");
        s.send("200 ok\r\n");
        s.expect("STOR to");
        s.send("150 go\r\n");
        s.send("552 no space\r\n");
        expect_in_step(s);
    });
    let (mut from, mut to) = (logged_in(&source), logged_in(&target));
    let error = copy(&mut from, &mut to).unwrap_err();
    assert!(matches!(error, Error::Elsewhere { .. }), "{error:?}");
    assert_text(&from, &error, &format!("{}: STOR to: 552 no space", target.addr()));
    assert_in_step(&mut from);
    assert_in_step(&mut to);
}

#[test]
fn names_that_cannot_be_sent_are_refused_before_anything_is() {
    let play = |s: &mut Session| {
        s.login();
        expect_in_step(s);
    };
    let (source, target) = (Scripted::start(play), Scripted::start(play));
    let (mut from, mut to) = (logged_in(&source), logged_in(&target));
    let euro = "\u{20ac}".as_bytes();
    from.set_charset(Charset::Latin1);
    to.set_charset(Charset::Latin1);
    for (name, target_name) in [(&b"a\n"[..], &b"b"[..]), (b"a", b"b\r"), (euro, b"b"), (b"a", euro)] {
        let (near, far) = (from.reactor().clone(), to.reactor().clone());
        let copy = from.copy_to(&mut to, name, target_name, TransferType::Image);
        let outcome = run(&near, near.joined(&far, copy));
        assert!(matches!(outcome, Err(Error::InvalidArgument(_))), "{outcome:?}");
    }
    assert_in_step(&mut from);
    assert_in_step(&mut to);
}

#[test]
fn a_target_that_refuses_the_type_is_named_and_the_source_goes_on() {
    let source = Scripted::start(|s| {
        type_is_set(s);
        expect_in_step(s);
    });
    let target = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("504 only text here\r\n");
        expect_in_step(s);
    });
    let (mut from, mut to) = (logged_in(&source), logged_in(&target));
    let error = copy(&mut from, &mut to).unwrap_err();
    assert_text(&from, &error, &format!("{}: TYPE I: 504 only text here", target.addr()));
    assert_in_step(&mut from);
    assert_in_step(&mut to);
}

#[test]
fn without_a_target_connection_the_source_hears_nothing_and_goes_on() {
    let source = Scripted::start(|s| {
        s.login();
        expect_in_step(s);
    });
    let mut from = logged_in(&source);
    let outcome = copy(&mut from, &mut client());
    assert!(matches!(outcome, Err(Error::NotConnected(_))), "{outcome:?}");
    assert_in_step(&mut from);
}

#[test]
fn a_cancel_on_either_side_ends_the_copy_on_both() {
    for on_source in [true, false] {
        let (hears, heard) = mpsc::channel();
        let also_hears = hears.clone();
        let source = Scripted::start(move |s| {
            type_is_set(s);
            s.expect("PASV");
            s.send("227 (127,0,0,1,4,1)\r\n");
            s.expect("RETR from");
            s.send("150 go\r\n");
            s.expect_taken();
            hears.send(()).unwrap();
            // Its final reply was waited for, and nobody knows when it comes.
            s.expect_eof();
        });
        let target = Scripted::start(move |s| {
            type_is_set(s);
            s.expect_command("PORT");
            s.send("200 ok\r\n");
            s.expect("STOR to");
            s.send("150 go\r\n");
            s.expect_taken();
            also_hears.send(()).unwrap();
            s.expect("ABOR");
            s.send("426 stopped\r\n226 aborted\r\n");
            expect_in_step(s);
        });
        let (mut from, mut to) = (logged_in(&source), logged_in(&target));
        let wake = Arc::clone(if on_source { from.reactor() } else { to.reactor() }.wake());
        let other = std::thread::spawn(move || {
            for _ in 0..2 {
                heard.recv().unwrap();
            }
            wake.cancel();
        });
        let start = Stopwatch::start();
        let error = copy(&mut from, &mut to).unwrap_err();
        other.join().unwrap();
        assert!(matches!(error, Error::Cancelled(_)), "{error:?}");
        assert_quick(&start, Duration::from_secs(5));
        assert_closed(&mut from, "cancelled");
        assert_in_step(&mut to);
    }
}
