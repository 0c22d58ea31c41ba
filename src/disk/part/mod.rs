//! A file that comes to be: a part of it, under another name in the same directory, until it is whole.

use std::ffi::{CStr, CString, OsStr};
use std::fs::{File, Permissions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::disk::directory::{Directory, Kind, Status, lock, set_modified, unlock, user};
use crate::disk::name::{kept, unique};
use crate::disk::place::Place;
use crate::disk::source::failure;
use crate::error::Result;

/// In a note, before the number of bytes that it vouches for. No path has it.
const UP_TO: u8 = 0;

/// What may happen to a file that has the final name already.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Replace {
    /// It is replaced.
    Yes,
    /// It stays, and that is an error.
    No,
}

/// See the module. One that is dropped before it was published is removed, unless it is kept.
#[derive(Debug)]
pub struct Part {
    path: PathBuf,
    directory: Directory,
    /// The final name.
    name: CString,
    /// The name until then; `None` once it was published.
    temporary: Option<CString>,
    /// Beside a part that the next call may find: a file that tells what it is a part of.
    note: Option<CString>,
    file: File,
    len: u64,
    replace: Replace,
    /// What there is of it outlasts this.
    is_kept: bool,
    /// The process that made it. A copy of it in a forked child is not the child's to remove.
    process: u32,
}

impl Part {
    /// Makes a part of what is to be at `path`.
    ///
    /// # Errors
    /// [`Error::File`](crate::error::Error::File): the path is a directory, a device, a FIFO or a socket; it must not be replaced; the
    /// directory is not there, or takes no file.
    pub fn create(path: &Path, replace: Replace) -> Result<Part> {
        let place = Place::of(path).map_err(|source| failure("write", path, source))?;
        Part::create_at(place, replace)
    }

    /// [`Part::create`] at a place.
    ///
    /// # Errors
    /// As there.
    pub fn create_at(place: Place, replace: Replace) -> Result<Part> {
        Part::begin(place, replace, false)
    }

    /// Finds the part that an earlier call has left, or makes one that the next call finds.
    ///
    /// # Errors
    /// As [`Part::create`]; another process writes it; it is somebody else's.
    pub fn find(path: &Path, replace: Replace) -> Result<Part> {
        let place = Place::of(path).map_err(|source| failure("write", path, source))?;
        Part::find_at(place, replace)
    }

    /// [`Part::find`] at a place.
    ///
    /// # Errors
    /// As there.
    pub fn find_at(place: Place, replace: Replace) -> Result<Part> {
        Part::begin(place, replace, true)
    }

    fn begin(place: Place, replace: Replace, is_found: bool) -> Result<Part> {
        let mut refused = place.path.clone();
        Part::open(place, replace, is_found, &mut refused).map_err(|source| {
            // The system's own words for a lock that somebody else has say nothing to a user.
            let is_taken = source.raw_os_error() == Some(libc::EWOULDBLOCK);
            let tried = if is_taken { "write what another download is writing:" } else { "write" };
            failure(tried, &refused, source)
        })
    }

    /// An error is about the file that is `refused`: the target, or a part that others may have made.
    fn open(place: Place, replace: Replace, is_found: bool, refused: &mut PathBuf) -> io::Result<Part> {
        let Place { path, directory, name } = place;
        let mode = may_take_the_name(&directory, &name, replace)?;
        // From here on nothing may fail before there is a part, whose end removes the file.
        let ((file, len), temporary, note) = if is_found {
            let (temporary, note) = kept(name.as_bytes());
            *refused = beside(&path, &temporary);
            (find(&directory, &temporary, mode)?, temporary, Some(note))
        } else {
            let temporary = unique(name.as_bytes());
            let flags = libc::O_RDWR | libc::O_CREAT | libc::O_EXCL | libc::O_NOFOLLOW;
            ((directory.open_file(&temporary, flags, mode.unwrap_or(0o666))?, 0), temporary, None)
        };
        // From here on it goes with this, unless something was left by an earlier call.
        let is_kept = is_found && len > 0;
        let temporary = Some(temporary);
        let part = Part {
            path,
            directory,
            name,
            temporary,
            note,
            file,
            len,
            replace,
            is_kept,
            process: std::process::id(),
        };
        if let Some(mode) = mode {
            // Who replaces a file that is his alone gives it to nobody.
            part.file.set_permissions(Permissions::from_mode(mode))?;
        }
        Ok(part)
    }

    /// How many bytes it has.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What the note beside it says; empty if there is none. What the note does not vouch for is cut off.
    pub fn note(&mut self) -> Vec<u8> {
        const LONGEST: usize = 64 * 1024;
        let read = |name: &CString| -> io::Result<Vec<u8>> {
            let flags = libc::O_RDONLY | libc::O_NOFOLLOW | libc::O_NONBLOCK;
            let file = self.directory.open_file(name, flags, 0)?;
            let mut note = vec![0; LONGEST];
            let length = file.read_at(&mut note, 0)?;
            note.truncate(length);
            Ok(note)
        };
        let mut note = self.note.as_ref().and_then(|name| read(name).ok()).unwrap_or_default();
        let Some(at) = note.iter().rposition(|&byte| byte == UP_TO) else { return note };
        let end = note.get(at + 1..).and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<u64>().ok());
        note.truncate(at);
        match end {
            Some(end) if end >= self.len || self.file.set_len(end).is_ok() => self.len = self.len.min(end),
            _ => note.clear(),
        }
        note
    }

    /// Begins anew. With a note, the part is kept from here on; without, it is not.
    ///
    /// # Errors
    /// [`Error::File`](crate::error::Error::File).
    pub fn begin_anew(&mut self, note: Option<&[u8]>) -> Result<()> {
        let note = note.filter(|_| self.note.is_some());
        self.file.set_len(0).map_err(|source| failure("write", &self.path, source))?;
        self.len = 0;
        self.replace_note(note)?;
        self.is_kept = note.is_some();
        Ok(())
    }

    /// An old note must not stand beside new bytes, so it goes first.
    fn replace_note(&self, note: Option<&[u8]>) -> Result<()> {
        let Some(name) = &self.note else { return Ok(()) };
        let replace = || -> io::Result<()> {
            remove(&self.directory, name)?;
            let Some(text) = note else { return Ok(()) };
            let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL | libc::O_NOFOLLOW;
            self.directory.open_file(name, flags, 0o600)?.write_all_at(text, 0)
        };
        replace().map_err(|source| failure("write", &beside(&self.path, name), source))
    }

    /// Writes anywhere. Only what [`Part::vouch`] has named is taken for a part of the file.
    ///
    /// # Errors
    /// [`Error::File`](crate::error::Error::File).
    pub fn write_at(&self, bytes: &[u8], offset: u64) -> Result<()> {
        self.file.write_all_at(bytes, offset).map_err(|source| failure("write", &self.path, source))
    }

    /// All up to `end` is there. With a note, the part is kept from here on, up to there.
    ///
    /// # Errors
    /// [`Error::File`](crate::error::Error::File).
    pub fn vouch(&mut self, end: u64, note: Option<&[u8]>) -> Result<()> {
        self.len = end;
        let Some(text) = note.filter(|_| self.note.is_some()) else { return Ok(()) };
        self.is_kept = true;
        self.replace_note(Some(&[text, &[UP_TO], end.to_string().as_bytes()].concat()))
    }

    /// Writes at its end.
    ///
    /// # Errors
    /// [`Error::File`](crate::error::Error::File).
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.write_at(bytes, self.len)?;
        self.grow_by(bytes.len());
        Ok(())
    }

    fn grow_by(&mut self, written: usize) {
        self.len = self.len.saturating_add(written as u64);
    }

    /// Lets somebody else write at its end, who is told where that is, and tells how much he has written.
    ///
    /// # Errors
    /// `None`: what he says, if `passes` lets it pass. [`Error::File`](crate::error::Error::File).
    pub fn write_by(
        &mut self,
        write: impl FnOnce(BorrowedFd<'_>, u64) -> io::Result<usize>,
        passes: fn(&io::Error) -> bool,
    ) -> Result<Option<usize>> {
        match write(self.file.as_fd(), self.len) {
            Ok(written) => {
                self.grow_by(written);
                Ok(Some(written))
            }
            Err(error) if passes(&error) => Ok(None),
            Err(source) => Err(failure("write", &self.path, source)),
        }
    }

    /// Reads what it has at an offset, and fills the buffer.
    ///
    /// # Errors
    /// [`Error::File`](crate::error::Error::File).
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<()> {
        self.file.read_exact_at(buffer, offset).map_err(|source| failure("read", &self.path, source))
    }

    /// It is whole: gives it its final name and, if it is to have another, its time; and makes it outlast a crash.
    ///
    /// # Errors
    /// [`Error::File`](crate::error::Error::File): the name belongs to something that is not replaced.
    pub fn publish(&mut self, time: Option<i64>) -> Result<()> {
        self.take_the_name(time).map_err(|source| failure("write", &self.path, source))
    }

    fn take_the_name(&mut self, time: Option<i64>) -> io::Result<()> {
        let Some(temporary) = &self.temporary else { return Ok(()) };
        if let Some(time) = time {
            set_modified(&self.file, time)?;
        }
        self.file.sync_all()?;
        // Somebody may have taken the temporary name away, or put something else there.
        let found = self.directory.look(temporary, false)?;
        let own = Status::of(&self.file)?;
        if !found.is_some_and(|found| found.identity.is_same_file(&own.identity)) {
            self.temporary = None;
            return Err(io::Error::other("its temporary file was removed or replaced meanwhile"));
        }
        // What is there may have changed since the beginning.
        may_take_the_name(&self.directory, &self.name, self.replace)?;
        match self.replace {
            Replace::Yes => self.directory.rename(temporary, &self.name)?,
            Replace::No => self.directory.rename_new(temporary, &self.name)?,
        }
        self.temporary = None;
        if let Some(note) = &self.note {
            let _ = remove(&self.directory, note);
        }
        self.directory.sync()
    }

    /// Whether it is no copy in a forked child, where nothing may be written.
    pub fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_of_this_process() {
            return;
        }
        if let Some(temporary) = &self.temporary
            && !(self.is_kept && self.len > 0)
        {
            // Nothing more can be done about it.
            let _ = self.directory.remove(temporary);
            if let Some(note) = &self.note {
                let _ = self.directory.remove(note);
            }
        }
        // A process that was forked meanwhile holds the lock as well, until it closes its copy of the file.
        unlock(&self.file);
    }
}

/// Whether a file may get a name, and the permissions of the file that it replaces.
fn may_take_the_name(directory: &Directory, name: &CString, replace: Replace) -> io::Result<Option<u32>> {
    let Some(found) = directory.look(name, false)? else { return Ok(None) };
    if replace == Replace::No {
        return Err(io::Error::from_raw_os_error(libc::EEXIST));
    }
    let meant = match found.kind {
        // A link is replaced itself. But who names a link to a device means the device.
        Kind::Link => directory.look(name, true).ok().flatten(),
        _ => Some(found),
    };
    match meant.map(|meant| meant.kind) {
        Some(Kind::Directory) => Err(io::Error::from_raw_os_error(libc::EISDIR)),
        Some(Kind::Other) => {
            Err(io::Error::other("it is no regular file (FTP_IN_PLACE writes into what is there)"))
        }
        Some(Kind::File) if found.kind == Kind::File => Ok(Some(found.mode & 0o777)),
        _ => Ok(None),
    }
}

/// The path of what has another name in the same directory, for messages.
fn beside(path: &Path, name: &CStr) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).join(OsStr::from_bytes(name.to_bytes()))
}

/// Opens the part that an earlier call has left, or makes it. It is this process's alone. Returns also how many bytes it has.
fn find(directory: &Directory, name: &CString, mode: Option<u32>) -> io::Result<(File, u64)> {
    const TRIES: usize = 5;
    for _ in 0..TRIES {
        let flags = libc::O_RDWR | libc::O_CREAT | libc::O_NOFOLLOW | libc::O_NONBLOCK;
        let file = directory.open_file(name, flags, mode.unwrap_or(0o666))?;
        let status = Status::of(&file)?;
        if status.kind != Kind::File || status.owner != user() {
            return Err(io::Error::other("something else has this name"));
        }
        if !lock(&file)? {
            return Err(io::Error::from_raw_os_error(libc::EWOULDBLOCK));
        }
        // Whoever had it may have published it between the two.
        let found = directory.look(name, false)?;
        if found.is_some_and(|found| found.identity.is_same_file(&status.identity)) {
            return Ok((file, status.identity.size()));
        }
    }
    Err(io::Error::from_raw_os_error(libc::EWOULDBLOCK))
}

/// Removes what may be gone already.
fn remove(directory: &Directory, name: &CString) -> io::Result<()> {
    match directory.remove(name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests;
