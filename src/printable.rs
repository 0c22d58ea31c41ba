//! What others have named, in messages of ours.

/// What can be read of a text, with "?" for each control character: those could end a line of a log, or drive a terminal.
pub(crate) fn printable(text: &[u8]) -> String {
    String::from_utf8_lossy(text).replace(char::is_control, "?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_it_drives_a_terminal() {
        assert_eq!(printable(b"a\r\nb\x1b[2J\x7f\xc2\x9b1m\xff \xc3\xa9"), "a??b?[2J??1m\u{fffd} \u{e9}");
    }
}
