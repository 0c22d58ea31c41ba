//! A server that answers ABOR before it has accepted the data connection may keep the transfer, and give its data to the next one.

use super::*;

const KEPT: &str = "the server has told no end of a transfer, and may keep it for the next one";

/// A transfer that is opened and aborted: so many bytes of it have moved before. The library asks by PWD, and this comes before the reply.
struct Case {
    line: &'static str,
    begins: &'static str,
    bytes: usize,
    to_abor: &'static str,
    search: Option<&'static str>,
}

/// What the abort tells. The session stays or is closed, as the test says.
fn aborted(case: Case, stays: bool) -> (Result<String>, Client) {
    let Case { line, begins, bytes, to_abor, search } = case;
    let is_upload = line.starts_with("STOR");
    let server = Scripted::start(move |s| {
        s.login();
        let listener = binary_passive(s);
        s.expect(line);
        s.send(begins);
        let mut data = listener.accept();
        if !is_upload {
            data.send("x".repeat(bytes));
        }
        s.expect("ABOR");
        s.send(to_abor);
        if let Some(before) = search {
            expect_search(s, before);
        }
        if stays {
            expect_in_step(s);
        } else {
            s.expect_eof();
        }
    });
    let mut client = logged_in(&server);
    let told = client.run(async |client| {
        let id = client.transfercmd(&command(line), None).await?;
        if is_upload && bytes > 0 {
            client.transfer_write(id, &vec![b'x'; bytes]).await?;
        } else if bytes > 0 {
            client.transfer_read(id, &mut [0; 1]).await?;
        }
        client.abort().await
    });
    assert_eq!(client.is_connected(), stays, "{line}, {begins:?}, {bytes} bytes, {to_abor:?}, {search:?}");
    if stays {
        assert_in_step(&mut client);
    }
    server.finish();
    (told.map(|reply| reply.to_string()), client)
}

#[test]
fn a_transfer_without_an_end_after_abor_costs_the_session() {
    const OPENING: &str = "150 about to open the data connection\r\n";
    const DENIED: &str = "225 data channel closed\r\n";
    for (line, bytes, to_abor, search) in [
        ("RETR f", 0, DENIED, Some("")),
        ("RETR f", 0, "225 nothing\r\n225 really\r\n", None),
        ("RETR f", 0, DENIED, Some("225 really\r\n")),
        ("STOR f", 0, DENIED, Some("")),
        // What was sent may wait for the server as well.
        ("STOR f", 5, DENIED, Some("")),
    ] {
        let case = Case { line, begins: OPENING, bytes, to_abor, search };
        let (told, mut client) = aborted(case, false);
        assert_text(&client, &told.unwrap_err(), KEPT);
        assert_closed(&mut client, KEPT);
    }
}

#[test]
fn a_transfer_that_the_server_has_begun_or_ended_does_not() {
    let (opening, open) = ("150 about to open\r\n", "125 it is open\r\n");
    for (line, begins, bytes, to_abor, search) in [
        // The data connection is open: the server has accepted it.
        ("RETR f", open, 0, "225 data channel closed\r\n", Some("")),
        ("STOR f", open, 0, "225 data channel closed\r\n", Some("")),
        ("STOR f", open, 5, "225 data channel closed\r\n", Some("")),
        ("RETR f", opening, 5, "225 data channel closed\r\n", Some("")),
        // The end was told, whichever way round.
        ("RETR f", opening, 0, "426 stopped\r\n225 closed\r\n", None),
        ("STOR f", opening, 0, "226 was done\r\n225 nothing to abort\r\n", None),
        ("RETR f", opening, 0, "225 closed\r\n426 stopped\r\n", Some("")),
        ("RETR f", opening, 0, "225 closed\r\n", Some("426 late\r\n")),
        ("STOR f", opening, 0, "225 closed\r\n", Some("552 no space\r\n")),
        ("RETR f", opening, 0, "226 both\r\n", Some("")),
        // It goes on, and meets the end of its data connection.
        ("RETR f", opening, 0, "502 what is ABOR?\r\n426 cut\r\n", Some("")),
    ] {
        let (told, _) = aborted(Case { line, begins, bytes, to_abor, search }, true);
        told.unwrap();
    }
}

/// A cancel may come before the 1yz reply.
#[test]
fn a_late_announcement_counts() {
    for (late, stays) in [("150 about to open\r\n", false), ("125 it is open\r\n", true), ("", true)] {
        let server = Scripted::start(move |s| {
            s.login();
            let _listener = binary_passive(s);
            s.expect("RETR f");
            s.expect("ABOR");
            s.send(format!("{late}225 data channel closed\r\n"));
            expect_search(s, "");
            if stays {
                expect_in_step(s);
            } else {
                s.expect_eof();
            }
        });
        let mut client = logged_in(&server);
        let outcome = cancelled(&mut client, |client| retrieve(client, "RETR f").1);
        assert!(matches!(outcome, Err(Error::Cancelled(_))), "{late:?}: {outcome:?}");
        assert_eq!(client.is_connected(), stays, "{late:?}");
        if stays {
            assert_in_step(&mut client);
        }
        server.finish();
    }
}

/// Nobody knows of a transfer that the user plays whether it has its data connection.
#[test]
fn resync_closes_a_session_with_a_transfer_of_the_users_that_has_no_end() {
    for (begins, search, stays) in [
        ("150 about to open\r\n", "", false),
        ("125 it is open\r\n", "", true),
        ("150 about to open\r\n", "226 done\r\n", true),
        ("150 about to open\r\n", "425 nobody came\r\n", true),
    ] {
        let server = Scripted::start(move |s| {
            s.login();
            answers(s, "RETR f", begins);
            expect_search(s, search);
            if stays {
                expect_in_step(s);
            } else {
                s.expect_eof();
            }
        });
        let mut client = logged_in(&server);
        send(&mut client, "RETR f").unwrap();
        let outcome = resync(&mut client);
        if stays {
            outcome.unwrap();
            assert_in_step(&mut client);
        } else {
            assert_text(&client, &outcome.unwrap_err(), KEPT);
            assert_closed(&mut client, KEPT);
        }
        server.finish();
    }
}
