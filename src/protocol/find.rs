//! Where a byte is in a text.

/// Bytes that are compared together.
const STEP: usize = 8;
/// In each byte the lowest bit, and the highest one.
const LOW: u64 = u64::from_ne_bytes([0x01; STEP]);
const HIGH: u64 = u64::from_ne_bytes([0x80; STEP]);

/// The first place of `wanted`.
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
    // A byte that is wanted is 0 here. Up to the first of those no byte borrows, so the lowest mark is right.
    let different = bytes ^ u64::from_ne_bytes([wanted; STEP]);
    let marks = different.wrapping_sub(LOW) & !different & HIGH;
    (marks != 0).then(|| marks.trailing_zeros() as usize / STEP)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_byte_is_found_wherever_it_is(
            text in proptest::collection::vec(prop_oneof![0_u8..4, any::<u8>()], 0..100),
            wanted in prop_oneof![0_u8..4, any::<u8>()],
        ) {
            prop_assert_eq!(position(&text, wanted), text.iter().position(|&byte| byte == wanted));
        }

        #[test]
        fn a_byte_is_found_before_another(text in proptest::collection::vec(0_u8..12, 0..60), wanted in 1_u8..3) {
            let end = text.iter().position(|&byte| byte == 1);
            let inside = text[..end.unwrap_or(text.len())].iter().position(|&byte| byte == wanted);
            prop_assert_eq!(positions(&text, 1, wanted), (end, inside));
        }
    }
}
