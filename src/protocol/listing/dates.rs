//! Dates and times of day that are one word. Many formats have them.

use super::months;
use super::numbers::{pair, short};
use super::time::{Date, Time, century};

/// Which number comes first in a date such as `04-05-03`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    MonthFirst,
    DayFirst,
    /// Only the numbers themselves may tell. Where they do not, nobody knows the day.
    Unknown,
}

/// What stands for a date that nobody can tell. No calendar has it, so its moment is unknown.
pub(super) const UNKNOWN: Date = Date { year: Some(0), month: 0, day: 0 };

/// A date of three parts, with `-`, `/` or `.` between them.
///
/// - `2005-06-07`, and `99/10/12` where the first number can be only a year.
/// - `24.04.2003`: with dots, the day comes first.
/// - `01-jun-99` and `Feb-28-1998`.
/// - `04-27-00`, in this order or in that of the numbers. `04-23-103` is from servers that count the years from 1900.
pub(super) fn whole_date(word: &[u8], order: Order) -> Option<Date> {
    let separator = *word.iter().find(|byte| matches!(byte, b'-' | b'/' | b'.'))?;
    let mut parts = word.split(|&byte| byte == separator);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    if let Some(year) = four_digits(first) {
        let month = number_or_name(second)?;
        return possible(Date { year: Some(year), month, day: short(third, 2)? });
    }
    if let Some(month) = months::number(second) {
        return possible(Date { year: Some(year(third)?), month, day: short(first, 2)? });
    }
    if let Some(month) = months::number(first) {
        return possible(Date { year: Some(year(third)?), month, day: short(second, 2)? });
    }
    let (first, second) = (short(first, 2)?, short(second, 2)?);
    if first > 31 && third.len() == 2 {
        return possible(Date { year: Some(century(first)), month: second, day: short(third, 2)? });
    }
    let year = Some(year(third)?);
    let (month, day) = match order {
        _ if separator == b'.' || first > 12 => (second, first),
        Order::DayFirst if second <= 12 => (second, first),
        Order::Unknown if second <= 12 && first != second => return Some(UNKNOWN),
        _ => (first, second),
    };
    possible(Date { year, month, day })
}

/// Which of the first two numbers of the date is the month that a line begins with, where they tell it. None: either may be, or the
/// year comes first.
pub(super) fn order(line: &[u8]) -> Option<Order> {
    let &[a, b, separator, c, d, end, ..] = line else { return None };
    if separator != end || !matches!(separator, b'-' | b'/') {
        return None;
    }
    match (short(&[a, b], 2)?, short(&[c, d], 2)?) {
        (1..=12, 13..=31) => Some(Order::MonthFirst),
        (13..=31, 1..=12) => Some(Order::DayFirst),
        _ => None,
    }
}

/// A year: of four digits, of two, or of three that count from 1900.
fn year(digits: &[u8]) -> Option<u32> {
    match digits.len() {
        2 => short(digits, 2).map(century),
        3 => short(digits, 3).filter(|&years| (100..200).contains(&years)).map(|years| 1900 + years),
        _ => four_digits(digits),
    }
}

/// A year of four digits. A number below 1900 is something else.
pub(super) fn four_digits(digits: &[u8]) -> Option<u32> {
    if digits.len() == 4 { short(digits, 4).filter(|&year| year >= 1900) } else { None }
}

fn number_or_name(word: &[u8]) -> Option<u32> {
    short(word, 2).or_else(|| months::number(word))
}

fn possible(date: Date) -> Option<Date> {
    ((1..=12).contains(&date.month) && (1..=31).contains(&date.day)).then_some(date)
}

/// A time of day: `3:26`, `03:26`, `03:26:11`, `03:26:11.25`, and with `AM`, `PM`, `A` or `P` behind it.
pub(super) fn time_of_day(word: &[u8]) -> Option<Time> {
    if let &[a, b, b':', c, d] = word {
        let time = Time::new(pair(&[a, b])?, pair(&[c, d])?);
        return time.is_possible().then_some(time);
    }
    let (digits, half) = word.split_at_checked(word.iter().rposition(u8::is_ascii_digit)? + 1)?;
    let mut parts = digits.split(|&byte| byte == b':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() || minute.len() != 2 {
        return None;
    }
    let mut time = Time::new(short(hour, 2)?, short(minute, 2)?);
    if let Some(second) = second {
        let (whole, fraction) = second.split_at_checked(2)?;
        time.second = Some(short(whole, 2)?);
        time.nanosecond = match fraction {
            [] => None,
            [b'.' | b',', digits @ ..] => Some(nanoseconds(digits)?),
            _ => return None,
        };
    }
    let time = if half.is_empty() { time } else { in_half(time, half)? };
    time.is_possible().then_some(time)
}

/// A time on a clock of twelve hours, in the half of the day that the word names.
pub(super) fn in_half(time: Time, half: &[u8]) -> Option<Time> {
    let is = |word: &[u8]| half.eq_ignore_ascii_case(word);
    let noon = if is(b"AM") || is(b"A") {
        0
    } else if is(b"PM") || is(b"P") {
        12
    } else {
        return None;
    };
    (1..=12).contains(&time.hour).then_some(Time { hour: time.hour % 12 + noon, ..time })
}

/// The digits of a fraction of a second. More than nine are cut off.
pub(super) fn nanoseconds(digits: &[u8]) -> Option<u32> {
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let known = short(digits.get(..9).unwrap_or(digits), 9)?;
    let missing = u32::try_from(9_usize.saturating_sub(digits.len())).ok()?;
    known.checked_mul(10_u32.checked_pow(missing)?)
}

/// What a zone such as `+0100` is ahead of UTC, in seconds.
pub(super) fn zone(word: &[u8]) -> Option<i64> {
    let (sign, digits) = match word {
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    if digits.len() != 4 {
        return None;
    }
    let number = short(digits, 4)?;
    let (hours, minutes) = (number / 100, number % 100);
    (hours <= 15 && minutes < 60).then(|| sign * i64::from(hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(year: u32, month: u32, day: u32) -> Option<Date> {
        Some(Date { year: Some(year), month, day })
    }

    #[test]
    fn dates_are_read_where_they_can_be_told() {
        for (word, expected) in [
            ("2005-06-07", date(2005, 6, 7)),
            ("1999/10/12", date(1999, 10, 12)),
            ("2004.07.15", date(2004, 7, 15)),
            ("2004-Jul-15", date(2004, 7, 15)),
            ("24-04-2003", date(2003, 4, 24)),
            ("04.05.2003", date(2003, 5, 4)),
            ("04-05-2003", Some(UNKNOWN)),
            ("05-05-2003", date(2003, 5, 5)),
            ("04-25-2003", date(2003, 4, 25)),
            ("01-jun-99", date(1999, 6, 1)),
            ("Feb-28-1998", date(1998, 2, 28)),
            ("99/10/12", date(1999, 10, 12)),
            ("32/10/12", date(2032, 10, 12)),
            ("31/10/12", date(2012, 10, 31)),
            ("04-23-103", date(2003, 4, 23)),
            ("2005-13-07", None),
            ("2005-06-32", None),
            ("2005-06", None),
            ("2005-06-07-08", None),
            ("1.2.3", None),
            ("a-b-c", None),
            ("", None),
        ] {
            assert_eq!(whole_date(word.as_bytes(), Order::Unknown), expected, "{word}");
        }
        assert_eq!(whole_date(b"04-05-03", Order::MonthFirst), date(2003, 4, 5));
        assert_eq!(whole_date(b"27-04-00", Order::MonthFirst), date(2000, 4, 27));
        assert_eq!(whole_date(b"04-05-03", Order::DayFirst), date(2003, 5, 4));
        assert_eq!(whole_date(b"04-25-03", Order::DayFirst), date(2003, 4, 25));
    }

    #[test]
    fn a_line_of_dos_tells_the_order_where_one_number_can_be_no_month() {
        for (line, expected) in [
            ("04-27-00  12:09PM", Some(Order::MonthFirst)),
            ("27/04/2000  12:09", Some(Order::DayFirst)),
            ("04-05-00  12:09PM", None),
            ("27-04/2000  12:09", None),
            ("27.04.2000  12:09", None),
            ("27-04", None),
        ] {
            assert_eq!(order(line.as_bytes()), expected, "{line}");
        }
    }

    #[test]
    fn times_of_day_are_read() {
        let time = |hour, minute| Some(Time::new(hour, minute));
        for (word, expected) in [
            ("03:26", time(3, 26)),
            ("3:26", time(3, 26)),
            ("12:09PM", time(12, 9)),
            ("12:09am", time(0, 9)),
            ("03:47P", time(15, 47)),
            ("13:00PM", None),
            ("0:10AM", None),
            ("24:00", Some(Time::new(24, 0))),
            ("24:01", None),
            ("25:00", None),
            ("03:60", None),
            ("03:5", None),
            ("03", None),
            (":26", None),
            ("03:26:", None),
            ("03:26:1", None),
            ("03:26:11:12", None),
            ("24:00:01", None),
            ("03:60:00", None),
            ("03:26:61", None),
            ("03:26:11.", None),
            ("03:26:11.123456789x", None),
            ("PM", None),
        ] {
            assert_eq!(time_of_day(word.as_bytes()), expected, "{word}");
        }
        let exact = Time { second: Some(11), ..Time::new(3, 26) };
        assert_eq!(time_of_day(b"03:26:11"), Some(exact));
        assert_eq!(time_of_day(b"03:26:60"), Some(Time { second: Some(60), ..exact }), "a leap second");
        let finer = Time { nanosecond: Some(250_000_000), ..exact };
        assert_eq!(time_of_day(b"03:26:11.25"), Some(finer));
        assert_eq!(time_of_day(b"03:26:11.250000000999"), Some(finer));
    }

    #[test]
    fn zones_are_read() {
        assert_eq!(zone(b"+0100"), Some(3600));
        assert_eq!(zone(b"-0930"), Some(-34_200));
        for word in ["0100", "+100", "+0160", "+1600", "+01:0", "-x"] {
            assert_eq!(zone(word.as_bytes()), None, "{word}");
        }
    }
}
