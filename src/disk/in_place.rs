//! A file that is written under its own name: a device, a FIFO, or an inode that others have open.

use std::ffi::CString;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::directory::{Directory, Kind, Status, set_modified};
use super::name::split;
use super::source::failure;
use crate::descriptor::without_sigpipe;
use crate::error::Result;

/// See the module.
#[derive(Debug)]
pub struct InPlace {
    path: PathBuf,
    directory: Directory,
    name: CString,
    file: File,
    /// It can be cut, and begun anew.
    is_regular: bool,
    /// This has made it: it goes again unless it becomes whole.
    is_mine: bool,
    written: u64,
    /// The process that opened it, as in [`Part`](super::Part).
    process: u32,
}

impl InPlace {
    /// Opens what the path stands for, or makes a file. What a file has is dropped.
    ///
    /// # Errors
    /// [`Error::File`](crate::error::Error::File): it is there and must be `new`; it is a directory; nobody reads the FIFO; it cannot
    /// be written.
    pub fn open(path: &Path, new: bool) -> Result<InPlace> {
        let open = || -> io::Result<InPlace> {
            let (parent, name) = split(path)?;
            let directory = Directory::open(&parent)?;
            let create = libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL;
            let (file, is_mine) = match directory.open_file(&name, create, 0o666) {
                Ok(file) => (file, true),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && !new => {
                    // A FIFO would wait for its other end.
                    let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_NONBLOCK | libc::O_NOCTTY;
                    (directory.open_file(&name, flags, 0o666)?, false)
                }
                Err(error) => return Err(error),
            };
            let is_regular = Status::of(&file)?.kind == Kind::File;
            let path = path.to_owned();
            let process = std::process::id();
            let mut place = InPlace { path, directory, name, file, is_regular, is_mine, written: 0, process };
            if is_regular {
                place.cut()?;
            }
            Ok(place)
        };
        open().map_err(|source| failure("write", path, source))
    }

    /// How many bytes were written.
    pub fn len(&self) -> u64 {
        self.written
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.written == 0
    }

    /// Writes at the end, as much as can be written without waiting: 0 is nothing for now.
    ///
    /// # Errors
    /// [`Error::File`](crate::error::Error::File).
    pub fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        loop {
            // It may be a FIFO that nobody reads any more.
            match without_sigpipe(|| self.file.write(bytes)) {
                Ok(count) => {
                    self.written += count as u64;
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(0),
                Err(source) => return Err(failure("write", &self.path, source)),
            }
        }
    }

    /// Begins anew. False: what was written cannot be taken back.
    ///
    /// # Errors
    /// [`Error::File`](crate::error::Error::File).
    pub fn begin_anew(&mut self) -> Result<bool> {
        if self.written == 0 {
            return Ok(true);
        }
        if self.is_regular {
            self.cut().map_err(|source| failure("write", &self.path, source))?;
        }
        Ok(self.is_regular)
    }

    fn cut(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        io::Seek::rewind(&mut self.file)?;
        self.written = 0;
        Ok(())
    }

    /// It is whole: gives it its time, if it is to have another, and makes it outlast a crash.
    ///
    /// # Errors
    /// [`Error::File`](crate::error::Error::File).
    pub fn finish(&mut self, time: Option<i64>) -> Result<()> {
        if self.is_regular {
            let set = time.map_or(Ok(()), |time| set_modified(&self.file, time));
            let done = set.and_then(|()| self.file.sync_all());
            done.map_err(|source| failure("write", &self.path, source))?;
        }
        self.is_mine = false;
        Ok(())
    }
}

impl Drop for InPlace {
    fn drop(&mut self) {
        if self.is_mine && self.process == std::process::id() {
            let _ = self.directory.remove(&self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn an_inode_stays_and_a_file_that_did_not_become_whole_goes() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("f");
        drop(InPlace::open(&path, true).unwrap());
        assert!(!path.exists());
        fs::write(&path, "something longer").unwrap();
        let inode = fs::metadata(&path).unwrap().ino();
        assert_eq!(InPlace::open(&path, true).unwrap_err().os_error(), Some(libc::EEXIST));
        let mut file = InPlace::open(&path, false).unwrap();
        assert_eq!(file.write(b"half").unwrap(), 4);
        assert!(file.begin_anew().unwrap());
        assert_eq!(file.write(b"whole").unwrap(), 5);
        assert_eq!(file.len(), 5);
        file.finish(None).unwrap();
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(fs::metadata(&path).unwrap().ino(), inode);
    }

    #[test]
    fn devices_and_fifos_are_written() {
        let mut full = InPlace::open(Path::new("/dev/full"), false).unwrap();
        assert_eq!(full.write(b"x").unwrap_err().os_error(), Some(libc::ENOSPC));
        let mut null = InPlace::open(Path::new("/dev/null"), false).unwrap();
        assert_eq!(null.write(b"x").unwrap(), 1);
        assert!(!null.begin_anew().unwrap());
        null.finish(None).unwrap();

        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        assert_eq!(InPlace::open(&path, false).unwrap_err().os_error(), Some(libc::ENXIO));
        let reader = fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let mut fifo = InPlace::open(&path, false).unwrap();
        let block = [0; 65536];
        let written: usize =
            std::iter::from_fn(|| Some(fifo.write(&block).unwrap())).take_while(|&n| n > 0).sum();
        assert_eq!(fifo.len(), written as u64);
        drop((fifo, reader));
        assert_eq!(InPlace::open(place.path(), false).unwrap_err().os_error(), Some(libc::EISDIR));
    }
}
