//! The first column: the type of the file, and who may do what.

use super::super::entry::Kind;

/// What the first word of a line tells.
pub(in super::super) struct Permissions {
    pub(in super::super) kind: Kind,
    pub(in super::super) mode: Option<u16>,
    pub(in super::super) is_device: bool,
    /// The link count has grown together with it.
    pub(in super::super) has_link_count: bool,
}

const LENGTH: usize = 10;

impl Permissions {
    /// None: the line does not begin with such a word.
    pub(in super::super) fn read(line: &[u8]) -> Option<Self> {
        let (letters, rest) = line.split_first_chunk::<LENGTH>()?;
        let [type_letter, permissions @ ..] = letters;
        let kind = kind(*type_letter)?;
        let is_device = matches!(type_letter, b'b' | b'c');
        if let Some(length) = permissions.iter().position(|&letter| letter == b' ') {
            let is_short = is_short(permissions.get(..length)?);
            return is_short.then_some(Permissions { kind, mode: None, is_device, has_link_count: false });
        }
        let has_link_count = is_end(rest)?;
        Some(Permissions { kind, mode: mode(permissions)?, is_device, has_link_count })
    }
}

/// Whether a link count follows without a space. None: it is another word.
///
/// A mark may follow: `+` for an ACL, `.` for a context of SELinux, `@` for extended attributes of macOS.
fn is_end(rest: &[u8]) -> Option<bool> {
    let rest = match rest {
        [b'+' | b'.' | b'@', rest @ ..] => rest,
        rest => rest,
    };
    match rest {
        [b' ' | b'\t', ..] => Some(false),
        [b'0'..=b'9', ..] => Some(true),
        _ => None,
    }
}

fn kind(letter: u8) -> Option<Kind> {
    match letter {
        // "C": a contiguous file of RTU and others. "f": Commons Net has met it.
        b'-' | b'C' | b'f' => Some(Kind::File),
        b'd' => Some(Kind::Directory),
        b'l' => Some(Kind::Link),
        // Devices, pipes, sockets; doors and ports of Solaris; network files of HP-UX; whiteouts of BSD.
        b'b' | b'c' | b'p' | b's' | b'D' | b'P' | b'n' | b'w' => Some(Kind::Other),
        // A file that Cray has migrated; GNU's sign for what it could not find out.
        b'M' | b'?' => Some(Kind::Unknown),
        _ => None,
    }
}

/// Some servers write eight letters, or six: `d--------`, `drwxr-x`. What these tell of the mode is not certain.
fn is_short(letters: &[u8]) -> bool {
    let is_in_place =
        |(index, &letter): (usize, &u8)| letter == b'-' || b"rwx".get(index % 3) == Some(&letter);
    matches!(letters.len(), 6 | 8) && letters.iter().enumerate().all(is_in_place)
}

/// None: these are no permissions. `?????????` of GNU are permissions that nobody knows.
fn mode(letters: &[u8; LENGTH - 1]) -> Option<Option<u16>> {
    if letters == b"?????????" {
        return Some(None);
    }
    let mut mode = 0;
    for (index, &letter) in (0_u32..).zip(letters) {
        let bit = 0o400 >> index;
        // Of the owner, the group and the others: the bit that a letter in place of "x" stands for.
        let special = 0o4000 >> (index / 3);
        mode |= match (index % 3, letter) {
            (_, b'-') => 0,
            (0, b'r') | (1, b'w') | (2, b'x') => bit,
            (2, b's') if index < 8 => bit + special,
            (2, b'S') if index < 8 => special,
            // Solaris: a file that is locked when it is opened.
            (2, b'l' | b'L') if index == 5 => special,
            (2, b't') if index == 8 => bit + special,
            (2, b'T') if index == 8 => special,
            _ => return None,
        };
    }
    Some(Some(mode))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_bits() {
        for (letters, expected) in [
            ("rwxrwxrwx", Some(Some(0o777))),
            ("---------", Some(Some(0))),
            ("rw-r--r--", Some(Some(0o644))),
            ("rwsr-sr-t", Some(Some(0o7755))),
            ("rwSr-Sr-T", Some(Some(0o7644))),
            ("rw-r-lr--", Some(Some(0o2644))),
            ("?????????", Some(None)),
            ("rwtr-xr-x", None),
            ("rwxr-xr-s", None),
            ("rwxr-xr-S", None),
            ("rwTr-xr-x", None),
            ("rwlr-xr-x", None),
            ("rwxr-xr-L", None),
            ("wrxr-xr-x", None),
            ("C--E-----", None),
        ] {
            let letters = letters.as_bytes().first_chunk().unwrap();
            assert_eq!(mode(letters), expected, "{letters:?}");
        }
    }

    #[test]
    fn the_first_letter_is_the_type() {
        for (letter, expected) in [
            ('-', Some(Kind::File)),
            ('d', Some(Kind::Directory)),
            ('l', Some(Kind::Link)),
            ('c', Some(Kind::Other)),
            ('M', Some(Kind::Unknown)),
            ('?', Some(Kind::Unknown)),
            ('x', None),
        ] {
            let line = format!("{letter}rw-r--r-- 1");
            assert_eq!(Permissions::read(line.as_bytes()).map(|read| read.kind), expected, "{line}");
        }
    }

    #[test]
    fn marks_and_link_counts_may_follow() {
        for (line, expected) in [
            ("-rw-r--r-- 1", Some(false)),
            ("-rw-r--r--+ 1", Some(false)),
            ("-rw-r--r--@ 1", Some(false)),
            ("-rw-r--r--. 1", Some(false)),
            ("-rw-r--r--\t1", Some(false)),
            ("drwxr-xr-x1000 a", Some(true)),
            ("-rw-r--r--", None),
            ("-rw-r--r--x 1", None),
            ("-rw-r--r--++ 1", None),
            ("total 12", None),
            ("xrw-r--r-- 1", None),
        ] {
            assert_eq!(
                Permissions::read(line.as_bytes()).map(|read| read.has_link_count),
                expected,
                "{line}"
            );
        }
    }
}
