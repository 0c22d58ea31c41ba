//! What the server can do and is, and what only this server knows.

use std::ffi::{c_char, c_int};
use std::ptr::null;

use super::boundary::call::{Call, nothing, now, run};
use super::boundary::guard::not_null;
use super::boundary::handle::State;
use super::boundary::text::required;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::client::Client;

/// Tells whether the server names a feature in its reply to FEAT, and what stands behind the name
/// (RFC 2389).
///
/// The library sends FEAT at most once in each login, and keeps the answer. A server that refuses
/// FEAT names no features.
///
/// @param name  the feature, as in "MDTM", in upper or lower case. It may have a second word, as in
///              "SITE UTIME", "HASH SHA-256" or "MFF modify". Then that word must stand behind the
///              first one, alone or in a list.
/// @param out   receives what stands behind the name: "" if nothing does, and NULL if the server
///              does not name the feature. If several lines name it, ";" stands between their texts.
/// @return as ftp_sendcmd(), but a refusal of FEAT is not an error.
///         - FTP_ERR_INVALID_ARGUMENT: also for an empty name.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_feature(
    ftp: *mut ftp_handle,
    name: *const c_char,
    out: *mut *const c_char,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            not_null(out, "out")?;
            required(name, "name")
        };
        run(
            ftp,
            Call::keep("ftp_feature"),
            &inputs,
            |client, name, seat| seat.house(async move { client.feature(&name).await }),
            &|state, told: Option<Vec<u8>>| {
                *out = match told {
                    Some(told) => {
                        state.text.set(&told);
                        state.text.as_ptr()
                    }
                    None => null(),
                };
            },
        )
    }
}

/// Chooses whether the library sends OPTS UTF8 ON
/// (draft-ietf-ftpext-utf-8-option).
///
/// RFC 2640 has names in UTF-8 from the beginning, and most servers do that. Some wait for this
/// command. The library sends it once in a login, if three things are true:
///
/// - a call needs FEAT anyway, as ftp_feature(), ftp_list_open() or ftp_hash();
/// - FEAT names UTF8;
/// - names are in UTF-8 here, as ftp_set_encoding() says.
///
/// A refusal changes nothing. ftp_reconnect() sends it again before the first path. An OPTS UTF8 of
/// the program's own goes before it: then the library sends none in this login.
///
/// @param on  0 is off. The default is on.
/// @return FTP_OK.
///
/// ftplib: never sent
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_utf8(ftp: *mut ftp_handle, on: c_int) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        client.set_utf8(on != 0);
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

/// Asks what the server runs on (SYST, RFC 959, section 4.1.3).
///
/// @param out  receives the text of the reply without its code, as in "UNIX Type: L8".
/// @return as ftp_voidcmd().
///
/// ftplib: sendcmd
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_syst(ftp: *mut ftp_handle, out: *mut *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || not_null(out, "out").map(drop);
        run(
            ftp,
            Call::keep("ftp_syst"),
            &inputs,
            |client, _, seat| seat.house(client.syst()),
            &|state, told: Vec<u8>| {
                state.text.set(&told);
                *out = state.text.as_ptr();
            },
        )
    }
}

/// Sends a command that only this server knows (SITE, RFC 959, section 4.1.3).
/// ftp_last_reply() returns the reply.
///
/// @param text  what follows "SITE", as in "HELP", not "".
/// @return as ftp_voidcmd().
///
/// ftplib: voidcmd
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_site(ftp: *mut ftp_handle, text: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || required(text, "text");
        run(
            ftp,
            Call::keep("ftp_site"),
            &inputs,
            |client, text, seat| seat.house(async move { client.site(&text).await.map(drop) }),
            &nothing,
        )
    }
}
