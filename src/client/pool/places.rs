//! How many sessions may be open at the same time, as the server lets it be known.

use std::time::{Duration, Instant};

/// How long a server that has refused one session more is left alone. The time doubles with each further refusal.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The places for sessions. A session that cannot be opened beside others teaches how many places there are: no more are tried
/// then. What has ended is replaced.
#[derive(Debug)]
pub(crate) struct Places {
    wanted: usize,
    /// What the server has taught.
    limit: Option<usize>,
    open: usize,
    opening: usize,
    /// The most that were open at the same time.
    most_open: usize,
    refusals: u32,
    /// How many are still being opened that were begun before the last refusal that counted.
    of_this_burst: usize,
    /// All were refused after the last session had ended: one is tried alone, in nobody's way, and is the last attempt.
    is_last_attempt: bool,
    not_before: Option<Instant>,
}

/// Whether one more session may be opened.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    /// It is being opened from here on.
    Now,
    /// Not before then.
    Later(Instant),
    /// All places are taken.
    Full,
}

impl Places {
    /// `open`: how many there are already.
    pub(crate) fn new(wanted: usize, limit: Option<usize>, open: usize) -> Places {
        Places {
            wanted,
            limit,
            open,
            opening: 0,
            most_open: open,
            refusals: 0,
            of_this_burst: 0,
            is_last_attempt: false,
            not_before: None,
        }
    }

    /// How many there can be, as far as is known.
    pub(crate) fn most(&self) -> usize {
        self.limit.map_or(self.wanted, |limit| limit.min(self.wanted)).max(1)
    }

    pub(crate) fn limit(&self) -> Option<usize> {
        self.limit
    }

    /// How many more can be opened, now or later.
    pub(crate) fn left(&self) -> usize {
        let most = if self.is_last_attempt { 1 } else { self.most() };
        most.saturating_sub(self.open + self.opening)
    }

    pub(crate) fn ask(&mut self, now: Instant) -> Leave {
        if self.left() == 0 {
            return Leave::Full;
        }
        if let Some(then) = self.not_before.filter(|&then| then > now) {
            return Leave::Later(then);
        }
        self.opening += 1;
        Leave::Now
    }

    /// What was being opened is open.
    pub(crate) fn opened(&mut self) {
        self.opening = self.opening.saturating_sub(1);
        self.open += 1;
        self.most_open = self.most_open.max(self.open);
        // Those that were refused at the same moment have taught too little.
        self.limit = self.limit.map(|limit| limit.max(self.open));
        (self.refusals, self.not_before) = (0, None);
        (self.of_this_burst, self.is_last_attempt) = (0, false);
    }

    /// What was being opened could not be. Whether the work goes on: there is another session, or there was one, whose place may
    /// soon be free.
    pub(crate) fn refused(&mut self, now: Instant) -> bool {
        self.opening = self.opening.saturating_sub(1);
        if self.is_empty() {
            if self.is_last_attempt || self.most_open == 0 {
                return false;
            }
            self.is_last_attempt = true;
        }
        self.limit = Some(self.most_open.max(1));
        // What was asked at the same time gets the same answer: that counts once.
        if self.of_this_burst > 0 {
            self.of_this_burst -= 1;
        } else {
            let times = 1_u32.checked_shl(self.refusals).unwrap_or(u32::MAX);
            self.refusals += 1;
            self.of_this_burst = self.opening;
            self.wait(now, FIRST_WAIT.saturating_mul(times).min(LONGEST_WAIT));
        }
        self.wait_no_longer_for_nothing(now);
        true
    }

    /// Nothing is opened for so long.
    pub(crate) fn wait(&mut self, now: Instant, time: Duration) {
        self.not_before = now.checked_add(time);
    }

    /// One that was open is no more.
    pub(crate) fn closed(&mut self, now: Instant) {
        self.open = self.open.saturating_sub(1);
        self.wait_no_longer_for_nothing(now);
    }

    fn is_empty(&self) -> bool {
        self.open == 0 && self.opening == 0
    }

    /// The long waits spare a server whose places are taken. When no session is left, the place of the last one is free.
    fn wait_no_longer_for_nothing(&mut self, now: Instant) {
        if self.is_empty() {
            self.refusals = 0;
            self.not_before = self.not_before.min(now.checked_add(FIRST_WAIT));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::clock;

    #[test]
    fn a_refusal_teaches_how_many_places_there_are() {
        let now = clock::now();
        let mut places = Places::new(8, None, 1);
        for _ in 0..7 {
            assert_eq!(places.ask(now), Leave::Now);
        }
        assert_eq!(places.ask(now), Leave::Full);
        // The server lets in two in all, whichever it answers first.
        assert!(places.refused(now));
        assert_eq!(places.most(), 1);
        places.opened();
        for _ in 0..5 {
            assert!(places.refused(now));
        }
        assert_eq!((places.most(), places.limit()), (2, Some(2)));
        assert_eq!(places.ask(now), Leave::Full);
    }

    #[test]
    fn what_has_ended_is_replaced_but_a_server_that_refuses_that_is_left_alone_for_longer_and_longer() {
        let start = clock::now();
        let mut places = Places::new(8, Some(2), 1);
        assert_eq!(places.ask(start), Leave::Now);
        places.opened();
        places.closed(start);
        let (mut now, mut waits) = (start, Vec::new());
        for _ in 0..9 {
            assert_eq!(places.ask(now), Leave::Now);
            assert!(places.refused(now));
            let Leave::Later(then) = places.ask(now) else { panic!("at once") };
            waits.push((then - now).as_secs());
            now = then;
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(places.ask(now), Leave::Now);
        places.opened();
        assert_eq!((places.most(), places.ask(now)), (2, Leave::Full));
    }

    #[test]
    fn those_that_are_refused_at_the_same_time_count_once() {
        let now = clock::now();
        let mut places = Places::new(8, None, 1);
        for _ in 0..7 {
            assert_eq!(places.ask(now), Leave::Now);
        }
        for _ in 0..7 {
            assert!(places.refused(now));
        }
        places.closed(now);
        assert_eq!(places.ask(now), Leave::Later(now + FIRST_WAIT));
    }

    #[test]
    fn nobody_waits_long_for_the_place_of_the_last_session() {
        let mut now = clock::now();
        let mut places = Places::new(8, Some(2), 1);
        assert_eq!(places.ask(now), Leave::Now);
        places.opened();
        places.closed(now);
        for _ in 0..9 {
            assert_eq!(places.ask(now), Leave::Now);
            assert!(places.refused(now));
            let Leave::Later(then) = places.ask(now) else { panic!("at once") };
            now = then;
        }
        assert_eq!(places.ask(now), Leave::Now);
        assert!(places.refused(now));
        places.closed(now);
        assert_eq!(places.ask(now), Leave::Later(now + FIRST_WAIT));
        now += FIRST_WAIT;
        assert_eq!((places.ask(now), places.ask(now)), (Leave::Now, Leave::Now));
        assert!(places.refused(now) && places.refused(now), "they were in each other's way, perhaps");
        now += FIRST_WAIT;
        assert_eq!((places.ask(now), places.ask(now)), (Leave::Now, Leave::Full));
        assert!(!places.refused(now), "it was alone");
    }

    #[test]
    fn a_refusal_beside_a_session_that_ends_meanwhile_does_not_end_the_work() {
        let now = clock::now();
        let mut places = Places::new(8, None, 1);
        for _ in 0..3 {
            assert_eq!(places.ask(now), Leave::Now);
        }
        places.closed(now);
        for _ in 0..3 {
            assert!(places.refused(now));
        }
        assert_eq!(places.ask(now), Leave::Later(now + FIRST_WAIT));
        assert_eq!(places.ask(now + FIRST_WAIT), Leave::Now);
        assert!(!places.refused(now + FIRST_WAIT));
    }

    #[test]
    fn the_only_session_that_cannot_be_opened_teaches_nothing() {
        let now = clock::now();
        let mut places = Places::new(8, None, 0);
        assert_eq!((places.ask(now), places.ask(now)), (Leave::Now, Leave::Now));
        assert!(places.refused(now), "the other is being opened");
        assert!(!places.refused(now));
        assert_eq!(places.most(), 1);
        let mut alone = Places::new(8, None, 0);
        assert_eq!(alone.ask(now), Leave::Now);
        assert!(!alone.refused(now));
        assert_eq!(alone.most(), 8);
        alone.wait(now, Duration::from_secs(3));
        assert_eq!(alone.ask(now), Leave::Later(now + Duration::from_secs(3)));
    }
}
