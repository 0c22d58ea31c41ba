//! Dates in which numbers have units behind them: year, month and day in Chinese, Japanese and Korean.
//!
//! ```text
//! 4月 18日 2003年        HP-UX, in Shift-JIS
//! 2005년  1월  6일       Solaris
//! 1月 29 03:26           GNU
//! 1月 29  2025           GNU
//! ```

use super::super::dates::{four_digits, time_of_day};
use super::super::numbers::short;
use super::super::time::{Date, Stamp};
use super::super::words::Words;
use super::date::{Found, found};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Year,
    Month,
    Day,
}

/// In UTF-8, GBK, Shift-JIS, EUC-JP, Big5, EUC-KR.
const UNITS: [(&[u8], Unit); 22] = [
    (b"\xe5\xb9\xb4", Unit::Year),
    (b"\xeb\x85\x84", Unit::Year),
    (b"\xc4\xea", Unit::Year),
    (b"\x94N", Unit::Year),
    (b"\xc7\xaf", Unit::Year),
    (b"\xa6~", Unit::Year),
    (b"\xb3\xe2", Unit::Year),
    (b"\xe6\x9c\x88", Unit::Month),
    (b"\xec\x9b\x94", Unit::Month),
    (b"\xd4\xc2", Unit::Month),
    (b"\x8c\x8e", Unit::Month),
    (b"\xb7\xee", Unit::Month),
    (b"\xa4\xeb", Unit::Month),
    (b"\xbf\xf9", Unit::Month),
    // Two that FileZilla's tests have, of unknown origin.
    (b"\xed\xef", Unit::Month),
    (b"\xed", Unit::Month),
    (b"\xe6\x97\xa5", Unit::Day),
    (b"\xec\x9d\xbc", Unit::Day),
    (b"\xc8\xd5", Unit::Day),
    (b"\x93\xfa", Unit::Day),
    (b"\xc6\xfc", Unit::Day),
    (b"\xa4\xe9", Unit::Day),
];

/// The date that begins with a word. None: its month has no unit.
pub(super) fn read<'a>(words: &Words<'a>, at: usize) -> Option<Found<'a>> {
    let mut date = Parts::default();
    for last in at.. {
        date.take(words.get(last)?)?;
        let (Some(month), Some(day)) = (date.month, date.day) else { continue };
        // "2003 3月 20" may also be a size and the day of a date that goes on.
        let is_year_a_size = words.get(at).and_then(four_digits).is_some();
        if is_year_a_size && words.get(last + 1).and_then(four_digits).is_some() {
            return None;
        }
        let time = words.get(last + 1).and_then(time_of_day);
        let stamp = |time| Stamp { date: Date { year: date.year, month, day }, time, offset: None };
        match (date.year, time) {
            (None, Some(_)) => return found(words, last + 1, stamp(time)),
            (None, None) => {}
            // Whether this is the time, or the beginning of the name, nobody knows.
            (Some(_), Some(_)) => return None,
            (Some(_), None) => return found(words, last, stamp(None)),
        }
    }
    None
}

#[derive(Default)]
struct Parts {
    year: Option<u32>,
    month: Option<u32>,
    day: Option<u32>,
}

impl Parts {
    /// Takes one word, such as `2005年`, `1月29日`, `29` or `2005`. None: it is no part of a date.
    fn take(&mut self, mut word: &[u8]) -> Option<()> {
        while !word.is_empty() {
            let length = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (digits, rest) = word.split_at_checked(length)?;
            let number = short(digits, 4)?;
            let unit = UNITS.iter().find(|(unit, _)| rest.starts_with(unit));
            let place = match unit {
                Some((_, Unit::Year)) => &mut self.year,
                Some((_, Unit::Month)) => &mut self.month,
                Some((_, Unit::Day)) => &mut self.day,
                None if digits.len() == 4 => &mut self.year,
                // Only the month always has its unit.
                None if self.month.is_some() => &mut self.day,
                None => return None,
            };
            if place.replace(number).is_some() {
                return None;
            }
            word = rest.get(unit.map_or(0, |(unit, _)| unit.len())..)?;
        }
        let is_possible = self.year.is_none_or(|year| (1900..=9999).contains(&year))
            && self.month.is_none_or(|month| (1..=12).contains(&month))
            && self.day.is_none_or(|day| (1..=31).contains(&day));
        is_possible.then_some(())
    }
}
