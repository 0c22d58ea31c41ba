//! Directories as entries: which command lists them, and what a path is where the listing does not tell.

mod features;
mod fetch;
mod find;
mod hidden;
mod offsets;
mod system;
mod told;

use crate::client::session::Session;
use crate::client::transfer::TransferId;
use crate::error::{Error, Result};
use crate::protocol::codes::{NOT_IMPLEMENTED, NOT_RECOGNIZED, is_about_the_command};
use crate::protocol::command::Command;
use crate::protocol::entries::Entries;
use crate::protocol::listing::Kind;
use fetch::{Fetched, Way};
pub(in crate::client::metadata) use find::{entry_by_size, entry_told_by_mlst};
pub(in crate::client::metadata) use told::says_it_is_no_directory;
use told::{may_be_about_the_path, says_that_nothing_is_there};

/// What is to be listed, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListRequest {
    /// `None` is the working directory.
    pub path: Option<Vec<u8>>,
    /// With the names that servers hide.
    pub hidden: bool,
    /// In the words of the server (LIST), also where it has MLSD.
    pub by_list: bool,
    /// Over the control connection (STAT).
    pub by_stat: bool,
    /// The entries are read while the transfer runs.
    pub streamed: bool,
}

/// A listing that was begun.
pub struct OpenedList {
    /// The entries of the text that has come.
    pub entries: Entries,
    /// What reads the rest of it. `None`: all of it has come.
    pub rest: Option<TransferId>,
}

/// What a listing shows of the path that was listed.
enum Shown {
    Directory,
    /// The one entry is the path itself.
    Itself,
    /// The one entry has the same name: perhaps it is the path itself, and perhaps it is in a directory of that name.
    SameName,
    /// The one entry is a link of the same name: perhaps the path itself, and not what it leads to.
    Link,
    /// Nothing.
    Nothing,
}

impl Session<'_> {
    /// Lists a directory.
    pub(crate) async fn list(&mut self, wanted: &ListRequest) -> Result<OpenedList> {
        self.require_sendable(&super::listing("LIST", wanted.path.as_deref())?).await?;
        self.prepare_system().await?;
        self.list_prepared(wanted).await
    }

    /// [`Session::list`] in a call that has prepared the session already: what paths mean must not change in the middle of it.
    pub(crate) async fn list_prepared(&mut self, wanted: &ListRequest) -> Result<OpenedList> {
        self.require_sendable(&super::listing("LIST", wanted.path.as_deref())?).await?;
        let mut way = self.way_to_list(wanted).await?;
        loop {
            let outcome = self.fetch(way, wanted).await;
            let told = self.history.last_reply.clone();
            if let Some(Fetched { mut entries, is_open }) = self.judge(way, wanted, outcome).await? {
                self.learn_system_of(entries.format());
                // And not what the library asked for by itself.
                self.history.last_reply = told;
                let rest = is_open.then(|| self.leave_listing_to_the_user());
                return Ok(OpenedList { entries, rest });
            }
            self.connection.known.login.learned.mlsd_is_broken = true;
            self.prepare_system().await?;
            way = Way::List;
        }
    }

    /// Lists a directory by LIST, whatever else the server has. Nothing is found out if that fails or shows nothing.
    pub(crate) async fn list_by_list(&mut self, wanted: &ListRequest) -> Result<Entries> {
        Ok(self.fetch(Way::List, wanted).await?.entries)
    }

    /// The next piece of the text of a listing that is streamed. `None` is its end.
    pub(crate) async fn more_of_list(&mut self, id: TransferId) -> Result<Option<Vec<u8>>> {
        let more = self.more_of_open_listing(id).await?;
        if more.is_none() {
            self.come_back().await?;
        }
        Ok(more)
    }

    /// What a listing has come to. `None`: MLSD is of no use on this server.
    async fn judge(
        &mut self,
        way: Way,
        wanted: &ListRequest,
        outcome: Result<Fetched>,
    ) -> Result<Option<Fetched>> {
        let mut fetched = match outcome {
            Ok(fetched) => fetched,
            Err(refusal) => {
                let refusal = self.go_on_after(refusal).await?;
                return self.explain(way, wanted, refusal).await;
            }
        };
        if way == Way::Mlsd && fetched.entries.breaks_mlsd() {
            // What is still to come of it is of no use.
            if fetched.is_open && !self.is_settled().await {
                return Err(Error::Protocol("MLSD was answered by what is no listing of that kind".into()));
            }
            return Ok(None);
        }
        if fetched.is_open {
            return Ok(Some(fetched));
        }
        if let Some(path) = wanted.path.as_deref() {
            let name = &self.system().split(path).name;
            match shown(&mut fetched.entries, path, name) {
                Shown::Directory => {}
                Shown::Itself => fetched.entries.set_only_name(name),
                Shown::SameName => match self.find(path, way).await {
                    Ok(Some(found)) if matches!(found.kind, Kind::File | Kind::Other) => {
                        fetched.entries.set_only_name(name);
                    }
                    Ok(_) => {}
                    Err(error) => drop(self.go_on_after(error).await?),
                },
                Shown::Link if way == Way::List => fetched = self.follow_link(wanted, fetched).await?,
                Shown::Link => {}
                Shown::Nothing => match self.find(path, way).await {
                    Ok(Some(found)) if found.kind == Kind::Directory => {}
                    Ok(Some(found)) => return Ok(Some(Fetched::whole(found.into_entries(name)))),
                    Ok(None) => return Err(not_found(path)),
                    // Nothing contradicts the listing.
                    Err(error) => drop(self.go_on_after(error).await?),
                },
            }
        }
        if way != Way::Mlsd {
            self.find_offsets(wanted.path.as_deref(), &mut fetched.entries).await?;
        }
        Ok(Some(fetched))
    }

    /// After a listing that the server has refused: the directory may be empty, or no directory, or not there.
    async fn explain(&mut self, way: Way, wanted: &ListRequest, refusal: Error) -> Result<Option<Fetched>> {
        let Error::Reply { reply, .. } = &refusal else { return Err(refusal) };
        if way == Way::Mlsd && matches!(reply.code(), Some(NOT_RECOGNIZED | NOT_IMPLEMENTED)) {
            return Ok(None);
        }
        if !may_be_about_the_path(reply) {
            return Err(refusal);
        }
        let mut is_reached = true;
        if let Some(path) = wanted.path.as_deref() {
            match self.find(path, way).await {
                Ok(Some(found)) if found.kind == Kind::Directory => is_reached = found.is_reached,
                Ok(Some(found)) => {
                    return Ok(Some(Fetched::whole(found.into_entries(&self.system().split(path).name))));
                }
                Ok(None) => return Err(not_found(path)),
                Err(error) => {
                    self.go_on_after(error).await?;
                    return Err(refusal);
                }
            }
        }
        if way == Way::Mlsd && is_about_the_command(reply) {
            return Ok(None);
        }
        // The directory is there, so these words are about what is in it. But some servers do not find by its path what they list.
        if is_reached && says_that_nothing_is_there(reply) {
            return Ok(Some(Fetched::whole(Entries::empty())));
        }
        Err(refusal)
    }

    /// A server that lists a link as what it is lists the directory behind it from inside.
    async fn follow_link(&mut self, wanted: &ListRequest, link: Fetched) -> Result<Fetched> {
        let Some(path) = wanted.path.as_deref() else { return Ok(link) };
        match self.fetch_inside(path, &Command::new("LIST"), wanted.streamed).await {
            Ok(inside) => Ok(inside.unwrap_or(link)),
            // It leads to no directory.
            Err(refusal) => self.go_on_after(refusal).await.map(|_| link),
        }
    }
}

/// What a listing that came as a whole shows of its path, whose last part is `last`.
fn shown(entries: &mut Entries, path: &[u8], last: &[u8]) -> Shown {
    let shows_directory = entries.shows_directory();
    let mut count = 0;
    let mut shown = Shown::Nothing;
    while count < 2 {
        let Some(entry) = entries.next_entry() else { break };
        if entry.format.is_none() {
            continue;
        }
        count += 1;
        shown = match &*entry.name {
            name if entry.kind == Kind::Link && (name == path || name == last) => Shown::Link,
            name if name == path && name.contains(&b'/') => Shown::Itself,
            name if name == last && entry.kind != Kind::Directory => Shown::SameName,
            _ => Shown::Directory,
        };
    }
    entries.rewind();
    if count > 1 || shows_directory { Shown::Directory } else { shown }
}

/// It was found out that nothing is there.
fn not_found(path: &[u8]) -> Error {
    let shown = String::from_utf8_lossy(path).replace(char::is_control, "?");
    Error::NotFound(format!("{shown}: there is no such file or directory"))
}
