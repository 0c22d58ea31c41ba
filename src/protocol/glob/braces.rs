//! `{a,b}`: one pattern written as several.

use super::pieces::Pieces;
use super::{GlobError, MAX_ALTERNATIVES};

/// The patterns without alternatives that a pattern stands for, in its order.
pub(super) fn expand(pattern: &[u8]) -> Result<Vec<Vec<u8>>, GlobError> {
    let mut expanded = Vec::new();
    let mut left = vec![pattern.to_vec()];
    while let Some(text) = left.pop() {
        let Some(group) = first_group(&text) else {
            expanded.push(text);
            continue;
        };
        left.extend(group.alternatives(&text).into_iter().rev());
        if expanded.len() + left.len() > MAX_ALTERNATIVES {
            return Err(GlobError::TooManyAlternatives);
        }
    }
    Ok(expanded)
}

/// Where the marks of a `{a,b}` stand.
struct Group {
    open: usize,
    commas: Vec<usize>,
    close: usize,
}

/// The group that begins first. Braces without a comma, or without an end, are characters.
fn first_group(text: &[u8]) -> Option<Group> {
    let mut first: Option<Group> = None;
    let mut opened: Vec<Group> = Vec::new();
    for (place, piece) in Pieces::of(text) {
        let at = place.start;
        if piece.is(b'{') {
            opened.push(Group { open: at, commas: Vec::new(), close: at });
        } else if piece.is(b',')
            && let Some(group) = opened.last_mut()
        {
            group.commas.push(at);
        } else if piece.is(b'}')
            && let Some(group) = opened.pop()
            && !group.commas.is_empty()
        {
            first = first.into_iter().chain([Group { close: at, ..group }]).min_by_key(|group| group.open);
        }
    }
    first
}

impl Group {
    fn alternatives(&self, text: &[u8]) -> Vec<Vec<u8>> {
        let before = text.get(..self.open).unwrap_or_default();
        let after = text.get(self.close + 1..).unwrap_or_default();
        let starts = [self.open].into_iter().chain(self.commas.iter().copied());
        let ends = self.commas.iter().copied().chain([self.close]);
        let one = |(start, end): (usize, usize)| text.get(start + 1..end).unwrap_or_default();
        starts.zip(ends).map(|ends| [before, one(ends), after].concat()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_are_alternatives() {
        for (pattern, expected) in [
            ("a", "a"),
            ("{a,b}", "a b"),
            ("x{a,b,}y", "xay xby xy"),
            ("{a,b}{1,2}", "a1 a2 b1 b2"),
            ("{a,b{1,2}}", "a b1 b2"),
            ("{a/b,c}/d", "a/b/d c/d"),
            ("{a}", "{a}"),
            ("{a{b,c}}", "{ab} {ac}"),
            ("{}", "{}"),
            ("{a,b", "{a,b"),
            ("a,b}", "a,b}"),
            ("{a,{b,c}", "{a,b {a,c"),
            ("{a\\,b,c}", "a\\,b c"),
            ("\\{a,b}", "\\{a,b}"),
            ("{a,b\\}", "{a,b\\}"),
            ("[{a,b}]", "[{a,b}]"),
            ("{[,],b}", "[,] b"),
            ("{[,b}", "[ b"),
        ] {
            let texts = expand(pattern.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(texts.join(&b' ')).unwrap(), expected, "{pattern}");
        }
    }

    #[test]
    fn deep_braces_are_no_deep_stack() {
        let deep = [b"{".repeat(2000), b"a,b".to_vec(), b"}".repeat(2000)].concat();
        assert_eq!(expand(&deep).map(|all| all.len()), Ok(2));
        assert_eq!(expand(&b"{".repeat(4096)), Ok(vec![b"{".repeat(4096)]));
    }
}
