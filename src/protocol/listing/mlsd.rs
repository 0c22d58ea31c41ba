//! MLSD and MLST (RFC 3659, section 7). `protocol/facts.rs` has the grammar; here the facts get their types.

use std::borrow::Cow;

use super::dates::nanoseconds;
use super::entry::{Entry, Format, Kind};
use super::families::{Input, Reading, State};
use super::numbers::{decimal, mode, pair, short};
use super::time::{Date, Modified, Now, Stamp, Time};
use crate::protocol::facts;

/// The line of an MLST reply, with or without the space that it begins with. The directory itself is an entry here.
///
/// Servers answer with a path in place of a name. What it is called is known to the one who has asked.
pub fn read_mlst(line: &[u8], now: Now) -> Option<Entry<'_>> {
    let Facts { entry, .. } = Facts::read(line.strip_prefix(b" ").unwrap_or(line), now)?;
    Some(entry)
}

#[inline]
pub(super) fn read<'a>(state: &mut State, input: Input<'a>) -> Reading<'a> {
    let Some(facts) = Facts::read(input.line, state.now) else {
        return Reading::NotMine;
    };
    // A name without any fact is allowed, but so is a line of most other formats then.
    if !facts.has_known_fact && !state.is_decided {
        return Reading::NotMine;
    }
    if facts.is_directory_itself { Reading::Note } else { Reading::Entry(facts.entry) }
}

/// The facts of a line, with their types.
struct Facts<'a> {
    entry: Entry<'a>,
    /// One that RFC 3659 or a server names, so that the line can hardly be anything else.
    has_known_fact: bool,
    /// "cdir" or "pdir". Their names may be anything, also paths.
    is_directory_itself: bool,
    /// Where it leads, if it is a link.
    link: Option<&'a [u8]>,
}

/// What several facts tell, the best one last.
type Best<'a> = [Option<&'a [u8]>; 3];

impl<'a> Facts<'a> {
    /// None: this is no line of MLSD.
    #[inline]
    fn read(line: &'a [u8], now: Now) -> Option<Self> {
        if line.starts_with(b" ") {
            // A name without facts, or facts that a server has indented.
            let indented =
                Facts::split(line, line.trim_ascii_start(), now).filter(|read| read.has_known_fact);
            return indented.or_else(|| Facts::split(line, line, now));
        }
        Facts::split(line, line, now)
    }

    #[inline]
    fn split(line: &'a [u8], text: &'a [u8], now: Now) -> Option<Self> {
        let (facts, name) = facts::split(text)?;
        if name.is_empty() {
            return None;
        }
        let entry = Entry::new(Format::Mlsd, name, line);
        let mut read = Facts { entry, has_known_fact: false, is_directory_itself: false, link: None };
        let (mut owner, mut group): (Best<'a>, Best<'a>) = ([None; 3], [None; 3]);
        let mut is_cut_off = false;
        for (key, value) in facts::each(facts) {
            match value {
                Some(value) => read.take(key, value, &mut owner, &mut group, now),
                None => is_cut_off = true,
            }
        }
        if let Some(target) = read.link {
            read.entry.kind = Kind::Link;
            read.entry.link_target = Some(Cow::Borrowed(target));
        }
        if is_cut_off && !read.has_known_fact {
            return None;
        }
        if is_cut_off {
            // The target of a link may have a semicolon in it, and then it ends there.
            read.entry.link_target = None;
        }
        read.entry.owner = best(owner);
        read.entry.group = best(group);
        Some(read)
    }

    #[inline]
    fn take(&mut self, key: &'a [u8], value: &'a [u8], owner: &mut Best<'a>, group: &mut Best<'a>, now: Now) {
        let entry = &mut self.entry;
        let is = |name: &[u8]| key.eq_ignore_ascii_case(name);
        match key.len() {
            0..=8 => match packed(key) {
                TYPE => self.is_directory_itself = take_type(entry, value),
                // Pure-FTPd writes the size of a directory as "sizd".
                SIZE | SIZD => entry.size = decimal(value),
                MODIFY => entry.modified = moment(value, now),
                PERM => entry.perm = Some(value),
                UNIQUE => entry.unique = Some(value),
                UID => put(owner, 0, value),
                GID => put(group, 0, value),
                LANG | CREATE | CHARSET | WIN32_EA => {}
                _ => return,
            },
            9 if is(b"unix.mode") => entry.mode = mode(value),
            10 if is(b"unix.owner") => put(owner, 1, value),
            10 if is(b"unix.group") => put(group, 1, value),
            // Globus shows a link as what it leads to, and tells this beside it.
            10 if is(b"unix.slink") => self.link = Some(value).filter(|target| !target.is_empty()),
            10 if is(b"media-type") => {}
            // ProFTPD has the number as "UNIX.owner", and the name beside it.
            14 if is(b"unix.ownername") => put(owner, 2, value),
            14 if is(b"unix.groupname") => put(group, 2, value),
            _ => return,
        }
        self.has_known_fact = true;
    }
}

/// A key of eight bytes at most as a number, in small letters: only bit 5 tells them from capitals.
fn packed(key: &[u8]) -> u64 {
    key.iter().fold(0, |number, &byte| (number << 8) + u64::from(byte | 0x20))
}

const TYPE: u64 = u64::from_be_bytes(*b"\0\0\0\0type");
const SIZE: u64 = u64::from_be_bytes(*b"\0\0\0\0size");
const SIZD: u64 = u64::from_be_bytes(*b"\0\0\0\0sizd");
const PERM: u64 = u64::from_be_bytes(*b"\0\0\0\0perm");
const LANG: u64 = u64::from_be_bytes(*b"\0\0\0\0lang");
const MODIFY: u64 = u64::from_be_bytes(*b"\0\0modify");
const UNIQUE: u64 = u64::from_be_bytes(*b"\0\0unique");
const CREATE: u64 = u64::from_be_bytes(*b"\0\0create");
const CHARSET: u64 = u64::from_be_bytes(*b"\0charset");
const UID: u64 = u64::from_be_bytes(*b"unix.uid");
const GID: u64 = u64::from_be_bytes(*b"unix.gid");
const WIN32_EA: u64 = u64::from_be_bytes(*b"win32.ea");

fn put<'a>(best: &mut Best<'a>, rank: usize, value: &'a [u8]) {
    if let Some(place) = best.get_mut(rank) {
        *place = Some(value).filter(|value| !value.is_empty());
    }
}

fn best(facts: Best<'_>) -> Option<Cow<'_, [u8]>> {
    facts.into_iter().rev().flatten().next().map(Cow::Borrowed)
}

/// The fact `type`. The answer is whether it is the directory that is listed, or its parent.
fn take_type<'a>(entry: &mut Entry<'a>, value: &'a [u8]) -> bool {
    let is = |name: &[u8]| value.eq_ignore_ascii_case(name);
    let is_directory_itself = is(b"cdir") || is(b"pdir");
    entry.kind = if is(b"file") {
        Kind::File
    } else if is(b"dir") || is_directory_itself {
        Kind::Directory
    } else if let Some((kind, target)) = system_type(value) {
        entry.link_target = target.map(Cow::Borrowed);
        kind
    } else {
        Kind::Unknown
    };
    is_directory_itself
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
fn moment(value: &[u8], now: Now) -> Option<Modified> {
    let (digits, nanosecond) = match value.iter().position(|&byte| byte == b'.') {
        Some(dot) => (value.get(..dot)?, Some(nanoseconds(value.get(dot + 1..)?)?)),
        None => (value, None),
    };
    let length_of_year = if digits.len() == 15 { 5 } else { 4 };
    let (year, rest) = digits.split_at_checked(length_of_year)?;
    let year = match *year {
        [a, b, c, d] => pair(&[a, b])? * 100 + pair(&[c, d])?,
        _ => short(year, 5).filter(|year| (19_100..20_000).contains(year))? - 19_100 + 2000,
    };
    let at = |at: usize| pair(rest.get(at..at + 2)?);
    let date = Date { year: Some(year), month: at(0)?, day: at(2)? };
    let mut time = Time::new(at(4)?, at(6)?);
    match rest.len() {
        10 => time.second = Some(at(8)?),
        8 if nanosecond.is_none() => {}
        _ => return None,
    }
    time.nanosecond = nanosecond;
    Stamp { date, time: Some(time), offset: Some(0) }.modified(now)
}

#[cfg(test)]
mod tests {
    use super::super::{Precision, decide};
    use super::*;

    const NOW: Now = Now { seconds: 0, offset: None };

    fn entry(line: &str) -> Entry<'_> {
        read_mlst(line.as_bytes(), NOW).unwrap()
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
}
