//! What every function does around its one job: no NULL, no second caller, no panic gets past it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::handle::{Handle, State, ftp_handle};
use super::pending::Pending;
use super::slot::{Absent, Gone, Lent};
use super::status::ftp_status;
use super::strings::Text;
use crate::client::Client;
use crate::error::{Error, Result};

/// Runs a job that never waits, with the state of the handle, and keeps its outcome for the getters. For those that may wait see
/// [`run`](super::run).
///
/// # Safety
/// `ftp` is NULL, or a handle that is not freed before this returns.
pub(super) unsafe fn with_state(
    ftp: *mut ftp_handle,
    job: impl FnOnce(&mut State, &mut Client) -> Result<()>,
) -> ftp_status {
    // SAFETY: as this function's.
    match unsafe { Handle::from_ptr(ftp) } {
        Some(handle) => with_handle(handle, job),
        None => ftp_status::FTP_ERR_INVALID_ARGUMENT,
    }
}

/// [`with_state`] for a handle that is known to be there.
pub(super) fn with_handle(
    handle: &Handle,
    job: impl FnOnce(&mut State, &mut Client) -> Result<()>,
) -> ftp_status {
    let Some(mut state) = handle.try_lock() else {
        return ftp_status::FTP_ERR_BUSY;
    };
    state.begin();
    if !handle.process.is_current() {
        return state.refuse(&of_another_process());
    }
    if let Some(pending) = state.pending.take() {
        let status = state.refuse_during(&pending);
        state.pending = Some(pending);
        return status;
    }
    let mut lent = match state.lend() {
        Ok(lent) => lent,
        Err(status) => return status,
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| job(&mut state, lent.client()?)));
    drop(lent);
    match outcome {
        Ok(Ok(())) => {
            state.keep_replies();
            ftp_status::FTP_OK
        }
        Ok(Err(error)) => {
            state.keep_replies();
            state.refuse(&error)
        }
        Err(panic) => state.panicked(panic.as_ref()),
    }
}

impl State {
    /// The client, or the status that says why it cannot be had.
    pub(super) fn lend(&mut self) -> Result<Lent, ftp_status> {
        self.client.lend().map_err(|absent| match absent {
            Absent::Lent => {
                self.error = Text::new(b"the handle is the target of an ftp_copy() that has not ended");
                ftp_status::FTP_ERR_BUSY
            }
            Absent::Gone(Gone::Freed) => ftp_status::FTP_ERR_STATE,
            Absent::Gone(Gone::Panicked) => {
                self.error = Text::new(
                    b"an earlier call has failed with an internal error: the handle can only be freed",
                );
                ftp_status::FTP_ERR_INTERNAL
            }
        })
    }

    /// Keeps an error for the getters.
    pub(super) fn refuse(&mut self, error: &Error) -> ftp_status {
        self.fail(error);
        ftp_status::of(error)
    }

    pub(super) fn refuse_during(&mut self, pending: &Pending) -> ftp_status {
        let text =
            format!("{}() has not ended: repeat it with the same arguments, or cancel it", pending.name);
        self.error = Text::new(text.as_bytes());
        ftp_status::FTP_ERR_BUSY
    }

    /// A panic closes all connections: whatever state they were in, nobody uses them again.
    pub(super) fn panicked(&mut self, panic: &(dyn Any + Send)) -> ftp_status {
        let text = format!("internal error, please report it: {}", panic_text(panic));
        self.error = Text::new(text.as_bytes());
        let _ = catch_unwind(AssertUnwindSafe(|| {
            self.pending = None;
            self.client.close(Gone::Panicked);
        }));
        ftp_status::FTP_ERR_INTERNAL
    }
}

/// [`with_state`] for a job that needs the client alone.
///
/// # Safety
/// As [`with_state`].
pub(super) unsafe fn call(ftp: *mut ftp_handle, job: impl FnOnce(&mut Client) -> Result<()>) -> ftp_status {
    // SAFETY: as this function's.
    unsafe { with_state(ftp, |_, client| job(client)) }
}

/// Looks at the state whether a call has returned FTP_AGAIN or not. What the getters tell stays, unless it fails.
///
/// # Safety
/// As [`with_state`].
pub(super) unsafe fn with_lock(
    ftp: *mut ftp_handle,
    job: impl FnOnce(&mut State) -> Result<()>,
) -> ftp_status {
    // SAFETY: as this function's.
    let Some(handle) = (unsafe { Handle::from_ptr(ftp) }) else {
        return ftp_status::FTP_ERR_INVALID_ARGUMENT;
    };
    let Some(mut state) = handle.try_lock() else {
        return ftp_status::FTP_ERR_BUSY;
    };
    if !handle.process.is_current() {
        return state.refuse(&of_another_process());
    }
    match catch_unwind(AssertUnwindSafe(|| job(&mut state))) {
        Ok(Ok(())) => ftp_status::FTP_OK,
        Ok(Err(error)) => state.refuse(&error),
        Err(panic) => state.panicked(panic.as_ref()),
    }
}

/// Reads the state for a getter; `otherwise` when there is no handle, or while a call is running.
///
/// # Safety
/// As [`with_state`].
pub(super) unsafe fn peek<T>(ftp: *const ftp_handle, otherwise: T, read: impl FnOnce(&State) -> T) -> T {
    // SAFETY: as this function's.
    let handle = unsafe { Handle::from_ptr(ftp) };
    match handle.and_then(Handle::try_lock) {
        Some(state) => read(&state),
        None => otherwise,
    }
}

/// For an argument that must not be NULL; `name` is the argument's.
pub(super) fn not_null<T>(pointer: *mut T, name: &str) -> Result<*mut T> {
    if pointer.is_null() { Err(Error::InvalidArgument(format!("{name} is NULL"))) } else { Ok(pointer) }
}

pub(super) fn of_another_process() -> Error {
    Error::OutOfTurn(
        "the handle was made before fork(), in another process: here it can only be freed".into(),
    )
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    if let Some(text) = panic.downcast_ref::<&str>() {
        text
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text
    } else {
        "a panic without a text"
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;
    use crate::capi::{ftp_close, ftp_free, ftp_last_error, ftp_new, ftp_set_pasv};

    #[test]
    fn a_panic_is_a_status_and_leaves_a_handle_that_only_tells_and_dies() {
        let ftp = ftp_new();
        // SAFETY: `ftp` is a new handle, freed at the end.
        unsafe {
            assert_eq!(with_state(ftp, |_, _| panic!("on purpose")), ftp_status::FTP_ERR_INTERNAL);
            let text = CStr::from_ptr(ftp_last_error(ftp)).to_str().unwrap();
            assert!(text.contains("on purpose"), "{text}");
            assert_eq!(ftp_set_pasv(ftp, 1), ftp_status::FTP_ERR_INTERNAL);
            assert_eq!(ftp_close(ftp), ftp_status::FTP_ERR_INTERNAL);
            ftp_free(ftp);
        }
    }

    #[test]
    fn a_call_inside_a_call_is_busy_and_changes_nothing() {
        let ftp = ftp_new();
        // SAFETY: as above.
        unsafe {
            let status = with_state(ftp, |_, _| {
                assert_eq!(ftp_close(ftp), ftp_status::FTP_ERR_BUSY);
                let text = CStr::from_ptr(ftp_last_error(ftp)).to_str().unwrap();
                assert_eq!(text, "another call is running on this handle");
                ftp_free(ftp);
                Err(Error::InvalidArgument("mine".into()))
            });
            assert_eq!(status, ftp_status::FTP_ERR_INVALID_ARGUMENT);
            assert_eq!(CStr::from_ptr(ftp_last_error(ftp)), c"mine");
            ftp_free(ftp);
        }
    }
}
