//! What a server can do, as its reply to FEAT tells (RFC 2389, section 3).

use super::reply::{Class, Reply};

/// The features that a server has named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features(Vec<(Vec<u8>, Vec<u8>)>);

impl Features {
    /// Reads a reply: each line between its first and its last names one feature, and what stands behind the name are its
    /// parameters. A reply of one line names none.
    ///
    /// The space before a name may be missing, and some servers write the code of the reply before it.
    pub fn parse(reply: &Reply) -> Features {
        let lines: Vec<&[u8]> = reply.text().split(|&byte| byte == b'\n').collect();
        let code = reply.text().get(..3).unwrap_or_default();
        match lines.as_slice() {
            [_, features @ .., _] if reply.class() == Some(Class::Completion) => {
                Features(features.iter().filter_map(|line| feature(line, code)).collect())
            }
            _ => Features::default(),
        }
    }

    /// What stands behind the name of a feature; `None` if the server has not named it.
    pub fn parameters(&self, name: &str) -> Option<&[u8]> {
        let named = self.0.iter().find(|(other, _)| other.eq_ignore_ascii_case(name.as_bytes()));
        named.map(|(_, parameters)| parameters.as_slice())
    }

    /// What stands behind a name of one word or more, as in `SITE UTIME`: of all lines that begin with it, with `;` between them.
    /// The last word may stand in a list, as in `SITE CHMOD;UTIME`. `None`: the server has not named it.
    pub fn told_of(&self, name: &[u8]) -> Option<Vec<u8>> {
        let (first, rest) = split_word(name.trim_ascii());
        let lines = self.0.iter().filter(|(named, _)| named.eq_ignore_ascii_case(first));
        let told: Vec<&[u8]> = lines.filter_map(|(_, parameters)| behind(parameters, rest)).collect();
        let texts: Vec<&[u8]> = told.iter().copied().filter(|text| !text.is_empty()).collect();
        (!told.is_empty()).then(|| texts.join(&b';'))
    }

    /// Whether the server has named a feature.
    pub fn has(&self, name: &str) -> bool {
        self.parameters(name).is_some()
    }
}

fn feature(line: &[u8], code: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let line = match line.strip_prefix(code) {
        Some([b'-' | b' ', rest @ ..]) => rest,
        _ => line,
    };
    let (name, parameters) = split_word(line.trim_ascii());
    (!name.is_empty()).then(|| (name.to_vec(), parameters.to_vec()))
}

/// The first word, and what is behind it.
fn split_word(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end).unwrap_or((text, b""));
    (word, rest.trim_ascii_start())
}

/// What stands behind these words, if the parameters begin with them, or are a list that has them.
fn behind<'a>(parameters: &'a [u8], words: &[u8]) -> Option<&'a [u8]> {
    if words.is_empty() {
        return Some(parameters);
    }
    let (start, rest) = parameters.split_at_checked(words.len()).unwrap_or((parameters, b""));
    if start.eq_ignore_ascii_case(words) && rest.first().is_none_or(u8::is_ascii_whitespace) {
        return Some(rest.trim_ascii_start());
    }
    // A star marks what is chosen.
    let bare = |item: &[u8]| item.trim_ascii().strip_suffix(b"*").unwrap_or(item.trim_ascii()).to_owned();
    parameters.split(|&byte| byte == b';').any(|item| bare(item).eq_ignore_ascii_case(words)).then_some(b"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(text: &str) -> Features {
        Features::parse(&Reply::from_text(text))
    }

    #[test]
    fn each_line_between_the_first_and_the_last_names_a_feature() {
        for (shown, text) in [
            ("as RFC 2389 has it", "211-Extensions supported:\n MLST size*;modify;\n SIZE\n211 END"),
            ("no space before it", "211-Features:\nMLST size*;modify;\nSIZE\n211 End"),
            ("the code before it", "211-Features:\n211-MLST size*;modify;\n211-SIZE\n211 End"),
            ("small letters and more spaces", "211-x\n  mlst  size*;modify;  \n\tsize\n\n211 x"),
        ] {
            let features = features(text);
            assert_eq!(features.parameters("MLST"), Some(&b"size*;modify;"[..]), "{shown}");
            assert_eq!(features.parameters("SIZE"), Some(&b""[..]), "{shown}");
            assert!(features.has("size") && !features.has("MDTM") && !features.has(""), "{shown}");
        }
    }

    #[test]
    fn a_name_may_have_more_than_one_word_or_line() {
        let features = features(
            "211-x\n AUTH TLS\n AUTH SSL\n SITE MKDIR\n SITE UTIME\n SITE\n MFF modify;UNIX.mode;\n HASH SHA-1*;MD5\n211 x",
        );
        for (name, told) in [
            ("auth", Some("TLS;SSL")),
            ("AUTH SSL", Some("")),
            ("AUTH TLS-C", None),
            ("AUTH T", None),
            ("SITE", Some("MKDIR;UTIME")),
            (" site  utime ", Some("")),
            ("SITE CHMOD", None),
            ("MFF", Some("modify;UNIX.mode;")),
            ("MFF unix.mode", Some("")),
            ("MFF UNIX", None),
            ("HASH SHA-1", Some("")),
            ("HASH MD5", Some("")),
            ("HASH SHA-256", None),
            ("MDTM", None),
            ("", None),
        ] {
            assert_eq!(features.told_of(name.as_bytes()).as_deref(), told.map(str::as_bytes), "{name}");
        }
        let list = Features::parse(&Reply::from_text("211-x\n SITE PSWD;CHMOD;UTIME\n211 x"));
        assert_eq!(list.told_of(b"SITE UTIME"), Some(vec![]));
        assert_eq!(list.told_of(b"SITE"), Some(b"PSWD;CHMOD;UTIME".to_vec()));
    }

    #[test]
    fn other_replies_name_none() {
        for text in ["", "211", "211 MLST", "211-MLST\n211 End", "500-no\n MLST\n500 no", "200 fine"] {
            assert_eq!(features(text), Features::default(), "{text}");
        }
    }
}
