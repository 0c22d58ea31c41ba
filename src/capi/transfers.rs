//! Transfers of files and of text, with callbacks.

use std::ffi::{c_char, c_int, c_void};

use super::boundary::call::{Call, nothing, now, run};
use super::boundary::callbacks::{User, data_sink, data_source, source_function};
use super::boundary::handle::State;
use super::boundary::text::command;
use super::callbacks::{ftp_data_fn, ftp_read_fn};
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::client::{Client, TransferType};
use crate::error::{Error, Result};

/// Receives data as it is (TYPE I).
///
/// @param cmd        the whole command, as in "RETR file".
/// @param data_cb    called with each block of data.
/// @param user       passed to the callback.
/// @param blocksize  the most bytes that the callback gets at once. 0 is the choice of the library.
///                   More than 1 MiB counts as 1 MiB.
/// @param rest       the offset in bytes to start at (REST, RFC 3659). 0 is sent as well. -1 sends
///                   no REST.
/// @return FTP_OK: the server confirmed the transfer, and nothing contradicts it. Then, and only
///         then, the data is complete.
///         - FTP_ERR_INTEGRITY: the server confirmed the transfer, but fewer bytes arrived than it
///           announced for RETR. Or the data of a TLS connection ended without a close_notify, and
///           its size is not known.
///         - FTP_ERR_PERM: in most cases 550.
///         - FTP_ERR_TEMP: for example 425 or 426.
///         - FTP_ERR_INVALID_ARGUMENT: also for a command that moves no data, as "NOOP", or moves it
///           the other way, as "STOR file". Nothing was sent.
///
/// ftplib: retrbinary
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_retrbinary(
    ftp: *mut ftp_handle,
    cmd: *const c_char,
    data_cb: ftp_data_fn,
    user: *mut c_void,
    blocksize: usize,
    rest: i64,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            let command = command(cmd, "cmd")?;
            if data_cb.is_none() {
                return Err(Error::InvalidArgument("data_cb is NULL".into()));
            }
            Ok((command, data_cb, User::new(user), blocksize, offset(rest)?))
        };
        run(
            ftp,
            Call::keep("ftp_retrbinary").with_report(),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let (command, data_cb, user, blocksize, rest) = &*given;
                    let mut sink = data_sink(*data_cb, *user);
                    client.retrbinary(command, *blocksize, *rest, &mut sink).await.map(drop)
                })
            },
            &nothing,
        )
    }
}

/// Sends data as it is (TYPE I).
///
/// @param cmd        the whole command, as in "STOR file", "APPE file" or "STOU".
/// @param read_cb    called for the data, until it returns 0.
/// @param sent_cb    called with each block after the library handed it to the network. NULL is
///                   none.
/// @param user       passed to both callbacks.
/// @param blocksize  the most bytes that read_cb is asked for at once. 0 is the choice of the
///                   library. More than 1 MiB counts as 1 MiB.
/// @param rest       the offset in bytes at which the server writes (REST, RFC 3659). 0 is sent as
///                   well. -1 sends no REST.
/// @return FTP_OK: the server confirmed the transfer. Otherwise as ftp_retrbinary(). After an error
///         most servers keep the part that arrived.
///
/// ftplib: storbinary
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_storbinary(
    ftp: *mut ftp_handle,
    cmd: *const c_char,
    read_cb: ftp_read_fn,
    sent_cb: ftp_data_fn,
    user: *mut c_void,
    blocksize: usize,
    rest: i64,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            let command = command(cmd, "cmd")?;
            let rest = offset(rest)?;
            Ok((command, source_function(read_cb)?, sent_cb, User::new(user), blocksize, rest))
        };
        run(
            ftp,
            Call::keep("ftp_storbinary").with_report(),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let (command, read, sent_cb, user, blocksize, rest) = &*given;
                    let mut source = data_source(*read, *user);
                    let mut sent = data_sink(*sent_cb, *user);
                    client.storbinary(command, *blocksize, *rest, &mut source, &mut sent).await.map(drop)
                })
            },
            &nothing,
        )
    }
}

/// Sends text in ASCII type. Every line goes out with CRLF at its end, in whatever blocks read_cb
/// supplies the text.
///
/// A line ends with LF or CRLF. The last line gets its CRLF even if it has no line end. A CR inside
/// a line is kept.
///
/// @param cmd      the whole command, as in "STOR README".
/// @param read_cb  called for the text, until it returns 0. It need not return whole lines.
/// @param sent_cb  called with each line and its CRLF after the library handed it to the network.
///                 NULL is none.
/// @param user     passed to both callbacks.
/// @return as ftp_storbinary().
///         - FTP_ERR_LIMIT: a line is longer than ftp_set_maxline() allows. Nothing of that line is
///           sent.
///
/// ftplib: storlines
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_storlines(
    ftp: *mut ftp_handle,
    cmd: *const c_char,
    read_cb: ftp_read_fn,
    sent_cb: ftp_data_fn,
    user: *mut c_void,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            let command = command(cmd, "cmd")?;
            Ok((command, source_function(read_cb)?, sent_cb, User::new(user)))
        };
        run(
            ftp,
            Call::keep("ftp_storlines").with_report(),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let (command, read, sent_cb, user) = &*given;
                    let mut source = data_source(*read, *user);
                    let mut sent = data_sink(*sent_cb, *user);
                    client.storlines(command, &mut source, &mut sent).await.map(drop)
                })
            },
            &nothing,
        )
    }
}

/// Bytes as they are (TYPE I). The value is the letter 'I'.
pub const FTP_TYPE_IMAGE: i32 = 0x49;
/// Lines that end with CRLF on the network (TYPE A). The value is the letter 'A'.
pub const FTP_TYPE_ASCII: i32 = 0x41;
/// The type that is set already, whoever set it. This is what ftplib does.
pub const FTP_TYPE_AS_IS: i32 = 0;

/// Sets the type for files that ftp_transfercmd() moves with RETR, STOR, APPE and STOU (RFC 959,
/// section 3.1.1).
///
/// The library sends TYPE before such a transfer, unless the type is set already. A listing leaves
/// ASCII type behind, in which many servers change line ends. All other transfers set the type that
/// they need, whatever this setting is.
///
/// @param type  FTP_TYPE_IMAGE, the default; FTP_TYPE_ASCII; or FTP_TYPE_AS_IS, which sends no TYPE.
/// @return FTP_OK.
///
/// The last request counts. Until the next login, these override the setting:
///
/// - a TYPE command of ftp_sendcmd(), ftp_voidcmd() or ftp_putcmd();
/// - the type in the URL of ftp_open().
///
/// ftplib: never sets the type for transfercmd
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_type(ftp: *mut ftp_handle, r#type: c_int) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        client.set_type(match r#type {
            FTP_TYPE_AS_IS => None,
            FTP_TYPE_IMAGE => Some(TransferType::Image),
            FTP_TYPE_ASCII => Some(TransferType::Ascii),
            _ => return Err(Error::InvalidArgument("the type must be one of FTP_TYPE_...".into())),
        });
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

/// The type that C gives: 'I' or 'A'.
pub(super) fn transfer_type(letter: c_int) -> Result<TransferType> {
    match u8::try_from(letter) {
        Ok(b'I') => Ok(TransferType::Image),
        Ok(b'A') => Ok(TransferType::Ascii),
        _ => Err(Error::InvalidArgument("the type must be 'I' or 'A'".into())),
    }
}

/// The offset that C gives: -1 is none.
pub(super) fn offset(rest: i64) -> Result<Option<u64>> {
    match (rest, u64::try_from(rest)) {
        (-1, _) => Ok(None),
        (_, Ok(offset)) => Ok(Some(offset)),
        _ => Err(Error::InvalidArgument("rest must be 0 or more, or -1".into())),
    }
}
