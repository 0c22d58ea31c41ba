//! Trees of directories, and patterns of paths.

use std::ffi::{c_char, c_int, c_void};

use super::boundary::call::{Call, nothing, run};
use super::boundary::callbacks::User;
use super::boundary::guard::not_null;
use super::boundary::text::{optional, required};
use super::entry::{FTP_ENTRY_NOT_LISTED, ShownEntry, ftp_entry};
use super::handle::ftp_handle;
use super::list::{List, ftp_list, known_flags};
use super::status::ftp_status;
use crate::client::{Answer, GlobRequest, Visited, WalkRequest};
use crate::error::Error;

/// For ftp_walk(): a directory comes after what is in it.
pub const FTP_WALK_DEPTH: i32 = 1;
/// For ftp_walk(): a directory that cannot be listed does not end the walk.
pub const FTP_WALK_CONTINUE: i32 = 2;

/// What the callback of ftp_walk() returns to go on, but not into this directory.
pub const FTP_WALK_SKIP: i32 = 1000;

/// For ftp_glob(): also names that begin with a dot.
pub const FTP_GLOB_HIDDEN: i32 = 1;
/// For ftp_glob(): a directory that cannot be listed does not end the search.
pub const FTP_GLOB_CONTINUE: i32 = 2;

/// Takes one entry of a tree.
///
/// @param path   the path, which begins with the path that ftp_walk() was given. A NUL follows it.
///               It is valid during the call only.
/// @param len    the length in bytes without that NUL.
/// @param entry  the entry, whose name is the last part of the path. It is valid during the call
///               only.
/// @param user   the pointer that the program gave with the callback.
/// @return 0 to go on. FTP_WALK_SKIP to go on, but not into this directory. Any other value stops
///         the walk in an orderly way, with FTP_ERR_CALLBACK.
///
/// ftp_data_fn has the rules for callbacks. So the callback cannot use the handle: collect what is
/// to be deleted or fetched, and do that after the walk.
pub type ftp_walk_fn = Option<
    unsafe extern "C-unwind" fn(
        path: *const c_char,
        len: usize,
        entry: *const ftp_entry,
        user: *mut c_void,
    ) -> c_int,
>;

/// Walks a tree: calls the callback for all that is below a directory, but not for the directory
/// itself.
///
/// - A directory comes before what is in it. With FTP_WALK_DEPTH it comes after. FTP_WALK_SKIP then
///   has no effect.
/// - The walk never enters a link. Where MLSD may show a link as a directory, the walk lists that
///   directory with LIST as well, and compares. What the server shows as a directory in both is a
///   directory to the walk.
/// - The walk never enters a directory with FTP_ENTRY_UNSAFE_NAME. The callback gets it as any other
///   entry.
/// - Names that begin with a dot are part of the tree.
/// - If path is a file, the callback gets that file.
///
/// @param path     the directory. NULL or "" is the working directory; then paths are relative.
/// @param flags    0, or FTP_WALK_DEPTH and FTP_WALK_CONTINUE.
/// @param walk_cb  called for each entry.
/// @param user     passed to the callback.
/// @return FTP_OK: the callback got all of the tree, except what it skipped.
///         - FTP_ERR_NOT_FOUND: there is no such directory.
///         - FTP_ERR_LIMIT: the tree is more than 256 levels deep, or the listings from its root to
///           one directory have more than 256 MiB.
///         - Otherwise as ftp_list_open().
///
/// With FTP_WALK_CONTINUE, a directory that the server refuses to list, or that is gone, does not
/// end the walk. The callback gets its entry, with FTP_ENTRY_NOT_LISTED. Without FTP_WALK_DEPTH it
/// gets that entry a second time.
///
/// ftplib: none; as os.walk
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_walk(
    ftp: *mut ftp_handle,
    path: *const c_char,
    flags: c_int,
    walk_cb: ftp_walk_fn,
    user: *mut c_void,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            known_flags(flags, FTP_WALK_DEPTH | FTP_WALK_CONTINUE)?;
            let wanted = WalkRequest {
                path: optional(path).filter(|path| !path.is_empty()),
                children_first: flags & FTP_WALK_DEPTH != 0,
                passes_over: flags & FTP_WALK_CONTINUE != 0,
            };
            let function = walk_cb.ok_or_else(|| Error::InvalidArgument("walk_cb is NULL".into()))?;
            Ok((wanted, function, User::new(user)))
        };
        run(
            ftp,
            Call::keep("ftp_walk").with_report(),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let (wanted, function, user) = &*given;
                    let mut visit = visitor(*function, *user);
                    client.walk(wanted, &mut visit).await
                })
            },
            &nothing,
        )
    }
}

/// What [`ftp_walk_fn`] is when it is not NULL.
type WalkFunction = unsafe extern "C-unwind" fn(*const c_char, usize, *const ftp_entry, *mut c_void) -> c_int;

/// # Safety
/// `function` may be called with `user` as long as the closure lives.
unsafe fn visitor(function: WalkFunction, user: User) -> impl FnMut(&Visited<'_>) -> Answer {
    let (mut path, mut shown) = (Vec::new(), ShownEntry::default());
    move |visited: &Visited<'_>| {
        path.clear();
        path.extend_from_slice(visited.path);
        path.push(0);
        let flags = if visited.unlisted.is_some() { FTP_ENTRY_NOT_LISTED } else { 0 };
        let entry = shown.show_as(&visited.entry.name, visited.entry, flags);
        // SAFETY: the path and the entry are valid during the call; the rest is the caller's promise.
        match user.call(|user| unsafe { function(path.as_ptr().cast(), visited.path.len(), entry, user) }) {
            0 => Answer::GoOn,
            FTP_WALK_SKIP => Answer::Skip,
            value => Answer::Stop(value.into()),
        }
    }
}

/// Finds what a pattern matches. The library matches names itself, so that a pattern means the same
/// on every server.
///
/// - "*" matches any characters of one name, also none. "?" matches one character.
/// - "[a-z_]" matches one character of the set, which may also name a POSIX class such as digit.
///   "[!a]" and "[^a]" match one that is not in the set.
/// - "**" as a whole name matches any directories one below the other, also none. At the end of a
///   pattern it matches all that is below.
/// - "{a,b*}" matches what one of the alternatives matches.
/// - "\*" matches the character itself. So does a "[" or "{" without an end.
/// - A name that begins with a dot is matched only by a dot, or with FTP_GLOB_HIDDEN.
/// - A pattern that ends with "/" matches directories only.
/// - A character is one of UTF-8, or a byte where the name is not UTF-8.
/// - The search reads only the directories that the pattern needs. It enters no link that a pattern
///   matches, and no directory with FTP_ENTRY_UNSAFE_NAME. Names that the pattern spells out are
///   entered as they are.
/// - A name that contains "/" matches nothing. Neither does a line that the library does not
///   understand.
///
/// @param pattern  the pattern of a path. Without "/" at its beginning, it begins at the working
///                 directory.
/// @param flags    0, or FTP_GLOB_HIDDEN and FTP_GLOB_CONTINUE.
/// @param out      receives the list, which ftp_list_free() frees. Its entries are sorted by the
///                 bytes of their names, and each name is a whole path.
/// @return FTP_OK, also if nothing matches: then the list is empty.
///         - FTP_ERR_INVALID_ARGUMENT: also for a pattern that names nothing.
///         - FTP_ERR_LIMIT: the pattern is longer than 4096 bytes, or its braces make more than 256
///           alternatives. The search has to read more than 256 levels or 100,000 directories. Or
///           what it finds takes more than 256 MiB.
///         - Otherwise as ftp_list_open(), except FTP_ERR_NOT_FOUND.
///
/// With FTP_GLOB_CONTINUE, a directory that the server refuses to list does not end the search.
/// Neither does one where it refuses to tell of a name that the pattern spells out. The list
/// contains that directory, with FTP_ENTRY_NOT_LISTED. The name of the working directory is empty.
///
/// ftplib: none; as glob.glob
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_glob(
    ftp: *mut ftp_handle,
    pattern: *const c_char,
    flags: c_int,
    out: *mut *mut ftp_list,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            not_null(out, "out")?;
            known_flags(flags, FTP_GLOB_HIDDEN | FTP_GLOB_CONTINUE)?;
            Ok(GlobRequest {
                pattern: required(pattern, "pattern")?,
                hidden: flags & FTP_GLOB_HIDDEN != 0,
                passes_over: flags & FTP_GLOB_CONTINUE != 0,
            })
        };
        run(
            ftp,
            Call::keep("ftp_glob").with_report(),
            &inputs,
            |client, wanted, seat| seat.house(async move { client.glob(&wanted).await }),
            &|_, matches| *out = List::of_matches(matches),
        )
    }
}
