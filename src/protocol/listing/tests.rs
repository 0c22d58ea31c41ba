//! What holds for all families. `tests/listings` has the lines that servers send.

use super::*;

const NOW: Now = Now { seconds: 1_781_524_800, offset: None };

fn all<'a>(parser: &mut Parser, mut text: &'a [u8]) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    while let Some((line, used)) = parser.next(text, true) {
        lines.push(line);
        text = &text[used..];
    }
    assert!(text.is_empty(), "everything is used up");
    lines
}

fn names(text: &str) -> Vec<String> {
    let mut parser = Parser::new(decide(text.as_bytes()), NOW);
    let names = all(&mut parser, text.as_bytes()).into_iter().map(|line| match line {
        Line::Entry(entry) if entry.format.is_none() => {
            format!("raw {}", String::from_utf8_lossy(&entry.name))
        }
        Line::Entry(entry) => String::from_utf8_lossy(&entry.name).into_owned(),
        Line::Note => "-".to_owned(),
    });
    names.collect()
}

const UNIX: &str = "-rw-r--r--   1 root     other        531 Jan 29 03:26 README\n";

#[test]
fn most_lines_decide() {
    let banner = "type=file; is how MLSD would say it\n";
    assert_eq!(
        names(&format!("{banner}{UNIX}{UNIX}")),
        [&format!("raw {}", banner.trim()), "README", "README"]
    );
    assert_eq!(decide(b"total 0\n"), Some(Format::Unix));
    assert_eq!(names("total 0\n"), ["-"]);
    assert_eq!(decide(b""), None);
    assert_eq!(decide(b"\r\n\r\n"), None);
    assert_eq!(decide(b"one\ntwo\n"), None);
    assert_eq!(names("one\n\n two \n"), ["raw one", "-", "raw  two "]);
}

#[test]
fn a_long_banner_hides_nothing() {
    let text = format!("{}{UNIX}", "Welcome!\n".repeat(1000));
    assert_eq!(decide(text.as_bytes()), Some(Format::Unix));
}

#[test]
fn a_line_that_was_cut_off_decides_only_alone() {
    let mlsd = "type=file; a";
    assert_eq!(decide(mlsd.as_bytes()), Some(Format::Mlsd));
    assert_eq!(decide(format!("total 1\n{mlsd}").as_bytes()), Some(Format::Unix));
}
