//! How a transfer may end, and what its end proves.

use super::opened::finish;
use super::*;

fn list(client: &mut Client) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let mut sink = |line: &[u8]| {
        lines.push(String::from_utf8_lossy(line).into_owned());
        Ok(())
    };
    client.run(async |client| client.retrlines(&command("LIST"), &mut sink).await)?;
    Ok(lines)
}

#[test]
fn a_listing_that_is_confirmed_at_once_is_empty_though_the_data_port_stays_open() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE A");
        s.send("200 ok\r\n");
        let _listener = s.passive();
        s.expect("LIST");
        s.send("226 nothing there\r\n");
        s.expect("PWD");
        s.send("257 \"/\"\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let start = Stopwatch::start();
    assert_eq!(list(&mut client).unwrap(), [""; 0]);
    assert_quick(&start, Duration::from_secs(4));
    assert_eq!(client.last_reply().unwrap().text(), b"226 nothing there");
    assert_in_step(&mut client);
}

/// Nobody has seen an end of its data.
#[test]
fn a_file_that_is_confirmed_at_once_is_empty_if_its_size_is_0() {
    const WHY: &str = "there was no data connection, and the file is not known to be empty";
    for code in [226, 250] {
        for (size, is_empty) in [("213 0\r\n", true), ("213 10\r\n", false), ("550 no\r\n", false)] {
            let server = Scripted::start(move |s| {
                s.login();
                let _listener = binary_passive(s);
                s.expect("RETR f");
                s.send(format!("{code} nothing\r\n"));
                s.expect("PWD");
                s.send("257 \"/\"\r\n");
                answers(s, "SIZE f", size);
                expect_in_step(s);
            });
            let mut client = logged_in(&server);
            let (data, outcome) = retrieve(&mut client, "RETR f");
            assert_eq!(data, b"");
            if is_empty {
                outcome.unwrap();
            } else {
                let error = outcome.unwrap_err();
                assert!(matches!(error, Error::Integrity(_)), "{error:?}");
                assert_text(&client, &error, WHY);
            }
            assert_in_step(&mut client);
        }
    }
}

/// A server that leaves has said nothing about the data.
#[test]
fn a_goodbye_instead_of_the_final_reply_is_no_success() {
    for is_early in [false, true] {
        let server = Scripted::start(move |s| {
            let mut data = start_transfer(s, "RETR f");
            data.send("hello");
            if is_early {
                s.send("221 bye\r\n");
                std::thread::sleep(Duration::from_millis(50));
                data.close();
            } else {
                data.close();
                s.send("221 bye\r\n");
            }
            s.expect_eof();
        });
        let mut client = logged_in(&server);
        let (_, outcome) = retrieve(&mut client, "RETR f");
        assert!(matches!(&outcome, Err(Error::Eof(_))), "{outcome:?}");
        assert!(!client.is_connected());
        server.finish();
    }
}

#[test]
fn a_stray_confirmation_before_a_slow_transfer_is_no_success() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE A");
        s.send("200 ok\r\n");
        let _listener = s.passive();
        s.expect("LIST");
        s.send("226 a late one\r\n");
        s.expect("PWD");
        s.send("150 here it comes\r\n");
        s.expect_eof();
    });
    let mut client = logged_in(&server);
    let error = list(&mut client).unwrap_err();
    assert_text(&client, &error, "LIST: the server said that it was complete, and began it after that");
    assert!(!client.is_connected());
}

#[test]
fn a_reset_that_is_noticed_while_a_reply_is_waited_for_is_no_end() {
    for line in ["LIST", "RETR f"] {
        let server = Scripted::start(move |s| {
            s.login();
            let is_list = line == "LIST";
            s.expect(if is_list { "TYPE A" } else { "TYPE I" });
            s.send("200 ok\r\n");
            let listener = s.passive();
            s.expect(line);
            let data = listener.accept();
            s.send("226 done\r\n");
            std::thread::sleep(Duration::from_millis(50));
            data.reset();
            // The reply may have been a stray: then the transfer is still to be ended.
            s.expect("ABOR");
            s.send("225 nothing to abort\r\n");
            s.expect("PWD");
            s.send("257 \"/\"\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let error = match line {
            "LIST" => list(&mut client).unwrap_err(),
            _ => retrieve(&mut client, line).1.unwrap_err(),
        };
        assert!(matches!(error, Error::Io { .. }), "{error:?}");
        assert_in_step(&mut client);
    }
}

#[test]
fn an_upload_that_is_confirmed_at_once_was_taken_by_nobody() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let _listener = s.passive();
        s.expect("STOR f");
        s.send("226 stored\r\n");
        s.expect("PWD");
        s.send("257 \"/\"\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let error = store(&mut client, "STOR f", b"hello").unwrap_err();
    assert_text(&client, &error, "STOR f: the server never opened the data connection");
    assert_in_step(&mut client);
}

#[test]
fn an_upload_that_is_confirmed_before_its_end_is_no_success() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "STOR f");
        data.read_at_least(10);
        s.send("226 stored\r\n");
        data.read_to_end();
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let mut blocks = 0;
    let mut source = |buffer: &mut [u8]| {
        blocks += 1;
        if blocks > 1 {
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(if blocks > 3 { 0 } else { buffer.len() })
    };
    let stor = command("STOR f");
    let outcome =
        client.run(async |client| client.storbinary(&stor, 100, None, &mut source, &mut |_| Ok(())).await);
    let error = outcome.unwrap_err();
    assert!(matches!(error, Error::Integrity(_)), "{error:?}");
    assert_text(&client, &error, "STOR f: the server confirmed it before all 300 bytes were sent");
    assert_in_step(&mut client);
}

/// A download by hand that is finished after its first bytes; `end` plays what the server says then.
fn finished_early(end: impl FnOnce(&mut Session) + Send + 'static) -> (Client, Result<String>) {
    let server = Scripted::start(move |s| {
        let mut data = start_transfer(s, "RETR f");
        data.send("hello");
        data.expect_eof();
        end(s);
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    client.run(async |client| client.voidcmd(&command("TYPE I")).await).unwrap();
    let retr = command("RETR f");
    let id = client.run(async |client| client.transfercmd(&retr, None).await).unwrap();
    client.run(async |client| client.transfer_read(id, &mut [0; 16][..]).await).unwrap();
    let start = Stopwatch::start();
    let outcome = finish(&mut client, id);
    assert_quick(&start, Duration::from_secs(6));
    assert_in_step(&mut client);
    (client, outcome)
}

#[test]
fn the_last_word_about_a_download_that_is_closed_early_may_be_a_second_1yz() {
    let (client, outcome) = finished_early(|s| {
        s.send("150 0.000 seconds (measured here), 5 bytes\r\n");
        s.expect("PWD");
        s.send("257 \"/\"\r\n");
    });
    assert_text(&client, &outcome.unwrap_err(), "RETR f: 150 0.000 seconds");
}

#[test]
fn or_the_final_reply_comes_after_it() {
    let (client, outcome) = finished_early(|s| {
        s.send("150 0.000 seconds (measured here), 5 bytes\r\n");
        s.expect("PWD");
        s.send("426 broken pipe\r\n257 \"/\"\r\n");
    });
    assert_text(&client, &outcome.unwrap_err(), "RETR f: 426 broken pipe");
    let (_, outcome) = finished_early(|s| s.send("150 again\r\n226 done\r\n"));
    assert_eq!(outcome.unwrap(), "226 done");
}

#[test]
fn a_download_by_hand_that_is_read_to_its_end_has_what_was_announced() {
    for (announced, is_whole) in [(5, true), (4, true), (6, false)] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect("TYPE I");
            s.send("200 ok\r\n");
            s.expect("SIZE f");
            s.send("502 no\r\n");
            let listener = s.passive();
            s.expect("RETR f");
            s.send(format!("150 Opening BINARY mode data connection for f ({announced} bytes)\r\n"));
            let mut data = listener.accept();
            data.send("hello");
            data.close();
            s.send("226 done\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let retr = command("RETR f");
        // It sets the type.
        client.run(async |client| client.size(b"f").await).unwrap_err();
        let outcome = client.run(async |client| {
            let id = client.transfercmd(&retr, None).await?;
            while client.transfer_read(id, &mut [0; 16][..]).await? > 0 {}
            client.transfer_finish(id).await
        });
        match outcome {
            Ok(_) => assert!(is_whole, "{announced}"),
            Err(error) => {
                assert!(matches!(error, Error::Integrity(_)) && !is_whole, "{announced}: {error}");
            }
        }
        assert_in_step(&mut client);
    }
}

#[test]
fn a_transfer_by_hand_for_which_the_server_never_connects() {
    for (line, is_upload) in [("LIST", false), ("STOR f", true)] {
        let server = Scripted::start(move |s| {
            s.login();
            if is_upload {
                s.expect("TYPE I");
                s.send("200 ok\r\n");
            }
            s.active();
            s.expect(line);
            s.send("150 go\r\n226 done\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        client.set_passive(false);
        let start = command(line);
        let id = client.run(async |client| client.transfercmd(&start, None).await).unwrap();
        if is_upload {
            let error = client.run(async |client| client.transfer_write(id, b"hello").await).unwrap_err();
            assert_text(&client, &error, "STOR f: the server never opened the data connection");
        } else {
            let read = client.run(async |client| client.transfer_read(id, &mut [0; 16][..]).await);
            assert_eq!(read.unwrap(), 0);
            assert_eq!(finish(&mut client, id).unwrap(), "226 done");
        }
        assert_in_step(&mut client);
    }
}
