//! The jobs of a pool.

use std::ffi::{c_char, c_int};

use super::boundary::call::now;
use super::boundary::guard::shielded;
use super::boundary::text::{command, optional, required};
use super::files::{FTP_SEGMENTED, get_request, put_request};
use super::list::{FTP_LIST_HIDDEN, FTP_LIST_PLAIN, FTP_LIST_STAT, known_flags, request};
use super::pool::{OfHandle, ftp_pool};
use super::status::ftp_status;
use crate::client::PoolWork;
use crate::error::Result;

/// Adds a download to a pool, as ftp_get() does it.
///
/// @param pool    the pool.
/// @param remote  the path on the server.
/// @param local   the path of the target on this machine.
/// @param flags   as for ftp_get(), or also FTP_SEGMENTED: sessions of the pool that have nothing
///                else to do fetch ranges of the file at the same time.
/// @param job     NULL, or receives the number of the job: 1 for the first one of the pool.
/// @return FTP_OK: the job waits for ftp_pool_run(). Nothing is sent.
///         - FTP_ERR_INVALID_ARGUMENT: a path or flag cannot be used. Two flags that exclude each
///           other are an error of the job.
///
/// FTP_SEGMENTED:
///
/// - It makes a file faster whose server, or whose network, limits the speed of each connection.
/// - It takes effect if the server tells a size (SIZE) of 4 MiB or more, and the pool has two
///   sessions or more.
/// - A range begins 64 KiB before its place. These bytes must be those of the range before it. When
///   all is there, SIZE and MDTM must be what they were. If not, one session fetches the file anew.
///   It does so, too, if the server refuses to begin in the middle of a file (REST).
/// - With FTP_RESUME, what is kept of a download that failed is all up to its first gap.
/// - It excludes FTP_IN_PLACE.
/// - In the report, the bytes and times are those of all sessions. The progress callback is told of
///   each range; its fields all_bytes and all_rate are the sums.
///
/// The functions that add jobs need no handle. So they work in the callback of ftp_pool_run(), while
/// a call on the handle has returned FTP_AGAIN, and after ftp_free() of the handle. Only
/// ftp_pool_run() refuses that: it returns FTP_ERR_BUSY, or FTP_ERR_STATE without the handle.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_pool_get(
    pool: *mut ftp_pool,
    remote: *const c_char,
    local: *const c_char,
    flags: c_int,
    job: *mut i64,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe { add(pool, job, &|| Ok(PoolWork::Get(get_request(remote, local, flags, FTP_SEGMENTED)?))) }
}

/// Adds an upload to a pool, as ftp_put() does it.
///
/// @param pool    the pool.
/// @param local   the path of a regular file on this machine.
/// @param remote  the path on the server. Two jobs must not have the same one.
/// @param flags   as for ftp_put().
/// @param job     as for ftp_pool_get().
/// @return as ftp_pool_get().
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_pool_put(
    pool: *mut ftp_pool,
    local: *const c_char,
    remote: *const c_char,
    flags: c_int,
    job: *mut i64,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe { add(pool, job, &|| Ok(PoolWork::Put(put_request(local, remote, flags)?))) }
}

/// Adds a listing to a pool, as ftp_list_open() does it. The callback of ftp_pool_run() gets the
/// entries.
///
/// @param pool   the pool.
/// @param path   the directory. NULL or "" is the working directory.
/// @param flags  as for ftp_list_open(), without FTP_LIST_STREAM.
/// @param job    as for ftp_pool_get().
/// @return as ftp_pool_get().
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_pool_list(
    pool: *mut ftp_pool,
    path: *const c_char,
    flags: c_int,
    job: *mut i64,
) -> ftp_status {
    let work = || {
        known_flags(flags, FTP_LIST_HIDDEN | FTP_LIST_STAT | FTP_LIST_PLAIN)?;
        // SAFETY: the header's contract.
        Ok(PoolWork::List(request(unsafe { optional(path) }, flags)?))
    };
    // SAFETY: the header's contract.
    unsafe { add(pool, job, &work) }
}

/// Adds to a pool that a file is deleted, as ftp_delete() does it.
///
/// @param pool  the pool.
/// @param path  the path on the server.
/// @param job   as for ftp_pool_get().
/// @return as ftp_pool_get().
///
/// If the session is lost after the command, the job is FTP_OK once the file is gone.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_pool_remove(
    pool: *mut ftp_pool,
    path: *const c_char,
    job: *mut i64,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe { add(pool, job, &|| Ok(PoolWork::Remove(required(path, "path")?))) }
}

/// Adds a command to a pool, as ftp_voidcmd() sends it.
///
/// @param pool  the pool.
/// @param cmd   the whole command, as in "MKD a". One of the sessions sends it.
/// @param job   as for ftp_pool_get().
/// @return as ftp_pool_get().
///         - FTP_ERR_INVALID_ARGUMENT: also for commands that a session would remember, such as CWD,
///           TYPE, LANG and RNFR, and for those with a data connection.
///
/// If the session is lost after the command, its outcome is not known: the job fails. Only commands
/// that change nothing are sent again.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_pool_command(
    pool: *mut ftp_pool,
    cmd: *const c_char,
    job: *mut i64,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe { add(pool, job, &|| Ok(PoolWork::Command(command(cmd, "cmd")?))) }
}

/// Also while the pool runs: the handle is not needed for it, except to keep an error.
///
/// # Safety
/// The header's contract for the pool and for `job`.
unsafe fn add(pool: *const ftp_pool, job: *mut i64, work: &dyn Fn() -> Result<PoolWork>) -> ftp_status {
    // SAFETY: as this function's.
    let Some(this) = (unsafe { OfHandle::from_ptr(pool) }) else {
        return ftp_status::FTP_ERR_INVALID_ARGUMENT;
    };
    match shielded(|| work().and_then(|work| this.pool.add(work))) {
        Some(Ok(number)) => {
            if !job.is_null() {
                // SAFETY: as this function's.
                unsafe { *job = i64::try_from(number).unwrap_or(i64::MAX) };
            }
            ftp_status::FTP_OK
        }
        Some(Err(error)) => {
            let status = ftp_status::of(&error);
            let mut error = Some(error);
            // SAFETY: the pool keeps its handle.
            unsafe { now(this.ftp(), |_, _| error.take().map_or(Ok(()), Err)) };
            status
        }
        None => ftp_status::FTP_ERR_INTERNAL,
    }
}
