//! Directories as entries: which commands are sent, what comes of each way to answer them, and where the session stands then.

mod closed;
mod facts;
mod found_out;
mod stat;
mod times;

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

fn is_reply<T: std::fmt::Debug>(outcome: Result<T>, code: u16) {
    let is_this = matches!(&outcome, Err(Error::Reply { reply, .. }) if reply.code() == Some(code));
    assert!(is_this, "{code}: {outcome:?}");
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
    // Some servers send it as they end lines. Then nobody can tell.
    for (name, expected) in [("a\nb", &["a\nb file 12"][..]), ("a\r\nb", &["a file 12", "b raw"])] {
        play(
            move |s| {
                features(s, FEAT_MLST);
                sends(s, "MLSD", format!("type=cdir; /\r\ntype=file;size=12; {name}\r\n"));
            },
            |client| assert_eq!(list(client, &at("")).unwrap(), expected),
        );
    }
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
    // An option that is known only without a path.
    for refuses in [true, false] {
        play(
            move |s| {
                features(s, NO_FEAT);
                text_type(s);
                sends(s, "LIST -a", format!("{own}{a}{b}"));
                if refuses {
                    refuses_listing(s, "LIST -a d", "550 -a d: No such file or directory\r\n");
                } else {
                    sends(s, "LIST -a d", String::new());
                }
                sends(s, "LIST d", a);
                sends(s, "LIST d", a);
            },
            |client| {
                assert_eq!(list(client, &hidden("")).unwrap(), ["a file 7", ".b file 7"]);
                for _ in 0..2 {
                    assert_eq!(list(client, &hidden("d")).unwrap(), ["a file 7"]);
                }
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
fn a_name_in_a_listing_over_the_control_connection_keeps_0xff_twice() {
    play(
        |s| {
            features(s, NO_FEAT);
            s.expect("STAT .");
            s.send(b"213-Status:\r\n-rw-r--r-- 1 u g 7 Jan 15  2020 a\xff\xffb\xff\r\n213 End\r\n");
        },
        |client| {
            let mut entries = open(client, &ListRequest { by_stat: true, ..ListRequest::default() }).unwrap();
            assert_eq!(&*entries.next_entry().unwrap().name, b"a\xff\xffb\xff");
        },
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
