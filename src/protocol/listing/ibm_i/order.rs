//! The order of day, month and year, which the dates of a listing have in common.
//!
//! Three orders are possible. Each date rules out those in which it is none: `05/20/15` has the month first. A date that is still to
//! come rules out an order, too, but only where the lines have several dates: a single file may come from a clock that is wrong.
//! Where the orders that are left tell different days, nobody knows the day.

use super::super::families::Input;
use super::super::time::{Date, Now, Stamp};
use super::{Columns, two};

/// The lines that are looked at before the first date is told, however they arrive.
const LOOK_AHEAD: usize = 100;

const DAY_IN_NANOSECONDS: i128 = 86_400 * 1_000_000_000;

/// The three numbers of a date, as they stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Numbers([u32; 3]);

/// An order, by what comes first: year, month, day; month, day, year; day, month, year.
#[derive(Clone, Copy, Debug)]
enum First {
    Year,
    Month,
    Day,
}

const ORDERS: [First; 3] = [First::Year, First::Month, First::Day];

/// What the lines so far tell about the order.
#[derive(Debug, Default)]
pub(in super::super) struct Memory {
    has_looked_ahead: bool,
    /// The first date, and whether there is another one.
    first: Option<Numbers>,
    has_several: bool,
    /// For each order: it has made a day of some date that no calendar has, or one that is still to come.
    is_impossible: [bool; 3],
    is_ahead: [bool; 3],
}

impl Numbers {
    /// `04/03/24`, or with `-`, `.` or `,` for the slashes.
    pub(super) fn read(word: &[u8]) -> Option<Self> {
        let separator = *word.get(2).filter(|byte| matches!(byte, b'/' | b'-' | b'.' | b','))?;
        let mut parts = word.split(|&byte| byte == separator);
        let numbers = [two(parts.next()?)?, two(parts.next()?)?, two(parts.next()?)?];
        parts.next().is_none().then_some(Numbers(numbers))
    }

    fn date(self, order: First) -> Date {
        let Numbers([first, second, third]) = self;
        let (year, month, day) = match order {
            First::Year => (first, second, third),
            First::Month => (third, first, second),
            First::Day => (third, second, first),
        };
        // On this system, 40 is 1940.
        let century = if year < 40 { 2000 } else { 1900 };
        Date { year: Some(century + year), month, day }
    }
}

impl Memory {
    /// Takes in the date of a line, and at the first line those of the lines that follow it. False: they have not come yet.
    pub(super) fn learn(&mut self, input: Input<'_>, now: Now) -> bool {
        let is_end = |byte: &&u8| **byte == b'\n';
        let (text, count) = if self.has_looked_ahead {
            (input.line, 1)
        } else if input.is_whole || input.text.iter().filter(is_end).count() >= LOOK_AHEAD {
            (input.text, LOOK_AHEAD)
        } else {
            return false;
        };
        self.has_looked_ahead = true;
        let lines = text.split(|byte| is_end(&byte)).take(count);
        for (numbers, _) in lines.filter_map(|line| Columns::read(line.trim_ascii_end())?.date) {
            self.has_several |= *self.first.get_or_insert(numbers) != numbers;
            for (index, order) in ORDERS.into_iter().enumerate() {
                let moment = moment(numbers.date(order), now);
                mark(&mut self.is_impossible, index, moment.is_none());
                mark(&mut self.is_ahead, index, moment.is_some_and(|moment| is_ahead(moment, now)));
            }
        }
        true
    }

    /// The day that all orders tell that are left.
    pub(super) fn date(&self, numbers: Numbers, now: Now) -> Option<Date> {
        let mut found: Option<Date> = None;
        for (index, order) in ORDERS.into_iter().enumerate() {
            let is_ahead = self.is_ahead.get(index).is_some_and(|&is| is && self.has_several);
            if is_ahead || self.is_impossible.get(index).is_none_or(|&is| is) {
                continue;
            }
            let date = numbers.date(order);
            if found.is_some_and(|found| found != date) || moment(date, now).is_none() {
                return None;
            }
            found = Some(date);
        }
        found
    }
}

fn mark(marks: &mut [bool; 3], index: usize, is: bool) {
    if let Some(mark) = marks.get_mut(index) {
        *mark |= is;
    }
}

/// The beginning of a day, or None where no calendar has it.
fn moment(date: Date, now: Now) -> Option<i64> {
    Some(Stamp { date, time: None, offset: None }.modified(now)?.nanoseconds)
}

/// More than a day ahead: the server's clock may be ahead by that much.
fn is_ahead(moment: i64, now: Now) -> bool {
    let clock = i128::from(now.seconds) + i128::from(now.offset.unwrap_or(0));
    i128::from(moment) > clock * 1_000_000_000 + DAY_IN_NANOSECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_digits_below_40_are_of_this_century() {
        let year = |word: &[u8]| Numbers::read(word).unwrap().date(First::Year).year;
        assert_eq!((year(b"39/12/31"), year(b"40/01/01")), (Some(2039), Some(1940)));
    }

    #[test]
    fn a_clock_may_be_a_day_ahead() {
        let now = Now { seconds: 1000, offset: Some(3600) };
        let limit = (1000 + 3600 + 86_400) * 1_000_000_000;
        assert!(!is_ahead(limit, now));
        assert!(is_ahead(limit + 1, now));
    }
}
