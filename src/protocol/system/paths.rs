//! Paths: how a directory and a name make one, and how they come apart again.

use std::borrow::Cow;

use super::{System, brackets, data_sets, minidisks, subvolumes};
use crate::protocol::listing::Entry;
use crate::protocol::path;

/// A path, as a listing would have its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    /// Where it is. `None` is the working directory.
    pub directory: Option<Cow<'a, [u8]>>,
    /// What the listing of that directory calls it.
    pub name: Cow<'a, [u8]>,
}

impl<'a> Parts<'a> {
    /// A path that has no directory in it.
    pub(super) fn name_only(path: &'a [u8]) -> Parts<'a> {
        Parts { directory: None, name: Cow::Borrowed(path) }
    }
}

impl System {
    /// The path of a name that a listing of `directory` has. With an empty `directory`, which is the working directory's, that is
    /// what a command takes there.
    ///
    /// None: this system has no such path, or the name would lead elsewhere.
    pub fn join(self, directory: &[u8], name: &[u8], is_directory: bool) -> Option<Vec<u8>> {
        match self {
            // It may list whole paths.
            System::IbmI if name.starts_with(b"/") => Some(name.to_vec()),
            System::Windows if has_backslashes(directory) => Some(with_backslash(directory, name)),
            _ if self.has_slashes(directory) => Some(with_slash(directory, name)),
            System::Mvs => data_sets::join(directory, name),
            System::Vms => brackets::join(directory, name, is_directory),
            System::Guardian => subvolumes::join(directory, name),
            System::Zvm => minidisks::join(directory, name, is_directory),
            _ => directory.is_empty().then(|| name.to_vec()),
        }
    }

    /// The directory and the name that a path consists of: [`join`](Self::join) makes it of them.
    pub fn split(self, path: &[u8]) -> Parts<'_> {
        match self {
            System::Windows if has_backslashes(path) => at_backslash(path),
            _ if self.has_slashes(path) => {
                let directory = path::parent(path).map(Cow::Borrowed);
                Parts { directory, name: Cow::Borrowed(path::last_part(path)) }
            }
            System::Mvs => data_sets::split(path),
            System::Vms => brackets::split(path),
            System::Guardian => subvolumes::split(path),
            System::Zvm => minidisks::split(path),
            _ => Parts::name_only(path),
        }
    }

    /// The path as a command has to name it.
    pub fn as_named(self, path: &[u8]) -> Cow<'_, [u8]> {
        if self.has_slashes(path) { path::as_named(path) } else { Cow::Borrowed(path) }
    }

    /// Whether LIST with this path lists what is in it. Elsewhere it tells of the path itself, or takes it for a pattern.
    pub fn lists_by_path(self, path: &[u8]) -> bool {
        self.has_slashes(path) && self != System::IbmI
    }

    /// Whether a directory to which CWD leads is there. z/OS takes any name for what others begin with, and on Guardian a subvolume is
    /// no more than a part of the names of files.
    pub fn has_only_directories_that_are_there(self, path: &[u8]) -> bool {
        self.has_slashes(path) || !matches!(self, System::Mvs | System::Guardian)
    }

    /// Whether an entry of the directory that the path is in tells of the path.
    pub fn is_told_by(self, path: &[u8], entry: &Entry<'_>) -> bool {
        let wanted = self.split(path).name;
        *entry.name == *wanted
            || self.ignores_case(path) && entry.name.eq_ignore_ascii_case(&wanted)
            || self == System::Mvs && path.starts_with(b"'") && entry.name.eq_ignore_ascii_case(path)
            || self == System::Vms && !path.starts_with(b"/") && brackets::is_written_as(entry.raw, path)
    }

    /// Whether an entry is below what a path names, so that this is the beginning of names.
    pub fn is_beginning_of(self, path: &[u8], entry: &Entry<'_>) -> bool {
        self == System::Mvs && data_sets::is_below(&self.split(path).name, &entry.name)
    }

    /// z/OS has Unix paths, too, z/VM has them for its Byte File System, VMS and NonStop have them where they imitate Unix.
    pub(super) fn has_slashes(self, path: &[u8]) -> bool {
        path.starts_with(b"/") || matches!(self, System::Plain | System::Windows | System::IbmI)
    }
}

/// No name leads elsewhere: it is always behind the directory.
fn with_slash(directory: &[u8], name: &[u8]) -> Vec<u8> {
    match directory {
        [] if name.starts_with(b"/") => [b"./", name].concat(),
        [] => name.to_vec(),
        [.., b'/'] => [directory, name].concat(),
        _ => [directory, name].join(&b'/'),
    }
}

/// Whether a path is written as on DOS: `C:\A\B`. No name on Windows has a backslash in it.
fn has_backslashes(path: &[u8]) -> bool {
    path.contains(&b'\\') && !path.contains(&b'/')
}

fn with_backslash(directory: &[u8], name: &[u8]) -> Vec<u8> {
    if directory.ends_with(b"\\") { [directory, name].concat() } else { [directory, name].join(&b'\\') }
}

fn at_backslash(path: &[u8]) -> Parts<'_> {
    let end = path.iter().rposition(|&byte| byte != b'\\').map_or(0, |last| last + 1);
    let trimmed = path.get(..end).unwrap_or(path);
    let Some(at) = trimmed.iter().rposition(|&byte| byte == b'\\') else { return Parts::name_only(path) };
    // The one that makes a root of a drive stays.
    let is_root = matches!(trimmed.get(..at), Some([] | [_, b':']));
    let directory = trimmed.get(..if is_root { at + 1 } else { at }).unwrap_or_default();
    Parts {
        directory: Some(Cow::Borrowed(directory)),
        name: Cow::Borrowed(trimmed.get(at + 1..).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests;
