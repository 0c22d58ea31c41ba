//! Microware OS-9, in machine controllers.
//!
//! ```text
//! 20.20 07/03/29 1026 d-ewrewr 2650 85920 name
//! ```
//!
//! Group and user, year, month and day, time, attributes, the sector in hexadecimal digits, and the size.

use super::entry::{Entry, Format, Kind};
use super::families::{Input, Reading, State};
use super::numbers::{decimal, short};
use super::time::{Date, Now, Stamp, Time, century};
use super::words::Words;

/// Directory, not sharable; execute, write, read for all; the same for the owner.
const ATTRIBUTES: &[u8] = b"dsewrewr";

pub(super) fn read<'a>(state: &mut State, input: Input<'a>) -> Reading<'a> {
    entry(input.line, state.now).map_or(Reading::NotMine, Reading::Entry)
}

fn entry(line: &[u8], now: Now) -> Option<Entry<'_>> {
    let words = Words::new(line);
    let (group, owner) = pair(words.get(0)?, b'.')?;
    decimal(group)?;
    decimal(owner)?;
    let (year, rest) = pair(words.get(1)?, b'/')?;
    let (month, day) = pair(rest, b'/')?;
    let date = Date { year: Some(century(short(year, 2)?)), month: short(month, 2)?, day: short(day, 2)? };
    let (hour, minute) = words.get(2).filter(|time| time.len() == 4)?.split_at_checked(2)?;
    let time = Time::new(short(hour, 2)?, short(minute, 2)?);
    let attributes = words.get(3).filter(|attributes| attributes.len() == ATTRIBUTES.len())?;
    let is_known = |(&letter, &known): (&u8, &u8)| letter == b'-' || letter == known;
    if !attributes.iter().zip(ATTRIBUTES).all(is_known) {
        return None;
    }
    if !words.get(4)?.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let size = decimal(words.get(5)?)?;
    let name = words.name_behind(5)?;
    let mut entry = Entry::new(Format::Os9, name, line);
    entry.kind = if attributes.starts_with(b"d") { Kind::Directory } else { Kind::File };
    entry.owner = Some(owner);
    entry.group = Some(group);
    entry.size = Some(size);
    entry.modified = Stamp { date, time: Some(time), offset: None }.modified(now);
    Some(entry)
}

fn pair(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|&byte| byte == separator)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}
