//! MPE/iX, of the HP 3000.
//!
//! ```text
//!  CODE  ------------LOGICAL RECORD-----------  ----SPACE----  FILENAME
//!          SIZE  TYP        EOF      LIMIT R/B  SECTORS #X MX
//!
//!            1B  BA         605 2147483647   1       16  1  *  .sh_history
//!           16W  HBD          0   67107839   1       32  1  *  dist/
//! ```
//!
//! EOF counts records, so it is the size in bytes only where a record is one byte.

use super::entry::{Entry, Format, Kind};
use super::families::{Input, Reading};
use super::numbers::decimal;
use super::words::Words;

pub(super) fn read<'a>(input: Input<'a>) -> Reading<'a> {
    let words = Words::new(input.line);
    if is_heading(&words) {
        return Reading::Note;
    }
    entry(input.line, &words).map_or(Reading::NotMine, Reading::Entry)
}

fn entry<'a>(line: &'a [u8], words: &Words<'a>) -> Option<Entry<'a>> {
    // A code of the file may stand before its size.
    let size_at = (0..2).find(|&at| words.get(at).is_some_and(is_record_size))?;
    let word = |behind: usize| words.get(size_at + behind);
    let is_type = |word: &[u8]| (2..=4).contains(&word.len()) && word.iter().all(u8::is_ascii_uppercase);
    word(1).filter(|word| is_type(word))?;
    let records = decimal(word(2)?)?;
    for at in 3..7 {
        decimal(word(at)?)?;
    }
    word(7).filter(|&word| word == b"*" || decimal(word).is_some())?;
    let name = words.behind(size_at + 7)?.trim_ascii();
    let (name, kind) = match name.strip_suffix(b"/") {
        Some(directory) => (directory, Kind::Directory),
        None => (name, Kind::File),
    };
    let mut entry = Entry::new(Format::Mpe, name, line);
    entry.kind = kind;
    entry.size = Some(records).filter(|_| kind == Kind::File && word(0) == Some(b"1B"));
    Some(entry)
}

/// `1B`, or `16W`, which counts words of two bytes.
fn is_record_size(word: &[u8]) -> bool {
    matches!(word, [digits @ .., b'B' | b'W'] if decimal(digits).is_some())
}

fn is_heading(words: &Words<'_>) -> bool {
    match words.get(0) {
        Some(b"PATH=" | b"ACCOUNT=") => true,
        Some(b"CODE") => words.get(words.count().saturating_sub(1)) == Some(b"FILENAME"),
        Some(b"SIZE") => words.get(1) == Some(b"TYP") && words.get(2) == Some(b"EOF"),
        _ => false,
    }
}
