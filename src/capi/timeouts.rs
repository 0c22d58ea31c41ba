//! How long calls may take.

use std::ffi::c_int;
use std::time::Duration;

use super::boundary::call::now;
use super::boundary::handle::State;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::client::{Client, Phase};
use crate::error::{Error, Result};

/// The library opens a TCP connection, control or data. This includes the lookup of the name. It
/// includes the TLS handshake of a session that begins with TLS.
pub const FTP_PHASE_CONNECT: i32 = 1;
/// The library waits for the greeting, or for the next one after a greeting with code 120.
pub const FTP_PHASE_GREETING: i32 = 2;
/// The library sends a command and waits for its reply, or begins TLS after AUTH.
pub const FTP_PHASE_REPLY: i32 = 3;
/// Nothing moves on a data connection, neither data nor its TLS handshake.
pub const FTP_PHASE_DATA: i32 = 4;
/// The library waits for the server to open the data connection, in active mode.
pub const FTP_PHASE_ACCEPT: i32 = 5;
/// The data has ended, and the library waits for the reply that confirms the transfer.
pub const FTP_PHASE_FINAL: i32 = 6;
/// A whole call from its beginning to its end, with the time that callbacks take.
pub const FTP_PHASE_TOTAL: i32 = 7;

/// Sets how long each wait may take, in all phases except FTP_PHASE_TOTAL.
///
/// The limit holds for every single wait, not for a whole transfer. Only time in which the library
/// waits for the server or the network counts. A wait that takes too long ends the call with
/// FTP_ERR_TIMEOUT. ftp_set_phase_timeout() sets the limit of one phase.
///
/// @param timeout_ms  1 or more. -1 is no limit. The default is 60000.
/// @return FTP_OK.
///
/// ftplib: timeout, in seconds, without limit by default
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_timeout(ftp: *mut ftp_handle, timeout_ms: i64) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        client.set_timeout(limit(timeout_ms)?);
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

/// Sets how long one phase of a call may take.
///
/// A phase that takes too long ends the call with FTP_ERR_TIMEOUT. ftp_last_error() then names the
/// phase, the time that passed, and what had been done. The setting takes effect at the next call.
///
/// @param phase       one of FTP_PHASE_CONNECT to FTP_PHASE_TOTAL.
/// @param timeout_ms  1 or more. -1 is no limit. The default is 60000, and -1 for FTP_PHASE_TOTAL.
/// @return FTP_OK.
///
/// - Only waits for the server and the network count, not the time that callbacks or the program
///   take. FTP_PHASE_TOTAL counts all of them.
/// - The library does not interrupt a callback that does not return.
/// - A call that fails may take 5 more seconds to bring the session back into step.
///
/// ftplib: none
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

/// A phase's number.
pub(super) fn number(phase: Phase) -> c_int {
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

fn limit(milliseconds: i64) -> Result<Option<Duration>> {
    match (milliseconds, u64::try_from(milliseconds)) {
        (-1, _) => Ok(None),
        (1.., Ok(milliseconds)) => Ok(Some(Duration::from_millis(milliseconds))),
        _ => Err(Error::InvalidArgument("the timeout must be 1 ms or more, or -1".into())),
    }
}
