//! The encoding of names and text on the wire. The caller's side is always UTF-8.

use std::borrow::Cow;

use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};

/// How names and text are encoded on the wire.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// As they are: UTF-8, or whatever bytes a server uses for its names. A name from a listing can always be sent back.
    #[default]
    Utf8,
    /// ISO 8859-1: each byte is the character of the same number.
    Latin1,
    /// One of the encodings of the WHATWG Encoding Standard.
    Other(&'static Encoding),
}

/// The text has a character that the encoding cannot express.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text cannot be expressed in {charset}")]
pub struct Unencodable {
    charset: &'static str,
}

impl Charset {
    /// The encoding with this label, such as `utf-8`, `latin-1`, `iso-8859-15` or `shift_jis`; `None` if there is none.
    ///
    /// `latin-1` and its other names mean ISO 8859-1 itself, as in Python, and not windows-1252, as on the Web. UTF-16 is
    /// none, because a command line cannot be made of it.
    pub fn for_label(label: &[u8]) -> Option<Charset> {
        let label = label.trim_ascii().to_ascii_lowercase();
        match label.as_slice() {
            b"latin-1" | b"latin1" | b"latin_1" | b"iso-8859-1" | b"iso8859-1" | b"iso_8859-1" | b"l1" => {
                return Some(Charset::Latin1);
            }
            // Python writes it so, the standard does not.
            b"utf_8" => return Some(Charset::Utf8),
            _ => {}
        }
        match Encoding::for_label(&label)? {
            encoding if encoding == UTF_8 => Some(Charset::Utf8),
            encoding if [UTF_16BE, UTF_16LE, REPLACEMENT].contains(&encoding) => None,
            encoding => Some(Charset::Other(encoding)),
        }
    }

    /// The caller's UTF-8 as it goes on the wire.
    ///
    /// # Errors
    /// The text is not UTF-8, or has a character that the encoding does not know.
    pub fn encode(self, text: &[u8]) -> Result<Cow<'_, [u8]>, Unencodable> {
        let unencodable = Unencodable { charset: self.name() };
        match self {
            Charset::Utf8 => Ok(Cow::Borrowed(text)),
            Charset::Latin1 => {
                let text = str::from_utf8(text).map_err(|_| unencodable)?;
                let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
                bytes.map(Cow::Owned).ok_or(unencodable)
            }
            Charset::Other(encoding) => {
                let text = str::from_utf8(text).map_err(|_| unencodable)?;
                let (bytes, _, has_unmappable) = encoding.encode(text);
                if has_unmappable { Err(unencodable) } else { Ok(Cow::Owned(bytes.into_owned())) }
            }
        }
    }

    /// What came over the wire as the caller's UTF-8. Bytes that mean nothing in the encoding become U+FFFD; with
    /// [`Charset::Utf8`] all bytes stay as they are.
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Charset::Utf8 => Cow::Borrowed(bytes),
            Charset::Latin1 => {
                Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect::<String>().into_bytes())
            }
            Charset::Other(encoding) => {
                let (text, _) = encoding.decode_without_bom_handling(bytes);
                Cow::Owned(text.into_owned().into_bytes())
            }
        }
    }

    fn name(self) -> &'static str {
        match self {
            Charset::Utf8 => "UTF-8",
            Charset::Latin1 => "ISO-8859-1",
            Charset::Other(encoding) => encoding.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn charset(label: &str) -> Charset {
        Charset::for_label(label.as_bytes()).unwrap()
    }

    #[test]
    fn labels_are_found_as_users_write_them() {
        for label in ["utf-8", "UTF-8", "utf8", " utf-8 ", "utf_8"] {
            assert_eq!(charset(label), Charset::Utf8, "{label}");
        }
        for label in ["latin-1", "Latin1", "ISO-8859-1", "iso8859-1"] {
            assert_eq!(charset(label), Charset::Latin1, "{label}");
        }
        for label in ["windows-1252", "shift_jis", "gbk", "koi8-r", "iso-8859-15"] {
            assert!(matches!(charset(label), Charset::Other(_)), "{label}");
        }
        for label in ["", "klingon", "utf-16", "utf-16be", "iso-2022-kr"] {
            assert_eq!(Charset::for_label(label.as_bytes()), None, "{label}");
        }
    }

    #[test]
    fn text_is_encoded_or_refused() {
        let encode = |label, text: &'static str| charset(label).encode(text.as_bytes());
        assert_eq!(&*encode("latin-1", "caf\u{e9}\u{80}").unwrap(), b"caf\xe9\x80");
        assert!(encode("latin-1", "\u{20ac}").is_err());
        assert_eq!(&*encode("windows-1252", "\u{20ac}").unwrap(), b"\x80");
        assert_eq!(&*encode("shift_jis", "\u{65e5}\u{672c}").unwrap(), b"\x93\xfa\x96\x7b");
        assert_eq!(
            encode("koi8-r", "\u{65e5}").unwrap_err().to_string(),
            "the text cannot be expressed in KOI8-R"
        );
        assert!(charset("latin-1").encode(b"\xff").is_err());
        assert!(charset("koi8-r").encode(b"\xff").is_err());
        assert_eq!(&*charset("utf-8").encode(b"\xff").unwrap(), b"\xff");
    }

    #[test]
    fn bytes_are_decoded_without_loss_where_the_encoding_has_them_all() {
        assert_eq!(&*charset("latin-1").decode(b"caf\xe9\x80"), "caf\u{e9}\u{80}".as_bytes());
        assert_eq!(&*charset("shift_jis").decode(b"\x93\xfa\x96\x7b"), "\u{65e5}\u{672c}".as_bytes());
        assert_eq!(&*charset("shift_jis").decode(b"a\x93"), "a\u{fffd}".as_bytes());
        assert_eq!(&*charset("utf-8").decode(b"a\xff"), b"a\xff");
    }

    proptest! {
        #[test]
        fn what_latin_1_decodes_it_encodes_to_the_same_bytes(bytes: Vec<u8>) {
            let text = Charset::Latin1.decode(&bytes).into_owned();
            prop_assert_eq!(&*Charset::Latin1.encode(&text).unwrap(), &bytes[..]);
        }
    }
}
