//! Walks and patterns: which directories are listed, what is shown, and where the session stands then.

mod cut;
mod patterns;
mod removal;

use std::collections::HashMap;

use ftpclient::client::{Answer, GlobRequest, WalkRequest};
use ftpclient::protocol::listing::Kind;

use super::support::scripted::Gone;
use super::*;

/// What a server of a tree says: the listing of each directory by the argument of MLSD or LIST, or a refusal.
#[derive(Clone, Default)]
struct Tree {
    mlsd: HashMap<&'static str, String>,
    list: HashMap<&'static str, String>,
    /// Files that MLST knows.
    there: Vec<&'static str>,
    /// The directory of any path has one directory, x.
    is_endless: bool,
    /// What a server that removes files and directories greets with. The others do not.
    greeting: &'static str,
}

/// A server that knows MLSD. Each entry of a directory is a name; a slash behind it makes a directory of it, and an arrow a link.
fn mlsd(directories: &[(&'static str, &[&str])]) -> Tree {
    let line = |name: &&str| match (name.strip_suffix('/'), name.strip_suffix("->")) {
        (Some(name), _) => format!("type=dir; {name}\r\n"),
        (_, Some(name)) => format!("type=OS.unix=slink:/; {name}\r\n"),
        _ => format!("type=file;size=1; {name}\r\n"),
    };
    let text = |names: &&[&str]| names.iter().map(line).collect::<String>();
    Tree { mlsd: directories.iter().map(|(path, names)| (*path, text(names))).collect(), ..Tree::default() }
}

/// The same for LIST.
fn list(directories: &[(&'static str, &[&str])]) -> HashMap<&'static str, String> {
    let line = |name: &&str| match (name.strip_suffix('/'), name.strip_suffix("->")) {
        (Some(name), _) => format!("drwxr-xr-x 2 u g 4096 Jan 15  2020 {name}\r\n"),
        (_, Some(name)) => format!("lrwxrwxrwx 1 u g 1 Jan 15  2020 {name} -> /\r\n"),
        _ => format!("-rw-r--r-- 1 u g 1 Jan 15  2020 {name}\r\n"),
    };
    let text = |names: &&[&str]| names.iter().map(line).collect::<String>();
    directories.iter().map(|(path, names)| (*path, text(names))).collect()
}

impl Tree {
    fn serve(self) -> Scripted {
        Scripted::react(move |s, _| drop(self.talk(s)))
    }

    fn talk(&self, s: &mut Session) -> Result<(), Gone> {
        let mut listener = None;
        let mut listed = Vec::new();
        s.say(if self.greeting.is_empty() { "220 ready" } else { self.greeting })?;
        loop {
            let line = s.hear()?;
            let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
            match verb {
                "USER" => s.say("331 password")?,
                "PASS" => s.say("230 welcome")?,
                "FEAT" if self.mlsd.is_empty() && !self.is_endless => s.say("500 what?")?,
                "FEAT" => s.try_send("211-Features:\r\n MLST type*;size*;\r\n211 End\r\n")?,
                "PWD" => s.say("257 \"/in/step\"")?,
                "PASV" => listener = Some(s.offer_passive()?),
                "MLSD" if self.is_endless => {
                    self.send(s, listener.take(), Some(&"type=dir; x\r\n".into()))?
                }
                "MLSD" => {
                    listed.push(argument.to_owned());
                    self.send(s, listener.take(), self.mlsd.get(argument))?;
                }
                "DELE" if !self.greeting.is_empty() => {
                    s.say(if argument.ends_with("kept") { "550 it stays" } else { "250 gone" })?;
                }
                "RMD" if !self.greeting.is_empty() => {
                    // What was not looked into cannot be empty.
                    let was_listed = listed.iter().any(|path| path == argument);
                    let keeps =
                        |(path, text): (&&str, &String)| path.starts_with(argument) && text.contains("kept");
                    let is_empty = was_listed && !self.mlsd.iter().any(keeps);
                    s.say(if is_empty { "250 gone" } else { "550 it is not empty" })?;
                }
                "LIST" => {
                    let path = argument.trim_start_matches("-a").trim_start();
                    self.send(s, listener.take(), self.list.get(path))?;
                }
                "MLST" if self.there.contains(&argument) => {
                    s.try_send(format!("250-it is\r\n type=file;size=7; {argument}\r\n250 end\r\n"))?;
                }
                "MLST" if self.mlsd.contains_key(argument) => {
                    s.try_send(format!("250-it is\r\n type=dir; {argument}\r\n250 end\r\n"))?;
                }
                "MLST" => {
                    // Nobody may look into a directory that cannot be listed.
                    let directory = argument.rsplit_once('/').map_or("", |(directory, _)| directory);
                    let refusal = self.mlsd.get(directory).filter(|text| text.starts_with("550"));
                    s.say(refusal.map_or("550 no such thing", String::as_str))?;
                }
                "NOOP" | "TYPE" => s.say("200 ok")?,
                "QUIT" => return s.say("221 bye"),
                _ => s.say("500 what?")?,
            }
        }
    }

    fn send(
        &self,
        s: &mut Session,
        listener: Option<DataListener>,
        text: Option<&String>,
    ) -> Result<(), Gone> {
        match text {
            Some(refusal) if refusal.starts_with("550") => s.say(refusal),
            Some(text) => {
                s.say("150 go")?;
                if let Some(mut data) = listener.and_then(|listener| listener.try_accept(SHORT * 10)) {
                    data.try_send(text.as_bytes());
                }
                s.say("226 done")
            }
            None => s.say("550 no such directory"),
        }
    }
}

/// The commands that the server got which list or look for something.
fn asked(server: &Scripted) -> Vec<String> {
    let received = String::from_utf8_lossy(&server.received()).into_owned();
    let is_about = |line: &&str| ["MLSD", "LIST", "MLST"].iter().any(|verb| line.starts_with(verb));
    received.lines().filter(is_about).map(|line| line.trim_end().to_owned()).collect()
}

fn mark(kind: Kind) -> &'static str {
    match kind {
        Kind::Directory => "/",
        Kind::Link => "->",
        _ => "",
    }
}

/// What a walk shows, each path with a mark of its kind, and a `!` where a directory could not be listed.
fn walk(client: &mut Client, wanted: &WalkRequest, skips: &str) -> (Vec<String>, Result<()>) {
    let mut shown = Vec::new();
    let outcome = client.run(async |client| {
        let mut visit = |visited: &ftpclient::client::Visited<'_>| {
            let path = String::from_utf8_lossy(visited.path);
            let unlisted = if visited.unlisted.is_some() { "!" } else { "" };
            shown.push(format!("{path}{}{unlisted}", mark(visited.entry.kind)));
            match &*path {
                "stop" => Answer::Stop(7),
                path if path == skips => Answer::Skip,
                _ => Answer::GoOn,
            }
        };
        client.walk(wanted, &mut visit).await
    });
    (shown, outcome)
}

fn at(path: &str) -> WalkRequest {
    WalkRequest { path: (!path.is_empty()).then(|| path.as_bytes().to_vec()), ..WalkRequest::default() }
}

fn glob(client: &mut Client, wanted: &GlobRequest) -> Result<Vec<String>> {
    let found = client.run(async |client| client.glob(wanted).await)?;
    let shown = |one: &ftpclient::client::Match| {
        let unlisted = if one.is_unlisted { "!" } else { "" };
        format!("{}{}{unlisted}", String::from_utf8_lossy(&one.path), mark(one.entry.entry().kind))
    };
    Ok(found.iter().map(shown).collect())
}

fn pattern(pattern: &str) -> GlobRequest {
    GlobRequest { pattern: pattern.as_bytes().to_vec(), ..GlobRequest::default() }
}

const SMALL: &[(&str, &[&str])] = &[("", &["a", "d/", "l->", "z"]), ("d", &["e/", "b"]), ("d/e", &["c"])];

#[test]
fn a_walk_shows_all_that_is_below_in_the_order_of_the_server() {
    for (children_first, expected) in [
        (false, ["a", "d/", "d/e/", "d/e/c", "d/b", "l->", "z"]),
        (true, ["a", "d/e/c", "d/e/", "d/b", "d/", "l->", "z"]),
    ] {
        let server = mlsd(SMALL).serve();
        let mut client = logged_in(&server);
        let (shown, outcome) = walk(&mut client, &WalkRequest { children_first, ..at("") }, "");
        outcome.unwrap();
        assert_eq!(shown, expected);
        assert_eq!(asked(&server), ["MLSD", "MLSD d", "MLSD d/e"]);
        assert_in_step(&mut client);
    }
}

#[test]
fn paths_begin_with_the_path_that_was_asked_for() {
    for (root, expected) in [
        ("d", ["d/e/", "d/e/c", "d/b"]),
        ("d/", ["d/e/", "d/e/c", "d/b"]),
        ("/d", ["/d/e/", "/d/e/c", "/d/b"]),
    ] {
        let mut tree = mlsd(SMALL);
        for (other, path) in [("d/", "d"), ("/d", "d"), ("/d/e", "d/e")] {
            let text = tree.mlsd.get(path).cloned().unwrap();
            tree.mlsd.insert(other, text);
        }
        tree.mlsd.get_mut("").unwrap().insert_str(0, "type=OS.unix=slink:/; l\r\n");
        let server = tree.serve();
        let mut client = logged_in(&server);
        let (shown, outcome) = walk(&mut client, &at(root), "");
        outcome.unwrap();
        assert_eq!(shown, expected, "{root}");
    }
}

#[test]
fn the_callback_skips_a_directory_or_stops() {
    let server = mlsd(&[("", &["l->", "d/", "a", "stop", "z"]), ("d", &["b"])]).serve();
    let mut client = logged_in(&server);
    let (shown, outcome) = walk(&mut client, &at(""), "d");
    assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{outcome:?}");
    assert_eq!(shown, ["l->", "d/", "a", "stop"]);
    assert_eq!(asked(&server), ["MLSD"]);
    assert_in_step(&mut client);
}

#[test]
fn a_directory_whose_name_leads_elsewhere_is_shown_and_not_entered() {
    for (name, path) in
        [("../up/", "../up/"), ("/etc/", ".//etc/"), ("a\u{7}b/", "a\u{7}b/"), ("a/b/", "a/b/")]
    {
        let mut tree = mlsd(&[("", &["l->", name, "z"])]);
        for other in ["../up", "/etc", "a\u{7}b", "a/b"] {
            tree.mlsd.insert(other, "type=file; secret\r\n".into());
        }
        let server = tree.serve();
        let mut client = logged_in(&server);
        let (shown, outcome) = walk(&mut client, &at(""), "");
        outcome.unwrap();
        assert_eq!(shown, ["l->", path, "z"], "it is shown");
        assert_eq!(asked(&server), ["MLSD"], "{name}: and not entered");
        assert_eq!(glob(&mut client, &pattern("**/secret")).unwrap(), [""; 0]);
    }
}

#[test]
fn a_link_that_mlsd_hides_is_found_by_list() {
    let mut tree = mlsd(&[("", &["loop/", "d/"]), ("d", &["a"]), ("loop", &["loop/", "d/"])]);
    tree.list = list(&[("", &["loop->", "d/"])]);
    let server = tree.serve();
    let mut client = logged_in(&server);
    let (shown, outcome) = walk(&mut client, &at(""), "");
    outcome.unwrap();
    assert_eq!(shown, ["loop->", "d/", "d/a"]);
    assert!(!asked(&server).contains(&"MLSD loop".into()));
    assert_eq!(glob(&mut client, &pattern("*/*")).unwrap(), ["d/a"]);
    assert_in_step(&mut client);
}

#[test]
fn a_server_that_refuses_list_is_believed_what_mlsd_shows() {
    let server = mlsd(&[("", &["d/"]), ("d", &["e/"]), ("d/e", &["a"])]).serve();
    let mut client = logged_in(&server);
    let (shown, outcome) = walk(&mut client, &at(""), "");
    outcome.unwrap();
    assert_eq!(shown, ["d/", "d/e/", "d/e/a"]);
    assert_eq!(asked(&server), ["MLSD", "LIST -a", "LIST", "MLSD d", "MLSD d/e"]);
    assert_in_step(&mut client);
}

#[test]
fn a_tree_of_lines_is_walked_with_its_hidden_names() {
    let tree = Tree { list: list(&[("", &[".", "..", ".h/", "a"]), (".h", &[".x"])]), ..Tree::default() };
    let server = tree.serve();
    let mut client = logged_in(&server);
    let (shown, outcome) = walk(&mut client, &at(""), "");
    outcome.unwrap();
    assert_eq!(shown, [".h/", ".h/.x", "a"]);
    assert_eq!(asked(&server), ["LIST -a", "LIST -a .h"]);
}

#[test]
fn a_directory_that_cannot_be_listed_ends_the_walk_unless_it_is_to_go_on() {
    let mut tree = mlsd(&[("", &["l->", "d/", "z"])]);
    tree.mlsd.insert("d", "550 permission denied".into());
    for (passes_over, children_first, expected) in [
        (false, false, vec!["l->", "d/"]),
        (false, true, vec!["l->"]),
        (true, false, vec!["l->", "d/", "d/!", "z"]),
        (true, true, vec!["l->", "d/!", "z"]),
    ] {
        let server = tree.clone().serve();
        let mut client = logged_in(&server);
        let wanted = WalkRequest { passes_over, children_first, ..at("") };
        let (shown, outcome) = walk(&mut client, &wanted, "");
        assert_eq!(outcome.is_ok(), passes_over, "{outcome:?}");
        assert_eq!(shown, expected);
        assert_in_step(&mut client);
    }
}

#[test]
fn a_root_that_is_not_there_is_not_found_and_a_file_is_shown_as_itself() {
    let mut tree = mlsd(&[("", &["f"])]);
    tree.there = vec!["f"];
    let server = tree.serve();
    let mut client = logged_in(&server);
    let (_, outcome) = walk(&mut client, &WalkRequest { passes_over: true, ..at("nothing") }, "");
    assert!(matches!(outcome, Err(Error::NotFound(_))), "{outcome:?}");
    let (shown, outcome) = walk(&mut client, &at("f"), "");
    outcome.unwrap();
    assert_eq!(shown, ["f"]);
    assert_in_step(&mut client);
}

/// Some servers list a file when they are asked for a directory. A directory may also have one file, of its own name.
#[test]
fn what_has_the_name_of_its_directory_is_found_out() {
    let mut tree = mlsd(&[("f", &["f"]), ("d", &["d"])]);
    tree.there = vec!["f"];
    let server = tree.serve();
    let mut client = logged_in(&server);
    for (pattern_text, found) in [("f/*", vec![]), ("d/*", vec!["d/d"])] {
        assert_eq!(glob(&mut client, &pattern(pattern_text)).unwrap(), found, "{pattern_text}");
    }
    for (root, paths) in [("f", vec!["f"]), ("d", vec!["d/d"])] {
        let (shown, outcome) = walk(&mut client, &at(root), "");
        outcome.unwrap();
        assert_eq!(shown, paths, "{root}");
    }
    assert_in_step(&mut client);
}

#[test]
fn a_tree_without_end_ends_with_a_limit_or_when_the_callback_stops() {
    let server = Tree { is_endless: true, ..Tree::default() }.serve();
    let mut client = logged_in(&server);
    let (shown, outcome) = walk(&mut client, &at(""), "");
    assert!(matches!(outcome, Err(Error::Limit(_))), "{outcome:?}");
    assert_eq!(shown.len(), 257);
    assert_in_step(&mut client);
    let outcome = glob(&mut client, &pattern("**/y"));
    assert!(matches!(outcome, Err(Error::Limit(_))), "{outcome:?}");
    assert_in_step(&mut client);
}
