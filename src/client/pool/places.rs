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
        Places { wanted, limit, open, opening: 0, most_open: open, refusals: 0, not_before: None }
    }

    /// How many there can be, as far as is known.
    pub(crate) fn most(&self) -> usize {
        self.limit.map_or(self.wanted, |limit| limit.min(self.wanted)).max(1)
    }

    pub(crate) fn limit(&self) -> Option<usize> {
        self.limit
    }

    pub(crate) fn ask(&mut self, now: Instant) -> Leave {
        if self.open + self.opening >= self.most() {
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
    }

    /// What was being opened could not be. Whether there is another session, which can do the work.
    pub(crate) fn refused(&mut self, now: Instant) -> bool {
        self.opening = self.opening.saturating_sub(1);
        if self.open == 0 && self.opening == 0 {
            return false;
        }
        self.limit = Some(self.most_open.max(1));
        let times = 1_u32.checked_shl(self.refusals).unwrap_or(u32::MAX);
        self.refusals += 1;
        self.wait(now, FIRST_WAIT.saturating_mul(times).min(LONGEST_WAIT));
        true
    }

    /// Nothing is opened for so long.
    pub(crate) fn wait(&mut self, now: Instant, time: Duration) {
        self.not_before = now.checked_add(time);
    }

    /// One that was open is no more.
    pub(crate) fn closed(&mut self) {
        self.open = self.open.saturating_sub(1);
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
        places.closed();
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
