//! Where a byte is in a text.

/// Eight bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word(u64);

impl Word {
    pub(super) const LENGTH: usize = STEP;

    /// Those at a place, if there are so many.
    #[inline]
    pub(super) fn at(text: &[u8], place: usize) -> Option<Word> {
        let bytes = text.get(place..)?.first_chunk()?;
        Some(Word(u64::from_le_bytes(*bytes)))
    }

    /// The first place of `wanted`.
    #[inline]
    pub(super) fn position(self, wanted: u8) -> Option<usize> {
        first(self.0, wanted)
    }

    /// Which bits are others than those of another one.
    #[inline]
    pub(super) fn differs(self, other: Word) -> u64 {
        self.0 ^ other.0
    }

    /// In small letters, as a number: the first byte is the lowest. Bit 5 is set in all of them.
    #[inline]
    pub(super) fn small(self) -> u64 {
        self.0 | SPACES
    }

    /// What stands before `wanted` as such a number, and how long it is.
    #[inline]
    pub(super) fn small_before(self, wanted: u8) -> Option<(u64, usize)> {
        let marks = marks(self.0, wanted);
        let lowest = marks & marks.wrapping_neg();
        let mask = (lowest >> (STEP - 1)).wrapping_sub(1);
        if marks == 0 { None } else { Some((self.small() & mask, marks.trailing_zeros() as usize / STEP)) }
    }
}

/// Bytes that are compared together.
const STEP: usize = 8;
/// In each byte the lowest bit, and the highest one.
const LOW: u64 = u64::from_ne_bytes([0x01; STEP]);
const HIGH: u64 = u64::from_ne_bytes([0x80; STEP]);
const SPACES: u64 = u64::from_ne_bytes([b' '; STEP]);

/// The first place of `wanted`, which is near: for what is further away, `memchr` is faster.
#[inline]
pub(super) fn position(text: &[u8], wanted: u8) -> Option<usize> {
    let (steps, rest) = text.as_chunks::<STEP>();
    for (index, step) in steps.iter().enumerate() {
        if let Some(place) = first(u64::from_le_bytes(*step), wanted) {
            return Some(index * STEP + place);
        }
    }
    let in_rest = rest.iter().position(|&byte| byte == wanted)?;
    Some(text.len() - rest.len() + in_rest)
}

/// The first place of one or the other.
#[inline]
pub(super) fn position_of_either(text: &[u8], one: u8, other: u8) -> Option<usize> {
    let (steps, rest) = text.as_chunks::<STEP>();
    for (index, step) in steps.iter().enumerate() {
        let step = u64::from_le_bytes(*step);
        let marks = marks(step, one) | marks(step, other);
        if marks != 0 {
            return Some(index * STEP + marks.trailing_zeros() as usize / STEP);
        }
    }
    let in_rest = rest.iter().position(|&byte| byte == one || byte == other)?;
    Some(text.len() - rest.len() + in_rest)
}

/// Whether there is a control character of ASCII, or one of two other bytes.
pub(super) fn has_control_or(text: &[u8], one: u8, other: u8) -> bool {
    const DELETE: u8 = 0x7f;
    let is_in = |step: u64| {
        // Up to the first byte below a space no byte borrows, and without one no byte is marked.
        let below = step.wrapping_sub(SPACES) & !step & HIGH;
        (below | marks(step, DELETE) | marks(step, one) | marks(step, other)) != 0
    };
    let (steps, rest) = text.as_chunks::<STEP>();
    let is_in_steps = steps.iter().any(|step| is_in(u64::from_le_bytes(*step)));
    // The last step has bytes of the one before it.
    match text.last_chunk::<STEP>() {
        Some(last) => is_in_steps || is_in(u64::from_le_bytes(*last)),
        None => rest.iter().any(|byte| byte.is_ascii_control() || *byte == one || *byte == other),
    }
}

/// The first place of `end`, and the first place of `inside` before it.
#[inline]
pub(super) fn positions(text: &[u8], end: u8, inside: u8) -> (Option<usize>, Option<usize>) {
    let (steps, rest) = text.as_chunks::<STEP>();
    let mut found = None;
    for (index, step) in steps.iter().enumerate() {
        let step = u64::from_le_bytes(*step);
        found = found.or_else(|| first(step, inside).map(|place| index * STEP + place));
        if let Some(place) = first(step, end) {
            let place = index * STEP + place;
            return (Some(place), found.filter(|&found| found < place));
        }
    }
    let start = text.len() - rest.len();
    let place = rest.iter().position(|&byte| byte == end);
    let before = place.and_then(|place| rest.get(..place)).unwrap_or(rest);
    let found = found.or_else(|| before.iter().position(|&byte| byte == inside).map(|place| start + place));
    (place.map(|place| start + place), found)
}

/// The first place of `wanted` in eight bytes.
#[inline]
fn first(bytes: u64, wanted: u8) -> Option<usize> {
    let marks = marks(bytes, wanted);
    if marks == 0 { None } else { Some(marks.trailing_zeros() as usize / STEP) }
}

/// Marks where `wanted` is, if it is there. Only the lowest mark is right for certain.
#[inline]
fn marks(bytes: u64, wanted: u8) -> u64 {
    // A byte that is wanted is 0 here. Up to the first of those no byte borrows.
    let different = bytes ^ u64::from_ne_bytes([wanted; STEP]);
    different.wrapping_sub(LOW) & !different & HIGH
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_word_is_eight_bytes_from_some_place_on() {
        assert_eq!(Word::at(b"xTy.e=f;z", 1).unwrap().small(), u64::from_le_bytes(*b"ty.e=f;z"));
        assert!(Word::at(b"Ty.e=f;z", 1).is_none() && Word::at(b"Ty.e=f;z", 9).is_none());
        let word = Word::at(b"Ty.e=f;z", 0).unwrap();
        assert_eq!((word.position(b'='), word.position(b'T'), word.position(b'#')), (Some(4), Some(0), None));
        assert_eq!(word.small_before(b'='), Some((u64::from_le_bytes(*b"ty.e\0\0\0\0"), 4)));
        assert_eq!(word.small_before(b'z'), Some((u64::from_le_bytes(*b"ty.e=f;\0"), 7)));
        assert_eq!(word.small_before(b'T'), Some((0, 0)));
        assert_eq!(word.small_before(b'#'), None);
        let small = Word::at(b"ty.e=f;z", 0).unwrap();
        assert_eq!((word.differs(small), word.differs(word)), (u64::from(b' '), 0));
    }

    #[test]
    fn what_is_found_twice_is_found() {
        assert!(has_control_or(b"abcdefgh", b'c', b'c'));
        assert!(has_control_or(b"abcdefg\x7f", 0x7f, 0));
    }

    proptest! {
        #[test]
        fn a_byte_is_found_wherever_it_is(
            text in proptest::collection::vec(prop_oneof![0_u8..4, any::<u8>()], 0..100),
            wanted in prop_oneof![0_u8..4, any::<u8>()],
        ) {
            let place = text.iter().position(|&byte| byte == wanted);
            prop_assert_eq!(position(&text, wanted), place);
            let place = text.iter().position(|&byte| byte == wanted || byte == 2);
            prop_assert_eq!(position_of_either(&text, wanted, 2), place);
        }

        #[test]
        fn control_characters_are_found(text in proptest::collection::vec(0x18_u8.., 0..40), one: u8, other: u8) {
            let is_such = |byte: &u8| byte.is_ascii_control() || [one, other].contains(byte);
            prop_assert_eq!(has_control_or(&text, one, other), text.iter().any(is_such));
        }

        #[test]
        fn one_control_character_is_found(
            mut text in proptest::collection::vec(0x20_u8..0x7f, 1..40), at: proptest::sample::Index, byte: u8,
        ) {
            *at.get_mut(&mut text) = byte;
            prop_assert_eq!(has_control_or(&text, 0, 0), byte.is_ascii_control());
        }

        #[test]
        fn a_byte_is_found_before_another(text in proptest::collection::vec(0_u8..12, 0..60), wanted in 1_u8..3) {
            let end = text.iter().position(|&byte| byte == 1);
            let inside = text[..end.unwrap_or(text.len())].iter().position(|&byte| byte == wanted);
            prop_assert_eq!(positions(&text, 1, wanted), (end, inside));
        }
    }
}
