//! What the library was built with.

use std::ffi::{CStr, c_char, c_int};

/// Tells whether the library has a feature that a build can leave out.
///
/// @param name  "tls" for FTPS.
/// @return 1 if the library has the feature. 0 if not, for NULL, and for a name that this version
///         does not know.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_has_feature(name: *const c_char) -> c_int {
    if name.is_null() {
        return 0;
    }
    // SAFETY: not NULL, so it ends with a NUL.
    let name = unsafe { CStr::from_ptr(name) };
    (name == c"tls" && cfg!(feature = "tls")).into()
}

/// Returns the TLS library in use and its version, as in "OpenSSL 3.0.19 27 Jan 2026".
///
/// @return a static string; NULL in a build without TLS.
#[unsafe(no_mangle)]
pub extern "C" fn ftp_tls_backend() -> *const c_char {
    #[cfg(feature = "tls")]
    // SAFETY: the text is static, and nothing has to be initialized for it.
    return unsafe { openssl_sys::OpenSSL_version(openssl_sys::OPENSSL_VERSION) };
    #[cfg(not(feature = "tls"))]
    return std::ptr::null();
}
