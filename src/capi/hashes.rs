//! The hash of a file.

use std::ffi::c_char;

use super::boundary::call::{Call, run};
use super::boundary::guard::not_null;
use super::boundary::text::{optional, required};
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::error::Error;
use crate::protocol::hashes::Algorithm;

/// Asks the server for the hash of a file: by HASH, XCRC, XMD5, MD5, XSHA, XSHA1, XSHA256 or
/// XSHA512.
///
/// The library uses what FEAT names, also behind SITE. If FEAT names none of them, it tries each
/// once in a login. For HASH it chooses the algorithm with OPTS HASH, and then chooses again the one
/// that was chosen before. It sets image type first, as ftp_size() does.
///
/// A server may need a long time for a large file. The limit of FTP_PHASE_REPLY counts.
///
/// @param path       the file, not "".
/// @param algorithm  "CRC32", "MD5", "SHA-1", "SHA-256" or "SHA-512", in upper or lower case, with
///                   or without the dash. NULL is the best that the server offers.
/// @param out        receives the hash in lower-case hexadecimal digits. Their number tells the
///                   algorithm: 8 for CRC32, 32 for MD5, 40, 64 and 128 for the others.
/// @return as ftp_voidcmd().
///         - FTP_ERR_INVALID_ARGUMENT: also for another algorithm.
///         - FTP_ERR_PERM: in most cases 550: nothing is there, or it is not a file.
///         - FTP_ERR_PROTO: the reply contains no hash of that length, or more than one.
///         - FTP_ERR_UNSUPPORTED: the server knows no command for it.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_hash(
    ftp: *mut ftp_handle,
    path: *const c_char,
    algorithm: *const c_char,
    out: *mut *const c_char,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            not_null(out, "out")?;
            let algorithm = match optional(algorithm) {
                Some(name) => Some(Algorithm::named(&name).ok_or_else(|| {
                    let text = "algorithm must be CRC32, MD5, SHA-1, SHA-256, SHA-512 or NULL";
                    Error::InvalidArgument(text.into())
                })?),
                None => None,
            };
            Ok((required(path, "path")?, algorithm))
        };
        run(
            ftp,
            Call::keep("ftp_hash"),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let (path, algorithm) = &*given;
                    client.hash(path, *algorithm).await
                })
            },
            &|state, hash: String| {
                state.text.set(hash.as_bytes());
                *out = state.text.as_ptr();
            },
        )
    }
}
