//! The words of a line: what stands between spaces and tabs.

use crate::protocol::find::position_of_either;

/// More words than stand before any name.
const MOST: usize = 20;

/// The first words of a line, and where they are in it.
pub(super) struct Words<'a> {
    line: &'a [u8],
    ends: [(usize, usize); MOST],
    count: usize,
}

impl<'a> Words<'a> {
    pub(super) fn new(line: &'a [u8]) -> Self {
        let mut words = Words { line, ends: [(0, 0); MOST], count: 0 };
        let mut start = 0;
        for free in &mut words.ends {
            while let Some(b' ' | b'\t') = line.get(start) {
                start += 1;
            }
            let rest = line.get(start..).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
            let end = start + position_of_either(rest, b' ', b'\t').unwrap_or(rest.len());
            *free = (start, end);
            words.count += 1;
            start = end;
        }
        words
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Not inlined: the families call it in a hundred places.
    #[inline(never)]
    pub(super) fn get(&self, index: usize) -> Option<&'a [u8]> {
        let &(start, end) = self.ends.get(..self.count)?.get(index)?;
        self.line.get(start..end)
    }

    /// What stands behind a word, from the separator on.
    #[inline(never)]
    pub(super) fn behind(&self, index: usize) -> Option<&'a [u8]> {
        let &(_, end) = self.ends.get(..self.count)?.get(index)?;
        self.line.get(end..)
    }

    /// What stands behind a word and one separator. It may begin with spaces.
    pub(super) fn name_behind(&self, index: usize) -> Option<&'a [u8]> {
        self.behind(index)?.get(1..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_know_what_stands_behind_them() {
        let words = Words::new(b" a  bc\td  e ");
        assert_eq!(words.count(), 4);
        assert_eq!((words.get(0), words.get(1), words.get(4)), (Some(&b"a"[..]), Some(&b"bc"[..]), None));
        assert_eq!(words.name_behind(2), Some(&b" e "[..]));
        assert_eq!(words.behind(3), Some(&b" "[..]));
        assert_eq!(words.behind(4), None);
        assert_eq!(Words::new(b"a").name_behind(0), None);
        assert_eq!(Words::new(b"  ").count(), 0);
        assert_eq!(Words::new("x ".repeat(100).as_bytes()).count(), MOST);
    }
}
