//! Directories with all that is above them, or below.

use std::ffi::{c_char, c_int};

use super::boundary::call::{Call, nothing, run};
use super::boundary::text::required;
use super::handle::ftp_handle;
use super::list::known_flags;
use super::status::ftp_status;

/// Makes a directory and those above it that are missing (MKD).
///
/// If the server refuses, the library finds out what is there, by MLST, CWD and SIZE. It lists
/// nothing, so the program needs no right to read the directories above. The working directory
/// stays the same. Another client that makes the same directories does no harm.
///
/// @param path  the directory, not "". "/" separates the names, or what does on the server's system
///              (docs/listings.md).
/// @return FTP_OK: the directory is there now, or was there before.
///         - FTP_ERR_EXISTS: something else has its name, or the name of a directory above it.
///         - FTP_ERR_PERM: in most cases 550: the program may not make it.
///         - Otherwise as ftp_voidcmd().
///
/// ftplib: none; as os.makedirs
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_makedirs(ftp: *mut ftp_handle, path: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || required(path, "path");
        run(
            ftp,
            Call::keep("ftp_makedirs"),
            &inputs,
            |client, path, seat| seat.house(async move { client.makedirs(&path).await }),
            &nothing,
        )
    }
}

/// Removes a directory with all that is in it (DELE, RMD), including names that begin with a dot.
///
/// - A link is removed itself, and never what it leads to. That holds for the path as well. For
///   this purpose the library lists the directory above.
/// - Some servers show links as directories, whatever they are asked (docs/servers.md). RMD finds
///   out which are links, if the server says why it refuses. If it does not, nothing tells them
///   apart, and what is behind a link is removed.
/// - A name with FTP_ENTRY_UNSAFE_NAME or FTP_ENTRY_CUT, and a line that the library does not
///   understand, are not removed.
/// - What cannot be removed does not end the call: the library goes on with the rest.
/// - If the path is a file, that file is removed.
/// - OpenVMS, z/OS, NonStop and Windows have rules of their own (docs/listings.md). What names only
///   begin with is no directory there, and is not removed.
///
/// @param path   the directory, whose last part is a name: not "", ".", ".." or "/", and no root or
///               pattern of the server's system.
/// @param flags  0.
/// @return FTP_OK: the directory is gone.
///         - FTP_ERR_NOT_FOUND: nothing is there.
///         - FTP_ERR_PERM, FTP_ERR_TEMP: the first refusal. ftp_last_error() says how many entries
///           were not removed.
///         - FTP_ERR_UNSUPPORTED: the first entry that was not removed has such a name, or the
///           path is what names only begin with.
///         - FTP_ERR_LIMIT: as ftp_walk(). A part of the tree is gone.
///         - Otherwise as ftp_list_open().
///
/// ftplib: none; as shutil.rmtree
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_remove_tree(
    ftp: *mut ftp_handle,
    path: *const c_char,
    flags: c_int,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            known_flags(flags, 0)?;
            required(path, "path")
        };
        run(
            ftp,
            Call::keep("ftp_remove_tree"),
            &inputs,
            |client, path, seat| seat.house(async move { client.remove_tree(&path).await }),
            &nothing,
        )
    }
}
