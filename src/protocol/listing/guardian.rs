//! Guardian, of HP NonStop, once Tandem.
//!
//! ```text
//! File         Code             EOF  Last Modification    Owner  RWEP
//! ALV           101             2522 27-Aug-02 13:57:10 155,106 "nnnn"
//! ```
//!
//! EOF is where a file ends, which is its size in bytes. The owner is a group and a user, both as numbers. Who may read, write,
//! execute and purge is told by a letter each, which bits of a mode cannot tell.

use super::dates::time_of_day;
use super::entry::{Entry, Format, Kind};
use super::families::{Input, Reading, State};
use super::months;
use super::numbers::{decimal, short};
use super::time::{Date, Now, Stamp, century};
use super::words::Words;

pub(super) fn read<'a>(state: &mut State, input: Input<'a>) -> Reading<'a> {
    let words = Words::new(input.line);
    if words.get(0) == Some(b"File") && words.get(1) == Some(b"Code") && words.get(2) == Some(b"EOF") {
        return Reading::Note;
    }
    entry(input.line, &words, state.now).map_or(Reading::NotMine, Reading::Entry)
}

fn entry<'a>(line: &'a [u8], words: &Words<'a>, now: Now) -> Option<Entry<'a>> {
    // The file is open.
    let code_at = if words.get(1)? == b"O" { 2 } else { 1 };
    let word = |behind: usize| words.get(code_at + behind);
    short(word(0)?, 5)?;
    let stamp = Stamp { date: date(word(2)?)?, time: Some(time_of_day(word(3)?)?), offset: None };
    let (rest, security) = words.behind(code_at + 3)?.trim_ascii().split_last_chunk::<6>()?;
    let is_security = matches!(security, [b'"', letters @ .., b'"'] if letters.iter().all(|&byte| b"naogcu-".contains(&byte.to_ascii_lowercase())));
    let comma = rest.iter().position(|&byte| byte == b',')?;
    let group = rest.get(..comma)?.trim_ascii();
    let owner = rest.get(comma + 1..)?.trim_ascii();
    short(group, 3)?;
    short(owner, 3)?;
    let mut entry = Entry::new(Format::Guardian, words.get(0)?, line);
    entry.kind = Kind::File;
    entry.size = Some(decimal(word(1)?)?);
    entry.modified = stamp.modified(now);
    entry.owner = Some(owner);
    entry.group = Some(group);
    is_security.then_some(entry)
}

/// `6-Apr-07`.
fn date(word: &[u8]) -> Option<Date> {
    let mut parts = word.split(|&byte| byte == b'-');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let year = if year.len() == 2 { century(short(year, 2)?) } else { short(year, 4)? };
    let date = Date { year: Some(year), month: months::number(month)?, day: short(day, 2)? };
    parts.next().is_none().then_some(date)
}
