//! Ending what is going on.

use super::boundary::call::{Call, nothing, run};
use super::boundary::guard::{Purpose, enter, shielded};
use super::boundary::handle::Handle;
use super::handle::ftp_handle;
use super::status::ftp_status;

/// Asks the call that is running on the handle to stop. It returns FTP_ERR_ABORTED.
///
/// A transfer whose data moves is ended with ABOR, for which the server gets at most 5 seconds; then the session is in step again
/// and can go on, or it is closed. Where a reply is waited for, that of any other command or the last one of a transfer, the
/// connection is closed, since that reply is still to come. Without a running call this does nothing, also not to a later call. A
/// call that is just about to succeed still does. In an event loop a call that has returned FTP_AGAIN is running.
///
/// @param ftp  the handle; NULL is a no-op.
///
/// Any thread may call this while the handle is not being freed; so may callbacks and signal handlers: it is one atomic
/// operation and one write(2), and leaves errno as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_cancel(ftp: *mut ftp_handle) {
    // SAFETY: the header's contract.
    if let Some(handle) = unsafe { Handle::from_ptr(ftp) } {
        shielded(|| handle.cancel());
    }
}

/// Aborts the running call, or sends ABOR when none is running.
///
/// While a call is running or has returned FTP_AGAIN, this is ftp_cancel(). Otherwise it sends ABOR and waits for the reply, which is
/// 225 or 226 when there is nothing to abort (RFC 959, section 4.1.3).
///
/// From a thread other than that of the last call on the handle it is ftp_cancel() and nothing else, whether a call is running or
/// not: nothing is sent, and what the getters tell stays as it is. ftp_new() counts as a call, getters and ftp_cancel() do not. So
/// where a handle has moved to another thread, another call has to come before an ABOR.
///
/// @param ftp  the handle.
/// @return FTP_OK; from the thread of the last call, and without a running call, also what ftp_voidcmd() returns.
///
/// Thread rule: any thread while the handle is not being freed. Signal handlers call ftp_cancel() instead. (ftplib: abort)
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
