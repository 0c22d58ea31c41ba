//! What is not there, empty, refused, or no directory: found out, and not guessed.

use super::*;

#[test]
fn a_directory_that_is_not_there_is_found_out_by_mlst() {
    for refusal in ["550 no such thing\r\n", "501 no\r\n", ""] {
        play(
            move |s| {
                features(s, FEAT_MLST);
                if refusal.is_empty() {
                    sends(s, "MLSD d", "");
                } else {
                    refuses_listing(s, "MLSD d", refusal);
                }
                answers(s, "MLST d", "550 no\r\n");
            },
            |client| {
                let outcome = list(client, &at("d"));
                assert!(
                    outcome.as_ref().is_err_and(|error| error.to_string().contains("d: there is no such"))
                );
                is_not_found(outcome);
            },
        );
    }
}

#[test]
fn a_directory_that_is_not_there_is_found_out_without_mlst() {
    for refusal in ["550 no\r\n", "450 no files found\r\n", ""] {
        play(
            move |s| {
                features(s, NO_FEAT);
                text_type(s);
                if refusal.is_empty() {
                    sends(s, "LIST a/d", "");
                } else {
                    refuses_listing(s, "LIST a/d", refusal);
                }
                answers(s, "PWD", "257 \"/home\"\r\n");
                answers(s, "CWD a/d", "550 no\r\n");
                answers(s, "TYPE I", "200 ok\r\n");
                answers(s, "SIZE a/d", "550 no\r\n");
                text_type(s);
                sends(s, "LIST a", "-rw-r--r-- 1 u g 12 Jan 15  2020 e\r\n");
            },
            |client| is_not_found(list(client, &at("a/d"))),
        );
    }
}

#[test]
fn an_empty_directory_is_a_success_whatever_the_server_says() {
    for refusal in ["550 No files found.\r\n", "450 No such file or directory\r\n", "550 no members\r\n", ""]
    {
        play(
            move |s| {
                features(s, FEAT_MLST);
                if refusal.is_empty() {
                    sends(s, "MLSD d", "");
                } else {
                    refuses_listing(s, "MLSD d", refusal);
                }
                answers(s, "MLST d", "250-x\r\n type=dir; /d\r\n250 x\r\n");
            },
            |client| assert_eq!(list(client, &at("d")).unwrap(), [""; 0]),
        );
        play(
            move |s| {
                features(s, NO_FEAT);
                text_type(s);
                if refusal.is_empty() {
                    sends(s, "LIST d", "");
                } else {
                    refuses_listing(s, "LIST d", refusal);
                }
                answers(s, "PWD", "257 \"/home\"\r\n");
                answers(s, "CWD d", "250 ok\r\n");
                answers(s, "CWD /home", "250 ok\r\n");
                answers(s, "MDTM d", "550 no\r\n");
            },
            |client| assert_eq!(list(client, &at("d")).unwrap(), [""; 0]),
        );
    }
}

#[test]
fn a_listing_that_shows_the_directory_itself_needs_no_proof() {
    play(
        |s| {
            features(s, FEAT_MLST);
            sends(s, "MLSD d", "Type=cdir;modify=20200115120000; /d\r\ntype=pdir; /\r\n");
        },
        |client| assert_eq!(list(client, &at("d")).unwrap(), [""; 0]),
    );
    play(
        |s| {
            features(s, NO_FEAT);
            text_type(s);
            sends(
                s,
                "LIST d",
                "total 0\r\ndrwxr-xr-x 2 u g 12 Jan 15  2020 .\r\ndrwxr-xr-x 2 u g 12 Jan 15  2020 ..\r\n",
            );
            // The working directory is there in any case.
            sends(s, "LIST", "");
        },
        |client| {
            assert_eq!(list(client, &at("d")).unwrap(), [""; 0]);
            assert_eq!(list(client, &at("")).unwrap(), [""; 0]);
        },
    );
}

#[test]
fn a_directory_that_may_not_be_listed_is_a_refusal() {
    play(
        |s| {
            features(s, FEAT_MLST);
            refuses_listing(s, "MLSD d", "550 Permission denied\r\n");
            answers(s, "MLST d", "250-x\r\n type=dir; /d\r\n250 x\r\n");
            // What cannot be told apart stays what it is.
            refuses_listing(s, "MLSD e", "550 no\r\n");
            answers(s, "MLST e", "550 Permission denied\r\n");
        },
        |client| {
            for path in ["d", "e"] {
                let error = list(client, &at(path)).unwrap_err();
                assert!(
                    matches!(&error, Error::Reply { what, .. } if *what == format!("MLSD {path}")),
                    "{error:?}"
                );
                assert_eq!(
                    client.last_reply().map(|reply| reply.text()[..3].to_vec()),
                    Some(b"550".to_vec())
                );
            }
        },
    );
}

#[test]
fn a_refusal_that_is_not_about_the_path_is_not_looked_into() {
    play(
        |s| {
            features(s, FEAT_MLST);
            refuses_listing(s, "MLSD d", "530 log in first\r\n");
        },
        |client| {
            let error = list(client, &at("d")).unwrap_err();
            assert!(matches!(&error, Error::Reply { reply, .. } if reply.code() == Some(530)), "{error:?}");
        },
    );
}

#[test]
fn a_file_that_is_listed_is_one_entry_on_every_server() {
    play(
        |s| {
            features(s, FEAT_MLST);
            refuses_listing(s, "MLSD d/f", "550 not a directory\r\n");
            answers(s, "MLST d/f", "250-x\r\n type=file;size=7; /home/d/f\r\n250 x\r\n");
        },
        |client| assert_eq!(list(client, &at("d/f")).unwrap(), ["f file 7"]),
    );
    for line in ["f", "d/f"] {
        play(
            move |s| {
                features(s, NO_FEAT);
                text_type(s);
                sends(s, "LIST d/f", format!("-rw-r--r-- 1 u g 7 Jan 15  2020 {line}\r\n"));
                // A directory may have one file, of its own name.
                if line == "f" {
                    answers(s, "PWD", "257 \"/home\"\r\n");
                    answers(s, "CWD d/f", "550 not a directory\r\n");
                    answers(s, "TYPE I", "200 ok\r\n");
                    answers(s, "SIZE d/f", "213 7\r\n");
                    answers(s, "MDTM d/f", "213 20200115120000\r\n");
                }
            },
            |client| assert_eq!(list(client, &at("d/f")).unwrap(), ["f file 7"]),
        );
    }
    play(
        |s| {
            features(s, FEAT_MDTM);
            text_type(s);
            refuses_listing(s, "LIST f", "550 not a directory\r\n");
            answers(s, "PWD", "257 \"/home\"\r\n");
            answers(s, "CWD f", "550 no\r\n");
            answers(s, "TYPE I", "200 ok\r\n");
            answers(s, "SIZE f", "213 7\r\n");
            answers(s, "MDTM f", "213 20200115120000\r\n");
        },
        |client| assert_eq!(list(client, &at("f")).unwrap(), ["f file 7"]),
    );
}

#[test]
fn a_directory_with_a_file_of_its_own_name_is_a_directory_where_it_has_another_one() {
    play(
        |s| {
            features(s, NO_FEAT);
            text_type(s);
            let line = |size, name| format!("-rw-r--r-- 1 u g {size} Jan 15  2020 {name}\r\n");
            sends(s, "LIST d", line(3, "a") + &line(7, "d"));
        },
        |client| assert_eq!(list(client, &at("d")).unwrap(), ["a file 3", "d file 7"]),
    );
}

#[test]
fn a_link_that_is_listed_as_a_link_is_entered() {
    for (reply, expected) in [("250 ok\r\n", "x file 7"), ("550 not a directory\r\n", "l link 3")] {
        play(
            move |s| {
                features(s, NO_FEAT);
                text_type(s);
                sends(s, "LIST l", "lrwxrwxrwx 1 u g 3 Jan 15  2020 l\r\n");
                answers(s, "PWD", "257 \"/home\"\r\n");
                answers(s, "CWD l", reply);
                if reply.starts_with("250") {
                    sends(s, "LIST", "-rw-r--r-- 1 u g 7 Jan 15  2020 x\r\n");
                    answers(s, "CWD /home", "250 ok\r\n");
                }
            },
            move |client| assert_eq!(list(client, &at("l")).unwrap(), [expected]),
        );
    }
}

#[test]
fn a_link_to_a_directory_that_is_refused_or_empty_is_not_an_entry_of_it() {
    for (refusal, refused) in [("550 No files found\r\n", false), ("550 Permission denied\r\n", true)] {
        play(
            move |s| {
                features(s, NO_FEAT);
                text_type(s);
                sends(s, "LIST l", "lrwxrwxrwx 1 u g 3 Jan 15  2020 l\r\n");
                answers(s, "PWD", "257 \"/home\"\r\n");
                answers(s, "CWD l", "250 ok\r\n");
                refuses_listing(s, "LIST", refusal);
                answers(s, "CWD /home", "250 ok\r\n");
            },
            move |client| match (list(client, &at("l")), refused) {
                (outcome, true) => is_reply(outcome, 550),
                (outcome, false) => assert_eq!(outcome.unwrap(), [""; 0]),
            },
        );
    }
}

/// What leads back is no listing. Its words say nothing of what was listed.
#[test]
fn a_directory_is_not_empty_because_the_way_back_was_refused_once() {
    play(
        |s| {
            features(s, NO_FEAT);
            answers(s, "PWD", "257 \"/home\"\r\n");
            answers(s, "CWD a b", "250 ok\r\n");
            text_type(s);
            sends(s, "LIST", "-rw-r--r-- 1 u g 7 Jan 15  2020 x\r\n");
            answers(s, "CWD /home", "550 No such file or directory\r\n");
            answers(s, "CWD /home", "250 ok\r\n");
        },
        |client| is_reply(list(client, &at("a b")), 550),
    );
}

/// MLSD works as well as before.
#[test]
fn a_data_connection_that_is_refused_says_nothing_of_the_listing() {
    play(
        |s| {
            features(s, FEAT_MLST);
            answers(s, "PASV", "502 not here\r\n");
            sends(s, "MLSD d", "type=file;size=7; x\r\n");
        },
        |client| {
            is_reply(list(client, &at("d")), 502);
            assert_eq!(list(client, &at("d")).unwrap(), ["x file 7"]);
        },
    );
}

#[test]
fn a_directory_that_the_server_lists_and_does_not_find_is_not_empty() {
    play(
        |s| {
            features(s, NO_FEAT);
            text_type(s);
            refuses_listing(s, "LIST d\u{e9}", "550 no such file or directory\r\n");
            answers(s, "PWD", "257 \"/home\"\r\n");
            answers(s, "CWD d\u{e9}", "550 no\r\n");
            answers(s, "TYPE I", "200 ok\r\n");
            answers(s, "SIZE d\u{e9}", "550 no\r\n");
            text_type(s);
            sends(s, "LIST", "drwxr-xr-x 2 u g 4096 Jan 15  2020 d\u{e9}\r\n");
        },
        |client| {
            let outcome = list(client, &at("d\u{e9}"));
            assert!(matches!(outcome, Err(Error::Reply { .. })), "{outcome:?}");
        },
    );
}

#[test]
fn a_path_that_list_misreads_is_entered() {
    play(
        |s| {
            answers(s, "CWD /home", "250 ok\r\n");
            features(s, NO_FEAT);
            answers(s, "CWD ./-a b", "250 ok\r\n");
            text_type(s);
            sends(s, "LIST", "-rw-r--r-- 1 u g 7 Jan 15  2020 x\r\n");
            answers(s, "CWD /home", "250 ok\r\n");
            sends(s, "LIST ./-a", "-rw-r--r-- 1 u g 7 Jan 15  2020 y\r\n");
            sends(s, "LIST ./~a", "-rw-r--r-- 1 u g 7 Jan 15  2020 z\r\n");
            answers(s, "CWD [x] ", "550 no\r\n");
            answers(s, "CWD [x] ", "550 no\r\n");
            answers(s, "TYPE I", "200 ok\r\n");
            answers(s, "SIZE [x] ", "213 7\r\n");
            answers(s, "MDTM [x] ", "500 what?\r\n");
        },
        |client| {
            client.run(async |client| client.cwd(b"/home").await).unwrap();
            assert_eq!(list(client, &at("-a b")).unwrap(), ["x file 7"]);
            assert_eq!(list(client, &at("-a")).unwrap(), ["y file 7"]);
            assert_eq!(list(client, &at("~a")).unwrap(), ["z file 7"]);
            assert_eq!(list(client, &at("[x] ")).unwrap(), ["[x]  file 7"]);
        },
    );
}

#[test]
fn a_session_that_cannot_come_back_is_closed_and_found_again_where_the_user_was() {
    let lost = script(|s| {
        s.login();
        answers(s, "CWD /home", "250 ok\r\n");
        features(s, NO_FEAT);
        text_type(s);
        sends(s, "LIST d", "");
        answers(s, "CWD d", "250 ok\r\n");
        answers(s, "CWD /home", "550 gone\r\n");
        answers(s, "CWD /home", "550 gone\r\n");
        s.expect_eof();
    });
    let found = script(|s| {
        s.login();
        answers(s, "CWD /home", "250 ok\r\n");
        answers(s, "TYPE A", "200 ok\r\n");
        expect_in_step(s);
    });
    let server = Scripted::sessions(vec![lost, found]);
    let mut client = logged_in(&server);
    client.run(async |client| client.cwd(b"/home").await).unwrap();
    let error = list(&mut client, &at("d")).unwrap_err();
    assert_text(&client, &error, "going back: CWD /home: 550 gone");
    assert!(!client.is_connected());
    client.run(async |client| client.reconnect().await).unwrap();
    assert_in_step(&mut client);
}
