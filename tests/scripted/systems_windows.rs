//! IIS, in both of the styles in which it lists, and z/VM. The words are those of logs of IIS, and of IBM's z/VM TCP/IP User's Guide; no
//! such server was there to be asked.

use std::collections::HashMap;

use ftpclient::protocol::listing::Kind;

use super::support::scripted::Gone;
use super::systems::{Machine, count, glob, is_missing, list, stat, walk};
use super::*;

/// A name, and the size of a file.
type Entry = (&'static str, Option<u64>);

/// A directory, and what is in it.
type Directory = (&'static str, &'static [Entry]);

const TREE: [Directory; 4] = [
    ("/", &[("My Files", None), ("empty", None), ("readme.txt", Some(1234))]),
    ("/My Files", &[("deep", None), ("Report 1.DOC", Some(5_000_000_000)), ("10 years.txt", Some(7))]),
    ("/My Files/deep", &[("x.txt", Some(0))]),
    ("/empty", &[]),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Dos,
    Unix,
}

struct Iis {
    style: Style,
    /// Newer ones say so in place of an empty listing.
    refuses_empty: bool,
}

impl Iis {
    fn serve(self) -> Scripted {
        Scripted::react(move |s, _| drop(self.talk(s)))
    }

    fn line(&self, (name, size): Entry) -> String {
        match (self.style, size) {
            (Style::Dos, None) => format!("05-04-26  09:21AM       <DIR>          {name}\r\n"),
            (Style::Dos, Some(size)) => format!("05-04-26  09:21AM {size:>20} {name}\r\n"),
            (Style::Unix, None) => {
                format!("drwxrwxrwx   1 owner    group               0 May  4  9:21 {name}\r\n")
            }
            (Style::Unix, Some(size)) => {
                format!("-rwxrwxrwx   1 owner    group {size:>15} May  4  9:21 {name}\r\n")
            }
        }
    }

    /// What LIST shows of a path.
    fn listing(&self, path: &str) -> Option<String> {
        if let Some((_, entries)) = directory(path) {
            return (!entries.is_empty() || !self.refuses_empty)
                .then(|| entries.iter().map(|entry| self.line(*entry)).collect());
        }
        file(path).map(|(name, size)| self.line((name, Some(size))))
    }

    fn talk(&self, s: &mut Session) -> Result<(), Gone> {
        const NO_FILE: &str = "550 The system cannot find the file specified. ";
        let (mut here, mut listener) = ("/".to_owned(), None);
        s.say("220 Microsoft FTP Service")?;
        loop {
            let line = s.hear()?;
            let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
            let path = whole(&here, argument);
            match verb {
                "USER" => s.say("331 Password required")?,
                "PASS" => s.say("230 User logged in.")?,
                "SYST" => s.say("215 Windows_NT")?,
                "FEAT" => s.say("211-Extended features supported:\r\n SIZE\r\n MDTM\r\n211 END")?,
                "PWD" => s.say(&format!("257 \"{here}\" is current directory."))?,
                "CWD" => match directory(&path) {
                    Some((name, _)) => {
                        here = name.to_owned();
                        s.say("250 CWD command successful.")?;
                    }
                    None => s.say(if file(&path).is_some() {
                        "550 The directory name is invalid. "
                    } else {
                        NO_FILE
                    })?,
                },
                "SIZE" => match file(&path) {
                    Some((_, size)) => s.say(&format!("213 {size}"))?,
                    None if directory(&path).is_some() => s.say("550 Access is denied. ")?,
                    None => s.say(NO_FILE)?,
                },
                "MDTM" => match file(&path) {
                    Some(_) => s.say("213 20260504092137")?,
                    None if directory(&path).is_some() => s.say("550 Access is denied. ")?,
                    None => s.say(NO_FILE)?,
                },
                "PASV" => listener = Some(s.offer_passive()?),
                "LIST" => match self.listing(&whole(&here, argument.trim_start_matches("-a").trim_start())) {
                    Some(text) => {
                        s.say("125 Data connection already open; Transfer starting.")?;
                        if let Some(mut data) = listener.take().and_then(|l| l.try_accept(SHORT * 10)) {
                            data.try_send(text.as_bytes());
                        }
                        s.say("226 Transfer complete.")?;
                    }
                    None => s.say(NO_FILE)?,
                },
                "TYPE" => s.say("200 Type set to A.")?,
                "NOOP" => s.say("200 noop command successful.")?,
                "QUIT" => return s.say("221 Goodbye."),
                _ => s.say("500 Command not understood.")?,
            }
        }
    }
}

/// A path from the root on. Capitals and small letters are the same.
fn whole(here: &str, path: &str) -> String {
    let joined = if path.starts_with('/') { path.to_owned() } else { format!("{here}/{path}") };
    let parts: Vec<&str> = joined.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    format!("/{}", parts.join("/"))
}

fn directory(path: &str) -> Option<Directory> {
    TREE.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(path))
}

fn file(path: &str) -> Option<(&'static str, u64)> {
    let (parent, name) = path.rsplit_once('/')?;
    let (_, entries) = directory(if parent.is_empty() { "/" } else { parent })?;
    let found = entries.iter().find(|(entry, _)| entry.eq_ignore_ascii_case(name));
    found.and_then(|(name, size)| Some((*name, (*size)?)))
}

#[test]
fn directories_of_iis_are_listed_found_and_walked_in_both_styles() {
    for (style, refuses_empty) in
        [(Style::Dos, false), (Style::Dos, true), (Style::Unix, false), (Style::Unix, true)]
    {
        let server = Iis { style, refuses_empty }.serve();
        let mut client = logged_in(&server);
        assert_eq!(list(&mut client, "").unwrap(), "My Files/ empty/ readme.txt");
        assert_eq!(list(&mut client, "/My Files").unwrap(), "deep/ Report 1.DOC 10 years.txt");
        assert_eq!(list(&mut client, "My Files/deep").unwrap(), "x.txt");
        assert_eq!(list(&mut client, "empty").unwrap(), "");
        assert_eq!(list(&mut client, "/empty").unwrap(), "");
        assert_eq!(list(&mut client, "readme.txt").unwrap(), "readme.txt", "a file");
        assert_eq!(stat(&mut client, "/My Files/Report 1.DOC").unwrap(), ("Report 1.DOC".into(), Kind::File));
        assert_eq!(stat(&mut client, "/My Files/deep").unwrap(), ("deep".into(), Kind::Directory));
        assert_eq!(stat(&mut client, "/empty").unwrap().1, Kind::Directory);
        assert_eq!(stat(&mut client, "/README.TXT").unwrap().1, Kind::File, "capitals are the same");
        for missing in ["no.txt", "/no", "/empty/no", "/My Files/no file.txt", "/no directory/x"] {
            is_missing(&mut client, missing);
            let outcome = list(&mut client, missing);
            assert!(matches!(outcome, Err(Error::NotFound(_))), "{missing}: {outcome:?}");
        }
        assert_eq!(
            walk(&mut client, "/"),
            "/My Files /My Files/deep /My Files/deep/x.txt /My Files/Report 1.DOC /My Files/10 years.txt /empty /readme.txt"
        );
        assert_eq!(glob(&mut client, "/My Files/*.txt"), "/My Files/10 years.txt");
        assert_eq!(glob(&mut client, "/*/*/*.txt"), "/My Files/deep/x.txt");
        assert_eq!(pwd(&mut client).unwrap(), "/");
    }
}

fn zvm() -> Machine {
    /// A minidisk, a directory of the Shared File System, or one below the working directory.
    fn go(machine: &Machine, here: &str, to: &str) -> Option<String> {
        let to = to.to_uppercase();
        let below = if here.ends_with('.') { format!("{here}{to}") } else { format!("{here}.{to}") };
        [to, below].into_iter().find(|there| machine.lists.contains_key(there.as_str()))
    }
    Machine {
        greeting: "FTPSERVE IBM VM Level 440 at VM.EXAMPLE.COM, 16:51:54 EST FRIDAY 2026-02-06",
        syst: "215-z/VM Version 4 Release 4.0, service level 0402\r\n    VM/CMS Level 20, Service Level 402\r\n\
               215 VM is the operating system of this server.",
        home: "ME.191",
        go,
        lists: HashMap::from([
            (
                "ME.191",
                "PROFILE  EXEC     V         72          9          1 1999-09-20 17:16:18 ME0191\n\
                 READ     ME       F         80         21          1 1999-12-27 16:19:00 ME0191\n",
            ),
            (
                "FPSERV1:ME.",
                "NOTES             DIR        -          -          - 1999-09-20 10:31:11 -\n\
                 PLAN     TEXT     V         82         21          1 1999-12-27 16:19:04 -\n",
            ),
            (
                "FPSERV1:ME.NOTES",
                "OLD      TEXT     V         71         26          1 1997-04-02 12:33:20 -\n",
            ),
        ]),
        renames: str::to_owned,
        changes: |_, _| "250 done",
    }
}

#[test]
fn minidisks_and_directories_of_zvm_are_listed_and_found() {
    let server = zvm().serve();
    let mut client = logged_in(&server);
    assert_eq!(list(&mut client, "").unwrap(), "PROFILE.EXEC READ.ME");
    assert_eq!(list(&mut client, "me.191").unwrap(), "PROFILE.EXEC READ.ME");
    assert_eq!(list(&mut client, "FPSERV1:ME.").unwrap(), "NOTES/ PLAN.TEXT");
    assert_eq!(list(&mut client, "FPSERV1:ME.NOTES").unwrap(), "OLD.TEXT");
    assert_eq!(stat(&mut client, "profile.exec").unwrap(), ("profile.exec".into(), Kind::File));
    assert_eq!(stat(&mut client, "FPSERV1:ME.NOTES").unwrap().1, Kind::Directory);
    assert_eq!(stat(&mut client, "ME.191").unwrap().1, Kind::Directory);
    is_missing(&mut client, "NO.FILE");
    assert_eq!(walk(&mut client, ""), "PROFILE.EXEC READ.ME");
    assert_eq!(glob(&mut client, "*.EXEC"), "PROFILE.EXEC");
    assert_eq!(count(&server, "SYST"), 0, "the greeting tells");
    assert_eq!(pwd(&mut client).unwrap(), "ME.191");
}

#[test]
fn files_of_other_minidisks_and_directories_of_zvm_have_whole_paths() {
    let server = zvm().serve();
    let mut client = logged_in(&server);
    assert_eq!(stat(&mut client, "ME.191/READ.ME").unwrap(), ("READ.ME".into(), Kind::File));
    assert_eq!(stat(&mut client, "FPSERV1:ME.PLAN.TEXT").unwrap(), ("PLAN.TEXT".into(), Kind::File));
    assert_eq!(stat(&mut client, "fpserv1:me.notes.old.text").unwrap(), ("old.text".into(), Kind::File));
    for missing in ["ME.191/NO.FILE", "FPSERV1:ME.NOTES.NO.TEXT", "FPSERV1:ME.NO", "YOU.191/A.FILE"] {
        is_missing(&mut client, missing);
    }
    assert_eq!(walk(&mut client, "ME.191"), "ME.191/PROFILE.EXEC ME.191/READ.ME");
    assert_eq!(
        walk(&mut client, "FPSERV1:ME."),
        "FPSERV1:ME.NOTES FPSERV1:ME.NOTES.OLD.TEXT FPSERV1:ME.PLAN.TEXT"
    );
    assert_eq!(glob(&mut client, "ME.191/*.EXEC"), "ME.191/PROFILE.EXEC");
    assert_eq!(pwd(&mut client).unwrap(), "ME.191");
}
