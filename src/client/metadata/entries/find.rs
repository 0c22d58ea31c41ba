//! What a path is: found out, and not guessed.
//!
//! MLST tells it in one step. Without MLST the session tries to go there (a directory), asks for a size (a file), and looks for the
//! name in the listing of the directory that it is in. A refusal proves nothing by itself: SIZE is refused for directories, CWD for
//! what the user may not enter, LIST for reasons of its own. Nothing is there if a listing does not show it, or if the directory above
//! it is not there. Else the question stays open, and that is an error: what is "not there" may be overwritten.

use std::borrow::Cow;

use crate::client::metadata::entries::ListRequest;
use crate::client::metadata::entries::fetch::{Way, is_misread, no_memory};
use crate::client::metadata::entries::told::{is_denial, may_be_about_the_path, says_that_nothing_is_there};
use crate::client::metadata::{CUT, listing, named};
use crate::client::session::{Gone, Session};
use crate::error::{Error, Result};
use crate::printable::printable;
use crate::protocol::codes::is_about_the_command;
use crate::protocol::command::Command;
use crate::protocol::entries::{Entries, lets_nobody_in};
use crate::protocol::listing::{Kind, Now};
use crate::protocol::mlst::line_in;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::size::parse_213;
use crate::protocol::system::Parts;
use crate::protocol::times::{nanoseconds_of, time_in};

/// The facts of a directory of which no more is known.
const DIRECTORY: &[u8] = b"type=dir; x";

/// Something that is there, and the one entry that tells of it.
pub(crate) struct Found {
    pub kind: Kind,
    /// The server has answered for it by this path. Otherwise only the listing of another directory tells of it.
    pub is_reached: bool,
    /// The server has refused to go there.
    pub refusal: Option<Error>,
    entries: Entries,
}

/// What MLST tells.
enum Told {
    Found(Box<Found>),
    NotThere,
    /// The server cannot tell by MLST.
    Nothing,
}

impl Found {
    /// `None`: these are no facts.
    fn by_facts(line: &[u8]) -> Option<Found> {
        // They tell years.
        Found::new(Entries::of_mlst(line.to_vec(), Now { seconds: 0, offset: None }))
    }

    fn new(mut entries: Entries) -> Option<Found> {
        let kind = entries.next_entry().filter(|entry| entry.format.is_some())?.kind;
        entries.rewind();
        Some(Found { kind, is_reached: true, refusal: None, entries })
    }

    /// Whether its permissions tell that it may not be entered or listed. Some servers list nothing then.
    pub(super) fn is_closed(&mut self) -> bool {
        let is_closed = self.entries.next_entry().and_then(|entry| entry.perm).is_some_and(lets_nobody_in);
        self.entries.rewind();
        is_closed
    }

    /// One entry of this name.
    pub(crate) fn into_entries(mut self, name: &[u8]) -> Entries {
        self.entries.set_only_name(name);
        self.entries
    }
}

impl Session<'_> {
    /// What a path is. `None`: nothing is there.
    ///
    /// # Errors
    /// A refusal that leaves it open.
    pub(super) async fn find(&mut self, path: &[u8], way: Way) -> Result<Option<Found>> {
        match self.ask_mlst(Some(path)).await? {
            Told::Found(found) => Ok(Some(*found)),
            Told::NotThere => Ok(None),
            Told::Nothing if self.system().has_only_directories_that_are_there(path) => {
                self.find_by_steps(path, way).await
            }
            Told::Nothing => self.find_by_listings(path, way).await,
        }
    }

    /// The entry of a path; `None` is the working directory.
    pub(crate) async fn stat(&mut self, path: Option<&[u8]>) -> Result<Entries> {
        if let Some(path) = path {
            self.require_sendable(&named("MLST", path)?).await?;
        }
        self.prepare_system().await?;
        self.stat_prepared(path).await
    }

    /// [`Session::stat`] in a call that has prepared the session already.
    pub(crate) async fn stat_prepared(&mut self, path: Option<&[u8]>) -> Result<Entries> {
        let Some(path) = path else { return self.stat_working_directory().await };
        self.require_sendable(&named("MLST", path)?).await?;
        let way = self.way_to_list(&ListRequest::default()).await?;
        match self.find(path, way).await? {
            Some(found) => Ok(found.into_entries(&self.system().split(path).name)),
            None => Err(super::not_found(path)),
        }
    }

    /// Whether a path is there.
    pub(crate) async fn exists(&mut self, path: &[u8]) -> Result<bool> {
        self.require_sendable(&named("MLST", path)?).await?;
        self.prepare_system().await?;
        let way = self.way_to_list(&ListRequest::default()).await?;
        Ok(self.find(path, way).await?.is_some())
    }

    async fn stat_working_directory(&mut self) -> Result<Entries> {
        let found = match self.ask_mlst(None).await? {
            Told::Found(found) => *found,
            Told::NotThere => return Err(super::not_found(b".")),
            // It is where the session is.
            Told::Nothing => {
                self.exchange_completed(&Command::new("PWD")).await?;
                let Some(found) = Found::by_facts(DIRECTORY) else { return Err(super::not_found(b".")) };
                found
            }
        };
        Ok(found.into_entries(b"."))
    }

    /// What MLST tells of a path, as one entry. `None`: the server cannot tell by MLST.
    ///
    /// # Errors
    /// [`Error::NotFound`] when nothing is there; the refusal when that remains open.
    pub(in crate::client::metadata) async fn entry_by_mlst(
        &mut self,
        path: &[u8],
    ) -> Result<Option<Entries>> {
        match self.ask_mlst(Some(path)).await? {
            Told::Found(found) => Ok(Some(found.into_entries(&self.system().split(path).name))),
            Told::NotThere => Err(super::not_found(path)),
            Told::Nothing => Ok(None),
        }
    }

    async fn ask_mlst(&mut self, path: Option<&[u8]>) -> Result<Told> {
        if !self.prepare_mlst().await? {
            return Ok(Told::Nothing);
        }
        let mlst = path.map_or_else(|| Ok(Command::new("MLST")), |path| self.about("MLST", path))?;
        let outcome = self.exchange(&mlst).await;
        let is_about_mlst = match &outcome {
            Ok(_) => true,
            Err(Error::Reply { reply, .. }) => path.is_none() || !may_be_about_the_path(reply),
            Err(_) => false,
        };
        let told = told_in(outcome)?;
        self.connection.known.login.learned.mlst_is_broken |= is_about_mlst && matches!(told, Told::Nothing);
        Ok(told)
    }

    /// Whether the server has MLST. Its facts are chosen then.
    pub(in crate::client::metadata) async fn prepare_mlst(&mut self) -> Result<bool> {
        let is_known =
            self.features().await?.has("MLST") && !self.connection.known.login.learned.mlst_is_broken;
        if is_known {
            self.choose_facts().await?;
        }
        Ok(is_known)
    }

    async fn find_by_steps(&mut self, path: &[u8], way: Way) -> Result<Option<Found>> {
        let (mut refusal, mut denial) = (None, None);
        match self.go_away_to(path).await? {
            Gone::There => {
                self.come_back().await?;
                let line = self.with_time(path, b"type=dir;".to_vec()).await?;
                return Ok(Found::by_facts(&line));
            }
            Gone::Refused(error) => refusal = Some(error),
            Gone::NoWayBack => {}
        }
        match self.size(&self.about("SIZE", path)?).await {
            Ok(Some(size)) => {
                let line = self.with_time(path, format!("type=file;size={size};").into_bytes()).await?;
                return Ok(Found::by_facts(&line));
            }
            Ok(None) => {}
            Err(error) if !error.is_refusal() => return Err(error),
            Err(error) if proves_nothing(&error) => denial = Some(error),
            Err(_) => {}
        }
        let found = self.find_in_parent(path, way).await;
        if let Ok(Some(found)) = found {
            return Ok(Some(Found { refusal, ..found }));
        }
        let denial = refusal.filter(proves_nothing).or(denial);
        match found {
            Ok(_) => denial.map_or(Ok(None), Err),
            Err(error) => {
                let error = self.go_on_after(error).await?;
                // A file has a time even where nothing lists it, and SIZE is not known.
                if denial.is_none()
                    && let Some(time) = self.ask_mdtm(path).await?
                {
                    return Ok(Found::by_facts(&[b"type=file;modify=", &time[..], b"; x"].concat()));
                }
                // A directory that is not there has nothing in it.
                let directory = self.system().split(path).directory;
                if !is_about_nothing(&error) && self.may_be_entered(directory.as_deref()).await? {
                    Err(denial.unwrap_or(error))
                } else {
                    denial.map_or(Ok(None), Err)
                }
            }
        }
    }

    /// Where CWD leads anywhere, only names prove something: that of the path, or one below it.
    async fn find_by_listings(&mut self, path: &[u8], way: Way) -> Result<Option<Found>> {
        match self.find_in_parent(path, way).await {
            Ok(None) => {}
            Err(error) if error.is_refusal() => drop(self.go_on_after(error).await?),
            // The session can go there, so it has an answer for the path.
            outcome => return Ok(outcome?.map(|found| Found { is_reached: true, ..found })),
        }
        match self.fetch_inside(path, &Command::new("LIST"), false).await {
            Ok(inside) => {
                let mut entries = inside.map_or_else(Entries::empty, |inside| inside.entries);
                Ok(entries.next_entry().and_then(|_| Found::by_facts(DIRECTORY)))
            }
            Err(error) => {
                let error = self.go_on_after(error).await?;
                if proves_nothing(&error) || is_about_the_way(&error) { Err(error) } else { Ok(None) }
            }
        }
    }

    /// A command about a path, as the server's system names it.
    pub(crate) fn about(&self, verb: &'static str, path: &[u8]) -> Result<Command> {
        named(verb, &self.system().as_named(path))
    }

    /// Whether the session can go to a directory, or could for all that is known.
    async fn may_be_entered(&mut self, directory: Option<&[u8]>) -> Result<bool> {
        let Some(directory) = directory else { return Ok(true) };
        match self.go_away_to(directory).await? {
            Gone::There => self.come_back().await.map(|()| true),
            Gone::Refused(error) => Ok(proves_nothing(&error)),
            Gone::NoWayBack => Ok(true),
        }
    }

    /// Facts, and when the path was changed, if MDTM tells that.
    async fn with_time(&mut self, path: &[u8], mut facts: Vec<u8>) -> Result<Vec<u8>> {
        if let Some(time) = self.ask_mdtm(path).await? {
            facts.extend_from_slice(b"modify=");
            facts.extend_from_slice(&time);
            facts.push(b';');
        }
        facts.extend_from_slice(b" x");
        Ok(facts)
    }

    /// MDTM for a path. `None`: servers that set times by MDTM would take such a name for a time.
    pub(in crate::client::metadata) fn question_of_time(&self, path: &[u8]) -> Result<Option<Command>> {
        if path.iter().take_while(|byte| byte.is_ascii_digit()).count() >= 8 {
            return Ok(None);
        }
        self.about("MDTM", path).map(Some)
    }

    async fn find_in_parent(&mut self, path: &[u8], way: Way) -> Result<Option<Found>> {
        let system = self.system();
        let Parts { directory, name } = system.split(path);
        let wanted = ListRequest {
            path: directory.map(Cow::into_owned),
            hidden: name.starts_with(b"."),
            ..ListRequest::default()
        };
        let (now, offsets) = (self.now_there(), self.connection.known.login.learned.offsets);
        let mut entries = self.fetch(way, &wanted).await?.entries;
        let mut is_beginning = false;
        while let Some(entry) = entries.next_entry() {
            is_beginning |= entry.format.is_some() && system.is_beginning_of(path, &entry);
            match entry.format {
                // It may be this one, or another one that begins like it.
                Some(_) if entry.is_cut && name.starts_with(&entry.name) => break,
                Some(format) if system.is_told_by(path, &entry) => {
                    let mut found = Entries::of(entry.raw.to_vec(), Some(format), now).map_err(no_memory)?;
                    found.set_offsets(offsets);
                    return Ok(Found::new(found).map(|found| Found { is_reached: false, ..found }));
                }
                None if entry.raw.ends_with(&name) => {
                    let shown = printable(entry.raw);
                    return Err(Error::Unsupported(format!(
                        "the listing tells of it in an unknown form: {shown}"
                    )));
                }
                _ => {}
            }
        }
        if is_beginning {
            return Ok(Found::by_facts(DIRECTORY));
        }
        // What is behind a last line without an end is missing, unless the server never ends it.
        if entries.cut_line().is_some() { self.find_by_itself(path).await } else { Ok(None) }
    }

    /// What LIST shows of a path by itself, where the listing of the directory above may not be all. Only these words of the server
    /// prove that nothing is there: that it has found nothing, or no line.
    async fn find_by_itself(&mut self, path: &[u8]) -> Result<Option<Found>> {
        let system = self.system();
        let left_open = || {
            let shown = printable(path);
            Error::Unsupported(format!("{shown}: {CUT}"))
        };
        if is_misread(path) || !system.lists_by_path(path) {
            return Err(left_open());
        }
        let listing = listing("LIST", Some(&system.as_named(path)))?;
        let mut entries = match self.receive_entries(&listing, None, false).await {
            Ok(fetched) => fetched.entries,
            Err(refusal) => {
                let refusal = self.go_on_after(refusal).await?;
                return if is_about_nothing(&refusal) { Ok(None) } else { Err(left_open()) };
            }
        };
        let Some(entry) = entries.next_entry() else { return Ok(None) };
        let is_told = entry.format.is_some() && (system.is_told_by(path, &entry) || *entry.name == *path);
        if !is_told || entry.kind == Kind::Directory || entries.next_entry().is_some() {
            return Err(left_open());
        }
        entries.rewind();
        Ok(Found::new(entries))
    }

    /// The time of a file, in the digits of RFC 3659, section 2.3. `None`: the server does not tell.
    pub(super) async fn ask_mdtm(&mut self, path: &[u8]) -> Result<Option<Vec<u8>>> {
        let Some(question) = self.question_of_time(path)? else { return Ok(None) };
        match self.exchange(&question).await {
            Ok(reply) => Ok(time_in(&reply).map(<[u8]>::to_vec)),
            Err(error) if error.is_refusal() || matches!(error, Error::Denied(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What a reply to MLST tells, or a refusal.
fn told_in(outcome: Result<Reply>) -> Result<Told> {
    let reply = match outcome {
        Ok(reply) => reply,
        Err(Error::Reply { reply, .. }) if is_about_the_command(&reply) => return Ok(Told::Nothing),
        Err(error) if proves_nothing(&error) => return Err(error),
        Err(_) => return Ok(Told::NotThere),
    };
    let found = line_in(&reply).and_then(Found::by_facts);
    Ok(found.map_or(Told::Nothing, |found| Told::Found(Box::new(found))))
}

/// The entry that a reply to MLST tells of, by this name. `None`: such replies do not tell.
///
/// # Errors
/// [`Error::NotFound`]; the refusal that leaves it open.
pub(in crate::client::metadata) fn entry_told_by_mlst(
    outcome: Result<Reply>,
    path: &[u8],
    name: &[u8],
) -> Result<Option<Entries>> {
    match told_in(outcome)? {
        Told::Found(found) => Ok(Some(found.into_entries(name))),
        Told::NotThere => Err(super::not_found(path)),
        Told::Nothing => Ok(None),
    }
}

/// The entry of a file that has a size, and perhaps a time, by the replies to SIZE and MDTM. `None`: it has no size.
pub(in crate::client::metadata) fn entry_by_size(
    size: &Reply,
    time: Option<&Reply>,
    name: &[u8],
) -> Option<Entries> {
    let mut line = format!("type=file;size={};", parse_213(size)?).into_bytes();
    if let Some(time) = time.and_then(time_in) {
        line.extend([b"modify=", time, b";"].concat());
    }
    line.extend_from_slice(b" x");
    Found::by_facts(&line).map(|found| found.into_entries(name))
}

/// The time that digits of RFC 3659 tell, in seconds since 1970.
pub(super) fn seconds_of(digits: &[u8]) -> Option<i64> {
    Some(nanoseconds_of(digits)?.div_euclid(1_000_000_000))
}

/// Whether something may be there in spite of a refusal.
fn proves_nothing(error: &Error) -> bool {
    match error {
        Error::Reply { reply, .. } => reply.class() != Some(Class::Permanent) || is_hidden_by(reply),
        _ => true,
    }
}

/// Whether a listing was refused because there is nothing to list.
pub(super) fn is_about_nothing(error: &Error) -> bool {
    matches!(error, Error::Reply { what, reply } if is_of_a_listing(what) && says_that_nothing_is_there(reply))
}

/// Whether it is no listing, or no data connection, that was refused, and not this path.
fn is_about_the_way(error: &Error) -> bool {
    match error {
        Error::Reply { what, reply } => is_about_the_command(reply) || !names_the_path(what),
        _ => false,
    }
}

/// Whether it is a command of a listing that goes to the path or names it. Others open the data connection, or lead back.
pub(super) fn names_the_path(what: &str) -> bool {
    is_of_a_listing(what) || is_of_going(what) || what.starts_with("PRET")
}

fn is_of_a_listing(what: &str) -> bool {
    ["LIST", "MLSD", "STAT"].iter().any(|verb| what.starts_with(verb))
}

pub(super) fn is_of_going(what: &str) -> bool {
    what.starts_with("CWD")
}

fn is_hidden_by(reply: &Reply) -> bool {
    is_denial(reply) || !may_be_about_the_path(reply) && !is_about_the_command(reply)
}
