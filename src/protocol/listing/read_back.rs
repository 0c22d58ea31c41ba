//! What a server of a mainframe or of a rare system writes is read back, whatever the fields are, and however the text arrives.

use proptest::prelude::*;

use super::time::{Date, Stamp, Time};
use super::*;
use crate::protocol::system::System;

/// 2026-06-15 12:00.
const NOW: Now = Now { seconds: 1_781_524_800, offset: None };

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/// The entries of a listing. `piece`: so much of the text arrives at a time.
fn entries(text: &str, format: Format, piece: usize) -> Vec<Entry<'_>> {
    let text = text.as_bytes();
    assert_eq!(decide(text), Some(format), "{}", String::from_utf8_lossy(text));
    let mut parser = Parser::new(Some(format), NOW);
    let (mut entries, mut start, mut end) = (Vec::new(), 0, 0);
    while start < text.len() {
        match parser.next(&text[start..end], end == text.len()) {
            Some((Line::Entry(entry), used)) => {
                entries.push(entry);
                start += used;
            }
            Some((Line::Note, used)) => start += used,
            None => end = (end + piece).min(text.len()),
        }
    }
    entries
}

/// A year, a month and a day of the last forty years.
fn dates() -> impl Strategy<Value = (u32, u32, u32)> {
    (1987_u32..2026, 1_u32..=12, 1_u32..=28)
}

fn moment((year, month, day): (u32, u32, u32), time: Option<Time>) -> Option<Modified> {
    Stamp { date: Date { year: Some(year), month, day }, time, offset: None }.modified(NOW)
}

fn to_the_second(hour: u32, minute: u32, second: u32) -> Option<Time> {
    Some(Time { second: Some(second), ..Time::new(hour, minute) })
}

fn month_of(month: u32) -> &'static str {
    MONTHS[month as usize - 1]
}

/// `RWE` for each bit, in the order of OpenVMS.
fn rights(bits: u16) -> String {
    [(4, 'R'), (2, 'W'), (1, 'E')]
        .iter()
        .filter(|(bit, _)| bits & bit != 0)
        .map(|(_, letter)| letter)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn vms(
        names in prop::collection::vec("[A-Za-z0-9_$ .,;%^&-]{0,20}[A-Za-z]\\.[A-Z]{0,5}", 1..6),
        date in dates(),
        (hour, minute, second) in (0_u32..24, 0_u32..60, 0_u32..60),
        mode in 0_u16..0o1000,
        (is_wrapped, piece) in (any::<bool>(), 1_usize..80),
    ) {
        let mut names = names;
        names.sort();
        names.dedup();
        let mut text = "Directory DISK:[X]\r\n\r\n".to_owned();
        for name in &names {
            let path = System::Vms.join(b"[X]", name.as_bytes(), false).unwrap();
            let name = String::from_utf8(path["[X]".len()..].to_vec()).unwrap();
            let gap = if is_wrapped { "\r\n          " } else { "  " };
            text += &format!(
                "{name};3{gap}12/15  {:2}-{}-{} {hour:02}:{minute:02}:{second:02}  [GROUP,OWNER]  (RWED,{}D,{},{})\r\n",
                date.2, month_of(date.1), date.0, rights(mode >> 6), rights(mode >> 3 & 7), rights(mode & 7),
            );
        }
        text += &format!("\r\nTotal of {} files, 12/15 blocks\r\n", names.len());
        let entries = entries(&text, Format::Vms, piece);
        prop_assert_eq!(entries.len(), names.len());
        for (entry, name) in entries.iter().zip(&names) {
            prop_assert_eq!(&*entry.name, name.as_bytes());
            prop_assert_eq!((entry.kind, entry.size, entry.mode), (Kind::File, None, Some(mode)));
            prop_assert_eq!(entry.modified, moment(date, to_the_second(hour, minute, second)));
            prop_assert_eq!(entry.group, Some(&b"GROUP"[..]));
            prop_assert_eq!(entry.owner, Some(&b"OWNER"[..]));
        }
    }

    #[test]
    fn mvs_data_sets(
        sets in prop::collection::vec(("[A-Z@#$][A-Z0-9]{0,7}(\\.[A-Z][A-Z0-9]{0,7}){0,3}", any::<bool>(), 0_u32..300), 1..6),
        date in dates(),
        piece in 1_usize..80,
    ) {
        let mut text = "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname\r\n".to_owned();
        for (name, is_library, extents) in &sets {
            let organisation = if *is_library { "PO" } else { "PS" };
            text += &format!(
                "F1SYS1 3390   {}/{:02}/{:02}{extents:3} {:4}  FB      80 27920  {organisation}  {name}\r\n",
                date.0, date.1, date.2, extents * 7,
            );
        }
        let entries = entries(&text, Format::Mvs, piece);
        prop_assert_eq!(entries.len(), sets.len());
        for (entry, (name, is_library, _)) in entries.iter().zip(&sets) {
            prop_assert_eq!(&*entry.name, name.as_bytes());
            prop_assert_eq!(entry.kind, if *is_library { Kind::Directory } else { Kind::File });
            prop_assert_eq!((entry.size, entry.modified), (None, None));
        }
    }

    #[test]
    fn mvs_members(
        members in prop::collection::vec(("[A-Z@#$][A-Z0-9]{0,7}", any::<bool>()), 1..6),
        date in dates(),
        (hour, minute, piece) in (0_u32..24, 0_u32..60, 1_usize..80),
    ) {
        let mut text = " Name     VV.MM   Created       Changed      Size  Init   Mod   Id\r\n".to_owned();
        for (name, has_statistics) in &members {
            let statistics = if *has_statistics {
                format!(" 01.07 1986/01/02 {}/{:02}/{:02} {hour:02}:{minute:02}   13    13     0 USER", date.0, date.1, date.2)
            } else {
                String::new()
            };
            text += &format!("{name:8}{statistics}\r\n");
        }
        let entries = entries(&text, Format::Mvs, piece);
        prop_assert_eq!(entries.len(), members.len());
        for (entry, (name, has_statistics)) in entries.iter().zip(&members) {
            let modified = moment(date, Some(Time::new(hour, minute))).filter(|_| *has_statistics);
            prop_assert_eq!((&*entry.name, entry.kind), (name.as_bytes(), Kind::File));
            prop_assert_eq!((entry.size, entry.modified), (None, modified));
        }
    }

    /// A day is told only where it is the right one, whatever order the server uses.
    #[test]
    fn ibm_i(
        files in prop::collection::vec(("[A-Za-z0-9_-][A-Za-z0-9_ .-]{0,20}[A-Za-z]", dates(), 0_u64..1 << 40), 1..150),
        (order, separator) in (0_usize..3, prop::sample::select(vec!['/', '-', '.', ','])),
        (hour, minute, second) in (0_u32..24, 0_u32..60, 0_u32..60),
        piece in 20_usize..2000,
    ) {
        let mut text = String::new();
        for (name, (year, month, day), size) in &files {
            let [a, b, c] = [[year % 100, *month, *day], [*month, *day, year % 100], [*day, *month, year % 100]][order];
            text += &format!(
                "ME    {size:14} {a:02}{separator}{b:02}{separator}{c:02} {hour:02}:{minute:02}:{second:02} *STMF      {name}\r\n",
            );
        }
        let entries = entries(&text, Format::IbmI, piece);
        prop_assert_eq!(entries.len(), files.len());
        for (entry, (name, date, size)) in entries.iter().zip(&files) {
            prop_assert_eq!((&*entry.name, entry.kind, entry.size), (name.as_bytes(), Kind::File, Some(*size)));
            prop_assert_eq!(entry.owner, Some(&b"ME"[..]));
            let expected = moment(*date, to_the_second(hour, minute, second));
            prop_assert!(entry.modified.is_none() || entry.modified == expected, "{entry:?} {date:?}");
        }
        // With this many random days, one of them is none in the other orders.
        prop_assert!(files.len() < 100 || entries.iter().all(|entry| entry.modified.is_some()));
    }

    #[test]
    fn zvm(
        files in prop::collection::vec(("[A-Z$][A-Z0-9$]{0,7}", "[A-Z$][A-Z0-9]{0,7}", any::<bool>(), 1_u64..1000, 0_u64..10_000), 1..6),
        date in dates(),
        is_iso in any::<bool>(),
        (hour, minute, second, piece) in (0_u32..24, 0_u32..60, 0_u32..60, 1_usize..80),
    ) {
        let mut text = String::new();
        for (name, kind, is_fixed, length, records) in &files {
            let format = if *is_fixed { 'F' } else { 'V' };
            let date = if is_iso {
                format!("{}-{:02}-{:02}", date.0, date.1, date.2)
            } else {
                format!("{:2}/{:02}/{:02}", date.1, date.2, date.0 % 100)
            };
            text += &format!(
                "{name:8} {kind:8} {format} {length:10} {records:10} {:10} {date} {hour:2}:{minute:02}:{second:02} ANO191\r\n", 1,
            );
        }
        let entries = entries(&text, Format::Zvm, piece);
        prop_assert_eq!(entries.len(), files.len());
        for (entry, (name, kind, is_fixed, length, records)) in entries.iter().zip(&files) {
            let full = format!("{name}.{kind}");
            prop_assert_eq!(&*entry.name, full.as_bytes());
            prop_assert_eq!(entry.size, Some(length * records).filter(|_| *is_fixed));
            prop_assert_eq!(entry.modified, moment(date, to_the_second(hour, minute, second)));
            prop_assert_eq!((entry.kind, entry.owner), (Kind::File, None));
        }
    }

    #[test]
    fn guardian(
        files in prop::collection::vec(("[A-Z][A-Z0-9]{0,7}", 0_u32..=65_535, any::<u32>(), 0_u32..256, 0_u32..256, any::<bool>()), 1..6),
        date in dates(),
        (hour, minute, second, piece) in (0_u32..24, 0_u32..60, 0_u32..60, 1_usize..80),
    ) {
        let mut text = "File         Code             EOF  Last Modification    Owner  RWEP\r\n".to_owned();
        for (name, code, size, group, user, is_open) in &files {
            let open = if *is_open { 'O' } else { ' ' };
            text += &format!(
                "{name:8} {open} {code:5} {size:16} {:2}-{}-{:02} {hour:02}:{minute:02}:{second:02} {group:3},{user:3} \"nunu\"\r\n",
                date.2, month_of(date.1), date.0 % 100,
            );
        }
        let entries = entries(&text, Format::Guardian, piece);
        prop_assert_eq!(entries.len(), files.len());
        for (entry, (name, _, size, group, user, _)) in entries.iter().zip(&files) {
            prop_assert_eq!((&*entry.name, entry.kind), (name.as_bytes(), Kind::File));
            prop_assert_eq!((entry.size, entry.mode), (Some(u64::from(*size)), None));
            prop_assert_eq!(entry.modified, moment(date, to_the_second(hour, minute, second)));
            let (group, user) = (group.to_string(), user.to_string());
            prop_assert_eq!(entry.group, Some(group.as_bytes()));
            prop_assert_eq!(entry.owner, Some(user.as_bytes()));
        }
    }

    #[test]
    fn mpe(
        files in prop::collection::vec(("[A-Za-z.][a-z0-9 _.]{0,20}[a-z]", 0_usize..3, 0_u64..1 << 32), 1..6),
        piece in 1_usize..80,
    ) {
        let mut text = " PATH= /A/PUB/\r\n\r\n CODE  ------------LOGICAL RECORD-----------  ----SPACE----  FILENAME\r\n\
                        \x20        SIZE  TYP        EOF      LIMIT R/B  SECTORS #X MX\r\n\r\n".to_owned();
        for (name, what, records) in &files {
            let (start, end) = [("           1B  BA ", ""), (" NMPRG   128W  FB ", ""), ("          16W  HBD", "/")][*what];
            text += &format!("{start} {records:11} 2147483647   1       16  1  *  {name}{end}\r\n");
        }
        let entries = entries(&text, Format::Mpe, piece);
        prop_assert_eq!(entries.len(), files.len());
        for (entry, (name, what, records)) in entries.iter().zip(&files) {
            let kind = if *what == 2 { Kind::Directory } else { Kind::File };
            prop_assert_eq!((&*entry.name, entry.kind), (name.as_bytes(), kind));
            prop_assert_eq!((entry.size, entry.modified), (Some(*records).filter(|_| *what == 0), None));
        }
    }

    #[test]
    fn vos(
        names in prop::collection::vec(("[A-Za-z.][a-z0-9_.]{0,20}[a-z]", 0_usize..3), 1..6),
        date in dates(),
        (hour, minute, second, piece) in (0_u32..24, 0_u32..60, 0_u32..60, 1_usize..80),
    ) {
        let mut text = "Files: 15  Blocks: 29\r\n\r\n".to_owned();
        for (name, what) in &names {
            let (start, end) = [(" w      1  seq       ", ""), (" m      3  ", ""), ("", " ->  %m#d>x")][*what];
            let (year, month, day) = date;
            text += &format!(
                "{start}{:02}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}  {name}{end}\r\n", year % 100,
            );
        }
        let entries = entries(&text, Format::Vos, piece);
        prop_assert_eq!(entries.len(), names.len());
        for (entry, (name, what)) in entries.iter().zip(&names) {
            let kind = [Kind::File, Kind::Directory, Kind::Link][*what];
            prop_assert_eq!((&*entry.name, entry.kind), (name.as_bytes(), kind));
            prop_assert_eq!(entry.size, None);
            prop_assert_eq!(entry.modified, moment(date, to_the_second(hour, minute, second)));
            prop_assert_eq!(entry.link_target, Some(&b"%m#d>x"[..]).filter(|_| *what == 2));
        }
    }

    #[test]
    fn chameleon(
        files in prop::collection::vec(("[A-Z][A-Z0-9~]{0,7}(\\.[A-Z]{1,3})?", "[A-Za-z][A-Za-z0-9 ]{0,20}[a-z]", any::<bool>(), any::<u32>()), 1..6),
        date in dates(),
        (style, hour, minute, piece) in (0_usize..3, 0_u32..24, 0_u32..60, 1_usize..80),
    ) {
        let mut text = String::new();
        let (year, month, day) = date;
        for (short, long, is_directory, size) in &files {
            let size = if *is_directory { "<DIR>".to_owned() } else { size.to_string() };
            let (date, end) = match style {
                0 => (format!("{} {day:02} {year}", month_of(month)), "   RHA".to_owned()),
                1 => (format!("{month:02}-{day:02}-{:02}", year % 100), String::new()),
                _ => (format!("{month:02}/{day:02}/{year}"), format!(" {long}")),
            };
            text += &format!("{short:12} {size:10} {date} {hour:02}:{minute:02}{end}\r\n");
        }
        let entries = entries(&text, Format::Chameleon, piece);
        prop_assert_eq!(entries.len(), files.len());
        for (entry, (short, long, is_directory, size)) in entries.iter().zip(&files) {
            let kind = if *is_directory { Kind::Directory } else { Kind::File };
            let name = if style == 2 { long } else { short };
            prop_assert_eq!((&*entry.name, entry.kind), (name.as_bytes(), kind));
            prop_assert_eq!(entry.size, Some(u64::from(*size)).filter(|_| !is_directory));
            prop_assert_eq!(entry.modified, moment(date, Some(Time::new(hour, minute))));
        }
    }

    #[test]
    fn clearpath(
        files in prop::collection::vec(("[A-Z][A-Z0-9]{0,7}(/[A-Z][A-Z0-9]{0,7}){0,3}", any::<u32>()), 1..6),
        piece in 1_usize..80,
    ) {
        let mut text = "Report for: (UC)A ON PACK\r\n".to_owned();
        for (name, size) in &files {
            text += &format!("{name:30} SEQDATA {size:10} 03/08/1998  15:32\r\n");
        }
        text += &format!("          {} Files     504 Octets\r\n", files.len());
        let entries = entries(&text, Format::ClearPath, piece);
        prop_assert_eq!(entries.len(), files.len());
        for (entry, (name, size)) in entries.iter().zip(&files) {
            prop_assert_eq!((&*entry.name, entry.kind), (name.as_bytes(), Kind::File));
            prop_assert_eq!((entry.size, entry.modified), (Some(u64::from(*size)), None));
            prop_assert!(entry.is_unsafe_name() == name.contains('/'));
        }
    }
}
