//! Data sets: the last word of a line is the name, and the one before it tells how the data set is organised.
//!
//! Columns that are too narrow grow together, so what stands between the date and the format of the records is only a number.

use super::super::entry::Kind;
use super::super::words::Words;

/// What stands in place of all columns, with or without the volume before it.
const PHRASES: &[(&[u8], Kind)] = &[
    (b"Migrated", Kind::Unknown),
    (b"Pseudo Directory", Kind::Directory),
    (b"User catalog connector", Kind::Other),
    (b"Error determining attributes", Kind::Unknown),
    (b"Not Direct Access Device", Kind::Unknown),
    (b"Not Mounted", Kind::Unknown),
    (b"< Not a DASD device >", Kind::Unknown),
    (b"< File not on volume >", Kind::Unknown),
    (b"Tape", Kind::File),
];

const LONGEST_VOLUME: usize = 6;

/// The name and the kind of a data set.
pub(super) fn read<'a>(line: &'a [u8], words: &Words<'a>) -> Option<(&'a [u8], Kind)> {
    let name = words.get(words.count().checked_sub(1)?).filter(|name| is_name(name))?;
    let kind = with_columns(words).or_else(|| without_columns(words)).or_else(|| with_phrase(line, name))?;
    Some((name, kind))
}

/// `F1DBAR 3390   2016/12/19  3   19  FB      80  3120  PO  NAME`. Some levels of detail have no unit.
fn with_columns(words: &Words<'_>) -> Option<Kind> {
    let last = words.count().checked_sub(1)?;
    let from_end = |index: usize| words.get(last.checked_sub(index)?);
    let kind = match from_end(1)? {
        b"PO" | b"PO-E" | b"POU" => Kind::Directory,
        b"PS" | b"PS-E" | b"PS-L" | b"PSU" | b"DA" | b"DAU" | b"IS" | b"ISU" => Kind::File,
        b"NONE" | b"?" | b"??" => Kind::Unknown,
        _ => return None,
    };
    let record_format = last.checked_sub(4)?;
    if !is_number(from_end(2)?) || !is_number(from_end(3)?) || !is_record_format(from_end(4)?) {
        return None;
    }
    is_volume(words.get(0)?).then_some(())?;
    let date = (1..3).find(|&at| words.get(at).is_some_and(is_date))?;
    let numbers = date + 1..record_format;
    let are_numbers = numbers.len() <= 3 && numbers.clone().all(|at| words.get(at).is_some_and(is_number));
    are_numbers.then_some(kind)
}

/// `F1SYS1 3390                                        VSAM NAME`, or without the volume.
fn without_columns(words: &Words<'_>) -> Option<Kind> {
    let organisation = words.count().checked_sub(2)?;
    let is_one = matches!(words.get(organisation)?, b"VSAM" | b"GDG" | b"PATH" | b"HFS");
    let is_unit = |word: &[u8]| word.first().is_some_and(u8::is_ascii_digit) && word.len() <= LONGEST_VOLUME;
    let are_before = match organisation {
        0 => true,
        2 => is_volume(words.get(0)?) && is_unit(words.get(1)?),
        _ => false,
    };
    (is_one && are_before).then_some(Kind::Other)
}

fn with_phrase(line: &[u8], name: &[u8]) -> Option<Kind> {
    let before = line.trim_ascii().strip_suffix(name)?;
    if before == before.trim_ascii_end() {
        return None;
    }
    let before = before.trim_ascii_end();
    let &(phrase, kind) = PHRASES.iter().find(|(phrase, _)| before.ends_with(phrase))?;
    let volume = before.strip_suffix(phrase)?;
    (volume.is_empty() || volume.ends_with(b" ") && is_volume(volume.trim_ascii())).then_some(kind)
}

fn is_volume(word: &[u8]) -> bool {
    (1..=LONGEST_VOLUME).contains(&word.len()) && word.iter().all(|byte| is_national(*byte))
}

/// The characters of names, beside letters and digits: `@`, `#` and `$`, as they are where English is spoken.
fn is_national(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'@' | b'#' | b'$')
}

/// `A.B-C`, also in apostrophes.
fn is_name(word: &[u8]) -> bool {
    const LONGEST: usize = 44;
    let name = match word {
        [b'\'', name @ .., b'\''] => name,
        name => name,
    };
    let is_part =
        |part: &[u8]| !part.is_empty() && part.iter().all(|&byte| is_national(byte) || byte == b'-');
    name.len() <= LONGEST && name.split(|&byte| byte == b'.').all(is_part)
}

/// `**NONE**`, or a date: `2016/12/19`, with a number grown together with it, or `05/13/96`.
fn is_date(word: &[u8]) -> bool {
    let is_none = word.starts_with(b"**") && word.ends_with(b"**") && word.trim_ascii().len() > 4;
    let mut parts = word.split(|&byte| byte == b'/');
    let lengths = [0; 3].map(|_| parts.next().filter(|part| is_digits(part)).map_or(0, <[u8]>::len));
    is_none || parts.next().is_none() && matches!(lengths, [4, 2, 2..=7] | [2, 2, 2])
}

fn is_digits(word: &[u8]) -> bool {
    !word.is_empty() && word.iter().all(u8::is_ascii_digit)
}

/// A number, or what stands for one that is unknown or too large. Both may have grown together.
fn is_number(word: &[u8]) -> bool {
    word.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'?'))
}

fn is_record_format(word: &[u8]) -> bool {
    matches!(word, b"NONE" | b"?" | b"????")
        || word.len() <= 4 && word.iter().all(|byte| b"FVUDBASMT".contains(byte))
}
