//! Ending what is going on.

use super::boundary::call::{Call, nothing, run};
use super::boundary::guard::{Purpose, enter, shielded};
use super::boundary::handle::Handle;
use super::handle::ftp_handle;
use super::status::ftp_status;

/// Asks the call that is running on the handle to stop. That call returns FTP_ERR_ABORTED.
///
/// @param ftp  the handle, or NULL, which does nothing.
///
/// Any thread, callback and signal handler may call this function while the handle is not being
/// freed. The function makes one atomic operation and one write(2), and leaves errno as it was.
///
/// - Without a running call it does nothing, also to later calls. In an event loop, a call that has
///   returned FTP_AGAIN is running.
/// - A call that is just about to succeed still does.
/// - If data of a transfer moves, the library ends the transfer with ABOR. The server gets at most 5
///   seconds for it. Then the session is in step again, or closed.
/// - If the library waits for the reply to another command, or for the last reply of a transfer, it
///   closes the connection: that reply is still to come.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_cancel(ftp: *mut ftp_handle) {
    // SAFETY: the header's contract.
    if let Some(handle) = unsafe { Handle::from_ptr(ftp) } {
        shielded(|| handle.cancel());
    }
}

/// Aborts the running call, or sends ABOR if none is running.
///
/// - From the thread of the last call, while a call is running or has returned FTP_AGAIN, it does
///   what ftp_cancel() does.
/// - From that thread, without a running call, it sends ABOR and waits for the reply. The reply is
///   225 or 226 if there is nothing to abort (RFC 959, section 4.1.3).
/// - A server may keep an aborted transfer for the next data connection: it tells no end, and has
///   not begun. The connection is closed then, with FTP_ERR_PROTO.
/// - From any other thread it does what ftp_cancel() does and nothing else, whether a call is
///   running or not. It sends nothing and does not change what the getters return.
///
/// For this rule ftp_new() counts as a call; getters and ftp_cancel() do not. So after a handle has
/// moved to another thread, another call has to come before ABOR can be sent.
///
/// @return FTP_OK. From the thread of the last call, without a running call, also what ftp_voidcmd()
///         returns.
///
/// Any thread may call this function while the handle is not being freed. Signal handlers call
/// ftp_cancel() instead.
///
/// ftplib: abort
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_abort(ftp: *mut ftp_handle) -> ftp_status {
    const NAME: &str = "ftp_abort";
    // SAFETY: the header's contract.
    let Some(handle) = (unsafe { Handle::from_ptr(ftp) }) else {
        return ftp_status::FTP_ERR_INVALID_ARGUMENT;
    };
    // Another thread cannot know whether a call is running, and a moment later it is not: whatever it touched, and be it for a
    // moment, it would touch under the owner's hands.
    if !handle.was_called_by_this_thread() {
        // SAFETY: as above.
        unsafe { ftp_cancel(ftp) };
        return ftp_status::FTP_OK;
    }
    // SAFETY: as above.
    let is_amid_another = unsafe {
        enter(ftp, Purpose::Call, |state| {
            state.begin();
            match &state.pending {
                Some(pending) => pending.name != NAME,
                None => state.client.is_lent(),
            }
        })
    };
    match is_amid_another {
        // SAFETY: as above.
        Ok(false) => unsafe {
            run(
                ftp,
                Call::keep(NAME),
                &|| Ok(()),
                |client, _, seat| seat.house(async move { client.abort().await.map(drop) }),
                &nothing,
            )
        },
        Ok(true) | Err(ftp_status::FTP_ERR_BUSY) => {
            // SAFETY: as above.
            unsafe { ftp_cancel(ftp) };
            ftp_status::FTP_OK
        }
        Err(status) => status,
    }
}
