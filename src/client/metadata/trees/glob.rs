//! What a pattern matches.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::client::metadata::listing;
use crate::client::metadata::trees::{Directory, may_enter};
use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::protocol::glob::{Search, Step};
use crate::protocol::kept::KeptEntry;
use crate::protocol::listing::{Entry, Kind};
use crate::protocol::system::System;

/// The most bytes of what was found, about.
const MOST_FOUND: usize = 256 * 1024 * 1024;

/// What is to be found, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GlobRequest {
    /// The pattern.
    pub pattern: Vec<u8>,
    /// Also names that begin with a dot.
    pub hidden: bool,
    /// A directory that cannot be listed does not end the search.
    pub passes_over: bool,
}

/// What a pattern matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The path, as the pattern has it.
    pub path: Vec<u8>,
    /// What its directory tells about it.
    pub entry: KeptEntry,
    /// It is a directory that could not be listed: what is in it may match.
    pub is_unlisted: bool,
}

/// What was found until now.
#[derive(Default)]
struct Matches {
    found: Vec<Match>,
    bytes: usize,
}

impl Matches {
    fn add(&mut self, path: Vec<u8>, entry: &Entry<'_>, is_unlisted: bool) -> Result<()> {
        self.bytes += size_of::<Match>() + path.len() + entry.name.len() + 2 * entry.raw.len();
        if self.bytes > MOST_FOUND {
            return Err(Error::Limit(format!("the pattern matches more than {MOST_FOUND} bytes of entries")));
        }
        self.found.push(Match { path, entry: KeptEntry::of(entry), is_unlisted });
        Ok(())
    }

    /// A directory whose own entry nobody has seen, or will see.
    fn add_unlisted(&mut self, path: Vec<u8>, system: System) -> Result<()> {
        let name = system.split(&path).name.into_owned();
        let entry = Entry { kind: Kind::Directory, raw: b"", ..Entry::not_understood(&name) };
        self.add(path, &entry, true)
    }
}

impl Session<'_> {
    /// Finds what a pattern matches, in the order of the bytes of the paths.
    pub(crate) async fn glob(&mut self, wanted: &GlobRequest) -> Result<Vec<Match>> {
        // A pattern that cannot be used is refused before anything is sent.
        let first = Search::new(&wanted.pattern, wanted.hidden, System::Plain)?.next_step()?;
        if let Some(Step::Look { path, .. } | Step::List { path, .. }) = first {
            self.require_sendable(&listing("LIST", Some(&path))?).await?;
        }
        self.prepare_system().await?;
        let mut search = Search::new(&wanted.pattern, wanted.hidden, self.system())?;
        let mut matches = Matches::default();
        while let Some(step) = search.next_step()? {
            self.checkpoint().await?;
            match step {
                Step::Look { path, path_of_directory, directories_only } => {
                    match self.stat_prepared(Some(&path)).await {
                        Ok(mut entries) => {
                            let entry = entries.next_entry();
                            let is_wanted =
                                |entry: &Entry<'_>| !directories_only || entry.kind == Kind::Directory;
                            if let Some(entry) = entry.filter(is_wanted) {
                                let is_directory = entry.kind == Kind::Directory;
                                let path = if is_directory { path_of_directory } else { path };
                                matches.add(path, &entry, false)?;
                            }
                        }
                        Err(Error::NotFound(_)) => {}
                        Err(error) if wanted.passes_over => {
                            self.passes_over(error).await?;
                            let directory = self.system().split(&path).directory.unwrap_or_default();
                            matches.add_unlisted(directory.into_owned(), self.system())?;
                        }
                        Err(error) => return Err(error),
                    }
                }
                Step::List { path, hidden, goes_deeper } => {
                    match self.directory(&path, hidden, goes_deeper).await {
                        Ok(directory) => {
                            search.runs_on(self.system());
                            self.consider(&mut search, directory, &mut matches).await?;
                        }
                        Err(Error::NotFound(_)) => {}
                        Err(error) if wanted.passes_over => {
                            self.passes_over(error).await?;
                            matches.add_unlisted(path, self.system())?;
                        }
                        Err(error) => return Err(error),
                    }
                }
            }
        }
        let mut found = in_order(matches.found);
        found.dedup_by(|again, first| {
            first.is_unlisted |= again.is_unlisted && again.path == first.path;
            again.path == first.path
        });
        Ok(found)
    }

    async fn consider(
        &mut self,
        search: &mut Search,
        mut directory: Directory,
        matches: &mut Matches,
    ) -> Result<()> {
        if directory.entries.is_of_one_path() {
            // Nothing is below what is no directory.
            return Ok(());
        }
        while let Some(entry) = directory.next() {
            let is_directory = entry.kind == Kind::Directory;
            // Of a line that is not understood nobody knows the name.
            if entry.format.is_some()
                && let Some(path) = search.consider(&entry.name, is_directory, may_enter(&entry))?
            {
                matches.add(path, &entry, false)?;
            }
            self.checkpoint().await?;
        }
        Ok(())
    }
}

/// In the order of their paths, and of their finding where these are the same. With a heap: `sort_by()` is five times as much code,
/// and nothing else needs it.
fn in_order(found: Vec<Match>) -> Vec<Match> {
    let numbered = found.into_iter().enumerate().map(|(number, found)| Numbered { found, number });
    let sorted = numbered.collect::<BinaryHeap<_>>().into_sorted_vec();
    sorted.into_iter().map(|numbered| numbered.found).collect()
}

struct Numbered {
    found: Match,
    number: usize,
}

impl Ord for Numbered {
    fn cmp(&self, other: &Numbered) -> Ordering {
        (&self.found.path, self.number).cmp(&(&other.found.path, other.number))
    }
}

impl PartialOrd for Numbered {
    fn partial_cmp(&self, other: &Numbered) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Numbered {
    fn eq(&self, other: &Numbered) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Numbered {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_counted_with_all_that_is_kept_of_it() {
        let mut matches = Matches::default();
        // A line that is not understood is kept twice: as the name, too.
        matches.add(b"abc".to_vec(), &Entry::not_understood(b"0123456789"), false).unwrap();
        assert_eq!(matches.bytes, size_of::<Match>() + 3 + 10 + 2 * 10);
    }

    #[test]
    fn a_directory_that_was_not_listed_has_a_name_and_no_line() {
        let mut matches = Matches::default();
        matches.add_unlisted(b"a/b".to_vec(), System::Plain).unwrap();
        let found = matches.found.pop().unwrap();
        let entry = found.entry.entry();
        assert_eq!((&*entry.name, entry.kind, entry.raw), (&b"b"[..], Kind::Directory, &b""[..]));
        assert!(found.is_unlisted);
    }
}
