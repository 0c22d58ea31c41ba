//! The time of a file: what MDTM tells (RFC 3659, section 3), and the commands that set it.

use super::codes::FILE_STATUS;
use super::command::{Command, CommandError};
use super::features::Features;
use super::listing::{Zone, digits_of, read_mlst};
use super::path::{apart_from_time, as_named};
use super::reply::Reply;

const NANOSECONDS: i64 = 1_000_000_000;

/// A way to set the time of a file. No RFC has one, and each server has its own.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum TimeWay {
    /// `MFMT time path` (draft-somers-ftp-mfxx).
    Mfmt,
    /// `MFF modify=time; path` (the same draft).
    Mff,
    /// `SITE UTIME path time time time UTC`: of access, of change, of the status. Pure-FTPd and ProFTPD.
    UtimeBehind,
    /// `SITE UTIME time path`: ProFTPD and others.
    UtimeBefore,
    /// `MDTM time path`: vsftpd and others. To a server that does not know it, this asks for the time of a file of that name.
    Mdtm,
}

impl TimeWay {
    /// The ways in the order in which they are tried: those first that the server has named.
    pub fn in_order(features: &Features) -> Vec<TimeWay> {
        use TimeWay::*;
        let mut ways = vec![Mfmt, Mff, UtimeBehind, UtimeBefore, Mdtm];
        ways.retain(|way| way.is_named(features));
        ways.extend([Mdtm, Mfmt, UtimeBehind, UtimeBefore].iter().filter(|way| !way.is_named(features)));
        ways
    }

    /// Whether the server has named it in its reply to FEAT.
    pub fn is_named(self, features: &Features) -> bool {
        match self {
            TimeWay::Mfmt => features.has("MFMT"),
            TimeWay::Mff => features.told_of(b"MFF modify").is_some(),
            TimeWay::UtimeBehind | TimeWay::UtimeBefore => features.told_of(b"SITE UTIME").is_some(),
            // As Serv-U does: "MDTM YYYYMMDDHHMMSS[+-TZ];filename".
            TimeWay::Mdtm => features.parameters("MDTM").is_some_and(|told| told.starts_with(b"YYYY")),
        }
    }

    /// The command that sets a time.
    ///
    /// # Errors
    /// Those of a command.
    pub fn command(self, time: &str, path: &[u8]) -> Result<Command, CommandError> {
        let path = &*as_named(path);
        let (verb, parts): (_, &[&[u8]]) = match self {
            TimeWay::Mfmt => ("MFMT", &[time.as_bytes(), b" ", path]),
            TimeWay::Mff => ("MFF", &[b"modify=", time.as_bytes(), b"; ", path]),
            TimeWay::UtimeBehind => {
                let times = format!(" {time} {time} {time} UTC");
                return Command::with("SITE", &[b"UTIME ", path, times.as_bytes()].concat());
            }
            TimeWay::UtimeBefore => ("SITE", &[b"UTIME ", time.as_bytes(), b" ", path]),
            TimeWay::Mdtm => ("MDTM", &[time.as_bytes(), b" ", path]),
        };
        Command::with(verb, &parts.concat())
    }
}

/// The command that asks for the time of a file. A name that looks like a time, and might set one, gets `./` before it.
///
/// # Errors
/// Those of a command.
pub fn question(path: &[u8]) -> Result<Command, CommandError> {
    Command::with("MDTM", &apart_from_time(path))
}

/// A moment in the digits that commands have, in UTC and to the second. What is finer is cut off.
pub fn in_digits(nanoseconds: i64) -> Option<String> {
    digits_of(nanoseconds.div_euclid(NANOSECONDS))
}

/// The moment that digits tell, in nanoseconds since 1970. Some servers write 19126 for the year 2026.
///
/// `None`: there is no such moment. That of year 1 or 1601, which stand for no time, is none that can be told.
pub fn nanoseconds_of(digits: &[u8]) -> Option<i64> {
    let line = [b"modify=", digits, b"; x"].concat();
    let modified = read_mlst(&line)?.modified?;
    (modified.zone == Zone::Utc).then_some(modified.nanoseconds)
}

/// The time in a reply to MDTM: 14 digits, perhaps with a fraction. UTC or GMT may stand behind it, and lines around it.
pub fn time_in(reply: &Reply) -> Option<&[u8]> {
    if reply.code() != Some(FILE_STATUS) {
        return None;
    }
    let code = reply.text().get(..3)?;
    let lines = reply.text().split(|&byte| byte == b'\n').map(|line| match line.strip_prefix(code) {
        Some([b'-' | b' ', rest @ ..]) => rest,
        _ => line,
    });
    let mut times = lines.filter_map(only_time);
    let time = times.next()?;
    times.all(|other| other == time).then_some(time)
}

/// The time in a line that has nothing else.
fn only_time(line: &[u8]) -> Option<&[u8]> {
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let time = words.next()?;
    let time = time.strip_suffix(b"Z").unwrap_or(time);
    let is_utc = |word: &[u8]| [&b"UTC"[..], b"GMT", b"Z"].iter().any(|zone| word.eq_ignore_ascii_case(zone));
    (is_time(time) && words.all(is_utc)).then_some(time)
}

fn is_time(word: &[u8]) -> bool {
    let is_digits = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    // The five digits of a year that is counted from 1900 begin with 19.
    let length = if word.get(14).is_some_and(u8::is_ascii_digit) { 15 } else { 14 };
    let Some((digits, fraction)) = word.split_at_checked(length) else { return false };
    let is_fraction = match fraction {
        [] => true,
        [b'.', rest @ ..] => !rest.is_empty() && is_digits(rest),
        _ => false,
    };
    is_digits(digits) && is_fraction && (length == 14 || digits.starts_with(b"19"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-15 12:30:00.
    const JANUARY: i64 = 1_768_480_200;

    fn features(lines: &str) -> Features {
        Features::parse(&Reply::from_text(format!("211-x\n{lines}\n211 x")))
    }

    #[test]
    fn a_time_is_fourteen_digits_and_perhaps_a_fraction() {
        for (reply, time) in [
            ("213 20260115123000", Some("20260115123000")),
            ("213 20260115123000.25", Some("20260115123000.25")),
            ("213 20260115123000 ", Some("20260115123000")),
            ("213    20260115123000", Some("20260115123000")),
            ("213 20260115123000 UTC", Some("20260115123000")),
            ("213 20260115123000 gmt", Some("20260115123000")),
            ("213 20260115123000Z", Some("20260115123000")),
            ("213-The time:\n 20260115123000\n213 End", Some("20260115123000")),
            ("213-20260115123000\n213 20260115123000", Some("20260115123000")),
            ("213-20260115123000\n213 20260115123001", None),
            ("213 191260115123000", Some("191260115123000")),
            ("213 191260115123000.5", Some("191260115123000.5")),
            ("213 201260115123000", None),
            ("213 1912601151230001", None),
            ("213 2026011512300", None),
            ("213 20260115123000.", None),
            ("213 20260115123000.x", None),
            ("213 20260115123000+0100", None),
            ("213 20260115123000 +0100", None),
            ("213 20260115123000 CET", None),
            ("213 2026-01-15 12:30", None),
            ("213 file 20260115123000", None),
            ("253 20260115123000", None),
            ("213", None),
            ("", None),
        ] {
            assert_eq!(time_in(&Reply::from_text(reply)), time.map(str::as_bytes), "{reply}");
        }
    }

    #[test]
    fn digits_are_a_moment_or_none() {
        for (digits, nanoseconds) in [
            ("20260115123000", Some(JANUARY * NANOSECONDS)),
            ("20260115123000.25", Some(JANUARY * NANOSECONDS + 250_000_000)),
            ("20260115123000.1234567891", Some(JANUARY * NANOSECONDS + 123_456_789)),
            ("191260115123000", Some(JANUARY * NANOSECONDS)),
            ("19700101000000", Some(0)),
            ("19691231235959", Some(-NANOSECONDS)),
            ("20260115123060", Some((JANUARY + 60) * NANOSECONDS)),
            ("00010101000000", None),
            ("16010101000000", None),
            ("99991231235959", None),
            ("20260230123000", None),
            ("20261315123000", None),
            ("20260115253000", None),
            ("20260115126100", None),
            ("00000000000000", None),
        ] {
            assert_eq!(nanoseconds_of(digits.as_bytes()), nanoseconds, "{digits}");
        }
    }

    #[test]
    fn a_moment_has_its_digits() {
        for (nanoseconds, digits) in [
            (JANUARY * NANOSECONDS, "20260115123000"),
            (JANUARY * NANOSECONDS + 999_999_999, "20260115123000"),
            (0, "19700101000000"),
            (-1, "19691231235959"),
            (951_868_799 * NANOSECONDS, "20000229235959"),
            (951_868_800 * NANOSECONDS, "20000301000000"),
            (i64::MAX, "22620411234716"),
            (i64::MIN, "16770921001243"),
        ] {
            assert_eq!(in_digits(nanoseconds).as_deref(), Some(digits), "{nanoseconds}");
        }
    }

    #[test]
    fn what_the_server_has_named_is_tried_first() {
        use TimeWay::*;
        for (lines, ways) in [
            ("", vec![Mdtm, Mfmt, UtimeBehind, UtimeBefore]),
            (" MFMT\n MDTM", vec![Mfmt, Mdtm, UtimeBehind, UtimeBefore]),
            (" MFF modify;UNIX.mode;", vec![Mff, Mdtm, Mfmt, UtimeBehind, UtimeBefore]),
            (" MFF UNIX.mode;", vec![Mdtm, Mfmt, UtimeBehind, UtimeBefore]),
            (" SITE UTIME\n MFMT", vec![Mfmt, UtimeBehind, UtimeBefore, Mdtm]),
            (" MDTM YYYYMMDDHHMMSS[+-TZ];filename", vec![Mdtm, Mfmt, UtimeBehind, UtimeBefore]),
        ] {
            assert_eq!(TimeWay::in_order(&features(lines)), ways, "{lines}");
        }
        assert!(Mdtm.is_named(&features(" MDTM YYYYMMDDHHMMSS[+-TZ];filename")));
        assert!(!Mdtm.is_named(&features(" MDTM")));
    }

    #[test]
    fn each_way_has_its_order() {
        use TimeWay::*;
        for (way, command) in [
            (Mfmt, "MFMT 20260115123000 a b"),
            (Mff, "MFF modify=20260115123000; a b"),
            (UtimeBehind, "SITE UTIME a b 20260115123000 20260115123000 20260115123000 UTC"),
            (UtimeBefore, "SITE UTIME 20260115123000 a b"),
            (Mdtm, "MDTM 20260115123000 a b"),
        ] {
            assert_eq!(way.command("20260115123000", b"a b").unwrap().text(), command.as_bytes());
            assert!(way.command("20260115123000", b"a\nb").is_err());
        }
        assert_eq!(Mfmt.command("2", b"-x").unwrap().text(), b"MFMT 2 ./-x");
        for (path, text) in [
            ("a", "MDTM a"),
            ("2026 x", "MDTM 2026 x"),
            ("20260115 x", "MDTM ./20260115 x"),
            ("20260115123000", "MDTM ./20260115123000"),
            ("~x", "MDTM ./~x"),
            ("/20260115", "MDTM /20260115"),
        ] {
            assert_eq!(question(path.as_bytes()).unwrap().text(), text.as_bytes());
        }
    }
}
