//! Data connections that are made ahead of their transfer.

use super::*;

fn prearm(client: &mut Client) -> Result<()> {
    client.run(async |client| client.prearm().await)
}

/// Sends a file over this connection.
fn send_over(s: &mut Session, mut data: Data, text: &str) {
    s.expect("RETR f");
    s.send(format!("150 go ({} bytes)\r\n", text.len()));
    data.send(text);
    data.close();
    s.send("226 done\r\n");
}

fn cold(s: &mut Session, text: &str) {
    let data = s.passive().accept();
    send_over(s, data, text);
}

fn gets(client: &mut Client, text: &str) {
    let (data, outcome) = retrieve(client, "RETR f");
    outcome.unwrap();
    assert_eq!(data, text.as_bytes());
}

/// The last thing that the server said for the calls: the rest is the library's own business.
fn told(client: &Client) -> &[u8] {
    client.last_reply().unwrap().text()
}

#[test]
fn what_was_made_ahead_leaves_only_the_command() {
    play(
        |s| {
            answers(s, "TYPE I", "200 ok\r\n");
            cold(s, "cold");
            let data = s.passive().accept();
            send_over(s, data, "down");
            let mut data = s.passive().accept();
            s.expect("STOR f");
            s.send("150 go\r\n");
            assert_eq!(data.read_to_end(), b"up");
            s.send("226 done\r\n");
            let mut data = s.passive().accept();
            answers(s, "TYPE A", "200 ok\r\n");
            s.expect("LIST");
            s.send("150 go\r\n");
            data.send("a line\r\n");
            data.close();
            s.send("226 done\r\n");
            answers(s, "TYPE I", "200 ok\r\n");
            cold(s, "cold");
        },
        |client| {
            gets(client, "cold");
            prearm(client).unwrap();
            prearm(client).unwrap();
            gets(client, "down");
            prearm(client).unwrap();
            store(client, "STOR f", b"up").unwrap();
            prearm(client).unwrap();
            let (listed, outcome) = lines(client, "LIST");
            outcome.unwrap();
            assert_eq!(listed, ["a line"]);
            gets(client, "cold");
        },
    );
}

#[test]
fn with_the_setting_a_call_that_ends_a_transfer_makes_the_next_connection() {
    play(
        |s| {
            answers(s, "TYPE I", "200 ok\r\n");
            let mut data = s.passive().accept();
            for _ in 0..3 {
                send_over(s, data, "hello");
                data = s.passive().accept();
            }
            answers(s, "SIZE f", "213 5\r\n");
            send_over(s, data, "hello");
            s.passive().accept();
        },
        |client| {
            client.set_prearm(true);
            for _ in 0..3 {
                gets(client, "hello");
                assert_eq!(told(client), b"226 done", "the program has not asked for more");
                assert_eq!(client.last_command_sent(), "RETR f");
            }
            assert_eq!(client.run(async |client| client.size(b"f").await).unwrap(), Some(5));
            gets(client, "hello");
        },
    );
}

#[test]
fn one_that_the_server_has_closed_is_not_used() {
    for end in [Data::close as fn(Data), Data::reset, |mut data: Data| data.send("not asked for")] {
        play(
            move |s| {
                let data = s.passive().accept();
                // Only now does the client see that it stands: a reset before that would be an error of it.
                s.expect("NOOP");
                end(data);
                s.send("200 ok\r\n");
                answers(s, "TYPE I", "200 ok\r\n");
                cold(s, "hello");
            },
            |client| {
                prearm(client).unwrap();
                send(client, "NOOP").unwrap();
                gets(client, "hello");
            },
        );
    }
}

#[test]
fn a_transfer_that_is_refused_with_425_is_tried_with_a_connection_of_its_own() {
    play(
        |s| {
            let mut data = s.passive().accept();
            answers(s, "TYPE I", "200 ok\r\n");
            answers(s, "REST 3", "350 from there\r\n");
            answers(s, "RETR f", "425 no data connection\r\n");
            data.expect_eof();
            let mut data = s.passive().accept();
            answers(s, "REST 3", "350 from there\r\n");
            s.expect("RETR f");
            s.send("150 go (5 bytes)\r\n");
            data.send("lo");
            data.close();
            s.send("226 done\r\n");
            cold(s, "hello");
        },
        |client| {
            client.set_prearm(true);
            prearm(client).unwrap();
            let mut got = Vec::new();
            let mut sink = |block: &[u8]| {
                got.extend_from_slice(block);
                Ok(())
            };
            let retr = command("RETR f");
            client.run(async |client| client.retrbinary(&retr, 0, Some(3), &mut sink).await).unwrap();
            assert_eq!(got, b"lo");
            gets(client, "hello");
        },
    );
}

#[test]
fn what_is_refused_for_another_reason_or_has_made_a_name_is_not_tried_again() {
    for (verb, refusal) in
        [("RETR f", "550 no such file"), ("RETR f", "426 aborted"), ("STOU", "425 no data")]
    {
        play(
            move |s| {
                let data = s.passive().accept();
                answers(s, "TYPE I", "200 ok\r\n");
                s.expect(verb);
                s.send(format!("{refusal}\r\n"));
                drop(data);
            },
            |client| {
                prearm(client).unwrap();
                let error = if verb == "STOU" {
                    store(client, verb, b"").unwrap_err()
                } else {
                    retrieve(client, verb).1.unwrap_err()
                };
                assert!(matches!(error, Error::Reply { .. }), "{verb} {refusal}: {error:?}");
            },
        );
    }
}

#[test]
fn a_refusal_with_425_of_a_connection_of_its_own_is_the_error() {
    play(
        |s| {
            answers(s, "TYPE I", "200 ok\r\n");
            let _port = s.passive();
            answers(s, "RETR f", "425 no data connection\r\n");
        },
        |client| assert!(matches!(retrieve(client, "RETR f").1, Err(Error::Reply { .. }))),
    );
}

#[test]
fn it_outlives_only_commands_that_leave_data_connections_alone() {
    let lasts =
        ["CWD d", "CDUP", "FEAT", "MDTM f", "MLST f", "NOOP", "PWD", "SIZE f", "SYST", "TYPE A", "noop"];
    let ends =
        ["PASV", "EPSV", "PORT 127,0,0,1,4,1", "SITE x", "STRU F", "MODE S", "PROT C", "OPTS x", "XYZZY"];
    for (line, is_left) in lasts.map(|line| (line, true)).into_iter().chain(ends.map(|line| (line, false))) {
        let server = Scripted::start(move |s| {
            s.login();
            let mut data = s.passive().accept();
            s.expect(line);
            s.send("257 \"/\"\r\n");
            if !is_left {
                data.expect_eof();
            }
            if line.starts_with("C") {
                answers(s, "PWD", "257 \"/\"\r\n");
            }
            answers(s, "TYPE I", "200 ok\r\n");
            if is_left {
                send_over(s, data, "hello")
            } else {
                cold(s, "hello")
            }
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        prearm(&mut client).unwrap();
        send(&mut client, line).unwrap();
        gets(&mut client, "hello");
        assert_in_step(&mut client);
    }
}

#[test]
fn a_setting_that_changes_data_connections_ends_it() {
    let changes: [fn(&mut Client); 5] = [
        |client| client.set_prearm(false),
        |client| client.set_extended(false),
        |client| client.set_trust_pasv_address(true),
        |client| client.set_source(None).unwrap(),
        |client| client.set_rate_limit(None, None),
    ];
    for change in changes {
        play(
            |s| {
                s.passive().accept().expect_eof();
                answers(s, "TYPE I", "200 ok\r\n");
                cold(s, "hello");
            },
            |client| {
                prearm(client).unwrap();
                change(client);
                gets(client, "hello");
            },
        );
    }
}

#[test]
fn in_active_mode_there_is_none() {
    play(
        |s| {
            s.passive().accept().expect_eof();
            answers(s, "TYPE I", "200 ok\r\n");
            let data = s.active().connect();
            send_over(s, data, "hello");
        },
        |client| {
            client.set_prearm(true);
            prearm(client).unwrap();
            client.set_passive(false);
            assert!(matches!(prearm(client), Err(Error::Unsupported(_))));
            gets(client, "hello");
        },
    );
}

#[test]
fn a_server_that_must_know_the_transfer_first_has_none() {
    play(
        |s| {
            answers(s, "FEAT", "211-Here\r\n PRET\r\n211 End\r\n");
            answers(s, "TYPE I", "200 ok\r\n");
            answers(s, "PRET RETR f", "200 ok\r\n");
            cold(s, "hello");
        },
        |client| {
            client.set_prearm(true);
            client.run(async |client| client.feature(b"PRET").await).unwrap();
            assert!(matches!(prearm(client), Err(Error::Unsupported(_))));
            gets(client, "hello");
        },
    );
}

/// What a server says in place of an address, after a transfer that went well.
#[test]
fn what_goes_wrong_after_a_transfer_is_no_error_of_it_and_not_tried_again() {
    for refusal in ["500 what?", "425 no ports", "200 ok", "227 nowhere", "331 who?"] {
        play(
            move |s| {
                answers(s, "TYPE I", "200 ok\r\n");
                cold(s, "hello");
                s.expect("PASV");
                s.send(format!("{refusal}\r\n"));
                if refusal == "227 nowhere" || refusal == "200 ok" {
                    answers(s, "EPSV", "500 what?\r\n");
                }
                cold(s, "hello");
            },
            |client| {
                client.set_prearm(true);
                gets(client, "hello");
                assert_eq!(told(client), b"226 done", "{refusal}");
                gets(client, "hello");
            },
        );
    }
}

#[test]
fn a_session_that_is_lost_after_a_transfer_is_closed_and_the_transfer_whole() {
    for farewell in [Some("421 too many"), None] {
        let server = Scripted::start(move |s| {
            s.login();
            answers(s, "TYPE I", "200 ok\r\n");
            cold(s, "hello");
            s.expect("PASV");
            match farewell {
                Some(text) => {
                    s.send(format!("{text}\r\n"));
                    s.expect_eof();
                }
                None => s.close(),
            }
        });
        let mut client = logged_in(&server);
        client.set_prearm(true);
        gets(&mut client, "hello");
        assert_eq!(told(&client), b"226 done");
        assert_closed(&mut client, "it was closed after the transfer (");
    }
}

#[test]
fn a_server_that_does_not_answer_after_a_transfer_costs_the_session_and_not_the_transfer() {
    let script = |s: &mut Session| {
        s.login();
        answers(s, "TYPE I", "200 ok\r\n");
        cold(s, "hello");
        s.expect("PASV");
        s.expect_eof();
    };
    let (mut client, (data, outcome)) = until_played(|limit| {
        let server = Scripted::start(script);
        let mut client = logged_in(&server);
        client.set_prearm(true);
        client.set_timeout(Some(limit));
        let outcome = retrieve(&mut client, "RETR f");
        ([server], (client, outcome))
    });
    outcome.unwrap();
    assert_eq!(data, b"hello");
    assert_closed(&mut client, "it was closed after the transfer (timed out after 0.3 s");
}

/// What the server has said of the next connection by then is not what the call is told.
#[test]
fn the_time_of_the_call_ends_that_step_and_not_the_transfer() {
    let script = |s: &mut Session| {
        s.login();
        answers(s, "TYPE I", "200 ok\r\n");
        cold(s, "hello");
        answers(s, "PASV", "150 soon\r\n");
        s.expect_taken();
        s.expect_eof();
    };
    let (mut client, (data, outcome)) = until_played(|limit| {
        let server = Scripted::start(script);
        let mut client = logged_in(&server);
        client.set_prearm(true);
        client.set_phase_timeout(Phase::Total, Some(limit * 3));
        let outcome = retrieve(&mut client, "RETR f");
        ([server], (client, outcome))
    });
    outcome.unwrap();
    assert_eq!(data, b"hello");
    assert_eq!(told(&client), b"226 done");
    assert_closed(&mut client, "the call was ended while it made the next data connection");
}

#[test]
fn a_goodbye_while_idle_is_told_as_ever() {
    let (told, said) = mpsc::channel();
    let server = Scripted::start(move |s| {
        s.login();
        answers(s, "TYPE I", "200 ok\r\n");
        s.passive().accept();
        s.send("421 idle for too long\r\n");
        s.close();
        told.send(()).unwrap();
    });
    let mut client = logged_in(&server);
    send(&mut client, "TYPE I").unwrap();
    prearm(&mut client).unwrap();
    said.recv().unwrap();
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    assert_text(&client, &error, "421 idle for too long");
    assert_closed(&mut client, "421");
}

/// A reply that nobody asked for comes before the one to the command: it must not be taken for it.
#[test]
fn stray_replies_between_the_connection_and_the_transfer_belong_to_nobody() {
    let (told, said) = mpsc::channel();
    let server = Scripted::start(move |s| {
        s.login();
        answers(s, "TYPE I", "200 ok\r\n");
        let data = s.passive().accept();
        s.send("226 of something else\r\n150 and more\r\n");
        told.send(()).unwrap();
        send_over(s, data, "hello");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    send(&mut client, "TYPE I").unwrap();
    prearm(&mut client).unwrap();
    said.recv().unwrap();
    gets(&mut client, "hello");
    assert_in_step(&mut client);
}

/// A part of a file that is cut short is an error over this connection as over any.
#[test]
fn fewer_bytes_than_announced_are_an_error() {
    play(
        |s| {
            let mut data = s.passive().accept();
            answers(s, "TYPE I", "200 ok\r\n");
            s.expect("RETR f");
            s.send("150 go (5 bytes)\r\n");
            data.send("hel");
            data.close();
            s.send("226 done\r\n");
        },
        |client| {
            prearm(client).unwrap();
            let outcome = retrieve(client, "RETR f").1;
            assert!(matches!(outcome, Err(Error::Integrity(_))), "{outcome:?}");
        },
    );
}

#[test]
fn a_port_that_cannot_be_reached_is_an_error_of_its_own_call_only() {
    play(
        |s| {
            s.expect("PASV");
            let nowhere = support::dead_ends::unused_port();
            let [high, low] = nowhere.addr().port().to_be_bytes();
            s.send(format!("227 here (127,0,0,1,{high},{low})\r\n"));
            answers(s, "TYPE I", "200 ok\r\n");
            cold(s, "hello");
            drop(nowhere);
        },
        |client| {
            let error = prearm(client).unwrap_err();
            assert_text(client, &error, "cannot open the data connection to 127.0.0.1:");
            gets(client, "hello");
        },
    );
}

#[test]
fn with_epsv_a_port_that_cannot_be_reached_leads_to_pasv() {
    play(
        |s| {
            answers(s, "TYPE I", "200 ok\r\n");
            let data = s.extended_passive().accept();
            send_over(s, data, "hello");
            s.expect("EPSV");
            let nowhere = support::dead_ends::unused_port();
            let port = nowhere.addr().port();
            s.send(format!("229 here (|||{port}|)\r\n"));
            cold(s, "hello");
            drop(nowhere);
        },
        |client| {
            client.set_extended(true);
            client.set_prearm(true);
            gets(client, "hello");
            gets(client, "hello");
        },
    );
}

#[test]
fn the_programs_own_dialogue_is_not_disturbed() {
    play(
        |s| {
            answers(s, "TYPE I", "200 ok\r\n");
            let data = s.passive().accept();
            send_over(s, data, "hello");
            s.passive().accept().expect_eof();
            // That the program has asked for this one ends the other: a server has one at a time.
            s.expect("PASV");
            s.send("227 here (127,0,0,1,4,1)\r\n");
        },
        |client| {
            client.set_prearm(true);
            gets(client, "hello");
            client.run(async |client| client.makepasv().await).unwrap();
        },
    );
}

#[test]
fn a_transfer_by_hand_uses_it_and_its_end_makes_the_next() {
    play(
        |s| {
            answers(s, "TYPE I", "200 ok\r\n");
            let data = s.passive().accept();
            send_over(s, data, "hello");
            s.passive().accept().expect_eof();
        },
        |client| {
            client.set_prearm(true);
            let retr = command("RETR f");
            let mut buffer = [0; 10];
            let count = client
                .run(async |client| {
                    let id = client.transfercmd(&retr, None).await?;
                    let mut count = 0;
                    while count < 5 {
                        count += client.transfer_read(id, &mut buffer).await?;
                    }
                    client.transfer_finish(id).await.map(|_| count)
                })
                .unwrap();
            assert_eq!(count, 5);
            client.set_prearm(false);
        },
    );
}
