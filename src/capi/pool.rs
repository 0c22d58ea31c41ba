//! Pools: many jobs for several sessions.

use std::ffi::{c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::ptr::{null, null_mut};
use std::sync::Arc;

use super::boundary::call::{Call, nothing, now, run};
use super::boundary::callbacks::User;
use super::boundary::child::Child;
use super::boundary::guard::{not_null, shielded};
use super::boundary::pending::Pending;
use super::boundary::text::Text;
use super::handle::ftp_handle;
use super::list::{List, ftp_list};
use super::report::ftp_report;
use super::status::ftp_status;
use crate::client::{Done, Ended, Pool, PoolWork};
use crate::error::{Error, Result};

/// The most sessions that a pool can have.
pub const FTP_POOL_MAX_SESSIONS: i32 = 1024;

/// A job of ftp_pool_get().
pub const FTP_POOL_GET: i32 = 1;
/// A job of ftp_pool_put().
pub const FTP_POOL_PUT: i32 = 2;
/// A job of ftp_pool_list().
pub const FTP_POOL_LIST: i32 = 3;
/// A job of ftp_pool_remove().
pub const FTP_POOL_REMOVE: i32 = 4;
/// A job of ftp_pool_command().
pub const FTP_POOL_COMMAND: i32 = 5;

/// Jobs for several sessions.
pub struct ftp_pool {
    // A type without content: what is behind the pointer is no business of the header.
    _private: [u8; 0],
}

/// A job that has ended. The library makes the struct, and may add members at its end.
#[repr(C)]
pub struct ftp_pool_result {
    /// The number of the job, as the function that added it told.
    pub job: i64,
    /// FTP_POOL_GET or one of its neighbours. A later version may add greater numbers.
    pub kind: c_int,
    /// What came of it: what ftp_get(), ftp_put(), ftp_list_open(), ftp_delete() or ftp_voidcmd()
    /// returns.
    pub status: ftp_status,
    /// The path on the server, as it was given. For ftp_pool_command(): the command, with stars in
    /// place of a password.
    pub remote: *const c_char,
    /// The path on this machine, or NULL.
    pub local: *const c_char,
    /// Why it failed, as ftp_last_error() says it; NULL after FTP_OK.
    pub message: *const c_char,
    /// The last reply of the session that did it. NULL if there was none, or if the session was
    /// lost without one that says why.
    pub reply: *const c_char,
    /// For ftp_pool_get() and ftp_pool_put(): what is known of the transfer, as ftp_last_report()
    /// tells it; NULL if there was none.
    pub report: *const ftp_report,
    /// For ftp_pool_list(): the entries, for ftp_list_next(). NULL after an error. The library frees
    /// the list after the callback: ftp_list_free() does nothing with it.
    pub list: *mut ftp_list,
}

/// Is told each job when it has ended.
///
/// @param result  valid during the call only, with all that it points to.
/// @param user    the pointer that was given to ftp_pool_run().
/// @return 0 to go on. Any other value stops ftp_pool_run() in an orderly way, with
///         FTP_ERR_CALLBACK.
///
/// ftp_data_fn has the rules for callbacks. This one can also add jobs to the pool.
pub type ftp_pool_fn =
    Option<unsafe extern "C-unwind" fn(result: *const ftp_pool_result, user: *mut c_void) -> c_int>;

/// What is behind the pointer to a pool.
pub(super) struct OfHandle {
    child: Child<()>,
    pub(super) pool: Arc<Pool>,
}

impl OfHandle {
    /// # Safety
    /// `pool` is NULL, or comes from [`ftp_pool_new`] and is not freed as long as the reference is used.
    pub(super) unsafe fn from_ptr<'a>(pool: *const ftp_pool) -> Option<&'a OfHandle> {
        // SAFETY: as this function's.
        unsafe { pool.cast::<OfHandle>().as_ref() }
    }

    pub(super) fn ftp(&self) -> *const ftp_handle {
        self.child.ftp()
    }
}

/// Makes a pool: a list of jobs, which ftp_pool_run() does with several sessions.
///
/// @param ftp       the handle. Its session is one of them. The others are like it: server, login,
///                  TLS, working directory and settings are those of the handle when ftp_pool_run()
///                  begins. ftp_reconnect() would bring back the same.
/// @param sessions  how many sessions there are at most, 1 to FTP_POOL_MAX_SESSIONS. There are no
///                  more than the process has descriptors for when a run begins: 6 for each.
/// @param out       receives the pool, which ftp_pool_free() frees.
/// @return FTP_OK. Nothing is sent.
///         - FTP_ERR_INVALID_ARGUMENT: also for a number of sessions that is out of range.
///
/// Functions of a pool are calls on the handle and follow the rules for threads.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_pool_new(
    ftp: *mut ftp_handle,
    sessions: c_int,
    out: *mut *mut ftp_pool,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        now(ftp, |_, _| {
            not_null(out, "out")?;
            if !(1..=FTP_POOL_MAX_SESSIONS).contains(&sessions) {
                let text = format!("sessions must be 1 to {FTP_POOL_MAX_SESSIONS}");
                return Err(Error::InvalidArgument(text));
            }
            let pool = Arc::new(Pool::new(usize::try_from(sessions).unwrap_or(1)));
            *out = Box::into_raw(Box::new(OfHandle { child: Child::new(ftp, ()), pool })).cast();
            Ok(())
        })
    }
}

/// What a call of [`ftp_pool_run`] was given.
struct Given {
    pool: Arc<Pool>,
    result_cb: Option<ResultFunction>,
    user: User,
}

impl PartialEq for Given {
    fn eq(&self, other: &Given) -> bool {
        let address = |given: &Given| given.result_cb.map(|function| function as usize);
        Arc::ptr_eq(&self.pool, &other.pool) && address(self) == address(other) && self.user == other.user
    }
}

/// Does all jobs of a pool, several at the same time.
///
/// The library opens as many sessions as there are jobs for, and drives them all on this thread.
/// They are closed by QUIT when all jobs are done, except that of the handle. If the handle has lost
/// its session, the library brings it back, at the begin and at the end. It does so also after
/// ftp_close() and ftp_quit(), as ftp_reconnect() does.
///
/// - Each job ends on its own, and in any order. If one fails, the others are still done.
/// - If the server refuses one more session beside others, or does not answer, the library does the
///   work with those that it has. It learns how many the server lets be open. Later runs and mirrors
///   of the handle keep to that, until ftp_connect().
/// - A session that ends is replaced. If the server refuses that, the library waits before it tries
///   again: 1 second, then longer each time, up to 1 minute. If no session is left, it waits for 1
///   second, and tries once more.
/// - The job of a session that ended before anything was asked for is done in another session. A job
///   that was asked for is done once more, if twice comes to the same. So no ftp_put() with
///   FTP_NO_REPLACE is, and no command that changes something. What ftp_set_retries() allows comes
///   before that.
/// - The callbacks of the handle are told of all sessions. ftp_set_rate_limit() holds for all
///   together, and each limit of time for each of them, except that of FTP_PHASE_TOTAL: it holds for
///   this call.
///
/// @param pool       the pool.
/// @param result_cb  called for each job that has ended. NULL: nobody is told.
/// @param user       passed to the callback.
/// @return FTP_OK: all jobs went well, or there was none. If the session of the handle was lost at
///         the end and the server gave no other, ftp_state() says so.
///         - FTP_ERR_PARTIAL: all jobs have ended, and some failed. ftp_last_error() of the handle
///           says how many, and tells the first.
///         - FTP_ERR_CALLBACK: the callback stopped it.
///         - FTP_ERR_TIMEOUT: the limit of FTP_PHASE_TOTAL has passed. ftp_last_error() of the
///           handle says how many of how many jobs had ended.
///         - FTP_ERR_STATE: a transfer of ftp_transfercmd() is open, or replies are owed. Or the
///           program has chosen another form of data by MODE or STRU: other sessions have none.
///         - Otherwise as ftp_reconnect(), if there is no session and none can be had.
///
/// After FTP_ERR_CALLBACK, FTP_ERR_ABORTED or another error but FTP_ERR_PARTIAL, the pool keeps
/// the jobs that were not begun, and those that it can begin again. The next ftp_pool_run() does
/// them. The callback is told of a command that was under way, unless the callback stopped the call.
/// After ftp_close() has given up a call that had returned FTP_AGAIN, the next ftp_pool_run() does
/// the same.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_pool_run(
    pool: *mut ftp_pool,
    result_cb: ftp_pool_fn,
    user: *mut c_void,
) -> ftp_status {
    // SAFETY: the header's contract.
    let Some(this) = (unsafe { OfHandle::from_ptr(pool) }) else {
        return ftp_status::FTP_ERR_INVALID_ARGUMENT;
    };
    let inputs = || Ok(Given { pool: this.pool.clone(), result_cb, user: User::new(user) });
    // SAFETY: the header's contract.
    unsafe {
        run(
            this.ftp(),
            Call::own("ftp_pool_run").with_report(),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let mut tell = teller(given.result_cb, given.user);
                    client.run_pool(&given.pool, &mut tell).await
                })
            },
            &nothing,
        )
    }
}

/// Frees a pool with the jobs that were not done.
///
/// @param pool  the pool, or NULL, which does nothing. It can be freed after its handle.
///
/// If ftp_pool_run() of this pool has returned FTP_AGAIN, it is given up, as ftp_cancel() does it.
/// While a call is running on the handle, this function does nothing, and the pool is still to be
/// freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_pool_free(pool: *mut ftp_pool) {
    // SAFETY: the header's contract.
    let Some(this) = (unsafe { OfHandle::from_ptr(pool) }) else { return };
    let may_be_freed = this.child.end(|state, ()| {
        let is_of_this =
            |pending: &mut Pending| pending.inputs_are(|given: &Given| Arc::ptr_eq(&given.pool, &this.pool));
        drop(state.pending.take_if(is_of_this));
    });
    if may_be_freed {
        // SAFETY: the pointer comes from `ftp_pool_new`, and this is its only end.
        shielded(|| drop(unsafe { Box::from_raw(pool.cast::<OfHandle>()) }));
    }
}

/// What [`ftp_pool_fn`] is when it is not NULL.
type ResultFunction = unsafe extern "C-unwind" fn(*const ftp_pool_result, *mut c_void) -> c_int;

/// # Safety
/// `function` may be called with `user` as long as the closure lives.
unsafe fn teller(
    function: Option<ResultFunction>,
    user: User,
) -> impl FnMut(Ended<'_>) -> Result<(), i64> + Send {
    move |ended| {
        let Some(function) = function else { return Ok(()) };
        // SAFETY: as this function's.
        match unsafe { tell(function, user, ended) } {
            0 => Ok(()),
            value => Err(value.into()),
        }
    }
}

/// # Safety
/// As [`teller`].
unsafe fn tell(function: ResultFunction, user: User, ended: Ended<'_>) -> c_int {
    let (kind, remote, local) = names_of(ended.work);
    let [remote, message, reply] = [
        Some(Text::new(&remote)),
        ended.message.as_ref().map(|message| Text::new(message.as_bytes())),
        ended.reply.map(|reply| Text::new(reply.text())),
    ];
    let local = local.map(|local| Text::new(&local));
    let report = ended.report.as_ref().map(ftp_report::of);
    let (status, list) = match ended.outcome {
        Ok(Done::Entries(entries)) => (ftp_status::FTP_OK, Some(List::to_lend(*entries))),
        Ok(Done::Nothing | Done::Gone | Done::Reply(_)) => (ftp_status::FTP_OK, None),
        Err(error) => (ftp_status::of(&error), None),
    };
    let text = |text: &Option<Text>| text.as_ref().map_or(null(), Text::as_ptr);
    let result = ftp_pool_result {
        job: i64::try_from(ended.number).unwrap_or(i64::MAX),
        kind,
        status,
        remote: text(&remote),
        local: text(&local),
        message: text(&message),
        reply: text(&reply),
        report: report.as_ref().map_or(null(), |report| &raw const *report),
        list: list.as_ref().map_or(null_mut(), List::lend),
    };
    // SAFETY: the struct and what it points to are valid during the call; the rest is the caller's promise.
    user.call(|user| unsafe { function(&raw const result, user) })
}

fn names_of(work: &PoolWork) -> (c_int, Vec<u8>, Option<Vec<u8>>) {
    match work {
        PoolWork::Get(wanted) => {
            (FTP_POOL_GET, wanted.remote.clone(), Some(wanted.local.as_os_str().as_bytes().to_vec()))
        }
        PoolWork::Put(wanted) => {
            (FTP_POOL_PUT, wanted.remote.clone(), Some(wanted.local.as_os_str().as_bytes().to_vec()))
        }
        PoolWork::List(wanted) => (FTP_POOL_LIST, wanted.path.clone().unwrap_or_default(), None),
        PoolWork::Remove(path) => (FTP_POOL_REMOVE, path.clone(), None),
        PoolWork::Command(command) => (FTP_POOL_COMMAND, command.shown().into_owned().into_bytes(), None),
    }
}
