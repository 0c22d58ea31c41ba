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

/// Copies a text and its NUL into a buffer of C's, or nothing at all if it does not fit.
///
/// # Errors
/// The buffer is too small.
///
/// # Safety
/// `buffer` has `capacity` bytes.
pub(super) unsafe fn copy_out(text: &[u8], buffer: *mut c_char, capacity: usize) -> Result<()> {
    if text.len() >= capacity {
        return Err(Error::InvalidArgument(format!("the buffer must have {} bytes or more", text.len() + 1)));
    }
    // SAFETY: both have the bytes that are copied, and what C gives is no part of what Rust has.
    unsafe {
        buffer.copy_from_nonoverlapping(text.as_ptr().cast(), text.len());
        buffer.add(text.len()).write(0);
    }
    Ok(())
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
