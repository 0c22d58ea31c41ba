//! NOOP while data moves: whatever a server makes of it, the next command gets its own reply.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;

use socket2::SockRef;
use support::scripted::DataListener;

use super::*;

mod by_hand;
mod stopped;
mod when;

/// Far shorter than the pauses of the scripts, which wait for the NOOPs that are due then; long enough for a server on a busy machine to
/// come before there are a hundred.
const OFTEN: Duration = Duration::from_millis(50);

/// A client that is logged in and says NOOP when it is silent for `interval`.
fn client_of(server: &Scripted, interval: Duration) -> Client {
    let mut client = logged_in(server);
    client.set_noop_interval(Some(interval));
    client
}

/// Answers what may come after a transfer: NOOPs that were due, PWD to find the step, and the test's own SYST. NOOPs that were
/// sent while the transfer was going on, `late` of them, are answered first.
fn goes_on(s: &mut Session, late: usize) {
    s.send("200 late\r\n".repeat(late));
    while let Some(line) = s.line_or_end() {
        s.send(match line.as_str() {
            "NOOP" => "200 noop\r\n",
            "PWD" => "257 \"/\"\r\n",
            "SYST" => "215 in step\r\n",
            other => panic!("the client sent {other:?}"),
        });
    }
}

/// What the commands of the test's own are to be answered by.
const OWN: [&str; 6] = ["215 in step", "200 noop", "215 in step", "200 noop", "215 in step", "200 noop"];

fn replies_to_its_own(client: &mut Client) -> Result<Vec<String>> {
    ["SYST", "NOOP"].repeat(3).into_iter().map(|command| send(client, command)).collect()
}

#[track_caller]
fn assert_its_own_reply(client: &mut Client) {
    assert_eq!(replies_to_its_own(client).unwrap(), OWN);
}

/// A download in whose middle two NOOPs are sent; `ends` plays the rest.
fn download(ends: impl FnOnce(&mut Session, Data) + Send + 'static) -> (Vec<u8>, Result<()>, Client) {
    let server = Scripted::start(move |s| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hel");
        s.expect("NOOP");
        s.expect("NOOP");
        ends(s, data);
    });
    let mut client = client_of(&server, OFTEN);
    let (data, outcome) = retrieve(&mut client, "RETR f");
    if client.is_connected() {
        assert_its_own_reply(&mut client);
    }
    client.close();
    server.finish();
    (data, outcome, client)
}

#[test]
fn many_noops_may_be_answered_before_the_final_reply() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hello");
        for _ in 0..120 {
            s.expect("NOOP");
        }
        data.close();
        // By now the client waits for the final reply.
        std::thread::sleep(SHORT);
        s.send("200 noop\r\n".repeat(120));
        s.send("226 done\r\n");
        goes_on(s, 0);
    });
    let mut client = client_of(&server, Duration::from_millis(10));
    let (data, outcome) = retrieve(&mut client, "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"hello");
    assert_its_own_reply(&mut client);
    client.close();
    server.finish();
}

#[test]
fn the_answer_to_a_noop_is_not_the_last_word_of_a_transfer() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR f");
        for piece in ["one", "two"] {
            s.expect("NOOP");
            data.send(piece);
        }
        // The client closes the data connection before its end, and some servers say no more than 1yz then.
        data.expect_eof();
        s.send("150 is the last word\r\n200 noop\r\n200 noop\r\n");
        goes_on(s, 0);
    });
    let mut client = client_of(&server, OFTEN);
    let id = client.run(async |client| client.transfercmd(&command("RETR f"), None).await).unwrap();
    for piece in ["one", "two"] {
        let mut buffer = [0; 3];
        client.run(async |client| client.transfer_read(id, &mut buffer).await).unwrap();
        assert_eq!(buffer, piece.as_bytes());
    }
    let outcome = client.run(async |client| client.transfer_finish(id).await);
    assert!(matches!(&outcome, Err(Error::Reply { reply, .. }) if reply.code() == Some(150)), "{outcome:?}");
    assert_its_own_reply(&mut client);
    client.close();
    server.finish();
}

#[test]
fn a_server_that_answers_after_the_transfer() {
    let (data, outcome, client) = download(|s, mut data| {
        data.send("lo");
        data.close();
        s.send("226 done\r\n");
        goes_on(s, 2);
    });
    outcome.unwrap();
    assert_eq!(data, b"hello");
    assert_eq!(client.last_reply().unwrap().to_string(), "200 noop");
}

#[test]
fn a_server_that_answers_at_once() {
    let (data, outcome, _) = download(|s, mut data| {
        s.send("200 noop\r\n200 noop\r\n");
        data.send("lo");
        data.close();
        s.send("226 done\r\n");
        goes_on(s, 0);
    });
    outcome.unwrap();
    assert_eq!(data, b"hello");
}

#[test]
fn a_server_that_answers_several_with_one_error_and_drops_the_rest() {
    for error in ["500 unknown", "501 what?", "502 not now"] {
        let (data, outcome, _) = download(move |s, mut data| {
            s.send(format!("{error}\r\n"));
            data.send("lo");
            data.close();
            s.send("226 done\r\n");
            goes_on(s, 0);
        });
        outcome.unwrap();
        assert_eq!(data, b"hello");
    }
}

#[test]
fn a_server_that_answers_none() {
    let (data, outcome, _) = download(|s, mut data| {
        data.send("lo");
        data.close();
        s.send("226 done\r\n");
        goes_on(s, 0);
    });
    outcome.unwrap();
    assert_eq!(data, b"hello");
}

#[test]
fn the_final_reply_may_come_between_those_to_noops_and_before_the_end_of_the_data() {
    let (data, outcome, _) = download(|s, mut data| {
        s.send("200 noop\r\n226 done\r\n200 noop\r\n");
        std::thread::sleep(SHORT);
        data.send("lo");
        data.close();
        goes_on(s, 0);
    });
    outcome.unwrap();
    assert_eq!(data, b"hello");
}

#[test]
fn the_control_connection_is_not_silent_after_an_early_final_reply() {
    let (data, outcome, _) = download(|s, mut data| {
        s.send("200 noop\r\n200 noop\r\n226 done\r\n");
        // Whatever was sent before that was read.
        std::thread::sleep(SHORT);
        for _ in 0..10 {
            s.expect("NOOP");
        }
        s.send("200 noop\r\n".repeat(10));
        for _ in 0..10 {
            s.expect("NOOP");
        }
        data.send("lo");
        data.close();
        goes_on(s, 10);
    });
    outcome.unwrap();
    assert_eq!(data, b"hello");
}

#[test]
fn an_error_in_the_middle_is_told_and_the_session_goes_on() {
    for (before, late) in [("", 2), ("", 0), ("500 what?\r\n", 0), ("200 noop\r\n200 noop\r\n", 0)] {
        let (_, outcome, _) = download(move |s, data| {
            s.send(format!("{before}451 disk error\r\n"));
            drop(data);
            goes_on(s, late);
        });
        let Err(Error::Reply { reply, .. }) = outcome else { panic!("{outcome:?}") };
        assert_eq!(reply.code(), Some(451));
    }
}

#[test]
fn a_reply_is_told_and_not_what_was_asked_after_it() {
    let server = Scripted::start(|s| {
        let data = start_transfer(s, "RETR f");
        s.expect("NOOP");
        data.close();
        s.send("226 done\r\n");
        goes_on(s, 1);
    });
    let mut client = client_of(&server, OFTEN);
    retrieve(&mut client, "RETR f").1.unwrap();
    assert_eq!(client.last_reply().unwrap().to_string(), "226 done");
}

#[test]
fn a_broken_data_connection_is_told_by_the_servers_reason() {
    let (_, outcome, _) = download(|s, data| {
        data.reset();
        s.send("200 noop\r\n200 noop\r\n426 broken\r\n");
        goes_on(s, 0);
    });
    let Err(Error::Reply { reply, .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(reply.code(), Some(426));
}

#[test]
fn a_server_that_answers_nothing_after_the_transfer_is_left_and_the_transfer_is_done() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hello");
        s.expect("NOOP");
        data.close();
        s.send("226 done\r\n");
        while s.line_or_end().is_some() {}
    });
    let mut client = client_of(&server, OFTEN);
    client.set_timeout(Some(Duration::from_secs(1)));
    let (data, outcome) = retrieve(&mut client, "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"hello");
    assert_closed(&mut client, "after the end of a transfer (timed out");
}

#[test]
fn a_421_among_the_replies_ends_the_session() {
    let (_, outcome, mut client) = download(|s, data| {
        s.send("200 noop\r\n421 shutting down\r\n");
        // Another may have been due before the client read this.
        while let Some(line) = s.line_or_end() {
            assert_eq!(line, "NOOP");
        }
        drop(data);
    });
    let Err(Error::Reply { reply, .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(reply.code(), Some(421));
    assert!(!client.is_connected());
    assert_closed(&mut client, "closed");
}

#[test]
fn an_upload_as_well() {
    for late in [0, 1] {
        let server = Scripted::start(move |s| {
            let mut data = start_transfer(s, "STOR f");
            s.expect("NOOP");
            if late == 0 {
                s.send("200 noop\r\n");
            }
            assert_eq!(data.read_to_end(), b"hello, hello, ");
            s.send("226 done\r\n");
            goes_on(s, late);
        });
        let mut client = client_of(&server, OFTEN);
        let mut blocks = 0;
        let mut source = |buffer: &mut [u8]| {
            blocks += 1;
            // Nothing is sent while the callback runs; before the next block it is due.
            std::thread::sleep(OFTEN * 2);
            let block = if blocks <= 2 { &b"hello, "[..] } else { b"" };
            buffer[..block.len()].copy_from_slice(block);
            Ok(block.len())
        };
        let stor = command("STOR f");
        client
            .run(async |client| {
                client.storbinary(&stor, 0, None, &mut source, &mut |_| Ok(())).await.map(drop)
            })
            .unwrap();
        assert_its_own_reply(&mut client);
    }
}
