//! Trees of directories: all that is below one, and what a pattern matches.
//!
//! Names come from the server, which may be hostile. The session enters no directory whose name leads elsewhere, and none through a
//! link. What it holds is bounded.

mod glob;
mod remove;
mod walk;

use std::collections::HashSet;

use crate::client::metadata::entries::{ListRequest, OpenedList};
use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::protocol::codes::is_about_the_command;
use crate::protocol::entries::Entries;
use crate::protocol::listing::{Entry, Format, Kind};
pub use glob::{GlobRequest, Match};
pub use walk::{Answer, Visited, Visitor, WalkRequest};

/// A directory that was listed.
pub(crate) struct Directory {
    entries: Entries,
    links: Links,
}

/// Which names are links, although the listing shows them as what they lead to.
#[derive(Default)]
struct Links {
    names: HashSet<Vec<u8>>,
    /// Names that are no links, where the others may be: what tells of links was cut.
    others: Option<HashSet<Vec<u8>>>,
    /// The last name, if it may be cut.
    cut: Option<Vec<u8>>,
}

impl Links {
    /// What an entry is.
    fn kind_of(&self, entry: &Entry<'_>) -> Kind {
        let is_open = |others: &HashSet<Vec<u8>>| !others.contains(&*entry.name);
        if self.names.contains(&*entry.name) {
            Kind::Link
        } else if entry.kind == Kind::Directory && self.others.as_ref().is_some_and(is_open) {
            Kind::Unknown
        } else {
            entry.kind
        }
    }

    fn forget(&mut self, name: &[u8]) {
        self.names.remove(name);
        if let Some(others) = &mut self.others {
            others.remove(name);
        }
    }

    fn held(&self) -> usize {
        self.names.iter().chain(self.others.iter().flatten()).map(Vec::len).sum()
    }
}

impl Directory {
    pub(crate) fn next(&mut self) -> Option<Entry<'_>> {
        let mut entry = self.entries.next_entry()?;
        entry.kind = self.links.kind_of(&entry);
        Some(entry)
    }

    /// Whether the one entry is the path itself, which is something else.
    pub(crate) fn is_no_directory(&self) -> bool {
        self.entries.is_of_one_path()
    }

    /// [`Entries::cut_line`].
    pub(crate) fn cut_line(&self) -> Option<&[u8]> {
        self.entries.cut_line()
    }

    /// How much memory it takes, about.
    fn held(&self) -> usize {
        self.entries.held() + self.links.held()
    }
}

/// Whether what is below may be looked at.
fn may_enter(entry: &Entry<'_>) -> bool {
    entry.kind == Kind::Directory && !entry.is_unsafe_name()
}

impl Session<'_> {
    /// The path of an entry, as commands have to name it on this server. `None`: this system has no such path.
    pub(crate) fn path_of(&self, directory: &[u8], entry: &Entry<'_>) -> Option<Vec<u8>> {
        self.system().join(directory, &entry.name, entry.kind == Kind::Directory)
    }

    /// Lists a directory; the empty path is the working directory. `finds_links`: somebody is going to enter what is shown as a
    /// directory.
    pub(crate) async fn directory(
        &mut self,
        path: &[u8],
        hidden: bool,
        finds_links: bool,
    ) -> Result<Directory> {
        let wanted =
            ListRequest { path: (!path.is_empty()).then(|| path.to_vec()), hidden, ..ListRequest::default() };
        let OpenedList { entries, .. } = self.list_prepared(&wanted).await?;
        let mut directory = Directory { entries, links: Links::default() };
        if finds_links && self.may_hide_links(&mut directory.entries).await? {
            directory.links = self.links_in(&wanted).await?;
            self.forget_doubtful_link(&mut directory).await?;
        }
        Ok(directory)
    }

    /// Whether a listing may show a link as a directory. Some servers that know MLSD do, but not in LIST. A server that has shown a
    /// link as one in MLSD shows all of them.
    async fn may_hide_links(&mut self, entries: &mut Entries) -> Result<bool> {
        let mut shows_directory = false;
        while let Some(entry) = entries.next_entry() {
            if entry.format != Some(Format::Mlsd) {
                break;
            }
            shows_directory |= entry.kind == Kind::Directory;
            self.connection.known.login.learned.tells_links_by_mlsd |= entry.kind == Kind::Link;
            self.checkpoint().await?;
        }
        entries.rewind();
        Ok(shows_directory && !self.connection.known.login.learned.tells_links_by_mlsd)
    }

    /// The links that LIST shows. A server that does not know LIST is not asked again.
    async fn links_in(&mut self, wanted: &ListRequest) -> Result<Links> {
        let mut links = Links::default();
        let mut entries = match self.list_by_list(wanted).await {
            Ok(entries) => entries,
            Err(refusal) => {
                let refusal = self.go_on_after(refusal).await?;
                let is_about_list =
                    matches!(&refusal, Error::Reply { reply, .. } if is_about_the_command(reply));
                self.connection.known.login.learned.tells_links_by_mlsd |=
                    is_about_list || wanted.path.is_none();
                return Ok(links);
            }
        };
        links.others = entries.cut_line().map(|_| HashSet::new());
        while let Some(entry) = entries.next_entry() {
            if entry.is_cut {
                links.cut = Some(entry.name.to_vec());
            }
            if entry.kind == Kind::Link {
                links.names.insert(entry.name.into_owned());
            } else if let Some(others) = &mut links.others {
                others.insert(entry.name.into_owned());
            }
            self.checkpoint().await?;
        }
        Ok(links)
    }

    /// A cut name stands for none where others of the directory begin like it: it may be one of them.
    async fn forget_doubtful_link(&mut self, directory: &mut Directory) -> Result<()> {
        let Directory { entries, links } = directory;
        let Some(cut) = links.cut.take() else { return Ok(()) };
        while let Some(entry) = entries.next_entry() {
            if entry.name.len() > cut.len() && entry.name.starts_with(&cut) {
                links.forget(&cut);
            }
            self.checkpoint().await?;
        }
        entries.rewind();
        Ok(())
    }

    /// After a directory could not be listed: whether that is about this directory alone, so that others can be. The session is in
    /// step then.
    async fn passes_over(&mut self, error: Error) -> Result<Error> {
        if matches!(error, Error::NotFound(_) | Error::Unsupported(_)) {
            return Ok(error);
        }
        self.go_on_after(error).await
    }
}
