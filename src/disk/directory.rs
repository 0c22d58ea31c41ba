//! A directory that is held open. What is done in it stays in it, even if somebody renames it, or puts a link in its place.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use crate::descriptor::above_the_standard_ones;
use crate::large;

/// How a directory is opened that is only held. It need not be readable.
#[cfg(target_os = "linux")]
const TO_HOLD: libc::c_int = libc::O_PATH;
#[cfg(not(target_os = "linux"))]
const TO_HOLD: libc::c_int = libc::O_RDONLY;

/// See the module.
#[derive(Debug)]
pub struct Directory(OwnedFd);

/// What a name stands for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A device, a FIFO or a socket.
    Other,
}

/// Which file it is, and in which state: two that are equal have the same content, as far as the system tells.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    changed: (i64, i64),
}

/// What the system tells of a file.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// What it is.
    pub kind: Kind,
    /// The bits of its permissions.
    pub mode: u32,
    /// The user who owns it.
    pub owner: u32,
    /// Which it is.
    pub identity: Identity,
}

impl Identity {
    /// The bytes that it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Whether this time can be told in nanoseconds: that ends in 2262.
    pub fn has_exact_time(&self) -> bool {
        self.modified
            .0
            .checked_mul(1_000_000_000)
            .and_then(|whole| whole.checked_add(self.modified.1))
            .is_some()
    }

    /// When its content was changed last, in nanoseconds since 1970. What is beyond that is cut to the nearest.
    pub fn modified(&self) -> i64 {
        self.modified.0.saturating_mul(1_000_000_000).saturating_add(self.modified.1)
    }

    /// As [`Identity::modified`], but no other time within 584 years has the same number.
    pub fn mark_of_time(&self) -> i64 {
        self.modified.0.wrapping_mul(1_000_000_000).wrapping_add(self.modified.1)
    }

    /// Whether its content was changed since, as its size and its time tell. Another name, or other rights, are no other content.
    pub fn was_written(&self, before: &Identity) -> bool {
        (self.size, self.modified) != (before.size, before.modified)
    }

    /// Whether it is the same file, whatever has become of its content.
    pub fn is_same_file(&self, other: &Identity) -> bool {
        (self.device, self.inode) == (other.device, other.inode)
    }
}

impl Status {
    /// What an open file is.
    ///
    /// # Errors
    /// Those of `fstat(2)`.
    pub fn of(file: &File) -> io::Result<Status> {
        let mut found = std::mem::MaybeUninit::uninit();
        // SAFETY: the descriptor is open, and there is room for what is told.
        check(unsafe { large::fstat(file.as_raw_fd(), found.as_mut_ptr()) })?;
        // SAFETY: the system has filled it.
        Ok(Status::from(unsafe { found.assume_init() }))
    }
}

impl From<large::stat> for Status {
    // The types of the fields differ from system to system.
    #[allow(
        clippy::useless_conversion,
        clippy::unnecessary_cast,
        clippy::cast_sign_loss,
        clippy::allow_attributes
    )]
    fn from(found: large::stat) -> Status {
        let kind = match found.st_mode & libc::S_IFMT {
            libc::S_IFREG => Kind::File,
            libc::S_IFDIR => Kind::Directory,
            libc::S_IFLNK => Kind::Link,
            _ => Kind::Other,
        };
        let identity = Identity {
            device: found.st_dev as u64,
            inode: found.st_ino as u64,
            size: found.st_size as u64,
            modified: (found.st_mtime as i64, found.st_mtime_nsec as i64),
            changed: (found.st_ctime as i64, found.st_ctime_nsec as i64),
        };
        Status { kind, mode: found.st_mode as u32 & 0o7777, owner: found.st_uid as u32, identity }
    }
}

impl Directory {
    /// Opens a directory. The right to list it is not needed.
    ///
    /// # Errors
    /// Those of `open(2)`.
    pub fn open(path: &Path) -> io::Result<Directory> {
        let path = CString::new(path.as_os_str().as_bytes())?;
        let flags = TO_HOLD | libc::O_DIRECTORY | libc::O_CLOEXEC;
        // SAFETY: the path ends with a NUL.
        let fd = check(unsafe { large::open(path.as_ptr(), flags) })?;
        // SAFETY: it was opened just now, and is nobody else's.
        above_the_standard_ones(unsafe { OwnedFd::from_raw_fd(fd) }).map(Directory)
    }

    /// Opens what a name stands for, with flags of `open(2)`. Without `O_NOFOLLOW` it may be elsewhere.
    ///
    /// # Errors
    /// Those of `openat(2)`.
    pub fn open_file(&self, name: &CStr, flags: libc::c_int, mode: u32) -> io::Result<File> {
        let flags = flags | libc::O_CLOEXEC;
        // SAFETY: the descriptor is open, and the name ends with a NUL.
        let fd = check(unsafe { large::openat(self.0.as_raw_fd(), name.as_ptr(), flags, mode) })?;
        // SAFETY: it was opened just now, and is nobody else's.
        above_the_standard_ones(unsafe { File::from_raw_fd(fd) })
    }

    /// What a name stands for; `None` is nothing. A link is a link, or what it leads to.
    ///
    /// # Errors
    /// Those of `fstatat(2)`.
    pub fn look(&self, name: &CStr, follow: bool) -> io::Result<Option<Status>> {
        let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
        let mut found = std::mem::MaybeUninit::uninit();
        // SAFETY: the descriptor is open, the name ends with a NUL, and there is room for what is told.
        let told =
            check(unsafe { large::fstatat(self.0.as_raw_fd(), name.as_ptr(), found.as_mut_ptr(), flags) });
        match told {
            // SAFETY: the system has filled it.
            Ok(_) => Ok(Some(Status::from(unsafe { found.assume_init() }))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens a directory in it. A link is none.
    ///
    /// # Errors
    /// Those of `openat(2)`.
    pub fn open_directory(&self, name: &CStr) -> io::Result<Directory> {
        let flags = TO_HOLD | libc::O_DIRECTORY | libc::O_NOFOLLOW;
        self.open_file(name, flags, 0).map(|file| Directory(file.into()))
    }

    /// Makes a directory. It is no error if something has the name.
    ///
    /// # Errors
    /// Those of `mkdirat(2)`.
    pub fn make_directory(&self, name: &CStr) -> io::Result<()> {
        // SAFETY: the descriptor is open, and the name ends with a NUL.
        match check(unsafe { libc::mkdirat(self.0.as_raw_fd(), name.as_ptr(), 0o777) }) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    /// Those of `unlinkat(2)`.
    pub fn remove_directory(&self, name: &CStr) -> io::Result<()> {
        // SAFETY: the descriptor is open, and the name ends with a NUL.
        check(unsafe { libc::unlinkat(self.0.as_raw_fd(), name.as_ptr(), libc::AT_REMOVEDIR) }).map(drop)
    }

    /// The names in it, but for `.` and `..`.
    ///
    /// # Errors
    /// Those of `openat(2)` and `readdir(3)`.
    pub fn names(&self) -> io::Result<Vec<CString>> {
        let file = self.open_file(c".", libc::O_RDONLY | libc::O_DIRECTORY, 0)?;
        let mut stream = Stream::of(file)?;
        let mut names = Vec::new();
        while let Some(name) = stream.next()? {
            if !matches!(name.to_bytes(), b"." | b"..") {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Removes a name that is not a directory's.
    ///
    /// # Errors
    /// Those of `unlinkat(2)`.
    pub fn remove(&self, name: &CStr) -> io::Result<()> {
        // SAFETY: the descriptor is open, and the name ends with a NUL.
        check(unsafe { libc::unlinkat(self.0.as_raw_fd(), name.as_ptr(), 0) }).map(drop)
    }

    /// Gives a file another name. What has that name is replaced.
    ///
    /// # Errors
    /// Those of `renameat(2)`.
    pub fn rename(&self, from: &CStr, to: &CStr) -> io::Result<()> {
        let fd = self.0.as_raw_fd();
        // SAFETY: the descriptor is open, and the names end with a NUL.
        check(unsafe { libc::renameat(fd, from.as_ptr(), fd, to.as_ptr()) }).map(drop)
    }

    /// Gives a file another name, which nothing has.
    ///
    /// # Errors
    /// `EEXIST` if something has it; what `linkat(2)` says where the system cannot do it at once.
    pub fn rename_new(&self, from: &CStr, to: &CStr) -> io::Result<()> {
        match self.rename_at_once(from, to) {
            // The file system cannot.
            Err(error)
                if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOSYS | libc::ENOTSUP)) =>
            {
                self.link_and_remove(from, to)
            }
            outcome => outcome,
        }
    }

    #[cfg(target_os = "linux")]
    fn rename_at_once(&self, from: &CStr, to: &CStr) -> io::Result<()> {
        const NOREPLACE: libc::c_uint = 1;
        let fd = self.0.as_raw_fd();
        // Some C libraries have no function for it.
        // SAFETY: the descriptor is open, and the names end with a NUL.
        let outcome =
            unsafe { libc::syscall(libc::SYS_renameat2, fd, from.as_ptr(), fd, to.as_ptr(), NOREPLACE) };
        if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    #[cfg(not(target_os = "linux"))]
    fn rename_at_once(&self, from: &CStr, to: &CStr) -> io::Result<()> {
        self.link_and_remove(from, to)
    }

    fn link_and_remove(&self, from: &CStr, to: &CStr) -> io::Result<()> {
        let fd = self.0.as_raw_fd();
        // SAFETY: the descriptor is open, and the names end with a NUL.
        check(unsafe { libc::linkat(fd, from.as_ptr(), fd, to.as_ptr(), 0) })?;
        // The file has its name. That it has another one as well is no reason to say that it has not.
        let _ = self.remove(from);
        Ok(())
    }

    /// Makes the names in the directory outlast a crash, as far as the user may.
    ///
    /// # Errors
    /// Those of `fsync(2)`.
    pub fn sync(&self) -> io::Result<()> {
        match self.open_file(c".", libc::O_RDONLY | libc::O_DIRECTORY, 0) {
            Ok(directory) => match directory.sync_all() {
                // Some file systems cannot do that for a directory.
                Err(error) if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOTSUP)) => Ok(()),
                outcome => outcome,
            },
            // A directory that only takes files cannot be opened like that.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl From<OwnedFd> for Directory {
    fn from(fd: OwnedFd) -> Directory {
        Directory(fd)
    }
}

/// A directory that is being read.
struct Stream(*mut libc::DIR);

impl Stream {
    fn of(file: File) -> io::Result<Stream> {
        // SAFETY: the descriptor is open.
        let stream = unsafe { libc::fdopendir(file.as_raw_fd()) };
        if stream.is_null() {
            return Err(io::Error::last_os_error());
        }
        // It belongs to the stream now.
        let _ = file.into_raw_fd();
        Ok(Stream(stream))
    }

    fn next(&mut self) -> io::Result<Option<CString>> {
        clear_errno();
        // SAFETY: the stream is open, and nobody else has it.
        let entry = unsafe { large::readdir(self.0) };
        if entry.is_null() {
            let error = io::Error::last_os_error();
            return if error.raw_os_error() == Some(0) { Ok(None) } else { Err(error) };
        }
        // SAFETY: the entry is valid until the next call, and its name ends with a NUL.
        Ok(Some(unsafe { CStr::from_ptr((*entry).d_name.as_ptr()) }.to_owned()))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: the stream is open, and is not used any more.
        unsafe { libc::closedir(self.0) };
    }
}

/// `readdir(3)` tells its end and an error apart by errno alone.
fn clear_errno() {
    // SAFETY: the place is this thread's own.
    unsafe {
        #[cfg(target_os = "linux")]
        libc::__errno_location().write(0);
        #[cfg(not(target_os = "linux"))]
        libc::__error().write(0);
    }
}

/// Sets when a file was changed, in nanoseconds since 1970.
///
/// # Errors
/// Those of `futimens(2)`; the system has no such time.
pub(super) fn set_modified(file: &File, when: i64) -> io::Result<()> {
    let distance = Duration::from_nanos(when.unsigned_abs());
    let time = if when < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
    file.set_modified(time.ok_or(io::ErrorKind::InvalidInput)?)
}

/// Takes a file for this process, as long as it is open. False: another one has it.
///
/// # Errors
/// Those of `flock(2)`, but for file systems that know no locks.
pub(super) fn lock(file: &File) -> io::Result<bool> {
    // SAFETY: the descriptor is open.
    match check(unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) }) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
        Err(error) if matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::ENOTSUP | libc::ENOLCK)) => {
            Ok(true)
        }
        Err(error) => Err(error),
    }
}

/// Gives back what [`lock`] took, also where a process that was forked meanwhile has a copy of the descriptor.
pub(super) fn unlock(file: &File) {
    // SAFETY: the descriptor is open. Where there is no lock, this does nothing.
    let _ = unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_UN) };
}

/// The user whose files this process makes.
pub(super) fn user() -> u32 {
    // SAFETY: geteuid takes nothing and never fails.
    unsafe { libc::geteuid() }
}

fn check(outcome: libc::c_int) -> io::Result<libc::c_int> {
    if outcome == -1 { Err(io::Error::last_os_error()) } else { Ok(outcome) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_name_that_something_has_is_not_taken_whichever_way_the_system_has() {
        let place = tempfile::tempdir().unwrap();
        let directory = Directory::open(place.path()).unwrap();
        type Rename = fn(&Directory, &CStr, &CStr) -> io::Result<()>;
        let ways: [Rename; 3] =
            [Directory::rename_new, Directory::rename_at_once, Directory::link_and_remove];
        for rename in ways {
            fs::write(place.path().join("from"), "new").unwrap();
            fs::write(place.path().join("to"), "old").unwrap();
            let error = rename(&directory, c"from", c"to").unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read(place.path().join("to")).unwrap(), b"old");
            fs::remove_file(place.path().join("to")).unwrap();
            rename(&directory, c"from", c"to").unwrap();
            assert_eq!(fs::read(place.path().join("to")).unwrap(), b"new");
            assert!(!place.path().join("from").exists());
        }
    }

    #[test]
    fn what_is_done_in_a_directory_stays_in_it() {
        let place = tempfile::tempdir().unwrap();
        let (here, there) = (place.path().join("here"), place.path().join("there"));
        fs::create_dir(&here).unwrap();
        let directory = Directory::open(&here).unwrap();
        fs::rename(&here, &there).unwrap();
        std::os::unix::fs::symlink("/", &here).unwrap();
        let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL;
        drop(directory.open_file(c"file", flags, 0o600).unwrap());
        directory.sync().unwrap();
        assert!(there.join("file").exists());
    }
}
