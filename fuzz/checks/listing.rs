//! A listing is used up line by line, nothing in an entry comes from elsewhere, and it does not matter in which pieces it comes.
//!
//! The first byte tells how the text is cut, see `arrivals`. Each family has a target of its own, so that the fuzzer keeps to it.

use std::borrow::Cow;

use ftpclient::protocol::listing::{Entry, Format, Line, Now, Parser, decide};

use super::arrivals;

/// 2026-06-15 12:00.
const NOW: Now = Now { seconds: 1_781_524_800, offset: None };

/// One check for each family.
macro_rules! families {
    ($($name:ident: $format:ident,)*) => {
        $(pub fn $name(data: &[u8]) {
            check(Some(Format::$format), data);
        })*
    };
}

families! {
    chameleon: Chameleon,
    clearpath: ClearPath,
    connect_enterprise: ConnectEnterprise,
    dos: Dos,
    eplf: Eplf,
    guardian: Guardian,
    ibm_i: IbmI,
    macos: MacOs,
    mlsd: Mlsd,
    mpe: Mpe,
    mvs: Mvs,
    netware: NetWare,
    numeric: Numeric,
    os2: Os2,
    os9: Os9,
    unix: Unix,
    vms: Vms,
    vos: Vos,
    vshell: VShell,
    vxworks: VxWorks,
    wf_ftp: WfFtp,
    zvm: Zvm,
}

/// The format that is decided understands something, and decides the same again.
pub fn decided(data: &[u8]) {
    let text = data.get(1..).unwrap_or_default();
    let format = decide(text);
    assert_eq!(decide(text), format);
    // Where a line that was cut off does not count, it is none.
    let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(text, |end| &text[..=end]);
    let mut parser = Parser::new(format, NOW);
    let is_understood = read(&mut parser, whole).iter().any(|line| match line {
        Line::Entry(entry) => entry.format.is_some(),
        Line::Note => true,
    });
    assert!(format.is_none() || is_understood, "{format:?} understands nothing");
    check(format, data);
}

fn check(format: Option<Format>, data: &[u8]) {
    let text = data.get(1..).unwrap_or_default();
    let whole = read(&mut Parser::new(format, NOW), text);
    for line in &whole {
        if let Line::Entry(entry) = line {
            check_entry(entry, format);
        }
    }
    let [_, bytes, pieces] = arrivals(data);
    for pieces in [bytes, pieces] {
        let ends = pieces.iter().scan(0, |end, piece| {
            *end += piece.len();
            Some(*end)
        });
        assert_eq!(read_as_it_comes(format, text, ends), whole, "{format:?}");
    }
}

/// All lines of a text. Each byte is of one of them.
fn read<'a>(parser: &mut Parser, text: &'a [u8]) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some((line, used)) = parser.next(rest, true) {
        assert!(used > 0);
        if let Line::Entry(entry) = &line {
            let end = &rest[entry.raw.len()..used];
            let is_end = matches!(end, b"" | b"\n" | b"\r\n") || (end == b"\r" && used == rest.len());
            assert!(rest.starts_with(entry.raw) && is_end, "raw is its lines");
        }
        lines.push(line);
        rest = &rest[used..];
    }
    assert!(rest.is_empty(), "a text that is whole is used up");
    lines
}

/// The same, where the text has come up to each of these ends, one after the other.
fn read_as_it_comes(format: Option<Format>, text: &[u8], ends: impl Iterator<Item = usize>) -> Vec<Line<'_>> {
    let mut parser = Parser::new(format, NOW);
    let mut lines = Vec::new();
    let mut start = 0;
    for end in ends {
        while let Some((line, used)) = parser.next(&text[start..end], false) {
            lines.push(line);
            start += used;
        }
    }
    lines.extend(read(&mut parser, &text[start..]));
    lines
}

fn check_entry(entry: &Entry<'_>, format: Option<Format>) {
    let Some(of) = entry.format else {
        assert_eq!(*entry, Entry::not_understood(entry.raw));
        return;
    };
    assert_eq!(Some(of), format);
    assert!(!matches!(&*entry.name, b"" | b"." | b".."), "these are no entries");
    assert!(!entry.raw.is_empty());
    match &entry.name {
        Cow::Borrowed(name) => assert!(is_part(name, entry.raw), "it comes from elsewhere"),
        Cow::Owned(name) => assert!(name.len() <= entry.raw.len(), "escapes are longer than what they mean"),
    }
    let texts = [entry.owner, entry.group, entry.link_target, entry.perm, entry.unique];
    assert!(texts.into_iter().flatten().all(|text| is_part(text, entry.raw)), "it comes from elsewhere");
    assert!(entry.mode.is_none_or(|mode| mode <= 0o7777));
    assert!(entry.size.is_none_or(|size| i64::try_from(size).is_ok()));
}

fn is_part(text: &[u8], of: &[u8]) -> bool {
    let (text, of) = (text.as_ptr_range(), of.as_ptr_range());
    of.start <= text.start && text.end <= of.end
}
