//! Where a byte is in a text.

/// Bytes that are compared together.
const STEP: usize = 8;
/// In each byte the lowest bit, and the highest one.
const LOW: u64 = u64::from_ne_bytes([0x01; STEP]);
const HIGH: u64 = u64::from_ne_bytes([0x80; STEP]);

/// The first place of `wanted`.
#[inline]
pub(super) fn position(text: &[u8], wanted: u8) -> Option<usize> {
    let pattern = u64::from_ne_bytes([wanted; STEP]);
    let (steps, rest) = text.as_chunks::<STEP>();
    for (index, step) in steps.iter().enumerate() {
        // A byte that is wanted is 0 here. Below the first one of those, no byte borrows, so none is marked by mistake.
        let different = u64::from_le_bytes(*step) ^ pattern;
        let marks = different.wrapping_sub(LOW) & !different & HIGH;
        if marks != 0 {
            return Some(index * STEP + marks.trailing_zeros() as usize / STEP);
        }
    }
    let in_rest = rest.iter().position(|&byte| byte == wanted)?;
    Some(text.len() - rest.len() + in_rest)
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
    }
}
