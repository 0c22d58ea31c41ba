//! What only OpenSSL's own test server does: another handshake in the middle of a session, and ciphers that protect nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;

#[cfg(not(feature = "aws-lc"))]
use super::support::c_programs::compile;
use super::support::tools::installed;
use super::*;

/// `openssl s_server`, which sends what it is told, and renegotiates for a line that begins with "r".
struct OpensslServer {
    process: Child,
    /// It stays open: what the server tells of each connection has to go somewhere.
    _told: BufReader<ChildStdout>,
    port: u16,
}

impl OpensslServer {
    fn start(folder: &std::path::Path, options: &[&str]) -> OpensslServer {
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        std::fs::write(&certificate, IDENTITY.certificate.to_pem().unwrap()).unwrap();
        std::fs::write(&key, IDENTITY.key.private_key_to_pem_pkcs8().unwrap()).unwrap();
        let mut process = Command::new("openssl")
            .args(["s_server", "-tls1_2", "-naccept", "1", "-crlf", "-accept", "127.0.0.1:0"])
            .args(options)
            .arg("-cert")
            .arg(certificate)
            .arg("-key")
            .arg(key)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // "ACCEPT 127.0.0.1:40001", once it listens at a port that was free.
        let mut told = BufReader::new(process.stdout.take().unwrap());
        let accepts = told.by_ref().lines().map(Result::unwrap).find(|line| line.starts_with("ACCEPT "));
        let port = accepts.and_then(|line| line.rsplit(':').next()?.parse().ok()).expect("it listens");
        OpensslServer { process, _told: told, port }
    }

    /// What it reads at one time is one command, or one text to send.
    fn say(&mut self, line: &str) {
        let input = self.process.stdin.as_mut().unwrap();
        input.write_all(format!("{line}\n").as_bytes()).unwrap();
        input.flush().unwrap();
        thread::sleep(Duration::from_millis(200));
    }
}

impl Drop for OpensslServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn another_handshake_is_refused() {
    if !installed("the refusal of another handshake", &["openssl"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut server = OpensslServer::start(folder.path(), &[]);
    // It reads from its input once the handshake is done.
    let port = server.port;
    server.say("220 ready");
    let mut client = client();
    client.set_tls(TlsMode::Implicit).unwrap();
    connect_to(&mut client, ([127, 0, 0, 1], port).into()).unwrap();
    assert_eq!(client.tls_info().unwrap().version, 0x0303);

    let session = thread::spawn(move || {
        let outcome = pwd(&mut client);
        (client, outcome)
    });
    thread::sleep(Duration::from_millis(200));
    server.say("r");
    let (client, outcome) = session.join().unwrap();
    // The server takes the refusal for the end. A client that had agreed would wait for its reply until the time is over.
    assert!(matches!(outcome, Err(Error::Tls(_) | Error::Eof(_) | Error::Io { .. })), "{outcome:?}");
    assert!(!client.is_connected());
}

/// Whatever list of ciphers a user has got from somewhere.
#[test]
fn ciphers_without_certificate_or_encryption_are_never_used() {
    if !installed("the refusal of ciphers that protect nothing", &["openssl"]) {
        return;
    }
    for cipher in ["ADH-AES256-GCM-SHA384:@SECLEVEL=0", "ECDHE-RSA-NULL-SHA:@SECLEVEL=0"] {
        let folder = tempfile::tempdir().unwrap();
        let server = OpensslServer::start(folder.path(), &["-cipher", cipher]);
        let mut client = client();
        client.set_tls(TlsMode::Implicit).unwrap();
        client.set_timeout(Some(Duration::from_secs(5)));
        // Both are in it, also by name.
        let list = format!("ALL:COMPLEMENTOFALL:{cipher}");
        if client.update_tls(|tls| tls.ciphers = Some(list)).is_err() {
            // AWS-LC knows neither.
            continue;
        }
        let error = connect_to(&mut client, ([127, 0, 0, 1], server.port).into()).unwrap_err();
        assert_text(&client, &error, "no cipher in common");
    }
}

/// The same where no list of the user's is in the way: the system's configuration brings the ciphers in.
#[cfg(not(feature = "aws-lc"))]
#[test]
fn a_server_without_a_certificate_is_refused_whatever_the_system_allows() {
    const ANY_CIPHER: &str = "openssl_conf = main\n[main]\nssl_conf = ssl\n[ssl]\nsystem_default = any\n\
                              [any]\nCipherString = ALL:COMPLEMENTOFALL:@SECLEVEL=0\n";
    if !installed("the refusal of a server without a certificate", &["openssl"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("openssl.cnf");
    std::fs::write(&configuration, ANY_CIPHER).unwrap();
    let ftps = compile("ftps-any-cipher", &["examples/c/ftps.c".into()]);
    let server =
        OpensslServer::start(folder.path(), &["-nocert", "-cipher", "ADH-AES256-GCM-SHA384:@SECLEVEL=0"]);
    let mut command = Command::new(&ftps);
    command.arg(format!("ftps://user:secret@127.0.0.1:{}", server.port));
    let output = command.env("OPENSSL_CONF", &configuration).output().unwrap();
    assert!(!output.status.success());
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(complaint.contains("the server has shown no certificate"), "{complaint}");
}
