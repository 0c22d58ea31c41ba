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

/// The connection for commands and replies.
pub const FTP_CONTROL_CONNECTION: c_int = 0;
/// The data connection of the open transfer, or of the last transfer of the session.
pub const FTP_DATA_CONNECTION: c_int = 1;

/// Gets the local address of a connection.
///
/// The address is the same with TLS as without.
///
/// @param which     FTP_CONTROL_CONNECTION or FTP_DATA_CONNECTION.
/// @param host      receives the address in digits, as a string.
/// @param capacity  the size of host, 46 or more.
/// @param port      receives the port.
/// @return FTP_OK.
///         - FTP_ERR_STATE: the handle is not connected. Or no transfer of the session had a data
///           connection, or the last one had none.
///         - FTP_ERR_BUSY: also if a call has returned FTP_AGAIN and has not ended.
///         - FTP_ERR_IO: the connection is gone.
///
/// ftplib: sock.getsockname()
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

/// Gets the remote address of a connection.
///
/// It is the address of the server, or one that ftp_set_active_peer() or
/// ftp_set_trust_server_pasv_ipv4_address() allows.
///
/// @param which     FTP_CONTROL_CONNECTION or FTP_DATA_CONNECTION.
/// @param host      receives the address in digits, as a string.
/// @param capacity  the size of host, 46 or more.
/// @param port      receives the port.
/// @return as ftp_local_address().
///
/// ftplib: sock.getpeername()
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
