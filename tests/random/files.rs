//! What is on the server: files that exist for whoever asks, and whose content tells which command asked.

use std::fs::{self, File};
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use super::ledger::Tag;

/// The names of files, and how often each is chosen. The size is in the name. A large one takes longer than the rest of its session,
/// so few are.
pub const FILES: &[(usize, &str)] =
    &[(10, "f0"), (10, "f7"), (10, "f300"), (9, "f5000"), (1, "f90000"), (1, "f400000")];
/// The sizes of what is sent, in the same way.
pub const UPLOADS: &[(usize, usize)] =
    &[(10, 0), (10, 10), (10, 1000), (9, 6000), (1, 100_000), (1, 500_000)];

/// A tree that is below whatever directory somebody asks in: what is in its directories. They are there until they are removed.
pub const TREE: &[(&str, &[&str])] =
    &[("tree", &["f7", "f300", "sub", "f5000"]), ("tree/sub", &["f0", "f10"])];

/// What is in a directory of the tree.
pub fn inside(path: &str) -> Option<&'static [&'static str]> {
    TREE.iter().find(|(directory, _)| *directory == path).map(|(_, names)| *names)
}

/// The files of the tree.
pub fn of_the_tree() -> impl Iterator<Item = String> {
    let all = TREE.iter().flat_map(|(above, names)| names.iter().map(move |name| format!("{above}/{name}")));
    all.filter(|path| size(path).is_some())
}

/// The name alone. On other systems, paths are written in other ways: `tree(f7)`, `[tree]f7`, `'tree.f7'`.
pub fn leaf(path: &str) -> &str {
    let path = path.trim_end_matches(['\'', ')']);
    path.rsplit(['/', '(', ']', '.']).next().unwrap_or_default()
}

/// The size of a file in image type; `None` for what is no file.
pub fn size(path: &str) -> Option<usize> {
    leaf(path).strip_prefix('f')?.parse().ok()
}

/// When each file was changed, as MDTM tells it.
pub const TIME: &str = "20260101000000";
pub const TIME_IN_NANOSECONDS: i64 = 1_767_225_600_000_000_000;

/// Writes a file of this machine. It was always changed at the same time, a day after those of the server: a seed plays the same session
/// again.
pub fn write_here(path: &Path, content: impl AsRef<[u8]>) {
    let time = TIME_IN_NANOSECONDS.unsigned_abs() / 1_000_000_000 + 24 * 60 * 60;
    fs::write(path, content).unwrap();
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(time)).unwrap();
}

/// What the server takes for the hash of a file: no other file has it.
pub fn hash(name: &str) -> String {
    format!("{:032x}", size(name).unwrap_or(usize::MAX))
}

/// What all files have behind their beginning. Lines end with LF.
static LINES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let lines = (0..60_000).flat_map(|number| format!("line {number}\n").into_bytes());
    lines.collect()
});

/// How many bytes tell who asked.
pub const BEGINNING: usize = 21;

pub fn beginning(tag: Tag) -> String {
    format!("{:<20}\n", tag.to_string())
}

/// The bytes of a file, of which the first tell who asked.
pub fn content(name: &str, tag: Tag) -> Vec<u8> {
    let mut content = beginning(tag).into_bytes();
    content.extend_from_slice(&LINES[..size(name).unwrap_or(0).min(LINES.len())]);
    content.truncate(size(name).unwrap_or(0));
    content
}

/// What goes over the wire in ASCII type.
pub fn to_network(content: &[u8]) -> Vec<u8> {
    let lines = content.split_inclusive(|&byte| byte == b'\n');
    let ends = lines.flat_map(|line| match line.strip_suffix(b"\n") {
        Some(line) => [line, b"\r\n"],
        None => [line, b""],
    });
    ends.collect::<Vec<_>>().concat()
}

/// The names in a directory.
pub fn names(count: usize, tag: Tag) -> Vec<String> {
    (0..count).map(|number| format!("f{number} {tag}")).collect()
}

/// Where `path` leads from `directory`.
pub fn join(directory: &str, path: &str) -> String {
    match path {
        "." => directory.to_owned(),
        ".." => match directory.rfind('/') {
            None | Some(0) => "/".to_owned(),
            Some(end) => directory[..end].to_owned(),
        },
        _ if path.starts_with('/') => path.to_owned(),
        _ => format!("{}/{path}", directory.trim_end_matches('/')),
    }
}
