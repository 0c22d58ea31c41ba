//! A session by one call.

use std::ffi::c_char;

use super::boundary::call::{run, run_to};
use super::boundary::guard::not_null;
use super::boundary::pending::Function;
use super::boundary::text::{Text, secret};
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::error::{Error, Result};
use crate::protocol::url::FtpUrl;

/// Connects, logs in and changes to a directory: all that a URL says.
///
/// @param ftp  the handle. What was set on it holds, such as ftp_set_tls_ca() or ftp_set_timeout().
/// @param url  "ftp://user:password@host:port/path;type=i" (RFC 1738, RFC 3986), in UTF-8, other characters as %xx. "ftps://" is
///             implicit TLS, "ftpes://" explicit TLS; both set what ftp_set_tls() sets. "ftp://" leaves that as it is. User, password,
///             port, path and type can be left out; in user and password "/", "?", "#" and "@" must be %2F, %3F, %23 and %40. The path
///             is that of a directory, each of its segments one CWD: "ftp://host/pub" leads to pub below the directory of the login,
///             "ftp://host/%2Fpub" to /pub. Type a or i sets ASCII or image type. A text that others could read as another host is
///             refused.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for what is no such URL; otherwise as ftp_connect(), ftp_login() and ftp_cwd(). After
///         any error but FTP_ERR_BUSY and FTP_ERR_INVALID_ARGUMENT the handle is not connected.
///
/// The password appears in no log and no error text. Thread rule: the thread that owns the handle. (ftplib: the constructor)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_open(ftp: *mut ftp_handle, url: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || url_in(url);
        run(ftp, Function::anew("ftp_open"), inputs, |client, url| {
            Box::pin(async move { client.open(&url).await })
        })
    }
}

/// Connects, logs in and changes to the directory that a file is in: ftp_open() for the URL of a file.
///
/// @param ftp   the handle.
/// @param url   as for ftp_open(). The last segment of its path is the file's name, and the segments before it are directories:
///              "ftp://host/pub/README" leads to pub, and the name is "README".
/// @param out  gets the name, as RETR, STOR and ftp_size() take it. Owned by the handle, valid until the next call on it that
///              is no getter. Whether there is such a file is not looked at.
/// @return as ftp_open(); FTP_ERR_INVALID_ARGUMENT also for a URL that names no file: without a path, with "/" at its end, or with
///         type d.
///
/// Thread rule: the thread that owns the handle. (Not in ftplib)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_open_file(
    ftp: *mut ftp_handle,
    url: *const c_char,
    out: *mut *const c_char,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            let url = not_null(out, "out").and_then(|_| url_in(url))?;
            url.file().map_err(|error| Error::InvalidArgument(error.to_string()))?;
            Ok(url)
        };
        run_to(
            ftp,
            Function::anew("ftp_open_file"),
            inputs,
            |client, url| Box::pin(async move { client.open_file(&url).await }),
            |state, file| {
                state.path = Text::new(file.as_bytes());
                *out = state.path.as_ptr();
            },
        )
    }
}

/// A URL that C gives. No copy of it is left: it may hold a password.
///
/// # Safety
/// `url` is NULL or points to a text that ends with a NUL.
unsafe fn url_in(url: *const c_char) -> Result<FtpUrl> {
    if url.is_null() {
        return Err(Error::InvalidArgument("url is NULL".into()));
    }
    // SAFETY: as this function's.
    let url = unsafe { secret(url) };
    let url = str::from_utf8(&url).map_err(|_| Error::InvalidArgument("the URL is not UTF-8".into()))?;
    FtpUrl::parse(url).map_err(|error| Error::InvalidArgument(error.to_string()))
}
