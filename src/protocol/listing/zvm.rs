//! z/VM: the files of CMS, and those of its Byte File System.
//!
//! ```text
//! README   ANONYMOU V         71         26          1 1997-04-02 12:33:20 TCP291
//! WELCOME  EREADME  F         80         21          1 1999-12-27 16:19:00 -
//! AUTHORS           DIR        -          -          - 1999-09-20 10:31:11 -
//! 05/20/2000 13:38:19 F 1 65758 'bfsline.cpy'
//! ```
//!
//! The name of a file is two words, and the server takes it with a dot between them. The mode of the file may be a third one. Then
//! come the format and the length of records, records, blocks, date, time, and the label of the disk. Only files whose records all
//! have the same length tell how many bytes they have.

use super::dates::{Order, time_of_day, whole_date};
use super::entry::{Entry, Format, Kind};
use super::families::{Input, Reading, State};
use super::numbers::{decimal, short};
use super::time::{Date, Now, Stamp, century};
use super::words::Words;

pub(super) fn read<'a>(state: &mut State, input: Input<'a>) -> Reading<'a> {
    let words = Words::new(input.line);
    if words.get(0) == Some(b"Filename") && words.get(1) == Some(b"FileType") {
        return Reading::Note;
    }
    let entry = of_cms(input.line, &words, state.now).or_else(|| of_bytes(input.line, &words, state.now));
    entry.map_or(Reading::NotMine, Reading::Entry)
}

/// A file of CMS, or a directory. The format of the records is what the line is read by.
fn of_cms<'a>(line: &'a [u8], words: &Words<'a>, now: Now) -> Option<Entry<'a>> {
    const LONGEST: usize = 16;
    let is_name = |word: &&[u8]| word.len() <= LONGEST;
    // A type may be "V", too. Behind a format there are numbers.
    let is_number = |at: usize| words.get(at).is_some_and(|word| word == b"-" || decimal(word).is_some());
    let is_format = |&at: &usize| matches!(words.get(at), Some(b"F" | b"V" | b"DIR")) && is_number(at + 1);
    let format_at = (1..4).find(is_format)?;
    let numbers = [1, 2, 3].map(|behind| words.get(format_at + behind).unwrap_or(b""));
    let stamp = Stamp {
        date: date(words.get(format_at + 4)?)?,
        time: Some(time_of_day(words.get(format_at + 5)?)?),
        offset: None,
    };
    let name = words.get(0).filter(is_name)?;
    let mut entry = Entry::new(Format::Zvm, name, line);
    entry.modified = stamp.modified(now);
    let mode_at = if words.get(format_at)? == b"DIR" {
        entry.kind = Kind::Directory;
        numbers.iter().all(|word| *word == b"-").then_some(1)?
    } else {
        let [length, records, blocks] = numbers.map(decimal);
        let bytes = length?.checked_mul(records?).filter(|&bytes| i64::try_from(bytes).is_ok());
        blocks?;
        entry.kind = Kind::File;
        entry.size = bytes.filter(|_| words.get(format_at) == Some(b"F"));
        entry.name = [name, words.get(1).filter(is_name)?].join(&b'.').into();
        2
    };
    let has_mode = mode_at + 1 == format_at && is_mode(words.get(mode_at)?);
    let is_end = words.count() <= format_at + 7;
    (is_end && (has_mode || mode_at == format_at)).then_some(entry)
}

/// `A1`: the letter of a disk, and a number.
fn is_mode(word: &[u8]) -> bool {
    matches!(word, [b'A'..=b'Z', b'0'..=b'9'])
}

/// `1999-09-20`, or `9/16/91` with the month first. Some count the years from 1900: `1/03/102`.
fn date(word: &[u8]) -> Option<Date> {
    if word.len() == 10 && word.contains(&b'-') {
        return whole_date(word, Order::Unknown);
    }
    let mut parts = word.split(|&byte| byte == b'/');
    let (month, day, year) = (short(parts.next()?, 2)?, short(parts.next()?, 2)?, parts.next()?);
    let year = match (year.len(), short(year, 4)?) {
        (2, year) => century(year),
        (3, year @ 100..200) => 1900 + year,
        (4, year) => year,
        _ => return None,
    };
    parts.next().is_none().then_some(Date { year: Some(year), month, day })
}

/// A file of the Byte File System. Its name is in apostrophes.
fn of_bytes<'a>(line: &'a [u8], words: &Words<'a>, now: Now) -> Option<Entry<'a>> {
    const SIZE: usize = 4;
    let stamp = Stamp {
        date: words.get(0).filter(|date| date.len() == 10 && date.contains(&b'/')).and_then(date)?,
        time: Some(time_of_day(words.get(1)?)?),
        offset: None,
    };
    let name = words.behind(SIZE)?.trim_ascii().strip_prefix(b"'")?.strip_suffix(b"'")?;
    let mut entry = Entry::new(Format::Zvm, name, line);
    entry.modified = stamp.modified(now);
    match words.get(2)? {
        b"F" => {
            entry.kind = Kind::File;
            entry.size = Some(decimal(words.get(SIZE)?)?);
        }
        b"D" => entry.kind = Kind::Directory,
        _ => return None,
    }
    Some(entry)
}
