//! The one way into a handle: no NULL, no other process, no second caller gets past it, no panic out of it, and nobody cancels a
//! thread inside.

use std::any::Any;
use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::busy::{Busy, Running};
use super::handle::{State, ftp_handle};
use super::pending::Pending;
use super::slot::{Absent, Gone, Lent};
use super::status::ftp_status;
use super::strings::Text;
use super::thread::{self, Uncancelled};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::net::{Process, Wake};

/// What is behind the pointer to a handle.
///
/// Threads share it, so nothing here is reached by `&mut` but `state`, and that only through [`enter`].
pub(super) struct Handle {
    busy: Busy,
    /// Where the handle was made, and the only place where it can be used.
    process: Process,
    wake: Arc<Wake>,
    state: UnsafeCell<State>,
}

// SAFETY: the state, which may move between threads, is reached only through the lock; the rest is shared by design.
unsafe impl Sync for Handle where State: Send {}

// It is shared by its users' threads, and its last reference may be dropped by any of them.
const _: fn() = || {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Handle>();
};

/// What somebody comes in for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A call, which only the process that has made the handle can make.
    Call,
    /// A getter. It leaves no trace, and tells a forked child what its parent was told.
    Look,
    /// The end of the handle or of a transfer. A forked child gives up its copy.
    Free,
}

/// The state of a handle, and the right to use it. Given back when dropped.
pub(super) struct Inside<'a> {
    handle: &'a Handle,
    /// The handle is a copy that fork() has made of another process's.
    pub(super) is_forked: bool,
    _running: Running<'a>,
}

/// Runs a job with the state of a handle. Everything that uses a handle comes this way, but for [`ftp_cancel`](super::ftp_cancel).
///
/// # Errors
/// The status that says why the job did not run, or not to its end.
///
/// # Safety
/// `ftp` is NULL, or a handle that is not freed before this returns.
pub(super) unsafe fn enter<T>(
    ftp: *const ftp_handle,
    purpose: Purpose,
    job: impl FnOnce(&mut Inside<'_>) -> T,
) -> Result<T, ftp_status> {
    // SAFETY: as this function's.
    let Some(handle) = (unsafe { Handle::from_ptr(ftp) }) else {
        return Err(ftp_status::FTP_ERR_INVALID_ARGUMENT);
    };
    let entered = shielded(|| {
        let running = match purpose {
            Purpose::Look => handle.busy.try_look(),
            Purpose::Call | Purpose::Free => handle.busy.try_begin(thread::current()),
        };
        let running = running.ok_or(ftp_status::FTP_ERR_BUSY)?;
        let is_forked = !handle.process.is_current();
        let mut inside = Inside { handle, is_forked, _running: running };
        if is_forked && purpose == Purpose::Call {
            inside.begin();
            return Err(inside.refuse(&of_another_process("the handle")));
        }
        catch_unwind(AssertUnwindSafe(|| job(&mut inside))).map_err(|panic| inside.panicked(panic))
    });
    entered.unwrap_or(Err(ftp_status::FTP_ERR_INTERNAL))
}

/// What is around all that C calls: a panic ends here, and the thread is not cancelled before. `None` after a panic.
pub(super) fn shielded<T>(job: impl FnOnce() -> T) -> Option<T> {
    let _uncancelled = Uncancelled::new();
    // What a panic carries is not dropped: that could panic again.
    catch_unwind(AssertUnwindSafe(job)).map_err(std::mem::forget).ok()
}

impl Handle {
    pub(super) fn new(wake: Arc<Wake>, state: State) -> Handle {
        let process = Process::current();
        Handle { busy: Busy::new(thread::current()), process, wake, state: UnsafeCell::new(state) }
    }

    /// # Safety
    /// `handle` is NULL or comes from [`ftp_new`](super::ftp_new) and was not freed; it stays so as long as the reference is used.
    pub(super) unsafe fn from_ptr<'a>(handle: *const ftp_handle) -> Option<&'a Handle> {
        // SAFETY: as this function's.
        unsafe { handle.cast::<Handle>().as_ref() }
    }

    /// A reference that outlives the user's.
    ///
    /// # Safety
    /// As [`Handle::from_ptr`], for a handle that is not NULL.
    pub(super) unsafe fn share(handle: *const ftp_handle) -> Arc<Handle> {
        let handle = handle.cast::<Handle>();
        // SAFETY: the pointer comes from Arc::into_raw, and the user's own reference keeps it alive.
        unsafe {
            Arc::increment_strong_count(handle);
            Arc::from_raw(handle)
        }
    }

    /// Stops the call that is running, whichever thread's.
    pub(super) fn cancel(&self) {
        self.wake.cancel();
    }

    /// Whether the last call on the handle was made by this thread.
    pub(super) fn was_called_by_this_thread(&self) -> bool {
        self.busy.last_was_of(thread::current())
    }
}

impl Deref for Inside<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        // SAFETY: `busy` is ours, so nobody else has a reference to the state.
        unsafe { &*self.handle.state.get() }
    }
}

impl DerefMut for Inside<'_> {
    fn deref_mut(&mut self) -> &mut State {
        // SAFETY: as above.
        unsafe { &mut *self.handle.state.get() }
    }
}

/// A call that never waits, with the state of the handle; its outcome is kept for the getters. For those that may wait see
/// [`run`](super::run).
///
/// # Safety
/// As [`enter`].
pub(super) unsafe fn with_state(
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
pub(super) unsafe fn call(ftp: *const ftp_handle, job: impl FnOnce(&mut Client) -> Result<()>) -> ftp_status {
    // SAFETY: as this function's.
    unsafe { with_state(ftp, |_, client| job(client)) }
}

/// Reads the state for a getter; `otherwise` when there is no handle, or while a call is running.
///
/// # Safety
/// As [`enter`].
pub(super) unsafe fn peek<T>(ftp: *const ftp_handle, otherwise: T, read: impl FnOnce(&State) -> T) -> T {
    // SAFETY: as this function's.
    unsafe { enter(ftp, Purpose::Look, |state| read(state)) }.unwrap_or(otherwise)
}

impl State {
    /// Runs a job that never waits, unless a call is under way.
    pub(super) fn at_once(&mut self, job: impl FnOnce(&mut State, &mut Client) -> Result<()>) -> ftp_status {
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
    fn panicked(&mut self, panic: Box<dyn Any + Send>) -> ftp_status {
        let text = format!("internal error, please report it: {}", panic_text(panic.as_ref()));
        // Not dropped: that could panic again.
        std::mem::forget(panic);
        self.error = Text::new(text.as_bytes());
        let pending = self.pending.take();
        self.client.close(Gone::Panicked);
        drop(pending);
        ftp_status::FTP_ERR_INTERNAL
    }
}

/// For an argument that must not be NULL; `name` is the argument's.
pub(super) fn not_null<T>(pointer: *mut T, name: &str) -> Result<*mut T> {
    if pointer.is_null() { Err(Error::InvalidArgument(format!("{name} is NULL"))) } else { Ok(pointer) }
}

pub(super) fn of_another_process(whose: &str) -> Error {
    Error::OutOfTurn(format!("{whose} was made before fork(), in another process: here it can only be freed"))
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
    use crate::capi::pending::Operation;
    use crate::capi::run::run_to;
    use crate::capi::{ftp_close, ftp_free, ftp_last_error, ftp_last_reply_code, ftp_new, ftp_set_pasv};

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

    /// Panics when it is dropped, wherever that is.
    struct Trap;

    impl Drop for Trap {
        fn drop(&mut self) {
            panic!("a trap");
        }
    }

    fn waits_with_a_trap(_: &mut Client, (): ()) -> Operation<'_, ()> {
        Box::pin(async {
            let _trap = Trap;
            std::future::pending().await
        })
    }

    #[test]
    fn a_panic_is_caught_wherever_it_comes_from() {
        let getter = |ftp: *mut ftp_handle| {
            // SAFETY: `ftp` is a new handle, freed at the end; so for the others.
            assert_eq!(unsafe { peek(ftp, 7, |_| panic!("a getter")) }, 7);
            "a getter"
        };
        let operation = |ftp: *mut ftp_handle| {
            // SAFETY: as above.
            let status = unsafe {
                run_to(ftp, "f", || Ok(()), |_, ()| Box::pin(async { panic!("an operation") }), |_, ()| ())
            };
            assert_eq!(status, ftp_status::FTP_ERR_INTERNAL);
            "an operation"
        };
        let result = |ftp: *mut ftp_handle| {
            // SAFETY: as above.
            let status = unsafe {
                run_to(ftp, "f", || Ok(()), |_, ()| Box::pin(async { Ok(()) }), |_, ()| panic!("a result"))
            };
            assert_eq!(status, ftp_status::FTP_ERR_INTERNAL);
            "a result"
        };
        let dropped = |ftp: *mut ftp_handle| {
            // SAFETY: as above.
            let status = unsafe {
                with_state(ftp, |state, _| {
                    state.blocking = false;
                    Ok(())
                })
            };
            assert_eq!(status, ftp_status::FTP_OK);
            // SAFETY: as above.
            unsafe {
                assert_eq!(run_to(ftp, "f", || Ok(()), waits_with_a_trap, |_, ()| ()), ftp_status::FTP_AGAIN);
                assert_eq!(ftp_close(ftp), ftp_status::FTP_ERR_INTERNAL);
            }
            "a trap"
        };
        let places: [&dyn Fn(*mut ftp_handle) -> &'static str; 4] = [&getter, &operation, &result, &dropped];
        for place in places {
            let ftp = ftp_new();
            let expected = place(ftp);
            // SAFETY: as above.
            unsafe {
                let text = CStr::from_ptr(ftp_last_error(ftp)).to_str().unwrap();
                assert!(text.contains(expected), "{text}");
                assert_eq!(ftp_last_reply_code(ftp), 0);
                assert_eq!(ftp_set_pasv(ftp, 1), ftp_status::FTP_ERR_INTERNAL);
                ftp_free(ftp);
            }
        }
    }

    #[test]
    fn a_call_that_panics_when_it_is_given_up_is_freed_as_any_other() {
        let ftp = ftp_new();
        // SAFETY: `ftp` is a new handle, freed at the end.
        unsafe {
            with_state(ftp, |state, _| {
                state.blocking = false;
                Ok(())
            });
            assert_eq!(run_to(ftp, "f", || Ok(()), waits_with_a_trap, |_, ()| ()), ftp_status::FTP_AGAIN);
            ftp_free(ftp);
        }
    }

    #[test]
    fn what_has_no_handle_is_shielded_as_well() {
        assert_eq!(shielded(|| 1), Some(1));
        assert_eq!(shielded(|| -> u8 { panic!("on purpose") }), None);
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
