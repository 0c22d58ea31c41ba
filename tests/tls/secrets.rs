//! What must never be told, and the one file that is there to tell it.

use std::fmt::Write;
use std::fs;
use std::sync::{Arc, Mutex, mpsc};

use ftpclient::net::KeylogFile;

use super::*;

const PASSWORD: &str = "hunter2hunter2";
const KEY_PASSWORD: &str = "swordfish42";

/// Everything that a user could see of a session.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<String>>);

impl Told {
    fn add(&self, text: impl AsRef<str>) {
        writeln!(self.0.lock().unwrap(), "{}", text.as_ref()).unwrap();
    }

    /// The error in every form that it has, and what the client knows about the session.
    fn add_outcome(&self, client: &Client, outcome: Result<()>) {
        if let Err(error) = &outcome {
            self.add(client.describe(error));
            self.add(format!("{error} {error:?} {error:#?}"));
        }
        self.add(format!("{:?} {:?} {:?}", client.last_reply(), client.tls_info(), client.data_tls()));
    }

    #[track_caller]
    fn assert_no_secret(&self) {
        let told = self.0.lock().unwrap();
        for secret in [PASSWORD, KEY_PASSWORD, "PRIVATE KEY"] {
            assert!(!told.contains(secret), "{secret:?} in {told}");
            // As `{:?}` and `{:#?}` show bytes.
            for bytes in [format!("{:?}", secret.as_bytes()), format!("{:#?}", secret.as_bytes())] {
                let inner = bytes.trim_matches(['[', ']', '\n', ' ']);
                let without_space = |text: &str| text.split_whitespace().collect::<String>();
                assert!(!without_space(&told).contains(&without_space(inner)), "{secret:?} as bytes");
            }
        }
    }
}

/// A client with a certificate, all of whose records go to `told`.
fn watched_client(told: &Told) -> Client {
    let own = AUTHORITY.issue(&CertificateRequest { common_name: "test client", ..Default::default() });
    let mut client = client();
    client.set_timeout(Some(Duration::from_secs(2)));
    client
        .update_tls(|tls| {
            tls.client_certificate = Some(Box::new(ClientCertificate {
                certificate: own.certificate_pem().into(),
                key: Some(own.encrypted_key_pem(KEY_PASSWORD).into()),
                password: Some(KEY_PASSWORD.into()),
            }));
            told.add(format!("{tls:?} {tls:#?}"));
        })
        .unwrap();
    let log = told.clone();
    client.log_mut().sink = Some(Box::new(move |kind, text| {
        log.add(format!("{kind:?} {}", String::from_utf8_lossy(text)));
    }));
    client
}

/// A session with this script, and a download; it goes as far as it goes.
fn watched_session(play: impl FnOnce(&mut Session) + Send + 'static) -> Told {
    let told = Told::default();
    let server = Scripted::start(play);
    let mut client = watched_client(&told);
    let outcome = connect_to(&mut client, server.addr());
    told.add_outcome(&client, outcome);
    let outcome = client.run(async |client| client.login("user", PASSWORD, PASSWORD).await);
    told.add_outcome(&client, outcome);
    let outcome = client.run(async |client| client.putcmd(&command(&format!("PASS {PASSWORD}"))).await);
    told.add_outcome(&client, outcome);
    if client.is_connected() {
        let outcome = client.run(async |client| client.getresp().await).map(drop);
        told.add_outcome(&client, outcome);
    }
    let (_, outcome) = retrieve(&mut client, "RETR f");
    told.add_outcome(&client, outcome);
    told.add(format!("{:?}", client.log_mut()));
    told
}

/// TLS, and a login that is answered like this.
fn login(s: &mut Session, tls: &TlsServer) {
    s.tls_login(tls);
    s.expect(format!("PASS {PASSWORD}"));
    s.send("230 still welcome\r\n");
}

#[test]
fn no_failure_tells_a_password() {
    let good = tls_server();
    let client_wanted = TlsServer::with(&IDENTITY).require_client_certificate(&AUTHORITY).build();
    let stranger = TlsServer::new(&Identity::self_signed(&CertificateRequest::default()));

    let told = [
        // All goes well.
        watched_session(move |s| {
            login(s, &client_wanted);
            let mut data = start_transfer(s, "RETR f");
            data.start_tls(&client_wanted);
            data.close_tls();
            s.send("226 done\r\n");
        }),
        // No TLS.
        watched_session(|s| {
            s.send("220 ready\r\n");
            for mechanism in ["AUTH TLS", "AUTH TLS-C", "AUTH SSL"] {
                s.expect(mechanism);
                s.send("500 unknown command\r\n");
            }
            s.expect_eof();
        }),
        // A certificate that is not accepted.
        watched_session(move |s| {
            s.send("220 ready\r\n");
            s.expect("AUTH TLS");
            s.send("234 go\r\n");
            s.try_start_tls(&stranger).unwrap_err();
        }),
        // A handshake that fails.
        watched_session(|s| {
            s.send("220 ready\r\n");
            s.expect("AUTH TLS");
            s.send("234 go\r\n");
            s.expect_some_bytes();
            s.send_raw([0xa5; 100]);
            s.hold();
        }),
        // A server that goes away over the password, that never answers it, and that refuses it.
        watched_session({
            let tls = good.clone();
            move |s| {
                until_password(s, &tls);
                s.close();
            }
        }),
        watched_session({
            let tls = good.clone();
            move |s| {
                until_password(s, &tls);
                s.hold();
            }
        }),
        watched_session({
            let tls = good.clone();
            move |s| {
                until_password(s, &tls);
                s.send("530 no\r\n");
                s.expect(format!("PASS {PASSWORD}"));
                s.send("530 no\r\n");
            }
        }),
        // Garbage instead of its reply.
        watched_session({
            let tls = good.clone();
            move |s| {
                until_password(s, &tls);
                s.send_raw([0xa5; 100]);
                s.hold();
            }
        }),
        // A data connection that is refused.
        watched_session(move |s| {
            login(s, &good);
            let mut data = start_transfer(s, "RETR f");
            data.read_at_least(1);
            data.send_raw([0xa5; 100]);
            s.send("425 no\r\n");
        }),
    ];
    for told in &told {
        told.assert_no_secret();
    }
    let all = told.map(|told| told.0.lock().unwrap().clone()).concat();
    // The records were there to be looked at.
    assert!(all.contains("PASS ****") && all.contains("Certificate(") && all.contains("Timeout"), "{all}");
}

fn until_password(s: &mut Session, tls: &TlsServer) {
    s.send("220 ready\r\n");
    s.auth(tls);
    s.expect("USER user");
    s.send("331 password, please\r\n");
    s.expect(format!("PASS {PASSWORD}"));
}

#[test]
fn a_key_that_cannot_be_used_is_refused_without_its_password() {
    let own = AUTHORITY.issue(&CertificateRequest::default());
    let pem = ClientCertificate {
        certificate: own.certificate_pem().into(),
        key: Some(own.encrypted_key_pem("another password").into()),
        password: Some(KEY_PASSWORD.into()),
    };
    let pkcs12 = ClientCertificate {
        certificate: own.pkcs12("another password").into(),
        key: None,
        password: Some(KEY_PASSWORD.into()),
    };
    let no_password = ClientCertificate { password: None, ..pem.clone() };
    for (certificate, words) in [
        (pem, "the key in memory is encrypted: its password is wrong or missing"),
        (pkcs12, "memory is encrypted: its password is wrong or missing"),
        (no_password, "the key in memory is encrypted: its password is wrong or missing"),
    ] {
        let told = Told::default();
        let mut client = client();
        let outcome = client.update_tls(|tls| tls.client_certificate = Some(Box::new(certificate)));
        let Err(error @ Error::InvalidArgument(_)) = outcome else { panic!("{outcome:?}") };
        assert_text(&client, &error, &format!("the client certificate: {words}"));
        told.add_outcome(&client, Err(error));
        told.assert_no_secret();
    }
}

#[test]
fn the_key_log_tells_the_keys_of_every_connection() {
    for (version, label) in
        [(SslVersion::TLS1_2, "CLIENT_RANDOM"), (SslVersion::TLS1_3, "CLIENT_HANDSHAKE_TRAFFIC_SECRET")]
    {
        let tls = TlsServer::with(&IDENTITY).version(version).build();
        let (sender, randoms) = mpsc::channel();
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            sender.send(s.client_random()).unwrap();
            let mut data = start_transfer(s, "RETR f");
            data.start_tls(&tls);
            sender.send(data.client_random()).unwrap();
            data.close_tls();
            s.send("226 done\r\n");
        });
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut client = client();
        let log = KeylogFile { name: "keys".into(), file: file.reopen().unwrap() };
        client.update_tls(|tls| tls.keylog = Some(Arc::new(log))).unwrap();
        connect_to(&mut client, server.addr()).unwrap();
        log_in(&mut client).unwrap();
        retrieve(&mut client, "RETR f").1.unwrap();
        server.finish();

        let log = fs::read_to_string(file.path()).unwrap();
        let randoms: Vec<Vec<u8>> = randoms.iter().collect();
        assert_eq!(randoms.len(), 2);
        for random in randoms {
            let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
            let line = format!("{label} {hex} ");
            assert!(log.lines().any(|found| found.to_lowercase().starts_with(&line.to_lowercase())), "{log}");
        }
    }
}

/// `/dev/full` is what a full disk is.
fn full_disk() -> Arc<KeylogFile> {
    let file = fs::OpenOptions::new().append(true).open("/dev/full").unwrap();
    Arc::new(KeylogFile { name: "/dev/full".into(), file })
}

#[test]
fn keys_that_cannot_be_written_end_the_handshake() {
    for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
        let tls = TlsServer::with(&IDENTITY).version(version).build();
        let server = Scripted::start(move |s| {
            s.send("220 ready\r\n");
            s.expect("AUTH TLS");
            s.send("234 go\r\n");
            let _ = s.try_start_tls(&tls);
            let _ = s.line_or_end();
        });
        let mut client = connected(&server);
        client.update_tls(|tls| tls.keylog = Some(full_disk())).unwrap();
        let error = log_in(&mut client).unwrap_err();
        assert!(matches!(error, Error::File { .. }), "{error:?}");
        assert_eq!(error.os_error(), Some(28));
        assert_text(&client, &error, "cannot write the keys of the connection to /dev/full");
        assert_no_credentials(&server);
        assert!(!client.is_connected());
    }
}
