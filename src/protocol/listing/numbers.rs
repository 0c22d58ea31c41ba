//! Numbers in lines of listings.

/// A number of decimal digits and nothing else. None: it is none, or larger than what `int64_t` holds, in which callers in C have
/// sizes.
pub(super) fn decimal(digits: &[u8]) -> Option<u64> {
    // As many digits as always fit.
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let mut number = 0_u64;
    for &byte in digits {
        number = number * 10 + u64::from(digit(byte)?);
    }
    i64::try_from(number).is_ok().then_some(number)
}

/// Two digits, as in dates.
pub(super) fn pair(digits: &[u8]) -> Option<u32> {
    let &[tens, ones] = digits else { return None };
    Some(digit(tens)? * 10 + digit(ones)?)
}

#[inline]
fn digit(byte: u8) -> Option<u32> {
    let digit = byte.wrapping_sub(b'0');
    if digit < 10 { Some(u32::from(digit)) } else { None }
}

/// A number of this many digits at most, as in dates.
pub(super) fn short(digits: &[u8], most: usize) -> Option<u32> {
    if digits.is_empty() || digits.len() > most {
        return None;
    }
    let mut number = 0_u32;
    for &byte in digits {
        number = number.checked_mul(10)?.checked_add(digit(byte)?)?;
    }
    Some(number)
}

/// The twelve bits of a mode that is written in octal digits, with or without those of the type of file.
pub(super) fn mode(digits: &[u8]) -> Option<u16> {
    u16::try_from(octal(digits)? & 0o7777).ok()
}

/// A mode in octal digits, with the type of file.
pub(super) fn octal(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 7 {
        return None;
    }
    let mut number = 0_u32;
    for &byte in digits {
        match byte {
            b'0'..=b'7' => number = number * 8 + u32::from(byte - b'0'),
            _ => return None,
        }
    }
    Some(number).filter(|&number| number <= 0o177_777)
}

/// A number in which commas, dots, spaces or apostrophes separate thousands: `1,234,567`. Every group but the first has three
/// digits, and one separator separates them all. The space that Windows writes in some countries is 0xA0, or 0xFF in its console.
pub(super) fn grouped(text: &[u8]) -> Option<u64> {
    let Some(&separator) = text.iter().find(|byte| !byte.is_ascii_digit()) else {
        return decimal(text);
    };
    if !matches!(separator, b',' | b'.' | b'\'' | b' ' | 0xa0 | 0xff) {
        return None;
    }
    let mut number = 0_u64;
    for (index, group) in text.split(|&byte| byte == separator).enumerate() {
        if index > 0 && group.len() != 3 || group.len() > 3 {
            return None;
        }
        number = number.checked_mul(1000)?.checked_add(decimal(group)?)?;
    }
    i64::try_from(number).is_ok().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_digits_and_nothing_else() {
        for (text, expected) in [
            ("0", Some(0)),
            ("007", Some(7)),
            ("9223372036854775807", Some(9_223_372_036_854_775_807)),
            ("9223372036854775808", None),
            ("18446744073709551616", None),
            ("99999999999999999999", None),
            ("", None),
            ("+1", None),
            ("-1", None),
            ("1k", None),
            ("1:", None),
        ] {
            assert_eq!(decimal(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(pair(b"07"), Some(7));
        for text in ["7", "123", "1:", ":1", "x1", "1x"] {
            assert_eq!(pair(text.as_bytes()), None, "{text}");
        }
        assert_eq!(short(b"12", 2), Some(12));
        assert_eq!(short(b"123", 2), None);
        assert_eq!(short(b"99999999999", 11), None);
    }

    #[test]
    fn modes_are_octal() {
        for (text, expected) in [
            ("0644", Some(0o644)),
            ("0100644", Some(0o644)),
            ("41777", Some(0o1777)),
            ("00", Some(0)),
            ("0888", None),
            ("7777777", None),
            ("", None),
        ] {
            assert_eq!(mode(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn thousands_may_be_separated() {
        for (text, expected) in [
            (&b"9,730"[..], Some(9730)),
            (b"1,234,567", Some(1_234_567)),
            (b"1.234.567", Some(1_234_567)),
            (b"1\xa0234", Some(1234)),
            (b"531", Some(531)),
            (b"1,23", None),
            (b"1,234.567", None),
            (b"4,64", None),
            (b"1234,567", None),
            (b",567", None),
            (b"33.5k", None),
            (b"", None),
        ] {
            assert_eq!(grouped(text), expected, "{text:?}");
        }
    }
}
