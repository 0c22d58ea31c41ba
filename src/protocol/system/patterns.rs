//! Patterns that begin with a directory in the words of the system.
//!
//! Behind that directory, a pattern has slashes on every system. So `'A.B(X*)'` is `X*` in `'A.B'`, and `$V.*.X` is `*/X` in `$V`.

use std::borrow::Cow;

use super::System;
use super::data_sets::in_quotes;

/// Where a search begins, and what is searched for there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start<'a> {
    /// A directory. Empty: where the pattern itself says.
    pub directory: Cow<'a, [u8]>,
    /// What is to be found.
    pub pattern: Cow<'a, [u8]>,
}

impl System {
    /// Where a search for a pattern begins on this system.
    pub fn start_of(self, pattern: &[u8]) -> Start<'_> {
        let start = match self {
            System::Mvs => in_data_sets(pattern),
            System::Vms => in_brackets(pattern),
            System::Guardian => in_subvolumes(pattern),
            System::Windows => on_drive(pattern),
            _ => None,
        };
        start.unwrap_or(Start { directory: Cow::Borrowed(b""), pattern: Cow::Borrowed(pattern) })
    }
}

/// How much of a pattern is the same in all that it matches.
fn literal(pattern: &[u8]) -> &[u8] {
    let end = pattern.iter().position(|byte| b"*?[{".contains(byte)).unwrap_or(pattern.len());
    pattern.get(..end).unwrap_or_default()
}

fn in_data_sets(pattern: &[u8]) -> Option<Start<'_>> {
    let quoted = pattern.strip_prefix(b"'").map(|text| text.strip_suffix(b"'").unwrap_or(text));
    let text = quoted.unwrap_or(pattern);
    let fixed = literal(text);
    let cut = fixed.iter().rposition(|byte| b".(".contains(byte));
    let is_member = cut.is_some_and(|cut| fixed.get(cut) == Some(&b'('));
    if quoted.is_none() && !is_member {
        return None;
    }
    let (directory, rest) = match cut {
        Some(cut) if is_member => (text.get(..cut)?, text.get(cut + 1..)?),
        Some(cut) => text.split_at_checked(cut + 1)?,
        None => (&b""[..], text),
    };
    let directory = if quoted.is_some() { in_quotes(directory) } else { directory.to_vec() };
    let rest = match rest.strip_suffix(b")") {
        Some(inner) => with(inner, b'('),
        None => rest.to_vec(),
    };
    Some(Start { directory: Cow::Owned(directory), pattern: Cow::Owned(rest) })
}

/// A `[` begins a directory where a path can have one: at its beginning, or behind a device.
fn in_brackets(pattern: &[u8]) -> Option<Start<'_>> {
    let is_of_device = |&byte: &u8| byte.is_ascii_alphanumeric() || b"$_-".contains(&byte);
    let device = pattern.iter().take_while(|byte| is_of_device(byte)).count();
    let device = if pattern.get(device) == Some(&b':') { device + 1 } else { 0 };
    let end = match pattern.get(device) {
        Some(b'[') => pattern.iter().position(|&byte| byte == b']')? + 1,
        _ => device,
    };
    if end == 0 {
        return None;
    }
    let (directory, rest) = pattern.split_at_checked(end)?;
    if rest.is_empty() {
        let parts = System::Vms.split(pattern);
        let name = [&*escaped(&parts.name), b"/"].concat();
        return Some(Start { directory: parts.directory.unwrap_or_default(), pattern: Cow::Owned(name) });
    }
    Some(Start { directory: Cow::Borrowed(directory), pattern: Cow::Borrowed(rest) })
}

fn in_subvolumes(pattern: &[u8]) -> Option<Start<'_>> {
    if !matches!(pattern, [b'\\' | b'$', ..]) {
        return None;
    }
    let cut = literal(pattern).iter().rposition(|&byte| byte == b'.')?;
    let (directory, rest) = (pattern.get(..cut)?, pattern.get(cut + 1..)?);
    Some(Start { directory: Cow::Borrowed(directory), pattern: Cow::Owned(with(rest, b'.')) })
}

/// `C:\A\*.TXT`. Without a drive, a backslash is that of a pattern.
fn on_drive(pattern: &[u8]) -> Option<Start<'_>> {
    if !matches!(pattern, [_, b':', b'\\', ..]) {
        return None;
    }
    let cut = literal(pattern).iter().rposition(|&byte| byte == b'\\')?;
    let end = if cut == 2 { 3 } else { cut };
    let (directory, rest) = (pattern.get(..end)?, pattern.get(cut + 1..)?);
    Some(Start { directory: Cow::Borrowed(directory), pattern: Cow::Owned(with(rest, b'\\')) })
}

/// With slashes in the place of what separates names.
fn with(text: &[u8], separator: u8) -> Vec<u8> {
    text.iter().map(|&byte| if byte == separator { b'/' } else { byte }).collect()
}

/// A name as a pattern that matches only this.
fn escaped(name: &[u8]) -> Vec<u8> {
    let mut pattern = Vec::with_capacity(name.len());
    for &byte in name {
        if b"*?[]{}\\".contains(&byte) {
            pattern.push(b'\\');
        }
        pattern.push(byte);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_begins_at_what_the_system_would_name() {
        for (system, pattern, directory, rest) in [
            (System::Plain, "a/*.c", "", "a/*.c"),
            (System::Plain, "[ab]*", "", "[ab]*"),
            (System::Plain, "'A.B(X*)'", "", "'A.B(X*)'"),
            (System::Mvs, "'A.B(X*)'", "'A.B'", "X*"),
            (System::Mvs, "'A.B(X)'", "'A.B'", "X"),
            (System::Mvs, "'A.B.*'", "'A.B.'", "*"),
            (System::Mvs, "'A.B.C'", "'A.B.'", "C"),
            (System::Mvs, "'A.*.C'", "'A.'", "*.C"),
            (System::Mvs, "'A.*(X*)'", "'A.'", "*/X*"),
            (System::Mvs, "'A*'", "''", "A*"),
            (System::Mvs, "PDS(X*)", "PDS", "X*"),
            (System::Mvs, "A.B*", "", "A.B*"),
            (System::Mvs, "/u/me/*", "", "/u/me/*"),
            (System::Vms, "*.TXT", "", "*.TXT"),
            (System::Vms, "[A.B]*.TXT", "[A.B]", "*.TXT"),
            (System::Vms, "D$1:[A]*/X", "D$1:[A]", "*/X"),
            (System::Vms, "D:*.TXT", "D:", "*.TXT"),
            (System::Vms, "X[ab].TXT", "", "X[ab].TXT"),
            (System::Vms, "D:[A.B]", "D:[A]", "B/"),
            (System::Vms, "[.A]", "", "A/"),
            (System::Guardian, "\\N.$V.S.F*", "\\N.$V.S", "F*"),
            (System::Guardian, "$V.*.F", "$V", "*/F"),
            (System::Guardian, "F*", "", "F*"),
            (System::Windows, "C:\\A\\*.TXT", "C:\\A", "*.TXT"),
            (System::Windows, "C:\\*\\B", "C:\\", "*/B"),
            (System::Windows, "a\\*", "", "a\\*"),
            (System::IbmI, "/QSYS.LIB/*", "", "/QSYS.LIB/*"),
        ] {
            let start = system.start_of(pattern.as_bytes());
            let shown = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
            assert_eq!(
                (shown(&start.directory), shown(&start.pattern)),
                (directory.to_owned(), rest.to_owned()),
                "{system:?} {pattern}"
            );
        }
    }
}
