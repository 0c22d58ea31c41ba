//! Connect:Enterprise of Sterling Commerce: flags of a batch, its protocol and its mailbox.
//!
//! ```text
//! -C--E-----FTP B BCC3I1       7670  1294495 Jan 13 07:42 name
//! -AR--M----TCP B ceunix      17570  2313708 Mar 29 08:56 name
//! ```

use super::entry::{Entry, Format, Kind};
use super::families::{Input, Reading, State};
use super::numbers::decimal;
use super::time::Now;
use super::unix::{Known, date};
use super::words::Words;

pub(super) fn read<'a>(state: &mut State, input: Input<'a>) -> Reading<'a> {
    entry(input.line, state.now).map_or(Reading::NotMine, Reading::Entry)
}

fn entry(line: &[u8], now: Now) -> Option<Entry<'_>> {
    let words = Words::new(line);
    let (flags, protocol) = words.get(0)?.split_at_checked(10)?;
    let is_flag = |byte: &u8| *byte == b'-' || byte.is_ascii_uppercase();
    if !flags.starts_with(b"-") || !flags.iter().all(is_flag) {
        return None;
    }
    if protocol.len() != 3 || !protocol.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    let kind_of_data = words.get(1)?;
    if kind_of_data.len() != 1 {
        return None;
    }
    decimal(words.get(3)?)?;
    let size = decimal(words.get(4)?)?;
    let found = date::read(&words, 5, Known::Month)?;
    let mut entry = Entry::new(Format::ConnectEnterprise, found.name, line);
    entry.kind = Kind::File;
    entry.owner = words.get(2);
    entry.size = Some(size);
    entry.modified = found.stamp.modified(now);
    Some(entry)
}
