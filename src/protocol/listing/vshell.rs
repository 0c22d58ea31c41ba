//! VShell, before it wrote listings as Unix does.
//!
//! ```text
//! 206876  Apr 04, 2000 21:06 name
//! 0  Dec 12, 2002 02:13 directory/
//! ```

use super::dates::{four_digits, time_of_day};
use super::entry::{Entry, Format, Kind};
use super::families::{Input, Reading, State};
use super::months;
use super::numbers::{decimal, short};
use super::time::{Date, Now, Stamp};
use super::words::Words;

pub(super) fn read<'a>(state: &mut State, input: Input<'a>) -> Reading<'a> {
    entry(input.line, state.now).map_or(Reading::NotMine, Reading::Entry)
}

fn entry(line: &[u8], now: Now) -> Option<Entry<'_>> {
    let words = Words::new(line);
    let size = decimal(words.get(0)?)?;
    let month = months::number(words.get(1)?)?;
    let day = short(words.get(2)?.strip_suffix(b",")?, 2)?;
    let year = four_digits(words.get(3)?)?;
    let time = time_of_day(words.get(4)?)?;
    let name = words.name_behind(4)?;
    let (kind, name) = match name.strip_suffix(b"/") {
        Some(name) => (Kind::Directory, name),
        None => (Kind::File, name),
    };
    let mut entry = Entry::new(Format::VShell, name, line);
    entry.kind = kind;
    entry.size = (kind == Kind::File).then_some(size);
    let date = Date { year: Some(year), month, day };
    entry.modified = Stamp { date, time: Some(time), offset: None }.modified(now);
    Some(entry)
}
