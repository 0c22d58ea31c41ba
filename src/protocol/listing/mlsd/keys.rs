//! The keys of facts: what each is about.

use crate::protocol::find::Word;

/// What a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Type,
    Size,
    Modify,
    Perm,
    Unique,
    Mode,
    /// The owner, and how well this tells it.
    Owner(u8),
    /// As [`About::Owner`].
    Group(u8),
    Link,
    /// It is known, and nothing is made of it.
    Else,
}

/// ProFTPD has the number of the owner as "UNIX.owner", and a name beside it. That is the name of the user of the session, whoever
/// owns the file: so the number counts. Pure-FTPd writes the size of a directory as "sizd".
/// Globus shows a link as what it leads to, and tells this beside it.
const KEYS: [(Key, About); 19] = [
    (packed(b"type"), About::Type),
    (packed(b"size"), About::Size),
    (packed(b"sizd"), About::Size),
    (packed(b"modify"), About::Modify),
    (packed(b"perm"), About::Perm),
    (packed(b"unique"), About::Unique),
    (packed(b"unix.mode"), About::Mode),
    (packed(b"unix.uid"), About::Owner(0)),
    (packed(b"unix.owner"), About::Owner(2)),
    (packed(b"unix.ownername"), About::Owner(1)),
    (packed(b"unix.gid"), About::Group(0)),
    (packed(b"unix.group"), About::Group(2)),
    (packed(b"unix.groupname"), About::Group(1)),
    (packed(b"unix.slink"), About::Link),
    (packed(b"lang"), About::Else),
    (packed(b"create"), About::Else),
    (packed(b"charset"), About::Else),
    (packed(b"win32.ea"), About::Else),
    (packed(b"media-type"), About::Else),
];

/// What a key is about. None: nobody knows it.
pub(super) fn about(key: &[u8]) -> Option<About> {
    about_packed(packed(key))
}

fn about_packed(key: Key) -> Option<About> {
    KEYS.iter().find(|(known, _)| *known == key).map(|(_, about)| *about)
}

/// What the fact at the head of a text is about, and how long its key is.
///
/// None: nobody knows the key, or it stands near the end of the text.
fn at_the_head(text: &[u8]) -> Option<(About, usize)> {
    let first = Word::at(text, 0)?;
    let (key, length) = match first.small_before(b'=') {
        Some((key, length)) => ((key, 0), length),
        None => {
            let (second, length) = Word::at(text, Word::LENGTH)?.small_before(b'=')?;
            ((first.small(), second), Word::LENGTH + length)
        }
    };
    Some((about_packed(key)?, length))
}

/// The first sixteen bytes of a word in small letters: only bit 5 tells them from capitals.
pub(super) type Key = (u64, u64);

/// No word that is known is longer.
pub(super) const fn packed(key: &[u8]) -> Key {
    match key.split_at_checked(Word::LENGTH) {
        Some((first, second)) if second.len() <= Word::LENGTH => (small(first), small(second)),
        Some(_) => (0, 0),
        None => (small(key), 0),
    }
}

const fn small(mut bytes: &[u8]) -> u64 {
    let mut number = 0;
    while let Some((&byte, rest)) = bytes.split_last() {
        number = number << 8 | (byte | b' ') as u64;
        bytes = rest;
    }
    number
}

/// The keys of the line before. A server sends the same ones in the same order, so each is looked for at its place first.
#[derive(Debug, Default)]
pub(super) struct Expected {
    /// Nothing, or [`MOST`] of them. They are not here, since listings that are begun move often.
    keys: Vec<Option<Guess>>,
}

/// No server sends more facts that are known.
const MOST: usize = 16;

/// A key, and what it is about.
#[derive(Clone, Copy, Debug)]
struct Guess {
    /// The key with its `=`, as the server writes it, and which of these sixteen bytes count.
    key: (Word, Word),
    mask: (u64, u64),
    /// Without the `=`.
    length: usize,
    about: About,
}

impl Expected {
    /// What the fact at the head of a text is about, and how long its key is. `place`: how many facts stand before it.
    ///
    /// None: nobody knows the key, or it stands near the end of the text.
    #[inline]
    pub(super) fn find(&mut self, place: usize, text: &[u8]) -> Option<(About, usize)> {
        if let Some(Some(guess)) = self.keys.get(place)
            && let Some(head) = head_of(text)
            && head.0.differs(guess.key.0) & guess.mask.0 | head.1.differs(guess.key.1) & guess.mask.1 == 0
        {
            return Some((guess.about, guess.length));
        }
        self.find_another(place, text)
    }

    #[cold]
    #[inline(never)]
    fn find_another(&mut self, place: usize, text: &[u8]) -> Option<(About, usize)> {
        let (about, length) = at_the_head(text)?;
        if place < MOST && self.keys.is_empty() {
            self.keys.resize(MOST, None);
        }
        if let Some(expected) = self.keys.get_mut(place)
            && let Some(key) = head_of(text)
        {
            *expected = Some(Guess { key, mask: mask_of(length + 1), length, about });
        }
        Some((about, length))
    }
}

fn head_of(text: &[u8]) -> Option<(Word, Word)> {
    Some((Word::at(text, 0)?, Word::at(text, Word::LENGTH)?))
}

/// The first bytes of sixteen.
fn mask_of(count: usize) -> (u64, u64) {
    let of = |count: usize| match count.min(Word::LENGTH) {
        Word::LENGTH => u64::MAX,
        count => (1 << (8 * count)) - 1,
    };
    (of(count), of(count.saturating_sub(Word::LENGTH)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_at_its_place_and_at_any_other() {
        let mut expected = Expected::default();
        let lines = [
            "size=1;type=file;UNIX.ownername=alice; abcdefghijklmnop",
            "size=1;type=file;UNIX.ownername=alice; abcdefghijklmnop",
            "type=file;size=1;unix.ownername=alice; abcdefghijklmnop",
            "sizd=1;tYpe=file;unix.owner=12; abcdefghijklmnop",
            "sizex=1;typ=file;unix.ownernames=12; abcdefghijklmnop",
            "size=1;modify=1;media-type=12; abcdefghijklmnop",
        ];
        for line in lines {
            let mut rest = line;
            for place in 0..3 {
                let key = rest.split('=').next().unwrap();
                let found = about(key.as_bytes()).map(|about| (about, key.len()));
                assert_eq!(expected.find(place, rest.as_bytes()), found, "{rest}");
                assert_eq!(expected.find(MOST + place, rest.as_bytes()), found, "{rest}");
                rest = rest.split_once(';').unwrap().1;
            }
        }
    }

    #[test]
    fn as_many_bytes_count_as_the_key_has() {
        assert_eq!(mask_of(1), (0xff, 0));
        assert_eq!(mask_of(8), (u64::MAX, 0));
        assert_eq!(mask_of(9), (u64::MAX, 0xff));
        assert_eq!(mask_of(16), (u64::MAX, u64::MAX));
        assert_eq!(mask_of(17), (u64::MAX, u64::MAX));
    }
}
