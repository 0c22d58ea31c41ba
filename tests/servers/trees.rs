//! Trees whose names servers misread: walked, found by patterns, fetched and deleted.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;

use ftpclient::client::{Answer, GlobRequest, Visited, WalkRequest};
use ftpclient::protocol::listing::Kind;

use super::*;

/// Directories, each with a file in it.
const NAMES: &[&str] = &[
    "[ab]",
    "a*b",
    "q?",
    "a[b",
    "-la",
    "-",
    "~root",
    "{x,y}",
    "back\\slash",
    " lead",
    "trail ",
    "sp ace",
    "\"q\"",
    "$HOME",
    "a;b",
    "#x",
    "caf\u{e9}",
    "a -> b",
    ".dot",
    // What patterns would match.
    "a",
    "aXb",
    "qq",
    "x",
];

/// Names that no command reaches on a server, or that it does not show as they are.
const UNREACHABLE: &[(&str, &[&str])] = &[
    ("pure-ftpd", &["back\\slash"]),
    ("aioftp", &["trail "]),
    ("zope.server", &["trail "]),
    ("globus-gridftp-server", &["caf\u{e9}"]),
    ("twisted", &["caf\u{e9}"]),
    ("copyparty", &["back\\slash", ".dot"]),
    ("ftp-srv", &["back\\slash", "\"q\""]),
];

/// Servers that show a link as what it leads to, whatever they are asked.
pub(super) const HIDE_LINKS: &[&str] =
    &["libunftp", "aioftp", "twisted", "zope.server", "copyparty", "ftp-srv"];

/// Makes the tree. What is in it: each path with a mark of its kind.
fn plant(subject: &Subject) -> BTreeSet<String> {
    let _ = fs::remove_dir_all(subject.root.join("tree"));
    subject.mkdir("tree");
    let unreachable =
        UNREACHABLE.iter().find(|(name, _)| *name == subject.name).map_or(&[][..], |(_, names)| *names);
    let mut planted = BTreeSet::new();
    for name in NAMES.iter().filter(|name| !unreachable.contains(name)) {
        subject.mkdir(&format!("tree/{name}"));
        subject.put(&format!("tree/{name}/in it"), b"data");
        planted.insert(format!("{name}/"));
        planted.insert(format!("{name}/in it"));
    }
    if !HIDE_LINKS.contains(&&*subject.name) {
        symlink("..", subject.root.join("tree/a/up")).unwrap();
        planted.insert("a/up->".into());
    }
    planted
}

fn mark(kind: Kind) -> &'static str {
    match kind {
        Kind::Directory => "/",
        Kind::Link => "->",
        _ => "",
    }
}

fn walk(client: &mut Client, path: Option<&str>) -> Vec<String> {
    let wanted = WalkRequest { path: path.map(|path| path.as_bytes().to_vec()), ..WalkRequest::default() };
    let mut shown = Vec::new();
    let mut visit = |visited: &Visited<'_>| {
        shown.push(format!("{}{}", String::from_utf8_lossy(visited.path), mark(visited.entry.kind)));
        Answer::GoOn
    };
    client.run(async |client| client.walk(&wanted, &mut visit).await).must();
    shown
}

fn glob(client: &mut Client, pattern: &str) -> Vec<String> {
    let wanted = GlobRequest { pattern: pattern.as_bytes().to_vec(), ..GlobRequest::default() };
    let found = client.run(async |client| client.glob(&wanted).await).must();
    found.into_iter().map(|one| String::from_utf8(one.path).unwrap()).collect()
}

pub(super) fn walk_a_tree_of_nasty_names(subject: &Subject) {
    let planted = plant(subject);
    let mut client = subject.log_in();
    let shown = walk(&mut client, Some("tree"));
    let expected: BTreeSet<String> = planted.iter().map(|path| format!("tree/{path}")).collect();
    assert_eq!(shown.iter().cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(shown.len(), expected.len(), "nothing is shown twice");
    assert_in_step(&mut client, subject);
    client.run(async |client| client.cwd(b"tree").await).must();
    assert_eq!(walk(&mut client, None).into_iter().collect::<BTreeSet<_>>(), planted);
    quit(client);
}

pub(super) fn find_fetch_and_delete_nasty_names(subject: &Subject) {
    let planted = plant(subject);
    let mut client = subject.log_in();
    let is_shown = |path: &&String| path.ends_with("in it") && !path.starts_with('.');
    let files: Vec<String> = planted.iter().filter(is_shown).map(|path| format!("tree/{path}")).collect();
    assert_eq!(glob(&mut client, "tree/*/in*"), files);
    for (pattern, found) in [
        ("tree/\\[ab\\]/*", vec!["tree/[ab]/in it"]),
        ("tree/a\\*b/in it", vec!["tree/a*b/in it"]),
        ("tree/q\\?", vec!["tree/q?"]),
        ("tree/q?", vec!["tree/q?", "tree/qq"]),
        ("tree/[-~]*/*", vec!["tree/-/in it", "tree/-la/in it", "tree/~root/in it"]),
        ("tree/no such name", vec![]),
        ("tree/a/in it/*", vec![]),
    ] {
        assert_eq!(glob(&mut client, pattern), found, "{pattern}");
    }
    for path in files {
        assert_eq!(retrieve(&mut client, &format!("RETR {path}"), None).must(), b"data", "{path}");
        client.run(async |client| client.delete(path.as_bytes()).await).must();
        assert!(!subject.root.join(&path).exists(), "{path}");
    }
    assert_in_step(&mut client, subject);
    quit(client);
}

/// What is behind a link stays, whatever the listings of the server show: in the tree, below it, and as the path itself.
pub(super) fn remove_a_tree_with_links(subject: &Subject) {
    subject.mkdir("kept");
    subject.put("kept/precious", b"kept");
    subject.mkdir("links/deep");
    subject.put("links/deep/file", b"x");
    for (target, path) in [("../kept", "links/link"), ("../..", "links/deep/up"), ("kept", "link itself")] {
        symlink(target, subject.root.join(path)).unwrap();
    }
    let mut client = subject.log_in();
    for path in ["link itself", "links"] {
        // Some servers remove no link to a directory.
        let _ = client.run(async |client| client.remove_tree(path.as_bytes()).await);
        assert_eq!(subject.get("kept/precious"), b"kept", "{path}");
    }
    assert!(!subject.root.join("links/deep/file").exists());
}
