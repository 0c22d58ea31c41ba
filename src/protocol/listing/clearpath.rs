//! ClearPath MCP, of Unisys.
//!
//! ```text
//! Report for: (UC)A ON PACK
//! A/B/C                   SEQDATA    84 03/08/1998  15:32
//!           6 Files     504 Octets
//! ```
//!
//! The size is in bytes. The date is that when the file was created, so nobody knows when it was changed. A name has all of its path.

use super::dates::time_of_day;
use super::entry::{Entry, Format, Kind};
use super::families::{Input, Reading};
use super::numbers::{decimal, short};
use super::words::Words;

pub(super) fn read<'a>(input: Input<'a>) -> Reading<'a> {
    let words = Words::new(input.line);
    if is_note(&words) {
        return Reading::Note;
    }
    entry(input.line, &words).map_or(Reading::NotMine, Reading::Entry)
}

fn entry<'a>(line: &'a [u8], words: &Words<'a>) -> Option<Entry<'a>> {
    let kind = words.get(1)?;
    let is_kind =
        kind.len() >= 4 && kind.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let mut entry = Entry::new(Format::ClearPath, words.get(0)?, line);
    entry.kind = Kind::File;
    entry.size = Some(decimal(words.get(2)?)?);
    time_of_day(words.get(4)?)?;
    (is_kind && words.count() == 5 && is_date(words.get(3)?)).then_some(entry)
}

/// `03/08/1998`.
fn is_date(word: &[u8]) -> bool {
    let mut parts = word.split(|&byte| byte == b'/');
    let lengths = [2, 2, 4]
        .map(|length| parts.next().is_some_and(|part| part.len() == length && short(part, 4).is_some()));
    lengths == [true; 3] && parts.next().is_none()
}

fn is_note(words: &Words<'_>) -> bool {
    let is_sum = words.get(0).and_then(decimal).is_some() && words.get(3) == Some(b"Octets");
    is_sum || words.get(0) == Some(b"Report") && words.get(1) == Some(b"for:")
}
