//! The lines of a listing. They end at LF or CRLF: a CR alone may be part of a name. At the end of the text it is half a line end.

use super::super::find::far_position;

/// The first line of `text`, without its end, and how many bytes it takes with its end. None: the end is not here yet.
pub(super) fn first(text: &[u8], is_whole: bool) -> Option<(&[u8], usize)> {
    let (line, used) = match far_position(text, b'\n') {
        Some(end) => (text.get(..end)?, end + 1),
        None if is_whole && !text.is_empty() => (text, text.len()),
        None => return None,
    };
    Some((line.strip_suffix(b"\r").unwrap_or(line), used))
}

#[cfg(test)]
mod tests {
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
        assert_eq!(first(b"a\r", true), Some((&b"a"[..], 2)));
        assert_eq!(first(b"a\r", false), None);
        assert_eq!(first(b"", true), None);
    }
}
