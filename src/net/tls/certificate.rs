//! Certificates: is this one the server's, and what is to be told about it?

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::Id;
use openssl::ssl::{SslRef, SslVerifyMode};
use openssl::x509::verify::X509CheckFlags;
use openssl::x509::{X509NameRef, X509Ref, X509StoreContextRef};

use crate::net::{CertificateInfo, TlsFailure};

/// What the check of a connection's certificate has found. OpenSSL forgets the certificate when it refuses it.
#[derive(Clone, Debug, Default)]
pub(super) struct Verdict(Arc<Mutex<Option<String>>>);

impl Verdict {
    /// The problem, if there is one.
    pub(super) fn problem(&self) -> Option<TlsFailure> {
        let problem = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        problem.clone().map(TlsFailure::Certificate)
    }

    fn put(&self, problem: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem);
    }
}

/// Demands a certificate that is valid for `name`, a host's name or address.
pub(super) fn demand(ssl: &mut SslRef, name: &str) -> Result<Verdict, ErrorStack> {
    let parameters = ssl.param_mut();
    match name.parse::<IpAddr>() {
        Ok(address) => parameters.set_ip(address)?,
        Err(_) => {
            parameters.set_hostflags(X509CheckFlags::NO_PARTIAL_WILDCARDS);
            parameters.set_host(name)?;
        }
    }
    let verdict = Verdict::default();
    let (found, name) = (verdict.clone(), name.to_owned());
    ssl.set_verify_callback(SslVerifyMode::PEER, move |is_valid, chain| {
        let weakness =
            chain.current_cert().and_then(|certificate| weakness(certificate, chain.error_depth()));
        if is_valid && weakness.is_none() {
            return true;
        }
        let problem = weakness.map_or_else(|| problem(chain, &name), str::to_owned);
        let certificate = chain.current_cert().map(|certificate| describe(&information(certificate)));
        found.put(format!("{problem} ({})", certificate.unwrap_or_default()));
        false
    });
    Ok(verdict)
}

/// Says in words why OpenSSL refuses a chain.
fn problem(chain: &X509StoreContextRef, name: &str) -> String {
    // The numbers are those of x509_vfy.h.
    match chain.error().as_raw() {
        9 => "the server's certificate is not valid yet".into(),
        10 => "the server's certificate has expired".into(),
        18 => "the server's certificate is signed by nobody but itself".into(),
        2 | 19 | 20 | 21 => "no authority that is trusted has signed the server's certificate".into(),
        62 | 64 => match chain.current_cert().map(names).filter(|names| !names.is_empty()) {
            Some(names) => format!("the server's certificate is for {names}, not for {name}"),
            None => format!("the server's certificate is not for {name}"),
        },
        _ => format!("the server's certificate is not accepted: {}", chain.error().error_string()),
    }
}

/// What no authority should sign any more. OpenSSL refuses it by its security level, which a system can lower; AWS-LC does
/// not refuse all of it.
fn weakness(certificate: &X509Ref, depth: u32) -> Option<&'static str> {
    const SMALLEST_RSA_KEY: u32 = 2048;
    const SMALLEST_EC_KEY: u32 = 224;
    let key = certificate.public_key().ok()?;
    let smallest = if key.id() == Id::RSA { SMALLEST_RSA_KEY } else { SMALLEST_EC_KEY };
    if key.bits() < smallest {
        return Some("the server's certificate has a key that is too small");
    }
    // Nobody trusts a root for its signature.
    let is_weak = [Nid::SHA1WITHRSAENCRYPTION, Nid::ECDSA_WITH_SHA1, Nid::MD5WITHRSAENCRYPTION]
        .contains(&certificate.signature_algorithm().object().nid());
    (is_weak && (depth == 0 || !certificate.verify(&key).unwrap_or(false)))
        .then_some("the server's certificate has a signature that is too weak")
}

/// The names and addresses that a certificate is for, or the first of them: whoever made it may have put in anything.
fn names(certificate: &X509Ref) -> String {
    const MOST_NAMES: usize = 8;
    let Some(alternatives) = certificate.subject_alt_names() else {
        return String::new();
    };
    let names: Vec<String> = alternatives
        .iter()
        .filter_map(|name| match (name.dnsname(), name.ipaddress()) {
            (Some(name), _) => Some(name.replace(char::is_control, "?")),
            (_, Some(address)) => address_of(address).map(|address| address.to_string()),
            _ => None,
        })
        .take(MOST_NAMES)
        .collect();
    names.join(", ")
}

fn address_of(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        _ => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
    }
}

pub(super) fn information(certificate: &X509Ref) -> CertificateInfo {
    CertificateInfo {
        subject: one_line(certificate.subject_name()),
        issuer: one_line(certificate.issuer_name()),
        not_before: certificate.not_before().to_string(),
        not_after: certificate.not_after().to_string(),
        fingerprint: digest(certificate.digest(MessageDigest::sha256()).as_deref().unwrap_or_default()),
        pin: pin_of(certificate),
        pem: certificate.to_pem().unwrap_or_default(),
    }
}

pub(super) fn pin_of(certificate: &X509Ref) -> [u8; 32] {
    let spki = certificate.public_key().and_then(|key| key.public_key_to_der()).unwrap_or_default();
    openssl::sha::sha256(&spki)
}

/// For a message: whose it is and until when.
pub(super) fn describe(certificate: &CertificateInfo) -> String {
    let CertificateInfo { subject, issuer, not_before, not_after, .. } = certificate;
    format!("{subject}, issued by {issuer}, valid from {not_before} to {not_after}")
}

/// A name as in `CN=ftp.example.org, O=Example`. What a certificate says comes from outside: no control characters.
fn one_line(name: &X509NameRef) -> String {
    let part = |entry: &openssl::x509::X509NameEntryRef| {
        let key = entry.object().nid().short_name().unwrap_or("?");
        let value = entry.data().to_string().unwrap_or_else(|_| "?".into());
        format!("{key}={}", value.replace(char::is_control, "?"))
    };
    name.entries().map(part).collect::<Vec<_>>().join(", ")
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().unwrap_or_default()
}
