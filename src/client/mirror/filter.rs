//! What takes part in a mirror.

use crate::client::mirror::tree::{Folder, Node, below};
use crate::error::Result;
use crate::protocol::glob::Chosen;
use crate::protocol::listing::{Entry, Kind};

/// Is asked whether an entry takes part, with its path below the root.
pub type FilterHook<'a> = &'a mut (dyn FnMut(&[u8], &Entry<'_>) -> bool + Send);

/// What the user has said about it.
pub(crate) struct Filter<'a> {
    include: Vec<Chosen>,
    exclude: Vec<Chosen>,
    hook: Option<FilterHook<'a>>,
}

impl<'a> Filter<'a> {
    /// # Errors
    /// One of the patterns cannot be used.
    pub(crate) fn new(
        include: &[Vec<u8>],
        exclude: &[Vec<u8>],
        hook: Option<FilterHook<'a>>,
    ) -> Result<Filter<'a>> {
        let read = |patterns: &[Vec<u8>]| -> Result<Vec<Chosen>> {
            patterns.iter().map(|pattern| Ok(Chosen::new(pattern)?)).collect()
        };
        Ok(Filter { include: read(include)?, exclude: read(exclude)?, hook })
    }

    /// Whether an entry of a directory takes part. A directory does until it turns out that nothing in it does.
    ///
    /// An unsafe name does unless the patterns leave it out: the callback might use it.
    pub(crate) fn takes(&mut self, directory: &[u8], entry: &Entry<'_>) -> bool {
        let is_directory = entry.kind == Kind::Directory;
        let path = below(directory, &entry.name);
        if entry.is_unsafe_name() {
            // It may also mean the file of this directory at its end. What is left out in silence must be neither.
            let meant = below(directory, entry.last_name());
            return self.is_chosen(&path, is_directory) || self.is_chosen(&meant, is_directory);
        }
        self.is_chosen(&path, is_directory) && self.hook.as_mut().is_none_or(|hook| hook(&path, entry))
    }

    /// Whether the patterns let a path take part.
    fn is_chosen(&self, path: &[u8], is_directory: bool) -> bool {
        !self.exclude.iter().any(|pattern| pattern.matches(path, is_directory))
            && (is_directory || self.is_included(path, false))
    }

    /// Whether the path, or a directory above it, is one of those that the user has named.
    fn is_included(&self, path: &[u8], is_directory: bool) -> bool {
        let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
        let mut above = slashes.map(|at| path.get(..at).unwrap_or_default());
        self.include.is_empty()
            || self.include.iter().any(|pattern| pattern.matches(path, is_directory))
            || above.any(|directory| self.include.iter().any(|pattern| pattern.matches(directory, true)))
    }
}

/// Takes out the directories that nobody has named and that have nothing in them that takes part. With `other`, those that it has
/// stay as they are.
pub(crate) fn prune(filter: &Filter<'_>, path: &[u8], folder: &mut Folder, other: Option<&Folder>) {
    if filter.include.is_empty() {
        return;
    }
    for (name, node) in &mut folder.entries {
        let Node::Folder(inner) = node else { continue };
        let path = below(path, name);
        match other.map(|other| other.entries.get(name)) {
            Some(Some(Node::Folder(other))) => prune(filter, &path, inner, Some(other)),
            Some(Some(_)) => {}
            None | Some(None) => {
                prune(filter, &path, inner, None);
                let is_empty = inner.entries.values().all(|node| matches!(node, Node::Excluded));
                if is_empty && inner.is_complete() && !filter.is_included(&path, true) {
                    *node = Node::Excluded;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::mirror::tree::Facts;
    use crate::protocol::listing::Format;

    fn entry(name: &str, kind: Kind) -> Entry<'_> {
        let plain = Entry::not_understood(b"");
        Entry { name: name.as_bytes().into(), kind, ..plain }
    }

    fn texts(patterns: &[&str]) -> Vec<Vec<u8>> {
        patterns.iter().map(|pattern| pattern.as_bytes().to_vec()).collect()
    }

    #[test]
    fn patterns_and_the_callback_decide_together() {
        for (include, exclude, path, kind, takes) in [
            (&[][..], &[][..], "a/b", Kind::File, true),
            (&["*.c"], &[], "a/b.c", Kind::File, true),
            (&["*.c"], &[], "a/b.h", Kind::File, false),
            (&["*.c"], &[], "a", Kind::Directory, true),
            (&["doc"], &[], "doc/x/y", Kind::File, true),
            (&["doc"], &[], "other/doc/y", Kind::File, true),
            (&["/doc"], &[], "other/doc/y", Kind::File, false),
            (&["doc/"], &[], "doc", Kind::File, false),
            (&[], &["*.o"], "a/b.o", Kind::File, false),
            (&[], &["*.o"], "a/b.c", Kind::File, true),
            (&[], &["build/"], "a/build", Kind::Directory, false),
            (&[], &["build/"], "a/build", Kind::File, true),
            (&["*"], &["secret"], "secret", Kind::File, false),
            (&["a.c", "b.c"], &["/b.c"], "b.c", Kind::File, false),
            (&["*.c"], &[], "l.h", Kind::Link, false),
        ] {
            let mut filter = Filter::new(&texts(include), &texts(exclude), None).unwrap();
            let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
            let taken = filter.takes(directory.as_bytes(), &entry(name, kind));
            assert_eq!(taken, takes, "{include:?} {exclude:?} {path}");
        }
        let mut asked = Vec::new();
        let mut hook = |path: &[u8], entry: &Entry<'_>| {
            asked.push(path.to_vec());
            entry.kind == Kind::Directory
        };
        let mut filter = Filter::new(&[], &texts(&["no"]), Some(&mut hook)).unwrap();
        assert!(!filter.takes(b"", &entry("f", Kind::File)));
        assert!(filter.takes(b"d", &entry("d", Kind::Directory)));
        assert!(!filter.takes(b"", &entry("no", Kind::Directory)));
        assert_eq!(asked, texts(&["f", "d/d"]));
        assert!(Filter::new(&texts(&[""]), &[], None).is_err());
    }

    #[test]
    fn only_patterns_leave_out_an_unsafe_name() {
        let file = |name| Entry { format: Some(Format::Unix), ..entry(name, Kind::File) };
        let of_windows = |name| Entry { format: Some(Format::Dos), ..entry(name, Kind::File) };
        let directory = |name| entry(name, Kind::Directory);
        for (include, exclude, entry, takes) in [
            (&[][..], &[][..], file("n\nl"), true),
            (&[], &["n*"], file("n\nl"), false),
            (&[], &["/d/n*"], file("n\nl"), false),
            (&[], &["/n*"], file("n\nl"), true),
            (&["a"], &[], file("n\nl"), false),
            (&["n*"], &[], file("n\nl"), true),
            (&["a"], &[], directory("n\nl"), true),
            (&[], &["n*/"], directory("n\nl"), false),
            (&[], &["*evil"], file("../evil"), false),
            (&["ok"], &[], file("../evil"), false),
            (&["ok"], &[], directory("../evil"), true),
            // A server that writes paths means the file at the end of one.
            (&["/d/*.c"], &[], file("d/x.c"), true),
            (&["/d/*.c"], &[], file("/pub/d/x.c"), true),
            (&["/d/*.c"], &[], of_windows("d\\x.c"), true),
            (&["/d/x.c"], &[], of_windows("d\\x.c"), true),
            (&[], &["/d/d/*"], file("d/x.c"), true),
            (&[], &["/d/d/*", "/d/*"], file("d/x.c"), false),
            (&["d/../ok"], &[], file("../ok"), true),
        ] {
            let mut hook = |_: &[u8], entry: &Entry<'_>| panic!("asked about {entry:?}");
            let mut filter = Filter::new(&texts(include), &texts(exclude), Some(&mut hook)).unwrap();
            assert_eq!(filter.takes(b"d", &entry), takes, "{include:?} {exclude:?} {entry:?}");
        }
    }

    #[test]
    fn a_directory_in_which_nothing_takes_part_does_not_either() {
        let file = || Node::File(Facts::default());
        let folder = |entries: Vec<(&str, Node)>| {
            let mut folder = Folder::default();
            for (name, node) in entries {
                folder.entries.insert(name.into(), node);
            }
            Node::Folder(folder)
        };
        let tree = || {
            let inner = vec![("empty", folder(vec![])), ("full", folder(vec![("a.c", file())]))];
            let Node::Folder(tree) = folder(vec![
                ("named", folder(vec![])),
                ("deep", folder(inner)),
                ("out", folder(vec![("x", Node::Excluded), ("y", folder(vec![]))])),
            ]) else {
                panic!("it is none");
            };
            tree
        };
        let filter = Filter::new(&texts(&["*.c", "named"]), &[], None).unwrap();
        let mut pruned = tree();
        prune(&filter, b"", &mut pruned, None);
        let is_there = |path: &str| matches!(pruned.node(path.as_bytes()), Some(Node::Folder(_)));
        assert!(is_there("named") && is_there("deep") && is_there("deep/full"));
        assert!(!is_there("out") && !is_there("deep/empty"));
        // What the other tree has takes part, whatever is in it here.
        let mut target = tree();
        prune(&filter, b"", &mut target, Some(&tree()));
        assert!(matches!(target.node(b"deep/empty"), Some(Node::Folder(_))));
        let none = Filter::new(&[], &[], None).unwrap();
        let mut whole = tree();
        prune(&none, b"", &mut whole, None);
        assert!(matches!(whole.node(b"out/y"), Some(Node::Folder(_))));
    }
}
