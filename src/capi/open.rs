//! A session by one call.

use std::ffi::c_char;

use super::boundary::call::{Call, nothing, run};
use super::boundary::guard::not_null;
use super::boundary::text::secret;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::error::{Error, Result};
use crate::protocol::url::FtpUrl;

/// Connects, logs in and changes to a directory, all from a URL.
///
/// Settings of the handle hold, such as those of ftp_set_tls_ca() and ftp_set_timeout().
///
/// @param url  "ftp://user:password@host:port/path;type=i" in UTF-8 (RFC 1738, RFC 3986). User,
///             password, port, path and type can be left out.
/// @return FTP_OK: the session stands in the directory. After any error except FTP_ERR_BUSY and
///         FTP_ERR_INVALID_ARGUMENT the handle is not connected. Otherwise as ftp_connect(),
///         ftp_login() and ftp_cwd().
///         - FTP_ERR_INVALID_ARGUMENT: the string is not such a URL, or others could read it as
///           another host.
///
/// The parts of the URL mean:
///
/// - "ftps://" is implicit TLS, "ftpes://" is explicit TLS. Both set what ftp_set_tls() sets.
///   "ftp://" leaves that setting as it is.
/// - A character that a URL cannot contain is written %xx. In user and password, "/", "?", "#" and
///   "@" must be %2F, %3F, %23 and %40. In user, password and path, %xx is any byte but a line end
///   and 0: "caf%E9" is a name in Latin-1.
/// - The path names a directory. The library sends one CWD for each segment. "ftp://host/pub" leads
///   to pub below the directory of the login, "ftp://host/%2Fpub" leads to /pub.
/// - Type a sets ASCII type, type i sets image type.
///
/// The password appears in no log and no error text of the library.
///
/// ftplib: the constructor
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_open(ftp: *mut ftp_handle, url: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || url_in(url);
        run(
            ftp,
            Call::anew("ftp_open"),
            &inputs,
            |client, url, seat| seat.house(async move { client.open(&url).await }),
            &nothing,
        )
    }
}

/// Connects, logs in and changes to the directory of a file: ftp_open() for the URL of a file.
///
/// @param url  as for ftp_open(). The last segment of the path is the name of the file, the others
///             are directories. For "ftp://host/pub/README" the directory is pub and the name is
///             "README".
/// @param out  receives the name, in the form that RETR, STOR and ftp_size() take. The function does
///             not check whether the file exists.
/// @return as ftp_open().
///         - FTP_ERR_INVALID_ARGUMENT: also for a URL that names no file. It has no path, or a "/"
///           at its end, or type d.
///
/// ftplib: none
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
        run(
            ftp,
            Call::anew("ftp_open_file"),
            &inputs,
            |client, url, seat| seat.house(async move { client.open_file(&url).await }),
            &|state, file: Vec<u8>| {
                state.text.set(&file);
                *out = state.text.as_ptr();
            },
        )
    }
}

/// A URL that C gives. No copy of it is left: it may hold a password.
///
/// # Safety
/// `url` is NULL or points to a text that ends with a NUL.
pub(super) unsafe fn url_in(url: *const c_char) -> Result<FtpUrl> {
    if url.is_null() {
        return Err(Error::InvalidArgument("url is NULL".into()));
    }
    // SAFETY: as this function's.
    let url = unsafe { secret(url) };
    let url = str::from_utf8(&url).map_err(|_| {
        Error::InvalidArgument("the URL is not UTF-8: other bytes are written % and two digits".into())
    })?;
    FtpUrl::parse(url).map_err(|error| Error::InvalidArgument(error.to_string()))
}
