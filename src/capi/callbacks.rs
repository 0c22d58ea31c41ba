//! The types of the callbacks that move data.

use std::ffi::{c_char, c_int, c_void};

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
