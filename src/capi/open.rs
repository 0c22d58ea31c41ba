//! A session by one call.

use std::ffi::c_char;

use super::handle::ftp_handle;
use super::pending::Function;
use super::run::run;
use super::status::ftp_status;
use super::strings::required;
use crate::error::Error;
use crate::protocol::url::FtpUrl;

/// Connects, logs in and changes to a directory: all that a URL says.
///
/// @param ftp  the handle. What was set on it holds, such as ftp_set_tls_ca() or ftp_set_timeout().
/// @param url  "ftp://user:password@host:port/path;type=i" (RFC 1738), in UTF-8, other characters as %xx. "ftps://" is implicit TLS,
///             "ftpes://" explicit TLS; both set what ftp_set_tls() sets. "ftp://" leaves that as it is. User, password, port, path and
///             type can be left out. The path is that of a directory, each of its segments one CWD: "ftp://host/pub" leads to pub below
///             the directory of the login, "ftp://host/%2Fpub" to /pub. Type a or i sets ASCII or image type.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for what is no such URL; otherwise as ftp_connect(), ftp_login() and ftp_cwd(). After
///         any error but FTP_ERR_BUSY and FTP_ERR_INVALID_ARGUMENT the handle is not connected.
///
/// The password appears in no log and no error text. Thread rule: the thread that owns the handle. (ftplib: the constructor)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_open(ftp: *mut ftp_handle, url: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            let url = String::from_utf8(required(url, "url")?);
            let url = url.map_err(|_| Error::InvalidArgument("the URL is not UTF-8".into()))?;
            FtpUrl::parse(&url).map_err(|error| Error::InvalidArgument(error.to_string()))
        };
        run(ftp, Function::anew("ftp_open"), inputs, |client, url| {
            Box::pin(async move { client.open(&url).await })
        })
    }
}
