//! The calls on a handle: those that may have to wait go through [`run`], those that never do through [`now`].

use std::sync::Arc;
use std::task::Poll;

use super::guard::{Purpose, enter};
use super::handle::State;
use super::pending::Pending;
use super::slot::{Absent, Gone, Lent};
use super::task::{AnyTask, Operation, Task, value_of};
use crate::capi::handle::ftp_handle;
use crate::capi::status::ftp_status;
use crate::client::Client;
use crate::error::{Error, Result};

/// A call that may have to wait.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Call {
    /// The function's, by which a repetition is known.
    pub(super) name: &'static str,
    pub(super) session: Session,
    pub(super) report: Report,
}

/// What a call is to the session.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Session {
    /// One step of it, which leaves it in step or closed.
    Keep,
    /// The call leaves the session, if there is one, and begins another.
    Anew,
    /// The call brings its sessions back into step by itself.
    Own,
}

/// Which report tells of a call: that of an earlier one is not to be taken for it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Report {
    None,
    /// ftp_last_report().
    Transfer,
    /// This, and ftp_last_mirror_report().
    Mirror,
}

impl Call {
    /// A step within the session.
    pub(crate) const fn keep(name: &'static str) -> Call {
        Call { name, session: Session::Keep, report: Report::None }
    }

    /// The beginning of another session.
    pub(crate) const fn anew(name: &'static str) -> Call {
        Call { name, session: Session::Anew, report: Report::None }
    }

    /// A call that uses more than one session.
    pub(crate) const fn own(name: &'static str) -> Call {
        Call { name, session: Session::Own, report: Report::None }
    }

    /// It moves a file or a listing.
    pub(crate) const fn with_report(self) -> Call {
        Call { report: Report::Transfer, ..self }
    }

    /// It makes trees equal.
    pub(crate) const fn with_mirror_report(self) -> Call {
        Call { report: Report::Mirror, ..self }
    }
}

/// Runs a call that may have to wait: to its end, or as far as it can, after which the same call is to be repeated.
///
/// `inputs` checks and copies what the caller gave; a repetition is known by them. `deliver` gets what came of it, and writes
/// it where this call wants it, not the first one: what a pointer for results points to may be another place by then.
///
/// What is generic here is small, since it exists once for each pair of types; the rest is in [`State::make`].
///
/// # Safety
/// `ftp` is NULL, or a handle that is not freed before this returns. What `inputs` points to is valid until the call ends.
pub(crate) unsafe fn run<I, T>(
    ftp: *const ftp_handle,
    call: Call,
    inputs: &dyn Fn() -> Result<I>,
    operation: Operation<I, T>,
    deliver: &dyn Fn(&mut State, T),
) -> ftp_status
where
    I: PartialEq + Send + Sync + 'static,
    T: Send + 'static,
{
    let task = || Ok(Arc::new(Task::new(inputs()?, operation)) as Arc<dyn AnyTask>);
    let deliver = |state: &mut State, task: &dyn AnyTask| value_of(task).map(|value| deliver(state, value));
    // SAFETY: as this function's.
    unsafe { enter(ftp, Purpose::Call, |state| state.make(call, &task, &deliver)) }
        .unwrap_or_else(|refusal| refusal)
}

/// For a call that has no result but its status.
pub(crate) fn nothing(_: &mut State, (): ()) {}

/// A call that never waits, with the state of the handle and its client. What came of it is kept for the getters.
///
/// # Safety
/// As [`enter`].
pub(crate) unsafe fn now(
    ftp: *const ftp_handle,
    job: impl FnOnce(&mut State, &mut Client) -> Result<()>,
) -> ftp_status {
    let mut job = Some(job);
    let mut once =
        |state: &mut State, client: &mut Client| job.take().map_or(Ok(()), |job| job(state, client));
    // SAFETY: as this function's.
    unsafe { enter(ftp, Purpose::Call, |state| state.at_once(&mut once)) }.unwrap_or_else(|refusal| refusal)
}

/// Makes the task of a call out of what the caller gave.
type Take<'a> = &'a dyn Fn() -> Result<Arc<dyn AnyTask>>;
/// Gives the caller what came of a task, if anything did.
type Deliver<'a> = &'a dyn Fn(&mut State, &dyn AnyTask) -> Option<()>;
/// What a call that never waits does, once.
type AtOnce<'a> = &'a mut dyn FnMut(&mut State, &mut Client) -> Result<()>;

impl State {
    /// Begins a call or goes on with it, and tells what came of it.
    fn make(&mut self, call: Call, task: Take<'_>, deliver: Deliver<'_>) -> ftp_status {
        let mut pending = match self.begin_or_find(call, task) {
            Ok(pending) => pending,
            Err(status) => return status,
        };
        let outcome =
            if self.blocking { Poll::Ready(pending.finish(self.while_waiting)) } else { pending.advance() };
        let Poll::Ready(outcome) = outcome else {
            self.pending = Some(pending);
            return ftp_status::FTP_AGAIN;
        };
        let task = pending.task.clone();
        // The client comes home.
        drop(pending);
        self.keep_replies();
        let outcome = match outcome {
            Ok(()) => deliver(self, &*task)
                .ok_or_else(|| Error::OutOfTurn(format!("{} has ended in an unexpected way", call.name))),
            Err(error) => Err(error),
        };
        self.status_of(outcome)
    }

    fn begin_or_find(&mut self, call: Call, task: Take<'_>) -> Result<Pending, ftp_status> {
        self.begin();
        if self.pending.is_none() {
            self.forget_reports(call.report);
        }
        let task = task().map_err(|error| self.refuse(&error))?;
        match self.pending.take() {
            Some(pending) if pending.is(call.name, &*task) => Ok(pending),
            Some(other) => Err(self.refuse_during(other)),
            None => {
                let lent = self.lend()?;
                Pending::new(call, task, lent).map_err(|error| self.refuse(&error))
            }
        }
    }

    /// Forgets what is known of earlier calls, before one that has such a report: this one may be refused. A client that another
    /// call has keeps what it knows.
    pub(super) fn forget_reports(&mut self, which: Report) {
        if which == Report::None {
            return;
        }
        let Ok(mut lent) = self.client.lend() else { return };
        let Ok(client) = lent.client() else { return };
        client.forget_report();
        self.report = client.last_report();
        if which == Report::Mirror {
            client.forget_mirror();
            self.mirror = None;
        }
    }

    /// Runs a job that never waits, unless a call is under way.
    pub(crate) fn at_once(&mut self, job: AtOnce<'_>) -> ftp_status {
        let mut lent = match self.begin_at_once() {
            Ok(lent) => lent,
            Err(status) => return status,
        };
        let outcome = lent.client().and_then(|client| job(self, client));
        drop(lent);
        self.keep_replies();
        self.status_of(outcome)
    }

    fn begin_at_once(&mut self) -> Result<Lent, ftp_status> {
        self.begin();
        match self.pending.take() {
            Some(pending) => Err(self.refuse_during(pending)),
            None => self.lend(),
        }
    }

    /// The client, or the status that says why it cannot be had.
    pub(crate) fn lend(&mut self) -> Result<Lent, ftp_status> {
        self.client.lend().map_err(|absent| match absent {
            Absent::Lent => {
                self.error.set(b"the handle is the target of an ftp_copy() that has not ended");
                ftp_status::FTP_ERR_BUSY
            }
            Absent::Gone(Gone::Freed) => ftp_status::FTP_ERR_STATE,
            Absent::Gone(Gone::Panicked) => {
                self.error
                    .set(b"an earlier call has failed with an internal error: the handle can only be freed");
                ftp_status::FTP_ERR_INTERNAL
            }
        })
    }

    /// Keeps an error for the getters.
    pub(crate) fn refuse(&mut self, error: &Error) -> ftp_status {
        self.fail(error);
        ftp_status::of(error)
    }

    fn status_of(&mut self, outcome: Result<()>) -> ftp_status {
        match outcome {
            Ok(()) => ftp_status::FTP_OK,
            Err(error) => self.refuse(&error),
        }
    }

    /// Refuses a call because another one has not ended, which stays.
    fn refuse_during(&mut self, pending: Pending) -> ftp_status {
        let text =
            format!("{}() has not ended: repeat it with the same arguments, or cancel it", pending.name);
        self.error.set(text.as_bytes());
        self.pending = Some(pending);
        ftp_status::FTP_ERR_BUSY
    }
}
