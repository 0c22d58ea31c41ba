//! The second handle of a call that uses two.

use std::sync::Arc;

use super::call::Report;
use super::guard::{Purpose, enter, of_another_process};
use super::slot::{Lent, Slot};
use crate::capi::handle::ftp_handle;
use crate::capi::status::ftp_status;
use crate::error::{Error, Result};

/// Where the client of that handle is. It is one of the inputs of the call, by which a repetition is known.
pub(crate) struct Partner(Arc<Slot>);

impl PartialEq for Partner {
    fn eq(&self, other: &Partner) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Partner {
    /// It is a call on this handle, too, with a report of its own.
    ///
    /// # Safety
    /// As [`enter`], for a handle that is not NULL.
    pub(crate) unsafe fn of(target: *mut ftp_handle) -> Result<Partner> {
        // SAFETY: as this function's.
        let slot = unsafe {
            enter(target, Purpose::Call, |state| {
                state.forget_reports(Report::Transfer);
                state.client.clone()
            })
        };
        slot.map(Partner).map_err(|status| match status {
            ftp_status::FTP_ERR_STATE => of_another_process("the target handle"),
            _ => is_busy(),
        })
    }

    /// Its client, for as long as the call has it.
    pub(crate) fn lend(&self) -> Result<Lent> {
        self.0.lend().map_err(|_| is_busy())
    }

    /// After the call: what the server of that handle has said is for its getters. Nobody else's business: a handle that is not
    /// there, or busy, has nothing to keep.
    ///
    /// # Safety
    /// As [`enter`].
    pub(crate) unsafe fn keep_replies(target: *mut ftp_handle) {
        // SAFETY: as this function's.
        let _ = unsafe { enter(target, Purpose::Look, |state| state.keep_replies()) };
    }
}

fn is_busy() -> Error {
    Error::Busy("another call is running on the target handle".into())
}
