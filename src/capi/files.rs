//! Whole files.

use std::ffi::{OsString, c_char, c_int};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::time::Duration;

use super::boundary::call::{Call, nothing, now, run};
use super::boundary::handle::State;
use super::boundary::text::required;
use super::handle::ftp_handle;
use super::list::known_flags;
use super::status::ftp_status;
use crate::client::{Client, GetRequest, PutRequest, Retries};
use crate::error::{Error, Result};

/// What an earlier call could not finish is continued. What this call cannot finish is kept.
pub const FTP_RESUME: i32 = 1;
/// A file that is there already is not replaced.
pub const FTP_NO_REPLACE: i32 = 2;
/// The file gets the time of the original.
pub const FTP_KEEP_TIME: i32 = 4;
/// A hash that the server tells is compared.
pub const FTP_VERIFY: i32 = 8;
/// For ftp_get(): the file is written under its own name from the beginning.
pub const FTP_IN_PLACE: i32 = 16;
/// For ftp_put(): the data goes to a temporary name on the server, which is then renamed.
pub const FTP_ATOMIC: i32 = 32;
/// For ftp_put(): the directories above the file are made.
pub const FTP_MAKE_DIRS: i32 = 64;
/// For ftp_pool_get(): several sessions fetch the file together.
pub const FTP_SEGMENTED: i32 = 512;

/// Downloads a file to this machine.
///
/// The data goes to a temporary file beside the target, whose name begins with "." and the name of
/// the target. The library renames it when three things are true: the server confirmed the transfer,
/// the size is right, and the disk has the data. So the target is either what it was, or whole.
/// The type is always image, whatever ftp_set_type() says.
///
/// @param remote  the path on the server.
/// @param local   the path of the target on this machine. The directory must be there.
/// @param flags   0, or any of these:
///                - FTP_RESUME: continue what an earlier call left, and keep what this call cannot
///                  finish. It is continued only if the size and the time on the server (SIZE, MDTM)
///                  are still the same. The library fetches the last 64 KiB again and compares them.
///                  A file that changed is fetched anew.
///                - FTP_NO_REPLACE: if the target is there, the call fails.
///                - FTP_KEEP_TIME: the target gets the time that ftp_modified() tells. If the server
///                  tells none, the call fails before the transfer.
///                - FTP_VERIFY: after the transfer, ask the server for a hash of the file, and
///                  compare it. The hash is the best that FEAT names, or that ftp_hash() has got in
///                  this login. If there is none, the call fails before the transfer.
///                - FTP_IN_PLACE: write the target itself from the beginning, as devices, FIFOs and
///                  files with several names need it. After an error it has a part of the data,
///                  unless this call made it. Not with FTP_RESUME.
/// @return FTP_OK: the target is the whole file. After any other status it is what it was, except
///         with FTP_IN_PLACE.
///         - FTP_ERR_FILE: the target cannot be written. It is a directory; or it is no regular
///           file, without FTP_IN_PLACE; or it is there, with FTP_NO_REPLACE (EEXIST); or the disk
///           is full. Or another process continues the same download (EWOULDBLOCK).
///         - FTP_ERR_INTEGRITY: the server confirmed the transfer, but the size or the hash is
///           wrong.
///         - FTP_ERR_UNSUPPORTED: FTP_KEEP_TIME, and the server tells no time; FTP_VERIFY, and it
///           offers no hash. Nothing was transferred.
///         - FTP_ERR_UNVERIFIED: the data ended, but the final reply did not arrive. The file may be
///           whole. With FTP_RESUME its size is known, and a file that was cut is FTP_ERR_EOF.
///         - FTP_ERR_NOT_FOUND: the server refuses and says that nothing is there.
///         - FTP_ERR_PERM: in most cases 550. Some servers do not say why.
///         - Otherwise as ftp_retrbinary().
///
/// - ftp_set_retries() has the call try again what may pass.
/// - A link at the target is replaced, and what it leads to is not written.
/// - A file that is replaced keeps its permissions.
/// - A file that grows during the download has the wrong size: use ftp_retrbinary() for it.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_get(
    ftp: *mut ftp_handle,
    remote: *const c_char,
    local: *const c_char,
    flags: c_int,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || get_request(remote, local, flags, 0);
        run(
            ftp,
            Call::keep("ftp_get").with_report(),
            &inputs,
            |client, wanted, seat| seat.house(async move { client.get(&wanted).await }),
            &nothing,
        )
    }
}

/// Uploads a file of this machine.
///
/// After the final reply the library asks for the size of the file (SIZE), where the server has it.
/// The type is always image, whatever ftp_set_type() says.
///
/// @param local   the path of a regular file on this machine. It must not change meanwhile: chmod,
///                and another file that takes its name, are changes as well.
/// @param remote  the path on the server.
/// @param flags   0, or any of these:
///                - FTP_RESUME: if the server has a part of the file already, send only the rest.
///                  The library fetches the last 64 KiB of that part and compares them, where the
///                  user may read. A part that differs is replaced, and so is one that is older
///                  than the local file (MDTM). The rest goes by APPE, or by REST and STOR if the
///                  server refuses APPE.
///                - FTP_ATOMIC: send to a temporary name in the same directory, and rename it (RNFR,
///                  RNTO) when it is whole. If the server does not rename to a name that is taken,
///                  the library renames the old file aside right before, and then deletes it.
///                - FTP_NO_REPLACE: if something has the name on the server, the call fails. Another
///                  client may still come between. With FTP_RESUME, it needs FTP_ATOMIC.
///                - FTP_KEEP_TIME: the file gets the time of the local file, as ftp_set_modified()
///                  sets it. If that fails, the call fails. The file is whole then and has another
///                  time. With FTP_ATOMIC it does not get its name.
///                - FTP_VERIFY: after the transfer, ask the server for a hash of the file, and
///                  compare it, as ftp_get() does. FTP_ATOMIC renames the file after that.
///                - FTP_MAKE_DIRS: first make the directories above, as ftp_makedirs() does.
/// @return FTP_OK: the server confirmed all of the file, and tells the right size, or none.
///         - FTP_ERR_FILE: the local file cannot be read, is no regular file, or changed meanwhile.
///         - FTP_ERR_EXISTS: with FTP_NO_REPLACE.
///         - FTP_ERR_NOT_FOUND: the server refuses and says that the directory is not there.
///         - FTP_ERR_INTEGRITY: the server confirmed the transfer, but its file has another size or
///           another hash. Or it confirmed the new name, and the file has the temporary one still.
///         - FTP_ERR_UNSUPPORTED: FTP_VERIFY, and the server offers no hash. Nothing was
///           transferred.
///           Or FTP_KEEP_TIME, and the server sets no times. The first such call in a login finds
///           that out after the transfer; those after it transfer nothing.
///         - FTP_ERR_UNVERIFIED: all data was sent, but the final reply did not arrive.
///         - FTP_ERR_INVALID_ARGUMENT: also with FTP_ATOMIC, if remote ends with "/", or its last
///           name is "." or "..".
///         - Otherwise as ftp_storbinary(), ftp_rename(), ftp_set_modified() and ftp_makedirs().
///
/// - After an error, the server may have a part of the file under its final name, unless
///   FTP_ATOMIC was given. The library deletes a temporary file if the session lives, unless
///   FTP_RESUME was given. It does so also after ftp_cancel(), ftp_abort() or a callback that stops
///   the call.
/// - ftp_set_retries() has the call try again what may pass. A file of more than 64 KiB goes on
///   where it was lost. For that, the library asks SIZE before the first attempt: what was there
///   before is no part of this upload.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_put(
    ftp: *mut ftp_handle,
    local: *const c_char,
    remote: *const c_char,
    flags: c_int,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || put_request(local, remote, flags);
        run(
            ftp,
            Call::keep("ftp_put").with_report(),
            &inputs,
            |client, wanted, seat| seat.house(async move { client.put(&wanted).await }),
            &nothing,
        )
    }
}

/// What is to be downloaded.
///
/// # Safety
/// The texts are NULL, or end with a zero byte.
pub(super) unsafe fn get_request(
    remote: *const c_char,
    local: *const c_char,
    flags: c_int,
    more_flags: c_int,
) -> Result<GetRequest> {
    let both = FTP_RESUME | FTP_NO_REPLACE | FTP_KEEP_TIME | FTP_VERIFY;
    known_flags(flags, both | FTP_IN_PLACE | more_flags)?;
    let has = |flag| flags & flag != 0;
    // SAFETY: as this function's.
    let (remote, local) = unsafe { (required(remote, "remote")?, local_path(local)?) };
    Ok(GetRequest {
        remote,
        local,
        resume: has(FTP_RESUME),
        no_replace: has(FTP_NO_REPLACE),
        in_place: has(FTP_IN_PLACE),
        keep_time: has(FTP_KEEP_TIME),
        verify: has(FTP_VERIFY),
        segmented: has(FTP_SEGMENTED),
    })
}

/// What is to be uploaded.
///
/// # Safety
/// As [`get_request`].
pub(super) unsafe fn put_request(
    local: *const c_char,
    remote: *const c_char,
    flags: c_int,
) -> Result<PutRequest> {
    let both = FTP_RESUME | FTP_NO_REPLACE | FTP_KEEP_TIME | FTP_VERIFY;
    known_flags(flags, both | FTP_ATOMIC | FTP_MAKE_DIRS)?;
    let has = |flag| flags & flag != 0;
    // SAFETY: as this function's.
    let (local, remote) = unsafe { (local_path(local)?, required(remote, "remote")?) };
    Ok(PutRequest {
        local,
        remote,
        resume: has(FTP_RESUME),
        atomic: has(FTP_ATOMIC),
        no_replace: has(FTP_NO_REPLACE),
        keep_time: has(FTP_KEEP_TIME),
        make_dirs: has(FTP_MAKE_DIRS),
        verify: has(FTP_VERIFY),
    })
}

/// The path of a file of this machine.
///
/// # Safety
/// It is NULL, or ends with a zero byte.
pub(super) unsafe fn local_path(path: *const c_char) -> Result<PathBuf> {
    // SAFETY: the caller's contract.
    let path = unsafe { required(path, "local") }?;
    if path.is_empty() {
        return Err(Error::InvalidArgument("local is empty".into()));
    }
    Ok(OsString::from_vec(path).into())
}

/// Sets how often ftp_get() and ftp_put() try again what may pass: lost connections, time limits,
/// and what ftp_is_transient() says otherwise. A remote disk that is full (452) is not tried again.
///
/// Before each new attempt the library waits. If the connection was lost, it then does what
/// ftp_reconnect() does. The transfer goes on from where it stopped.
///
/// @param count          how often, after the first attempt. 0, the default, is never.
/// @param first_wait_ms  how long the first wait is, in milliseconds. Each further wait is about
///                       twice as long, up to 5 minutes. Chance changes each by up to a quarter.
/// @return FTP_OK.
///         - FTP_ERR_INVALID_ARGUMENT: a number is negative.
///
/// ftp_cancel() and the limit of FTP_PHASE_TOTAL end a wait at once. The limit covers all attempts.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_set_retries(
    ftp: *mut ftp_handle,
    count: c_int,
    first_wait_ms: i64,
) -> ftp_status {
    let set = |_: &mut State, client: &mut Client| {
        let numbers = (u32::try_from(count), u64::try_from(first_wait_ms));
        let (Ok(count), Ok(first_wait_ms)) = numbers else {
            return Err(Error::InvalidArgument("count and first_wait_ms must be 0 or more".into()));
        };
        client.set_retries(Retries { count, first_wait: Duration::from_millis(first_wait_ms) });
        Ok(())
    };
    // SAFETY: the header's contract.
    unsafe { now(ftp, set) }
}
