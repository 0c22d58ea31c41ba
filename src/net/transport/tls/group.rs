//! The group of the key exchange: a data connection offers the one that its control connection has negotiated.
//!
//! A TLS 1.3 client sends its key share for a group before it knows which groups the server has. If the guess was wrong, the
//! handshake takes a round trip more (HelloRetryRequest), on every data connection anew. vsftpd, for one, knows P-256 alone,
//! which is not OpenSSL's first choice.

use std::ffi::CString;

use foreign_types_shared::ForeignTypeRef;
use openssl::ssl::SslRef;

/// What else is offered, in this order, when the server changes its mind.
const GROUPS: [&str; 4] = ["X25519", "P-256", "P-384", "P-521"];

/// The group of a connection whose handshake is done; `None` if it is none of those that every server may have.
#[allow(unsafe_code)]
pub(super) fn negotiated(ssl: &SslRef) -> Option<&'static str> {
    #[cfg(feature = "aws-lc")]
    // SAFETY: the pointer is valid as long as the reference.
    let group = match unsafe { openssl_sys::SSL_get_group_id(ssl.as_ptr()) } {
        29 => "X25519",
        23 => "P-256",
        24 => "P-384",
        25 => "P-521",
        _ => return None,
    };
    #[cfg(not(feature = "aws-lc"))]
    let group = {
        /// `SSL_get_negotiated_group` is a macro for this control.
        const SSL_CTRL_GET_NEGOTIATED_GROUP: std::ffi::c_int = 134;
        // SAFETY: the pointer is valid as long as the reference; this control takes no arguments and changes nothing.
        let nid = unsafe {
            openssl_sys::SSL_ctrl(ssl.as_ptr(), SSL_CTRL_GET_NEGOTIATED_GROUP, 0, std::ptr::null_mut())
        };
        match std::ffi::c_int::try_from(nid) {
            Ok(1034) => "X25519",
            Ok(openssl_sys::NID_X9_62_prime256v1) => "P-256",
            Ok(openssl_sys::NID_secp384r1) => "P-384",
            Ok(openssl_sys::NID_secp521r1) => "P-521",
            _ => return None,
        }
    };
    Some(group)
}

/// Puts a group first, before the handshake.
#[allow(unsafe_code)]
pub(super) fn offer_first(ssl: &mut SslRef, group: &str) {
    let others = GROUPS.iter().filter(|&&other| other != group);
    let list = others.fold(group.to_owned(), |list, other| list + ":" + other);
    if let Ok(list) = CString::new(list) {
        // SAFETY: both pointers are valid during the call. If the provider takes the list not, its own order stays.
        unsafe { openssl_sys::SSL_set1_groups_list(ssl.as_ptr(), list.as_ptr()) };
    }
}
