//! Calls that may have to wait: in blocking mode until they have ended, else until they would have to.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use super::guard::of_another_process;
use super::handle::{Handle, State, ftp_handle};
use super::pending::Pending;
use super::status::ftp_status;
use crate::client::Client;
use crate::error::{Error, Result};

/// Runs a call that may have to wait: to its end, or as far as it can, after which the same call is to be repeated.
///
/// `inputs` checks and copies what the caller gave; a repetition is known by them. `deliver` gets what came of it, and writes
/// it where this call wants it, not the first one: what a pointer for results points to may be another place by then.
///
/// # Safety
/// `ftp` is NULL, or a handle that is not freed before this returns. What `inputs` points to is valid until the call ends.
pub(super) unsafe fn run_to<I, T>(
    ftp: *mut ftp_handle,
    name: &'static str,
    inputs: impl FnOnce() -> Result<I>,
    operation: impl AsyncFnOnce(&mut Client, I) -> Result<T> + 'static,
    deliver: impl FnOnce(&mut State, T),
) -> ftp_status
where
    I: Clone + PartialEq + 'static,
    T: 'static,
{
    // SAFETY: as this function's.
    match unsafe { Handle::from_ptr(ftp) } {
        Some(handle) => run_on(handle, name, inputs, operation, deliver),
        None => ftp_status::FTP_ERR_INVALID_ARGUMENT,
    }
}

/// [`run_to`] for a call that has no result but its status.
///
/// # Safety
/// As there.
pub(super) unsafe fn run<I: Clone + PartialEq + 'static>(
    ftp: *mut ftp_handle,
    name: &'static str,
    inputs: impl FnOnce() -> Result<I>,
    operation: impl AsyncFnOnce(&mut Client, I) -> Result<()> + 'static,
) -> ftp_status {
    // SAFETY: as this function's.
    unsafe { run_to(ftp, name, inputs, operation, |_, ()| ()) }
}

/// [`run_to`] for a handle that is known to be there.
pub(super) fn run_on<I, T>(
    handle: &Handle,
    name: &'static str,
    inputs: impl FnOnce() -> Result<I>,
    operation: impl AsyncFnOnce(&mut Client, I) -> Result<T> + 'static,
    deliver: impl FnOnce(&mut State, T),
) -> ftp_status
where
    I: Clone + PartialEq + 'static,
    T: 'static,
{
    let operation = async |client: &mut Client, inputs: I| {
        client.perform(async |client| operation(client, inputs).await).await
    };
    run_as_it_is(handle, name, inputs, operation, deliver)
}

/// [`run`] for an operation that leaves the session, if there is one, and begins another.
///
/// # Safety
/// As there.
pub(super) unsafe fn run_anew<I: Clone + PartialEq + 'static>(
    ftp: *mut ftp_handle,
    name: &'static str,
    inputs: impl FnOnce() -> Result<I>,
    operation: impl AsyncFnOnce(&mut Client, I) -> Result<()> + 'static,
) -> ftp_status {
    // SAFETY: as this function's.
    let Some(handle) = (unsafe { Handle::from_ptr(ftp) }) else {
        return ftp_status::FTP_ERR_INVALID_ARGUMENT;
    };
    let operation = async |client: &mut Client, inputs: I| {
        client.perform_anew(async |client| operation(client, inputs).await).await
    };
    run_as_it_is(handle, name, inputs, operation, |_, ()| ())
}

/// [`run_on`] for an operation that brings its sessions back into step by itself.
pub(super) fn run_as_it_is<I, T>(
    handle: &Handle,
    name: &'static str,
    inputs: impl FnOnce() -> Result<I>,
    operation: impl AsyncFnOnce(&mut Client, I) -> Result<T> + 'static,
    deliver: impl FnOnce(&mut State, T),
) -> ftp_status
where
    I: Clone + PartialEq + 'static,
    T: 'static,
{
    let Some(mut state) = handle.try_lock() else {
        return ftp_status::FTP_ERR_BUSY;
    };
    state.begin();
    if !handle.process.is_current() {
        return state.refuse(&of_another_process());
    }
    let turn = catch_unwind(AssertUnwindSafe(|| {
        let inputs = match inputs() {
            Ok(inputs) => inputs,
            Err(error) => return Turn::Refused(state.refuse(&error)),
        };
        let mut pending = match state.pending.take() {
            Some(pending) if pending.is(name, &inputs) => pending,
            Some(other) => {
                let status = state.refuse_during(&other);
                state.pending = Some(other);
                return Turn::Refused(status);
            }
            None => match state.lend().and_then(|lent| {
                Pending::new(name, inputs, lent, operation).map_err(|error| state.refuse(&error))
            }) {
                Ok(pending) => pending,
                Err(status) => return Turn::Refused(status),
            },
        };
        let outcome = if state.blocking { Poll::Ready(pending.finish()) } else { pending.advance() };
        match outcome {
            Poll::Ready(outcome) => Turn::Ended(outcome),
            Poll::Pending => {
                state.pending = Some(pending);
                Turn::Again
            }
        }
    }));
    match turn {
        Ok(Turn::Refused(status)) => status,
        Ok(Turn::Again) => ftp_status::FTP_AGAIN,
        Ok(Turn::Ended(outcome)) => {
            state.keep_replies();
            let value = outcome.and_then(|value| value.downcast::<T>().map_err(|_| not_of_this_type(name)));
            match value {
                Ok(value) => {
                    deliver(&mut state, *value);
                    ftp_status::FTP_OK
                }
                Err(error) => state.refuse(&error),
            }
        }
        Err(panic) => state.panicked(panic.as_ref()),
    }
}

/// What became of one call of a function that may have to wait.
enum Turn {
    Refused(ftp_status),
    Again,
    Ended(Result<Box<dyn Any>>),
}

fn not_of_this_type(name: &str) -> Error {
    Error::OutOfTurn(format!("{name} has ended in an unexpected way"))
}
