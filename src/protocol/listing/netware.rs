//! Novell NetWare, and Hellsoft's server for it: rights in brackets in place of permissions.
//!
//! ```text
//! d [R----F--] supervisor            512       Jan 16 18:53    login
//! -[R----F-]  1 raj           857 Feb 23  2000 !info!
//! ```

use super::entry::{Entry, Format, Kind};
use super::families::{Input, Reading, State};
use super::numbers::decimal;
use super::time::Now;
use super::unix::{Known, date, is_note};
use super::words::Words;

pub(super) fn read<'a>(state: &mut State, input: Input<'a>) -> Reading<'a> {
    match entry(input.line, state.now) {
        Some(entry) => Reading::Entry(entry),
        None if is_note(input.line) => Reading::Note,
        None => Reading::NotMine,
    }
}

fn entry(line: &[u8], now: Now) -> Option<Entry<'_>> {
    let (kind, text) = match line {
        [b'd', text @ ..] => (Kind::Directory, text),
        [b'-', text @ ..] => (Kind::File, text),
        _ => return None,
    };
    let text = text.strip_prefix(b" ").unwrap_or(text).strip_prefix(b"[")?;
    let end = text.iter().position(|&byte| byte == b']')?;
    let (rights, text) = (text.get(..end)?, text.get(end + 1..)?);
    // Supervisor, read, write, create, erase, access control, file scan, modify.
    if rights.is_empty() || !rights.iter().all(|right| b"SRWCEAFM-".contains(right)) {
        return None;
    }
    let words = Words::new(text);
    let (at, size, found) = (1..words.count()).find_map(|at| {
        let size = decimal(words.get(at - 1)?)?;
        Some((at, size, date::read(&words, at, Known::Month)?))
    })?;
    // The column of the date is padded, and that of the name in some versions.
    let name = found.name.trim_ascii_start();
    let mut entry = Entry::new(Format::NetWare, name, line);
    entry.kind = kind;
    entry.size = Some(size);
    entry.modified = found.stamp.modified(now);
    // Hellsoft's server has a link count, which is always 1.
    entry.owner = match at {
        2 => words.get(0),
        3 if words.get(0) == Some(b"1") => words.get(1),
        _ => None,
    };
    Some(entry)
}
