//! Sessions that are idle: keeping them, and bringing back those that were lost.

use std::ffi::c_int;
use std::time::Duration;

use super::boundary::call::{Call, nothing, now, run};
use super::boundary::handle::State;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::net::Keepalive;

/// Brings back the last session of the handle: connects to the same server and repeats what was done
/// there.
///
/// The function repeats these steps, in this order:
///
/// - ftp_connect() to the same host and port.
/// - TLS as ftp_set_tls() says now, or by ftp_auth() if the program secured the session itself.
/// - USER, PASS and ACCT of the last login that the server accepted, or that was under way when the
///   session was lost. Then the last ACCT after the login, if the server accepted it.
/// - The protection of data connections, and CCC if ftp_ccc() was the last request.
/// - The working directory.
/// - The type.
/// - The facts of MLSD and MLST that the program chose (OPTS MLST), by ftp_mlsd() or by a command of
///   its own.
///
/// After an ftp_open() that failed, the function does all that the URL says. It works after the
/// session was lost, and after ftp_quit() and ftp_close(). An open session is closed first; an open
/// transfer of that session has ended.
///
/// @return FTP_OK. After any other status, except as noted here, the handle is not connected and
///         ftp_reconnect() can be tried again. Do not repeat it in a loop if the server refused
///         PASS: servers lock accounts.
///         - FTP_ERR_STATE: nothing was done. There never was an ftp_connect(), or the working
///           directory or the login is not known.
///         - FTP_ERR_BUSY, FTP_ERR_INVALID_ARGUMENT: nothing was done.
///         - FTP_ERR_REPLY: the way back leads to another directory.
///         - FTP_ERR_PERM: for example, the working directory is gone.
///         - Otherwise as the functions that these steps call.
///
/// How the directory is known:
///
/// - After a relative change of the directory, the library sends PWD before the next command. After
///   the reconnection PWD must say the same.
/// - If the program named an absolute path, the library changes to that path.
/// - If PWD does not tell the directory, the library repeats one relative change. After more than
///   one way up the directory is not known.
/// - In ftp_sendcmd(), ftp_voidcmd() and ftp_putcmd() the library sees TYPE, CWD, CDUP, PWD, USER,
///   PASS, ACCT, PROT, REIN and OPTS MLST. After ftp_putcmd() the reply that ftp_getresp() returns
///   counts. If it is never read, the directory or the login is not known.
/// - The library does not repeat other commands that change a session, such as MODE, STRU, SITE and
///   other OPTS.
///
/// For this the handle keeps user, password and account. ftp_connect(), a new login and ftp_free()
/// overwrite that copy. They do not search for other copies that were made to send it. After this
/// function, ftp_last_reply() returns the reply to the login.
///
/// To begin a session in another directory, call ftp_connect() and ftp_login().
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_reconnect(ftp: *mut ftp_handle) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        run(
            ftp,
            Call::anew("ftp_reconnect"),
            &|| Ok(()),
            |client, _, seat| seat.house(client.reconnect()),
            &nothing,
        )
    }
}

/// Sets how the system probes an idle control connection (TCP keepalive).
///
/// The probes keep NAT devices and firewalls from forgetting the connection, above all during a long
/// transfer. They also detect that the other side is gone. Servers do not see them: their own limit
/// on idle time goes on.
///
/// The setting takes effect at once on an open connection, and on later ones. A dead connection ends
/// a call with FTP_ERR_IO and ETIMEDOUT.
///
/// @param idle_ms      the idle time before the first probe, 1 to 32767000. The default is 60000. -1
///                     turns keepalive off; then the other two do not matter.
/// @param interval_ms  the time from a probe without answer to the next one, in the same range. The
///                     default is 20000.
/// @param probes       how many probes without answer make the connection dead, 1 to 127. The
///                     default is 5.
/// @return FTP_OK.
///         - FTP_ERR_IO: the system refuses it for the open connection. Nothing has changed.
///
/// The system counts seconds: the library rounds times up to whole seconds.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_keepalive(
    ftp: *mut ftp_handle,
    idle_ms: i64,
    interval_ms: i64,
    probes: c_int,
) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        let keepalive = match idle_ms {
            -1 => None,
            _ => Some(Keepalive {
                idle: whole_seconds(idle_ms)?,
                interval: whole_seconds(interval_ms)?,
                probes: u32::try_from(probes).unwrap_or_default(),
            }),
        };
        client.set_keepalive(keepalive)
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

/// Sets how often the library sends NOOP on the control connection while a transfer moves data.
///
/// Some servers and routers end a control connection that is silent for long, even if data moves.
/// TCP keepalive, which is on by default, is enough for most of them. This setting is for the rest.
///
/// @param interval_ms  how long this client is silent before it sends a NOOP, 1 or more. -1 is off,
///                     the default.
/// @return FTP_OK.
///
/// It is off by default because servers treat a NOOP during a transfer differently. Most answer at
/// once, some after the transfer. Some drop it, or call it an error. So the library does this:
///
/// - Replies belong to NOOPs and to commands of ftp_putcmd() in the order in which these were sent.
///   Only 200, 500, 501 and 502 answer a NOOP: another code passes it over.
/// - If replies are missing after the transfer, it sends PWD and skips what arrives before the 257.
/// - If the server does not answer that PWD within 5 s, the session is lost. The transfer keeps its
///   status; the next call returns the error.
///
/// The library sends a NOOP while it waits for data, or between two blocks. It sends none while a
/// callback runs, between two calls, or in ftp_copy(). The audit callback is not asked.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_noop_interval(ftp: *mut ftp_handle, interval_ms: i64) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        let interval = match (interval_ms, u64::try_from(interval_ms)) {
            (-1, _) => None,
            (1.., Ok(milliseconds)) => Some(Duration::from_millis(milliseconds)),
            _ => return Err(Error::InvalidArgument("the interval must be 1 ms or more, or -1".into())),
        };
        client.set_noop_interval(interval);
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}

/// Rounded up; the client knows which are too long.
fn whole_seconds(milliseconds: i64) -> Result<Duration> {
    match u64::try_from(milliseconds) {
        Ok(milliseconds @ 1..) => Ok(Duration::from_secs(milliseconds.div_ceil(1000))),
        _ => Err(Error::InvalidArgument("the times of keepalive must be 1 ms or more; -1 is off".into())),
    }
}
