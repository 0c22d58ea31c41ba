//! Data connections for dialogues that the program leads itself.

use std::ffi::{c_char, c_int};
use std::os::fd::{AsRawFd, IntoRawFd};

use super::boundary::call::{Call, run};
use super::boundary::guard::{not_null, peek};
use super::boundary::handle::State;
use super::boundary::text::copy_out;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::error::{Error, Result};

/// Asks the server to listen for a data connection (PASV on IPv4, EPSV on IPv6).
///
/// @param host      receives the address as a string: that of the server, unless
///                  ftp_set_trust_server_pasv_ipv4_address() is on.
/// @param capacity  the size of host, 46 or more.
/// @param port      receives the port.
/// @return as ftp_voidcmd().
///         - FTP_ERR_PROTO: also if the reply names no address.
///
/// ftplib: makepasv
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

/// Listens for a data connection from the server, and sends the server the address (PORT on IPv4,
/// EPRT on IPv6).
///
/// @param out  receives the listening descriptor, in blocking mode. The caller closes it, and checks
///             who connects to it.
/// @return as ftp_voidcmd().
///
/// ftplib: makeport
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

/// Returns the descriptor of the control connection.
///
/// @return the descriptor, which the library keeps. Reading from it or writing to it breaks the
///         session. -1 if the handle is not connected.
///
/// ftplib: sock
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_control_fd(ftp: *const ftp_handle) -> c_int {
    let descriptor =
        |state: &State| state.client.look(|client| client.control_fd().map(|fd| fd.as_raw_fd())).flatten();
    // SAFETY: the header's contract.
    unsafe { peek(ftp, None, descriptor) }.unwrap_or(-1)
}
