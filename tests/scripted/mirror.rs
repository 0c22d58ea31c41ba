//! Trees from the server: what is equal stays, what leads elsewhere is left alone, and what was interrupted goes on.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use ftpclient::client::{Act, GetRequest, MirrorAction, MirrorReport, MirrorRequest, Retries};
use support::site::{Habits, Site};
use tempfile::TempDir;

use super::*;

/// A place for a tree: `in` is the target, and what is beside it must stay as it is.
struct Place {
    directory: TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Place {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("in");
        Place { directory, path }
    }

    fn wanted(&self) -> MirrorRequest {
        MirrorRequest { remote: b"/".to_vec(), local: self.path.clone(), ..MirrorRequest::default() }
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// All paths of the target, with what the files have in them.
    fn tree(&self) -> BTreeMap<String, String> {
        let mut tree = BTreeMap::new();
        collect(&self.path, "", &mut tree);
        tree
    }
}

fn collect(directory: &Path, above: &str, tree: &mut BTreeMap<String, String>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries {
        let entry = entry.unwrap();
        let path = format!("{above}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            tree.insert(format!("{path}/"), String::new());
            collect(&entry.path(), &format!("{path}/"), tree);
        } else if kind.is_symlink() {
            let target = fs::read_link(entry.path()).unwrap();
            tree.insert(format!("{path}@"), target.to_string_lossy().into_owned());
        } else {
            tree.insert(path, fs::read_to_string(entry.path()).unwrap());
        }
    }
}

fn tree_of(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries.iter().map(|(path, content)| ((*path).into(), (*content).into())).collect()
}

/// What was told: a word, a path, and what went wrong.
type Told = Vec<String>;

fn tell(told: &mut Told, action: &MirrorAction<'_>) {
    let word = match action.act {
        Act::Add => "+",
        Act::Replace => "~",
        Act::Keep => "=",
        Act::Delete => "-",
        Act::Conflict => "!",
        Act::Skip => "?",
    };
    let path = String::from_utf8_lossy(action.path);
    let outcome = match action.outcome {
        Ok(()) => String::new(),
        Err(error) => format!(": {error}"),
    };
    assert!(action.number >= 1 && action.number <= action.count);
    told.push(format!("{word} {path}{outcome}"));
}

fn mirror(client: &mut Client, wanted: &MirrorRequest) -> (Told, Result<()>) {
    let mut told = Vec::new();
    let mut action = |action: &MirrorAction<'_>| {
        tell(&mut told, action);
        Ok(())
    };
    let outcome = client.run(async |client| client.mirror_get(wanted, None, &mut action).await);
    (told, outcome)
}

#[track_caller]
fn all_is_well((told, outcome): (Told, Result<()>)) -> Told {
    outcome.unwrap();
    told
}

fn report(client: &Client) -> MirrorReport {
    client.last_mirror().unwrap()
}

fn at_a_site(habits: Habits) -> (Site, Client) {
    let site = Site::start(habits);
    site.make("d");
    site.make("d/e");
    site.make("empty");
    site.put("f", b"of the root");
    site.put("d/g", b"of d");
    site.put("d/e/h", b"of e");
    let client = logged_in(&site.server);
    (site, client)
}

fn whole() -> BTreeMap<String, String> {
    tree_of(&[
        ("d/", ""),
        ("d/e/", ""),
        ("d/e/h", "of e"),
        ("d/g", "of d"),
        ("empty/", ""),
        ("f", "of the root"),
    ])
}

/// Its report is that of the call all the same.
#[test]
fn a_call_that_is_cancelled_in_its_first_file_has_planned_all() {
    let site = Site::start(Habits::default());
    ["a", "b"].into_iter().for_each(|name| site.put(name, &[0; 200_000]));
    let (mut client, place) = (logged_in(&site.server), Place::new());
    client.set_rate_limit(std::num::NonZeroU64::new(100_000), None);
    let wake = client.reactor().wake().clone();
    client.set_progress(Some(Box::new(move |progress| {
        if !progress.is_listing {
            wake.cancel();
        }
        Ok(())
    })));
    let (told, outcome) = mirror(&mut client, &place.wanted());
    assert!(matches!(outcome, Err(Error::Cancelled(_))) && told.is_empty(), "{outcome:?}, {told:?}");
    assert_eq!(report(&client), MirrorReport { planned: 2, ..MirrorReport::default() });
}

/// What was answered to the end of the file of one call does not stop the next one.
#[test]
fn the_end_of_a_single_file_stops_nothing() {
    let (site, mut client) = at_a_site(Habits::default());
    let place = Place::new();
    for is_set in [true, false] {
        client.set_progress(Some(Box::new(|progress| if progress.has_ended { Err(7) } else { Ok(()) })));
        let local = place.path.with_extension("f");
        let wanted = GetRequest { remote: b"/f".to_vec(), local, ..GetRequest::default() };
        client.run(async |client| client.get(&wanted).await).unwrap();
        if !is_set {
            client.set_progress(None);
        }
        client.begin_call("ftp_mirror_get");
        let (told, outcome) = mirror(&mut client, &place.wanted());
        assert_eq!(outcome.is_ok(), !is_set, "{outcome:?}, {told:?}");
        assert!(!is_set || matches!(outcome, Err(Error::Callback { value: 7, .. })));
        assert_eq!(told.iter().filter(|line| line.ends_with("/h")).count(), 1, "{told:?}");
    }
    assert_eq!(place.tree(), whole());
    drop(site);
}

#[test]
fn a_tree_comes_once_and_then_only_what_has_changed() {
    for knows_mlsd in [true, false] {
        let (site, mut client) = at_a_site(Habits { knows_mlsd, ..Habits::default() });
        let place = Place::new();
        let dry = MirrorRequest { dry_run: true, ..place.wanted() };
        let planned = all_is_well(mirror(&mut client, &dry));
        assert!(!place.path.exists(), "a dry run changes nothing");
        let told = all_is_well(mirror(&mut client, &place.wanted()));
        assert_eq!(told, ["+ d", "+ d/e", "+ d/e/h", "+ d/g", "+ empty", "+ f"]);
        assert_eq!(told, planned);
        assert_eq!(place.tree(), whole());
        let expected = MirrorReport { planned: 6, added: 6, bytes: 19, ..MirrorReport::default() };
        assert_eq!(report(&client), expected);
        let modified = fs::metadata(place.path.join("f")).unwrap().modified().unwrap();
        assert_eq!(modified.duration_since(UNIX_EPOCH).unwrap().as_secs(), 1_767_225_600);
        site.heard();
        let told = all_is_well(mirror(&mut client, &place.wanted()));
        assert_eq!(told, ["= d", "= d/e", "= d/e/h", "= d/g", "= empty", "= f"]);
        assert!(!site.heard().iter().any(|line| line.starts_with("RETR")));
        // One has another size.
        site.put("d/g", b"of d, changed");
        site.set_time("d/g", 0);
        let told = all_is_well(mirror(&mut client, &place.wanted()));
        assert_eq!(told, ["= d", "= d/e", "= d/e/h", "~ d/g", "= empty", "= f"]);
        assert_eq!(place.tree()["d/g"], "of d, changed");
        assert_eq!(report(&client).replaced, 1);
        assert_in_step(&mut client);
    }
}

#[test]
fn a_file_of_the_same_size_and_another_time_is_replaced() {
    let (site, mut client) = at_a_site(Habits::default());
    let place = Place::new();
    all_is_well(mirror(&mut client, &place.wanted()));
    site.put("f", b"of the ROOT");
    site.set_time("f", 30);
    let told = all_is_well(mirror(&mut client, &place.wanted()));
    assert_eq!(told.last().unwrap(), "~ f");
    assert_eq!(place.tree()["f"], "of the ROOT");
    // And here.
    fs::File::options().append(true).open(place.path.join("f")).unwrap().set_modified(UNIX_EPOCH).unwrap();
    let told = all_is_well(mirror(&mut client, &place.wanted()));
    assert_eq!(told.last().unwrap(), "~ f");
}

#[test]
fn nothing_outside_the_target_changes_whatever_the_server_calls_its_files() {
    for knows_mlsd in [true, false] {
        let (site, mut client) = at_a_site(Habits { knows_mlsd, ..Habits::default() });
        let file = |name: &[u8]| -> Vec<u8> {
            let before: &[u8] = if knows_mlsd {
                b"type=file;size=1;modify=20260101000000; "
            } else {
                b"-rw-r--r-- 1 u g 1 Jan 01 02:00 "
            };
            [before, name].concat()
        };
        let directory = |name: &[u8]| -> Vec<u8> {
            let before: &[u8] = if knows_mlsd { b"type=dir; " } else { b"drwxr-xr-x 1 u g 1 Jan 01 02:00 " };
            [before, name].concat()
        };
        let place = Place::new();
        let outside = place.directory.path().join("out");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("x"), "outside").unwrap();
        let absolute = outside.join("x").to_str().unwrap().to_owned();
        let names: [&[u8]; 8] = [
            b"../out/x",
            b"../../x",
            absolute.as_bytes(),
            b"/etc/x",
            b"d/g",
            b"nul\0/../x",
            b"bell\x07",
            b"escape\x1b[2J",
        ];
        for name in names {
            site.show("", file(name));
            site.show("d", file(name));
        }
        site.show("d", file(b"cr\rof"));
        for name in [&b"../out"[..], b"/etc", b"d/e/../../.."] {
            site.show("d/e", directory(name));
        }
        let link = if knows_mlsd {
            format!("type=OS.unix=slink:{};size=1; link", outside.display())
        } else {
            format!("lrwxrwxrwx 1 u g 1 Jan 01 02:00 link -> {}", outside.display())
        };
        site.show("", link);
        site.put("link/x", b"through the link");
        // The same name once more, and as a directory: nothing is behind it.
        site.show("empty", file(b"twice"));
        site.show("empty", directory(b"twice"));
        let (told, outcome) = mirror(&mut client, &place.wanted());
        let error = outcome.unwrap_err();
        assert!(matches!(error, Error::Partial(_)), "{error}");
        assert_text(&client, &error, "entries were not done");
        assert_eq!(place.tree(), whole(), "only the safe names are there");
        let beside: Vec<_> =
            fs::read_dir(place.directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(beside.len(), 2, "{beside:?}");
        assert_eq!(fs::read_to_string(outside.join("x")).unwrap(), "outside");
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
        for (above, name) in names.iter().flat_map(|name| [("", name), ("d/", name)]) {
            let name = String::from_utf8_lossy(name);
            let what = if name.contains('/') { "may lead elsewhere" } else { "has a control character" };
            let line = format!("? {above}{name}: the name {what}");
            assert!(told.contains(&line), "{line:?} is not in {told:#?}");
        }
        assert!(told.iter().any(|line| line.starts_with("? d/cr")), "{told:#?}");
        assert!(told.contains(&"? d/e/../out: the name may lead elsewhere".into()));
        assert!(told.contains(&"? link".into()) && told.iter().any(|line| line.starts_with("! empty/twice")));
        assert!(
            !site
                .heard()
                .iter()
                .any(|line| line.contains("..") || line.contains("link") || line.contains("twice"))
        );
        assert_in_step(&mut client);
    }
}

#[test]
fn links_in_the_target_are_not_followed_either() {
    let (_site, mut client) = at_a_site(Habits::default());
    let place = Place::new();
    let outside = place.directory.path().join("out");
    fs::create_dir_all(outside.join("e")).unwrap();
    fs::write(outside.join("g"), "outside").unwrap();
    fs::create_dir(&place.path).unwrap();
    symlink(&outside, place.path.join("d")).unwrap();
    symlink(outside.join("g"), place.path.join("f")).unwrap();
    symlink(&outside, place.path.join("extra")).unwrap();
    let wanted = MirrorRequest { deletes: true, ..place.wanted() };
    let (told, outcome) = mirror(&mut client, &wanted);
    assert!(matches!(outcome, Err(Error::Partial(_))));
    assert_eq!(told, ["! d: a link is in the way", "+ empty", "! f: a link is in the way", "- extra"]);
    assert_eq!(fs::read_to_string(outside.join("g")).unwrap(), "outside");
    assert!(outside.join("e").exists() && !place.path.join("extra").exists());
    assert_eq!(report(&client).conflicts, 2);
}

#[test]
fn a_directory_that_becomes_a_link_meanwhile_is_noticed() {
    let (_site, mut client) = at_a_site(Habits::default());
    let place = Place::new();
    let outside = place.directory.path().join("out");
    fs::create_dir(&outside).unwrap();
    let mut told = Vec::new();
    let mut action = |action: &MirrorAction<'_>| {
        tell(&mut told, action);
        if action.path == b"d/e" {
            fs::rename(place.path.join("d/e"), place.path.join("moved")).unwrap();
            symlink(&outside, place.path.join("d/e")).unwrap();
        }
        Ok(())
    };
    let wanted = place.wanted();
    let outcome = client.run(async |client| client.mirror_get(&wanted, None, &mut action).await);
    assert!(matches!(outcome, Err(Error::Partial(_))));
    assert!(told.iter().any(|line| line.starts_with("+ d/e/h: cannot open")), "{told:#?}");
    assert!(told.contains(&"+ d/g".into()), "{told:#?}");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    assert_eq!((report(&client).failed, report(&client).added), (1, 5));
}

#[test]
fn what_the_server_does_not_have_is_deleted_only_where_all_is_known() {
    let (site, mut client) = at_a_site(Habits::default());
    let place = Place::new();
    all_is_well(mirror(&mut client, &place.wanted()));
    for path in ["old", "d/old", "d/e/old", "gone/deep/old"] {
        place.write(path, "old");
    }
    all_is_well(mirror(&mut client, &place.wanted()));
    assert_eq!(place.tree().len(), whole().len() + 6, "nobody has asked for it");
    site.refuse("d/e", true);
    site.show("d", "type=file; ../x");
    let wanted = MirrorRequest { deletes: true, ..place.wanted() };
    let dry = MirrorRequest { dry_run: true, ..wanted.clone() };
    let planned = mirror(&mut client, &dry).0;
    let (told, outcome) = mirror(&mut client, &wanted);
    assert!(matches!(outcome, Err(Error::Partial(_))));
    assert_eq!(told, planned);
    let deleted: Vec<_> = told.iter().filter(|line| line.starts_with('-')).collect();
    assert_eq!(deleted, ["- gone/deep/old", "- gone/deep", "- gone", "- old"]);
    assert!(told.iter().any(|line| line.starts_with("? d/e: MLSD /d/e: 550")), "{told:#?}");
    assert!(place.path.join("d/old").exists() && place.path.join("d/e/old").exists());
    assert_in_step(&mut client);
}

#[test]
fn what_is_empty_by_the_servers_word_alone_deletes_nothing() {
    const WHY: &str = "its listing was confirmed without a data connection: it may not be empty";
    for knows_mlsd in [true, false] {
        let (site, mut client) = at_a_site(Habits { knows_mlsd, ..Habits::default() });
        let place = Place::new();
        all_is_well(mirror(&mut client, &place.wanted()));
        place.write("d/old", "old");
        place.write("old", "old");
        site.confirm_without_data("d/e");
        // Nothing is lost where nothing is deleted.
        all_is_well(mirror(&mut client, &place.wanted()));
        let mut expected = place.tree();
        let wanted = MirrorRequest { deletes: true, ..place.wanted() };
        let (told, outcome) = mirror(&mut client, &wanted);
        assert!(matches!(outcome, Err(Error::Partial(_))), "{outcome:?}");
        assert!(told.contains(&format!("? d/e: /d/e: {WHY}")), "{told:#?}");
        expected.remove("old");
        expected.remove("d/old");
        assert_eq!(place.tree(), expected);
        site.confirm_without_data("");
        let (_, outcome) = mirror(&mut client, &wanted);
        assert_text(&client, &outcome.unwrap_err(), WHY);
        assert_eq!(place.tree(), expected);
        assert_in_step(&mut client);
    }
}

/// The names behind such a line are missing, and its own may be another one.
#[test]
fn a_listing_without_its_last_line_end_deletes_nothing_and_is_told() {
    for (knows_mlsd, end) in [
        (true, "; f02"),
        (true, "; f020"),
        (true, "; f020\r"),
        (true, "; f020\r\ntype=fi"),
        (true, "; f020\r\n\ntype=cdir"),
        (false, " f02"),
        (false, " f020"),
        (false, " f020\r\n-rw-r"),
    ] {
        let (site, mut client) = at_a_site(Habits { knows_mlsd, ..Habits::default() });
        let place = Place::new();
        for directory in ["", "d/"] {
            for number in 0..30 {
                site.put(&format!("{directory}f0{number:02}"), b"content");
            }
        }
        all_is_well(mirror(&mut client, &place.wanted()));
        place.write("d/old", "old");
        place.write("d/gone/old", "old");
        place.write("old", "old");
        let before = place.tree();
        let line_of_directory = end.contains("cdir");
        if line_of_directory {
            site.show("d", "\ntype=cdir; /d");
        }
        site.cut("d", if line_of_directory { "\ntype=cdir" } else { end });
        let wanted = MirrorRequest { deletes: true, ..place.wanted() };
        let (told, outcome) = mirror(&mut client, &wanted);
        assert!(matches!(outcome, Err(Error::Partial(_))), "{end:?}: {outcome:?}");
        let deleted: Vec<_> = told.iter().filter(|line| line.starts_with('-')).collect();
        assert_eq!(deleted, ["- old"], "{end:?}");
        assert!(
            told.iter().any(|line| line.starts_with("? d/") && line.contains("ends without a line end")),
            "{end:?}: {told:#?}"
        );
        assert!(!told.iter().any(|line| line.starts_with('+')), "{end:?}: {told:#?}");
        let mut expected = before;
        expected.remove("old");
        assert_eq!(place.tree(), expected, "{end:?}");
        assert_in_step(&mut client);
    }
}

#[test]
fn patterns_and_a_callback_choose_what_takes_part() {
    let (_site, mut client) = at_a_site(Habits::default());
    let place = Place::new();
    let patterns = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>();
    let wanted = MirrorRequest { include: patterns(&["/d/**"]), exclude: patterns(&["g"]), ..place.wanted() };
    assert_eq!(all_is_well(mirror(&mut client, &wanted)), ["+ d", "+ d/e", "+ d/e/h"]);
    // What takes no part is not deleted.
    place.write("d/g", "mine");
    place.write("mine", "mine");
    let deleting = MirrorRequest { deletes: true, ..wanted };
    assert_eq!(all_is_well(mirror(&mut client, &deleting)), ["= d", "= d/e", "= d/e/h"]);
    let mut asked = Vec::new();
    let mut filter = |path: &[u8], _: &ftpclient::protocol::listing::Entry<'_>| {
        asked.push(String::from_utf8_lossy(path).into_owned());
        path != b"d"
    };
    let mut told = Vec::new();
    let mut action = |action: &MirrorAction<'_>| {
        tell(&mut told, action);
        Ok(())
    };
    let wanted = place.wanted();
    client.run(async |client| client.mirror_get(&wanted, Some(&mut filter), &mut action).await).unwrap();
    assert_eq!(told, ["+ empty", "+ f"]);
    asked.sort();
    assert_eq!(asked, ["d", "empty", "f", "mine"], "what is not taken is not entered");
    let wrong = MirrorRequest { include: patterns(&[""]), ..place.wanted() };
    assert!(matches!(mirror(&mut client, &wrong).1, Err(Error::InvalidArgument(_))));
}

#[test]
fn one_file_that_fails_does_not_end_it() {
    let (site, mut client) = at_a_site(Habits::default());
    site.show("", "type=file;size=1;modify=20260101000000; aaa");
    let place = Place::new();
    let (told, outcome) = mirror(&mut client, &place.wanted());
    let error = outcome.unwrap_err();
    assert_eq!(error.to_string(), "1 of 7 entries was not done: aaa: RETR /aaa: 550 no such file");
    assert_eq!(told[0], "+ aaa: RETR /aaa: 550 no such file");
    assert_eq!(place.tree(), whole());
    assert_in_step(&mut client);
}

#[test]
fn a_callback_stops_it_and_the_next_call_goes_on() {
    let (_site, mut client) = at_a_site(Habits::default());
    let place = Place::new();
    let wanted = place.wanted();
    let mut action = |action: &MirrorAction<'_>| if action.path == b"d/g" { Err(7) } else { Ok(()) };
    let error = client.run(async |client| client.mirror_get(&wanted, None, &mut action).await).unwrap_err();
    assert!(matches!(error, Error::Callback { value: 7, .. }), "{error}");
    assert_in_step(&mut client);
    let told = all_is_well(mirror(&mut client, &wanted));
    assert_eq!(told, ["= d", "= d/e", "= d/e/h", "= d/g", "+ empty", "+ f"]);
}

#[test]
fn what_is_no_directory_is_no_tree() {
    let (_site, mut client) = at_a_site(Habits::default());
    let place = Place::new();
    for remote in ["/f", "/none"] {
        let wanted = MirrorRequest { remote: remote.into(), ..place.wanted() };
        let error = mirror(&mut client, &wanted).1.unwrap_err();
        assert!(matches!(error, Error::NotFound(_)), "{remote}: {error}");
    }
    fs::write(&place.path, "a file").unwrap();
    let error = mirror(&mut client, &place.wanted()).1.unwrap_err();
    assert!(matches!(error, Error::File { .. }), "{error}");
    let nowhere = MirrorRequest { local: place.path.join("x/y"), ..place.wanted() };
    assert!(matches!(mirror(&mut client, &nowhere).1, Err(Error::File { .. })));
    assert_in_step(&mut client);
}

/// Lets the server die at each step in turn, until there is no such step.
fn at_each_step(mut check: impl FnMut(&Site, &mut Client, usize)) -> usize {
    for step in 0..200 {
        let (site, mut client) = at_a_site(Habits::default());
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
        let place = Place::new();
        let (_, outcome) = mirror(client, &place.wanted());
        if let Err(error) = outcome {
            assert!(site.has_died() && !client.is_connected(), "{step}: {error}");
            let so_far = place.tree();
            assert!(
                so_far.iter().all(|(path, content)| whole().get(path) == Some(content)),
                "{step}: {so_far:?}"
            );
            client.run(async |client| client.reconnect().await).unwrap();
            all_is_well(mirror(client, &place.wanted()));
        }
        assert_eq!(place.tree(), whole(), "{step}");
    });
    assert!(steps > 30, "{steps}");
}

#[test]
fn with_retries_a_server_that_dies_at_any_step_does_no_harm() {
    at_each_step(|site, client, step| {
        let place = Place::new();
        client.set_retries(Retries { count: 1, first_wait: Duration::from_millis(1) });
        let told = all_is_well(mirror(client, &place.wanted()));
        assert_eq!(told, ["+ d", "+ d/e", "+ d/e/h", "+ d/g", "+ empty", "+ f"], "{step}");
        assert_eq!(place.tree(), whole(), "{step}");
        assert!(client.is_connected(), "{step}");
        site.live();
    });
}
