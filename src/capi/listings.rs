//! Text from the server, line by line.

use std::ffi::{c_char, c_int, c_void};

use super::boundary::call::{Call, nothing, run};
use super::boundary::callbacks::{User, line_sink};
use super::boundary::text::{Text, command, optional};
use super::callbacks::ftp_line_fn;
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::error::Error;
use crate::protocol::facts::Entry;

/// Receives text in ASCII type, line by line.
///
/// CRLF, LF and a CR alone end a line, as in ftplib. So a name that contains a CR looks like two
/// lines of a listing. ftp_nlst(), ftp_dir() and ftp_mlsd() do not end a line at a CR alone.
///
/// @param cmd      the whole command, as in "LIST", "NLST *.c" or "RETR README".
/// @param line_cb  called for each line, also for empty ones. NULL prints the lines on standard
///                 output, with control characters escaped.
/// @param user     passed to the callback.
/// @return FTP_OK: the server confirmed the transfer. After an error the lines may be incomplete.
///         Otherwise as ftp_retrbinary().
///         - FTP_ERR_LIMIT: a line is longer than ftp_set_maxline() allows.
///
/// ftplib: retrlines
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_retrlines(
    ftp: *mut ftp_handle,
    cmd: *const c_char,
    line_cb: ftp_line_fn,
    user: *mut c_void,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || Ok((command(cmd, "cmd")?, line_cb, User::new(user)));
        run(
            ftp,
            Call::keep("ftp_retrlines").with_report(),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let (command, line_cb, user) = &*given;
                    let mut sink = line_sink(*line_cb, *user);
                    client.retrlines(command, &mut sink).await.map(drop)
                })
            },
            &nothing,
        )
    }
}

/// Lists the names in a directory (NLST).
///
/// CRLF and LF end a line. A CR alone does not: it may be part of a name. Empty lines are left out.
/// Some servers put the path before each name, and some refuse an empty directory with 450 or 550.
///
/// @param path     the directory, or options and directory in the form of the server, as in "-a
///                 pub". NULL or "" is the working directory.
/// @param line_cb  called for each name. NULL prints the names on standard output, with control
///                 characters escaped.
/// @param user     passed to the callback.
/// @return as ftp_retrlines().
///
/// ftplib: nlst
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_nlst(
    ftp: *mut ftp_handle,
    path: *const c_char,
    line_cb: ftp_line_fn,
    user: *mut c_void,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || Ok((optional(path), line_cb, User::new(user)));
        run(
            ftp,
            Call::keep("ftp_nlst").with_report(),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let (path, line_cb, user) = &*given;
                    let mut sink = line_sink(*line_cb, *user);
                    client.nlst(path.as_deref(), &mut sink).await.map(drop)
                })
            },
            &nothing,
        )
    }
}

/// Lists a directory as the server prints it (LIST), in most cases in the format of `ls -l`.
///
/// CRLF and LF end a line. A CR alone does not: it may be part of a name, and what follows it must
/// not look like another entry. The callback also gets empty lines.
///
/// @param path     the directory, or options and directory in the form of the server, as in "-a
///                 pub". NULL or "" is the working directory.
/// @param line_cb  called for each line. NULL prints the lines on standard output, with control
///                 characters escaped.
/// @param user     passed to the callback.
/// @return as ftp_retrlines().
///
/// ftplib: dir
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_dir(
    ftp: *mut ftp_handle,
    path: *const c_char,
    line_cb: ftp_line_fn,
    user: *mut c_void,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || Ok((optional(path), line_cb, User::new(user)));
        run(
            ftp,
            Call::keep("ftp_dir").with_report(),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let (path, line_cb, user) = &*given;
                    let mut sink = line_sink(*line_cb, *user);
                    client.dir(path.as_deref(), &mut sink).await.map(drop)
                })
            },
            &nothing,
        )
    }
}

/// One fact that a server tells about an entry of a listing (RFC 3659, section 7.5).
#[repr(C)]
pub struct ftp_fact {
    /// The name of the fact in lower case, as in "type", "size" or "modify".
    pub key: *const c_char,
    /// The value that the server sent, as in "file", "12" or "20261123180000".
    pub value: *const c_char,
}

/// Takes one entry of a listing and its facts.
///
/// @param name   the name of the entry, with a NUL after it. It is valid during the call only.
/// @param len    the length in bytes without that NUL.
/// @param facts  the facts, in the order of the server. They are valid during the call only.
/// @param count  how many facts.
/// @param user   the pointer that the program gave with the callback.
/// @return as ftp_data_fn.
pub type ftp_fact_fn = Option<
    unsafe extern "C-unwind" fn(
        name: *const c_char,
        len: usize,
        facts: *const ftp_fact,
        count: usize,
        user: *mut c_void,
    ) -> c_int,
>;

/// Lists a directory in a form made for programs (MLSD, RFC 3659).
///
/// - If the server lists the directory itself and the one above it, they are entries as well. Their
///   "type" is "cdir" and "pdir".
/// - Numbers and times stay strings.
/// - CRLF and LF end an entry. A CR alone does not.
/// - What has no name is left out.
///
/// @param path     the directory. NULL or "" is the working directory.
/// @param facts    the facts that the program wants, separated by semicolons, as in
///                 "type;size;modify". The library sends OPTS MLST first. NULL or "" leaves the
///                 choice to the server.
/// @param fact_cb  called for each entry.
/// @param user     passed to the callback.
/// @return as ftp_retrlines().
///         - FTP_ERR_PERM: also if the server does not know MLSD.
///
/// A server that refuses OPTS chooses the facts itself. A choice holds until the next choice or the
/// next login. Functions that make entries, such as ftp_list_open(), have a choice of their own and
/// do not change it.
///
/// ftplib: mlsd
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_mlsd(
    ftp: *mut ftp_handle,
    path: *const c_char,
    facts: *const c_char,
    fact_cb: ftp_fact_fn,
    user: *mut c_void,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            let mut facts = optional(facts).unwrap_or_default();
            if !facts.is_empty() && !facts.ends_with(b";") {
                facts.push(b';');
            }
            let function = fact_cb.ok_or_else(|| Error::InvalidArgument("fact_cb is NULL".into()))?;
            Ok((optional(path), facts, function, User::new(user)))
        };
        run(
            ftp,
            Call::keep("ftp_mlsd").with_report(),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let (path, facts, function, user) = &*given;
                    let mut sink = fact_sink(*function, *user);
                    client.mlsd(path.as_deref(), facts, &mut sink).await.map(drop)
                })
            },
            &nothing,
        )
    }
}

/// What [`ftp_fact_fn`] is when it is not NULL.
type FactFunction =
    unsafe extern "C-unwind" fn(*const c_char, usize, *const ftp_fact, usize, *mut c_void) -> c_int;

/// # Safety
/// `function` may be called with `user` as long as the closure lives.
unsafe fn fact_sink(function: FactFunction, user: User) -> impl FnMut(&Entry<'_>) -> Result<(), i64> {
    move |entry: &Entry<'_>| {
        let name = Text::new(entry.name);
        let texts: Vec<(Text, Text)> =
            entry.facts.iter().map(|(key, value)| (Text::new(key), Text::new(value))).collect();
        let facts: Vec<ftp_fact> =
            texts.iter().map(|(key, value)| ftp_fact { key: key.as_ptr(), value: value.as_ptr() }).collect();
        // SAFETY: the texts are valid during the call; the rest is the caller's promise.
        let value = user.call(|user| unsafe {
            function(name.as_ptr(), entry.name.len(), facts.as_ptr(), facts.len(), user)
        });
        if value == 0 { Ok(()) } else { Err(value.into()) }
    }
}
