//! The certificate that the user shows to a server, with its key.

use openssl::error::ErrorStack;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::{PKey, Private};
use openssl::ssl::SslContextBuilder;
use openssl::x509::X509;

use super::failures::{PROVIDER, first_reason, says};
use crate::net::{ClientCertificate, NamedBytes, TlsFailure};
use crate::printable::contains;

pub(super) fn show(context: &mut SslContextBuilder, given: &ClientCertificate) -> Result<(), TlsFailure> {
    put(context, given).map_err(|text| TlsFailure::Protocol(format!("the client certificate: {text}")))
}

/// An error is what is wrong with which file.
fn put(context: &mut SslContextBuilder, given: &ClientCertificate) -> Result<(), String> {
    let Own { certificate, key, chain } = Own::read(given)?;
    let file = &given.certificate.name;
    context.set_certificate(&certificate).map_err(|stack| {
        if says(&stack, &["ee key too small"]) {
            return format!("the certificate in {file} has a key that is too small");
        }
        if says(&stack, &["ca md too weak"]) {
            return format!("the certificate in {file} has a signature that is too weak");
        }
        unusable(&format!("the certificate in {file}"), &stack)
    })?;
    let key_file = &given.key.as_ref().unwrap_or(&given.certificate).name;
    let not_its_own = |stack: ErrorStack| {
        if says(&stack, &["key values mismatch", "key type mismatch", "no certificate assigned"]) {
            return format!("the key in {key_file} is not that of the certificate in {file}");
        }
        unusable(&format!("the key in {key_file}"), &stack)
    };
    context.set_private_key(&key).map_err(not_its_own)?;
    for certificate in chain {
        context
            .add_extra_chain_cert(certificate)
            .map_err(|stack| unusable(&format!("the chain in {file}"), &stack))?;
    }
    context.check_private_key().map_err(not_its_own)
}

struct Own {
    certificate: X509,
    key: PKey<Private>,
    /// What is behind the certificate.
    chain: Vec<X509>,
}

impl Own {
    fn read(given: &ClientCertificate) -> Result<Own, String> {
        // Always a password, be it empty: without one OpenSSL would ask on the terminal.
        let password = given.password.as_deref().unwrap_or_default();
        if given.certificate.content.windows(11).any(|window| window == b"-----BEGIN ") {
            let NamedBytes { name, content } = &given.certificate;
            let mut certificates = X509::stack_from_pem(content)
                .map_err(|_| format!("a PEM certificate in {name} is damaged"))?
                .into_iter();
            let certificate = certificates.next().ok_or_else(|| no_certificate(name))?;
            let key = key_from_pem(given.key.as_ref().unwrap_or(&given.certificate), password)?;
            return Ok(Own { certificate, key, chain: certificates.collect() });
        }
        Own::from_pkcs12(&given.certificate, password)
    }

    fn from_pkcs12(NamedBytes { name, content }: &NamedBytes, password: &[u8]) -> Result<Own, String> {
        let container = Pkcs12::from_der(content).map_err(|_| neither_pem_nor_pkcs12(name))?;
        let password = String::from_utf8_lossy(password).replace('\0', "");
        let parsed = container.parse2(&password).map_err(|stack| {
            if is_about_the_password(&stack) {
                return format!("{name} is encrypted: its password is wrong or missing");
            }
            // AWS-LC looks into it only now.
            if says(&stack, &["bad pkcs12 data"]) {
                return neither_pem_nor_pkcs12(name);
            }
            if says(&stack, UNSUPPORTED) {
                return format!(
                    "{name} is encrypted with an old cipher, such as RC2, which {PROVIDER} does not have: it must be made \
                     anew"
                );
            }
            unusable(name, &stack)
        })?;
        Ok(Own {
            certificate: parsed.cert.ok_or_else(|| no_certificate(name))?,
            key: parsed.pkey.ok_or_else(|| no_key(name))?,
            chain: parsed.ca.map(|chain| chain.into_iter().collect()).unwrap_or_default(),
        })
    }
}

fn key_from_pem(NamedBytes { name, content }: &NamedBytes, password: &[u8]) -> Result<PKey<Private>, String> {
    PKey::private_key_from_pem_passphrase(content, password).map_err(|stack| {
        let text = String::from_utf8_lossy(content);
        if !contains(&text, "PRIVATE KEY-----") {
            return no_key(name);
        }
        let is_encrypted = contains(&text, "ENCRYPTED");
        // One wrong password in some hundreds leads to what looks like a key, of a kind that nobody knows.
        let or_else = if says(&stack, UNSUPPORTED) {
            format!(", or {PROVIDER} does not have its cipher")
        } else {
            String::new()
        };
        if is_encrypted {
            return format!("the key in {name} is encrypted: its password is wrong or missing{or_else}");
        }
        unusable(&format!("the key in {name}"), &stack)
    })
}

fn no_certificate(name: &str) -> String {
    format!("there is no certificate in {name}")
}

fn no_key(name: &str) -> String {
    format!("there is no private key in {name}")
}

/// The words of OpenSSL, and of AWS-LC, for an algorithm that they do not have.
const UNSUPPORTED: &[&str] = &[
    "unsupported",
    "unsupported algorithm",
    "unsupported cipher",
    "unsupported encryption",
    "unsupported encryption algorithm",
    "unknown algorithm",
    "unknown cipher",
    "unknown cipher algorithm",
    "unknown pbe algorithm",
];

/// For what has no name of its own: it is what it is to the provider.
fn unusable(what: &str, stack: &ErrorStack) -> String {
    match first_reason(stack) {
        Some(reason) => {
            format!("{what} is damaged, or of a kind that {PROVIDER} does not take ({PROVIDER}: {reason})")
        }
        None => format!("{what} cannot be used"),
    }
}

fn neither_pem_nor_pkcs12(name: &str) -> String {
    format!("{name} is neither PEM nor PKCS#12")
}

/// AWS-LC has no words for this error of PKCS#12, only its number.
fn is_about_the_password(stack: &ErrorStack) -> bool {
    const AWS_LC_PKCS12: i32 = 35;
    const AWS_LC_INCORRECT_PASSWORD: i32 = 108;
    let has_number = |error: &openssl::error::Error| {
        (error.library_code(), error.reason_code()) == (AWS_LC_PKCS12, AWS_LC_INCORRECT_PASSWORD)
    };
    says(stack, &["mac verify failure", "incorrect password"])
        || cfg!(feature = "aws-lc") && stack.errors().iter().any(has_number)
}
