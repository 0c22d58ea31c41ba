//! Certificates made in the test's own process, so that it can have bad ones.

use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::symm::Cipher;
use openssl::x509::extension::{BasicConstraints, KeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509Name};

/// What a certificate is to say.
#[derive(Clone, Debug)]
pub struct CertificateRequest {
    pub common_name: &'static str,
    pub dns_names: Vec<&'static str>,
    pub addresses: Vec<IpAddr>,
    /// The first and the last day, counted from today.
    pub valid: (i64, i64),
    pub key: Key,
    pub digest: Digest,
}

/// Good for 127.0.0.1, ::1 and `localhost`.
impl Default for CertificateRequest {
    fn default() -> CertificateRequest {
        CertificateRequest {
            common_name: "test server",
            dns_names: vec!["localhost"],
            addresses: vec![[127, 0, 0, 1].into(), [0, 0, 0, 0, 0, 0, 0, 1].into()],
            valid: (-1, 30),
            key: Key::EcP256,
            digest: Digest::Sha256,
        }
    }
}

#[derive(Copy, Clone, Debug)]
pub enum Key {
    /// A fifth of a second to make.
    Rsa2048,
    /// Too small for anybody to trust.
    Rsa1024,
    EcP256,
}

#[derive(Copy, Clone, Debug)]
pub enum Digest {
    Sha256,
    /// Broken.
    Sha1,
}

/// A certificate with its key.
#[derive(Clone)]
pub struct Identity {
    pub certificate: X509,
    pub key: PKey<Private>,
}

/// Somebody who signs certificates.
#[derive(Clone)]
pub struct Authority {
    own: Identity,
}

impl Authority {
    pub fn new(common_name: &'static str) -> Authority {
        let request = CertificateRequest {
            common_name,
            dns_names: Vec::new(),
            addresses: Vec::new(),
            valid: (-10, 3650),
            key: Key::Rsa2048,
            ..CertificateRequest::default()
        };
        Authority { own: Identity::make(&request, None, true) }
    }

    pub fn issue(&self, request: &CertificateRequest) -> Identity {
        Identity::make(request, Some(&self.own), false)
    }

    pub fn certificate(&self) -> &X509 {
        &self.own.certificate
    }

    pub fn pem(&self) -> Vec<u8> {
        self.own.certificate_pem()
    }
}

impl Identity {
    pub fn self_signed(request: &CertificateRequest) -> Identity {
        Identity::make(request, None, false)
    }

    pub fn certificate_pem(&self) -> Vec<u8> {
        self.certificate.to_pem().unwrap()
    }

    pub fn key_pem(&self) -> Vec<u8> {
        self.key.private_key_to_pem_pkcs8().unwrap()
    }

    /// The key, encrypted with a password.
    pub fn encrypted_key_pem(&self, password: &str) -> Vec<u8> {
        self.key.private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), password.as_bytes()).unwrap()
    }

    /// The certificate and its key as a PKCS#12 container.
    pub fn pkcs12(&self, password: &str) -> Vec<u8> {
        let mut builder = Pkcs12::builder();
        builder.name("test").pkey(&self.key).cert(&self.certificate);
        builder.build2(password).unwrap().to_der().unwrap()
    }

    /// What a client pins.
    pub fn spki_sha256(&self) -> [u8; 32] {
        openssl::sha::sha256(&self.key.public_key_to_der().unwrap())
    }

    fn make(request: &CertificateRequest, issuer: Option<&Identity>, is_authority: bool) -> Identity {
        let key = new_key(request.key);
        let mut builder = X509Builder::new().unwrap();
        builder.set_version(2).unwrap();
        builder.set_serial_number(&random_serial_number()).unwrap();
        let subject = name(request.common_name);
        builder.set_subject_name(&subject).unwrap();
        builder
            .set_issuer_name(issuer.map_or(&*subject, |issuer| issuer.certificate.subject_name()))
            .unwrap();
        builder.set_pubkey(&key).unwrap();
        builder.set_not_before(&in_days(request.valid.0)).unwrap();
        builder.set_not_after(&in_days(request.valid.1)).unwrap();
        if is_authority {
            builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
            builder.append_extension(KeyUsage::new().key_cert_sign().crl_sign().build().unwrap()).unwrap();
        }
        if !request.dns_names.is_empty() || !request.addresses.is_empty() {
            let mut names = SubjectAlternativeName::new();
            for name in &request.dns_names {
                names.dns(name);
            }
            for address in &request.addresses {
                names.ip(&address.to_string());
            }
            let names = names.build(&builder.x509v3_context(None, None)).unwrap();
            builder.append_extension(names).unwrap();
        }
        let digest = match request.digest {
            Digest::Sha256 => MessageDigest::sha256(),
            Digest::Sha1 => MessageDigest::sha1(),
        };
        builder.sign(issuer.map_or(&key, |issuer| &issuer.key), digest).unwrap();
        Identity { certificate: builder.build(), key }
    }
}

fn new_key(kind: Key) -> PKey<Private> {
    let rsa = |bits| PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap();
    match kind {
        Key::Rsa2048 => rsa(2048),
        Key::Rsa1024 => rsa(1024),
        Key::EcP256 => {
            let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
            PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
        }
    }
}

fn name(common_name: &str) -> X509Name {
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_text("CN", common_name).unwrap();
    name.build()
}

fn random_serial_number() -> Asn1Integer {
    let mut number = BigNum::new().unwrap();
    number.rand(120, MsbOption::ONE, false).unwrap();
    number.to_asn1_integer().unwrap()
}

fn in_days(days: i64) -> Asn1Time {
    const DAY: i64 = 24 * 60 * 60;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    Asn1Time::from_unix(now + days * DAY).unwrap()
}
