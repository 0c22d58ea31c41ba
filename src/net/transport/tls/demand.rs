//! What is demanded of a server's certificate.
//!
//! OpenSSL checks it during the handshake, as it is told before. One thing of that which OpenSSL could not note, for want of memory,
//! is a check less, and nobody hears of it. So what counts is looked at again after the handshake, from its outcome.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::ssl::SslRef;
use openssl::x509::verify::X509CheckFlags;
use openssl::x509::{X509Ref, X509StoreContextRef, X509VerifyResult};

use super::certificate::{describe, information, names, weakness};
use super::name::ServerName;
use super::name_check::{fits, fits_by_common_name};
use crate::net::TlsFailure;

/// The demands on the certificate of one connection, and what was found.
#[derive(Clone, Debug)]
pub(super) struct Demand(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Whom it must be for; `None` is anybody.
    name: Option<ServerName>,
    accepts_common_name: bool,
    /// A session of an earlier connection, whose certificate was checked, is offered.
    may_resume: bool,
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    /// OpenSSL forgets the certificate when it refuses it.
    problem: Option<String>,
    /// The callback has seen the server's own certificate, and nothing was against it.
    is_accepted: bool,
}

impl Demand {
    pub(super) fn new(name: Option<ServerName>, accepts_common_name: bool, may_resume: bool) -> Demand {
        Demand(Arc::new(Inner { name, accepts_common_name, may_resume, found: Mutex::default() }))
    }

    /// Tells OpenSSL whom the certificate must be for.
    pub(super) fn tell(&self, ssl: &mut SslRef) -> Result<(), ErrorStack> {
        let parameters = ssl.param_mut();
        match &self.0.name {
            // OpenSSL looks for no address in a common name.
            Some(ServerName::Address(_)) if self.0.accepts_common_name => Ok(()),
            Some(ServerName::Address(address)) => parameters.set_ip(*address),
            Some(ServerName::Host(host)) => {
                let mut flags = X509CheckFlags::NO_PARTIAL_WILDCARDS;
                if !self.0.accepts_common_name {
                    flags |= NEVER_CHECK_SUBJECT;
                }
                parameters.set_hostflags(flags);
                parameters.set_host(host)
            }
            None => Ok(()),
        }
    }

    /// Whether the handshake may go on: OpenSSL asks for each certificate of the chain, the server's own last, and for each problem.
    pub(super) fn judge(&self, is_valid: bool, chain: &X509StoreContextRef) -> bool {
        let depth = chain.error_depth();
        let certificate = chain.current_cert();
        let weakness = match certificate {
            Some(certificate) => weakness(certificate, depth),
            None => Some("the server's certificate cannot be read"),
        };
        let problem = match weakness {
            Some(weakness) => Some(weakness.to_owned()),
            None => (!is_valid).then(|| self.in_words(chain)),
        };
        let Some(problem) = problem else {
            self.found().is_accepted |= depth == 0;
            return true;
        };
        self.found().problem = Some(with_description(&problem, certificate));
        false
    }

    /// What is wrong with the certificate, if that is why the handshake has failed.
    pub(super) fn problem(&self) -> Option<TlsFailure> {
        self.found().problem.clone().map(TlsFailure::Certificate)
    }

    /// Looks at the outcome of a handshake. What was not checked is refused.
    pub(super) fn check(&self, ssl: &SslRef) -> Result<(), TlsFailure> {
        // With some ciphers a server has none to show, and OpenSSL finds nothing to verify.
        let Some(certificate) = ssl.peer_certificate() else {
            return Err(TlsFailure::Certificate("the server has shown no certificate".into()));
        };
        match self.problem_after(ssl, &certificate) {
            None => Ok(()),
            Some(problem) => Err(TlsFailure::Certificate(with_description(&problem, Some(&certificate)))),
        }
    }

    fn problem_after(&self, ssl: &SslRef, certificate: &X509Ref) -> Option<String> {
        let result = ssl.verify_result();
        if result != X509VerifyResult::OK {
            return Some(format!("the server's certificate is not accepted: {}", result.error_string()));
        }
        // A session that is resumed brings the certificate, which is not verified again.
        let is_verified = self.found().is_accepted || (self.0.may_resume && ssl.session_reused());
        if !is_verified {
            return Some("the server's certificate was not verified".into());
        }
        if let Some(weakness) = weakness(certificate, 0) {
            return Some(weakness.into());
        }
        let name = self.0.name.as_ref()?;
        let is_for_name =
            fits(certificate, name) || (self.0.accepts_common_name && fits_by_common_name(certificate, name));
        (!is_for_name).then(|| self.is_for_another(certificate, name))
    }

    /// Says why OpenSSL refuses a chain.
    fn in_words(&self, chain: &X509StoreContextRef) -> String {
        // The numbers are those of x509_vfy.h.
        match (chain.error().as_raw(), chain.current_cert(), &self.0.name) {
            (9, _, _) => "the server's certificate is not valid yet".into(),
            (10, _, _) => "the server's certificate has expired".into(),
            (18, _, _) => "the server's certificate is signed by nobody but itself".into(),
            (2 | 19 | 20 | 21, _, _) => {
                "no authority that is trusted has signed the server's certificate".into()
            }
            (62 | 64, Some(certificate), Some(name)) => self.is_for_another(certificate, name),
            // OpenSSL's and AWS-LC's checks of the security level. AWS-LC has none.
            (66 | 67, _, _) => "the server's certificate has a key that is too small".into(),
            (68, _, _) => "the server's certificate has a signature that is too weak".into(),
            _ => format!("the server's certificate is not accepted: {}", chain.error().error_string()),
        }
    }

    fn is_for_another(&self, certificate: &X509Ref, name: &ServerName) -> String {
        let names = names(certificate);
        if !names.is_empty() {
            return format!("the server's certificate is for {names}, not for {name}");
        }
        let has_common_name = certificate.subject_name().entries_by_nid(Nid::COMMONNAME).next().is_some();
        if has_common_name && !self.0.accepts_common_name {
            return format!(
                "the server's certificate is not for {name}: it names no host but in its common name, which \
                 ftp_set_tls_common_name() accepts"
            );
        }
        format!("the server's certificate is not for {name}")
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.0.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The crate has it for OpenSSL alone; the number is AWS-LC's as well.
pub(super) const NEVER_CHECK_SUBJECT: X509CheckFlags = X509CheckFlags::from_bits_retain(0x20);

fn with_description(problem: &str, certificate: Option<&X509Ref>) -> String {
    let certificate = certificate.map(|certificate| describe(&information(certificate)));
    format!("{problem} ({})", certificate.unwrap_or_default())
}
