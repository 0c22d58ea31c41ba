//! Guardian: `\SYSTEM.$VOLUME.SUBVOLUME.FILE`. (HPE, Guardian User's Guide. `CWD [$volume.]subvolume`: TCP/IP Applications and
//! Utilities User Guide, FTP server.)

use std::borrow::Cow;

use super::paths::Parts;

/// Names are letters and digits: with anything else a name would lead elsewhere.
pub(super) fn join(directory: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    if name.is_empty() || !name.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    Some(if directory.is_empty() { name.to_vec() } else { [directory, name].join(&b'.') })
}

pub(super) fn split(path: &[u8]) -> Parts<'_> {
    let at = path.iter().rposition(|&byte| byte == b'.');
    match at.and_then(|at| path.split_at_checked(at)) {
        Some((directory, [_, name @ ..])) if !directory.is_empty() => {
            Parts { directory: Some(Cow::Borrowed(directory)), name: Cow::Borrowed(name) }
        }
        _ => Parts::name_only(path),
    }
}
