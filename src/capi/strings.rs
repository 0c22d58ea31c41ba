//! Text between C and Rust.

use std::ffi::{CStr, c_char};

use crate::error::{Error, Result};

/// Text that C may read: it ends with a NUL and has none inside.
#[derive(Debug)]
pub(super) struct Text(Vec<u8>);

impl Text {
    /// A NUL inside would hide what follows it, so it is shown as `?`.
    pub(super) fn new(text: &[u8]) -> Text {
        let mut bytes: Vec<u8> = text.iter().map(|&byte| if byte == 0 { b'?' } else { byte }).collect();
        bytes.push(0);
        Text(bytes)
    }

    pub(super) fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }
}

impl Default for Text {
    fn default() -> Text {
        Text::new(b"")
    }
}

/// A copy of a text that C gives; `name` is the argument's, for the message.
///
/// The copy is what allows an operation to go on across several calls, when the caller's text is long gone.
///
/// # Safety
/// `text` is NULL or points to a text that ends with a NUL.
pub(super) unsafe fn required(text: *const c_char, name: &str) -> Result<Vec<u8>> {
    // SAFETY: as this function's.
    unsafe { optional(text) }.ok_or_else(|| Error::InvalidArgument(format!("{name} is NULL")))
}

/// As [`required`], for an argument that may be NULL.
///
/// # Safety
/// As there.
pub(super) unsafe fn optional(text: *const c_char) -> Option<Vec<u8>> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not NULL, so it ends with a NUL.
    Some(unsafe { CStr::from_ptr(text) }.to_bytes().to_vec())
}
