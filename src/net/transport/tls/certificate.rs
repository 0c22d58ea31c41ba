//! What a certificate says, and what is to be told about it.

use std::net::IpAddr;

use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::Id;
use openssl::x509::{X509NameRef, X509Ref};

use crate::net::CertificateInfo;
use crate::printable::printable;

/// What no authority should sign any more. OpenSSL refuses it by its security level, which a system can lower; AWS-LC does
/// not refuse all of it.
pub(super) fn weakness(certificate: &X509Ref, depth: u32) -> Option<&'static str> {
    const SMALLEST_RSA_KEY: u32 = 2048;
    const SMALLEST_EC_KEY: u32 = 224;
    let Ok(key) = certificate.public_key() else {
        return Some("the server's certificate has a key that cannot be read");
    };
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
pub(super) fn names(certificate: &X509Ref) -> String {
    const MOST_NAMES: usize = 8;
    let Some(alternatives) = certificate.subject_alt_names() else {
        return String::new();
    };
    let names: Vec<String> = alternatives
        .iter()
        .filter_map(|name| match (name.dnsname(), name.ipaddress()) {
            (Some(name), _) => Some(printable(name.as_bytes())),
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
        pin: pin_of(certificate).unwrap_or_default(),
        pem: certificate.to_pem().unwrap_or_default(),
    }
}

/// `None` for a key that cannot be read: no pin fits it.
pub(super) fn pin_of(certificate: &X509Ref) -> Option<[u8; 32]> {
    let spki = certificate.public_key().and_then(|key| key.public_key_to_der()).ok()?;
    Some(openssl::sha::sha256(&spki))
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
        format!("{key}={}", printable(value.as_bytes()))
    };
    name.entries().map(part).collect::<Vec<_>>().join(", ")
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().unwrap_or_default()
}
