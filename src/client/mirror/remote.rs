//! A directory of the server, as a mirror sees it.

use crate::client::metadata::listing;
use crate::client::mirror::local::node_of;
use crate::client::mirror::tree::{Facts, Folder, Node, Reason};
use crate::client::session::{Answer, Answers, Session, Step};
use crate::client::verdict::completed;
use crate::error::{Error, Result};
use crate::printable::printable;
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
    /// Lists a directory. `takes` says what takes part. `must_be_proven`: it is not empty by the word of the server alone.
    pub(crate) async fn read_folder(
        &mut self,
        path: &[u8],
        must_be_proven: bool,
        takes: &mut (dyn FnMut(&Entry<'_>) -> bool + Send),
    ) -> Result<Listed> {
        self.require_sendable(&listing("LIST", Some(path))?).await?;
        self.prepare_system().await?;
        let mut directory = self.directory(path, true, true).await?;
        if directory.is_no_directory() {
            let path = printable(path);
            return Err(Error::NotFound(format!("{path}: it is no directory")));
        }
        if must_be_proven && self.connection.transfer.is_without_data {
            let path = printable(path);
            let text =
                format!("{path}: its listing was confirmed without a data connection: it may not be empty");
            return Err(Error::Integrity(text));
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
        let whole = self.path_below(root, path, change != Change::Delete)?;
        if change == Change::Make {
            return self.makedirs(&whole).await;
        }
        if is_repeated && !self.exists(&whole).await? {
            return Ok(());
        }
        self.exchange_completed(&self.about(change.verb(), &whole)?).await.map(drop)
    }

    /// Sends many changes together. What is known of each, in their order: it is for the caller to do those that are not done.
    pub(crate) async fn change_all_below(&mut self, root: &[u8], changes: &[(&[u8], Change)]) -> Vec<Fate> {
        let command = |&(path, change): &(&[u8], Change)| {
            let path = self.path_below(root, path, change != Change::Delete)?;
            self.about(change.verb(), &path)
        };
        // One that cannot be named is refused by itself.
        let commands = changes.iter().map_while(|change| command(change).ok());
        let steps: Vec<_> = commands.map(Step::new).collect();
        let fates = steps.iter().map(|_| Fate::Open).collect();
        let mut fates = Fates { steps: &steps, changes, fates };
        let outcome = self.exchange_all(&steps, &mut fates).await.map(drop);
        let mut fates = fates.fates;
        if let Err(error) = outcome
            && let Some(first) = fates.iter_mut().find(|fate| !matches!(fate, Fate::Done))
        {
            *first = Fate::Failed(error);
        }
        fates
    }
}

/// What is done in one step, and with one command.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Make,
    RemoveDirectory,
    Delete,
}

impl Change {
    fn verb(self) -> &'static str {
        match self {
            Change::Make => "MKD",
            Change::RemoveDirectory => "RMD",
            Change::Delete => "DELE",
        }
    }
}

/// What came of a change that was sent with others.
pub(crate) enum Fate {
    /// It was not sent, or its refusal says nothing: it is to be done by itself.
    Open,
    /// It was sent, and nobody knows what came of it.
    Unclear,
    /// This came of it.
    Failed(Error),
    Done,
}

struct Fates<'a> {
    steps: &'a [Step],
    changes: &'a [(&'a [u8], Change)],
    fates: Vec<Fate>,
}

impl Answers for Fates<'_> {
    fn sent(&mut self, step: usize) {
        self.set(step, Fate::Unclear);
    }

    fn came(&mut self, step: usize, answer: Answer) {
        let (Some(sent), Some((_, change))) = (self.steps.get(step), self.changes.get(step)) else { return };
        let fate = match answer {
            Answer::Replied { reply, .. } => match completed(reply, &sent.command.shown()) {
                Ok(_) => Fate::Done,
                Err(error) if *change == Change::Delete => Fate::Failed(error),
                // A directory that is there already, or that was not empty then.
                Err(_) => Fate::Open,
            },
            Answer::Unclear => Fate::Unclear,
            Answer::Failed(_) => Fate::Open,
        };
        self.set(step, fate);
    }
}

impl Fates<'_> {
    fn set(&mut self, step: usize, fate: Fate) {
        if let Some(known) = self.fates.get_mut(step) {
            *known = fate;
        }
    }
}
