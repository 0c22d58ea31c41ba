//! Where a file is, or is to be.

use std::ffi::CString;
use std::io;
use std::path::{Path, PathBuf};

use super::directory::Directory;
use super::name::split;

/// A directory, which is held open, and a name in it.
#[derive(Debug)]
pub struct Place {
    /// For messages.
    pub(super) path: PathBuf,
    pub(super) directory: Directory,
    pub(super) name: CString,
}

impl Place {
    /// The place that a path of the user's names. Links on the way are followed.
    ///
    /// # Errors
    /// The path names no file; those of `open(2)` for its directory.
    pub(super) fn of(path: &Path) -> io::Result<Place> {
        let (parent, name) = split(path)?;
        Ok(Place { path: path.to_owned(), directory: Directory::open(&parent)?, name })
    }
}
