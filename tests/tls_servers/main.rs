//! FTPS on real servers, each of them in every way that it can be set up. With `--nocapture` each test prints its row of the
//! table.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]
#![cfg(feature = "tls")]

#[path = "../support/mod.rs"]
mod support;

mod ccc;
mod from_c;
mod keylog;
mod scenario;
mod together;

use std::fs;
use std::thread;

use ftpclient::client::{Client, TlsMode};
use ftpclient::net::TlsVersion;
use support::daemons::{Daemon, DaemonOptions, Tls};
use support::drive::{self, Drive};

/// The servers that can be set up in every way, on which all of it is run.
const WAYS: [(Tls, bool, &str); 8] = [
    (Tls::Explicit, false, "1.2"),
    (Tls::Explicit, false, "1.3"),
    (Tls::Explicit, true, "1.2"),
    (Tls::Explicit, true, "1.3"),
    (Tls::Implicit, false, "1.2"),
    (Tls::Implicit, false, "1.3"),
    (Tls::Implicit, true, "1.2"),
    (Tls::Implicit, true, "1.3"),
];

/// Runs the scenario on one server in one way, passive and active, by calls that wait and by the worst of event loops.
fn run(name: &'static str, (tls, reuse_required, tls_version): (Tls, bool, &'static str), resumes: Resumes) {
    let options = DaemonOptions { tls, reuse_required, tls_version, ..DaemonOptions::default() };
    let Some(daemon) = Daemon::start(name, options) else { return };
    let subject = Subject { name, daemon, tls, resumes };
    let reuse = if reuse_required { "required" } else { "off" };
    for passive in [true, false] {
        let play = || scenario::everything(&subject, passive, tls_version);
        let counted = play();
        let hostile = drive::hostile(play);
        assert_eq!((hostile.connections, hostile.resumed), (counted.connections, counted.resumed));
        let mode = if passive { "passive" } else { "active" };
        eprintln!(
            "| {name} | {} | {reuse} | {tls_version} | {mode} | {} of {} |",
            tls.name(),
            counted.resumed,
            counted.connections
        );
    }
}

/// Runs it in all ways, two at a time: servers mostly wait.
fn run_in_all_ways(name: &'static str) {
    let (explicit, implicit) = WAYS.split_at(4);
    thread::scope(|scope| {
        for ways in [explicit, implicit] {
            scope.spawn(|| ways.iter().for_each(|way| run(name, *way, Resumes::All)));
        }
    });
}

/// How many data connections resume the session of the control connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Resumes {
    All,
    None,
}

struct Subject {
    name: &'static str,
    daemon: Daemon,
    tls: Tls,
    resumes: Resumes,
}

impl Subject {
    /// A client that trusts the server's authority and has not connected yet.
    fn client(&self) -> Client {
        let mut client = Client::new().unwrap();
        client.set_timeout(Some(std::time::Duration::from_secs(20)));
        let authority = fs::read(&self.daemon.ca).unwrap();
        client.update_tls(|tls| tls.authorities = Some(authority)).unwrap();
        let mode = if self.tls == Tls::Implicit { TlsMode::Implicit } else { TlsMode::Explicit };
        client.set_tls(mode).unwrap();
        client
    }

    fn connect(&self, client: &mut Client) {
        let (host, port) = (self.daemon.host.to_string(), self.daemon.port);
        client.run(async |client| client.connect(&host, port).await).unwrap();
    }

    fn log_in(&self, client: &mut Client) {
        self.connect(client);
        let (user, password) = (&self.daemon.user, &self.daemon.password);
        client.run(async |client| client.login(user, password, "").await).unwrap();
    }
}

#[test]
fn vsftpd() {
    run_in_all_ways("vsftpd");
}

#[test]
fn proftpd() {
    run_in_all_ways("proftpd");
}

#[test]
fn pyftpdlib() {
    run_in_all_ways("pyftpdlib");
}

#[test]
fn pure_ftpd() {
    run("pure-ftpd", (Tls::Explicit, false, "1.2"), Resumes::All);
    // It gives no tickets, and TLS 1.3 has no other way.
    run("pure-ftpd", (Tls::Explicit, false, "1.3"), Resumes::None);
}

/// pyftpdlib forgets about protected data when another user comes.
#[test]
fn data_is_protected_after_a_second_login() {
    let options = DaemonOptions { tls: Tls::Explicit, ..DaemonOptions::default() };
    let Some(daemon) = Daemon::start("pyftpdlib", options) else { return };
    let subject = Subject { name: "pyftpdlib", daemon, tls: Tls::Explicit, resumes: Resumes::All };
    let mut client = subject.client();
    subject.log_in(&mut client);
    let (user, password) = (&subject.daemon.user, &subject.daemon.password);
    client.run(async |client| client.login(user, password, "").await).unwrap();
    support::calls::store(&mut client, "STOR file", b"hello").unwrap();
    assert_eq!(client.data_tls().unwrap().connections, 1);
}

/// Replies and TLS messages come in the same records as they like.
#[test]
fn many_commands_at_once() {
    for name in ["vsftpd", "proftpd", "pyftpdlib", "pure-ftpd"] {
        let options = DaemonOptions { tls: Tls::Explicit, ..DaemonOptions::default() };
        let Some(daemon) = Daemon::start(name, options) else { continue };
        let subject = Subject { name, daemon, tls: Tls::Explicit, resumes: Resumes::All };
        let play = || {
            support::at_once::come_to_the_same(&subject.daemon.root, || {
                let mut client = subject.client();
                subject.log_in(&mut client);
                client
            })
        };
        assert!(play() >= 32, "{name}");
        assert!(drive::hostile(play) >= 32, "{name}");
    }
}

/// A server can also take both versions; the client is the one that chooses then.
#[test]
fn the_version_can_be_chosen() {
    let options = DaemonOptions { tls: Tls::Explicit, ..DaemonOptions::default() };
    let Some(daemon) = Daemon::start("proftpd", options) else { return };
    let subject = Subject { name: "proftpd", daemon, tls: Tls::Explicit, resumes: Resumes::All };
    for (version, number) in [(TlsVersion::V1_2, 0x0303), (TlsVersion::V1_3, 0x0304)] {
        let mut client = subject.client();
        client.update_tls(|tls| tls.versions = (Some(version), Some(version))).unwrap();
        subject.log_in(&mut client);
        assert_eq!(client.tls_info().unwrap().version, number);
    }
}
