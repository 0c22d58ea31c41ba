//! Trees that are made equal.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::offset_of;
use std::path::PathBuf;
use std::ptr::null;

use super::boundary::call::{Call, nothing, run};
use super::boundary::callbacks::User;
use super::boundary::guard::{Purpose, enter};
use super::boundary::handle::State;
use super::boundary::sized::{fill_sized, read_sized};
use super::boundary::text::{Text, required};
use super::entry::{ShownEntry, ftp_entry, type_of};
use super::files::{FTP_ATOMIC, FTP_RESUME, FTP_VERIFY, local_path};
use super::handle::ftp_handle;
use super::list::known_flags;
use super::pool::FTP_POOL_MAX_SESSIONS;
use super::status::ftp_status;
use crate::client::{Act, MirrorAction, MirrorReport, MirrorRequest};
use crate::error::{Error, Result};
use crate::protocol::listing::Entry;
use crate::protocol::verb::Direction;

/// What the source does not have is deleted in the target.
pub const FTP_DELETE_EXTRA: i32 = 128;
/// Change nothing, and tell the callback each action that a real run takes.
pub const FTP_DRY_RUN: i32 = 256;

/// The target does not have the entry, and gets it.
pub const FTP_MIRROR_ADD: i32 = 1;
/// The target has another file of this name, which is replaced.
pub const FTP_MIRROR_REPLACE: i32 = 2;
/// The target has the entry already.
pub const FTP_MIRROR_KEEP: i32 = 3;
/// The source does not have the entry, and it is deleted in the target.
pub const FTP_MIRROR_DELETE: i32 = 4;
/// Nothing is done: something of another type is in the way, a listing has the name twice, or the
/// target takes it for another name. A dry run cannot know the latter of two names that are both
/// new, and tells FTP_MIRROR_ADD.
pub const FTP_MIRROR_CONFLICT: i32 = 5;
/// Nothing is done: the entry cannot or must not take part. The message says why.
pub const FTP_MIRROR_SKIP: i32 = 6;

/// What the library did with one entry. In a dry run: what a real run does with it. The library
/// makes the struct, and may add members at its end.
#[repr(C)]
pub struct ftp_mirror_action {
    /// One of FTP_MIRROR_ADD to FTP_MIRROR_SKIP. A later version may add greater numbers.
    pub kind: c_int,
    /// What the entry is: FTP_ENTRY_FILE or one of its neighbours.
    pub r#type: c_int,
    /// The path below both directories, with "/" between its parts. If the entry is skipped, its
    /// name may be one that leads elsewhere: show it, and do not use it. A NUL in it is "?".
    pub path: *const c_char,
    /// The size in bytes, or -1.
    pub size: i64,
    /// FTP_OK, or why it was not done. A link that is skipped is FTP_OK.
    pub result: ftp_status,
    /// Why it was not done, or what else is to be said; NULL if there is nothing.
    pub message: *const c_char,
    /// Which of the actions it is, counted from 1.
    pub number: i64,
    /// How many actions there are in all.
    pub count: i64,
}

/// Is told each action when it is done.
///
/// @param action  valid during the call only.
/// @param user    the pointer of the options.
/// @return 0 to go on. Any other value stops the call in an orderly way, with FTP_ERR_CALLBACK.
///
/// ftp_data_fn has the rules for callbacks.
pub type ftp_mirror_fn =
    Option<unsafe extern "C-unwind" fn(action: *const ftp_mirror_action, user: *mut c_void) -> c_int>;

/// Is asked whether an entry takes part. A directory that does not is not entered.
///
/// It is asked about what the source has, and about what only the target has if that may be deleted.
///
/// @param path   the path below both directories. It is valid during the call only.
/// @param entry  valid during the call only. For an entry of this machine, raw is "".
/// @param user   the pointer of the options.
/// @return 0: it takes no part. Otherwise it does.
///
/// ftp_data_fn has the rules for callbacks.
pub type ftp_mirror_filter_fn = Option<
    unsafe extern "C-unwind" fn(path: *const c_char, entry: *const ftp_entry, user: *mut c_void) -> c_int,
>;

/// How trees are made equal. Set all members that you do not use to 0.
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ftp_mirror_options {
    /// Set it to sizeof(struct ftp_mirror_options).
    pub struct_size: usize,
    /// 0, or any of these:
    ///
    /// - FTP_RESUME: continue files that an earlier call left unfinished, as ftp_get() and ftp_put()
    ///   do.
    /// - FTP_VERIFY: compare the hash of each file that is transferred, as ftp_get() does.
    /// - FTP_DELETE_EXTRA: delete in the target what the source does not have.
    /// - FTP_ATOMIC: for ftp_mirror_put(), send each file to a temporary name.
    /// - FTP_DRY_RUN: change nothing, and tell the callback each action that a real run takes.
    pub flags: c_int,
    /// How many sessions move files at the same time, at most FTP_POOL_MAX_SESSIONS. 0 is one: that
    /// of the handle. The library opens and closes the others as ftp_pool_run() does.
    pub sessions: c_int,
    /// Patterns of what takes part, with NULL behind the last. NULL is all.
    pub include: *const *const c_char,
    /// Patterns of what takes no part, with NULL behind the last. They go before the others.
    ///
    /// A name with FTP_ENTRY_UNSAFE_NAME is an error unless the patterns leave it out.
    pub exclude: *const *const c_char,
    /// Is asked about each entry that the patterns let take part and whose name is safe. NULL: they
    /// all do.
    pub filter_cb: ftp_mirror_filter_fn,
    /// Is told each action. NULL: nobody is.
    pub action_cb: ftp_mirror_fn,
    /// Passed to the callbacks.
    pub user: *mut c_void,
}

/// Counts the entries by what the library did with them. In a dry run: by what a real run does.
#[repr(C)]
pub struct ftp_mirror_report {
    /// Set it to sizeof(struct ftp_mirror_report) before the call. The library does not write beyond
    /// it.
    pub struct_size: usize,
    /// How many actions were planned.
    pub planned: i64,
    /// Files and directories that the target did not have.
    pub added: i64,
    /// Files that were replaced.
    pub replaced: i64,
    /// Files and directories that were there already.
    pub kept: i64,
    /// What was deleted.
    pub deleted: i64,
    /// What was not done because something is in the way.
    pub conflicts: i64,
    /// What takes no part: links, and what cannot be used.
    pub skipped: i64,
    /// What was tried and failed. It counts in no other member.
    pub failed: i64,
    /// The bytes of the files that were added and replaced.
    pub bytes: i64,
}

/// Makes a directory of this machine equal to one of the server: downloads what it does not have,
/// and what has changed.
///
/// Both trees are read first. Then the library plans what to do, and does it.
///
/// - A file is the same if it has the same size and time. The time is compared as exactly as the
///   listing tells it. Files that are downloaded get the time of the server.
/// - Each file is downloaded as ftp_get() does it: it has its name when it is whole, and not before.
///   So a call that was interrupted can be made again, and goes on where the first one stopped.
/// - Links are not followed, and are skipped. So are names that could lead out of the directory, and
///   what is neither a file nor a directory.
/// - If the target has something of another type, nothing is done with this entry. A link in the
///   target is never followed either.
/// - If one entry fails, the others are still done. But if there was no room for a file, no file of
///   its size or a larger one is tried.
/// - If the target takes the name of an entry for another name that differs in case, the entry is a
///   conflict.
/// - With several sessions, directories are made first, and then files are moved at the same time.
///   The actions are told in the same order as with one. A session that is lost is replaced, as in
///   ftp_pool_run().
/// - With FTP_DELETE_EXTRA, deletions come last. In a directory whose listing is not understood in
///   full, nothing is deleted.
///
/// Patterns have the syntax of ftp_glob(), and match names with a dot in front, too. A pattern
/// without "/" is for the names in all directories. One with "/" is for whole paths below the
/// directory; "/a" matches a at the top only. One that ends with "/" is for directories. What is
/// below a directory that a pattern names belongs to it.
///
/// @param remote   the directory on the server. "" is the working directory; NULL is an error.
/// @param local    the directory of this machine. It is made if it is not there; the directory above
///                 must be.
/// @param options  NULL, or how. The library copies it. A call that is repeated must be given the
///                 same.
/// @return FTP_OK: both trees are equal, as far as entries take part.
///         - FTP_ERR_PARTIAL: some entries were not done, and all others were. ftp_last_error() says
///           how many, and tells the first.
///         - FTP_ERR_CALLBACK: the callback stopped it.
///         - FTP_ERR_FILE: the directory of this machine cannot be used.
///         - FTP_ERR_NOT_FOUND: the server has no such directory.
///         - FTP_ERR_LIMIT: a pattern is too long, or the names of a tree take more than 256 MiB.
///         - Otherwise as ftp_list_open(). If the session is lost, and ftp_set_retries() does not
///           bring it back, the call ends.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_mirror_get(
    ftp: *mut ftp_handle,
    remote: *const c_char,
    local: *const c_char,
    options: *const ftp_mirror_options,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe { make_equal(ftp, Call::own("ftp_mirror_get"), Direction::FromServer, remote, local, options) }
}

/// Makes a directory of the server equal to one of this machine: uploads what it does not have, and
/// what has changed.
///
/// All that ftp_mirror_get() says holds the other way round, and this:
///
/// - Files that are uploaded get the time of the local file, where the server sets times. If a
///   server does not say that it does (FEAT), a file is the same if it has the same size, and is not
///   older than the local one.
/// - If the server refuses to set the time of one file, the file is uploaded all the same. The
///   message of its action tells the refusal.
/// - Until an upload is whole, the server may show a part of it, unless FTP_ATOMIC is set.
/// - With FTP_DELETE_EXTRA, a link on the server is deleted itself. But some servers show links as
///   directories: the library deletes what is behind such a link.
///
/// @param local    the directory of this machine.
/// @param remote   the directory on the server, which is made if it is not there, as are those above
///                 it. "" is the working directory; NULL is an error.
/// @param options  as for ftp_mirror_get(). Also FTP_ATOMIC: send each file to a temporary name.
/// @return as ftp_mirror_get().
///         - FTP_ERR_FILE: the directory of this machine cannot be read.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_mirror_put(
    ftp: *mut ftp_handle,
    local: *const c_char,
    remote: *const c_char,
    options: *const ftp_mirror_options,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe { make_equal(ftp, Call::own("ftp_mirror_put"), Direction::ToServer, remote, local, options) }
}

/// Gets what the last ftp_mirror_get() or ftp_mirror_put() on this handle has done, whether it
/// succeeded or not.
///
/// A call that is refused for its arguments has no report, and neither has one that has to be
/// repeated. It never has that of an earlier call.
///
/// @param out  receives it. Set struct_size before the call.
/// @return FTP_OK. This function leaves what ftp_last_error() and the other getters return as it is.
///         - FTP_ERR_INVALID_ARGUMENT: also for a struct_size that is impossible.
///         - FTP_ERR_STATE: there was no such call, or the last one was refused for its arguments.
///         - FTP_ERR_BUSY: another thread is using the handle, or a callback made this call.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_last_mirror_report(
    ftp: *const ftp_handle,
    out: *mut ftp_mirror_report,
) -> ftp_status {
    if out.is_null() {
        return ftp_status::FTP_ERR_INVALID_ARGUMENT;
    }
    let tell = |state: &State| {
        let Some(report) = &state.mirror else { return ftp_status::FTP_ERR_STATE };
        let least = size_of::<ftp_mirror_report>();
        // SAFETY: the header's contract.
        let filled = unsafe { fill_sized(out, least, || Ok(ftp_mirror_report::of(report))) };
        filled.map_or_else(|error| ftp_status::of(&error), |()| ftp_status::FTP_OK)
    };
    // SAFETY: the header's contract.
    unsafe { enter(ftp, Purpose::Look, |state| tell(state)) }.unwrap_or_else(|refusal| refusal)
}

/// # Safety
/// The header's contract for either call.
unsafe fn make_equal(
    ftp: *mut ftp_handle,
    call: Call,
    direction: Direction,
    remote: *const c_char,
    local: *const c_char,
    options: *const ftp_mirror_options,
) -> ftp_status {
    // SAFETY: as this function's.
    unsafe {
        let inputs = || {
            let (remote, local) = (required(remote, "remote")?, local_path(local)?);
            Given::read(direction, remote, local, options)
        };
        run(
            ftp,
            call.with_mirror_report(),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let Given { direction, wanted, filter_cb, action_cb, user } = &*given;
                    let mut filter = filter_cb.map(|function| filter(function, *user));
                    let filter = filter.as_mut().map(|filter| filter as _);
                    let tell = &mut teller(*action_cb, *user);
                    client.mirror(*direction, wanted, filter, tell).await
                })
            },
            &nothing,
        )
    }
}

/// What [`ftp_mirror_fn`] is when it is not NULL.
type ActionFunction = unsafe extern "C-unwind" fn(*const ftp_mirror_action, *mut c_void) -> c_int;
/// What [`ftp_mirror_filter_fn`] is when it is not NULL.
type FilterFunction = unsafe extern "C-unwind" fn(*const c_char, *const ftp_entry, *mut c_void) -> c_int;

/// What a call was given.
struct Given {
    direction: Direction,
    wanted: MirrorRequest,
    filter_cb: Option<FilterFunction>,
    action_cb: Option<ActionFunction>,
    user: User,
}

impl PartialEq for Given {
    fn eq(&self, other: &Given) -> bool {
        let addresses = |given: &Given| {
            (
                given.filter_cb.map(|function| function as usize),
                given.action_cb.map(|function| function as usize),
            )
        };
        self.direction == other.direction
            && self.wanted == other.wanted
            && self.user == other.user
            && addresses(self) == addresses(other)
    }
}

impl Given {
    /// # Safety
    /// The header's contract for the options.
    unsafe fn read(
        direction: Direction,
        remote: Vec<u8>,
        local: PathBuf,
        options: *const ftp_mirror_options,
    ) -> Result<Given> {
        let mut wanted = MirrorRequest { remote, local, ..MirrorRequest::default() };
        if options.is_null() {
            return Ok(Given {
                direction,
                wanted,
                filter_cb: None,
                action_cb: None,
                user: User::new(std::ptr::null_mut()),
            });
        }
        let least = offset_of!(ftp_mirror_options, user) + size_of::<*mut c_void>();
        // SAFETY: as this function's.
        let options = unsafe { read_sized(options, least) }?;
        if !(0..=FTP_POOL_MAX_SESSIONS).contains(&options.sessions) {
            let text = format!("sessions must be 0 to {FTP_POOL_MAX_SESSIONS}");
            return Err(Error::InvalidArgument(text));
        }
        wanted.sessions = usize::try_from(options.sessions).unwrap_or(0);
        let own = if direction == Direction::ToServer { FTP_ATOMIC } else { 0 };
        known_flags(options.flags, own | FTP_RESUME | FTP_VERIFY | FTP_DELETE_EXTRA | FTP_DRY_RUN)?;
        let has = |flag| options.flags & flag != 0;
        wanted.resume = has(FTP_RESUME);
        wanted.verify = has(FTP_VERIFY);
        wanted.atomic = has(FTP_ATOMIC);
        wanted.deletes = has(FTP_DELETE_EXTRA);
        wanted.dry_run = has(FTP_DRY_RUN);
        // SAFETY: as this function's.
        (wanted.include, wanted.exclude) = unsafe { (texts(options.include), texts(options.exclude)) };
        let user = User::new(options.user);
        Ok(Given { direction, wanted, filter_cb: options.filter_cb, action_cb: options.action_cb, user })
    }
}

/// Strings with NULL behind the last. NULL is none.
///
/// # Safety
/// `list` is NULL, or such strings.
unsafe fn texts(list: *const *const c_char) -> Vec<Vec<u8>> {
    let mut texts = Vec::new();
    if list.is_null() {
        return texts;
    }
    for at in 0.. {
        // SAFETY: as this function's; the last one was no NULL.
        let text = unsafe { list.add(at).read() };
        if text.is_null() {
            break;
        }
        // SAFETY: as this function's.
        texts.push(unsafe { CStr::from_ptr(text) }.to_bytes().to_vec());
    }
    texts
}

/// # Safety
/// `function` may be called with `user` as long as the closure lives.
unsafe fn filter(function: FilterFunction, user: User) -> impl FnMut(&[u8], &Entry<'_>) -> bool + Send {
    let mut shown = ShownEntry::default();
    move |path, entry| {
        let path = Text::new(path);
        let entry = shown.show(entry);
        // SAFETY: the path and the entry are valid during the call; the rest is the caller's promise.
        user.call(|user| unsafe { function(path.as_ptr(), entry, user) != 0 })
    }
}

/// # Safety
/// As [`filter`].
unsafe fn teller(
    function: Option<ActionFunction>,
    user: User,
) -> impl FnMut(&MirrorAction<'_>) -> Result<(), i64> + Send {
    move |action| {
        let Some(function) = function else { return Ok(()) };
        let path = Text::new(action.path);
        let message = match action.outcome {
            Err(error) => Some(Text::new(error.to_string().as_bytes())),
            Ok(()) => action.note.map(|note| Text::new(note.as_bytes())),
        };
        let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let shown = ftp_mirror_action {
            kind: kind_of(action.act),
            r#type: type_of(action.kind),
            path: path.as_ptr(),
            size: action.size.map_or(-1, |size| i64::try_from(size).unwrap_or(i64::MAX)),
            result: action.outcome.map_or_else(ftp_status::of, |()| ftp_status::FTP_OK),
            message: message.as_ref().map_or(null(), Text::as_ptr),
            number: number(action.number),
            count: number(action.count),
        };
        // SAFETY: the struct and its texts are valid during the call; the rest is the caller's promise.
        match user.call(|user| unsafe { function(&raw const shown, user) }) {
            0 => Ok(()),
            value => Err(value.into()),
        }
    }
}

fn kind_of(act: Act) -> c_int {
    match act {
        Act::Add => FTP_MIRROR_ADD,
        Act::Replace => FTP_MIRROR_REPLACE,
        Act::Keep => FTP_MIRROR_KEEP,
        Act::Delete => FTP_MIRROR_DELETE,
        Act::Conflict => FTP_MIRROR_CONFLICT,
        Act::Skip => FTP_MIRROR_SKIP,
    }
}

impl ftp_mirror_report {
    fn of(report: &MirrorReport) -> ftp_mirror_report {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        ftp_mirror_report {
            struct_size: size_of::<ftp_mirror_report>(),
            planned: number(report.planned),
            added: number(report.added),
            replaced: number(report.replaced),
            kept: number(report.kept),
            deleted: number(report.deleted),
            conflicts: number(report.conflicts),
            skipped: number(report.skipped),
            failed: number(report.failed),
            bytes: number(report.bytes),
        }
    }
}
