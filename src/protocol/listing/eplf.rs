//! EPLF, the easily parsed list format (<https://cr.yp.to/ftp/list/eplf.html>): facts, a tab, and the name.
//!
//! ```text
//! +i8388621.48594,m825718503,r,s280,up755     name
//! ```
//!
//! publicfile and anonftpd send it.

use super::entry::{Entry, Format, Kind};
use super::families::{Input, Reading, State};
use super::numbers::{decimal, mode};
use super::time::from_seconds;

pub(super) fn read<'a>(_state: &mut State, input: Input<'a>) -> Reading<'a> {
    entry(input.line).map_or(Reading::NotMine, Reading::Entry)
}

fn entry(line: &[u8]) -> Option<Entry<'_>> {
    let text = line.strip_prefix(b"+")?;
    let tab = text.iter().position(|&byte| byte == b'\t')?;
    let (facts, name) = (text.get(..tab)?, text.get(tab + 1..)?);
    let mut entry = Entry::new(Format::Eplf, name, line);
    for fact in facts.split(|&byte| byte == b',') {
        match fact {
            // What can be entered and fetched is a directory first of all.
            b"/" => entry.kind = Kind::Directory,
            b"r" if entry.kind == Kind::Unknown => entry.kind = Kind::File,
            [b's', size @ ..] => entry.size = decimal(size),
            [b'm', seconds @ ..] => {
                entry.modified =
                    decimal(seconds).and_then(|seconds| from_seconds(i64::try_from(seconds).ok()?));
            }
            [b'u', b'p', digits @ ..] => entry.mode = mode(digits),
            [b'i', unique @ ..] if !unique.is_empty() => entry.unique = Some(unique),
            // "Clients should ignore facts that they do not understand."
            _ => {}
        }
    }
    Some(entry)
}
