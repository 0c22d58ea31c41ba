//! Where the records of a stream of TLS begin.

/// Kind, version, and the length of what follows.
const HEAD: usize = 5;

/// A place in a stream of TLS records.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// How much of a record's head has passed.
    head: usize,
    /// The rest of a record whose head has passed. While the head passes, what it has told of this.
    rest: usize,
}

impl Records {
    /// How many of these bytes come until `most` records have ended in them, or all of them. They have passed then.
    pub(super) fn pass(&mut self, bytes: &[u8], most: u32) -> usize {
        let mut left = bytes;
        let mut ended = 0;
        while ended < most && self.step(&mut left) {
            ended += 1;
        }
        bytes.len() - left.len()
    }

    /// Goes on to the end of a record. Whether it is there.
    fn step(&mut self, left: &mut &[u8]) -> bool {
        while self.head < HEAD {
            let Some(byte) = left.split_off_first() else { return false };
            self.head += 1;
            if self.head > HEAD - 2 {
                self.rest = self.rest << 8 | usize::from(*byte);
            }
        }
        let count = self.rest.min(left.len());
        *left = left.get(count..).unwrap_or_default();
        self.rest -= count;
        if self.rest > 0 {
            return false;
        }
        self.head = 0;
        true
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn record(length: u16) -> Vec<u8> {
        let mut record = vec![23, 3, 3];
        record.extend(length.to_be_bytes());
        record.resize(HEAD + usize::from(length), 0xff);
        record
    }

    fn stream(lengths: &[u16]) -> Vec<u8> {
        lengths.iter().flat_map(|length| record(*length)).collect()
    }

    #[test]
    fn ends_behind_so_many_records() {
        let bytes = stream(&[1, 300, 0, 16_640, 65_535, 2]);
        let mut records = Records::default();
        assert_eq!(records.pass(&bytes, 2), 6 + 305);
        assert_eq!(records.pass(&bytes[311..], 3), 5 + 16_645 + 65_540);
        assert_eq!(records.pass(&bytes[311 + 82_190..], 3), 7);
        assert_eq!(records.pass(&[], 3), 0);
    }

    /// Wherever the stream is cut, the records end where they end.
    #[test]
    fn goes_on_in_the_middle_of_a_record() {
        let bytes = stream(&[1, 0, 300, 2]);
        for cut in 0..=bytes.len() {
            let (before, behind) = bytes.split_at(cut);
            let mut records = Records::default();
            assert_eq!(records.pass(before, 9), cut);
            let ends = [6, 11, 316, 323];
            let next = ends.iter().find(|end| **end > cut).unwrap_or(&323);
            assert_eq!(cut + records.pass(behind, 1), *next, "cut at {cut}");
        }
    }
}
