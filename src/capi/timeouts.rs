//! How long calls may take.

use std::ffi::c_int;
use std::time::Duration;

use super::boundary::call::now;
use super::boundary::handle::State;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::client::{Client, Phase};
use crate::error::{Error, Result};

/// A TCP connection is made, control or data. The resolution of the name is part of it, and so is the TLS handshake where
/// a session begins with TLS.
pub const FTP_PHASE_CONNECT: i32 = 1;
/// The greeting is waited for, or the one that a reply 120 has announced.
pub const FTP_PHASE_GREETING: i32 = 2;
/// A command is sent and its reply waited for, or TLS begins after AUTH.
pub const FTP_PHASE_REPLY: i32 = 3;
/// Nothing moves on a data connection, be it data or its TLS handshake.
pub const FTP_PHASE_DATA: i32 = 4;
/// The server is to open the data connection, in active mode.
pub const FTP_PHASE_ACCEPT: i32 = 5;
/// The data has ended, and the reply that confirms the transfer is waited for.
pub const FTP_PHASE_FINAL: i32 = 6;
/// A whole call, from its beginning to its end, with the time that callbacks take.
pub const FTP_PHASE_TOTAL: i32 = 7;

/// Sets how long each wait may take: that of all phases but FTP_PHASE_TOTAL.
///
/// It bounds every single wait, not a whole transfer, and counts only time in which the server or the network was waited
/// for. A wait that is too long ends the call with FTP_ERR_TIMEOUT. ftp_set_phase_timeout() sets each by itself.
///
/// @param ftp           the handle.
/// @param timeout_ms  1 or more; -1 is no limit. The default is 60000.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for a NULL handle, 0, or less than -1; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// Thread rule: the thread that owns the handle. (ftplib: timeout, in seconds, where the default is no limit)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_timeout(ftp: *mut ftp_handle, timeout_ms: i64) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        client.set_timeout(limit(timeout_ms)?);
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

/// Sets how long one phase of a call may take. What is too long ends the call with FTP_ERR_TIMEOUT, and ftp_last_error()
/// names the phase, the time that passed and what had been done.
///
/// Only waits for the server and the network count, never the time that callbacks or the program take; but
/// FTP_PHASE_TOTAL is a whole call with all that happens in it. A callback that does not return is not interrupted, and a
/// call that fails may take 5 seconds more to bring the session back into step.
///
/// @param ftp           the handle.
/// @param phase         one of FTP_PHASE_CONNECT, FTP_PHASE_GREETING, FTP_PHASE_REPLY, FTP_PHASE_DATA, FTP_PHASE_ACCEPT,
///                      FTP_PHASE_FINAL, FTP_PHASE_TOTAL.
/// @param timeout_ms  1 or more; -1 is no limit. The default is 60000, and -1 for FTP_PHASE_TOTAL.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for a NULL handle, another phase, 0, or less than -1; FTP_ERR_BUSY;
///         FTP_ERR_INTERNAL.
///
/// It counts from the next call on. Thread rule: the thread that owns the handle. (ftplib: none)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_phase_timeout(
    ftp: *mut ftp_handle,
    phase: c_int,
    timeout_ms: i64,
) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        let phase = match phase {
            FTP_PHASE_CONNECT => Phase::Connect,
            FTP_PHASE_GREETING => Phase::Greeting,
            FTP_PHASE_REPLY => Phase::Reply,
            FTP_PHASE_DATA => Phase::Data,
            FTP_PHASE_ACCEPT => Phase::Accept,
            FTP_PHASE_FINAL => Phase::Final,
            FTP_PHASE_TOTAL => Phase::Total,
            _ => return Err(Error::InvalidArgument("the phase must be one of FTP_PHASE_...".into())),
        };
        client.set_phase_timeout(phase, limit(timeout_ms)?);
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

fn limit(milliseconds: i64) -> Result<Option<Duration>> {
    match (milliseconds, u64::try_from(milliseconds)) {
        (-1, _) => Ok(None),
        (1.., Ok(milliseconds)) => Ok(Some(Duration::from_millis(milliseconds))),
        _ => Err(Error::InvalidArgument("the timeout must be 1 ms or more, or -1".into())),
    }
}
