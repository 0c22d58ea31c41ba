//! File sizes in replies: 150 announces one before a download, 213 answers SIZE (RFC 3659, section 4).

use super::reply::Reply;

/// The size that a 150 reply announces, as in `150 Opening data connection for file (1234 bytes)`.
///
/// No standard asks for it, so nothing may depend on it: `None` for any other wording. Of several sizes in the first
/// line the last counts, since the text before it may be a file name. Something must stand between the code and the size.
pub fn parse_150(reply: &Reply) -> Option<u64> {
    let text = reply.text().strip_prefix(b"150 ")?;
    let line = text.split(|&byte| byte == b'\n').next()?;
    let digits = (0..line.len()).rev().find_map(|at| size_digits(line.get(at..)?))?;
    parse_size(digits)
}

/// The size in a one-line 213 reply: the first number after the code. A number that goes on in another way, as `1,000`
/// does, is none.
pub fn parse_213(reply: &Reply) -> Option<u64> {
    let text = reply.text().strip_prefix(b"213")?;
    if text.contains(&b'\n') {
        return None;
    }
    let start = text.iter().position(u8::is_ascii_digit)?;
    let (before, number) = text.split_at_checked(start)?;
    if before.ends_with(b"-") {
        return None;
    }
    let digits = leading_digits(number);
    let goes_on = number.get(digits.len()).is_some_and(|byte| !byte.is_ascii_whitespace());
    if goes_on { None } else { parse_size(digits) }
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
fn parse_size(digits: &[u8]) -> Option<u64> {
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
            ("a number that goes on", "213 1,000", None),
            ("no number", "213 abc", None),
            ("only the code", "213", None),
            ("several lines", "213-Status\n213 1234", None),
            ("another code", "250 1000", None),
        ] {
            assert_eq!(parse_213(&Reply::from_text(text)), size, "{shown}");
        }
    }
}
