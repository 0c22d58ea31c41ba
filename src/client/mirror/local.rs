//! A directory of this machine, as a mirror sees it.

use crate::client::mirror::tree::{Facts, Folder, Node, Reason};
use crate::disk::{self, Root};
use crate::error::Result;
use crate::protocol::listing::{Entry, Format, Kind, Modified, Precision, Zone};

/// Reads a directory. `takes` says what takes part.
///
/// # Errors
/// [`Error::File`](crate::error::Error::File).
pub(crate) fn read_folder(
    root: &Root,
    path: &[u8],
    takes: &mut (dyn FnMut(&Entry<'_>) -> bool + Send),
) -> Result<Folder> {
    let mut folder = Folder::default();
    for (name, status) in root.list(path)? {
        let kind = kind_of(status.kind);
        let facts = Facts {
            size: (kind == Kind::File).then(|| status.identity.size()),
            modified: Some(Modified {
                nanoseconds: status.identity.modified(),
                precision: Precision::Subsecond,
                zone: Zone::Utc,
            }),
        };
        let name = name.to_bytes();
        let entry = Entry {
            format: Some(Format::Unix),
            name: name.into(),
            kind,
            size: facts.size,
            modified: facts.modified,
            mode: u16::try_from(status.mode).ok(),
            ..Entry::not_understood(b"")
        };
        let node = if !takes(&entry) {
            Node::Excluded
        } else if entry.is_unsafe_name() {
            folder.oddities.push((name.to_vec(), Reason::Unsafe(entry.unsafe_because())));
            continue;
        } else {
            node_of(kind, facts)
        };
        folder.entries.insert(name.to_vec(), node);
    }
    Ok(folder)
}

/// What an entry that takes part is to a mirror.
pub(super) fn node_of(kind: Kind, facts: Facts) -> Node {
    match kind {
        Kind::File => Node::File(facts),
        Kind::Directory => Node::Folder(Folder::default()),
        Kind::Link => Node::Aside(kind, Reason::Link),
        Kind::Other => Node::Aside(kind, Reason::Special),
        Kind::Unknown => Node::Aside(kind, Reason::Untold),
    }
}

fn kind_of(kind: disk::Kind) -> Kind {
    match kind {
        disk::Kind::File => Kind::File,
        disk::Kind::Directory => Kind::Directory,
        disk::Kind::Link => Kind::Link,
        disk::Kind::Other => Kind::Other,
    }
}
