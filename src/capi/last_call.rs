//! What the last call was about, what there is of the session, and whether to try again.

use std::ffi::{c_char, c_int};
use std::ptr::null;

use super::boundary::guard::{Purpose, enter, peek};
use super::boundary::handle::State;
use super::boundary::text::KeptReply;
use super::handle::ftp_handle;
use super::status::ftp_status;
use super::timeouts::number;
use crate::client::SessionState;

/// Returns the command of the last call, as in "RETR file": the last one that the call sent or
/// failed to send.
///
/// @return the command as the log shows it: the arguments of PASS and ACCT are `****`. It is cut to
///         200 characters. "" if there was none since the connection was begun.
///
/// - After ftp_getresp() it is the command that was answered.
/// - Commands that the library sends to bring a session back into step do not count. Those of
///   ftp_set_prearm() do not count either.
/// - After ftp_copy() each handle returns its own command.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_last_command(ftp: *const ftp_handle) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { peek(ftp, null(), |state| state.command.as_ptr()) }
}

/// Returns what the last call waited for, or did, when it failed.
///
/// @return one of FTP_PHASE_CONNECT to FTP_PHASE_FINAL, also for a call that was cancelled or that a
///         callback stopped.
///         - FTP_PHASE_TOTAL: the time limit of the whole call was over.
///         - 0: the last call that can wait succeeded, or failed before it waited.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_last_phase(ftp: *const ftp_handle) -> c_int {
    // SAFETY: the header's contract.
    unsafe { peek(ftp, 0, |state| state.phase.map_or(0, number)) }
}

/// Returns one of the replies that arrived during the last call that can wait.
///
/// These are, in the order of arrival, the replies that led to the outcome, those to commands that
/// brought the session back into step, and those that nobody asked for. The first 64 are kept, up to
/// 4 MiB in all.
///
/// @param index  0 for the first reply.
/// @return the reply as ftp_last_reply() returns it. NULL past the last one, and if there is no
///         memory for it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_last_replies(ftp: *const ftp_handle, index: usize) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { peek(ftp, null(), |state| state.replies.get(index).map_or(null(), KeptReply::as_ptr)) }
}

/// There is no session: none was begun, or ftp_close() or ftp_quit() ended it.
pub const FTP_STATE_NOT_CONNECTED: i32 = 0;
/// There is a connection without a login, also after REIN or QUIT of the program's own.
pub const FTP_STATE_CONNECTED: i32 = 1;
/// The session is ready for commands.
pub const FTP_STATE_LOGGED_IN: i32 = 2;
/// A transfer of ftp_transfercmd() is open.
pub const FTP_STATE_TRANSFER: i32 = 3;
/// The server owes a reply that the program has to read: after ftp_putcmd(), or after a 1yz reply to
/// ftp_sendcmd().
pub const FTP_STATE_REPLY_OWED: i32 = 4;
/// An error closed the connection, or prevented it. ftp_reconnect() brings back a session that was
/// lost.
pub const FTP_STATE_LOST: i32 = 5;
/// A call is running, or has returned FTP_AGAIN and has to be repeated. Or the handle is the target
/// of such an ftp_copy().
pub const FTP_STATE_BUSY: i32 = 6;
/// The handle was made before fork(), in the parent of this process. It can only be freed.
pub const FTP_STATE_FORKED: i32 = 7;

/// Returns the state of the session, as far as the library knows it without asking the server.
///
/// If the server has closed the connection in the meantime, only the next call finds out.
///
/// @return one of FTP_STATE_NOT_CONNECTED to FTP_STATE_FORKED. A NULL handle is
///         FTP_STATE_NOT_CONNECTED. After FTP_ERR_INTERNAL the state is FTP_STATE_LOST. Treat a
///         number that you do not know as FTP_STATE_BUSY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_state(ftp: *const ftp_handle) -> c_int {
    // SAFETY: the header's contract.
    let state = unsafe {
        enter(ftp, Purpose::Look, |state| {
            if state.is_forked {
                return FTP_STATE_FORKED;
            }
            if state.pending.is_some() || state.client.is_lent() {
                return FTP_STATE_BUSY;
            }
            match state.client.look(|client| client.state()) {
                Some(SessionState::NotConnected) => FTP_STATE_NOT_CONNECTED,
                Some(SessionState::Connected) => FTP_STATE_CONNECTED,
                Some(SessionState::LoggedIn) => FTP_STATE_LOGGED_IN,
                Some(SessionState::Transfer) => FTP_STATE_TRANSFER,
                Some(SessionState::ReplyOwed) => FTP_STATE_REPLY_OWED,
                Some(SessionState::Lost) | None => FTP_STATE_LOST,
            }
        })
    };
    match state {
        Ok(state) => state,
        Err(ftp_status::FTP_ERR_BUSY) => FTP_STATE_BUSY,
        Err(ftp_status::FTP_ERR_STATE) => FTP_STATE_FORKED,
        Err(ftp_status::FTP_ERR_INVALID_ARGUMENT) => FTP_STATE_NOT_CONNECTED,
        Err(_) => FTP_STATE_LOST,
    }
}

/// Tells whether the same call may succeed later, with nothing changed. If the connection is closed,
/// call ftp_reconnect() first.
///
/// @param ftp     the handle of the call. The library then considers what the server said. If the
///                handle is NULL, or its last call returned another status, the status alone
///                decides.
/// @param status  what the call returned.
/// @return 1 or 0. 0 for FTP_OK, FTP_AGAIN and numbers that are not a status.
///
/// These errors are transient:
///
/// - lost connections, time limits, and data that was cut;
/// - 4yz replies, except 430 at a login;
/// - 5yz replies whose text says that they will pass, such as "530 too many connections".
///
/// These are not:
///
/// - 430 at a login, which is a wrong password: who repeats it may be locked out;
/// - what the program asked for or decided, and what this machine cannot do;
/// - certificates and TLS;
/// - a server that breaks the protocol.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_is_transient(ftp: *const ftp_handle, status: c_int) -> c_int {
    let of_last_call = |state: &State| state.failure.filter(|(last, _)| *last as c_int == status);
    // SAFETY: the header's contract.
    let known = unsafe { peek(ftp, None, of_last_call) };
    known.map_or_else(|| is_transient(status), |(_, is_transient)| is_transient).into()
}

fn is_transient(status: c_int) -> bool {
    const TRANSIENT: [ftp_status; 5] = [
        ftp_status::FTP_ERR_IO,
        ftp_status::FTP_ERR_TIMEOUT,
        ftp_status::FTP_ERR_EOF,
        ftp_status::FTP_ERR_TEMP,
        ftp_status::FTP_ERR_INTEGRITY,
    ];
    TRANSIENT.iter().any(|transient| *transient as c_int == status)
}
