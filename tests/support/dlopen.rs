//! `c-tests/dlopen/rounds.c` with its server: the library is loaded and unloaded a thousand times.

use std::path::Path;
use std::process::Command;

use super::c_programs::{compile_with, shown};
use super::certificates::{Authority, CertificateRequest};
use super::scripted::{Script, Scripted, TlsServer, script};

const ROUNDS: usize = 1000;

/// Each session downloads five bytes. Every tenth is over TLS.
fn session(round: usize, tls: &TlsServer) -> Script {
    let tls = (round % 10 == 9).then(|| tls.clone());
    script(move |s| {
        match &tls {
            Some(tls) => s.tls_login(tls),
            None => s.login(),
        }
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("RETR f");
        s.send("150 go\r\n");
        let mut data = listener.accept();
        match &tls {
            Some(tls) => {
                data.start_tls(tls);
                data.send("hello");
                data.close_tls();
            }
            None => {
                data.send("hello");
                data.close();
            }
        }
        s.send("226 done\r\n");
        s.quit();
    })
}

/// The library can be loaded and unloaded again and again.
#[track_caller]
pub fn check(library: &Path) {
    let authority = Authority::new("test authority");
    let tls = TlsServer::new(&authority.issue(&CertificateRequest::default()));
    let server = Scripted::sessions((0..ROUNDS).map(|round| session(round, &tls)).collect());
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, authority.pem()).unwrap();
    // It is linked with the static library as well, of which it takes nothing.
    let flags = ["-ldl", "-pthread"].map(str::to_owned);
    let program = compile_with("dlopen-rounds", &["c-tests/dlopen/rounds.c".into()], &flags);
    let mut command = Command::new(program);
    command.arg(library).arg(ROUNDS.to_string()).arg(server.addr().port().to_string()).arg(&ca);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", shown(&output));
}
