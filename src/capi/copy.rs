//! Copies from server to server.

use std::ffi::{c_char, c_int};

use super::guard::with_state;
use super::handle::{State, ftp_handle};
use super::status::ftp_status;
use super::strings::{optional, required};
use super::transfers::transfer_type;
use crate::client::Client;
use crate::error::Error;

/// Copies a file from one server to another. The data goes from server to server and not through this program.
///
/// The target connects to the host that the source handle is connected to, whatever address that host names, unless
/// ftp_set_trust_server_pasv_ipv4_address() of the source is on. Many servers refuse such data connections. When one side
/// fails, the transfer of the other is aborted. The limit of FTP_PHASE_FINAL of each handle holds for the whole copy, since
/// the servers say nothing until it is done; that of FTP_PHASE_TOTAL is the source's.
///
/// @param source      the handle that the file is read on.
/// @param name        the file's name there.
/// @param target      the handle that the file is written on, another one.
/// @param targetname  its name there; NULL or "" is the same name.
/// @param type        'I' for image or 'A' for ASCII.
/// @return FTP_OK when both servers confirmed it; otherwise as ftp_voidcmd(), with the text in the source handle, whichever
///         side it concerns.
///
/// Thread rule: one thread owns both handles. (ftplib: ftpcp)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_copy(
    source: *mut ftp_handle,
    name: *const c_char,
    target: *mut ftp_handle,
    targetname: *const c_char,
    r#type: c_int,
) -> ftp_status {
    if target.is_null() || source == target {
        let refuse = |_: &mut State, _: &mut Client| {
            Err(Error::InvalidArgument("the target is NULL, or the same handle as the source".into()))
        };
        // SAFETY: the header's contract.
        return unsafe { with_state(source, refuse) };
    }
    let mut status = ftp_status::FTP_OK;
    // SAFETY: the header's contract.
    let target_status = unsafe {
        with_state(target, |_, target| {
            status = with_state(source, |_, source| {
                let name = required(name, "name")?;
                let target_name = optional(targetname).filter(|name| !name.is_empty());
                let kind = transfer_type(r#type)?;
                let reactors = (source.reactor().clone(), target.reactor().clone());
                let target_name = target_name.as_ref().unwrap_or(&name);
                reactors.0.block_on_with(&reactors.1, source.copy_to(target, &name, target_name, kind))
            });
            Ok(())
        })
    };
    if target_status == ftp_status::FTP_OK { status } else { target_status }
}
