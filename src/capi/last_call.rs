//! What the last call was about, what there is of the session, and whether to try again.

use std::ffi::{c_char, c_int};
use std::ptr::null;

use super::boundary::guard::{Purpose, enter, peek};
use super::boundary::handle::State;
use super::boundary::text::KeptReply;
use super::handle::ftp_handle;
use super::status::ftp_status;
use super::timeouts::{
    FTP_PHASE_ACCEPT, FTP_PHASE_CONNECT, FTP_PHASE_DATA, FTP_PHASE_FINAL, FTP_PHASE_GREETING,
    FTP_PHASE_REPLY, FTP_PHASE_TOTAL,
};
use crate::client::{Phase, SessionState};

/// The command that the last call was about, as in "RETR file": the one that it sent last, or that it failed to send.
///
/// @param ftp  the handle.
/// @return the command as the log shows it, what PASS and ACCT say as `****`, cut to 200 characters; "" when there was none since
///         the connection was begun; owned by the handle, valid until the next call on it that is no getter. NULL for a NULL handle
///         and while a call is running.
///
/// After ftp_getresp() it is the command that was answered. What the library sends to bring a session back into step does not
/// count. After ftp_copy() each handle tells its own. Thread rule: the thread that owns the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_last_command(ftp: *const ftp_handle) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { peek(ftp, null(), |state| state.command.as_ptr()) }
}

/// What the last call waited for, or was doing, when it failed.
///
/// @param ftp  the handle.
/// @return one of FTP_PHASE_CONNECT to FTP_PHASE_FINAL, also for a call that was cancelled or stopped by a callback;
///         FTP_PHASE_TOTAL when the limit of the whole call was over; 0 when the last call that can wait succeeded, or failed before
///         it waited for anything, for a NULL handle, and while a call is running.
///
/// Thread rule: the thread that owns the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_last_phase(ftp: *const ftp_handle) -> c_int {
    // SAFETY: the header's contract.
    unsafe { peek(ftp, 0, |state| state.phase.map_or(0, number)) }
}

fn number(phase: Phase) -> c_int {
    match phase {
        Phase::Connect => FTP_PHASE_CONNECT,
        Phase::Greeting => FTP_PHASE_GREETING,
        Phase::Reply => FTP_PHASE_REPLY,
        Phase::Data => FTP_PHASE_DATA,
        Phase::Accept => FTP_PHASE_ACCEPT,
        Phase::Final => FTP_PHASE_FINAL,
        Phase::Total => FTP_PHASE_TOTAL,
    }
}

/// The replies that came during the last call that can wait, in their order: those that lead to its outcome, those to what the
/// library sent to get back into step, and those that nobody had asked for.
///
/// @param ftp    the handle.
/// @param index  0 for the first.
/// @return the reply as ftp_last_reply() gives it; owned by the handle, valid until the next call on it that is no getter. NULL
///         past the last one, for a NULL handle, while a call is running, and where there is no memory for it.
///
/// The first 64 are kept, as long as they have no more than 4 MiB in all. Thread rule: the thread that owns the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_last_replies(ftp: *const ftp_handle, index: usize) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { peek(ftp, null(), |state| state.replies.get(index).map_or(null(), KeptReply::as_ptr)) }
}

/// There is no session: none was begun, or ftp_close() or ftp_quit() has ended it.
pub const FTP_STATE_NOT_CONNECTED: i32 = 0;
/// There is a connection, and nobody has logged in.
pub const FTP_STATE_CONNECTED: i32 = 1;
/// Commands can be sent.
pub const FTP_STATE_LOGGED_IN: i32 = 2;
/// A transfer of ftp_transfercmd() is open.
pub const FTP_STATE_TRANSFER: i32 = 3;
/// The server owes replies that are to be read: after ftp_putcmd(), or a 1yz reply to ftp_sendcmd().
pub const FTP_STATE_REPLY_OWED: i32 = 4;
/// An error has closed the connection, or it did not come about. ftp_reconnect() brings back a session that was lost.
pub const FTP_STATE_LOST: i32 = 5;
/// A call is running, or has returned FTP_AGAIN and is to be repeated; or the handle is the target of such an ftp_copy().
pub const FTP_STATE_BUSY: i32 = 6;
/// The handle was made before fork(), in the parent of this process: it can only be freed.
pub const FTP_STATE_FORKED: i32 = 7;

/// What there is of the session, as far as is known without asking the server: that it has closed the connection in the meantime
/// shows only at the next call.
///
/// @param ftp  the handle.
/// @return one of FTP_STATE_...; FTP_STATE_NOT_CONNECTED for a NULL handle, FTP_STATE_LOST after FTP_ERR_INTERNAL. Take a number
///         that you do not know for FTP_STATE_BUSY.
///
/// It never waits, and leaves what the other getters tell as it is. Thread rule: the thread that owns the handle.
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
        Err(ftp_status::FTP_ERR_INVALID_ARGUMENT) => FTP_STATE_NOT_CONNECTED,
        Err(_) => FTP_STATE_LOST,
    }
}

/// Whether it makes sense to try again what has failed, with nothing changed: later, and after ftp_reconnect() where the connection
/// is closed.
///
/// Yes for lost connections, time limits, data that was cut, replies 4yz, and refusals 5yz whose text says that they will pass, as
/// "530 too many connections". No for a 430 at a login, which is a wrong password: who tries that again may be locked out. No for
/// what this side has asked for, has decided or cannot do, for certificates and TLS, and for servers that break the protocol.
///
/// @param status  what the call has returned.
/// @param ftp     the handle, whose last call it was: then what was said and done decides. With a NULL handle, or another status
///                than that of its last call, the status alone does.
/// @return 1 or 0; 0 for FTP_OK, FTP_AGAIN and numbers that are no status.
///
/// Thread rule: the thread that owns the handle.
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
