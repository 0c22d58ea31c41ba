//! What a generator writes in a format, the parser reads back.

use ftpclient::protocol::listing::{Format, Kind, Line, Modified, Now, Parser, Precision, Zone, decide};
use proptest::prelude::*;

use super::corpus::days;

/// What an entry is. Not every format tells all of it.
#[derive(Clone, Debug)]
struct Truth {
    name: Vec<u8>,
    kind: Kind,
    target: Vec<u8>,
    size: u64,
    mode: u16,
    owner: String,
    group: String,
    date: (i64, i64, i64),
    time: (i64, i64, i64),
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// 2026-06-15 12:00.
const NOW: Now = Now { seconds: 1_781_524_800, offset: None };

impl Truth {
    fn month(&self) -> &'static str {
        MONTHS[usize::try_from(self.date.1).unwrap() - 1]
    }

    fn modified(&self, precision: Precision, zone: Zone) -> Modified {
        let ((year, month, day), (hour, minute, second)) = (self.date, self.time);
        let in_day = match precision {
            Precision::Day => 0,
            Precision::Minute => hour * 3600 + minute * 60,
            Precision::Second | Precision::Subsecond => hour * 3600 + minute * 60 + second,
        };
        Modified { nanoseconds: (days(year, month, day) * 86_400 + in_day) * 1_000_000_000, precision, zone }
    }

    fn letters(&self) -> String {
        let kind = match self.kind {
            Kind::Directory => 'd',
            Kind::Link => 'l',
            _ => '-',
        };
        let letters = (0..9).map(|index| {
            let is_set = self.mode & (0o400 >> index) != 0;
            let is_special = index % 3 == 2 && self.mode & (0o4000 >> (index / 3)) != 0;
            match (is_special, is_set) {
                (true, _) => ["Ss", "Ss", "Tt"][index / 3].as_bytes()[usize::from(is_set)] as char,
                (false, true) => b"rwx"[index % 3] as char,
                (false, false) => '-',
            }
        });
        [kind].into_iter().chain(letters).collect()
    }

    /// Name and target, as `ls` writes them.
    fn shown(&self) -> Vec<u8> {
        match self.kind {
            Kind::Link => [self.name.as_slice(), b" -> ", &self.target].concat(),
            _ => self.name.clone(),
        }
    }

    /// Of a format that has no links.
    fn without_links(self) -> Truth {
        let kind = if self.kind == Kind::Link { Kind::File } else { self.kind };
        Truth { kind, ..self }
    }

    /// Of a format that fills columns around the name with spaces.
    fn trimmed(self) -> Truth {
        let name = self.name.trim_ascii();
        let name = if matches!(name, b"" | b"." | b"..") { b"x" } else { name };
        Truth { name: name.to_vec(), ..self }
    }

    /// The size of a link is the length of its target.
    fn size(&self) -> u64 {
        if self.kind == Kind::Link { self.target.len() as u64 } else { self.size }
    }
}

/// Any name that a line can hold: no LF. `ls` and the parser keep `.` and `..` out.
fn name() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => "[a-z0-9._ -]{1,8}".prop_map(String::into_bytes),
        1 => prop::sample::select(vec![" -> ", " ", "Jan 29 03:26 ", "2025", "10:30", "; ", "<DIR>", "total 0", "\r", "\\", "é", "月"])
            .prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(1_u8.., 1..3),
    ];
    prop::collection::vec(piece, 1..5)
        .prop_map(|pieces| pieces.concat())
        .prop_filter("no name", |name| !name.contains(&b'\n') && name != b"." && name != b"..")
}

prop_compose! {
    fn truth()(
        name in name(),
        kind in prop::sample::select(vec![Kind::File, Kind::Directory, Kind::Link]),
        target in name(),
        size in prop_oneof![0_u64..5000, 0_u64..=i64::MAX as u64],
        mode in 0_u16..=0o7777,
        owner in "[a-z][a-z0-9_-]{0,7}|[0-9]{1,5}",
        group in "[a-z][a-z0-9_-]{0,7}|[0-9]{1,5}",
        date in (1970_i64..2262, 1_i64..=12, 1_i64..=28),
        time in (0_i64..24, 0_i64..60, 0_i64..60),
    ) -> Truth {
        Truth { name, kind, target, size, mode, owner, group, date, time }
    }
}

/// Reads one line, whose end is CRLF: a name may end with CR.
fn check(
    format: Format,
    line: &[u8],
    now: Now,
    truth: &Truth,
    modified: Option<Modified>,
    fields: &[&str],
) -> Result<(), TestCaseError> {
    let text = [line, b"\r\n"].concat();
    prop_assert_eq!(decide(&text), Some(format), "{}", line.escape_ascii());
    let read = Parser::new(Some(format), now).next(&text, true);
    let Some((Line::Entry(entry), used)) = read else {
        return Err(TestCaseError::fail(format!("{} gives {read:?}", line.escape_ascii())));
    };
    let has = |field: &str| fields.contains(&field);
    prop_assert_eq!(used, text.len());
    prop_assert_eq!((&*entry.name, entry.kind), (&*truth.name, truth.kind), "{}", line.escape_ascii());
    prop_assert_eq!(entry.size, has("size").then(|| truth.size()));
    prop_assert_eq!(entry.mode, has("mode").then_some(truth.mode));
    prop_assert_eq!(entry.owner, has("owner").then_some(truth.owner.as_bytes()));
    prop_assert_eq!(entry.group, has("group").then_some(truth.group.as_bytes()));
    let target = (has("target") && truth.kind == Kind::Link).then_some(&*truth.target);
    prop_assert_eq!(entry.link_target, target);
    prop_assert_eq!(entry.modified, modified, "{}", line.escape_ascii());
    Ok(())
}

const OF_UNIX: &[&str] = &["size", "mode", "owner", "group", "target"];

/// How `ls` writes the date of a line, and what is known from it.
fn unix_date(truth: &Truth, style: usize, now: &mut Now) -> (String, Modified) {
    let ((year, month, day), (hour, minute, second)) = (truth.date, truth.time);
    let name = truth.month();
    let server = |precision| truth.modified(precision, Zone::Server);
    match style {
        // Within half a year of now: up to 180 days, as servers count it.
        0 => {
            let moment = server(Precision::Minute);
            now.seconds = moment.nanoseconds / 1_000_000_000 + (truth.size % (180 * 86_400)) as i64;
            (format!("{name} {day:2} {hour:02}:{minute:02}"), moment)
        }
        1 => (format!("{name} {day:2}  {year}"), server(Precision::Day)),
        2 => (format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}"), server(Precision::Minute)),
        3 => (
            format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.000000000 +0000"),
            truth.modified(Precision::Subsecond, Zone::Utc),
        ),
        4 => (format!("{name} {day:2} {hour:02}:{minute:02}:{second:02} {year}"), server(Precision::Second)),
        5 => (format!("{day:2} {name}  {year}"), server(Precision::Day)),
        6 => (format!("{month:2}月 {day:2}  {year}"), server(Precision::Day)),
        _ => (format!("{year}年 {month:2}月 {day:2}日"), server(Precision::Day)),
    }
}

fn dos_date(truth: &Truth, style: usize) -> String {
    let ((year, month, day), (hour, minute, _)) = (truth.date, truth.time);
    let half = if hour < 12 { "AM" } else { "PM" };
    let hour_of_half = if hour % 12 == 0 { 12 } else { hour % 12 };
    match style {
        0 => format!("{month:02}-{day:02}-{year}  {hour_of_half:02}:{minute:02}{half}"),
        1 => format!("{month:02}-{day:02}-{year}  {hour:02}:{minute:02}"),
        2 => format!("{year}-{month:02}-{day:02}  {hour:02}:{minute:02}"),
        _ => format!("{day:02}.{month:02}.{year}  {hour:02}:{minute:02}"),
    }
}

/// With a separator between thousands.
fn grouped(size: u64, separator: &str) -> String {
    let digits = size.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap());
    groups.collect::<Vec<_>>().join(separator)
}

fn with(start: &str, name: &[u8]) -> Vec<u8> {
    [start.as_bytes(), name].concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn unix(truth in truth(), style in 0_usize..8, mark in prop::sample::select(vec!["", "+", ".", "@"]), links in 1_u32..200) {
        // A slash behind a directory is a mark of `ls -p`. The date of style 7 leaves open whether a time belongs to it.
        prop_assume!(truth.kind != Kind::Directory || !truth.name.ends_with(b"/"));
        prop_assume!(style < 6 || !truth.name.trim_ascii_start().starts_with(b"10:30"));
        let mut now = NOW;
        let (date, modified) = unix_date(&truth, style, &mut now);
        let Truth { owner, group, .. } = &truth;
        let start = format!("{}{mark} {links:3} {owner:8} {group:8} {:8} {date} ", truth.letters(), truth.size());
        check(Format::Unix, &with(&start, &truth.shown()), now, &truth, Some(modified), OF_UNIX)?;
    }

    #[test]
    fn mlsd(truth in truth(), style in 0_usize..4) {
        let ((year, month, day), (hour, minute, second)) = (truth.date, truth.time);
        let target = String::from_utf8_lossy(&truth.target).replace([';', '\u{fffd}'], "_").into_bytes();
        let truth = Truth { target: target.clone(), ..truth };
        let kind: Vec<u8> = match truth.kind {
            Kind::File => b"file".to_vec(),
            Kind::Directory => b"dir".to_vec(),
            _ => [b"OS.unix=slink:", target.as_slice()].concat(),
        };
        let mut facts = [
            [b"type=", kind.as_slice()].concat(),
            format!("size={}", truth.size()).into_bytes(),
            format!("modify={year}{month:02}{day:02}{hour:02}{minute:02}{second:02}").into_bytes(),
            format!("UNIX.mode={:05o}", truth.mode).into_bytes(),
            format!("UNIX.owner={}", truth.owner).into_bytes(),
            format!("UNIX.group={}", truth.group).into_bytes(),
        ];
        facts.rotate_left(style);
        if style == 2 {
            facts.iter_mut().for_each(|fact| {
                let key = fact.iter().position(|&byte| byte == b'=').unwrap();
                fact[..key].make_ascii_uppercase();
            });
        }
        let line = [facts.join(&b';').as_slice(), b"; ", &truth.name].concat();
        check(Format::Mlsd, &line, NOW, &truth, Some(truth.modified(Precision::Second, Zone::Utc)), OF_UNIX)?;
    }

    #[test]
    fn dos(truth in truth(), style in 0_usize..4, separator in prop::sample::select(vec!["", ",", "."])) {
        let date = dos_date(&truth, style);
        let start = match truth.kind {
            Kind::Directory => format!("{date}       <DIR>          "),
            Kind::Link => format!("{date}    <SYMLINKD>     "),
            _ => format!("{date} {:>20} ", grouped(truth.size, separator)),
        };
        // `dir` has a target in brackets. A name that ends with one looks the same.
        prop_assume!(truth.kind != Kind::Link || !truth.name.ends_with(b"]") && !truth.name.ends_with(b" "));
        let fields: &[&str] = if truth.kind == Kind::File { &["size"] } else { &[] };
        let modified = truth.modified(Precision::Minute, Zone::Server);
        check(Format::Dos, &with(&start, &truth.name), NOW, &truth, Some(modified), fields)?;
    }

    #[test]
    fn eplf(truth in truth()) {
        let truth = truth.without_links();
        let modified = truth.modified(Precision::Second, Zone::Utc);
        let seconds = modified.nanoseconds / 1_000_000_000;
        let what = if truth.kind == Kind::Directory { "/" } else { "r" };
        let start = format!("+i1.2,m{seconds},{what},s{},up{:o},\t", truth.size, truth.mode);
        check(Format::Eplf, &with(&start, &truth.name), NOW, &truth, Some(modified), &["size", "mode"])?;
    }

    #[test]
    fn numeric(truth in truth(), owner in 0_u32..99_999) {
        let truth = Truth { owner: owner.to_string(), group: "0".to_owned(), ..truth.trimmed() };
        let kind = match truth.kind { Kind::Directory => 0o4, Kind::Link => 0o12, _ => 0o10 };
        let modified = truth.modified(Precision::Second, Zone::Utc);
        let seconds = modified.nanoseconds / 1_000_000_000;
        let mode = kind << 12 | u32::from(truth.mode);
        let start = format!("0{mode:o}   {owner}  0   {}    {seconds}       ", truth.size());
        check(Format::Numeric, &with(&start, &truth.name), NOW, &truth, Some(modified), &["size", "mode", "owner", "group"])?;
    }

    #[test]
    fn netware(truth in truth(), rights in "[RWCEAFM-]{8}") {
        let truth = truth.without_links().trimmed();
        let what = if truth.kind == Kind::Directory { 'd' } else { '-' };
        let Truth { owner, size, date: (year, _, day), .. } = &truth;
        let start = format!("{what} [{rights}] {owner:20} {size:12} {} {day:02}  {year} ", truth.month());
        let modified = truth.modified(Precision::Day, Zone::Server);
        check(Format::NetWare, &with(&start, &truth.name), NOW, &truth, Some(modified), &["size", "owner"])?;
    }

    #[test]
    fn os2(truth in truth()) {
        let truth = truth.without_links();
        let Truth { size, date: (year, month, day), time: (hour, minute, _), .. } = &truth;
        let what = if truth.kind == Kind::Directory { "     DIR" } else { "A       " };
        let start = format!("{size:8}      {what}   {month:02}-{day:02}-{year}  {hour:02}:{minute:02}  ");
        let fields: &[&str] = if truth.kind == Kind::File { &["size"] } else { &[] };
        let modified = truth.modified(Precision::Minute, Zone::Server);
        check(Format::Os2, &with(&start, &truth.name), NOW, &truth, Some(modified), fields)?;
    }

    #[test]
    fn mac_os(truth in truth(), resource in 0_u64..100_000) {
        let size = truth.size.max(resource);
        let truth = Truth { size, ..truth.without_links() };
        let columns = match truth.kind {
            Kind::Directory => format!("{:>20} {:8}", "folder", 2),
            _ => format!("{resource:8} {:11} {size:8}", size - resource),
        };
        let (year, _, day) = truth.date;
        let start = format!("{} {columns} {} {day:2}  {year} ", truth.letters(), truth.month());
        let fields: &[&str] = if truth.kind == Kind::File { &["size", "mode"] } else { &["mode"] };
        let modified = truth.modified(Precision::Day, Zone::Server);
        check(Format::MacOs, &with(&start, &truth.name), NOW, &truth, Some(modified), fields)?;
    }

    #[test]
    fn vshell(truth in truth()) {
        prop_assume!(!truth.name.ends_with(b"/"));
        let truth = truth.without_links();
        let Truth { size, date: (year, _, day), time: (hour, minute, _), .. } = &truth;
        let start = format!("{size}  {} {day:02}, {year} {hour:02}:{minute:02} ", truth.month());
        let is_directory = truth.kind == Kind::Directory;
        let end = if is_directory { &b"/"[..] } else { b"" };
        let line = [with(&start, &truth.name).as_slice(), end].concat();
        let fields: &[&str] = if is_directory { &[] } else { &["size"] };
        check(Format::VShell, &line, NOW, &truth, Some(truth.modified(Precision::Minute, Zone::Server)), fields)?;
    }

    #[test]
    fn vxworks(truth in truth()) {
        let truth = truth.without_links().trimmed();
        prop_assume!(!truth.name.ends_with(b"<DIR>"));
        let Truth { size, date: (year, _, day), time: (hour, minute, second), .. } = &truth;
        let date = format!("{}-{day:02}-{year}", truth.month());
        let start = format!("{size:8}    {date}  {hour:02}:{minute:02}:{second:02}   ");
        let end = if truth.kind == Kind::Directory { &b"    <DIR>"[..] } else { b"" };
        let line = [with(&start, &truth.name).as_slice(), end].concat();
        check(Format::VxWorks, &line, NOW, &truth, Some(truth.modified(Precision::Second, Zone::Server)), &["size"])?;
    }
}
