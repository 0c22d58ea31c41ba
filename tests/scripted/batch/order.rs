//! Servers that do not keep the order of many commands, say too little or too much, or leave in the middle.

use std::sync::Arc;

use super::*;

/// What the client asks when replies are in doubt.
fn finds_the_step(s: &mut Session) {
    answers(s, "SYST", "215 UNIX\r\n");
}

/// Only questions: they are asked again, one by one. The session stays in step, and no more is sent ahead in this login.
#[test]
fn what_a_server_garbles_is_asked_again_one_by_one() {
    for (shown, replies) in [
        ("a reply is lost", "213 1\r\n213 3\r\n257 \"/\"\r\n"),
        ("all are lost", "257 \"/\"\r\n"),
        ("a line that is no reply", "213 1\r\nhello\r\n213 2\r\n213 3\r\n257 \"/\"\r\n"),
        ("a reply to something else", "213 1\r\n350 and?\r\n213 3\r\n257 \"/\"\r\n"),
        ("the fence too early", "213 1\r\n257 \"/\"\r\n213 2\r\n213 3\r\n"),
        ("the fence was refused", "213 1\r\n213 2\r\n213 3\r\n550 no\r\n"),
        ("the directory has another name", "213 1\r\n213 2\r\n213 3\r\n257 \"/w\"\r\n"),
        ("a size is a path", "257 \"/\"\r\n213 2\r\n213 3\r\n257 \"/\"\r\n"),
    ] {
        play(
            move |s| {
                answers(s, "TYPE I", "200 ok\r\n");
                asks_for_the_path(s);
                expect_all(s, "SIZE a,SIZE b,SIZE c,PWD");
                s.send_at_once(replies);
                finds_the_step(s);
                for (name, size) in [("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5)] {
                    s.expect(format!("SIZE {name}"));
                    s.send(format!("213 {size}\r\n"));
                }
            },
            |client| {
                let (told, outcome) = run_all(client, &jobs("size a,size b,size c"));
                outcome.unwrap();
                assert_eq!(told, ["Some(1)", "Some(2)", "Some(3)"], "{shown}");
                run_all(client, &jobs("size d,size e")).1.unwrap();
            },
        );
    }
}

/// Answers a batch of sizes and what the client asks besides, but for the reply to the second PWD, which comes twice: once more after
/// so many other replies. The first answer waits until all is there that can be on its way.
fn answers_a_fence_twice(s: &mut Session, late: usize) {
    let (mut paths, mut surplus) = (0, None);
    let mut held = Vec::new();
    for count in 0.. {
        let Ok(line) = s.hear() else { return };
        let reply = match line.split_once(' ') {
            Some(("SIZE", name)) => format!("213 {}", name.trim_start_matches('f')),
            Some(_) => "200 ok".into(),
            None if line == "PWD" => {
                paths += 1;
                surplus = if paths == 2 { Some(late) } else { surplus };
                "257 \"/\" is here".into()
            }
            None if line == "SYST" => "215 UNIX".into(),
            None => "200 ok".into(),
        };
        held.push(reply);
        match &mut surplus {
            Some(0) => {
                held.push("257 \"/\" is here".into());
                surplus = None;
            }
            Some(left) => *left -= 1,
            None => {}
        }
        // TYPE and PWD come one by one, then 62 sizes and their two fences.
        if !(2..65).contains(&count) {
            held.drain(..).for_each(|reply| s.say(&reply).unwrap_or_default());
        }
    }
}

/// It looks like the next one. Nothing that comes after it is taken for the reply to another command.
#[test]
fn a_fence_that_is_answered_twice_confirms_nothing() {
    for late in [0, 1, 5, 30, 31, 32, 40] {
        let server = Scripted::start(move |s| {
            s.login();
            answers_a_fence_twice(s, late);
        });
        let mut client = logged_in(&server);
        let text: Vec<String> = (0..200).map(|at| format!("size f{at}")).collect();
        let (told, outcome) = run_all(&mut client, &jobs(&text.join(",")));
        let known = told.iter().take_while(|told| told.starts_with("Some")).count();
        assert!(known >= 31, "{late}: {told:?}");
        for (at, told) in told.iter().enumerate() {
            let is_true = *told == format!("Some({at})");
            assert!(
                if at < known { is_true } else { told.contains("unknown") || told.contains("not sent") },
                "{late}: {at}: {told}"
            );
        }
        assert!(matches!(outcome, Err(Error::Protocol(_))), "{late}: {outcome:?}");
        assert!(matches!(pwd(&mut client), Err(Error::NotConnected(_))));
    }
}

/// What it has said once too often it may say again.
#[test]
fn who_says_too_much_is_left() {
    for (replies, last) in [
        ("213 1\r\n213 2\r\n213 2\r\n213 3\r\n257 \"/\"\r\n", "215 UNIX\r\n"),
        ("200 hello\r\n213 1\r\n213 2\r\n213 3\r\n257 \"/\"\r\n", "215 UNIX\r\n"),
        ("213 1\r\n213 1\r\n213 2\r\n213 2\r\n213 3\r\n213 3\r\n257 \"/\"\r\n257 \"/\"\r\n", "215 UNIX\r\n"),
        ("213 1\r\n213 2\r\n213 3\r\n550 no\r\n257 \"/\"\r\n", "215 UNIX\r\n215 UNIX\r\n"),
    ] {
        let error = ends(
            move |s| {
                answers(s, "TYPE I", "200 ok\r\n");
                asks_for_the_path(s);
                expect_all(s, "SIZE a,SIZE b,SIZE c,PWD");
                s.send_at_once(replies);
                s.expect("SYST");
                // The client may leave after the first of them.
                let _ = s.try_send(last);
                s.expect_eof();
            },
            "size a,size b,size c",
            &["SIZE a: unknown", "SIZE b: unknown", "SIZE c: unknown"],
        );
        assert!(matches!(error, Error::Protocol(_)), "{error}");
    }
}

/// Whoever does not say what system it is has no reply that tells where it stands.
#[test]
fn who_does_not_answer_syst_is_left() {
    for (replies, is_refused) in [("502 no\r\n", false), ("213 1\r\n502 no\r\n", true), ("", false)] {
        let script = move |s: &mut Session| {
            answers(s, "TYPE I", "200 ok\r\n");
            asks_for_the_path(s);
            expect_all(s, "SIZE a,SIZE b,SIZE c,PWD");
            s.send("213 1\r\n350 and?\r\n213 3\r\n");
            answers(s, "SYST", replies);
            s.expect_eof();
        };
        let jobs = "size a,size b,size c";
        let expected = ["SIZE a: unknown", "SIZE b: unknown", "SIZE c: unknown"];
        let error =
            if is_refused { ends(script, jobs, &expected) } else { runs_out(script, jobs, &expected) };
        let text = error.to_string();
        assert_eq!(is_refused, !matches!(error, Error::Timeout { .. }), "{text}");
        assert!(is_refused || text.contains("SYST"), "{text}");
    }
}

/// The directory has another name then, or is gone, and PWD says something else.
#[test]
fn the_path_is_asked_again_after_what_may_have_renamed_the_directory() {
    for (done, replies) in
        [("RNFR /w,RNTO /v", "350 and?,250 ok"), ("RMD /w", "250 ok"), ("SITE CWD x", "200 ok")]
    {
        play(
            move |s| {
                asks_for_the_path(s);
                expect_all(s, "DELE a,DELE b,DELE c,PWD");
                s.send("250 ok\r\n250 ok\r\n250 ok\r\n257 \"/\"\r\n");
                for (command, reply) in done.split(',').zip(replies.split(',')) {
                    answers(s, command, &format!("{reply}\r\n"));
                }
                answers(s, "PWD", "257 \"/v\"\r\n");
                expect_all(s, "DELE a,DELE b,DELE c,PWD");
                s.send("250 ok\r\n250 ok\r\n250 ok\r\n257 \"/v\"\r\n");
            },
            |client| {
                run_all(client, &jobs("dele a,dele b,dele c")).1.unwrap();
                client
                    .run(async |client| {
                        for line in done.split(',') {
                            client.sendcmd(&command(line)).await?;
                        }
                        Ok(())
                    })
                    .unwrap();
                assert_eq!(run_all(client, &jobs("dele a,dele b,dele c")).0, ["ok"; 3], "{done}");
            },
        );
    }
}

/// What changes anything is not done twice.
#[test]
fn what_a_server_garbles_is_not_known_if_it_changes_anything() {
    let garbled =
        |verb: &str| format!("{verb}: it was sent, and the server's replies cannot be told apart (unknown)");
    plays(
        |s| {
            asks_for_the_path(s);
            expect_all(s, "DELE a,DELE b,DELE c,PWD");
            s.send("250 ok\r\n550 no\r\n257 \"/\"\r\n");
            finds_the_step(s);
        },
        "dele a,dele b,dele c",
        &[&garbled("DELE a"), &garbled("DELE b"), &garbled("DELE c")],
    );
    // What a fence has confirmed before is known; so is what comes after.
    let names: Vec<String> = (0..31).map(|at| format!("f{at}")).collect();
    let first: Vec<String> = names.iter().map(|name| format!("DELE {name}")).collect();
    let text =
        names.iter().map(|name| format!("dele {name}")).collect::<Vec<_>>().join(",") + ",dele x,dele y";
    let mut expected = vec!["ok".to_owned(); 31];
    expected.extend([garbled("DELE x"), garbled("DELE y")]);
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    plays(
        move |s| {
            asks_for_the_path(s);
            first.iter().for_each(|command| s.expect(command));
            expect_all(s, "PWD,DELE x,DELE y,PWD");
            (0..31).for_each(|_| s.send("250 ok\r\n"));
            s.send("257 \"/\"\r\n250 ok\r\n257 \"/\"\r\n");
            finds_the_step(s);
        },
        &text,
        &expected,
    );
}

/// The second command of a pair is not sent once the replies are in doubt.
#[test]
fn a_renaming_ends_where_the_order_is_lost() {
    let garbled = "it was sent, and the server's replies cannot be told apart (unknown)";
    plays(
        |s| {
            asks_for_the_path(s);
            expect_all(s, "DELE x,DELE y,RNFR a");
            // One of them was lost.
            s.send("250 ok\r\n350 and?\r\n");
            finds_the_step(s);
            answers(s, "DELE z", "250 ok\r\n");
        },
        "dele x,dele y,mv a b,dele z",
        &[&format!("DELE x: {garbled}"), &format!("DELE y: {garbled}"), &format!("RNFR a: {garbled}"), "ok"],
    );
}

#[test]
fn who_leaves_in_the_middle_leaves_what_was_sent_open() {
    let error = ends(
        |s| {
            asks_for_the_path(s);
            expect_all(s, "DELE a,DELE b,DELE c,PWD");
            s.send("250 ok\r\n421 goodbye\r\n");
            s.expect_eof();
        },
        "dele a,dele b,dele c",
        &["DELE a: unknown", "DELE b: unknown", "DELE c: unknown"],
    );
    assert_eq!(error.to_string(), "DELE b: 421 goodbye");
    let error = ends(
        |s| {
            asks_for_the_path(s);
            expect_all(s, "DELE a,DELE b,RNFR c");
            s.send("250 ok\r\n550 no\r\n");
            s.close();
        },
        "dele a,dele b,mv c d,dele e",
        &["DELE a: unknown", "DELE b: unknown", "RNFR c: unknown", "DELE e: not sent"],
    );
    assert!(matches!(&error, Error::Eof(text) if text.contains("RNFR c")), "{error}");
}

/// Each command has had a reply. Whether it was its own, only a fence would have told.
#[test]
fn a_call_that_ends_before_the_fence_leaves_no_session() {
    for last in ["350", "250", "213"] {
        let server = Scripted::start(move |s| {
            s.login();
            asks_for_the_path(s);
            expect_all(s, "DELE x,DELE y,RNFR a");
            s.send(format!("250 ok\r\n250 ok\r\n{last} the last\r\n"));
            s.expect_eof();
        });
        let mut client = logged_in(&server);
        let wake = Arc::clone(client.reactor().wake());
        client.log_mut().sink = Some(Box::new(move |_, text| {
            if text.ends_with(b"the last") {
                wake.cancel();
            }
        }));
        let (_, outcome) = run_all(&mut client, &jobs("dele x,dele y,mv a b"));
        assert!(matches!(outcome, Err(Error::Cancelled(_))), "{last}: {outcome:?}");
        assert_closed(&mut client, "cancelled");
    }
}

#[test]
fn who_says_nothing_more_is_not_waited_for() {
    for (shown, replies) in [
        ("a reply is missing at the end", "250 ok\r\n250 ok\r\n"),
        ("the fence was lost", "250 ok\r\n250 ok\r\n250 ok\r\n"),
    ] {
        let error = runs_out(
            move |s| {
                asks_for_the_path(s);
                expect_all(s, "DELE a,DELE b,DELE c,PWD");
                s.send(replies);
                s.expect_eof();
            },
            "dele a,dele b,dele c",
            &["DELE a: unknown", "DELE b: unknown", "DELE c: unknown"],
        );
        assert!(matches!(error, Error::Timeout { .. }), "{shown}: {error}");
    }
}

#[test]
fn who_floods_is_ended() {
    let error = ends(
        |s| {
            asks_for_the_path(s);
            expect_all(s, "DELE a,DELE b,DELE c,PWD");
            s.flood_until_closed("250 ok\r\n");
        },
        "dele a,dele b,dele c",
        &["DELE a: unknown", "DELE b: unknown", "DELE c: unknown"],
    );
    assert!(matches!(error, Error::Limit(_)), "{error}");
}
