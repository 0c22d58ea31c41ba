//! The one way into a handle: no NULL, no other process, no second caller gets past it, no panic out of it, and nobody cancels a
//! thread inside.

use std::any::Any;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::busy::Running;
use super::handle::{Handle, State};
use super::slot::Gone;
use super::thread::{self, Uncancelled};
use crate::capi::handle::ftp_handle;
use crate::capi::status::ftp_status;
use crate::error::{Error, Result};
use crate::net::LeftToParent;

/// What somebody comes in for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A call, which only the process that has made the handle can make.
    Call,
    /// A getter. It leaves no trace, and tells a forked child what its parent was told.
    Look,
    /// The end of the handle or of a transfer. A forked child gives up its copy.
    Free,
}

/// The state of a handle, and the right to use it. Given back when dropped.
pub(crate) struct Inside<'a> {
    handle: &'a Handle,
    /// The handle is a copy that fork() has made of another process's.
    pub(crate) is_forked: bool,
    _running: Running<'a>,
}

/// Runs a job with the state of a handle. Everything that uses a handle comes this way, but for [`ftp_cancel`](crate::capi::ftp_cancel).
///
/// # Errors
/// The status that says why the job did not run, or not to its end.
///
/// # Safety
/// `ftp` is NULL, or a handle that is not freed before this returns.
pub(crate) unsafe fn enter<T>(
    ftp: *const ftp_handle,
    purpose: Purpose,
    job: impl FnOnce(&mut Inside<'_>) -> T,
) -> Result<T, ftp_status> {
    let (mut job, mut output) = (Some(job), None);
    let mut once = |inside: &mut Inside<'_>| output = job.take().map(|job| job(inside));
    // SAFETY: as this function's.
    unsafe { enter_with(ftp, purpose, &mut once) }?;
    output.ok_or(ftp_status::FTP_ERR_INTERNAL)
}

/// [`enter`] for all types: it exists once in the library's code.
///
/// # Safety
/// As there.
unsafe fn enter_with(
    ftp: *const ftp_handle,
    purpose: Purpose,
    job: &mut dyn FnMut(&mut Inside<'_>),
) -> Result<(), ftp_status> {
    // SAFETY: as this function's.
    let Some(handle) = (unsafe { Handle::from_ptr(ftp) }) else {
        return Err(ftp_status::FTP_ERR_INVALID_ARGUMENT);
    };
    let entered = shielded(|| {
        let running = match purpose {
            Purpose::Look => handle.busy.try_look(),
            Purpose::Call | Purpose::Free => handle.busy.try_begin(thread::current()),
        };
        let Some(running) = running else { return Err(handle.why_busy(purpose)) };
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
pub(crate) fn shielded<T>(job: impl FnOnce() -> T) -> Option<T> {
    let _uncancelled = Uncancelled::new();
    // What a panic carries is not dropped: that could panic again.
    catch_unwind(AssertUnwindSafe(job)).map_err(std::mem::forget).ok()
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

/// Reads the state for a getter; `otherwise` when there is no handle, or while a call is running.
///
/// # Safety
/// As [`enter`].
pub(crate) unsafe fn peek<T>(ftp: *const ftp_handle, otherwise: T, read: impl FnOnce(&State) -> T) -> T {
    // SAFETY: as this function's.
    unsafe { enter(ftp, Purpose::Look, |state| read(state)) }.unwrap_or(otherwise)
}

impl State {
    /// A panic closes all connections: whatever state they were in, nobody uses them again.
    fn panicked(&mut self, panic: Box<dyn Any + Send>) -> ftp_status {
        if panic.is::<LeftToParent>() {
            self.begin();
            return self.refuse(&of_another_process("the handle"));
        }
        let text = format!("internal error, please report it: {}", panic_text(panic.as_ref()));
        // Not dropped: that could panic again.
        std::mem::forget(panic);
        self.error.set(text.as_bytes());
        let pending = self.pending.take();
        self.client.close(Gone::Panicked);
        drop(pending);
        ftp_status::FTP_ERR_INTERNAL
    }
}

/// For an argument that must not be NULL; `name` is the argument's.
pub(crate) fn not_null<T>(pointer: *mut T, name: &str) -> Result<*mut T> {
    if pointer.is_null() { Err(Error::InvalidArgument(format!("{name} is NULL"))) } else { Ok(pointer) }
}

pub(crate) fn of_another_process(whose: &str) -> Error {
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

    use super::super::call::{Call, nothing, now, run};
    use super::super::task::{Given, Seat, Step};
    use super::*;
    use crate::capi::{ftp_close, ftp_free, ftp_last_error, ftp_last_reply_code, ftp_new, ftp_set_pasv};
    use crate::client::Client;

    #[test]
    fn a_panic_is_a_status_and_leaves_a_handle_that_only_tells_and_dies() {
        let ftp = ftp_new();
        // SAFETY: `ftp` is a new handle, freed at the end.
        unsafe {
            assert_eq!(now(ftp, |_, _| panic!("on purpose")), ftp_status::FTP_ERR_INTERNAL);
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

    const CALL: Call = Call::keep("f");

    fn waits_with_a_trap<'a>(_: &'a mut Client, _: Given<(), ()>, seat: Seat<(), ()>) -> Step<'a> {
        seat.house(async {
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
                run(
                    ftp,
                    CALL,
                    &|| Ok(()),
                    |_, _, seat| seat.house(async { panic!("an operation") }),
                    &nothing,
                )
            };
            assert_eq!(status, ftp_status::FTP_ERR_INTERNAL);
            "an operation"
        };
        let result = |ftp: *mut ftp_handle| {
            // SAFETY: as above.
            let status = unsafe {
                run(ftp, CALL, &|| Ok(()), |_, _, seat| seat.house(async { Ok(()) }), &|_, ()| {
                    panic!("a result")
                })
            };
            assert_eq!(status, ftp_status::FTP_ERR_INTERNAL);
            "a result"
        };
        let dropped = |ftp: *mut ftp_handle| {
            // SAFETY: as above.
            let status = unsafe {
                now(ftp, |state, _| {
                    state.blocking = false;
                    Ok(())
                })
            };
            assert_eq!(status, ftp_status::FTP_OK);
            // SAFETY: as above.
            unsafe {
                assert_eq!(run(ftp, CALL, &|| Ok(()), waits_with_a_trap, &nothing), ftp_status::FTP_AGAIN);
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
            now(ftp, |state, _| {
                state.blocking = false;
                Ok(())
            });
            assert_eq!(run(ftp, CALL, &|| Ok(()), waits_with_a_trap, &nothing), ftp_status::FTP_AGAIN);
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
            let status = now(ftp, |_, _| {
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
