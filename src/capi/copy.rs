//! Copies from server to server.

use std::ffi::{c_char, c_int};
use std::sync::Arc;

use super::boundary::call::run;
use super::boundary::guard::{Purpose, enter, of_another_process};
use super::boundary::pending::Function;
use super::boundary::slot::Slot;
use super::boundary::text::{optional, required};
use super::handle::ftp_handle;
use super::status::ftp_status;
use super::transfers::transfer_type;
use crate::client::TransferType;
use crate::error::{Error, Result};

/// What a call was given.
#[derive(Clone, PartialEq)]
struct Copying {
    name: Vec<u8>,
    target: Target,
    target_name: Vec<u8>,
    kind: TransferType,
}

/// Where the client of the target handle is.
#[derive(Clone)]
struct Target(Arc<Slot>);

impl PartialEq for Target {
    fn eq(&self, other: &Target) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Target {
    /// It is a call on this handle, too.
    ///
    /// # Safety
    /// As [`enter`].
    unsafe fn of(target: *mut ftp_handle) -> Result<Target> {
        // SAFETY: as this function's.
        let slot = unsafe { enter(target, Purpose::Call, |state| state.client.clone()) };
        slot.map(Target).map_err(|status| match status {
            ftp_status::FTP_ERR_STATE => of_another_process("the target handle"),
            _ => is_busy(),
        })
    }
}

fn is_busy() -> Error {
    Error::Busy("another call is running on the target handle".into())
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
        Ok(Copying { name, target: unsafe { Target::of(target) }?, target_name, kind })
    };
    // SAFETY: the header's contract.
    let status = unsafe {
        run(source, Function::as_it_is("ftp_copy"), inputs, |source, copy| {
            Box::pin(async move {
                let mut lent = copy.target.0.lend().map_err(|_| is_busy())?;
                let target = lent.client()?;
                let reactors = (source.reactor().clone(), target.reactor().clone());
                let copying = source.copy_to(target, &copy.name, &copy.target_name, copy.kind);
                reactors.0.joined(&reactors.1, copying).await
            })
        })
    };
    if status != ftp_status::FTP_AGAIN && source != target {
        // SAFETY: the header's contract. Nobody else's business: a target that is not there, or busy, has nothing to keep.
        let _ = unsafe { enter(target, Purpose::Look, |state| state.keep_replies()) };
    }
    status
}
