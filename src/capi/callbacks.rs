//! Callbacks: C function pointers as Rust closures.

use std::ffi::{c_char, c_int, c_void};

use crate::error::{Error, Result};

/// Takes received data, or is told of sent data.
///
/// @param data  the bytes; they belong to the library and are valid during the call only.
/// @param len   how many; never 0.
/// @param user  the pointer that was given with the callback.
/// @return 0 to go on; anything else stops the operation in an orderly way with FTP_ERR_CALLBACK.
///
/// A callback runs on the thread of the call, and must return: an exception that leaves it ends the process by abort(), and what
/// longjmp() or pthread_exit() do in it is undefined. Calls on the same handle get FTP_ERR_BUSY, but for ftp_cancel() and
/// ftp_abort().
pub type ftp_data_fn =
    Option<unsafe extern "C-unwind" fn(data: *const c_void, len: usize, user: *mut c_void) -> c_int>;

/// Takes one line of text.
///
/// @param line  the line without its line end, and with a NUL after it; valid during the call only.
/// @param len   its length in bytes without the NUL; more than strlen(line) if the server sent NULs.
/// @param user  the pointer that was given with the callback.
/// @return 0 to go on; anything else stops the operation in an orderly way with FTP_ERR_CALLBACK.
///
/// See ftp_data_fn for what a callback may do.
pub type ftp_line_fn =
    Option<unsafe extern "C-unwind" fn(line: *const c_char, len: usize, user: *mut c_void) -> c_int>;

/// Gives data to be sent.
///
/// @param buffer    where to put it; valid during the call only.
/// @param capacity  how many bytes fit; never 0.
/// @param user      the pointer that was given with the callback.
/// @return how many bytes were put there; 0 is the end; a negative value, or one over capacity, stops the operation in an
///         orderly way with FTP_ERR_CALLBACK.
///
/// See ftp_data_fn for what a callback may do.
pub type ftp_read_fn =
    Option<unsafe extern "C-unwind" fn(buffer: *mut c_void, capacity: usize, user: *mut c_void) -> i64>;

/// The user's pointer, which moves between threads with its handle.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) struct User(*mut c_void);

// SAFETY: the library only hands the pointer back. The header tells the user that the handle's thread will get it.
unsafe impl Send for User {}
// SAFETY: as above; nothing is done with it through a reference.
unsafe impl Sync for User {}

impl User {
    pub(super) fn new(user: *mut c_void) -> User {
        User(user)
    }

    /// The pointer. A closure that calls this has the whole of `self`, and is `Send` for that.
    pub(super) fn get(self) -> *mut c_void {
        self.0
    }
}

/// # Safety
/// `function` may be called with `user` as long as the closure lives.
pub(super) unsafe fn data_sink(function: ftp_data_fn, user: User) -> impl FnMut(&[u8]) -> Result<(), i64> {
    move |data: &[u8]| match function {
        // SAFETY: the slice is valid during the call; the rest is the caller's promise.
        Some(function) => go_on_if_zero(unsafe { function(data.as_ptr().cast(), data.len(), user.get()) }),
        None => Ok(()),
    }
}

/// Without a function, lines are printed on standard output as ftplib does.
///
/// # Safety
/// As [`data_sink`].
pub(super) unsafe fn line_sink(function: ftp_line_fn, user: User) -> impl FnMut(&[u8]) -> Result<(), i64> {
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
        go_on_if_zero(unsafe { function(terminated.as_ptr().cast(), line.len(), user.get()) })
    }
}

/// What [`ftp_read_fn`] is when it is not NULL.
pub(super) type ReadFunction = unsafe extern "C-unwind" fn(*mut c_void, usize, *mut c_void) -> i64;

pub(super) fn source_function(function: ftp_read_fn) -> Result<ReadFunction> {
    function.ok_or_else(|| Error::InvalidArgument("read_cb is NULL".into()))
}

/// # Safety
/// As [`data_sink`].
pub(super) unsafe fn data_source(
    function: ReadFunction,
    user: User,
) -> impl FnMut(&mut [u8]) -> Result<usize, i64> {
    move |buffer: &mut [u8]| {
        // SAFETY: the slice is valid during the call; the rest is the caller's promise.
        let given = unsafe { function(buffer.as_mut_ptr().cast(), buffer.len(), user.get()) };
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
