//! IBM i, formerly OS/400, in its own format.
//!
//! ```text
//! PEP               422 04/03/24 14:06:26 *STMF      readme
//! QPGMR                                   *MEM       RPGUNITC1.FILE/RUCALLTST.MBR
//! ```
//!
//! - Only of stream files the size is that of the bytes that can be fetched. Of other objects it is what they take on the disk.
//! - The job that serves sets the order of day, month and year. `order.rs` finds it out.
//! - A name may be a path, or have a library before it. It stays as it is.

mod order;

use super::entry::{Entry, Format, Kind};
use super::families::{Input, Reading, State};
use super::numbers::{decimal, short};
use super::time::{Stamp, Time};
use super::words::Words;
pub(super) use order::Memory;
use order::Numbers;

/// The type of an object and the space behind it take this much, so that names stand in a column.
const WIDTH_OF_TYPE: usize = 11;

pub(super) fn read<'a>(state: &mut State, input: Input<'a>) -> Reading<'a> {
    let Some(columns) = Columns::read(input.line) else { return Reading::NotMine };
    // Most types of objects are one word among others where no date is before them.
    if columns.date.is_none() && columns.object_type != b"*MEM" && !state.is_decided {
        return Reading::NotMine;
    }
    let name = match columns.kind() {
        Kind::Directory => columns.name.strip_suffix(b"/").unwrap_or(columns.name),
        _ => columns.name,
    };
    // The object itself that is listed has no name.
    if name.is_empty() {
        return Reading::Note;
    }
    let is_known = columns.date.is_none() || !state.is_decided || state.ibm_i.learn(input, state.now);
    if !is_known {
        return Reading::NeedsMore;
    }
    let mut entry = Entry::new(Format::IbmI, name, input.line);
    entry.kind = columns.kind();
    entry.size = columns.size.filter(|_| columns.is_stream_file());
    entry.owner = columns.owner;
    entry.modified = columns.date.and_then(|(numbers, time)| {
        let date = state.ibm_i.date(numbers, state.now)?;
        Stamp { date, time: Some(time), offset: None }.modified(state.now)
    });
    Reading::Entry(entry)
}

struct Columns<'a> {
    owner: Option<&'a [u8]>,
    size: Option<u64>,
    date: Option<(Numbers, Time)>,
    /// With the `*` before it.
    object_type: &'a [u8],
    name: &'a [u8],
}

impl<'a> Columns<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        let words = Words::new(line);
        let type_at = (0..5).find(|&at| words.get(at).is_some_and(|word| word.first() == Some(&b'*')))?;
        let object_type = words.get(type_at)?;
        let letters = object_type.get(1..)?;
        let is_type = (2..WIDTH_OF_TYPE).contains(&object_type.len())
            && letters.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        let mut columns = Columns { owner: None, size: None, date: None, object_type, name: b"" };
        let has_owner = match (is_type, type_at) {
            (true, 0 | 3) => false,
            (true, 1 | 4) => true,
            _ => return None,
        };
        if has_owner {
            columns.owner = words.get(0);
        } else if line.first() != Some(&b' ') {
            return None;
        }
        if let Some(size_at) = type_at.checked_sub(3) {
            columns.size = Some(decimal(words.get(size_at)?)?);
            columns.date = Some((Numbers::read(words.get(size_at + 1)?)?, time(words.get(size_at + 2)?)?));
        }
        columns.name = name_behind(words.behind(type_at)?, object_type.len());
        Some(columns)
    }

    fn is_stream_file(&self) -> bool {
        matches!(self.object_type, b"*STMF" | b"*DSTMF" | b"*DOC")
    }

    fn kind(&self) -> Kind {
        match self.object_type {
            b"*DIR" | b"*DDIR" | b"*LIB" | b"*FLR" => Kind::Directory,
            b"*MEM" => Kind::File,
            b"*SYMLNK" => Kind::Link,
            // A save file is fetched as it is. Other files have members: data files like directories, devices like none.
            b"*FILE" if self.name.ends_with(b".SAVF") => Kind::File,
            b"*FILE" => Kind::Unknown,
            _ if self.is_stream_file() => Kind::File,
            _ => Kind::Other,
        }
    }
}

/// What stands behind the type. Where names are in a column, spaces may begin them.
fn name_behind(rest: &[u8], length_of_type: usize) -> &[u8] {
    let spaces = rest.iter().take_while(|&&byte| byte == b' ').count();
    let column = WIDTH_OF_TYPE.saturating_sub(length_of_type);
    let name = rest.get(if spaces >= column { column } else { spaces }..).unwrap_or(b"");
    name.trim_ascii_end()
}

/// `14:06:26`, `14.06.26` or `14,06,26`.
fn time(word: &[u8]) -> Option<Time> {
    let separator = *word.get(2).filter(|byte| matches!(byte, b':' | b'.' | b','))?;
    let mut parts = word.split(|&byte| byte == separator);
    let mut time = Time::new(two(parts.next()?)?, two(parts.next()?)?);
    let second = two(parts.next()?)?;
    time.second = Some(second);
    (parts.next().is_none() && time.hour < 24 && time.minute < 60 && second < 60).then_some(time)
}

fn two(digits: &[u8]) -> Option<u32> {
    if digits.len() == 2 { short(digits, 2) } else { None }
}
