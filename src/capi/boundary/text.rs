//! Text between C and Rust.

use std::cell::OnceCell;
use std::ffi::{CStr, c_char};
use std::ptr::null;

use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::reply::Reply;

/// Text that C may read: it ends with a NUL and has none inside.
#[derive(Debug)]
pub(crate) struct Text(Vec<u8>);

impl Text {
    /// A NUL inside would hide what follows it, so it is shown as `?`.
    pub(crate) fn new(text: &[u8]) -> Text {
        Text::fill(Vec::with_capacity(text.len() + 1), text)
    }

    /// [`Text::new`] for a text that may be long; `None` where there is no memory for it.
    fn long(text: &[u8]) -> Option<Text> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(text.len() + 1).ok()?;
        Some(Text::fill(bytes, text))
    }

    fn fill(mut bytes: Vec<u8>, text: &[u8]) -> Text {
        bytes.extend(text.iter().map(|&byte| if byte == 0 { b'?' } else { byte }).chain([0]));
        Text(bytes)
    }

    pub(crate) fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }
}

impl Default for Text {
    fn default() -> Text {
        Text::new(b"")
    }
}

/// A reply, and its text for C once that was asked for.
#[derive(Debug)]
pub(crate) struct KeptReply {
    reply: Reply,
    text: OnceCell<Text>,
}

impl KeptReply {
    pub(crate) fn new(reply: Reply) -> KeptReply {
        KeptReply { reply, text: OnceCell::new() }
    }

    pub(crate) fn reply(&self) -> &Reply {
        &self.reply
    }

    /// NULL where there is no memory for it.
    pub(crate) fn as_ptr(&self) -> *const c_char {
        if self.text.get().is_none()
            && let Some(text) = Text::long(self.reply.text())
        {
            let _ = self.text.set(text);
        }
        self.text.get().map_or(null(), Text::as_ptr)
    }
}

/// Copies a text and its NUL into a buffer of C's, or nothing at all if it does not fit.
///
/// # Errors
/// The buffer is too small.
///
/// # Safety
/// `buffer` has `capacity` bytes.
pub(crate) unsafe fn copy_out(text: &[u8], buffer: *mut c_char, capacity: usize) -> Result<()> {
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
pub(crate) unsafe fn required(text: *const c_char, name: &str) -> Result<Vec<u8>> {
    // SAFETY: as this function's.
    unsafe { optional(text) }.ok_or_else(|| Error::InvalidArgument(format!("{name} is NULL")))
}

/// As [`required`], for a whole command of the user's. It may be that of a password, so no other copy of it is left.
///
/// # Safety
/// As there.
pub(crate) unsafe fn command(text: *const c_char, name: &str) -> Result<Command> {
    // SAFETY: as this function's.
    let text = Zeroizing::new(unsafe { required(text, name) }?);
    Ok(Command::parse(&text)?)
}

/// A copy of a text that may be a password, or hold one: it is overwritten when it is dropped. NULL is "".
///
/// # Safety
/// As [`required`].
pub(crate) unsafe fn secret(text: *const c_char) -> Zeroizing<Vec<u8>> {
    // SAFETY: as this function's.
    Zeroizing::new(unsafe { optional(text) }.unwrap_or_default())
}

/// As [`required`], for an argument that may be NULL.
///
/// # Safety
/// As there.
pub(crate) unsafe fn optional(text: *const c_char) -> Option<Vec<u8>> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not NULL, so it ends with a NUL.
    Some(unsafe { CStr::from_ptr(text) }.to_bytes().to_vec())
}
