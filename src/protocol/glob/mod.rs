//! Patterns of paths, as a shell has them, and which directories have to be read to find what matches.
//!
//! | in a pattern | matches |
//! |---|---|
//! | `*` | any characters of one name, also none |
//! | `**` between slashes | any directories, also none; at the end, all that is below |
//! | `?` | one character |
//! | `[a-z_]`, `[[:digit:]]` | one character of the set |
//! | `[!a]`, `[^a]` | one character that is not in the set |
//! | `{a,b*}` | what one of the alternatives matches |
//! | `\*` | the character itself |
//!
//! A character is one of UTF-8. Where the bytes are not UTF-8, each of them is one. What has no end, as `[` without a `]`, stands for
//! itself. A name that begins with a dot is matched only by a dot, unless the options say otherwise.
//!
//! No pattern takes more time than its length times the length of a name, and the alternatives are bounded.

mod braces;
mod chosen;
mod component;
mod pieces;
mod search;

pub use chosen::Chosen;
use component::Component;
pub use search::{Endless, MAX_DEPTH, MAX_DIRECTORIES, Search, Step};
use thiserror::Error;

/// The longest pattern in bytes.
pub const MAX_PATTERN: usize = 4096;
/// How many alternatives the braces of a pattern can make.
pub const MAX_ALTERNATIVES: usize = 256;

/// A pattern that cannot be used.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Error)]
pub enum GlobError {
    /// It names nothing.
    #[error("the pattern names nothing")]
    Empty,
    /// It is longer than [`MAX_PATTERN`].
    #[error("the pattern has more than {MAX_PATTERN} bytes")]
    TooLong,
    /// Its braces make more than [`MAX_ALTERNATIVES`].
    #[error("the braces of the pattern make more than {MAX_ALTERNATIVES} alternatives")]
    TooManyAlternatives,
}

/// A pattern without braces.
#[derive(Debug, PartialEq, Eq)]
struct Alternative {
    is_absolute: bool,
    components: Vec<Component>,
    /// It ends with a slash.
    directories_only: bool,
}

/// The alternatives of a pattern, each once.
fn alternatives(pattern: &[u8]) -> Result<Vec<Alternative>, GlobError> {
    if pattern.len() > MAX_PATTERN {
        return Err(GlobError::TooLong);
    }
    let mut alternatives: Vec<Alternative> = Vec::new();
    for text in braces::expand(pattern)? {
        let alternative = Alternative {
            is_absolute: text.first() == Some(&b'/'),
            components: component::components(&text),
            directories_only: text.last() == Some(&b'/'),
        };
        if !alternative.components.is_empty() && !alternatives.contains(&alternative) {
            alternatives.push(alternative);
        }
    }
    if alternatives.is_empty() { Err(GlobError::Empty) } else { Ok(alternatives) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_names_nothing_or_too_much_is_refused() {
        for (pattern, error) in [
            ("", GlobError::Empty),
            ("/", GlobError::Empty),
            ("///", GlobError::Empty),
            ("{,}", GlobError::Empty),
            (&"a".repeat(MAX_PATTERN + 1), GlobError::TooLong),
            (&"{a,b}".repeat(9), GlobError::TooManyAlternatives),
            (&"{a,b}".repeat(700), GlobError::TooManyAlternatives),
            (&"{a,".repeat(257), GlobError::Empty),
        ] {
            let outcome = alternatives(pattern.as_bytes());
            if error == GlobError::Empty && pattern.len() > 3 {
                assert_eq!(outcome.map(|all| all.len()), Ok(1), "unclosed braces are themselves");
            } else {
                assert_eq!(outcome, Err(error), "{pattern}");
            }
        }
        assert!(alternatives("{a,b}".repeat(8).as_bytes()).is_ok());
        assert!(alternatives("a".repeat(MAX_PATTERN).as_bytes()).is_ok());
    }

    #[test]
    fn alternatives_that_say_the_same_are_one() {
        for (pattern, count) in [("{a,a}", 1), ("{a,b,a}*", 2), ("{a,\\a}", 1), ("{a/,a}", 2), ("{/a,a}", 2)]
        {
            assert_eq!(alternatives(pattern.as_bytes()).map(|all| all.len()), Ok(count), "{pattern}");
        }
    }
}
