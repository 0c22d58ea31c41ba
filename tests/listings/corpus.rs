//! How the corpus is written.
//!
//! ```text
//! # source: Commons Net, UnixFTPEntryParserTest
//! now 2026-06-15 12:00
//! > drwxr-xr-x   2 user  group  4096 Mar  2 15:13 zxbox
//! = name=zxbox ⇥ type=directory ⇥ size=4096 ⇥ modified=2026-03-02 15:13 ⇥ zone=server ⇥ mode=755 ⇥ owner=user ⇥ group=group
//! ```
//!
//! - `# source:` names where the lines come from. Other lines with `#` are comments.
//! - `now` is the clock. Where it is left out, it is 2026-06-15 12:00 in UTC. `+HH:MM` behind it is the server's offset.
//! - `>` is a line of the listing, with the escapes `\xNN` and `\\`. `>cr ` ends with CRLF, the others with LF.
//! - `=` is what the line above must give: `note`, `raw`, `joined` where the entry goes on in the next line, or the fields of an
//!   entry with a tab (⇥) between them. A field that is not there must be unknown.

use std::fs;
use std::path::Path;

use ftpclient::protocol::listing::Now;

use super::written::unescape;

/// One listing.
pub(crate) struct Block {
    /// File and line.
    pub(crate) place: String,
    pub(crate) source: Option<String>,
    pub(crate) now: Now,
    pub(crate) text: Vec<u8>,
    pub(crate) lines: Vec<Expected>,
}

/// A line, and what it must give.
pub(crate) struct Expected {
    pub(crate) place: String,
    pub(crate) written: String,
    pub(crate) expected: String,
}

/// 2026-06-15 12:00.
const NOW: Now = Now { seconds: 1_781_524_800, offset: None };

/// All families, by name.
pub(crate) fn files() -> Vec<(String, Vec<Block>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/listings");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|it| it == "txt")).collect();
    paths.sort();
    let families = paths.iter().map(|path| {
        let family = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let blocks = blocks(&family, &fs::read_to_string(path).unwrap());
        (family, blocks)
    });
    families.collect()
}

fn blocks(family: &str, text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut block: Option<Block> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let place = format!("{family}.txt:{number}");
        if line.is_empty() {
            blocks.extend(block.take());
            continue;
        }
        let block = block.get_or_insert_with(|| Block {
            place: place.clone(),
            source: None,
            now: NOW,
            text: Vec::new(),
            lines: Vec::new(),
        });
        if let Some(source) = line.strip_prefix("# source: ") {
            block.source = Some(source.to_owned());
        } else if line.starts_with('#') {
        } else if let Some(now) = line.strip_prefix("now ") {
            block.now = clock(now).unwrap_or_else(|| panic!("{place}: {now} is no clock"));
        } else if let Some(expected) = line.strip_prefix("= ") {
            block.lines.last_mut().unwrap_or_else(|| panic!("{place}: no line")).expected =
                expected.to_owned();
        } else {
            let (written, end) = match (line.strip_prefix("> "), line.strip_prefix(">cr ")) {
                (Some(written), _) => (written, &b"\n"[..]),
                (_, Some(written)) => (written, &b"\r\n"[..]),
                _ => panic!("{place}: {line} is not of the corpus"),
            };
            block.text.extend(unescape(written).unwrap_or_else(|| panic!("{place}: an escape is wrong")));
            block.text.extend(end);
            let (written, expected) = (written.to_owned(), String::new());
            block.lines.push(Expected { place, written, expected });
        }
    }
    blocks.extend(block);
    blocks.retain(|block| !block.lines.is_empty());
    blocks
}

/// `2026-06-15 12:00` or `2026-06-15 12:00 +02:00`.
fn clock(text: &str) -> Option<Now> {
    let mut words = text.split(' ');
    let (date, time) = (words.next()?, words.next()?);
    let mut date = date.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (hour, minute) = time.split_once(':')?;
    let days = days(year, month, day);
    let seconds = days * 86_400 + hour.parse::<i64>().ok()? * 3600 + minute.parse::<i64>().ok()? * 60;
    let offset = match words.next() {
        Some(offset) => {
            let (hours, minutes) = offset.split_once(':')?;
            let hours: i64 = hours.parse().ok()?;
            Some(hours * 3600 + hours.signum() * minutes.parse::<i64>().ok()? * 60)
        }
        None => None,
    };
    Some(Now { seconds, offset })
}

/// Counted one by one: the library has a formula, which this must not share.
pub(crate) fn days(year: i64, month: i64, day: i64) -> i64 {
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let years: i64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let lengths = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let months: i64 = lengths.iter().take(usize::try_from(month).unwrap() - 1).sum();
    years + months + day - 1
}
