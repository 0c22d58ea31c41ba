//! The name that the server has given a file (STOU), as its replies tell it.
//!
//! RFC 1123, section 4.1.2.9, wants it in the 1yz reply, as in `150 FILE: name`. Servers of the BSD line tell it in the last one. Others
//! put it in quotes, or send it alone.

use super::reply::{Class, Reply};

/// The name in the replies of a transfer: those of class 1yz, and the last one. `None`: they do not tell it.
pub fn name_in<'a>(replies: impl Iterator<Item = &'a Reply> + Clone) -> Option<&'a [u8]> {
    let replies =
        replies.filter(|reply| matches!(reply.class(), Some(Class::Preliminary | Class::Completion)));
    let lines =
        replies.flat_map(|reply| reply.text().split(|&byte| byte == b'\n').filter_map(|line| line.get(4..)));
    // What an RFC asks for counts before what may be chance.
    [announced, bsd, quoted, alone]
        .into_iter()
        .find_map(|form: fn(&[u8]) -> Option<&[u8]>| lines.clone().find_map(form))
        .filter(|name| !name.contains(&b'\0'))
}

/// `FILE: name`
fn announced(line: &[u8]) -> Option<&[u8]> {
    let (before, name) = behind(line, b"FILE:")?;
    let is_word = before.last().is_none_or(u8::is_ascii_whitespace);
    let name = name.trim_ascii();
    let name = name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(name);
    (is_word && !name.is_empty()).then_some(name)
}

/// `Transfer complete (unique file name:name).`
fn bsd(line: &[u8]) -> Option<&[u8]> {
    let (_, rest) = behind(line, b"(unique file name:")?;
    let end = rest.iter().rposition(|&byte| byte == b')')?;
    let name = rest.get(..end)?.trim_ascii();
    (!name.is_empty()).then_some(name)
}

/// One name in quotes.
fn quoted(line: &[u8]) -> Option<&[u8]> {
    let mut parts = line.split(|&byte| byte == b'"');
    let (_, name, _) = (parts.next()?, parts.next()?, parts.next()?);
    let is_name = !name.trim_ascii().is_empty() && !name.eq_ignore_ascii_case(b"STOU");
    (is_name && parts.next().is_none()).then_some(name)
}

/// A word that has a digit or a dot inside: no word of a sentence has.
fn alone(line: &[u8]) -> Option<&[u8]> {
    let word = line.trim_ascii();
    let is_mark = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-' | b'/');
    let inside = word.get(..word.len().checked_sub(1)?)?;
    let is_name = !word.iter().any(u8::is_ascii_whitespace) && inside.iter().any(is_mark);
    is_name.then_some(word)
}

/// What is before and behind these words, in capitals or small letters.
fn behind<'a>(line: &'a [u8], words: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = line.windows(words.len()).position(|part| part.eq_ignore_ascii_case(words))?;
    Some((line.get(..at)?, line.get(at + words.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_found_in_the_first_or_the_last_reply() {
        for (shown, first, last, name) in [
            ("RFC 1123", "150 FILE: ftp.a1", "226 done", Some("ftp.a1")),
            ("125", "125 FILE: a b ", "250 done", Some("a b")),
            ("small letters", "150 File: x", "226 done", Some("x")),
            ("quoted", "150 FILE: \"x\"", "226 done", Some("x")),
            ("in several lines", "150-go\n150 FILE: x", "226 done", Some("x")),
            ("behind other words", "150 Opening. FILE: x", "226 done", Some("x")),
            (
                "BSD",
                "150 Opening data connection for 'ftp.1'.",
                "226 Transfer complete (unique file name:ftp.1).",
                Some("ftp.1"),
            ),
            ("with a parenthesis", "150 go", "226 Done (unique file name: a (1)).", Some("a (1)")),
            ("in the last one", "150 go", "226 FILE: x", Some("x")),
            ("in quotes", "150 go", "226 Stored as \"up.1\"", Some("up.1")),
            ("257", "150 go", "257 \"/d/up.1\" made", Some("/d/up.1")),
            ("alone", "150 go", "226 0b1c-7d", Some("0b1c-7d")),
            ("the first counts", "150 FILE: a", "226 FILE: b", Some("a")),
            ("the standard counts before quotes", "150 \"x\"", "226 FILE: b", Some("b")),
            ("nothing", "150 go", "226 Transfer complete.", None),
            ("one word", "150 Ok", "226 Done.", None),
            ("the command", "150 go", "226 \"STOU\" command successful", None),
            ("two in quotes", "150 go", "226 \"a\" and \"b\"", None),
            ("an empty name", "150 FILE: ", "226 \"\"", None),
            ("another word", "150 PROFILE: x", "226 done", None),
            ("a refusal", "550 FILE: x", "451 FILE: x", None),
            ("without text", "150", "226", None),
            ("a zero byte", "150 FILE: a\0b", "226 done", None),
        ] {
            let replies = [Reply::from_text(first), Reply::from_text(last)];
            assert_eq!(name_in(replies.iter()), name.map(str::as_bytes), "{shown}");
        }
    }
}
