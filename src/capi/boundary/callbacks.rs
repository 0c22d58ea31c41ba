//! Callbacks: C function pointers as Rust closures.

use std::ffi::{c_int, c_void};

use crate::capi::callbacks::{ftp_data_fn, ftp_line_fn, ftp_read_fn};
use crate::error::{Error, Result};
use crate::net::Generation;

/// The user's pointer, which moves between threads with its handle.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(crate) struct User(*mut c_void);

// SAFETY: the library only hands the pointer back. The header tells the user that the handle's thread will get it.
unsafe impl Send for User {}
// SAFETY: as above; nothing is done with it through a reference.
unsafe impl Sync for User {}

impl User {
    pub(crate) fn new(user: *mut c_void) -> User {
        User(user)
    }

    /// Calls the user's function with the pointer. A function that calls fork() comes back twice. In the child, this does not return.
    pub(crate) fn call<T>(self, function: impl FnOnce(*mut c_void) -> T) -> T {
        let generation = Generation::current();
        let value = function(self.0);
        generation.require_current();
        value
    }
}

/// # Safety
/// `function` may be called with `user` as long as the closure lives.
pub(crate) unsafe fn data_sink(function: ftp_data_fn, user: User) -> impl FnMut(&[u8]) -> Result<(), i64> {
    move |data: &[u8]| {
        let Some(function) = function else { return Ok(()) };
        // SAFETY: the slice is valid during the call; the rest is the caller's promise.
        go_on_if_zero(user.call(|user| unsafe { function(data.as_ptr().cast(), data.len(), user) }))
    }
}

/// Without a function, lines are printed on standard output as ftplib does.
///
/// # Safety
/// As [`data_sink`].
pub(crate) unsafe fn line_sink(function: ftp_line_fn, user: User) -> impl FnMut(&[u8]) -> Result<(), i64> {
    let mut terminated = Vec::new();
    move |line: &[u8]| {
        let Some(function) = function else {
            print_line(line);
            return Ok(());
        };
        terminated.clear();
        terminated.extend_from_slice(line);
        terminated.push(0);
        // SAFETY: the buffer is valid during the call; the rest is the caller's promise.
        go_on_if_zero(user.call(|user| unsafe { function(terminated.as_ptr().cast(), line.len(), user) }))
    }
}

/// What [`ftp_read_fn`] is when it is not NULL.
pub(crate) type ReadFunction = unsafe extern "C-unwind" fn(*mut c_void, usize, *mut c_void) -> i64;

pub(crate) fn source_function(function: ftp_read_fn) -> Result<ReadFunction> {
    function.ok_or_else(|| Error::InvalidArgument("read_cb is NULL".into()))
}

/// # Safety
/// As [`data_sink`].
pub(crate) unsafe fn data_source(
    function: ReadFunction,
    user: User,
) -> impl FnMut(&mut [u8]) -> Result<usize, i64> {
    move |buffer: &mut [u8]| {
        // SAFETY: the slice is valid during the call; the rest is the caller's promise.
        let given = user.call(|user| unsafe { function(buffer.as_mut_ptr().cast(), buffer.len(), user) });
        usize::try_from(given).ok().filter(|&given| given <= buffer.len()).ok_or(given)
    }
}

fn go_on_if_zero(value: c_int) -> Result<(), i64> {
    if value == 0 { Ok(()) } else { Err(value.into()) }
}

/// By way of C's own standard output, so that the order is right for a program that prints as well.
fn print_line(line: &[u8]) {
    for &byte in printable(line).iter().chain(b"\n") {
        // SAFETY: putchar takes no pointers.
        unsafe { libc::putchar(byte.into()) };
    }
}

/// The line with what a terminal would obey escaped as in the log: a server must not play with it. Other bytes stay, whatever
/// their encoding is.
fn printable(line: &[u8]) -> Vec<u8> {
    let mut shown = Vec::with_capacity(line.len());
    for chunk in line.utf8_chunks() {
        for character in chunk.valid().chars() {
            if is_obeyed(character) {
                shown.extend(character.escape_debug().map(|escaped| escaped as u8));
            } else {
                shown.extend(character.encode_utf8(&mut [0; 4]).bytes());
            }
        }
        for &byte in chunk.invalid() {
            match byte {
                0x80..=0x9f => shown.extend(format!("\\x{byte:x}").bytes()),
                _ => shown.push(byte),
            }
        }
    }
    shown
}

/// Control characters, and those that turn the direction of writing around.
fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn a_printed_line_has_nothing_that_a_terminal_obeys() {
        let table: [(&[u8], &str); 6] = [
            (b"-rw-r--r-- it's \"a\\b\"", "-rw-r--r-- it's \"a\\b\""),
            (b"\x1b]0;title\x07\x1b[2J", "\\u{1b}]0;title\\u{7}\\u{1b}[2J"),
            (b"a\tb\rc\0d\x7f", "a\\tb\\rc\\0d\\u{7f}"),
            ("\u{e9} e\u{301} \u{9b}2J".as_bytes(), "\u{e9} e\u{301} \\u{9b}2J"),
            ("gpj.\u{202e}exe".as_bytes(), "gpj.\\u{202e}exe"),
            (b"\x9b2J", "\\x9b2J"),
        ];
        for (line, shown) in table {
            assert_eq!(String::from_utf8(printable(line)).unwrap(), shown);
        }
        assert_eq!(printable(b"caf\xe9"), b"caf\xe9", "Latin-1 stays as it is");
    }
}
