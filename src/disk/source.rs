//! A file that is read, and must not change meanwhile.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileExt, FileTypeExt};
use std::path::{Path, PathBuf};

use super::directory::{Identity, Kind, Status};
use super::place::Place;
use crate::error::{Error, Result};
use crate::printable::printable;

/// See the module.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    file: File,
    identity: Identity,
}

impl Source {
    /// Opens a regular file.
    ///
    /// # Errors
    /// [`Error::File`]: it is not there, or cannot be read, or is no regular file.
    pub fn open(path: &Path) -> Result<Source> {
        Place::of(path)
            .and_then(|place| Source::begin(place, 0))
            .map_err(|source| failure("read", path, source))
    }

    /// Opens a regular file at a place. A link is none.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub fn open_at(place: Place) -> Result<Source> {
        let path = place.path.clone();
        Source::begin(place, libc::O_NOFOLLOW).map_err(|source| failure("read", &path, source))
    }

    fn begin(place: Place, flags: libc::c_int) -> io::Result<Source> {
        // A FIFO would wait for its other end.
        let flags = flags | libc::O_RDONLY | libc::O_NONBLOCK;
        let file = place.directory.open_file(&place.name, flags, 0)?;
        let status = Status::of(&file)?;
        match status.kind {
            Kind::File if status.identity.size() == 0 && has_bytes(&file)? => Err(no_size()),
            Kind::File => Ok(Source { path: place.path, file, identity: status.identity }),
            Kind::Directory => Err(io::Error::from_raw_os_error(libc::EISDIR)),
            Kind::Link | Kind::Other => Err(no_file(&file)),
        }
    }

    /// Which file it is, as it was when it was opened.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Reads at an offset, as much as fits. 0 is the end.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize> {
        loop {
            match self.file.read_at(buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => return outcome.map_err(|source| failure("read", &self.path, source)),
            }
        }
    }

    /// Whether it was read to the end that its size tells.
    ///
    /// # Errors
    /// [`Error::File`]: it ends before that.
    pub fn require_read_to(&self, end: u64, at: u64) -> Result<()> {
        if at >= end { Ok(()) } else { Err(failure("send", &self.path, no_size())) }
    }

    /// The file, for who reads it at an offset.
    pub fn file(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// Whether it is what it was when it was opened.
    ///
    /// # Errors
    /// [`Error::File`]: it has changed.
    pub fn require_unchanged(&self) -> Result<()> {
        self.require(|now| now == self.identity)
    }

    /// Whether it has the content that it had when it was opened. Its names and rights may be others.
    ///
    /// # Errors
    /// [`Error::File`]: it has changed.
    pub fn require_not_written(&self) -> Result<()> {
        self.require(|now| !now.was_written(&self.identity))
    }

    fn require(&self, is_right: impl FnOnce(Identity) -> bool) -> Result<()> {
        let now = Status::of(&self.file).map_err(|source| failure("read", &self.path, source))?;
        if is_right(now.identity) {
            return Ok(());
        }
        let source = io::Error::other("it changed while it was read");
        Err(failure("send", &self.path, source))
    }
}

/// Files of /proc have the size 0, and those of /sys have 4096.
fn no_size() -> io::Error {
    io::Error::other("it has another size than it tells")
}

fn has_bytes(file: &File) -> io::Result<bool> {
    loop {
        match file.read_at(&mut [0], 0) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return Ok(outcome? > 0),
        }
    }
}

/// Why something is not sent that is neither a file nor a directory.
fn no_file(file: &File) -> io::Error {
    let is_fifo = file.metadata().is_ok_and(|found| found.file_type().is_fifo());
    let what = if is_fifo { "a FIFO" } else { "a device" };
    io::Error::other(format!("it is {what}, and no regular file"))
}

/// The error of a file that the caller has named.
pub(super) fn failure(tried: &str, path: &Path, source: io::Error) -> Error {
    let shown = printable(path.as_os_str().as_encoded_bytes());
    Error::File { what: format!("cannot {tried} {shown}"), source }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_read_as_long_as_it_does_not_change() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("f");
        fs::write(&path, "hello").unwrap();
        let source = Source::open(&path).unwrap();
        let mut buffer = [0; 3];
        assert_eq!(source.read_at(&mut buffer, 3).unwrap(), 2);
        assert_eq!(&buffer[..2], b"lo");
        source.require_unchanged().unwrap();
        // Rights are not content.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        source.require_unchanged().unwrap_err();
        source.require_not_written().unwrap();
        // The file that was opened is still the same if another one takes its name.
        fs::write(place.path().join("other"), "other").unwrap();
        fs::rename(place.path().join("other"), &path).unwrap();
        let source = Source::open(&path).unwrap();
        File::options().append(true).open(&path).unwrap().write_all(b"x").unwrap();
        let error = source.require_unchanged().unwrap_err();
        assert!(error.to_string().ends_with("f: it changed while it was read"), "{error}");
        source.require_not_written().unwrap_err();
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_that_tells_another_size_than_it_has_is_no_whole_one() {
        let error = Source::open(Path::new("/proc/self/status")).unwrap_err().to_string();
        assert_eq!(error, "cannot read /proc/self/status: it has another size than it tells");
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("f");
        fs::write(&path, "hello").unwrap();
        let source = Source::open(&path).unwrap();
        source.require_read_to(5, 5).unwrap();
        let error = source.require_read_to(5, 4).unwrap_err().to_string();
        assert!(error.ends_with("it has another size than it tells"), "{error}");
    }

    #[test]
    fn what_is_no_regular_file_is_refused_at_once() {
        let place = tempfile::tempdir().unwrap();
        let fifo = place.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        for (path, code) in [
            (place.path().join("none"), libc::ENOENT),
            (place.path().to_owned(), libc::EISDIR),
            (place.path().join("."), libc::EISDIR),
            ("".into(), libc::ENOENT),
        ] {
            let error = Source::open(&path).unwrap_err();
            assert_eq!(error.os_error(), Some(code), "{path:?}: {error}");
        }
        for (path, told) in [(fifo, "it is a FIFO"), ("/dev/null".into(), "it is a device")] {
            let error = Source::open(&path).unwrap_err().to_string();
            assert!(error.contains(told) && error.contains("no regular file"), "{path:?}: {error}");
        }
    }
}
