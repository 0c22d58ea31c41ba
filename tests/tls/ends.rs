//! Data that ends without a close_notify, or before TLS has begun: anybody may have cut it off.

use super::*;

/// A listing or a file whose data connection the server ends like this; SIZE is answered so, if it is asked.
fn ended(line: &'static str, ending: DataEnding, size: Option<&'static str>) -> (Result<()>, Vec<u8>) {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.tls_login(&tls);
        s.expect(if line == "LIST" { "TYPE A" } else { "TYPE I" });
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect(line);
        s.send("150 go\r\n");
        let mut data = listener.accept();
        match ending {
            // The client has begun: otherwise its hello would meet a closed connection.
            DataEnding::WithoutHandshake => drop(data.read_at_least(1)),
            DataEnding::Cut => {
                data.start_tls(&tls);
                data.send("hello");
            }
        }
        data.shutdown_write();
        s.send("226 all is well\r\n");
        if let Some(size) = size {
            s.expect("SIZE f");
            s.send(size);
        }
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let (data, outcome) = if line == "LIST" {
        let mut lines = Vec::new();
        let mut sink = |line: &[u8]| {
            lines.extend_from_slice(line);
            Ok(())
        };
        let list = command(line);
        let outcome = client.run(async |client| client.retrlines(&list, &mut sink).await.map(drop));
        (lines, outcome)
    } else {
        retrieve(&mut client, line)
    };
    if outcome.is_ok() {
        assert_eq!(client.last_reply().unwrap().text(), b"226 all is well");
    }
    assert_in_step(&mut client);
    (outcome, data)
}

#[derive(Copy, Clone)]
enum DataEnding {
    WithoutHandshake,
    Cut,
}

#[test]
fn data_that_ends_without_a_close_notify_is_whole_only_if_its_size_is_known_and_right() {
    let (outcome, data) = ended("RETR f", DataEnding::Cut, Some("213 5\r\n"));
    outcome.unwrap();
    assert_eq!(data, b"hello");
    for (line, size) in [
        ("RETR f", Some("213 6\r\n")),
        ("RETR f", Some("213 nobody knows\r\n")),
        ("RETR f", Some("550 no such file\r\n")),
        ("LIST", None),
    ] {
        let error = ended(line, DataEnding::Cut, size).0.unwrap_err();
        assert!(matches!(error, Error::Integrity(_)), "{line}: {error:?}");
        assert!(error.to_string().contains("ftp_set_tls_end"), "{error}");
    }
}

#[test]
fn a_listing_whose_data_connection_ends_before_the_handshake_is_empty() {
    let (outcome, lines) = ended("LIST", DataEnding::WithoutHandshake, None);
    outcome.unwrap();
    assert_eq!(lines, b"");
    // A file is not: it may have a size.
    ended("RETR f", DataEnding::WithoutHandshake, Some("213 0\r\n")).0.unwrap();
    for size in ["213 5\r\n", "502 no\r\n"] {
        let error = ended("RETR f", DataEnding::WithoutHandshake, Some(size)).0.unwrap_err();
        assert!(matches!(error, Error::Integrity(_)), "{error:?}");
    }
}

#[test]
fn servers_that_never_send_a_close_notify_can_be_trusted() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.tls_login(&tls);
        s.expect("TYPE A");
        s.send("200 ok\r\n");
        for _ in 0..2 {
            let listener = s.passive();
            s.expect("LIST");
            s.send("150 go\r\n");
            let mut data = listener.accept();
            data.start_tls(&tls);
            data.send("one\r\n");
            data.shutdown_write();
            s.send("226 done\r\n");
        }
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let list = command("LIST");
    for (data_end, is_whole) in [(DataEnd::Trusted, true), (DataEnd::Checked, false)] {
        client.set_data_end(data_end);
        let outcome = client.run(async |client| client.retrlines(&list, &mut |_| Ok(())).await);
        assert_eq!(outcome.is_ok(), is_whole, "{outcome:?}");
    }
    assert_in_step(&mut client);
}
