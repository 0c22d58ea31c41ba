//! Settings of a handle.

use std::ffi::c_int;
use std::time::Duration;

use super::guard::call;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::error::Error;

/// Sets how long each wait may take: for the addresses of a host, the connection, a reply, the next data.
///
/// It bounds every single wait, not a whole transfer, and counts only time in which the server or the network was waited
/// for. A wait that is too long ends the call with FTP_ERR_TIMEOUT.
///
/// @param ftp           the handle.
/// @param milliseconds  1 or more; -1 is no limit. The default is 60000.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for a NULL handle, 0, or less than -1; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// Thread rule: the thread that owns the handle. (ftplib: timeout, in seconds, where the default is no limit)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_timeout(ftp: *mut ftp_handle, milliseconds: i64) -> ftp_status {
    let set = |client: &mut crate::client::Client| {
        let timeout = match (milliseconds, u64::try_from(milliseconds)) {
            (-1, _) => None,
            (1.., Ok(milliseconds)) => Some(Duration::from_millis(milliseconds)),
            _ => return Err(Error::InvalidArgument("the timeout must be 1 ms or more, or -1".into())),
        };
        client.set_timeout(timeout);
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { call(ftp, set) }
}

/// Chooses who opens data connections: the client (passive mode, the default) or the server (active mode).
///
/// Passive mode uses PASV on IPv4 and EPSV on IPv6, active mode PORT and EPRT (RFC 959, RFC 2428).
///
/// @param ftp      the handle.
/// @param passive  0 is active mode, anything else passive mode.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT for a NULL handle; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// Thread rule: the thread that owns the handle. (ftplib: set_pasv)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_pasv(ftp: *mut ftp_handle, passive: c_int) -> ftp_status {
    let set = |client: &mut crate::client::Client| {
        client.set_passive(passive != 0);
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { call(ftp, set) }
}
