//! Directories as entries: which commands are sent, what comes of each way to answer them, and where the session stands then.

use ftpclient::client::ListRequest;
use ftpclient::protocol::entries::Entries;
use ftpclient::protocol::listing::{Kind, Zone};

use super::support::scripted::script;
use super::*;

const FEAT_MLST: &str = "211-Features:\r\n MLST type*;size*;modify*;\r\n MDTM\r\n211 End\r\n";
const FEAT_MDTM: &str = "211-Features:\r\n MDTM\r\n SIZE\r\n211 End\r\n";
const NO_FEAT: &str = "500 what?\r\n";

/// What a server can do. One without MLSD is asked what it runs on.
fn features(s: &mut Session, reply: &str) {
    s.expect("FEAT");
    s.send(reply);
    if !reply.contains("MLST") {
        runs_on_unix(s);
    }
}

fn runs_on_unix(s: &mut Session) {
    answers(s, "SYST", "215 UNIX Type: L8\r\n");
}

/// A listing with everything around it.
fn sends(s: &mut Session, command: &str, data: impl AsRef<[u8]>) {
    let listener = s.passive();
    s.expect(command);
    s.send("150 go\r\n");
    listener.accept().send(data);
    s.send("226 done\r\n");
}

fn refuses_listing(s: &mut Session, command: &str, reply: &str) {
    let _listener = s.passive();
    s.expect(command);
    s.send(reply);
}

fn text_type(s: &mut Session) {
    answers(s, "TYPE A", "200 ok\r\n");
}

fn at(path: &str) -> ListRequest {
    ListRequest { path: (!path.is_empty()).then(|| path.as_bytes().to_vec()), ..ListRequest::default() }
}

fn open(client: &mut Client, wanted: &ListRequest) -> Result<Entries> {
    client.run(async |client| client.list(wanted).await).map(|list| {
        assert!(list.rest.is_none());
        list.entries
    })
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Unknown => "?",
        Kind::File => "file",
        Kind::Directory => "dir",
        Kind::Link => "link",
        Kind::Other => "other",
    }
}

fn shown(mut entries: Entries) -> Vec<String> {
    let mut all = Vec::new();
    while let Some(entry) = entries.next_entry() {
        let size = entry.size.map_or(String::new(), |size| format!(" {size}"));
        let what = if entry.format.is_none() { "raw" } else { kind(entry.kind) };
        all.push(format!("{} {what}{size}", String::from_utf8_lossy(&entry.name)));
    }
    all
}

fn list(client: &mut Client, wanted: &ListRequest) -> Result<Vec<String>> {
    open(client, wanted).map(shown)
}

fn stat(client: &mut Client, path: &str) -> Result<String> {
    let path = (!path.is_empty()).then_some(path.as_bytes());
    client.run(async |client| client.stat(path).await).map(|entries| shown(entries).join(","))
}

fn exists(client: &mut Client, path: &str) -> Result<bool> {
    client.run(async |client| client.exists(path.as_bytes()).await)
}

fn is_not_found<T: std::fmt::Debug>(outcome: Result<T>) {
    assert!(matches!(outcome, Err(Error::NotFound(_))), "{outcome:?}");
}

#[test]
fn a_server_that_names_mlst_is_asked_for_facts_and_feat_once() {
    play(
        |s| {
            features(s, FEAT_MLST);
            sends(s, "MLSD", "type=cdir; /\r\ntype=file;size=12; a b\r\nType=dir; d\r\n");
            sends(s, "MLSD d", "type=file;size=0; x\r\n");
        },
        |client| {
            assert_eq!(list(client, &at("")).unwrap(), ["a b file 12", "d dir"]);
            assert_eq!(list(client, &at("d")).unwrap(), ["x file 0"]);
            assert_eq!(client.last_reply().unwrap().text(), b"226 done");
        },
    );
}

#[test]
fn a_server_that_does_not_name_it_is_asked_for_lines() {
    play(
        |s| {
            features(s, NO_FEAT);
            text_type(s);
            sends(
                s,
                "LIST",
                "total 2\r\n-rw-r--r-- 1 u g 12 Jan 15  2020 a b\r\ndrwxr-xr-x 2 u g 4096 Jan 15  2020 d\r\n",
            );
            sends(s, "LIST d", "-rw-r--r-- 1 u g 0 Jan 15  2020 x\r\nwhat is this?\r\n");
        },
        |client| {
            assert_eq!(list(client, &at("")).unwrap(), ["a b file 12", "d dir 4096"]);
            assert_eq!(list(client, &at("d")).unwrap(), ["x file 0", "what is this? raw"]);
        },
    );
}

#[test]
fn what_was_learned_ends_with_the_login() {
    play(
        |s| {
            features(s, NO_FEAT);
            text_type(s);
            sends(s, "LIST", "-rw-r--r-- 1 u g 12 Jan 15  2020 a\r\n");
            answers(s, "USER user", "331 password\r\n");
            answers(s, "PASS secret", "230 in\r\n");
            features(s, FEAT_MLST);
            sends(s, "MLSD", "type=file;size=12; a\r\n");
        },
        |client| {
            assert_eq!(list(client, &at("")).unwrap(), ["a file 12"]);
            log_in(client).unwrap();
            assert_eq!(list(client, &at("")).unwrap(), ["a file 12"]);
        },
    );
}

#[test]
fn mlsd_that_is_named_and_refused_or_broken_is_not_tried_again() {
    for refusal in ["500 what?\r\n", "502 not here\r\n", "501 no\r\n", "504 no\r\n", ""] {
        play(
            move |s| {
                features(s, FEAT_MLST);
                if refusal.is_empty() {
                    sends(s, "MLSD", "-rw-r--r-- 1 u g 12 Jan 15  2020 a\r\n");
                } else {
                    refuses_listing(s, "MLSD", refusal);
                }
                runs_on_unix(s);
                text_type(s);
                for _ in 0..2 {
                    sends(s, "LIST", "-rw-r--r-- 1 u g 12 Jan 15  2020 a\r\n");
                }
            },
            |client| {
                for _ in 0..2 {
                    assert_eq!(list(client, &at("")).unwrap(), ["a file 12"]);
                }
            },
        );
    }
}

#[test]
fn a_name_with_a_line_end_breaks_no_listing() {
    play(
        |s| {
            features(s, FEAT_MLST);
            sends(s, "MLSD", "type=cdir; /\r\ntype=file;size=12; a\nb\r\n");
        },
        |client| assert_eq!(list(client, &at("")).unwrap(), ["a file 12", "b raw"]),
    );
}

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

#[test]
fn hidden_names_are_asked_for_where_the_server_knows_how() {
    let hidden = |path: &str| ListRequest { hidden: true, ..at(path) };
    let (a, b) = ("-rw-r--r-- 1 u g 7 Jan 15  2020 a\r\n", "-rw-r--r-- 1 u g 7 Jan 15  2020 .b\r\n");
    let own = "drwxr-xr-x 2 u g 12 Jan 15  2020 .\r\n";
    // Each: what LIST -a gives, what LIST gives if it is sent, and what comes of it.
    for (shown, all, usual, expected, next) in [
        (
            "a hidden name shows that it works",
            format!("{a}{b}"),
            None,
            vec!["a file 7", ".b file 7"],
            "LIST -a d",
        ),
        ("so does the directory itself", format!("{own}{a}"), None, vec!["a file 7"], "LIST -a d"),
        ("or a comparison", a.into(), Some(a), vec!["a file 7"], "LIST -a d"),
        ("it was taken for a pattern", String::new(), Some(a), vec!["a file 7"], "LIST d"),
        ("nobody can tell", String::new(), Some(""), vec![], "LIST -a d"),
    ] {
        play(
            move |s| {
                features(s, NO_FEAT);
                text_type(s);
                sends(s, "LIST -a", all);
                if let Some(usual) = usual {
                    sends(s, "LIST", usual);
                }
                sends(s, next, format!("{own}{a}"));
            },
            |client| {
                assert_eq!(list(client, &hidden("")).unwrap(), expected, "{shown}");
                assert_eq!(list(client, &hidden("d")).unwrap(), ["a file 7"], "{shown}");
            },
        );
    }
    play(
        move |s| {
            features(s, NO_FEAT);
            text_type(s);
            refuses_listing(s, "LIST -a", "501 no\r\n");
            sends(s, "LIST", a);
            sends(s, "LIST", a);
        },
        |client| {
            for _ in 0..2 {
                assert_eq!(list(client, &hidden("")).unwrap(), ["a file 7"]);
            }
        },
    );
    play(
        |s| {
            features(s, FEAT_MLST);
            sends(s, "MLSD", "type=file;size=7; .b\r\n");
        },
        |client| assert_eq!(list(client, &hidden("")).unwrap(), [".b file 7"]),
    );
}

#[test]
fn a_listing_over_the_control_connection_needs_no_other() {
    let by_stat = |path: &str| ListRequest { by_stat: true, ..at(path) };
    play(
        |s| {
            features(s, NO_FEAT);
            answers(s, "STAT .", "213-Status:\r\n-rw-r--r-- 1 u g 7 Jan 15  2020 a\r\n213 End\r\n");
            answers(s, "STAT d", "213-Status:\r\n213 End\r\n");
            answers(s, "PWD", "257 \"/home\"\r\n");
            answers(s, "CWD d", "550 no\r\n");
            answers(s, "TYPE I", "200 ok\r\n");
            answers(s, "SIZE d", "550 no\r\n");
            answers(s, "STAT .", "213-Status:\r\n-rw-r--r-- 1 u g 7 Jan 15  2020 a\r\n213 End\r\n");
            answers(s, "STAT d", "502 what?\r\n");
        },
        |client| {
            assert_eq!(list(client, &by_stat("")).unwrap(), ["a file 7"]);
            is_not_found(list(client, &by_stat("d")));
            assert!(matches!(list(client, &by_stat("d")), Err(Error::Reply { .. })));
        },
    );
}

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

/// The hour and the minute of each entry, and whether it is UTC.
fn times(mut entries: Entries) -> Vec<(i64, i64, bool)> {
    let mut times = Vec::new();
    while let Some(entry) = entries.next_entry() {
        let modified = entry.modified.unwrap();
        let minutes = modified.nanoseconds / 60_000_000_000;
        times.push((minutes / 60 % 24, minutes % 60, modified.zone == Zone::Utc));
    }
    times
}

#[test]
fn times_of_a_listing_become_utc_by_one_file_of_each_part_of_the_year() {
    play(
        |s| {
            features(s, FEAT_MDTM);
            text_type(s);
            sends(
                s,
                "LIST d",
                "01-15-26  12:30PM  7 winter\r\n01-16-26  12:31PM  7 another\r\n07-01-26  12:30PM  7 summer\r\n03-29-26  12:30PM  7 between\r\n",
            );
            answers(s, "MDTM d/winter", "213 20260115113012\r\n");
            answers(s, "MDTM d/summer", "213 20260701103012\r\n");
            sends(s, "LIST", "01-15-26  12:30PM  7 winter\r\n");
        },
        |client| {
            let listed = times(open(client, &at("d")).unwrap());
            assert_eq!(listed, [(11, 30, true), (11, 31, true), (10, 30, true), (12, 30, false)]);
            assert_eq!(client.last_reply().unwrap().text(), b"226 done");
            assert_eq!(times(open(client, &at("")).unwrap()), [(11, 30, true)], "it is asked for once");
        },
    );
}

#[test]
fn an_offset_that_makes_no_sense_or_is_refused_is_none() {
    for reply in ["550 no\r\n", "213 20260115113712\r\n", "213 soon\r\n"] {
        play(
            move |s| {
                features(s, FEAT_MDTM);
                text_type(s);
                // Digits would look like a time behind MDTM.
                sends(s, "LIST", "01-15-26  12:30PM  7 20260115\r\n01-15-26  12:30PM  7 a\r\n");
                answers(s, "MDTM a", reply);
                sends(s, "LIST", "01-15-26  12:30PM  7 a\r\n");
            },
            |client| {
                assert_eq!(times(open(client, &at("")).unwrap()), [(12, 30, false), (12, 30, false)]);
                assert_eq!(times(open(client, &at("")).unwrap()), [(12, 30, false)]);
            },
        );
    }
}
