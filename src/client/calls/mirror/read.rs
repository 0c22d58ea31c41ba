//! The two trees of a mirror are read.

use std::sync::Arc;

use crate::client::Client;
use crate::client::files::Tries;
use crate::client::mirror::{Filter, Folder, Listed, Node, Reason, below, prune, read_folder};
use crate::disk::Root;
use crate::error::{Error, Result};
use crate::protocol::glob::MAX_DEPTH;
use crate::protocol::listing::{Entry, Kind, Modified, Precision, Zone};

/// How much memory the names of a tree may take.
const MOST_HELD: usize = 256 * 1024 * 1024;

/// The tree on the other side, which was read before, and whether what it does not have is to be deleted.
type Other<'a> = Option<(&'a Folder, bool)>;

impl Client {
    /// Reads the tree below a directory of the server. `must_be_proven`: what is empty there is deleted here.
    pub(super) async fn read_remote(
        &mut self,
        root: &[u8],
        must_be_proven: bool,
        filter: &mut Filter<'_>,
        other: Other<'_>,
    ) -> Result<Folder> {
        let mut tree = Node::Folder(Folder::default());
        let mut todo = vec![(Vec::new(), root.to_vec())];
        let mut held = 0;
        while let Some((path, remote)) = todo.pop() {
            let mut takes = |entry: &Entry<'_>| takes(filter, &path, entry, other);
            match self.list_for_mirror(&path, &remote, must_be_proven, &mut takes).await {
                Ok(Listed { folder, directories, held: more }) => {
                    held += more;
                    if held > MOST_HELD {
                        let text = format!("the names of the tree have more than {MOST_HELD} bytes");
                        return Err(Error::Limit(text));
                    }
                    let inner = directories.into_iter().map(|(name, remote)| (below(&path, &name), remote));
                    todo.extend(inner.filter(|(path, _)| is_entered(path, other)));
                    tree.set(&path, Node::Folder(folder));
                }
                Err(error) if path.is_empty() => return Err(error),
                Err(error) => {
                    let error = self.go_on_with_others(error).await?;
                    tree.set(&path, Node::Aside(Kind::Directory, Reason::Unlisted(Arc::new(error))));
                }
            }
        }
        let Node::Folder(mut tree) = tree else { return Ok(Folder::default()) };
        prune(filter, b"", &mut tree, other.map(|(other, _)| other));
        Ok(tree)
    }

    /// Reads one directory of the server. `path`: its path in the tree.
    pub(super) async fn list_for_mirror(
        &mut self,
        path: &[u8],
        remote: &[u8],
        must_be_proven: bool,
        takes: &mut (dyn FnMut(&Entry<'_>) -> bool + Send),
    ) -> Result<Listed> {
        require_depth(path)?;
        let mut tries = self.tries();
        loop {
            let outcome = match self.session() {
                Ok(mut session) => session.read_folder(remote, must_be_proven, takes).await,
                Err(error) => Err(error),
            };
            match outcome {
                Ok(listed) => return Ok(listed),
                Err(error) => self.prepare_to_try_again(error, &mut tries).await?,
            }
        }
    }

    /// Reads the tree below a directory of this machine.
    pub(super) async fn read_local(
        &mut self,
        root: &Root,
        filter: &mut Filter<'_>,
        other: Other<'_>,
    ) -> Result<Folder> {
        let mut tree = Node::Folder(Folder::default());
        let mut todo = vec![Vec::new()];
        while let Some(path) = todo.pop() {
            self.session()?.checkpoint().await?;
            let mut takes = |entry: &Entry<'_>| takes(filter, &path, entry, other);
            match require_depth(&path).and_then(|()| read_folder(root, &path, &mut takes)) {
                Ok(folder) => {
                    let is_folder = |node: &Node| matches!(node, Node::Folder(_));
                    let inner = folder.entries.iter().filter(|(_, node)| is_folder(node));
                    let inner = inner.map(|(name, _)| below(&path, name));
                    todo.extend(inner.filter(|path| is_entered(path, other)));
                    tree.set(&path, Node::Folder(folder));
                }
                Err(error) if path.is_empty() => return Err(error),
                Err(error) => {
                    tree.set(&path, Node::Aside(Kind::Directory, Reason::Unlisted(Arc::new(error))));
                }
            }
        }
        let Node::Folder(mut tree) = tree else { return Ok(Folder::default()) };
        prune(filter, b"", &mut tree, other.map(|(other, _)| other));
        Ok(tree)
    }

    /// Asks the server for the times that its listings do not tell well enough, and notes them in its tree.
    pub(super) async fn settle_doubts(
        &mut self,
        root: &[u8],
        doubts: Vec<Vec<u8>>,
        tree: &mut Folder,
    ) -> Result<()> {
        let mut times = vec![None; doubts.len()];
        for (at, path) in doubts.iter().enumerate() {
            // The first one tells whether the server knows MDTM.
            if at == 1 {
                times = self.times_at_once(root, &doubts).await?;
            }
            let time = match times.get(at).copied().flatten() {
                Some(time) => Some(time),
                None => self.time_of(root, path).await?,
            };
            if let (Some(nanoseconds), Some(Node::File(facts))) = (time, tree.node_mut(path)) {
                facts.modified =
                    Some(Modified { nanoseconds, precision: Precision::Second, zone: Zone::Utc });
            }
        }
        Ok(())
    }

    async fn time_of(&mut self, root: &[u8], path: &[u8]) -> Result<Option<i64>> {
        let mut tries = self.tries();
        loop {
            let outcome = match self.session() {
                Ok(mut session) => session.time_below(root, path).await,
                Err(error) => Err(error),
            };
            match outcome {
                Ok(time) => return Ok(time),
                Err(error) => self.prepare_to_try_again(error, &mut tries).await?,
            }
        }
    }

    /// The times that can be told without a second look.
    async fn times_at_once(&mut self, root: &[u8], paths: &[Vec<u8>]) -> Result<Vec<Option<i64>>> {
        let mut session = self.session()?;
        if !session.knows_mdtm() {
            return Ok(Vec::new());
        }
        match session.times_below(root, paths).await {
            Ok(times) => Ok(times),
            Err(error) => {
                let mut tries = self.tries();
                self.prepare_to_try_again(error, &mut tries).await.map(|()| Vec::new())
            }
        }
    }

    /// None so far, of as many as the user allows.
    pub(super) fn tries(&self) -> Tries {
        Tries::new(self.settings.retries)
    }
}

/// Whether an entry takes part. What the other tree has takes part if it does there, whatever it is here.
fn takes(filter: &mut Filter<'_>, directory: &[u8], entry: &Entry<'_>, other: Other<'_>) -> bool {
    let there = other.and_then(|(other, _)| other.folder(directory)?.entries.get(&*entry.name));
    match there {
        Some(node) => !matches!(node, Node::Excluded),
        None => filter.takes(directory, entry),
    }
}

/// Whether it matters what is in a directory.
fn is_entered(path: &[u8], other: Other<'_>) -> bool {
    let Some((other, deletes)) = other else { return true };
    match other.node(path) {
        Some(node) => matches!(node, Node::Folder(_)),
        None => deletes,
    }
}

fn require_depth(path: &[u8]) -> Result<()> {
    if path.split(|&byte| byte == b'/').count() > MAX_DEPTH {
        return Err(Error::Limit(format!("it is more than {MAX_DEPTH} levels deep")));
    }
    Ok(())
}
