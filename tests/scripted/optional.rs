//! Steps that the user did not ask for: none of them ends a call that could go on without it.

use super::*;

/// Plays `exchanges` after the login.
fn server(exchanges: &[(&'static str, &'static str)], then: fn(&mut Session)) -> Scripted {
    let exchanges = exchanges.to_vec();
    Scripted::start(move |s| {
        s.login();
        for (command, reply) in exchanges {
            s.expect(command);
            s.send(format!("{reply}\r\n"));
        }
        then(s);
        expect_in_step(s);
    })
}

fn sends_two_lines(s: &mut Session, command: &str) {
    let listener = s.passive();
    s.expect(command);
    s.send("150 go\r\n");
    listener.accept().send("one\r\ntwo\n");
    s.send("226 done\r\n");
}

#[test]
fn text_comes_in_the_type_that_is_set_where_type_a_is_refused() {
    for refusal in ["502 not implemented", "504 not that one", "550 no", "451 not now", "350 hm"] {
        for what in ["LIST", "NLST", "RETR f"] {
            let what_is_sent = move |s: &mut Session| sends_two_lines(s, what);
            let server = Scripted::start(move |s| {
                s.login();
                s.expect("TYPE A");
                s.send(format!("{refusal}\r\n"));
                what_is_sent(s);
                expect_in_step(s);
            });
            let mut client = logged_in(&server);
            assert_eq!(lines_of(&mut client, what).unwrap(), ["one", "two"], "{refusal}");
            assert_in_step(&mut client);
        }
    }
}

#[test]
fn a_session_that_the_server_ends_at_type_a_has_ended() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE A");
        s.send("421 good night\r\n");
    });
    let mut client = logged_in(&server);
    let error = lines_of(&mut client, "LIST").unwrap_err();
    assert_text(&client, &error, "TYPE A: 421 good night");
    assert_closed(&mut client, "421 good night");
}

#[test]
fn data_is_not_moved_in_another_type_than_it_needs() {
    for (refusal, earlier) in [("504 not that one", None), ("550 no", None), ("502 no more", Some("TYPE A"))]
    {
        let server = Scripted::start(move |s| {
            s.login();
            if let Some(earlier) = earlier {
                s.expect(earlier);
                s.send("200 ok\r\n");
            }
            for _ in 0..2 {
                s.expect("TYPE I");
                s.send(format!("{refusal}\r\n"));
            }
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        if let Some(earlier) = earlier {
            send(&mut client, earlier).unwrap();
        }
        let error = retrieve(&mut client, "RETR f").1.unwrap_err();
        assert_text(&client, &error, &format!("TYPE I: {refusal}"));
        let error = store_in_blocks(&mut client, "STOR f", b"x", 1).unwrap_err();
        assert_text(&client, &error, &format!("TYPE I: {refusal}"));
        assert_in_step(&mut client);
    }
}

#[test]
fn text_is_not_sent_in_another_type() {
    let server = server(&[("TYPE A", "504 no")], |_| ());
    let mut client = logged_in(&server);
    let mut source = |_: &mut [u8]| Ok(0);
    let outcome = client.run(async |client| {
        client.storlines(&command("STOR f"), &mut source, &mut |_| Ok(())).await.map(drop)
    });
    assert!(matches!(outcome, Err(Error::Reply { .. })), "{outcome:?}");
    assert_in_step(&mut client);
}

#[test]
fn a_server_that_knows_no_type_at_all_cannot_send_less_than_it_announces() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("502 not implemented\r\n");
        let listener = s.passive();
        s.expect("RETR f");
        s.send("150 go (9 bytes)\r\n");
        listener.accept().send("hello");
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    assert_text(&client, &error, "RETR f: the server announced 9 bytes and sent 5");
    assert_in_step(&mut client);
}

#[test]
fn a_server_that_knows_no_type_at_all_moves_data_in_the_only_one_it_has() {
    for refusal in ["500 what?", "502 not implemented"] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect("TYPE I");
            s.send(format!("{refusal}\r\n"));
            let listener = s.passive();
            s.expect("RETR f");
            s.send("150 go\r\n");
            listener.accept().send("hello");
            s.send("226 done\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let (data, outcome) = retrieve(&mut client, "RETR f");
        outcome.unwrap();
        assert_eq!(data, b"hello");
        assert_in_step(&mut client);
    }
}

#[test]
fn a_size_is_asked_for_in_whatever_type() {
    for refusal in ["500 what?", "504 no", "451 later", "300 hm"] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect("TYPE I");
            s.send(format!("{refusal}\r\n"));
            s.expect("SIZE f");
            s.send("213 9\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        assert_eq!(client.run(async |client| client.size(b"f").await).unwrap(), Some(9));
        assert_in_step(&mut client);
    }
}

#[test]
fn a_choice_of_facts_that_is_refused_is_done_without() {
    for refusal in ["504 no", "500 what?", "451 not now", "550 no"] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect("OPTS MLST size;");
            s.send(format!("{refusal}\r\n"));
            s.expect("TYPE A");
            s.send("200 ok\r\n");
            let listener = s.passive();
            s.expect("MLSD");
            s.send("150 go\r\n");
            listener.accept().send("type=file;size=5; f\r\n");
            s.send("226 done\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let mut names = Vec::new();
        let mut sink = |entry: &ftpclient::protocol::facts::Entry<'_>| {
            names.push(entry.name.to_vec());
            Ok(())
        };
        client.run(async |client| client.mlsd(None, b"size;", &mut sink).await).unwrap();
        assert_eq!(names, [b"f"]);
        assert_in_step(&mut client);
    }
}

#[test]
fn the_way_up_is_gone_by_name_where_cdup_is_refused_for_itself() {
    for refusal in ["500 what?", "501 no", "502 not here", "503 no", "504 no"] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect("CDUP");
            s.send(format!("{refusal}\r\n"));
            s.expect("CWD ..");
            s.send("250 up\r\n");
        });
        let mut client = logged_in(&server);
        client.run(async |client| client.cwd(b"..").await).unwrap();
    }
    for refusal in ["550 this is the top", "530 log in first", "450 not now"] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect("CDUP");
            s.send(format!("{refusal}\r\n"));
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let error = client.run(async |client| client.cwd(b"..").await).unwrap_err();
        assert_text(&client, &error, refusal);
        assert_in_step(&mut client);
    }
}
