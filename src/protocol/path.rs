//! The directory name in a 257 reply, the answer to PWD and MKD (RFC 959, appendix II).

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

/// The directory name that a 257 reply quotes; inside the quotes, `""` stands for one `"`.
///
/// The result is empty if no quote follows the code: old Unix servers answer MKD without naming the directory. A
/// missing closing quote and any text after it do no harm.
pub fn parse_257(reply: &Reply) -> Result<Vec<u8>, PathError> {
    if reply.code() != Some(PATHNAME) {
        return Err(PathError::WrongCode(reply.excerpt()));
    }
    let quoted = reply.text().strip_prefix(b"257 \"").unwrap_or_default();
    let mut path = Vec::new();
    let mut bytes = quoted.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'"' && bytes.next_if_eq(&b'"').is_none() {
            break;
        }
        path.push(byte);
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("two spaces before the quote", "257  \"/home/u\"", ""),
            ("a multi-line reply", "257-\"/home/u\"\n257 end", ""),
            ("a quote later", "257 directory \"/home/u\" created", ""),
            ("only the code", "257", ""),
            ("text glued to the code", "2577 \"/\"", ""),
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
