//! What `dir` of DOS and Windows writes: IIS, and many servers on Windows.
//!
//! ```text
//! 04-27-00  12:09PM       <DIR>          name
//! 2002-09-02  19:06                9,730 name
//! ```
//!
//! IIS writes the month first and two digits of the year, or four, whatever the country. Others write what the system shows to its
//! users: there the day may come first. One date that can be read in one way only tells it for all lines.

use super::dates::{Order, in_half, order, time_of_day, whole_date};
use super::entry::{Entry, Format, Kind};
use super::families::{Input, Reading, State};
use super::numbers::grouped;
use super::time::{Stamp, Time};
use super::words::Words;

/// A tag, and the spaces that fill its column.
const WIDTH_OF_TAG: usize = 15;

/// What stands in place of a size.
const TAGS: [(&[u8], Kind); 5] = [
    (b"<DIR>", Kind::Directory),
    (b"<JUNCTION>", Kind::Link),
    (b"<SYMLINKD>", Kind::Link),
    (b"<SYMLINK>", Kind::Link),
    (b"<SYMLNK>", Kind::Link),
];

/// Which orders of day and month the lines have shown.
#[derive(Debug, Default)]
pub(super) struct Memory {
    has_looked_ahead: bool,
    has_month_first: bool,
    has_day_first: bool,
}

impl Memory {
    fn learn(&mut self, line: &[u8]) {
        match order(line) {
            Some(Order::MonthFirst) => self.has_month_first = true,
            Some(Order::DayFirst) => self.has_day_first = true,
            _ => {}
        }
    }

    /// Of a date with this word. Only the dashes of IIS are known to stand in dates with the month first.
    fn order(&self, word: &[u8]) -> Order {
        match (self.has_month_first, self.has_day_first) {
            (true, false) => Order::MonthFirst,
            (false, true) => Order::DayFirst,
            (false, false) if word.contains(&b'-') => Order::MonthFirst,
            _ => Order::Unknown,
        }
    }
}

pub(super) fn read<'a>(state: &mut State, input: Input<'a>) -> Reading<'a> {
    if state.is_decided && !state.dos.has_looked_ahead {
        let Some(lines) = input.ahead() else { return Reading::NeedsMore };
        state.dos.has_looked_ahead = true;
        lines.for_each(|line| state.dos.learn(line));
    }
    state.dos.learn(input.line);
    match entry(input.line, state) {
        Some(entry) => Reading::Entry(entry),
        None if is_note(input.line) => Reading::Note,
        None => Reading::NotMine,
    }
}

fn entry<'a>(line: &'a [u8], state: &State) -> Option<Entry<'a>> {
    // All lines begin with a digit, so most lines of other formats end here.
    if !line.first()?.is_ascii_digit() {
        return None;
    }
    let words = Words::new(line);
    let date = words.get(0)?;
    let date = whole_date(date, state.dos.order(date))?;
    let (time, at) = time(&words)?;
    let (kind, size, name) = match tag(&words, at) {
        Some((kind, name)) => (kind, None, name),
        None => {
            let (size, name) = size(&words, at)?;
            (Kind::File, Some(size), name)
        }
    };
    let (name, target) = if kind == Kind::Link { split_target(name) } else { (name, None) };
    let mut entry = Entry::new(Format::Dos, name, line);
    entry.kind = kind;
    entry.size = size;
    entry.link_target = target;
    entry.modified = Stamp { date, time: Some(time), offset: None }.modified(state.now);
    Some(entry)
}

/// The time of day, and the index of the word behind it. `03:42 PM` is two words.
fn time(words: &Words<'_>) -> Option<(Time, usize)> {
    let time = time_of_day(words.get(1)?)?;
    match words.get(2).and_then(|half| in_half(time, half)) {
        Some(time) => Some((time, 3)),
        None => Some((time, 2)),
    }
}

fn tag<'a>(words: &Words<'a>, at: usize) -> Option<(Kind, &'a [u8])> {
    let word = words.get(at)?;
    let (tag, kind) = TAGS.iter().find(|(tag, _)| word.eq_ignore_ascii_case(tag))?;
    let behind = words.behind(at)?;
    let filling = behind.iter().take(WIDTH_OF_TAG - tag.len()).take_while(|&&byte| byte == b' ').count();
    Some((*kind, behind.get(filling..)?))
}

fn size<'a>(words: &Words<'a>, at: usize) -> Option<(u64, &'a [u8])> {
    Some((grouped(words.get(at)?)?, words.name_behind(at)?))
}

/// `name [target]`, as `dir` shows what a link or a junction leads to.
fn split_target(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let inside = text.strip_suffix(b"]").filter(|text| !text.ends_with(b"["));
    let split = inside.and_then(|text| {
        let start = text.windows(2).position(|part| part == b" [")?;
        Some((text.get(..start)?, text.get(start + 2..)?))
    });
    match split {
        Some((name, target)) if !name.is_empty() => (name, Some(target)),
        _ => (text, None),
    }
}

/// What `dir` writes around the entries.
fn is_note(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let starts = [&b"Volume in drive "[..], b"Volume Serial Number is ", b"Directory of "];
    if starts.iter().any(|start| line.starts_with(start)) {
        return true;
    }
    let words = Words::new(line);
    words.get(0).is_some_and(|count| grouped(count).is_some())
        && words.get(1).is_some_and(|word| word == b"File(s)" || word == b"Dir(s)")
}
