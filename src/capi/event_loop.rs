//! Calls that do not wait, for event loops.

use std::ffi::{c_int, c_short};

use super::boundary::call::now;
use super::boundary::guard::{Purpose, enter, not_null, peek};
use super::boundary::handle::State;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::error::Error;

/// Chooses whether calls wait.
///
/// With blocking off, a function that would have to wait (for a name, a connection, TLS, a reply, data) returns FTP_AGAIN. Wait then
/// until a descriptor of ftp_pollfds() is ready or the time of ftp_timeout_ms() is over, and repeat the call, until it returns
/// anything else. To repeat it too early does no harm. No call takes longer than 10 ms, plus the time that a callback or one system
/// call takes; what reads files, such as a list of authorities, does so once.
///
/// A call is repeated with the same arguments. Texts are compared by what they say, callbacks, numbers, `user`, and the memory of
/// ftp_transfer_read() and ftp_transfer_write() by their value, and all that pointers lead to must stay valid until the call has
/// ended. Only pointers for results may change: the call that ends writes to its own. With other arguments it is another call. Until
/// the first one has ended, every other call returns FTP_ERR_BUSY, or FTP_ERR_INVALID_ARGUMENT where its arguments cannot be used, but
/// for the getters of the error, the reply and the greeting, ftp_pollfds(), ftp_timeout_ms(), and what ends it: ftp_cancel() and
/// ftp_abort(), after which it is repeated until it returns anything but FTP_AGAIN, mostly FTP_ERR_ABORTED; ftp_close() and
/// ftp_free(), which give it up at once.
///
/// @param ftp       the handle.
/// @param on  0 is off; anything else is on, the default.
/// @return FTP_OK; FTP_ERR_BUSY while a call has not ended; FTP_ERR_INVALID_ARGUMENT for a NULL handle; FTP_ERR_INTERNAL.
///
/// Thread rule: the thread that owns the handle.
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

/// What to wait for on one descriptor: the same as struct pollfd of <poll.h>, so that an array of these can be given to poll().
#[repr(C)]
#[derive(Copy, Clone, Debug)]
pub struct ftp_pollfd {
    /// The descriptor, which stays the library's.
    pub fd: c_int,
    /// POLLIN, POLLOUT or both.
    pub events: c_short,
    /// 0; for poll().
    pub revents: c_short,
}

/// Tells which descriptors the call that has returned FTP_AGAIN waits for.
///
/// They hold for this one wait: ask again after each repetition of the call. Each descriptor is open, the handle's own, and told once. The first is the one by
/// which ftp_cancel() wakes the loop, and the answer to a name; others are sockets. A socket may be closed by the repetition of the
/// call and its number be used again for another one, which matters to loops that register descriptors, such as epoll's: remove those
/// that are told no more, and add again those that are, when the call is repeated.
///
/// @param ftp  the handle.
/// @param fds  gets them; NULL only with capacity 0.
/// @param capacity  how many fit: 0 only counts them.
/// @param count    gets how many there are; 0 when no call has returned FTP_AGAIN, or it has ended.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for NULL, or when capacity is not 0 and too small: nothing is written then; FTP_ERR_BUSY;
///         FTP_ERR_INTERNAL.
///
/// What ftp_last_error() tells stays as it is, after FTP_OK. Thread rule: the thread that owns the handle.
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

/// How long to wait for the descriptors of ftp_pollfds() before the call is repeated nevertheless.
///
/// @param ftp  the handle.
/// @return milliseconds, for poll(): 0 when the call has more to do and only lets others have their turn; -1 when there is no limit,
///         no call has returned FTP_AGAIN, the handle is NULL, or a call is running.
///
/// Thread rule: the thread that owns the handle.
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
