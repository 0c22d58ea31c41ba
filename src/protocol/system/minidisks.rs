//! z/VM: a file of a minidisk is `USER.191/NAME.TYPE`, and one of the Shared File System `POOL:USER.DIRECTORY.NAME.TYPE`. A directory of
//! either has no type. (IBM, z/VM TCP/IP User's Guide, "Fully-Qualified Pathnames" and CD.)

use std::borrow::Cow;

use super::paths::Parts;

/// A name has one dot in it, and that of a directory has none: with anything else it would lead elsewhere.
pub(super) fn join(directory: &[u8], name: &[u8], is_directory: bool) -> Option<Vec<u8>> {
    if directory.is_empty() {
        return Some(name.to_vec());
    }
    let dots = name.iter().filter(|&&byte| byte == b'.').count();
    let is_name = dots == usize::from(!is_directory)
        && !name.starts_with(b".")
        && !name.ends_with(b".")
        && !name.is_empty()
        && !name.iter().any(|byte| b"/: ".contains(byte));
    if !is_name {
        return None;
    }
    if is_shared(directory) {
        let end = directory.strip_suffix(b".").unwrap_or(directory);
        return Some([end, name].join(&b'.'));
    }
    // What is below a working directory of the Shared File System has no such path, and a minidisk has no directories.
    (!is_directory && directory.contains(&b'.')).then(|| [directory, name].join(&b'/'))
}

/// Nothing but CWD tells a directory from a file. So a path that it does not lead to is one of a file.
pub(super) fn split(path: &[u8]) -> Parts<'_> {
    let parts = if is_shared(path) { at_name_and_type(path) } else { at_slash(path) };
    parts.map_or(Parts::name_only(path), |(directory, name)| Parts {
        directory: Some(Cow::Borrowed(directory)),
        name: Cow::Borrowed(name),
    })
}

fn is_shared(path: &[u8]) -> bool {
    path.contains(&b':')
}

fn at_slash(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = path.iter().position(|&byte| byte == b'/')?;
    Some((path.get(..at)?, path.get(at + 1..)?))
}

/// The top directory of a user ends with a dot.
fn at_name_and_type(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let user = path.iter().position(|&byte| byte == b'.')?;
    let dots = path.iter().enumerate().rev().filter(|(_, byte)| **byte == b'.').map(|(at, _)| at);
    let before_name = dots.take_while(|&at| at >= user).nth(1)?;
    let end = if before_name == user { user + 1 } else { before_name };
    Some((path.get(..end)?, path.get(before_name + 1..)?))
}
