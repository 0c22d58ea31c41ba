//! MLSD and MLST (RFC 3659, section 7). `protocol/facts.rs` has the grammar; here the facts get their types.

mod keys;

use std::borrow::Cow;

use keys::{About, Expected, Key, packed};

use super::dates::nanoseconds;
use super::entry::{Entry, Format, Kind};
use super::families::{Found, Input, State};
use super::numbers::{decimal, mode, pair, short};
use super::time::{Modified, Time, days};
use crate::protocol::facts;
use crate::protocol::find::{Word, position};

/// The line of an MLST reply, with or without the space that it begins with. The directory itself is an entry here.
///
/// Servers answer with a path in place of a name. What it is called is known to the one who has asked.
pub fn read_mlst(line: &[u8]) -> Option<Entry<'_>> {
    let mut entry = Entry::not_understood(b"");
    let mut memory = Memory::default();
    Facts::default().read(&mut entry, line.strip_prefix(b" ").unwrap_or(line), &mut memory)?;
    Some(entry)
}

pub(super) fn read<'a>(state: &mut State, input: Input<'a>, entry: &mut Entry<'a>) -> Found {
    let mut facts = Facts::default();
    if facts.read(entry, input.line, &mut state.mlsd).is_none() {
        return Found::NotMine;
    }
    // A name without any fact is allowed, but so is a line of most other formats then.
    if !facts.has_known_fact && !state.is_decided {
        return Found::NotMine;
    }
    if facts.is_directory_itself { Found::Note } else { Found::Entry }
}

/// What the facts of a line tell besides what is in its entry.
#[derive(Default)]
struct Facts<'a> {
    /// One that RFC 3659 or a server names, so that the line can hardly be anything else.
    has_known_fact: bool,
    /// "cdir" or "pdir". Their names may be anything, also paths.
    is_directory_itself: bool,
    /// A fact has no `=`.
    is_cut_off: bool,
    /// Where it leads, if it is a link.
    link: Option<&'a [u8]>,
    owner: Best<'a>,
    group: Best<'a>,
}

/// What several facts tell, the best one last.
type Best<'a> = [Option<&'a [u8]>; 3];

impl<'a> Facts<'a> {
    /// None: this is no line of MLSD.
    fn read(&mut self, entry: &mut Entry<'a>, line: &'a [u8], memory: &mut Memory) -> Option<()> {
        if line.starts_with(b" ") {
            // A name without facts, or facts that a server has indented.
            let indented = self.split(entry, line, line.trim_ascii_start(), memory);
            if indented.is_some() && self.has_known_fact {
                return indented;
            }
        }
        self.split(entry, line, line, memory)
    }

    fn split(
        &mut self,
        entry: &mut Entry<'a>,
        line: &'a [u8],
        text: &'a [u8],
        memory: &mut Memory,
    ) -> Option<()> {
        let name = match self.begin(entry, line).walk(entry, text, memory) {
            Some(name) => name,
            None => {
                // The facts do not end as they should.
                let (facts, name) = facts::split(text)?;
                self.begin(entry, line).walk(entry, facts, memory);
                name
            }
        };
        if name.is_empty() || self.is_cut_off && !self.has_known_fact {
            return None;
        }
        entry.name = Cow::Borrowed(name);
        if let Some(target) = self.link {
            entry.kind = Kind::Link;
            entry.link_target = Some(target);
        }
        if self.is_cut_off {
            // The target of a link may have a semicolon in it, and then it ends there.
            entry.link_target = None;
        }
        entry.owner = best(self.owner);
        entry.group = best(self.group);
        Some(())
    }

    fn begin(&mut self, entry: &mut Entry<'a>, line: &'a [u8]) -> &mut Self {
        *entry =
            Entry { format: Some(Format::Mlsd), name: Cow::Borrowed(b""), ..Entry::not_understood(line) };
        *self = Facts::default();
        self
    }

    /// Takes one fact after another, up to a space behind a semicolon. The answer is what stands behind that.
    ///
    /// None: there is no such space.
    fn walk(&mut self, entry: &mut Entry<'a>, text: &'a [u8], memory: &mut Memory) -> Option<&'a [u8]> {
        let mut rest = text;
        let mut place = 0;
        loop {
            match rest {
                [] => return None,
                [b' ', name @ ..] => return Some(name),
                [b';', behind @ ..] => rest = behind,
                _ => {
                    rest = self.take_one(entry, rest, place, memory)?;
                    place += 1;
                }
            }
        }
    }

    /// Takes the fact at the head of a text, before which `place` others stand. The answer is what stands behind it, from the
    /// semicolon on.
    fn take_one(
        &mut self,
        entry: &mut Entry<'a>,
        text: &'a [u8],
        place: usize,
        memory: &mut Memory,
    ) -> Option<&'a [u8]> {
        if let Some((about, length)) = memory.keys.find(place, text)
            && let Some(behind) = text.get(length + 1..)
        {
            let is_near = Word::at(behind, 0).and_then(|word| word.position(b';'));
            let end = is_near.or_else(|| position(behind, b';')).unwrap_or(behind.len());
            let (value, rest) = behind.split_at_checked(end)?;
            self.take(entry, about, value, memory);
            return Some(rest);
        }
        // A key that nobody knows may be one without a value.
        let end = position(text, b';').unwrap_or(text.len());
        let (fact, rest) = text.split_at_checked(end)?;
        match position(fact, b'=') {
            Some(equals) => {
                let (key, value) = fact.split_at_checked(equals)?;
                if let Some(about) = keys::about(key) {
                    self.take(entry, about, value.get(1..)?, memory);
                }
            }
            None => self.is_cut_off = true,
        }
        Some(rest)
    }

    fn take(&mut self, entry: &mut Entry<'a>, about: About, value: &'a [u8], memory: &mut Memory) {
        match about {
            About::Type => self.is_directory_itself = take_type(entry, value),
            About::Size => entry.size = decimal(value),
            About::Modify => entry.modified = moment(value, memory),
            About::Perm => entry.perm = Some(value),
            About::Unique => entry.unique = Some(value),
            About::Mode => entry.mode = mode_in(value),
            About::Owner(rank) => put(&mut self.owner, rank, value),
            About::Group(rank) => put(&mut self.group, rank, value),
            About::Link => self.link = Some(value).filter(|target| !target.is_empty()),
            About::Else => {}
        }
        self.has_known_fact = true;
    }
}

fn put<'a>(best: &mut Best<'a>, rank: u8, value: &'a [u8]) {
    if let Some(place) = best.get_mut(usize::from(rank)) {
        *place = Some(value).filter(|value| !value.is_empty());
    }
}

fn best([number, name, number_or_name]: Best<'_>) -> Option<&[u8]> {
    number_or_name.or(name).or(number)
}

/// The fact `type`. The answer is whether it is the directory that is listed, or its parent.
fn take_type<'a>(entry: &mut Entry<'a>, value: &'a [u8]) -> bool {
    const FILE: Key = packed(b"file");
    const DIRECTORY: Key = packed(b"dir");
    const LISTED: Key = packed(b"cdir");
    const PARENT: Key = packed(b"pdir");
    let word = packed(value);
    entry.kind = match word {
        FILE => Kind::File,
        DIRECTORY | LISTED | PARENT => Kind::Directory,
        _ => {
            let (kind, target) = system_type(value).unwrap_or_default();
            entry.link_target = target.or(entry.link_target);
            kind
        }
    };
    matches!(word, LISTED | PARENT)
}

/// `OS.unix=slink:/target` of the RFC, which ProFTPD and Pure-FTPd send also without a target, and `OS.unix=symlink` of others. The
/// other words are those of ProFTPD and FreeBSD's ftpd for devices, pipes and sockets.
fn system_type(value: &[u8]) -> Option<(Kind, Option<&[u8]>)> {
    let (system, kind) = value.split_at_checked(8)?;
    if !system.eq_ignore_ascii_case(b"OS.unix=") {
        return None;
    }
    let mut parts = kind.splitn(2, |&byte| byte == b':');
    let word = parts.next()?;
    let target = parts.next().filter(|target| !target.is_empty());
    let is = |name: &&[u8]| word.eq_ignore_ascii_case(name);
    if [&b"slink"[..], b"symlink"].iter().any(is) {
        return Some((Kind::Link, target));
    }
    let others = [&b"blkdev"[..], b"chrdev", b"blk", b"chr", b"device", b"fifo", b"pipe", b"socket", b"sock"];
    let is_other = others.iter().any(|name| {
        word.get(..name.len()).is_some_and(|start| is_prefix(start, name, word.get(name.len()..)))
    });
    is_other.then_some((Kind::Other, None))
}

/// `chr-4/64`: the word, and the device behind a dash.
fn is_prefix(start: &[u8], name: &[u8], rest: Option<&[u8]>) -> bool {
    start.eq_ignore_ascii_case(name) && matches!(rest, Some([] | [b'-', ..]))
}

/// A time of RFC 3659: `YYYYMMDDHHMMSS`, in UTC, with or without a fraction.
///
/// - Some servers write the year 2020 as `19120`: 19, and the years since 1900.
/// - The year 1 of GamingDeluxe's servers stands for no time.
fn moment(value: &[u8], memory: &mut Memory) -> Option<Modified> {
    let (digits, nanosecond) = match value.get(14..) {
        Some([]) => (value, None),
        _ => match value.iter().position(|&byte| byte == b'.') {
            Some(dot) => (value.get(..dot)?, Some(nanoseconds(value.get(dot + 1..)?)?)),
            None => (value, None),
        },
    };
    let length_of_date = if digits.len() == 15 { 9 } else { 8 };
    let (date, rest) = digits.split_at_checked(length_of_date)?;
    let at = |at: usize| pair(rest.get(at..at + 2)?);
    let mut time = Time::new(at(0)?, at(2)?);
    match rest.len() {
        6 => time.second = Some(at(4)?),
        4 if nanosecond.is_none() => {}
        _ => return None,
    }
    time.nanosecond = nanosecond;
    time.on(memory.day_of(date)?, Some(0))
}

/// What a line has in common with the one before it.
#[derive(Debug, Default)]
pub(super) struct Memory {
    keys: Expected,
    /// The date that was read last. Those of neighbours are often the same.
    date: [u8; 8],
    /// In days since 1970. None: there is no such date.
    day: Option<i64>,
}

impl Memory {
    /// The day of a date in digits.
    fn day_of(&mut self, date: &[u8]) -> Option<i64> {
        let Ok(eight) = <[u8; 8]>::try_from(date) else { return day_of(date) };
        if eight != self.date {
            (self.date, self.day) = (eight, day_of(date));
        }
        self.day
    }
}

/// `YYYYMMDD` or `YYYYYMMDD`, in days since 1970.
fn day_of(date: &[u8]) -> Option<i64> {
    let (year, rest) = date.split_at_checked(date.len().checked_sub(4)?)?;
    let (month, day) = rest.split_at_checked(2)?;
    let year = match *year {
        [a, b, c, d] => pair(&[a, b])? * 100 + pair(&[c, d])?,
        _ => short(year, 5).filter(|year| (19_100..20_000).contains(year))? - 19_100 + 2000,
    };
    days(year, pair(month)?, pair(day)?)
}

/// Servers that are written in Python may tell a mode as that language writes octal numbers: `0o644`.
fn mode_in(value: &[u8]) -> Option<u16> {
    mode(value.strip_prefix(b"0o").unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Precision, decide};
    use super::*;

    fn entry(line: &str) -> Entry<'_> {
        read_mlst(line.as_bytes()).unwrap()
    }

    #[test]
    fn a_time_without_seconds_has_no_fraction_of_one() {
        let memory = &mut Memory::default();
        assert!(moment(b"202601021234", memory).is_some());
        assert!(moment(b"20260102123456.50", memory).is_some());
        assert_eq!(moment(b"202601021234.50", memory), None);
    }

    #[test]
    fn a_fact_that_is_known_tells_the_format() {
        let known = [
            "type=file",
            "Size=1",
            "sizd=1",
            "modify=20260615120000",
            "PERM=r",
            "unique=1",
            "create=20260615120000",
            "lang=en",
            "charset=UTF-8",
            "media-type=a/b",
            "win32.ea=32",
            "UNIX.mode=0644",
            "UNIX.uid=1",
            "UNIX.gid=1",
            "UNIX.owner=a",
            "UNIX.group=a",
            "UNIX.slink=a",
            "UNIX.ownername=a",
            "UNIX.groupname=a",
        ];
        for fact in known {
            assert_eq!(decide(format!("{fact}; name\n").as_bytes()), Some(Format::Mlsd), "{fact}");
            let (_, value) = fact.split_once('=').unwrap();
            for length in 0..=15 {
                let other = format!("{}={value}; name", &"x.abcdefghijklmnop"[..length]);
                assert_eq!(decide(format!("{other}\n").as_bytes()), None, "{other}");
                let plain = Entry::new(Format::Mlsd, b"name", other.as_bytes());
                assert_eq!(entry(&other), plain, "a fact that nobody knows changes nothing");
            }
        }
    }

    #[test]
    fn types_of_the_system_are_words_of_their_own() {
        for (value, kind) in [
            ("OS.unix=chr-4/64", Kind::Other),
            ("os.UNIX=FIFO", Kind::Other),
            ("OS.unix=socket", Kind::Other),
            ("OS.unix=chr4", Kind::Unknown),
            ("OS.unix=foo", Kind::Unknown),
            ("OS.unix=f", Kind::Unknown),
            ("OS.unix=foo-4/64", Kind::Unknown),
            ("OS.vms=fifo", Kind::Unknown),
            ("OS.unix=", Kind::Unknown),
            ("OS.unix=slink", Kind::Link),
            ("DIR", Kind::Directory),
        ] {
            assert_eq!(entry(&format!("type={value}; x")).kind, kind, "{value}");
        }
    }

    #[test]
    fn times_have_all_their_digits() {
        let precision = |value: &str| Some(entry(&format!("modify={value}; x")).modified?.precision);
        for (value, expected) in [
            ("20260615120011", Some(Precision::Second)),
            ("202606151200", Some(Precision::Minute)),
            ("20260615120011.5", Some(Precision::Subsecond)),
            ("202606151200.5", None),
            ("2026061512001", None),
            ("20260615", None),
            ("2026061512001x", None),
            ("202606151200111", None),
        ] {
            assert_eq!(precision(value), expected, "{value}");
        }
    }

    const PIECES: &[&str] = &[
        "type=file",
        "Size=12",
        "perm=a b",
        "UNIX.mode=0644",
        "unix.mode=0o600",
        "unix.OWNERNAME=x",
        "unix.group=y",
        "unix.uid=7",
        "x",
        "=",
        ";",
        "; ",
        " ",
        "\t",
        "media-type=a/b",
        "unix.mode=",
        "a.longer.key.than.all=1",
        "unique=\u{e9}",
        "name",
    ];

    proptest! {
        /// The facts are read as `protocol/facts.rs` reads them, which has no fast way.
        #[test]
        fn the_fast_way_leads_where_the_slow_one_does(pieces in proptest::collection::vec(0..PIECES.len(), 0..12)) {
            let pieces: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
            let line = format!("unique=u;{pieces}");
            let read = read_mlst(line.as_bytes());
            let split = facts::split(line.as_bytes()).filter(|(_, name)| !name.is_empty());
            prop_assert_eq!(read.as_ref().map(|entry| &*entry.name), split.map(|(_, name)| name));
            let (Some(entry), Some((facts, _))) = (read, split) else { return Ok(()) };
            let values: Vec<_> = facts::each(facts).collect();
            let last = |key: &[u8]| {
                let mut those = values.iter().rev().filter(|(other, _)| other.eq_ignore_ascii_case(key));
                those.find_map(|(_, value)| *value)
            };
            let name = |key: &[u8]| last(key).filter(|value| !value.is_empty());
            prop_assert_eq!(entry.perm, last(b"perm"));
            prop_assert_eq!(entry.unique, last(b"unique"));
            prop_assert_eq!(entry.size, last(b"size").and_then(decimal));
            prop_assert_eq!(entry.mode, last(b"unix.mode").and_then(mode_in));
            prop_assert_eq!(entry.owner, name(b"unix.ownername").or(name(b"unix.uid")));
            prop_assert_eq!(entry.group, name(b"unix.group"));
        }
    }
}
