//! What the reply to MLST tells of one path (RFC 3659, section 7).

use super::reply::{Class, Reply};

/// The line of a reply to MLST that has the facts. `None` if there is none.
///
/// The space before the facts may be missing, and so may the lines around them.
pub fn line_in(reply: &Reply) -> Option<&[u8]> {
    if reply.class() != Some(Class::Completion) {
        return None;
    }
    let code = reply.text().get(..3)?;
    let lines: Vec<&[u8]> = reply.text().split(|&byte| byte == b'\n').collect();
    let inside = match lines.as_slice() {
        [_, inside @ .., _] if !inside.is_empty() => inside,
        all => all,
    };
    let lines = inside.iter().map(|line| match line.strip_prefix(code) {
        Some([b'-' | b' ', rest @ ..]) => rest,
        _ => line,
    });
    lines.map(|line| line.strip_prefix(b" ").unwrap_or(line)).find(|line| has_facts(line))
}

/// Whether all before the name are facts. The first space that a semicolon is before ends them, or else the first space.
fn has_facts(line: &[u8]) -> bool {
    let end =
        line.windows(2).position(|pair| pair == b"; ").or_else(|| line.iter().position(|&byte| byte == b' '));
    let facts = end.and_then(|end| line.get(..end)).unwrap_or_default();
    !facts.is_empty() && facts.split(|&byte| byte == b';').all(|fact| fact.contains(&b'='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_found_however_they_are_wrapped() {
        for (shown, reply, line) in [
            (
                "as RFC 3659 has it",
                "250-Listing a\n Type=file;Size=12; /x/a b; c\n250 End",
                "Type=file;Size=12; /x/a b; c",
            ),
            ("no space before them", "250-Listing\ntype=dir; a\n250 End", "type=dir; a"),
            ("the code before them", "250-Listing\n250-type=dir; a\n250 End", "type=dir; a"),
            ("an empty line before them", "250-Listing\n\n type=dir; a\n250 End", "type=dir; a"),
            ("several entries", "250-Listing\n size=1; a\n size=2; b\n250 End", "size=1; a"),
            ("on one line", "250 type=file;size=1; a", "type=file;size=1; a"),
            ("on the first of two", "250-type=file; a\n250 End", "type=file; a"),
            ("a heading like facts", "250-Listing x=1; y\n type=file; a\n250 End", "type=file; a"),
            ("without the last semicolon", "250-x\n type=file;size=1 a b\n250 x", "type=file;size=1 a b"),
            ("spaces in a value", "250-x\n UNIX.group=a b;size=1; f\n250 x", "UNIX.group=a b;size=1; f"),
        ] {
            assert_eq!(line_in(&Reply::from_text(reply)), Some(line.as_bytes()), "{shown}");
        }
        for reply in [
            "250-Listing\n a\n250 End",
            "250 fine",
            "250-x\n not a=fact here\n250 x",
            "350-x\n type=file; a\n350 x",
            "",
        ] {
            assert_eq!(line_in(&Reply::from_text(reply)), None, "{reply}");
        }
    }
}
