//! wfFtp of Nortel's routers. Their file system has no directories.
//!
//! ```text
//! image.exe       1014196  06/03/04  Thur.   10:20:03
//! ```

use super::dates::{Order, time_of_day, whole_date};
use super::entry::{Entry, Format, Kind};
use super::families::{Input, Reading, State};
use super::numbers::decimal;
use super::time::{Now, Stamp};
use super::words::Words;

pub(super) fn read<'a>(state: &mut State, input: Input<'a>) -> Reading<'a> {
    entry(input.line, state.now).map_or(Reading::NotMine, Reading::Entry)
}

fn entry(line: &[u8], now: Now) -> Option<Entry<'_>> {
    let words = Words::new(line);
    let size = decimal(words.get(1)?)?;
    let date = whole_date(words.get(2)?, Order::MonthFirst)?;
    let weekday = words.get(3)?.strip_suffix(b".")?;
    let time = time_of_day(words.get(4)?)?;
    let is_weekday = weekday.len() >= 3 && weekday.iter().all(u8::is_ascii_alphabetic);
    if !is_weekday || words.count() != 5 {
        return None;
    }
    let mut entry = Entry::new(Format::WfFtp, words.get(0)?, line);
    entry.kind = Kind::File;
    entry.size = Some(size);
    entry.modified = Stamp { date, time: Some(time), offset: None }.modified(now);
    Some(entry)
}
