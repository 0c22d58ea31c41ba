//! Connecting, logging in, ending.

use std::ffi::c_char;
use std::ptr::null;

use super::boundary::call::run;
use super::boundary::guard::{Purpose, enter, peek};
use super::boundary::pending::Function;
use super::boundary::text::{KeptReply, required, secret};
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::error::Error;

/// Connects to a server and waits for its greeting.
///
/// All addresses of the host are tried, IPv4 and IPv6 by turns: another joins those that have not answered after 250 ms,
/// or at once when one fails, and the first that answers is used (RFC 8305). A greeting that starts with 120 announces
/// another, which is waited for. A connection that the handle has already is closed first.
///
/// @param ftp   the handle.
/// @param host  a name, an IPv4 address, or an IPv6 address with or without brackets.
/// @param port  1 to 65535; 0 is 21, or 990 with FTP_TLS_IMPLICIT.
/// @return FTP_OK: the handle is connected, and ftp_getwelcome() gives the greeting. After any error but
///         FTP_ERR_BUSY and FTP_ERR_INVALID_ARGUMENT it is not connected: FTP_ERR_RESOLVE; FTP_ERR_IO, such as refused;
///         FTP_ERR_TIMEOUT; FTP_ERR_EOF; FTP_ERR_TEMP or FTP_ERR_PERM when the server turns the client away, as with
///         421; FTP_ERR_PROTO or FTP_ERR_LIMIT when it is no FTP server; with FTP_TLS_IMPLICIT FTP_ERR_TLS and
///         FTP_ERR_CERTIFICATE; FTP_ERR_DENIED; FTP_ERR_ABORTED; FTP_ERR_INTERNAL.
///
/// Thread rule: the thread that owns the handle. (ftplib: connect)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_connect(ftp: *mut ftp_handle, host: *const c_char, port: u16) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            let host = String::from_utf8(required(host, "host")?);
            let host = host.map_err(|_| Error::InvalidArgument("the host is not UTF-8".into()))?;
            Ok((host, port))
        };
        run(ftp, Function::anew("ftp_connect"), inputs, |client, (host, port)| {
            Box::pin(async move {
                let port = if port == 0 { client.default_port() } else { port };
                client.connect(&host, port).await
            })
        })
    }
}

/// The greeting of the server that the handle is, or was last, connected to.
///
/// @param ftp  the handle.
/// @return the greeting's lines, joined by '\n', code included; owned by the handle, valid until the next call on it that
///         is no getter. NULL when there was none, for a NULL handle, and while a call is running.
///
/// Thread rule: the thread that owns the handle. (ftplib: getwelcome)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_getwelcome(ftp: *const ftp_handle) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { peek(ftp, null(), |state| state.welcome.as_ref().map_or(null(), KeptReply::as_ptr)) }
}

/// Logs in: USER, and as the server asks for them PASS and ACCT (RFC 959, section 5.4).
///
/// @param ftp     the handle.
/// @param user    the name; NULL or "" is "anonymous".
/// @param password  the password; NULL is "". For "anonymous", "" becomes "anonymous@" and "-" becomes "-anonymous@".
/// @param acct    the account, which few servers ask for; NULL or "" is none.
/// @return FTP_OK; FTP_ERR_PERM when the server refuses, mostly with 530; FTP_ERR_REPLY when it asks for an account and
///         none was given; FTP_ERR_INVALID_ARGUMENT; FTP_ERR_STATE when not connected; FTP_ERR_TEMP; FTP_ERR_PROTO;
///         FTP_ERR_LIMIT; FTP_ERR_IO; FTP_ERR_TIMEOUT; FTP_ERR_EOF; FTP_ERR_ABORTED; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// A wrong password is FTP_ERR_TEMP where the server says it with 430 or another 4yz code: do not try the same one again, since
/// many servers lock the account. 503 to USER is a login where the greeting was 230. ftp_last_reply() is the reply to the login, also when
/// data connections were secured after it.
///
/// With ftp_set_tls() on, this secures the session first, as ftp_auth() does, and data connections after it, as ftp_prot_p() does;
/// it can return what they return, and then nothing of the above was sent in clear.
///
/// The library puts the password into no log and no error text; a server may repeat it in its reply. Thread rule: the thread that
/// owns the handle. (ftplib: login)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_login(
    ftp: *mut ftp_handle,
    user: *const c_char,
    password: *const c_char,
    acct: *const c_char,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || Ok([user, password, acct].map(|text| secret(text)));
        run(ftp, "ftp_login", inputs, |client, [user, password, acct]| {
            Box::pin(async move { client.login_bytes(&user, &password, &acct).await })
        })
    }
}

/// Says goodbye (QUIT) and closes the connection.
///
/// @param ftp  the handle.
/// @return FTP_OK; FTP_ERR_STATE when not connected, and while a transfer is open or a reply was not read: then the
///         connection is closed without QUIT; otherwise what the server did instead of a 2yz reply: FTP_ERR_REPLY,
///         FTP_ERR_TEMP, FTP_ERR_PERM, FTP_ERR_PROTO, FTP_ERR_LIMIT, FTP_ERR_IO, FTP_ERR_TIMEOUT, FTP_ERR_EOF; or
///         FTP_ERR_ABORTED, FTP_ERR_INTERNAL. The connection is closed in each of these cases, but for FTP_ERR_BUSY and
///         FTP_ERR_INVALID_ARGUMENT (a NULL handle).
///
/// The handle can connect again. Thread rule: the thread that owns the handle. (ftplib: quit, which leaves the connection
/// open after an error)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_quit(ftp: *mut ftp_handle) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        run(ftp, "ftp_quit", || Ok(()), |client, ()| Box::pin(async move { client.quit().await.map(drop) }))
    }
}

/// Closes the connection without a word to the server. Without a connection it does nothing.
///
/// A call that has returned FTP_AGAIN is given up.
///
/// @param ftp  the handle.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for a NULL handle; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// The handle can connect again. Thread rule: the thread that owns the handle. (ftplib: close)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_close(ftp: *mut ftp_handle) -> ftp_status {
    // SAFETY: the header's contract.
    let closed = unsafe {
        enter(ftp, Purpose::Call, |state| {
            state.pending = None;
            state.at_once(|_, client| {
                client.close();
                Ok(())
            })
        })
    };
    closed.unwrap_or_else(|refusal| refusal)
}
