//! One entry, by a path.

use super::*;

#[test]
fn stat_asks_mlst_and_else_step_by_step() {
    play(
        |s| {
            features(s, FEAT_MLST);
            answers(s, "MLST d/f", "250-x\r\n type=file;size=7; /home/d/f\r\n250 x\r\n");
            answers(s, "MLST", "250-x\r\n type=cdir;size=7; /home\r\n250 x\r\n");
            answers(s, "MLST g", "550 no\r\n");
            answers(s, "MLST f", "250-x\r\n type=file;size=7; f\r\n250 x\r\n");
            answers(s, "MLST g", "550 Permission denied\r\n");
        },
        |client| {
            assert_eq!(stat(client, "d/f").unwrap(), "f file 7");
            assert_eq!(stat(client, "").unwrap(), ". dir 7");
            is_not_found(stat(client, "g"));
            assert!(exists(client, "f").unwrap());
            assert!(matches!(exists(client, "g"), Err(Error::Reply { .. })));
        },
    );
    play(
        |s| {
            features(s, FEAT_MDTM);
            answers(s, "PWD", "257 \"/home\"\r\n");
            answers(s, "CWD d", "250 ok\r\n");
            answers(s, "CWD /home", "250 ok\r\n");
            answers(s, "MDTM d", "550 no\r\n");
            answers(s, "CWD f", "550 no\r\n");
            answers(s, "TYPE I", "200 ok\r\n");
            answers(s, "SIZE f", "213 7\r\n");
            answers(s, "MDTM f", "213 20200115120000\r\n");
            answers(s, "CWD p", "550 no\r\n");
            answers(s, "SIZE p", "550 no\r\n");
            text_type(s);
            sends(s, "LIST", "prw-r--r-- 1 u g 0 Jan 15  2020 p\r\n");
            answers(s, "PWD", "257 \"/home\"\r\n");
        },
        |client| {
            assert_eq!(stat(client, "d").unwrap(), "d dir");
            assert_eq!(stat(client, "f").unwrap(), "f file 7");
            assert_eq!(stat(client, "p").unwrap(), "p other 0");
            assert_eq!(stat(client, "").unwrap(), ". dir");
        },
    );
}

#[test]
fn mlst_that_is_refused_for_itself_is_done_without() {
    play(
        |s| {
            features(s, FEAT_MLST);
            // "501" may be about the path. "502" is not, so there is no third time.
            for refusal in ["501 what?\r\n", "502 what?\r\n", ""] {
                if !refusal.is_empty() {
                    answers(s, "MLST f", refusal);
                }
                if refusal.starts_with("501") {
                    answers(s, "PWD", "257 \"/home\"\r\n");
                }
                answers(s, "CWD f", "550 no\r\n");
                if refusal.starts_with("501") {
                    answers(s, "TYPE I", "200 ok\r\n");
                }
                answers(s, "SIZE f", "213 7\r\n");
                answers(s, "MDTM f", "213 20200115120000\r\n");
            }
        },
        |client| {
            for _ in 0..3 {
                assert_eq!(stat(client, "f").unwrap(), "f file 7");
            }
        },
    );
}

#[test]
fn what_may_not_be_entered_is_there_all_the_same() {
    play(
        |s| {
            features(s, NO_FEAT);
            answers(s, "PWD", "257 \"/home\"\r\n");
            for listing in ["drwx------ 2 u g 9 Jan 15  2020 d\r\n", "drwx------ 2 u g 9 Jan 15  2020 e\r\n"]
            {
                answers(s, "CWD d", "550 Permission denied\r\n");
                answers(s, "TYPE I", "200 ok\r\n");
                answers(s, "SIZE d", "550 no\r\n");
                text_type(s);
                sends(s, "LIST", listing);
            }
        },
        |client| {
            assert!(exists(client, "d").unwrap());
            assert!(matches!(exists(client, "d"), Err(Error::Reply { .. })));
        },
    );
}

#[test]
fn what_no_listing_shows_is_not_taken_for_missing() {
    for (refusal, mdtm) in [
        ("550 Command disabled.\r\n", "213 20200115120000\r\n"),
        ("550 Command disabled.\r\n", "550 no\r\n"),
        ("502 not implemented\r\n", "550 no\r\n"),
        ("500 what?\r\n", "502 not implemented\r\n"),
    ] {
        play(
            move |s| {
                features(s, NO_FEAT);
                answers(s, "PWD", "257 \"/home\"\r\n");
                answers(s, "CWD f", "550 no\r\n");
                answers(s, "TYPE I", "200 ok\r\n");
                answers(s, "SIZE f", "502 not implemented\r\n");
                text_type(s);
                refuses_listing(s, "LIST", refusal);
                answers(s, "MDTM f", mdtm);
            },
            move |client| {
                let outcome = exists(client, "f");
                match mdtm.starts_with("213") {
                    true => assert!(outcome.unwrap()),
                    false => assert!(matches!(outcome, Err(Error::Reply { .. })), "{outcome:?}"),
                }
            },
        );
    }
}

#[test]
fn a_refused_data_connection_does_not_say_that_something_is_missing() {
    play(
        |s| {
            features(s, NO_FEAT);
            answers(s, "PWD", "257 \"/home\"\r\n");
            answers(s, "CWD f", "550 no\r\n");
            answers(s, "TYPE I", "200 ok\r\n");
            answers(s, "SIZE f", "500 what?\r\n");
            text_type(s);
            answers(s, "PASV", "550 no\r\n");
            answers(s, "MDTM f", "500 what?\r\n");
        },
        |client| {
            let outcome = exists(client, "f");
            assert!(matches!(outcome, Err(Error::Reply { .. })), "{outcome:?}");
        },
    );
}

#[test]
fn a_listing_of_nothing_and_a_missing_directory_say_that_something_is_missing() {
    play(
        |s| {
            features(s, NO_FEAT);
            answers(s, "PWD", "257 \"/home\"\r\n");
            answers(s, "CWD f", "550 no\r\n");
            answers(s, "TYPE I", "200 ok\r\n");
            answers(s, "SIZE f", "502 not implemented\r\n");
            text_type(s);
            refuses_listing(s, "LIST", "550 No files found.\r\n");
            answers(s, "MDTM f", "550 no\r\n");

            answers(s, "CWD d/f", "550 no\r\n");
            answers(s, "TYPE I", "200 ok\r\n");
            answers(s, "SIZE d/f", "502 not implemented\r\n");
            text_type(s);
            refuses_listing(s, "LIST d", "550 no\r\n");
            answers(s, "MDTM d/f", "550 no\r\n");
            answers(s, "CWD d", "550 no\r\n");
        },
        |client| {
            assert!(!exists(client, "f").unwrap());
            assert!(!exists(client, "d/f").unwrap());
        },
    );
}

/// What is behind the cut is missing in the listing. So the server is asked for the path itself.
#[test]
fn a_cut_listing_proves_nothing_of_what_it_does_not_show() {
    const LINE: &str = "-rw-r--r-- 1 u g 7 Jan 15  2020 ";
    let answers_to_list: [(Result<String, &str>, Option<bool>); 10] = [
        (Ok(format!("{LINE}b\r\n")), Some(true)),
        (Ok(format!("{LINE}b")), Some(true)),
        (Ok(format!("{LINE}d/b\r\n")), Some(true)),
        (Ok(String::new()), Some(false)),
        (Err("550 b: No such file or directory\r\n"), Some(false)),
        (Err("450 No files found\r\n"), Some(false)),
        // The server lists something else, or gives no reason.
        (Ok(format!("{LINE}a\r\n")), None),
        (Ok(format!("{LINE}b\r\n{LINE}c\r\n")), None),
        (Err("550 no\r\n"), None),
        (Err("550 Not found, or permission denied\r\n"), None),
    ];
    for (answer, is_there) in answers_to_list {
        play(
            move |s| {
                features(s, NO_FEAT);
                answers(s, "PWD", "257 \"/home\"\r\n");
                answers(s, "CWD d/b", "550 no\r\n");
                answers(s, "TYPE I", "200 ok\r\n");
                answers(s, "SIZE d/b", "550 no\r\n");
                text_type(s);
                sends(s, "LIST d", format!("{LINE}a"));
                match answer {
                    Ok(lines) => sends(s, "LIST d/b", lines),
                    Err(refusal) => refuses_listing(s, "LIST d/b", refusal),
                }
            },
            move |client| match (exists(client, "d/b"), is_there) {
                (Ok(found), Some(expected)) => assert_eq!(found, expected),
                (Err(Error::Unsupported(text)), None) => assert!(text.contains("may be cut"), "{text}"),
                wrong => panic!("{wrong:?}"),
            },
        );
    }
    play(
        |s| {
            features(s, NO_FEAT);
            answers(s, "PWD", "257 \"/home\"\r\n");
            answers(s, "CWD b c", "550 no\r\n");
            answers(s, "TYPE I", "200 ok\r\n");
            answers(s, "SIZE b c", "550 no\r\n");
            text_type(s);
            sends(s, "LIST", format!("{LINE}a"));
        },
        |client| assert!(matches!(exists(client, "b c"), Err(Error::Unsupported(_)))),
    );
}
