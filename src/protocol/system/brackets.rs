//! OpenVMS: `DEVICE:[A.B]NAME.TYPE;VERSION`. (VSI OpenVMS User's Manual, "File specifications", and "Extended file specifications" for
//! escapes.)
//!
//! A directory of the name C is `[A.B.C]`, and `[000000]` is the root of a device.

use std::borrow::Cow;

use super::paths::Parts;
use crate::protocol::listing::unescape;

const ROOT: &[u8] = b"[000000]";

/// A name with what no file can have in its name would lead elsewhere.
pub(super) fn join(directory: &[u8], name: &[u8], is_directory: bool) -> Option<Vec<u8>> {
    if name.is_empty() || name.iter().any(|byte| b":/\\<>|\"*?".contains(byte)) {
        return None;
    }
    let name = escaped(name, is_directory);
    let path = match (directory, is_directory) {
        (b"", false) => name.into_owned(),
        (b"", true) => [b"[.", &*name, b"]"].concat(),
        ([.., b':' | b']'], false) => [directory, &*name].concat(),
        ([.., b':'], true) => [directory, b"[", &*name, b"]"].concat(),
        (_, true) if directory.ends_with(ROOT) => {
            [directory.strip_suffix(ROOT)?, b"[", &*name, b"]"].concat()
        }
        ([inner @ .., b']'], true) => [inner, b".", &*name, b"]"].concat(),
        _ => return None,
    };
    Some(path)
}

pub(super) fn split(path: &[u8]) -> Parts<'_> {
    let parts = |directory: Cow<'_, [u8]>, name| match &*directory {
        b"" => Parts { directory: None, name: unescape(name) },
        _ => Parts { directory: Some(Cow::Owned(directory.into_owned())), name: unescape(name) },
    };
    let end = (0..path.len()).rev().find(|&at| {
        matches!(path.get(at), Some(b':' | b']')) && !is_escaped(path.get(..at).unwrap_or_default())
    });
    let Some((directory, name)) = end.and_then(|end| path.split_at_checked(end + 1)) else {
        return Parts { directory: None, name: unescape(path) };
    };
    if !name.is_empty() {
        return parts(Cow::Borrowed(directory), name);
    }
    // It is a directory.
    let open = directory.iter().position(|&byte| byte == b'[');
    let Some((device, [_, inner @ .., b']'])) = open.and_then(|open| directory.split_at_checked(open)) else {
        return Parts::name_only(path);
    };
    let dot = (0..inner.len())
        .rev()
        .find(|&at| inner.get(at) == Some(&b'.') && !is_escaped(inner.get(..at).unwrap_or_default()));
    match dot.and_then(|dot| inner.split_at_checked(dot)) {
        // `[.A]` is below the working directory.
        Some(([], [_, name @ ..])) if device.is_empty() => parts(Cow::Borrowed(b""), name),
        Some((above, [_, name @ ..])) => parts(Cow::Owned([device, b"[", above, b"]"].concat()), name),
        _ if matches!(inner, b"" | b"-" | b"000000") => Parts::name_only(path),
        _ => parts(Cow::Owned([device, ROOT].concat()), inner),
    }
}

/// Whether the line of a listing begins with the last part of a path as it is written there: with its version, or with the type that
/// directories have.
pub(super) fn is_written_as(line: &[u8], path: &[u8]) -> bool {
    let start = path.iter().rposition(|byte| b":]".contains(byte)).map_or(0, |at| at + 1);
    let wanted = path.get(start..).unwrap_or_default();
    let (head, rest) = line.split_at_checked(wanted.len()).unwrap_or_default();
    !wanted.is_empty()
        && head.eq_ignore_ascii_case(wanted)
        && rest.first().is_none_or(|&byte| byte.is_ascii_whitespace() || byte == b';')
}

/// Whether a path ends with this name: it is no device, no step upwards, no pattern, and no `...` for all that is below.
pub(super) fn names_one_thing(path: &[u8], name: &[u8]) -> bool {
    let is_whole = name == path && path.iter().any(|byte| b"[]<>:".contains(byte));
    let is_root = path.ends_with(ROOT) || path.ends_with(b"[]");
    let is_step = name == b"-" && path.ends_with(b"]");
    let is_pattern = (0..path.len()).any(|at| {
        let (before, from) = path.split_at_checked(at).unwrap_or_default();
        matches!(from, [b'*' | b'%' | b'?' | b'<' | b'>', ..]) && !is_escaped(before)
            || from.starts_with(b"...")
    });
    !is_whole && !is_root && !is_step && !is_pattern
}

/// Whether what follows is escaped by a `^` at the end.
fn is_escaped(text: &[u8]) -> bool {
    text.iter().rev().take_while(|&&byte| byte == b'^').count() % 2 == 1
}

/// A `^` before what would mean something else in a path. Only disks of the newer structure have such names.
///
/// The last dot separates the type, and a number behind the last semicolon is a version: both stay as they are.
fn escaped(name: &[u8], is_directory: bool) -> Cow<'_, [u8]> {
    let version = name.iter().rposition(|&byte| byte == b';').filter(|&at| {
        let digits = name.get(at + 1..).unwrap_or(b"");
        !is_directory && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
    });
    let (bare, version) = name.split_at_checked(version.unwrap_or(name.len())).unwrap_or((name, b""));
    let dot = bare.iter().rposition(|&byte| byte == b'.').filter(|_| !is_directory);
    let is_special = |at: usize, byte: u8| {
        matches!(byte, b' ' | b',' | b';' | b'[' | b']' | b'%' | b'^' | b'&')
            || byte == b'.' && dot != Some(at)
    };
    if !bare.iter().enumerate().any(|(at, &byte)| is_special(at, byte)) {
        return Cow::Borrowed(name);
    }
    let mut path = Vec::with_capacity(name.len() + 8);
    for (at, &byte) in bare.iter().enumerate() {
        if is_special(at, byte) {
            path.push(b'^');
        }
        path.push(if byte == b' ' { b'_' } else { byte });
    }
    path.extend_from_slice(version);
    Cow::Owned(path)
}
