//! Files from and to descriptors.

use std::ffi::{c_char, c_int};
use std::os::fd::BorrowedFd;

use super::boundary::call::{Call, nothing, run};
use super::boundary::text::command;
use super::handle::ftp_handle;
use super::status::ftp_status;
use super::transfers::offset;
use crate::error::{Error, Result};
use crate::protocol::command::Command;

/// What a call was given.
type Inputs = (Command, c_int, Option<u64>);

/// Receives data as it is (TYPE I), and writes it to a descriptor.
///
/// @param cmd   the whole command, as in "RETR file".
/// @param fd    a descriptor that is open for writing: a file, pipe, socket or terminal, in blocking
///              mode or not. Writing begins where it stands; with O_APPEND, at the end.
/// @param rest  the offset in the file on the server to start at, as for ftp_retrbinary(). -1 sends
///              no REST.
/// @return FTP_OK: all of the data is complete and was written. After any other status, the
///         descriptor may have got a part of it. Otherwise as ftp_retrbinary().
///         - FTP_ERR_FILE: the descriptor cannot be written to, as with ENOSPC or EPIPE.
///           ftp_last_os_error() has the errno. The session goes on.
///         - FTP_ERR_INVALID_ARGUMENT: also if the descriptor is not open for writing.
///
/// - The descriptor stays the program's: the library does not close it, change its mode or sync it.
/// - It must stay open until the call has ended. ftp_pollfds() names it while the call waits for it.
///   No time limit runs then, except FTP_PHASE_TOTAL.
/// - Only a regular file can make a call block, since nothing tells when a disk is ready.
/// - No SIGPIPE is raised.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_retrfd(
    ftp: *mut ftp_handle,
    cmd: *const c_char,
    fd: c_int,
    rest: i64,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        run(
            ftp,
            Call::keep("ftp_retrfd").with_report(),
            &|| inputs(cmd, fd, rest),
            |client, given, seat| {
                seat.house(async move {
                    let (command, fd, rest) = &*given;
                    client.retrfd(command, BorrowedFd::borrow_raw(*fd), *rest).await.map(drop)
                })
            },
            &nothing,
        )
    }
}

/// Reads a descriptor to its end, and sends the data as it is (TYPE I).
///
/// @param cmd   the whole command, as in "STOR file" or "APPE file".
/// @param fd    a descriptor that is open for reading: a file, pipe, socket or terminal, in blocking
///              mode or not. Reading begins where it stands.
/// @param rest  the offset at which the server writes, as for ftp_storbinary(). -1 sends no REST.
/// @return as ftp_storbinary().
///         - FTP_ERR_FILE: the descriptor cannot be read. ftp_last_os_error() has the errno. The
///           session goes on.
///         - FTP_ERR_INVALID_ARGUMENT: also if the descriptor is not open for reading.
///
/// What ftp_retrfd() says of its descriptor holds here as well. After an error, some of what was
/// read may not have been sent.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_storfd(
    ftp: *mut ftp_handle,
    cmd: *const c_char,
    fd: c_int,
    rest: i64,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        run(
            ftp,
            Call::keep("ftp_storfd").with_report(),
            &|| inputs(cmd, fd, rest),
            |client, given, seat| {
                seat.house(async move {
                    let (command, fd, rest) = &*given;
                    client.storfd(command, BorrowedFd::borrow_raw(*fd), *rest).await.map(drop)
                })
            },
            &nothing,
        )
    }
}

/// # Safety
/// `cmd` is NULL or a string that ends with a NUL.
unsafe fn inputs(cmd: *const c_char, fd: c_int, rest: i64) -> Result<Inputs> {
    if fd < 0 {
        return Err(Error::InvalidArgument("the descriptor is negative".into()));
    }
    // SAFETY: as this function's.
    Ok((unsafe { command(cmd, "cmd") }?, fd, offset(rest)?))
}
