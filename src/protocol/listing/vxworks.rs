//! VxWorks, which routers and controllers run.
//!
//! ```text
//!   size          date       time       name
//! --------       ------     ------    --------
//!     2048    Feb-28-1998  05:23:30   config            <DIR>
//! ```

use super::dates::{Order, time_of_day, whole_date};
use super::entry::{Entry, Format, Kind};
use super::families::{Input, Reading, State};
use super::numbers::decimal;
use super::time::{Now, Stamp};
use super::words::Words;

pub(super) fn read<'a>(state: &mut State, input: Input<'a>) -> Reading<'a> {
    match entry(input.line, state.now) {
        Some(entry) => Reading::Entry(entry),
        None if is_heading(input.line) => Reading::Note,
        None => Reading::NotMine,
    }
}

fn is_heading(line: &[u8]) -> bool {
    let words = Words::new(line);
    words.count() == 4
        && ((0..4).filter_map(|at| words.get(at)).all(|word| word.iter().all(|&byte| byte == b'-'))
            || (0..4).filter_map(|at| words.get(at)).eq([&b"size"[..], b"date", b"time", b"name"]))
}

fn entry(line: &[u8], now: Now) -> Option<Entry<'_>> {
    let words = Words::new(line);
    let size = decimal(words.get(0)?)?;
    let date = words.get(1)?;
    if !date.first()?.is_ascii_alphabetic() {
        return None;
    }
    let date = whole_date(date, Order::Unknown)?;
    let time = time_of_day(words.get(2)?).filter(|time| time.second.is_some())?;
    // The name stands between two columns that spaces fill, so it has none at its ends.
    let name = words.behind(2)?.trim_ascii();
    let (kind, name) = match name.strip_suffix(b"<DIR>") {
        Some(name) => (Kind::Directory, name.trim_ascii_end()),
        None => (Kind::File, name),
    };
    let mut entry = Entry::new(Format::VxWorks, name, line);
    entry.kind = kind;
    entry.size = Some(size);
    entry.modified = Stamp { date, time: Some(time), offset: None }.modified(now);
    Some(entry)
}
