//! The names of temporary files. They tell what they are a part of, and never grow longer than a name may be.

use std::ffi::{CString, OsStr};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// How long a name may be on every file system that matters.
const LONGEST: usize = 255;

/// The directory of a path, and the name in it.
///
/// # Errors
/// The path names no file: it is empty, or ends with `/`, `.` or `..`; or it holds a NUL.
pub(super) fn split(path: &Path) -> io::Result<(PathBuf, CString)> {
    let ends_in_slash = path.as_os_str().as_bytes().ends_with(b"/");
    // `file_name` passes over a dot at the end.
    let ends_in_dot = path.as_os_str().as_bytes().rsplit(|&byte| byte == b'/').next() == Some(b".");
    let Some(name) = path.file_name().filter(|_| !ends_in_slash && !ends_in_dot) else {
        let code = if path.as_os_str().is_empty() { libc::ENOENT } else { libc::EISDIR };
        return Err(io::Error::from_raw_os_error(code));
    };
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    Ok((parent.unwrap_or(Path::new(".")).to_owned(), CString::new(name.as_bytes())?))
}

/// What comes before the name of the target, and after it.
const BEFORE: &str = ".";
/// A part that the next call may find.
const KEPT: &str = ".ftp-part";
/// What it is a part of.
const NOTE: &str = ".ftp-part-of";

/// The name of a part elsewhere, as on a server. Without a tag, nobody else can have it.
pub fn part_of(name: &[u8], tag: Option<&str>) -> Vec<u8> {
    match tag {
        Some(tag) => made(name, &format!(".{tag}{KEPT}")),
        None => unique(name),
    }
    .into_bytes()
}

/// Whether a name is that of a part, or of the note beside one.
pub fn is_part(name: &[u8]) -> bool {
    name.starts_with(BEFORE.as_bytes())
        && (name.ends_with(KEPT.as_bytes()) || name.ends_with(NOTE.as_bytes()))
}

/// The name of a part that nobody else can have: it is made anew each time.
pub(super) fn unique(name: &[u8]) -> CString {
    let tag = random();
    made(name, &format!(".{tag:016x}{KEPT}"))
}

/// The name of a part that is kept, and that of the note beside it.
pub(super) fn kept(name: &[u8]) -> (CString, CString) {
    (made(name, KEPT), made(name, NOTE))
}

/// A number that nobody can guess.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

fn made(name: &[u8], end: &str) -> CString {
    let room = LONGEST - BEFORE.len() - end.len();
    let mut whole = BEFORE.as_bytes().to_vec();
    if name.len() <= room {
        whole.extend_from_slice(name);
    } else {
        // Two long names that begin alike have different parts.
        let digest = format!("~{:016x}", digest(name));
        whole.extend_from_slice(beginning(name, room - digest.len()));
        whole.extend_from_slice(digest.as_bytes());
    }
    whole.extend_from_slice(end.as_bytes());
    // The name of the target has no NUL.
    CString::new(whole).unwrap_or_default()
}

/// At most so many bytes of a name, and no half of a character of UTF-8: some file systems refuse that.
fn beginning(name: &[u8], most: usize) -> &[u8] {
    let end = match OsStr::from_bytes(name).to_str() {
        Some(text) => (0..=most).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0),
        None => most,
    };
    name.get(..end).unwrap_or(name)
}

/// FNV-1a: the same in each version of the library.
fn digest(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_a_directory_and_a_name() {
        for (path, expected) in [
            ("f", Some((".", "f"))),
            ("/f", Some(("/", "f"))),
            ("a/f", Some(("a", "f"))),
            ("../f", Some(("..", "f"))),
            ("a/./f", Some(("a/.", "f"))),
            ("...", Some((".", "..."))),
            ("", None),
            ("/", None),
            ("a/", None),
            (".", None),
            ("a/.", None),
            ("..", None),
            ("a/..", None),
        ] {
            let found = split(Path::new(path)).ok();
            let expected = expected.map(|(parent, name)| (parent.into(), CString::new(name).unwrap()));
            assert_eq!(found, expected, "{path:?}");
        }
    }

    #[test]
    fn each_name_has_a_part_whose_name_fits_and_is_its_own() {
        let names = [
            "f".into(),
            "x".repeat(245),
            "x".repeat(246),
            "x".repeat(255),
            format!("{}y", "x".repeat(254)),
            "\u{e9}".repeat(127),
            format!("a{}", "\u{20ac}".repeat(84)),
        ];
        let mut seen = Vec::new();
        for name in &names {
            let (part, note) = kept(name.as_bytes());
            for made in [part, note, unique(name.as_bytes())] {
                let text = made.to_str().expect("no character is cut");
                assert!(text.len() <= LONGEST && text.starts_with('.'), "{text}");
                assert!(!seen.contains(&made), "{text} belongs to two");
                seen.push(made);
            }
        }
        assert!(seen.iter().all(|name| is_part(name.as_bytes())));
        assert!(!names.iter().any(|name| is_part(name.as_bytes())) && !is_part(b"x.ftp-part"));
        assert_eq!(kept(b"f").0.as_c_str(), c".f.ftp-part");
        let bytes = kept(&[0xff; 255]).0;
        assert_eq!(bytes.as_bytes().len(), LONGEST);
    }
}
