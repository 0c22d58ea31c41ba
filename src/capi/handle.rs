//! The handle: its life, and the memory behind the pointer.

use std::io::ErrorKind;
use std::ptr::null_mut;
use std::sync::Arc;

use super::guard::{Handle, Purpose, enter, shielded};
use super::pending::Pending;
use super::slot::{Gone, Slot};
use super::status::ftp_status;
use super::strings::{KeptReply, Text};
use super::tls::TlsTexts;
use super::wait::WaitCallback;
use crate::client::{Client, Phase};
use crate::error::Error;
use crate::protocol::reply::Reply;

/// One session with one FTP server.
///
/// A handle belongs to one thread at a time; it may move to another thread between calls. Different handles are
/// independent. Only ftp_cancel() and ftp_abort() may be called while another call is running on the same handle.
pub struct ftp_handle {
    // A type without content: what is behind the pointer is no business of the header.
    _private: [u8; 0],
}

/// What belongs to the running call, or to the thread that owns the handle in between.
pub(super) struct State {
    pub(super) client: Arc<Slot>,
    /// The call that has returned FTP_AGAIN.
    pub(super) pending: Option<Pending>,
    /// Calls wait, and do not return FTP_AGAIN.
    pub(super) blocking: bool,
    /// What is called while a call waits.
    pub(super) while_waiting: Option<WaitCallback>,
    pub(super) error: Text,
    pub(super) os_error: i32,
    pub(super) callback_result: i64,
    pub(super) welcome: Option<KeptReply>,
    pub(super) reply: Option<KeptReply>,
    /// All of the last call.
    pub(super) replies: Vec<KeptReply>,
    pub(super) command: Text,
    pub(super) phase: Option<Phase>,
    /// What the last call returned, if it failed, and whether trying again makes sense.
    pub(super) failure: Option<(ftp_status, bool)>,
    /// The path that the last call returned.
    pub(super) path: Text,
    pub(super) tls: TlsTexts,
}

impl State {
    fn new(client: Client) -> State {
        State {
            client: Slot::new(client),
            pending: None,
            blocking: true,
            while_waiting: None,
            error: Text::default(),
            os_error: 0,
            callback_result: 0,
            welcome: None,
            reply: None,
            replies: Vec::new(),
            command: Text::default(),
            phase: None,
            failure: None,
            path: Text::default(),
            tls: TlsTexts::default(),
        }
    }

    /// Forgets the last call's outcome.
    pub(super) fn begin(&mut self) {
        self.error = Text::default();
        self.os_error = 0;
        self.callback_result = 0;
        self.failure = None;
    }

    /// Keeps what the getters tell about a failed call.
    pub(super) fn fail(&mut self, error: &Error) {
        let text = self.client.look(|client| client.describe(error)).unwrap_or_else(|| error.to_string());
        self.error = Text::new(text.as_bytes());
        self.os_error = error.os_error().unwrap_or(0);
        self.failure = Some((ftp_status::of(error), error.is_transient()));
        if let Error::Callback { value, .. } = error {
            self.callback_result = *value;
        }
    }

    /// Keeps what the server said during the call.
    pub(super) fn keep_replies(&mut self) {
        let said = self.client.look(|client| (client.welcome().cloned(), client.last_reply().cloned()));
        let Some((welcome, last)) = said else { return };
        keep(&mut self.welcome, welcome);
        keep(&mut self.reply, last);
        self.keep_record();
    }
}

/// What is kept already stays, with its text.
fn keep(kept: &mut Option<KeptReply>, reply: Option<Reply>) {
    let is_kept = match (&*kept, &reply) {
        (Some(kept), Some(reply)) => kept.reply().is(reply),
        (None, None) => true,
        _ => false,
    };
    if !is_kept {
        *kept = reply.map(KeptReply::new);
    }
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
/// @return the handle, to be freed with ftp_free(); NULL when memory or descriptors are short.
///
/// Any thread may call this at any time. (ftplib: FTP())
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
