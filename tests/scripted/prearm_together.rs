//! The address of the next data connection is asked for together with the transfer before it.

use super::*;

/// Plays a dialogue with a server that is known to take turns.
fn play_together(script: impl FnOnce(&mut Session) + Send + 'static, calls: impl FnOnce(&mut Client)) {
    play_greeted("220 (vsFTPd 3.0.3)", script, calls);
}

fn greeted(greeting: &'static str, script: impl FnOnce(&mut Session) + Send + 'static) -> Scripted {
    Scripted::start(move |s| {
        s.send(format!("{greeting}\r\n"));
        s.expect_command("USER");
        s.send("331 password, please\r\n");
        s.expect_command("PASS");
        s.send("230 welcome\r\n");
        answers(s, "TYPE I", "200 ok\r\n");
        script(s);
    })
}

fn begin(server: &Scripted) -> Client {
    let mut client = logged_in(server);
    client.set_prearm_together();
    send(&mut client, "TYPE I").unwrap();
    client
}

fn play_greeted(
    greeting: &'static str,
    script: impl FnOnce(&mut Session) + Send + 'static,
    calls: impl FnOnce(&mut Client),
) {
    let server = greeted(greeting, |s| {
        script(s);
        expect_in_step(s);
    });
    let mut client = begin(&server);
    calls(&mut client);
    assert_in_step(&mut client);
}

/// The reply that names an address, and where the server listens then.
fn address(s: &Session) -> (String, DataListener) {
    let listener = s.data_listener();
    let [high, low] = listener.addr().port().to_be_bytes();
    (format!("227 here (127,0,0,1,{high},{low})\r\n"), listener)
}

/// Hears of a transfer and of the next one, and sends the data.
fn send_data(s: &mut Session, mut data: Data, text: &str) {
    s.expect("RETR f");
    s.expect("PASV");
    s.send(format!("150 go ({} bytes)\r\n", text.len()));
    data.send(text);
    data.close();
}

/// A transfer as it should be. Returns where the server listens for the next one.
fn serve(s: &mut Session, data: Data) -> DataListener {
    send_data(s, data, "hello");
    let (named, next) = address(s);
    s.send(format!("226 done\r\n{named}"));
    next
}

fn gets(client: &mut Client) {
    let (data, outcome) = retrieve(client, "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"hello");
    assert_eq!(client.last_reply().unwrap().text(), b"226 done", "the program has not asked for more");
}

fn refusal_of(client: &mut Client) -> String {
    match retrieve(client, "RETR f").1 {
        Err(Error::Reply { reply, .. }) => reply.to_string(),
        outcome => panic!("{outcome:?}"),
    }
}

fn is_broken(client: &mut Client) -> bool {
    matches!(retrieve(client, "RETR f").1, Err(Error::Integrity(_)))
}

/// A server that is sent one command after the other again.
fn serve_alone(s: &mut Session) {
    let mut data = s.passive().accept();
    s.expect("RETR f");
    s.send("150 go (5 bytes)\r\n");
    data.send("hello");
    data.close();
    s.send("226 done\r\n");
}

#[test]
fn the_next_address_comes_behind_the_final_reply() {
    play_together(
        |s| {
            let mut data = s.passive().accept();
            for _ in 0..4 {
                data = serve(s, data).accept();
            }
            answers(s, "SIZE f", "213 5\r\n");
            let next = serve(s, data).accept();
            answers(s, "MKD d", "550 no\r\n");
            drop(next);
        },
        |client| {
            (0..4).for_each(|_| gets(client));
            assert_eq!(client.run(async |client| client.size(b"f").await).unwrap(), Some(5));
            gets(client);
            // What may change data connections ends it, as ever.
            assert!(send(client, "MKD d").is_err());
        },
    );
}

#[test]
fn with_epsv_it_is_asked_for_by_epsv() {
    play_together(
        |s| {
            let mut data = s.extended_passive().accept();
            for _ in 0..2 {
                s.expect("RETR f");
                s.expect("EPSV");
                s.send("150 go (5 bytes)\r\n");
                data.send("hello");
                data.close();
                let next = s.data_listener();
                s.send(format!("226 done\r\n229 there (|||{}|)\r\n", next.addr().port()));
                data = next.accept();
            }
        },
        |client| {
            client.set_extended(true);
            (0..2).for_each(|_| gets(client));
        },
    );
}

/// The address is no final reply, and the refusal of a file none to PASV.
#[test]
fn a_file_that_is_refused_is_an_error_and_the_address_serves_the_next() {
    for refusal in ["550 no such file", "450 busy", "551 no", "500 what?"] {
        play_together(
            move |s| {
                let data = s.passive().accept();
                s.expect("RETR f");
                s.expect("PASV");
                let (named, next) = address(s);
                s.send(format!("{refusal}\r\n"));
                s.send(named);
                drop(data);
                let next = next.accept();
                serve(s, next).accept();
            },
            |client| {
                assert_eq!(refusal_of(client), refusal);
                assert_eq!(client.last_reply().unwrap().to_string(), refusal);
                gets(client);
            },
        );
    }
}

#[test]
fn a_connection_that_was_made_ahead_and_is_refused_is_tried_again() {
    play_together(
        |s| {
            let data = s.passive().accept();
            let mut next = serve(s, data).accept();
            s.expect("RETR f");
            s.expect("PASV");
            let (named, after) = address(s);
            s.send("425 no data connection\r\n");
            s.send(named);
            next.expect_eof();
            let mut data = after.accept();
            // It came to nothing once: one after the other from here on.
            s.expect("RETR f");
            s.send("150 go (5 bytes)\r\n");
            data.send("hello");
            data.close();
            s.send("226 done\r\n");
        },
        |client| (0..2).for_each(|_| gets(client)),
    );
}

#[test]
fn a_transfer_that_fails_in_the_middle_is_an_error_whatever_follows() {
    for refusal in ["426 aborted", "451 disk", "550 read error", "425 lost"] {
        play_together(
            move |s| {
                let mut data = s.passive().accept();
                s.expect("RETR f");
                s.expect("PASV");
                s.send("150 go (5 bytes)\r\n");
                data.send("hel");
                let (named, next) = address(s);
                s.send(format!("{refusal}\r\n"));
                s.send(named);
                // Where the answer was not waited for, PWD finds the step.
                s.expect("PWD");
                s.send("257 \"/\"\r\n");
                drop((data, next));
                serve_alone_together(s);
            },
            |client| {
                assert_eq!(refusal_of(client), refusal);
                gets(client);
            },
        );
    }
}

fn serve_alone_together(s: &mut Session) {
    let data = s.passive().accept();
    serve(s, data).accept();
}

/// 150, 227, 226 and 227, 150, 226: such a server may have cut the data for the next connection.
#[test]
fn an_address_that_comes_before_the_end_is_no_end_and_the_size_must_be_known() {
    for is_early in [true, false] {
        for (announced, size, is_whole) in [
            ("150 go (5 bytes)", None, true),
            ("150 go", Some("213 5"), true),
            ("150 go", Some("213 6"), false),
            ("150 go", Some("550 no"), false),
            ("150 go (6 bytes)", None, false),
        ] {
            play_together(
                move |s| {
                    let mut data = s.passive().accept();
                    s.expect("RETR f");
                    s.expect("PASV");
                    let (named, _next) = address(s);
                    let (first, second) =
                        if is_early { (&named[..], announced) } else { (announced, &named[..]) };
                    s.send(format!("{}\r\n{}\r\n", first.trim_end(), second.trim_end()));
                    data.send("hello");
                    data.close();
                    s.send("226 done\r\n");
                    if let Some(size) = size {
                        s.expect("SIZE f");
                        s.send(format!("{size}\r\n"));
                    }
                    // It is not asked so again.
                    serve_alone(s);
                },
                |client| {
                    if is_whole {
                        gets(client);
                        let last = if size.is_some() { "SIZE f" } else { "RETR f" };
                        assert_eq!(client.last_command_sent(), last);
                    } else {
                        assert!(is_broken(client));
                    }
                    gets(client);
                },
            );
        }
    }
}

#[test]
fn a_server_that_refuses_it_after_the_transfer_is_asked_for_one_thing_at_a_time() {
    for refusal in ["500 what?", "425 no ports", "550 no", "227 nowhere"] {
        play_together(
            move |s| {
                let data = s.passive().accept();
                send_data(s, data, "hello");
                s.send(format!("226 done\r\n{refusal}\r\n"));
                if refusal != "227 nowhere" {
                    expect_search(s, "");
                }
                (0..2).for_each(|_| serve_alone(s));
            },
            |client| (0..3).for_each(|_| gets(client)),
        );
    }
}

/// It looks like a refusal to name the address, which then comes. Taken for the reply to a later command, it would be wrong.
#[test]
fn a_second_end_of_the_transfer_is_no_refusal_of_the_address() {
    for second in ["451 one too many", "550 no"] {
        play_together(
            move |s| {
                let data = s.passive().accept();
                send_data(s, data, "hello");
                s.send(format!("226 done\r\n{second}\r\n"));
                let (named, _listener) = address(s);
                expect_search(s, &named);
            },
            gets,
        );
    }
}

/// Each of them could be the one that was asked for, but none is the end of the transfer.
#[test]
fn an_address_that_comes_twice_is_no_end_of_the_transfer() {
    for (code, together) in [("227", true), ("229", true), ("227", false)] {
        let server = greeted("220 (vsFTPd 3.0.3)", move |s| {
            let data = s.passive().accept();
            let named = match code {
                "229" => "229 here (|||9|)\r\n".to_owned(),
                _ => address(s).0,
            };
            if together {
                send_data(s, data, "hello");
                s.send(named.repeat(2));
            } else {
                s.expect("RETR f");
                let mut data = data;
                s.send("150 go (5 bytes)\r\n");
                data.send("hello");
                data.close();
                s.send(named);
            }
            s.expect_eof();
        });
        let mut client = logged_in(&server);
        if together {
            client.set_prearm_together();
        }
        send(&mut client, "TYPE I").unwrap();
        let (data, outcome) = retrieve(&mut client, "RETR f");
        assert!(matches!(outcome, Err(Error::Protocol(_))), "{code}, {together}: {outcome:?}");
        assert_eq!(data, b"hello");
    }
}

/// A refusal in the middle of the transfer cannot be told from the transfer's own: it is an error, and no success.
#[test]
fn a_refusal_before_the_end_fails_the_transfer() {
    for refusal in ["500 not now", "450 data transfer in progress"] {
        let server = greeted("220 (vsFTPd 3.0.3)", move |s| {
            let mut data = s.passive().accept();
            s.expect("RETR f");
            s.expect("PASV");
            s.send(format!("150 go (5 bytes)\r\n{refusal}\r\n"));
            data.send("hello");
            data.close();
            s.send("226 done\r\n");
            expect_search(s, "");
            expect_in_step(s);
        });
        let mut client = begin(&server);
        assert_eq!(refusal_of(&mut client), refusal);
        assert_in_step(&mut client);
    }
}

/// Whether it begins, or is over, only what follows could tell; and that could belong to PASV.
#[test]
fn a_completion_in_place_of_the_beginning_is_an_error_that_is_not_met_twice() {
    for (early, late) in [("226 done", ""), ("200 stray", "150 go (5 bytes)\r\n"), ("250 done", "")] {
        play_together(
            move |s| {
                let data = s.passive().accept();
                s.expect("RETR f");
                s.expect("PASV");
                s.send(format!("{early}\r\n{late}"));
                s.expect("ABOR");
                let (named, next) = address(s);
                s.send(format!("426 stopped\r\n{named}225 ok\r\n"));
                drop((data, next));
                serve_alone(s);
                expect_search(s, "");
            },
            |client| {
                let error = retrieve(client, "RETR f").1.unwrap_err();
                assert_text(client, &error, "the server's replies cannot be told apart");
                gets(client);
            },
        );
    }
}

#[test]
fn what_comes_in_place_of_an_address_is_no_end_of_the_session_where_pwd_finds_the_step() {
    for stray in ["226 done again", "no reply", "150 go"] {
        play_together(
            move |s| {
                let data = s.passive().accept();
                send_data(s, data, "hello");
                s.send(format!("226 done\r\n{stray}\r\n"));
                expect_search(s, "");
                serve_alone(s);
            },
            |client| (0..2).for_each(|_| gets(client)),
        );
    }
}

#[test]
fn a_server_that_leaves_in_place_of_an_address_costs_the_session_and_not_the_file() {
    for last in [Some("421 bye"), None] {
        let server = greeted("220 (vsFTPd 3.0.3)", move |s| {
            let data = s.passive().accept();
            send_data(s, data, "hello");
            s.send("226 done\r\n");
            match last {
                Some(text) => {
                    s.send(format!("{text}\r\n"));
                    s.expect_eof();
                }
                None => s.close(),
            }
        });
        let mut client = begin(&server);
        gets(&mut client);
        assert_closed(&mut client, "it was closed after the");
    }
}

/// It has lost the command. What else it answers, it answers as ever.
#[test]
fn a_server_that_does_not_answer_is_asked_for_one_thing_at_a_time() {
    let script = |s: &mut Session| {
        let data = s.passive().accept();
        send_data(s, data, "hello");
        s.send("226 done\r\n");
        expect_search(s, "");
        serve_alone(s);
        expect_in_step(s);
    };
    let (first, second, path) = until_played(|limit| {
        let server = greeted("220 (vsFTPd 3.0.3)", script);
        let mut client = begin(&server);
        client.set_timeout(Some(limit));
        let first = retrieve(&mut client, "RETR f");
        client.set_timeout(Some(Duration::from_secs(10)));
        let second = retrieve(&mut client, "RETR f");
        let path = pwd(&mut client);
        ([server], (first, second, path))
    });
    for (data, outcome) in [first, second] {
        outcome.unwrap();
        assert_eq!(data, b"hello");
    }
    assert_eq!(path.unwrap(), "/in/step");
}

#[test]
fn a_file_that_is_stopped_leaves_the_session_in_step() {
    for replies in
        ["426 stopped\r\nNEXT225 ok\r\n", "426 stopped\r\n225 ok\r\nNEXT", "226 done\r\nNEXT225 ok\r\n"]
    {
        play_together(
            move |s| {
                let mut data = s.passive().accept();
                s.expect("RETR f");
                s.expect("PASV");
                s.send("150 go (5 bytes)\r\n");
                data.send("hel");
                s.expect("ABOR");
                let (named, next) = address(s);
                s.send(replies.replace("NEXT", &named));
                drop(next);
                if !replies.starts_with("426 stopped\r\nNEXT") && replies.ends_with("NEXT") {
                    s.expect("PWD");
                    s.send("257 \"/\"\r\n");
                }
                drop(data);
                serve_alone(s);
                expect_search(s, "");
                serve_alone_together(s);
            },
            |client| {
                let retr = command("RETR f");
                let mut stop = |_: &[u8]| Err(7);
                let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut stop).await);
                assert!(outcome.is_err());
                (0..2).for_each(|_| gets(client));
            },
        );
    }
}

#[test]
fn only_downloads_in_image_type_are_sent_together_with_it() {
    play_together(
        |s| {
            let mut data = s.passive().accept();
            s.expect("STOR f");
            s.send("150 go\r\n");
            assert_eq!(data.read_to_end(), b"up");
            s.send("226 done\r\n");
            let mut data = s.passive().accept();
            answers(s, "TYPE A", "200 ok\r\n");
            s.expect("RETR f");
            s.send("150 go\r\n");
            data.send("text\r\n");
            data.close();
            s.send("226 done\r\n");
            let mut data = s.passive().accept();
            answers(s, "TYPE I", "200 ok\r\n");
            // The program moves the data of this one.
            s.expect("RETR f");
            s.send("150 go (0 bytes)\r\n226 done\r\n");
            data.send("");
            data.close();
            s.passive().accept();
        },
        |client| {
            store(client, "STOR f", b"up").unwrap();
            assert_eq!(lines(client, "RETR f").0, ["text"]);
            let retr = command("RETR f");
            let end = client.run(async |client| {
                let id = client.transfercmd(&retr, None).await?;
                while client.transfer_read(id, &mut [0; 4]).await? > 0 {}
                client.transfer_finish(id).await
            });
            assert_eq!(end.unwrap().to_string(), "226 done");
        },
    );
}

#[test]
fn other_servers_are_sent_one_command_at_a_time() {
    for greeting in ["220 ready", "220 pyftpdlib 1.5.7 ready.", "220 ProFTPD Server", "220 Pure-FTPd"] {
        play_greeted(
            greeting,
            |s| {
                let mut data = s.passive().accept();
                for _ in 0..2 {
                    s.expect("RETR f");
                    s.send("150 go (5 bytes)\r\n");
                    data.send("hello");
                    data.close();
                    s.send("226 done\r\n");
                    data = s.passive().accept();
                }
            },
            |client| (0..2).for_each(|_| gets(client)),
        );
    }
}

#[test]
fn the_setting_is_turned_off_as_a_whole() {
    play_together(
        |s| (0..2).for_each(|_| serve_alone(s)),
        |client| {
            client.set_prearm(false);
            (0..2).for_each(|_| gets(client));
        },
    );
}
