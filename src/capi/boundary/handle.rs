//! What is behind the pointer to a handle: what its threads share, and the state that one call at a time has.

use std::cell::UnsafeCell;
use std::sync::Arc;

use super::busy::Busy;
use super::guard::Purpose;
use super::pending::Pending;
use super::slot::Slot;
use super::text::{KeptReply, Text, keep, keep_all};
use super::thread;
use super::wait::WaitCallback;
use crate::capi::entry::ShownEntry;
use crate::capi::handle::ftp_handle;
use crate::capi::status::ftp_status;
use crate::capi::tls::TlsTexts;
use crate::client::{Client, MirrorReport, Phase, Report};
use crate::error::Error;
use crate::net::{Process, Wake};

/// What is behind the pointer to a handle.
///
/// Threads share it, so nothing here is reached by `&mut` but `state`, and that only through [`enter`](super::guard::enter).
pub(crate) struct Handle {
    pub(super) busy: Busy,
    /// Where the handle was made, and the only place where it can be used.
    pub(super) process: Process,
    wake: Arc<Wake>,
    pub(super) state: UnsafeCell<State>,
}

// SAFETY: the state, which may move between threads, is reached only through the lock; the rest is shared by design.
unsafe impl Sync for Handle where State: Send {}

// It is shared by its users' threads, and its last reference may be dropped by any of them.
const _: fn() = || {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Handle>();
};

impl Handle {
    pub(crate) fn new(wake: Arc<Wake>, state: State) -> Handle {
        let process = Process::current();
        Handle { busy: Busy::new(thread::current()), process, wake, state: UnsafeCell::new(state) }
    }

    /// # Safety
    /// `handle` is NULL or comes from [`ftp_new`](crate::capi::ftp_new) and was not freed; it stays so as long as the reference is used.
    pub(crate) unsafe fn from_ptr<'a>(handle: *const ftp_handle) -> Option<&'a Handle> {
        // SAFETY: as this function's.
        unsafe { handle.cast::<Handle>().as_ref() }
    }

    /// A reference that outlives the user's.
    ///
    /// # Safety
    /// As [`Handle::from_ptr`], for a handle that is not NULL.
    pub(crate) unsafe fn share(handle: *const ftp_handle) -> Arc<Handle> {
        let handle = handle.cast::<Handle>();
        // SAFETY: the pointer comes from Arc::into_raw, and the user's own reference keeps it alive.
        unsafe {
            Arc::increment_strong_count(handle);
            Arc::from_raw(handle)
        }
    }

    /// What is told while a call is running. In a child of fork() whose parent was in a call in another thread, that call never ends, and
    /// what it has left half done is not touched.
    pub(super) fn why_busy(&self, purpose: Purpose) -> ftp_status {
        let is_left = !self.process.is_current() && !self.busy.last_was_of(thread::current());
        if is_left && purpose != Purpose::Free { ftp_status::FTP_ERR_STATE } else { ftp_status::FTP_ERR_BUSY }
    }

    /// Stops the call that is running, whichever thread's.
    pub(crate) fn cancel(&self) {
        self.wake.cancel();
    }

    /// Whether the last call on the handle was made by this thread.
    pub(crate) fn was_called_by_this_thread(&self) -> bool {
        self.busy.last_was_of(thread::current())
    }
}

/// What belongs to the running call, or to the thread that owns the handle in between.
pub(crate) struct State {
    pub(crate) client: Arc<Slot>,
    /// The call that has returned FTP_AGAIN.
    pub(crate) pending: Option<Pending>,
    /// Calls wait, and do not return FTP_AGAIN.
    pub(crate) blocking: bool,
    /// What is called while a call waits.
    pub(crate) while_waiting: Option<WaitCallback>,
    pub(crate) error: Text,
    pub(crate) os_error: i32,
    pub(crate) callback_result: i64,
    pub(crate) welcome: Option<KeptReply>,
    pub(crate) reply: Option<KeptReply>,
    /// All of the last call.
    pub(crate) replies: Vec<KeptReply>,
    pub(crate) command: Text,
    pub(crate) phase: Option<Phase>,
    /// On the last transfer, as it was at the end of the last call.
    pub(crate) report: Option<Report>,
    /// On the last mirror, likewise.
    pub(crate) mirror: Option<MirrorReport>,
    /// What the last call returned, if it failed, and whether trying again makes sense.
    pub(crate) failure: Option<(ftp_status, bool)>,
    /// The text that the last call returned, such as a path.
    pub(crate) text: Text,
    /// What the last ftp_tls_get_info() returned. Few programs ask.
    pub(crate) tls: Option<Box<TlsTexts>>,
    /// The entry that the last ftp_stat() returned.
    pub(crate) entry: Option<Box<ShownEntry>>,
}

impl State {
    pub(crate) fn new(client: Client) -> State {
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
            report: None,
            mirror: None,
            failure: None,
            text: Text::default(),
            tls: None,
            entry: None,
        }
    }

    /// Forgets the last call's outcome.
    pub(crate) fn begin(&mut self) {
        self.error.clear();
        self.os_error = 0;
        self.callback_result = 0;
        self.failure = None;
    }

    /// Keeps what the getters tell about a failed call.
    pub(crate) fn fail(&mut self, error: &Error) {
        let text = self.client.look(|client| client.describe(error)).unwrap_or_else(|| error.to_string());
        self.error.set(text.as_bytes());
        self.os_error = error.os_error().unwrap_or(0);
        self.failure = Some((ftp_status::of(error), error.is_transient()));
        if let Error::Callback { value, .. } = error {
            self.callback_result = *value;
        }
    }

    /// Keeps what the server said during the call, and what the call was about. What is kept already stays as it is.
    pub(crate) fn keep_replies(&mut self) {
        let State { client, welcome, reply, replies, command, phase, report, mirror, .. } = self;
        client.look(|client| {
            keep(welcome, client.welcome());
            keep(reply, client.last_reply());
            keep_all(replies, client.replies());
            command.set(client.last_command_sent().as_bytes());
            *phase = client.failed_phase();
            *report = client.last_report();
            *mirror = client.last_mirror();
        });
    }
}
