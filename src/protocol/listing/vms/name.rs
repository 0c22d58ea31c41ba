//! Names: `NAME.TYPE;VERSION`, with escapes since there are disks that take any name.

use std::borrow::Cow;

/// The name at the head of a line.
pub(super) struct Name<'a> {
    /// Without the version, and without the type of a directory.
    pub(super) bare: &'a [u8],
    pub(super) with_version: &'a [u8],
    pub(super) is_directory: bool,
}

/// The name, and the columns behind it.
pub(super) fn split(line: &[u8]) -> Option<(Name<'_>, &[u8])> {
    let (word, rest) = line.split_at_checked(end(line))?;
    let with_version = without_directory(word);
    let semicolon = with_version.iter().rposition(|&byte| byte == b';')?;
    let (bare, version) = with_version.split_at_checked(semicolon)?;
    let digits = version.get(1..)?;
    let is_version = (1..=5).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    if bare.is_empty() || !is_version || is_escaped(bare) {
        return None;
    }
    // A directory has one version, and its type is never written in a path.
    let directory = bare
        .split_last_chunk::<4>()
        .filter(|(name, end)| !name.is_empty() && end.eq_ignore_ascii_case(b".DIR") && digits == b"1");
    let bare = directory.map_or(bare, |(name, _)| name);
    Some((Name { bare, with_version, is_directory: directory.is_some() }, rest.trim_ascii()))
}

/// The name in a line, with its version. None: the line is not of this format.
pub(in crate::protocol) fn with_version(line: &[u8]) -> Option<Cow<'_, [u8]>> {
    split(line).map(|(name, _)| unescape(name.with_version))
}

/// Where the first space is that has no `^` before it.
fn end(line: &[u8]) -> usize {
    let mut escaped = false;
    for (at, &byte) in line.iter().enumerate() {
        if matches!(byte, b' ' | b'\t') && !escaped {
            return at;
        }
        escaped = byte == b'^' && !escaped;
    }
    line.len()
}

/// `[DIRECTORY]NAME.TYPE;1`, which CMU's server writes.
fn without_directory(word: &[u8]) -> &[u8] {
    if word.first() != Some(&b'[') {
        return word;
    }
    let end = word.iter().position(|&byte| byte == b']');
    end.and_then(|end| word.get(end + 1..)).unwrap_or(word)
}

/// Whether what follows is escaped by a `^` at the end.
fn is_escaped(text: &[u8]) -> bool {
    text.iter().rev().take_while(|&&byte| byte == b'^').count() % 2 == 1
}

/// Tells names apart, in 64 bits (FNV-1a).
pub(super) fn hash(name: &[u8]) -> u64 {
    name.iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// - `^_` is a space.
/// - `^E9` is a byte in hexadecimal.
/// - `^U20AC` is a character of Unicode, which becomes UTF-8.
/// - `^` before anything else is that.
pub(in crate::protocol) fn unescape(name: &[u8]) -> Cow<'_, [u8]> {
    if !name.contains(&b'^') {
        return Cow::Borrowed(name);
    }
    let mut plain = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = if byte == b'^' {
            unescape_one(behind, &mut plain)
        } else {
            plain.push(byte);
            behind
        };
    }
    Cow::Owned(plain)
}

/// What stands behind a `^`. The answer is what stands behind that.
fn unescape_one<'a>(text: &'a [u8], plain: &mut Vec<u8>) -> &'a [u8] {
    if let Some((b"U", behind)) = text.split_at_checked(1)
        && let Some((digits, behind)) = behind.split_at_checked(4)
        && let Some(character) = hexadecimal(digits).and_then(char::from_u32)
    {
        plain.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        return behind;
    }
    if let Some((digits, behind)) = text.split_at_checked(2)
        && let Some(byte) = hexadecimal(digits).and_then(|number| u8::try_from(number).ok())
    {
        plain.push(byte);
        return behind;
    }
    match text.split_first() {
        Some((b'_', behind)) => {
            plain.push(b' ');
            behind
        }
        Some((&byte, behind)) => {
            plain.push(byte);
            behind
        }
        None => {
            plain.push(b'^');
            text
        }
    }
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, &digit| Some(number * 16 + char::from(digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone() {
        for (name, plain) in [
            ("A.TXT", &b"A.TXT"[..]),
            ("a^_b^ c", b"a b c"),
            ("a^.b^;1", b"a.b;1"),
            ("^^", b"^"),
            ("^E9^e9", b"\xe9\xe9"),
            ("^U20AC", "€".as_bytes()),
            ("^UD800x", b"UD800x"), // half of a character
            ("^U20A", b"U20A"),
            ("^", b"^"),
        ] {
            assert_eq!(&*unescape(name.as_bytes()), plain, "{name}");
        }
        assert!(matches!(unescape(b"A.TXT"), Cow::Borrowed(_)));
    }

    #[test]
    fn names_have_versions() {
        for line in ["A.TXT", "A.TXT;", "A.TXT;x", ";1", "A^;1", "A.TXT; 1", " A.TXT;1", "[X]", "A;123456"] {
            assert!(split(line.as_bytes()).is_none(), "{line}");
        }
        for (line, bare, is_directory) in [
            ("A.TXT;1", "A.TXT", false),
            ("A.DIR;1 1", "A", true),
            ("A.DIR;2 1", "A.DIR", false),
            (".DIR;1", ".DIR", false),
            ("[A.B]C.TXT;2 x", "C.TXT", false),
            ("a^ b^;.c;3 x", "a^ b^;.c", false),
            ("A^^;1", "A^^", false),
        ] {
            let (name, _) = split(line.as_bytes()).unwrap();
            assert_eq!((name.bare, name.is_directory), (bare.as_bytes(), is_directory), "{line}");
        }
    }
}
