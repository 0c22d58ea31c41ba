//! Times in listings: what a server has written down, as a moment.
//!
//! Nothing here asks a clock: [`Now`] is given.

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const SECOND_IN_NANOSECONDS: i64 = 1_000_000_000;

/// How long before now a time without a year may be. `ls` and the servers write the time of day for half a year, counted as 180
/// to 183 days, and the year before that. A week is for clocks and months that are counted in another way.
const RECENT: i64 = 190 * DAY;
/// How long after now: the server's clock may be ahead, and its zone is up to 14 hours away from UTC.
const SKEW: i64 = DAY;

/// The clock of the server, for years that are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Since 1970, in UTC.
    pub seconds: i64,
    /// What the clock of the server shows when it is 0:00 in UTC, in seconds, once that is known.
    pub offset: Option<i64>,
}

/// How exactly a time is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// The listing tells the day only. It is that of the zone.
    Day,
    /// To the minute.
    Minute,
    /// To the second.
    Second,
    /// The listing tells a fraction of the second.
    Subsecond,
}

/// The zone of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Coordinated universal time.
    Utc,
    /// That of the server, which the listing does not tell.
    Server,
}

/// When an entry was last changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modified {
    /// Since 1970-01-01 0:00, on the clock of the zone.
    pub nanoseconds: i64,
    /// How exactly this is known.
    pub precision: Precision,
    /// Which clock shows it.
    pub zone: Zone,
}

/// A date, as far as a listing tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Date {
    /// None: left out, and within half a year of now.
    pub(super) year: Option<u32>,
    pub(super) month: u32,
    pub(super) day: u32,
}

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time {
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: Option<u32>,
    pub(super) nanosecond: Option<u32>,
}

/// A date and what else a line tells of a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) date: Date,
    pub(super) time: Option<Time>,
    /// What the zone is ahead of UTC, in seconds, where the line says so.
    pub(super) offset: Option<i64>,
}

impl Time {
    pub(super) fn new(hour: u32, minute: u32) -> Self {
        Time { hour, minute, second: None, nanosecond: None }
    }

    /// RFC 3659 allows the leap second 60, which becomes the next minute. Some servers call the end of a day 24:00.
    pub(super) fn is_possible(self) -> bool {
        let is_end_of_day = self.hour == 24 && self.seconds() == DAY && self.nanosecond.unwrap_or(0) == 0;
        is_end_of_day || self.hour < 24 && self.minute < 60 && self.second.unwrap_or(0) <= 60
    }

    fn precision(self) -> Precision {
        match (self.second, self.nanosecond) {
            (None, _) => Precision::Minute,
            (Some(_), None) => Precision::Second,
            (Some(_), Some(_)) => Precision::Subsecond,
        }
    }

    /// This time on a day that is counted from 1970, and on a clock that is ahead of UTC. None: there is no such time.
    pub(super) fn on(self, day: i64, offset: Option<i64>) -> Option<Modified> {
        if !self.is_possible() {
            return None;
        }
        let seconds = day * DAY + self.seconds() - offset.unwrap_or(0);
        let nanoseconds = seconds
            .checked_mul(SECOND_IN_NANOSECONDS)?
            .checked_add(i64::from(self.nanosecond.unwrap_or(0)))?;
        let zone = if offset.is_some() { Zone::Utc } else { Zone::Server };
        Some(Modified { nanoseconds, precision: self.precision(), zone })
    }

    fn seconds(self) -> i64 {
        i64::from(self.hour) * HOUR + i64::from(self.minute) * MINUTE + i64::from(self.second.unwrap_or(0))
    }
}

impl Stamp {
    /// The moment, or None where there is no such date, or where its year cannot be known.
    ///
    /// With the offset of the server, a time of its zone becomes one in UTC. A day stays one of the server's zone: it is no
    /// moment, and in UTC it might be another day.
    pub(super) fn modified(self, now: Now) -> Option<Modified> {
        let day = match self.date.year {
            Some(year) => days(year, self.date.month, self.date.day)?,
            None => self.day_near(now)?,
        };
        match self.time {
            Some(time) => time.on(day, self.offset.or(now.offset)),
            None => {
                let nanoseconds = (day * DAY).checked_mul(SECOND_IN_NANOSECONDS)?;
                Some(Modified { nanoseconds, precision: Precision::Day, zone: Zone::Server })
            }
        }
    }

    /// The day of this date that is at most half a year before now, or a day after it.
    ///
    /// There is at most one. A date further back is from a server that has rules of its own: FreeBSD's `ls` leaves out the year for
    /// half a year to come, pyftpdlib for all time to come, and some servers always do. Nobody can tell these apart.
    fn day_near(self, now: Now) -> Option<i64> {
        let clock = now.seconds.checked_add(now.offset.unwrap_or(0))?;
        let this_year = year_of(clock.div_euclid(DAY))?;
        let time = self.time.map_or(0, Time::seconds);
        [this_year + 1, this_year, this_year.checked_sub(1)?].into_iter().find_map(|year| {
            days(year, self.date.month, self.date.day).filter(|day| {
                let ago = clock.saturating_sub(day * DAY + time);
                (-SKEW..=RECENT).contains(&ago)
            })
        })
    }
}

/// The days from 1970-01-01 to a date of the Gregorian calendar, or None where there is no such date.
pub(super) fn days(year: u32, month: u32, day: u32) -> Option<i64> {
    if !(1..=9999).contains(&year) || day == 0 || day > days_of_month(year, month)? {
        return None;
    }
    // Years that begin in March, so that the leap day is the last one.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before = i64::from(year) * 365 + i64::from(year / 4) - i64::from(year / 100) + i64::from(year / 400);
    let in_year = (153 * month + 2) / 5 + day - 1;
    Some(before + i64::from(in_year) - 719_468)
}

fn days_of_month(year: u32, month: u32) -> Option<u32> {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if is_leap { 29 } else { 28 }),
        _ => None,
    }
}

/// The year of a day that is counted from 1970-01-01.
fn year_of(day: i64) -> Option<u32> {
    // At most one off: 365.2425 days are a year.
    let guess = u32::try_from(1970 + day.checked_mul(400)?.div_euclid(146_097)).ok()?;
    [guess + 1, guess, guess.checked_sub(1)?]
        .into_iter()
        .find(|&year| days(year, 1, 1).is_some_and(|first| first <= day))
}

/// A moment in the digits of RFC 3659, section 2.3. `None`: its year has more than four.
pub fn digits_of(seconds: i64) -> Option<String> {
    let (day, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let year = year_of(day)?;
    let month = (1..=12).rev().find(|&month| days(year, month, 1).is_some_and(|first| first <= day))?;
    let day = day - days(year, month, 1)? + 1;
    let (hour, minute, second) = (second / HOUR, second % HOUR / MINUTE, second % MINUTE);
    Some(format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}"))
}

/// The year that two digits mean. 70 to 99 are of the last century: no server is older than Unix. Of 50 to 69 nobody can tell, so the
/// year becomes one that no calendar has: a time before 1970 is what some clocks show for 0.
pub(super) fn century(two_digits: u32) -> u32 {
    match two_digits {
        0..50 => 2000 + two_digits,
        50..70 => 0,
        _ => 1900 + two_digits,
    }
}

/// A moment that is told in seconds since 1970, in UTC.
pub(super) fn from_seconds(seconds: i64) -> Option<Modified> {
    let nanoseconds = seconds.checked_mul(SECOND_IN_NANOSECONDS)?;
    Some(Modified { nanoseconds, precision: Precision::Second, zone: Zone::Utc })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 12:00 on a day.
    fn noon(year: u32, month: u32, day: u32) -> Now {
        Now { seconds: days(year, month, day).unwrap() * DAY + 12 * HOUR, offset: None }
    }

    fn without_year(month: u32, day: u32, hour: u32) -> Stamp {
        Stamp { date: Date { year: None, month, day }, time: Some(Time::new(hour, 0)), offset: None }
    }

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        for (date, expected) in [
            ((1970, 1, 1), Some(0)),
            ((1969, 12, 31), Some(-1)),
            ((2000, 2, 29), Some(11_016)),
            ((2000, 3, 1), Some(11_017)),
            ((2026, 6, 15), Some(20_619)),
            ((2040, 1, 1), Some(25_567)),
            ((1, 1, 1), Some(-719_162)),
            ((1900, 2, 29), None),
            ((2100, 2, 29), None),
            ((2023, 2, 29), None),
            ((2023, 4, 31), None),
            ((2023, 13, 1), None),
            ((2023, 0, 1), None),
            ((2023, 1, 0), None),
            ((0, 1, 1), None),
            ((10_000, 1, 1), None),
        ] {
            let (year, month, day) = date;
            assert_eq!(days(year, month, day), expected, "{date:?}");
        }
    }

    #[test]
    fn two_digits_are_a_year_from_1970_to_2049_or_none() {
        assert_eq!([70, 99, 0, 49].map(century), [1970, 1999, 2000, 2049]);
        for two_digits in 50..70 {
            assert_eq!(days(century(two_digits), 12, 31), None, "{two_digits}");
        }
    }

    #[test]
    fn the_first_and_the_last_day_of_a_year_are_of_it() {
        for year in 1..9999 {
            let (first, last) = (days(year, 1, 1).unwrap(), days(year, 12, 31).unwrap());
            assert_eq!((year_of(first), year_of(last)), (Some(year), Some(year)));
        }
    }

    #[test]
    fn the_year_that_is_left_out_is_the_one_that_is_near() {
        for (now, (month, day, hour), expected) in [
            (noon(2026, 6, 15), (6, 15, 12), Some(2026)),
            (noon(2026, 6, 15), (6, 16, 12), Some(2026)), // a day ahead
            (noon(2026, 6, 15), (6, 16, 13), None),
            (noon(2026, 6, 15), (1, 10, 0), Some(2026)),
            (noon(2026, 6, 15), (12, 20, 0), Some(2025)),
            (noon(2026, 6, 15), (12, 1, 0), None), // more than half a year back, or half a year ahead
            (noon(2026, 6, 15), (9, 1, 0), None),
            (noon(2026, 1, 1), (12, 31, 0), Some(2025)),
            (noon(2026, 12, 31), (1, 1, 0), Some(2027)), // the year has turned where the server is
            (noon(2028, 2, 28), (2, 29, 0), Some(2028)),
            (noon(2028, 3, 1), (2, 29, 0), Some(2028)),
            (noon(2027, 3, 1), (2, 29, 0), None), // no leap year is near
            (noon(2026, 6, 15), (2, 30, 0), None),
        ] {
            let expected = expected.and_then(|year| days(year, month, day));
            assert_eq!(without_year(month, day, hour).day_near(now), expected, "{month}-{day} {hour}:00");
        }
    }

    #[test]
    fn the_offset_of_the_server_makes_a_time_utc() {
        let now = Now { offset: Some(2 * HOUR), ..noon(2026, 6, 15) };
        let stamp = without_year(6, 15, 12);
        let zero = Stamp { offset: Some(0), ..stamp };
        let day = Stamp { time: None, ..stamp };
        let midnight = days(2026, 6, 15).unwrap() * DAY;
        for (stamp, seconds, precision, zone) in [
            (stamp, midnight + 10 * HOUR, Precision::Minute, Zone::Utc),
            (zero, midnight + 12 * HOUR, Precision::Minute, Zone::Utc),
            (day, midnight, Precision::Day, Zone::Server),
        ] {
            let expected = Modified { nanoseconds: seconds * SECOND_IN_NANOSECONDS, precision, zone };
            assert_eq!(stamp.modified(now), Some(expected));
        }
        let unknown = stamp.modified(noon(2026, 6, 15)).unwrap();
        assert_eq!(
            (unknown.zone, unknown.nanoseconds),
            (Zone::Server, (midnight + 12 * HOUR) * SECOND_IN_NANOSECONDS)
        );
    }

    #[test]
    fn the_impossible_is_unknown() {
        let now = noon(2026, 6, 15);
        for (hour, minute, second) in [(24, 0, 1), (24, 1, 0), (25, 0, 0), (0, 60, 0), (0, 0, 61)] {
            let time = Some(Time { hour, minute, second: Some(second), nanosecond: None });
            assert_eq!(Stamp { time, ..without_year(6, 1, 0) }.modified(now), None);
        }
        let far = Date { year: Some(2300), month: 1, day: 1 };
        assert_eq!(Stamp { date: far, ..Stamp::default() }.modified(now), None, "more than 64 bits hold");
    }

    proptest! {
        #[test]
        fn the_digits_of_a_moment_are_read_back(seconds in -9_000_000_000_i64..9_000_000_000) {
            let line = format!("modify={}; x", digits_of(seconds).unwrap());
            let read = crate::protocol::listing::read_mlst(line.as_bytes()).unwrap().modified;
            prop_assert_eq!(read, from_seconds(seconds));
        }

        #[test]
        fn each_day_has_its_own_number_and_its_year(day in -700_000_i64..2_900_000) {
            let year = year_of(day).unwrap();
            let first = days(year, 1, 1).unwrap();
            prop_assert!(first <= day && day - first < 366);
        }

        #[test]
        fn any_clock_gives_an_answer(seconds: i64, offset: Option<i64>, month in 0_u32..20, day in 0_u32..40) {
            let _ = without_year(month, day, 0).modified(Now { seconds, offset });
        }
    }
}
