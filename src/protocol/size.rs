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

/// The size in a one-line 213 reply: the first number after the code.
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
    parse_size(leading_digits(number))
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
