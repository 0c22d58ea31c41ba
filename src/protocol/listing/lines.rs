//! The lines of a listing. They end at LF or CRLF: a CR alone may be part of a name.

/// Bytes that are looked at together. The compiler makes a few instructions of it.
const STEP: usize = 16;

/// The first line of `text`, without its end, and how many bytes it takes with its end. None: the end is not here yet.
pub(super) fn first(text: &[u8], is_whole: bool) -> Option<(&[u8], usize)> {
    let (line, used) = match position(text, b'\n') {
        Some(end) => (text.get(..end)?, end + 1),
        None if is_whole && !text.is_empty() => (text, text.len()),
        None => return None,
    };
    Some((line.strip_suffix(b"\r").unwrap_or(line), used))
}

/// Where `byte` is first in `text`.
pub(super) fn position(text: &[u8], byte: u8) -> Option<usize> {
    let mut at = 0;
    for step in text.chunks_exact(STEP) {
        if step.iter().fold(false, |found, &here| found | (here == byte)) {
            break;
        }
        at += STEP;
    }
    let rest = text.get(at..)?;
    rest.iter().position(|&here| here == byte).map(|here| at + here)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_ends_at_lf_or_crlf_or_with_the_text() {
        assert_eq!(first(b"a\nb", false), Some((&b"a"[..], 2)));
        assert_eq!(first(b"a\r\nb", false), Some((&b"a"[..], 3)));
        assert_eq!(first(b"a\rb\n", false), Some((&b"a\rb"[..], 4)));
        assert_eq!(first(b"a\r\r\n", false), Some((&b"a\r"[..], 4)));
        assert_eq!(first(b"\n", false), Some((&b""[..], 1)));
        assert_eq!(first(b"a", false), None);
        assert_eq!(first(b"a", true), Some((&b"a"[..], 1)));
        assert_eq!(first(b"", true), None);
    }

    proptest! {
        #[test]
        fn a_byte_is_found_wherever_it_is(text in proptest::collection::vec(0_u8..4, 0..100)) {
            prop_assert_eq!(position(&text, 3), text.iter().position(|&byte| byte == 3));
        }
    }
}
