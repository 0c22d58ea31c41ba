//! One path.

use std::ffi::{c_char, c_int};

use super::boundary::call::{Call, run};
use super::boundary::guard::not_null;
use super::boundary::text::{optional, required};
use super::entry::ftp_entry;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::protocol::entries::Entries;

/// Gets the entry of one file or directory: by MLST if the server has it. If not, by SIZE, MDTM and
/// CWD, or from the listing of the directory that it is in.
///
/// MLST tells what LIST and MLSD tell. The other commands follow links, and tell the type, and the
/// size or the time.
///
/// @param path  the file or directory. NULL or "" is the working directory.
/// @param out   receives the entry, which belongs to the handle. Its name is the last part of the
///              path.
/// @return as ftp_sendcmd().
///         - FTP_ERR_NOT_FOUND: nothing is there.
///         - FTP_ERR_PERM, FTP_ERR_TEMP: something may be there, and the server does not tell.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_stat(
    ftp: *mut ftp_handle,
    path: *const c_char,
    out: *mut *const ftp_entry,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            not_null(out, "out")?;
            Ok(optional(path).filter(|path| !path.is_empty()))
        };
        run(
            ftp,
            Call::keep("ftp_stat"),
            &inputs,
            |client, path, seat| seat.house(async move { client.stat(path.as_deref()).await }),
            &|state, mut found: Entries| {
                if let Some(entry) = found.next_entry() {
                    *out = state.entry.get_or_insert_default().show(&entry);
                }
            },
        )
    }
}

/// Tells whether a file or directory is there.
///
/// @param path  the file or directory, not "".
/// @param out   receives 1 if it is there, and 0 if it is not.
/// @return as ftp_sendcmd().
///         - FTP_ERR_PERM, FTP_ERR_TEMP: something may be there, and the server does not tell.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_exists(
    ftp: *mut ftp_handle,
    path: *const c_char,
    out: *mut c_int,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            not_null(out, "out")?;
            required(path, "path")
        };
        run(
            ftp,
            Call::keep("ftp_exists"),
            &inputs,
            |client, path, seat| seat.house(async move { client.exists(&path).await }),
            &|_, is_there: bool| *out = is_there.into(),
        )
    }
}
