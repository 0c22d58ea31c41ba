//! What the library has read, in the words of the corpus.

use ftpclient::protocol::listing::{Entry, Kind, Line, Modified, Precision, Zone};

pub(crate) fn line(line: &Line<'_>) -> String {
    match line {
        Line::Note => "note".to_owned(),
        Line::Entry(entry) if entry.format.is_none() => "raw".to_owned(),
        Line::Entry(entry) => fields(entry),
    }
}

fn fields(entry: &Entry<'_>) -> String {
    let mut fields = vec![format!("name={}", escape(&entry.name))];
    let mut add =
        |key: &str, value: Option<String>| fields.extend(value.map(|value| format!("{key}={value}")));
    add("type", kind(entry.kind).map(str::to_owned));
    add("size", entry.size.map(|size| size.to_string()));
    add("modified", entry.modified.map(moment));
    let zone = |modified: Modified| if modified.zone == Zone::Utc { "utc" } else { "server" };
    add("zone", entry.modified.map(|modified| zone(modified).to_owned()));
    add("mode", entry.mode.map(|mode| format!("{mode:o}")));
    add("owner", entry.owner.map(escape));
    add("group", entry.group.map(escape));
    add("target", entry.link_target.map(escape));
    add("perm", entry.perm.map(escape));
    add("unique", entry.unique.map(escape));
    fields.join("\t")
}

fn kind(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Unknown => None,
        Kind::File => Some("file"),
        Kind::Directory => Some("directory"),
        Kind::Link => Some("link"),
        Kind::Other => Some("other"),
    }
}

fn moment(modified: Modified) -> String {
    let seconds = modified.nanoseconds.div_euclid(1_000_000_000);
    let (mut day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = |year: i64| if is_leap(year) { 366 } else { 365 };
    let mut year = 1970;
    while day < 0 {
        year -= 1;
        day += length(year);
    }
    while day >= length(year) {
        day -= length(year);
        year += 1;
    }
    let months = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in months {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    let date = format!("{year:04}-{month:02}-{:02}", day + 1);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    match modified.precision {
        Precision::Day => date,
        Precision::Minute => format!("{date} {hour:02}:{minute:02}"),
        Precision::Second => format!("{date} {hour:02}:{minute:02}:{second:02}"),
        Precision::Subsecond => {
            let fraction = format!("{:09}", modified.nanoseconds.rem_euclid(1_000_000_000));
            let fraction = fraction.trim_end_matches('0');
            let fraction = if fraction.is_empty() { "0" } else { fraction };
            format!("{date} {hour:02}:{minute:02}:{second:02}.{fraction}")
        }
    }
}

/// UTF-8 as it is, any other byte and control characters as `\xNN`.
pub(crate) fn escape(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\\' => text.push_str("\\\\"),
                character if character.is_control() => {
                    let mut buffer = [0; 4];
                    for byte in character.encode_utf8(&mut buffer).bytes() {
                        text.push_str(&format!("\\x{byte:02x}"));
                    }
                }
                character => text.push(character),
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

pub(crate) fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if byte != b'\\' {
            bytes.push(byte);
        } else if let Some(behind) = rest.strip_prefix(b"\\") {
            bytes.push(b'\\');
            rest = behind;
        } else {
            let digits = rest.strip_prefix(b"x")?.get(..2)?;
            bytes.push(u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?);
            rest = rest.get(3..)?;
        }
    }
    Some(bytes)
}
