//! Directories that are made with all that is above them.
//!
//! A refusal of MKD does not say whether something is there: servers use the same code for that and for all else. So the session finds
//! out, without listing anything: it may have no right to.

use std::borrow::Cow;
use std::mem;

use crate::client::metadata::named;
use crate::client::session::{Gone, Session};
use crate::client::verdict::completed;
use crate::error::{Error, Result};
use crate::printable::printable;
use crate::protocol::listing::Kind;
use crate::protocol::path::{parent, without_slashes};

/// What a path is.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Standing {
    Directory,
    /// It is there, and it is no directory.
    Other,
    /// Nothing, or nobody can tell.
    Unknown,
}

impl Session<'_> {
    /// Makes a directory, and those above it that are missing. One that is there already is as good.
    pub(crate) async fn makedirs(&mut self, path: &[u8]) -> Result<()> {
        self.require_sendable(&named("MKD", path)?).await?;
        let path = match without_slashes(path) {
            b"" => path,
            trimmed => trimmed,
        };
        // Most often only the last one is missing, or none. So the way goes up first.
        let mut missing = Vec::new();
        let mut step = path.to_vec();
        while let Some(refusal) = self.make(&step).await? {
            let Some(above) = self.system().above_to_make(&step).map(Cow::into_owned) else {
                return Err(refusal);
            };
            missing.push(mem::replace(&mut step, above));
        }
        missing.reverse();
        let commands = missing.iter().map(|path| self.about("MKD", path)).collect::<Result<Vec<_>>>()?;
        let outcomes = self.exchange_again_if_unclear(commands.clone()).await?;
        for ((path, command), exchanged) in missing.iter().zip(&commands).zip(outcomes) {
            let made = exchanged.outcome.and_then(|reply| completed(reply, &command.shown())).map(drop);
            if let Some(refusal) = self.is_there_after(path, made).await? {
                return Err(refusal);
            }
        }
        Ok(())
    }

    /// The directory that a path is in, if it may have to be made. What the server runs on is asked only where that matters.
    pub(crate) async fn directory_of(&mut self, path: &[u8]) -> Result<Option<Vec<u8>>> {
        if path.contains(&b'/') {
            return Ok(parent(path).map(<[u8]>::to_vec));
        }
        if !path.iter().any(|byte| b"[]'()$:\\".contains(byte)) {
            return Ok(None);
        }
        self.find_system().await?;
        let system = self.system();
        let directory = system.split(path).directory.map(Cow::into_owned);
        Ok(directory.filter(|directory| system.names_one_thing(directory)))
    }

    /// Makes one directory. The refusal, unless it is there then, whoever has made it.
    async fn make(&mut self, path: &[u8]) -> Result<Option<Error>> {
        let made = self.exchange_completed(&self.about("MKD", path)?).await;
        self.is_there_after(path, made.map(drop)).await
    }

    /// The refusal of MKD, unless the directory is there.
    async fn is_there_after(&mut self, path: &[u8], made: Result<()>) -> Result<Option<Error>> {
        match made {
            Ok(()) => Ok(None),
            Err(refusal) if refusal.is_refusal() => match self.standing(path).await? {
                Standing::Directory => Ok(None),
                Standing::Unknown => Ok(Some(refusal)),
                Standing::Other => {
                    let shown = printable(path);
                    Err(Error::Exists(format!("{shown}: it is there, and it is no directory")))
                }
            },
            Err(error) => Err(error),
        }
    }

    async fn standing(&mut self, path: &[u8]) -> Result<Standing> {
        let mut is_there = false;
        match self.entry_by_mlst(path).await {
            Ok(Some(mut entries)) => match entries.next_entry().map(|entry| entry.kind) {
                Some(Kind::Directory) => return Ok(Standing::Directory),
                Some(Kind::File | Kind::Other) => return Ok(Standing::Other),
                // It may lead to a directory.
                _ => is_there = true,
            },
            Ok(None) => {}
            Err(Error::NotFound(_)) => return Ok(Standing::Unknown),
            Err(error) => drop(self.go_on_after(error).await?),
        }
        self.find_system().await?;
        if self.system().takes_any_directory(path) {
            return self.standing_by_listing(path).await;
        }
        if let Gone::There = self.go_away_to(path).await? {
            self.come_back().await?;
            return Ok(Standing::Directory);
        }
        if is_there {
            return Ok(Standing::Other);
        }
        match self.size(&named("SIZE", &self.system().as_named(path))?).await {
            Ok(Some(_)) => Ok(Standing::Other),
            Ok(None) => Ok(Standing::Unknown),
            Err(error) => self.go_on_after(error).await.map(|_| Standing::Unknown),
        }
    }
    /// Where CWD leads anywhere, only the listing above tells.
    async fn standing_by_listing(&mut self, path: &[u8]) -> Result<Standing> {
        match self.shown_above(path).await {
            Ok(Some(shown)) if shown.kind == Kind::Directory => Ok(Standing::Directory),
            Ok(Some(_)) => Ok(Standing::Other),
            Ok(None) | Err(Error::NotFound(_)) => Ok(Standing::Unknown),
            Err(error) => self.go_on_after(error).await.map(|_| Standing::Unknown),
        }
    }
}
