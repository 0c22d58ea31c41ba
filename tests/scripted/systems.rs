//! Servers on systems whose paths have no slashes, or that have to be told how to list. Each script does what the manuals say; none of
//! these systems was there to be asked.

use std::collections::HashMap;

use ftpclient::client::{Answer, GlobRequest, ListRequest, WalkRequest};
use ftpclient::protocol::listing::Kind;
use ftpclient::protocol::system::System;

use super::reconnect::{cwd, reconnect};
use super::support::scripted::Gone;
use super::*;

/// What a server says.
#[derive(Clone)]
pub(crate) struct Machine {
    pub(crate) greeting: &'static str,
    pub(crate) syst: &'static str,
    pub(crate) home: &'static str,
    /// Where CWD leads from a directory. `None`: it is refused.
    pub(crate) go: fn(&Machine, &str, &str) -> Option<String>,
    /// What LIST shows in a directory, or a refusal.
    pub(crate) lists: HashMap<&'static str, &'static str>,
    /// The directory after `SITE NAMEFMT 1`.
    pub(crate) renames: fn(&str) -> String,
    /// What it says to DELE, RMD or MKD, and to their argument.
    pub(crate) changes: fn(&str, &str) -> &'static str,
}

impl Machine {
    pub(crate) fn serve(self) -> Scripted {
        Scripted::react(move |s, _| drop(self.talk(s)))
    }

    fn talk(&self, s: &mut Session) -> Result<(), Gone> {
        let (mut here, mut listener) = (self.home.to_owned(), None);
        s.say(&format!("220 {}", self.greeting))?;
        loop {
            let line = s.hear()?;
            let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
            match verb {
                "USER" => s.say("331 password")?,
                "PASS" => s.say("230 welcome")?,
                "SYST" => s.say(self.syst)?,
                "PWD" => s.say(&format!("257 \"{here}\" is where you are"))?,
                "CWD" => match (self.go)(self, &here, argument) {
                    Some(there) => {
                        here = there;
                        s.say("250 ok")?;
                    }
                    None => s.say("550 no such directory")?,
                },
                "SITE" if argument == "NAMEFMT 1" => {
                    here = (self.renames)(&here);
                    s.say("250 Now using naming format \"1\".")?;
                }
                "SITE" if argument.starts_with("QUOTES") => s.say("200 SITE command was accepted")?,
                "PASV" => listener = Some(s.offer_passive()?),
                "LIST" => {
                    let text = self.lists.get(here.as_str()).filter(|_| argument.is_empty());
                    match text {
                        Some(text) if !text.starts_with("550") => {
                            s.say("125 List started OK")?;
                            if let Some(mut data) = listener.take().and_then(|l| l.try_accept(SHORT * 10)) {
                                data.try_send(text.replace('\n', "\r\n").as_bytes());
                            }
                            s.say("250 List completed successfully.")?;
                        }
                        refusal => s.say(refusal.unwrap_or(&"550 No data sets found."))?,
                    }
                }
                "DELE" | "RMD" | "MKD" => s.say((self.changes)(verb, argument))?,
                "TYPE" | "NOOP" => s.say("200 ok")?,
                "QUIT" => return s.say("221 bye"),
                _ => s.say("500 what?")?,
            }
        }
    }
}

pub(crate) fn zos() -> Machine {
    /// A partitioned data set is a directory. Any other name is what names begin with.
    fn go(machine: &Machine, here: &str, to: &str) -> Option<String> {
        let to = &to.to_uppercase();
        let whole = match to.strip_prefix('\'').and_then(|to| to.strip_suffix('\'')) {
            Some(whole) => whole.to_owned(),
            None => format!("{}{to}", here.trim_matches('\'')),
        };
        let data_set = format!("'{whole}'");
        let is_prefix = !machine.lists.contains_key(data_set.as_str()) && !whole.ends_with('.');
        Some(if is_prefix { format!("'{whole}.'") } else { data_set })
    }
    Machine {
        greeting: "FTPD1 IBM FTP CS V2R3 at MVS1, 16:51:54 on 2019-12-12.",
        syst: "215 MVS is the operating system of this server. FTP Server is running on z/OS.",
        home: "'ME.'",
        go,
        lists: HashMap::from([
            (
                "'ME.'",
                "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname\n\
                 F1DBAR 3390   2016/12/19  3   19  FB      80  3120  PO  LIB.CNTL\n\
                 F1SYS1 3390   **NONE**    1  300  VB   27994 27998  PS  LIB.LOG\n",
            ),
            (
                "'ME.LIB.'",
                "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname\n\
                 F1DBAR 3390   2016/12/19  3   19  FB      80  3120  PO  CNTL\n\
                 F1SYS1 3390   **NONE**    1  300  VB   27994 27998  PS  LOG\n",
            ),
            (
                "'ME.LIB.CNTL'",
                " Name     VV.MM   Created       Changed      Size  Init   Mod   Id\n\
                 JOB1      01.01 2018/09/07 2018/09/07 03:52    13    13     0 USER\n\
                 JOB2      01.01 2018/09/07 2018/09/07 07:41    13    13     0 USER\n",
            ),
        ]),
        renames: str::to_owned,
        changes: |_, _| "250 done",
    }
}

pub(crate) fn vms() -> Machine {
    fn go(machine: &Machine, here: &str, to: &str) -> Option<String> {
        let there = match to.strip_prefix("[.") {
            Some(below) => format!("{}.{below}", here.trim_end_matches(']')),
            None => to.to_owned(),
        };
        machine.lists.contains_key(there.as_str()).then_some(there)
    }
    Machine {
        greeting: "ready",
        syst: "215 VMS OpenVMS V8.4",
        home: "D:[ME]",
        go,
        lists: HashMap::from([
            (
                "D:[ME]",
                "Directory D:[ME]\n\nREADME.TXT;4               2  18-APR-2000 10:40:39.90\n\
                 README.TXT;3               2  18-APR-2000 10:39:39.90\n\
                 SUB.DIR;1                  1   9-MAY-2001 22:18:51.69\n\nTotal of 3 files, 5 blocks.\n",
            ),
            (
                "D:[ME.SUB]",
                "Directory D:[ME.SUB]\n\nA.TXT;1                    2  18-APR-2000 10:40:39.90\n\n\
                 Total of 1 file, 2 blocks.\n",
            ),
        ]),
        renames: str::to_owned,
        changes: |_, _| "250 done",
    }
}

pub(crate) fn guardian() -> Machine {
    /// CWD leads to any subvolume.
    fn go(_: &Machine, here: &str, to: &str) -> Option<String> {
        let volume = here.rsplit_once('.').map_or(here, |(volume, _)| volume);
        Some(if to.contains('$') { to.to_owned() } else { format!("{volume}.{to}") })
    }
    Machine {
        greeting: "example.com FTP SERVER T9552H02 (Version H02 TANDEM 11SEP2008) ready.",
        syst: "500 what?",
        home: "$DATA.ME",
        go,
        lists: HashMap::from([(
            "$DATA.ME",
            "File         Code             EOF  Last Modification    Owner  RWEP\n\
             ALV           101             2522 27-Aug-02 13:57:10 155,106 \"nnnn\"\n\
             ALVO         1000             2048 27-Aug-02 13:57:22 155,106 \"nunu\"\n",
        )]),
        renames: str::to_owned,
        changes: |_, _| "250 done",
    }
}

pub(crate) fn ibm_i() -> Machine {
    fn go(machine: &Machine, here: &str, to: &str) -> Option<String> {
        let there = if to.starts_with('/') || !here.starts_with('/') {
            to.to_owned()
        } else {
            format!("{here}/{to}")
        };
        machine.lists.contains_key(there.as_str()).then_some(there)
    }
    Machine {
        greeting: "ready",
        syst: "215 OS/400 is the remote operating system. The TCP/IP version is \"V7R3M0\".",
        home: "QGPL",
        go,
        lists: HashMap::from([
            ("QGPL", "550 not in this format"),
            ("OTHER", "550 not in this format"),
            ("/QSYS.LIB/QGPL.LIB", "drwx---rwx 2 QSYS 0 4096 Jan 15  2020 SRC.FILE\n"),
            ("/QSYS.LIB/OTHER.LIB", "-rwx---rwx 1 QSYS 0 7 Jan 15  2020 X.SAVF\n"),
            ("/QSYS.LIB/QGPL.LIB/SRC.FILE", "-rwx---rwx 1 QSYS 0 7 Jan 15  2020 A.MBR\n"),
        ]),
        renames: |here| {
            if here.starts_with('/') { here.to_owned() } else { format!("/QSYS.LIB/{here}.LIB") }
        },
        changes: |_, _| "250 done",
    }
}

pub(crate) fn count(server: &Scripted, command: &str) -> usize {
    let received = String::from_utf8_lossy(&server.received()).into_owned();
    received.lines().filter(|line| line.trim_end() == command).count()
}

pub(crate) fn list(client: &mut Client, path: &str) -> Result<String> {
    let path = (!path.is_empty()).then(|| path.as_bytes().to_vec());
    let wanted = ListRequest { path, ..ListRequest::default() };
    let mut entries = client.run(async |client| client.list(&wanted).await)?.entries;
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry() {
        let mark = if entry.kind == Kind::Directory { "/" } else { "" };
        names.push(format!("{}{mark}", String::from_utf8_lossy(&entry.name)));
    }
    Ok(names.join(" "))
}

pub(crate) fn stat(client: &mut Client, path: &str) -> Result<(String, Kind)> {
    let mut entries = client.run(async |client| client.stat(Some(path.as_bytes())).await)?;
    let entry = entries.next_entry().unwrap();
    Ok((String::from_utf8_lossy(&entry.name).into_owned(), entry.kind))
}

pub(crate) fn walk(client: &mut Client, path: &str) -> String {
    let path = (!path.is_empty()).then(|| path.as_bytes().to_vec());
    let wanted = WalkRequest { path, ..WalkRequest::default() };
    let mut paths = Vec::new();
    let mut visit = |visited: &ftpclient::client::Visited<'_>| {
        paths.push(String::from_utf8_lossy(visited.path).into_owned());
        Answer::GoOn
    };
    client.run(async |client| client.walk(&wanted, &mut visit).await).unwrap();
    paths.join(" ")
}

pub(crate) fn glob(client: &mut Client, pattern: &str) -> String {
    let wanted = GlobRequest { pattern: pattern.as_bytes().to_vec(), ..GlobRequest::default() };
    let found = client.run(async |client| client.glob(&wanted).await).unwrap();
    let paths = found.iter().map(|found| String::from_utf8_lossy(&found.path).into_owned());
    paths.collect::<Vec<_>>().join(" ")
}

pub(crate) fn is_missing(client: &mut Client, path: &str) {
    let outcome = stat(client, path);
    assert!(matches!(outcome, Err(Error::NotFound(_))), "{path}: {outcome:?}");
}

#[test]
fn data_sets_of_zos_are_listed_found_and_walked() {
    let server = zos().serve();
    let mut client = logged_in(&server);
    assert_eq!(list(&mut client, "'ME.LIB.CNTL'").unwrap(), "JOB1 JOB2");
    assert_eq!(stat(&mut client, "'ME.LIB.CNTL'").unwrap(), ("CNTL".into(), Kind::Directory));
    assert_eq!(stat(&mut client, "'me.lib.log'").unwrap(), ("log".into(), Kind::File));
    assert_eq!(stat(&mut client, "'ME.LIB.CNTL(JOB2)'").unwrap(), ("JOB2".into(), Kind::File));
    assert_eq!(stat(&mut client, "'ME.LIB'").unwrap().1, Kind::Directory, "names begin with it");
    for missing in ["'ME.NO'", "'NO.SUCH.SET'", "'ME.LIB.CNTL(NO)'"] {
        is_missing(&mut client, missing);
    }
    assert_eq!(
        walk(&mut client, "'ME.LIB.'"),
        "'ME.LIB.CNTL' 'ME.LIB.CNTL(JOB1)' 'ME.LIB.CNTL(JOB2)' 'ME.LIB.LOG'"
    );
    assert_eq!(glob(&mut client, "'ME.LIB.*'"), "'ME.LIB.CNTL' 'ME.LIB.LOG'");
    assert_eq!(glob(&mut client, "'ME.LIB.CNTL(*2)'"), "'ME.LIB.CNTL(JOB2)'");
    assert_eq!((count(&server, "SITE QUOTESOVERRIDE"), count(&server, "SYST")), (1, 0));
    assert_eq!(pwd(&mut client).unwrap(), "'ME.'");
}

#[test]
fn directories_of_vms_are_listed_found_and_walked() {
    let server = vms().serve();
    let mut client = logged_in(&server);
    assert_eq!(list(&mut client, "[.SUB]").unwrap(), "A.TXT");
    assert_eq!(stat(&mut client, "[.SUB]").unwrap(), ("SUB".into(), Kind::Directory));
    assert_eq!(stat(&mut client, "D:[ME.SUB]a.txt").unwrap(), ("a.txt".into(), Kind::File));
    assert_eq!(stat(&mut client, "README.TXT;4").unwrap(), ("README.TXT;4".into(), Kind::File));
    for missing in ["README.TXT;9", "[.NO]", "D:[ME.SUB]B.TXT"] {
        is_missing(&mut client, missing);
    }
    assert_eq!(walk(&mut client, ""), "README.TXT README.TXT;3 [.SUB] [.SUB]A.TXT");
    assert_eq!(walk(&mut client, "D:[ME.SUB]"), "D:[ME.SUB]A.TXT");
    assert_eq!(glob(&mut client, "*/*.TXT"), "[.SUB]A.TXT");
    assert_eq!(glob(&mut client, "D:[ME]*/A.*"), "D:[ME.SUB]A.TXT");
    assert_eq!((count(&server, "SYST"), count(&server, "LIST -a")), (1, 0));
    assert_eq!(pwd(&mut client).unwrap(), "D:[ME]");
}

#[test]
fn subvolumes_of_guardian_are_listed_found_and_walked() {
    let server = guardian().serve();
    let mut client = logged_in(&server);
    assert_eq!(list(&mut client, "$DATA.ME").unwrap(), "ALV ALVO");
    assert_eq!(stat(&mut client, "ALV").unwrap(), ("ALV".into(), Kind::File));
    assert_eq!(stat(&mut client, "$DATA.ME.ALVO").unwrap(), ("ALVO".into(), Kind::File));
    assert_eq!(stat(&mut client, "$DATA.ME").unwrap().1, Kind::Directory, "it has files");
    for missing in ["NO", "$DATA.NO", "$DATA.ME.NO"] {
        is_missing(&mut client, missing);
    }
    assert_eq!(walk(&mut client, "$DATA.ME"), "$DATA.ME.ALV $DATA.ME.ALVO");
    assert_eq!(glob(&mut client, "$DATA.ME.*O"), "$DATA.ME.ALVO");
    assert_eq!(count(&server, "SYST"), 0);
    assert_eq!(pwd(&mut client).unwrap(), "$DATA.ME");
}

#[test]
fn ibm_i_is_told_to_have_paths_once_in_a_login_and_the_directory_stays_the_same() {
    let server = ibm_i().serve();
    let mut client = logged_in(&server);
    cwd(&mut client, "OTHER").unwrap();
    assert_eq!(list(&mut client, "").unwrap(), "X.SAVF");
    assert_eq!(
        walk(&mut client, "/QSYS.LIB/QGPL.LIB"),
        "/QSYS.LIB/QGPL.LIB/SRC.FILE /QSYS.LIB/QGPL.LIB/SRC.FILE/A.MBR"
    );
    assert_eq!(pwd(&mut client).unwrap(), "/QSYS.LIB/OTHER.LIB");
    for command in ["SITE NAMEFMT 1", "SITE LISTFMT 1", "SYST"] {
        assert_eq!(count(&server, command), 1, "{command}");
    }
    client.close();
    reconnect(&mut client).unwrap();
    assert_eq!(count(&server, "SITE NAMEFMT 1"), 2, "the directory was told in this format");
    assert_eq!(pwd(&mut client).unwrap(), "/QSYS.LIB/OTHER.LIB");
    assert_eq!(list(&mut client, "").unwrap(), "X.SAVF");
    assert_eq!((count(&server, "SITE NAMEFMT 1"), count(&server, "SITE LISTFMT 1")), (2, 2));
    assert_eq!(pwd(&mut client).unwrap(), "/QSYS.LIB/OTHER.LIB");
}

#[test]
fn what_the_program_says_of_the_system_is_not_asked() {
    let server = ibm_i().serve();
    let mut client = logged_in(&server);
    client.set_system(Some(System::Plain));
    assert!(list(&mut client, "").is_err());
    client.set_system(Some(System::IbmI));
    assert_eq!(list(&mut client, "").unwrap(), "SRC.FILE/");
    assert_eq!(count(&server, "SYST"), 0);

    let server = ibm_i().serve();
    let mut client = logged_in(&server);
    send(&mut client, "SITE NAMEFMT 1").unwrap();
    assert_eq!(list(&mut client, "").unwrap(), "SRC.FILE/");
    assert_eq!(count(&server, "SITE NAMEFMT 1"), 1, "the program has chosen it");
    assert_eq!(pwd(&mut client).unwrap(), "/QSYS.LIB/QGPL.LIB");
}

#[test]
fn a_strange_answer_to_syst_ends_nothing_and_syst_is_not_sent_again() {
    for answer in ["500 what?", "550 no", "215 ", "215-UNIX\r\n215 VMS?", "331 later", "200 ok"] {
        let server = Machine { greeting: "ready", syst: answer, ..vms() }.serve();
        let mut client = logged_in(&server);
        for _ in 0..2 {
            assert_eq!(list(&mut client, "").unwrap(), "README.TXT README.TXT;3 SUB/", "{answer}");
        }
        assert_eq!(walk(&mut client, ""), "README.TXT README.TXT;3 [.SUB] [.SUB]A.TXT", "by the format");
        assert_eq!(count(&server, "SYST"), 1, "{answer}");
        assert_eq!(pwd(&mut client).unwrap(), "D:[ME]");
    }
}
