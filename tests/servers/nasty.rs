//! A tree of nasty names, times and sizes: every field that a listing tells is what `lstat` says.
//!
//! What a server tells otherwise stands in `DIFFERENCES`, with the reason. The list must be exact, so that it cannot rot. With
//! `--nocapture`, the test prints how many entries of each server tell each field rightly.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CString, OsStr};
use std::fmt::Display;
use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use ftpclient::client::ListRequest;
use ftpclient::protocol::listing::{Entry, Format, Kind, Modified, Precision, Zone};

use super::*;

const DAY: i64 = 86_400;

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

/// Names, and for each when it was changed.
fn names() -> Vec<(Vec<u8>, i64)> {
    let now = now();
    let old = 1_600_000_000;
    let mut names: Vec<(Vec<u8>, i64)> = [
        " space before",
        "space behind ",
        "two  spaces",
        "\"quotes\" and 'more'",
        "-rf",
        "caf\u{e9} \u{65e5}\u{672c}",
        "*",
        "a?b",
        "[x]",
        "{a,b}",
        "back\\slash",
        "an -> arrow",
        "semi;colon=x; y",
        "~",
        "%41",
        "total 12",
        "new\nline",
        "carriage\rreturn",
        "tab\tin it",
        "control \u{1} and \u{7f}",
        "next line \u{85}",
        "left \u{202e}right",
        "...",
        "   ",
        "dot behind.",
        "CON",
        "C:",
    ]
    .iter()
    .map(|name| (name.as_bytes().to_vec(), old))
    .collect();
    names.push((b"latin \xe9".to_vec(), old));
    names.push((vec![b'x'; 255], old));
    names.extend([
        (b"now".to_vec(), now),
        (b"5 months".to_vec(), now - 150 * DAY),
        (b"7 months".to_vec(), now - 215 * DAY),
        (b"future".to_vec(), now + 400 * DAY),
        (b"1970".to_vec(), 3 * DAY + 3600),
        (b"2040".to_vec(), 2_220_000_000),
    ]);
    names
}

fn path_of(root: &Path, name: &[u8]) -> PathBuf {
    root.join("nasty").join(OsStr::from_bytes(name))
}

fn set_time(path: &Path, seconds: i64) {
    let path = CString::new(path.as_os_str().as_bytes()).unwrap();
    let time = libc::timespec { tv_sec: seconds, tv_nsec: 0 };
    // SAFETY: the path ends with a NUL, and there are two times.
    #[allow(unsafe_code)]
    let done = unsafe {
        libc::utimensat(libc::AT_FDCWD, path.as_ptr(), [time, time].as_ptr(), libc::AT_SYMLINK_NOFOLLOW)
    };
    assert_eq!(done, 0);
}

fn make(subject: &Subject) {
    subject.mkdir("nasty");
    let root = &subject.root;
    for (name, time) in names() {
        let path = path_of(root, &name);
        fs::write(&path, b"hello").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        set_time(&path, time);
    }
    let big = path_of(root, b"big");
    fs::File::create(&big).unwrap().set_len(5 * 1024 * 1024 * 1024).unwrap();
    set_time(&big, 1_600_000_000);
    for (name, target) in [("link", "now"), ("dangling -> link", "no -> where")] {
        let path = path_of(root, name.as_bytes());
        let _ = fs::remove_file(&path);
        symlink(target, &path).unwrap();
        set_time(&path, 1_600_000_000);
    }
    let fifo = CString::new(path_of(root, b"fifo").as_os_str().as_bytes()).unwrap();
    // SAFETY: the path ends with a NUL.
    #[allow(unsafe_code)]
    unsafe {
        libc::mkfifo(fifo.as_ptr(), 0o600)
    };
    set_time(&path_of(root, b"fifo"), 1_600_000_000);
    fs::create_dir_all(path_of(root, b"directory")).unwrap();
    set_time(&path_of(root, b"directory"), 1_600_000_000);
}

/// What a listing tells, beside what `lstat` says.
#[derive(Default)]
struct Compared {
    /// How many entries tell a field as it is.
    right: BTreeMap<&'static str, usize>,
    /// The name, the field, and what the server tells.
    differences: Vec<String>,
    /// The fields that an entry does not tell: a difference only if another entry of this listing does.
    untold: Vec<(&'static str, String)>,
    formats: BTreeSet<Format>,
}

impl Compared {
    fn field<T: Display>(&mut self, name: &str, field: &'static str, told: Option<T>, is_right: bool) {
        match told {
            Some(_) if is_right => *self.right.entry(field).or_default() += 1,
            Some(told) => self.differences.push(format!("{name}: {field} {told}")),
            None => self.untold.push((field, format!("{name}: no {field}"))),
        }
    }

    fn entry(&mut self, root: &Path, entry: &Entry<'_>) {
        let shown = entry.name.escape_ascii().to_string();
        if entry.format.is_none() {
            self.differences.push(format!("{shown}: not understood"));
            return;
        }
        let path = path_of(root, &entry.name);
        let Ok(real) = fs::symlink_metadata(&path) else {
            self.differences.push(format!("{shown}: there is no such name"));
            return;
        };
        self.formats.extend(entry.format);
        let kind = kind_of(&real);
        self.field(&shown, "kind", Some(format!("{:?}", entry.kind)), entry.kind == kind);
        let is_right = entry.modified.is_some_and(|time| is_time(time, real.mtime()));
        self.field(&shown, "time", entry.modified.map(|_| "of another moment"), is_right);
        if kind == Kind::File {
            self.field(&shown, "size", entry.size, entry.size == Some(real.len()));
        }
        let is_right = entry.mode.map(u32::from) == Some(real.mode() & 0o7777);
        self.field(&shown, "mode", entry.mode.map(|mode| format!("{mode:o}")), is_right);
        for (field, told, file, id) in [
            ("owner", entry.owner, "/etc/passwd", real.uid()),
            ("group", entry.group, "/etc/group", real.gid()),
        ] {
            let is_right = told.is_some_and(|told| is_name_of(told, file, id));
            self.field(&shown, field, told.map(<[u8]>::escape_ascii), is_right);
        }
        if kind == Kind::Link {
            let target = fs::read_link(&path).unwrap();
            let is_right = entry.link_target == Some(target.as_os_str().as_bytes());
            self.field(&shown, "target", entry.link_target.map(<[u8]>::escape_ascii), is_right);
        }
    }
}

fn compare(subject: &Subject, client: &mut Client, by_list: bool) -> Compared {
    let wanted = ListRequest { path: Some(b"nasty".to_vec()), by_list, ..ListRequest::default() };
    let mut entries = client.run(async |client| client.list(&wanted).await).must().entries;
    let mut due: BTreeSet<Vec<u8>> = names().into_iter().map(|(name, _)| name).collect();
    due.extend([&b"big"[..], b"link", b"dangling -> link", b"fifo", b"directory"].map(<[u8]>::to_vec));
    let mut compared = Compared::default();
    while let Some(entry) = entries.next_entry() {
        compared.entry(&subject.root, &entry);
        due.remove(&*entry.name);
    }
    let Compared { right, differences, untold, .. } = &mut compared;
    differences.extend(due.iter().map(|name| format!("{}: missing", name.escape_ascii())));
    untold.retain(|(field, _)| right.contains_key(field));
    differences.extend(untold.drain(..).map(|(_, it)| it));
    differences.sort();
    compared
}

fn kind_of(real: &Metadata) -> Kind {
    let kind = real.file_type();
    if kind.is_file() {
        Kind::File
    } else if kind.is_dir() {
        Kind::Directory
    } else if kind.is_symlink() {
        Kind::Link
    } else {
        assert!(kind.is_fifo());
        Kind::Other
    }
}

/// As a number, or as this machine calls the user or the group.
fn is_name_of(told: &[u8], file: &str, id: u32) -> bool {
    let names = fs::read_to_string(file).unwrap();
    let id = id.to_string();
    let is_it = |line: &str| {
        let mut parts = line.split(':');
        parts.next().map(str::as_bytes) == Some(told) && parts.nth(1) == Some(&id)
    };
    told == id.as_bytes() || names.lines().any(is_it)
}

/// To its precision. A time of the server's clock is one of this machine's, which these servers share: UTC, wherever the tests run.
fn is_time(modified: Modified, real: i64) -> bool {
    let seconds = modified.nanoseconds.div_euclid(1_000_000_000);
    match modified.precision {
        Precision::Day => seconds.div_euclid(DAY) == real.div_euclid(DAY) && modified.zone == Zone::Server,
        Precision::Minute => seconds.div_euclid(60) == real.div_euclid(60),
        Precision::Second | Precision::Subsecond => seconds == real && modified.zone == Zone::Utc,
    }
}

const NO_LINK: &str = "the server follows links in MLSD, and leaves out what leads nowhere";
const FOLLOWED: &str = "the server tells of what the link leads to";
const NO_KIND: &str = "the server has no word for a pipe";
const NO_YEAR: &str = "LIST leaves out the year of what is to come, so nobody can tell it";
const HIDDEN: &str = "the server hides names with a dot before them";
const CONTROL: &str = "the server leaves out names with control characters";
const UTF_8: &str = "the server knows names in UTF-8 only";
const CUT_AT_LF: &str = "the server sends LF in a name as it ends lines, so nobody can tell";
const ANY_YEAR: &str =
    "the server leaves out the year of the last twelve months, where two years are possible";

/// A difference, and why it is there.
type Known = (&'static str, &'static str);

/// All of a listing, where some are the same for several.
type AllKnown = &'static [&'static [Known]];

const NO_YEARS: [Known; 2] = [("2040: no time", NO_YEAR), ("future: no time", NO_YEAR)];
const LF: [Known; 3] = [
    ("line: not understood", CUT_AT_LF),
    ("new: there is no such name", CUT_AT_LF),
    ("new\\nline: missing", CUT_AT_LF),
];
const DOTS: [Known; 1] = [("...: missing", HIDDEN)];
const NO_CONTROL: [Known; 4] = [
    ("carriage\\rreturn: missing", CONTROL),
    ("control \\x01 and \\x7f: missing", CONTROL),
    ("new\\nline: missing", CONTROL),
    ("tab\\tin it: missing", CONTROL),
];
const LATIN: [Known; 2] = [("latin ?: there is no such name", UTF_8), ("latin \\xe9: missing", UTF_8)];
const LATIN_REPLACED: [Known; 2] =
    [("latin \\xe9: missing", UTF_8), ("latin \\xef\\xbf\\xbd: there is no such name", UTF_8)];

/// What is seen by MLSD, or where a server has none by LIST, and then by LIST.
const DIFFERENCES: &[(&str, AllKnown, AllKnown)] = &[
    ("vsftpd", &[&DOTS], &[&DOTS]),
    (
        "proftpd",
        &[&LF, &[("dangling -> link: missing", NO_LINK), ("fifo: kind File", NO_KIND)]],
        &[&DOTS, &NO_YEARS],
    ),
    (
        "pure-ftpd",
        &[&NO_CONTROL, &[("fifo: kind Unknown", NO_KIND)]],
        &[&NO_CONTROL, &DOTS, &NO_YEARS, &[("fifo: missing", NO_KIND)]],
    ),
    (
        "pyftpdlib",
        &[
            &LATIN,
            &[
                ("dangling -> link: missing", NO_LINK),
                ("fifo: kind File", NO_KIND),
                ("link: kind File", FOLLOWED),
                ("link: mode 640", FOLLOWED),
                ("link: time of another moment", FOLLOWED),
            ],
        ],
        &[&LATIN, &NO_YEARS],
    ),
    ("inetutils-ftpd", &[&LF, &NO_YEARS], &[&LF, &NO_YEARS]),
    (
        "libunftp",
        &[
            &LATIN_REPLACED,
            &[
                ("dangling -> link: kind File", FOLLOWED),
                ("fifo: kind File", NO_KIND),
                ("link: kind File", FOLLOWED),
            ],
        ],
        &[&LATIN_REPLACED, &[("7 months: no time", ANY_YEAR), ("fifo: kind File", NO_KIND)]],
    ),
];

/// Prints a row of the table, and why anything in it differs.
pub(super) fn nasty(subject: &Subject) {
    make(subject);
    let mut client = subject.log_in();
    let known = DIFFERENCES.iter().find(|(name, ..)| *name == subject.name);
    let (_, best, list) = known.unwrap_or_else(|| panic!("no row for {}", subject.name));
    for (by_list, known) in [(false, best), (true, list)] {
        let compared = compare(subject, &mut client, by_list);
        let way = if by_list { "LIST" } else { "best" };
        let title = format!("{:14} {way} {:?}", subject.name, compared.formats);
        let right: Vec<_> = compared.right.iter().map(|(field, count)| format!("{field} {count}")).collect();
        println!("{title:28} {}; {} differ", right.join(", "), compared.differences.len());
        let mut known = known.concat();
        known.sort_unstable();
        for (difference, why) in &known {
            println!("    {difference}: {why}");
        }
        let expected: Vec<_> = known.iter().map(|(difference, _)| *difference).collect();
        assert_eq!(compared.differences, expected, "{title}");
    }
    assert_in_step(&mut client, subject);
    quit(client);
}
