//! How fast the parser of listings is: 100,000 entries in memory, with all their fields, in CPU time of this process. Beside them
//! stands what it takes only to find the ends of the lines. Each is measured ten times in turn, and the best counts.
//!
//! ```sh
//! cargo bench --bench listings
//! ```

#![allow(
    unused_crate_dependencies,
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout
)]
// The CPU time of the process is the system's.
#![allow(unsafe_code)]

use std::env;
use std::hint::black_box;
use std::time::Duration;

use ftpclient::protocol::listing::{Format, Line, Now, Parser, decide};

const ENTRIES: usize = 100_000;
const ROUNDS: usize = 10;
/// 2026-06-15 12:00, on a server that is two hours ahead.
const NOW: Now = Now { seconds: 1_781_524_800, offset: Some(7200) };

struct Listing {
    name: &'static str,
    format: Format,
    text: Vec<u8>,
    best: Duration,
}

fn main() {
    if !env::args().any(|argument| argument == "--bench") {
        println!("This is a benchmark, not a test: run it with cargo bench.");
        return;
    }
    let listing = |name, format, line: fn(usize) -> String| {
        let text = (0..ENTRIES).map(line).collect::<String>().into_bytes();
        assert_eq!(decide(&text), Some(format));
        Listing { name, format, text, best: Duration::MAX }
    };
    let mut listings = [
        listing("MLSD of ProFTPD", Format::Mlsd, proftpd),
        listing("MLSD of Pure-FTPd", Format::Mlsd, pureftpd),
        listing("LIST of Unix", Format::Unix, unix),
        listing("LIST of IIS", Format::Dos, iis),
    ];
    let mut lines = Duration::MAX;
    for _ in 0..ROUNDS {
        for listing in &mut listings {
            listing.best = listing.best.min(measure(|| parse(listing)));
        }
        lines = lines.min(measure(|| count_lines(&listings[0].text)));
    }
    for Listing { name, best, text, .. } in &listings {
        let length = text.len() / ENTRIES;
        println!("{name:<20} {length:4} bytes a line {:7.2} million entries/s", rate(*best));
    }
    println!(
        "{:<20} {:4} bytes a line {:7.2} million lines/s",
        "ends of lines",
        listings[0].text.len() / ENTRIES,
        rate(lines)
    );
}

fn rate(time: Duration) -> f64 {
    ENTRIES as f64 / time.as_secs_f64() / 1e6
}

fn parse(listing: &Listing) -> usize {
    let mut parser = Parser::new(Some(listing.format), NOW);
    let mut rest = listing.text.as_slice();
    let mut entries = 0;
    while let Some((line, used)) = parser.next(rest, true) {
        entries += usize::from(matches!(black_box(&line), Line::Entry(entry) if entry.modified.is_some()));
        rest = &rest[used..];
    }
    entries
}

fn count_lines(text: &[u8]) -> usize {
    text.split_inclusive(|&byte| byte == b'\n').filter(|line| !black_box(line).is_empty()).count()
}

fn measure(work: impl FnOnce() -> usize) -> Duration {
    let before = cpu_time();
    assert_eq!(work(), ENTRIES);
    cpu_time() - before
}

fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is valid.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    assert_eq!(result, 0);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

fn proftpd(index: usize) -> String {
    let (day, size) = (index % 28 + 1, index * 37);
    format!(
        "modify=202601{day:02}103000;perm=adfrw;size={size};type=file;unique=802U{index:X};UNIX.group=1000;\
         UNIX.groupname=users;UNIX.mode=0644;UNIX.owner=1000;UNIX.ownername=alice; file-{index:06}.txt\r\n"
    )
}

fn pureftpd(index: usize) -> String {
    let (day, size) = (index % 28 + 1, index * 37);
    format!(
        "type=file;size={size};modify=202601{day:02}103000;UNIX.mode=0644;UNIX.uid=1000;UNIX.gid=1000;\
         unique=fd01g{index:x}; file-{index:06}.txt\r\n"
    )
}

fn unix(index: usize) -> String {
    let (day, size) = (index % 28 + 1, index * 37);
    format!("-rw-r--r--   1 alice    users    {size:8} Jan {day:2} 10:30 file-{index:06}.txt\r\n")
}

fn iis(index: usize) -> String {
    let (day, size) = (index % 28 + 1, index * 37);
    format!("01-{day:02}-26  10:30AM {size:>20} file-{index:06}.txt\r\n")
}
