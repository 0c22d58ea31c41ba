//! Whole files to the server: what is confirmed is there, and what was begun is continued.

mod left_over;
mod older;
mod torn;

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use ftpclient::client::{PutRequest, Retries, Verified};
use support::site::{Habits, Site, write_older};
use tempfile::TempDir;

use super::*;

const SIZE: usize = 200_000;

/// A file to be sent.
struct Here {
    _directory: TempDir,
    path: PathBuf,
}

impl Here {
    fn new(content: &[u8]) -> Here {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("here");
        write_older(&path, content);
        Here { _directory: directory, path }
    }

    fn wanted(&self) -> PutRequest {
        PutRequest { local: self.path.clone(), remote: b"/f".to_vec(), ..PutRequest::default() }
    }

    fn resumed(&self) -> PutRequest {
        PutRequest { resume: true, ..self.wanted() }
    }
}

fn put(client: &mut Client, wanted: &PutRequest) -> Result<()> {
    client.run(async |client| client.put(wanted).await)
}

fn content(seed: u8) -> Vec<u8> {
    pattern(SIZE).into_iter().map(|byte| byte ^ seed).collect()
}

fn again(count: u32) -> Retries {
    Retries { count, first_wait: Duration::from_millis(1) }
}

fn at_a_site(habits: Habits) -> (Site, Client) {
    let site = Site::start(habits);
    let client = logged_in(&site.server);
    (site, client)
}

fn verified(client: &Client) -> Verified {
    client.last_report().unwrap().verified
}

fn has_said(site: &Site, verb: &str) -> bool {
    site.heard().iter().any(|line| line.starts_with(verb))
}

#[test]
fn an_upload_is_confirmed_by_its_size() {
    for (knows_size, expected) in [(true, Verified::Size), (false, Verified::FinalReply)] {
        let (site, mut client) = at_a_site(Habits { knows_size, ..Habits::default() });
        for data in [content(0), Vec::new()] {
            let here = Here::new(&data);
            put(&mut client, &here.wanted()).unwrap();
            assert!(site.get("f").unwrap() == data);
            assert_eq!(verified(&client), expected);
        }
        assert_eq!(site.heard(), ["TYPE I", "PASV", "STOR /f", "SIZE /f", "PASV", "STOR /f", "SIZE /f"]);
        assert_in_step(&mut client);
    }
}

#[test]
fn a_size_of_0_counts_only_if_a_listing_has_it_too() {
    let (site, mut client) = at_a_site(Habits { size_is_zero: true, ..Habits::default() });
    let here = Here::new(&content(0));
    put(&mut client, &here.wanted()).unwrap();
    assert_eq!(verified(&client), Verified::Size);
    site.change(|habits| habits.keeps_at_most = 0);
    let error = put(&mut client, &here.wanted()).unwrap_err();
    assert_text(&client, &error, "the server confirmed 200000 bytes, and the file has 0");
    assert_in_step(&mut client);
}

#[test]
fn a_directory_that_is_not_there_is_not_found_where_the_server_says_so() {
    for (reply, is_told) in [
        ("553 Can't open that file: No such file or directory", true),
        ("550 /d: No such file or directory", true),
        ("553 Could not create file.", false),
    ] {
        let server = Scripted::start(move |s| {
            s.login();
            let _listener = binary_passive(s);
            answers(s, "STOR /d/f", &format!("{reply}\r\n"));
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let here = Here::new(b"x");
        let error = put(&mut client, &PutRequest { remote: b"/d/f".to_vec(), ..here.wanted() }).unwrap_err();
        assert_eq!(matches!(error, Error::NotFound(_)), is_told, "{error:?}");
        assert_in_step(&mut client);
    }
}

#[test]
fn what_the_server_confirms_and_has_not_is_no_success() {
    let (site, mut client) = at_a_site(Habits { keeps_at_most: 100_000, ..Habits::default() });
    let here = Here::new(&content(0));
    for wanted in [here.wanted(), PutRequest { atomic: true, ..here.wanted() }] {
        let error = put(&mut client, &wanted).unwrap_err();
        assert!(matches!(error, Error::Integrity(_)), "{error:?}");
        assert_text(&client, &error, "the server confirmed 200000 bytes, and the file has 100000");
    }
    assert_eq!(site.names(), ["f"], "the temporary one is gone");
    assert_in_step(&mut client);
}

/// Lets the server die at each step in turn, until there is no such step. Returns how many there were.
fn at_each_step(habits: &Habits, mut check: impl FnMut(&Site, &mut Client, &Here, usize)) -> usize {
    for step in 0..100 {
        let (site, mut client) = at_a_site(habits.clone());
        let here = Here::new(&content(0));
        site.die_at(step);
        check(&site, &mut client, &here, step);
        if !site.has_died() {
            return step;
        }
    }
    panic!("there is no end of steps");
}

#[test]
fn what_is_tried_again_ends_with_the_whole_file_at_any_step() {
    for (atomic, resume, rnto_replaces) in [
        (false, false, true),
        (false, true, true),
        (true, false, true),
        (true, true, true),
        (true, false, false),
    ] {
        let habits = Habits { rnto_replaces, ..Habits::default() };
        let steps = at_each_step(&habits, |site, client, here, step| {
            site.put("f", b"old");
            client.set_retries(again(1));
            let wanted = PutRequest { atomic, resume, ..here.wanted() };
            put(client, &wanted).unwrap_or_else(|error| panic!("step {step}: {error}"));
            assert!(site.get("f").unwrap() == content(0), "step {step}");
            assert_eq!(site.names(), ["f"], "step {step}");
            assert_eq!(client.last_report().unwrap().attempts > 1, site.has_died(), "step {step}");
            site.live();
            assert_in_step(client);
        });
        assert!(steps > 6, "{steps}");
    }
}

#[test]
fn an_atomic_upload_leaves_what_was_there_until_it_is_whole() {
    for resets in [false, true] {
        at_each_step(&Habits { resets, ..Habits::default() }, |site, client, here, step| {
            site.put("f", b"old");
            let outcome = put(client, &PutRequest { atomic: true, ..here.wanted() });
            let there = site.get("f").unwrap();
            assert!(there == b"old" || there == content(0), "step {step}: a part has the name");
            assert!(outcome.is_err() || there == content(0), "step {step}");
        });
    }
}

#[test]
fn a_server_that_only_says_that_it_renames_is_found_out() {
    for is_there in [false, true] {
        let (site, mut client) = at_a_site(Habits { rnto_does_nothing: true, ..Habits::default() });
        // Of the same size: that of the final name would tell nothing.
        let old = content(7);
        if is_there {
            site.put("f", &old);
        }
        let here = Here::new(&content(0));
        let error = put(&mut client, &PutRequest { atomic: true, ..here.wanted() }).unwrap_err();
        assert!(matches!(error, Error::Integrity(_)), "{error:?}");
        assert_text(&client, &error, "RNTO /f: the server confirmed the new name of the file, and it has");
        assert_eq!(site.get("f"), is_there.then_some(old));
        assert_eq!(site.names().len(), usize::from(is_there), "{:?}", site.names());
        assert_in_step(&mut client);
    }
}

#[test]
fn a_temporary_file_that_the_server_may_have_made_is_deleted() {
    for (answer, may_be_there) in [
        ("150 go\r\n425 cannot connect\r\n", true),
        ("150 go\r\n553 no\r\n", true),
        ("425 cannot connect\r\n", false),
        ("553 no\r\n", false),
    ] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect("TYPE I");
            s.send("200 ok\r\n");
            s.expect_command("PORT");
            s.send("200 ok\r\n");
            let name = s.expect_command("STOR");
            s.send(answer);
            if may_be_there {
                s.expect(format!("DELE {name}"));
                s.send("250 gone\r\n");
            }
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        client.set_passive(false);
        let here = Here::new(b"hello");
        let outcome = put(&mut client, &PutRequest { atomic: true, ..here.wanted() });
        assert!(matches!(outcome, Err(Error::Reply { .. })), "{answer}: {outcome:?}");
        assert_in_step(&mut client);
    }
}

#[test]
fn all_that_was_sent_without_the_final_reply_is_not_verified() {
    let (site, mut client) = at_a_site(Habits { piece: 1 << 20, ..Habits::default() });
    // TYPE, PASV, STOR.
    site.die_at(3);
    let here = Here::new(&content(0)[..1000]);
    let error = put(&mut client, &here.wanted()).unwrap_err();
    assert!(matches!(error, Error::Unverified(_)), "{error:?}");
    assert_text(&client, &error, "STOR /f: all 1000 bytes were sent, and the server did not confirm it");
    // In another session it is found out, and nothing is sent again.
    client.run(async |client| client.reconnect().await).unwrap();
    site.live();
    client.set_retries(again(1));
    site.heard();
    // TYPE (the session is new), PASV, STOR.
    site.die_at(3);
    put(&mut client, &here.wanted()).unwrap();
    assert_eq!(site.heard().iter().filter(|line| line.starts_with("STOR")).count(), 1);
    assert_eq!(verified(&client), Verified::Compared);
}

/// A server that has a part of the file, and what it can do.
fn continued(habits: Habits) -> (Site, Client, Here) {
    let (site, client) = at_a_site(habits);
    site.put("f", &content(0)[..150_000]);
    (site, client, Here::new(&content(0)))
}

#[test]
fn the_rest_goes_in_the_way_that_the_server_bears() {
    type Change = fn(&mut Habits);
    let ways: [(Change, &[&str]); 5] = [
        (|_| {}, &["REST 84464", "RETR /f", "APPE /f"]),
        (|habits| habits.is_readable = false, &["REST 84464", "RETR /f", "REST 0", "APPE /f"]),
        (
            |habits| habits.knows_appe = false,
            &[
                "REST 84464",
                "RETR /f",
                "APPE /f",
                "REST 150000",
                "STOR /f",
                "REST 84464",
                "RETR /f",
                "REST 182768",
                "STOR /f",
            ],
        ),
        // The bytes are compared once more, and all is sent anew.
        (
            |habits| (habits.knows_appe, habits.rest_fills_with_zeros) = (false, true),
            &[
                "REST 84464",
                "RETR /f",
                "APPE /f",
                "REST 150000",
                "STOR /f",
                "REST 84464",
                "RETR /f",
                "STOR /f",
            ],
        ),
        // Nothing can be compared.
        (|habits| habits.knows_rest = false, &["REST 84464", "STOR /f"]),
    ];
    for (change, expected) in ways {
        let mut habits = Habits::default();
        change(&mut habits);
        let (site, mut client, here) = continued(habits.clone());
        put(&mut client, &here.resumed()).unwrap_or_else(|error| panic!("{habits:?}: {error}"));
        assert!(site.get("f").unwrap() == content(0), "{habits:?}");
        let heard = site.heard();
        let moved: Vec<_> = heard
            .iter()
            .filter(|line| ["REST", "RETR", "APPE", "STOR"].iter().any(|verb| line.starts_with(verb)))
            .collect();
        assert_eq!(moved, expected, "{habits:?}");
        let goes_on = !expected.ends_with(&["STOR /f"]) || expected.contains(&"REST 182768");
        assert_eq!(client.last_report().unwrap().resumed, goes_on);
        assert_in_step(&mut client);
    }
}

#[test]
fn what_is_no_part_of_the_file_is_replaced() {
    for there in [content(1)[..150_000].to_vec(), content(0).repeat(2), content(1), b"x".to_vec()] {
        let (site, mut client, here) = continued(Habits::default());
        site.put("f", &there);
        put(&mut client, &here.resumed()).unwrap();
        assert!(site.get("f").unwrap() == content(0));
        // Not every session outlives ABOR.
        let heard = site.heard();
        assert!(heard.iter().any(|line| line.starts_with("STOR")) && !heard.contains(&"ABOR".into()));
        assert_in_step(&mut client);
    }
}

#[test]
fn what_is_no_part_of_the_file_is_found_out_at_any_step() {
    let zeros = Habits { knows_appe: false, rest_fills_with_zeros: true, ..Habits::default() };
    for (habits, there) in [(zeros, content(0)), (Habits::default(), content(1))] {
        let steps = at_each_step(&habits, |site, client, here, step| {
            site.put("f", &there[..100_000]);
            client.set_retries(again(1));
            put(client, &here.resumed()).unwrap_or_else(|error| panic!("{habits:?}, step {step}: {error}"));
            assert!(site.get("f").unwrap() == content(0), "{habits:?}, step {step}");
        });
        assert!(steps > 15, "{steps}");
    }
}

/// Another process knows nothing of the first one's doubts.
#[test]
fn a_call_that_knows_nothing_of_the_one_before_finds_out_what_was_filled_with_zeros() {
    let zeros = Habits { knows_appe: false, rest_fills_with_zeros: true, ..Habits::default() };
    for size in [SIZE, 100_000 + 40_000, 100_000 + 1000] {
        let mut failed = 0;
        at_each_step(&zeros, |site, client, here, step| {
            write_older(&here.path, &content(0)[..size]);
            site.put("f", &content(0)[..100_000]);
            while put(client, &here.resumed()).is_err() {
                failed += 1;
                client.run(async |client| client.reconnect().await).unwrap();
            }
            assert!(site.get("f").unwrap() == content(0)[..size], "{size} bytes, step {step}");
            site.live();
        });
        assert!(failed > 10, "{failed}");
    }
}

#[test]
fn what_is_there_already_is_not_sent_again() {
    let (site, mut client, here) = continued(Habits::default());
    site.put("f", &content(0));
    put(&mut client, &here.resumed()).unwrap();
    assert!(!has_said(&site, "STOR"));
    assert_eq!(verified(&client), Verified::Compared);
    let report = client.last_report().unwrap();
    let told = (report.bytes, report.offset, report.resumed);
    assert_eq!(told, (Some(0), SIZE as u64, true), "what was fetched to compare was not sent");
}

#[test]
fn a_file_that_changes_meanwhile_is_an_error() {
    let (site, mut client) = at_a_site(Habits::default());
    let here = Here::new(&content(0));
    site.put("f", b"old");
    let path = here.path.clone();
    client.audit_mut().hook = Some(Box::new(move |event, _, _| {
        if format!("{event:?}").contains("STOR") {
            fs::File::options().append(true).open(&path).unwrap().write_all(b"more").unwrap();
        }
        true
    }));
    let error = put(&mut client, &PutRequest { atomic: true, ..here.wanted() }).unwrap_err();
    assert!(matches!(error, Error::File { .. }), "{error:?}");
    assert_text(&client, &error, "it changed while it was read");
    assert_eq!(site.get("f").unwrap(), b"old");
}

#[test]
fn a_file_keeps_its_time_or_does_not_get_its_name() {
    // The server knows no command that sets a time.
    let (site, mut client) = at_a_site(Habits::default());
    site.put("f", b"old");
    let here = Here::new(&content(0));
    let wanted = PutRequest { keep_time: true, atomic: true, ..here.wanted() };
    for _ in 0..2 {
        let error = put(&mut client, &wanted).unwrap_err();
        assert!(matches!(error, Error::Unsupported(_)), "{error:?}");
        assert_eq!(site.get("f").unwrap(), b"old");
        assert_eq!(site.names(), ["f"]);
    }
    assert_eq!(
        site.heard().iter().filter(|line| line.starts_with("STOR")).count(),
        1,
        "known from the first"
    );
    assert_in_step(&mut client);
    // Another login may set times.
    log_in(&mut client).unwrap();
    put(&mut client, &wanted).unwrap_err();
    assert_eq!(site.heard().iter().filter(|line| line.starts_with("STOR")).count(), 1);
}

/// Nanoseconds since 1970 end in 2262.
#[test]
fn a_time_that_cannot_be_told_exactly_is_refused_before_anything_is_sent() {
    let (site, mut client) = at_a_site(Habits { knows_mfmt: true, ..Habits::default() });
    let here = Here::new(&content(0));
    let in_2300 = std::time::UNIX_EPOCH + Duration::from_secs(10_413_792_000);
    fs::File::options().write(true).open(&here.path).unwrap().set_modified(in_2300).unwrap();
    let error = put(&mut client, &PutRequest { keep_time: true, ..here.wanted() }).unwrap_err();
    assert!(matches!(error, Error::Unsupported(_)), "{error:?}");
    assert!(site.names().is_empty() && !has_said(&site, "STOR"));
    put(&mut client, &here.wanted()).unwrap();
}

#[test]
fn a_time_that_is_refused_for_one_file_is_asked_for_again() {
    let refuses = &[("MFMT", "550 permission denied")];
    let (site, mut client) = at_a_site(Habits { knows_mfmt: true, refuses, ..Habits::default() });
    let here = Here::new(&content(0));
    let wanted = PutRequest { keep_time: true, ..here.wanted() };
    for _ in 0..2 {
        let error = put(&mut client, &wanted).unwrap_err();
        assert!(matches!(error, Error::Reply { .. }), "{error:?}");
        assert_eq!(site.heard().iter().filter(|line| line.starts_with("STOR")).count(), 1);
    }
    assert_eq!(site.get("f").unwrap(), content(0));
}

#[test]
fn directories_are_made_above_the_file() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("MKD a/b");
        s.send("257 \"/a/b\" is made\r\n");
        let listener = binary_passive(s);
        s.expect("STOR a/b/f");
        s.send("150 go\r\n");
        assert_eq!(listener.accept().read_to_end(), b"hello");
        s.send("226 taken\r\n");
        s.expect("SIZE a/b/f");
        s.send("213 5\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let here = Here::new(b"hello");
    let wanted = PutRequest { remote: b"a/b/f".to_vec(), make_dirs: true, ..here.wanted() };
    put(&mut client, &wanted).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn what_is_there_is_not_replaced_if_so_wished() {
    for atomic in [false, true] {
        let (site, mut client) = at_a_site(Habits::default());
        site.put("f", b"old");
        let here = Here::new(&content(0));
        let wanted = PutRequest { no_replace: true, atomic, ..here.wanted() };
        let error = put(&mut client, &wanted).unwrap_err();
        assert!(matches!(error, Error::Exists(_)), "{error:?}");
        assert_eq!(site.get("f").unwrap(), b"old");
        let wanted = PutRequest { remote: b"/g".to_vec(), ..wanted };
        put(&mut client, &wanted).unwrap();
        assert!(site.get("g").unwrap() == content(0));
        assert_eq!(site.names(), ["f", "g"]);
        assert_in_step(&mut client);
    }
    let here = Here::new(b"");
    let mut client = client();
    let wanted = PutRequest { no_replace: true, ..here.resumed() };
    assert!(matches!(put(&mut client, &wanted), Err(Error::InvalidArgument(_))));
    let wanted = PutRequest { local: "/nowhere/f".into(), ..here.wanted() };
    assert_eq!(put(&mut client, &wanted).unwrap_err().os_error(), Some(libc::ENOENT));
}
