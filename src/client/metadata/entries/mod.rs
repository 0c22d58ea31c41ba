//! Directories as entries: which command lists them, and what a path is where the listing does not tell.

mod features;
mod fetch;
mod find;
mod hidden;
mod offsets;
mod system;
mod told;

use crate::client::session::{Gone, Session};
use crate::client::transfer::TransferId;
use crate::error::{Error, Result};
use crate::printable::printable;
use crate::protocol::codes::{NOT_IMPLEMENTED, NOT_RECOGNIZED, is_about_the_command};
use crate::protocol::command::Command;
use crate::protocol::entries::Entries;
use crate::protocol::listing::{Format, Kind};
use crate::protocol::reply::Class;
use fetch::{Fetched, Way};
use find::{Found, is_about_nothing, is_of_going, names_the_path};
pub(in crate::client::metadata) use find::{entry_by_size, entry_told_by_mlst};
use told::may_be_about_the_path;
pub(in crate::client::metadata) use told::says_it_is_no_directory;

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
    /// The one entry is a directory of the same name. Some servers show a directory itself if they may not read it.
    SameDirectory,
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
                Shown::SameDirectory if way == Way::List => {
                    fetched = self.list_inside(path, wanted).await?.unwrap_or(fetched);
                }
                Shown::Link if way == Way::List => fetched = self.follow_link(path, wanted, fetched).await?,
                Shown::SameDirectory | Shown::Link => {}
                Shown::Nothing => match self.find(path, way).await {
                    Ok(Some(found)) if found.kind == Kind::Directory => {
                        self.require_empty(path, way, found).await?;
                    }
                    Ok(Some(found)) => return Ok(Some(Fetched::whole(found.into_entries(name)))),
                    Ok(None) => return Err(not_found(path)),
                    // Nothing contradicts the listing.
                    Err(error) => drop(self.go_on_after(error).await?),
                },
            }
        }
        if way != Way::Mlsd && !fetched.is_open {
            self.find_offsets(wanted.path.as_deref(), &mut fetched.entries).await?;
        }
        Ok(Some(fetched))
    }

    /// After a listing that the server has refused: the directory may be empty, or no directory, or not there.
    async fn explain(&mut self, way: Way, wanted: &ListRequest, refusal: Error) -> Result<Option<Fetched>> {
        let Error::Reply { what, reply } = &refusal else { return Err(refusal) };
        if !names_the_path(what) {
            return Err(refusal);
        }
        if way == Way::Mlsd && matches!(reply.code(), Some(NOT_RECOGNIZED | NOT_IMPLEMENTED)) {
            return Ok(None);
        }
        // A success that tells that nothing was read may be about a path that is not there.
        if !may_be_about_the_path(reply) && reply.class() != Some(Class::Completion) {
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
        if is_reached && is_about_nothing(&refusal) {
            return Ok(Some(Fetched::whole(Entries::empty())));
        }
        Err(refusal)
    }

    /// A server that lists a link as what it is lists the directory behind it from inside.
    async fn follow_link(&mut self, path: &[u8], wanted: &ListRequest, link: Fetched) -> Result<Fetched> {
        match self.list_inside(path, wanted).await {
            Ok(inside) => Ok(inside.unwrap_or(link)),
            Err(refusal) => match self.go_on_after(refusal).await? {
                // It leads to no directory.
                Error::Reply { what, .. } if is_of_going(&what) => Ok(link),
                refusal if is_about_nothing(&refusal) => Ok(Fetched::whole(Entries::empty())),
                refusal => Err(refusal),
            },
        }
    }

    /// Lists a directory from inside, as it was listed from outside. `None`: nobody would know the way back.
    async fn list_inside(&mut self, path: &[u8], wanted: &ListRequest) -> Result<Option<Fetched>> {
        let shows_hidden = wanted.hidden && self.connection.known.login.learned.knows_hidden == Some(true);
        let list = if shows_hidden { "LIST -a" } else { "LIST" };
        self.fetch_inside(path, &Command::new(list), wanted.streamed).await
    }

    /// A directory was listed without entries, and is there. Some servers list one so that they may not read. They refuse to go there,
    /// or refuse MLSD.
    ///
    /// # Errors
    /// The refusal.
    async fn require_empty(&mut self, path: &[u8], way: Way, mut found: Found) -> Result<()> {
        let is_closed = found.is_closed();
        if let Some(refusal) = found.refusal {
            return Err(refusal);
        }
        if is_closed || way == Way::Stat && self.prepare_mlst().await? {
            match self.go_away_to(path).await? {
                Gone::There => self.come_back().await?,
                Gone::Refused(refusal) => return Err(refusal),
                Gone::NoWayBack => {}
            }
        }
        let Some(mlsd) = self.mlsd_of(path, way).await? else { return Ok(()) };
        match self.receive_entries(&mlsd, Some(Format::Mlsd), false).await {
            // What it shows may be hidden from LIST.
            Ok(_) => Ok(()),
            Err(refusal) => match self.go_on_after(refusal).await? {
                Error::Reply { reply, .. } if is_about_the_command(&reply) => Ok(()),
                refusal => Err(refusal),
            },
        }
    }

    /// MLSD, if the server has it and the user has asked for LIST.
    async fn mlsd_of(&mut self, path: &[u8], way: Way) -> Result<Option<Command>> {
        if way != Way::List || self.way_to_list(&ListRequest::default()).await? != Way::Mlsd {
            return Ok(None);
        }
        super::listing("MLSD", Some(&self.system().as_named(path))).map(Some)
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
            name if name == last && entry.kind == Kind::Directory => Shown::SameDirectory,
            name if name == last => Shown::SameName,
            _ => Shown::Directory,
        };
    }
    entries.rewind();
    if count > 1 || shows_directory { Shown::Directory } else { shown }
}

/// It was found out that nothing is there.
fn not_found(path: &[u8]) -> Error {
    let shown = printable(path);
    Error::NotFound(format!("{shown}: there is no such file or directory"))
}
