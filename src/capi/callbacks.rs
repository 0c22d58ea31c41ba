//! The types of the callbacks that move data.

use std::ffi::{c_char, c_int, c_void};

/// Takes data that was received, or learns of data that was sent.
///
/// @param data  the bytes. They belong to the library and are valid during the call only.
/// @param len   how many bytes, never 0.
/// @param user  the pointer that the program gave with the callback.
/// @return 0 to go on. Any other value stops the operation in an orderly way, with FTP_ERR_CALLBACK.
///
/// These rules hold for every callback:
///
/// - It runs on the thread of the call.
/// - It must return. An exception that leaves it ends the process by abort(). longjmp() and
///   pthread_exit() out of it are undefined behaviour.
/// - It can call ftp_cancel() and ftp_abort() on the same handle. Other calls return FTP_ERR_BUSY.
pub type ftp_data_fn =
    Option<unsafe extern "C-unwind" fn(data: *const c_void, len: usize, user: *mut c_void) -> c_int>;

/// Takes one line.
///
/// @param line  the line without its line end, with a NUL after it. It is valid during the call
///              only.
/// @param len   the length in bytes without that NUL. It is more than strlen(line) if the server
///              sent NULs.
/// @param user  the pointer that the program gave with the callback.
/// @return as ftp_data_fn.
pub type ftp_line_fn =
    Option<unsafe extern "C-unwind" fn(line: *const c_char, len: usize, user: *mut c_void) -> c_int>;

/// Supplies data to send.
///
/// @param buffer    where to put the data. It is valid during the call only.
/// @param capacity  how many bytes fit, never 0.
/// @param user      the pointer that the program gave with the callback.
/// @return how many bytes it put there; 0 is the end. A negative value, or one above capacity, stops
///         the operation in an orderly way, with FTP_ERR_CALLBACK.
///
/// ftp_data_fn has the rules for callbacks.
pub type ftp_read_fn =
    Option<unsafe extern "C-unwind" fn(buffer: *mut c_void, capacity: usize, user: *mut c_void) -> i64>;
