//! Mirrors to a server that gives files other names than it was told. What was added is never deleted for that.

use std::fs;

use ftpclient::client::{MirrorAction, MirrorRequest};
use support::site::{Habits, Site};
use tempfile::TempDir;

use super::*;

/// What a server makes of the path that a command names, and a name that it changes.
type Rule = (fn(&str, String) -> String, &'static str);

fn each_name(path: &str, change: impl Fn(&str) -> String) -> String {
    path.split('/').map(change).collect::<Vec<_>>().join("/")
}

const RULES: [Rule; 6] = [
    // Windows.
    (|_, path| each_name(&path, |name| name.trim_end_matches([' ', '.']).into()), "dots.."),
    (|_, path| path.replace(':', "_"), "a:b"),
    // Pure-FTPd, where only what is stored has another name.
    (|verb, path| if matches!(verb, "STOR" | "MKD") { path.replace("l ", "l_") } else { path }, "trail "),
    (|_, path| each_name(&path, |name| name.chars().take(8).collect()), "longer than eight"),
    (|_, path| path.replace("lower", "LOWER"), "lower case"),
    (|_, path| path.replace('\u{e9}', "\u{fffd}"), "caf\u{e9}"),
];

fn mirror(client: &mut Client, here: &TempDir) -> (Vec<String>, Result<()>) {
    mirror_with(client, here, |_| ())
}

/// Calls `then` with each line that is told.
fn mirror_with(
    client: &mut Client,
    here: &TempDir,
    mut then: impl FnMut(&str) + Send,
) -> (Vec<String>, Result<()>) {
    let wanted = MirrorRequest {
        remote: b"/up".to_vec(),
        local: here.path().to_owned(),
        deletes: true,
        ..MirrorRequest::default()
    };
    let mut told = Vec::new();
    let mut action = |action: &MirrorAction<'_>| {
        let outcome = action.outcome.map_or_else(|error| format!(": {error}"), |()| String::new());
        let line = format!("{:?} {}{outcome}", action.act, String::from_utf8_lossy(action.path));
        then(&line);
        told.push(line);
        Ok(())
    };
    let outcome = client.run(async |client| client.mirror_put(&wanted, None, &mut action).await);
    assert_in_step(client);
    (told, outcome)
}

fn write(here: &TempDir, path: &str) {
    let path = here.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "content").unwrap();
}

#[test]
fn what_has_another_name_there_is_not_deleted() {
    for (rule, odd) in RULES {
        let site = Site::start(Habits { renames: rule, knows_mfmt: true, ..Habits::default() });
        let mut client = logged_in(&site.server);
        let here = tempfile::tempdir().unwrap();
        for path in ["d/plain", &format!("d/{odd}"), &format!("e/{odd}/inner"), "f/plain"] {
            write(&here, path);
        }
        mirror(&mut client, &here).1.unwrap_or_else(|error| panic!("{odd}: {error}"));
        let added = site.names();
        assert_eq!(added.len(), 4, "{odd}");
        site.put("up/f/extra", b"x");
        // Each time they are added again, and the others of the same directory stay with them.
        for _ in 0..3 {
            let (told, outcome) = mirror(&mut client, &here);
            assert!(matches!(outcome, Err(Error::Partial(_))), "{odd}: {told:#?}");
            let deleted: Vec<_> = told.iter().filter(|line| line.starts_with("Delete")).collect();
            assert!(deleted.len() >= 2, "{odd}: {told:#?}");
            for line in deleted.into_iter().filter(|line| !line.starts_with("Delete f")) {
                let reason = line.split_once(": ").map_or("", |(_, reason)| reason);
                let is_told = reason.contains("the target shows no such name")
                    || reason.contains("the target takes it for another name");
                assert!(is_told, "{odd}: {told:#?}");
            }
            assert_eq!(site.names(), added, "{odd}: {told:#?}");
        }
    }
}

/// Only directories in which something was added, and something is to be deleted, are listed again.
#[test]
fn what_is_too_much_is_deleted_where_all_has_its_name() {
    for knows_mlsd in [true, false] {
        let site = Site::start(Habits { knows_mfmt: true, knows_mlsd, ..Habits::default() });
        let mut client = logged_in(&site.server);
        let here = tempfile::tempdir().unwrap();
        for directory in ["up", "up/a", "up/b", "up/c", "up/gone"] {
            site.make(directory);
        }
        for path in ["up/a/extra", "up/b/extra", "up/gone/x"] {
            site.put(path, b"x");
        }
        for path in ["a/new", "b/.keep", "c/new"] {
            write(&here, path);
        }
        site.put("up/b/.keep", b"content");
        site.set_time("up/b/.keep", 20_991_231_000_000);
        site.heard();
        let (told, outcome) = mirror(&mut client, &here);
        outcome.unwrap_or_else(|error| panic!("{error}: {told:#?}"));
        let listed = |heard: &[String], directory: &str| {
            let is_it = |line: &&String| {
                (line.starts_with("MLSD") || line.starts_with("LIST")) && line.ends_with(directory)
            };
            heard.iter().filter(is_it).count()
        };
        let heard = site.heard();
        assert_eq!((listed(&heard, "up/a"), listed(&heard, "up/b")), (2, 1), "{heard:?}");
        assert_eq!(site.names(), ["up/a/new", "up/b/.keep", "up/c/new"]);
        assert!(!site.is_directory("up/gone"));
    }
}

/// What was not added does not keep anything from being deleted. A directory that cannot be listed again does.
#[test]
fn who_cannot_look_deletes_nothing() {
    let refuses = &[("STOR /up/a/new", "550 no")];
    let site = Site::start(Habits { refuses, knows_mfmt: true, ..Habits::default() });
    let mut client = logged_in(&site.server);
    let here = tempfile::tempdir().unwrap();
    for directory in ["up", "up/a", "up/b", "up/b/gone"] {
        site.make(directory);
    }
    for path in ["up/a/extra", "up/b/extra", "up/b/gone/deep"] {
        site.put(path, b"x");
    }
    write(&here, "a/new");
    write(&here, "b/new");
    let (told, outcome) = mirror_with(&mut client, &here, |line| {
        if line == "Add b/new" {
            site.refuse("up/b", true);
        }
    });
    assert!(matches!(outcome, Err(Error::Partial(_))), "{outcome:?}");
    assert_eq!(site.names(), ["up/b/extra", "up/b/gone/deep", "up/b/new"], "{told:#?}");
    let kept = told.iter().filter(|line| line.contains("the directory it is in could not be listed again"));
    assert_eq!(kept.count(), 3, "{told:#?}");
}
