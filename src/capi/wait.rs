//! What the program does while a call waits.

use std::ffi::{c_int, c_void};

use super::boundary::call::now;
use super::boundary::callbacks::User;
use super::boundary::wait::WaitCallback;
use super::handle::ftp_handle;
use super::status::ftp_status;

/// Is called while a call waits.
///
/// @param user  the pointer that was given with the callback.
/// @return 0 to go on; anything else cancels the call, as ftp_cancel() does, but with FTP_ERR_CALLBACK, and
///         ftp_last_callback_result() gives the value. A call that was just about to end still does.
///
/// See ftp_data_fn for what a callback may do.
pub type ftp_wait_fn = Option<unsafe extern "C-unwind" fn(user: *mut c_void) -> c_int>;

/// Sets the function that is called while a call waits: to see to signals, show that the program is alive, or give up.
///
/// It is called as soon as a signal has interrupted a wait, after the signal's own handler, and ten times a second at the most while
/// a call lasts, in whatever it waits for: a name, a connection, a reply, data. A call that has ended within 100 ms is not
/// disturbed. Once the callback has cancelled a call, it is not called again in it, although a transfer that is ended in an orderly
/// way may take up to 5 seconds more. The time that it takes counts against the time limits.
///
/// Without ftp_set_blocking() nothing waits but the program itself, and the callback is not called.
///
/// @param ftp       the handle.
/// @param wait_cb  the function; NULL removes it.
/// @param user      handed to it as it is. It must be valid until the callback is replaced or the handle is freed.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for a NULL handle; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// The callback runs on the thread of the call. In an ftp_copy() it is that of the source. Thread rule: the thread that owns the
/// handle. (ftplib: signal handlers of Python run while it waits)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_wait_callback(
    ftp: *mut ftp_handle,
    wait_cb: ftp_wait_fn,
    user: *mut c_void,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        now(ftp, |state, _| {
            state.while_waiting = wait_cb.map(|function| WaitCallback { function, user: User::new(user) });
            Ok(())
        })
    }
}
