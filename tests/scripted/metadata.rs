//! Times and modes: which command is sent to which server, what is believed, and what is remembered.

use super::*;

const SECOND: i64 = 1_000_000_000;
/// 2026-01-15 12:30:00.
const WHEN: i64 = 1_768_480_200 * SECOND;

fn feat(s: &mut Session, lines: &str) {
    answers(s, "FEAT", &format!("211-x\r\n{lines}211 x\r\n"));
}

fn modified(client: &mut Client, path: &str) -> Result<Option<i64>> {
    client.run(async |client| client.modified(path.as_bytes()).await)
}

fn set_modified(client: &mut Client, path: &str) -> Result<()> {
    client.run(async |client| client.set_modified(path.as_bytes(), WHEN).await)
}

fn chmod(client: &mut Client, path: &str, mode: u16) -> Result<()> {
    client.run(async |client| client.chmod(path.as_bytes(), mode).await)
}

fn is_unsupported<T: std::fmt::Debug>(outcome: Result<T>, text: &str) {
    let Err(Error::Unsupported(said)) = &outcome else { panic!("{outcome:?}") };
    assert!(said.contains(text), "{said}");
}

#[test]
fn mdtm_tells_a_time() {
    play(
        |s| {
            answers(s, "MDTM a b", "213 20260115123000\r\n");
            answers(s, "MDTM a b", "213   20260115123000.5 UTC\r\n");
            answers(s, "MDTM ./20260115 x", "213 191260115123000\r\n");
            answers(s, "MDTM ./-x", "213-x\r\n 20260115123000\r\n213 x\r\n");
        },
        |client| {
            assert_eq!(modified(client, "a b").unwrap(), Some(WHEN));
            assert_eq!(modified(client, "a b").unwrap(), Some(WHEN + SECOND / 2));
            assert_eq!(modified(client, "20260115 x").unwrap(), Some(WHEN));
            assert_eq!(modified(client, "-x").unwrap(), Some(WHEN));
            for path in ["", "a\r\nDELE b", "a\0b"] {
                assert!(matches!(modified(client, path), Err(Error::InvalidArgument(_))), "{path:?}");
            }
        },
    );
}

#[test]
fn a_time_that_mdtm_does_not_tell_is_asked_of_mlst_or_unknown() {
    for reply in ["213 what?\r\n", "213 00010101000000\r\n", "200 ok\r\n", "213 2026011512300\r\n"] {
        play(
            move |s| {
                answers(s, "MDTM a", reply);
                feat(s, " MDTM\r\n");
                answers(s, "MDTM a", reply);
            },
            |client| {
                assert_eq!(modified(client, "a").unwrap(), None);
                assert_eq!(modified(client, "a").unwrap(), None);
            },
        );
    }
    play(
        |s| {
            answers(s, "MDTM d", "550 not a plain file\r\n");
            feat(s, " MLST modify*;type*;\r\n");
            answers(s, "MLST d", "250-x\r\n modify=20260115123000;type=dir; d\r\n250 x\r\n");
            answers(s, "MDTM none", "550 no\r\n");
            answers(s, "MLST none", "550 no such file\r\n");
            answers(s, "MDTM e", "500 what?\r\n");
            answers(s, "MLST e", "250-x\r\n type=dir; e\r\n250 x\r\n");
            answers(s, "MLST e", "250-x\r\n modify=20260115123000;type=dir; e\r\n250 x\r\n");
        },
        |client| {
            assert_eq!(modified(client, "d").unwrap(), Some(WHEN));
            assert!(matches!(modified(client, "none"), Err(Error::NotFound(_))));
            assert_eq!(modified(client, "e").unwrap(), None);
            assert_eq!(modified(client, "e").unwrap(), Some(WHEN), "MDTM is not tried again");
        },
    );
}

#[test]
fn a_server_without_both_is_told_so_and_what_was_learned_ends_with_the_login() {
    play(
        |s| {
            answers(s, "MDTM a", "550 not a plain file\r\n");
            answers(s, "FEAT", "500 what?\r\n");
            answers(s, "MDTM a", "502 what?\r\n");
            answers(s, "USER user", "331 password\r\n");
            answers(s, "PASS secret", "230 in\r\n");
            answers(s, "MDTM a", "213 20260115123000\r\n");
        },
        |client| {
            assert!(matches!(modified(client, "a"), Err(Error::Reply { .. })));
            is_unsupported(modified(client, "a"), "tells the time");
            is_unsupported(modified(client, "a"), "tells the time");
            log_in(client).unwrap();
            assert_eq!(modified(client, "a").unwrap(), Some(WHEN));
        },
    );
}

#[test]
fn a_time_is_set_by_what_feat_names_and_asked_for_once() {
    for (lines, command) in [
        (" MFMT\r\n", "MFMT 20260115123000 a b"),
        (" MFF modify;UNIX.mode;\r\n", "MFF modify=20260115123000; a b"),
        (" SITE UTIME\r\n", "SITE UTIME a b 20260115123000 20260115123000 20260115123000 UTC"),
        (" MDTM YYYYMMDDHHMMSS[+-TZ];filename\r\n", "MDTM 20260115123000 a b"),
    ] {
        play(
            move |s| {
                feat(s, lines);
                answers(s, command, "213 ok\r\n");
                answers(s, "MDTM a b", "213 20260115123000\r\n");
                answers(s, command, "213 ok\r\n");
                answers(s, command, "550 no such file\r\n");
            },
            move |client| {
                set_modified(client, "a b").unwrap();
                assert_eq!(client.last_reply().unwrap().text(), b"213 ok", "{command}");
                set_modified(client, "a b").unwrap();
                assert!(matches!(set_modified(client, "a b"), Err(Error::Reply { .. })));
            },
        );
    }
}

#[test]
fn without_a_name_each_way_is_tried_once() {
    play(
        |s| {
            answers(s, "FEAT", "500 what?\r\n");
            answers(s, "MDTM 20260115123000 a", "550 no such file\r\n");
            answers(s, "MFMT 20260115123000 a", "500 what?\r\n");
            let utime = "SITE UTIME a 20260115123000 20260115123000 20260115123000 UTC";
            answers(s, utime, "501 what?\r\n");
            answers(s, "SITE UTIME 20260115123000 a", "200 done\r\n");
            answers(s, "MDTM a", "213 20260115123001\r\n");
            answers(s, "SITE UTIME 20260115123000 a", "200 done\r\n");
            answers(s, "USER user", "331 password\r\n");
            answers(s, "PASS secret", "230 in\r\n");
            answers(s, "FEAT", "500 what?\r\n");
            answers(s, "MDTM 20260115123000 a", "213 ok\r\n");
            answers(s, "MDTM a", "550 no\r\n");
        },
        |client| {
            set_modified(client, "a").unwrap();
            set_modified(client, "a").unwrap();
            log_in(client).unwrap();
            // What cannot be asked for is believed.
            set_modified(client, "a").unwrap_or_else(|error| panic!("{error}"));
        },
    );
}

#[test]
fn a_server_that_takes_the_time_for_a_part_of_the_name_sets_none() {
    const TIMED: &str = "MDTM 20260115123000 a";
    let others = |s: &mut Session, utime| {
        answers(s, "MFMT 20260115123000 a", "500 what?\r\n");
        answers(s, "SITE UTIME a 20260115123000 20260115123000 20260115123000 UTC", utime);
        answers(s, "SITE UTIME 20260115123000 a", utime);
    };
    for (refusal, time, utime, is_unsupported_there) in [
        // It says the name again that it has looked for.
        ("550 20260115123000 a: No such file or directory\r\n", None, "500 what?\r\n", true),
        ("550 /d/20260115123000 a: not a plain file.\r\n", None, "504 what?\r\n", true),
        ("550 20260115123000 a: No such file\r\n", None, "501 syntax\r\n", true),
        // It misses a file that is there.
        ("550 no such file\r\n", Some("213 20260115140000\r\n"), "502 what?\r\n", true),
        // The file may well be missing.
        ("550 no such file\r\n", Some("550 no such file\r\n"), "500 what?\r\n", false),
        ("550 MDTM 20260115123000 a: Operation not permitted\r\n", None, "500 what?\r\n", false),
        ("550 Could not set file modification time.\r\n", None, "500 what?\r\n", false),
        // This one knows how, and is not let.
        ("550 20260115123000 a: No such file\r\n", None, "550 permission denied\r\n", false),
    ] {
        play(
            move |s| {
                feat(s, "");
                answers(s, TIMED, refusal);
                others(s, utime);
                if let Some(time) = time {
                    answers(s, "MDTM a", time);
                }
            },
            move |client| {
                let outcome = set_modified(client, "a");
                if is_unsupported_there {
                    is_unsupported(outcome, refusal.trim_end());
                } else {
                    assert!(matches!(outcome, Err(Error::Reply { .. })), "{refusal}: {outcome:?}");
                }
            },
        );
    }
}

#[test]
fn a_server_that_confirms_and_does_nothing_is_found_out() {
    play(
        |s| {
            feat(s, " MFMT\r\n");
            answers(s, "MFMT 20260115123000 a", "213 ok\r\n");
            answers(s, "MDTM a", "213 20260115133000\r\n");
            // It takes this for a question.
            answers(s, "MDTM 20260115123000 a", "213 20260115133000\r\n");
            answers(s, "MDTM a", "213 20260115133000\r\n");
            answers(s, "SITE UTIME a 20260115123000 20260115123000 20260115123000 UTC", "500 what?\r\n");
            answers(s, "SITE UTIME 20260115123000 a", "500 what?\r\n");
        },
        |client| {
            is_unsupported(set_modified(client, "a"), "MFMT 20260115123000 a: the server has confirmed it");
            is_unsupported(set_modified(client, "a"), "no command that sets the time");
        },
    );
}

#[test]
fn a_server_that_knows_no_way_is_told_so() {
    play(
        |s| {
            feat(s, "");
            for command in [
                "MDTM 20260115123000 a",
                "MFMT 20260115123000 a",
                "SITE UTIME a 20260115123000 20260115123000 20260115123000 UTC",
                "SITE UTIME 20260115123000 a",
            ] {
                answers(s, command, "502 what?\r\n");
            }
        },
        |client| {
            is_unsupported(set_modified(client, "a"), "MDTM 20260115123000 a: 502 what?");
            is_unsupported(set_modified(client, "a"), "no command");
            assert!(matches!(set_modified(client, "a\nb"), Err(Error::InvalidArgument(_))));
            assert!(matches!(set_modified(client, ""), Err(Error::InvalidArgument(_))));
        },
    );
}

#[test]
fn a_mode_is_set_by_mff_or_by_chmod() {
    play(
        |s| {
            feat(s, " MFF modify;UNIX.mode;\r\n MLST type*;UNIX.mode*;\r\n");
            answers(s, "MFF UNIX.mode=0640; a b", "213 ok\r\n");
            answers(s, "MLST a b", "250-x\r\n type=file;UNIX.mode=0640; a b\r\n250 x\r\n");
            answers(s, "MFF UNIX.mode=0600; ./-x", "213 ok\r\n");
            answers(s, "MFF UNIX.mode=0600; none", "550 no\r\n");
        },
        |client| {
            chmod(client, "a b", 0o640).unwrap();
            assert_eq!(client.last_reply().unwrap().text(), b"213 ok");
            chmod(client, "-x", 0o600).unwrap();
            assert!(matches!(chmod(client, "none", 0o600), Err(Error::Reply { .. })));
            assert!(matches!(chmod(client, "a", 0o10000), Err(Error::InvalidArgument(_))));
            assert!(matches!(chmod(client, "", 0o600), Err(Error::InvalidArgument(_))));
            assert!(matches!(chmod(client, "a\r\nb", 0o600), Err(Error::InvalidArgument(_))));
        },
    );
    play(
        |s| {
            feat(s, " MFF UNIX.mode;\r\n");
            answers(s, "MFF UNIX.mode=0644; a", "502 what?\r\n");
            answers(s, "SITE CHMOD 644 a", "200 ok\r\n");
            answers(s, "SITE CHMOD 4755 a", "200 ok\r\n");
        },
        |client| {
            chmod(client, "a", 0o644).unwrap();
            chmod(client, "a", 0o4755).unwrap();
        },
    );
}

#[test]
fn a_mode_that_is_confirmed_and_not_set_is_found_out() {
    play(
        |s| {
            feat(s, " MLST type*;UNIX.mode*;\r\n");
            answers(s, "SITE CHMOD 600 a", "550 no such file\r\n");
            answers(s, "SITE CHMOD 600 link", "200 ok\r\n");
            // That of the link itself.
            answers(s, "MLST link", "250-x\r\n type=OS.unix=slink:;UNIX.mode=0777; link\r\n250 x\r\n");
            answers(s, "USER user", "331 password\r\n");
            answers(s, "PASS secret", "230 in\r\n");
            feat(s, " MLST type*;UNIX.mode*;\r\n");
            answers(s, "SITE CHMOD 4600 a", "200 ok\r\n");
            answers(s, "MLST a", "250-x\r\n type=file;UNIX.mode=0644; a\r\n250 x\r\n");
        },
        |client| {
            assert!(matches!(chmod(client, "a", 0o600), Err(Error::Reply { .. })));
            chmod(client, "link", 0o600).unwrap();
            log_in(client).unwrap();
            is_unsupported(chmod(client, "a", 0o4600), "SITE CHMOD 4600 a: the server has confirmed it");
            is_unsupported(chmod(client, "a", 0o4600), "no command that sets the mode");
        },
    );
}
