//! Which format a listing has.
//!
//! All formats read the same lines, and the one that understands most of them wins. So one odd line decides nothing: neither a banner
//! above the listing, nor a sum, nor a name that looks like a line of another format.
//!
//! - Entries count first. Headings and sums count only between formats that understand as many entries. They alone decide for a
//!   directory that is empty.
//! - Where that is the same, too, the order of `FORMATS` decides: it has the strictest formats first. A line that a strict format
//!   takes is hardly ever of another one, and a generous format takes many lines of its stricter relatives.
//! - The lines are looked at in portions, and the first portion that tells anything decides. So a long listing costs no more than a
//!   short one, and a long banner hides nothing.
//! - A line that has no end may have been cut off. It counts only where it is the only one.

use super::entry::{Entry, Format};
use super::families::{FORMATS, Found, Input, State, read};
use super::lines;
use super::time::Now;

/// Lines that are looked at together.
const PORTION: usize = 100;

/// The format that understands most of these lines. None: no format understands any.
pub fn decide(sample: &[u8]) -> Option<Format> {
    let mut text = match sample.iter().rposition(|&byte| byte == b'\n') {
        Some(end) => sample.get(..=end)?,
        None => sample,
    };
    while !text.is_empty() {
        let (portion, rest) = text.split_at_checked(length_of_portion(text))?;
        let scores = FORMATS.iter().map(|&format| (score(format, portion), format));
        // `max_by_key` would take the last of equals.
        let best = scores.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
        if best.0 != Score::default() {
            return Some(best.1);
        }
        text = rest;
    }
    None
}

/// What a format makes of a portion. The order of the fields is the order in which they count.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    entries: usize,
    notes: usize,
}

fn score(format: Format, mut text: &[u8]) -> Score {
    // No time matters here, so any clock will do.
    let mut state = State::new(Now { seconds: 0, offset: None });
    let (mut score, mut entry) = (Score::default(), Entry::not_understood(b""));
    while let Some((line, used)) = lines::first(text, true) {
        let mut taken = used;
        if !line.trim_ascii().is_empty() {
            let input = Input { text, line, used, is_whole: true };
            match read(format, &mut state, input, &mut entry) {
                Found::Entry => score.entries += 1,
                Found::Joined(used) => {
                    // Another format may take one of the lines for a whole entry.
                    score.entries += text.iter().take(used).filter(|&&byte| byte == b'\n').count();
                    taken = used;
                }
                Found::Note => score.notes += 1,
                Found::NotMine | Found::NeedsMore => {}
            }
        }
        text = text.get(taken..).unwrap_or(b"");
    }
    score
}

fn length_of_portion(text: &[u8]) -> usize {
    let ends = text.iter().enumerate().filter(|&(_, &byte)| byte == b'\n').map(|(at, _)| at + 1);
    ends.take(PORTION).last().unwrap_or(text.len())
}
