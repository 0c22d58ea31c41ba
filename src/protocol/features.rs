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
    let line = line.trim_ascii();
    let end = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
    let (name, parameters) = line.split_at_checked(end)?;
    (!name.is_empty()).then(|| (name.to_vec(), parameters.trim_ascii_start().to_vec()))
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
    fn other_replies_name_none() {
        for text in ["", "211", "211 MLST", "211-MLST\n211 End", "500-no\n MLST\n500 no", "200 fine"] {
            assert_eq!(features(text), Features::default(), "{text}");
        }
    }
}
