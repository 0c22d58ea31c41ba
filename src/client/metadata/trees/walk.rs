//! All that is below a directory.

use crate::client::metadata::listing;
use crate::client::metadata::trees::{Directory, may_enter};
use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::printable::printable;
use crate::protocol::glob::MAX_DEPTH;
use crate::protocol::kept::KeptEntry;
use crate::protocol::listing::{Entry, Kind};
use crate::protocol::system::System;

/// The most bytes of listings that are held at the same time, one for each level.
const MOST_HELD: usize = 256 * 1024 * 1024;

/// What is to be walked, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WalkRequest {
    /// `None` is the working directory.
    pub path: Option<Vec<u8>>,
    /// A directory comes after what is in it.
    pub children_first: bool,
    /// A directory that cannot be listed does not end the walk.
    pub passes_over: bool,
}

/// What a walk has come to.
pub struct Visited<'a> {
    /// From where the walk has begun.
    pub path: &'a [u8],
    /// What its directory tells about it.
    pub entry: &'a Entry<'a>,
    /// A command can name it by this path. Otherwise this server has no path for it.
    pub is_reached: bool,
    /// It is a directory that could not be listed, for this reason.
    pub unlisted: Option<&'a Error>,
}

/// What the caller wants next.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Go on.
    GoOn,
    /// Go on, but not into this directory.
    Skip,
    /// Stop, for this reason of the caller's.
    Stop(i64),
}

/// Is shown what a walk comes to.
pub type Visitor<'a> = &'a mut (dyn FnMut(&Visited<'_>) -> Answer + Send);

/// What is done at each step of a walk, perhaps with the session.
pub(super) trait Visit: Send {
    /// # Errors
    /// What ends the walk.
    fn visit(
        &mut self,
        session: &mut Session<'_>,
        visited: &Visited<'_>,
    ) -> impl Future<Output = Result<Answer>> + Send;

    /// Whether what is below may be looked at.
    fn may_enter(&self, entry: &Entry<'_>) -> bool {
        may_enter(entry)
    }

    /// Before a directory is entered that a command can name.
    ///
    /// # Errors
    /// What ends the walk.
    fn before_entering(
        &mut self,
        _session: &mut Session<'_>,
        _path: &[u8],
    ) -> impl Future<Output = Result<Found>> + Send {
        async { Ok(Found::Directory) }
    }
}

/// What somebody has found out about a directory before it is entered.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// It is to be entered.
    Directory,
    /// It is a link, which no listing has told.
    Link,
    /// It is gone.
    Nothing,
}

/// Only shows it to the caller.
struct Show<'a>(Visitor<'a>);

impl Visit for Show<'_> {
    async fn visit(&mut self, _: &mut Session<'_>, visited: &Visited<'_>) -> Result<Answer> {
        match (self.0)(visited) {
            Answer::Stop(value) => {
                Err(Error::Callback { what: format!("walking {}", printable(visited.path)), value })
            }
            answer => Ok(answer),
        }
    }
}

/// A directory that the walk is in.
struct Level {
    path: Vec<u8>,
    directory: Directory,
    /// The directory itself, if it is still to be shown.
    own: Option<KeptEntry>,
}

impl Session<'_> {
    /// Shows all that is below a directory.
    pub(crate) async fn walk(&mut self, wanted: &WalkRequest, visit: Visitor<'_>) -> Result<()> {
        self.require_sendable(&listing("LIST", wanted.path.as_deref())?).await?;
        self.prepare_system().await?;
        self.visit_tree(wanted, &mut Show(visit)).await
    }

    /// Visits all that is below a directory, in a call that has prepared the session.
    pub(super) async fn visit_tree(&mut self, wanted: &WalkRequest, visit: &mut impl Visit) -> Result<()> {
        let root = wanted.path.clone().unwrap_or_default();
        let directory = self.directory(&root, true, true).await?;
        let is_no_directory = directory.is_no_directory();
        let mut levels = vec![Level { path: root, directory, own: None }];
        while let Some(level) = levels.last_mut() {
            self.checkpoint().await?;
            let Some(mut entry) = level.directory.next() else {
                let Some(Level { path, own, .. }) = levels.pop() else { break };
                if let Some(own) = own {
                    let entry = &own.entry();
                    let visited = Visited { path: &path, entry, is_reached: true, unlisted: None };
                    visit.visit(self, &visited).await?;
                }
                continue;
            };
            let path =
                if is_no_directory { Some(level.path.clone()) } else { self.path_of(&level.path, &entry) };
            let is_reached = path.is_some();
            // What no command can name is shown as it would be on Unix.
            let path =
                path.or_else(|| System::Plain.join(&level.path, &entry.name, false)).unwrap_or_default();
            if visit.may_enter(&entry) && is_reached {
                match visit.before_entering(self, &path).await? {
                    Found::Directory => {}
                    Found::Link => entry.kind = Kind::Link,
                    Found::Nothing => continue,
                }
            }
            let enters = visit.may_enter(&entry);
            let comes_later = enters && wanted.children_first;
            if !comes_later {
                let visited = Visited { path: &path, entry: &entry, is_reached, unlisted: None };
                if visit.visit(self, &visited).await? == Answer::Skip {
                    continue;
                }
            }
            if !enters {
                continue;
            }
            let own = KeptEntry::of(&entry);
            if levels.len() > MAX_DEPTH {
                return Err(Error::Limit(format!("{}: more than {MAX_DEPTH} levels deep", printable(&path))));
            }
            let listed = if is_reached {
                self.directory(&path, true, true).await
            } else {
                Err(Error::Unsupported(format!("{}: this server has no path for it", printable(&path))))
            };
            match listed {
                Ok(directory) => {
                    let own = comes_later.then_some(own);
                    levels.push(Level { path, directory, own });
                    require_held(&levels)?;
                }
                Err(error) if wanted.passes_over => {
                    let reason = self.passes_over(error).await?;
                    let entry = &own.entry();
                    let visited = Visited { path: &path, entry, is_reached, unlisted: Some(&reason) };
                    visit.visit(self, &visited).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn require_held(levels: &[Level]) -> Result<()> {
    let held: usize = levels.iter().map(|level| level.directory.held()).sum();
    if held > MOST_HELD {
        return Err(Error::Limit(format!("the directories of the walk have more than {MOST_HELD} bytes")));
    }
    Ok(())
}
