//! How much OpenSSL reads from a socket at once.
//!
//! By itself it reads the head of each record, and then the rest: two system calls for 16 KiB.

#![allow(unsafe_code)]

use std::ffi::c_int;

use foreign_types_shared::ForeignTypeRef;
use openssl::ssl::SslRef;
#[cfg(not(feature = "aws-lc"))]
use openssl_sys::SSL;
#[cfg(feature = "aws-lc")]
use openssl_sys::{SSL_set_default_read_buffer_len, SSL_set_read_ahead};

/// Six records. The allocator has no pages of their own for a block of this size, which would cost more than small files do.
#[cfg(not(feature = "aws-lc"))]
const SIZE: usize = 100_000;
/// The most that AWS-LC takes.
#[cfg(feature = "aws-lc")]
const SIZE: usize = 65_535;

#[cfg(not(feature = "aws-lc"))]
unsafe extern "C" {
    fn SSL_set_read_ahead(ssl: *mut SSL, is_wanted: c_int);
    fn SSL_set_default_read_buffer_len(ssl: *mut SSL, size: usize);
}

/// From here on it reads what is there, as far as it fits, whatever of it is needed now. Nothing that follows the end of TLS is left
/// to be read then.
pub(super) fn read_ahead(ssl: &SslRef) {
    let is_wanted: c_int = 1;
    // SAFETY: the connection is valid, and nobody else uses it.
    unsafe {
        SSL_set_default_read_buffer_len(ssl.as_ptr(), SIZE);
        SSL_set_read_ahead(ssl.as_ptr(), is_wanted);
    }
}
