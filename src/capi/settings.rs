//! Settings of a handle.

use std::ffi::{c_char, c_int, c_void};
use std::net::IpAddr;
use std::ptr::null;

use super::boundary::call::now;
use super::boundary::callbacks::User;
use super::boundary::handle::State;
use super::boundary::text::{Text, optional, required};
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::client::{ActivePeer, AuditEvent, AuditHook, Client};
use crate::error::{Error, Result};
use crate::printable::printable;
use crate::protocol::charset::Charset;
use crate::protocol::system::System;

/// Chooses who opens data connections: the client (passive mode, on, the default) or the server
/// (active mode, off).
///
/// Passive mode uses PASV on IPv4 and EPSV on IPv6. Active mode uses PORT on IPv4 and EPRT on IPv6
/// (RFC 959, RFC 2428).
///
/// @param on  0 is active mode, anything else is passive mode.
/// @return FTP_OK.
///
/// ftplib: set_pasv
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_pasv(ftp: *mut ftp_handle, on: c_int) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        client.set_passive(on != 0);
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

/// Chooses whether the library also tries the commands of RFC 2428 on IPv4: EPSV before PASV, EPRT
/// before PORT.
///
/// @param on  0 is off, the default.
/// @return FTP_OK.
///
/// The library uses the old commands for the rest of the session, also after another call of this
/// function, in these cases:
///
/// - The server refuses the new ones.
/// - The reply to EPSV names no port.
/// - The port cannot be reached, as behind some firewalls.
///
/// Once a reply to PASV could not be read, the library uses EPSV whatever this setting is. On IPv6
/// it always uses EPSV and EPRT.
///
/// ftplib: never on IPv4
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_epsv(ftp: *mut ftp_handle, on: c_int) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        client.set_extended(on != 0);
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

/// Sets the address at which this client listens in active mode, and the address that it sends in
/// PORT or EPRT.
///
/// The setting takes effect at the next data connection. It holds for connections of the same
/// address family only. ftp_set_active_peer() says who may connect.
///
/// @param bind      an address of this machine in digits, IPv4 or IPv6. "0.0.0.0" and "::" listen
///                  everywhere. NULL is the local address of the control connection.
/// @param external  the address in digits at which the server reaches this machine, such as that of
///                  a NAT router. The router must forward the ports of ftp_set_active_ports(). NULL
///                  is the address at which the client listens.
/// @return FTP_OK.
///         - FTP_ERR_INVALID_ARGUMENT: also for a string that is not an address.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_active_address(
    ftp: *mut ftp_handle,
    bind: *const c_char,
    external: *const c_char,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        now(ftp, |_, client| {
            let (bind, external) = (optional(bind), optional(external));
            client.set_active_address(in_digits(bind, "bind")?, in_digits(external, "external")?);
            Ok(())
        })
    }
}

/// Sets who may open data connections in active mode, besides the host of the control connection.
///
/// All others are refused: whoever finds the port first must not get the data. Some servers connect
/// from another address than the one they are reached at, because of a load balancer or a second
/// network card.
///
/// @param address  one more address in digits, IPv4 or IPv6. An IPv4 address also counts in its IPv6
///                 form, as in ::ffff:192.0.2.1. "*" admits everybody: then the first who connects
///                 sends the data or gets it. NULL, the default, admits nobody else.
/// @return FTP_OK.
///         - FTP_ERR_INVALID_ARGUMENT: also for a string that is not an address.
///
/// If someone was refused and the server then confirms the transfer, the call returns
/// FTP_ERR_INTEGRITY. Any error names the address that was refused. The setting takes effect at the
/// next data connection.
///
/// ftplib: admits everybody
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_active_peer(ftp: *mut ftp_handle, address: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        now(ftp, |_, client| {
            let peer = match optional(address) {
                Some(text) if text == b"*" => ActivePeer::Anybody,
                text => in_digits(text, "address")?.map_or(ActivePeer::Server, ActivePeer::Also),
            };
            client.set_active_peer(peer);
            Ok(())
        })
    }
}

/// Sets the ports at which this client listens in active mode, such as those that a firewall admits.
///
/// The setting takes effect at the next data connection. If all ports are taken, the transfer
/// returns FTP_ERR_IO.
///
/// @param first  the first port. 0 with last 0 is any port, the default.
/// @param last   the last port, not below first.
/// @return FTP_OK.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_active_ports(ftp: *mut ftp_handle, first: u16, last: u16) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| match (first, last) {
        (0, 0) => client.set_active_ports(None),
        _ => client.set_active_ports(Some(first..=last)),
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

/// An address in digits that C gives; `name` is the argument's.
fn in_digits(text: Option<Vec<u8>>, name: &str) -> Result<Option<IpAddr>> {
    let Some(text) = text else { return Ok(None) };
    let address = std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok());
    match address {
        Some(address) => Ok(Some(address)),
        None => Err(Error::InvalidArgument(format!("{name} is no address in digits"))),
    }
}

/// Sets the local address of connections.
///
/// It holds for the control connection and for data connections in passive mode. If a data
/// connection cannot have the port, it comes from any port. The setting takes effect at the next
/// connection, also at the next data connection.
///
/// Only addresses of the server that are of the same family are tried. So "0.0.0.0", which is any
/// address of this machine, chooses IPv4, and "::" chooses IPv6.
///
/// @param host  an address or a name of this machine. NULL leaves the choice to the system, the
///              default.
/// @param port  the port. 0 is any port.
/// @return FTP_OK.
///
/// ftplib: source_address
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_source_address(
    ftp: *mut ftp_handle,
    host: *const c_char,
    port: u16,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        now(ftp, |_, client| match optional(host) {
            None => client.set_source(None),
            Some(host) => {
                let host = String::from_utf8(host)
                    .map_err(|_| Error::InvalidArgument("the host is not UTF-8".into()))?;
                client.set_source(Some((&host, port)))
            }
        })
    }
}

/// Sets how long a line may be: in a reply, in received text, and in text that ftp_storlines()
/// sends.
///
/// @param bytes  the limit with the line end, 1 or more. The default is 8192. In received text any
///               line end counts as one byte.
/// @return FTP_OK.
///
/// ftplib: maxline
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_maxline(ftp: *mut ftp_handle, bytes: usize) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        if bytes == 0 {
            return Err(Error::InvalidArgument("the limit of a line must be 1 byte or more".into()));
        }
        client.set_max_line(bytes);
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

/// Sets the encoding of names and lines on the wire. The side of the program is always UTF-8.
///
/// - With "utf-8", the default, bytes that are not UTF-8 pass unchanged in both directions. So a
///   name from a listing can always be sent back.
/// - With another encoding, a command that it cannot express is FTP_ERR_INVALID_ARGUMENT. Bytes that
///   mean nothing in it arrive as U+FFFD.
/// - The data of ftp_retrbinary(), ftp_storbinary() and ftp_storlines() is never converted.
///
/// The setting takes effect at the next call.
///
/// @param label  "utf-8", "latin-1" (ISO 8859-1), or another label of the WHATWG Encoding Standard
///               except UTF-16.
/// @return FTP_OK.
///         - FTP_ERR_INVALID_ARGUMENT: also for an unknown label.
///
/// ftplib: encoding
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_encoding(ftp: *mut ftp_handle, label: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        now(ftp, |_, client| {
            let label = required(label, "label")?;
            let charset = Charset::for_label(&label).ok_or_else(|| {
                let label = printable(&label);
                Error::InvalidArgument(format!("there is no encoding called {label}"))
            })?;
            client.set_charset(charset);
            Ok(())
        })
    }
}

/// Chooses whether data connections go to the address that the server names in its reply to PASV.
///
/// By default they go to the host of the control connection. A hostile server could name another
/// host (CVE-2021-4189). A server behind NAT may name an address that cannot be reached.
///
/// @param on  0 is off, the default. On uses the address in the reply.
/// @return FTP_OK.
///
/// ftplib: trust_server_pasv_ipv4_address
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_trust_server_pasv_ipv4_address(
    ftp: *mut ftp_handle,
    on: c_int,
) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        client.set_trust_pasv_address(on != 0);
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

/// Chooses whether urgent data announces the ABOR that ends a transfer (RFC 854: "synch").
///
/// Servers of the BSD line notice nothing else during a transfer. Without urgent data they may end
/// the session. Other servers take it for a part of the command.
///
/// @param on  0 is off, the default.
/// @return FTP_OK.
///
/// ftplib: abort always sends urgent data
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_urgent_abort(ftp: *mut ftp_handle, on: c_int) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        client.set_urgent_abort(on != 0);
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

/// The library finds out what the server runs on.
pub const FTP_SYSTEM_AUTO: c_int = 0;
/// Unix, or another system whose paths have slashes.
pub const FTP_SYSTEM_UNIX: c_int = 1;
/// Windows.
pub const FTP_SYSTEM_WINDOWS: c_int = 2;
/// MVS and z/OS: data sets, and Unix paths.
pub const FTP_SYSTEM_MVS: c_int = 3;
/// IBM i, formerly OS/400.
pub const FTP_SYSTEM_IBM_I: c_int = 4;
/// OpenVMS.
pub const FTP_SYSTEM_VMS: c_int = 5;
/// z/VM.
pub const FTP_SYSTEM_ZVM: c_int = 6;
/// Guardian, of HP NonStop.
pub const FTP_SYSTEM_GUARDIAN: c_int = 7;

/// Sets what the server runs on, for the functions that list or look up paths: ftp_list_open(),
/// ftp_stat(), ftp_exists(), ftp_walk() and ftp_glob().
///
/// The system decides how these functions write paths. Some systems are also told how to list and
/// how to read paths:
///
/// - IBM i: SITE NAMEFMT 1 and SITE LISTFMT 1. From then on, all commands take paths with slashes.
/// - z/OS: SITE QUOTESOVERRIDE. A name in apostrophes is then a whole name.
///
/// The library sends them once in a login, before the first of these calls. It does so again after
/// ftp_reconnect(). The server may refuse them. It does not send what the program has chosen by such
/// a command itself.
///
/// @param system  one of FTP_SYSTEM_*. FTP_SYSTEM_AUTO, the default, goes by the greeting. If that
///                does not tell, and FEAT names no MLSD, the library sends SYST once in a login. The
///                format of a listing may tell as well. With any other value it never sends SYST.
/// @return FTP_OK.
///         - FTP_ERR_INVALID_ARGUMENT: also for another number.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_system(ftp: *mut ftp_handle, system: c_int) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        client.set_system(match system {
            FTP_SYSTEM_AUTO => None,
            FTP_SYSTEM_UNIX => Some(System::Plain),
            FTP_SYSTEM_WINDOWS => Some(System::Windows),
            FTP_SYSTEM_MVS => Some(System::Mvs),
            FTP_SYSTEM_IBM_I => Some(System::IbmI),
            FTP_SYSTEM_VMS => Some(System::Vms),
            FTP_SYSTEM_ZVM => Some(System::Zvm),
            FTP_SYSTEM_GUARDIAN => Some(System::Guardian),
            other => return Err(Error::InvalidArgument(format!("{other} is none of FTP_SYSTEM_*"))),
        });
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

/// Decides whether the library may open a control connection or send a command.
///
/// @param event    "ftplib.connect" or "ftplib.sendcmd". Allow or refuse events that you do not
///                 know.
/// @param host     the host as the program gave it to ftp_connect().
/// @param port     the port.
/// @param command  the command without line end. The arguments of PASS and ACCT are `****`. NULL for
///                 "ftplib.connect".
/// @param user     the pointer that the program gave with the callback.
/// @return 0 to allow it. Any other value refuses it: nothing is sent, and the call returns
///         FTP_ERR_DENIED.
///
/// The library does not ask for the ABOR that ends a stopped or cancelled transfer, and not for the
/// NOOPs of ftp_set_noop_interval(). ftp_data_fn has the rules for callbacks.
pub type ftp_audit_fn = Option<
    unsafe extern "C-unwind" fn(
        event: *const c_char,
        host: *const c_char,
        port: u16,
        command: *const c_char,
        user: *mut c_void,
    ) -> c_int,
>;

/// Sets the function that the library asks before it connects or sends a command.
///
/// @param audit_cb  the function. NULL removes it.
/// @param user      passed to the callback.
/// @return FTP_OK.
///
/// ftplib: its audit events
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_audit_callback(
    ftp: *mut ftp_handle,
    audit_cb: ftp_audit_fn,
    user: *mut c_void,
) -> ftp_status {
    let user = User::new(user);
    let set = |_: &mut State, client: &mut Client| {
        client.audit_mut().hook = audit_cb.map(|function| -> AuditHook {
            Box::new(move |event, host, port| {
                let host = Text::new(host.as_bytes());
                let (event, command) = match event {
                    AuditEvent::Connect => (c"ftplib.connect", None),
                    AuditEvent::SendCommand(command) => {
                        (c"ftplib.sendcmd", Some(Text::new(command.as_bytes())))
                    }
                };
                let command = command.as_ref().map_or(null(), Text::as_ptr);
                // SAFETY: the texts are valid during the call; function and pointer are the header's contract.
                user.call(|user| unsafe { function(event.as_ptr(), host.as_ptr(), port, command, user) == 0 })
            })
        });
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}
