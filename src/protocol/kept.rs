//! An entry that outlives the listing it comes from.

use super::listing::{Entry, Format, Kind, Modified};

/// What a listing has told about one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEntry {
    format: Option<Format>,
    name: Vec<u8>,
    kind: Kind,
    size: Option<u64>,
    modified: Option<Modified>,
    mode: Option<u16>,
    owner: Option<Vec<u8>>,
    group: Option<Vec<u8>>,
    link_target: Option<Vec<u8>>,
    perm: Option<Vec<u8>>,
    unique: Option<Vec<u8>>,
    raw: Vec<u8>,
    is_cut: bool,
}

impl KeptEntry {
    /// A copy of all that is in an entry.
    pub fn of(entry: &Entry<'_>) -> KeptEntry {
        let owned = |text: Option<&[u8]>| text.map(<[u8]>::to_vec);
        KeptEntry {
            format: entry.format,
            name: entry.name.to_vec(),
            kind: entry.kind,
            size: entry.size,
            modified: entry.modified,
            mode: entry.mode,
            owner: owned(entry.owner),
            group: owned(entry.group),
            link_target: owned(entry.link_target),
            perm: owned(entry.perm),
            unique: owned(entry.unique),
            raw: entry.raw.to_vec(),
            is_cut: entry.is_cut,
        }
    }

    /// The entry again.
    pub fn entry(&self) -> Entry<'_> {
        Entry {
            format: self.format,
            name: self.name.as_slice().into(),
            kind: self.kind,
            size: self.size,
            modified: self.modified,
            mode: self.mode,
            owner: self.owner.as_deref(),
            group: self.group.as_deref(),
            link_target: self.link_target.as_deref(),
            perm: self.perm.as_deref(),
            unique: self.unique.as_deref(),
            raw: &self.raw,
            is_cut: self.is_cut,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::listing::{Line, Now, Parser, Precision};

    #[test]
    fn all_that_was_told_is_kept() {
        for (format, line) in [
            (
                Format::Mlsd,
                "type=dir;size=7;modify=20260102030405.5;perm=el;unique=x;unix.mode=0755;unix.owner=1; a",
            ),
            (Format::Unix, "lrwxrwxrwx 1 alice staff 4 Jan  2 03:04 a -> b"),
        ] {
            let mut parser = Parser::new(Some(format), Now { seconds: 1_770_000_000, offset: None });
            let Some((Line::Entry(mut entry), _)) = parser.next(line.as_bytes(), true) else {
                panic!("{line}")
            };
            entry.is_cut = true;
            assert!(entry.modified.is_some_and(|modified| modified.precision != Precision::Day));
            assert_eq!(KeptEntry::of(&entry).entry(), entry);
        }
    }
}
