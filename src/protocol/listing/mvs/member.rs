//! Members of a partitioned data set, with and without statistics, and load modules.

use super::super::dates::time_of_day;
use super::super::numbers::short;
use super::super::time::{Date, Stamp, century};
use super::super::words::Words;

/// The name of a member, and when it was changed.
///
/// `is_among_members`: the lines before were members. A name alone is one only then.
pub(super) fn read<'a>(words: &Words<'a>, is_among_members: bool) -> Option<(&'a [u8], Option<Stamp>)> {
    const LONGEST: usize = 8;
    let name = words.get(0)?;
    if words.count() == 1 {
        let is_name = |byte: &u8| {
            byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'@' | b'#' | b'$')
        };
        let is_member = is_among_members && name.len() <= LONGEST && name.iter().all(is_name);
        return is_member.then_some((name, None));
    }
    if let Some(stamp) = statistics(words) {
        return Some((name, Some(stamp)));
    }
    is_load_module(words).then_some((name, None))
}

/// `01.01 2018/09/07 2018/09/07 03:52    13    13     0 USER`: version, created, changed, and lines.
fn statistics(words: &Words<'_>) -> Option<Stamp> {
    let (version, release) = words.get(1)?.split_at_checked(2)?;
    short(version, 2)?;
    short(release.strip_prefix(b".")?, 2)?;
    date(words.get(2)?)?;
    let date = date(words.get(3)?)?;
    let time = time_of_day(words.get(4)?)?;
    for at in 5..8 {
        short(words.get(at)?, 8)?;
    }
    (words.count() <= 9).then_some(Stamp { date, time: Some(time), offset: None })
}

/// `2018/09/07`, or `89/04/19`: the year always comes first.
fn date(word: &[u8]) -> Option<Date> {
    let mut parts = word.split(|&byte| byte == b'/');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let year = match year.len() {
        2 => century(short(year, 2)?),
        4 => short(year, 4)?,
        _ => return None,
    };
    if parts.next().is_some() || month.len() != 2 || day.len() != 2 {
        return None;
    }
    Some(Date { year: Some(year), month: short(month, 2)?, day: short(day, 2)? })
}

/// `0009F0 000A11 TEXTTR   00 FO   31    ANY`: the size in memory, a place on the disk, what it is an alias of, and attributes.
fn is_load_module(words: &Words<'_>) -> bool {
    let is_hexadecimal = |at: usize, lengths: std::ops::RangeInclusive<usize>| {
        words
            .get(at)
            .is_some_and(|word| lengths.contains(&word.len()) && word.iter().all(is_upper_hexadecimal))
    };
    let has_code = is_hexadecimal(3, 2..=2) || is_hexadecimal(4, 2..=2);
    is_hexadecimal(1, 6..=8) && is_hexadecimal(2, 6..=6) && has_code && words.count() >= 6
}

fn is_upper_hexadecimal(byte: &u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'A'..=b'F')
}
