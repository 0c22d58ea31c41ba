//! What the last call and the server said.

use std::ffi::{CStr, c_char, c_int};
use std::ptr::null;

use super::boundary::guard::peek;
use super::boundary::text::KeptReply;
use super::handle::ftp_handle;
use super::status::ftp_status;

/// What the last call on the handle did wrong: one line that says what was tried and why it failed, and which server it is
/// about.
///
/// @param ftp  the handle.
/// @return the text, empty after a success; owned by the handle, valid until the next call on it that is no getter.
///         NULL for a NULL handle. While a call is running, a static text that says so.
///
/// The library never puts a password into it; a server that repeats one in its reply does. Thread rule: the thread that owns the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_last_error(ftp: *const ftp_handle) -> *const c_char {
    if ftp.is_null() {
        return null();
    }
    let busy = c"another call is running on this handle".as_ptr();
    // SAFETY: the header's contract.
    unsafe { peek(ftp, busy, |state| state.error.as_ptr()) }
}

/// The server's last reply: all of its lines, joined by '\n', code included.
///
/// @param ftp  the handle.
/// @return the text, empty when there was no reply yet; owned by the handle, valid until the next call on it that is no
///         getter. NULL for a NULL handle, while a call is running, and where there is no memory for it.
///
/// Thread rule: the thread that owns the handle. (ftplib: the return value of most methods)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_last_reply(ftp: *const ftp_handle) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { peek(ftp, null(), |state| state.reply.as_ref().map_or(c"".as_ptr(), KeptReply::as_ptr)) }
}

/// The code of the server's last reply (RFC 959, section 4.2), as in 226.
///
/// @param ftp  the handle.
/// @return 100 to 599; other numbers of three digits if the server made them up; 0 when there was no reply, it has no
///         such code, the handle is NULL, or a call is running.
///
/// Thread rule: the thread that owns the handle. (ftplib: lastresp)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_last_reply_code(ftp: *const ftp_handle) -> c_int {
    // SAFETY: the header's contract.
    unsafe {
        peek(ftp, 0, |state| {
            let code = state.reply.as_ref().and_then(|kept| kept.reply().code());
            code.map_or(0, c_int::from)
        })
    }
}

/// The system's error number (errno) behind the last call's error.
///
/// @param ftp  the handle.
/// @return errno; 0 when the last call did not fail because of the system, the handle is NULL, or a call is running.
///
/// Thread rule: the thread that owns the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_last_os_error(ftp: *const ftp_handle) -> c_int {
    // SAFETY: the header's contract.
    unsafe { peek(ftp, 0, |state| state.os_error) }
}

/// The value with which a callback stopped the last call.
///
/// @param ftp  the handle.
/// @return the callback's value after FTP_ERR_CALLBACK; 0 otherwise.
///
/// Thread rule: the thread that owns the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_last_callback_result(ftp: *const ftp_handle) -> i64 {
    // SAFETY: the header's contract.
    unsafe { peek(ftp, 0, |state| state.callback_result) }
}

/// What a status means in a few words; ftp_last_error() says much more.
///
/// @param status  a value of ftp_status.
/// @return a static text, also for a value that is no status.
///
/// Any thread may call this at any time.
#[unsafe(no_mangle)]
pub extern "C" fn ftp_strerror(status: c_int) -> *const c_char {
    let known = ftp_status::MEANINGS.iter().find(|(known, _)| *known as c_int == status);
    known.map_or(c"unknown status", |(_, meaning): &(_, &CStr)| meaning).as_ptr()
}
