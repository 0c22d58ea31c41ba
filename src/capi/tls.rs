//! Securing a session step by step, and what was negotiated.

use std::ffi::{c_char, c_int};
use std::mem::offset_of;
use std::ptr::null;

use super::boundary::call::{Call, nothing, now, run};
use super::boundary::guard::{not_null, peek};
use super::boundary::handle::State;
use super::boundary::text::Text;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::client::Client;
use crate::error::Error;
use crate::net::{CertificateInfo, TlsInfo};
use crate::protocol::pin::{hex, pin_text};

/// Secures the control connection: AUTH TLS, or TLS-C or SSL where the server knows no other, and the TLS handshake.
///
/// ftp_login() does it by itself when ftp_set_tls() is FTP_TLS_EXPLICIT. Once a session is secured, all that ftp_set_tls() says
/// of what must not go in clear holds for it, whatever the mode.
///
/// @param ftp  the handle.
/// @return FTP_OK; FTP_ERR_PERM or FTP_ERR_TEMP when the server refuses, and the session goes on in clear; FTP_ERR_CERTIFICATE
///         when its certificate is not accepted, FTP_ERR_TLS when the handshake fails, or when there was plain text behind its reply, and
///         FTP_ERR_FILE when its keys cannot be written (ftp_set_tls_keylog()): then the connection is closed; FTP_ERR_STATE when it is secured already; FTP_ERR_UNSUPPORTED in a build without TLS;
///         otherwise as ftp_voidcmd().
///
/// Thread rule: the thread that owns the handle. (ftplib: auth)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_auth(ftp: *mut ftp_handle) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        run(ftp, Call::keep("ftp_auth"), &|| Ok(()), |client, _, seat| seat.house(client.auth()), &nothing)
    }
}

/// Secures the data connections that follow: PBSZ 0, PROT P.
///
/// ftp_login() does it by itself in a secured session.
///
/// @param ftp  the handle.
/// @return FTP_OK; FTP_ERR_STATE when the control connection was not secured; otherwise as ftp_voidcmd().
///
/// Thread rule: the thread that owns the handle. (ftplib: prot_p)
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

/// Leaves the data connections that follow in clear: PROT C, with PBSZ 0 before it for servers that ask for that. Anybody on the
/// way can read and change what they carry. A server that knows no PROT (50z) and was not told PROT P has them in clear by default
/// (RFC 2228, section 3): that is FTP_OK.
///
/// @param ftp  the handle.
/// @return as ftp_voidcmd(). After ftp_auth() and before ftp_login() it keeps that from asking for PROT P.
///
/// Thread rule: the thread that owns the handle. (ftplib: prot_c)
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

/// Goes on with the control connection in clear (CCC), for NAT boxes and firewalls that have to read it.
///
/// Data connections stay as they are. Anybody on the way can read and change commands and replies from here on.
///
/// @param ftp  the handle.
/// @return FTP_OK; FTP_ERR_STATE when it is in clear already; FTP_ERR_PERM when the server refuses, and the session goes on
///         secured; FTP_ERR_TLS when the server does not end TLS in an orderly way: then the connection is closed; otherwise as
///         ftp_voidcmd().
///
/// Thread rule: the thread that owns the handle. (ftplib: ccc)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ccc(ftp: *mut ftp_handle) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        run(ftp, Call::keep("ftp_ccc"), &|| Ok(()), |client, _, seat| seat.house(client.ccc()), &nothing)
    }
}

/// Tells whether the control connection is protected by TLS now.
///
/// @param ftp  the handle.
/// @return 1 when what is sent next goes over TLS; 0 when it would go in clear, also after ftp_ccc(), when not connected, for a NULL
///         handle, and while a call is running.
///
/// Of data connections ftp_tls_get_info() tells.
/// Thread rule: the thread that owns the handle. (ftplib: isinstance(sock, ssl.SSLSocket))
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_is_tls(ftp: *const ftp_handle) -> c_int {
    let is_tls = |state: &State| state.client.look(Client::is_tls);
    // SAFETY: the header's contract.
    unsafe { peek(ftp, None, is_tls) }.unwrap_or(false).into()
}

/// What TLS has negotiated in a session. Texts are NULL where there is nothing to tell; they are owned by the handle and valid until
/// the next call on it that is no getter.
#[repr(C)]
pub struct ftp_tls_info {
    /// In: sizeof(struct ftp_tls_info). The library writes no further than that.
    pub struct_size: usize,
    /// Of the control connection: FTP_TLS_1_0 to FTP_TLS_1_3; 0 while it is in clear.
    pub version: i32,
    /// Of the last data connection; 0 when it was in clear, or there was none.
    pub data_version: i32,
    /// How many data connections of the session went over TLS.
    pub data_connections: i64,
    /// How many of these resumed the TLS session of the control connection.
    pub data_connections_resumed: i64,
    /// Whether the last data connection did: 1 or 0; -1 when there was none over TLS.
    pub data_resumed: i32,
    /// Always 0.
    pub reserved: i32,
    /// The cipher suite of the control connection.
    pub cipher: *const c_char,
    /// The cipher suite of the last data connection.
    pub data_cipher: *const c_char,
    /// Whose the server's certificate is, as in "CN=ftp.example.org".
    pub subject: *const c_char,
    /// Who has signed it.
    pub issuer: *const c_char,
    /// From when on it is valid, as in "Nov 24 12:00:00 2026 GMT".
    pub not_before: *const c_char,
    /// Until when it is valid.
    pub not_after: *const c_char,
    /// SHA-256 of the certificate in hexadecimal digits.
    pub fingerprint: *const c_char,
    /// The pin of its public key, in the form that ftp_set_tls_pin() takes.
    pub pin: *const c_char,
    /// The certificate in PEM.
    pub certificate: *const c_char,
}

/// The texts of the last ftp_tls_info, which the handle owns.
#[derive(Default)]
pub(super) struct TlsTexts {
    cipher: Option<Text>,
    data_cipher: Option<Text>,
    certificate: Option<[Text; 7]>,
}

/// Tells what TLS has negotiated in this session.
///
/// @param ftp   the handle.
/// @param out  gets it; struct_size must be set.
/// @return FTP_OK, also for a session in clear; FTP_ERR_INVALID_ARGUMENT for NULL or a struct_size that is none; FTP_ERR_STATE when
///         not connected; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// Thread rule: the thread that owns the handle. (ftplib: sock.cipher(), sock.getpeercert())
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_tls_get_info(ftp: *mut ftp_handle, out: *mut ftp_tls_info) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        now(ftp, |state, client| {
            const MOST_BYTES: usize = 4096;
            let out = not_null(out, "out")?;
            // Read by itself: the caller's struct may be shorter than ours.
            let size = out.cast::<usize>().read();
            // Nor is it more than a later version could have: that is memory which nobody has set.
            if !(offset_of!(ftp_tls_info, cipher)..=MOST_BYTES).contains(&size) {
                return Err(Error::InvalidArgument("struct_size is not the size of this struct".into()));
            }
            let filled = fill(client, &mut state.tls)?;
            let known = size.min(size_of::<ftp_tls_info>());
            let start = size_of::<usize>();
            out.cast::<u8>()
                .add(start)
                .copy_from_nonoverlapping((&raw const filled).cast::<u8>().add(start), known - start);
            // What a newer caller knows and this library does not.
            out.cast::<u8>().add(known).write_bytes(0, size - known);
            Ok(())
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
