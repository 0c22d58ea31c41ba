//! Trees that are made equal: once, and then only what has changed.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::UNIX_EPOCH;

use ftpclient::client::{Act, MirrorAction, MirrorRequest};

use super::*;

/// Each file and what is in it; a directory has a slash behind it.
type Tree = BTreeMap<String, Vec<u8>>;

/// Some time in the past, in seconds since 1970.
const OLD: u64 = 1_700_000_000;

fn planted() -> Tree {
    let mut tree = Tree::new();
    for directory in ["a/", "a/b c/", "a/b c/d/", "empty/"] {
        tree.insert(directory.into(), Vec::new());
    }
    for (seed, file) in ["f", "a/f", "a/b c/g h", "a/b c/d/deep", "a/large"].iter().enumerate() {
        let size = if file.ends_with("large") { 200_000 } else { 100 + seed };
        tree.insert((*file).into(), content(size));
    }
    tree.insert("a/nothing".into(), Vec::new());
    tree
}

fn tree_at(place: &Path) -> Tree {
    fn collect(directory: &Path, above: &str, tree: &mut Tree) {
        for entry in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap()) {
            let path = format!("{above}{}", entry.file_name().to_string_lossy());
            if entry.file_type().unwrap().is_dir() {
                tree.insert(format!("{path}/"), Vec::new());
                collect(&entry.path(), &format!("{path}/"), tree);
            } else {
                tree.insert(path, fs::read(entry.path()).unwrap());
            }
        }
    }
    let mut tree = Tree::new();
    collect(place, "", &mut tree);
    tree
}

fn set_time(path: &Path, seconds: u64) {
    let file = fs::File::options().append(true).open(path).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
}

/// How a tree is made equal, and which way.
type Mirror = fn(&mut Client, &MirrorRequest) -> (Vec<String>, Result<()>);

fn told(acts: &mut Vec<String>, action: &MirrorAction<'_>) {
    let outcome = action.outcome.err().map(|error| format!(": {error}")).unwrap_or_default();
    acts.push(format!("{:?} {}{outcome}", action.act, String::from_utf8_lossy(action.path)));
    assert!(action.act != Act::Conflict);
}

fn get(client: &mut Client, wanted: &MirrorRequest) -> (Vec<String>, Result<()>) {
    let mut acts = Vec::new();
    let mut action = |action: &MirrorAction<'_>| {
        told(&mut acts, action);
        Ok(())
    };
    let outcome = client.run(async |client| client.mirror_get(wanted, None, &mut action).await);
    (acts, outcome)
}

fn put(client: &mut Client, wanted: &MirrorRequest) -> (Vec<String>, Result<()>) {
    let mut acts = Vec::new();
    let mut action = |action: &MirrorAction<'_>| {
        told(&mut acts, action);
        Ok(())
    };
    let outcome = client.run(async |client| client.mirror_put(wanted, None, &mut action).await);
    (acts, outcome)
}

/// Makes `target` equal to `source`, which is changed from one run to the next.
fn play(
    client: &mut Client,
    mirror: Mirror,
    wanted: &MirrorRequest,
    source: &Path,
    target: &Path,
    title: &str,
) {
    let all = planted();
    let run = |client: &mut Client, wanted: &MirrorRequest| {
        let (acts, outcome) = mirror(client, wanted);
        if let Err(error) = outcome {
            panic!("{title}: {error}: {acts:#?}");
        }
        acts
    };
    let count = |acts: &[String], what: &str| acts.iter().filter(|act| act.starts_with(what)).count();
    let dry = MirrorRequest { dry_run: true, ..wanted.clone() };
    let planned = run(client, &dry);
    assert!(!target.exists());
    let acts = run(client, wanted);
    assert_eq!(acts, planned, "{title}");
    assert_eq!(count(&acts, "Add"), all.len(), "{title}: {acts:#?}");
    assert!(tree_at(target) == all, "{title}");
    let acts = run(client, wanted);
    assert_eq!(count(&acts, "Keep"), all.len(), "{title}: {acts:#?}");
    // One is another now, by its size.
    fs::write(source.join("a/b c/g h"), "another").unwrap();
    let acts = run(client, wanted);
    assert_eq!((count(&acts, "Keep"), count(&acts, "Replace")), (all.len() - 1, 1), "{title}: {acts:#?}");
    assert_eq!(fs::read(target.join("a/b c/g h")).unwrap(), b"another");
    fs::remove_dir_all(source.join("a/b c/d")).unwrap();
    fs::remove_file(source.join("f")).unwrap();
    let acts = run(client, wanted);
    assert_eq!(count(&acts, "Keep"), acts.len(), "{title}: {acts:#?}");
    let acts = run(client, &MirrorRequest { deletes: true, ..wanted.clone() });
    let deleted: Vec<_> = acts.iter().filter(|act| act.starts_with("Delete")).collect();
    assert_eq!(deleted, ["Delete a/b c/d/deep", "Delete a/b c/d", "Delete f"], "{title}");
    assert!(tree_at(target) == tree_at(source), "{title}");
}

pub(super) fn trees(subject: &Subject) {
    let place = tempfile::tempdir().unwrap();
    let mut client = subject.log_in();
    let there = subject.root.join("mirrored");
    let _ = fs::remove_dir_all(&there);
    let here = place.path().join("here");
    fs::create_dir(&here).unwrap();
    for (path, content) in planted() {
        if path.ends_with('/') {
            fs::create_dir(here.join(path)).unwrap();
        } else {
            fs::write(here.join(&path), content).unwrap();
            set_time(&here.join(path), OLD);
        }
    }
    let wanted =
        MirrorRequest { remote: b"mirrored".to_vec(), local: here.clone(), ..MirrorRequest::default() };
    play(&mut client, put, &wanted, &here, &there, &format!("{}, up", subject.title()));
    fs::remove_dir_all(&there).unwrap();
    subject.mkdir("mirrored");
    for (path, content) in planted() {
        match path.strip_suffix('/') {
            Some(path) => subject.mkdir(&format!("mirrored/{path}")),
            None => subject.put(&format!("mirrored/{path}"), &content),
        }
    }
    let wanted = MirrorRequest { local: place.path().join("down"), ..wanted };
    play(&mut client, get, &wanted, &there, &wanted.local, &format!("{}, down", subject.title()));
    fs::remove_dir_all(&there).unwrap();
    assert_in_step(&mut client, subject);
    quit(client);
}
