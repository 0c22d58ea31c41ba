//! How far a transfer has got, and how fast it may go.

use std::ffi::{c_char, c_int, c_void};
use std::num::NonZeroU64;

use super::boundary::call::now;
use super::boundary::callbacks::User;
use super::boundary::handle::State;
use super::boundary::text::Text;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::client::{Client, Progress, ProgressHook};
use crate::error::{Error, Result};

/// How far a transfer has got. The library makes it, and may add members at its end.
#[repr(C)]
pub struct ftp_progress {
    /// What is transferred: the argument of the command, in most cases a path; "" if there is none.
    /// With FTP_ATOMIC, it is the path that ftp_put() was given, and not the temporary name.
    pub name: *const c_char,
    /// How many bytes went over the data connection.
    pub bytes: i64,
    /// The offset in the file that the transfer began at. The library is at offset + bytes.
    pub offset: i64,
    /// The size of the whole file in bytes; -1 if it is not known.
    pub total: i64,
    /// Bytes per second, over the last seconds.
    pub rate: i64,
    /// How many seconds the rest takes at this rate; -1 if that cannot be known.
    pub seconds_left: i64,
    /// 1 if the data goes to the server, 0 if it comes from there.
    pub is_upload: i32,
    /// 1 in the last call: the transfer has ended well. Otherwise 0.
    pub has_ended: i32,
    /// 1 if the data is a listing, 0 if it is that of a file.
    pub is_listing: i32,
    /// Always 0.
    pub reserved: i32,
    /// How many bytes are there of all files that the running call moves, in all its sessions: of
    /// ftp_pool_run(), a mirror, or one file. Bytes count that an earlier call had left of a file.
    /// Bytes that are moved again count once, and those of a file that failed do not count.
    pub all_bytes: i64,
    /// How many there will be; -1 if it is not known. A mirror knows it where listings tell sizes.
    pub all_total: i64,
    /// Bytes per second of all sessions, over the last seconds.
    pub all_rate: i64,
}

/// Is told how far a transfer has got.
///
/// @param progress  valid during the call only.
/// @param user      the pointer that the program gave with the callback.
/// @return 0 to go on. Any other value stops the transfer in an orderly way, with FTP_ERR_CALLBACK.
///         After the last call of a file, it stops a call with several files before the next one.
///         Otherwise the value of the last call has no effect.
///
/// ftp_data_fn has the rules for callbacks.
pub type ftp_progress_fn =
    Option<unsafe extern "C-unwind" fn(progress: *const ftp_progress, user: *mut c_void) -> c_int>;

/// Sets the function that is told how far each transfer has got: of files and listings, with
/// callbacks, to memory, to descriptors, and step by step.
///
/// - It is called at most ten times a second, also while nothing moves, and while the server takes
///   its time to confirm the transfer.
/// - It is called once more when the transfer has ended well: when the server has confirmed it.
///   ftp_get() and ftp_put() make this call when the file is known to be whole and has its name,
///   also if nothing had to be moved. A transfer that fails has no such call.
/// - It is not called while another callback runs, nor between two calls of a transfer that the
///   program moves, nor in ftp_copy().
/// - With ftp_set_blocking() off, ftp_timeout_ms() tells when it is due.
/// - Its time does not count against the time limits, except FTP_PHASE_TOTAL.
/// - If it stops a transfer whose data is through, the library closes the connection, since nothing
///   tells when the reply of the server arrives.
///
/// The size is known if the server announces it for a download in image type without an offset, or
/// if the program gave the data. For ftp_put(), and for ftp_get() with FTP_RESUME, it is known as
/// well.
///
/// @param progress_cb  the function. NULL removes it.
/// @param user         passed to the callback.
/// @return FTP_OK.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_progress_callback(
    ftp: *mut ftp_handle,
    progress_cb: ftp_progress_fn,
    user: *mut c_void,
) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        client.set_progress(progress_cb.map(|function| hook(function, User::new(user))));
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

fn hook(
    function: unsafe extern "C-unwind" fn(*const ftp_progress, *mut c_void) -> c_int,
    user: User,
) -> ProgressHook {
    Box::new(move |progress| {
        let name = Text::new(progress.name);
        let shown = shown(progress, &name);
        // SAFETY: the struct and its text are valid during the call; function and pointer are the header's contract.
        match user.call(|user| unsafe { function(&raw const shown, user) }) {
            0 => Ok(()),
            value => Err(value.into()),
        }
    })
}

fn shown(progress: &Progress<'_>, name: &Text) -> ftp_progress {
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    ftp_progress {
        name: name.as_ptr(),
        bytes: number(progress.bytes),
        offset: number(progress.offset),
        total: progress.total.map_or(-1, number),
        rate: number(progress.rate),
        seconds_left: progress.left.map_or(-1, |left| number(left.as_secs())),
        is_upload: progress.is_upload.into(),
        has_ended: progress.has_ended.into(),
        is_listing: progress.is_listing.into(),
        reserved: 0,
        all_bytes: number(progress.all.bytes),
        all_total: progress.all.total.map_or(-1, number),
        all_rate: number(progress.all.rate),
    }
}

/// Limits how many bytes a second go over all data connections of this handle together.
///
/// The limit holds from one second to the next; no burst makes up for a time in which nothing moved.
/// It counts bytes of data, without those of TLS and TCP.
///
/// - The pauses are no waits for the server: no time limit runs meanwhile, except FTP_PHASE_TOTAL.
/// - In the pauses the library sends the NOOPs of ftp_set_noop_interval(), and ftp_cancel() takes
///   effect at once.
/// - A data connection that is opened while a limit for receiving is set gets a small receive
///   buffer. So the server sees the same rate. Set the limit before the transfer begins.
/// - What the program moves on a descriptor of its own, and what ftp_copy() moves, is not limited.
///
/// @param receive  bytes per second, 1 or more. -1 is no limit, the default.
/// @param send     likewise, for what is sent.
/// @return FTP_OK.
///         - FTP_ERR_INVALID_ARGUMENT: a limit is 0, or less than -1.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_rate_limit(ftp: *mut ftp_handle, receive: i64, send: i64) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        client.set_rate_limit(limit(receive)?, limit(send)?);
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

/// The limit that C gives: -1 is none.
fn limit(rate: i64) -> Result<Option<NonZeroU64>> {
    match (rate, u64::try_from(rate).ok().and_then(NonZeroU64::new)) {
        (-1, _) => Ok(None),
        (_, Some(rate)) => Ok(Some(rate)),
        _ => Err(Error::InvalidArgument("the rate must be 1 byte a second or more, or -1".into())),
    }
}
