//! Files that the user gives and that cannot be used: what is said of each.

use ftpclient::net::NamedBytes;
use support::certificates::{Digest, Key};

use super::*;

fn file(name: &str, content: Vec<u8>) -> NamedBytes {
    NamedBytes { name: name.into(), content }
}

/// What is said of a certificate and, where it has a file of its own, its key.
fn said_of(certificate: NamedBytes, key: Option<NamedBytes>, password: Option<&str>) -> String {
    let given =
        ClientCertificate { certificate, key, password: password.map(|text| text.as_bytes().to_vec()) };
    let outcome = client().update_tls(|tls| tls.client_certificate = Some(Box::new(given)));
    let Err(Error::InvalidArgument(text)) = outcome else { panic!("{outcome:?}") };
    text
}

#[test]
fn what_is_wrong_with_a_client_certificate_is_said_in_plain_words() {
    let own = AUTHORITY.issue(&CertificateRequest { key: Key::EcP256, ..CertificateRequest::default() });
    let other = AUTHORITY.issue(&CertificateRequest { key: Key::EcP256, ..CertificateRequest::default() });
    let pem = || file("client.pem", own.certificate_pem());
    let key = |content| Some(file("client.key", content));
    let damaged = |pem: Vec<u8>| {
        let text = String::from_utf8(pem).unwrap();
        text.replacen("MI", "!!", 1).into_bytes()
    };
    let cases = [
        (
            pem(),
            key(own.encrypted_key_pem("right")),
            None,
            "the key in client.key is encrypted: its password is wrong or missing",
        ),
        (
            pem(),
            key(own.encrypted_key_pem("right")),
            Some("wrong"),
            "the key in client.key is encrypted: its password is wrong or missing",
        ),
        (
            file("both.pem", [own.certificate_pem(), own.encrypted_key_pem("right")].concat()),
            None,
            Some("wrong"),
            "the key in both.pem is encrypted: its password is wrong or missing",
        ),
        (
            pem(),
            key(other.key_pem()),
            None,
            "the key in client.key is not that of the certificate in client.pem",
        ),
        (
            pem(),
            key(IDENTITY.key_pem()),
            None,
            "the key in client.key is not that of the certificate in client.pem",
        ),
        (pem(), None, None, "there is no private key in client.pem"),
        (pem(), key(other.certificate_pem()), None, "there is no private key in client.key"),
        (pem(), key(b"nothing".to_vec()), None, "there is no private key in client.key"),
        (pem(), key(damaged(own.key_pem())), None, "the key in client.key is damaged, or of a kind that"),
        (file("client.pem", own.key_pem()), None, None, "there is no certificate in client.pem"),
        (
            file("client.pem", damaged(own.certificate_pem())),
            key(own.key_pem()),
            None,
            "a PEM certificate in client.pem is damaged",
        ),
        (
            file("client.p12", own.pkcs12("right")),
            None,
            Some("wrong"),
            "client.p12 is encrypted: its password is wrong or missing",
        ),
        (
            file("client.p12", own.pkcs12("right")),
            None,
            None,
            "client.p12 is encrypted: its password is wrong or missing",
        ),
        (file("client.txt", b"nothing".to_vec()), None, None, "client.txt is neither PEM nor PKCS#12"),
        (file("client.txt", Vec::new()), None, None, "client.txt is neither PEM nor PKCS#12"),
    ];
    for (certificate, key, password, words) in cases {
        let text = said_of(certificate, key, password);
        assert!(text.starts_with(&format!("the client certificate: {words}")), "{words:?}: {text}");
    }
    // OpenSSL demands of ours what it demands of a server's. AWS-LC does not.
    if cfg!(not(feature = "aws-lc")) {
        let small =
            AUTHORITY.issue(&CertificateRequest { key: Key::Rsa1024, ..CertificateRequest::default() });
        let weak =
            AUTHORITY.issue(&CertificateRequest { digest: Digest::Sha1, ..CertificateRequest::default() });
        for (identity, words) in [(small, "a key that is too small"), (weak, "a signature that is too weak")]
        {
            let text = said_of(
                file("a.pem", identity.certificate_pem()),
                Some(file("a.key", identity.key_pem())),
                None,
            );
            assert!(text.ends_with(&format!("the certificate in a.pem has {words}")), "{text}");
        }
    }
}

/// As programs made it twenty years ago, and as old devices still do.
#[cfg(not(feature = "aws-lc"))]
#[test]
fn a_container_of_old_is_said_to_be_one() {
    if !support::tools::installed("the words for an old PKCS#12", &["openssl"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (pem, p12) = (folder.path().join("own.pem"), folder.path().join("own.p12"));
    std::fs::write(&pem, [IDENTITY.certificate_pem(), IDENTITY.key_pem()].concat()).unwrap();
    let made = std::process::Command::new("openssl")
        .args([
            "pkcs12",
            "-export",
            "-legacy",
            "-certpbe",
            "PBE-SHA1-RC2-40",
            "-passout",
            "pass:right",
            "-in",
        ])
        .arg(&pem)
        .arg("-out")
        .arg(&p12)
        .status()
        .unwrap();
    assert!(made.success());
    let text = said_of(file("own.p12", std::fs::read(&p12).unwrap()), None, Some("right"));
    assert!(
        text.contains("own.p12 is encrypted with an old cipher, such as RC2, which OpenSSL does not have"),
        "{text}"
    );
}

#[test]
fn what_is_wrong_with_a_list_is_said_in_plain_words() {
    let refusal = |ciphers: Option<&str>, suites: Option<&str>| {
        let text = |list: Option<&str>| list.map(str::to_owned);
        let outcome =
            client().update_tls(|tls| (tls.ciphers, tls.ciphersuites) = (text(ciphers), text(suites)));
        match outcome {
            Err(Error::InvalidArgument(text) | Error::Unsupported(text)) => text,
            outcome => panic!("{ciphers:?} {suites:?}: {outcome:?}"),
        }
    };
    let text = refusal(Some("HIGH:no-such-cipher"), None);
    assert!(
        text.starts_with("the list of ciphers: ") && text.ends_with(" does not know \"no-such-cipher\""),
        "{text}"
    );
    let text = refusal(Some("ALL:!ALL"), None);
    assert_eq!(text, "the list of ciphers: it leaves no cipher");
    if cfg!(not(feature = "aws-lc")) {
        for (list, name) in [
            ("TLS_AES_128_GCM_SHA256:TLS_AES_125_GCM_SHA256", "TLS_AES_125_GCM_SHA256"),
            ("nothing", "nothing"),
            ("TLS_AES_128_GCM_SHA256:ECDHE+AESGCM", "ECDHE+AESGCM"),
            ("TLS_AES_128_GCM_SHA256\0", "TLS_AES_128_GCM_SHA256?"),
        ] {
            let text = refusal(None, Some(list));
            assert_eq!(text, format!("the list of cipher suites: OpenSSL does not know \"{name}\""));
        }
        let two = "TLS_AES_128_GCM_SHA256: TLS_AES_256_GCM_SHA384";
        client().update_tls(|tls| tls.ciphersuites = Some(two.into())).unwrap();
    }
}

#[test]
fn what_is_wrong_with_authorities_is_said_in_plain_words() {
    let damaged = String::from_utf8(AUTHORITY.pem()).unwrap().replacen("MI", "!!", 1);
    for (content, words) in [
        (damaged.as_bytes(), "a PEM certificate in it is damaged"),
        (b"nothing", "there is no PEM certificate in it"),
    ] {
        let outcome = client().update_tls(|tls| tls.authorities = Some(content.to_vec()));
        let Err(Error::InvalidArgument(text)) = outcome else { panic!("{outcome:?}") };
        assert_eq!(text, format!("the authorities to trust: {words}"));
    }
}
