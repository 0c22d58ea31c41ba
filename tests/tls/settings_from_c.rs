//! `c-tests/tls/settings.c`: what the settings of TLS do, as a C program sees it.

use std::path::PathBuf;
use std::process::Command;

use super::support::c_programs::{compile, shown, under_valgrind};
use super::support::tools::installed;
use super::*;

static PROGRAM: LazyLock<PathBuf> =
    LazyLock::new(|| compile("tls-settings", &["c-tests/tls/settings.c".into()]));

/// Runs the program, as it is and for some subjects under valgrind, each time with a server that plays the script behind AUTH.
fn check(subject: &str, tls: TlsServer, script: fn(&mut Session, &TlsServer)) {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, AUTHORITY.pem()).unwrap();
    let run = |mut program: Command| {
        let tls = tls.clone();
        let server = Scripted::start(move |s| script(s, &tls));
        let output = program.arg(subject).arg(server.addr().port().to_string()).arg(&ca).output().unwrap();
        assert!(output.status.success(), "{subject}: {}", shown(&output));
        server.finish();
    };
    run(Command::new(&*PROGRAM));
    // The others have nothing to free that these have not.
    let is_told_by_valgrind = ["full-keylog", "no-resumption"].contains(&subject);
    if is_told_by_valgrind && installed("settings of TLS under valgrind", &["valgrind"]) {
        run(under_valgrind(&PROGRAM));
    }
}

/// The client hears nothing that it likes.
fn is_left(s: &mut Session, tls: &TlsServer) {
    s.send("220 ready\r\n");
    s.expect("AUTH TLS");
    s.send("234 go\r\n");
    if s.try_start_tls(tls).is_ok() {
        assert_eq!(s.line_or_end(), None);
    }
}

fn lets_in(s: &mut Session, tls: &TlsServer) {
    s.tls_login(tls);
}

fn identity(common_name: &'static str, dns_names: Vec<&'static str>) -> Identity {
    AUTHORITY.issue(&CertificateRequest {
        common_name,
        dns_names,
        addresses: Vec::new(),
        ..CertificateRequest::default()
    })
}

#[test]
fn a_key_log_on_a_full_disk_is_an_error_of_its_file() {
    check("full-keylog", tls_server(), is_left);
}

#[test]
fn a_key_log_that_nobody_reads_is_an_error_and_no_signal() {
    check("unread-keylog", tls_server(), is_left);
}

#[test]
fn data_connections_can_be_kept_from_resuming() {
    check("no-resumption", tls_server(), |s, tls| {
        s.tls_login(tls);
        let mut data = start_transfer(s, "RETR f");
        data.start_tls(tls);
        assert!(!data.resumed());
        data.close_tls();
        s.send("226 done\r\n");
    });
}

#[test]
fn an_old_version_is_spoken_by_an_explicit_call() {
    check("old-version", TlsServer::with(&IDENTITY).version(SslVersion::TLS1).build(), lets_in);
}

#[test]
fn a_certificate_for_another_host_is_refused_unless_its_authority_is_enough() {
    let elsewhere = TlsServer::new(&identity("test server", vec!["ftp.example.org"]));
    check("wrong-name", elsewhere.clone(), is_left);
    check("authority", elsewhere, lets_in);
}

#[test]
fn a_common_name_counts_by_an_explicit_call() {
    let old_device = TlsServer::new(&identity("127.0.0.1", Vec::new()));
    check("no-common-name", old_device.clone(), is_left);
    check("common-name", old_device, lets_in);
}
