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

/// Copies a file from one server to another. The data goes from server to server, not through this
/// program.
///
/// The target server connects to the host that the source handle is connected to, whatever address
/// the source server names. ftp_set_trust_server_pasv_ipv4_address() on the source changes that.
/// Many servers refuse such data connections. If one side fails, the library aborts the transfer of
/// the other.
///
/// @param source       the handle with the server to read from.
/// @param source_name  the name of the file there.
/// @param target       the handle with the server to write to. It is another handle, and the same
///                     thread owns both.
/// @param target_name  the name of the file there. NULL or "" is the same name.
/// @param type         FTP_TYPE_IMAGE or FTP_TYPE_ASCII, that is 'I' or 'A'.
/// @return FTP_OK: both servers confirmed the copy. Otherwise as ftp_voidcmd(). ftp_last_error() of
///         the source tells of both sides.
///
/// - The limit of FTP_PHASE_FINAL of each handle holds for the whole copy, since the servers are
///   silent until the copy is done.
/// - The limit of FTP_PHASE_TOTAL, and whether the call waits, are settings of the source.
///
/// ftplib: ftpcp
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
        let (partner, name, target_name) =
            unsafe { (Partner::of(target)?, required(source_name, "source_name")?, optional(target_name)) };
        let target_name = target_name.filter(|name| !name.is_empty()).unwrap_or_else(|| name.clone());
        let kind = transfer_type(r#type)?;
        Ok(Copying { name, target: partner, target_name, kind })
    };
    // SAFETY: the header's contract.
    let status = unsafe {
        run(
            source,
            Call::own("ftp_copy").with_report(),
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
