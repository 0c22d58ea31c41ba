//! Whether two files are the same, as far as size and time tell.

use crate::client::mirror::tree::Facts;
use crate::protocol::listing::{Modified, Precision, Zone};

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Half of what may be between two times that are the same: some file systems have no odd seconds.
const NEAR: i64 = SECOND;
/// Zones are up to so far ahead of UTC, and behind it.
const FARTHEST: (i64, i64) = (14 * HOUR, 12 * HOUR);

/// What size and time tell of a file in the source and one in the target.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    Same,
    Different,
    /// The time is not known, or is that of a clock whose zone is not known: the server may know it better.
    Doubtful,
}

/// Compares them. `by_age`: nobody can give the target the time of the source, so one that is not older will do.
pub(super) fn compare(source: Facts, target: Facts, by_age: bool) -> Likeness {
    let are_of_a_size = match (source.size, target.size) {
        (Some(one), Some(other)) => one == other,
        // The server tells none.
        _ => true,
    };
    if !are_of_a_size {
        return Likeness::Different;
    }
    let (Some(new), Some(old)) = (source.modified, target.modified) else { return Likeness::Doubtful };
    if agree(new, old) || by_age && !is_older(old, new) {
        return Likeness::Same;
    }
    let is_vague = |time: Modified| time.zone == Zone::Server;
    if is_vague(new) || is_vague(old) { Likeness::Doubtful } else { Likeness::Different }
}

/// Whether they may be the same moment, as exactly as both are known.
///
/// Of a clock whose zone is not known, an hour more or less is the same: that is what such a clock shows of the same moment in summer
/// and in winter.
fn agree(one: Modified, other: Modified) -> bool {
    let (one_span, other_span) = (span(one), span(other));
    let overlap = |shift: i64| {
        one_span.0.saturating_add(shift) <= other_span.1 && other_span.0 <= one_span.1.saturating_add(shift)
    };
    let is_vague = one.zone == Zone::Server || other.zone == Zone::Server;
    overlap(0) || is_vague && (overlap(HOUR) || overlap(-HOUR))
}

/// Whether one may be older than the other.
fn is_older(one: Modified, other: Modified) -> bool {
    let end = match one.zone {
        Zone::Utc => span(one).1,
        Zone::Server => one.nanoseconds.saturating_sub(FARTHEST.0),
    };
    end < span(other).0
}

/// From when to when a moment may be.
fn span(time: Modified) -> (i64, i64) {
    let length = match time.precision {
        Precision::Day => DAY,
        Precision::Minute => MINUTE,
        Precision::Second => SECOND,
        Precision::Subsecond => 0,
    };
    // A day of an unknown zone begins with the first of them and ends with the last.
    let (before, behind) = match (time.precision, time.zone) {
        (Precision::Day, Zone::Server) => FARTHEST,
        _ => (0, 0),
    };
    let start = time.nanoseconds.saturating_sub(before).saturating_sub(NEAR);
    (start, time.nanoseconds.saturating_add(length).saturating_add(behind).saturating_add(NEAR))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Likeness::{Different, Doubtful, Same};
    use Precision::{Day, Minute, Second, Subsecond};
    use Zone::{Server, Utc};

    fn at(seconds: f64, precision: Precision, zone: Zone) -> Option<Modified> {
        // An hour of a day in 2026.
        #[allow(clippy::cast_possible_truncation)]
        let nanoseconds = 1_780_304_400 * SECOND + (seconds * 1e9) as i64;
        Some(Modified { nanoseconds, precision, zone })
    }

    #[test]
    fn a_time_is_as_exact_as_it_is_told() {
        for (source, target, likeness) in [
            (at(0.0, Second, Utc), at(0.0, Subsecond, Utc), Same),
            (at(0.0, Second, Utc), at(0.9, Subsecond, Utc), Same),
            // The file system has even seconds only.
            (at(1.0, Second, Utc), at(0.0, Second, Utc), Same),
            (at(0.0, Second, Utc), at(3.5, Subsecond, Utc), Different),
            (at(0.0, Second, Utc), at(-2.5, Subsecond, Utc), Different),
            (at(0.5, Subsecond, Utc), at(0.5, Subsecond, Utc), Same),
            (at(0.0, Minute, Utc), at(59.0, Second, Utc), Same),
            (at(0.0, Minute, Utc), at(63.0, Second, Utc), Different),
            (at(0.0, Minute, Utc), at(-4.0, Second, Utc), Different),
            (at(0.0, Minute, Utc), at(3600.0, Second, Utc), Different),
            (at(0.0, Day, Utc), at(80_000.0, Second, Utc), Same),
            (at(0.0, Day, Utc), at(90_000.0, Second, Utc), Different),
        ] {
            for (one, other) in [(source, target), (target, source)] {
                let facts = |modified| Facts { size: Some(7), modified };
                assert_eq!(compare(facts(one), facts(other), false), likeness, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn a_clock_of_an_unknown_zone_may_be_an_hour_ahead_in_summer() {
        for (seconds, precision, likeness) in [
            (0.0, Minute, Same),
            (3600.0, Minute, Same),
            (-3600.0, Minute, Same),
            (3540.0, Minute, Doubtful),
            (1800.0, Minute, Doubtful),
            (7200.0, Minute, Doubtful),
            (86_400.0, Second, Doubtful),
            (3610.0, Second, Same),
            (3600.0, Second, Doubtful),
            // A day there may have begun 14 hours before it begins in UTC.
            (50_000.0, Day, Same),
            (60_000.0, Day, Doubtful),
            (-120_000.0, Day, Same),
            (-140_000.0, Day, Doubtful),
        ] {
            let source = Facts { size: Some(7), modified: at(seconds, precision, Server) };
            let target = Facts { size: Some(7), modified: at(10.0, Subsecond, Utc) };
            assert_eq!(compare(source, target, false), likeness, "{seconds} {precision:?}");
            let other = Facts { size: Some(8), ..target };
            assert_eq!(compare(source, other, false), Different, "an hour more is no size");
        }
    }

    #[test]
    fn without_a_time_or_with_another_size_nothing_is_the_same() {
        let time = at(0.0, Second, Utc);
        for (source, target, likeness) in [
            ((Some(1), time), (Some(1), time), Same),
            ((Some(1), time), (Some(2), time), Different),
            ((None, time), (Some(2), time), Same),
            ((None, at(9.0, Second, Utc)), (Some(2), time), Different),
            ((Some(1), None), (Some(1), time), Doubtful),
            ((Some(1), time), (Some(1), None), Doubtful),
            ((Some(1), None), (Some(2), time), Different),
            ((None, None), (None, None), Doubtful),
        ] {
            let facts = |(size, modified)| Facts { size, modified };
            assert_eq!(compare(facts(source), facts(target), false), likeness, "{source:?} {target:?}");
        }
    }

    #[test]
    fn where_no_time_can_be_set_one_that_is_not_older_will_do() {
        for (seconds, precision, zone, likeness) in [
            (0.0, Second, Utc, Same),
            (1000.0, Second, Utc, Same),
            (1e6, Minute, Utc, Same),
            (-10.0, Second, Utc, Different),
            (-50.0, Minute, Utc, Same),
            (-70.0, Minute, Utc, Different),
            // It may be 14 hours ahead.
            (40_000.0, Minute, Server, Doubtful),
            (60_000.0, Minute, Server, Same),
        ] {
            let source = Facts { size: Some(7), modified: at(0.0, Subsecond, Utc) };
            let target = Facts { size: Some(7), modified: at(seconds, precision, zone) };
            assert_eq!(compare(source, target, true), likeness, "{seconds} {precision:?} {zone:?}");
            assert_eq!(compare(source, Facts { size: Some(8), ..target }, true), Different);
        }
    }
}
