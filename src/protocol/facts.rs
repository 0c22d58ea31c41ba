//! The lines of an MLSD listing (RFC 3659, section 7).

use super::find::{position, positions};

/// One entry: a name and what the server tells about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The name, with any spaces and semicolons that it has.
    pub name: &'a [u8],
    /// The facts in the server's order: the key in lower case, and the value.
    pub facts: Vec<(Vec<u8>, &'a [u8])>,
}

/// Reads a line such as `type=file;size=12; name`.
///
/// The first space behind a semicolon ends the facts: a value may hold spaces itself, as in `UNIX.groupname=domain users;`.
/// Where no semicolon has a space behind it, a server has left out the last one, and the first space ends the facts. No byte
/// is lost then (ftplib takes the last character of the facts for that semicolon, whatever it is). A fact without `=` has an
/// empty value; a line without a space is facts without a name.
pub fn parse_entry(line: &[u8]) -> Entry<'_> {
    let (facts, name) = split(line).unwrap_or((line, b""));
    let facts = each(facts).map(|(key, value)| (key.to_ascii_lowercase(), value.unwrap_or(b"")));
    Entry { name, facts: facts.collect() }
}

/// The facts of a line, and the name. None: it has no space.
///
/// Some servers send a tab for the space.
pub(super) fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    if let Some(name) = line.strip_prefix(b" ") {
        return Some((b"", name));
    }
    let behind_semicolon = |separator: u8| {
        let mut from = 0;
        while let Some(at) = position(line.get(from..)?, separator) {
            let (facts, name) = line.split_at_checked(from + at)?;
            if let Some(facts) = facts.strip_suffix(b";") {
                return Some((facts, name.get(1..)?));
            }
            from += at + 1;
        }
        None
    };
    behind_semicolon(b' ').or_else(|| behind_semicolon(b'\t')).or_else(|| split_once(line, b' '))
}

/// Each fact that is not empty: its key, and its value where it has a `=`.
pub(super) fn each(mut facts: &[u8]) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
    std::iter::from_fn(move || {
        while !facts.is_empty() {
            let (semicolon, equals) = positions(facts, b';', b'=');
            let (fact, rest) = match semicolon {
                Some(semicolon) => (facts.get(..semicolon)?, facts.get(semicolon + 1..)?),
                None => (facts, &b""[..]),
            };
            facts = rest;
            match equals {
                Some(equals) => return Some((fact.get(..equals)?, Some(fact.get(equals + 1..)?))),
                None if fact.is_empty() => {}
                None => return Some((fact, None)),
            }
        }
        None
    })
}

fn split_once(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let (before, behind) = text.split_at_checked(position(text, at)?)?;
    Some((before, behind.get(1..)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(line: &str, name: &str, facts: &[(&str, &str)]) {
        let entry = parse_entry(line.as_bytes());
        let expected: Vec<(Vec<u8>, &[u8])> =
            facts.iter().map(|(key, value)| (key.as_bytes().to_vec(), value.as_bytes())).collect();
        assert_eq!((entry.name, entry.facts), (name.as_bytes(), expected), "{line:?}");
    }

    #[test]
    fn facts_end_at_the_first_space_behind_a_semicolon_and_keys_are_in_lower_case() {
        check("Type=file;Size=12; a b;c=d ", "a b;c=d ", &[("type", "file"), ("size", "12")]);
        check("type=dir;UNIX.mode=0755; ..", "..", &[("type", "dir"), ("unix.mode", "0755")]);
        check("type=OS.unix=slink:/x; l", "l", &[("type", "OS.unix=slink:/x")]);
    }

    #[test]
    fn a_value_may_hold_spaces() {
        check(
            "type=file;size=5;UNIX.groupname=domain users;UNIX.mode=0777; testfile",
            "testfile",
            &[("type", "file"), ("size", "5"), ("unix.groupname", "domain users"), ("unix.mode", "0777")],
        );
        check("UNIX.owner=a b c; d; e", "d; e", &[("unix.owner", "a b c")]);
        check("x= y ;  z", " z", &[("x", " y ")]);
        check("media-type=text/plain; charset", "charset", &[("media-type", "text/plain")]);
    }

    #[test]
    fn nothing_is_lost_where_the_last_semicolon_is_missing() {
        check("size=12 n", "n", &[("size", "12")]);
        check("type=file;size=12 a b", "a b", &[("type", "file"), ("size", "12")]);
        check("type=file;size=12 a;b", "a;b", &[("type", "file"), ("size", "12")]);
    }

    #[test]
    fn odd_lines_are_read_as_far_as_they_go() {
        check(" name only", "name only", &[]);
        check(" name; only", "name; only", &[]);
        check("; name", "name", &[]);
        check("type=file; ", "", &[("type", "file")]);
        check("", "", &[]);
        check("no-space", "", &[("no-space", "")]);
        check("flag;x=; n", "n", &[("flag", ""), ("x", "")]);
        check("type=file;;size=1; n", "n", &[("type", "file"), ("size", "1")]);
    }

    proptest! {
        #[test]
        fn any_name_comes_back(name: Vec<u8>) {
            let line = [&b"type=file; "[..], &name].concat();
            prop_assert_eq!(parse_entry(&line).name, &name[..]);
        }
    }
}
