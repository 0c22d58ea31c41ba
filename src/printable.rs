//! Texts of others.

/// What can be read of a text, with "?" for each control character: those could end a line of a log, or drive a terminal.
pub(crate) fn printable(text: &[u8]) -> String {
    String::from_utf8_lossy(text).replace(char::is_control, "?")
}

/// Whether a text contains another one. [`str::contains`] is quicker for long texts, and ten times as much code.
pub(crate) fn contains(text: &str, part: &str) -> bool {
    find(text, part).is_some()
}

/// Where a text contains another one first.
pub(crate) fn find(text: &str, part: &str) -> Option<usize> {
    text.as_bytes().windows(part.len().max(1)).position(|here| here == part.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_it_drives_a_terminal() {
        assert_eq!(printable(b"a\r\nb\x1b[2J\x7f\xc2\x9b1m\xff \xc3\xa9"), "a??b?[2J??1m\u{fffd} \u{e9}");
    }

    #[test]
    fn a_text_says_what_is_anywhere_in_it() {
        for (text, part, expected) in [
            ("try again", "again", true),
            ("try again", "try", true),
            ("agai", "again", false),
            ("", "a", false),
            ("é", "é", true),
        ] {
            assert_eq!(contains(text, part), expected, "{text} {part}");
        }
    }
}
