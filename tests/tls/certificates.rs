//! Which certificates are accepted, and what is said about the others.

use ftpclient::net::Verification;
use support::certificates::{Digest, Key};

use super::*;

/// How a client is set up for a case.
#[derive(Clone, Copy)]
enum Setting {
    Default,
    Pin([u8; 32]),
    PinOnly([u8; 32]),
    VerifyNothing,
    AuthorityOnly,
    CommonName,
    ServerName(&'static str),
}

fn client_with(setting: Setting) -> Client {
    let mut client = client();
    client
        .update_tls(|tls| match setting {
            Setting::Default => {}
            Setting::Pin(pin) => tls.pins = vec![pin],
            Setting::PinOnly(pin) => (tls.pins, tls.verify) = (vec![pin], Verification::Nothing),
            Setting::VerifyNothing => tls.verify = Verification::Nothing,
            Setting::AuthorityOnly => tls.verify = Verification::Authority,
            Setting::CommonName => tls.accept_common_name = true,
            Setting::ServerName(name) => tls.server_name = Some(name.into()),
        })
        .unwrap();
    client
}

/// A login at `host`, whose server has this certificate; the script ends with the login.
fn log_in_at(host: &str, identity: &Identity, setting: Setting) -> (Client, Scripted, Result<()>) {
    let tls = TlsServer::new(identity);
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        s.expect("AUTH TLS");
        s.send("234 go\r\n");
        // With TLS 1.3 the client's end of the handshake is over before the client looks at a pin.
        if s.try_start_tls(&tls).is_ok() {
            let first = s.line_or_end();
            let Some(line) = first else { return };
            assert_eq!(line, "USER user");
            s.send("331 x\r\n");
            s.expect("PASS secret");
            s.send("230 x\r\n");
            s.prot_p();
        }
    });
    let mut client = client_with(setting);
    let port = server.addr().port();
    client.run(async |client| client.connect(host, port).await).unwrap();
    let outcome = log_in(&mut client);
    server.finish();
    (client, server, outcome)
}

#[track_caller]
fn assert_accepted(host: &str, identity: &Identity, setting: Setting) {
    let (client, _server, outcome) = log_in_at(host, identity, setting);
    outcome.unwrap();
    let certificate = client.server_certificate().unwrap();
    assert_eq!(certificate.subject, format!("CN={}", common_name(identity)));
    assert_eq!(certificate.pin, identity.spki_sha256());
    assert_eq!(certificate.pem, identity.certificate_pem());
}

#[test]
fn a_good_certificate_is_accepted_by_name_and_by_address() {
    assert_accepted("localhost", &IDENTITY, Setting::Default);
    assert_accepted("127.0.0.1", &IDENTITY, Setting::Default);
    let ec = AUTHORITY.issue(&CertificateRequest { key: Key::EcP256, ..Default::default() });
    assert_accepted("127.0.0.1", &ec, Setting::Default);
}

#[test]
fn a_pin_must_fit_as_well_or_can_stand_alone() {
    let stranger = Identity::self_signed(&CertificateRequest::default());
    assert_accepted("127.0.0.1", &IDENTITY, Setting::Pin(IDENTITY.spki_sha256()));
    assert_accepted("127.0.0.1", &stranger, Setting::PinOnly(stranger.spki_sha256()));
    let (_, _, outcome) = log_in_at("127.0.0.1", &stranger, Setting::Pin(stranger.spki_sha256()));
    assert!(matches!(outcome, Err(Error::Certificate(_))), "{outcome:?}");
}

#[test]
fn the_name_to_check_can_be_another_than_the_host() {
    let identity = AUTHORITY.issue(&CertificateRequest {
        dns_names: vec!["ftp.example.org"],
        addresses: Vec::new(),
        ..Default::default()
    });
    assert_accepted("127.0.0.1", &identity, Setting::ServerName("ftp.example.org"));
    let (_, _, outcome) = log_in_at("localhost", &IDENTITY, Setting::ServerName("ftp.example.org"));
    assert!(matches!(outcome, Err(Error::Certificate(_))), "{outcome:?}");
}

#[test]
fn without_verification_every_certificate_is_accepted() {
    let request = CertificateRequest { valid: (-30, -1), dns_names: vec!["a.example"], ..Default::default() };
    assert_accepted("localhost", &Identity::self_signed(&request), Setting::VerifyNothing);
    for weak in [
        CertificateRequest { key: Key::Rsa1024, ..request.clone() },
        CertificateRequest { digest: Digest::Sha1, ..request },
    ] {
        let identity = Identity::self_signed(&weak);
        assert_accepted("localhost", &identity, Setting::VerifyNothing);
        assert_accepted("localhost", &identity, Setting::PinOnly(identity.spki_sha256()));
    }
}

#[test]
fn the_authority_alone_can_be_demanded() {
    let elsewhere = CertificateRequest {
        dns_names: vec!["ftp.example.org"],
        addresses: Vec::new(),
        ..CertificateRequest::default()
    };
    let nameless = CertificateRequest { dns_names: Vec::new(), ..elsewhere.clone() };
    for request in [&elsewhere, &nameless] {
        assert_accepted("127.0.0.1", &AUTHORITY.issue(request), Setting::AuthorityOnly);
        assert_accepted("localhost", &AUTHORITY.issue(request), Setting::AuthorityOnly);
    }
    let expired = CertificateRequest { valid: (-30, -1), ..elsewhere.clone() };
    let strangers = [
        Identity::self_signed(&elsewhere),
        Authority::new("unknown authority").issue(&elsewhere),
        AUTHORITY.issue(&expired),
    ];
    for identity in strangers {
        let (_, server, outcome) = log_in_at("127.0.0.1", &identity, Setting::AuthorityOnly);
        assert!(matches!(outcome, Err(Error::Certificate(_))), "{outcome:?}");
        assert_no_credentials(&server);
    }
}

/// A certificate whose only name, if it has one, is its common name.
fn named_by(common_name: &'static str) -> Identity {
    AUTHORITY.issue(&CertificateRequest {
        common_name,
        dns_names: Vec::new(),
        addresses: Vec::new(),
        ..CertificateRequest::default()
    })
}

#[test]
fn a_common_name_counts_when_the_user_accepts_it_and_there_is_no_other_name() {
    for host in ["localhost", "127.0.0.1"] {
        let identity = named_by(host);
        assert_accepted(host, &identity, Setting::CommonName);
        let (client, server, outcome) = log_in_at(host, &identity, Setting::Default);
        let Err(error @ Error::Certificate(_)) = outcome else { panic!("{outcome:?}") };
        assert_text(&client, &error, &format!("is not for {host}"));
        assert_text(&client, &error, "ftp_set_tls_common_name()");
        assert_no_credentials(&server);
    }
    // It is none that is accepted besides those that count.
    let other_names: [(&[&'static str], &[[u8; 4]]); 3] =
        [(&["ftp.example.org"], &[]), (&[], &[[192, 0, 2, 1]]), (&["ftp.example.org"], &[[192, 0, 2, 1]])];
    for (dns_names, addresses) in other_names {
        let identity = AUTHORITY.issue(&CertificateRequest {
            common_name: "127.0.0.1",
            dns_names: dns_names.to_vec(),
            addresses: addresses.iter().map(|&address| address.into()).collect(),
            ..CertificateRequest::default()
        });
        let (_, _, outcome) = log_in_at("127.0.0.1", &identity, Setting::CommonName);
        assert!(matches!(outcome, Err(Error::Certificate(_))), "{dns_names:?} {addresses:?}: {outcome:?}");
    }
    for (host, common_name) in [
        ("localhost", "ftp.example.org"),
        ("127.0.0.1", "127.0.0.2"),
        ("127.0.0.1", "localhost"),
        ("localhost", "*"),
    ] {
        let (client, _, outcome) = log_in_at(host, &named_by(common_name), Setting::CommonName);
        let Err(error @ Error::Certificate(_)) = outcome else { panic!("{common_name}: {outcome:?}") };
        assert_text(
            &client,
            &error,
            &format!("the server's certificate is not for {host} (CN={common_name}"),
        );
    }
}

#[test]
fn a_name_that_no_certificate_can_be_for_is_refused_when_it_is_set() {
    let long_name = ["abc"; 64].join(".");
    for name in [
        ".example.org",
        ".localhost",
        "*.example.org",
        "a..b",
        "a b",
        "",
        ".",
        "b\u{fc}cher.example",
        &long_name,
    ] {
        let outcome = client().update_tls(|tls| tls.server_name = Some(name.into()));
        assert!(matches!(outcome, Err(Error::InvalidArgument(_))), "{name:?}: {outcome:?}");
    }
}

/// A dot at its end makes a name complete for the resolver; no certificate has it.
#[test]
fn a_complete_name_is_that_without_its_dot() {
    assert_accepted("127.0.0.1", &IDENTITY, Setting::ServerName("localhost."));
}

/// What is refused, and what the message must name besides the subject.
struct Refused {
    case: &'static str,
    host: &'static str,
    identity: Identity,
    setting: Setting,
    problem: &'static str,
}

fn refused_ones() -> Vec<Refused> {
    let good = CertificateRequest::default();
    let issue = |request: CertificateRequest| AUTHORITY.issue(&request);
    let case = |case, identity, problem| Refused {
        case,
        host: "127.0.0.1",
        identity,
        setting: Setting::Default,
        problem,
    };
    let elsewhere = CertificateRequest {
        dns_names: vec!["ftp.example.org"],
        addresses: vec![[192, 0, 2, 1].into()],
        ..good.clone()
    };
    vec![
        case("expired", issue(CertificateRequest { valid: (-30, -1), ..good.clone() }), "has expired"),
        case(
            "not yet valid",
            issue(CertificateRequest { valid: (2, 30), ..good.clone() }),
            "is not valid yet",
        ),
        Refused {
            host: "localhost",
            ..case(
                "for another host",
                issue(elsewhere.clone()),
                "is for ftp.example.org, 192.0.2.1, not for localhost",
            )
        },
        case(
            "for another address",
            issue(elsewhere.clone()),
            "is for ftp.example.org, 192.0.2.1, not for 127.0.0.1",
        ),
        Refused {
            host: "localhost",
            ..case(
                "for another host, by its common name alone",
                issue(CertificateRequest {
                    common_name: "ftp.example.org",
                    dns_names: Vec::new(),
                    addresses: Vec::new(),
                    ..good.clone()
                }),
                "is not for localhost: it names no host but in its common name",
            )
        },
        Refused {
            host: "localhost",
            ..case(
                "for the host, by its common name alone",
                named_by("localhost"),
                "ftp_set_tls_common_name()",
            )
        },
        case("self-signed", Identity::self_signed(&good), "is signed by nobody but itself"),
        case(
            "of an unknown authority",
            Authority::new("unknown authority").issue(&good),
            "no authority that is trusted has signed",
        ),
        Refused {
            setting: Setting::Pin([7; 32]),
            ..case("another key than the pinned one", issue(good.clone()), "none of those that are pinned")
        },
        Refused {
            setting: Setting::PinOnly([7; 32]),
            ..case(
                "another key than the pinned one, nothing else verified",
                issue(good.clone()),
                "none of those that are pinned",
            )
        },
        case(
            "signed with SHA-1",
            issue(CertificateRequest { digest: Digest::Sha1, ..good.clone() }),
            "a signature that is too weak",
        ),
        case(
            "an RSA key of 1024 bits",
            issue(CertificateRequest { key: Key::Rsa1024, ..good }),
            "a key that is too small",
        ),
    ]
}

#[test]
fn a_bad_certificate_is_refused_in_words_before_any_credential_is_sent() {
    println!("| case | message |\n|---|---|");
    for Refused { case, host, identity, setting, problem } in refused_ones() {
        let (mut client, server, outcome) = log_in_at(host, &identity, setting);
        let Err(error @ Error::Certificate(_)) = outcome else { panic!("{case}: {outcome:?}") };
        println!("| {case} | {} |", client.describe(&error));
        assert_text(&client, &error, problem);
        assert_text(&client, &error, &format!("CN={}", common_name(&identity)));
        assert_text(&client, &error, &identity.certificate.not_before().to_string());
        assert_text(&client, &error, &identity.certificate.not_after().to_string());
        assert_no_credentials(&server);
        assert_closed(&mut client, problem);
    }
}

fn common_name(identity: &Identity) -> String {
    let entry = identity.certificate.subject_name().entries().next().unwrap();
    entry.data().to_string().unwrap()
}

#[test]
fn a_data_connection_with_another_certificate_is_refused() {
    let stranger = Identity::self_signed(&CertificateRequest::default());
    let server = Scripted::start(move |s| {
        s.tls_login(&tls_server());
        let mut data = start_transfer(s, "STOR f");
        // What stands behind the data connection can be somebody else, who gets nothing.
        data.try_start_tls(&TlsServer::with(&stranger).without_resumption().build()).unwrap_err();
        s.send("425 the handshake failed\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let error = store(&mut client, "STOR f", b"private").unwrap_err();
    assert!(matches!(error, Error::Certificate(_)), "{error:?}");
    assert_text(&client, &error, "is signed by nobody but itself (CN=test server");
    assert_in_step(&mut client);
}
