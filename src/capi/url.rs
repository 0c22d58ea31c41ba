//! The parts of a URL, for programs that connect and log in themselves.

use std::ffi::{c_char, c_int};

use zeroize::Zeroizing;

use super::boundary::call::now;
use super::boundary::guard::{not_null, shielded};
use super::boundary::handle::State;
use super::boundary::text::Text;
use super::handle::ftp_handle;
use super::open::url_in;
use super::status::ftp_status;
use super::tls_settings::{FTP_TLS_EXPLICIT, FTP_TLS_IMPLICIT, FTP_TLS_OFF};
use super::transfers::{FTP_TYPE_AS_IS, FTP_TYPE_ASCII, FTP_TYPE_IMAGE};
use crate::client::Client;
use crate::protocol::url::{FtpUrl, Scheme};

/// The parts of a URL, decoded. Later versions of the library append fields: programs must not copy
/// the struct.
#[repr(C)]
pub struct ftp_url {
    /// FTP_TLS_OFF for "ftp://", FTP_TLS_IMPLICIT for "ftps://", FTP_TLS_EXPLICIT for "ftpes://".
    pub tls: c_int,
    /// FTP_TYPE_IMAGE or FTP_TYPE_ASCII, as the URL says; FTP_TYPE_AS_IS if it does not say, or says
    /// type d.
    pub r#type: c_int,
    /// 1 if the URL can only name a directory: it has no path, or a "/" or ".." at its end, or type
    /// d. Otherwise 0.
    pub is_directory: c_int,
    /// The port, or 0 if the URL names none.
    pub port: u16,
    /// The host, without brackets.
    pub host: *const c_char,
    /// The user, or "".
    pub user: *const c_char,
    /// The password, or "".
    pub password: *const c_char,
    /// The path, in the form that commands take: "pub/README" is below the directory of the login,
    /// "/pub/README" is not. "" if the URL has none.
    pub path: *const c_char,
}

/// What is behind the pointer: the part that C sees comes first.
#[repr(C)]
struct Parts {
    shown: ftp_url,
    /// What the pointers in it lead to.
    _texts: [Text; 3],
    _password: Zeroizing<Vec<u8>>,
}

impl Parts {
    fn of(url: &FtpUrl) -> Box<Parts> {
        let mut password = Zeroizing::new(Vec::with_capacity(url.password.len() + 1));
        password.extend_from_slice(&url.password);
        password.push(0);
        let path = joined(&url.path);
        let texts = [url.host.as_bytes(), &url.user, &path].map(Text::new);
        let [host, user, path] = texts.each_ref().map(Text::as_ptr);
        let shown = ftp_url {
            tls: match url.scheme {
                Scheme::Ftp => FTP_TLS_OFF,
                Scheme::Ftps => FTP_TLS_IMPLICIT,
                Scheme::Ftpes => FTP_TLS_EXPLICIT,
            },
            r#type: match url.kind {
                Some('a') => FTP_TYPE_ASCII,
                Some('i') => FTP_TYPE_IMAGE,
                _ => FTP_TYPE_AS_IS,
            },
            is_directory: url.file().is_err().into(),
            port: url.port.unwrap_or(0),
            host,
            user,
            password: password.as_ptr().cast(),
            path,
        };
        Box::new(Parts { shown, _texts: texts, _password: password })
    }
}

/// The segments as one path.
fn joined(segments: &[Vec<u8>]) -> Vec<u8> {
    let mut path = Vec::new();
    for segment in segments {
        if !path.is_empty() && !path.ends_with(b"/") {
            path.push(b'/');
        }
        path.extend_from_slice(segment);
    }
    path
}

/// Takes a URL apart and sends nothing: for programs that look the password up elsewhere, or whose
/// path is not to be entered.
///
/// ftp_connect() takes the host and the port, ftp_login() user and password, ftp_set_tls() the
/// member tls.
///
/// @param url  as for ftp_open(). It may name a file or a directory.
/// @param out  receives the parts, which ftp_url_free() frees. They do not need the handle.
/// @return FTP_OK.
///         - FTP_ERR_INVALID_ARGUMENT: also if the string is not such a URL, or others could read it
///           as another host. ftp_last_error() says what is wrong, without the password.
///
/// ftplib: none; as urllib.parse.urlsplit
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_url_parse(
    ftp: *mut ftp_handle,
    url: *const c_char,
    out: *mut *const ftp_url,
) -> ftp_status {
    let parse = |_: &mut State, _: &mut Client| {
        not_null(out, "out")?;
        // SAFETY: the header's contract.
        let url = unsafe { url_in(url) }?;
        // SAFETY: it is not NULL.
        unsafe { *out = Box::into_raw(Parts::of(&url)).cast() };
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, parse) }
}

/// Frees the parts of a URL, and overwrites the password.
///
/// @param url  the parts, or NULL, which does nothing. They can be freed after the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_url_free(url: *const ftp_url) {
    if url.is_null() {
        return;
    }
    // SAFETY: the pointer comes from `ftp_url_parse`, and this is its only end.
    shielded(|| drop(unsafe { Box::from_raw(url.cast::<Parts>().cast_mut()) }));
}
