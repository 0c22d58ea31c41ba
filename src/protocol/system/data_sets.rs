//! z/OS: data sets and their members. (IBM, z/OS Communications Server: IP User's Guide and Commands, "MVS data set and file naming" and
//! "Changing the directory of a z/OS FTP server".)
//!
//! - `'A.B.'` is what names begin with: the name C in it is `'A.B.C'`.
//! - `'A.B'` is a partitioned data set, and the names in it are those of its members: `'A.B(NAME)'`.
//! - Without apostrophes, a name is behind that of the working directory.

use std::borrow::Cow;

use super::paths::Parts;

/// A name in apostrophes is whole. With what no name has in it, a name would lead elsewhere.
pub(super) fn join(directory: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let plain = quoted(name).unwrap_or(name);
    if plain.is_empty() || plain.iter().any(|byte| b"'()*%?,/ ".contains(byte)) {
        return None;
    }
    if directory.is_empty() || name.starts_with(b"'") {
        return Some(name.to_vec());
    }
    let (inner, end) = match directory.strip_suffix(b"'") {
        Some(inner) => (inner, &b"'"[..]),
        None => (directory, &b""[..]),
    };
    Some(if matches!(inner.last(), None | Some(b'.' | b'\'')) {
        [inner, name, end].concat()
    } else {
        [inner, b"(", name, b")", end].concat()
    })
}

pub(super) fn split(path: &[u8]) -> Parts<'_> {
    let inner = quoted(path);
    let text = inner.unwrap_or(path);
    let parts = |directory: Vec<u8>, name| Parts {
        directory: Some(Cow::Owned(if inner.is_some() { in_quotes(&directory) } else { directory })),
        name: Cow::Borrowed(name),
    };
    if let Some((data_set, member)) = member(text) {
        return parts(data_set.to_vec(), member);
    }
    if inner.is_none() {
        // The working directory lists names of any depth.
        return Parts::name_only(path);
    }
    let text = text.strip_suffix(b".").unwrap_or(text);
    match text.iter().rposition(|&byte| byte == b'.').and_then(|dot| text.split_at_checked(dot + 1)) {
        Some((before, name)) => parts(before.to_vec(), name),
        None => parts(Vec::new(), text),
    }
}

/// Whether a name is the beginning of a longer one.
pub(super) fn is_below(beginning: &[u8], name: &[u8]) -> bool {
    let (start, rest) = name.split_at_checked(beginning.len()).unwrap_or_default();
    start.eq_ignore_ascii_case(beginning) && rest.starts_with(b".") && !beginning.is_empty()
}

/// What is between apostrophes.
pub(super) fn quoted(path: &[u8]) -> Option<&[u8]> {
    path.strip_prefix(b"'")?.strip_suffix(b"'")
}

pub(super) fn in_quotes(name: &[u8]) -> Vec<u8> {
    [b"'", name, b"'"].concat()
}

/// `DATA.SET(MEMBER)`.
fn member(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_suffix(b")")?;
    let at = text.iter().position(|&byte| byte == b'(')?;
    let (data_set, member) = text.split_at_checked(at)?;
    Some((data_set, member.get(1..)?)).filter(|(data_set, member)| !data_set.is_empty() && !member.is_empty())
}
