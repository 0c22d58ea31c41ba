//! The time and the mode of a file.

use std::ffi::{c_char, c_int};

use super::boundary::call::{Call, nothing, run};
use super::boundary::guard::not_null;
use super::boundary::text::required;
use super::entry::FTP_NO_TIME;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::error::Error;

/// Asks when a file was changed: by MDTM (RFC 3659, section 3), and by MLST if MDTM does not tell.
///
/// Most servers refuse MDTM for directories; then only MLST tells. The protocol has these times in
/// UTC. A server that tells its local time here is not recognised.
///
/// @param path  the file or directory, not "".
/// @param out   receives the time in nanoseconds since 1970-01-01 UTC, or FTP_NO_TIME if the server
///              does not tell one, or tells one that is impossible.
/// @return as ftp_sendcmd().
///         - FTP_ERR_NOT_FOUND: nothing is there.
///         - FTP_ERR_PERM: in most cases 550: nothing is there, or it is a directory.
///         - FTP_ERR_UNSUPPORTED: the server knows neither MDTM nor MLST.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_modified(
    ftp: *mut ftp_handle,
    path: *const c_char,
    out: *mut i64,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            not_null(out, "out")?;
            required(path, "path")
        };
        run(
            ftp,
            Call::keep("ftp_modified"),
            &inputs,
            |client, path, seat| seat.house(async move { client.modified(&path).await }),
            &|_, time: Option<i64>| *out = time.unwrap_or(FTP_NO_TIME),
        )
    }
}

/// Sets when a file was changed.
///
/// The library uses what FEAT names: MFMT, MFF or SITE UTIME. Otherwise it tries MDTM with a time,
/// MFMT and both forms of SITE UTIME. It remembers until the next login which of them works. After
/// the first success of each it asks for the time of the file. If the server then tells another
/// time, the next way is tried.
///
/// @param path  the file, not "".
/// @param when  nanoseconds since 1970-01-01 UTC. The server gets whole seconds; the rest is cut
///              off.
/// @return as ftp_voidcmd().
///         - FTP_ERR_INVALID_ARGUMENT: also for FTP_NO_TIME.
///         - FTP_ERR_PERM: in most cases 550.
///         - FTP_ERR_UNSUPPORTED: the server knows no command for it, or confirms it and does
///           nothing, or takes the time for a part of the name.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_modified(
    ftp: *mut ftp_handle,
    path: *const c_char,
    when: i64,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            if when == FTP_NO_TIME {
                return Err(Error::InvalidArgument("when is FTP_NO_TIME".into()));
            }
            Ok((required(path, "path")?, when))
        };
        run(
            ftp,
            Call::keep("ftp_set_modified"),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let (path, when) = &*given;
                    client.set_modified(path, *when).await
                })
            },
            &nothing,
        )
    }
}

/// Sets the mode of a file or directory: by MFF if FEAT names it with UNIX.mode, and otherwise by
/// SITE CHMOD.
///
/// After the first success in a login, the library compares the mode with what MLST tells, if the
/// server tells it.
///
/// @param path  the file or directory, not "".
/// @param mode  the bits, from 0 to 07777 (octal), as in 0644. Servers may leave out the first three
///              of them.
/// @return as ftp_voidcmd().
///         - FTP_ERR_INVALID_ARGUMENT: also for another mode.
///         - FTP_ERR_PERM: in most cases 550.
///         - FTP_ERR_UNSUPPORTED: the server knows no command for it, or confirms it and does
///           nothing.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_chmod(ftp: *mut ftp_handle, path: *const c_char, mode: c_int) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            let mode = u16::try_from(mode)
                .map_err(|_| Error::InvalidArgument("the mode must be from 0 to 07777".into()))?;
            Ok((required(path, "path")?, mode))
        };
        run(
            ftp,
            Call::keep("ftp_chmod"),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let (path, mode) = &*given;
                    client.chmod(path, *mode).await
                })
            },
            &nothing,
        )
    }
}
