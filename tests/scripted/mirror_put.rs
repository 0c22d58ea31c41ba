//! Trees to the server: what is equal stays, whether the server sets times or not.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use ftpclient::client::{Act, MirrorAction, MirrorRequest, Retries};
use support::site::{Habits, Site};
use tempfile::TempDir;

use super::*;

/// Of a file that is worth comparing.
const SIZE: usize = 200_000;

/// A tree that is sent.
struct Here {
    directory: TempDir,
    path: PathBuf,
}

impl Here {
    fn new() -> Here {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("in");
        let here = Here { directory, path };
        for (path, content) in [("f", "of the root"), ("d/g", "of d"), ("d/e/h", "of e")] {
            here.write(path, content);
        }
        fs::create_dir(here.path.join("empty")).unwrap();
        here
    }

    /// Writes a file of the year 2025.
    fn write(&self, path: &str, content: &str) {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        set_time(&path, 1_750_000_000);
    }

    fn wanted(&self) -> MirrorRequest {
        MirrorRequest { remote: b"/up".to_vec(), local: self.path.clone(), ..MirrorRequest::default() }
    }
}

fn set_time(path: &Path, seconds: u64) {
    let file = fs::File::options().append(true).open(path).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
}

fn mirror(client: &mut Client, wanted: &MirrorRequest) -> (Vec<String>, Result<()>) {
    let mut told = Vec::new();
    let mut action = |action: &MirrorAction<'_>| {
        let word = match action.act {
            Act::Add => "+",
            Act::Replace => "~",
            Act::Keep => "=",
            Act::Delete => "-",
            Act::Conflict => "!",
            Act::Skip => "?",
        };
        let outcome = match (action.outcome, action.note) {
            (Ok(()), Some(note)) if matches!(action.act, Act::Add | Act::Replace) => format!(" ({note})"),
            (Ok(()), _) => String::new(),
            (Err(error), _) => format!(": {error}"),
        };
        told.push(format!("{word} {}{outcome}", String::from_utf8_lossy(action.path)));
        Ok(())
    };
    let outcome = client.run(async |client| client.mirror_put(wanted, None, &mut action).await);
    (told, outcome)
}

#[track_caller]
fn all_is_well((told, outcome): (Vec<String>, Result<()>)) -> Vec<String> {
    if let Err(error) = outcome {
        panic!("{error}: {told:#?}");
    }
    told
}

fn at_a_site(habits: Habits) -> (Site, Client) {
    let site = Site::start(habits);
    let client = logged_in(&site.server);
    (site, client)
}

const ALL: [&str; 6] = ["d", "d/e", "d/e/h", "d/g", "empty", "f"];

fn each(word: &str) -> Vec<String> {
    ALL.iter().map(|path| format!("{word} {path}")).collect()
}

#[track_caller]
fn assert_is_there(site: &Site) {
    for (name, content) in [("up/f", "of the root"), ("up/d/g", "of d"), ("up/d/e/h", "of e")] {
        assert_eq!(site.get(name).as_deref(), Some(content.as_bytes()), "{name}");
    }
    assert_eq!(site.names(), ["up/d/e/h", "up/d/g", "up/f"]);
    assert!(site.is_directory("up/empty"));
}

#[test]
fn a_tree_goes_once_and_then_only_what_has_changed() {
    for knows_mfmt in [true, false] {
        for knows_mlsd in [true, false] {
            let (site, mut client) = at_a_site(Habits { knows_mfmt, knows_mlsd, ..Habits::default() });
            let here = Here::new();
            let dry = MirrorRequest { dry_run: true, ..here.wanted() };
            assert_eq!(all_is_well(mirror(&mut client, &dry)), each("+"));
            assert!(site.names().is_empty() && !site.is_directory("up"), "a dry run changes nothing");
            assert_eq!(all_is_well(mirror(&mut client, &here.wanted())), each("+"));
            assert_is_there(&site);
            site.heard();
            assert_eq!(all_is_well(mirror(&mut client, &here.wanted())), each("="));
            let heard = site.heard();
            assert!(
                !heard.iter().any(|line| line.starts_with("STOR") || line.starts_with("MKD")),
                "{heard:?}"
            );
            // One is newer now, and has the same size.
            fs::write(here.path.join("d/g"), "OF D").unwrap();
            let told = all_is_well(mirror(&mut client, &here.wanted()));
            assert_eq!(told, ["= d", "= d/e", "= d/e/h", "~ d/g", "= empty", "= f"]);
            assert_eq!(site.get("up/d/g").unwrap(), b"OF D");
            assert_eq!(client.last_mirror().unwrap().replaced, 1);
            assert_in_step(&mut client);
        }
    }
}

#[test]
fn an_older_file_replaces_a_newer_one_only_where_times_are_set() {
    for (knows_mfmt, word) in [(true, "~ f"), (false, "= f")] {
        let (site, mut client) = at_a_site(Habits { knows_mfmt, ..Habits::default() });
        let here = Here::new();
        all_is_well(mirror(&mut client, &here.wanted()));
        here.write("f", "OF THE ROOT");
        set_time(&here.path.join("f"), 1_600_000_000);
        assert_eq!(all_is_well(mirror(&mut client, &here.wanted())).last().unwrap(), word);
        drop(site);
    }
}

#[test]
fn a_time_that_is_refused_is_told_and_is_no_failure() {
    let (site, mut client) = at_a_site(Habits { knows_mfmt: true, ..Habits::default() });
    site.refuse_times();
    let here = Here::new();
    let told = all_is_well(mirror(&mut client, &here.wanted()));
    let expected = "+ f (it did not get its time: MFMT 20250615150640 /up/f: 550 that cannot be)";
    assert_eq!(told.last().unwrap(), expected);
    assert_is_there(&site);
    // Nobody knows that it is the same, so it is sent again.
    assert!(all_is_well(mirror(&mut client, &here.wanted())).last().unwrap().starts_with("~ f"));
    assert_in_step(&mut client);
}

#[test]
fn links_and_what_is_no_file_stay_here() {
    let (site, mut client) = at_a_site(Habits::default());
    let here = Here::new();
    let outside = here.directory.path().join("out");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret"), "secret").unwrap();
    symlink(&outside, here.path.join("link")).unwrap();
    symlink(outside.join("secret"), here.path.join("file-link")).unwrap();
    symlink("nowhere", here.path.join("dangling")).unwrap();
    let fifo = here.path.join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(fifo).status().unwrap().success());
    here.write(".f.ftp-part", "a part");
    let told = all_is_well(mirror(&mut client, &here.wanted()));
    for name in [".f.ftp-part", "dangling", "fifo", "file-link", "link"] {
        assert!(told.contains(&format!("? {name}")), "{name}: {told:#?}");
    }
    assert_is_there(&site);
    // A name that no line of the protocol can have, and one that a terminal would obey.
    here.write("a\r\nDELE f", "x");
    here.write("bell\x07", "x");
    let (told, outcome) = mirror(&mut client, &here.wanted());
    assert!(matches!(outcome, Err(Error::Partial(_))));
    assert_eq!(
        told.iter().filter(|line| line.ends_with(": the name has a control character")).count(),
        2,
        "{told:#?}"
    );
    assert_is_there(&site);
    assert_in_step(&mut client);
}

#[test]
fn a_file_that_becomes_a_link_meanwhile_is_not_sent() {
    let (site, mut client) = at_a_site(Habits::default());
    let here = Here::new();
    let outside = here.directory.path().join("out");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("g"), "secret").unwrap();
    fs::write(outside.join("h"), "secret").unwrap();
    let mut action = |action: &MirrorAction<'_>| {
        if action.path == b"d" {
            fs::remove_dir_all(here.path.join("d/e")).unwrap();
            symlink(&outside, here.path.join("d/e")).unwrap();
            fs::remove_file(here.path.join("d/g")).unwrap();
            symlink(outside.join("g"), here.path.join("d/g")).unwrap();
        }
        Ok(())
    };
    let wanted = here.wanted();
    let error = client.run(async |client| client.mirror_put(&wanted, None, &mut action).await).unwrap_err();
    assert!(
        error.to_string().starts_with("2 of 6 entries were not done, the first: d/e/h: cannot"),
        "{error}"
    );
    assert_eq!(site.names(), ["up/f"]);
    assert_in_step(&mut client);
}

#[test]
fn what_is_not_here_is_deleted_there_only_where_all_is_known() {
    let (site, mut client) = at_a_site(Habits::default());
    let here = Here::new();
    all_is_well(mirror(&mut client, &here.wanted()));
    for directory in ["up/gone", "up/gone/deep", "up/odd"] {
        site.make(directory);
    }
    for name in ["up/old", "up/d/old", "up/gone/deep/old", "up/odd/old"] {
        site.put(name, b"old");
    }
    site.show("up/odd", "type=file; ../../f");
    site.show("up/d", "type=OS.unix=slink:/up/f;size=1; link");
    site.refuse("up/d/e", true);
    all_is_well(mirror(&mut client, &MirrorRequest { exclude: vec![b"e".to_vec()], ..here.wanted() }));
    assert_eq!(site.names().len(), 7, "nobody has asked for it");
    let wanted = MirrorRequest { deletes: true, ..here.wanted() };
    let planned = mirror(&mut client, &MirrorRequest { dry_run: true, ..wanted.clone() }).0;
    site.heard();
    let (told, outcome) = mirror(&mut client, &wanted);
    assert!(matches!(outcome, Err(Error::Partial(_))));
    let deleted = |told: &[String]| -> Vec<String> {
        told.iter()
            .filter(|line| line.starts_with('-'))
            .map(|line| line.split(':').next().unwrap().into())
            .collect()
    };
    let expected = ["- d/link", "- d/old", "- gone/deep/old", "- gone/deep", "- gone", "- old"];
    assert_eq!(deleted(&told), expected);
    assert_eq!(deleted(&planned), expected);
    assert!(site.is_directory("up/odd") && !site.is_directory("up/gone"));
    assert!(told.iter().any(|line| line.starts_with("? odd/../../f")), "{told:#?}");
    assert!(told.iter().any(|line| line.starts_with("? d/e: MLSD")), "{told:#?}");
    assert!(!site.heard().iter().any(|line| line.contains("..")));
    assert_in_step(&mut client);
}

#[test]
fn nothing_is_deleted_there_in_a_directory_whose_listing_has_no_last_line_end() {
    for knows_mlsd in [true, false] {
        let (site, mut client) = at_a_site(Habits { knows_mlsd, ..Habits::default() });
        let here = Here::new();
        all_is_well(mirror(&mut client, &here.wanted()));
        for directory in ["up/gone", "up/gone/deep", "up/d/gone"] {
            site.make(directory);
        }
        for name in ["up/old", "up/d/old1", "up/d/old20", "up/gone/old1", "up/gone/old20", "up/gone/deep/old"]
        {
            site.put(name, b"old");
        }
        site.cut("up/d", " old2");
        site.cut("up/gone", " old2");
        let before = site.names();
        let (told, outcome) = mirror(&mut client, &MirrorRequest { deletes: true, ..here.wanted() });
        assert!(matches!(outcome, Err(Error::Partial(_))), "{outcome:?}");
        let expected: Vec<_> = before.into_iter().filter(|name| name != "up/old").collect();
        assert_eq!(site.names(), expected, "{told:#?}");
        assert!(site.is_directory("up/d/gone") && site.is_directory("up/gone/deep"));
        for directory in ["d", "gone"] {
            let is_told = |line: &String| {
                line.starts_with(&format!("? {directory}/")) && line.contains("ends without a line end")
            };
            assert!(told.iter().any(is_told), "{told:#?}");
        }
        assert_in_step(&mut client);
    }
}

#[test]
fn what_cannot_be_read_here_is_no_tree() {
    let (_site, mut client) = at_a_site(Habits::default());
    let here = Here::new();
    for path in [here.path.join("none"), here.path.join("f")] {
        let wanted = MirrorRequest { local: path, ..here.wanted() };
        assert!(matches!(mirror(&mut client, &wanted).1, Err(Error::File { .. })));
    }
    assert_in_step(&mut client);
}

/// Lets the server die at each step in turn, until there is no such step.
fn at_each_step(mut check: impl FnMut(&Site, &mut Client, usize)) -> usize {
    for step in 0..300 {
        let (site, mut client) = at_a_site(Habits { knows_mfmt: true, ..Habits::default() });
        site.die_at(step);
        check(&site, &mut client, step);
        if !site.has_died() {
            return step;
        }
    }
    panic!("there is no end of steps");
}

#[test]
fn a_server_that_dies_at_any_step_ends_it_and_the_next_call_goes_on() {
    let steps = at_each_step(|site, client, step| {
        let here = Here::new();
        let (_, outcome) = mirror(client, &here.wanted());
        if let Err(error) = outcome {
            assert!(site.has_died() && !client.is_connected(), "{step}: {error}");
            client.run(async |client| client.reconnect().await).unwrap();
            all_is_well(mirror(client, &here.wanted()));
        }
        assert_is_there(site);
    });
    assert!(steps > 20, "{steps}");
}

#[test]
fn with_retries_a_server_that_dies_at_any_step_does_no_harm() {
    at_each_step(|site, client, step| {
        let here = Here::new();
        client.set_retries(Retries { count: 1, first_wait: Duration::from_millis(1) });
        // Something is deleted as well.
        site.make("up");
        site.put("up/old", b"old");
        let wanted = MirrorRequest { deletes: true, atomic: step % 2 == 0, ..here.wanted() };
        let told = all_is_well(mirror(client, &wanted));
        assert_eq!(told, [&each("+")[..], &["- old".to_owned()]].concat(), "{step}");
        assert_is_there(site);
        assert!(client.is_connected(), "{step}");
        site.live();
    });
}

#[test]
fn where_there_is_no_room_for_a_file_no_larger_one_is_tried() {
    let (site, mut client) = at_a_site(Habits { room: 100, ..Habits::default() });
    let here = Here::new();
    here.write("d/big", &"x".repeat(5000));
    here.write("d/larger", &"x".repeat(5001));
    here.write("d/less", &"x".repeat(4999));
    let (told, outcome) = mirror(&mut client, &here.wanted());
    let tried: Vec<_> = site.heard().into_iter().filter(|line| line.starts_with("STOR")).collect();
    let expected = ["d/big", "d/e/h", "d/g", "d/less", "f"].map(|path| format!("STOR /up/{path}"));
    assert_eq!(tried, expected);
    assert!(matches!(outcome, Err(Error::Partial(_))), "{outcome:?}");
    let failed: Vec<_> = told.iter().filter(|line| line.contains("552")).collect();
    assert_eq!(failed.len(), 3, "{told:#?}");
    assert!(failed[1].starts_with("+ d/larger: it was not tried"), "{failed:?}");
    assert_eq!(client.last_mirror().unwrap().failed, 3);
    assert_is_there(&site);
    assert_in_step(&mut client);
}

/// What the server has, if it takes names that are alike for the same, or not.
/// What is there is mostly an older version, and may end as the file here does. All of it is compared.
#[test]
fn a_resumed_mirror_makes_no_mixture_of_two_versions() {
    for (length, changed, is_continued) in
        [(150_000, Some(1000), false), (SIZE, Some(1000), false), (150_000, None, true), (SIZE, None, true)]
    {
        let (site, mut client) = at_a_site(Habits { knows_mfmt: true, ..Habits::default() });
        let here = Here::new();
        let content = "all that a line has\n".repeat(SIZE / 20);
        here.write("large", &content);
        let mut there = content.as_bytes()[..length].to_vec();
        changed.iter().for_each(|&at: &usize| there[at] ^= 1);
        site.put("up/large", &there);
        let wanted = MirrorRequest { resume: true, ..here.wanted() };
        all_is_well(mirror(&mut client, &wanted));
        assert!(site.get("up/large").unwrap() == content.as_bytes(), "{length}, {changed:?}");
        let heard = site.heard();
        assert_eq!(heard.iter().any(|line| line == "STOR /up/large"), !is_continued, "{heard:?}");
        assert!(all_is_well(mirror(&mut client, &wanted)).contains(&"= large".to_owned()));
    }
}

#[test]
fn names_that_are_the_same_to_the_server_are_no_two_files() {
    for knows_mlsd in [true, false] {
        for folds_case in [true, false] {
            let (site, mut client) = at_a_site(Habits { folds_case, knows_mlsd, ..Habits::default() });
            site.make("up");
            site.make("up/OLD");
            for name in ["up/Note", "up/OLD/x", "up/cafe\u{301}"] {
                site.put(name, b"of the server");
            }
            let here = Here::new();
            for (path, content) in [
                ("README", "one"),
                ("readme", "two"),
                ("Sub/a", "three"),
                ("sub/a", "four"),
                ("sub/b", "five"),
                ("note", "six"),
                ("old/x", "seven"),
                ("caf\u{e9}", "eight"),
            ] {
                here.write(path, content);
            }
            let wanted = MirrorRequest { deletes: true, ..here.wanted() };
            let (planned, _) = mirror(&mut client, &MirrorRequest { dry_run: true, ..wanted.clone() });
            let (told, outcome) = mirror(&mut client, &wanted);
            assert_in_step(&mut client);
            let read = |name: &str| site.get(name).map(|content| String::from_utf8(content).unwrap());
            if !folds_case {
                outcome.unwrap_or_else(|error| panic!("{error}: {told:#?}"));
                assert_eq!(read("up/sub/a").as_deref(), Some("four"));
                assert_eq!(read("up/Note"), None);
                continue;
            }
            assert!(matches!(outcome, Err(Error::Partial(_))), "{outcome:?}");
            // Each has one content, which is that of one name.
            for (name, content) in [
                ("up/README", Some("one")),
                ("up/readme", None),
                ("up/Sub/a", Some("three")),
                ("up/Sub/b", None),
                ("up/Note", Some("of the server")),
                ("up/OLD/x", Some("of the server")),
                ("up/cafe\u{301}", Some("of the server")),
            ] {
                assert_eq!(read(name).as_deref(), content, "{name}: {told:#?}");
            }
            assert_eq!(client.last_mirror().unwrap().deleted, 0);
            if !knows_mlsd {
                // This server does not tell that a directory is there, and refuses to make it.
                continue;
            }
            let conflicts: Vec<_> =
                told.iter().filter(|line| line.starts_with('!')).map(|line| &line[2..]).collect();
            let taken = |(name, other)| format!("{name}: the target takes it for {other}");
            let of_the_server = [("caf\u{e9}", "cafe\u{301}"), ("note", "Note"), ("old", "OLD")].map(taken);
            let of_this_run = [("readme", "README"), ("sub", "Sub")].map(taken);
            assert_eq!(conflicts, [&of_the_server[..], &of_this_run].concat(), "{told:#?}");
            // Of two names that are both new, only the real run finds out.
            let known_before: Vec<_> =
                planned.iter().filter(|line| line.starts_with('!')).map(|line| &line[2..]).collect();
            assert_eq!(known_before, of_the_server, "{planned:#?}");
            let is_about_others = |line: &&String| !line.contains("readme") && !line.contains("sub");
            let about_others =
                |lines: &[String]| lines.iter().filter(is_about_others).cloned().collect::<Vec<_>>();
            assert_eq!(about_others(&planned), about_others(&told));
            let report = client.last_mirror().unwrap();
            // What is below them, and what would be deleted.
            assert_eq!((report.conflicts, report.failed), (5, 7), "{told:#?}");
        }
    }
}
