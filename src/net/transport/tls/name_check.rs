//! Is a certificate for this name?

#![allow(unsafe_code)]

use std::ffi::c_int;
use std::net::IpAddr;
use std::ptr::null_mut;

use foreign_types_shared::ForeignTypeRef;
use openssl::nid::Nid;
use openssl::x509::X509Ref;
use openssl::x509::verify::X509CheckFlags;

use super::demand::NEVER_CHECK_SUBJECT;
use super::name::ServerName;

/// Whether one of the certificate's names (subjectAltName) is this one: nothing else counts (RFC 9525, section 2).
pub(super) fn fits(certificate: &X509Ref, name: &ServerName) -> bool {
    match name {
        ServerName::Host(host) => is_for_host(certificate, host, NEVER_CHECK_SUBJECT),
        ServerName::Address(IpAddr::V4(address)) => is_for_address(certificate, &address.octets()),
        ServerName::Address(IpAddr::V6(address)) => is_for_address(certificate, &address.octets()),
    }
}

/// Whether a certificate that names no host elsewhere has this one as its common name.
pub(super) fn fits_by_common_name(certificate: &X509Ref, name: &ServerName) -> bool {
    if !names_no_host(certificate) {
        return false;
    }
    match name {
        ServerName::Host(host) => is_for_host(certificate, host, X509CheckFlags::empty()),
        ServerName::Address(address) => certificate
            .subject_name()
            .entries_by_nid(Nid::COMMONNAME)
            .filter_map(|entry| entry.data().to_string().ok())
            .any(|text| text.parse() == Ok(*address)),
    }
}

fn is_for_host(certificate: &X509Ref, host: &str, flags: X509CheckFlags) -> bool {
    let flags = (flags | X509CheckFlags::NO_PARTIAL_WILDCARDS).bits();
    let (start, length) = (host.as_ptr().cast(), host.len());
    // No length would mean "up to the NUL".
    // SAFETY: all pointers are valid during the call, which reads as many bytes as it is told.
    length > 0
        && unsafe { openssl_sys::X509_check_host(certificate.as_ptr(), start, length, flags, null_mut()) }
            == 1
}

fn is_for_address(certificate: &X509Ref, address: &[u8]) -> bool {
    // SAFETY: all pointers are valid during the call, which reads as many bytes as it is told.
    unsafe { openssl_sys::X509_check_ip(certificate.as_ptr(), address.as_ptr(), address.len(), 0) == 1 }
}

/// A subjectAltName that cannot be read may name one.
fn names_no_host(certificate: &X509Ref) -> bool {
    if let Some(names) = certificate.subject_alt_names() {
        return names.iter().all(|name| name.dnsname().is_none() && name.ipaddress().is_none());
    }
    const NOT_THERE: c_int = -1;
    let from_the_first = -1;
    // SAFETY: the pointer is valid during the call.
    let place = unsafe {
        openssl_sys::X509_get_ext_by_NID(certificate.as_ptr(), Nid::SUBJECT_ALT_NAME.as_raw(), from_the_first)
    };
    place == NOT_THERE
}
