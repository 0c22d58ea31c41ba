//! The parsers of single replies.

use std::ffi::c_char;

use super::boundary::guard::shielded;
use super::boundary::text::{copy_out, optional};
use super::status::ftp_status;
use crate::protocol::address::{AddressError, parse_227, parse_229};
use crate::protocol::codes::OPENING_DATA;
use crate::protocol::path::parse_257;
use crate::protocol::reply::Reply;
use crate::protocol::size::parse_150;

/// Without a handle there is nobody to keep the text of an error: the status has to do.
type Outcome = Result<(), ftp_status>;

fn status_of(parse: impl FnOnce() -> Outcome) -> ftp_status {
    shielded(parse).unwrap_or(Err(ftp_status::FTP_ERR_INTERNAL)).err().unwrap_or(ftp_status::FTP_OK)
}

/// # Safety
/// `reply` is NULL or a text that ends with a NUL.
unsafe fn reply_in(reply: *const c_char) -> Result<Reply, ftp_status> {
    // SAFETY: as this function's.
    let text = unsafe { optional(reply) };
    text.map(Reply::from_text).ok_or(ftp_status::FTP_ERR_INVALID_ARGUMENT)
}

fn not_null<T>(pointer: *mut T) -> Result<*mut T, ftp_status> {
    if pointer.is_null() { Err(ftp_status::FTP_ERR_INVALID_ARGUMENT) } else { Ok(pointer) }
}

/// # Safety
/// `buffer` has `len` bytes.
unsafe fn text_out(text: &[u8], buffer: *mut c_char, capacity: usize) -> Outcome {
    // SAFETY: as this function's.
    unsafe { copy_out(text, buffer, capacity) }.map_err(|_| ftp_status::FTP_ERR_INVALID_ARGUMENT)
}

fn address_status(error: AddressError) -> ftp_status {
    match error {
        AddressError::WrongCode(_) => ftp_status::FTP_ERR_REPLY,
        AddressError::Malformed(_) | AddressError::OutOfRange(_) => ftp_status::FTP_ERR_PROTO,
    }
}

/// Reads the size in a 150 reply, as in "150 Opening BINARY mode data connection for f (12 bytes)".
///
/// @param reply  the reply as ftp_last_reply() returns it.
/// @param out    receives the size in bytes, or -1 if the reply does not contain it.
/// @return FTP_OK.
///         - FTP_ERR_REPLY: it is not a 150 reply.
///         - FTP_ERR_INVALID_ARGUMENT: a pointer is NULL.
///
/// ftplib: parse150
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_parse150(reply: *const c_char, out: *mut i64) -> ftp_status {
    let parse = || {
        // SAFETY: the header's contract.
        let reply = unsafe { reply_in(reply) }?;
        let out = not_null(out)?;
        if reply.code() != Some(OPENING_DATA) {
            return Err(ftp_status::FTP_ERR_REPLY);
        }
        let size = parse_150(&reply).and_then(|size| i64::try_from(size).ok());
        // SAFETY: not NULL.
        unsafe { *out = size.unwrap_or(-1) };
        Ok(())
    };
    status_of(parse)
}

/// Reads the address in a 227 reply (RFC 959).
///
/// @param reply     the reply.
/// @param host      receives the IPv4 address as a string.
/// @param capacity  the size of host. 16 is always enough.
/// @param port      receives the port, 1 to 65535.
/// @return FTP_OK.
///         - FTP_ERR_REPLY: it is not a 227 reply.
///         - FTP_ERR_PROTO: the reply contains no address, or an impossible one.
///         - FTP_ERR_INVALID_ARGUMENT: a pointer is NULL, or capacity is too small.
///
/// ftplib: parse227
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_parse227(
    reply: *const c_char,
    host: *mut c_char,
    capacity: usize,
    port: *mut u16,
) -> ftp_status {
    let parse = || {
        // SAFETY: the header's contract.
        let reply = unsafe { reply_in(reply) }?;
        let (host, port) = (not_null(host)?, not_null(port)?);
        let address = parse_227(&reply).map_err(address_status)?;
        // SAFETY: the header's contract; not NULL.
        unsafe {
            text_out(address.ip().to_string().as_bytes(), host, capacity)?;
            *port = address.port();
        }
        Ok(())
    };
    status_of(parse)
}

/// Reads the port in a 229 reply (RFC 2428). The host is that of the control connection.
///
/// @param reply  the reply.
/// @param port   receives the port, 1 to 65535.
/// @return as ftp_parse227().
///
/// ftplib: parse229
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_parse229(reply: *const c_char, port: *mut u16) -> ftp_status {
    let parse = || {
        // SAFETY: the header's contract.
        let reply = unsafe { reply_in(reply) }?;
        let port = not_null(port)?;
        let number = parse_229(&reply).map_err(address_status)?;
        // SAFETY: not NULL.
        unsafe { *port = number };
        Ok(())
    };
    status_of(parse)
}

/// Reads the path in a 257 reply, as in `257 "/a ""b""" is the current directory` (RFC 959, appendix
/// II).
///
/// The path is the first string in quotes. Two quotes in it are one. The function also understands a
/// server that does not double them, unless white space follows a quote inside the path.
///
/// @param reply     the reply.
/// @param buffer    receives the path, or "" if nothing is quoted.
/// @param capacity  the size of buffer. The length of the reply is always enough.
/// @return FTP_OK.
///         - FTP_ERR_REPLY: it is not a 257 reply.
///         - FTP_ERR_INVALID_ARGUMENT: a pointer is NULL, or capacity is too small.
///
/// ftplib: parse257
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_parse257(
    reply: *const c_char,
    buffer: *mut c_char,
    capacity: usize,
) -> ftp_status {
    let parse = || {
        // SAFETY: the header's contract.
        let reply = unsafe { reply_in(reply) }?;
        let buffer = not_null(buffer)?;
        let path = parse_257(&reply).map_err(|_| ftp_status::FTP_ERR_REPLY)?;
        // SAFETY: the header's contract.
        unsafe { text_out(&path, buffer, capacity) }
    };
    status_of(parse)
}
