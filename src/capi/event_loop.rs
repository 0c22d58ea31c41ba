//! Calls that do not wait, for event loops.

use std::ffi::{c_int, c_short};

use super::boundary::call::now;
use super::boundary::guard::{Purpose, enter, not_null, peek};
use super::boundary::handle::State;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::error::Error;

/// Chooses whether calls wait. With blocking off, a call that would have to wait returns FTP_AGAIN
/// instead.
///
/// After FTP_AGAIN, do three things:
///
/// - Ask ftp_pollfds() and ftp_timeout_ms() what to wait for.
/// - Wait until one of the descriptors is ready or the time is over.
/// - Repeat the call with the same arguments, until it returns anything but FTP_AGAIN. To repeat it
///   too early does no harm.
///
/// Arguments are the same if:
///
/// - strings have the same content;
/// - callbacks, numbers, `user`, and the memory of ftp_transfer_read() and ftp_transfer_write() have
///   the same value.
///
/// Pointers for outputs may change: the call that ends writes to its own. All that other pointers
/// lead to, except strings, must stay valid until the call has ended.
///
/// Until the call has ended, any other call returns FTP_ERR_BUSY, or FTP_ERR_INVALID_ARGUMENT if its
/// arguments can never be used. These are allowed:
///
/// - getters, and ftp_pollfds();
/// - ftp_cancel() and ftp_abort(). Repeat the call afterwards until it returns anything but
///   FTP_AGAIN, in most cases FTP_ERR_ABORTED;
/// - ftp_close() and ftp_free(), which give up the call at once.
///
/// A call takes at most 10 ms, plus the time of a callback or of one system call. A call that reads
/// a file, such as a list of authorities, reads it as a whole.
///
/// @param on  On is the default. 0 is off.
/// @return FTP_OK.
///         - FTP_ERR_BUSY: also if a call has returned FTP_AGAIN and has not ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_blocking(ftp: *mut ftp_handle, on: c_int) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        now(ftp, |state, _| {
            state.blocking = on != 0;
            Ok(())
        })
    }
}

/// What to wait for on one descriptor. It has the layout of struct pollfd of <poll.h>, so poll()
/// takes an array of them.
#[repr(C)]
#[derive(Copy, Clone, Debug)]
pub struct ftp_pollfd {
    /// The descriptor, which the library keeps.
    pub fd: c_int,
    /// POLLIN, POLLOUT or both.
    pub events: c_short,
    /// 0, for poll() to fill.
    pub revents: c_short,
}

/// Gets the descriptors that the call that has returned FTP_AGAIN waits for.
///
/// Their number has no fixed limit. Ask with capacity 0 how many there are, grow the array if need
/// be, and ask again.
///
/// @param fds       receives the descriptors. NULL only with capacity 0.
/// @param capacity  how many fit. 0 only counts them.
/// @param count     receives how many there are. 0 if no call has returned FTP_AGAIN, or if the call
///                  has ended.
/// @return FTP_OK. It leaves what ftp_last_error() returns as it is, and all strings of the handle
///         stay valid. After an error only the string of ftp_last_error() ends.
///         - FTP_ERR_INVALID_ARGUMENT: also if capacity is too small and not 0.
///
/// - The answer holds for one wait: ask again after each repetition of the call.
/// - Each descriptor is open and appears once. It belongs to the handle, unless the program gave it
///   to ftp_retrfd() or ftp_storfd().
/// - By the first descriptor, ftp_cancel() and the lookup of a name wake the loop. The others are
///   sockets, except the one that the program gave.
/// - The repetition of the call may close a socket, and another socket may get its number. For epoll
///   and the like: after each repetition, remove the descriptors that are gone, and add the others
///   again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_pollfds(
    ftp: *mut ftp_handle,
    fds: *mut ftp_pollfd,
    capacity: usize,
    count: *mut usize,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let tell = |state: &State| {
            let count = not_null(count, "count")?;
            let wanted = state.pending.as_ref().map(|pending| pending.reactor().wanted()).unwrap_or_default();
            if capacity > 0 {
                not_null(fds, "fds")?;
                if wanted.len() > capacity {
                    return Err(Error::InvalidArgument(format!("there are {} descriptors", wanted.len())));
                }
                for (index, wanted) in wanted.iter().enumerate() {
                    let told = ftp_pollfd { fd: wanted.fd, events: wanted.events, revents: 0 };
                    fds.add(index).write(told);
                }
            }
            *count = wanted.len();
            Ok(())
        };
        let told = enter(ftp, Purpose::Call, |state| tell(state).map_err(|error| state.refuse(&error)));
        told.and_then(|outcome| outcome).err().unwrap_or(ftp_status::FTP_OK)
    }
}

/// Returns how long to wait for the descriptors of ftp_pollfds() at most. Then repeat the call in
/// any case.
///
/// @return milliseconds, for poll().
///         - 0: the call has more to do, and only gives others their turn.
///         - -1: there is no limit, or no call has returned FTP_AGAIN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_timeout_ms(ftp: *const ftp_handle) -> i64 {
    // SAFETY: the header's contract.
    unsafe {
        peek(ftp, -1, |state| {
            let left = state.pending.as_ref().and_then(|pending| pending.reactor().milliseconds_left());
            left.map_or(-1, i64::from)
        })
    }
}
