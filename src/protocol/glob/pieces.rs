//! A pattern taken apart: characters, escaped characters and sets.

use std::ops::Range;

/// What a byte that is not UTF-8 is as a character: no character has such a number.
const NOT_UTF8: u32 = 0x0011_0000;

/// A part of a pattern that means one thing.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A character, which may have a meaning.
    Plain(u32),
    /// One that a backslash takes the meaning from.
    Escaped(u32),
    /// What stands between `[` and `]`.
    Set(&'a [u8]),
}

impl Piece<'_> {
    pub(super) fn is(&self, byte: u8) -> bool {
        *self == Piece::Plain(byte.into())
    }

    /// It separates the names of a path. No escape changes that: no name has a slash in it.
    pub(super) fn is_separator(&self) -> bool {
        matches!(self, Piece::Plain(character) | Piece::Escaped(character) if *character == u32::from(b'/'))
    }
}

/// The pieces of a pattern, each with where it stands.
pub(super) struct Pieces<'a> {
    text: &'a [u8],
    at: usize,
    /// No set that begins before this place has an end.
    no_set_before: usize,
}

impl<'a> Pieces<'a> {
    pub(super) fn of(text: &'a [u8]) -> Pieces<'a> {
        Pieces { text, at: 0, no_set_before: 0 }
    }

    /// What the `[` before `start` opens. It is not looked for again where it was not found: many of them would take long.
    fn set(&mut self, start: usize) -> Option<Range<usize>> {
        if start <= self.no_set_before {
            return None;
        }
        let rest = self.text.get(start..)?;
        let name = rest.split(|&byte| byte == b'/').next()?;
        let length = length_of_set(name);
        if length.is_none() {
            self.no_set_before = start + name.len();
        }
        Some(start..start + length?)
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = (Range<usize>, Piece<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let (character, length) = character(self.text.get(start..)?)?;
        let mut end = start + length;
        let mut piece = Piece::Plain(character);
        if piece.is(b'\\')
            && let Some((escaped, length)) = self.text.get(end..).and_then(self::character)
        {
            end += length;
            piece = Piece::Escaped(escaped);
        } else if piece.is(b'[')
            && let Some(range) = self.set(end)
        {
            end = range.end + 1;
            piece = Piece::Set(self.text.get(range)?);
        }
        self.at = end;
        Some((start..end, piece))
    }
}

/// How many bytes come before the `]` that ends a set. One at its beginning is a member.
fn length_of_set(text: &[u8]) -> Option<usize> {
    let negation = usize::from(matches!(text.first(), Some(b'!' | b'^')));
    let mut at = negation;
    loop {
        match text.get(at..)? {
            [b']', ..] if at > negation => return Some(at),
            [b'\\', _, ..] => at += 2,
            [b'[', b':', rest @ ..] => at += 2 + length_of_class(rest).map_or(0, |length| length + 2),
            _ => at += 1,
        }
    }
}

/// The length of a class's name, as in `digit:]`.
pub(super) fn length_of_class(text: &[u8]) -> Option<usize> {
    let length = text.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
    text.get(length..)?.starts_with(b":]").then_some(length)
}

/// The first character, and how many bytes it has.
pub(super) fn character(text: &[u8]) -> Option<(u32, usize)> {
    let &byte = text.first()?;
    if byte.is_ascii() {
        return Some((byte.into(), 1));
    }
    let head = text.get(..4).unwrap_or(text);
    let first = head.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
    Some(first.map_or((NOT_UTF8 + u32::from(byte), 1), |character| (character.into(), character.len_utf8())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_those_of_utf8_or_bytes() {
        for (text, number, length) in [
            (&b"a\xff"[..], 0x61, 1),
            ("\u{e9}x".as_bytes(), 0xe9, 2),
            ("\u{10348}".as_bytes(), 0x10348, 4),
            (b"\xe9x", NOT_UTF8 + 0xe9, 1),
            (b"\xc3", NOT_UTF8 + 0xc3, 1),
            (b"\xf0\x90\x8d", NOT_UTF8 + 0xf0, 1),
        ] {
            assert_eq!(character(text), Some((number, length)), "{text:?}");
        }
        assert_eq!(character(b""), None);
    }

    #[test]
    fn sets_end_where_a_shell_ends_them() {
        for (text, sets) in [
            ("[a]", vec!["a"]),
            ("[]a]x", vec!["]a"]),
            ("[!]a][^]]", vec!["!]a", "^]"]),
            ("[a\\]b]", vec!["a\\]b"]),
            ("[[:digit:]]", vec!["[:digit:]"]),
            ("[[:digit]", vec!["[:digit"]),
            ("[[a]]", vec!["[a"]),
            ("[a/b]", vec![]),
            ("[a/[b]", vec!["b"]),
            ("abcd[efghi/[x]", vec!["x"]),
            ("[", vec![]),
            ("[]", vec![]),
            ("[!]", vec![]),
            ("[a\\]", vec![]),
            ("\\[a]", vec![]),
            ("[[[[", vec![]),
        ] {
            let found: Vec<&[u8]> = Pieces::of(text.as_bytes())
                .filter_map(|(_, piece)| if let Piece::Set(set) = piece { Some(set) } else { None })
                .collect();
            assert_eq!(found, sets.iter().map(|set| set.as_bytes()).collect::<Vec<_>>(), "{text}");
        }
    }

    #[test]
    fn the_pieces_are_all_of_the_text() {
        for text in ["", "a*[b]\\c\\", "\u{e9}\\\u{e9}[\u{e9}]", "[[/[x]]", "\\[\\"] {
            let mut end = 0;
            for (place, _) in Pieces::of(text.as_bytes()) {
                assert_eq!(place.start, end, "{text}");
                end = place.end;
            }
            assert_eq!(end, text.len(), "{text}");
        }
    }
}
