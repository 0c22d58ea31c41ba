//! Lines of `ls` that name nothing.

use super::super::families::{Behind, Found, Input};

/// "total", as `ls` says it in the languages of its translations, in UTF-8 and in older encodings.
const TOTAL: &[&[u8]] = &[
    b"total",                                    // English, French, Spanish, Portuguese
    b"insgesamt",                                // German
    b"gesamt",                                   // German, long ago
    b"totale",                                   // Italian
    b"totalt",                                   // Swedish, Danish, Norwegian
    b"totaal",                                   // Dutch
    b"razem",                                    // Polish
    b"celkem",                                   // Czech
    b"spolu",                                    // Slovak
    b"skupaj",                                   // Slovenian
    b"toplam",                                   // Turkish
    b"yhteens\xc3\xa4",                          // Finnish
    b"yhteens\xe4",                              // Finnish, Latin-1
    b"\xc3\xb6sszesen",                          // Hungarian
    b"\xf6sszesen",                              // Hungarian, Latin-2
    b"\xd0\xb8\xd1\x82\xd0\xbe\xd0\xb3\xd0\xbe", // Russian
    b"\xe8\xf2\xee\xe3\xee",                     // Russian, Windows-1251
    b"\xc9\xd4\xcf\xc7\xcf",                     // Russian, KOI8-R
    b"\xe5\x90\x88\xe8\xa8\x88",                 // Japanese
    b"\x8d\x87\x8cv",                            // Japanese, Shift-JIS
    b"\xb9\xe7\xb7\xd7",                         // Japanese, EUC-JP
    b"\xe6\x80\xbb\xe7\x94\xa8\xe9\x87\x8f",     // Chinese
    b"\xd7\xdc\xd3\xc3\xc1\xbf",                 // Chinese, GBK
    b"\xe6\x80\xbb\xe8\xae\xa1",                 // Chinese, older
    b"\xd7\xdc\xbc\xc6",                         // Chinese, older, GBK
    b"\xe7\xb8\xbd\xe8\xa8\x88",                 // Chinese of Taiwan
    b"\xed\x95\xa9\xea\xb3\x84",                 // Korean
    b"\xc7\xd5\xb0\xe8",                         // Korean, EUC-KR
];

/// What a line is that has no permissions.
pub(super) fn read(input: Input<'_>) -> Found {
    if is_note(input.line) {
        return Found::Note;
    }
    if !input.line.ends_with(b":") {
        return Found::NotMine;
    }
    // `sub:`, where a name was listed recursively. A sum tells it from a line that only looks so.
    match input.behind() {
        Behind::Line(line, _) if is_sum(line) => Found::Note,
        Behind::NotYet => Found::NeedsMore,
        Behind::Line(..) | Behind::End => Found::NotMine,
    }
}

/// A sum, such as `total 12`, or the heading of a directory in a recursive listing, such as `./sub:`.
pub(in super::super) fn is_note(line: &[u8]) -> bool {
    is_sum(line) || is_heading(line)
}

/// GNU's `ls -h` has a unit behind the number, and some put a colon behind the word.
fn is_sum(line: &[u8]) -> bool {
    let mut words = line.split(|&byte| byte == b' ' || byte == b'\t').filter(|word| !word.is_empty());
    let (Some(word), Some(number), None) = (words.next(), words.next(), words.next()) else {
        return false;
    };
    let word = word.strip_suffix(b":").unwrap_or(word);
    // Of a very large disk: the sum has run over.
    let number = number.strip_prefix(b"-").unwrap_or(number);
    let is_number = number.first().is_some_and(u8::is_ascii_digit)
        && number.iter().all(|byte| byte.is_ascii_digit() || b".,KMGTkB".contains(byte));
    is_number && TOTAL.iter().any(|total| word.eq_ignore_ascii_case(total))
}

fn is_heading(line: &[u8]) -> bool {
    line == b".:" || line.ends_with(b":") && [&b"./"[..], b"/"].iter().any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_headings_name_nothing() {
        for line in [
            "total 0",
            "total 12",
            "Total 4.0K",
            "total: 5",
            "insgesamt 1234",
            "итого 8",
            "合計 8",
            "  total 4",
            "total -9560322322989056",
        ] {
            assert!(is_note(line.as_bytes()), "{line}");
        }
        for line in ["./sub:", "/pub/sub:", ".:"] {
            assert!(is_note(line.as_bytes()), "{line}");
        }
        for line in [
            "total",
            "total recall",
            "total 1 2",
            "total 1x",
            "total .5",
            "total -",
            "total --5",
            "sum 12",
            "notes:",
            "ls: cannot open directory",
            "12 total",
        ] {
            assert!(!is_note(line.as_bytes()), "{line}");
        }
    }
}
