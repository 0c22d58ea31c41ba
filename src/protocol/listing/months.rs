//! Names of months, as servers in many countries write them.

/// The number of a month, from its name or its short name.
pub(super) fn number(word: &[u8]) -> Option<u32> {
    english(word)
}

/// The twelve that nearly all listings have, and as fast as that calls for.
fn english(word: &[u8]) -> Option<u32> {
    let &[a, b, c] = word else { return None };
    let month = match [a | 0x20, b | 0x20, c | 0x20] {
        [b'j', b'a', b'n'] => 1,
        [b'f', b'e', b'b'] => 2,
        [b'm', b'a', b'r'] => 3,
        [b'a', b'p', b'r'] => 4,
        [b'm', b'a', b'y'] => 5,
        [b'j', b'u', b'n'] => 6,
        [b'j', b'u', b'l'] => 7,
        [b'a', b'u', b'g'] => 8,
        [b's', b'e', b'p'] => 9,
        [b'o', b'c', b't'] => 10,
        [b'n', b'o', b'v'] => 11,
        [b'd', b'e', b'c'] => 12,
        _ => return None,
    };
    Some(month)
}
