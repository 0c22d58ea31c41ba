//! What every function does around its one job: no NULL, no second caller, no panic gets past it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::handle::{Handle, State, ftp_handle};
use super::status::ftp_status;
use super::strings::Text;
use crate::client::Client;
use crate::error::{Error, Result};

/// Runs `job` with the state of the handle and keeps its outcome for the getters.
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
    // A panic drops the client, and with it all connections: whatever state they were in, nobody uses them again.
    let Some(mut client) = state.client.take() else {
        return if state.is_freed { ftp_status::FTP_ERR_STATE } else { ftp_status::FTP_ERR_INTERNAL };
    };
    state.begin();
    let is_ours = handle.process.is_current();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let outcome = if is_ours { job(&mut state, &mut client) } else { Err(of_another_process()) };
        (client, outcome)
    }));
    match outcome {
        Ok((client, outcome)) => {
            state.client = Some(client);
            state.keep_replies();
            match outcome {
                Ok(()) => ftp_status::FTP_OK,
                Err(error) => {
                    state.fail(&error);
                    ftp_status::of(&error)
                }
            }
        }
        Err(panic) => {
            let text = format!("internal error, please report it: {}", panic_text(panic.as_ref()));
            state.error = Text::new(text.as_bytes());
            ftp_status::FTP_ERR_INTERNAL
        }
    }
}

/// Runs a clean-up that leaves what the getters tell as it is; false, and nothing is run, while a call is running. In a
/// forked child there is nothing to clean up: what was opened is the parent's.
pub(super) fn quietly(handle: &Handle, job: impl FnOnce(&mut Client)) -> bool {
    let Some(mut state) = handle.try_lock() else { return false };
    if !handle.process.is_current() {
        return true;
    }
    if let Some(mut client) = state.client.take() {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            job(&mut client);
            client
        }));
        state.client = outcome.ok();
    }
    true
}

/// [`with_state`] for a job that needs the client alone.
///
/// # Safety
/// As [`with_state`].
pub(super) unsafe fn call(ftp: *mut ftp_handle, job: impl FnOnce(&mut Client) -> Result<()>) -> ftp_status {
    // SAFETY: as this function's.
    unsafe { with_state(ftp, |_, client| job(client)) }
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

fn of_another_process() -> Error {
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
