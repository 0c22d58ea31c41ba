//! The date in a line of `ls -l`, in all the ways in which it is written.

use super::super::dates::{Order, four_digits, time_of_day, whole_date, zone};
use super::super::months;
use super::super::numbers::short;
use super::super::time::{Date, Stamp};
use super::super::words::Words;
use super::asian;

/// How much of a date must be known. A line is read with the first of these that finds one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Known {
    /// The month is a name, or the whole date is one word.
    Month,
    /// The month is a number, as in `3 29 03:26`. A size and ids look much the same.
    Number,
    /// The month is a name in a language that is not known. The name of the file is still certain; the date is not.
    Nothing,
}

/// Where a date may begin: behind the permissions, the size, and one more column. So `1 may 12 2025` is no date where "may" owns
/// the file.
pub(in super::super) const FIRST_WORD: usize = 3;

/// A date, and what stands behind it.
pub(in super::super) struct Found<'a> {
    pub(in super::super) stamp: Stamp,
    pub(in super::super) name: &'a [u8],
    pub(in super::super) filling: Filling<'a>,
}

/// What the spaces around a year tell of its column.
#[derive(Clone, Copy)]
pub(in super::super) enum Filling<'a> {
    /// Nothing.
    Unknown,
    /// The column is as wide as the year: one space stands on each side.
    Narrow,
    /// The year stands at the left of a wider column, or its column is narrow and this is the name.
    Doubtful(&'a [u8]),
}

/// The date that begins with a word.
pub(in super::super) fn read<'a>(words: &Words<'a>, at: usize, known: Known) -> Option<Found<'a>> {
    let word = words.get(at)?;
    let starts_with_digit = word.first().is_some_and(u8::is_ascii_digit);
    match known {
        Known::Month if !starts_with_digit => {
            let month = || months::number(without_dot(word));
            month_first(words, at, month)
        }
        Known::Month => one_word(words, at, word)
            .or_else(|| month_and_day(words, at, word))
            .or_else(|| asian::read(words, at))
            .or_else(|| day_first(words, at, months::number)),
        Known::Number => numbers(words, at),
        Known::Nothing if starts_with_digit => day_first(words, at, |name| is_name(name).then_some(0)),
        Known::Nothing => month_first(words, at, || is_name(without_dot(word)).then_some(0)),
    }
}

/// Whether a word looks like a part of a date, also of one that is not possible.
pub(super) fn is_of_date(word: &[u8]) -> bool {
    let is_time = word.first().is_some_and(u8::is_ascii_digit) && word.contains(&b':');
    is_time || four_digits(word).is_some() || months::number(without_dot(word)).is_some()
}

/// `Jan 29 03:26`, `Jan 29  2025`, `Jan 29 03:26:11 2025` of `ls -T`, and `Oct 08, 2002 09:47` of VShell.
fn month_first<'a>(words: &Words<'a>, at: usize, month: impl Fn() -> Option<u32>) -> Option<Found<'a>> {
    let day = words.get(at + 1)?;
    let date = Date { year: None, day: day_number(day)?, month: 0 };
    time_or_year(words, at + 2, day.ends_with(b","), || Some(Date { month: month()?, ..date }))
}

/// `29 Jan 03:26`, `26. Juli, 20:10`, `2.   Okt.  2003`.
fn day_first<'a>(words: &Words<'a>, at: usize, month: impl Fn(&[u8]) -> Option<u32>) -> Option<Found<'a>> {
    let day = day_number(words.get(at)?)?;
    let name = without_dot(words.get(at + 1)?);
    time_or_year(words, at + 2, false, || Some(Date { year: None, day, month: month(name)? }))
}

/// `3 29 03:26`. Where both numbers may be months, nobody knows the date.
fn numbers<'a>(words: &Words<'a>, at: usize) -> Option<Found<'a>> {
    let month = short(words.get(at)?, 2).filter(|month| (1..=12).contains(month))?;
    let day = day_number(words.get(at + 1)?)?;
    time_of_day(words.get(at + 2)?)?;
    let is_certain = day > 12 || day == month;
    time_or_year(words, at + 2, false, || {
        Some(Date { year: None, month: if is_certain { month } else { 0 }, day })
    })
}

/// What follows day and month: a time of day within half a year of now, or a year. `date` is asked only where there is either.
fn time_or_year<'a>(
    words: &Words<'a>,
    at: usize,
    has_year_and_time: bool,
    date: impl Fn() -> Option<Date>,
) -> Option<Found<'a>> {
    let word = words.get(at)?;
    if let Some(time) = time_of_day(word) {
        let date = date()?;
        let year = if time.second.is_some() { words.get(at + 1).and_then(four_digits) } else { None };
        let last = if year.is_some() { at + 1 } else { at };
        return found(words, last, Stamp { date: Date { year, ..date }, time: Some(time), offset: None });
    }
    if is_narrow_time(word) {
        let date = Date { month: 0, ..date()? };
        return found(words, at, Stamp { date, time: None, offset: None });
    }
    let year = four_digits(without_dot(word))?;
    let date = Date { year: Some(year), ..date()? };
    if has_year_and_time && let Some(time) = words.get(at + 1).and_then(time_of_day) {
        return found(words, at + 1, Stamp { date, time: Some(time), offset: None });
    }
    let read = found(words, at, Stamp { date, time: None, offset: None })?;
    Some(without_filling(words, at, read))
}

/// `Feb 18 2005  name`: some servers write the year at the left of its column, which is as wide as a time of day. So one space
/// stands before it, and two behind it. Others write `Feb 18 2005 name`, whose name may begin with a space.
fn without_filling<'a>(words: &Words<'a>, year: usize, found: Found<'a>) -> Found<'a> {
    let is_close = words.behind(year - 1).is_some_and(|gap| gap.starts_with(b" ") && !gap.starts_with(b"  "));
    match found.name {
        [b' ', name @ ..] if is_close && name.first().is_some_and(|&first| first != b' ') => {
            Found { name, filling: Filling::Doubtful(found.name), ..found }
        }
        [first, ..] if is_close && *first != b' ' => Found { filling: Filling::Narrow, ..found },
        _ => found,
    }
}

/// `2005-06-07 21:22`, `2005-06-07 21:22:11.000000000 +0100`, `2005-06-07  name`, `24-04-2003 17:12`, `01-jun-99`.
fn one_word<'a>(words: &Words<'a>, at: usize, word: &'a [u8]) -> Option<Found<'a>> {
    let date = whole_date(word, Order::Unknown)?;
    let behind = words.behind(at)?;
    // GNU's `--time-style=iso` puts a second space in the place of a time.
    let time = if behind.starts_with(b"  ") { None } else { words.get(at + 1).and_then(time_of_day) };
    let Some(time) = time else {
        let is_gnu = word.get(4) == Some(&b'-');
        let name = if is_gnu {
            behind.strip_prefix(b"  ").or(behind.get(1..))
        } else {
            Some(behind.trim_ascii_start())
        };
        let stamp = Stamp { date, time: None, offset: None };
        return Some(Found { stamp, name: name?, filling: Filling::Unknown });
    };
    let offset = if time.second.is_some() { words.get(at + 2).and_then(zone) } else { None };
    let last = if offset.is_some() { at + 2 } else { at + 1 };
    found(words, last, Stamp { date, time: Some(time), offset })
}

/// `09-26 13:45` of `--time-style=iso`, and `09-26 2000`.
fn month_and_day<'a>(words: &Words<'a>, at: usize, word: &'a [u8]) -> Option<Found<'a>> {
    let &[a, b, b'-', c, d] = word else { return None };
    let (first, second) = (short(&[a, b], 2)?, short(&[c, d], 2)?);
    let (month, day) = if first > 12 { (second, first) } else { (first, second) };
    time_or_year(words, at + 1, false, || Some(Date { year: None, month, day }))
}

pub(super) fn found<'a>(words: &Words<'a>, last: usize, stamp: Stamp) -> Option<Found<'a>> {
    Some(Found { stamp, name: words.name_behind(last)?, filling: Filling::Unknown })
}

/// `00:0`: a digit of the minute is missing, and nobody knows which.
fn is_narrow_time(word: &[u8]) -> bool {
    matches!(word, [hour @ .., b':', minute] if minute.is_ascii_digit() && short(hour, 2).is_some_and(|hour| hour < 24))
}

fn day_number(word: &[u8]) -> Option<u32> {
    let digits = word.strip_suffix(b",").or(word.strip_suffix(b".")).unwrap_or(word);
    short(digits, 2).filter(|day| (1..=31).contains(day))
}

/// Short names end with a dot in some languages, and servers add commas.
fn without_dot(word: &[u8]) -> &[u8] {
    let word = word.strip_suffix(b",").unwrap_or(word);
    word.strip_suffix(b".").unwrap_or(word)
}

/// Whether a word could be the name of a month: letters, ASCII or not.
fn is_name(word: &[u8]) -> bool {
    word.len() >= 2 && word.iter().all(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii())
}
