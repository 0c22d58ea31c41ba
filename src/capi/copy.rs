//! Copies from server to server.

use std::ffi::{c_char, c_int};

use super::boundary::call::{Call, nothing, run};
use super::boundary::partner::Partner;
use super::boundary::text::{optional, required};
use super::handle::ftp_handle;
use super::status::ftp_status;
use super::transfers::transfer_type;
use crate::client::TransferType;
use crate::error::Error;

/// What a call was given.
#[derive(PartialEq)]
struct Copying {
    name: Vec<u8>,
    target: Partner,
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
/// @param source_name        the file's name there.
/// @param target      the handle that the file is written on, another one.
/// @param target_name  its name there; NULL or "" is the same name.
/// @param type        FTP_TYPE_IMAGE or FTP_TYPE_ASCII, that is 'I' or 'A'.
/// @return FTP_OK when both servers confirmed it; otherwise as ftp_voidcmd(), with the text in the source handle, whichever
///         side it concerns.
///
/// Thread rule: one thread owns both handles. (ftplib: ftpcp)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_copy(
    source: *mut ftp_handle,
    source_name: *const c_char,
    target: *mut ftp_handle,
    target_name: *const c_char,
    r#type: c_int,
) -> ftp_status {
    let inputs = || {
        if target.is_null() || source == target {
            let text = "the target is NULL, or the same handle as the source";
            return Err(Error::InvalidArgument(text.into()));
        }
        // SAFETY: the header's contract.
        let (name, target_name) = unsafe { (required(source_name, "source_name")?, optional(target_name)) };
        let target_name = target_name.filter(|name| !name.is_empty()).unwrap_or_else(|| name.clone());
        let kind = transfer_type(r#type)?;
        // SAFETY: the header's contract.
        Ok(Copying { name, target: unsafe { Partner::of(target) }?, target_name, kind })
    };
    // SAFETY: the header's contract.
    let status = unsafe {
        run(
            source,
            Call::own("ftp_copy"),
            &inputs,
            |source, copy, seat| {
                seat.house(async move {
                    let mut lent = copy.target.lend()?;
                    let target = lent.client()?;
                    let reactors = (source.reactor().clone(), target.reactor().clone());
                    let copying = source.copy_to(target, &copy.name, &copy.target_name, copy.kind);
                    reactors.0.joined(&reactors.1, copying).await
                })
            },
            &nothing,
        )
    };
    if status != ftp_status::FTP_AGAIN && source != target {
        // SAFETY: the header's contract.
        unsafe { Partner::keep_replies(target) };
    }
    status
}
