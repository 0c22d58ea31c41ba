//! The library's version.

use std::ffi::{CStr, c_char};

/// The version of this header: it grows with incompatible changes.
pub const FTP_VERSION_MAJOR: u32 = 0;
/// The version of this header: it grows with additions.
pub const FTP_VERSION_MINOR: u32 = 1;
/// The version of this header: it grows with corrections.
pub const FTP_VERSION_PATCH: u32 = 0;
/// The version of this header as one number, 0xXXYYZZ. Such numbers can be compared.
pub const FTP_VERSION_NUMBER: u32 = (FTP_VERSION_MAJOR << 16) | (FTP_VERSION_MINOR << 8) | FTP_VERSION_PATCH;

const TEXT: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(text) => text,
    Err(_) => c"",
};

/// Returns the version of the library that the program runs with, as in "0.1.0".
///
/// The string is static.
#[unsafe(no_mangle)]
pub extern "C" fn ftp_version() -> *const c_char {
    TEXT.as_ptr()
}

/// Returns the version of the library that the program runs with as one number, 0xXXYYZZ.
///
/// Version 1.2.3 is 0x010203. FTP_VERSION_NUMBER is the version that the program was compiled with.
#[unsafe(no_mangle)]
pub extern "C" fn ftp_version_number() -> u32 {
    FTP_VERSION_NUMBER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_of_the_version_are_the_packages() {
        let [major, minor, patch] = [FTP_VERSION_MAJOR, FTP_VERSION_MINOR, FTP_VERSION_PATCH];
        assert_eq!(format!("{major}.{minor}.{patch}"), env!("CARGO_PKG_VERSION"));
        assert_eq!(FTP_VERSION_NUMBER, major << 16 | minor << 8 | patch);
        assert_eq!(TEXT.to_str().unwrap(), env!("CARGO_PKG_VERSION"));
    }
}
