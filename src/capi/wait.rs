//! What the program does while a call waits.

use std::ffi::{c_int, c_void};

use super::boundary::call::now;
use super::boundary::callbacks::User;
use super::boundary::wait::WaitCallback;
use super::handle::ftp_handle;
use super::status::ftp_status;

/// Called while a call waits.
///
/// @param user  the pointer that the program gave with the callback.
/// @return 0 to go on. Any other value cancels the call, as ftp_cancel() does, but with
///         FTP_ERR_CALLBACK. ftp_last_callback_result() returns the value. A call that is just about
///         to end still does. A second value closes the connection: see ftp_set_wait_callback().
///
/// ftp_data_fn has the rules for callbacks.
pub type ftp_wait_fn = Option<unsafe extern "C-unwind" fn(user: *mut c_void) -> c_int>;

/// Sets the function that is called while a call waits: to handle signals, to show progress, or to
/// give up.
///
/// - It is called as soon as a signal has interrupted a wait, after the handler of the signal.
/// - It is called at most ten times a second while a call lasts, whatever the call waits for.
///   Without a signal, it is not called in the first 100 ms of a call.
/// - Once it has cancelled a call, to end a transfer in an orderly way may take 5 more seconds.
///   The function is called meanwhile. 0 and the value that has cancelled the call change nothing.
///   Any other value ends the wait: the library closes the connection, and the call returns at once.
///   So a callback that returns how often the user has asked does what the user expects.
/// - Its time counts against the time limits.
/// - With ftp_set_blocking() off it is not called, since only the program waits.
/// - In ftp_copy() the callback of the source is called.
///
/// @param wait_cb  the function. NULL removes it.
/// @param user     passed to the callback.
/// @return FTP_OK.
///
/// ftplib: signal handlers of Python run while it waits
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
