//! Chameleon of NetManage and SuperTCP of Frontier, on Windows: the name comes first.
//!
//! ```text
//! INSTALL         <DIR>      Nov 16 1994 17:17
//! DESIGN1.DOC     11264      May 11 1995 14:20   A
//! TESTDI~1     <DIR>     11-29-2004  22:16 Test Dir
//! ```
//!
//! A name in the first column is one of DOS. A long name may stand at the end.

use super::dates::{Order, four_digits, time_of_day, whole_date};
use super::entry::{Entry, Format, Kind};
use super::families::{Input, Reading, State};
use super::months;
use super::numbers::{decimal, short};
use super::time::{Date, Now, Stamp, Time};
use super::words::Words;

pub(super) fn read<'a>(state: &mut State, input: Input<'a>) -> Reading<'a> {
    let words = Words::new(input.line);
    entry(input.line, &words, state.now).map_or(Reading::NotMine, Reading::Entry)
}

fn entry<'a>(line: &'a [u8], words: &Words<'a>, now: Now) -> Option<Entry<'a>> {
    let name = words.get(0).filter(|name| is_dos_name(name))?;
    let size = words.get(1)?;
    let (date, time_at) = match words.get(2).and_then(months::number) {
        Some(month) => {
            let (day, year) = (short(words.get(3)?, 2)?, four_digits(words.get(4)?)?);
            (Date { year: Some(year), month, day }, 5)
        }
        None => (
            words
                .get(2)
                .filter(|word| is_numeric(word))
                .and_then(|word| whole_date(word, Order::MonthFirst))?,
            3,
        ),
    };
    let stamp = Stamp { date, time: Some(to_the_minute(words.get(time_at)?)?), offset: None };
    let rest = words.name_behind(time_at).unwrap_or(b"");
    let name = match rest.trim_ascii() {
        b"" => name,
        // With the name of a month come attributes, with its number a long name.
        attributes if time_at == 5 => {
            let is_letter = |byte: &u8| b"RHSArwahsd-".contains(byte);
            (attributes.len() <= 5 && attributes.iter().all(is_letter)).then_some(name)?
        }
        _ => rest.trim_ascii_end(),
    };
    let mut entry = Entry::new(Format::Chameleon, name, line);
    entry.modified = stamp.modified(now);
    if size == b"<DIR>" {
        entry.kind = Kind::Directory;
    } else {
        entry.kind = Kind::File;
        entry.size = Some(decimal(size)?);
    }
    Some(entry)
}

/// Eight characters, a dot and three.
fn is_dos_name(name: &[u8]) -> bool {
    const LONGEST: usize = 12;
    name.len() <= LONGEST && !name.iter().any(|byte| b"/\\:;,*?\"<>|[]()".contains(byte))
}

/// `11-21-94` or `11/21/1994`.
fn is_numeric(date: &[u8]) -> bool {
    date.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'/'))
}

/// Both write no seconds. Other formats that have words in this order do.
fn to_the_minute(word: &[u8]) -> Option<Time> {
    time_of_day(word).filter(|time| time.second.is_none())
}
