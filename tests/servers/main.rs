//! The same list of scenarios on every real server, in passive and in active mode: what a daemon proves.
//!
//! Each scenario runs twice, by calls that wait and driven by the worst of event loops, and the server must hear the same.
//! Each test prints a line about that; with `--nocapture` it prints its row of the table as well.
//!
//! That much is done to the servers of the first circle, which most users meet, over IPv4 and IPv6. What only a server of the second
//! circle shows are its own replies and habits: it has both runs in passive mode over IPv4, one run elsewhere, and in active mode over
//! IPv6 only the scenarios whose data connection differs there.
//!
//! Some scenarios do not depend on how data connections are opened (`HOWEVER_OPENED`). They run in passive mode over IPv4 only.
//! `FTPCLIENT_SERVERS=all` runs them everywhere, and then all modes must say the same commands.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout
)]

#[path = "../support/mod.rs"]
mod support;

mod entries;
mod files;
mod flags;
mod idle;
mod limits;
mod metadata;
mod mirror;
mod nasty;
mod places;
mod segmented;
mod session;
mod stops;
mod subject;
mod transfers;
mod trees;
mod verbs;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::net::{Ipv6Addr, SocketAddr, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::chown;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use ftpclient::client::{Client, LogKind};
use ftpclient::error::{Error, Result};
use subject::*;
use support::at_once;
use support::calls::{command, lines_of as lines, pattern as content, store};
use support::daemons::{Daemon, DaemonOptions};
use support::drive::{self, Drive, run};
use support::embedded::{self, Embedded};
use support::relay::{Pace, Relay};

/// A scenario, and what is the same in each run of it.
type Scenario = (&'static str, Same, fn(&Subject));

#[derive(Clone, Copy, PartialEq, Eq)]
enum Same {
    /// Each command of each session.
    Commands,
    /// Only what the scenario asserts: what is said depends on how far the transfer has got when something else happens.
    Outcome,
    /// The same, without a relay: it would not pass on urgent data.
    Direct,
}

const DAEMONS: [&str; 12] = [
    "vsftpd",
    "proftpd",
    "pure-ftpd",
    "pyftpdlib",
    "inetutils-ftpd",
    "ftpd-ssl",
    "globus-gridftp-server",
    "aioftp",
    "twisted",
    "zope.server",
    "copyparty",
    "ftp-srv",
];

use Circle::{First, Second};
use Same::{Commands, Direct, Outcome};

const SCENARIOS: &[Scenario] = &[
    ("log in, refused and accepted", Commands, session::log_in),
    ("directories", Commands, session::directories),
    ("list", Commands, transfers::list),
    ("list names", Commands, transfers::list_names),
    ("binary up and down", Commands, transfers::binary_up_and_down),
    ("connections made ahead", Outcome, transfers::made_ahead),
    ("connections made ahead together", Outcome, transfers::made_ahead_together),
    ("memory and descriptors", Commands, transfers::memory_and_descriptors),
    ("slowly up and down", Outcome, transfers::slowly_up_and_down),
    ("text up and down", Commands, transfers::text_up_and_down),
    ("size and delete", Commands, transfers::size_and_delete),
    ("download from an offset", Commands, transfers::download_from_an_offset),
    ("rename, make and remove", Commands, session::rename_make_and_remove),
    ("names with the byte 0xFF", Outcome, session::names_with_0xff),
    ("whole files down", Outcome, files::download),
    ("whole files up", Outcome, files::upload),
    ("facts", Commands, transfers::facts),
    ("walk a tree of nasty names", Commands, trees::walk_a_tree_of_nasty_names),
    ("find, fetch and delete nasty names", Commands, trees::find_fetch_and_delete_nasty_names),
    ("entries", Commands, entries::entries),
    ("a path is found out", Commands, entries::found_out),
    ("what may not be read is not empty", Commands, entries::what_may_not_be_read),
    ("stop a stream of entries", Direct, entries::stop_a_stream),
    ("commands and replies one by one", Commands, session::one_by_one),
    ("transfers by hand", Commands, transfers::transfers_by_hand),
    ("abort an open transfer", Direct, stops::abort_an_open_transfer),
    ("copy between sessions", Commands, transfers::copy_between_sessions),
    ("refusals keep the session in step", Commands, session::refusals),
    ("many transfers in a row", Commands, transfers::many_transfers),
    ("stop a download", Outcome, stops::stop_a_download),
    ("stop an upload", Outcome, stops::stop_an_upload),
    ("stop a listing", Outcome, stops::stop_a_listing),
    ("cancel a download", Outcome, stops::cancel_a_download),
    ("abort without a transfer", Commands, session::abort_without_a_transfer),
    ("NOOP in a slow download", Outcome, idle::noop_in_a_slow_download),
    ("NOOP in a slow upload", Outcome, idle::noop_in_a_slow_upload),
    ("NOOP in transfers that are stopped", Outcome, idle::noop_in_transfers_that_are_stopped),
    ("come back", Commands, idle::come_back),
    ("come back though a link has changed", Commands, places::come_back_though_a_link_has_changed),
    ("come back though a directory is gone", Commands, places::come_back_though_a_directory_is_gone),
    ("the final reply does not wait for the client", Commands, transfers::final_reply_is_prompt),
];

/// For a server that has no way to connect back to us: the scenarios without a transfer, and the refusal of one.
const WITHOUT_TRANSFERS: &[Scenario] = &[
    ("log in, refused and accepted", Commands, session::log_in),
    ("directories", Commands, session::directories),
    ("rename, make and remove", Commands, session::rename_make_and_remove),
    ("commands and replies one by one", Commands, session::one_by_one),
    ("abort without a transfer", Commands, session::abort_without_a_transfer),
    ("transfers are refused", Commands, session::transfers_are_refused),
];

/// Where a data connection over IPv6 in active mode can make a difference: listings, both directions, by hand, and stopped.
const OVER_EPRT: &[&str] =
    &["list", "binary up and down", "transfers by hand", "stop a download", "stop an upload"];

/// What is the same however data connections are opened: the scenarios about names, files, times, and the control connection.
const HOWEVER_OPENED: &[&str] = &[
    "log in, refused and accepted",
    "directories",
    "slowly up and down",
    "size and delete",
    "rename, make and remove",
    "names with the byte 0xFF",
    "whole files down",
    "whole files up",
    "walk a tree of nasty names",
    "find, fetch and delete nasty names",
    "entries",
    "a path is found out",
    "what may not be read is not empty",
    "stop a stream of entries",
    "commands and replies one by one",
    "abort without a transfer",
    "NOOP in a slow download",
    "NOOP in a slow upload",
    "NOOP in transfers that are stopped",
    "come back",
    "come back though a link has changed",
    "come back though a directory is gone",
];

/// How often a scenario runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Runs {
    /// By calls that wait, and driven without manners while every byte of the control connection comes by itself: both must come to
    /// the same.
    Twice,
    /// By calls that wait.
    Once,
}

/// What came of the scenarios on one server.
#[derive(Default)]
struct Tally {
    scenarios: usize,
    twice: usize,
    commands: usize,
    differences: Vec<String>,
}

impl Tally {
    fn run(&mut self, subject: &Subject, scenarios: &[Scenario], runs: Runs) {
        let mode = if subject.passive { "passive" } else { "active" };
        let is_first_mode = subject.passive && subject.address.is_ipv4();
        for (scenario, same, run) in scenarios {
            if !is_first_mode && HOWEVER_OPENED.contains(scenario) && !all_modes() {
                continue;
            }
            let title = format!("{}, {mode}: {scenario}", subject.title());
            let play = |pace| {
                let start = Instant::now();
                eprintln!("{title}");
                let commands = match subject.cannot(scenario) {
                    None => subject.although_it_forgets(|| subject.behind_a_relay(pace, *same, *run)),
                    Some(seen) => {
                        limits::must_fail(&title, seen, || subject.behind_a_relay(pace, *same, *run));
                        Vec::new()
                    }
                };
                eprintln!("{title}: ok in {:.2} s", start.elapsed().as_secs_f64());
                commands
            };
            let calm = play(Pace::AsTheyCome);
            self.scenarios += 1;
            if *same == Commands && HOWEVER_OPENED.contains(scenario) {
                self.compare_modes(subject, &title, scenario, &calm);
            }
            if runs == Runs::Once {
                continue;
            }
            let slow =
                if subject.wants_whole_lines(scenario) { Pace::RepliesOneByOne } else { Pace::OneByOne };
            let hostile = drive::hostile(|| play(slow));
            self.twice += 1;
            if *same == Commands {
                self.commands += calm.iter().map(Vec::len).sum::<usize>();
                if calm != hostile {
                    self.differences.push(format!("{title}:\n{calm:#?}\n{hostile:#?}"));
                }
            }
        }
    }

    /// Notes it if another mode has said something else.
    fn compare_modes(
        &mut self,
        subject: &Subject,
        title: &str,
        scenario: &'static str,
        calm: &[Vec<String>],
    ) {
        static SAID: Mutex<BTreeMap<(String, &str), Vec<String>>> = Mutex::new(BTreeMap::new());
        let said = said_in_any_mode(subject, calm);
        let mut all = SAID.lock().unwrap();
        let first = all.entry((subject.name.clone(), scenario)).or_insert_with(|| said.clone());
        if *first != said {
            self.differences.push(format!("{title}, in another mode:\n{first:#?}\n{said:#?}"));
        }
    }

    fn finish(self, title: &str) {
        let Tally { scenarios, twice, commands, differences } = self;
        let summary = format!(
            "{title}: {scenarios} scenarios, {twice} driven in two ways: {commands} commands compared, {} scenarios differ\n",
            differences.len()
        );
        io::stderr().write_all(summary.as_bytes()).unwrap();
        assert!(
            scenarios > 0 && (commands > 0 || twice == 0) && differences.is_empty(),
            "{}",
            differences.join("\n")
        );
    }
}

fn all_modes() -> bool {
    std::env::var("FTPCLIENT_SERVERS").is_ok_and(|which| which == "all")
}

/// What the sessions of a scenario said, without what opens data connections, and with a `~` for the directory of the login.
fn said_in_any_mode(subject: &Subject, sessions: &[Vec<String>]) -> Vec<String> {
    let opens_data = |command: &&String| {
        ["PASV", "EPSV", "PRET ", "PORT ", "EPRT "].iter().any(|verb| command.starts_with(verb))
    };
    let said = sessions.iter().flatten().filter(|command| !opens_data(command));
    match &*subject.login_dir {
        "/" => said.cloned().collect(),
        directory => said.map(|command| command.replace(directory, "~")).collect(),
    }
}

/// How much is done to a server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Circle {
    First,
    Second,
}

fn run_on(circle: Circle, subject: impl Fn(bool) -> Subject) {
    let (passive, active) = (subject(true), subject(false));
    let (second, ipv6) = (circle == Second, passive.address.is_ipv6());
    let once_if = |once: bool| if once { Runs::Once } else { Runs::Twice };
    let mut tally = Tally::default();
    tally.run(&passive, SCENARIOS, once_if(second && ipv6));
    let scenarios = if active.has_active_mode() { SCENARIOS } else { WITHOUT_TRANSFERS };
    if second && ipv6 && active.has_active_mode() {
        let chosen: Vec<Scenario> =
            scenarios.iter().filter(|scenario| OVER_EPRT.contains(&scenario.0)).copied().collect();
        assert_eq!(chosen.len(), OVER_EPRT.len());
        tally.run(&active, &chosen, Runs::Once);
    } else {
        tally.run(&active, scenarios, once_if(second));
    }
    tally.finish(&passive.title());
}

/// Over IPv4 and IPv6 at the same time, each with a server of its own: they mostly wait.
fn run_on_daemon(circle: Circle, name: &str) {
    thread::scope(|scope| {
        for ipv6 in [false, true] {
            scope.spawn(move || run_over(circle, name, ipv6));
        }
    });
}

fn run_over(circle: Circle, name: &str, ipv6: bool) {
    let start = || Daemon::start(name, DaemonOptions { ipv6, ..DaemonOptions::default() });
    if let (true, Some(seen)) = (ipv6, limits::cannot(name, "IPv6")) {
        limits::must_fail(&format!("{name}, IPv6"), seen, start);
        return;
    }
    let Some(daemon) = start() else { return };
    run_on(circle, |passive| on_daemon(name, &daemon, passive));
}

#[test]
fn vsftpd() {
    run_on_daemon(First, "vsftpd");
}

#[test]
fn proftpd() {
    run_on_daemon(First, "proftpd");
}

#[test]
fn pure_ftpd() {
    run_on_daemon(First, "pure-ftpd");
}

#[test]
fn pyftpdlib() {
    run_on_daemon(First, "pyftpdlib");
}

#[test]
fn inetutils_ftpd() {
    run_on_daemon(Second, "inetutils-ftpd");
}

#[test]
fn ftpd_ssl() {
    run_on_daemon(Second, "ftpd-ssl");
}

#[test]
fn globus_gridftp_server() {
    run_on_daemon(Second, "globus-gridftp-server");
}

#[test]
fn aioftp() {
    run_on_daemon(Second, "aioftp");
}

#[test]
fn twisted() {
    run_on_daemon(Second, "twisted");
}

#[test]
fn zope_server() {
    run_on_daemon(Second, "zope.server");
}

#[test]
fn copyparty() {
    run_on_daemon(Second, "copyparty");
}

#[test]
fn ftp_srv() {
    run_on_daemon(Second, "ftp-srv");
}

/// The first circle: other servers are in the corpus.
#[test]
fn a_tree_of_nasty_names() {
    for name in ["vsftpd", "proftpd", "pure-ftpd", "pyftpdlib", "inetutils-ftpd"] {
        let Some(daemon) = Daemon::start(name, DaemonOptions::default()) else { continue };
        nasty::nasty(&on_daemon(name, &daemon, true));
    }
    let server = Embedded::start();
    nasty::nasty(&on_libunftp(&server, true));
}

/// What they know of files: the same six servers.
#[test]
fn times_modes_hashes_and_trees() {
    for name in ["vsftpd", "proftpd", "pure-ftpd", "pyftpdlib", "inetutils-ftpd"] {
        let Some(daemon) = Daemon::start(name, DaemonOptions::default()) else { continue };
        metadata::all(&on_daemon(name, &daemon, true));
    }
    let server = Embedded::start();
    metadata::all(&on_libunftp(&server, true));
}

/// The commands that each server has in its own way, one form after the other.
#[test]
fn verbs_that_no_rfc_has() {
    for name in DAEMONS {
        let Some(daemon) = Daemon::start(name, DaemonOptions::default()) else { continue };
        verbs::verbs(&on_daemon(name, &daemon, true));
    }
}

/// Each in its own way: with and without MLSD, and with times that can be set or not.
#[test]
fn trees_that_are_made_equal() {
    for name in DAEMONS {
        let Some(daemon) = Daemon::start(name, DaemonOptions::default()) else { continue };
        mirror::trees(&on_daemon(name, &daemon, true));
    }
    let server = Embedded::start();
    mirror::trees(&on_libunftp(&server, true));
}

/// By calls that wait and without.
#[test]
fn each_flag_of_whole_files_and_trees_and_many_commands_at_once() {
    let play = |subject: &Subject| {
        flags::each(subject);
        many_commands_at_once(subject);
    };
    thread::scope(|scope| {
        for name in DAEMONS {
            scope.spawn(move || {
                if let Some(daemon) = Daemon::start(name, DaemonOptions::default()) {
                    play(&on_daemon(name, &daemon, true));
                }
            });
        }
    });
    let server = Embedded::start();
    play(&on_libunftp(&server, true));
}

fn many_commands_at_once(subject: &Subject) {
    let play = || at_once::come_to_the_same(&subject.root, || subject.log_in());
    for most in [play(), drive::hostile(play)] {
        assert_eq!(most >= 32, !subject.answers_out_of_order(), "{}: {most} at once", subject.name);
    }
}

/// Not on zope.server: its two threads share the data that it sends without a lock, and now and then it sends wrong bytes of a large
/// file, whoever fetches it.
#[test]
fn one_file_by_several_sessions() {
    thread::scope(|scope| {
        for name in DAEMONS.iter().filter(|&&name| name != "zope.server") {
            scope.spawn(move || {
                if let Some(daemon) = Daemon::start(name, DaemonOptions::default()) {
                    let subject = on_daemon(name, &daemon, true);
                    subject.although_it_forgets(|| segmented::one_file_by_several(&subject));
                }
            });
        }
    });
    let server = Embedded::start();
    segmented::one_file_by_several(&on_libunftp(&server, true));
}

/// Not on aioftp, where nothing tells a link from a directory.
#[test]
fn what_is_behind_a_link_stays() {
    for name in ["vsftpd", "pyftpdlib", "inetutils-ftpd", "twisted", "zope.server", "copyparty", "ftp-srv"] {
        let Some(daemon) = Daemon::start(name, DaemonOptions::default()) else { continue };
        trees::remove_a_tree_with_links(&on_daemon(name, &daemon, true));
    }
}

#[test]
fn libunftp() {
    let server = Embedded::start();
    run_on(First, |passive| on_libunftp(&server, passive));
}

#[test]
fn libunftp_ipv6() {
    let server = Embedded::start_on(Ipv6Addr::LOCALHOST.into());
    run_on(First, |passive| on_libunftp(&server, passive));
}
