//! A tree of nasty names, times and sizes: every field that a listing tells is what `lstat` says.
//!
//! What a server tells otherwise stands in `DIFFERENCES`, with the reason. The list must be exact, so that it cannot rot.

use std::collections::BTreeMap;
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use ftpclient::client::ListRequest;
use ftpclient::protocol::listing::{Kind, Modified, Precision, Zone};

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

/// What of the entries differs from what lstat says: the name, the field, and what the server tells.
fn differences(subject: &Subject, client: &mut Client, by_list: bool) -> Vec<String> {
    let wanted = ListRequest { path: Some(b"nasty".to_vec()), by_list, ..ListRequest::default() };
    let mut entries = client.run(async |client| client.list(&wanted).await).must().entries;
    let mut told = BTreeMap::new();
    let mut found = Vec::new();
    while let Some(entry) = entries.next_entry() {
        if entry.format.is_none() {
            found.push(format!("raw: {}", entry.raw.escape_ascii()));
            continue;
        }
        let shown = entry.name.escape_ascii().to_string();
        let path = path_of(&subject.root, &entry.name);
        let Ok(real) = fs::symlink_metadata(&path) else {
            found.push(format!("{shown}: there is no such name"));
            continue;
        };
        let kind = real.file_type();
        let expected = if kind.is_file() {
            Kind::File
        } else if kind.is_dir() {
            Kind::Directory
        } else if kind.is_symlink() {
            Kind::Link
        } else {
            assert!(kind.is_fifo());
            Kind::Other
        };
        if entry.kind != expected {
            found.push(format!("{shown}: kind {:?}", entry.kind));
        }
        if let Some(size) = entry.size
            && expected == Kind::File
            && size != real.len()
        {
            found.push(format!("{shown}: size {size}"));
        }
        if let Some(mode) = entry.mode
            && u32::from(mode) != real.mode() & 0o7777
        {
            found.push(format!("{shown}: mode {mode:o}"));
        }
        if let Some(target) = &entry.link_target
            && **target != *fs::read_link(&path).unwrap_or_default().as_os_str().as_bytes()
        {
            found.push(format!("{shown}: target {}", target.escape_ascii()));
        }
        match entry.modified {
            Some(modified) if !is_time(modified, real.mtime()) => {
                found.push(format!("{shown}: another time"));
            }
            None => found.push(format!("{shown}: no time")),
            _ => {}
        }
        told.insert(entry.name.to_vec(), ());
    }
    let mut due: Vec<Vec<u8>> = names().into_iter().map(|(name, _)| name).collect();
    due.extend([&b"big"[..], b"link", b"dangling -> link", b"fifo", b"directory"].map(<[u8]>::to_vec));
    for name in due {
        if !told.contains_key(&name) {
            found.push(format!("{}: missing", name.escape_ascii()));
        }
    }
    found.sort();
    found
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

/// What is seen by MLSD, or where a server has none by LIST, and then by LIST.
///
/// - ProFTPD and pyftpdlib leave a link that leads nowhere out of MLSD, and call a pipe a file there. Pure-FTPd calls it nothing, and
///   leaves it out of LIST.
/// - pyftpdlib and libunftp follow links in MLSD, and know names in UTF-8 only.
/// - Servers leave out the year of dates to come in LIST: which year it is, nobody can tell. libunftp leaves it out of all dates of the
///   last year, also where that is not clear.
/// - libunftp has one column for each field, and drops the space at the beginning of a name in LIST.
const DIFFERENCES: &[(&str, &[&str], &[&str])] = &[
    ("vsftpd", &[], &[]),
    ("proftpd", &["dangling -> link: missing", "fifo: kind File"], &["2040: no time", "future: no time"]),
    ("pure-ftpd", &["fifo: kind Unknown"], &["2040: no time", "fifo: missing", "future: no time"]),
    (
        "pyftpdlib",
        &[
            "dangling -> link: missing",
            "fifo: kind File",
            "latin ?: there is no such name",
            "latin \\xe9: missing",
            "link: another time",
            "link: kind File",
        ],
        &["2040: no time", "future: no time", "latin ?: there is no such name", "latin \\xe9: missing"],
    ),
    ("inetutils-ftpd", &["2040: no time", "future: no time"], &["2040: no time", "future: no time"]),
    (
        "libunftp",
        &[
            "dangling -> link: kind File",
            "fifo: kind File",
            "latin \\xe9: missing",
            "latin \\xef\\xbf\\xbd: there is no such name",
            "link: kind File",
        ],
        &[
            " space before: missing",
            "7 months: no time",
            "fifo: kind File",
            "latin \\xe9: missing",
            "latin \\xef\\xbf\\xbd: there is no such name",
            "space before: there is no such name",
        ],
    ),
];

pub(super) fn nasty(subject: &Subject) {
    make(subject);
    let mut client = subject.log_in();
    let known = DIFFERENCES.iter().find(|(name, ..)| *name == subject.name);
    let (_, best, list) = known.unwrap_or_else(|| panic!("no row for {}", subject.name));
    for (by_list, expected) in [(false, best), (true, list)] {
        let found = differences(subject, &mut client, by_list);
        assert_eq!(found, **expected, "{}, LIST: {by_list}", subject.name);
    }
    assert_in_step(&mut client, subject);
    quit(client);
}
