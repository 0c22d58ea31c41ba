//! File sizes in replies: 150 announces one before a download, 213 answers SIZE (RFC 3659, section 4).

use super::codes::FILE_STATUS;
use super::reply::{Class, Reply};

/// The size that ftplib reads out of a 150 reply, as in `150 Opening data connection for file (1234 bytes)`. What a transfer
/// may rely on is [`announced_size`].
///
/// No standard asks for it, so nothing may depend on it: `None` for any other wording. Of several sizes in the first
/// line the last counts, since the text before it may be a file name. Something must stand between the code and the size.
pub fn parse_150(reply: &Reply) -> Option<u64> {
    let text = reply.text().strip_prefix(b"150 ")?;
    let line = text.split(|&byte| byte == b'\n').next()?;
    let digits = (0..line.len()).rev().find_map(|at| size_digits(line.get(at..)?))?;
    parse_size(digits)
}

/// The size of the data that a 1yz reply announces for a command with this argument: a number of bytes in parentheses at
/// the very end of the reply's last line, as in `150 Opening data connection for file (1234 bytes).`
///
/// A file's name may look like a size, and servers repeat it. So a text that the argument holds as well tells nothing.
pub fn announced_size(reply: &Reply, argument: &[u8]) -> Option<u64> {
    if reply.class() != Some(Class::Preliminary) {
        return None;
    }
    let line = reply.text().split(|&byte| byte == b'\n').next_back()?;
    let line = trim_end_matching(line, |byte| byte == b'.' || byte.is_ascii_whitespace());
    let start = line.iter().rposition(|&byte| byte == b'(')?;
    let size = line.get(start..)?;
    let digits = leading_digits(size.get(1..)?);
    let unit = size.get(1 + digits.len()..)?;
    let is_size = !digits.is_empty()
        && [&b" bytes)"[..], b" byte)"].iter().any(|known| unit.eq_ignore_ascii_case(known))
        && line.get(4..start).is_some_and(|before| !before.trim_ascii().is_empty());
    let is_of_the_name = argument.windows(size.len()).any(|part| part.eq_ignore_ascii_case(size));
    if is_size && !is_of_the_name { parse_size(digits) } else { None }
}

/// The size in a one-line 213 reply: the first number after the code, whatever follows it. A number that goes on behind a
/// separator, as `1,000` does, is none: nobody knows which it is.
pub fn parse_213(reply: &Reply) -> Option<u64> {
    if reply.code() != Some(FILE_STATUS) {
        return None;
    }
    let text = reply.text().get(3..)?;
    if text.contains(&b'\n') {
        return None;
    }
    let start = text.iter().position(u8::is_ascii_digit)?;
    let (before, number) = text.split_at_checked(start)?;
    let is_in_a_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-' || !byte.is_ascii();
    if before.last().is_none_or(is_in_a_word) {
        return None;
    }
    let digits = leading_digits(number);
    match number.get(digits.len()..)? {
        [b'.' | b',' | b'\'' | b'_', digit, ..] if digit.is_ascii_digit() => None,
        _ => parse_size(digits),
    }
}

fn trim_end_matching(mut text: &[u8], unwanted: impl Fn(u8) -> bool) -> &[u8] {
    while let [rest @ .., last] = text
        && unwanted(*last)
    {
        text = rest;
    }
    text
}

/// The digits of ` (1234 bytes)`, if `text` starts with that.
fn size_digits(text: &[u8]) -> Option<&[u8]> {
    const UNIT: &[u8] = b" bytes)";
    let inside = text.strip_prefix(b" (")?;
    let digits = leading_digits(inside);
    let unit = inside.get(digits.len()..)?.get(..UNIT.len())?;
    (!digits.is_empty() && unit.eq_ignore_ascii_case(UNIT)).then_some(digits)
}

fn leading_digits(text: &[u8]) -> &[u8] {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    text.get(..length).unwrap_or(text)
}

/// No size is bigger than `i64::MAX`: no file system goes further, and callers in C hold sizes in an `int64_t`.
pub(crate) fn parse_size(digits: &[u8]) -> Option<u64> {
    let size: i64 = str::from_utf8(digits).ok()?.parse().ok()?;
    u64::try_from(size).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_150_finds_the_announced_size() {
        for (shown, text, size) in [
            (
                "as most servers write it",
                "150 Opening BINARY mode data connection for f (1234 bytes).",
                Some(1234),
            ),
            ("an empty file", "150 Opening f (0 bytes)", Some(0)),
            ("capital letters", "150 Opening f (12 BYTES)", Some(12)),
            ("the last of two sizes", "150 for a (1 bytes).txt (22 bytes)", Some(22)),
            ("the last that is one", "150 for a (1 bytes) (x bytes)", Some(1)),
            ("two spaces before the parenthesis", "150  (12 bytes)", Some(12)),
            ("a later line does not count", "150 a (1 bytes)\n150 b (2 bytes)", Some(1)),
            ("a CR does not end the line", "150 a\r (12 bytes)", Some(12)),
            ("the biggest size", "150 f (9223372036854775807 bytes)", Some(9_223_372_036_854_775_807)),
            ("a size that does not fit", "150 f (9223372036854775808 bytes)", None),
            (
                "a size that does not fit hides the others",
                "150 a (1 bytes) (99999999999999999999 bytes)",
                None,
            ),
            ("nothing before the parenthesis", "150 (12 bytes)", None),
            ("no space before the parenthesis", "150 Opening f(12 bytes)", None),
            ("thousands separators", "150 Opening f (1,234 bytes)", None),
            ("another unit", "150 Opening f (12 kbytes)", None),
            ("singular", "150 Opening f (1 byte)", None),
            ("no number", "150 Opening f ( bytes)", None),
            ("a cut-off size", "150 Opening f (12 bytes", None),
            ("no size", "150 Opening data connection", None),
            ("the first line of several", "150-Opening f (12 bytes)\n150 go", None),
            ("only the code", "150", None),
            ("another code", "125 Opening f (12 bytes)", None),
        ] {
            assert_eq!(parse_150(&Reply::from_text(text)), size, "{shown}");
        }
    }

    #[test]
    fn the_announced_size_stands_at_the_end_and_is_not_of_the_name() {
        for (shown, text, argument, size) in [
            (
                "vsftpd, wu-ftpd",
                "150 Opening BINARY mode data connection for f (1234 bytes).",
                "f",
                Some(1234),
            ),
            ("ProFTPD", "150 Opening BINARY mode data connection for f (1234 bytes)", "f", Some(1234)),
            ("IIS", "150 Opening BINARY mode data connection for f(1234 bytes).", "f", Some(1234)),
            ("IIS, open already", "125 Data connection already open; Transfer starting.", "f", None),
            ("125 as well", "125 Transfer starting for f (7 bytes).", "f", Some(7)),
            ("pyftpdlib", "150 File status okay. About to open data connection.", "f", None),
            ("Pure-FTPd", "150-Accepted data connection\n150 1.2 kbytes to download", "f", None),
            ("the last of several lines", "150-Accepted\n150 Opening f (7 bytes)", "f", Some(7)),
            ("an earlier line does not count", "150-Quota of u (7 bytes)\n150 Opening f", "f", None),
            ("one byte", "150 Opening f (1 byte)", "f", Some(1)),
            ("capital letters", "150 Opening f (12 BYTES).", "f", Some(12)),
            ("spaces at the end", "150 Opening f (12 bytes) \r", "f", Some(12)),
            (
                "a name that holds a size",
                "150 Opening BINARY mode data connection for report (99 bytes).txt",
                "report (99 bytes).txt",
                None,
            ),
            ("a name that ends with one", "150 Opening f (99 bytes)", "f (99 bytes)", None),
            ("with a full stop", "150 Opening f (99 bytes).", "/pub/f (99 bytes)", None),
            ("shown in capitals", "150 Opening F (99 BYTES).", "f (99 bytes)", None),
            ("and the size behind it", "150 Opening f (99 bytes) (5 bytes).", "f (99 bytes)", Some(5)),
            ("the same twice: not known", "150 Opening (5 bytes) (5 bytes).", "(5 bytes)", None),
            ("text behind the size", "150 Opening f (12 bytes) in image type", "f", None),
            ("two sizes", "150 Opening f (1 bytes) (22 bytes)", "f", Some(22)),
            ("thousands", "150 Opening f (1,234 bytes)", "f", None),
            ("another unit", "150 Opening f (12 kbytes)", "f", None),
            ("nothing before it", "150 (12 bytes)", "f", None),
            ("no number", "150 Opening f ( bytes)", "f", None),
            ("a size that does not fit", "150 Opening f (9223372036854775808 bytes)", "f", None),
            ("only the code", "150", "f", None),
            ("a final reply", "226 Sent f (12 bytes)", "f", None),
            ("no argument", "150 Opening the list (12 bytes)", "", Some(12)),
        ] {
            assert_eq!(announced_size(&Reply::from_text(text), argument.as_bytes()), size, "{shown}");
        }
    }

    #[test]
    fn parse_213_finds_the_first_number() {
        for (shown, text, size) in [
            ("as most servers write it", "213 1234", Some(1234)),
            ("an empty file", "213 0", Some(0)),
            ("spaces around", "213   1234  ", Some(1234)),
            ("text after it", "213 1234 bytes", Some(1234)),
            ("text before it", "213 size 1234", Some(1234)),
            ("leading zeros", "213 0000000000000000000000012", Some(12)),
            ("the biggest size", "213 9223372036854775807", Some(9_223_372_036_854_775_807)),
            ("a size that does not fit", "213 9223372036854775808", None),
            ("a negative size", "213 -1", None),
            ("a full stop after it", "213 3.", Some(3)),
            ("a unit glued to it", "213 12bytes", Some(12)),
            ("a comma after it", "213 12, as of today", Some(12)),
            ("a number that goes on", "213 1,000", None),
            ("or in another way", "213 1.000", None),
            ("a sign", "213 +12", Some(12)),
            ("a digit inside a word", "213 v2 status", None),
            ("behind a letter that is not ASCII", "213 \u{e9}2", None),
            ("glued to the code", "2131234", None),
            ("no number", "213 abc", None),
            ("only the code", "213", None),
            ("several lines", "213-Status\n213 1234", None),
            ("another code", "250 1000", None),
        ] {
            assert_eq!(parse_213(&Reply::from_text(text)), size, "{shown}");
        }
    }
}
