//! Calls that may have to wait: in blocking mode until they have ended, else until they would have to.

use std::any::Any;
use std::task::Poll;

use super::guard::{Purpose, enter};
use super::handle::State;
use super::pending::{Function, Operation, Pending};
use super::slot::{Absent, Gone, Lent};
use super::text::Text;
use crate::capi::handle::ftp_handle;
use crate::capi::status::ftp_status;
use crate::client::Client;
use crate::error::{Error, Result};

/// Runs a call that may have to wait: to its end, or as far as it can, after which the same call is to be repeated.
///
/// `inputs` checks and copies what the caller gave; a repetition is known by them. `deliver` gets what came of it, and writes
/// it where this call wants it, not the first one: what a pointer for results points to may be another place by then.
///
/// # Safety
/// `ftp` is NULL, or a handle that is not freed before this returns. What `inputs` points to is valid until the call ends.
pub(crate) unsafe fn run_to<I, T>(
    ftp: *const ftp_handle,
    function: impl Into<Function>,
    inputs: impl FnOnce() -> Result<I>,
    operation: impl for<'a> FnOnce(&'a mut Client, I) -> Operation<'a, T> + Send + 'static,
    deliver: impl FnOnce(&mut State, T),
) -> ftp_status
where
    I: Clone + PartialEq + Send + 'static,
    T: Send + 'static,
{
    let function = function.into();
    // SAFETY: as this function's.
    let entered = unsafe {
        enter(ftp, Purpose::Call, |state| {
            let value = match state.go_on(function, inputs, operation)? {
                Poll::Ready(outcome) => outcome.and_then(|value| of_type(value, function.name)),
                Poll::Pending => return Err(ftp_status::FTP_AGAIN),
            };
            state.keep_replies();
            value.map(|value| deliver(state, value)).map_err(|error| state.refuse(&error))
        })
    };
    entered.and_then(|outcome| outcome).err().unwrap_or(ftp_status::FTP_OK)
}

/// [`run_to`] for a call that has no result but its status.
///
/// # Safety
/// As there.
pub(crate) unsafe fn run<I: Clone + PartialEq + Send + 'static>(
    ftp: *const ftp_handle,
    function: impl Into<Function>,
    inputs: impl FnOnce() -> Result<I>,
    operation: impl for<'a> FnOnce(&'a mut Client, I) -> Operation<'a, ()> + Send + 'static,
) -> ftp_status {
    // SAFETY: as this function's.
    unsafe { run_to(ftp, function, inputs, operation, |_, ()| ()) }
}

/// A call that never waits, with the state of the handle; its outcome is kept for the getters. For those that may wait see
/// [`run`](super::run).
///
/// # Safety
/// As [`enter`].
pub(crate) unsafe fn with_state(
    ftp: *const ftp_handle,
    job: impl FnOnce(&mut State, &mut Client) -> Result<()>,
) -> ftp_status {
    // SAFETY: as this function's.
    unsafe { enter(ftp, Purpose::Call, |state| state.at_once(job)) }.unwrap_or_else(|refusal| refusal)
}

/// [`with_state`] for a job that needs the client alone.
///
/// # Safety
/// As [`enter`].
pub(crate) unsafe fn call(ftp: *const ftp_handle, job: impl FnOnce(&mut Client) -> Result<()>) -> ftp_status {
    // SAFETY: as this function's.
    unsafe { with_state(ftp, |_, client| job(client)) }
}

impl State {
    /// Runs a job that never waits, unless a call is under way.
    pub(crate) fn at_once(&mut self, job: impl FnOnce(&mut State, &mut Client) -> Result<()>) -> ftp_status {
        self.begin();
        if let Some(pending) = self.pending.take() {
            let status = self.refuse_during(&pending);
            self.pending = Some(pending);
            return status;
        }
        let mut lent = match self.lend() {
            Ok(lent) => lent,
            Err(status) => return status,
        };
        let outcome = lent.client().and_then(|client| job(self, client));
        drop(lent);
        self.keep_replies();
        match outcome {
            Ok(()) => ftp_status::FTP_OK,
            Err(error) => self.refuse(&error),
        }
    }

    /// The client, or the status that says why it cannot be had.
    pub(crate) fn lend(&mut self) -> Result<Lent, ftp_status> {
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
    pub(crate) fn refuse(&mut self, error: &Error) -> ftp_status {
        self.fail(error);
        ftp_status::of(error)
    }

    pub(crate) fn refuse_during(&mut self, pending: &Pending) -> ftp_status {
        let text =
            format!("{}() has not ended: repeat it with the same arguments, or cancel it", pending.name);
        self.error = Text::new(text.as_bytes());
        ftp_status::FTP_ERR_BUSY
    }

    /// Begins the call, or goes on with it.
    fn go_on<I, T>(
        &mut self,
        function: Function,
        inputs: impl FnOnce() -> Result<I>,
        operation: impl for<'a> FnOnce(&'a mut Client, I) -> Operation<'a, T> + Send + 'static,
    ) -> Result<Poll<Result<Box<dyn Any + Send>>>, ftp_status>
    where
        I: Clone + PartialEq + Send + 'static,
        T: Send + 'static,
    {
        self.begin();
        let inputs = inputs().map_err(|error| self.refuse(&error))?;
        let mut pending = match self.pending.take() {
            Some(pending) if pending.is(function.name, &inputs) => pending,
            Some(other) => {
                let status = self.refuse_during(&other);
                self.pending = Some(other);
                return Err(status);
            }
            None => {
                let lent = self.lend()?;
                Pending::new(function, inputs, lent, operation).map_err(|error| self.refuse(&error))?
            }
        };
        let outcome =
            if self.blocking { Poll::Ready(pending.finish(self.while_waiting)) } else { pending.advance() };
        if outcome.is_pending() {
            self.pending = Some(pending);
        }
        Ok(outcome)
    }
}

fn of_type<T: 'static>(value: Box<dyn Any + Send>, name: &str) -> Result<T> {
    let value = value.downcast::<T>();
    value.map(|value| *value).map_err(|_| Error::OutOfTurn(format!("{name} has ended in an unexpected way")))
}
