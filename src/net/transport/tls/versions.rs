//! Which versions of TLS are spoken.

use openssl::error::ErrorStack;
use openssl::ssl::{SslContextBuilder, SslVersion};

use crate::net::{TlsSettings, TlsVersion};

/// Returns the lowest version that is allowed.
pub(super) fn set_versions(
    context: &mut SslContextBuilder,
    settings: &TlsSettings,
) -> Result<TlsVersion, ErrorStack> {
    let (lowest, highest) = settings.versions;
    // A system whose policy is stricter stays so, unless the user knows better.
    #[cfg(not(feature = "aws-lc"))]
    let policy = (context.min_proto_version() == Some(SslVersion::TLS1_3)).then_some(TlsVersion::V1_3);
    #[cfg(feature = "aws-lc")]
    let policy = None;
    let lowest = lowest.or(policy).unwrap_or(TlsVersion::V1_2);
    context.set_min_proto_version(Some(of_openssl(lowest)))?;
    if let Some(highest) = highest {
        context.set_max_proto_version(Some(of_openssl(highest)))?;
    }
    #[cfg(not(feature = "aws-lc"))]
    if lowest < TlsVersion::V1_2 {
        old::allow(context);
    }
    Ok(lowest)
}

fn of_openssl(version: TlsVersion) -> SslVersion {
    match version {
        TlsVersion::V1_0 => SslVersion::TLS1,
        TlsVersion::V1_1 => SslVersion::TLS1_1,
        TlsVersion::V1_2 => SslVersion::TLS1_2,
        TlsVersion::V1_3 => SslVersion::TLS1_3,
    }
}

/// OpenSSL 3 has TLS 1.0 and 1.1 at security level 0 alone, where it also takes small keys and weak signatures. So the level stays,
/// and what judges by it is asked for all but these versions and the signatures of their handshake.
///
/// cbindgen:ignore
#[cfg(not(feature = "aws-lc"))]
mod old {
    #![allow(unsafe_code)]

    use std::ffi::{c_int, c_void};
    use std::mem::transmute;

    use openssl::nid::Nid;
    use openssl::ssl::SslContextBuilder;
    use openssl_sys::{SSL, SSL_CTX, TLS1_1_VERSION, TLS1_VERSION};

    type Judge = unsafe extern "C" fn(
        *const SSL,
        *const SSL_CTX,
        operation: c_int,
        bits: c_int,
        nid: c_int,
        other: *mut c_void,
        own: *mut c_void,
    ) -> c_int;

    // `openssl-sys` does not have them.
    unsafe extern "C" {
        fn SSL_CTX_get_security_callback(context: *const SSL_CTX) -> Option<Judge>;
        fn SSL_CTX_set_security_callback(context: *mut SSL_CTX, judge: Judge);
        fn SSL_CTX_set0_security_ex_data(context: *mut SSL_CTX, own: *mut c_void);
    }

    pub(super) fn allow(context: &mut SslContextBuilder) {
        let context = context.as_ptr();
        // SAFETY: the context is valid as long as the reference; the callbacks are functions, which always are.
        unsafe {
            if let Some(default) = SSL_CTX_get_security_callback(context) {
                SSL_CTX_set0_security_ex_data(context, default as *mut c_void);
                SSL_CTX_set_security_callback(context, judge);
            }
        }
    }

    unsafe extern "C" fn judge(
        ssl: *const SSL,
        context: *const SSL_CTX,
        operation: c_int,
        bits: c_int,
        nid: c_int,
        other: *mut c_void,
        own: *mut c_void,
    ) -> c_int {
        let is_allowed = match operation {
            VERSION => (TLS1_VERSION..=TLS1_1_VERSION).contains(&nid),
            SIGNATURE_SUPPORTED | SIGNATURE_SHARED | SIGNATURE_CHECK | SIGNATURE_MASK => {
                // SAFETY: OpenSSL gives a connection that is valid during the call, or none.
                let version = if ssl.is_null() { 0 } else { unsafe { openssl_sys::SSL_version(ssl) } };
                let is_of_old = [Nid::MD5_SHA1.as_raw(), Nid::SHA1.as_raw()].contains(&nid);
                is_of_old && (TLS1_VERSION..=TLS1_1_VERSION).contains(&version)
            }
            _ => false,
        };
        if is_allowed {
            return 1;
        }
        // SAFETY: `allow` has put OpenSSL's own callback there, which gets what it would have got.
        unsafe {
            let default = transmute::<*mut c_void, Judge>(own);
            default(ssl, context, operation, bits, nid, other, std::ptr::null_mut())
        }
    }

    // From ssl.h, `SSL_SECOP_…`.
    const VERSION: c_int = 9;
    const OF_SIGNATURES: c_int = 5 << 16;
    const SIGNATURE_SUPPORTED: c_int = 11 | OF_SIGNATURES;
    const SIGNATURE_SHARED: c_int = 12 | OF_SIGNATURES;
    const SIGNATURE_CHECK: c_int = 13 | OF_SIGNATURES;
    const SIGNATURE_MASK: c_int = 14 | OF_SIGNATURES;
}
