//! Commands that need no data connection.

use std::ffi::c_char;

use zeroize::Zeroizing;

use super::boundary::call::{Call, nothing, run};
use super::boundary::guard::not_null;
use super::boundary::text::{command, required};
use super::handle::ftp_handle;
use super::status::ftp_status;

/// Sends a command and waits for its reply. ftp_last_reply() returns the reply.
///
/// @param cmd  the whole command without line end, as in "STAT".
/// @return FTP_OK for a reply of class 1yz, 2yz or 3yz.
///         - FTP_ERR_TEMP, FTP_ERR_PERM: for a 4yz or a 5yz reply.
///         - FTP_ERR_PROTO: for what is not an FTP reply.
///         - FTP_ERR_INVALID_ARGUMENT: also for an empty command.
///
/// A 1yz reply announces another reply. Read that with ftp_getresp() before the next command. Until
/// then commands return FTP_ERR_STATE.
///
/// These rules hold for every function that sends a command:
///
/// - A command has at most 65536 bytes on the wire, with its line end. A longer one is
///   FTP_ERR_LIMIT, and nothing is sent.
/// - Some servers read the byte 0xFF in an argument as a Telnet command (RFC 959, section 4.1.3).
///   For these the library doubles the byte.
/// - To find out, the library sends "STRU F" in two forms, once for each login, before the first
///   such argument.
/// - If the replies do not tell, a command that could mean another file is FTP_ERR_UNSUPPORTED.
///
/// UTF-8 never contains the byte 0xFF; windows-1251 and Latin-1 do.
///
/// ftplib: sendcmd
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

/// Sends a command that needs a 2yz reply, as in "SITE CHMOD 644 file".
///
/// After a 1yz reply the function waits for the final reply.
///
/// @param cmd  the whole command without line end.
/// @return as ftp_sendcmd().
///         - FTP_ERR_REPLY: for a 3yz reply.
///
/// ftplib: voidcmd
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
/// @param path  the directory. ".." goes up with CDUP, or with "CWD .." if the server refuses CDUP
///              itself (50z). "" is ".".
/// @return as ftp_voidcmd().
///         - FTP_ERR_PERM: in most cases 550, the directory does not exist.
///
/// ftplib: cwd
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

/// Gets the working directory (PWD).
///
/// @param out  receives the path, or "" if the reply does not name it.
/// @return as ftp_voidcmd().
///         - FTP_ERR_PROTO: also if the path contains a zero byte.
///
/// ftplib: pwd
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_pwd(ftp: *mut ftp_handle, out: *mut *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || not_null(out, "out").map(drop);
        run(ftp, Call::keep("ftp_pwd"), &inputs, |client, _, seat| seat.house(client.pwd()), &|state,
                                                                                               path: Vec<
            u8,
        >| {
            state.text.set(&path);
            *out = state.text.as_ptr();
        })
    }
}

/// Gets the size of a file (SIZE, RFC 3659).
///
/// The function sets image type first, since most servers refuse SIZE in ASCII type. If the server
/// refuses that TYPE, the function sends SIZE all the same.
///
/// @param file  the name of the file, not "".
/// @param out   receives the size in bytes. -1 if the reply is positive but gives no size: it is not
///              213, or contains no number that can be a size.
/// @return as ftp_sendcmd().
///         - FTP_ERR_PERM: in most cases 550, the file does not exist or is not a file.
///
/// ftplib: size
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
/// @param from  the present name, not "".
/// @param to    the new name, not "". If something has that name already, some servers replace it
///              and others refuse.
/// @return as ftp_voidcmd().
///         - FTP_ERR_PERM: in most cases 550.
///         - FTP_ERR_REPLY: the server does not ask for the new name.
///
/// ftplib: rename
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
/// @param path  the directory, not "".
/// @param out   receives the path as the server names it, or "" if the reply does not name it. NULL
///              if the path is of no interest.
/// @return as ftp_voidcmd().
///         - FTP_ERR_PERM: in most cases 550, also if the directory exists.
///
/// ftplib: mkd
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
                state.text.set(&path);
                if !out.is_null() {
                    *out = state.text.as_ptr();
                }
            },
        )
    }
}

/// Removes a directory (RMD). Most servers require that it is empty.
///
/// @param path  the directory, not "".
/// @return as ftp_voidcmd().
///         - FTP_ERR_PERM: in most cases 550.
///
/// ftplib: rmd
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

/// Sends an account (ACCT), for servers that ask for one after the login.
///
/// @param password  the account. It appears in no log and no error text of the library.
/// @return as ftp_voidcmd().
///         - FTP_ERR_PERM: the server refuses it.
///
/// ftplib: acct
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
/// @param file  the name of the file, not "".
/// @return as ftp_voidcmd().
///         - FTP_ERR_PERM: in most cases 550.
///
/// ftplib: delete
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
