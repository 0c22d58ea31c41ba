//! Which facts MLSD and MLST are asked for, and who chose them.

use super::*;

#[test]
fn facts_that_the_server_does_not_tell_by_itself_are_asked_for_once() {
    play(
        |s| {
            features(s, "211-x\r\n MLST type*;size*;unix.mode;lang;\r\n211 x\r\n");
            answers(s, "OPTS MLST type;size;unix.mode;", "200 ok\r\n");
            sends(s, "MLSD", "type=file; a\r\n");
            sends(s, "MLSD", "type=file; a\r\n");
            // The user has chosen others.
            answers(s, "OPTS MLST size;", "200 ok\r\n");
            text_type(s);
            sends(s, "MLSD", "size=1; a\r\n");
            answers(s, "OPTS MLST type;size;unix.mode;", "501 no\r\n");
            sends(s, "MLSD", "type=file; a\r\n");
        },
        |client| {
            list(client, &at("")).unwrap();
            list(client, &at("")).unwrap();
            client.run(async |client| client.mlsd(None, b"size;", &mut |_| Ok(())).await).unwrap();
            list(client, &at("")).unwrap();
        },
    );
}

/// Lists by facts in a session in which the user does so as well: each has the facts of its own choice.
#[test]
fn the_library_and_the_user_each_have_the_facts_that_they_chose() {
    const FEAT: &str = "211-x\r\n MLST type*;size*;unix.mode;lang;\r\n211 x\r\n";
    const OWN: &str = "OPTS MLST size;";
    const ALL: &str = "OPTS MLST type;size;unix.mode;";
    const FIRST: &str = "OPTS MLST type;size;";
    let mlsd = |client: &mut Client, facts: &str| {
        client.run(async |client| client.mlsd(None, facts.as_bytes(), &mut |_| Ok(())).await).unwrap();
    };
    let lists = |client: &mut Client| assert_eq!(list(client, &at("")).unwrap(), ["a file"]);
    let own_mlsd = |s: &mut Session, is_first: bool| {
        if is_first {
            text_type(s);
        }
        sends(s, "MLSD", "size=1; a\r\n");
    };
    // The user first: his choice comes back before what he asks for, and not before anything else.
    play(
        move |s| {
            answers(s, OWN, "200 ok\r\n");
            own_mlsd(s, true);
            features(s, FEAT);
            answers(s, ALL, "200 ok\r\n");
            sends(s, "MLSD", "type=file; a\r\n");
            answers(s, "NOOP", "200 ok\r\n");
            answers(s, OWN, "200 ok\r\n");
            own_mlsd(s, false);
            own_mlsd(s, false);
            answers(s, "MLST a", "250-x\r\n size=1; a\r\n250 x\r\n");
            answers(s, ALL, "200 ok\r\n");
            sends(s, "MLSD", "type=file; a\r\n");
        },
        |client| {
            mlsd(client, "size;");
            lists(client);
            send(client, "NOOP").unwrap();
            mlsd(client, "");
            mlsd(client, "");
            send(client, "MLST a").unwrap();
            lists(client);
        },
    );
    // The library first: what the server tells by itself comes back, by whichever call.
    type Call = fn(&mut Client);
    let calls: [(&str, Call); 4] = [
        ("sendcmd", |client| drop(send(client, "MLST a").unwrap())),
        ("voidcmd", |client| {
            drop(client.run(async |client| client.voidcmd(&command("mlst a")).await).unwrap());
        }),
        ("putcmd", |client| {
            put(client, "MLST a").unwrap();
            getresp(client).unwrap();
        }),
        ("putcmd twice", |client| {
            put(client, "NOOP").unwrap();
            put(client, "MLST a").unwrap();
            getresp(client).unwrap();
            getresp(client).unwrap();
        }),
    ];
    for (shown, call) in calls {
        play(
            move |s| {
                features(s, FEAT);
                answers(s, ALL, "200 ok\r\n");
                sends(s, "MLSD", "type=file; a\r\n");
                if shown == "putcmd twice" {
                    // There is no room for another command between two whose replies are the user's.
                    answers(s, "NOOP", "200 ok\r\n");
                } else {
                    answers(s, FIRST, "200 ok\r\n");
                }
                s.expect(if shown == "voidcmd" { "mlst a" } else { "MLST a" });
                s.send("250-x\r\n type=file;size=1; a\r\n250 x\r\n");
            },
            |client| {
                lists(client);
                call(client);
            },
        );
    }
    // Transfers of the user's own words as well; and a server that lets nobody choose is asked once.
    play(
        move |s| {
            features(s, FEAT);
            answers(s, ALL, "200 ok\r\n");
            sends(s, "MLSD", "type=file; a\r\n");
            answers(s, FIRST, "501 not now\r\n");
            own_mlsd(s, true);
            sends(s, "MLSD", "type=file; a\r\n");
        },
        |client| {
            lists(client);
            client.run(async |client| client.retrlines(&command("MLSD"), &mut |_| Ok(())).await).unwrap();
            lists(client);
        },
    );
}

#[test]
fn the_users_choice_of_facts_comes_back_with_the_session_and_the_librarys_does_not() {
    let feat = "211-x\r\n MLST type*;size*;unix.mode;\r\n211 x";
    for way in 0..3 {
        let begins = |own: &'static [(&str, &str)]| {
            script(move |s| {
                s.login();
                reconnect::plays(s, own);
            })
        };
        let server = Scripted::sessions(vec![
            begins(match way {
                0 => &[],
                1 => &[("opts mlst size;", "200 ok"), ("OPTS MLST type;", "501 no")],
                _ => &[("OPTS MLST size;", "200 ok")],
            }),
            script(move |s| {
                s.login();
                if way > 0 {
                    s.expect(if way == 1 { "opts mlst size;" } else { "OPTS MLST size;" });
                    s.send("200 ok\r\n");
                }
                features(s, &format!("{feat}\r\n"));
                answers(s, "OPTS MLST type;size;unix.mode;", "200 ok\r\n");
                answers(s, "MLST a", "250-x\r\n type=file; a\r\n250 x\r\n");
            }),
            script(move |s| {
                s.login();
                if way > 0 {
                    s.expect(if way == 1 { "opts mlst size;" } else { "OPTS MLST size;" });
                    s.send("200 ok\r\n");
                }
                expect_in_step(s);
            }),
        ]);
        let mut client = logged_in(&server);
        match way {
            0 => {}
            1 => {
                send(&mut client, "opts mlst size;").unwrap();
                send(&mut client, "OPTS MLST type;").unwrap_err();
            }
            _ => {
                put(&mut client, "OPTS MLST size;").unwrap();
                getresp(&mut client).unwrap();
            }
        }
        reconnect::reconnect(&mut client).unwrap();
        assert_eq!(stat(&mut client, "a").unwrap(), "a file");
        reconnect::reconnect(&mut client).unwrap();
        assert_in_step(&mut client);
    }
}
