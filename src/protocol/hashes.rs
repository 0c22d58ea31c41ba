//! Hashes of files: the commands that ask for them, and what servers answer. Only drafts have them (draft-bryan-ftpext-hash).

use super::command::{Command, CommandError};
use super::features::Features;
use super::path::as_named;
use super::reply::{Class, Reply};

/// How a hash is computed, the weakest first.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Algorithm {
    Crc32,
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

/// Each algorithm, its name in HASH, its length in hexadecimal digits, and the commands of its own.
const TABLE: [(Algorithm, &str, usize, &[&str]); 5] = [
    (Algorithm::Sha512, "SHA-512", 128, &["XSHA512"]),
    (Algorithm::Sha256, "SHA-256", 64, &["XSHA256"]),
    (Algorithm::Sha1, "SHA-1", 40, &["XSHA1", "XSHA"]),
    (Algorithm::Md5, "MD5", 32, &["XMD5", "MD5"]),
    (Algorithm::Crc32, "CRC32", 8, &["XCRC"]),
];

impl Algorithm {
    /// All of them.
    pub fn best_first() -> impl Iterator<Item = Algorithm> {
        TABLE.iter().map(|&(algorithm, ..)| algorithm)
    }

    /// By its name, as in `SHA-256`, with or without the dash, in capitals or small letters.
    pub fn named(name: &[u8]) -> Option<Algorithm> {
        let bare = |name: &[u8]| -> Vec<u8> {
            name.iter().filter(|byte| **byte != b'-').map(u8::to_ascii_uppercase).collect()
        };
        TABLE.iter().find(|row| bare(row.1.as_bytes()) == bare(name)).map(|row| row.0)
    }

    /// What messages call it.
    pub fn name(self) -> &'static str {
        TABLE.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    /// How many hexadecimal digits its hashes have.
    pub fn digits(self) -> usize {
        TABLE.iter().find(|row| row.0 == self).map_or(0, |row| row.2)
    }
}

/// A way to ask for a hash.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct HashWay {
    /// What it tells.
    pub algorithm: Algorithm,
    /// By which command.
    pub verb: HashVerb,
}

/// The command of a [`HashWay`].
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum HashVerb {
    /// `HASH path`, for which `OPTS HASH` chooses the algorithm.
    Hash,
    /// A command for one algorithm, as in `XSHA256 path`.
    Own(&'static str),
    /// The same behind SITE.
    Site(&'static str),
}

impl HashWay {
    /// The ways in the order in which they are tried: what the server has named before what it has not, and the best algorithm first.
    /// `wanted`: only this algorithm.
    pub fn in_order(features: &Features, wanted: Option<Algorithm>) -> Vec<HashWay> {
        let rows = TABLE.iter().filter(|row| wanted.is_none_or(|wanted| row.0 == wanted));
        let all = rows.flat_map(|&(algorithm, _, _, verbs)| {
            let own = verbs.iter().map(|verb| HashVerb::Own(verb));
            let site = verbs.iter().map(|verb| HashVerb::Site(verb));
            [HashVerb::Hash].into_iter().chain(own).chain(site).map(move |verb| HashWay { algorithm, verb })
        });
        let (named, others): (Vec<HashWay>, Vec<HashWay>) = all.partition(|way| way.is_named(features));
        let can_be_tried = |way: &HashWay| matches!(way.verb, HashVerb::Own(_));
        named.into_iter().chain(others.into_iter().filter(can_be_tried)).collect()
    }

    /// Whether the server has named it in its reply to FEAT.
    pub fn is_named(self, features: &Features) -> bool {
        match self.verb {
            HashVerb::Hash => {
                choices(features).any(|choice| Algorithm::named(choice) == Some(self.algorithm))
            }
            HashVerb::Own(verb) => features.has(verb),
            HashVerb::Site(verb) => features.told_of(&[b"SITE ", verb.as_bytes()].concat()).is_some(),
        }
    }

    /// The command.
    ///
    /// # Errors
    /// Those of a command.
    pub fn command(self, path: &[u8]) -> Result<Command, CommandError> {
        let path = &*as_named(path);
        match self.verb {
            HashVerb::Hash => Command::with("HASH", path),
            HashVerb::Own(verb) => Command::with(verb, path),
            HashVerb::Site(verb) => Command::with("SITE", &[verb.as_bytes(), b" ", path].concat()),
        }
    }
}

/// The name that a server has for an algorithm, for OPTS HASH.
pub fn choice_for(features: &Features, algorithm: Algorithm) -> Option<&[u8]> {
    choices(features).find(|choice| Algorithm::named(choice) == Some(algorithm))
}

/// The name of the algorithm that HASH uses before any is chosen. A star marks it.
pub fn first_choice(features: &Features) -> Option<&[u8]> {
    items(features).find_map(|item| item.strip_suffix(b"*"))
}

fn choices(features: &Features) -> impl Iterator<Item = &[u8]> {
    items(features).map(|item| item.strip_suffix(b"*").unwrap_or(item))
}

fn items(features: &Features) -> impl Iterator<Item = &[u8]> {
    let offered = features.parameters("HASH").unwrap_or_default();
    offered.split(|&byte| byte == b';').map(<[u8]>::trim_ascii).filter(|item| !item.is_empty())
}

/// The hash in a reply, in small letters. `None`: there is none of the algorithm's length, or more than one.
///
/// Servers put it anywhere: behind the algorithm and a range, behind or before the name, on one of several lines. The name may itself
/// look like a hash. A CRC without its zeros gets them back.
pub fn hash_in(reply: &Reply, algorithm: Algorithm, path: &[u8]) -> Option<String> {
    if reply.class() != Some(Class::Completion) {
        return None;
    }
    let code = reply.text().get(..3)?;
    let lines = reply.text().split(|&byte| byte == b'\n').map(|line| match line.strip_prefix(code) {
        Some([b'-' | b' ', rest @ ..]) => rest,
        _ => line,
    });
    let words: Vec<&[u8]> = lines.flat_map(words_of).collect();
    let digits = algorithm.digits();
    let is_hash = |word: &&[u8]| word.len() == digits && word.iter().all(u8::is_ascii_hexdigit);
    let mut hashes: Vec<&[u8]> = words.iter().copied().filter(is_hash).collect();
    for of_the_name in words_of(path).filter(is_hash) {
        if hashes.len() > 1
            && let Some(at) = hashes.iter().rposition(|hash| hash.eq_ignore_ascii_case(of_the_name))
        {
            hashes.remove(at);
        }
    }
    if hashes.is_empty() && algorithm == Algorithm::Crc32 {
        hashes.extend(
            words.last().filter(|word| is_short_crc(word) && words_of(path).all(|other| other != **word)),
        );
    }
    let (first, others) = hashes.split_first()?;
    let is_one = others.iter().all(|other| other.eq_ignore_ascii_case(first));
    let text = str::from_utf8(first).ok()?.to_ascii_lowercase();
    is_one.then(|| format!("{text:0>digits$}"))
}

/// The words of a line, without marks around them.
fn words_of(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_gap = |byte: &u8| byte.is_ascii_whitespace() || b"\"'()<>=:,;".contains(byte);
    let words = line.split(is_gap).map(|word| word.strip_suffix(b".").unwrap_or(word));
    let words =
        words.map(|word| word.strip_prefix(b"0x").or_else(|| word.strip_prefix(b"0X")).unwrap_or(word));
    words.filter(|word| !word.is_empty())
}

/// Words such as "added" are hexadecimal, too.
fn is_short_crc(word: &[u8]) -> bool {
    word.len() <= 8 && word.iter().all(u8::is_ascii_hexdigit) && word.iter().any(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MD5: &str = "7F1EE68D2344001A050752B669242182";
    const OTHER: &str = "d41d8cd98f00b204e9800998ecf8427e";

    fn features(lines: &str) -> Features {
        Features::parse(&Reply::from_text(format!("211-x\n{lines}\n211 x")))
    }

    #[test]
    fn an_algorithm_has_one_name_in_several_spellings() {
        for (name, algorithm) in [
            ("SHA-256", Some(Algorithm::Sha256)),
            ("sha256", Some(Algorithm::Sha256)),
            ("SHA-1", Some(Algorithm::Sha1)),
            ("Sha-512", Some(Algorithm::Sha512)),
            ("md5", Some(Algorithm::Md5)),
            ("CRC32", Some(Algorithm::Crc32)),
            ("crc-32", Some(Algorithm::Crc32)),
            ("SHA", None),
            ("SHA-3", None),
            ("", None),
            ("CRC", None),
        ] {
            assert_eq!(Algorithm::named(name.as_bytes()), algorithm, "{name}");
        }
        for (algorithm, name, digits, _) in TABLE {
            assert_eq!((algorithm.name(), algorithm.digits()), (name, digits));
            assert_eq!(Algorithm::named(name.as_bytes()), Some(algorithm));
        }
        assert!(TABLE.is_sorted_by(|a, b| a.0 > b.0), "the best first");
    }

    fn shown(ways: &[HashWay]) -> String {
        let ways =
            ways.iter().map(|way| String::from_utf8(way.command(b"f").unwrap().text().to_vec()).unwrap());
        ways.collect::<Vec<_>>().join(",")
    }

    #[test]
    fn what_the_server_has_named_is_tried_first_and_the_best_of_it() {
        let (sha256, crc, none) = (Some(Algorithm::Sha256), Some(Algorithm::Crc32), None);
        for (lines, wanted, ways) in [
            ("", sha256, "XSHA256 f"),
            ("", none, "XSHA512 f,XSHA256 f,XSHA1 f,XSHA f,XMD5 f,MD5 f,XCRC f"),
            (" HASH SHA-1*;SHA-256;MD5", sha256, "HASH f,XSHA256 f"),
            (" HASH SHA-1*;MD5", sha256, "XSHA256 f"),
            (" HASH SHA256", sha256, "HASH f,XSHA256 f"),
            (
                " XCRC filename;start;end\n XMD5",
                none,
                "XMD5 f,XCRC f,XSHA512 f,XSHA256 f,XSHA1 f,XSHA f,MD5 f",
            ),
            (" SITE XCRC;UTIME", crc, "SITE XCRC f,XCRC f"),
            (
                " HASH CRC32;SHA-1\n XSHA1",
                none,
                "HASH f,XSHA1 f,HASH f,XSHA512 f,XSHA256 f,XSHA f,XMD5 f,MD5 f,XCRC f",
            ),
        ] {
            assert_eq!(shown(&HashWay::in_order(&features(lines), wanted)), ways, "{lines} {wanted:?}");
        }
        let way = HashWay { algorithm: Algorithm::Md5, verb: HashVerb::Own("XMD5") };
        assert!(way.command(b"a\nb").is_err());
        assert_eq!(way.command(b"-x").unwrap().text(), b"XMD5 ./-x");
    }

    #[test]
    fn a_star_marks_what_is_chosen() {
        let features = features(" HASH sha256; SHA-1*;MD5;");
        assert_eq!(first_choice(&features), Some(&b"SHA-1"[..]));
        assert_eq!(choice_for(&features, Algorithm::Sha256), Some(&b"sha256"[..]));
        assert_eq!(choice_for(&features, Algorithm::Sha1), Some(&b"SHA-1"[..]));
        assert_eq!(choice_for(&features, Algorithm::Sha512), None);
        assert_eq!(first_choice(&Features::default()), None);
    }

    #[test]
    fn a_hash_is_found_wherever_it_stands() {
        for (shown, reply) in [
            ("alone", format!("250 {MD5}")),
            ("as the draft has it", format!("213 MD5 0-49 {MD5} f")),
            ("without the range", format!("213 MD5 {MD5} f")),
            ("without the name", format!("213 MD5 0-170500096 {MD5}")),
            ("ProFTPD", format!("250-Computing MD5 digest\n250 {MD5}")),
            ("ProFTPD, MD5", format!("251-Computing MD5 digest\n251 f {MD5}")),
            ("draft-twine-ftpmd5", format!("251 \"f\" {MD5}")),
            ("another code", format!("220 {MD5}")),
            ("small letters", format!("250 {}", MD5.to_lowercase())),
            ("marks around it", format!("250 MD5(f)={MD5}.")),
            ("quoted", format!("250 '{MD5}'")),
            ("on a line inside", format!("213-f\n {MD5}\n213 end")),
            ("twice", format!("250-{MD5}\n250 {}", MD5.to_lowercase())),
        ] {
            let expected = Some(MD5.to_lowercase());
            assert_eq!(hash_in(&Reply::from_text(reply), Algorithm::Md5, b"f"), expected, "{shown}");
        }
    }

    #[test]
    fn the_code_of_a_reply_is_no_part_of_a_hash() {
        // The dash of a line that goes on is no gap between words.
        let alone = Reply::from_text(format!("250-{MD5}\n250 done"));
        assert_eq!(hash_in(&alone, Algorithm::Md5, b"f"), Some(MD5.to_lowercase()));
        // Without the code, the last word would be one.
        assert_eq!(hash_in(&Reply::from_text("250 "), Algorithm::Crc32, b"f"), None);
    }

    #[test]
    fn a_name_that_looks_like_a_hash_is_not_taken_for_it() {
        for (reply, path, hash) in [
            (format!("213 MD5 0-49 {MD5} {OTHER}"), OTHER.to_owned(), MD5),
            (format!("251 {OTHER} {MD5}"), OTHER.to_owned(), MD5),
            (format!("250-Computing {OTHER}\n250 {MD5}"), OTHER.to_owned(), MD5),
            (format!("213 MD5 0-49 {OTHER} {OTHER}"), OTHER.to_owned(), OTHER),
            (format!("250 {OTHER}"), OTHER.to_owned(), OTHER),
            (format!("213 MD5 0-49 {MD5} a {OTHER}"), format!("a {OTHER}"), MD5),
            (format!("213 MD5 0-49 {MD5} d/{OTHER}"), format!("d/{OTHER}"), MD5),
            (format!("213 MD5 0-49 {MD5} {}", OTHER.to_uppercase()), OTHER.to_owned(), MD5),
        ] {
            let found = hash_in(&Reply::from_text(reply.clone()), Algorithm::Md5, path.as_bytes());
            assert_eq!(found, Some(hash.to_lowercase()), "{reply}");
        }
    }

    #[test]
    fn what_is_no_hash_of_the_right_length_is_none() {
        for reply in [
            format!("250 {}", &MD5[1..]),
            format!("250 {MD5}0"),
            format!("250 {}G", &MD5[1..]),
            format!("250 {MD5} {OTHER}"),
            format!("350 {MD5}"),
            format!("150 {MD5}"),
            format!("550 {MD5}"),
            "250 done".into(),
            "250".into(),
            String::new(),
        ] {
            assert_eq!(hash_in(&Reply::from_text(reply.clone()), Algorithm::Md5, b"f"), None, "{reply}");
        }
    }

    #[test]
    fn a_crc_gets_its_zeros_back() {
        for (reply, crc) in [
            ("250 B0A3981C", Some("b0a3981c")),
            ("250 A3981C", Some("00a3981c")),
            ("250 XCRC 0x1f", Some("0000001f")),
            ("250 0", Some("00000000")),
            ("250-Computing CRC32 digest\n250 B0A3981C", Some("b0a3981c")),
            ("213 CRC32 0-49 B0A3981C f1", Some("b0a3981c")),
            ("250 added", None),
            ("250 f1", None),
            ("250 the sum of f1 is 12", Some("00000012")),
            ("250 1234567890", None),
            ("250 12345678 87654321", None),
            ("250 OK", None),
        ] {
            let found = hash_in(&Reply::from_text(reply), Algorithm::Crc32, b"f1");
            assert_eq!(found.as_deref(), crc, "{reply}");
        }
    }
}
