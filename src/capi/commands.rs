//! Commands that need no data connection.

use std::ffi::c_char;

use zeroize::Zeroizing;

use super::boundary::call::{Call, nothing, run};
use super::boundary::guard::not_null;
use super::boundary::text::{command, required};
use super::handle::ftp_handle;
use super::status::ftp_status;

/// Sends a command and waits for its reply, which ftp_last_reply() gives.
///
/// @param ftp  the handle.
/// @param cmd  the whole command without line end, as in "STAT".
/// @return FTP_OK for a reply of class 1yz, 2yz or 3yz; FTP_ERR_TEMP, FTP_ERR_PERM; FTP_ERR_PROTO for no FTP reply;
///         FTP_ERR_INVALID_ARGUMENT: NULL, empty, or with NUL, CR or LF; FTP_ERR_STATE when not connected;
///         FTP_ERR_LIMIT; FTP_ERR_IO; FTP_ERR_TIMEOUT; FTP_ERR_EOF; FTP_ERR_ABORTED; FTP_ERR_BUSY; FTP_ERR_INTERNAL.
///
/// A command of more than 65536 bytes on the wire, line end included, is not sent: FTP_ERR_LIMIT. The byte 0xFF in an argument is doubled
/// for a server that reads Telnet commands (RFC 959, section 4.1.3); the library asks for that by "STRU F" in two forms, once for each
/// login, before it sends the first such argument. Where the replies do not tell, a command that could mean another file is
/// refused with FTP_ERR_UNSUPPORTED. This holds for every function that sends a command. UTF-8 never has that byte; windows-1251
/// and Latin-1 do.
///
/// A reply of class 1yz announces another one: read it with ftp_getresp() before the next command, which is refused with
/// FTP_ERR_STATE until then. Thread rule: the thread that owns the handle. (ftplib: sendcmd)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_sendcmd(ftp: *mut ftp_handle, cmd: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || command(cmd, "cmd");
        run(
            ftp,
            Call::keep("ftp_sendcmd"),
            &inputs,
            |client, command, seat| seat.house(async move { client.sendcmd(&command).await.map(drop) }),
            &nothing,
        )
    }
}

/// Sends a command that must be answered with a 2yz reply, as in "SITE CHMOD 644 file".
///
/// @param ftp  the handle.
/// @param cmd  the whole command without line end.
/// @return FTP_OK; FTP_ERR_REPLY for a reply of class 3yz; otherwise as ftp_sendcmd(). A 1yz reply announces the final one, which
///         is waited for.
///
/// Thread rule: the thread that owns the handle. (ftplib: voidcmd)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_voidcmd(ftp: *mut ftp_handle, cmd: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || command(cmd, "cmd");
        run(
            ftp,
            Call::keep("ftp_voidcmd"),
            &inputs,
            |client, command, seat| seat.house(async move { client.voidcmd(&command).await.map(drop) }),
            &nothing,
        )
    }
}

/// Changes the working directory (CWD).
///
/// @param ftp   the handle.
/// @param path  the directory; ".." goes up with CDUP, or with "CWD .." where the server refuses CDUP itself (50z); "" is ".".
/// @return FTP_OK; FTP_ERR_PERM, mostly 550, when there is no such directory; otherwise as ftp_voidcmd().
///
/// Thread rule: the thread that owns the handle. (ftplib: cwd)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_cwd(ftp: *mut ftp_handle, path: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || required(path, "path");
        run(
            ftp,
            Call::keep("ftp_cwd"),
            &inputs,
            |client, path, seat| seat.house(async move { client.cwd(&path).await }),
            &nothing,
        )
    }
}

/// Tells the working directory (PWD).
///
/// @param ftp  the handle.
/// @param out  gets the path: "" when the server's reply does not name it. Owned by the handle, valid until the next call
///             on it that is no getter.
/// @return FTP_OK; FTP_ERR_INVALID_ARGUMENT when out is NULL; FTP_ERR_PROTO when the name holds a zero byte; otherwise as
///         ftp_voidcmd().
///
/// Thread rule: the thread that owns the handle. (ftplib: pwd)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_pwd(ftp: *mut ftp_handle, out: *mut *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || not_null(out, "out").map(drop);
        run(ftp, Call::keep("ftp_pwd"), &inputs, |client, _, seat| seat.house(client.pwd()), &|state,
                                                                                               path: Vec<
            u8,
        >| {
            state.path.set(&path);
            *out = state.path.as_ptr();
        })
    }
}

/// Tells the size of a file (SIZE, RFC 3659).
///
/// The type is set to image first, since most servers refuse SIZE in ASCII type. One that refuses this TYPE is asked all the same.
///
/// @param ftp   the handle.
/// @param file  the file's name.
/// @param out   gets the size in bytes; -1 when the server's reply is positive but gives none: it is no 213, or has no
///              number that can be one.
/// @return FTP_OK; FTP_ERR_PERM, mostly 550, for what is no file; FTP_ERR_INVALID_ARGUMENT also for "", and nothing is sent;
///         otherwise as ftp_sendcmd().
///
/// Thread rule: the thread that owns the handle. (ftplib: size)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_size(ftp: *mut ftp_handle, file: *const c_char, out: *mut i64) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || not_null(out, "out").and_then(|_| required(file, "file"));
        run(
            ftp,
            Call::keep("ftp_size"),
            &inputs,
            |client, file, seat| seat.house(async move { client.size(&file).await }),
            &|_, size: Option<u64>| {
                *out = size.and_then(|size| i64::try_from(size).ok()).unwrap_or(-1);
            },
        )
    }
}

/// Renames a file or a directory (RNFR, RNTO).
///
/// @param ftp   the handle.
/// @param from  the name that it has.
/// @param to    the name that it gets. What has that name already is replaced by some servers, and refused by others.
/// @return FTP_OK; FTP_ERR_PERM, mostly 550; FTP_ERR_REPLY when the server does not ask for the new name;
///         FTP_ERR_INVALID_ARGUMENT also for "", and nothing is sent; otherwise as ftp_voidcmd().
///
/// Thread rule: the thread that owns the handle. (ftplib: rename)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_rename(
    ftp: *mut ftp_handle,
    from: *const c_char,
    to: *const c_char,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || Ok((required(from, "from")?, required(to, "to")?));
        run(
            ftp,
            Call::keep("ftp_rename"),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let (from, to) = &*given;
                    client.rename(from, to).await
                })
            },
            &nothing,
        )
    }
}

/// Makes a directory (MKD).
///
/// @param ftp   the handle.
/// @param path  the directory.
/// @param out   gets the path as the server tells it: "" when its reply does not. Owned by the handle, valid until the next
///              call on it that is no getter. NULL if it is of no interest.
/// @return FTP_OK; FTP_ERR_PERM, mostly 550, also when it exists; FTP_ERR_INVALID_ARGUMENT also for "", and nothing is sent;
///         otherwise as ftp_voidcmd().
///
/// Thread rule: the thread that owns the handle. (ftplib: mkd)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_mkd(
    ftp: *mut ftp_handle,
    path: *const c_char,
    out: *mut *const c_char,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || required(path, "path");
        run(
            ftp,
            Call::keep("ftp_mkd"),
            &inputs,
            |client, path, seat| seat.house(async move { client.mkd(&path).await }),
            &|state, path: Vec<u8>| {
                state.path.set(&path);
                if !out.is_null() {
                    *out = state.path.as_ptr();
                }
            },
        )
    }
}

/// Removes a directory (RMD), which most servers want to be empty.
///
/// @param ftp   the handle.
/// @param path  the directory.
/// @return FTP_OK; FTP_ERR_PERM, mostly 550; FTP_ERR_INVALID_ARGUMENT also for "", and nothing is sent; otherwise as
///         ftp_voidcmd().
///
/// Thread rule: the thread that owns the handle. (ftplib: rmd)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_rmd(ftp: *mut ftp_handle, path: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || required(path, "path");
        run(
            ftp,
            Call::keep("ftp_rmd"),
            &inputs,
            |client, path, seat| seat.house(async move { client.rmd(&path).await }),
            &nothing,
        )
    }
}

/// Sends an account (ACCT) for servers that ask for one after the login.
///
/// @param ftp     the handle.
/// @param password  the account's password. It appears in no log and no error text.
/// @return FTP_OK; FTP_ERR_PERM when the server refuses; otherwise as ftp_voidcmd().
///
/// Thread rule: the thread that owns the handle. (ftplib: acct)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_acct(ftp: *mut ftp_handle, password: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || required(password, "password").map(Zeroizing::new);
        run(
            ftp,
            Call::keep("ftp_acct"),
            &inputs,
            |client, password, seat| seat.house(async move { client.acct(&password).await }),
            &nothing,
        )
    }
}

/// Deletes a file (DELE).
///
/// @param ftp   the handle.
/// @param file  the file's name.
/// @return FTP_OK; FTP_ERR_PERM, mostly 550, when the server refuses; FTP_ERR_INVALID_ARGUMENT also for "", and nothing is sent;
///         otherwise as ftp_voidcmd().
///
/// Thread rule: the thread that owns the handle. (ftplib: delete)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_delete(ftp: *mut ftp_handle, file: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || required(file, "file");
        run(
            ftp,
            Call::keep("ftp_delete"),
            &inputs,
            |client, file, seat| seat.house(async move { client.delete(&file).await }),
            &nothing,
        )
    }
}
