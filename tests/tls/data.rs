//! Protected data connections: the handshake, the session that they resume, and how they end.

use std::num::NonZeroU64;
use std::sync::{Arc, mpsc};
use std::thread;

use ftpclient::client::Which;

use super::*;

#[test]
fn the_handshake_may_come_before_the_preliminary_reply_or_after_it() {
    for (version, before) in VERSIONS.into_iter().flat_map(|version| [(version, true), (version, false)]) {
        let tls = of_version(version);
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            s.expect("TYPE I");
            s.send("200 ok\r\n");
            for command in ["RETR f", "STOR f"] {
                let listener = s.passive();
                // In either case the command comes first.
                s.expect(command);
                let mut data = listener.accept();
                if before {
                    data.start_tls(&tls);
                    thread::sleep(Duration::from_millis(50));
                    s.send("150 go\r\n");
                } else {
                    s.send("150 go\r\n");
                    thread::sleep(Duration::from_millis(50));
                    data.start_tls(&tls);
                }
                if command == "STOR f" {
                    assert_eq!(data.read_to_end(), b"upwards");
                }
                data.close_tls();
                s.send("226 done\r\n");
            }
        });
        let mut client = logged_in(&server);
        retrieve(&mut client, "RETR f").1.unwrap();
        store(&mut client, "STOR f", b"upwards").unwrap();
    }
}

#[test]
fn after_a_data_connection_without_tls_the_next_one_is_protected_as_before() {
    let server = Scripted::start(|s| {
        let tls = tls_server();
        s.tls_login(&tls);
        let mut data = start_transfer(s, "RETR f");
        data.send("this is no handshake");
        s.send("226 done\r\n");
        let listener = s.passive();
        s.expect("RETR g");
        s.send("150 go\r\n");
        let mut data = listener.accept();
        data.start_tls(&tls);
        data.send("hello");
        data.close_tls();
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "{error:?}");
    let (data, outcome) = retrieve(&mut client, "RETR g");
    outcome.unwrap();
    assert_eq!(data, b"hello");
    assert_in_step(&mut client);
}

/// A record has 16 KiB at most, and who is told of each one on its own works more for the same data.
#[test]
fn records_that_are_there_are_handed_on_together_and_none_is_waited_for() {
    const RECORDS: usize = 64;
    for version in VERSIONS {
        let tls = of_version(version);
        let (handed_on, wait) = mpsc::channel();
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            s.expect("TYPE I");
            s.send("200 ok\r\n");
            let listener = s.passive();
            s.expect("RETR f");
            let mut data = listener.accept();
            data.start_tls(&tls);
            for _ in 0..RECORDS {
                data.send([b'x'; 1024]);
            }
            // The client reads from here on.
            s.send("150 go\r\n");
            while wait.recv().unwrap() < RECORDS * 1024 {}
            data.send("y");
            assert_eq!(wait.recv().unwrap(), 1, "it is not waited for what comes after it");
            data.send("z");
            data.close_tls();
            s.send("226 done\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let (mut blocks, mut all) = (0, Vec::new());
        let mut sink = |block: &[u8]| {
            blocks += 1;
            all.extend_from_slice(block);
            let told = if all.len() <= RECORDS * 1024 { all.len() } else { block.len() };
            let _ = handed_on.send(told);
            Ok(())
        };
        let retr = command("RETR f");
        client.run(async |client| client.retrbinary(&retr, 0, None, &mut sink).await).unwrap();
        assert!(all == [&[b'x'; RECORDS * 1024][..], b"yz"].concat(), "{} bytes", all.len());
        assert!(blocks < RECORDS / 2, "{blocks} blocks");
        assert_in_step(&mut client);
    }
}

#[test]
fn an_empty_file_needs_a_handshake_as_well() {
    for version in VERSIONS {
        let tls = of_version(version);
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            let mut data = start_transfer(s, "STOR f");
            data.start_tls(&tls);
            assert_eq!(data.read_to_end(), b"");
            assert_eq!(data.end(), Some(End::CloseNotify));
            data.close_tls();
            s.send("226 done\r\n");
        });
        store(&mut logged_in(&server), "STOR f", b"").unwrap();
    }
}

/// How the server ends a download.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Ending {
    CloseNotify,
    Fin,
    Reset,
}

/// Downloads five bytes, `announced` of them announced, and the final reply after that ending.
fn download(announced: usize, ending: Ending, reply: &'static str, strict: bool) -> Result<()> {
    let tls = tls_server();
    let (all_read, wait_until_read) = mpsc::channel();
    let server = Scripted::start(move |s| {
        s.tls_login(&tls);
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("RETR f");
        s.send(format!("150 go ({announced} bytes)\r\n"));
        let mut data = listener.accept();
        data.start_tls(&tls);
        data.send("hello");
        // A reset would destroy what has not been read.
        wait_until_read.recv_timeout(Duration::from_secs(10)).unwrap();
        match ending {
            Ending::CloseNotify => data.close_tls(),
            Ending::Fin => data.close(),
            Ending::Reset => data.reset(),
        }
        s.send(format!("{reply}\r\n"));
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    client.set_data_end(if strict { DataEnd::Strict } else { DataEnd::Checked });
    let mut received = Vec::new();
    let mut sink = |block: &[u8]| {
        received.extend_from_slice(block);
        if received.len() == 5 {
            all_read.send(()).unwrap();
        }
        Ok(())
    };
    let outcome = client.run(async |client| client.retrbinary(&command("RETR f"), 0, None, &mut sink).await);
    assert_eq!(received, b"hello");
    assert_in_step(&mut client);
    outcome.map(drop)
}

#[test]
fn a_download_ends_well_with_all_its_bytes_and_the_word_of_the_server() {
    for ending in [Ending::CloseNotify, Ending::Fin, Ending::Reset] {
        download(5, ending, "226 done", false).unwrap();
    }
    download(5, Ending::CloseNotify, "226 done", true).unwrap();
}

#[test]
fn a_download_that_was_cut_is_no_success() {
    for ending in [Ending::CloseNotify, Ending::Fin] {
        let outcome = download(6, ending, "226 done", false);
        assert!(matches!(outcome, Err(Error::Integrity(_))), "{outcome:?}");
    }
    let outcome = download(6, Ending::Reset, "226 done", false);
    assert!(matches!(outcome, Err(Error::Io { .. })), "{outcome:?}");
    for ending in [Ending::CloseNotify, Ending::Fin, Ending::Reset] {
        let outcome = download(6, ending, "426 cut", false);
        let Err(Error::Reply { reply, .. }) = outcome else { panic!("{outcome:?}") };
        assert_eq!(reply.code(), Some(426));
    }
}

#[test]
fn strict_clients_want_a_close_notify() {
    for ending in [Ending::Fin, Ending::Reset] {
        let Err(error @ Error::Integrity(_)) = download(5, ending, "226 done", true) else { panic!() };
        assert!(
            error.to_string().contains("after 5 bytes, but its data ended without a close_notify"),
            "{error}"
        );
    }
}

#[test]
fn the_close_notify_of_an_upload_need_not_be_answered() {
    // With the reply at once, and with one for which the client has to wait longer than for the close_notify.
    for pause in [Duration::ZERO, Duration::from_millis(2500)] {
        let tls = tls_server();
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            let mut data = start_transfer(s, "STOR f");
            data.start_tls(&tls);
            assert_eq!(data.read_to_end(), b"upwards");
            assert_eq!(data.end(), Some(End::CloseNotify));
            thread::sleep(pause);
            s.send("226 done\r\n");
            expect_in_step(s);
            data.close();
        });
        let mut client = logged_in(&server);
        let start = Stopwatch::start();
        store(&mut client, "STOR f", b"upwards").unwrap();
        assert_quick(&start, pause + Duration::from_millis(1500));
        assert_in_step(&mut client);
    }
}

/// Whether the reset comes first or the reply: what the server has taken is not known.
#[test]
fn an_upload_whose_connection_is_reset_is_whole_if_its_size_is_right() {
    for (size, is_whole) in [(7, true), (6, false)] {
        for is_reset_first in [true, false] {
            let tls = tls_server();
            let server = Scripted::start(move |s| {
                s.tls_login(&tls);
                let mut data = start_transfer(s, "STOR f");
                data.start_tls(&tls);
                assert_eq!(data.read_to_end(), b"upwards");
                data.reset();
                if is_reset_first {
                    s.expect_silence(Duration::from_millis(100));
                }
                s.send("226 done\r\n");
                s.expect("SIZE f");
                s.send(format!("213 {size}\r\n"));
                expect_in_step(s);
            });
            let mut client = logged_in(&server);
            let outcome = store(&mut client, "STOR f", b"upwards");
            assert_eq!(outcome.is_ok(), is_whole, "{outcome:?}");
            assert!(is_whole || matches!(outcome, Err(Error::Integrity(_))), "{outcome:?}");
            assert_in_step(&mut client);
            server.finish();
        }
    }
}

#[test]
fn a_callback_that_stops_a_download_leaves_the_session_in_step() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.tls_login(&tls);
        let mut data = start_transfer(s, "RETR f");
        data.start_tls(&tls);
        data.send("hello");
        s.expect("ABOR");
        data.expect_eof();
        s.send("426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
        let mut data = next_transfer(s, "RETR f");
        data.start_tls(&tls);
        assert!(data.resumed());
        data.close_tls();
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let mut sink = |_: &[u8]| Err(7);
    let outcome = client.run(async |client| client.retrbinary(&command("RETR f"), 0, None, &mut sink).await);
    assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{outcome:?}");
    assert_in_step(&mut client);
    retrieve(&mut client, "RETR f").1.unwrap();
}

#[test]
fn a_callback_that_stops_an_upload_leaves_the_session_in_step() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.tls_login(&tls);
        let mut data = start_transfer(s, "STOR f");
        data.start_tls(&tls);
        data.read_at_least(100);
        s.expect("ABOR");
        data.read_to_end();
        s.send("426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let mut blocks = 3;
    let mut source = |buffer: &mut [u8]| {
        blocks -= 1;
        if blocks < 0 { Err(9) } else { Ok(buffer.len()) }
    };
    let stor = command("STOR f");
    let outcome =
        client.run(async |client| client.storbinary(&stor, 1000, None, &mut source, &mut |_| Ok(())).await);
    assert!(matches!(outcome, Err(Error::Callback { value: 9, .. })), "{outcome:?}");
    assert_in_step(&mut client);
}

/// Cancels whatever runs on the client in a moment.
fn cancel_soon(client: &Client) -> thread::JoinHandle<()> {
    let wake = Arc::clone(client.reactor().wake());
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(150));
        wake.cancel();
    })
}

#[test]
fn a_transfer_can_be_cancelled_also_in_its_handshake() {
    for handshake_done in [true, false] {
        let tls = tls_server();
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            let mut data = start_transfer(s, "RETR f");
            if handshake_done {
                data.start_tls(&tls);
                data.send("hel");
            }
            s.expect("ABOR");
            s.send("426 stopped\r\n226 aborted\r\n");
            expect_in_step(s);
            drop(data);
        });
        let mut client = logged_in(&server);
        let other = cancel_soon(&client);
        let start = Stopwatch::start();
        let error = retrieve(&mut client, "RETR f").1.unwrap_err();
        other.join().unwrap();
        assert!(matches!(error, Error::Cancelled(_)), "{error:?}");
        assert_quick(&start, Duration::from_secs(3));
        assert_in_step(&mut client);
    }
}

#[test]
fn a_server_that_drips_is_waited_for() {
    for version in VERSIONS {
        let tls = of_version(version);
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            let slow = tls.dripping(Duration::from_micros(100));
            let mut data = start_transfer(s, "RETR f");
            data.start_tls(&slow);
            data.send([7; 2000]);
            data.close_tls();
            s.send("226 done\r\n");
            let mut data = next_transfer(s, "STOR f");
            data.start_tls(&slow);
            assert_eq!(data.read_to_end(), [8; 2000]);
            data.close_tls();
            s.send("226 done\r\n");
        });
        let mut client = logged_in(&server);
        let (data, outcome) = retrieve(&mut client, "RETR f");
        outcome.unwrap();
        assert_eq!(data, [7; 2000]);
        store(&mut client, "STOR f", &[8; 2000]).unwrap();
    }
}

#[test]
fn many_bytes_both_ways() {
    for version in VERSIONS {
        let tls = of_version(version);
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            let mut data = start_transfer(s, "RETR f");
            data.start_tls(&tls);
            data.send(pattern());
            data.close_tls();
            s.send("226 done\r\n");
            let mut data = next_transfer(s, "STOR f");
            data.start_tls(&tls);
            // The client has to wait for the socket to take more.
            thread::sleep(Duration::from_millis(100));
            assert!(data.read_to_end() == pattern());
            data.close_tls();
            s.send("226 done\r\n");
        });
        let mut client = logged_in(&server);
        let (data, outcome) = retrieve(&mut client, "RETR f");
        outcome.unwrap();
        assert!(data == pattern());
        store(&mut client, "STOR f", &pattern()).unwrap();
    }
}

/// Of a record that the socket did not take whole, the rest comes first, whatever the limit lets go at once.
#[test]
fn a_limit_does_not_break_a_record_that_has_begun() {
    let server = Scripted::start(|s| {
        let tls = tls_server();
        s.tls_login(&tls);
        let mut data = start_transfer(s, "STOR f");
        data.start_tls(&tls);
        // Nobody reads until the socket is full.
        thread::sleep(Duration::from_millis(1700));
        assert!(data.read_to_end() == pattern());
        data.close_tls();
        s.send("226 done\r\n");
    });
    let mut client = logged_in(&server);
    // 200,000 bytes at once are less than a block, and no whole number of records.
    client.set_rate_limit(None, NonZeroU64::new(4_000_000));
    store(&mut client, "STOR f", &pattern()).unwrap();
}

/// Bytes of which no two blocks are the same.
fn pattern() -> Vec<u8> {
    (0..1_500_000_u32).flat_map(u32::to_le_bytes).collect()
}

#[test]
fn in_active_mode_the_client_still_begins_the_handshake() {
    for version in VERSIONS {
        let tls = of_version(version);
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            s.expect("TYPE I");
            s.send("200 ok\r\n");
            for command in ["RETR f", "STOR f"] {
                let port = s.active();
                s.expect(command);
                s.send("150 go\r\n");
                let mut data = port.connect();
                data.start_tls(&tls);
                assert!(data.resumed());
                match command {
                    "RETR f" => data.send("downwards"),
                    _ => assert_eq!(data.read_to_end(), b"upwards"),
                }
                data.close_tls();
                s.send("226 done\r\n");
            }
        });
        let mut client = logged_in(&server);
        client.set_passive(false);
        let (data, outcome) = retrieve(&mut client, "RETR f");
        outcome.unwrap();
        assert_eq!(data, b"downwards");
        store(&mut client, "STOR f", b"upwards").unwrap();
    }
}

#[test]
fn in_active_mode_a_success_without_the_data_that_was_refused_is_none() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.tls_login(&tls);
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        for command in ["RETR f", "STOR f"] {
            let port = s.active();
            s.expect(command);
            let _stranger = port.connect_from("127.0.0.2".parse().unwrap());
            s.send("150 go\r\n226 done\r\n");
        }
    });
    let mut client = logged_in(&server);
    client.set_passive(false);
    for outcome in [retrieve(&mut client, "RETR f").1, store(&mut client, "STOR f", b"upwards")] {
        let error = outcome.unwrap_err();
        assert!(matches!(error, Error::Integrity(_)), "{error:?}");
        assert!(error.to_string().contains("from 127.0.0.2 was refused"), "{error}");
    }
}

#[test]
fn an_opened_transfer_is_protected_and_gives_no_descriptor_away() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.tls_login(&tls);
        let mut data = start_transfer(s, "RETR f");
        data.start_tls(&tls);
        data.send("hello");
        data.close_tls();
        s.send("226 done\r\n");
        let mut data = next_transfer(s, "STOR f");
        data.start_tls(&tls);
        assert_eq!(data.read_to_end(), b"upwards");
        assert_eq!(data.end(), Some(End::CloseNotify));
        data.close_tls();
        s.send("226 done\r\n");
    });
    let mut client = logged_in(&server);
    let opened = client.run(async |client| client.transfercmd(&command("RETR f"), None).await);
    let transfer = opened.unwrap();
    let error = client.transfer_fd(transfer).unwrap_err();
    assert!(matches!(error, Error::Unsupported(_)), "{error:?}");
    let ends = client.ends(Which::Data).unwrap();
    assert_eq!(ends.peer.ip(), server.addr().ip());
    assert_ne!(ends, client.ends(Which::Control).unwrap());
    let error = client.transfer_take_socket(transfer).unwrap_err();
    assert!(matches!(error, Error::Unsupported(_)), "{error:?}");
    let mut buffer = [0; 100];
    let mut received = Vec::new();
    loop {
        let read = client.run(async |client| client.transfer_read(transfer, &mut buffer).await).unwrap();
        if read == 0 {
            break;
        }
        received.extend_from_slice(&buffer[..read]);
    }
    assert_eq!(received, b"hello");
    client.run(async |client| client.transfer_finish(transfer).await).unwrap();
    let opened = client.run(async |client| client.transfercmd(&command("STOR f"), None).await);
    let transfer = opened.unwrap();
    client.run(async |client| client.transfer_write(transfer, b"upwards").await).unwrap();
    client.run(async |client| client.transfer_finish(transfer).await).unwrap();
}
