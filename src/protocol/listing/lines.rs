//! The lines of a listing. They end at LF or CRLF: a CR alone may be part of a name. At the end of the text it is half a line end.
//!
//! Where they end with CRLF, LF alone is a part of a name, too: most servers send a name as it is. Who can make a file there could
//! otherwise make up entries.

use memchr::memchr;

/// The first line of `text`, without its end, and how many bytes it takes with its end. None: the end is not here yet.
pub(super) fn first(text: &[u8], is_whole: bool) -> Option<(&[u8], usize)> {
    let (line, used) = match memchr(b'\n', text) {
        Some(end) => (text.get(..end)?, end.saturating_add(1)),
        None if is_whole && !text.is_empty() => (text, text.len()),
        None => return None,
    };
    Some((line.strip_suffix(b"\r").unwrap_or(line), used))
}

/// How the lines of a listing end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    Lf,
    CrLf,
}

/// Lines that are looked at, to find out how they end.
const LOOK_AHEAD: usize = 100;

/// How lines end of which these are the first: with CRLF if any of them does. None: too little has come to tell.
pub(super) fn ends(text: &[u8], is_whole: bool) -> Option<Ends> {
    let lines = || text.split_inclusive(|&byte| byte == b'\n').take(LOOK_AHEAD);
    if lines().any(|line| line.ends_with(b"\r\n")) {
        return Some(Ends::CrLf);
    }
    let is_enough = || lines().nth(LOOK_AHEAD - 1).is_some_and(|line| line.ends_with(b"\n"));
    (is_whole || is_enough()).then_some(Ends::Lf)
}

/// Whether the line that takes `used` bytes has an end without CR.
pub(super) fn ends_with_lf_alone(text: &[u8], used: usize) -> bool {
    text.get(..used).is_some_and(|line| line.ends_with(b"\n") && !line.ends_with(b"\r\n"))
}

/// As much as a name can have behind a line end. So a search ends soon where there is no name.
const LONGEST_REST: usize = 1024;

/// What stands behind a LF that does not end the line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beyond<'a> {
    /// The line up to CRLF, without that, and how many bytes it takes.
    Line(&'a [u8], usize),
    /// No CRLF is near: the line has ended there after all.
    Nothing,
    NotYet,
}

/// The line at the head of `text` up to the CRLF that follows its first `used` bytes.
pub(super) fn beyond_lf(text: &[u8], used: usize, is_whole: bool) -> Beyond<'_> {
    let rest = text.get(used..).unwrap_or(b"");
    let near = rest.get(..LONGEST_REST).unwrap_or(rest);
    match near.windows(2).position(|pair| pair == b"\r\n") {
        Some(end) => {
            let end = used.saturating_add(end);
            text.get(..end).map_or(Beyond::Nothing, |line| Beyond::Line(line, end.saturating_add(2)))
        }
        None if is_whole || near.len() == LONGEST_REST => Beyond::Nothing,
        None => Beyond::NotYet,
    }
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

    #[test]
    fn one_line_of_the_first_tells_how_lines_end() {
        assert_eq!(ends(b"a\nb\r\n", false), Some(Ends::CrLf));
        assert_eq!(ends(b"a\nb\n", false), None);
        assert_eq!(ends(b"a\nb\n", true), Some(Ends::Lf));
        let many = b"a\n".repeat(LOOK_AHEAD);
        assert_eq!(ends(&many, false), Some(Ends::Lf));
        assert_eq!(ends(&many[1..], false), Some(Ends::Lf));
        assert_eq!(ends(&many[2..], false), None);
        assert_eq!(ends(&[&many[..], b"b\r\n"].concat(), true), Some(Ends::Lf));
    }

    #[test]
    fn a_line_goes_on_up_to_the_next_crlf_if_that_is_near() {
        assert!(ends_with_lf_alone(b"a\nb", 2));
        assert!(!ends_with_lf_alone(b"a\r\nb", 3));
        assert!(!ends_with_lf_alone(b"a\r", 2));
        assert_eq!(beyond_lf(b"a\nb\r\nc", 2, false), Beyond::Line(b"a\nb", 5));
        assert_eq!(beyond_lf(b"a\nb\nc\r\n", 2, false), Beyond::Line(b"a\nb\nc", 7));
        assert_eq!(beyond_lf(b"a\nb\r", 2, false), Beyond::NotYet);
        assert_eq!(beyond_lf(b"a\nb\r", 2, true), Beyond::Nothing);
        let far = [&b"a\n"[..], &[b'b'; LONGEST_REST - 1], b"\r\n"].concat();
        assert_eq!(beyond_lf(&far, 2, false), Beyond::Nothing);
        assert_eq!(beyond_lf(&far[..far.len() - 2], 2, false), Beyond::NotYet);
    }
}
