//! The files of a run, and what is looked at.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use super::chance::Chance;
use super::support::daemons::Daemon;

/// A file that is moved, and the one that it becomes.
pub struct Item {
    pub from: PathBuf,
    pub to: PathBuf,
    pub old: Option<Vec<u8>>,
    /// Each version of it.
    pub new: Vec<Vec<u8>>,
}

impl Item {
    /// `last`: what was looked at already.
    pub fn require_no_wrong_file(&self, last: &mut Option<(u64, u64, i64)>) -> Result<(), String> {
        let Ok(mut file) = File::open(&self.to) else {
            return if self.old.is_some() { Err("the old file is gone".into()) } else { Ok(()) };
        };
        let found = file.metadata().unwrap();
        let now = Some((found.ino(), found.size(), found.ctime_nsec()));
        if *last == now {
            return Ok(());
        }
        *last = now;
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        let is_known = self.old.as_ref() == Some(&content) || self.new.contains(&content);
        if is_known {
            Ok(())
        } else {
            Err(format!("a wrong file of {} bytes has the final name", content.len()))
        }
    }

    pub fn is_right(&self) -> bool {
        fs::read(&self.to).is_ok_and(|content| Some(&content) == self.new.last())
    }
}

pub fn time(path: &Path) -> u64 {
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    modified.duration_since(UNIX_EPOCH).unwrap().as_secs()
}

pub fn now() -> u64 {
    UNIX_EPOCH.elapsed().unwrap().as_secs()
}

pub fn set_time(path: &Path, seconds: u64) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
}

/// All files below a directory.
pub fn files(root: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The paths of all directories below `directory`, from `root` on.
pub fn directories(directory: &Path, root: &Path) -> BTreeSet<PathBuf> {
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut found = BTreeSet::new();
    for path in paths.filter(|path| path.is_dir()) {
        found.extend(directories(&path, root));
        found.insert(path.strip_prefix(root).unwrap().to_owned());
    }
    found
}

/// What the server's user has.
pub fn own(path: &Path, daemon: &Daemon) {
    let root = fs::metadata(&daemon.root).unwrap();
    chown(path, Some(root.uid()), Some(root.gid())).unwrap();
}

/// No part of it is like another.
pub fn bytes(chance: &mut Chance, size: usize) -> Vec<u8> {
    let mut state = chance.below(usize::MAX) as u64 | 1;
    let mut content = Vec::with_capacity(size + 8);
    while content.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        content.extend_from_slice(&state.to_le_bytes());
    }
    content.truncate(size);
    content
}
