//! Commands and replies one by one.

use std::ffi::c_char;

use super::handle::ftp_handle;
use super::run::run;
use super::status::ftp_status;
use super::strings::required;
use crate::protocol::command::Command;

/// Sends a command and does not wait for its reply.
///
/// The reply is to be read with ftp_getresp() or ftp_voidresp(). Until then, functions that would wait for a reply of their
/// own return FTP_ERR_STATE; more commands can be put.
///
/// @param ftp  the handle.
/// @param cmd  the whole command without line end.
/// @return FTP_OK; FTP_ERR_STATE when not connected or while a transfer is open; FTP_ERR_INVALID_ARGUMENT: NULL, empty, or
///         with CR or LF; FTP_ERR_DENIED; FTP_ERR_TEMP for a 421 that came before; FTP_ERR_IO; FTP_ERR_TIMEOUT;
///         FTP_ERR_EOF; FTP_ERR_ABORTED; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// Thread rule: the thread that owns the handle. (ftplib: putcmd)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_putcmd(ftp: *mut ftp_handle, cmd: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || Ok(Command::parse(&required(cmd, "cmd")?)?);
        run(ftp, "ftp_putcmd", inputs, |client, command| {
            Box::pin(async move { client.putcmd(&command).await })
        })
    }
}

/// Waits for the next reply, which ftp_last_reply() gives.
///
/// After a reply of class 1yz another one to the same command follows.
///
/// @param ftp  the handle.
/// @return as ftp_sendcmd(). A timeout closes the connection if a reply was owed, and leaves it open if not.
///
/// Thread rule: the thread that owns the handle. (ftplib: getresp)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_getresp(ftp: *mut ftp_handle) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        run(
            ftp,
            "ftp_getresp",
            || Ok(()),
            |client, ()| Box::pin(async move { client.getresp().await.map(drop) }),
        )
    }
}

/// Waits for the next reply, which must be of class 2yz.
///
/// @param ftp  the handle.
/// @return FTP_ERR_REPLY for a reply of class 1yz or 3yz; otherwise as ftp_getresp().
///
/// Thread rule: the thread that owns the handle. (ftplib: voidresp)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_voidresp(ftp: *mut ftp_handle) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        run(
            ftp,
            "ftp_voidresp",
            || Ok(()),
            |client, ()| Box::pin(async move { client.voidresp().await.map(drop) }),
        )
    }
}
