//! The handle: its life, and the memory behind the pointer.

use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;
use std::sync::Arc;

use super::busy::{Busy, Running};
use super::pending::Pending;
use super::slot::{Gone, Slot};
use super::strings::Text;
use super::tls::TlsTexts;
use crate::client::Client;
use crate::error::Error;
use crate::net::{Process, Wake};
use crate::protocol::reply::Reply;

/// One session with one FTP server.
///
/// A handle belongs to one thread at a time; it may move to another thread between calls. Different handles are
/// independent. Only ftp_cancel() and ftp_abort() may be called while another call is running on the same handle.
pub struct ftp_handle {
    // A type without content: what is behind the pointer is no business of the header.
    _private: [u8; 0],
}

/// What is behind the pointer.
///
/// Threads share it, so nothing here is reached by `&mut` but `state`, and that only by who holds `busy`.
pub(super) struct Handle {
    busy: Busy,
    /// Where the handle was made, and the only place where it can be used.
    pub(super) process: Process,
    pub(super) wake: Arc<Wake>,
    state: UnsafeCell<State>,
}

// SAFETY: the state, which may move between threads, is reached only through the lock; the rest is shared by design.
unsafe impl Sync for Handle where State: Send {}

/// What belongs to the running call, or to the thread that owns the handle in between.
pub(super) struct State {
    pub(super) client: Arc<Slot>,
    /// The call that has returned FTP_AGAIN.
    pub(super) pending: Option<Pending>,
    /// Calls wait, and do not return FTP_AGAIN.
    pub(super) blocking: bool,
    pub(super) error: Text,
    pub(super) os_error: i32,
    pub(super) callback_result: i64,
    pub(super) welcome: Option<Text>,
    pub(super) reply: Text,
    pub(super) reply_code: i32,
    /// The path that the last call returned.
    pub(super) path: Text,
    pub(super) tls: TlsTexts,
}

/// The right to use the state of a handle. Given back when dropped.
pub(super) struct Lock<'a> {
    handle: &'a Handle,
    _running: Running<'a>,
}

impl Handle {
    fn new() -> std::io::Result<Handle> {
        let client = Client::new()?;
        let wake = client.reactor().wake().clone();
        let state = State {
            client: Slot::new(client),
            pending: None,
            blocking: true,
            error: Text::default(),
            os_error: 0,
            callback_result: 0,
            welcome: None,
            reply: Text::default(),
            reply_code: 0,
            path: Text::default(),
            tls: TlsTexts::default(),
        };
        Ok(Handle { busy: Busy::new(), process: Process::current(), wake, state: UnsafeCell::new(state) })
    }

    /// # Safety
    /// `handle` is NULL or comes from [`ftp_new`] and was not freed; it stays so as long as the reference is used.
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

    /// The state, unless a call is running.
    pub(super) fn try_lock(&self) -> Option<Lock<'_>> {
        self.busy.try_begin().map(|running| Lock { handle: self, _running: running })
    }
}

impl Deref for Lock<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        // SAFETY: `busy` is ours, so nobody else has a reference to the state.
        unsafe { &*self.handle.state.get() }
    }
}

impl DerefMut for Lock<'_> {
    fn deref_mut(&mut self) -> &mut State {
        // SAFETY: as above.
        unsafe { &mut *self.handle.state.get() }
    }
}

impl State {
    /// Forgets the last call's outcome.
    pub(super) fn begin(&mut self) {
        self.error = Text::default();
        self.os_error = 0;
        self.callback_result = 0;
    }

    /// Keeps what the getters tell about a failed call.
    pub(super) fn fail(&mut self, error: &Error) {
        let text = self.client.look(|client| client.describe(error)).unwrap_or_else(|| error.to_string());
        self.error = Text::new(text.as_bytes());
        self.os_error = error.os_error().unwrap_or(0);
        if let Error::Callback { value, .. } = error {
            self.callback_result = *value;
        }
    }

    /// Keeps what the server said during the call.
    pub(super) fn keep_replies(&mut self) {
        let said = self.client.look(|client| (client.welcome().cloned(), client.last_reply().cloned()));
        let Some((welcome, last)) = said else { return };
        self.welcome = welcome.map(|reply| Text::new(reply.text()));
        self.reply_code = last.as_ref().and_then(Reply::code).map_or(0, i32::from);
        self.reply = last.map(|reply| Text::new(reply.text())).unwrap_or_default();
    }
}

/// Makes a handle without a connection.
///
/// @return the handle, to be freed with ftp_free(); NULL when memory or descriptors are short.
///
/// Any thread may call this at any time. (ftplib: FTP())
#[unsafe(no_mangle)]
pub extern "C" fn ftp_new() -> *mut ftp_handle {
    match catch_unwind(Handle::new) {
        Ok(Ok(handle)) => Arc::into_raw(Arc::new(handle)).cast_mut().cast(),
        _ => null_mut(),
    }
}

/// Closes the connection without QUIT and frees the handle with all texts that it owns.
///
/// @param ftp  the handle; NULL is a no-op.
///
/// No other call may be running on the handle, nor be made after this one. While one is running, in another thread or in the
/// callback that this comes from, this does nothing: the handle stays valid and is still to be freed. Nor does it anything to the
/// target of an ftp_copy() that has not ended, also after FTP_AGAIN: free the source first. A call that begins at
/// the same moment as this one, or after it, uses freed memory.
///
/// In a child of fork() this closes the child's copies of the descriptors and sends nothing: the session goes on in the parent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_free(ftp: *mut ftp_handle) {
    // SAFETY: the header's contract.
    let Some(handle) = (unsafe { Handle::from_ptr(ftp) }) else { return };
    let Some(mut state) = handle.try_lock() else { return };
    // It is the target of a copy, which would go on with a handle that is gone.
    if handle.process.is_current() && state.pending.is_none() && state.client.is_lent() {
        return;
    }
    let _ = catch_unwind(AssertUnwindSafe(|| {
        state.pending = None;
        state.client.close(Gone::Freed);
    }));
    drop(state);
    // SAFETY: the pointer comes from ftp_new, and this is its only end. Transfers have references of their own.
    drop(unsafe { Arc::from_raw(ftp.cast_const().cast::<Handle>()) });
}
