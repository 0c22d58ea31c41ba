//! What a handle has given out, such as a transfer: it keeps its handle alive, so that the two can be freed in any order.

use std::sync::Arc;

use super::guard::{Purpose, enter, shielded};
use super::handle::{Handle, State};
use crate::capi::handle::ftp_handle;
use crate::capi::status::ftp_status;

/// What is behind the pointer `C` to such an object. `Id` names it to the client.
pub(crate) struct Child<Id> {
    handle: Arc<Handle>,
    pub(crate) id: Id,
}

impl<Id: Copy> Child<Id> {
    /// The pointer of a new one.
    ///
    /// # Safety
    /// `ftp` is a handle that is not freed.
    pub(crate) unsafe fn hand_out<C>(ftp: *const ftp_handle, id: Id) -> *mut C {
        // SAFETY: as this function's.
        Box::into_raw(Box::new(unsafe { Child::new(ftp, id) })).cast()
    }

    /// A new one that is part of something else.
    ///
    /// # Safety
    /// As [`Child::hand_out`].
    pub(crate) unsafe fn new(ftp: *const ftp_handle, id: Id) -> Child<Id> {
        // SAFETY: as this function's.
        Child { handle: unsafe { Handle::share(ftp) }, id }
    }

    /// # Safety
    /// `child` is NULL, or comes from [`Child::hand_out`] and is not freed as long as the reference is used.
    pub(crate) unsafe fn from_ptr<'a, C>(child: *const C) -> Option<&'a Child<Id>> {
        // SAFETY: as this function's.
        unsafe { child.cast::<Child<Id>>().as_ref() }
    }

    /// The handle as its functions take it. It is not freed before this object.
    pub(crate) fn ftp(&self) -> *const ftp_handle {
        Arc::as_ptr(&self.handle).cast()
    }

    /// Frees it, unless another call is running on the handle. `give_up` ends what it stands for; it is not called in a child of
    /// fork(), where that is the parent's.
    ///
    /// # Safety
    /// As [`Child::from_ptr`]; when this has freed it, nobody uses it again.
    pub(crate) unsafe fn free<C>(child: *mut C, give_up: impl FnOnce(&mut State, Id)) {
        // SAFETY: as this function's.
        let Some(this) = (unsafe { Child::<Id>::from_ptr(child) }) else { return };
        if this.end(give_up) {
            // SAFETY: the pointer comes from `hand_out`, and this is its only end.
            shielded(|| drop(unsafe { Box::from_raw(child.cast::<Child<Id>>()) }));
        }
    }

    /// The first half of [`Child::free`]: whether it may be freed.
    pub(crate) fn end(&self, give_up: impl FnOnce(&mut State, Id)) -> bool {
        // SAFETY: it keeps its handle.
        let given_up = unsafe {
            enter(self.ftp(), Purpose::Free, |state| {
                if !state.is_forked {
                    give_up(state, self.id);
                }
            })
        };
        // A panic costs no more than what was to be given up.
        given_up != Err(ftp_status::FTP_ERR_BUSY)
    }
}
