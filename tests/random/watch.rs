//! What the log callback tells of a session: which command was sent when on which connection. It is how the test knows to which
//! command a reply must belong.

use std::ffi::{c_char, c_int, c_void};
use std::slice;
use std::sync::{Arc, Mutex};

use ftpclient::capi::ftp_log_kind::{FTP_LOG_COMMAND, FTP_LOG_REPLY, FTP_LOG_STATE};

use super::chance::Chance;
use super::ledger::{Ledger, Tag};

#[derive(Default)]
struct Seen {
    /// The connection, once its greeting has told which one it is.
    connection: Option<usize>,
    /// How many commands were sent on it.
    commands: usize,
    /// Since the call began, the connecting too.
    sent: Vec<(Tag, String)>,
    /// The commands in full, except the one that connects.
    lines: Vec<(Tag, String)>,
    /// The audit callback has refused one of the call.
    has_denied: bool,
}

pub struct Watch {
    seen: Mutex<Seen>,
    chance: Mutex<Chance>,
    ledger: Arc<Ledger>,
}

impl Watch {
    pub fn new(ledger: &Arc<Ledger>, chance: Chance) -> Watch {
        Watch { seen: Mutex::default(), chance: Mutex::new(chance), ledger: Arc::clone(ledger) }
    }

    /// Before a call.
    pub fn begin(&self) {
        let mut seen = self.seen.lock().unwrap();
        seen.sent.clear();
        seen.lines.clear();
        seen.has_denied = false;
    }

    /// The commands of the call, each with its verb. To connect is one without a verb.
    pub fn sent(&self) -> Vec<(Tag, String)> {
        self.seen.lock().unwrap().sent.clone()
    }

    /// The commands of the call in full.
    pub fn lines(&self) -> Vec<(Tag, String)> {
        self.seen.lock().unwrap().lines.clone()
    }

    /// Whether a command of the call was refused, perhaps one that tidies up.
    pub fn has_denied(&self) -> bool {
        self.seen.lock().unwrap().has_denied
    }

    /// The connection of the session.
    pub fn connection(&self) -> Option<usize> {
        self.seen.lock().unwrap().connection
    }

    fn record(&self, kind: i32, text: &str) {
        let mut seen = self.seen.lock().unwrap();
        if kind == FTP_LOG_STATE as i32 && text.starts_with("connected") {
            (seen.connection, seen.commands) = (None, 0);
        } else if kind == FTP_LOG_COMMAND as i32 {
            seen.commands += 1;
            let Some(connection) = seen.connection else { return };
            let verb = text.split(' ').next().unwrap_or_default().to_owned();
            let tag = Tag { connection, command: seen.commands };
            seen.sent.push((tag, verb));
            seen.lines.push((tag, text.to_owned()));
        } else if kind == FTP_LOG_REPLY as i32 && seen.connection.is_none() {
            seen.connection = Tag::find(text).map(|tag| tag.connection);
            // To connect is a command whose reply is the greeting.
            let greeting = seen.connection.map(|connection| Tag { connection, command: 0 });
            seen.sent.extend(greeting.map(|tag| (tag, String::new())));
        }
        if kind == FTP_LOG_STATE as i32 {
            self.ledger.log(format!("-- the client: {text}"));
        }
    }
}

pub unsafe extern "C-unwind" fn on_log(kind: i32, text: *const c_char, len: usize, user: *mut c_void) {
    // SAFETY: the library's promise, and the watch outlives the handle.
    let (watch, text) = unsafe { (&*user.cast::<Watch>(), slice::from_raw_parts(text.cast::<u8>(), len)) };
    watch.record(kind, &String::from_utf8_lossy(text));
}

/// Refuses a command now and then.
pub unsafe extern "C-unwind" fn on_audit(
    _: *const c_char,
    _: *const c_char,
    _: u16,
    _: *const c_char,
    user: *mut c_void,
) -> c_int {
    // SAFETY: the watch outlives the handle.
    let watch = unsafe { &*user.cast::<Watch>() };
    let denies = watch.chance.lock().unwrap().percent(4);
    watch.seen.lock().unwrap().has_denied |= denies;
    denies.into()
}

/// Gives a call up now and then.
pub unsafe extern "C-unwind" fn on_wait(user: *mut c_void) -> c_int {
    // SAFETY: the watch outlives the handle.
    let watch = unsafe { &*user.cast::<Watch>() };
    let mut chance = watch.chance.lock().unwrap();
    // Two different values leave the server.
    if chance.percent(4) { chance.one_of(&[1, 2]) } else { 0 }
}
