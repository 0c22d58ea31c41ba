//! `ls -l` and its relatives: most servers write it, also those on Windows.
//!
//! ```text
//! drwxr-xr-x   2 root     other        512 Apr  8  1994 etc
//! ```
//!
//! Every column but the first may be missing, and may be wider than it should be. So the date is what the line is read by. Its
//! first word follows a size. What stands before the size is link count, owner and group; what stands behind the date is the name.

mod asian;
mod counts;
pub(super) mod date;
mod name;
mod notes;
mod permissions;

use std::borrow::Cow;

use super::entry::{Entry, Format};
use super::families::{Found, Input, State};
use super::numbers::{decimal, grouped};
use super::time::Stamp;
use super::words::Words;
use date::Filling;
pub(super) use date::Known;
pub(super) use notes::is_note;
pub(super) use permissions::Permissions;

/// A group and a size that have grown together are told apart only where the group fills a column of this width.
const WIDTH_OF_GROUP: usize = 8;

/// How wide the column of a year is, as far as lines have shown it.
#[derive(Debug, Default)]
pub(super) struct Memory {
    has_looked_ahead: bool,
    is_narrow: bool,
}

impl Memory {
    /// The name on a line. None: lines are missing that may tell where it begins.
    fn name<'a>(&mut self, columns: &Columns<'a>, input: Input<'a>, is_decided: bool) -> Option<&'a [u8]> {
        let whole = match columns.filling {
            Filling::Unknown => return Some(columns.name),
            Filling::Narrow => {
                self.is_narrow = true;
                return Some(columns.name);
            }
            Filling::Doubtful(whole) => whole,
        };
        if is_decided && !self.is_narrow && !self.has_looked_ahead {
            self.is_narrow = input.ahead()?.any(is_narrow);
            self.has_looked_ahead = true;
        }
        Some(if self.is_narrow { whole } else { columns.name })
    }
}

/// Whether the column of the year is no wider than the year.
fn is_narrow(line: &[u8]) -> bool {
    let line = if Permissions::read(line).is_some() { Some(line) } else { counts::behind(line) };
    let columns = line.and_then(|line| Columns::find(&Words::new(line)));
    columns.is_some_and(|columns| matches!(columns.filling, Filling::Narrow))
}

pub(super) fn read<'a>(state: &mut State, input: Input<'a>, entry: &mut Entry<'a>) -> Found {
    let line = input.line;
    if let Some(permissions) = Permissions::read(line) {
        return fill(entry, state, input, line, &permissions);
    }
    match counts::behind(line).and_then(|rest| Some((rest, Permissions::read(rest)?))) {
        Some((rest, permissions)) => {
            let found = fill(entry, state, input, rest, &permissions);
            if let Found::Entry = found {
                entry.raw = line;
            }
            found
        }
        None => notes::read(input),
    }
}

/// Makes the entry of a line, which begins with permissions.
fn fill<'a>(
    entry: &mut Entry<'a>,
    state: &mut State,
    input: Input<'a>,
    line: &'a [u8],
    permissions: &Permissions,
) -> Found {
    let words = Words::new(line);
    let Some(columns) = Columns::find(&words) else { return Found::NotMine };
    let Some(name) = state.unix.name(&columns, input, state.is_decided) else { return Found::NeedsMore };
    let Some((name, target)) = name::read(permissions.kind, name, columns.size.and_then(decimal)) else {
        return Found::NotMine;
    };
    *entry = Entry { format: Some(Format::Unix), name: Cow::Borrowed(name), ..Entry::not_understood(line) };
    entry.kind = permissions.kind;
    entry.mode = permissions.mode;
    entry.link_target = target;
    entry.modified = columns.stamp.and_then(|stamp| stamp.modified(state.now));
    columns.fill(&words, permissions, entry);
    Found::Entry
}

/// Where the columns of a line are.
struct Columns<'a> {
    /// The word that is the size, or that ends with it.
    size: Option<&'a [u8]>,
    /// Its index.
    size_at: usize,
    /// None: the line has no date.
    stamp: Option<Stamp>,
    name: &'a [u8],
    filling: Filling<'a>,
}

impl<'a> Columns<'a> {
    fn find(words: &Words<'a>) -> Option<Self> {
        [Known::Month, Known::Number, Known::Nothing]
            .into_iter()
            .find_map(|known| Columns::by_date(words, known))
            .or_else(|| Columns::without_date(words))
    }

    /// The first date that follows a size.
    fn by_date(words: &Words<'a>, known: Known) -> Option<Self> {
        (date::FIRST_WORD..words.count()).find_map(|at| {
            let size = words.get(at - 1)?;
            if !may_be_size(size) {
                return None;
            }
            let found = date::read(words, at, known)?;
            let date::Found { stamp, name, filling } = found;
            Some(Columns { size: Some(size), size_at: at - 1, stamp: Some(stamp), name, filling })
        })
    }

    /// A line that has all columns but the date, as in `drwxr-xr-x 3 slopri devlab 512 name`.
    ///
    /// Where anything of a date follows the size, the line has one that cannot be read. Nobody knows where the name begins, then.
    fn without_date(words: &Words<'a>) -> Option<Self> {
        const SIZE: usize = 4;
        let size = words.get(SIZE)?;
        decimal(words.get(1)?)?;
        decimal(size)?;
        let mut next = (SIZE + 1..SIZE + 4).filter_map(|at| words.get(at));
        if next.any(date::is_of_date) {
            return None;
        }
        let name = words.name_behind(SIZE)?;
        Some(Columns { size: Some(size), size_at: SIZE, stamp: None, name, filling: Filling::Unknown })
    }

    /// The size, the owner and the group.
    fn fill(&self, words: &Words<'a>, permissions: &Permissions, entry: &mut Entry<'a>) {
        let Some(size) = self.size else { return };
        let mut end = self.size_at;
        let mut fused_group = None;
        if words.get(end.saturating_sub(1)).is_some_and(|word| word.ends_with(b",")) {
            // "4, 64" are the numbers of a device.
            end -= 1;
        } else if permissions.is_device {
            // "4,64" or "0x40"
        } else if let Some(bytes) = grouped(size) {
            entry.size = Some(bytes);
        } else if let Some((group, bytes)) = split_fused(size) {
            entry.size = Some(bytes);
            fused_group = Some(group);
        }
        let is_number = |at: usize| words.get(at).is_some_and(|word| word.iter().all(u8::is_ascii_digit));
        // One number may be the link count, or the owner of a line that has none. It is neither, then.
        let first = if !permissions.has_link_count && is_number(1) { 2 } else { 1 };
        let names = first..end;
        let word = |at: usize| words.get(at);
        // "1ftp": it may be that count and owner have grown together.
        let is_doubtful = first == 1 && words.get(1).and_then(<[u8]>::first).is_some_and(u8::is_ascii_digit);
        match (names.len(), fused_group) {
            _ if is_doubtful && !permissions.has_link_count => {}
            (1, None) => entry.owner = word(names.start).filter(|_| !is_number(names.start)),
            (2, None) => {
                entry.owner = word(names.start);
                entry.group = word(names.start + 1);
            }
            (1, Some(group)) => {
                entry.owner = word(names.start);
                entry.group = Some(group);
            }
            // With more words there are spaces in the names, and nobody knows which name they are in.
            _ => {}
        }
    }
}

/// Whether the word before a date may be a size, or the number of a device.
fn may_be_size(word: &[u8]) -> bool {
    match word {
        _ if word.contains(&b':') => false,
        [b'0', b'x', ..] => true,
        [.., last] if last.is_ascii_digit() => true,
        // "33.5k": too coarse to be a size in bytes.
        [b'0'..=b'9', .., b'k' | b'K' | b'M' | b'G' | b'T' | b'B'] => true,
        _ => false,
    }
}

/// `longgroup123456`, where the column of the size was too narrow.
fn split_fused(word: &[u8]) -> Option<(&[u8], u64)> {
    let digits = word.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (group, size) = word.split_at_checked(word.len() - digits)?;
    (group.len() >= WIDTH_OF_GROUP).then_some((group, decimal(size)?))
}
