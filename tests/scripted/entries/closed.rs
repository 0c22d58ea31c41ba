//! Directories that the server may not read. Some servers list them with success.

use super::*;

/// vsftpd shows the directory itself. Nothing but CWD tells that from a directory of the same name in it.
#[test]
fn a_directory_that_shows_only_one_of_its_name_is_listed_from_inside() {
    for (is_readable, flag) in [(true, ""), (false, ""), (true, " -a")] {
        play(
            move |s| {
                features(s, NO_FEAT);
                text_type(s);
                if !flag.is_empty() {
                    sends(s, "LIST -a", "-rw-r--r-- 1 u g 7 Jan 15  2020 .x\r\n");
                }
                sends(s, &format!("LIST{flag} a/d"), "d--------- 2 u g 3 Jan 15  2020 d\r\n");
                answers(s, "PWD", "257 \"/home\"\r\n");
                if is_readable {
                    answers(s, "CWD a/d", "250 ok\r\n");
                    sends(s, &format!("LIST{flag}"), "drwxr-xr-x 2 u g 9 Jan 15  2020 d\r\n");
                    answers(s, "CWD /home", "250 ok\r\n");
                } else {
                    answers(s, "CWD a/d", "550 Failed to change directory.\r\n");
                }
            },
            move |client| {
                let hidden = !flag.is_empty();
                if hidden {
                    list(client, &ListRequest { hidden, ..at("") }).unwrap();
                }
                let outcome = list(client, &ListRequest { hidden, ..at("a/d") });
                if is_readable {
                    assert_eq!(outcome.unwrap(), ["d dir 9"]);
                } else {
                    is_reply(outcome, 550);
                }
            },
        );
    }
}

#[test]
fn a_success_that_says_that_the_directory_was_not_read_is_none() {
    for streamed in [false, true] {
        play(
            |s| {
                features(s, NO_FEAT);
                text_type(s);
                let listener = s.passive();
                s.expect("LIST d");
                s.send("150 go\r\n");
                drop(listener.accept());
                s.send("226 Transfer done (but failed to open directory).\r\n");
                answers(s, "PWD", "257 \"/home\"\r\n");
                answers(s, "CWD d", "250 ok\r\n");
                answers(s, "CWD /home", "250 ok\r\n");
                answers(s, "MDTM d", "550 no\r\n");
            },
            move |client| is_reply(list(client, &ListRequest { streamed, ..at("d") }), 226),
        );
    }
}

/// Pure-FTPd lists as many entries as its limit allows, and says so only in its success.
#[test]
fn a_success_that_says_that_the_listing_was_cut_off_is_none() {
    for streamed in [false, true] {
        play(
            |s| {
                features(s, FEAT_MLST);
                let listener = s.passive();
                s.expect("MLSD d");
                s.send("150 go\r\n");
                listener.accept().send("type=file;size=1; a\r\ntype=file;size=1; b\r\n");
                s.send("226 Output truncated to 2 matches\r\n");
                answers(s, "MLST d", "250-Listing\r\n type=dir; d\r\n250 End\r\n");
            },
            move |client| is_reply(list(client, &ListRequest { streamed, ..at("d") }), 226),
        );
    }
}

/// ProFTPD and Pure-FTPd list nothing of what they may not read, and say so only to MLSD.
#[test]
fn a_directory_that_mlsd_refuses_is_not_empty_by_list() {
    for reply in ["550 Permission denied\r\n", "500 what?\r\n", ""] {
        play(
            move |s| {
                features(s, FEAT_MLST);
                text_type(s);
                sends(s, "LIST d", "");
                answers(s, "MLST d", "250-Listing\r\n type=dir; d\r\n250 End\r\n");
                if reply.is_empty() {
                    sends(s, "MLSD d", "type=file; .hidden\r\n");
                } else {
                    refuses_listing(s, "MLSD d", reply);
                }
            },
            move |client| {
                let outcome = list(client, &ListRequest { by_list: true, ..at("d") });
                if reply.contains("denied") {
                    is_reply(outcome, 550);
                } else {
                    assert_eq!(outcome.unwrap(), [""; 0]);
                }
            },
        );
    }
}

/// ProFTPD lists nothing of a directory whose names it may read, but not look at.
#[test]
fn an_empty_directory_whose_permissions_say_no_is_tried() {
    for (perm, reply) in [("fl", "550 Permission denied\r\n"), ("", "250 ok\r\n"), ("flcdmpe", "")] {
        play(
            move |s| {
                features(s, FEAT_MLST);
                sends(s, "MLSD d", "");
                answers(s, "MLST d", &format!("250-Listing\r\n type=dir;perm={perm}; d\r\n250 End\r\n"));
                if !reply.is_empty() {
                    answers(s, "PWD", "257 \"/home\"\r\n");
                    answers(s, "CWD d", reply);
                }
                if reply.starts_with("250") {
                    answers(s, "CWD /home", "250 ok\r\n");
                }
            },
            move |client| {
                let outcome = list(client, &at("d"));
                if reply.starts_with("550") {
                    is_reply(outcome, 550);
                } else {
                    assert_eq!(outcome.unwrap(), [""; 0]);
                }
            },
        );
    }
}

/// Where nothing but the directory above tells of it, the server has not let the session in.
#[test]
fn a_directory_that_may_not_be_entered_is_not_empty() {
    play(
        |s| {
            features(s, NO_FEAT);
            text_type(s);
            sends(s, "LIST a/d", "");
            answers(s, "PWD", "257 \"/home\"\r\n");
            answers(s, "CWD a/d", "550 Failed to change directory.\r\n");
            answers(s, "TYPE I", "200 ok\r\n");
            answers(s, "SIZE a/d", "550 no\r\n");
            text_type(s);
            sends(s, "LIST a", "drwxr-xr-x 2 u g 12 Jan 15  2020 d\r\n");
        },
        |client| is_reply(list(client, &at("a/d")), 550),
    );
}

/// vsftpd says so of what is not there, too.
#[test]
fn a_directory_that_was_not_read_may_not_be_there() {
    let unread = |s: &mut Session, command: &str| {
        let listener = s.passive();
        s.expect(command);
        s.send("150 go\r\n");
        drop(listener.accept());
        s.send("226 Transfer done (but failed to open directory).\r\n");
    };
    play(
        move |s| {
            features(s, NO_FEAT);
            text_type(s);
            unread(s, "LIST a/d");
            answers(s, "PWD", "257 \"/home\"\r\n");
            answers(s, "CWD a/d", "550 no\r\n");
            answers(s, "TYPE I", "200 ok\r\n");
            answers(s, "SIZE a/d", "550 no\r\n");
            text_type(s);
            unread(s, "LIST a");
            answers(s, "MDTM a/d", "550 no\r\n");
            answers(s, "CWD a", "550 no\r\n");
        },
        |client| is_not_found(list(client, &at("a/d"))),
    );
}
