//! What the last call and the server said.

use std::ffi::{CStr, c_char, c_int};
use std::ptr::null;

use super::boundary::guard::{Purpose, enter, peek};
use super::boundary::text::KeptReply;
use super::handle::ftp_handle;
use super::status::ftp_status;

/// Returns one line about the error of the last call: what was tried, why it failed, and with which
/// server.
///
/// @return the string, empty after a success. NULL for a NULL handle. While a call is running, a
///         static string that says so, also in a child of fork() whose parent was in a call then.
///
/// The library never puts a password into the string. A server that repeats one in its reply does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_last_error(ftp: *const ftp_handle) -> *const c_char {
    if ftp.is_null() {
        return null();
    }
    // SAFETY: the header's contract.
    match unsafe { enter(ftp, Purpose::Look, |state| state.error.as_ptr()) } {
        Ok(text) => text,
        // The call of another process, which left nothing to read.
        Err(ftp_status::FTP_ERR_STATE) => {
            c"the handle was made before fork(), and a call was running".as_ptr()
        }
        Err(_) => c"another call is running on this handle".as_ptr(),
    }
}

/// Returns the last reply of the server: all its lines with the code, joined by '\n'.
///
/// @return the string, empty if there was no reply yet. NULL also if there is no memory for it.
///
/// ftplib: the return value of most methods
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_last_reply(ftp: *const ftp_handle) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { peek(ftp, null(), |state| state.reply.as_ref().map_or(c"".as_ptr(), KeptReply::as_ptr)) }
}

/// Returns the code of the last reply of the server (RFC 959, section 4.2), as in 226.
///
/// @return 100 to 599, or another number of three digits that the server made up. 0 if there was no
///         reply, or the reply has no such code.
///
/// ftplib: lastresp
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

/// Returns the error number of the system (errno) behind the error of the last call.
///
/// @return errno. 0 if the last call did not fail because of the system.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_last_os_error(ftp: *const ftp_handle) -> c_int {
    // SAFETY: the header's contract.
    unsafe { peek(ftp, 0, |state| state.os_error) }
}

/// Returns the value with which a callback stopped the last call.
///
/// @return the value after FTP_ERR_CALLBACK, 0 otherwise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_last_callback_result(ftp: *const ftp_handle) -> i64 {
    // SAFETY: the header's contract.
    unsafe { peek(ftp, 0, |state| state.callback_result) }
}

/// Returns what a status means, in a few words. ftp_last_error() says much more.
///
/// @param status  a value of ftp_status.
/// @return a static string, also for a value that is not a status.
#[unsafe(no_mangle)]
pub extern "C" fn ftp_strerror(status: c_int) -> *const c_char {
    let known = ftp_status::MEANINGS.iter().find(|(known, _)| *known as c_int == status);
    known.map_or(c"unknown status", |(_, meaning): &(_, &CStr)| meaning).as_ptr()
}
