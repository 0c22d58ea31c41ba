//! `examples/c/ftps.c` on real servers, as it is and under valgrind.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use super::support::c_programs::{compile, shown, under_valgrind};
use super::support::tools::installed;
use super::*;

static FTPS: LazyLock<PathBuf> = LazyLock::new(|| compile("ftps", &["examples/c/ftps.c".into()]));

fn url(scheme: &str, daemon: &Daemon) -> String {
    format!("{scheme}://{}:{}@{}", daemon.user, daemon.password, daemon.addr())
}

#[test]
fn a_session_from_c() {
    for (name, tls, scheme) in [
        ("vsftpd", Tls::Explicit, "ftpes"),
        ("proftpd", Tls::Implicit, "ftps"),
        ("pyftpdlib", Tls::Explicit, "ftpes"),
    ] {
        let options = DaemonOptions { tls, reuse_required: true, ..DaemonOptions::default() };
        let Some(daemon) = Daemon::start(name, options) else { continue };
        let output = Command::new(&*FTPS).arg(url(scheme, &daemon)).arg(&daemon.ca).output().unwrap();
        assert!(output.status.success(), "{name}: {}", shown(&output));
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(printed.contains("The server is CN=localhost"), "{printed}");
        assert!(printed.contains("3 of 3 data connections resumed the session."), "{printed}");
        if installed("ftps under valgrind", &["valgrind"]) {
            let output = under_valgrind(&FTPS).arg(url(scheme, &daemon)).arg(&daemon.ca).output().unwrap();
            assert!(output.status.success(), "{name}: {}", shown(&output));
        }
    }
}

/// The test's authority is none that this system trusts.
#[test]
fn a_server_that_nobody_vouches_for_is_refused() {
    let options = DaemonOptions { tls: Tls::Explicit, ..DaemonOptions::default() };
    let Some(daemon) = Daemon::start("vsftpd", options) else { return };
    let output = Command::new(&*FTPS).arg(url("ftpes", &daemon)).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    assert!(
        complaint.contains("no authority that is trusted has signed the server's certificate"),
        "{complaint}"
    );
    assert!(complaint.contains("CN=localhost") && !complaint.contains(&daemon.password), "{complaint}");
}

/// The system's policy is in OpenSSL's own configuration, which AWS-LC does not read.
#[cfg(not(feature = "aws-lc"))]
#[test]
fn a_system_that_wants_tls_1_3_gets_it() {
    const POLICY: &str = "openssl_conf = main\n[main]\nssl_conf = ssl\n[ssl]\nsystem_default = policy\n\
                          [policy]\nMinProtocol = TLSv1.3\n";
    let options = DaemonOptions { tls: Tls::Explicit, tls_version: "1.2", ..DaemonOptions::default() };
    let Some(daemon) = Daemon::start("vsftpd", options) else { return };
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("openssl.cnf");
    fs::write(&configuration, POLICY).unwrap();
    let ftps = || {
        let mut command = Command::new(&*FTPS);
        command.arg(url("ftpes", &daemon)).arg(&daemon.ca);
        command
    };
    assert!(ftps().output().unwrap().status.success());
    let output = ftps().env("OPENSSL_CONF", configuration).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && complaint.contains("no version of TLS in common"), "{complaint}");
}
