//! The addresses of the connections.

use std::ffi::{c_char, c_int};

use super::boundary::call::now;
use super::boundary::guard::not_null;
use super::boundary::text::copy_out;
use super::data_connections::room_for_an_address;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::client::{Ends, Which};
use crate::error::{Error, Result};

/// The connection of commands and replies.
pub const FTP_CONTROL_CONNECTION: c_int = 0;
/// The data connection of the transfer that is open, or of the last one of the session.
pub const FTP_DATA_CONNECTION: c_int = 1;

/// Tells from which address of this machine a connection comes, or at which it was accepted.
///
/// @param ftp       the handle.
/// @param which     FTP_CONTROL_CONNECTION or FTP_DATA_CONNECTION.
/// @param host  gets the address as text, in digits.
/// @param capacity       the size of host, 46 or more.
/// @param port      gets the port.
/// @return FTP_OK; FTP_ERR_STATE when not connected, or no transfer of the session has had a data connection, or the last one had none;
///         FTP_ERR_INVALID_ARGUMENT; FTP_ERR_BUSY, so also while a call has not ended; FTP_ERR_IO when the connection is gone;
///         FTP_ERR_INTERNAL.
///
/// It is the same with TLS as without. Thread rule: the thread that owns the handle. (ftplib: sock.getsockname())
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_local_address(
    ftp: *mut ftp_handle,
    which: c_int,
    host: *mut c_char,
    capacity: usize,
    port: *mut u16,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe { tell(ftp, which, host, capacity, port, |ends| ends.local) }
}

/// Tells to which address a connection goes, or from which it was accepted: that of the server, or of whoever ftp_set_active_peer() and
/// ftp_set_trust_server_pasv_ipv4_address() allow.
///
/// @param ftp       the handle.
/// @param which     FTP_CONTROL_CONNECTION or FTP_DATA_CONNECTION.
/// @param host  gets the address as text, in digits.
/// @param capacity       the size of host, 46 or more.
/// @param port      gets the port.
/// @return as ftp_local_address().
///
/// Thread rule: the thread that owns the handle. (ftplib: sock.getpeername())
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_peer_address(
    ftp: *mut ftp_handle,
    which: c_int,
    host: *mut c_char,
    capacity: usize,
    port: *mut u16,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe { tell(ftp, which, host, capacity, port, |ends| ends.peer) }
}

/// # Safety
/// The header's contract of [`ftp_local_address`].
unsafe fn tell(
    ftp: *mut ftp_handle,
    which: c_int,
    host: *mut c_char,
    capacity: usize,
    port: *mut u16,
    end: fn(Ends) -> std::net::SocketAddr,
) -> ftp_status {
    // SAFETY: as this function's.
    unsafe {
        now(ftp, |_, client| {
            let which = connection(which)?;
            room_for_an_address(host, capacity)?;
            not_null(port, "port")?;
            let address = end(client.ends(which)?);
            copy_out(address.ip().to_string().as_bytes(), host, capacity)?;
            *port = address.port();
            Ok(())
        })
    }
}

fn connection(which: c_int) -> Result<Which> {
    match which {
        FTP_CONTROL_CONNECTION => Ok(Which::Control),
        FTP_DATA_CONNECTION => Ok(Which::Data),
        _ => Err(Error::InvalidArgument(format!("there is no connection {which}"))),
    }
}
