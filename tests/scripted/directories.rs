//! Trees that are made and removed, on a server with a small disk: what is sent, and what is left on the disk.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::support::scripted::Gone;
use super::*;

/// A server whose directory /in/step has these paths: a directory `d`, a file `f`, a link `l`.
#[derive(Clone, Default)]
struct Disk {
    nodes: Arc<Mutex<BTreeMap<String, char>>>,
    /// It knows MLSD and MLST.
    has_facts: bool,
    /// It shows links as directories.
    hides_links: bool,
    /// Commands that it refuses, each with its reply.
    refuses: &'static [(&'static str, &'static str)],
    /// Where another client makes this directory, or removes this path, just before the command is carried out.
    meanwhile: &'static [(&'static str, &'static str)],
    /// Further lines of the listing of `t`.
    odd_lines: &'static str,
    /// Commands that it carries out, and to which it says nothing for the first time.
    loses: &'static [&'static str],
    /// It says why it refuses to remove what is not there.
    gives_reasons: bool,
}

impl Disk {
    fn of(paths: &[&str]) -> Disk {
        let node = |path: &&str| match (path.strip_suffix('/'), path.strip_suffix("->")) {
            (Some(path), _) => (path.to_owned(), 'd'),
            (_, Some(path)) => (path.to_owned(), 'l'),
            _ => ((*path).to_owned(), 'f'),
        };
        Disk { nodes: Arc::new(Mutex::new(paths.iter().map(node).collect())), ..Disk::default() }
    }

    fn serve(&self) -> Scripted {
        let disk = self.clone();
        Scripted::react(move |s, _| drop(disk.talk(s)))
    }

    /// What is there.
    fn left(&self) -> Vec<String> {
        let mark = |kind: &char| match kind {
            'd' => "/",
            'l' => "->",
            _ => "",
        };
        self.nodes.lock().unwrap().iter().map(|(path, kind)| format!("{path}{}", mark(kind))).collect()
    }

    fn kind(&self, path: &str) -> Option<char> {
        let path = path.trim_start_matches("./");
        let path = path.strip_prefix("/in/step").unwrap_or(path);
        match path.trim_matches('/') {
            "" | "." => Some('d'),
            path => self.nodes.lock().unwrap().get(path).copied(),
        }
    }

    fn list(&self, directory: &str) -> String {
        let nodes = self.nodes.lock().unwrap();
        let (file, folder, link) = if self.has_facts {
            ("type=file;size=1; ", "type=dir; ", "type=OS.unix=slink:; ")
        } else {
            (
                "-rw-r--r-- 1 u g 1 Jan 15  2020 ",
                "drwxr-xr-x 2 u g 4096 Jan 15  2020 ",
                "lrwxrwxrwx 1 u g 1 Jan 15  2020 ",
            )
        };
        let mut text = String::new();
        for (path, kind) in nodes.iter() {
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            if parent == directory {
                let line = match kind {
                    'd' => format!("{folder}{name}"),
                    'l' if self.hides_links => format!("{folder}{name}"),
                    'l' if self.has_facts => format!("{link}{name}"),
                    'l' => format!("{link}{name} -> /"),
                    _ => format!("{file}{name}"),
                };
                text += &format!("{line}\r\n");
            }
        }
        if directory == "t" {
            text += self.odd_lines;
        }
        text
    }

    fn remove(&self, path: &str, kind: &str) -> &'static str {
        let has_children = self
            .left()
            .iter()
            .any(|other| other.starts_with(&format!("{path}/")) && other.len() > path.len() + 1);
        let mut nodes = self.nodes.lock().unwrap();
        match nodes.get(path) {
            Some(found) if kind.contains(*found) && !(*found == 'd' && has_children) => {
                nodes.remove(path);
                "250 gone"
            }
            Some(_) if kind == "d" && !has_children => "550 Not a directory.",
            None if self.gives_reasons => "550 No such file or directory",
            _ => "550 no",
        }
    }

    fn make(&self, path: &str) -> &'static str {
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        if self.kind(path).is_some() || self.kind(parent) != Some('d') {
            return "550 no";
        }
        self.nodes.lock().unwrap().insert(path.to_owned(), 'd');
        "257 made"
    }

    fn talk(&self, s: &mut Session) -> Result<(), Gone> {
        let mut listener = None;
        let mut loses = self.loses.to_vec();
        s.say("220 ready")?;
        loop {
            let line = s.hear()?;
            let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
            let argument = argument.trim_start_matches("-a").trim_start();
            for (_, path) in self.meanwhile.iter().filter(|(command, _)| *command == line) {
                match path.strip_suffix('/') {
                    Some(path) => drop(self.nodes.lock().unwrap().insert(path.to_owned(), 'd')),
                    None => drop(self.nodes.lock().unwrap().remove(*path)),
                }
            }
            if let Some((_, refusal)) = self.refuses.iter().find(|(command, _)| *command == line) {
                s.say(refusal)?;
                continue;
            }
            if let Some(at) = loses.iter().position(|command| *command == line) {
                let reply = self.remove(argument, if verb == "RMD" { "d" } else { "fl" });
                if reply.starts_with("250") {
                    loses.remove(at);
                } else {
                    s.say(reply)?;
                }
                continue;
            }
            match verb {
                "SYST" if !self.loses.is_empty() => s.say("215 UNIX")?,
                "USER" => s.say("331 password")?,
                "PASS" => s.say("230 welcome")?,
                "FEAT" if !self.has_facts => s.say("500 what?")?,
                "FEAT" => s.try_send("211-x\r\n MLST type*;size*;\r\n211 x\r\n")?,
                "PWD" => s.say("257 \"/in/step\"")?,
                "PASV" => listener = Some(s.offer_passive()?),
                "CWD" if self.kind(argument) == Some('d') => s.say("250 there")?,
                "SIZE" if self.kind(argument) == Some('f') => s.say("213 1")?,
                "MLST" => match self.kind(argument) {
                    Some(kind) => {
                        let kind = match kind {
                            'd' => "dir",
                            'l' if self.hides_links => "dir",
                            'l' => "OS.unix=slink:",
                            _ => "file",
                        };
                        s.try_send(format!("250-x\r\n type={kind}; {argument}\r\n250 x\r\n"))?;
                    }
                    None => s.say("550 no such file")?,
                },
                "LIST" | "MLSD" if self.kind(argument) == Some('d') => {
                    s.say("150 go")?;
                    let text = self.list(argument);
                    if let Some(mut data) =
                        listener.take().and_then(|open: DataListener| open.try_accept(SHORT * 10))
                    {
                        data.try_send(text.as_bytes());
                    }
                    s.say("226 done")?;
                }
                "MKD" => s.say(self.make(argument))?,
                "RMD" => s.say(self.remove(argument, "d"))?,
                "DELE" => s.say(self.remove(argument, "fl"))?,
                "TYPE" => s.say("200 ok")?,
                "QUIT" => return s.say("221 bye"),
                _ => s.say("550 no")?,
            }
        }
    }
}

fn makedirs(client: &mut Client, path: &str) -> Result<()> {
    client.run(async |client| client.makedirs(path.as_bytes()).await)
}

fn remove_tree(client: &mut Client, path: &str) -> Result<()> {
    client.run(async |client| client.remove_tree(path.as_bytes()).await)
}

fn asked(server: &Scripted, verbs: &[&str]) -> Vec<String> {
    let received = String::from_utf8_lossy(&server.received()).into_owned();
    let is_such = |line: &&str| verbs.iter().any(|verb| line.starts_with(verb));
    received.lines().filter(is_such).map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn the_directories_above_are_made_as_far_as_they_are_missing() {
    for has_facts in [false, true] {
        for (there, path, left, sent) in [
            (&[][..], "a", &["a/"][..], &["MKD a"][..]),
            (&["a/"], "a/b", &["a/", "a/b/"], &["MKD a/b"]),
            (&[], "a/b/", &["a/", "a/b/"], &["MKD a/b", "MKD a", "MKD a/b"]),
            (&["a/"], "a", &["a/"], &["MKD a"]),
            (&["a/"], "a/b/c", &["a/", "a/b/", "a/b/c/"], &["MKD a/b/c", "MKD a/b", "MKD a/b/c"]),
            (&[], "-x", &["./-x/"], &["MKD ./-x"]),
        ] {
            let disk = Disk { has_facts, ..Disk::of(there) };
            let server = disk.serve();
            let mut client = logged_in(&server);
            makedirs(&mut client, path).unwrap_or_else(|error| panic!("{path}: {error}"));
            assert_eq!(disk.left(), left, "{path}");
            assert_eq!(asked(&server, &["MKD"]), sent, "{path}");
            assert_eq!(asked(&server, &["MLSD", "LIST", "NLST"]), [""; 0], "nothing is listed");
            assert_in_step(&mut client);
        }
    }
}

#[test]
fn what_is_in_the_way_is_found_out_and_what_is_refused_is_not_taken_for_it() {
    for has_facts in [false, true] {
        for (path, named) in [("f", "f:"), ("d/f", "d/f:"), ("d/f/x/y", "d/f:"), ("f/x", "f:")] {
            let disk = Disk { has_facts, ..Disk::of(&["f", "d/", "d/f"]) };
            let server = disk.serve();
            let mut client = logged_in(&server);
            let error = makedirs(&mut client, path).unwrap_err();
            assert!(matches!(&error, Error::Exists(text) if text.starts_with(named)), "{path}: {error:?}");
            assert_eq!(disk.left(), ["d/", "d/f", "f"]);
            assert_in_step(&mut client);
        }
        let refuses = &[("MKD d/x", "550 Permission denied"), ("MKD y", "521 odd")];
        let disk = Disk { has_facts, refuses, ..Disk::of(&["d/"]) };
        let server = disk.serve();
        let mut client = logged_in(&server);
        for (path, text) in [("d/x", "MKD d/x: 550"), ("d/x/y", "MKD d/x: 550"), ("y", "MKD y: 521")] {
            let error = makedirs(&mut client, path).unwrap_err();
            assert!(matches!(error, Error::Reply { .. }) && error.to_string().starts_with(text), "{error}");
        }
        assert_in_step(&mut client);
    }
}

#[test]
fn a_link_to_a_directory_is_as_good_as_one() {
    // Where the server can go, it is a directory, whatever MLST says.
    play(
        |s| {
            answers(s, "MKD l", "550 no\r\n");
            answers(s, "FEAT", "211-x\r\n MLST type*;\r\n211 x\r\n");
            answers(s, "MLST l", "250-x\r\n type=OS.unix=slink:; l\r\n250 x\r\n");
            answers(s, "PWD", "257 \"/in/step\"\r\n");
            answers(s, "CWD l", "250 ok\r\n");
            answers(s, "CWD /in/step", "250 ok\r\n");
            answers(s, "MKD l", "550 no\r\n");
            answers(s, "MLST l", "250-x\r\n type=OS.unix=slink:; l\r\n250 x\r\n");
            answers(s, "CWD l", "550 no\r\n");
        },
        |client| {
            makedirs(client, "l").unwrap();
            assert!(matches!(makedirs(client, "l"), Err(Error::Exists(_))));
            for path in ["", "a\r\nDELE b", "a\0b"] {
                assert!(matches!(makedirs(client, path), Err(Error::InvalidArgument(_))), "{path:?}");
            }
        },
    );
}

#[test]
fn another_client_that_makes_the_same_directories_does_no_harm() {
    for meanwhile in [&[("MKD a/b", "a/")][..], &[("MKD a", "a/")], &[("MKD a/b", "a/"), ("MKD a", "a/b/")]] {
        let disk = Disk { meanwhile, ..Disk::of(&[]) };
        let server = disk.serve();
        let mut client = logged_in(&server);
        makedirs(&mut client, "a/b/c").unwrap();
        assert_eq!(disk.left(), ["a/", "a/b/", "a/b/c/"]);
        assert_in_step(&mut client);
    }
}

const TREE: &[&str] = &["other", "t/", "t/.hidden", "t/a", "t/d/", "t/d/e/", "t/d/e/f", "t/l->"];

#[test]
fn a_tree_is_removed_with_its_leaves_first_and_no_link_is_entered() {
    for has_facts in [false, true] {
        for path in ["t", "t/"] {
            let disk = Disk { has_facts, ..Disk::of(TREE) };
            let server = disk.serve();
            let mut client = logged_in(&server);
            remove_tree(&mut client, path).unwrap();
            assert_eq!(disk.left(), ["other"]);
            let sent = asked(&server, &["DELE", "RMD"]);
            // Until a link was shown, what looks like a directory may be one: RMD finds out.
            let expected = "RMD t, DELE t/.hidden, DELE t/a, RMD t/d, RMD t/d/e, \
                 DELE t/d/e/f, RMD t/d/e, RMD t/d, DELE t/l, RMD t";
            assert_eq!(sent.join(", "), expected);
            assert!(!asked(&server, &["MLSD", "LIST", "CWD"]).iter().any(|line| line.contains("t/l")));
            assert!(matches!(remove_tree(&mut client, path), Err(Error::NotFound(_))));
            assert_in_step(&mut client);
        }
    }
}

/// Replies that are lost leave open what has come of all removals that were sent together. They are sent again, and what is gone was
/// removed.
#[test]
fn what_was_removed_the_first_time_is_no_failure_the_second_time() {
    let tree =
        ["other", "t/", "t/a", "t/b", "t/c", "t/d/", "t/d/1", "t/d/2", "t/d/3", "t/e", "t/l->", "t/m", "t/n"];
    for (has_facts, gives_reasons) in [(false, false), (false, true), (true, false), (true, true)] {
        for loses in [&["DELE t/c"][..], &["DELE t/d/2"], &["RMD t/d"], &["DELE t/n"], &["RMD t"]] {
            let disk = Disk { has_facts, gives_reasons, loses, ..Disk::of(&tree) };
            let server = disk.serve();
            let mut client = logged_in(&server);
            remove_tree(&mut client, "t").unwrap_or_else(|error| panic!("{loses:?}: {error}"));
            assert_eq!(disk.left(), ["other"], "{loses:?}");
            assert_in_step(&mut client);

            // What does stay is the only failure, and it is told.
            let refuses = &[("DELE t/b", "550 it stays")];
            let disk = Disk { has_facts, gives_reasons, loses, refuses, ..Disk::of(&tree) };
            let server = disk.serve();
            let mut client = logged_in(&server);
            let error = remove_tree(&mut client, "t").unwrap_err();
            assert_eq!(error.to_string(), "DELE t/b: 550 it stays", "{loses:?}");
            assert_eq!(disk.left(), ["other", "t/", "t/b"], "{loses:?}");
            assert_in_step(&mut client);
        }
    }
}

#[test]
fn a_link_that_every_listing_hides_is_not_entered() {
    for has_facts in [false, true] {
        let tree = ["kept", "t/", "t/a->", "t/b/", "t/b/f", "t/c/", "t/d->"];
        let disk = Disk { has_facts, hides_links: true, ..Disk::of(&tree) };
        let server = disk.serve();
        let mut client = logged_in(&server);
        remove_tree(&mut client, "t").unwrap();
        assert_eq!(disk.left(), ["kept"]);
        let entered = asked(&server, &["MLSD", "LIST", "CWD"]);
        let is_link = |line: &String| line.contains("t/a") || line.contains("t/d");
        assert!(!entered.iter().any(is_link), "{entered:?}");
        assert!(
            !entered.iter().any(|line| line.contains("t/c")),
            "an empty one is gone at once: {entered:?}"
        );
        assert_in_step(&mut client);
        // The path itself, and a server that does not remove links.
        let disk = Disk {
            has_facts,
            hides_links: true,
            refuses: &[("DELE t/a", "550 is a directory")],
            ..Disk::of(&tree)
        };
        let server = disk.serve();
        let mut client = logged_in(&server);
        let error = remove_tree(&mut client, "t/a").unwrap_err();
        assert_eq!(error.to_string(), "DELE t/a: 550 is a directory");
        let error = remove_tree(&mut client, "t").unwrap_err();
        assert_eq!(error.to_string(), "DELE t/a: 550 is a directory");
        assert_eq!(disk.left(), ["kept", "t/", "t/a->"]);
        remove_tree(&mut client, "kept").unwrap();
    }
}

#[test]
fn a_file_or_a_link_is_removed_itself() {
    for has_facts in [false, true] {
        let disk = Disk { has_facts, ..Disk::of(TREE) };
        let server = disk.serve();
        let mut client = logged_in(&server);
        remove_tree(&mut client, "t/l").unwrap();
        remove_tree(&mut client, "t/a").unwrap();
        assert_eq!(asked(&server, &["DELE", "RMD"]), ["DELE t/l", "DELE t/a"]);
        assert!(!asked(&server, &["MLSD", "LIST", "CWD"]).iter().any(|line| line.contains("t/l")));
        for path in ["", "/", "//", ".", "..", "t/..", "t/.", "./", "t\r\nDELE other"] {
            let outcome = remove_tree(&mut client, path);
            assert!(matches!(outcome, Err(Error::InvalidArgument(_))), "{path}: {outcome:?}");
        }
        assert_eq!(disk.left(), ["other", "t/", "t/.hidden", "t/d/", "t/d/e/", "t/d/e/f"]);
        assert_in_step(&mut client);
    }
}

#[test]
fn what_cannot_be_removed_does_not_end_it_and_the_first_refusal_is_told() {
    for has_facts in [false, true] {
        let refuses = &[("DELE t/a", "550 Permission denied"), ("DELE t/d/e/f", "450 busy")];
        let disk = Disk { has_facts, refuses, ..Disk::of(TREE) };
        let server = disk.serve();
        let mut client = logged_in(&server);
        let error = remove_tree(&mut client, "t").unwrap_err();
        let text = "DELE t/a (the first of 2 that were not removed): 550 Permission denied";
        assert!(matches!(error, Error::Reply { .. }) && error.to_string() == text, "{error}");
        assert_eq!(disk.left(), ["other", "t/", "t/a", "t/d/", "t/d/e/", "t/d/e/f"]);
        assert_in_step(&mut client);
    }
}

#[test]
fn a_directory_that_cannot_be_listed_is_told_with_that_reason() {
    let refuses = &[
        ("MLSD t/d", "550 Permission denied"),
        ("LIST t/d", "550 Permission denied"),
        ("LIST -a t/d", "550 Permission denied"),
    ];
    for has_facts in [false, true] {
        let disk = Disk { has_facts, refuses, ..Disk::of(TREE) };
        let server = disk.serve();
        let mut client = logged_in(&server);
        let error = remove_tree(&mut client, "t").unwrap_err().to_string();
        assert!(error.contains("t/d: 550 Permission denied") && !error.contains("first of"), "{error}");
        assert_eq!(disk.left(), ["other", "t/", "t/d/", "t/d/e/", "t/d/e/f"]);
        // An empty one can be removed nevertheless.
        let disk = Disk { has_facts, refuses, ..Disk::of(&["t/", "t/d/"]) };
        let server = disk.serve();
        let mut client = logged_in(&server);
        remove_tree(&mut client, "t").unwrap();
        assert_eq!(disk.left(), [""; 0]);
        assert_in_step(&mut client);
    }
}

#[test]
fn what_another_client_has_removed_is_gone_as_well() {
    let disk = Disk { meanwhile: &[("DELE t/a", "t/a"), ("DELE t/d/e/f", "t/d/e/f")], ..Disk::of(TREE) };
    let server = disk.serve();
    let mut client = logged_in(&server);
    remove_tree(&mut client, "t").unwrap();
    assert_eq!(disk.left(), ["other"]);
    assert_in_step(&mut client);
}

#[test]
fn a_name_that_leads_elsewhere_is_neither_entered_nor_removed() {
    for line in
        ["type=file;size=1; ../other\r\n", "type=dir; ..\r\n", "type=dir; ../..\r\n", "type=file; /other\r\n"]
    {
        let disk = Disk { has_facts: true, odd_lines: line, ..Disk::of(TREE) };
        let server = disk.serve();
        let mut client = logged_in(&server);
        // All that is there is removed, so the directory can be removed, too.
        remove_tree(&mut client, "t").unwrap();
        assert_eq!(disk.left(), ["other"], "{line}");
        let sent = asked(&server, &["DELE", "RMD", "MLSD", "CWD"]);
        assert!(!sent.iter().any(|line| line.contains("..") || line.contains("/other")), "{sent:?}");
    }
    let disk = Disk {
        odd_lines: "-rw-r--r-- 1 u g 1 Jan 15  2020 ../other\r\nwhat is this?\r\n",
        refuses: &[("RMD t", "550 not empty")],
        ..Disk::of(TREE)
    };
    let server = disk.serve();
    let mut client = logged_in(&server);
    let error = remove_tree(&mut client, "t").unwrap_err();
    assert!(matches!(&error, Error::Unsupported(text) if text.contains("the first of 2")), "{error}");
    assert_eq!(disk.left(), ["other", "t/"]);
    assert_in_step(&mut client);
}

#[test]
fn a_directory_above_that_cannot_be_listed_leaves_the_tree_alone() {
    // It might be a link.
    let disk = Disk { refuses: &[("LIST -a", "550 denied"), ("LIST", "550 denied")], ..Disk::of(TREE) };
    let server = disk.serve();
    let mut client = logged_in(&server);
    assert!(matches!(remove_tree(&mut client, "t"), Err(Error::Reply { .. })));
    assert_eq!(disk.left(), TREE);
    assert_in_step(&mut client);
}
