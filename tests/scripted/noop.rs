//! NOOP while data moves: whatever a server makes of it, the next command gets its own reply.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;

use socket2::SockRef;
use support::scripted::DataListener;

use super::*;

/// Far shorter than the pauses of the scripts, which wait for the NOOPs that are due then.
const OFTEN: Duration = Duration::from_millis(20);

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

#[track_caller]
fn assert_its_own_reply(client: &mut Client) {
    for _ in 0..3 {
        assert_eq!(send(client, "SYST").unwrap(), "215 in step");
        assert_eq!(send(client, "NOOP").unwrap(), "200 noop");
    }
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
    let mut client = client_of(&server, Duration::from_millis(1));
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
    assert_closed(&mut client, "after the NOOPs of a transfer (timed out");
}

#[test]
fn a_421_among_the_replies_ends_the_session() {
    let (_, outcome, mut client) = download(|s, data| {
        s.send("200 noop\r\n421 shutting down\r\n");
        s.expect_eof();
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

/// A download that is stopped in its middle, one NOOP or more being unanswered; `abort` plays the answer to ABOR.
fn stopped_download(abort: &'static str, late: usize) {
    let server = Scripted::start(move |s| {
        let mut data = start_transfer(s, "RETR f");
        s.expect("NOOP");
        data.send("hello");
        while s.line() != "ABOR" {}
        s.send(abort);
        goes_on(s, late);
    });
    let mut client = client_of(&server, OFTEN);
    let retr = command("RETR f");
    let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut |_| Err(7)).await);
    assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{outcome:?}");
    assert_its_own_reply(&mut client);
}

#[test]
fn a_transfer_that_is_stopped_is_aborted_whichever_replies_come_and_when() {
    for (abort, late) in [
        ("426 stopped\r\n226 aborted\r\n", 0),
        ("426 stopped\r\n226 aborted\r\n", 1),
        ("426 stopped\r\n200 noop\r\n225 aborted\r\n", 0),
        ("200 noop\r\n426 stopped\r\n225 aborted\r\n", 0),
        ("500 what?\r\n426 stopped\r\n", 0),
        ("426 stopped\r\n500 what is ABOR?\r\n", 1),
        ("426 stopped\r\n", 1),
        ("226 done\r\n200 noop\r\n", 0),
        ("226 done\r\n200 noop\r\n225 nothing to abort\r\n", 0),
        ("200 noop\r\n226 aborted\r\n", 0),
    ] {
        stopped_download(abort, late);
    }
}

#[test]
fn a_final_reply_that_is_there_already_leaves_only_the_noops_to_settle() {
    let (has_stopped, wait) = std::sync::mpsc::channel();
    let server = Scripted::start(move |s| {
        let mut data = start_transfer(s, "RETR f");
        s.expect("NOOP");
        data.send("hello");
        s.send("226 done\r\n");
        has_stopped.send(()).unwrap();
        goes_on(s, 1);
    });
    let mut client = client_of(&server, OFTEN);
    let retr = command("RETR f");
    let mut stop = move |_: &[u8]| {
        wait.recv().unwrap();
        Err(7)
    };
    let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut stop).await);
    assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{outcome:?}");
    assert_its_own_reply(&mut client);
    assert!(!server.received().windows(4).any(|bytes| bytes == b"ABOR"));
}

#[test]
fn a_transfer_that_is_cancelled_or_times_out_is_aborted() {
    for cancels in [true, false] {
        let (noop_came, wait) = std::sync::mpsc::channel();
        let server = Scripted::start(move |s| {
            let _data = start_transfer(s, "RETR f");
            s.expect("NOOP");
            noop_came.send(()).unwrap();
            while s.line() != "ABOR" {}
            s.send("426 stopped\r\n200 noop\r\n226 aborted\r\n");
            goes_on(s, 0);
        });
        let mut client = client_of(&server, OFTEN);
        if !cancels {
            client.set_timeout(Some(SHORT));
        }
        let wake = Arc::clone(client.reactor().wake());
        let other = std::thread::spawn(move || {
            wait.recv().unwrap();
            if cancels {
                wake.cancel();
            }
        });
        let (_, outcome) = retrieve(&mut client, "RETR f");
        other.join().unwrap();
        match outcome {
            Err(Error::Cancelled(_)) => assert!(cancels),
            Err(Error::Timeout { .. }) => assert!(!cancels),
            other => panic!("{other:?}"),
        }
        client.set_timeout(Some(Duration::from_secs(10)));
        assert_its_own_reply(&mut client);
    }
}

#[test]
fn urgent_data_goes_behind_the_noops() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR f");
        s.expect("NOOP");
        data.send("hello");
        while !s.line_bytes().ends_with(b"ABOR") {}
        s.send("426 stopped\r\n226 aborted\r\n");
        goes_on(s, 1);
    });
    let mut client = client_of(&server, OFTEN);
    client.set_urgent_abort(true);
    let retr = command("RETR f");
    let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut |_| Err(7)).await);
    assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{outcome:?}");
    assert_its_own_reply(&mut client);
}

/// A transfer whose data the test moves: `start` until its first bytes, with a NOOP in between.
fn opened(late: usize, ends: impl FnOnce(&mut Session, Data) + Send + 'static) -> (Scripted, Client) {
    let server = Scripted::start(move |s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let listener: DataListener = s.passive();
        s.expect("RETR f");
        s.send("150 go\r\n");
        let mut data = listener.accept();
        s.expect("NOOP");
        data.send("hello");
        ends(s, data);
        goes_on(s, late);
    });
    let client = client_of(&server, OFTEN);
    (server, client)
}

#[test]
fn a_transfer_by_hand_is_finished_or_aborted_with_noops_unanswered() {
    let (_server, mut client) = opened(1, |s, data| {
        data.close();
        s.send("226 done\r\n");
    });
    client
        .run(async |client| {
            let id = client.transfercmd(&command("RETR f"), None).await?;
            while client.transfer_read(id, &mut [0; 100]).await? > 0 {}
            client.transfer_finish(id).await
        })
        .unwrap();
    assert_its_own_reply(&mut client);

    let (_server, mut client) = opened(1, |s, data| {
        while s.line() != "ABOR" {}
        drop(data);
        s.send("426 stopped\r\n226 aborted\r\n");
    });
    client
        .run(async |client| {
            let id = client.transfercmd(&command("RETR f"), None).await?;
            client.transfer_read(id, &mut [0; 100]).await?;
            client.abort().await
        })
        .unwrap();
    assert_its_own_reply(&mut client);
}

#[test]
fn a_server_that_does_not_read_does_not_hold_up_the_data() {
    let (is_full, wait_until_full) = std::sync::mpsc::channel();
    let server = Scripted::start(move |s| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hel");
        wait_until_full.recv().unwrap();
        std::thread::sleep(OFTEN * 5);
        data.send("lo");
        data.close();
        s.send("226 done\r\n");
        // The NOOP that found no room comes whole, and before PWD.
        let first = s.line_bytes();
        assert!(first.ends_with(b"xNOOP"), "{} bytes, and no NOOP behind them", first.len());
        s.send("200 noop\r\n");
        goes_on(s, 0);
    });
    let mut client = client_of(&server, OFTEN);
    let mut control = TcpStream::from(client.control_fd().unwrap().try_clone_to_owned().unwrap());
    // The system would take megabytes, which the script has to read.
    SockRef::from(&control).set_send_buffer_size(16 * 1024).unwrap();
    let mut data = Vec::new();
    let mut sink = |block: &[u8]| {
        if data.is_empty() {
            while control.write(&[b'x'; 65536]).is_ok() {}
            while control.write(b"x").is_ok() {}
            is_full.send(()).unwrap();
        }
        data.extend_from_slice(block);
        Ok(())
    };
    let retr = command("RETR f");
    client.run(async |client| client.retrbinary(&retr, 0, None, &mut sink).await).unwrap();
    assert_eq!(data, b"hello");
    assert_its_own_reply(&mut client);
}

#[test]
fn a_noop_is_for_silence_and_not_for_data_that_comes_in_time() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR f");
        // The data flows, and that is no reason to be silent.
        let noops = std::thread::spawn(move || {
            for _ in 0..20 {
                data.send("hello");
                std::thread::sleep(OFTEN);
            }
        });
        s.expect("NOOP");
        s.send("200 noop\r\n");
        noops.join().unwrap();
        s.send("226 done\r\n");
        goes_on(s, 0);
    });
    let mut client = client_of(&server, OFTEN * 4);
    let (data, outcome) = retrieve(&mut client, "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"hello".repeat(20));
    assert_its_own_reply(&mut client);
}

#[test]
fn without_the_setting_and_outside_of_transfers_nothing_is_said() {
    for interval in [None, Some(Duration::from_secs(60))] {
        let server = Scripted::start(|s| {
            let mut data = start_transfer(s, "RETR f");
            data.send("hel");
            s.expect_silence(SHORT);
            data.send("lo");
            data.close();
            s.send("226 done\r\n");
            expect_in_step(s);
            s.expect_silence(SHORT);
        });
        let mut client = logged_in(&server);
        client.set_noop_interval(interval);
        retrieve(&mut client, "RETR f").1.unwrap();
        assert_in_step(&mut client);
        client.set_noop_interval(Some(OFTEN));
        std::thread::sleep(SHORT * 2);
        server.finish();
    }
}

/// Whether the final reply has come as well or not: the NOOP is settled when the transfer ends.
#[test]
fn a_refused_call_leaves_an_open_transfer_alone_while_a_noop_is_not_answered() {
    for is_confirmed in [false, true] {
        let server = Scripted::start(move |s| {
            let mut data = start_transfer(s, "RETR f");
            data.send("hel");
            s.expect("NOOP");
            if is_confirmed {
                s.send("226 done\r\n");
                // The client reads it while it waits for data.
                std::thread::sleep(SHORT);
            }
            data.send("lo");
            // There may be others until then.
            let mut late = 1;
            while s.line_or_end().unwrap() != "SITE go on" {
                late += 1;
            }
            data.send(" world");
            data.close();
            let noops = "200 noop\r\n".repeat(late);
            s.send(if is_confirmed {
                format!("{noops}211 site\r\n")
            } else {
                format!("226 done\r\n{noops}211 site\r\n")
            });
            goes_on(s, 0);
        });
        let mut client = client_of(&server, Duration::from_millis(150));
        client.set_type(Some(ftpclient::client::TransferType::Image));
        let retr = command("RETR f");
        let id = client.run(async |client| client.transfercmd(&retr, None).await).unwrap();
        let mut all = Vec::new();
        while all.len() < 5 {
            all.extend(read(&mut client, id));
        }
        client.set_noop_interval(None);
        let refused = |outcome: Result<()>, shown: &str| assert!(outcome.is_err(), "{shown}");
        refused(client.run(async |client| client.delete(b"").await), "an argument");
        refused(client.run(async |client| client.cwd(b"a\nb").await), "a line end");
        refused(pwd(&mut client).map(drop), "another command");
        refused(getresp(&mut client).map(drop), "a reply that nobody owes");
        refused(client.run(async |client| client.transfer_write(id, &b"x"[..]).await), "the wrong direction");
        client.audit_mut().hook = Some(Box::new(|_, _, _| false));
        refused(put(&mut client, "NOOP"), "the audit");
        client.audit_mut().hook = None;
        put(&mut client, "SITE go on").unwrap();
        loop {
            let block = read(&mut client, id);
            all.extend(&block);
            if block.is_empty() {
                break;
            }
        }
        assert_eq!(all, b"hello world", "confirmed: {is_confirmed}");
        client.run(async |client| client.transfer_finish(id).await).unwrap();
        assert_eq!(getresp(&mut client).unwrap(), "211 site");
        assert_its_own_reply(&mut client);
        client.close();
        server.finish();
    }
}

fn read(client: &mut Client, id: ftpclient::client::TransferId) -> Vec<u8> {
    let mut buffer = [0; 100];
    let count = client.run(async |client| client.transfer_read(id, &mut buffer[..]).await).unwrap();
    buffer[..count].to_vec()
}
