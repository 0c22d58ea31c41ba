//! Commands and replies one by one.

use std::ffi::c_char;

use super::boundary::call::{Call, nothing, run};
use super::boundary::text::command;
use super::handle::ftp_handle;
use super::status::ftp_status;

/// Sends a command and does not wait for its reply.
///
/// The reply is to be read with ftp_getresp() or ftp_voidresp(). Until then, functions that would wait for a reply of their
/// own return FTP_ERR_STATE; more commands can be put.
///
/// While a transfer of ftp_transfercmd() is open its server can be asked something in this way: STAT, NOOP, ABOR or QUIT (RFC 959,
/// section 4.1.3). Servers answer at once or after the transfer. Each reply finds its owner: 1yz and the codes that end a transfer
/// (226, 250, 425, 426, 450, 451, 452, 551, 552) are the transfer's, which ftp_transfer_finish() tells; others are this command's. What a server says against these rules, such as 450 to STAT, is told to the wrong one.
///
/// @param ftp  the handle.
/// @param cmd  the whole command without line end.
/// @return FTP_OK; FTP_ERR_STATE when not connected; FTP_ERR_INVALID_ARGUMENT: NULL, empty, or
///         with CR or LF; FTP_ERR_DENIED; FTP_ERR_TEMP for a 421 that came before; FTP_ERR_IO; FTP_ERR_TIMEOUT;
///         FTP_ERR_EOF; FTP_ERR_ABORTED; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// Thread rule: the thread that owns the handle. (ftplib: putcmd)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_putcmd(ftp: *mut ftp_handle, cmd: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || command(cmd, "cmd");
        run(
            ftp,
            Call::keep("ftp_putcmd"),
            &inputs,
            |client, command, seat| seat.house(async move { client.putcmd(&command).await }),
            &nothing,
        )
    }
}

/// Waits for the next reply that ftp_putcmd(), or the 1yz reply of ftp_sendcmd(), has left to be read; ftp_last_reply() gives it.
///
/// After a reply of class 1yz another one to the same command follows.
///
/// @param ftp  the handle.
/// @return as ftp_sendcmd(); FTP_ERR_STATE at once when no reply is owed. A timeout closes the connection, but not while a transfer is
///         open: then the reply is still owed.
///
/// Thread rule: the thread that owns the handle. (ftplib: getresp)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_getresp(ftp: *mut ftp_handle) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        run(
            ftp,
            Call::keep("ftp_getresp"),
            &|| Ok(()),
            |client, _, seat| seat.house(async move { client.getresp().await.map(drop) }),
            &nothing,
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
            Call::keep("ftp_voidresp"),
            &|| Ok(()),
            |client, _, seat| seat.house(async move { client.voidresp().await.map(drop) }),
            &nothing,
        )
    }
}

/// Brings the session back into step, whatever is owed: for dialogues that have come to an end that nobody knows.
///
/// An open transfer is aborted. Replies that were not read are dropped. PWD tells where the session is, since its reply is like no
/// other; the server must know PWD, and gets at most 5 seconds for it.
///
/// @param ftp  the handle.
/// @return FTP_OK: the next reply answers the next command. After any other status the connection is closed: FTP_ERR_TIMEOUT,
///         FTP_ERR_EOF, FTP_ERR_IO, FTP_ERR_PROTO, FTP_ERR_LIMIT, FTP_ERR_ABORTED, FTP_ERR_TEMP for a 421; but not after
///         FTP_ERR_STATE (not connected), FTP_ERR_BUSY, FTP_ERR_INVALID_ARGUMENT (a NULL handle) and FTP_ERR_INTERNAL.
///
/// Thread rule: the thread that owns the handle. (ftplib: none)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_resync(ftp: *mut ftp_handle) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        run(
            ftp,
            Call::keep("ftp_resync"),
            &|| Ok(()),
            |client, _, seat| seat.house(async move { client.resync().await }),
            &nothing,
        )
    }
}
