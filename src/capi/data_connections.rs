//! Data connections for dialogues of one's own.

use std::ffi::{c_char, c_int};
use std::os::fd::{AsRawFd, IntoRawFd};

use super::boundary::call::{Call, run};
use super::boundary::guard::{not_null, peek};
use super::boundary::handle::State;
use super::boundary::text::copy_out;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::error::{Error, Result};

/// Asks the server to listen for a data connection (PASV on IPv4, EPSV on IPv6), for dialogues of one's own.
///
/// @param ftp       the handle.
/// @param host  gets the address as text: the server's own, unless ftp_set_trust_server_pasv_ipv4_address() is on.
/// @param len       the size of host, 46 or more.
/// @param port      gets the port.
/// @return FTP_OK; FTP_ERR_PROTO when the reply names no address; otherwise as ftp_voidcmd().
///
/// Thread rule: the thread that owns the handle. (ftplib: makepasv)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_makepasv(
    ftp: *mut ftp_handle,
    host: *mut c_char,
    capacity: usize,
    port: *mut u16,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            room_for_an_address(host, capacity)?;
            not_null(port, "port").map(drop)
        };
        run(
            ftp,
            Call::keep("ftp_makepasv"),
            &inputs,
            |client, _, seat| seat.house(client.makepasv()),
            &|_, address: std::net::SocketAddr| {
                // It has room for every address.
                let _ = copy_out(address.ip().to_string().as_bytes(), host, capacity);
                *port = address.port();
            },
        )
    }
}

/// There is room for every address as a text.
pub(super) fn room_for_an_address(host: *mut c_char, capacity: usize) -> Result<()> {
    /// The longest text of an IPv6 address, with its NUL.
    const LONGEST: usize = 46;
    not_null(host, "host")?;
    if capacity < LONGEST {
        return Err(Error::InvalidArgument(format!("host must have room for {LONGEST} bytes")));
    }
    Ok(())
}

/// Listens for a data connection of the server and tells it where (PORT on IPv4, EPRT on IPv6), for dialogues of one's own.
///
/// @param ftp        the handle.
/// @param out  gets the listening descriptor, in blocking mode, to be closed by the caller. Whoever connects to it is to
///                   be checked by the caller as well.
/// @return as ftp_voidcmd().
///
/// Thread rule: the thread that owns the handle. (ftplib: makeport)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_makeport(ftp: *mut ftp_handle, out: *mut c_int) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || not_null(out, "out").map(drop);
        run(
            ftp,
            Call::keep("ftp_makeport"),
            &inputs,
            |client, _, seat| seat.house(client.makeport()),
            &|_, socket: std::net::TcpListener| {
                *out = socket.into_raw_fd();
            },
        )
    }
}

/// The descriptor of the control connection.
///
/// @param ftp  the handle.
/// @return the descriptor, which stays the library's: reading from it or writing to it breaks the session. -1 when not
///         connected, for a NULL handle, and while a call is running.
///
/// Thread rule: the thread that owns the handle. (ftplib: sock)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_control_fd(ftp: *const ftp_handle) -> c_int {
    let descriptor =
        |state: &State| state.client.look(|client| client.control_fd().map(|fd| fd.as_raw_fd())).flatten();
    // SAFETY: the header's contract.
    unsafe { peek(ftp, None, descriptor) }.unwrap_or(-1)
}
