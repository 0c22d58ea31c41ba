//! What the library was built with.

use std::ffi::{CStr, c_char, c_int};

/// Whether the library in use has a feature that it can be built without.
///
/// @param name  "tls": FTPS.
/// @return 1 if it has it; 0 if not, and for NULL and a name that this version does not know.
///
/// Any thread may call this at any time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_has_feature(name: *const c_char) -> c_int {
    if name.is_null() {
        return 0;
    }
    // SAFETY: not NULL, so it ends with a NUL.
    let name = unsafe { CStr::from_ptr(name) };
    (name == c"tls" && cfg!(feature = "tls")).into()
}

/// The TLS library in use and its version, as in "OpenSSL 3.0.19 27 Jan 2026"; NULL if this library was built without TLS.
///
/// The text is static. Any thread may call this at any time.
#[unsafe(no_mangle)]
pub extern "C" fn ftp_tls_backend() -> *const c_char {
    #[cfg(feature = "tls")]
    // SAFETY: the text is static, and nothing has to be initialized for it.
    return unsafe { openssl_sys::OpenSSL_version(openssl_sys::OPENSSL_VERSION) };
    #[cfg(not(feature = "tls"))]
    return std::ptr::null();
}
