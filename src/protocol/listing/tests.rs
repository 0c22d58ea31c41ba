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

#[test]
fn an_indented_line_has_facts_only_if_one_is_known() {
    for (line, name) in [
        ("  size=1; a", "a"),
        ("  x=1; a", "x=1; a"),
        // One that is known, and no name behind it.
        ("  size=1;", "size=1;"),
    ] {
        assert_eq!(read_mlst(line.as_bytes()).unwrap().name, name.as_bytes(), "{line}");
    }
}

#[test]
fn lf_alone_is_a_part_of_a_name_where_lines_end_with_crlf() {
    let facts = |name: &str| format!("type=file;size=5; {name}\r\n");
    let unix = |name: &str| format!("-rw-r--r--   1 root     other        531 Jan 29 03:26 {name}\r\n");
    let forged = [facts("../etc/passwd"), unix("passwd")];
    for made in [&facts as &dyn Fn(&str) -> String, &unix] {
        for name in ["new\nline", "a\n\nb\n", forged[0].trim_end(), forged[1].trim_end()] {
            let name = format!("x\n{name}");
            assert_eq!(names(&format!("{}{}", made(&name), made("z"))), [name.as_str(), "z"]);
            assert_eq!(names(&format!("{}{}", made("a"), made(&name))), ["a", name.as_str()]);
        }
        // A name cannot be as long as that.
        let far = "y".repeat(2000);
        assert_eq!(names(&made(&format!("x\n{far}"))), ["x".to_owned(), format!("raw {far}")]);
        // Nothing tells it apart where lines end with LF.
        let text = format!("{}{}", made("new\nline"), made("z")).replace('\r', "");
        assert_eq!(names(&text), ["new", "raw line", "z"]);
    }
    // A sum is no entry, and ends as it likes.
    assert_eq!(names(&format!("total 3\n{}", unix("a"))), ["-", "a"]);
}

/// The name is not told before it is known to end.
#[test]
fn a_name_with_lf_waits_for_its_end() {
    let text = b"type=file; new\nline\r\n";
    for format in [Format::Mlsd, Format::Unix] {
        let text: &[u8] =
            if format == Format::Mlsd { text } else { b"-rw-r--r-- 1 a b 5 Jan 29 03:26 new\nline\r\n" };
        let mut parser = Parser::new(Some(format), NOW);
        for end in 0..text.len() {
            assert_eq!(parser.next(&text[..end], false), None, "{format:?}, {end}");
        }
        let (Line::Entry(entry), used) = parser.next(text, false).unwrap() else { panic!("no entry") };
        assert_eq!((&*entry.name, used), (&b"new\nline"[..], text.len()));
        assert_eq!(entry.raw, &text[..text.len() - 2]);
    }
}

/// How wide the column of a year is was looked for once: of two names alike, one does not keep the space that the other loses.
#[test]
fn a_name_is_read_as_the_first_like_it() {
    let year = |name: &str| format!("-rw-r--r--   1 root     other        531 Jan 29 2020{name}\n");
    let names_of = |between: usize| {
        let lines = [year("  a"), UNIX.repeat(between), year("  b"), year(" narrow")].concat();
        names(&lines).into_iter().filter(|name| name != "README").collect::<Vec<_>>()
    };
    assert_eq!(names_of(10), [" a", " b", "narrow"]);
    assert_eq!(names_of(200), ["a", "b", "narrow"]);
}
