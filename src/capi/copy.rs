//! Copies from server to server.

use std::ffi::{c_char, c_int};

use super::handle::{Handle, ftp_handle};
use super::run::run_as_it_is;
use super::status::ftp_status;
use super::strings::{optional, required};
use super::transfers::transfer_type;
use crate::client::{Client, TransferType};
use crate::error::Error;

/// What a call was given.
#[derive(Clone, PartialEq)]
struct Copying {
    name: Vec<u8>,
    target: *mut ftp_handle,
    target_name: Vec<u8>,
    kind: TransferType,
}

/// Copies a file from one server to another. The data goes from server to server and not through this program.
///
/// The target connects to the host that the source handle is connected to, whatever address that host names, unless
/// ftp_set_trust_server_pasv_ipv4_address() of the source is on. Many servers refuse such data connections. When one side
/// fails, the transfer of the other is aborted. The limit of FTP_PHASE_FINAL of each handle holds for the whole copy, since
/// the servers say nothing until it is done; that of FTP_PHASE_TOTAL is the source's, and so is whether the call waits.
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
    // SAFETY: the header's contract.
    let (near, far) = unsafe { (Handle::from_ptr(source), Handle::from_ptr(target)) };
    let Some(near) = near else { return ftp_status::FTP_ERR_INVALID_ARGUMENT };
    let inputs = || {
        if target.is_null() || source == target {
            let text = "the target is NULL, or the same handle as the source";
            return Err(Error::InvalidArgument(text.into()));
        }
        // SAFETY: the header's contract.
        let (name, target_name) = unsafe { (required(name, "name")?, optional(targetname)) };
        let target_name = target_name.filter(|name| !name.is_empty()).unwrap_or_else(|| name.clone());
        Ok(Copying { name, target, target_name, kind: transfer_type(r#type)? })
    };
    let slot = far.and_then(Handle::try_lock).map(|state| state.client.clone());
    let copy = async move |source: &mut Client, copy: Copying| {
        let busy = || Error::Busy("another call is running on the target handle".into());
        let mut lent = slot.and_then(|slot| slot.lend().ok()).ok_or_else(busy)?;
        let target = lent.client()?;
        let reactors = (source.reactor().clone(), target.reactor().clone());
        let copy = source.copy_to(target, &copy.name, &copy.target_name, copy.kind);
        reactors.0.joined(&reactors.1, copy).await
    };
    let status = run_as_it_is(near, "ftp_copy", inputs, copy, |_, ()| ());
    if status != ftp_status::FTP_AGAIN
        && let Some(mut state) = far.and_then(Handle::try_lock)
    {
        state.keep_replies();
    }
    status
}
