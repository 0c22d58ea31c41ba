//! A search finds what a simple matcher finds, among some paths: the first line is the pattern, the others are the paths. A path that
//! ends with a slash is a directory.

use std::collections::BTreeMap;

use ftpclient::protocol::glob::{Search, Step};
use ftpclient::protocol::system::System;

/// More would only take the simple matcher long.
const MOST: usize = 40;

pub fn check(data: &[u8]) {
    let mut lines = data.split(|&byte| byte == b'\n');
    let pattern = lines.next().unwrap_or_default();
    for hidden in [false, true] {
        let Ok(mut search) = Search::new(pattern, hidden, System::Plain) else { continue };
        let tree = tree(lines.clone().take(12));
        let found = run(&mut search, &tree);
        if pattern.len() <= MOST && pattern.is_ascii() && !pattern.windows(2).any(|pair| pair == b"\\/") {
            let expected: Vec<Vec<u8>> = tree
                .iter()
                .filter(|(path, is_directory)| {
                    expand(pattern).iter().any(|one| matches_path(one, path, **is_directory, hidden))
                })
                .map(|(path, _)| path.clone())
                .collect();
            assert_eq!(shown(&found), shown(&expected), "{}", pattern.escape_ascii());
        }
    }
}

fn shown(paths: &[Vec<u8>]) -> Vec<String> {
    paths.iter().map(|path| path.escape_ascii().to_string()).collect()
}

/// The paths with the directories that they are in; whether each is a directory.
fn tree<'a>(lines: impl Iterator<Item = &'a [u8]>) -> BTreeMap<Vec<u8>, bool> {
    let mut tree = BTreeMap::new();
    for line in lines.filter(|line| line.len() <= MOST) {
        let names: Vec<&[u8]> = line.split(|&byte| byte == b'/').filter(|name| !name.is_empty()).collect();
        if names.iter().any(|name| matches!(*name, b"." | b"..")) {
            continue;
        }
        for end in 1..=names.len() {
            let is_directory = end < names.len() || line.ends_with(b"/");
            *tree.entry(names[..end].join(&b'/')).or_insert(false) |= is_directory;
        }
    }
    tree
}

fn run(search: &mut Search, tree: &BTreeMap<Vec<u8>, bool>) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let Some(step) = search.next_step().unwrap() {
        match step {
            Step::Look { path, directories_only, .. } => {
                if tree.get(&path).is_some_and(|is_directory| *is_directory || !directories_only) {
                    found.push(path);
                }
            }
            Step::List { path: directory, .. } => {
                for (path, &is_directory) in tree {
                    let at = path.iter().rposition(|&byte| byte == b'/');
                    let (parent, name) =
                        at.map_or((&b""[..], &path[..]), |at| (&path[..at], &path[at + 1..]));
                    if parent == directory {
                        found.extend(search.consider(name, is_directory, is_directory).unwrap());
                    }
                }
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The alternatives of the first braces that have some, and so on.
fn expand(pattern: &[u8]) -> Vec<Vec<u8>> {
    for open in 0..pattern.len() {
        if !means_itself(pattern, open) || pattern[open] != b'{' {
            continue;
        }
        let (mut depth, mut marks) = (0, vec![open]);
        for at in open..pattern.len() {
            match pattern[at] {
                _ if !means_itself(pattern, at) => {}
                b'{' => depth += 1,
                b',' if depth == 1 => marks.push(at),
                b'}' if depth == 1 && marks.len() > 1 => {
                    marks.push(at);
                    let one = |ends: &[usize]| {
                        expand(
                            &[&pattern[..open], &pattern[ends[0] + 1..ends[1]], &pattern[at + 1..]].concat(),
                        )
                    };
                    return marks.windows(2).flat_map(one).collect();
                }
                b'}' if depth == 1 => break,
                b'}' => depth -= 1,
                _ => {}
            }
        }
    }
    vec![pattern.to_vec()]
}

/// Whether the byte stands in no set, and behind no backslash.
fn means_itself(pattern: &[u8], at: usize) -> bool {
    let mut start = 0;
    while start < at {
        start += match pattern[start] {
            b'\\' => 2,
            b'[' => 1 + set(&pattern[start + 1..]).map_or(0, |set| set.len() + 1),
            _ => 1,
        };
    }
    start == at
}

/// What stands before the `]` that ends a set.
fn set(text: &[u8]) -> Option<&[u8]> {
    let first = usize::from(text.first().is_some_and(|byte| b"!^".contains(byte)));
    let mut at = first;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'/' => return None,
            b']' if at > first => return Some(&text[..at]),
            b'\\' => at += 2,
            b'[' => at += class(&text[at..]).map_or(1, <[u8]>::len),
            _ => at += 1,
        }
    }
    None
}

/// `[:word:]`
fn class(text: &[u8]) -> Option<&[u8]> {
    let word = text.strip_prefix(b"[:")?;
    let length = word.iter().position(|byte| !byte.is_ascii_lowercase())?;
    word[length..].starts_with(b":]").then(|| &text[..length + 4])
}

fn matches_path(pattern: &[u8], path: &[u8], is_directory: bool, hidden: bool) -> bool {
    if pattern.starts_with(b"/") || (pattern.ends_with(b"/") && !is_directory) {
        return false;
    }
    let names = |text: &[u8]| -> Vec<Vec<u8>> {
        text.split(|&byte| byte == b'/').filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect()
    };
    let patterns = names(pattern);
    !patterns.is_empty() && matches_names(&patterns, &names(path), hidden)
}

fn matches_names(patterns: &[Vec<u8>], names: &[Vec<u8>], hidden: bool) -> bool {
    let Some((first, rest)) = patterns.split_first() else { return names.is_empty() };
    if first == b"**" {
        let is_shown = |name: &Vec<u8>| hidden || name[0] != b'.';
        let takes_one = names.first().is_some_and(is_shown);
        return (!rest.is_empty() && matches_names(rest, names, hidden))
            || (takes_one && names.len() == 1 && rest.iter().all(|one| one == b"**"))
            || (takes_one && matches_names(patterns, &names[1..], hidden));
    }
    let Some((name, below)) = names.split_first() else { return false };
    let names_the_dot = first[0] == b'.' || first.starts_with(b"\\.");
    (hidden || name[0] != b'.' || names_the_dot)
        && matches_name(first, name)
        && matches_names(rest, below, hidden)
}

fn matches_name(pattern: &[u8], name: &[u8]) -> bool {
    let text = String::from_utf8_lossy(name);
    let length = text.chars().next().map_or(0, |first| {
        if std::str::from_utf8(&name[..first.len_utf8().min(name.len())]).is_ok() {
            first.len_utf8()
        } else {
            1
        }
    });
    match pattern {
        [] => name.is_empty(),
        [b'*', rest @ ..] => {
            matches_name(rest, name) || (!name.is_empty() && matches_name(pattern, &name[length..]))
        }
        _ if name.is_empty() => false,
        [b'?', rest @ ..] => matches_name(rest, &name[length..]),
        [b'\\', byte, rest @ ..] => name[0] == *byte && matches_name(rest, &name[1..]),
        [b'[', rest @ ..] if set(rest).is_some() => {
            let set = set(rest).unwrap();
            has(set, name[0]) && matches_name(&rest[set.len() + 1..], &name[length..])
        }
        [byte, rest @ ..] => name[0] == *byte && matches_name(rest, &name[1..]),
    }
}

/// Whether a set of ASCII's characters has what begins with this byte.
fn has(set: &[u8], byte: u8) -> bool {
    let negated = set.first().is_some_and(|byte| b"!^".contains(byte));
    let mut rest = &set[usize::from(negated)..];
    let mut is_member = false;
    let member = |rest: &mut &[u8]| {
        let at = usize::from(rest[0] == b'\\' && rest.len() > 1);
        let member = rest[at];
        *rest = &rest[at + 1..];
        member
    };
    while !rest.is_empty() {
        if let Some(class) = class(rest)
            && let Some(is_in) = posix(class)
        {
            is_member |= is_in(&byte);
            rest = &rest[class.len()..];
            continue;
        }
        let from = member(&mut rest);
        let mut behind = rest.strip_prefix(b"-").unwrap_or_default();
        if behind.is_empty() || class(behind).is_some_and(|class| posix(class).is_some()) {
            is_member |= byte == from;
        } else {
            let to = member(&mut behind);
            rest = behind;
            is_member |= (from..=to).contains(&byte);
        }
    }
    is_member != negated
}

fn posix(class: &[u8]) -> Option<fn(&u8) -> bool> {
    match class {
        b"[:digit:]" => Some(u8::is_ascii_digit),
        b"[:alpha:]" => Some(u8::is_ascii_alphabetic),
        _ => None,
    }
}
