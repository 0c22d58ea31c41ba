//! Commands and replies one by one.

use std::ffi::c_char;

use super::boundary::call::{Call, nothing, run};
use super::boundary::text::command;
use super::handle::ftp_handle;
use super::status::ftp_status;

/// Sends a command and does not wait for its reply.
///
/// Read the reply with ftp_getresp() or ftp_voidresp(). Until then, functions that would wait for a
/// reply of their own return FTP_ERR_STATE. ftp_putcmd() can send more commands.
///
/// @param cmd  the whole command without line end, not "".
/// @return FTP_OK: the command is sent.
///         - FTP_ERR_TEMP: the server said 421 before.
///
/// Replies belong to the commands in the order in which these were sent.
///
/// While a transfer of ftp_transfercmd() is open, this sends STAT, NOOP, ABOR or QUIT to its server
/// (RFC 959, section 4.1.3). Servers answer at once or after the transfer. The library assigns each
/// reply:
///
/// - 1yz replies, and the codes that end a transfer, belong to the transfer. ftp_transfer_finish()
///   returns them. The codes are 226, 250, 425, 426, 450, 451, 452, 551 and 552.
/// - Other replies belong to the commands, in their order.
/// - A NOOP of ftp_set_noop_interval() has its place in this order. A reply with a code other than
///   200, 500, 501 and 502 passes it over.
///
/// If a server breaks these rules, as with 450 in reply to STAT, the wrong one gets the reply.
///
/// ftplib: putcmd
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

/// Waits for the next outstanding reply, of ftp_putcmd() or after a 1yz reply to ftp_sendcmd().
///
/// ftp_last_reply() returns the reply. After a 1yz reply, another reply to the same command follows.
///
/// @return as ftp_sendcmd().
///         - FTP_ERR_STATE: no reply is outstanding.
///         - FTP_ERR_TIMEOUT: the connection is closed. While a transfer is open it is not, and the
///           reply is still outstanding.
///
/// ftplib: getresp
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

/// Waits for the next outstanding reply, which must be 2yz.
///
/// @return as ftp_getresp().
///         - FTP_ERR_REPLY: for a 1yz or a 3yz reply.
///
/// ftplib: voidresp
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

/// Brings the session back into step, whatever replies are outstanding.
///
/// This is for dialogues whose state the program no longer knows. The function aborts an open
/// transfer and drops replies that were not read. Then it sends PWD, since the reply to PWD is like
/// no other. The server must know PWD, and gets at most 5 seconds for it.
///
/// @return FTP_OK: the next reply belongs to the next command. After any other status the connection
///         is closed, except after FTP_ERR_STATE, FTP_ERR_BUSY, FTP_ERR_INVALID_ARGUMENT and
///         FTP_ERR_INTERNAL.
///         - FTP_ERR_STATE: the handle is not connected.
///         - FTP_ERR_PROTO: also if a transfer of ftp_putcmd() or ftp_sendcmd() has no end. The
///           server may keep it for the next data connection.
///
/// ftplib: none
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
