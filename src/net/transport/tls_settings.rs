//! What a user can choose about TLS. Plain data: what it means to OpenSSL is the business of `tls`.

use std::fmt;
use std::fs::File;
use std::sync::Arc;

/// The settings of all TLS connections of a client.
#[derive(Clone, Debug)]
pub struct TlsSettings {
    /// What is demanded of the server's certificate.
    pub verify: Verification,
    /// Whether a certificate that names no host as it should (subjectAltName) may do so by its common name.
    pub accept_common_name: bool,
    /// The authorities to trust, as PEM; `None` are those of the system.
    pub authorities: Option<Vec<u8>>,
    /// The certificate to show to a server that asks for one.
    pub client_certificate: Option<Box<ClientCertificate>>,
    /// The lowest and the highest version of TLS; `None` is the provider's choice, and at least 1.2 for the lowest.
    pub versions: (Option<TlsVersion>, Option<TlsVersion>),
    /// OpenSSL's list of ciphers for TLS 1.2; `None` is the provider's choice.
    pub ciphers: Option<String>,
    /// OpenSSL's list of cipher suites for TLS 1.3; `None` is the provider's choice.
    pub ciphersuites: Option<String>,
    /// SHA-256 of the public keys (SPKI) of which the server must have one; none is any.
    pub pins: Vec<[u8; 32]>,
    /// The name that the certificate must be for, and that is sent as SNI, instead of the host's.
    pub server_name: Option<String>,
    /// Whether data connections offer to resume the session of the control connection.
    pub resume: bool,
    /// A file that gets the keys of each connection, in the format of NSS.
    pub keylog: Option<Arc<KeylogFile>>,
}

/// What is demanded of a server's certificate.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// Any certificate is accepted.
    Nothing,
    /// An authority that is trusted must have signed it, for whatever host.
    Authority,
    /// The same, and it must be for the host.
    Host,
}

/// A file that gets keys.
#[derive(Debug)]
pub struct KeylogFile {
    /// Its name, for messages.
    pub name: String,
    /// The file, open for appending.
    pub file: File,
}

/// A client's certificate with its key.
#[derive(Clone)]
pub struct ClientCertificate {
    /// PEM: the certificate and the chain behind it; or PKCS#12, with the key.
    pub certificate: NamedBytes,
    /// PEM: the key, if it is not in `certificate`.
    pub key: Option<NamedBytes>,
    /// The password of the key or of the PKCS#12 container.
    pub password: Option<Vec<u8>>,
}

/// What was in a file.
#[derive(Clone)]
pub struct NamedBytes {
    /// The file, for messages.
    pub name: String,
    /// What was in it.
    pub content: Vec<u8>,
}

/// What was in none.
impl From<Vec<u8>> for NamedBytes {
    fn from(content: Vec<u8>) -> NamedBytes {
        NamedBytes { name: "memory".into(), content }
    }
}

/// Without the key and its password.
impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientCertificate {{ {} bytes }}", self.certificate.content.len())
    }
}

/// A version of TLS, by its number on the wire.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u16)]
pub enum TlsVersion {
    /// TLS 1.0.
    V1_0 = 0x0301,
    /// TLS 1.1.
    V1_1 = 0x0302,
    /// TLS 1.2.
    V1_2 = 0x0303,
    /// TLS 1.3.
    V1_3 = 0x0304,
}

impl Default for TlsSettings {
    fn default() -> TlsSettings {
        TlsSettings {
            verify: Verification::Host,
            accept_common_name: false,
            authorities: None,
            client_certificate: None,
            versions: (None, None),
            ciphers: None,
            ciphersuites: None,
            pins: Vec::new(),
            server_name: None,
            resume: true,
            keylog: None,
        }
    }
}

/// A certificate, as far as a person wants to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateInfo {
    /// Whose it is, as in `CN=ftp.example.org`.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// From when on it is valid, as in `Nov 24 12:00:00 2026 GMT`.
    pub not_before: String,
    /// Until when it is valid.
    pub not_after: String,
    /// SHA-256 of the certificate.
    pub fingerprint: [u8; 32],
    /// SHA-256 of the public key (SPKI): what a pin is compared with.
    pub pin: [u8; 32],
    /// The certificate itself.
    pub pem: Vec<u8>,
}

/// What a TLS connection has negotiated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsInfo {
    /// The version's number on the wire, as in 0x0304 for TLS 1.3.
    pub version: u16,
    /// The cipher suite by its name.
    pub cipher: String,
    /// Whether it resumed an earlier session.
    pub resumed: bool,
}

impl TlsInfo {
    /// The version as people call it, as in `TLS 1.3`.
    pub fn version_name(&self) -> &'static str {
        match self.version {
            0x0301 => "TLS 1.0",
            0x0302 => "TLS 1.1",
            0x0303 => "TLS 1.2",
            0x0304 => "TLS 1.3",
            _ => "TLS of an unknown version",
        }
    }
}
