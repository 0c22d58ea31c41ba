//! Paths: the directory name in a 257 reply, the answer to PWD and MKD (RFC 959, appendix II), and the parts of a path.

use std::borrow::Cow;

use thiserror::Error;

use super::codes::PATHNAME;
use super::reply::Reply;

/// Why a reply gives no directory name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PathError {
    /// The reply has another code than 257. Holds the start of the reply.
    #[error("the server did not name a directory: {0}")]
    WrongCode(String),
}

/// The directory name that a 257 reply quotes: the first text in quotes behind the code.
///
/// By RFC 959 `""` stands for one `"` inside the quotes, and a lone `"` closes them. Some servers double nothing. They show
/// it where a quote neither closes nor is doubled, as in `"/d/q"x"`: then every quote stands for itself, and the one that
/// closes has nothing but white space, a punctuation mark or the end behind it. A missing closing quote and any text after it
/// do no harm.
///
/// The result is empty if no quote follows the code: old Unix servers answer MKD without naming the directory.
pub fn parse_257(reply: &Reply) -> Result<Vec<u8>, PathError> {
    if reply.code() != Some(PATHNAME) {
        return Err(PathError::WrongCode(reply.excerpt()));
    }
    let mut parts = reply.text().splitn(2, |&byte| byte == b'"');
    let quoted = parts.nth(1).unwrap_or_default();
    let (path, rest) = with_doubled_quotes(quoted);
    if rest.is_some_and(ends_a_quotation) {
        return Ok(path);
    }
    match with_plain_quotes(quoted) {
        Some(plain) => Ok(plain.to_vec()),
        None => Ok(path),
    }
}

/// The last part of a path, without the slashes behind it. A path of slashes only is its own last part.
pub fn last_part(path: &[u8]) -> &[u8] {
    let trimmed = without_slashes(path);
    match trimmed.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => trimmed.get(slash + 1..).unwrap_or_default(),
        None if trimmed.is_empty() => path.get(..1).unwrap_or_default(),
        None => trimmed,
    }
}

/// What is before the last part of a path: the directory that it is in. `None` is the working directory.
pub fn parent(path: &[u8]) -> Option<&[u8]> {
    let trimmed = without_slashes(path);
    let slash = trimmed.iter().rposition(|&byte| byte == b'/')?;
    match without_slashes(trimmed.get(..slash)?) {
        b"" => trimmed.get(..1),
        parent => Some(parent),
    }
}

/// The path as a command has to name it. Servers may take what a relative path begins with for an option or for a user's home, and
/// may drop a space there.
pub fn as_named(path: &[u8]) -> Cow<'_, [u8]> {
    match path.first() {
        Some(b'-' | b'~' | b' ' | b'\t') => Cow::Owned([b"./", path].concat()),
        _ => Cow::Borrowed(path),
    }
}

/// As [`as_named`], behind a command that may also set a time: a name that begins like one must not be taken for it.
pub fn apart_from_time(path: &[u8]) -> Cow<'_, [u8]> {
    if path.iter().take_while(|byte| byte.is_ascii_digit()).count() >= 8 {
        return Cow::Owned([b"./", path].concat());
    }
    as_named(path)
}

/// The path without the slashes at its end. Of slashes only, nothing is left.
pub fn without_slashes(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
    path.get(..end).unwrap_or_default()
}

/// Up to the first quote that is not doubled, and what follows that quote; `None` if there is no such quote.
fn with_doubled_quotes(quoted: &[u8]) -> (Vec<u8>, Option<&[u8]>) {
    let mut path = Vec::new();
    let mut rest = quoted;
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte == b'"' {
            match after {
                [b'"', after_both @ ..] => rest = after_both,
                _ => return (path, Some(after)),
            }
        }
        path.push(*byte);
    }
    (path, None)
}

/// Up to the first quote that can close.
fn with_plain_quotes(quoted: &[u8]) -> Option<&[u8]> {
    let is_end =
        |at: &usize| quoted.get(*at) == Some(&b'"') && quoted.get(at + 1..).is_some_and(ends_a_quotation);
    quoted.get(..(0..quoted.len()).find(is_end)?)
}

/// Whether a quote that this text follows closes: what comes next is white space or the end, or one punctuation mark before
/// those.
fn ends_a_quotation(after: &[u8]) -> bool {
    let is_gap = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
    let is_mark = |byte: &u8| matches!(byte, b'.' | b',' | b';' | b':' | b'!' | b')');
    is_gap(after.first()) || (after.first().is_some_and(is_mark) && is_gap(after.get(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_a_last_part_and_a_parent() {
        for (path, last, before) in [
            ("a", "a", None),
            ("ab/", "ab", None),
            ("/a", "a", Some("/")),
            ("//a//", "a", Some("/")),
            ("a/b", "b", Some("a")),
            ("/a/b c//d/", "d", Some("/a/b c")),
            ("/", "/", None),
            ("//", "/", None),
            ("", "", None),
            (" ", " ", None),
        ] {
            assert_eq!(last_part(path.as_bytes()), last.as_bytes(), "{path}");
            assert_eq!(parent(path.as_bytes()), before.map(str::as_bytes), "{path}");
        }
    }

    #[test]
    fn a_path_is_named_so_that_it_begins_with_nothing_that_a_server_could_misread() {
        for (path, named) in [
            ("-la", "./-la"),
            ("~root", "./~root"),
            (" a", "./ a"),
            ("\ta", "./\ta"),
            ("a-", "a-"),
            ("/-a", "/-a"),
            ("./-a", "./-a"),
            ("a ", "a "),
            ("", ""),
        ] {
            assert_eq!(as_named(path.as_bytes()), named.as_bytes(), "{path}");
        }
    }

    #[test]
    fn the_path_is_what_the_quotes_hold() {
        for (shown, text, path) in [
            ("as most servers write it", "257 \"/home/u\" is the current directory", "/home/u"),
            ("nothing after it", "257 \"/\"", "/"),
            ("two quotes are one", "257 \"/a\"\"b\"\"\" created", "/a\"b\""),
            ("only a quote", "257 \"\"\"\"", "\""),
            ("an empty name", "257 \"\" created", ""),
            ("no closing quote", "257 \"/home/u", "/home/u"),
            ("no closing quote after two quotes", "257 \"/home\"\"", "/home\""),
            ("a space inside", "257 \"/my files\"", "/my files"),
            ("a CR inside", "257 \"/a\rb\"", "/a\rb"),
            ("over two lines", "257 \"/a\nb\"", "/a\nb"),
            ("no quotes", "257 /home/u", ""),
            ("two spaces before the quote", "257  \"/home/u\"", "/home/u"),
            ("a multi-line reply", "257-\"/home/u\"\n257 end", "/home/u"),
            ("in a later line", "257-where you are\n257 \"/home/u\"", "/home/u"),
            ("a quote later", "257 directory \"/home/u\" created", "/home/u"),
            ("rubbish before it", "257 there is rubbish all over \"/this/path\"", "/this/path"),
            ("the first of two", "257 \"/a\" \"/b\"", "/a"),
            ("only the code", "257", ""),
            ("text glued to the code", "2577 \"/\"", "/"),
            ("a full stop behind it", "257 \"/home/u\".", "/home/u"),
            ("a comma behind it", "257 \"/home/u\", made. It is \"new\"", "/home/u"),
            ("text glued to the closing quote", "257 \"/home/u\"is here", "/home/u"),
        ] {
            assert_eq!(parse_257(&Reply::from_text(text)), Ok(path.into()), "{shown}");
        }
    }

    #[test]
    fn servers_that_do_not_double_quotes_are_understood_as_far_as_they_can_be() {
        for (shown, text, path) in [
            ("inside a name", "257 \"/d/q\"x\"", "/d/q\"x"),
            ("with text behind it", "257 \"/d/q\"x\" is the current directory", "/d/q\"x"),
            ("and with quotes in that", "257 \"/q\"x\" is your \"home\"", "/q\"x"),
            ("two of them", "257 \"/a\"b\"c\" made", "/a\"b\"c"),
            ("one at the end", "257 \"/d/q\"\" is the current directory", "/d/q\""),
            ("one at the end, no text", "257 \"/d/q\"\"", "/d/q\""),
            ("a lone one", "257 \"\"\"", "\""),
            ("at the beginning", "257 \"\"q\" made", "\"q"),
            ("two in a row, told by a third", "257 \"/a\"b\"\"c\"", "/a\"b\"\"c"),
            ("two in a row mean one to others", "257 \"/a\"\"b\"", "/a\"b"),
            ("a mark behind one, and text", "257 \"/a\".b\" made", "/a\".b"),
            ("a letter behind one, and a space", "257 \"/q\"x y\" made", "/q\"x y"),
            ("a space behind one closes", "257 \"/d/q\" x\"", "/d/q"),
        ] {
            assert_eq!(parse_257(&Reply::from_text(text)), Ok(path.into()), "{shown}");
        }
    }

    #[test]
    fn a_path_need_not_be_utf8() {
        assert_eq!(parse_257(&Reply::from_text(*b"257 \"/caf\xe9\"")), Ok(b"/caf\xe9".to_vec()));
    }

    #[test]
    fn another_code_is_an_error() {
        for text in ["250 \"/home/u\"", "550 no", "25", ""] {
            assert_eq!(parse_257(&Reply::from_text(text)), Err(PathError::WrongCode(text.to_owned())));
        }
    }
}
