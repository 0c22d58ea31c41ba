//! Several ways to do the same thing, of which a server has some.

/// What trying has shown of them.
pub(crate) struct Ways<W> {
    proven: Vec<W>,
    useless: Vec<W>,
}

impl<W> Default for Ways<W> {
    fn default() -> Ways<W> {
        Ways { proven: Vec::new(), useless: Vec::new() }
    }
}

impl<W: Copy + PartialEq> Ways<W> {
    /// What of these is to be tried, in their order: the one that has been seen to work, or all that may.
    pub(crate) fn among(&self, ways: &[W]) -> Vec<W> {
        match ways.iter().find(|way| self.has(**way)) {
            Some(proven) => vec![*proven],
            None => self.left_of(ways),
        }
    }

    /// What of these may work.
    pub(crate) fn left_of(&self, ways: &[W]) -> Vec<W> {
        ways.iter().copied().filter(|way| !self.useless.contains(way)).collect()
    }

    /// Whether it has been seen to work.
    pub(crate) fn has(&self, way: W) -> bool {
        self.proven.contains(&way)
    }

    /// It works.
    pub(crate) fn prove(&mut self, way: W) {
        if !self.has(way) {
            self.proven.push(way);
        }
    }

    /// The server does not know it, or does nothing.
    pub(crate) fn strike_out(&mut self, way: W) {
        self.proven.retain(|proven| *proven != way);
        self.useless.push(way);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_works_is_used_and_what_does_not_is_not_tried_again() {
        let mut ways = Ways::default();
        assert_eq!(ways.among(&[1, 2, 3]), [1, 2, 3]);
        ways.strike_out(1);
        assert_eq!(ways.among(&[1, 2, 3]), [2, 3]);
        ways.prove(3);
        ways.prove(3);
        assert_eq!(ways.among(&[1, 2, 3]), [3]);
        assert_eq!(ways.among(&[1, 2]), [2], "what works is for another purpose");
        assert_eq!(ways.left_of(&[1, 2, 3]), [2, 3]);
        ways.strike_out(3);
        assert_eq!(ways.among(&[1, 2, 3]), [2]);
        ways.strike_out(2);
        assert_eq!(ways.among(&[1, 2, 3]), [] as [i32; 0]);
    }
}
