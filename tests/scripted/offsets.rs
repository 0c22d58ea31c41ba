//! The offset that a command of the user's own has set is for the user's next transfer, and for no other.

use ftpclient::client::{GetRequest, PutRequest};

use super::*;

/// The server accepts the command, and applies it to the transfer that follows unless REST 0 takes it back.
fn accepts(s: &mut Session, own: &str) {
    s.expect(own);
    s.send("350 from there\r\n");
}

fn takes_back(s: &mut Session) -> Data {
    let listener = s.passive();
    s.expect("REST 0");
    s.send("350 from the start\r\n");
    let line = s.line();
    assert!(["RETR", "STOR", "MLSD", "NLST"].contains(&line.get(..4).unwrap()), "{line}");
    s.send("150 go\r\n");
    listener.accept()
}

const OWN: [&str; 4] = ["REST 10", "rest 10", "RANG 0 9", "rang 5 9"];

/// What a call of the library's own makes of it.
fn is_not_for(transfer_type: &'static str, data: &'static str, is_upload: bool, call: impl Fn(&mut Client)) {
    let is_file = transfer_type == "TYPE I";
    for own in OWN {
        play(
            move |s| {
                accepts(s, own);
                answers(s, transfer_type, "200 ok\r\n");
                let mut way = takes_back(s);
                if is_upload {
                    way.read_to_end();
                } else {
                    way.send(data);
                    way.close();
                }
                s.send("226 done\r\n");
                if is_file {
                    s.expect_command("SIZE");
                    s.send(format!("213 {}\r\n", data.len()));
                }
            },
            |client| {
                send(client, own).unwrap();
                call(client);
            },
        );
    }
}

#[test]
fn a_download_of_a_whole_file_is_whole() {
    is_not_for("TYPE I", "hello", false, |client| {
        let place = tempfile::tempdir().unwrap();
        let local = place.path().join("f");
        let wanted = GetRequest { remote: b"f".to_vec(), local: local.clone(), ..GetRequest::default() };
        client.run(async |client| client.get(&wanted).await).unwrap();
        assert_eq!(std::fs::read(local).unwrap(), b"hello");
    });
}

#[test]
fn an_upload_of_a_whole_file_is_whole() {
    is_not_for("TYPE I", "hello", true, |client| {
        let place = tempfile::tempdir().unwrap();
        let local = place.path().join("f");
        std::fs::write(&local, "hello").unwrap();
        let wanted = PutRequest { remote: b"f".to_vec(), local, ..PutRequest::default() };
        client.run(async |client| client.put(&wanted).await).unwrap();
    });
}

#[test]
fn names_are_all_names() {
    is_not_for("TYPE A", "a\r\nb\r\n", false, |client| {
        let mut names = 0;
        let mut sink = |_: &[u8]| {
            names += 1;
            Ok(())
        };
        client.run(async |client| client.nlst(None, &mut sink).await).unwrap();
        assert_eq!(names, 2);
    });
}

#[test]
fn it_is_for_the_next_transfer_of_the_users_own_and_ends_with_it() {
    for own in OWN {
        play(
            move |s| {
                accepts(s, own);
                answers(s, "TYPE I", "200 ok\r\n");
                own_transfer(s, "lo");
                own_transfer(s, "hello");
                // An own REST 0 takes it back as well.
                accepts(s, own);
                answers(s, "REST 0", "350 ok\r\n");
                answers(s, "TYPE I", "200 ok\r\n");
                own_transfer(s, "hello");
            },
            |client| {
                send(client, own).unwrap();
                for text in ["lo", "hello"] {
                    let (data, outcome) = retrieve(client, "RETR f");
                    outcome.unwrap();
                    assert_eq!(data, text.as_bytes());
                }
                send(client, own).unwrap();
                send(client, "REST 0").unwrap();
                retrieve(client, "RETR f").1.unwrap();
            },
        );
    }
}

/// Servers announce the whole file, or what is left of it.
#[test]
fn what_is_left_from_there_on_is_whole() {
    for (own, announced, sent, is_whole) in [
        ("REST 3", " (5 bytes)", "lo", true),
        ("REST 3", " (2 bytes)", "lo", true),
        ("REST 3", "", "lo", true),
        ("REST 3", " (5 bytes)", "l", false),
        ("REST 5", " (5 bytes)", "", true),
        ("REST 18446744073709551615", " (5 bytes)", "", true),
        ("REST 18446744073709551616", " (5 bytes)", "", true),
        ("RANG 1 2", " (5 bytes)", "el", true),
        ("RANG 1 2", " (2 bytes)", "el", true),
    ] {
        play(
            move |s| {
                accepts(s, own);
                answers(s, "TYPE I", "200 ok\r\n");
                let listener = s.passive();
                s.expect("RETR f");
                s.send(format!("150 go{announced}\r\n"));
                send_over_begun(s, listener.accept(), sent);
                // Of the next one everything is wanted again.
                let listener = s.passive();
                s.expect("RETR f");
                s.send("150 go (5 bytes)\r\n");
                send_over_begun(s, listener.accept(), "hell");
            },
            |client| {
                send(client, own).unwrap();
                let (data, outcome) = retrieve(client, "RETR f");
                assert_eq!(data, sent.as_bytes());
                assert_eq!(outcome.is_ok(), is_whole, "{own}{announced} {sent:?}: {outcome:?}");
                let short = retrieve(client, "RETR f").1;
                assert!(matches!(short, Err(Error::Integrity(_))), "{short:?}");
            },
        );
    }
}

#[test]
fn it_is_told_of_the_transfer() {
    play(
        |s| {
            accepts(s, "REST 3");
            answers(s, "TYPE I", "200 ok\r\n");
            own_transfer(s, "lo");
        },
        |client| {
            send(client, "REST 3").unwrap();
            retrieve(client, "RETR f").1.unwrap();
            assert_eq!(client.last_report().unwrap().offset, 3);
        },
    );
}

fn own_transfer(s: &mut Session, text: &str) {
    let listener = s.passive();
    s.expect("RETR f");
    s.send("150 go\r\n");
    send_over_begun(s, listener.accept(), text);
}

fn send_over_begun(s: &mut Session, mut data: Data, text: &str) {
    data.send(text);
    data.close();
    s.send("226 done\r\n");
}

fn tells_names(s: &mut Session) {
    answers(s, "TYPE A", "200 ok\r\n");
    let listener = s.passive();
    s.expect("NLST");
    s.send("150 go\r\n");
    send_over_begun(s, listener.accept(), "a\r\n");
}

/// Nobody could read the data: it would be compressed, or have marks in it.
#[test]
fn another_form_of_data_is_for_transfers_of_the_users_own_only() {
    for (own, back) in
        [("MODE Z", "MODE S"), ("mode b", "mode s"), ("STRU R", "STRU F"), ("stru r", "stru f")]
    {
        play(
            move |s| {
                answers(s, own, "200 ok\r\n");
                answers(s, "TYPE I", "200 ok\r\n");
                own_transfer(s, "not for us");
                answers(s, back, "200 ok\r\n");
                tells_names(s);
            },
            |client| {
                send(client, own).unwrap();
                retrieve(client, "RETR f").1.unwrap();
                let names = async |client: &mut Client| client.nlst(None, &mut |_| Ok(())).await.map(drop);
                let error = client.run(names).unwrap_err();
                let Error::OutOfTurn(text) = &error else { panic!("{error:?}") };
                assert!(text.contains(&back.to_ascii_uppercase()), "{text}");
                send(client, back).unwrap();
                client.run(names).unwrap();
            },
        );
    }
}

/// A refused one has set nothing.
#[test]
fn what_the_server_has_refused_is_not_taken_back() {
    play(
        |s| {
            answers(s, "REST 10", "502 what?\r\n");
            tells_names(s);
        },
        |client| {
            send(client, "REST 10").unwrap_err();
            client.run(async |client| client.nlst(None, &mut |_| Ok(())).await).unwrap();
        },
    );
}
