//! Names that some file systems and servers take for the same.

use std::collections::HashMap;

/// Names, or paths, to look for others in them that some targets take for the same. These differ in
///
/// - case;
/// - how letters with marks are written: as one character, or as a letter and its marks;
/// - dots and spaces at the end;
/// - bytes that are no UTF-8.
#[derive(Default)]
pub(super) struct Names(HashMap<(By, Vec<u8>), [Two; 2]>);

/// What names have in common.
#[derive(Copy, Clone, PartialEq, Eq, Hash)]
enum By {
    Case,
    /// Of those that are not ASCII only. To tell which letter a mark stands on takes tables, so all names count whose other letters are the
    /// same. Those with marks of their own are kept apart, as the second: without such marks, two names that differ are two names
    /// everywhere.
    OtherLetters,
}

/// Two names, if there are as many: one of them is not the one that is looked for.
#[derive(Default)]
struct Two(Option<Vec<u8>>, Option<Vec<u8>>);

impl Two {
    fn add(&mut self, name: &[u8]) {
        match self {
            Two(first @ None, _) => *first = Some(name.to_vec()),
            Two(Some(first), second @ None) if first != name => *second = Some(name.to_vec()),
            _ => {}
        }
    }

    fn other_than(&self, name: &[u8]) -> Option<&[u8]> {
        [&self.0, &self.1].into_iter().flatten().map(Vec::as_slice).find(|other| *other != name)
    }
}

impl Names {
    pub(super) fn add(&mut self, name: &[u8]) {
        if let Some((letters, is_marked)) = other_letters(name) {
            self.add_by((By::OtherLetters, letters), is_marked, name);
        }
        self.add_by((By::Case, without_case(name)), false, name);
    }

    fn add_by(&mut self, key: (By, Vec<u8>), is_marked: bool, name: &[u8]) {
        let [plain, marked] = self.0.entry(key).or_default();
        if is_marked { marked.add(name) } else { plain.add(name) }
    }

    /// Another name that is alike.
    pub(super) fn like(&self, name: &[u8]) -> Option<&[u8]> {
        let by_case = || {
            let [plain, _] = self.0.get(&(By::Case, without_case(name)))?;
            plain.other_than(name)
        };
        let by_other_letters = || {
            let (letters, is_marked) = other_letters(name)?;
            let [plain, marked] = self.0.get(&(By::OtherLetters, letters))?;
            marked.other_than(name).or_else(|| plain.other_than(name).filter(|_| is_marked))
        };
        by_case().or_else(by_other_letters)
    }
}

fn without_case(name: &[u8]) -> Vec<u8> {
    let end = name.iter().rposition(|byte| !b". ".contains(byte)).map_or(name.len(), |last| last + 1);
    let name = name.get(..end).unwrap_or(name);
    String::from_utf8_lossy(name).to_lowercase().into_bytes()
}

/// What is left of a name without letters that may have a mark, and whether it has marks of their own. `None`: it has no such letters.
fn other_letters(name: &[u8]) -> Option<(Vec<u8>, bool)> {
    let name = std::str::from_utf8(name).ok().filter(|name| !name.is_ascii())?;
    let (mut letters, mut is_base, mut is_marked) = (String::new(), false, false);
    for letter in name.to_lowercase().chars() {
        if is_mark(letter) {
            is_marked = true;
            if is_base {
                letters.pop();
            }
        }
        is_base = letter.is_ascii_alphanumeric();
        if letter.is_ascii() {
            letters.push(letter);
        }
    }
    Some((letters.into_bytes(), is_marked))
}

/// Whether a character belongs to the letter before it: accents, dots below Hebrew and Arabic letters, the marks of kana and of India, and
/// the later parts of Hangul. Not all such characters have to be known: only those that letters of one character are made of.
fn is_mark(letter: char) -> bool {
    matches!(letter,
        '\u{300}'..='\u{36f}'
        | '\u{591}'..='\u{5c7}'
        | '\u{653}'..='\u{655}'
        | '\u{93c}' | '\u{9bc}' | '\u{9be}' | '\u{9d7}' | '\u{a3c}' | '\u{b3c}'..='\u{b57}' | '\u{bbe}'..='\u{bd7}'
        | '\u{c56}' | '\u{cc2}'..='\u{cd6}' | '\u{d3e}'..='\u{d57}' | '\u{dca}'..='\u{ddf}' | '\u{f71}'..='\u{fb7}'
        | '\u{102e}' | '\u{1161}'..='\u{11c2}' | '\u{1b35}' | '\u{3099}' | '\u{309a}' | '\u{110ba}' | '\u{11127}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_alike_that_differ_in_case_or_in_how_marks_are_written() {
        for (one, other, alike) in [
            (&b"README"[..], &b"readme"[..], true),
            ("ÄÖ".as_bytes(), "äö".as_bytes(), true),
            (b"a", b"b", false),
            (b"A\xff", b"a\xff", true),
            // To a server that expects UTF-8, both may be the same unknown character.
            (b"\xc4", b"\xe4", true),
            (b"a\xc4", b"b\xc4", false),
            // Windows drops them.
            (b"a", b"A. .", true),
            (b"a.b", b"a", false),
            (b"..", b". .", false),
            ("caf\u{e9}.txt".as_bytes(), "cafe\u{301}.txt".as_bytes(), true),
            ("CAFE\u{301}.txt".as_bytes(), "caf\u{e9}.txt".as_bytes(), true),
            ("\u{1ec7}".as_bytes(), "e\u{323}\u{302}".as_bytes(), true),
            ("\u{1eb9}\u{302}".as_bytes(), "e\u{323}\u{302}".as_bytes(), true),
            ("\u{304c}".as_bytes(), "\u{304b}\u{3099}".as_bytes(), true),
            ("\u{d55c}".as_bytes(), "\u{1112}\u{1161}\u{11ab}".as_bytes(), true),
            ("\u{439}".as_bytes(), "\u{438}\u{306}".as_bytes(), true),
            // As far as is known without tables.
            ("caf\u{e8}".as_bytes(), "cafe\u{301}".as_bytes(), true),
            ("cafe\u{301}1".as_bytes(), "caf\u{e9}2".as_bytes(), false),
            ("cafe".as_bytes(), "caf\u{e9}".as_bytes(), false),
            ("отчет".as_bytes(), "счета".as_bytes(), false),
            ("報告".as_bytes(), "合同".as_bytes(), false),
        ] {
            for (one, other) in [(one, other), (other, one)] {
                let mut names = Names::default();
                names.add(one);
                assert_eq!(names.like(one), None, "{one:?}");
                assert_eq!(names.like(other), alike.then_some(one), "{one:?} {other:?}");
                names.add(other);
                assert_eq!(names.like(one), alike.then_some(other), "{one:?} {other:?}");
            }
        }
    }
}
