//! OS/2.
//!
//! ```text
//!      0           DIR   12-30-97   12:32  jbrekke
//! 587823    RSA    DIR   01-08-97   13:58  OS2KRNL
//! 36611      A    04-23-103  10:57  read.me
//! ```
//!
//! Some of its servers count years from 1900.

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
    let size = decimal(words.get(0)?)?;
    let (mut at, mut kind) = (1, Kind::File);
    loop {
        match words.get(at)? {
            b"DIR" => kind = Kind::Directory,
            attributes if attributes.iter().all(|letter| b"RHSA".contains(letter)) => {}
            _ => break,
        }
        at += 1;
    }
    let date = words.get(at)?;
    // VMS has lines that go on much alike, with the name of the month.
    if !date.contains(&b'-') || !date.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-') {
        return None;
    }
    let date = whole_date(date, Order::MonthFirst)?;
    let time = time_of_day(words.get(at + 1)?).filter(|time| time.second.is_none())?;
    // The name has a column of its own, which two spaces separate.
    let behind = words.behind(at + 1)?;
    let name = behind.strip_prefix(b"  ").or(behind.get(1..))?;
    let mut entry = Entry::new(Format::Os2, name, line);
    entry.kind = kind;
    // A directory has the size of its extended attributes there, or 0.
    entry.size = (kind == Kind::File).then_some(size);
    entry.modified = Stamp { date, time: Some(time), offset: None }.modified(now);
    Some(entry)
}
