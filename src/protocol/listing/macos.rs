//! NetPresenz and Peter's FTPd for Mac OS: like Unix, with the parts of a file in place of link count and owner.
//!
//! ```text
//! -------r--         326  1391972  1392298 Nov 22  1995 MegaPhone.sit
//! drwxrwxr-x               folder        2 May 10  1996 network
//! ```
//!
//! The numbers are the sizes of the resource fork, of the data fork, and their sum. That it is their sum tells such a line apart from
//! one of Unix with a numeric owner and no group. Behind "folder" stands how many entries there are.

use super::entry::{Entry, Format, Kind};
use super::families::{Input, Reading, State};
use super::numbers::decimal;
use super::time::Now;
use super::unix::{Known, Permissions, date};
use super::words::Words;

pub(super) fn read<'a>(state: &mut State, input: Input<'a>) -> Reading<'a> {
    match entry(input.line, state.now) {
        Some(entry) => Reading::Entry(entry),
        None => Reading::NotMine,
    }
}

fn entry(line: &[u8], now: Now) -> Option<Entry<'_>> {
    let permissions = Permissions::read(line)?;
    let words = Words::new(line);
    let (size, date_at) = match permissions.kind {
        Kind::Directory => {
            decimal(words.get(2)?)?;
            (words.get(1)? == b"folder").then_some((None, 3))?
        }
        Kind::File => (sum(&words)?, 4),
        _ => return None,
    };
    let found = date::read(&words, date_at, Known::Month)?;
    let mut entry = Entry::new(Format::MacOs, found.name, line);
    entry.kind = permissions.kind;
    entry.mode = permissions.mode;
    entry.size = size;
    entry.modified = found.stamp.modified(now);
    Some(entry)
}

/// The size of both forks. Some servers write 2^64 - 1 for a size that they do not know.
fn sum(words: &Words<'_>) -> Option<Option<u64>> {
    let (resource, data, both) = (words.get(1)?, words.get(2)?, words.get(3)?);
    if let (Some(resource), Some(data), Some(both)) = (decimal(resource), decimal(data), decimal(both)) {
        return (resource.checked_add(data) == Some(both)).then_some(Some(both));
    }
    (resource == b"0" && data == both && data.iter().all(u8::is_ascii_digit)).then_some(None)
}
