//! A directory of the server, as a mirror sees it.

use crate::client::metadata::{listing, named};
use crate::client::mirror::local::node_of;
use crate::client::mirror::tree::{Facts, Folder, Node, Reason};
use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::protocol::listing::{Entry, Kind};
use crate::protocol::times::{nanoseconds_of, question, time_in};

/// A directory that was listed.
pub(crate) struct Listed {
    pub folder: Folder,
    /// The directories in it that take part: their names, and their paths for commands.
    pub directories: Vec<(Vec<u8>, Vec<u8>)>,
    /// How much memory the names take, about.
    pub held: usize,
}

impl Session<'_> {
    /// Lists a directory. `takes` says what takes part.
    pub(crate) async fn read_folder(
        &mut self,
        path: &[u8],
        takes: &mut (dyn FnMut(&Entry<'_>) -> bool + Send),
    ) -> Result<Listed> {
        self.require_sendable(&listing("LIST", Some(path))?).await?;
        self.prepare_system().await?;
        let mut directory = self.directory(path, true, true).await?;
        if directory.is_no_directory() {
            let path = String::from_utf8_lossy(path).replace(char::is_control, "?");
            return Err(Error::NotFound(format!("{path}: it is no directory")));
        }
        let mut listed = Listed { folder: Folder::default(), directories: Vec::new(), held: 0 };
        while let Some(entry) = directory.next() {
            listed.held += size_of::<Node>() + 2 * entry.name.len();
            if !entry.is_cut {
                self.take_entry(path, &entry, takes, &mut listed);
            }
            self.checkpoint().await?;
        }
        if let Some(line) = directory.cut_line() {
            listed.folder.oddities.push((line.to_vec(), Reason::Cut));
        }
        Ok(listed)
    }

    fn take_entry(
        &self,
        path: &[u8],
        entry: &Entry<'_>,
        takes: &mut (dyn FnMut(&Entry<'_>) -> bool + Send),
        listed: &mut Listed,
    ) {
        let Listed { folder, directories, .. } = listed;
        let name = &*entry.name;
        let is_left_out = entry.format.is_some() && !takes(entry);
        let oddity = match entry.format {
            None => Some(Reason::NotUnderstood),
            Some(_) if !is_left_out && entry.is_unsafe_name() => Some(Reason::Unsafe(entry.unsafe_because())),
            Some(_) => None,
        };
        if let Some(reason) = oddity {
            folder.oddities.push((name.to_vec(), reason));
            return;
        }
        let facts = Facts { size: entry.size, modified: entry.modified };
        let node = match self.path_of(path, entry) {
            _ if is_left_out => Node::Excluded,
            None => Node::Aside(entry.kind, Reason::NoPath),
            Some(inner) => {
                if entry.kind == Kind::Directory {
                    directories.push((name.to_vec(), inner));
                }
                node_of(entry.kind, facts)
            }
        };
        folder.add(name, entry.kind, node);
        if matches!(folder.entries.get(name), Some(Node::Aside(_, Reason::Twice))) {
            directories.retain(|(known, _)| known != name);
        }
    }

    /// The path on the server of what is below a directory there.
    pub(crate) fn path_below(&self, root: &[u8], path: &[u8], is_directory: bool) -> Result<Vec<u8>> {
        let system = self.system();
        let mut names = path.split(|&byte| byte == b'/').peekable();
        let mut whole = root.to_vec();
        while let Some(name) = names.next() {
            let is_last = names.peek().is_none();
            whole = system
                .join(&whole, name, is_directory || !is_last)
                .ok_or_else(|| Error::Unsupported(Reason::NoPath.text()))?;
        }
        Ok(whole)
    }

    /// [`Session::path_below`] of a file, as a command has to name it.
    pub(crate) fn file_below(&self, root: &[u8], path: &[u8]) -> Result<Vec<u8>> {
        let path = self.path_below(root, path, false)?;
        Ok(self.system().as_named(&path).into_owned())
    }

    /// When a file below a directory was changed; `None` where the server does not tell.
    pub(crate) async fn time_below(&mut self, root: &[u8], path: &[u8]) -> Result<Option<i64>> {
        let path = self.file_below(root, path)?;
        self.modified_if_told(&path).await
    }

    /// What MDTM tells of files below a directory, asked for together. `None`: it does not tell, and [`Session::time_below`] may.
    pub(crate) async fn times_below(&mut self, root: &[u8], paths: &[Vec<u8>]) -> Result<Vec<Option<i64>>> {
        let questions = paths.iter().map(|path| Ok(question(&self.file_below(root, path)?)?));
        let questions = questions.collect::<Result<Vec<_>>>()?;
        let told = self.history.last_reply.clone();
        let outcomes = self.exchange_again_if_unclear(questions).await?;
        self.history.last_reply = told;
        Ok(outcomes.into_iter().map(|told| time_in(&told.outcome.ok()?).and_then(nanoseconds_of)).collect())
    }

    /// Whether something is at a path below a directory, whatever name the listing has told for it.
    pub(crate) async fn has_below(&mut self, root: &[u8], path: &[u8], kind: Kind) -> Result<bool> {
        let path = self.path_below(root, path, kind == Kind::Directory)?;
        self.exists(&path).await
    }

    /// Makes a directory, or removes what is at a path. `is_repeated`: it was tried before, and nobody knows what came of it.
    pub(crate) async fn change_below(
        &mut self,
        root: &[u8],
        path: &[u8],
        change: Change,
        is_repeated: bool,
    ) -> Result<()> {
        let is_directory = change != Change::Delete;
        let path = self.path_below(root, path, is_directory)?;
        let verb = match change {
            Change::Make => return self.makedirs(&path).await,
            _ if is_repeated && !self.exists(&path).await? => return Ok(()),
            Change::RemoveDirectory => "RMD",
            Change::Delete => "DELE",
        };
        self.exchange_completed(&named(verb, &self.system().as_named(&path))?).await.map(drop)
    }
}

/// What is done in one step, and with one command.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Make,
    RemoveDirectory,
    Delete,
}
