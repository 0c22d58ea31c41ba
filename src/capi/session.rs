//! Connecting, logging in, ending.

use std::ffi::c_char;
use std::ptr::null;

use super::boundary::call::{Call, nothing, run};
use super::boundary::guard::{Purpose, enter, peek};
use super::boundary::text::{KeptReply, required, secret};
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::error::Error;

/// Connects to a server and waits for its greeting.
///
/// A connection that the handle already has is closed first. The library tries all addresses of the
/// host, IPv4 and IPv6 by turns (RFC 8305). It begins the next attempt after 250 ms, or as soon as
/// one fails. It uses the first address that answers. After a greeting with code 120 it waits for
/// the next greeting.
///
/// @param host  a name, an IPv4 address, or an IPv6 address with or without brackets. For a URL, or
///              with a port, a path or a user, the function returns FTP_ERR_INVALID_ARGUMENT.
/// @param port  1 to 65535. 0 is 21, or 990 with FTP_TLS_IMPLICIT.
/// @return FTP_OK: the handle is connected, and ftp_getwelcome() returns the greeting. After any
///         error except FTP_ERR_BUSY and FTP_ERR_INVALID_ARGUMENT the handle is not connected.
///         - FTP_ERR_RESOLVE: the name has no address.
///         - FTP_ERR_IO: the server cannot be reached, or refuses the connection.
///         - FTP_ERR_TEMP, FTP_ERR_PERM: the server turns the client away, as with reply 421.
///         - FTP_ERR_PROTO, FTP_ERR_LIMIT: it is not an FTP server.
///         - FTP_ERR_TLS, FTP_ERR_CERTIFICATE: with FTP_TLS_IMPLICIT.
///
/// ftplib: connect
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_connect(ftp: *mut ftp_handle, host: *const c_char, port: u16) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            let host = String::from_utf8(required(host, "host")?);
            let host = host.map_err(|_| Error::InvalidArgument("the host is not UTF-8".into()))?;
            Ok((host, port))
        };
        run(
            ftp,
            Call::anew("ftp_connect"),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let (host, port) = &*given;
                    let port = if *port == 0 { client.default_port() } else { *port };
                    client.connect(host, port).await
                })
            },
            &nothing,
        )
    }
}

/// Returns the greeting of the server that the handle is connected to, or was connected to last.
///
/// @return the lines of the greeting, joined by '\n', with the code. NULL if there was no greeting.
///
/// ftplib: getwelcome
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_getwelcome(ftp: *const ftp_handle) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { peek(ftp, null(), |state| state.welcome.as_ref().map_or(null(), KeptReply::as_ptr)) }
}

/// Logs in: USER, then PASS and ACCT if the server asks for them (RFC 959, section 5.4).
///
/// With ftp_set_tls() on, the function first secures the session as ftp_auth() does. After the login
/// it secures data connections as ftp_prot_p() does. It can return what these functions return. If
/// they fail, no user name, password or account was sent in clear.
///
/// @param user      the name. NULL or "" is "anonymous".
/// @param password  the password. NULL is "". For "anonymous", "" becomes "anonymous@" and "-"
///                  becomes "-anonymous@".
/// @param acct      the account, which few servers ask for. NULL or "" is none.
/// @return FTP_OK: ftp_last_reply() returns the reply to the login, even if later commands secured
///         data connections.
///         - FTP_ERR_PERM: the server refuses the login, in most cases with 530.
///         - FTP_ERR_TEMP: the server refuses the login for now. Some servers use 430 or another 4yz
///           code for a wrong password. Do not repeat the same password: many servers lock the
///           account.
///         - FTP_ERR_REPLY: the server asks for an account, and the program gave none.
///
/// 503 in reply to USER is a login if the greeting was 230.
///
/// The password appears in no log and no error text of the library. A server may repeat it in its
/// reply.
///
/// ftplib: login
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
        run(
            ftp,
            Call::keep("ftp_login"),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let [user, password, acct] = &*given;
                    client.login_bytes(user, password, acct).await
                })
            },
            &nothing,
        )
    }
}

/// Sends QUIT, waits for the reply, and closes the connection.
///
/// The connection is closed in any case, except after FTP_ERR_BUSY and FTP_ERR_INVALID_ARGUMENT. The
/// handle can connect again. If a transfer is open, or a reply is outstanding, the connection is
/// closed without QUIT.
///
/// @return FTP_OK if the server replied 2yz.
///         - FTP_ERR_STATE: the handle was not connected, a transfer was open, or a reply was
///           outstanding.
///
/// ftplib: quit, which leaves the connection open after an error
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_quit(ftp: *mut ftp_handle) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        run(
            ftp,
            Call::keep("ftp_quit"),
            &|| Ok(()),
            |client, _, seat| seat.house(async move { client.quit().await.map(drop) }),
            &nothing,
        )
    }
}

/// Closes the connection and sends nothing. Without a connection it does nothing.
///
/// A call that has returned FTP_AGAIN is given up. The handle can connect again.
///
/// ftplib: close
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_close(ftp: *mut ftp_handle) -> ftp_status {
    // SAFETY: the header's contract.
    let closed = unsafe {
        enter(ftp, Purpose::Call, |state| {
            state.pending = None;
            state.at_once(&mut |_, client| {
                client.close();
                Ok(())
            })
        })
    };
    closed.unwrap_or_else(|refusal| refusal)
}
