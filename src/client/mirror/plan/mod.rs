//! What is to be done so that one tree becomes equal to another: a pure function of both.

use crate::client::mirror::alike::Names;
use crate::client::mirror::same::{Likeness, compare};
use crate::client::mirror::tree::{Facts, Folder, Node, Reason, below};
use crate::disk::is_part;
use crate::protocol::listing::Kind;

/// What is done with an entry.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// The target does not have it, and gets it.
    Add,
    /// The target has another file of this name, which is replaced.
    Replace,
    /// The target has it already.
    Keep,
    /// The source does not have it: it is deleted.
    Delete,
    /// Nothing, because something is in the way.
    Conflict,
    /// Nothing, because it cannot or must not take part.
    Skip,
}

/// One entry, and what is done with it.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub act: Act,
    pub kind: Kind,
    /// Below both roots.
    pub path: Vec<u8>,
    pub facts: Facts,
    /// Why nothing is done.
    pub reason: Option<Reason>,
    /// A name beside it that some targets take for the same.
    pub twin: Option<Vec<u8>>,
}

/// How a plan is made.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rules {
    /// What the source does not have is deleted.
    pub deletes: bool,
    /// Nobody can give the target the times of the source.
    pub by_age: bool,
    /// Parts of files that are still to come are continued, and so they stay.
    pub resumes: bool,
}

/// The steps, in the order in which they are done: a directory before what is in it, and in the end what is deleted.
pub(crate) fn plan(source: &Folder, target: &Folder, rules: Rules) -> Vec<Step> {
    let mut plan = Plan { rules, steps: Vec::new(), deletions: Vec::new() };
    plan.compare(b"", source, target);
    let Plan { mut steps, deletions, .. } = plan;
    steps.extend(deletions);
    steps
}

/// The files that are replaced only because the listing does not tell their time well enough.
pub(crate) fn doubts(source: &Folder, target: &Folder, rules: Rules) -> Vec<Vec<u8>> {
    let mut doubts = Vec::new();
    find_doubts(b"", source, target, rules, &mut doubts);
    doubts
}

fn find_doubts(path: &[u8], source: &Folder, target: &Folder, rules: Rules, doubts: &mut Vec<Vec<u8>>) {
    for (name, node) in &source.entries {
        match (node, target.entries.get(name)) {
            (Node::File(new), Some(Node::File(old)))
                if compare(*new, *old, rules.by_age) == Likeness::Doubtful =>
            {
                doubts.push(below(path, name));
            }
            (Node::Folder(new), Some(Node::Folder(old))) => {
                find_doubts(&below(path, name), new, old, rules, doubts);
            }
            _ => {}
        }
    }
}

struct Plan {
    rules: Rules,
    steps: Vec<Step>,
    deletions: Vec<Step>,
}

impl Plan {
    fn compare(&mut self, path: &[u8], source: &Folder, target: &Folder) {
        self.tell_oddities(path, source);
        let mut is_to_get_files = false;
        let names = names_of(source, target);
        let twin_of = |name: &[u8]| names.like(name).map(<[u8]>::to_vec);
        for (name, node) in &source.entries {
            let path = below(path, name);
            let there = target.entries.get(name);
            match node {
                Node::Excluded => {}
                Node::Aside(kind, reason) => self.leave(path, *kind, reason),
                Node::File(_) if is_part(name) => self.leave(path, Kind::File, &Reason::Temporary),
                Node::File(facts) => {
                    let act = match there {
                        None => Act::Add,
                        Some(Node::File(old)) => self.act_for_file(*facts, *old),
                        Some(other) => {
                            self.tell_what_is_in_the_way(path, Kind::File, *facts, other);
                            continue;
                        }
                    };
                    is_to_get_files |= act != Act::Keep;
                    let twin = (act == Act::Add).then(|| twin_of(name)).flatten();
                    self.steps.push(Step { act, kind: Kind::File, path, facts: *facts, reason: None, twin });
                }
                Node::Folder(folder) => self.compare_folder(path, folder, there, twin_of(name)),
            }
        }
        if self.rules.deletes {
            self.tell_oddities(path, target);
            if source.is_complete() && target.is_complete() {
                let keeps_parts = self.rules.resumes && is_to_get_files;
                let extra = target.entries.iter().filter(|(name, _)| !source.entries.contains_key(*name));
                for (name, node) in extra.filter(|(name, _)| !(keeps_parts && is_part(name))) {
                    self.delete(below(path, name), node);
                }
            }
        }
    }

    fn act_for_file(&self, new: Facts, old: Facts) -> Act {
        match compare(new, old, self.rules.by_age) {
            Likeness::Same => Act::Keep,
            Likeness::Different | Likeness::Doubtful => Act::Replace,
        }
    }

    fn compare_folder(
        &mut self,
        path: Vec<u8>,
        folder: &Folder,
        there: Option<&Node>,
        twin: Option<Vec<u8>>,
    ) {
        let nothing = Folder::default();
        let (act, there) = match there {
            None => (Act::Add, &nothing),
            Some(Node::Folder(there)) => (Act::Keep, there),
            Some(other) => {
                return self.tell_what_is_in_the_way(path, Kind::Directory, Facts::default(), other);
            }
        };
        let facts = Facts::default();
        let twin = twin.filter(|_| act == Act::Add);
        self.steps.push(Step { act, kind: Kind::Directory, path: path.clone(), facts, reason: None, twin });
        self.compare(&path, folder, there);
    }

    fn tell_oddities(&mut self, path: &[u8], folder: &Folder) {
        for (name, reason) in &folder.oddities {
            self.leave(below(path, name), Kind::Unknown, reason);
        }
    }

    /// What takes no part.
    fn leave(&mut self, path: Vec<u8>, kind: Kind, reason: &Reason) {
        let act = if matches!(reason, Reason::Twice) { Act::Conflict } else { Act::Skip };
        self.steps.push(Step {
            act,
            kind,
            path,
            facts: Facts::default(),
            reason: Some(reason.clone()),
            twin: None,
        });
    }

    fn tell_what_is_in_the_way(&mut self, path: Vec<u8>, kind: Kind, facts: Facts, there: &Node) {
        let reason = match there {
            Node::File(_) => Reason::OtherType(Kind::File),
            Node::Folder(_) => Reason::OtherType(Kind::Directory),
            // It is of the same type, and nobody knows what is in it.
            Node::Aside(Kind::Directory, reason @ Reason::Unlisted(_)) if kind == Kind::Directory => {
                return self.leave(path, kind, reason);
            }
            Node::Aside(_, reason @ Reason::Twice) => reason.clone(),
            Node::Aside(kind, _) => Reason::OtherType(*kind),
            Node::Excluded => return,
        };
        self.steps.push(Step { act: Act::Conflict, kind, path, facts, reason: Some(reason), twin: None });
    }

    /// Deletes what the target has more, and tells whether all of it will be gone.
    fn delete(&mut self, path: Vec<u8>, node: &Node) -> bool {
        let (kind, facts) = match node {
            Node::File(facts) => (Kind::File, *facts),
            // The link goes, and not what is behind it.
            Node::Aside(Kind::Link, Reason::Link) => (Kind::Link, Facts::default()),
            Node::Aside(kind, reason) => {
                self.leave(path, *kind, reason);
                return false;
            }
            Node::Excluded => return false,
            Node::Folder(folder) => {
                self.tell_oddities(&path, folder);
                if !folder.is_complete() {
                    return false;
                }
                let mut is_emptied = true;
                for (name, node) in &folder.entries {
                    is_emptied &= self.delete(below(&path, name), node);
                }
                if !is_emptied {
                    return false;
                }
                (Kind::Directory, Facts::default())
            }
        };
        self.deletions.push(Step { act: Act::Delete, kind, path, facts, reason: None, twin: None });
        true
    }
}

/// The names of a directory, here and there. Where nothing is added, nothing can take the place of another, and there are none.
fn names_of(source: &Folder, target: &Folder) -> Names {
    let mut names = Names::default();
    if source.entries.keys().any(|name| !target.entries.contains_key(name)) {
        source.entries.keys().chain(target.entries.keys()).for_each(|name| names.add(name));
    }
    names
}

#[cfg(test)]
mod tests;
