//! A file that several sessions fetch: who has which range of it, and what of a block is whose.

/// No range is made that is shorter than this, so that beginning one is worth it.
pub(crate) const LEAST: u64 = 2 * 1024 * 1024;

/// A range that somebody fetches.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece(u64);

/// The ranges that are not there yet, in the order of the file.
#[derive(Debug)]
pub(crate) struct Ranges {
    size: u64,
    ranges: Vec<Range>,
    /// What the next one is called.
    next: u64,
    /// The server goes on in the middle of a file.
    may_split: bool,
}

#[derive(Debug)]
struct Range {
    piece: Piece,
    from: u64,
    /// Up to here it is there.
    at: u64,
    /// Where it ends. Whoever has nothing to do may take the second half of the rest.
    end: u64,
    is_taken: bool,
}

/// What a block is good for, in the order of its bytes.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sorted {
    /// So many are before the range: they show whether it fits to what is before it.
    pub joint: usize,
    /// So many are here already, and must be the same.
    pub again: usize,
    /// So many are new.
    pub new: usize,
    /// The range is there, and the file goes on.
    pub is_enough: bool,
    /// The file goes on where it should have ended.
    pub is_too_long: bool,
}

impl Ranges {
    /// Of a file of `size` bytes, of which the first `have` are here. All the rest is one range.
    pub(crate) fn of(size: u64, have: u64) -> Ranges {
        let all = Range { piece: Piece(0), from: 0, at: have, end: size, is_taken: false };
        Ranges { size, ranges: vec![all], next: 1, may_split: true }
    }

    /// Whether it is worth while to fetch it so.
    pub(crate) fn is_worth_it(size: u64, have: u64) -> bool {
        size.saturating_sub(have) >= 2 * LEAST
    }

    /// How many more could fetch a range.
    pub(crate) fn open(&self) -> usize {
        self.ranges.iter().filter(|range| !range.is_taken || self.splits(range)).count()
    }

    /// How many ranges are nobody's.
    pub(crate) fn free(&self) -> usize {
        self.ranges.iter().filter(|range| !range.is_taken).count()
    }

    fn splits(&self, range: &Range) -> bool {
        self.may_split && range.is_taken && range.end - range.at >= 2 * LEAST
    }

    /// The next range to fetch: one that is nobody's, or else a half of the longest.
    pub(crate) fn take(&mut self) -> Option<Piece> {
        if let Some(range) = self.ranges.iter_mut().find(|range| !range.is_taken) {
            range.is_taken = true;
            return Some(range.piece);
        }
        let splits = |&(_, range): &(usize, &Range)| self.splits(range);
        let longest = self.ranges.iter().enumerate().filter(splits);
        let (index, _) = longest.max_by_key(|(_, range)| range.end - range.at)?;
        let range = self.ranges.get_mut(index)?;
        let middle = range.at + (range.end - range.at) / 2;
        let piece = Piece(self.next);
        let second = Range { piece, from: middle, at: middle, end: range.end, is_taken: true };
        range.end = middle;
        self.next += 1;
        self.ranges.insert(index + 1, second);
        Some(piece)
    }

    fn range(&self, piece: Piece) -> Option<&Range> {
        self.ranges.iter().find(|range| range.piece == piece)
    }

    fn range_mut(&mut self, piece: Piece) -> Option<&mut Range> {
        self.ranges.iter_mut().find(|range| range.piece == piece)
    }

    /// Where a range begins in the file.
    pub(crate) fn from(&self, piece: Piece) -> u64 {
        self.range(piece).map_or(0, |range| range.from)
    }

    /// Where to begin to fetch it, so that `overlap` bytes tell whether it fits to what is before it.
    pub(crate) fn offset(&self, piece: Piece, overlap: u64) -> u64 {
        match self.range(piece) {
            Some(range) if range.at > range.from => range.at.saturating_sub(overlap).max(range.from),
            Some(range) => range.from.saturating_sub(overlap),
            None => 0,
        }
    }

    /// Sorts a block that stands at `at` in the file.
    pub(crate) fn sort(&self, piece: Piece, at: u64, length: usize) -> Sorted {
        let Some(range) = self.range(piece) else { return Sorted { is_enough: true, ..Sorted::default() } };
        let mut left = length;
        let mut until = |end: u64, from: u64| {
            let count = usize::try_from(end.saturating_sub(from)).unwrap_or(usize::MAX).min(left);
            left -= count;
            count
        };
        let joint = until(range.from, at);
        let again = until(range.at, at.max(range.from));
        let new = until(range.end, at.max(range.at));
        let is_there = at + length as u64 >= range.end;
        Sorted {
            joint,
            again,
            new,
            is_enough: is_there && range.end < self.size,
            is_too_long: left > 0 && range.end == self.size,
        }
    }

    /// So many bytes more of a range are here.
    pub(crate) fn wrote(&mut self, piece: Piece, count: usize) {
        if let Some(range) = self.range_mut(piece) {
            range.at += count as u64;
        }
    }

    /// How many bytes of a range are to come.
    pub(crate) fn rest(&self, piece: Piece) -> u64 {
        self.range(piece).map_or(0, |range| range.end - range.at)
    }

    /// A range is here.
    pub(crate) fn finish(&mut self, piece: Piece) {
        self.ranges.retain(|range| range.piece != piece);
    }

    /// A range is to be fetched by somebody else.
    pub(crate) fn give_back(&mut self, piece: Piece) {
        if let Some(range) = self.range_mut(piece) {
            range.is_taken = false;
        }
    }

    /// The server does not begin where a range begins: whoever fetches the one before it goes on. Whether there is one.
    pub(crate) fn join_to_the_one_before(&mut self, piece: Piece) -> bool {
        self.may_split = false;
        let Some(index) = self.ranges.iter().position(|range| range.piece == piece) else { return false };
        let Some((before, range)) = index.checked_sub(1).and_then(|before| {
            let (before, rest) = (self.ranges.get(before)?, self.ranges.get(index)?);
            (before.end == rest.from && rest.at == rest.from).then_some((before.piece, rest.end))
        }) else {
            return false;
        };
        self.ranges.remove(index);
        if let Some(before) = self.range_mut(before) {
            before.end = range;
        }
        true
    }

    /// Whether nothing of `from` to `end` is to come.
    pub(crate) fn has(&self, from: u64, end: u64) -> bool {
        !self.ranges.iter().any(|range| range.at < end && from < range.end)
    }

    /// How many bytes are here.
    pub(crate) fn len(&self) -> u64 {
        let to_come: u64 = self.ranges.iter().map(|range| range.end - range.at).sum();
        self.size - to_come
    }

    /// Up to where all is here.
    pub(crate) fn whole_up_to(&self) -> u64 {
        self.ranges.first().map_or(self.size, |range| range.at)
    }

    /// Whether all is here.
    pub(crate) fn is_whole(&self) -> bool {
        self.ranges.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

    use super::*;

    const OVERLAP: u64 = 64 * 1024;

    #[test]
    fn half_of_the_longest_rest_is_taken_while_it_is_worth_it() {
        let mut ranges = Ranges::of(10 * LEAST, 0);
        assert_eq!((ranges.open(), ranges.free()), (1, 1));
        let first = ranges.take().unwrap();
        assert_eq!((ranges.open(), ranges.free()), (1, 0));
        let second = ranges.take().unwrap();
        assert_eq!((ranges.from(second), ranges.rest(first)), (5 * LEAST, 5 * LEAST));
        assert_eq!(ranges.offset(second, OVERLAP), 5 * LEAST - OVERLAP);
        ranges.wrote(first, LEAST as usize);
        let third = ranges.take().unwrap();
        assert_eq!(ranges.from(third), 5 * LEAST + 5 * LEAST / 2);
        let fourth = ranges.take().unwrap();
        assert_eq!(ranges.from(fourth), 3 * LEAST);
        while ranges.take().is_some() {}
        assert_eq!(ranges.open(), 0);
        assert!(ranges.ranges.iter().all(|range| range.end - range.at >= LEAST));
    }

    #[test]
    fn a_block_is_sorted_by_what_is_there() {
        let mut ranges = Ranges::of(10 * LEAST, 0);
        let (first, second) = (ranges.take().unwrap(), ranges.take().unwrap());
        let sorted =
            |joint, again, new, is_enough, is_too_long| Sorted { joint, again, new, is_enough, is_too_long };
        assert_eq!(ranges.sort(second, 5 * LEAST - 10, 30), sorted(10, 0, 20, false, false));
        ranges.wrote(second, 20);
        assert_eq!(ranges.sort(second, 5 * LEAST - 10, 40), sorted(10, 20, 10, false, false));
        ranges.wrote(first, 5 * LEAST as usize - 10);
        assert_eq!(ranges.sort(first, 5 * LEAST - 20, 30), sorted(0, 10, 10, true, false));
        assert!(!ranges.sort(second, 10 * LEAST - 1, 1).is_enough, "the end is yet to be seen");
        assert!(ranges.sort(second, 10 * LEAST - 1, 2).is_too_long);
        ranges.finish(first);
        assert!(ranges.sort(first, 0, 5).is_enough, "another one has it");
    }

    #[test]
    fn where_the_server_does_not_begin_the_one_before_goes_on() {
        let mut ranges = Ranges::of(10 * LEAST, 0);
        let (first, second) = (ranges.take().unwrap(), ranges.take().unwrap());
        assert!(ranges.join_to_the_one_before(second));
        assert_eq!((ranges.rest(first), ranges.open()), (10 * LEAST, 0));
        assert!(!ranges.join_to_the_one_before(first), "nothing is before it");

        let mut ranges = Ranges::of(10 * LEAST, 0);
        let (first, second) = (ranges.take().unwrap(), ranges.take().unwrap());
        ranges.finish(first);
        assert!(!ranges.join_to_the_one_before(second), "that one is done");
    }

    #[derive(Copy, Clone, Debug)]
    enum Act {
        Take,
        GiveBack(usize),
        Fetch(usize, usize),
        Join(usize),
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            Just(Act::Take),
            any::<usize>().prop_map(Act::GiveBack),
            (any::<usize>(), 1..3_000_000_usize).prop_map(|(at, count)| Act::Fetch(at, count)),
            any::<usize>().prop_map(Act::Join),
        ]
    }

    proptest! {
        /// Whatever happens: the ranges do not overlap, and they and what was written are the whole file.
        #[test]
        fn each_byte_is_fetched_once(size in 0_u64..40_000_000, acts in vec(act(), 0..200)) {
            let mut ranges = Ranges::of(size, 0);
            let (mut taken, mut written) = (Vec::<Piece>::new(), 0_u64);
            for act in acts {
                match act {
                    Act::Take => taken.extend(ranges.take()),
                    Act::GiveBack(at) if !taken.is_empty() => ranges.give_back(taken.swap_remove(at % taken.len())),
                    Act::Join(at) if !taken.is_empty() => {
                        let piece = taken[at % taken.len()];
                        if ranges.join_to_the_one_before(piece) {
                            taken.retain(|&other| other != piece);
                        }
                    }
                    Act::Fetch(at, count) if !taken.is_empty() => {
                        let piece = taken[at % taken.len()];
                        let from = ranges.range(piece).unwrap().at;
                        let sorted = ranges.sort(piece, from, count);
                        assert_eq!((sorted.joint, sorted.again), (0, 0));
                        assert!(sorted.new == count || sorted.is_enough || sorted.is_too_long);
                        ranges.wrote(piece, sorted.new);
                        written += sorted.new as u64;
                        if ranges.rest(piece) == 0 {
                            ranges.finish(piece);
                            taken.retain(|&other| other != piece);
                        }
                    }
                    _ => {}
                }
                let rest: u64 = ranges.ranges.iter().map(|range| range.end - range.at).sum();
                assert_eq!(written + rest, size);
                assert!(ranges.ranges.windows(2).all(|pair| pair[0].end <= pair[1].from));
                assert!(ranges.has(0, ranges.whole_up_to()));
                assert_eq!(ranges.is_whole(), written == size && ranges.ranges.is_empty());
            }
        }
    }
}
