//! How often a job is begun again whose session was lost.

/// How often a job was given back, to be done in another session.
#[derive(Copy, Clone, Debug, Default)]
pub(crate) struct Repeats {
    sent: u32,
    unsent: u32,
}

impl Repeats {
    /// Whether it may be given back now. `was_sent`: the server may have begun to do it.
    pub(crate) fn are_left(self, was_sent: bool) -> bool {
        /// There are servers that let everybody in and then send them away.
        const MOST_UNSENT: u32 = 4;
        if was_sent { self.sent == 0 } else { self.unsent < MOST_UNSENT }
    }

    /// It is given back.
    pub(crate) fn count(&mut self, was_sent: bool) {
        *(if was_sent { &mut self.sent } else { &mut self.unsent }) += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_sent_does_not_use_up_the_one_time_for_what_was() {
        let mut repeats = Repeats::default();
        for _ in 0..4 {
            assert!(repeats.are_left(false) && repeats.are_left(true));
            repeats.count(false);
        }
        assert!(!repeats.are_left(false) && repeats.are_left(true));
        repeats.count(true);
        assert!(!repeats.are_left(true));
    }
}
