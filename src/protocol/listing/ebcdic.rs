//! Listings in EBCDIC, which mainframes send when their tables are not set up, or when a program has set `TYPE E`.
//!
//! The table is that of code page 1047. The code pages of other countries have the same letters, digits and spaces. Names with other
//! characters may come out wrong, as they do wherever an encoding is not told.

use std::collections::TryReserveError;

/// The end of a line: NEL, or LF.
const LINE_ENDS: [u8; 2] = [0x15, 0x25];
const SPACE: u8 = 0x40;

/// Latin-1 for each byte. Both ends of lines become LF.
#[rustfmt::skip]
const LATIN_1: [u8; 256] = [
    0x00, 0x01, 0x02, 0x03, 0x9c, 0x09, 0x86, 0x7f, 0x97, 0x8d, 0x8e, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
    0x10, 0x11, 0x12, 0x13, 0x9d, 0x0a, 0x08, 0x87, 0x18, 0x19, 0x92, 0x8f, 0x1c, 0x1d, 0x1e, 0x1f,
    0x80, 0x81, 0x82, 0x83, 0x84, 0x0a, 0x17, 0x1b, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x05, 0x06, 0x07,
    0x90, 0x91, 0x16, 0x93, 0x94, 0x95, 0x96, 0x04, 0x98, 0x99, 0x9a, 0x9b, 0x14, 0x15, 0x9e, 0x1a,
    0x20, 0xa0, 0xe2, 0xe4, 0xe0, 0xe1, 0xe3, 0xe5, 0xe7, 0xf1, 0xa2, 0x2e, 0x3c, 0x28, 0x2b, 0x7c,
    0x26, 0xe9, 0xea, 0xeb, 0xe8, 0xed, 0xee, 0xef, 0xec, 0xdf, 0x21, 0x24, 0x2a, 0x29, 0x3b, 0x5e,
    0x2d, 0x2f, 0xc2, 0xc4, 0xc0, 0xc1, 0xc3, 0xc5, 0xc7, 0xd1, 0xa6, 0x2c, 0x25, 0x5f, 0x3e, 0x3f,
    0xf8, 0xc9, 0xca, 0xcb, 0xc8, 0xcd, 0xce, 0xcf, 0xcc, 0x60, 0x3a, 0x23, 0x40, 0x27, 0x3d, 0x22,
    0xd8, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0xab, 0xbb, 0xf0, 0xfd, 0xfe, 0xb1,
    0xb0, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72, 0xaa, 0xba, 0xe6, 0xb8, 0xc6, 0xa4,
    0xb5, 0x7e, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0xa1, 0xbf, 0xd0, 0x5b, 0xde, 0xae,
    0xac, 0xa3, 0xa5, 0xb7, 0xa9, 0xa7, 0xb6, 0xbc, 0xbd, 0xbe, 0xdd, 0xa8, 0xaf, 0x5d, 0xb4, 0xd7,
    0x7b, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0xad, 0xf4, 0xf6, 0xf2, 0xf3, 0xf5,
    0x7d, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f, 0x50, 0x51, 0x52, 0xb9, 0xfb, 0xfc, 0xf9, 0xfa, 0xff,
    0x5c, 0xf7, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0xb2, 0xd4, 0xd6, 0xd2, 0xd3, 0xd5,
    0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0xb3, 0xdb, 0xdc, 0xd9, 0xda, 0x9f,
];

/// Whether a listing is in EBCDIC. No other encoding has a listing without a single space of ASCII and without a single LF.
pub fn is_ebcdic(sample: &[u8]) -> bool {
    let count = |is: fn(u8) -> bool| sample.iter().filter(|&&byte| is(byte)).count();
    let is_foreign = |byte: u8| byte == b' ' || byte == b'\n' || byte == b'\t';
    let common = count(|byte| byte == SPACE || is_letter_or_digit(byte));
    !sample.iter().any(|&byte| is_foreign(byte))
        && sample.iter().any(|byte| LINE_ENDS.contains(byte))
        && sample.contains(&SPACE)
        // The rest is dots, dashes, slashes and ends of lines.
        && common >= sample.len() - sample.len() / 4
}

/// The text in UTF-8. It may come in any pieces.
pub fn to_utf8(text: &[u8]) -> Result<Vec<u8>, TryReserveError> {
    let mut utf8 = String::new();
    utf8.try_reserve(text.len())?;
    for &plain in text.iter().filter_map(|&byte| LATIN_1.get(usize::from(byte))) {
        utf8.try_reserve(2)?;
        utf8.push(char::from(plain));
    }
    Ok(utf8.into_bytes())
}

fn is_letter_or_digit(byte: u8) -> bool {
    matches!(byte, 0x81..=0x89 | 0x91..=0x99 | 0xa2..=0xa9 | 0xc1..=0xc9 | 0xd1..=0xd9 | 0xe2..=0xe9 | 0xf0..=0xf9)
}

#[cfg(test)]
mod tests {
    use super::super::{Format, decide};
    use super::*;

    /// The text in EBCDIC, with this end of lines.
    fn encode(text: &str, line_end: u8) -> Vec<u8> {
        let byte = |byte: u8| match byte {
            b'\n' => line_end,
            byte => u8::try_from(LATIN_1.iter().position(|&plain| plain == byte).unwrap()).unwrap(),
        };
        text.bytes().map(byte).collect()
    }

    const MVS: &str = "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname\n\
                       F1DBAR 3390   2016/12/19  3   19  FB      80  3120  PO  CB12V51.CNTL\n";
    const UNIX: &str = "total 8\r\n-rw-r--r--   1 ROOT     SYS1         531 Jan 29 03:26 readme\r\n";

    #[test]
    fn a_listing_in_ebcdic_is_read_once_it_is_decoded() {
        for (text, format) in [(MVS, Format::Mvs), (UNIX, Format::Unix)] {
            for line_end in LINE_ENDS {
                let bytes = encode(text, line_end);
                assert!(is_ebcdic(&bytes), "{text}");
                assert_eq!(decide(&bytes), None, "{text}");
                let plain = to_utf8(&bytes).unwrap();
                assert_eq!(plain, text.as_bytes());
                assert_eq!(decide(&plain), Some(format));
            }
        }
    }

    #[test]
    fn other_encodings_are_none_of_ebcdic() {
        let gbk = b"\xc4\xe3\xba\xc3@%\xc4\xe3\xba\xc3\xc4\xe3\xba\xc3.txt\r\n";
        for text in [b"", MVS.as_bytes(), UNIX.as_bytes(), b"a@b%c", &gbk[..], b"\xf0\xf1\xf2", b"\x40\x40"] {
            assert!(!is_ebcdic(text), "{text:?}");
        }
        for foreign in [" ", "\n", "\t"] {
            let text = [encode(UNIX, LINE_ENDS[0]), foreign.into()].concat();
            assert!(!is_ebcdic(&text), "{foreign:?} is of ASCII");
        }
    }

    #[test]
    fn code_page_1047() {
        for (byte, plain) in
            [(0x40, b' '), (0x4b, b'.'), (0xc1, b'A'), (0xf9, b'9'), (0xad, b'['), (0xbd, b']'), (0x5f, b'^')]
        {
            assert_eq!(LATIN_1[byte], plain);
        }
        assert_eq!(to_utf8(&[0x51]).unwrap(), "é".as_bytes());
        let mut all: Vec<u8> = LATIN_1.to_vec();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 255, "only the two ends of lines are the same");
    }
}
