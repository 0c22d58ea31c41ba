//! The log of a handle.

use std::ffi::{c_char, c_int, c_void};

use super::boundary::call::now;
use super::boundary::callbacks::User;
use super::boundary::handle::State;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::client::{Client, LogKind, LogSink};

/// What a record of the log is about: the `kind` that an ftp_log_fn gets.
#[repr(C)]
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ftp_log_kind {
    /// A command that the library sends, without its line end. The arguments of PASS and ACCT are
    /// `****`.
    FTP_LOG_COMMAND = 1,
    /// A reply of the server, its lines joined by '\n'.
    FTP_LOG_REPLY = 2,
    /// The control connection was opened or closed.
    FTP_LOG_STATE = 3,
    /// How many bytes a transfer moved.
    FTP_LOG_DATA = 4,
}

/// Takes a record of the log.
///
/// @param kind  an ftp_log_kind. Ignore those that you do not know.
/// @param text  the record, with a NUL after it. It is valid during the call only.
/// @param len   the length in bytes without that NUL.
/// @param user  the pointer that the program gave with the callback.
///
/// ftp_data_fn has the rules for callbacks.
pub type ftp_log_fn =
    Option<unsafe extern "C-unwind" fn(kind: i32, text: *const c_char, len: usize, user: *mut c_void)>;

/// Sets how much of the dialogue the library prints on standard error.
///
/// It prints nothing while a log callback is set, which gets every record. It never prints the
/// arguments of PASS and ACCT, and it escapes control characters.
///
/// @param level  0 or less: nothing, the default. 1: commands and replies. 2 or more: also the lines
///               as they are on the wire.
/// @return FTP_OK.
///
/// ftplib: set_debuglevel, which prints on standard output
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
/// The callback runs on the thread of the call that causes the record.
///
/// @param log_cb  the function. NULL removes it.
/// @param user    passed to the callback.
/// @return FTP_OK.
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
        user.call(|user| unsafe { function(kind as i32, terminated.as_ptr().cast(), text.len(), user) });
    })
}
