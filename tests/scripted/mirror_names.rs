//! Mirrors and names that cannot be used: who leaves them out hears nothing of them, and they are left alone on both sides.

use std::fs;
use std::path::Path;

use ftpclient::client::{Act, MirrorAction, MirrorRequest};
use ftpclient::protocol::listing::Entry;
use ftpclient::protocol::verb::Direction;
use support::site::{Habits, Site};
use tempfile::TempDir;

use super::*;

const BELL: &str = "bell\x07";

/// `here` is one tree, and /up of the server is the other one.
struct Both {
    site: Site,
    client: Client,
    here: TempDir,
}

/// Which patterns are given.
#[derive(Copy, Clone, Default)]
struct Patterns {
    include: &'static [&'static str],
    exclude: &'static [&'static str],
}

impl Both {
    /// Nothing is here, and a few directories are there.
    fn new() -> Both {
        let site = Site::start(Habits { knows_mfmt: true, ..Habits::default() });
        for directory in ["up", "up/d", "up/gone"] {
            site.make(directory);
        }
        let client = logged_in(&site.server);
        Both { site, client, here: tempfile::tempdir().unwrap() }
    }

    fn write(&self, path: &str) {
        let path = self.here.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }

    fn is_here(&self, path: impl AsRef<Path>) -> bool {
        self.here.path().join(path).exists()
    }

    /// Mirrors with deletions, and tells what was done besides what was kept.
    fn mirror(&mut self, direction: Direction, patterns: Patterns) -> (Vec<String>, Result<()>) {
        let texts = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect();
        let wanted = MirrorRequest {
            remote: b"/up".to_vec(),
            local: self.here.path().to_owned(),
            include: texts(patterns.include),
            exclude: texts(patterns.exclude),
            deletes: true,
            ..MirrorRequest::default()
        };
        let mut told = Vec::new();
        let mut action = |action: &MirrorAction<'_>| {
            let path = String::from_utf8_lossy(action.path);
            let outcome = action.outcome.map_or_else(|error| format!(": {error}"), |()| String::new());
            if action.act != Act::Keep {
                told.push(format!("{:?} {path}{outcome}", action.act));
            }
            Ok(())
        };
        let mut filter = |_: &[u8], entry: &Entry<'_>| {
            assert!(!entry.is_unsafe_name(), "{entry:?}");
            true
        };
        let (filter, action) = (Some(&mut filter as _), &mut action);
        let outcome = self.client.run(async |client| match direction {
            Direction::FromServer => client.mirror_get(&wanted, filter, action).await,
            Direction::ToServer => client.mirror_put(&wanted, filter, action).await,
        });
        assert_in_step(&mut self.client);
        (told, outcome)
    }
}

#[track_caller]
fn assert_partial((told, outcome): (Vec<String>, Result<()>), expected: &[&str]) {
    assert_eq!(told, expected);
    assert!(matches!(outcome, Err(Error::Partial(_))), "{outcome:?}");
}

#[track_caller]
fn assert_whole((told, outcome): (Vec<String>, Result<()>), expected: &[&str]) {
    assert_eq!(told, expected);
    outcome.unwrap();
}

#[test]
fn names_of_the_server_that_cannot_be_used_can_be_left_out() {
    let mut both = Both::new();
    both.site.put("up/keep", b"x");
    both.site.put("up/d/keep", b"x");
    both.site.show("up", "type=file;size=1; ../evil");
    both.site.show("up/d", format!("type=file;size=1; {BELL}"));
    for path in ["old", "d/old", "alone/old", &format!("alone/{BELL}")] {
        both.write(path);
    }
    let get = Direction::FromServer;
    // One is left out, and the other one keeps what is beside it from being deleted.
    let one = Patterns { exclude: &["bell*"], ..Patterns::default() };
    let evil = "Skip ../evil: the name may lead elsewhere";
    let told = ["Add d/keep", "Add gone", "Add keep", "Delete d/old"];
    assert_partial(both.mirror(get, one), &[&[evil][..], &told].concat());
    both.site.refuse("up/gone", true);
    let (told, outcome) = both.mirror(get, Patterns { include: &["keep"], ..Patterns::default() });
    assert!(matches!(outcome, Err(Error::Partial(_))), "something in it may be called so");
    assert!(matches!(&told[..], [gone] if gone.starts_with("Skip gone: MLSD")), "{told:?}");
    both.site.refuse("up/gone", false);
    assert_whole(both.mirror(get, Patterns { include: &["keep"], ..Patterns::default() }), &[]);
    let bell = format!("Skip d/{BELL}: the name has a control character");
    assert_partial(both.mirror(get, Patterns { include: &["*l*"], ..Patterns::default() }), &[evil, &bell]);
    assert!(both.is_here("old") && both.is_here("alone/old"));
    // What is left out here keeps its directory.
    let all = Patterns { exclude: &["bell*", "*evil"], ..Patterns::default() };
    assert_whole(both.mirror(get, all), &["Delete alone/old", "Delete old"]);
    assert!(both.is_here(Path::new("alone").join(BELL)));
    assert_whole(both.mirror(get, all), &[]);
    assert!(!both.site.heard().iter().any(|line| line.contains("evil") || line.contains("bell")));
}

#[test]
fn a_server_that_writes_paths_does_not_make_files_seem_left_out() {
    let mut both = Both::new();
    both.site.show("up/d", "type=file;size=1; d/x.c");
    both.write("d/x.c");
    let told = ["Skip d/d/x.c: the name may lead elsewhere"];
    assert_partial(
        both.mirror(Direction::FromServer, Patterns { include: &["/d/*.c"], exclude: &[] }),
        &told,
    );
    assert!(both.is_here("d/x.c"));
}

#[test]
fn names_of_this_machine_that_cannot_be_used_can_be_left_out() {
    let mut both = Both::new();
    for path in ["keep", "n\nl", "d/keep", "tab\t/x"] {
        both.write(path);
    }
    for path in ["up/old", "up/gone/old"] {
        both.site.put(path, b"x");
    }
    both.site.show("up/gone", format!("type=file;size=1; {BELL}"));
    let put = Direction::ToServer;
    let skipped = |name: &str| format!("Skip {name}: the name has a control character");
    let (newline, tab) = (skipped("n\nl"), skipped("tab\t"));
    let some = Patterns { exclude: &["n*", BELL], ..Patterns::default() };
    assert_partial(both.mirror(put, some), &[&tab, "Add d/keep", "Add keep"]);
    // An include pattern is for files: a directory may have such a file.
    let (mut told, outcome) = both.mirror(put, Patterns { include: &["keep"], ..Patterns::default() });
    told.retain(|line| line.starts_with("Skip"));
    assert_eq!(told, [&*tab]);
    assert!(outcome.is_err());
    let (mut told, _) = both.mirror(put, Patterns { exclude: &["tab*/"], ..Patterns::default() });
    told.retain(|line| line.starts_with("Skip"));
    assert_eq!(told, [newline]);
    let all = Patterns { exclude: &["n*", "tab*", BELL], ..Patterns::default() };
    assert_whole(both.mirror(put, all), &["Delete gone/old", "Delete old"]);
    assert!(both.site.is_directory("up/gone"), "what is left out keeps its directory");
    assert_whole(both.mirror(put, all), &[]);
    assert!(!both.site.heard().iter().any(|line| line.contains("tab") || line.contains("bell")));
}
