//! The log of a handle.

use std::ffi::{c_char, c_int, c_void};

use super::boundary::call::now;
use super::boundary::callbacks::User;
use super::boundary::handle::State;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::client::{Client, LogKind, LogSink};

/// What a record of the log tells: the `kind` that an ftp_log_fn gets.
#[repr(C)]
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ftp_log_kind {
    /// A command that is being sent, without its line end; what PASS and ACCT say is `****`.
    FTP_LOG_COMMAND = 1,
    /// A reply of the server, its lines joined by '\n'.
    FTP_LOG_REPLY = 2,
    /// The control connection was opened or closed.
    FTP_LOG_STATE = 3,
    /// How many bytes a transfer has moved.
    FTP_LOG_DATA = 4,
}

/// Takes a record of the log.
///
/// @param kind  an ftp_log_kind; ignore those that you do not know.
/// @param text  the record, with a NUL after it; valid during the call only.
/// @param len   its length in bytes without the NUL.
/// @param user  the pointer that was given with the callback.
///
/// See ftp_data_fn for what a callback may do.
pub type ftp_log_fn =
    Option<unsafe extern "C-unwind" fn(kind: i32, text: *const c_char, len: usize, user: *mut c_void)>;

/// Sets how much of the dialogue is printed on standard error.
///
/// @param ftp    the handle.
/// @param level  0 or less: nothing (the default); 1: commands and replies; 2 or more: also the lines as they are on the
///               wire. What PASS and ACCT say is never printed, control characters are escaped.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for a NULL handle; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// Nothing is printed while a log callback is set: it gets every record. Thread rule: the thread that owns the handle.
/// (ftplib: set_debuglevel, which prints on standard output)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_debuglevel(ftp: *mut ftp_handle, level: c_int) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        client.log_mut().level = level;
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

/// Sets the function that gets every record of the log.
///
/// @param ftp       the handle.
/// @param log_cb  the function; NULL removes it.
/// @param user      handed to it as it is. It must be valid until the callback is replaced or the handle is freed.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for a NULL handle; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// The callback runs on the thread of the call that causes the record. Thread rule: the thread that owns the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_log_callback(
    ftp: *mut ftp_handle,
    log_cb: ftp_log_fn,
    user: *mut c_void,
) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        client.log_mut().sink = log_cb.map(|function| sink(function, User::new(user)));
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

fn sink(
    function: unsafe extern "C-unwind" fn(i32, *const c_char, usize, *mut c_void),
    user: User,
) -> LogSink {
    let mut terminated = Vec::new();
    Box::new(move |kind, text| {
        let kind = match kind {
            LogKind::Command => ftp_log_kind::FTP_LOG_COMMAND,
            LogKind::Reply => ftp_log_kind::FTP_LOG_REPLY,
            LogKind::State => ftp_log_kind::FTP_LOG_STATE,
            LogKind::Data => ftp_log_kind::FTP_LOG_DATA,
        };
        terminated.clear();
        terminated.extend_from_slice(text);
        terminated.push(0);
        // SAFETY: the buffer is valid during the call; function and pointer are the header's contract.
        unsafe { function(kind as i32, terminated.as_ptr().cast(), text.len(), user.get()) };
    })
}
