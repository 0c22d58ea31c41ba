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
use crate::protocol::charset::Charset;

/// Chooses who opens data connections: the client (passive mode, the default) or the server (active mode).
///
/// Passive mode uses PASV on IPv4 and EPSV on IPv6, active mode PORT and EPRT (RFC 959, RFC 2428).
///
/// @param ftp      the handle.
/// @param on  0 is active mode, anything else passive mode.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for a NULL handle; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// Thread rule: the thread that owns the handle. (ftplib: set_pasv)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_pasv(ftp: *mut ftp_handle, on: c_int) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        client.set_passive(on != 0);
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

/// Chooses whether the commands of RFC 2428 are tried on IPv4 as well: EPSV before PASV, EPRT before PORT.
///
/// When the server refuses them, its reply to EPSV names no port, or the port cannot be reached, which some firewalls bring about, the
/// old commands are used for the rest of the session, also after this call again. The other way round EPSV is used, whatever is set
/// here, once a reply to PASV could not be read. On IPv6 there is no choice: it is EPSV and EPRT always.
///
/// @param ftp  the handle.
/// @param on   0 is off, the default; anything else is on.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for a NULL handle; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// Thread rule: the thread that owns the handle. (ftplib: never on IPv4)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_epsv(ftp: *mut ftp_handle, on: c_int) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        client.set_extended(on != 0);
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

/// Sets where this client listens in active mode, and which address it tells the server in PORT or EPRT.
///
/// It counts from the next data connection on, and for connections of the address's own family only.
///
/// @param ftp       the handle.
/// @param bind      an address of this machine in digits, IPv4 or IPv6; "0.0.0.0" and "::" listen everywhere. NULL is the
///                  address that the control connection comes from.
/// @param external  the address in digits at which the server reaches this machine, such as that of a NAT router which
///                  forwards the ports of ftp_set_active_ports(). NULL is the one that is listened at.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for a NULL handle or what is no address; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// Who is let in then is the matter of ftp_set_active_peer(). Thread rule: the thread that owns the handle. (ftplib: none)
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

/// Sets who may open data connections in active mode, besides the host that the control connection goes to.
///
/// Anybody else is refused: whoever finds the port first must not get the data. Some servers connect from another address than the one
/// they are reached at, because of a load balancer or a second network card. When somebody was refused and the server says that the
/// transfer is complete, the call returns FTP_ERR_INTEGRITY; any error names the address that was refused.
///
/// @param ftp      the handle.
/// @param address  one more address, in digits, IPv4 or IPv6; an IPv4 address counts in its IPv6 form (::ffff:192.0.2.1) as well. "*"
///                 lets everybody in: then the first who connects sends the data, or gets it. NULL, the default, is nobody else.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for a NULL handle or what is no address; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// It counts from the next data connection on. Thread rule: the thread that owns the handle. (ftplib: lets everybody in)
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

/// Sets the ports at which this client listens in active mode, such as those that a firewall lets through.
///
/// @param ftp    the handle.
/// @param first  the first port; 0 with last 0 is any port, the default.
/// @param last   the last port, not below first.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for a NULL handle or what is no such range; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///         When all ports are taken, the transfer returns FTP_ERR_IO.
///
/// It counts from the next data connection on. Thread rule: the thread that owns the handle. (ftplib: none)
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

/// Sets where connections come from on this machine.
///
/// The control connection comes from host and port, and so do data connections in passive mode, but from any port where this one cannot
/// be had. It counts from the next connection on, that for data included.
///
/// @param ftp   the handle.
/// @param host  an address or name of this machine; NULL is the system's choice again.
/// @param port  the port; 0 is any.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for a NULL handle or a host that cannot be one; FTP_ERR_BUSY;
///         FTP_ERR_INTERNAL.
///
/// Thread rule: the thread that owns the handle. (ftplib: source_address)
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

/// Sets how long a line may be: of a reply, of text that is received, of text that is sent with ftp_storlines().
///
/// @param ftp    the handle.
/// @param bytes  the limit in bytes, line end included, 1 or more. The default is 8192. In text that is received any line end
///               counts as one byte.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for a NULL handle or 0; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// Thread rule: the thread that owns the handle. (ftplib: maxline)
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

/// Sets the encoding of names and text on the wire. The program's side is always UTF-8.
///
/// With "utf-8", the default, bytes that are no UTF-8 pass through unchanged in both directions: a name from a listing can
/// always be sent back. With another encoding, commands that it cannot express are refused with
/// FTP_ERR_INVALID_ARGUMENT, and bytes that mean nothing in it arrive as U+FFFD. The data of ftp_retrbinary(),
/// ftp_storbinary() and ftp_storlines() is never converted.
///
/// @param ftp    the handle.
/// @param label  "utf-8", "latin-1" (ISO 8859-1), or another label of the WHATWG Encoding Standard that is no UTF-16.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for a NULL handle or an unknown label; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// It counts from the next call on. Thread rule: the thread that owns the handle. (ftplib: encoding)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_encoding(ftp: *mut ftp_handle, label: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        now(ftp, |_, client| {
            let label = required(label, "label")?;
            let charset = Charset::for_label(&label).ok_or_else(|| {
                let label = String::from_utf8_lossy(&label).replace(char::is_control, "?");
                Error::InvalidArgument(format!("there is no encoding called {label}"))
            })?;
            client.set_charset(charset);
            Ok(())
        })
    }
}

/// Chooses whether data connections go to the address that the server names in its reply to PASV.
///
/// By default they go to the server that the control connection goes to: a hostile server could name another host
/// (CVE-2021-4189), and one behind NAT names an address that cannot be reached.
///
/// @param ftp    the handle.
/// @param on  0 is the default, anything else trusts the reply.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for a NULL handle; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// Thread rule: the thread that owns the handle. (ftplib: trust_server_pasv_ipv4_address)
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

/// Chooses whether the ABOR that ends a transfer is announced with urgent data (RFC 854: "synch").
///
/// Servers of the BSD line look up from a transfer for nothing else; without it they may end the session. Others take it for
/// a part of the command.
///
/// @param ftp     the handle.
/// @param on  0 is off, the default; anything else is on.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for a NULL handle; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// Thread rule: the thread that owns the handle. (ftplib: abort always sends urgent data)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_urgent_abort(ftp: *mut ftp_handle, on: c_int) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        client.set_urgent_abort(on != 0);
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

/// Is asked before a control connection is opened and before a command is sent.
///
/// @param event    "ftplib.connect" or "ftplib.sendcmd"; allow those that you do not know, or refuse them.
/// @param host     the host as it was given to ftp_connect().
/// @param port     the port.
/// @param command  the command without line end, what PASS and ACCT say as `****`; NULL for "ftplib.connect".
/// @param user     the pointer that was given with the callback.
/// @return 0 to allow it; anything else refuses it: the call returns FTP_ERR_DENIED and nothing is sent.
///
/// The ABOR that ends a transfer which was stopped or cancelled is not asked for, nor are the NOOPs of ftp_set_noop_interval(). See ftp_data_fn for what a callback may do.
pub type ftp_audit_fn = Option<
    unsafe extern "C-unwind" fn(
        event: *const c_char,
        host: *const c_char,
        port: u16,
        command: *const c_char,
        user: *mut c_void,
    ) -> c_int,
>;

/// Sets the function that is asked before anything is done.
///
/// @param ftp       the handle.
/// @param audit_cb  the function; NULL removes it.
/// @param user      handed to it as it is. It must be valid until the callback is replaced or the handle is freed.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for a NULL handle; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// The callback runs on the thread of the call. Thread rule: the thread that owns the handle. (ftplib: its audit events)
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
                unsafe { function(event.as_ptr(), host.as_ptr(), port, command, user.get()) == 0 }
            })
        });
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}
