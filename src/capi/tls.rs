//! Securing a session step by step, and what was negotiated.

use std::ffi::{c_char, c_int};
use std::mem::offset_of;
use std::ptr::null;

use super::boundary::call::{Call, nothing, now, run};
use super::boundary::guard::{not_null, peek};
use super::boundary::handle::State;
use super::boundary::sized::fill_sized;
use super::boundary::text::Text;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::client::Client;
use crate::error::Error;
use crate::net::{CertificateInfo, TlsInfo};
use crate::protocol::pin::{hex, pin_text};

/// Secures the control connection: AUTH and the TLS handshake.
///
/// The library sends AUTH TLS, or AUTH TLS-C or AUTH SSL if the server knows no other. ftp_login()
/// does this itself if ftp_set_tls() is FTP_TLS_EXPLICIT. Once a session is secured, the rules of
/// ftp_set_tls() on what must not go in clear hold, whatever the mode.
///
/// @return FTP_OK.
///         - FTP_ERR_PERM, FTP_ERR_TEMP: the server refuses, and the session goes on in clear.
///         - FTP_ERR_CERTIFICATE: the certificate is not accepted. The connection is closed.
///         - FTP_ERR_TLS: the handshake failed, or plain text followed the reply. The connection is
///           closed.
///         - FTP_ERR_FILE: the keys cannot be written (ftp_set_tls_keylog()). The connection is
///           closed.
///         - FTP_ERR_STATE: also if the session is secured already.
///         - Otherwise as ftp_voidcmd().
///
/// ftplib: auth
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_auth(ftp: *mut ftp_handle) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        run(ftp, Call::keep("ftp_auth"), &|| Ok(()), |client, _, seat| seat.house(client.auth()), &nothing)
    }
}

/// Protects the data connections that follow: PBSZ 0, PROT P.
///
/// ftp_login() does this itself in a secured session.
///
/// @return as ftp_voidcmd().
///         - FTP_ERR_STATE: also if the control connection was not secured.
///
/// ftplib: prot_p
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_prot_p(ftp: *mut ftp_handle) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        run(
            ftp,
            Call::keep("ftp_prot_p"),
            &|| Ok(()),
            |client, _, seat| seat.house(client.prot_p()),
            &nothing,
        )
    }
}

/// Leaves the data connections that follow in clear: PROT C, after PBSZ 0 for servers that ask for
/// it.
///
/// Anybody on the way can read and change their data. After ftp_auth() and before ftp_login(), this
/// call keeps ftp_login() from asking for PROT P.
///
/// @return as ftp_voidcmd(). FTP_OK also if the server does not know PROT (50z) and was not told
///         PROT P: data is then in clear by default (RFC 2228, section 3).
///
/// ftplib: prot_c
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_prot_c(ftp: *mut ftp_handle) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        run(
            ftp,
            Call::keep("ftp_prot_c"),
            &|| Ok(()),
            |client, _, seat| seat.house(client.prot_c()),
            &nothing,
        )
    }
}

/// Returns the control connection to clear text (CCC), for NAT devices and firewalls that have to
/// read it.
///
/// Data connections stay as they are. From now on, anybody on the way can read and change commands
/// and replies.
///
/// @return FTP_OK.
///         - FTP_ERR_STATE: also if the control connection is in clear already.
///         - FTP_ERR_PERM: the server refuses, and the session goes on secured.
///         - FTP_ERR_TLS: the server does not end TLS in an orderly way. The connection is closed.
///         - Otherwise as ftp_voidcmd().
///
/// ftplib: ccc
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ccc(ftp: *mut ftp_handle) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        run(ftp, Call::keep("ftp_ccc"), &|| Ok(()), |client, _, seat| seat.house(client.ccc()), &nothing)
    }
}

/// Tells whether TLS protects the control connection now. ftp_tls_get_info() tells about data
/// connections.
///
/// @return 1 if the next command goes over TLS. 0 if it would go in clear, also after ftp_ccc(), and
///         if the handle is not connected.
///
/// ftplib: isinstance(sock, ssl.SSLSocket)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_is_tls(ftp: *const ftp_handle) -> c_int {
    let is_tls = |state: &State| state.client.look(Client::is_tls);
    // SAFETY: the header's contract.
    unsafe { peek(ftp, None, is_tls) }.unwrap_or(false).into()
}

/// What TLS negotiated in a session.
///
/// Strings are NULL if there is nothing to tell. They belong to the handle.
#[repr(C)]
pub struct ftp_tls_info {
    /// Set it to sizeof(struct ftp_tls_info) before the call. The library does not write beyond it.
    pub struct_size: usize,
    /// The version of the control connection, FTP_TLS_1_0 to FTP_TLS_1_3; 0 while it is in clear.
    pub version: i32,
    /// The version of the last data connection; 0 if it was in clear, or there was none.
    pub data_version: i32,
    /// How many data connections of the session went over TLS.
    pub data_connections: i64,
    /// How many of them resumed the TLS session of the control connection.
    pub data_connections_resumed: i64,
    /// Whether the last data connection resumed it: 1 or 0; -1 if there was none over TLS.
    pub data_resumed: i32,
    /// Always 0.
    pub reserved: i32,
    /// The cipher suite of the control connection.
    pub cipher: *const c_char,
    /// The cipher suite of the last data connection.
    pub data_cipher: *const c_char,
    /// The subject of the certificate of the server, as in "CN=ftp.example.org".
    pub subject: *const c_char,
    /// The issuer of the certificate.
    pub issuer: *const c_char,
    /// When its validity begins, as in "Nov 24 12:00:00 2026 GMT".
    pub not_before: *const c_char,
    /// When its validity ends.
    pub not_after: *const c_char,
    /// The SHA-256 of the certificate in hexadecimal digits.
    pub fingerprint: *const c_char,
    /// The pin of its public key, in the form that ftp_set_tls_pin() takes.
    pub pin: *const c_char,
    /// The certificate in PEM.
    pub certificate: *const c_char,
}

/// The texts of the last ftp_tls_info, which the handle owns.
#[derive(Default)]
pub(crate) struct TlsTexts {
    cipher: Option<Text>,
    data_cipher: Option<Text>,
    certificate: Option<[Text; 7]>,
}

/// Gets what TLS negotiated in this session.
///
/// @param out  receives it. Set struct_size before the call.
/// @return FTP_OK, also for a session in clear.
///         - FTP_ERR_INVALID_ARGUMENT: also for a struct_size that is impossible.
///         - FTP_ERR_STATE: the handle is not connected.
///
/// ftplib: sock.cipher(), sock.getpeercert()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_tls_get_info(ftp: *mut ftp_handle, out: *mut ftp_tls_info) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        now(ftp, |state, client| {
            let out = not_null(out, "out")?;
            fill_sized(out, offset_of!(ftp_tls_info, cipher), || {
                fill(client, state.tls.get_or_insert_default())
            })
        })
    }
}

fn fill(client: &Client, texts: &mut TlsTexts) -> Result<ftp_tls_info, Error> {
    let Some(data) = client.data_tls() else {
        return Err(Error::NotConnected("there is nothing to tell of TLS".into()));
    };
    let control = client.tls_info().unwrap_or_default();
    *texts = TlsTexts {
        cipher: cipher(&control),
        data_cipher: data.last.as_ref().and_then(cipher),
        certificate: client.server_certificate().as_ref().map(certificate),
    };
    let of_certificate = |index: usize| {
        let text = texts.certificate.as_ref().and_then(|texts| texts.get(index));
        text.map_or(null(), Text::as_ptr)
    };
    Ok(ftp_tls_info {
        struct_size: size_of::<ftp_tls_info>(),
        version: control.version.into(),
        data_version: data.last.as_ref().map_or(0, |last| last.version.into()),
        data_connections: i64::try_from(data.connections).unwrap_or(i64::MAX),
        data_connections_resumed: i64::try_from(data.resumed).unwrap_or(i64::MAX),
        data_resumed: data.last.as_ref().map_or(-1, |last| last.resumed.into()),
        reserved: 0,
        cipher: texts.cipher.as_ref().map_or(null(), Text::as_ptr),
        data_cipher: texts.data_cipher.as_ref().map_or(null(), Text::as_ptr),
        subject: of_certificate(0),
        issuer: of_certificate(1),
        not_before: of_certificate(2),
        not_after: of_certificate(3),
        fingerprint: of_certificate(4),
        pin: of_certificate(5),
        certificate: of_certificate(6),
    })
}

fn cipher(info: &TlsInfo) -> Option<Text> {
    (!info.cipher.is_empty()).then(|| Text::new(info.cipher.as_bytes()))
}

/// In the order of the struct's fields.
fn certificate(info: &CertificateInfo) -> [Text; 7] {
    [
        Text::new(info.subject.as_bytes()),
        Text::new(info.issuer.as_bytes()),
        Text::new(info.not_before.as_bytes()),
        Text::new(info.not_after.as_bytes()),
        Text::new(hex(&info.fingerprint).as_bytes()),
        Text::new(pin_text(&info.pin).as_bytes()),
        Text::new(&info.pem),
    ]
}
