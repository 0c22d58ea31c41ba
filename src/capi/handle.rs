//! The handle: its life, and the memory behind the pointer.

use std::io::ErrorKind;
use std::ptr::null_mut;
use std::sync::Arc;

use super::boundary::guard::{Purpose, enter, shielded};
use super::boundary::handle::{Handle, State};
use super::boundary::slot::Gone;
use super::status::ftp_status;
use crate::client::Client;

/// One session with one FTP server, or the place for one.
pub struct ftp_handle {
    // A type without content: what is behind the pointer is no business of the header.
    _private: [u8; 0],
}

/// Small pieces of memory are taken for granted, and a handle is made of many: whether there is enough for all of them is asked first.
fn is_memory_left() -> bool {
    const HANDLE: usize = 64 * 1024;
    let mut probe: Vec<u8> = Vec::new();
    let is_left = probe.try_reserve_exact(HANDLE).is_ok();
    // Or the compiler leaves out what has no effect.
    std::hint::black_box(&mut probe);
    is_left
}

/// Makes a handle without a connection.
///
/// @return the handle, which ftp_free() frees. NULL if the system lacks memory or descriptors.
///
/// ftplib: FTP()
#[unsafe(no_mangle)]
pub extern "C" fn ftp_new() -> *mut ftp_handle {
    let make = || {
        if !is_memory_left() {
            return Err(ErrorKind::OutOfMemory.into());
        }
        let client = Client::new()?;
        let wake = client.reactor().wake().clone();
        std::io::Result::Ok(Arc::new(Handle::new(wake, State::new(client))))
    };
    match shielded(make) {
        Some(Ok(handle)) => Arc::into_raw(handle).cast_mut().cast(),
        _ => null_mut(),
    }
}

/// Closes the connection without QUIT, and frees the handle with all its strings.
///
/// @param ftp  the handle, or NULL, which does nothing.
///
/// In these cases the function does nothing, and the handle is still to be freed:
///
/// - A call is running on the handle: in another thread, or around the callback that calls this
///   function.
/// - The handle is the target of an ftp_copy() that has not ended, or has returned FTP_AGAIN. Free
///   the source first.
///
/// A call that begins at the same moment, or later, uses freed memory.
///
/// In a child of fork(), the function closes the child's copies of the descriptors and sends
/// nothing. The session goes on in the parent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_free(ftp: *mut ftp_handle) {
    // SAFETY: the header's contract.
    let freed = unsafe {
        enter(ftp, Purpose::Free, |state| {
            // It is the target of a copy, which would go on with a handle that is gone.
            if !state.is_forked && state.pending.is_none() && state.client.is_lent() {
                return false;
            }
            let pending = state.pending.take();
            state.client.close(Gone::Freed);
            drop(pending);
            true
        })
    };
    // A panic on the way is no reason to keep the memory.
    if matches!(freed, Ok(true) | Err(ftp_status::FTP_ERR_INTERNAL)) {
        // SAFETY: the pointer comes from ftp_new, and this is its only end. Transfers have references of their own.
        shielded(|| drop(unsafe { Arc::from_raw(ftp.cast_const().cast::<Handle>()) }));
    }
}
