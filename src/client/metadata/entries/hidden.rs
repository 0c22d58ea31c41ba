//! The names that servers hide: LIST -a, where a server knows what that is.

use std::collections::HashSet;

use crate::client::metadata::entries::ListRequest;
use crate::client::metadata::entries::fetch::Fetched;
use crate::client::session::Session;
use crate::error::Result;
use crate::protocol::entries::Entries;

impl Session<'_> {
    /// LIST -a. Some servers take the option for a name or a pattern. So once in a login the answer must show that it is more than
    /// the usual one: by a name that is hidden, or in comparison.
    pub(super) async fn list_hidden(&mut self, wanted: &ListRequest) -> Result<Fetched> {
        if !self.system().knows_options() {
            return self.fetch_by_list(wanted, "LIST").await;
        }
        match self.connection.known.login.learned.knows_hidden {
            Some(true) => return self.list_with_option(wanted).await,
            Some(false) => return self.fetch_by_list(wanted, "LIST").await,
            None => {}
        }
        match self.fetch_by_list(wanted, "LIST -a").await {
            Ok(mut all) => {
                if all.entries.shows_directory() || shows_hidden(&mut all.entries) {
                    self.connection.known.login.learned.knows_hidden = Some(true);
                    return Ok(all);
                }
                self.compare_with_usual(wanted, all).await
            }
            Err(refusal) => {
                self.go_on_after(refusal).await?;
                let usual = self.fetch_by_list(wanted, "LIST").await?;
                self.connection.known.login.learned.knows_hidden = Some(false);
                Ok(usual)
            }
        }
    }

    /// After LIST -a has proved to work. Some servers know the option only without a path: with one they find nothing.
    async fn list_with_option(&mut self, wanted: &ListRequest) -> Result<Fetched> {
        match self.fetch_by_list(wanted, "LIST -a").await {
            Ok(mut all) => {
                let shows_anything =
                    all.is_open || all.entries.shows_directory() || all.entries.next_entry().is_some();
                all.entries.rewind();
                if shows_anything || wanted.path.is_none() {
                    return Ok(all);
                }
            }
            Err(refusal) if wanted.path.is_some() => drop(self.go_on_after(refusal).await?),
            Err(refusal) => return Err(refusal),
        }
        let mut usual = self.fetch_by_list(wanted, "LIST").await?;
        if usual.entries.next_entry().is_some() {
            self.connection.known.login.learned.knows_hidden = Some(false);
        }
        usual.entries.rewind();
        Ok(usual)
    }

    /// The listing with the option, if it has all that the usual one has; otherwise the usual one.
    async fn compare_with_usual(&mut self, wanted: &ListRequest, mut all: Fetched) -> Result<Fetched> {
        if all.is_open {
            // Too long to compare. Nothing in it is hidden, and it may not be all: the usual one is.
            self.settle().await?;
            return self.fetch_by_list(wanted, "LIST").await;
        }
        let mut usual = self.fetch_by_list(wanted, "LIST").await?;
        let (names, names_of_all) = (names(&mut usual.entries), names(&mut all.entries));
        if names.is_empty() {
            // Nobody can tell yet.
            return Ok(if names_of_all.is_empty() { usual } else { all });
        }
        let is_superset = names.is_subset(&names_of_all);
        self.connection.known.login.learned.knows_hidden = Some(is_superset);
        Ok(if is_superset { all } else { usual })
    }
}

/// Whether a name is there that servers hide.
fn shows_hidden(entries: &mut Entries) -> bool {
    let mut shows = false;
    while let Some(entry) = entries.next_entry() {
        if entry.format.is_some() && entry.name.starts_with(b".") {
            shows = true;
            break;
        }
    }
    entries.rewind();
    shows
}

fn names(entries: &mut Entries) -> HashSet<Vec<u8>> {
    let mut names = HashSet::new();
    while let Some(entry) = entries.next_entry() {
        names.insert(entry.name.into_owned());
    }
    entries.rewind();
    names
}
