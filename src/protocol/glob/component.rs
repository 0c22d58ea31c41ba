//! One name of a pattern.

use super::pieces::{Piece, Pieces, character, length_of_class};

/// What one name of a path must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Component {
    /// This name.
    Literal(Vec<u8>),
    /// Any names one below the other, also none: `**`.
    AnyDepth,
    /// Any name that these match.
    Pattern(Vec<Token>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Character(u32),
    /// One character: `?`.
    One,
    /// Any number of characters: `*`.
    Many,
    Set(Set),
}

/// The characters between `[` and `]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Set {
    is_negated: bool,
    ranges: Vec<(u32, u32)>,
}

/// The names of a pattern that has no braces.
pub(super) fn components(pattern: &[u8]) -> Vec<Component> {
    let mut components = Vec::new();
    let mut name = Name::default();
    for (place, piece) in Pieces::of(pattern) {
        if piece.is_separator() {
            std::mem::take(&mut name).end(&mut components);
        } else {
            name.push(piece, pattern.get(place).unwrap_or_default());
        }
    }
    name.end(&mut components);
    components
}

/// A name that is being read: its tokens, and what it is called if it is a literal.
#[derive(Default)]
struct Name {
    tokens: Vec<Token>,
    literal: Vec<u8>,
    stars: usize,
}

impl Name {
    /// `text` is the piece as it stands in the pattern.
    fn push(&mut self, piece: Piece<'_>, text: &[u8]) {
        let is_escaped = matches!(piece, Piece::Escaped(_));
        self.literal.extend_from_slice(text.get(usize::from(is_escaped)..).unwrap_or_default());
        let token = match piece {
            Piece::Set(text) => Token::Set(Set::parse(text)),
            _ if piece.is(b'*') => {
                self.stars += 1;
                Token::Many
            }
            _ if piece.is(b'?') => Token::One,
            Piece::Plain(character) | Piece::Escaped(character) => Token::Character(character),
        };
        // Two stars in a row match what one does.
        if token != Token::Many || self.tokens.last() != Some(&Token::Many) {
            self.tokens.push(token);
        }
    }

    fn end(self, components: &mut Vec<Component>) {
        let is_literal = self.tokens.iter().all(|token| matches!(token, Token::Character(_)));
        match self.tokens.as_slice() {
            [] => {}
            [Token::Many] if self.stars == 2 => {
                if components.last() != Some(&Component::AnyDepth) {
                    components.push(Component::AnyDepth);
                }
            }
            _ if is_literal => components.push(Component::Literal(self.literal)),
            _ => components.push(Component::Pattern(self.tokens)),
        }
    }
}

/// Whether the tokens match a name. After a mismatch the last star takes one character more: those before it need not be tried
/// again, since it can take whatever they could.
pub(super) fn matches(tokens: &[Token], name: &[u8]) -> bool {
    let (mut tokens, mut rest) = (tokens, name);
    let mut star: Option<(&[Token], &[u8])> = None;
    loop {
        match tokens.split_first() {
            Some((Token::Many, after)) => {
                tokens = after;
                star = Some((after, rest));
                continue;
            }
            Some((token, after)) => {
                if let Some((first, length)) = character(rest)
                    && token.matches(first)
                {
                    tokens = after;
                    rest = rest.get(length..).unwrap_or_default();
                    continue;
                }
            }
            None if rest.is_empty() => return true,
            None => {}
        }
        let Some((after, from)) = star else { return false };
        let Some((_, length)) = character(from) else { return false };
        (tokens, rest) = (after, from.get(length..).unwrap_or_default());
        star = Some((tokens, rest));
    }
}

impl Component {
    /// Whether a name matches. A leading dot is matched by a dot alone, unless `hidden` is set.
    pub(super) fn matches(&self, name: &[u8], hidden: bool) -> bool {
        let is_hidden = !hidden && name.first() == Some(&b'.');
        match self {
            Component::Literal(literal) => literal == name,
            Component::AnyDepth => !is_hidden,
            Component::Pattern(tokens) => (!is_hidden || self.names_the_dot()) && matches(tokens, name),
        }
    }

    /// Whether it is a pattern for names that begin with a dot.
    pub(super) fn names_the_dot(&self) -> bool {
        let Component::Pattern(tokens) = self else { return false };
        tokens.first() == Some(&Token::Character(b'.'.into()))
    }
}

impl Token {
    fn matches(&self, character: u32) -> bool {
        match self {
            Token::Character(own) => *own == character,
            Token::One | Token::Many => true,
            Token::Set(set) => set.has(character),
        }
    }
}

impl Set {
    fn parse(text: &[u8]) -> Set {
        let (is_negated, mut rest) = match text {
            [b'!' | b'^', rest @ ..] => (true, rest),
            text => (false, text),
        };
        let mut ranges = Vec::new();
        while let Some((member, after)) = Member::first(rest) {
            rest = after;
            let (from, to) = match (member, after) {
                (Member::Class(class), _) => {
                    ranges.extend(class);
                    continue;
                }
                (Member::One(from), [b'-', behind @ ..]) => match Member::first(behind) {
                    Some((Member::One(to), after)) => {
                        rest = after;
                        (from, to)
                    }
                    // A hyphen at the end is a member.
                    _ => (from, from),
                },
                (Member::One(one), _) => (one, one),
            };
            ranges.push((from, to));
        }
        Set { is_negated, ranges }
    }

    fn has(&self, character: u32) -> bool {
        self.ranges.iter().any(|&(from, to)| (from..=to).contains(&character)) != self.is_negated
    }
}

/// What stands in a set.
enum Member {
    One(u32),
    Class(Vec<(u32, u32)>),
}

impl Member {
    fn first(text: &[u8]) -> Option<(Member, &[u8])> {
        if let [b'[', b':', rest @ ..] = text
            && let Some(length) = length_of_class(rest)
            && let Some(class) = class(rest.get(..length)?)
        {
            return Some((Member::Class(class), rest.get(length + 2..)?));
        }
        let text = match text {
            [b'\\', rest @ ..] => rest,
            text => text,
        };
        let (first, length) = character(text)?;
        Some((Member::One(first), text.get(length..)?))
    }
}

/// A class of POSIX, of ASCII's characters. One that nobody knows is what it is made of.
fn class(name: &[u8]) -> Option<Vec<(u32, u32)>> {
    let has: fn(&u8) -> bool = match name {
        b"alnum" => u8::is_ascii_alphanumeric,
        b"alpha" => u8::is_ascii_alphabetic,
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => u8::is_ascii_control,
        b"digit" => u8::is_ascii_digit,
        b"graph" => u8::is_ascii_graphic,
        b"lower" => u8::is_ascii_lowercase,
        b"print" => |byte| matches!(byte, b' '..=b'~'),
        b"punct" => u8::is_ascii_punctuation,
        b"space" => |byte| matches!(byte, b' ' | b'\t'..=b'\r'),
        b"upper" => u8::is_ascii_uppercase,
        b"xdigit" => u8::is_ascii_hexdigit,
        _ => return None,
    };
    Some((0..=127u8).filter(has).map(|byte| (byte.into(), byte.into())).collect())
}

#[cfg(test)]
mod tests {

    use super::*;

    fn is_match(pattern: &str, name: &[u8]) -> bool {
        let [component] = components(pattern.as_bytes()).try_into().unwrap();
        component.matches(name, false)
    }

    #[test]
    fn names_are_matched_as_in_a_shell() {
        for (pattern, yes, no) in [
            ("abc", vec!["abc"], vec!["ab", "abcd", "ABC", ""]),
            ("*", vec!["a", "a.b", "-x", " "], vec![".a", "..x"]),
            ("a*", vec!["a", "ab", "a*"], vec!["ba", ""]),
            ("*a*b*", vec!["ab", "xaxbx", "aabb"], vec!["ba", "a", "b"]),
            ("*.tar.gz", vec!["a.tar.gz", "a.tar.tar.gz"], vec!["a.tar.gzz", ".tar.gz"]),
            ("?", vec!["a", "\u{e9}", "\u{10348}"], vec!["", "ab", "."]),
            ("a?c", vec!["abc", "a\u{e9}c"], vec!["ac", "abbc"]),
            ("[abc]", vec!["a", "c"], vec!["d", "", "ab"]),
            ("[a-c]x", vec!["ax", "bx"], vec!["dx", "-x"]),
            ("[c-a]x", vec![], vec!["ax", "bx", "cx", "-x"]),
            ("[!a-c]", vec!["d", "-", "!", "\u{e9}"], vec!["a", "b", "."]),
            ("[^a]", vec!["b", "^"], vec!["a"]),
            ("[]a]", vec!["]", "a"], vec!["b"]),
            ("[!]a]", vec!["b"], vec!["]", "a"]),
            ("[a-]", vec!["a", "-"], vec!["b"]),
            ("[-a]", vec!["a", "-"], vec!["b"]),
            ("[a\\-c]", vec!["a", "-", "c"], vec!["b"]),
            ("[*?]", vec!["*", "?"], vec!["a"]),
            ("[\u{e0}-\u{ef}]", vec!["\u{e9}"], vec!["e", "\u{f0}"]),
            ("[[:digit:]x]*", vec!["1", "x9"], vec!["a", ":", "d"]),
            ("[![:alpha:]]", vec!["1", "-"], vec!["a", "Z"]),
            ("[a-[:digit:]]", vec!["a", "-", "5"], vec!["b"]),
            ("[[:nonsense:]]", vec!["n", ":", "[", "]"], vec!["z"]),
            ("a[", vec!["a["], vec!["a"]),
            ("[a", vec!["[a"], vec!["a"]),
            ("\\*", vec!["*"], vec!["a", "\\*"]),
            ("\\a\\\\", vec!["a\\"], vec!["a"]),
            ("a\\", vec!["a\\"], vec!["a"]),
            (".*", vec![".a", "..x"], vec!["a"]),
            ("\\.a*", vec![".ab"], vec!["a"]),
            ("[.]a", vec![], vec![".a"]),
            ("?a", vec!["ba"], vec![".a"]),
        ] {
            for name in yes {
                assert!(is_match(pattern, name.as_bytes()), "{pattern} matches {name}");
            }
            for name in no {
                assert!(!is_match(pattern, name.as_bytes()), "{pattern} does not match {name}");
            }
        }
    }

    #[test]
    fn classes_are_those_of_ascii() {
        for (class, members) in [
            ("alnum", "09AZaz"),
            ("alpha", "AZaz"),
            ("blank", "\t "),
            ("cntrl", "\t\x0b\r\x1b\x7f"),
            ("digit", "09"),
            ("graph", "!~09AZaz"),
            ("lower", "az"),
            ("print", " !~09AZaz"),
            ("punct", "!~"),
            ("space", "\t\x0b\r "),
            ("upper", "AZ"),
            ("xdigit", "09Aa"),
        ] {
            for one in "\t\x0b\r\x1b\x7f !~09AZaz\u{e9}".chars() {
                let name = one.to_string();
                let pattern = format!("[[:{class}:]]");
                assert_eq!(is_match(&pattern, name.as_bytes()), members.contains(one), "{pattern} {one:?}");
            }
        }
    }

    #[test]
    fn what_is_not_utf8_is_matched_byte_by_byte() {
        assert!(is_match("caf?", b"caf\xe9"));
        assert!(is_match("caf??", b"caf\xc3\xc3"));
        assert!(is_match("*[!a-z]", b"caf\xe9"));
        assert!(!is_match("[\u{0}-\u{10ffff}]", b"\xe9"));
        let bytes = components(b"caf\xe9*").remove(0);
        assert!(bytes.matches(b"caf\xe9.txt", false));
        assert!(!bytes.matches("caf\u{e9}.txt".as_bytes(), false));
    }

    #[test]
    fn a_literal_is_what_its_escapes_say() {
        for (pattern, literal) in
            [("a", "a"), ("\\*\\[x\\]", "*[x]"), ("a]b", "a]b"), ("\u{e9}", "\u{e9}"), ("[", "[")]
        {
            assert_eq!(components(pattern.as_bytes()), [Component::Literal(literal.into())], "{pattern}");
        }
        assert_eq!(components(b"\xe9"), [Component::Literal(b"\xe9".to_vec())]);
        assert_eq!(components(b"a/**/b").get(1), Some(&Component::AnyDepth));
        assert_eq!(components(b"/**/**/").len(), 1);
        assert!(matches!(components(b"***")[..], [Component::Pattern(_)]));
        assert!(matches!(components(b"**a")[..], [Component::Pattern(_)]));
        assert!(matches!(components(b"*\\*")[..], [Component::Pattern(_)]));
    }

    #[test]
    fn many_stars_end() {
        // A matcher that tried all ways to share the name out would not end in a lifetime.
        let name = "a".repeat(2048);
        assert!(!is_match(&"*a".repeat(500), (name.clone() + "b").as_bytes()));
        assert!(!is_match(&("*".to_owned() + &"a".repeat(1000) + "b"), name.as_bytes()));
        assert!(!is_match(&"[".repeat(2048), b"["));
    }
}
