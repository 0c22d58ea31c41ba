//! OpenVMS, as its many servers write it: MultiNet, UCX and TCP/IP Services, TCPware, MadGoat, CMU.
//!
//! ```text
//! CII-MANUAL.TEX;1  213/216  29-JAN-1996 03:33:12  [ANONYMOUS,ANONYMOUS]   (RWED,RWED,,)
//! ```
//!
//! The columns behind the name have any order, and any but the date may be missing. With a long name they are on the next line, and
//! some servers put the protection on a line of its own. The size is in blocks, so nobody knows how many bytes a file has.

use super::dates::time_of_day;
use super::entry::{Entry, Format, Kind};
use super::families::{Behind, Input, Reading, State};
use super::months;
use super::numbers::short;
use super::time::{Date, Stamp};
use name::Name;

pub(in crate::protocol) mod name;

/// What is remembered from line to line.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The name before, without its version.
    before: Option<u64>,
}

pub(super) fn read<'a>(state: &mut State, input: Input<'a>) -> Reading<'a> {
    let Some((name, rest)) = name::split(input.line) else {
        return if is_note(input.line) { Reading::Note } else { Reading::NotMine };
    };
    if is_refusal(rest) {
        // "*.*;0": there is no file at all.
        return if name.bare == b"*.*" {
            Reading::Note
        } else {
            finish(state, input, &name, None, input.used)
        };
    }
    if rest.is_empty() {
        return match input.behind() {
            Behind::Line(line, used) if is_refusal(line.trim_ascii()) => {
                finish(state, input, &name, None, used)
            }
            Behind::Line(line, used) => match Details::read(line) {
                Some(details) => finish(state, input, &name, Some(details), used),
                None => name_alone(state, input, &name),
            },
            Behind::End => name_alone(state, input, &name),
            Behind::NotYet => Reading::NeedsMore,
        };
    }
    let Some(mut details) = Details::read(rest) else { return Reading::NotMine };
    let mut used = input.used;
    if details.protection.is_none() {
        match input.behind() {
            Behind::Line(line, used_then) => {
                if let Some(protection) = Protection::read(line.trim_ascii()) {
                    details.protection = Some(protection);
                    used = used_then;
                }
            }
            Behind::End => {}
            Behind::NotYet => return Reading::NeedsMore,
        }
    }
    finish(state, input, &name, Some(details), used)
}

/// A name and nothing more, as in a brief listing. It is of VMS only where other lines are.
fn name_alone<'a>(state: &mut State, input: Input<'a>, name: &Name<'a>) -> Reading<'a> {
    if state.is_decided { finish(state, input, name, None, input.used) } else { Reading::NotMine }
}

/// The entry, which takes `used` bytes of the text.
fn finish<'a>(
    state: &mut State,
    input: Input<'a>,
    name: &Name<'a>,
    details: Option<Details<'a>>,
    used: usize,
) -> Reading<'a> {
    // The newest version comes first. Its name goes without the version, which any command then takes for the newest one.
    let bare = name::hash(name.bare);
    let is_older = state.vms.before.replace(bare) == Some(bare);
    let mut entry = Entry::new(Format::Vms, b"", input.raw(used));
    entry.kind = if name.is_directory { Kind::Directory } else { Kind::File };
    entry.name = name::unescape(if is_older && !name.is_directory { name.with_version } else { name.bare });
    if matches!(&*entry.name, b"." | b"..") {
        // A file without a name is no directory. Its version keeps it apart from one.
        entry.name = name::unescape(name.with_version);
    }
    if let Some(details) = details {
        entry.modified = details.stamp.and_then(|stamp| stamp.modified(state.now));
        entry.owner = details.owner;
        entry.group = details.group;
        entry.mode = details.protection.map(|protection| protection.mode);
    }
    if used == input.used { Reading::Entry(entry) } else { Reading::Joined(entry, used) }
}

/// The columns behind the name.
#[derive(Default)]
struct Details<'a> {
    /// None: the month is none that is known, or the file has no date.
    stamp: Option<Stamp>,
    owner: Option<&'a [u8]>,
    group: Option<&'a [u8]>,
    protection: Option<Protection>,
}

impl<'a> Details<'a> {
    /// None: these are other columns.
    fn read(text: &'a [u8]) -> Option<Self> {
        let mut details = Details::default();
        let (mut has_size, mut has_date, mut has_time, mut has_owner) = (false, false, false, false);
        let mut rest = text;
        while let Some((piece, behind)) = next_piece(rest) {
            rest = behind;
            match piece {
                [b'(', ..] if details.protection.is_none() => {
                    details.protection = Some(Protection::read(piece)?);
                }
                [b'[', inner @ ..] if !has_owner => {
                    has_owner = true;
                    (details.group, details.owner) = group_and_owner(inner);
                }
                _ if !has_size && is_size(piece) => has_size = true,
                _ if !has_date && let Some(date) = date(piece) => {
                    has_date = true;
                    details.stamp = date.map(|date| Stamp { date, ..Stamp::default() });
                }
                [.., last] if has_date && !has_time && last.is_ascii_digit() => {
                    has_time = true;
                    let time = time_of_day(piece)?;
                    details.stamp = details.stamp.map(|stamp| Stamp { time: Some(time), ..stamp });
                }
                // An owner without brackets.
                _ if has_date
                    && !has_owner
                    && piece.iter().all(u8::is_ascii_uppercase)
                    && piece.len() > 2 =>
                {
                    has_owner = true;
                    details.owner = Some(piece);
                }
                _ => return None,
            }
        }
        has_date.then_some(details)
    }
}

/// The next word, or what is in square brackets, and what stands behind it.
fn next_piece(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.trim_ascii();
    let end = match text.first()? {
        b'[' => text.iter().position(|&byte| byte == b']').map(|at| at + 1),
        _ => None,
    };
    let end = end.or_else(|| text.iter().position(|byte| matches!(byte, b' ' | b'\t')));
    text.split_at_checked(end.unwrap_or(text.len()))
}

/// `[GROUP,OWNER]` or `[OWNER]`, without the first bracket. Without the last bracket the server has cut it off.
fn group_and_owner(inner: &[u8]) -> (Option<&[u8]>, Option<&[u8]>) {
    let (inner, is_whole) = match inner.strip_suffix(b"]") {
        Some(inner) => (inner, true),
        None => (inner, false),
    };
    let known = |word: &'_ [u8]| !word.is_empty();
    match inner.iter().position(|&byte| byte == b',') {
        Some(comma) => {
            let group = inner.get(..comma).map(<[u8]>::trim_ascii).filter(|word| known(word));
            let owner = inner.get(comma + 1..).map(<[u8]>::trim_ascii).filter(|word| is_whole && known(word));
            (group, owner)
        }
        None => (None, Some(inner).filter(|word| is_whole && known(word))),
    }
}

/// `213/216` or `213` blocks, `2KB`, or `*****` where the column is too narrow.
fn is_size(word: &[u8]) -> bool {
    let is_number = |digits: &[u8]| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let number = word.strip_suffix(b"KB").unwrap_or(word);
    let mut parts = number.splitn(2, |&byte| byte == b'/');
    let used = parts.next().is_some_and(is_number);
    used && parts.next().is_none_or(is_number) || word.iter().all(|&byte| byte == b'*')
}

/// `29-JAN-1996`. The inner None: the month is in no language that is known, or it is the day from which VMS counts, 1858-11-17.
fn date(word: &[u8]) -> Option<Option<Date>> {
    let mut parts = word.split(|&byte| byte == b'-');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let is_date = month.len() == 3 && month.iter().all(u8::is_ascii_alphabetic) && year.len() == 4;
    if parts.next().is_some() || !is_date {
        return None;
    }
    let (day, year) = (short(day, 2)?, short(year, 4)?);
    let month = months::number(month).filter(|_| year >= 1900);
    Some(month.map(|month| Date { year: Some(year), month, day }))
}

/// `(RWED,RWED,RE,)`: what the system, the owner, the group and the world may do.
#[derive(Clone, Copy)]
struct Protection {
    mode: u16,
}

impl Protection {
    fn read(piece: &[u8]) -> Option<Self> {
        let inner = piece.strip_prefix(b"(")?.strip_suffix(b")")?;
        let mut mode = 0_u16;
        let mut count = 0;
        for rights in inner.split(|&byte| byte == b',') {
            count += 1;
            let bits = rights.iter().try_fold(0, |bits, right| match right {
                b'R' => Some(bits | 4),
                b'W' => Some(bits | 2),
                b'E' => Some(bits | 1),
                // To delete has no bit of its own.
                b'D' => Some(bits),
                _ => None,
            })?;
            // The system's rights are pushed out.
            mode = ((mode << 3) + bits) & 0o777;
        }
        (count == 4).then_some(Protection { mode })
    }
}

/// What stands in place of the columns where the server may not look.
fn is_refusal(rest: &[u8]) -> bool {
    [&b"%"[..], b"<%", b"No privilege "].iter().any(|start| rest.starts_with(start))
}

/// The directory, or sums.
fn is_note(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let path = line.strip_prefix(b"Directory ").unwrap_or(line).trim_ascii();
    let is_directory = path.ends_with(b"]")
        && path.windows(2).any(|pair| pair == b":[")
        && !path.iter().any(|byte| matches!(byte, b' ' | b'\t'));
    let is_sum = [&b"Total of "[..], b"Total ", b"Grand total of "]
        .iter()
        .filter_map(|start| line.strip_prefix(*start))
        .any(|sum| {
            sum.first().is_some_and(u8::is_ascii_digit)
                && [&b"file"[..], b"File", b"block", b"director"]
                    .iter()
                    .any(|unit| sum.windows(unit.len()).any(|part| part == *unit))
        });
    is_directory || is_sum
}
