//! Text between C and Rust.

use std::cell::OnceCell;
use std::ffi::{CStr, c_char};
use std::ptr::null;

use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::reply::Reply;

/// Text that C may read: it ends with a NUL and has none inside. Nothing at all is the empty text.
#[derive(Debug, Default)]
pub(crate) struct Text(Vec<u8>);

impl Text {
    /// A NUL inside would hide what follows it, so it is shown as `?`.
    pub(crate) fn new(text: &[u8]) -> Text {
        Text::fill(Vec::with_capacity(text.len() + 1), text)
    }

    /// The empty text. The memory stays for the next one.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Another text, in the same memory if it fits.
    pub(crate) fn set(&mut self, text: &[u8]) {
        let mut bytes = std::mem::take(&mut self.0);
        bytes.clear();
        *self = Text::fill(bytes, text);
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
        if self.0.is_empty() { c"".as_ptr() } else { self.0.as_ptr().cast() }
    }
}

/// A reply for C, which reads the text that all share.
#[derive(Debug)]
pub(crate) struct KeptReply {
    reply: Reply,
    /// The text without the NULs that the server has sent in it, once that was asked for.
    without_nuls: OnceCell<Text>,
}

impl KeptReply {
    pub(crate) fn new(reply: Reply) -> KeptReply {
        KeptReply { reply, without_nuls: OnceCell::new() }
    }

    pub(crate) fn reply(&self) -> &Reply {
        &self.reply
    }

    /// The string. NULL if it differs from the reply's text, and there was no memory to copy it.
    pub(crate) fn as_ptr(&self) -> *const c_char {
        if let Ok(text) = CStr::from_bytes_with_nul(self.reply.text_with_nul()) {
            return text.as_ptr();
        }
        if self.without_nuls.get().is_none()
            && let Some(text) = Text::long(self.reply.text())
        {
            let _ = self.without_nuls.set(text);
        }
        self.without_nuls.get().map_or(null(), Text::as_ptr)
    }
}

/// Keeps a reply that is not kept already.
pub(crate) fn keep(kept: &mut Option<KeptReply>, reply: Option<&Reply>) {
    match (&*kept, reply) {
        (Some(kept), Some(reply)) if kept.reply().is(reply) => {}
        _ => *kept = reply.cloned().map(KeptReply::new),
    }
}

/// [`keep`] for many.
pub(crate) fn keep_all(kept: &mut Vec<KeptReply>, replies: &[Reply]) {
    let is_kept =
        kept.len() == replies.len() && kept.iter().zip(replies).all(|(kept, reply)| kept.reply().is(reply));
    if !is_kept {
        kept.clear();
        kept.extend(replies.iter().cloned().map(KeptReply::new));
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
    unsafe { optional(text) }.ok_or_else(|| is_null(name))
}

fn is_null(name: &str) -> Error {
    Error::InvalidArgument(format!("{name} is NULL"))
}

/// As [`required`], for a whole command of the user's. It may be that of a password, so no other copy of it is left.
///
/// # Safety
/// As there.
pub(crate) unsafe fn command(text: *const c_char, name: &str) -> Result<Command> {
    // SAFETY: as this function's.
    let text = unsafe { borrowed(text) }.ok_or_else(|| is_null(name))?;
    Ok(Command::parse(text)?)
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
    // SAFETY: as this function's.
    unsafe { borrowed(text) }.map(<[u8]>::to_vec)
}

/// The text itself, which is the caller's.
///
/// # Safety
/// As [`required`]; it stays as long as it is looked at.
unsafe fn borrowed<'a>(text: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: not NULL, so it ends with a NUL.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_bytes())
}
