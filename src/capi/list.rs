//! Directories as entries.

use std::cell::Cell;
use std::ffi::{c_char, c_int};
use std::pin::pin;
use std::sync::{Mutex, TryLockError};
use std::vec;

use super::boundary::call::{Call, run};
use super::boundary::child::Child;
use super::boundary::guard::{Purpose, enter, not_null, shielded};
use super::boundary::handle::State;
use super::boundary::pending::Pending;
use super::boundary::text::optional;
use super::boundary::wait;
use super::entry::{FTP_ENTRY_NOT_LISTED, ShownEntry, ftp_entry};
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::client::{ListRequest, Match, OpenedList, TransferId};
use crate::error::{Error, Result};
use crate::protocol::entries::Entries;

/// The entries of a directory.
///
/// A list whose text was read as a whole does not need its handle any more: the handle can make
/// other calls, and be freed. A list belongs to one thread at a time.
pub struct ftp_list {
    _private: [u8; 0],
}

/// Also names that servers hide, such as those that begin with a dot.
pub const FTP_LIST_HIDDEN: i32 = 1;
/// Lists over the control connection (STAT), for networks in which no data connection can be had.
pub const FTP_LIST_STAT: i32 = 2;
/// Entries come while the transfer runs, so that a directory of any length takes little memory.
pub const FTP_LIST_STREAM: i32 = 4;

/// Lists in the words of the server (LIST), also if it has MLSD. On most servers that tells owners
/// and link targets, and times less exactly.
pub const FTP_LIST_PLAIN: i32 = 8;

/// What is behind the pointer.
pub(crate) struct List {
    /// A list belongs to one thread at a time. A program that forgets it hears FTP_ERR_BUSY, and loses no entry.
    parts: Mutex<Parts>,
    /// What the rest of the text is read with, if it comes while the transfer runs.
    rest: Option<Child<TransferId>>,
    /// The library frees it: the user has it during a callback only.
    is_lent: bool,
}

struct Parts {
    entries: Entries,
    /// What a pattern matches, in place of the text of a listing.
    matches: vec::IntoIter<Match>,
    shown: ShownEntry,
}

/// The input of a call that reads more of a list.
#[derive(Copy, Clone, PartialEq, Eq)]
struct More(TransferId);

impl List {
    /// The pointer of a new list. Without a `rest` it needs no handle.
    pub(crate) fn hand_out(entries: Entries, rest: Option<Child<TransferId>>) -> *mut ftp_list {
        List::boxed(List::new(entries, Vec::new(), rest))
    }

    /// The pointer of a list of what a pattern matches.
    pub(crate) fn of_matches(matches: Vec<Match>) -> *mut ftp_list {
        List::boxed(List::new(Entries::empty(), matches, None))
    }

    /// A list that the user has during a callback, and does not free.
    pub(crate) fn to_lend(entries: Entries) -> List {
        List { is_lent: true, ..List::new(entries, Vec::new(), None) }
    }

    /// The pointer for the callback, valid as long as the list.
    pub(crate) fn lend(&self) -> *mut ftp_list {
        (&raw const *self).cast_mut().cast()
    }

    fn new(entries: Entries, matches: Vec<Match>, rest: Option<Child<TransferId>>) -> List {
        let parts = Parts { entries, matches: matches.into_iter(), shown: ShownEntry::default() };
        List { parts: Mutex::new(parts), rest, is_lent: false }
    }

    fn boxed(list: List) -> *mut ftp_list {
        Box::into_raw(Box::new(list)).cast()
    }

    /// # Safety
    /// `list` is NULL, or comes from [`List::hand_out`] and is not freed as long as the reference is used.
    unsafe fn from_ptr<'a>(list: *const ftp_list) -> Option<&'a List> {
        // SAFETY: as this function's.
        unsafe { list.cast::<List>().as_ref() }
    }

    /// The next entry, or the status that says why there is none.
    fn next(&self) -> Result<*const ftp_entry, ftp_status> {
        // Held while more is read: a piece that comes has its place behind the one before, whoever asks meanwhile.
        let mut parts = match self.parts.try_lock() {
            Ok(parts) => parts,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(ftp_status::FTP_ERR_BUSY),
        };
        loop {
            // What has come needs no handle, and a call for each entry would cost as much as to read it.
            if let Some(entry) = parts.next_that_has_come() {
                return Ok(entry);
            }
            match &self.rest {
                Some(rest) if parts.has_more() => parts.read_more(rest)?,
                _ => return Err(ftp_status::FTP_END),
            }
        }
    }
}

impl Parts {
    fn next_that_has_come(&mut self) -> Option<*const ftp_entry> {
        if let Some(Match { path, entry, is_unlisted }) = self.matches.next() {
            let flags = if is_unlisted { FTP_ENTRY_NOT_LISTED } else { 0 };
            return Some(self.shown.show_as(&path, &entry.entry(), flags));
        }
        self.entries.next_entry().map(|entry| self.shown.show(&entry))
    }

    /// Whether the end of the text has not come, or cannot be told from what was lost.
    fn has_more(&self) -> bool {
        !self.entries.is_whole() || self.entries.require_unbroken().is_err()
    }

    /// Reads the next piece of the text. Once there was no memory for one, this fails each time.
    fn read_more(&mut self, rest: &Child<TransferId>) -> Result<(), ftp_status> {
        if let Err(error) = self.entries.require_unbroken() {
            // SAFETY: the list keeps its handle.
            unsafe {
                enter(rest.ftp(), Purpose::Call, |state| {
                    state.begin();
                    state.fail(&Error::Limit(error.to_string()));
                })
            }?;
            return Err(ftp_status::FTP_ERR_LIMIT);
        }
        let came = Cell::new(None);
        // SAFETY: the list keeps its handle.
        let status = unsafe {
            run(
                rest.ftp(),
                Call::keep("ftp_list_next"),
                &|| Ok(More(rest.id)),
                |client, more, seat| seat.house(async move { client.more_of_list(more.0).await }),
                &|_, more: Option<Vec<u8>>| came.set(Some(more)),
            )
        };
        let Some(came) = came.take().filter(|_| status == ftp_status::FTP_OK) else { return Err(status) };
        // Without memory for it there is no entry any more, and the next step says so.
        let _ = match came {
            Some(text) => self.entries.push(text),
            None => self.entries.end(),
        };
        Ok(())
    }
}

/// Lists a directory as entries.
///
/// The function reads the listing as a whole, up to 256 MiB, and keeps its text. So the handle can
/// delete, rename and download while the program reads the entries.
///
/// @param path   the directory. NULL or "" is the working directory. If it is a file, the list has
///               one entry, the file.
/// @param flags  FTP_LIST_HIDDEN and its neighbours, added up, or 0.
/// @param out    receives the list, which ftp_list_free() frees.
/// @return FTP_OK, also for an empty directory. Otherwise as ftp_retrlines().
///         - FTP_ERR_NOT_FOUND: there is no such directory.
///         - FTP_ERR_PERM, FTP_ERR_TEMP: the directory is there, or may be, and the server does not
///           list it.
///         - FTP_ERR_REPLY: also if the server's success says that it could not read the directory.
///         - FTP_ERR_INVALID_ARGUMENT: also for an unknown flag, and for FTP_LIST_STAT together with
///           another one.
///         - FTP_ERR_LIMIT: also for a listing of more than 256 MiB. FTP_LIST_STREAM has no such
///           limit.
///
/// The library uses MLSD if the server has it, and LIST if not or with FTP_LIST_PLAIN.
/// docs/listings.md says what it sends besides, and when:
///
/// - FEAT, once in a login;
/// - a few commands about the path, if the listing is empty or the server refuses it;
/// - MDTM for a few files, once in a login, to find out the time zone of LIST.
///
/// The entries of the directory itself and of the one above it are left out.
///
/// With FTP_LIST_STREAM:
///
/// - Until ftp_list_next() returns FTP_END or an error, or the list is freed, other calls on the
///   handle can return FTP_ERR_STATE. Only after a short directory, which came as a whole, they do
///   not.
/// - Functions of the list are calls on the handle and follow the rules for threads.
/// - ftp_last_error() of the handle says what failed.
///
/// ftplib: mlsd, dir
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_list_open(
    ftp: *mut ftp_handle,
    path: *const c_char,
    flags: c_int,
    out: *mut *mut ftp_list,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        let inputs = || {
            not_null(out, "out")?;
            request(optional(path), flags)
        };
        run(
            ftp,
            Call::keep("ftp_list_open").with_report(),
            &inputs,
            |client, wanted, seat| seat.house(async move { client.list(&wanted).await }),
            &|_, OpenedList { entries, rest }: OpenedList| {
                let rest = rest.map(|id| Child::new(ftp, id));
                *out = List::hand_out(entries, rest);
            },
        )
    }
}

/// Refuses flags that are none of these.
pub(super) fn known_flags(flags: c_int, known: c_int) -> Result<()> {
    if flags & !known != 0 {
        return Err(Error::InvalidArgument("there is no such flag".into()));
    }
    Ok(())
}

pub(super) fn request(path: Option<Vec<u8>>, flags: c_int) -> Result<ListRequest> {
    let has = |flag| flags & flag != 0;
    known_flags(flags, FTP_LIST_HIDDEN | FTP_LIST_STAT | FTP_LIST_STREAM | FTP_LIST_PLAIN)?;
    if has(FTP_LIST_STAT) && flags != FTP_LIST_STAT {
        return Err(Error::InvalidArgument("FTP_LIST_STAT goes with no other flag".into()));
    }
    Ok(ListRequest {
        path: path.filter(|path| !path.is_empty()),
        hidden: has(FTP_LIST_HIDDEN),
        by_list: has(FTP_LIST_PLAIN),
        by_stat: has(FTP_LIST_STAT),
        streamed: has(FTP_LIST_STREAM),
    })
}

/// Returns the next entry of a list.
///
/// @param list  the list.
/// @param out   receives the entry. It belongs to the list and is valid until the next call on the
///              list.
/// @return FTP_OK, or FTP_END if there is no further entry. Only a list of FTP_LIST_STREAM can
///         return an error, as ftp_list_open() does. It has ended then, except as noted.
///         - FTP_ERR_INVALID_ARGUMENT: list or out is NULL.
///         - FTP_ERR_BUSY: another call is running on the handle, or has to be repeated. The list
///           goes on. Every list returns this while another thread is reading it.
///         - FTP_ERR_STATE: the list has ended with an error, or its handle was closed or freed.
///
/// FTP_END means that the listing is complete. Entries that have come already do not need the
/// handle: the function returns them whatever has become of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_list_next(list: *mut ftp_list, out: *mut *const ftp_entry) -> ftp_status {
    // SAFETY: the header's contract.
    let Some(list) = (unsafe { List::from_ptr(list) }).filter(|_| !out.is_null()) else {
        return ftp_status::FTP_ERR_INVALID_ARGUMENT;
    };
    match shielded(|| list.next()) {
        Some(Ok(entry)) => {
            // SAFETY: it is not NULL; and the header's contract.
            unsafe { *out = entry };
            ftp_status::FTP_OK
        }
        Some(Err(status)) => status,
        None => ftp_status::FTP_ERR_INTERNAL,
    }
}

/// Frees a list. A list of FTP_LIST_STREAM that has not ended is stopped first, which takes at most
/// 5 seconds.
///
/// @param list  the list, or NULL, which does nothing. It can be freed after its handle.
///
/// A list that a callback was given, as in ftp_pool_result, belongs to the library. For such a list
/// the function does nothing.
///
/// For a list of FTP_LIST_STREAM that has not ended:
///
/// - The session is in step afterwards, or closed.
/// - The function leaves what ftp_last_error() and the other getters of the handle return as it is.
/// - While another call is running on the handle, the function does nothing. The list is still to be
///   freed.
/// - With ftp_set_blocking() off the function does not wait: the next call on the handle stops the
///   listing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_list_free(list: *mut ftp_list) {
    // SAFETY: the header's contract.
    let Some(this) = (unsafe { List::from_ptr(list) }) else { return };
    let may_be_freed = !this.is_lent && this.rest.as_ref().is_none_or(|rest| rest.end(give_up));
    if may_be_freed {
        // SAFETY: the pointer comes from `hand_out`, and this is its only end.
        shielded(|| drop(unsafe { Box::from_raw(list.cast::<List>()) }));
    }
}

fn give_up(state: &mut State, id: TransferId) {
    let is_of_this = |pending: &mut Pending| pending.inputs_are(|more: &More| more.0 == id);
    drop(state.pending.take_if(is_of_this));
    let Ok(mut lent) = state.client.lend() else { return };
    let Ok(client) = lent.client() else { return };
    if client.transfer_size(id).is_err() {
        return;
    }
    client.transfer_forget(id);
    if state.blocking {
        let reactor = client.reactor().clone();
        let _running = reactor.begin();
        // Whatever comes of it: the session is in step afterwards, or closed.
        let stop = pin!(client.perform(async |_| Ok(())));
        let _ = wait::finish(&reactor, stop, state.while_waiting);
    }
}
