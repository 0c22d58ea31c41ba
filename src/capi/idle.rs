//! Sessions that are idle: keeping them, and bringing back those that were lost.

use std::ffi::c_int;
use std::time::Duration;

use super::boundary::call::{call, run};
use super::boundary::pending::Function;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::net::Keepalive;

/// Brings back the session that the handle had last: connects to the same server, and does again what was done there.
///
/// That is, in this order: ftp_connect() to the same host and port; TLS as ftp_set_tls() says now, or by ftp_auth() if the session
/// was secured otherwise; USER, PASS and ACCT of the last login that the server has accepted, or that was under way when the session
/// was lost; the protection of data connections, and CCC if ftp_ccc() was asked for last; the working directory; the type. After
/// an ftp_open() that failed it is all that the URL says. It works after the session was lost, after ftp_quit() and ftp_close(),
/// and on a session that is open: that is closed first, and a transfer that is open in it has ended.
///
/// It ends in the same working directory, or with an error that names it. To know it, the library sends PWD before the next command
/// after a change that is relative; after coming back, PWD must say the same. Only where the session stands counts, and not how it
/// came there. An absolute path is gone to by its name. Where PWD tells nothing, one relative change is taken again; after more than
/// one way up the directory is not known. TYPE, CWD, CDUP, PWD, USER, PASS, ACCT, PROT and REIN count from ftp_sendcmd() and
/// ftp_voidcmd(), too; after ftp_putcmd() the directory is asked for, and a login is not known. Other commands that change a
/// session, such as OPTS, MODE, STRU, SITE or an ACCT after the login, are not done again.
///
/// For this the handle keeps user, password and account of the login. ftp_connect(), a new login and ftp_free() make it forget them,
/// and overwrite that copy; other copies that were made to send them are not searched for. ftp_last_reply() is the reply to the
/// login then.
///
/// @param ftp  the handle.
/// @return FTP_OK; FTP_ERR_STATE, and nothing is done, when there never was an ftp_connect(), or when the working directory or the
///         login is not known; FTP_ERR_REPLY when the way back leads to another directory; what ftp_connect(), ftp_auth(), ftp_login(),
///         ftp_prot_p(), ftp_prot_c(), ftp_ccc(), ftp_cwd() and ftp_voidcmd() return, such as FTP_ERR_PERM when the working
///         directory is gone: then the handle is not connected, and ftp_reconnect() can be tried again, but
///         not in a loop when PASS was refused: servers lock accounts; FTP_ERR_BUSY;
///         FTP_ERR_INVALID_ARGUMENT for a NULL handle.
///
/// A session that is to begin in another directory begins with ftp_connect() and ftp_login(). Thread rule: the thread that owns
/// the handle. (ftplib: none)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_reconnect(ftp: *mut ftp_handle) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe { run(ftp, Function::anew("ftp_reconnect"), || Ok(()), |client, ()| Box::pin(client.reconnect())) }
}

/// Sets how the system probes the control connection while nothing goes over it (TCP keepalive).
///
/// The probes keep NAT boxes and firewalls from forgetting the connection, during a long transfer above all, and find out that the
/// other side is gone. Servers do not see them: their own limit of idle time goes on.
///
/// @param ftp          the handle.
/// @param idle_ms      how long it is idle before the first probe, 1 to 32767000 ms; the default is 60000. -1 is no keepalive, and
///                     the other two do not matter.
/// @param interval_ms  from one probe that was not answered to the next, in the same range; the default is 20000.
/// @param probes       how many in a row make the connection dead, 1 to 127; the default is 5.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for a NULL handle or other values; FTP_ERR_IO when the system refuses it for the open
///         connection: then nothing has changed; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// The system counts seconds: times are rounded up to whole ones. It counts for the connection that is open, if there is one, and
/// for those to come. A dead connection ends a call with FTP_ERR_IO and ETIMEDOUT. Thread rule: the thread that owns the handle.
/// (ftplib: none)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_keepalive(
    ftp: *mut ftp_handle,
    idle_ms: i64,
    interval_ms: i64,
    probes: c_int,
) -> ftp_status {
    let set = |client: &mut Client| {
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
    unsafe { call(ftp, set) }
}

/// Sets whether NOOP is sent on the control connection while a transfer moves data, and how often.
///
/// Some servers and routers end a control connection on which nothing is said for long, data or not. TCP keepalive, which is on by
/// default, is enough for most of them; this is for the rest. It is off by default because servers do not agree on what a NOOP in
/// the middle of a transfer is: most answer it, some only after the transfer, and some drop it or call it an error. So, until the
/// final reply has come, a reply of 200, 500, 501 or 502 is taken for that to a NOOP; and when replies are missing after the
/// transfer, PWD is sent, and what comes before its 257 is skipped. A server that does not answer PWD within 5 s loses the session,
/// with the outcome of the transfer unchanged: the next call tells it.
///
/// @param ftp           the handle.
/// @param interval_ms  1 or more: after how long a silence of this client; -1 is off, the default.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for a NULL handle, 0, or less than -1; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// A NOOP goes out while the library waits for data, or between two blocks: not while a callback runs, not between two calls, and
/// not in ftp_copy(). The audit callback is not asked. Thread rule: the thread that owns the handle. (ftplib: none)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_noop_interval(ftp: *mut ftp_handle, interval_ms: i64) -> ftp_status {
    let set = |client: &mut Client| {
        let interval = match (interval_ms, u64::try_from(interval_ms)) {
            (-1, _) => None,
            (1.., Ok(milliseconds)) => Some(Duration::from_millis(milliseconds)),
            _ => return Err(Error::InvalidArgument("the interval must be 1 ms or more, or -1".into())),
        };
        client.set_noop_interval(interval);
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { call(ftp, set) }
}

/// Rounded up; the client knows which are too long.
fn whole_seconds(milliseconds: i64) -> Result<Duration> {
    match u64::try_from(milliseconds) {
        Ok(milliseconds @ 1..) => Ok(Duration::from_secs(milliseconds.div_ceil(1000))),
        _ => Err(Error::InvalidArgument("the times of keepalive must be 1 ms or more; -1 is off".into())),
    }
}
