//! Text from the server, line by line.

use std::ffi::{c_char, c_void};

use super::callbacks::{ftp_line_fn, line_sink};
use super::guard::call;
use super::handle::ftp_handle;
use super::status::ftp_status;
use super::strings::{optional, required};
use crate::protocol::command::Command;

/// Receives text in ASCII type and hands it over line by line.
///
/// @param ftp      the handle.
/// @param cmd      the whole command, as in "LIST", "NLST *.c" or "RETR README".
/// @param line_cb  called for each line; NULL prints the lines on standard output. CRLF, LF and CR alone end a line.
/// @param user     handed to the callback.
/// @return FTP_OK when the server confirmed the transfer. FTP_ERR_CALLBACK when the callback stopped it;
///         FTP_ERR_LIMIT for a line of more than 8192 bytes with its end; FTP_ERR_PERM, FTP_ERR_TEMP, FTP_ERR_REPLY;
///         FTP_ERR_INVALID_ARGUMENT; FTP_ERR_STATE when not connected; FTP_ERR_PROTO; FTP_ERR_IO; FTP_ERR_TIMEOUT;
///         FTP_ERR_EOF; FTP_ERR_ABORTED; FTP_ERR_BUSY; FTP_ERR_INTERNAL. After an error the lines so far may be a part.
///
/// Thread rule: the thread that owns the handle. (ftplib: retrlines)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_retrlines(
    ftp: *mut ftp_handle,
    cmd: *const c_char,
    line_cb: ftp_line_fn,
    user: *mut c_void,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        call(ftp, |client| {
            let command = Command::parse(&required(cmd, "cmd")?)?;
            let mut sink = line_sink(line_cb, user);
            client.block_on(async |client| client.retrlines(&command, &mut sink).await.map(drop))
        })
    }
}

/// Lists the names in a directory (NLST).
///
/// Some servers put the path before each name, and some refuse an empty directory with 450 or 550.
///
/// @param ftp      the handle.
/// @param path     the directory; NULL or "" is the working directory.
/// @param line_cb  called with each name; NULL prints the names on standard output.
/// @param user     handed to the callback.
/// @return as ftp_retrlines().
///
/// Thread rule: the thread that owns the handle. (ftplib: nlst)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_nlst(
    ftp: *mut ftp_handle,
    path: *const c_char,
    line_cb: ftp_line_fn,
    user: *mut c_void,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        call(ftp, |client| {
            let path = optional(path);
            let mut sink = line_sink(line_cb, user);
            client.block_on(async |client| client.nlst(path.as_deref(), &mut sink).await.map(drop))
        })
    }
}

/// Lists a directory as the server prints it (LIST), in most cases in the format of `ls -l`.
///
/// @param ftp      the handle.
/// @param path     the directory; NULL or "" is the working directory.
/// @param line_cb  called with each line; NULL prints the lines on standard output.
/// @param user     handed to the callback.
/// @return as ftp_retrlines().
///
/// Thread rule: the thread that owns the handle. (ftplib: dir)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_dir(
    ftp: *mut ftp_handle,
    path: *const c_char,
    line_cb: ftp_line_fn,
    user: *mut c_void,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        call(ftp, |client| {
            let path = optional(path);
            let mut sink = line_sink(line_cb, user);
            client.block_on(async |client| client.dir(path.as_deref(), &mut sink).await.map(drop))
        })
    }
}
