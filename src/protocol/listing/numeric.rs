//! Modes, owners and times as numbers, as programs for Unix write them that do not want to look anything up.
//!
//! ```text
//! 0100644   500  101   12345    123456789       name
//! ```

use super::entry::{Entry, Format, Kind};
use super::families::{Input, Reading, State};
use super::numbers::{decimal, mode, octal};
use super::time::from_seconds;
use super::words::Words;

pub(super) fn read<'a>(_state: &mut State, input: Input<'a>) -> Reading<'a> {
    entry(input.line).map_or(Reading::NotMine, Reading::Entry)
}

fn entry(line: &[u8]) -> Option<Entry<'_>> {
    let words = Words::new(line);
    let digits = words.get(0)?;
    let kind = match octal(digits)? >> 12 {
        0o10 => Kind::File,
        0o4 => Kind::Directory,
        0o12 => Kind::Link,
        0o1 | 0o2 | 0o6 | 0o14 => Kind::Other,
        _ => return None,
    };
    let (owner, group) = (words.get(1)?, words.get(2)?);
    decimal(owner)?;
    decimal(group)?;
    let size = decimal(words.get(3)?)?;
    let seconds = i64::try_from(decimal(words.get(4)?)?).ok()?;
    let name = words.behind(4)?.trim_ascii_start();
    let mut entry = Entry::new(Format::Numeric, name, line);
    entry.kind = kind;
    entry.mode = mode(digits);
    entry.owner = Some(owner);
    entry.group = Some(group);
    entry.size = Some(size);
    entry.modified = from_seconds(seconds);
    Some(entry)
}
