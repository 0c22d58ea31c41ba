//! Downloads: the data, and the replies around it.

use super::*;

#[test]
fn a_download_is_type_pasv_retr_and_the_type_is_sent_once() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        for text in ["hello", ""] {
            let listener = s.passive();
            s.expect("RETR f");
            s.send(format!("150 go ({} bytes)\r\n", text.len()));
            listener.accept().send_split(text, 1, Duration::from_millis(1));
            s.send("226 done\r\n");
        }
        s.quit();
    });
    let mut client = logged_in(&server);
    let (data, outcome) = retrieve(&mut client, "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"hello");
    let (data, outcome) = retrieve(&mut client, "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"");
    quit(&mut client);
}

#[test]
fn on_ipv6_it_is_epsv() {
    let server = Scripted::start_v6(|s| {
        s.login();
        let listener = binary_passive(s);
        s.expect("RETR f");
        s.send("150 go\r\n");
        listener.accept().send("hello");
        s.send("226 done\r\n");
    });
    let (data, outcome) = retrieve(&mut logged_in(&server), "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"hello");
}

#[test]
fn the_block_size_bounds_each_call_and_the_offset_is_sent_as_it_is() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        for rest in ["REST 0", "REST 5000000000"] {
            let listener = s.passive();
            s.expect(rest);
            s.send("350 from there\r\n");
            s.expect("RETR f");
            s.send("150 go (5000001000 bytes)\r\n");
            listener.accept().send([7; 1000]);
            s.send("226 done\r\n");
        }
    });
    let mut client = logged_in(&server);
    let retr = command("RETR f");
    let mut most = 0;
    let mut all = 0;
    let mut sink = |block: &[u8]| {
        most = most.max(block.len());
        all += block.len();
        Ok(())
    };
    let outcome = client.run(async |client| {
        // With an offset, the announced size may be that of the file or of the rest: it proves nothing.
        let first = client.retrbinary(&retr, 64, Some(0), &mut sink).await;
        assert!(matches!(first, Err(Error::Integrity(_))), "{first:?}");
        client.retrbinary(&retr, 64, Some(5_000_000_000), &mut sink).await
    });
    outcome.unwrap();
    assert_eq!((most, all), (64, 2000));
}

#[test]
fn an_offset_that_is_refused_starts_no_transfer() {
    let server = Scripted::start(|s| {
        s.login();
        let listener = binary_passive(s);
        s.expect("REST 10");
        s.send("502 no\r\n");
        listener.accept().expect_eof();
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let retr = command("RETR f");
    let outcome = client.run(async |client| client.retrbinary(&retr, 0, Some(10), &mut |_| Ok(())).await);
    assert_text(&client, &outcome.unwrap_err(), "REST 10: 502 no");
    assert_in_step(&mut client);
}

#[test]
fn the_data_connection_is_closed_before_the_final_reply_is_waited_for() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hello");
        data.shutdown_write();
        data.expect_eof();
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let (data, outcome) = retrieve(&mut client, "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"hello");
    assert_in_step(&mut client);
}

/// A download whose control replies come as told before any data does.
fn download_with_replies(before: &'static str, after: &'static str) -> (Vec<u8>, Result<()>) {
    let server = Scripted::start(move |s| {
        s.login();
        let listener = binary_passive(s);
        s.expect("RETR f");
        s.send(before);
        let mut data = listener.accept();
        std::thread::sleep(Duration::from_millis(50));
        data.send("hello");
        data.close();
        s.send(after);
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let outcome = retrieve(&mut client, "RETR f");
    assert_in_step(&mut client);
    outcome
}

#[test]
fn replies_in_odd_order_are_sorted_out() {
    for (before, after) in [
        ("150 go\r\n226 done already\r\n", ""),
        ("125 here\r\n150 it comes\r\n", "226 done\r\n"),
        ("200 stray\r\n150 go\r\n", "226 done\r\n"),
        ("200 stray\r\n150 go\r\n226 done already\r\n", ""),
        ("226 no preliminary reply at all\r\n", ""),
        ("200 stray\r\n", "150 late\r\n226 done\r\n"),
        ("150 go\r\n", "200 done\r\n"),
        ("1 go\n", "2 done\n"),
    ] {
        let (data, outcome) = download_with_replies(before, after);
        assert_eq!(data, b"hello", "{before:?} {after:?}");
        outcome.unwrap_or_else(|error| panic!("{before:?} {after:?}: {error}"));
    }
}

#[test]
fn a_final_reply_decides_even_after_all_data() {
    for (after, code) in [("426 broken\r\n", 426), ("551 no\r\n", 551), ("350 what?\r\n", 350)] {
        let (_, outcome) = download_with_replies("150 go\r\n", after);
        let Err(Error::Reply { reply, .. }) = outcome else { panic!("{outcome:?}") };
        assert_eq!(reply.code(), Some(code));
    }
}

#[test]
fn fewer_bytes_than_announced_are_no_success() {
    let (data, outcome) = download_with_replies("150 go (6 bytes)\r\n", "226 done\r\n");
    assert_eq!(data, b"hello");
    let error = outcome.unwrap_err();
    assert!(matches!(error, Error::Integrity(_)), "{error:?}");
    assert!(error.to_string().contains("announced 6 bytes and sent 5"), "{error}");
}

#[test]
fn more_bytes_than_announced_are_a_file_that_grew() {
    let (data, outcome) = download_with_replies("150 go (4 bytes)\r\n", "226 done\r\n");
    outcome.unwrap();
    assert_eq!(data, b"hello");
}

#[test]
fn a_refused_download_closes_its_data_connection() {
    for reply in ["550 no such file\r\n", "450 busy\r\n", "350 what?\r\n", "999 what?\r\n"] {
        let server = Scripted::start(move |s| {
            s.login();
            let listener = binary_passive(s);
            s.expect("RETR f");
            let mut data = listener.accept();
            s.send(reply);
            // Whether the server goes on is anybody's guess.
            if reply.starts_with('3') {
                s.expect("ABOR");
                s.send("226 aborted\r\n226 whatever it was\r\n");
            }
            data.expect_eof();
            if reply.starts_with('9') {
                s.expect("PWD");
                s.send("226 whatever it was\r\n257 \"/\"\r\n");
            }
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let error = retrieve(&mut client, "RETR f").1.unwrap_err();
        assert_text(&client, &error, reply.trim_end());
        if !reply.starts_with('9') {
            assert_eq!(client.last_reply().unwrap().text(), reply.trim_end().as_bytes());
        }
        assert_in_step(&mut client);
        server.finish();
    }
}

#[test]
fn a_size_in_the_name_of_a_file_announces_nothing() {
    let names = ["report (99 bytes).txt", "report (99 bytes)", "/pub/(99 bytes)."];
    let server = Scripted::start(move |s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        for name in names {
            let listener = s.passive();
            s.expect(format!("RETR {name}"));
            s.send(format!("150 Opening BINARY mode data connection for {name}\r\n"));
            listener.accept().send("hello");
            s.send("226 done\r\n");
        }
        let listener = s.passive();
        s.expect("RETR report (99 bytes)");
        s.send("150 Opening BINARY mode data connection for report (99 bytes) (6 bytes).\r\n");
        listener.accept().send("hello");
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    for name in names {
        let (data, outcome) = retrieve(&mut client, &format!("RETR {name}"));
        outcome.unwrap();
        assert_eq!(data, b"hello", "{name}");
    }
    let (_, outcome) = retrieve(&mut client, "RETR report (99 bytes)");
    let error = outcome.unwrap_err();
    assert!(matches!(&error, Error::Integrity(text) if text.contains("announced 6 bytes")), "{error}");
    assert_in_step(&mut client);
}
