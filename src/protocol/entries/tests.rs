//! See the module.

use super::*;
use crate::protocol::listing::Zone;
use crate::protocol::offsets::Part;

/// `-rw-r--r--   1 ROOT     SYS1         531 Jan 29 03:26 readme` and a line end, on a mainframe.
const EBCDIC: &[u8] =
    b"\x60\x99\xa6\x60\x99\x60\x60\x99\x60\x60\x40\xf1\x40\xd9\xd6\xd6\xe3\x40\xe2\xe8\xe2\xf1\x40\
    \xf5\xf3\xf1\x40\xd1\x81\x95\x40\xf2\xf9\x40\xf0\xf3\x7a\xf2\xf6\x40\x99\x85\x81\x84\x94\x85\x15";

#[test]
fn a_doubled_cr_stands_behind_what_ends_the_line() {
    let now = Now { seconds: 1_781_524_800, offset: None };
    for line in ["type=OS.unix=slink:/x; up\r\r\n", "lrwxrwxrwx 1 u g 2 Jan 29 03:26 up -> /x\r\r\n"] {
        let mut entries = Entries::of(line.as_bytes().to_vec(), None, now).unwrap();
        let entry = entries.next_entry().unwrap();
        assert_eq!((&*entry.name, entry.link_target), (&b"up"[..], Some(&b"/x"[..])), "{line}");
    }
}

/// The entries of a text that comes in these pieces, each read as soon as it can be.
fn streamed(charset: Charset, pieces: &[&[u8]]) -> Vec<(Option<Format>, Option<u64>, Vec<u8>)> {
    let now = Now { seconds: 1_781_524_800, offset: None };
    let mut entries = Entries::new(None, charset, now, Offsets::default());
    let mut names = Vec::new();
    for piece in pieces {
        entries.push(piece.to_vec()).unwrap();
        while let Some(entry) = entries.next_entry() {
            names.push((entry.format, entry.size, entry.name.into_owned()));
        }
    }
    entries.end().unwrap();
    while let Some(entry) = entries.next_entry() {
        names.push((entry.format, entry.size, entry.name.into_owned()));
    }
    names
}

#[test]
fn a_listing_in_ebcdic_is_decoded_as_it_comes_whatever_encoding_is_set() {
    let entry = || (Some(Format::Unix), Some(531), b"readme".to_vec());
    let text = EBCDIC.repeat(1000);
    for charset in [Charset::Utf8, Charset::Latin1, Charset::for_label(b"gbk").unwrap()] {
        for length in [EBCDIC.len(), 1000, 20_000, text.len()] {
            let pieces: Vec<&[u8]> = text.chunks(length).collect();
            assert!(streamed(charset, &pieces) == vec![entry(); 1000], "{charset:?} {length}");
        }
        assert_eq!(streamed(charset, &[EBCDIC]), [entry()]);
    }
}

#[test]
fn an_encoding_is_used_once_a_sample_shows_that_it_is_no_ebcdic() {
    let decoded = |lengths: &[usize]| {
        let mut entries = Entries::new(None, Charset::Latin1, NOW, Offsets::default());
        for length in lengths {
            entries.push([vec![b'x'; length - 1], b"\n".to_vec()].concat()).unwrap();
        }
        entries.text.bytes.len()
    };
    assert_eq!(decoded(&[SAMPLE - 1]), 0, "more may tell");
    assert_eq!(decoded(&[SAMPLE]), SAMPLE, "exactly as much as is looked at");
    assert_eq!(decoded(&[SAMPLE - 1, 1]), SAMPLE, "in two pieces");
    assert_eq!(decoded(&[SAMPLE, 10]), SAMPLE + 10, "what is known is not looked at again");
}

#[test]
fn a_listing_in_another_encoding_is_not_taken_for_ebcdic() {
    for count in [1, 1000] {
        let text = b"-rw-r--r--   1 ROOT     SYS1         531 Jan 29 03:26 caf\xe9\r\n".repeat(count);
        let names = streamed(Charset::Latin1, &text.chunks(700).collect::<Vec<_>>());
        assert!(names == vec![(Some(Format::Unix), Some(531), "caf\u{e9}".into()); count]);
    }
}

const NOW: Now = Now { seconds: 1_780_000_000, offset: None };

fn names(text: &str, format: Option<Format>) -> Vec<String> {
    let mut entries = Entries::of(text.as_bytes().to_vec(), format, NOW).unwrap();
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry() {
        assert!(!entry.raw.ends_with(b"\r\n"));
        let target = entry.link_target.unwrap_or_default();
        names.push(String::from_utf8([&*entry.name, target].join(&b'>')).unwrap());
    }
    names
}

#[test]
fn a_cr_too_many_in_each_line_is_no_part_of_a_name() {
    for (shown, text, expected) in [
        ("each line", "type=dir; a\r\r\ntype=file; b\r\r\n", vec!["a>", "b>"]),
        ("the last one was cut off", "type=dir; a\r\r\ntype=file; b", vec!["a>", "b>"]),
        ("the directory itself", "type=dir; .\r\r\ntype=file; b\r\r\n", vec!["b>"]),
        ("one line only", "type=dir; a\r\r\ntype=file; b\r\n", vec!["a\r>", "b>"]),
        ("two too many", "type=dir; a\r\r\r\ntype=dir; b\r\r\r\n", vec!["a\r>", "b\r>"]),
    ] {
        assert_eq!(names(text, Some(Format::Mlsd)), expected, "{shown}");
    }
    let link = "lrwxrwxrwx 1 u g 1 Jan 15  2020 l -> t\r\r\n";
    assert_eq!(names(link, Some(Format::Unix)), ["l>t"]);
}

#[test]
fn the_text_may_come_in_any_pieces() {
    let text = "type=dir; caf\u{e9}\r\ntype=file;size=7; b\r\n";
    let latin1: Vec<u8> = text.chars().map(|char| char as u8).collect();
    for (charset, bytes) in [(Charset::Utf8, text.as_bytes()), (Charset::Latin1, &latin1)] {
        for step in 1..bytes.len() {
            let mut entries = Entries::new(Some(Format::Mlsd), charset, NOW, Offsets::default());
            let (mut came, mut names) = (0, Vec::new());
            for piece in bytes.chunks(step) {
                assert!(!entries.is_whole());
                entries.push(piece.to_vec()).unwrap();
                came += piece.len();
                while let Some(entry) = entries.next_entry() {
                    names.push(String::from_utf8(entry.name.to_vec()).unwrap());
                }
                assert!(entries.held() <= text.len() && came <= bytes.len());
            }
            entries.end().unwrap();
            assert!(entries.is_whole());
            assert!(entries.next_entry().is_none());
            assert_eq!(names, ["caf\u{e9}", "b"], "{charset:?} in pieces of {step}");
        }
    }
}

#[test]
fn what_is_held_is_what_has_come_and_was_not_left_behind() {
    let mut entries = Entries::new(Some(Format::Mlsd), Charset::Latin1, NOW, Offsets::default());
    assert_eq!(entries.held(), 0);
    entries.push(b"type=dir; a\r\ntype=d".to_vec()).unwrap();
    assert_eq!(entries.held(), 19, "a line, and the beginning of another one");
    assert!(entries.next_entry().is_some());
    entries.push(b"ir; b\r\n".to_vec()).unwrap();
    assert_eq!(entries.held(), 13, "the first line was read");
}

#[test]
fn the_format_is_decided_when_there_is_enough_to_tell() {
    let line = "-rw-r--r-- 1 u g 7 Jan 15  2020 x\r\n";
    let mut entries = Entries::new(None, Charset::Utf8, NOW, Offsets::default());
    let mut came = 0;
    while came + line.len() < SAMPLE {
        entries.push(line.as_bytes().to_vec()).unwrap();
        came += line.len();
        assert!(!entries.has_sample());
        assert!(entries.next_entry().is_none(), "after {came} bytes");
    }
    entries.push(line.as_bytes().to_vec()).unwrap();
    assert!(entries.has_sample());
    assert_eq!(entries.next_entry().unwrap().format, Some(Format::Unix));

    let mut entries = Entries::new(None, Charset::Utf8, NOW, Offsets::default());
    entries.push(vec![b'x'; SAMPLE]).unwrap();
    assert!(entries.has_sample(), "exactly as much as is looked at");
    let mut entries = Entries::new(None, Charset::Utf8, NOW, Offsets::default());
    entries.push(line.as_bytes().to_vec()).unwrap();
    entries.end().unwrap();
    assert!(entries.has_sample(), "all of a short one");
    assert_eq!(entries.next_entry().unwrap().format, Some(Format::Unix));
}

#[test]
fn a_sample_ends_with_a_line() {
    let sample = |text: Vec<u8>| Entries::of(text, None, NOW).unwrap().text.sample().len();
    let line = |length: usize| [vec![b'x'; length - 1], b"\n".to_vec()].concat();
    assert_eq!(sample(line(SAMPLE - 1)), SAMPLE - 1);
    assert_eq!(sample(line(SAMPLE)), SAMPLE);
    assert_eq!(sample([line(SAMPLE), line(2)].concat()), SAMPLE);
    assert_eq!(sample([line(100), line(SAMPLE)].concat()), 100);
    assert_eq!(sample(line(SAMPLE + 1)), SAMPLE, "a line that is longer than what is looked at");
    assert_eq!(sample([line(100), vec![b'x'; SAMPLE - 100]].concat()), 100);
    assert_eq!(sample([line(100), line(50)].concat()), 150);
    assert_eq!(sample(Vec::new()), 0);
}

#[test]
fn a_listing_with_a_long_line_first_is_read_whatever_the_sample_is() {
    let text = format!("type=file; {}\r\ntype=dir; b\r\n", "a".repeat(2 * SAMPLE));
    assert_eq!(names(&text, Some(Format::Mlsd)).len(), 2);
}

#[test]
fn a_directory_that_is_listed_shows_itself() {
    for (text, is_shown) in [
        ("drwxr-xr-x 2 u g 4096 Jan 15  2020 .\r\n", true),
        ("drwxr-xr-x 2 u g 4096 Jan 15  2020 ..\r\n", true),
        ("drwxr-xr-x 2 u g 4096 Jan 15  2020 ...\r\n", false),
        ("drwxr-xr-x 2 u g 4096 Jan 15  2020 a.\r\n", false),
        ("type=cdir; /x\r\n", true),
        ("size=7;Type=PDIR; /\r\n", true),
        ("type=dir; cdir\r\n", false),
        ("type=dir; x\r\ntype=cdir; /\r\n", true),
        ("total 0\r\n", false),
        ("", false),
    ] {
        assert_eq!(Entries::of(text.into(), None, NOW).unwrap().shows_directory(), is_shown, "{text:?}");
    }
}

#[test]
fn most_lines_tell_whether_they_are_facts() {
    for (text, is_broken) in [
        ("", false),
        ("type=dir; a\r\n", false),
        ("type=cdir; /\r\n", false),
        ("type=cdir; /\r\nrest of a name\r\n", false),
        ("type=dir; a\r\nrest of a name\r\n", false),
        ("type=dir; a\r\nrest of\r\na name\r\n", true),
        ("-rw-r--r-- 1 u g 7 Jan 15  2020 x\r\n", true),
        ("total 0\r\n", true),
    ] {
        let entries = Entries::of(text.into(), Some(Format::Mlsd), NOW).unwrap();
        assert_eq!(entries.breaks_mlsd(), is_broken, "{text:?}");
    }
}

#[test]
fn a_listing_is_read_twice_and_its_one_entry_may_have_another_name() {
    let mut entries =
        Entries::of(b"type=file;size=7; /home/f\r\n".to_vec(), Some(Format::Mlsd), NOW).unwrap();
    assert!(!entries.is_of_one_path());
    assert_eq!(&*entries.next_entry().unwrap().name, b"/home/f");
    assert!(entries.next_entry().is_none());
    entries.rewind();
    entries.set_only_name(b"f");
    assert!(entries.is_of_one_path());
    let entry = entries.next_entry().unwrap();
    assert_eq!((&*entry.name, entry.size), (&b"f"[..], Some(7)));
    assert!(entries.next_entry().is_none());
    assert!(Entries::empty().next_entry().is_none());
}

/// What a line tells about those that follow, such as the order of day and month, is told again.
#[test]
fn a_format_that_remembers_begins_again() {
    let text = "01-02-20  03:26PM  7 a\r\n01-15-20  03:26PM  7 b\r\n";
    let mut entries = Entries::of(text.into(), None, NOW).unwrap();
    let mut read = || {
        let mut times = Vec::new();
        while let Some(entry) = entries.next_entry() {
            times.push(entry.modified);
        }
        entries.rewind();
        times
    };
    assert_eq!(read(), read());
}

#[test]
fn a_reply_to_mlst_has_one_entry() {
    let mut entries = Entries::of_mlst(b"type=dir; x".to_vec(), NOW);
    assert_eq!(&*entries.next_entry().unwrap().name, b"x");
    assert!(entries.next_entry().is_none());
    entries.rewind();
    assert!(entries.next_entry().is_some());
    assert!(Entries::of_mlst(b"nonsense".to_vec(), NOW).next_entry().is_none());
}

#[test]
fn times_are_told_in_utc_once_the_clock_of_the_server_is_known() {
    let mut entries = Entries::of(b"-rw-r--r-- 1 u g 7 Jan 29 03:26 x\r\n".to_vec(), None, NOW).unwrap();
    let listed = entries.next_entry().unwrap().modified.unwrap();
    assert_eq!(listed.zone, Zone::Server);
    let seconds = listed.nanoseconds / 1_000_000_000;
    let mut offsets = Offsets::default();
    offsets.learn(Part::of(seconds).unwrap(), seconds, Some(seconds - 3600));
    entries.set_offsets(offsets);
    entries.rewind();
    let known = entries.next_entry().unwrap().modified.unwrap();
    assert_eq!((known.zone, known.nanoseconds / 1_000_000_000), (Zone::Utc, seconds - 3600));
}

/// Half a character at the end of a line does not take the line end along.
#[test]
fn each_line_is_decoded_by_itself() {
    let gbk = Charset::for_label(b"gbk").unwrap();
    let mut entries = Entries::new(Some(Format::Mlsd), gbk, NOW, Offsets::default());
    entries.push(b"type=dir; \xd6\xd0\n".to_vec()).unwrap();
    entries.push(b"type=dir; \xd6\ntype=dir; b\n".to_vec()).unwrap();
    entries.end().unwrap();
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry() {
        names.push(String::from_utf8(entry.name.to_vec()).unwrap());
    }
    assert_eq!(names, ["\u{4e2d}", "\u{fffd}", "b"]);
}

/// Each name of a text that comes over a connection, with a mark where it may be cut, and the line that has no end.
fn names_and_cut(charset: Charset, text: &[u8], step: usize) -> (Vec<String>, Option<Vec<u8>>) {
    let mut entries = Entries::new(None, charset, NOW, Offsets::default());
    for piece in text.chunks(step) {
        entries.push(piece.to_vec()).unwrap();
        assert_eq!(entries.cut_line(), None, "more may come");
    }
    entries.end().unwrap();
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry() {
        let mark = if entry.is_cut { "..." } else { "" };
        names.push(format!("{}{mark}", String::from_utf8_lossy(&entry.name)));
    }
    (names, entries.cut_line().map(<[u8]>::to_vec))
}

#[test]
fn a_last_line_without_an_end_may_be_cut() {
    let facts = "type=file;size=1; a\r\ntype=file;size=1; f02";
    let lines = "-rw-r--r-- 1 u g 7 Jan 15  2020 a\r\n-rw-r--r-- 1 u g 7 Jan 15  2020 f02";
    let cut = |text: &str| Some(text.rsplit('\n').next().unwrap().as_bytes().to_vec());
    for charset in [Charset::Utf8, Charset::Latin1] {
        for (text, names, line) in [
            (facts.to_owned(), vec!["a", "f02..."], cut(facts)),
            (format!("{facts}\r"), vec!["a", "f02..."], cut(&format!("{facts}\r"))),
            (format!("{facts}\n"), vec!["a", "f02"], None),
            (format!("{facts}\r\ntype=cdir; /x"), vec!["a", "f02"], cut("type=cdir; /x")),
            (format!("{facts}\r\ntype=fi"), vec!["a", "f02", "type=fi..."], cut("type=fi")),
            (lines.to_owned(), vec!["a", "f02..."], cut(lines)),
            (format!("{lines}\r\n"), vec!["a", "f02"], None),
            ("total 0".to_owned(), vec![], cut("total 0")),
            (String::new(), vec![], None),
        ] {
            for step in [1, 7, 1000] {
                let expected = (names.iter().map(|&name| name.to_owned()).collect(), line.clone());
                assert_eq!(names_and_cut(charset, text.as_bytes(), step), expected, "{text:?} by {step}");
            }
        }
        let (names, line) = names_and_cut(charset, &EBCDIC.repeat(2), 1000);
        assert_eq!((names, line), (vec!["readme".to_owned(); 2], None));
        let (names, line) = names_and_cut(charset, EBCDIC.repeat(2).strip_suffix(b"\x15").unwrap(), 1000);
        assert_eq!((names, line.is_some()), (["readme", "readme..."].map(str::to_owned).to_vec(), true));
    }
    // What was no listing over a connection has no such end.
    for mut entries in
        [Entries::of(lines.into(), None, NOW).unwrap(), Entries::of_mlst(b"type=file; x".to_vec(), NOW)]
    {
        while let Some(entry) = entries.next_entry() {
            assert!(!entry.is_cut);
        }
        assert_eq!(entries.cut_line(), None);
    }
    // The name of a path that was asked for is whole.
    let mut entries = Entries::new(Some(Format::Mlsd), Charset::Utf8, NOW, Offsets::default());
    entries.push(b"type=file; /d/f".to_vec()).unwrap();
    entries.end().unwrap();
    entries.set_only_name(b"f");
    assert!(!entries.next_entry().unwrap().is_cut);
}

#[test]
fn a_directory_that_lets_nobody_in_shows_nothing() {
    for (text, expected) in [
        ("type=cdir;perm=flcdmpe; .\r\n", true),
        ("type=cdir; .\r\n", true),
        ("Type=cdir;Perm=EL; .\r\n", true),
        ("perm=fl;type=cdir; .\r\nperm=flcdmpe;type=pdir; ..\r\n", false),
        ("type=pdir;perm=flcdmpe; ..\r\ntype=cdir;perm=e; .\r\n", false),
        ("type=cdir;perm=; .\r\n", false),
        ("type=dir;perm=; a\r\n", false),
    ] {
        let entries = Entries::of(text.into(), Some(Format::Mlsd), Now { seconds: 0, offset: None }).unwrap();
        assert_eq!(entries.shows_directory(), expected, "{text}");
    }
}
