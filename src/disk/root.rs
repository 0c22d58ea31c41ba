//! The root of a tree. No path below it leads anywhere else, whatever names others have made up and whatever they do meanwhile.

#![allow(unsafe_code)]

use std::ffi::{CString, OsStr};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::directory::{Directory, Status};
use super::place::Place;
use super::source::{Source, failure};
use crate::descriptor::above_the_standard_ones;
use crate::error::Result;

/// A directory that is held open, and all that is below it.
///
/// The paths that its methods take are relative and have `/` between their parts. The empty path is the root itself.
#[derive(Debug)]
pub struct Root {
    path: PathBuf,
    directory: Directory,
}

impl Root {
    /// Opens a directory of the user's; it may be a link to one. `None`: there is nothing.
    ///
    /// # Errors
    /// [`Error::File`](crate::error::Error::File): it is no directory, or cannot be opened.
    pub fn open(path: &Path) -> Result<Option<Root>> {
        match Directory::open(path) {
            Ok(directory) => Ok(Some(Root { path: path.to_owned(), directory })),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => Ok(None),
            Err(source) => Err(failure("open", path, source)),
        }
    }

    /// [`Root::open`] of what must be there.
    ///
    /// # Errors
    /// As there.
    pub fn open_existing(path: &Path) -> Result<Root> {
        Root::open(path)?.ok_or_else(|| failure("open", path, io::Error::from_raw_os_error(libc::ENOENT)))
    }

    /// Makes the directory, and opens it.
    ///
    /// # Errors
    /// [`Error::File`](crate::error::Error::File).
    pub fn make(path: &Path) -> Result<Root> {
        let make = || {
            let place = Place::of(path)?;
            place.directory.make_directory(&place.name)?;
            let directory = place.directory.open_directory(&place.name)?;
            Ok(Root { path: path.to_owned(), directory })
        };
        make().map_err(|source| failure("make", path, source))
    }

    /// The path of what is below it, for messages.
    fn shown(&self, relative: &[u8]) -> PathBuf {
        if relative.is_empty() {
            return self.path.clone();
        }
        self.path.join(OsStr::from_bytes(relative))
    }

    /// The place of a file.
    ///
    /// # Errors
    /// [`Error::File`](crate::error::Error::File): its directory is not there, or is behind a link.
    pub fn place(&self, relative: &[u8]) -> Result<Place> {
        let path = self.shown(relative);
        match self.find(relative) {
            Ok((directory, name)) => Ok(Place { path, directory, name }),
            Err(source) => Err(failure("open", &path, source)),
        }
    }

    /// Opens a regular file to read it. A link is none.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub fn source(&self, relative: &[u8]) -> Result<Source> {
        Source::open_at(self.place(relative)?)
    }

    /// What is in a directory: the names, and what they are.
    ///
    /// # Errors
    /// [`Error::File`](crate::error::Error::File): it is no directory, or cannot be read.
    pub fn list(&self, relative: &[u8]) -> Result<Vec<(CString, Status)>> {
        let list = || -> io::Result<Vec<(CString, Status)>> {
            let directory = self.directory.open_below(&parts(relative)?)?;
            let mut found = Vec::new();
            for name in directory.names()? {
                // What is gone in the meantime is not there.
                if let Some(status) = directory.look(&name, false)? {
                    found.push((name, status));
                }
            }
            Ok(found)
        };
        list().map_err(|source| failure("read", &self.shown(relative), source))
    }

    /// Whether there is anything at a path. In a directory that is not there, there is nothing.
    ///
    /// # Errors
    /// [`Error::File`](crate::error::Error::File).
    pub fn has(&self, relative: &[u8]) -> Result<bool> {
        let look = || -> io::Result<bool> {
            let (directory, name) = self.find(relative)?;
            Ok(directory.look(&name, false)?.is_some())
        };
        match look() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            looked => looked.map_err(|source| failure("read", &self.shown(relative), source)),
        }
    }

    /// Makes a directory. One that is there is as good; a link to one is not.
    ///
    /// # Errors
    /// [`Error::File`](crate::error::Error::File).
    pub fn make_directory(&self, relative: &[u8]) -> Result<()> {
        let make = || {
            let (directory, name) = self.find(relative)?;
            directory.make_directory(&name)?;
            directory.open_directory(&name).map(drop)
        };
        make().map_err(|source| failure("make", &self.shown(relative), source))
    }

    /// Removes an empty directory, or what else has the name. A link goes itself.
    ///
    /// # Errors
    /// [`Error::File`](crate::error::Error::File).
    pub fn remove(&self, relative: &[u8], is_directory: bool) -> Result<()> {
        let remove = || {
            let (directory, name) = self.find(relative)?;
            if is_directory { directory.remove_directory(&name) } else { directory.remove(&name) }
        };
        remove().map_err(|source| failure("remove", &self.shown(relative), source))
    }

    fn find(&self, relative: &[u8]) -> io::Result<(Directory, CString)> {
        let mut parts = parts(relative)?;
        let name = parts.pop().ok_or(io::ErrorKind::InvalidInput)?;
        Ok((self.directory.open_below(&parts)?, name))
    }
}

/// The names in a path.
///
/// # Errors
/// One of them is not a name in a directory, or no name that the system can have.
fn parts(relative: &[u8]) -> io::Result<Vec<CString>> {
    if relative.is_empty() {
        return Ok(Vec::new());
    }
    let part = |name: &[u8]| match name {
        b"" | b"." | b".." => Err(io::Error::from(io::ErrorKind::InvalidInput)),
        name => CString::new(name).map_err(io::Error::from),
    };
    relative.split(|&byte| byte == b'/').map(part).collect()
}

impl Directory {
    /// Opens a directory below this one. No link is followed on the way, and none at its end.
    fn open_below(&self, parts: &[CString]) -> io::Result<Directory> {
        match self.open_below_at_once(parts) {
            // The system has no such call, or is not allowed to have it, or the path is too long for it.
            Err(error) if is_no_answer(&error) => self.open_below_step_by_step(parts),
            outcome => outcome,
        }
    }

    fn open_below_step_by_step(&self, parts: &[CString]) -> io::Result<Directory> {
        let mut directory = self.open_directory(c".")?;
        for name in parts {
            directory = directory.open_directory(name)?;
        }
        Ok(directory)
    }

    #[cfg(target_os = "linux")]
    fn open_below_at_once(&self, parts: &[CString]) -> io::Result<Directory> {
        use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
        let names: Vec<&[u8]> = parts.iter().map(|name| name.as_bytes()).collect();
        let path = if names.is_empty() { c".".to_owned() } else { CString::new(names.join(&b'/'))? };
        // SAFETY: a struct of numbers, and zero is what the system wants in those that are not set.
        let mut how: libc::open_how = unsafe { std::mem::zeroed() };
        how.flags = (libc::O_PATH | libc::O_DIRECTORY | libc::O_CLOEXEC).unsigned_abs().into();
        how.resolve = libc::RESOLVE_BENEATH | libc::RESOLVE_NO_SYMLINKS | libc::RESOLVE_NO_MAGICLINKS;
        // SAFETY: the descriptor is open, the path ends with a NUL, and the struct has the size that is told.
        let fd = unsafe {
            libc::syscall(
                libc::SYS_openat2,
                self.as_fd().as_raw_fd(),
                path.as_ptr(),
                &raw mut how,
                size_of::<libc::open_how>(),
            )
        };
        match i32::try_from(fd) {
            Ok(fd) if fd >= 0 => {
                // SAFETY: it was opened just now, and is nobody else's.
                above_the_standard_ones(unsafe { OwnedFd::from_raw_fd(fd) }).map(Directory::from)
            }
            _ => Err(io::Error::last_os_error()),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn open_below_at_once(&self, parts: &[CString]) -> io::Result<Directory> {
        self.open_below_step_by_step(parts)
    }
}

fn is_no_answer(error: &io::Error) -> bool {
    const NO_ANSWERS: [i32; 6] =
        [libc::ENOSYS, libc::EPERM, libc::EINVAL, libc::E2BIG, libc::EAGAIN, libc::ENAMETOOLONG];
    error.raw_os_error().is_some_and(|code| NO_ANSWERS.contains(&code))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::disk::{Kind, Part, Replace};

    fn root(path: &Path) -> Root {
        Root::open(path).unwrap().unwrap()
    }

    #[test]
    fn what_is_no_path_below_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let root = root(place.path());
        for path in ["..", ".", "../x", "a/../../x", "/etc/x", "a//b", "a/", "a/.", "\0", "a\0b"] {
            let path = path.as_bytes();
            assert!(root.place(path).is_err(), "{path:?}");
            assert!(root.make_directory(path).is_err(), "{path:?}");
            assert!(root.remove(path, true).is_err(), "{path:?}");
            assert!(root.list(path).is_err(), "{path:?}");
        }
        assert!(root.place(b"").is_err() && root.make_directory(b"").is_err());
        assert!(root.list(b"").unwrap().is_empty());
    }

    #[test]
    fn no_link_is_followed_whichever_way_the_system_has() {
        let place = tempfile::tempdir().unwrap();
        let (inside, outside) = (place.path().join("in"), place.path().join("out"));
        fs::create_dir_all(inside.join("a/b")).unwrap();
        fs::create_dir_all(outside.join("b")).unwrap();
        fs::write(outside.join("f"), "outside").unwrap();
        symlink(&outside, inside.join("link")).unwrap();
        symlink(".", inside.join("here")).unwrap();
        symlink(outside.join("f"), inside.join("f")).unwrap();
        let directory = Directory::open(&inside).unwrap();
        type Open = fn(&Directory, &[CString]) -> io::Result<Directory>;
        let ways: [Open; 2] = [Directory::open_below_at_once, Directory::open_below_step_by_step];
        for open in ways {
            let open = |path: &str| open(&directory, &parts(path.as_bytes()).unwrap());
            for path in ["link", "link/b", "here", "here/a", "f", "f/x", "none", "a/none"] {
                assert!(open(path).is_err(), "{path}");
            }
            for path in ["", "a", "a/b"] {
                open(path).unwrap();
            }
        }
        let root = root(&inside);
        for path in [&b"link/new"[..], b"here/new", b"link/b/new"] {
            assert!(root.place(path).is_err());
            assert!(root.make_directory(path).is_err());
        }
        assert!(root.make_directory(b"link").is_err(), "a link to a directory is no directory");
        assert!(root.remove(b"link/f", false).is_err());
        assert!(root.list(b"link").is_err());
        assert!(root.source(b"f").is_err() && root.source(b"link/f").is_err());
        root.remove(b"f", false).unwrap();
        root.remove(b"link", false).unwrap();
        assert_eq!(fs::read(outside.join("f")).unwrap(), b"outside");
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 2);
    }

    #[test]
    fn a_directory_that_becomes_a_link_in_the_middle_is_noticed() {
        let place = tempfile::tempdir().unwrap();
        let (inside, outside) = (place.path().join("in"), place.path().join("out"));
        fs::create_dir_all(inside.join("a")).unwrap();
        fs::create_dir(&outside).unwrap();
        let root = root(&inside);
        let mut part = Part::create_at(root.place(b"a/f").unwrap(), Replace::No).unwrap();
        fs::rename(inside.join("a"), inside.join("b")).unwrap();
        symlink(&outside, inside.join("a")).unwrap();
        // What has begun stays where it has begun.
        part.write(b"x").unwrap();
        part.publish(None).unwrap();
        assert_eq!(fs::read(inside.join("b/f")).unwrap(), b"x");
        // What begins now is refused.
        assert!(root.place(b"a/g").is_err());
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    }

    #[test]
    fn a_directory_is_made_read_and_removed() {
        let place = tempfile::tempdir().unwrap();
        assert!(Root::open(&place.path().join("none")).unwrap().is_none());
        assert_eq!(
            Root::open_existing(&place.path().join("none")).unwrap_err().os_error(),
            Some(libc::ENOENT)
        );
        let root = Root::make(&place.path().join("new")).unwrap();
        root.make_directory(b"a").unwrap();
        root.make_directory(b"a").unwrap();
        root.make_directory(b"a/b").unwrap();
        fs::write(place.path().join("new/a/f"), "12345").unwrap();
        symlink("f", place.path().join("new/a/l")).unwrap();
        let mut found = root.list(b"a").unwrap();
        found.sort_by(|one, other| one.0.cmp(&other.0));
        let found: Vec<_> =
            found.iter().map(|(name, status)| (name.to_str().unwrap(), status.kind)).collect();
        assert_eq!(found, [("b", Kind::Directory), ("f", Kind::File), ("l", Kind::Link)]);
        assert!(root.make_directory(b"a/f").is_err());
        assert!(root.remove(b"a", true).is_err(), "it is not empty");
        assert!(root.remove(b"a/f", true).is_err() && root.remove(b"a/b", false).is_err());
        for (path, is_directory) in [(&b"a/f"[..], false), (b"a/l", false), (b"a/b", true), (b"a", true)] {
            root.remove(path, is_directory).unwrap();
        }
        assert!(root.list(b"").unwrap().is_empty());
        let file = place.path().join("f");
        fs::write(&file, "").unwrap();
        assert!(Root::open(&file).is_err() && Root::make(&file).is_err());
        symlink("nowhere", place.path().join("dangling")).unwrap();
        assert!(Root::open(&place.path().join("dangling")).is_err());
    }

    #[test]
    fn a_path_that_is_too_long_for_the_system_is_walked() {
        let place = tempfile::tempdir().unwrap();
        let root = root(place.path());
        let name = "x".repeat(250);
        let mut path = String::new();
        for _ in 0..20 {
            path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            root.make_directory(path.as_bytes()).unwrap();
        }
        assert!(path.len() > 4096);
        assert!(root.list(path.as_bytes()).unwrap().is_empty());
    }
}
