//! How far a server's clock is from UTC, as far as files have shown it.
//!
//! LIST tells times on the server's clock, MDTM tells them in UTC: the difference for one file is the offset. Where clocks are put
//! forward in summer it holds for a part of the year only. Countries do that on different days, but there are parts of the year in
//! which none does. So an offset holds for its own part, and for the whole year only if winter and summer have the same.

use super::listing::{Modified, Precision, Zone};

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;
/// All offsets of the world are multiples of this.
const STEP: i64 = 15 * MINUTE;
/// Nobody's clock is further away: what looks like that is no offset.
const LIMIT: i64 = 2 * DAY;
const NANOSECONDS: i64 = 1_000_000_000;

/// The parts of the year in which no country puts its clocks, as days counted from January 1. The first is also the last.
const PARTS: [(i64, i64); 6] = [
    (312, 66 + 366), // November 8 to March 7
    (74, 81),        // March 15 to 22
    (98, 112),       // April 8 to 22
    (121, 243),      // May 1 to August 31
    (252, 265),      // September 9 to 22
    (281, 296),      // October 8 to 23
];
const WINTER: usize = 0;
const SUMMER: usize = 3;

/// A part of the year in which an offset is the same, wherever the server is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part(usize);

/// See the module.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Offsets {
    of_parts: [Measured; PARTS.len()],
}

#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
enum Measured {
    #[default]
    NotYet,
    /// The server does not tell, or what it tells makes no sense.
    Unknown,
    Seconds(i64),
}

impl Part {
    /// The part of the year that a time belongs to, in seconds since 1970; `None` on days on which clocks may be put.
    pub fn of(seconds: i64) -> Option<Part> {
        // A calendar of years of equal length is at most a day off, for which there is room.
        let day = seconds.div_euclid(DAY).checked_mul(400)?.rem_euclid(146_097) / 400;
        let is_in = |&(first, last): &(i64, i64)| {
            (first..=last).contains(&day) || (first..=last).contains(&(day + 366))
        };
        PARTS.iter().position(is_in).map(Part)
    }
}

impl Offsets {
    /// Whether a part of the year is still to be measured.
    pub fn wants(&self, part: Part) -> bool {
        self.everywhere().is_none() && self.of_parts.get(part.0) == Some(&Measured::NotYet)
    }

    /// Learns from one file: its time as LIST tells it, to the minute, and as MDTM does, both in seconds since 1970. `None`: the server
    /// does not tell.
    pub fn learn(&mut self, part: Part, listed: i64, told: Option<i64>) {
        let Some(measured) = self.of_parts.get_mut(part.0) else { return };
        let offset = told.and_then(|told| offset_between(listed, told));
        *measured = offset.map_or(Measured::Unknown, Measured::Seconds);
    }

    /// What the server's clock is ahead of UTC at a time on that clock, in seconds.
    pub fn at(&self, seconds: i64) -> Option<i64> {
        self.everywhere().or_else(|| self.of(Part::of(seconds)?.0))
    }

    /// A time of a listing in UTC, if the offset is known. A day stays one of the server's: it is no moment.
    pub fn apply(&self, modified: Modified) -> Modified {
        let is_moment = modified.precision != Precision::Day && modified.zone == Zone::Server;
        if !is_moment || !self.knows_any() {
            return modified;
        }
        let offset = self.at(modified.nanoseconds.div_euclid(NANOSECONDS));
        let utc = offset.and_then(|offset| modified.nanoseconds.checked_sub(offset * NANOSECONDS));
        match utc {
            Some(nanoseconds) => Modified { nanoseconds, zone: Zone::Utc, ..modified },
            None => modified,
        }
    }

    fn knows_any(&self) -> bool {
        self.of_parts.iter().any(|measured| matches!(measured, Measured::Seconds(_)))
    }

    fn of(&self, part: usize) -> Option<i64> {
        match self.of_parts.get(part)? {
            Measured::Seconds(offset) => Some(*offset),
            Measured::NotYet | Measured::Unknown => None,
        }
    }

    /// The clock is never put.
    fn everywhere(&self) -> Option<i64> {
        self.of(WINTER).filter(|offset| self.of(SUMMER) == Some(*offset))
    }
}

/// `listed` has no seconds, so it may be up to a minute behind.
fn offset_between(listed: i64, told: i64) -> Option<i64> {
    let difference = listed.checked_sub(told)?;
    let offset = difference.checked_add(MINUTE)?.div_euclid(STEP) * STEP;
    let is_exact = (offset - difference) >= 0 && (offset - difference) < MINUTE;
    (is_exact && offset.abs() < LIMIT).then_some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 60 * MINUTE;
    /// Noon of days of 2026, in seconds since 1970.
    const JANUARY_15: i64 = 1_768_478_400;
    const MARCH_10: i64 = 1_773_144_000;
    const JULY_1: i64 = 1_782_907_200;
    const NOVEMBER_26: i64 = 1_795_694_400;

    #[test]
    fn the_year_has_parts_in_which_no_clock_is_put() {
        let of_day = |days: i64| Part::of(JANUARY_15 + days * DAY).map(|part| part.0);
        for (shown, days, part) in [
            ("January 1", -14, Some(0)),
            ("March 7", 51, Some(0)),
            ("March 9", 53, None),
            ("March 17", 61, Some(1)),
            ("March 29", 73, None),
            ("April 10", 85, Some(2)),
            ("April 26", 101, None),
            ("May 3", 108, Some(3)),
            ("August 30", 227, Some(3)),
            ("September 4", 232, None),
            ("September 12", 240, Some(4)),
            ("October 3", 261, None),
            ("October 12", 270, Some(5)),
            ("October 26", 284, None),
            ("November 4", 293, None),
            ("November 10", 299, Some(0)),
            ("December 31", 350, Some(0)),
        ] {
            assert_eq!(of_day(days), part, "{shown}");
        }
        // Any number of seconds is in a part or not.
        let _ = (Part::of(i64::MAX), Part::of(i64::MIN));
    }

    #[test]
    fn an_offset_is_a_multiple_of_a_quarter_of_an_hour() {
        for (listed, told, offset) in [
            (0, 0, Some(0)),
            (0, 59, Some(0)),
            (HOUR, 7, Some(HOUR)),
            (-5 * HOUR, 59, Some(-5 * HOUR)),
            (5 * HOUR + 45 * MINUTE, 30, Some(5 * HOUR + 45 * MINUTE)),
            (0, 60, None),
            (0, -1, None),
            (7 * MINUTE, 0, None),
            (2 * DAY, 0, None),
            (-2 * DAY, 0, None),
            (2 * DAY - STEP, 0, Some(2 * DAY - STEP)),
            (i64::MIN, 1, None),
            (i64::MAX, 0, None),
        ] {
            assert_eq!(offset_between(listed, told), offset, "{listed} {told}");
        }
    }

    #[test]
    fn what_a_file_has_shown_holds_for_its_part_of_the_year() {
        let mut offsets = Offsets::default();
        let (winter, summer) = (Part::of(JANUARY_15).unwrap(), Part::of(JULY_1).unwrap());
        assert!(offsets.wants(winter) && offsets.wants(summer));
        offsets.learn(winter, JANUARY_15, Some(JANUARY_15 - HOUR));
        assert_eq!(
            (offsets.at(NOVEMBER_26), offsets.at(JULY_1), offsets.at(MARCH_10)),
            (Some(HOUR), None, None)
        );
        assert!(!offsets.wants(winter) && offsets.wants(summer));
        offsets.learn(summer, JULY_1, Some(JULY_1 - 2 * HOUR));
        assert_eq!(
            (offsets.at(JANUARY_15), offsets.at(JULY_1), offsets.at(MARCH_10)),
            (Some(HOUR), Some(2 * HOUR), None)
        );
        offsets.learn(summer, JULY_1, Some(JULY_1 - HOUR));
        assert_eq!(offsets.at(MARCH_10), Some(HOUR), "a clock that is never put");
        assert!(!offsets.wants(Part::of(MARCH_10 + 8 * DAY).unwrap()), "nothing is left to ask");
    }

    #[test]
    fn what_makes_no_sense_is_not_asked_for_again() {
        let mut offsets = Offsets::default();
        let winter = Part::of(JANUARY_15).unwrap();
        for told in [None, Some(JANUARY_15 - 7 * MINUTE)] {
            offsets.learn(winter, JANUARY_15, told);
            assert!(!offsets.wants(winter));
            assert_eq!(offsets.at(JANUARY_15), None);
        }
    }

    #[test]
    fn moments_become_utc_and_days_stay_as_they_are() {
        let mut offsets = Offsets::default();
        offsets.learn(Part::of(JANUARY_15).unwrap(), JANUARY_15, Some(JANUARY_15 - HOUR));
        let of =
            |seconds: i64, precision, zone| Modified { nanoseconds: seconds * NANOSECONDS, precision, zone };
        let listed = of(JANUARY_15, Precision::Minute, Zone::Server);
        assert_eq!(offsets.apply(listed), of(JANUARY_15 - HOUR, Precision::Minute, Zone::Utc));
        for same in [
            of(JANUARY_15, Precision::Day, Zone::Server),
            of(JANUARY_15, Precision::Second, Zone::Utc),
            of(JULY_1, Precision::Minute, Zone::Server),
        ] {
            assert_eq!(offsets.apply(same), same);
        }
        assert_eq!(Offsets::default().apply(listed), listed);
    }
}
