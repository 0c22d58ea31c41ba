//! VOS, of Stratus.
//!
//! ```text
//! Files: 15  Blocks: 29
//!
//! w      1  seq       99-06-15 13:11:39  member_srv.error
//!
//! Dirs: 74
//!
//! m      3  98-12-25 16:14:58  amano
//!
//! Links: 1
//!
//! 04-07-13 21:15:43  logs ->  %descc#m2_d01>l3s>db
//! ```
//!
//! The size is in blocks of 4096 bytes, so nobody knows how many bytes a file has.

use std::borrow::Cow;

use super::dates::time_of_day;
use super::entry::{Entry, Format, Kind};
use super::families::{Input, Reading, State};
use super::numbers::{decimal, short};
use super::time::{Date, Now, Stamp, century};
use super::words::Words;

pub(super) fn read<'a>(state: &mut State, input: Input<'a>) -> Reading<'a> {
    let words = Words::new(input.line);
    let is_heading = matches!(words.get(0), Some(b"Files:" | b"Dirs:" | b"Links:"));
    if is_heading && words.get(1).and_then(decimal).is_some() {
        return Reading::Note;
    }
    entry(input.line, &words, state.now).map_or(Reading::NotMine, Reading::Entry)
}

fn entry<'a>(line: &'a [u8], words: &Words<'a>, now: Now) -> Option<Entry<'a>> {
    let date_at = [0, 2, 3].into_iter().find(|&at| words.get(at).and_then(date).is_some())?;
    let stamp = Stamp {
        date: date(words.get(date_at)?)?,
        time: Some(time_of_day(words.get(date_at + 1)?).filter(|time| time.second.is_some())?),
        offset: None,
    };
    let name = words.behind(date_at + 1)?.trim_ascii();
    let mut entry = Entry::new(Format::Vos, name, line);
    entry.modified = stamp.modified(now);
    if date_at == 0 {
        let arrow = name.windows(4).position(|part| part == b" -> ")?;
        entry.kind = Kind::Link;
        entry.name = Cow::Borrowed(name.get(..arrow)?);
        entry.link_target = Some(name.get(arrow + 4..)?.trim_ascii());
        return Some(entry);
    }
    // What this user may do: null, execute, read, write; of a directory null, status, modify.
    let access: &[u8] = if date_at == 3 { b"nerwu" } else { b"nsmu" };
    let is_access = matches!(words.get(0)?, [letter] if access.contains(letter));
    decimal(words.get(1)?)?;
    entry.kind = if date_at == 3 { Kind::File } else { Kind::Directory };
    is_access.then_some(entry)
}

/// `99-06-15`: the year comes first.
fn date(word: &[u8]) -> Option<Date> {
    let mut parts = word.split(|&byte| byte == b'-').filter(|part| part.len() == 2);
    let (year, month, day) = (short(parts.next()?, 2)?, short(parts.next()?, 2)?, short(parts.next()?, 2)?);
    (word.len() == 8).then_some(Date { year: Some(century(year)), month, day })
}
