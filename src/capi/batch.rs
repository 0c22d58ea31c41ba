//! Many commands at once.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::null;
use std::sync::Arc;

use super::boundary::call::{Call, nothing, now, run};
use super::boundary::callbacks::User;
use super::boundary::child::Child;
use super::boundary::guard::{Purpose, enter, not_null, shielded};
use super::boundary::pending::Pending;
use super::boundary::text::{Text, command, required};
use super::entry::{FTP_NO_TIME, ShownEntry, ftp_entry};
use super::handle::ftp_handle;
use super::status::ftp_status;
use crate::client::{Batch, BatchFate, BatchJob, BatchResult, BatchValue};
use crate::error::Result;
use crate::protocol::modes::MAX_MODE;

/// Commands that are sent together.
///
/// - Functions of the batch are calls on its handle and follow the rules for threads.
/// - ftp_last_error() of the handle says what failed.
/// - A batch may be freed after its handle.
pub struct ftp_batch {
    _private: [u8; 0],
}

/// The server has answered the command.
pub const FTP_BATCH_ANSWERED: i32 = 1;
/// The command was not sent. Of several questions about one path, one or more were not.
pub const FTP_BATCH_NOT_SENT: i32 = 2;
/// The command was sent, and what the server has made of it is not known.
pub const FTP_BATCH_UNKNOWN: i32 = 3;

/// What came of one command of a batch. The library makes the struct, and may add members at its
/// end.
#[repr(C)]
pub struct ftp_batch_result {
    /// Which command it is, counted from 0 in the order in which they were added.
    pub index: usize,
    /// FTP_OK, or why there is no result: what the function for this one command returns.
    pub status: ftp_status,
    /// One of FTP_BATCH_ANSWERED to FTP_BATCH_UNKNOWN.
    pub fate: c_int,
    /// Why it failed, as ftp_last_error() says it; NULL after FTP_OK.
    pub message: *const c_char,
    /// The last reply to the command, with all its lines; NULL if there is none.
    pub reply: *const c_char,
    /// Of ftp_batch_size(): the size in bytes. Otherwise, and where it is not known, -1.
    pub size: i64,
    /// Of ftp_batch_modified(): nanoseconds since 1970-01-01 UTC. Otherwise, and where the time is
    /// not known, FTP_NO_TIME.
    pub modified: i64,
    /// Of ftp_batch_stat(): the entry. Otherwise NULL.
    pub entry: *const ftp_entry,
    /// Of ftp_batch_mkdir(): the path of the directory as the server tells it, which may be "".
    /// Otherwise NULL.
    pub path: *const c_char,
}

/// Is told what came of each command of a batch, in the order in which they were added.
///
/// @param result  valid during the call only.
/// @param user    the pointer that was given to ftp_batch_run().
/// @return 0 to go on. Any other value stops the batch in an orderly way, with FTP_ERR_CALLBACK.
///
/// ftp_data_fn has the rules for callbacks.
pub type ftp_batch_fn =
    Option<unsafe extern "C-unwind" fn(result: *const ftp_batch_result, user: *mut c_void) -> c_int>;

/// What [`ftp_batch_fn`] is when it is not NULL.
type ResultFunction = unsafe extern "C-unwind" fn(*const ftp_batch_result, *mut c_void) -> c_int;

/// What is behind the pointer.
struct Held {
    child: Child<()>,
    batch: Arc<Batch>,
}

impl Held {
    /// # Safety
    /// `batch` is NULL, or comes from [`ftp_batch_new`] and is not freed as long as the reference is used.
    unsafe fn from_ptr<'a>(batch: *const ftp_batch) -> Option<&'a Held> {
        // SAFETY: as this function's.
        unsafe { batch.cast::<Held>().as_ref() }
    }
}

/// Makes a batch: many commands on the one control connection, which do not wait for each other.
///
/// A command costs one round trip to the server. In a batch, many commands share it: the library
/// sends up to 64 before the first is answered. docs/batch.md says more.
///
/// @param out  receives the batch, which ftp_batch_free() frees.
/// @return FTP_OK. The function needs no connection.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_batch_new(ftp: *mut ftp_handle, out: *mut *mut ftp_batch) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe {
        now(ftp, |_, _| {
            not_null(out, "out")?;
            let held = Held { child: Child::new(ftp, ()), batch: Arc::new(Batch::default()) };
            *out = Box::into_raw(Box::new(held)).cast();
            Ok(())
        })
    }
}

/// # Safety
/// The header's contract for the batch. What `job` reads is valid.
unsafe fn add(batch: *mut ftp_batch, job: &dyn Fn() -> Result<BatchJob>) -> ftp_status {
    // SAFETY: as this function's.
    match unsafe { Held::from_ptr(batch) } {
        // SAFETY: the batch keeps its handle.
        Some(held) => unsafe { now(held.child.ftp(), |_, _| held.batch.add(job()?)) },
        None => ftp_status::FTP_ERR_INVALID_ARGUMENT,
    }
}

/// Adds the question for the size of a file in bytes, as ftp_size() asks it.
///
/// @param path  the file.
/// @return FTP_OK. Nothing is sent before ftp_batch_run().
///
/// ftplib: size
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_batch_size(batch: *mut ftp_batch, path: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe { add(batch, &|| Ok(BatchJob::Size(required(path, "path")?))) }
}

/// Adds the question when a file was changed, as ftp_modified() asks it.
///
/// @param path  the file.
/// @return as ftp_batch_size().
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_batch_modified(batch: *mut ftp_batch, path: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe { add(batch, &|| Ok(BatchJob::Modified(required(path, "path")?))) }
}

/// Adds the question what a path is: by MLST if the server has it. If not, by SIZE and MDTM.
///
/// What these do not tell is found out as ftp_stat() does it, one path after the other.
///
/// @param path  the file or directory, not "".
/// @return as ftp_batch_size().
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_batch_stat(batch: *mut ftp_batch, path: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe { add(batch, &|| Ok(BatchJob::Stat(required(path, "path")?))) }
}

/// Adds the deletion of a file (DELE).
///
/// @param path  the file.
/// @return as ftp_batch_size().
///
/// ftplib: delete
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_batch_delete(batch: *mut ftp_batch, path: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe { add(batch, &|| Ok(BatchJob::Delete(required(path, "path")?))) }
}

/// Adds a directory that is to be made (MKD).
///
/// @param path  the directory.
/// @return as ftp_batch_size().
///
/// ftplib: mkd
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_batch_mkdir(batch: *mut ftp_batch, path: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe { add(batch, &|| Ok(BatchJob::MakeDirectory(required(path, "path")?))) }
}

/// Adds a directory that is to be removed (RMD).
///
/// @param path  the directory.
/// @return as ftp_batch_size().
///
/// ftplib: rmd
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_batch_rmdir(batch: *mut ftp_batch, path: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe { add(batch, &|| Ok(BatchJob::RemoveDirectory(required(path, "path")?))) }
}

/// Adds a file or directory that is to be renamed (RNFR, RNTO). RNTO is not sent if the server
/// refuses RNFR, so each renaming waits for one reply.
///
/// @param from  what is there.
/// @param to    what it is to be.
/// @return as ftp_batch_size().
///
/// ftplib: rename
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_batch_rename(
    batch: *mut ftp_batch,
    from: *const c_char,
    to: *const c_char,
) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe { add(batch, &|| Ok(BatchJob::Rename { from: required(from, "from")?, to: required(to, "to")? })) }
}

/// Adds the mode that a file is to have, as ftp_chmod() sets it. Until one mode of a login was set,
/// the others wait.
///
/// @param path  the file.
/// @param mode  0 to 07777.
/// @return as ftp_batch_size().
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_batch_chmod(
    batch: *mut ftp_batch,
    path: *const c_char,
    mode: c_int,
) -> ftp_status {
    let mode = u16::try_from(mode).unwrap_or(MAX_MODE + 1);
    // SAFETY: the header's contract.
    unsafe { add(batch, &|| Ok(BatchJob::Chmod { path: required(path, "path")?, mode })) }
}

/// Adds any command, whose final reply must be of class 2yz, as for ftp_voidcmd().
///
/// Commands about one path, and commands that only ask, are sent with the others. Any other command
/// waits until all before it are answered, and those behind it wait for its reply.
///
/// @param cmd  the whole command, as in "SITE CHMOD 644 file".
/// @return as ftp_batch_size().
///         - FTP_ERR_INVALID_ARGUMENT: also for a command that no batch can send.
///
/// A batch sends no command that does one of these:
///
/// - It belongs to a login, to the protection of the session or to a transfer.
/// - It changes the directory, or ends the session.
/// - It is one of a pair, such as RNFR.
///
/// ftplib: voidcmd
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_batch_command(batch: *mut ftp_batch, cmd: *const c_char) -> ftp_status {
    // SAFETY: the header's contract.
    unsafe { add(batch, &|| Ok(BatchJob::Command(command(cmd, "cmd")?))) }
}

/// Sends the commands of a batch, and tells what came of each. One that fails does not end the
/// others.
///
/// The batch is empty then, and can be filled again.
///
/// @param result_cb  is told each result, in the order of the commands. NULL: nobody is.
/// @param user       passed to result_cb.
/// @return FTP_OK: each command has done what it was to do.
///         - FTP_ERR_PARTIAL: one or more commands failed, and all others were carried out.
///         - FTP_ERR_CALLBACK: result_cb stopped the batch. Commands that were on their way are
///           carried out, no further one is sent, and nothing more is told, whatever follows. A
///           wait callback that stops the call is a cancel, and not this.
///         - Otherwise as ftp_sendcmd(). If the call has begun, result_cb is told about each command
///           that it was not told about yet, with the status that the call returns, and with
///           FTP_BATCH_NOT_SENT or FTP_BATCH_UNKNOWN. It cannot stop that. If the call was refused,
///           such as for want of a connection, nothing is told and the batch stays as it is.
///         - FTP_ERR_ABORTED: also if ftp_close() has given up the last run of the batch. Then this
///           call only tells result_cb about the commands of that run that it was not told about.
///           What was added since stays in the batch.
///
/// Behind 31 commands at the most the library sends PWD, whose reply is like no other. It knows that
/// each reply belongs to its command. If one is lost or comes too much:
///
/// - The session stays in step.
/// - The commands since the last PWD are sent once more, one by one, if all of the batch only ask.
///   Otherwise their fate is FTP_BATCH_UNKNOWN.
/// - Until the login ends, the library sends one command at a time.
///
/// It also does so to servers that are known for such losses (docs/batch.md), and to those that
/// refuse PWD.
///
/// ftplib: none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_batch_run(
    batch: *mut ftp_batch,
    result_cb: ftp_batch_fn,
    user: *mut c_void,
) -> ftp_status {
    // SAFETY: the header's contract.
    let Some(held) = (unsafe { Held::from_ptr(batch) }) else { return ftp_status::FTP_ERR_INVALID_ARGUMENT };
    let inputs = || Ok(Given { batch: held.batch.clone(), result_cb, user: User::new(user) });
    // SAFETY: the batch keeps its handle; the rest is the header's contract.
    let status = unsafe {
        run(
            held.child.ftp(),
            Call::keep("ftp_batch_run"),
            &inputs,
            |client, given, seat| {
                seat.house(async move {
                    let Given { batch, result_cb, user } = &*given;
                    let mut tell = teller(*result_cb, *user);
                    client.run_batch(batch, &mut tell).await
                })
            },
            &nothing,
        )
    };
    if matches!(status, ftp_status::FTP_AGAIN | ftp_status::FTP_ERR_BUSY) {
        return status;
    }
    // SAFETY: the batch keeps its handle; the rest is the header's contract.
    unsafe { tell_the_rest(held, status, result_cb, user) };
    status
}

/// What a call was given.
struct Given {
    batch: Arc<Batch>,
    result_cb: ftp_batch_fn,
    user: User,
}

impl PartialEq for Given {
    fn eq(&self, other: &Given) -> bool {
        let address = |given: &Given| given.result_cb.map(|function| function as usize);
        Arc::ptr_eq(&self.batch, &other.batch) && self.user == other.user && address(self) == address(other)
    }
}

/// # Safety
/// `function` may be called with `user` as long as the closure lives.
unsafe fn teller(function: ftp_batch_fn, user: User) -> impl FnMut(BatchResult<'_>) -> Result<(), i64> {
    let (mut message, mut reply, mut path) = (Text::default(), Text::default(), Text::default());
    let mut shown = ShownEntry::default();
    move |told: BatchResult<'_>| {
        let Some(function) = function else { return Ok(()) };
        let mut result = nothing_about(told.index, fate(told.fate));
        if let Some(told) = told.reply {
            reply.set(told.text());
            result.reply = reply.as_ptr();
        }
        match told.outcome {
            Err(failed) => {
                message.set(failed.to_string().as_bytes());
                (result.status, result.message) = (ftp_status::of(failed), message.as_ptr());
            }
            Ok(BatchValue::Nothing) => {}
            Ok(BatchValue::Size(size)) => {
                result.size = size.and_then(|size| i64::try_from(size).ok()).unwrap_or(-1);
            }
            Ok(BatchValue::Modified(time)) => result.modified = time.unwrap_or(FTP_NO_TIME),
            Ok(BatchValue::Entry(entries)) => {
                result.entry = entries.next_entry().map_or(null(), |entry| shown.show(&entry));
            }
            Ok(BatchValue::Path(made)) => {
                path.set(made);
                result.path = path.as_ptr();
            }
        }
        // SAFETY: the struct and what it points to are valid during the call; the rest is the caller's promise.
        match user.call(|user| unsafe { function(&raw const result, user) }) {
            0 => Ok(()),
            value => Err(value.into()),
        }
    }
}

/// A result that tells nothing but its number and what became of the command.
fn nothing_about(index: usize, fate: c_int) -> ftp_batch_result {
    ftp_batch_result {
        index,
        status: ftp_status::FTP_OK,
        fate,
        message: null(),
        reply: null(),
        size: -1,
        modified: FTP_NO_TIME,
        entry: null(),
        path: null(),
    }
}

fn fate(fate: BatchFate) -> c_int {
    match fate {
        BatchFate::Answered => FTP_BATCH_ANSWERED,
        BatchFate::NotSent => FTP_BATCH_NOT_SENT,
        BatchFate::Unknown => FTP_BATCH_UNKNOWN,
    }
}

/// The run has ended with this status: tells about what it has told nobody about.
///
/// # Safety
/// `function` may be called with `user`.
unsafe fn tell_the_rest(
    held: &Held,
    status: ftp_status,
    function: Option<ResultFunction>,
    user: *mut c_void,
) {
    let rest = shielded(|| held.batch.end()).unwrap_or_default();
    let Some(function) = function.filter(|_| !rest.is_empty()) else { return };
    let tell = |reason: &CStr| {
        let reason = reason.to_string_lossy();
        for (index, what, was_sent) in rest {
            let text = match was_sent {
                true => format!("{what}: it was sent, and what came of it is not known: {reason}"),
                false => format!("{what}: it was not sent: {reason}"),
            };
            let text = CString::new(text).unwrap_or_default();
            let fate = if was_sent { FTP_BATCH_UNKNOWN } else { FTP_BATCH_NOT_SENT };
            let result = ftp_batch_result { status, message: text.as_ptr(), ..nothing_about(index, fate) };
            // SAFETY: as this function's.
            unsafe { function(&raw const result, user) };
        }
    };
    // It is a part of the call: nobody else uses the handle meanwhile.
    // SAFETY: the batch keeps its handle; its text ends with a NUL.
    let _ =
        unsafe { enter(held.child.ftp(), Purpose::Call, |state| tell(CStr::from_ptr(state.error.as_ptr()))) };
}

/// Frees a batch, and what was added to it.
///
/// @param batch  the batch, or NULL, which does nothing. It can be freed after its handle.
///
/// - If ftp_batch_run() has returned FTP_AGAIN, that call ends. The next call on the handle closes
///   the connection if the server owes replies.
/// - While another call is running on the handle, the function does nothing. The batch is still to
///   be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_batch_free(batch: *mut ftp_batch) {
    // SAFETY: the header's contract.
    let Some(held) = (unsafe { Held::from_ptr(batch) }) else { return };
    let may_be_freed = held.child.end(|state, ()| {
        let is_of_this = |pending: &mut Pending| {
            pending.inputs_are(|given: &Given| Arc::ptr_eq(&given.batch, &held.batch))
        };
        drop(state.pending.take_if(is_of_this));
    });
    if may_be_freed {
        // SAFETY: the pointer comes from `ftp_batch_new`, and this is its only end.
        shielded(|| drop(unsafe { Box::from_raw(batch.cast::<Held>()) }));
    }
}
