//! A tree that is removed, its leaves first.
//!
//! What cannot be removed does not end it: the caller wants as much to be gone as can be. The first error is told, and how many there
//! were. But if the directory itself is gone in the end, so is all that was in it, whoever has removed it.

use std::borrow::Cow;

use crate::client::metadata::entries::says_it_is_no_directory;
use crate::client::metadata::trees::walk::{Found, Visit};
use crate::client::metadata::trees::{Answer, Visited, WalkRequest, may_enter};
use crate::client::metadata::{CUT, named};
use crate::client::session::{Exchanged, Session};
use crate::client::verdict::completed;
use crate::error::{Error, Result};
use crate::printable::printable;
use crate::protocol::command::Command;
use crate::protocol::listing::{Entry, Format, Kind};
use crate::protocol::path::without_slashes;
use crate::protocol::system::System;

/// The most removals that wait for each other.
const MOST_WAITING: usize = 512;

/// What could not be removed.
#[derive(Default)]
struct Failures {
    /// What is removed, and nothing else.
    root: Vec<u8>,
    system: System,
    first: Option<Failure>,
    /// Where the last one was.
    last: Vec<u8>,
    count: usize,
    /// The server has shown a link as one, so it shows all of them.
    shows_links: bool,
    /// What is visited next is a link that no listing has told.
    has_found_link: bool,
    /// What was visited and is removed next, in this order.
    waiting: Vec<Waiting>,
}

/// Something that is to be removed.
struct Waiting {
    path: Vec<u8>,
    is_directory: bool,
    /// The command, or what comes of it without one.
    removal: std::result::Result<Command, Result<()>>,
    /// Why it could not be listed.
    unlisted: Option<Error>,
}

struct Failure {
    path: Vec<u8>,
    error: Error,
}

impl Failures {
    fn of(root: &[u8], system: System) -> Failures {
        Failures { root: root.to_vec(), system, ..Failures::default() }
    }

    fn note(&mut self, path: &[u8], error: Error) {
        self.count += 1;
        self.last = path.to_vec();
        self.first.get_or_insert_with(|| Failure { path: path.to_vec(), error });
    }

    /// A directory is gone, and with it what was in it.
    fn forget_below(&mut self, directory: &[u8]) {
        if self.first.as_ref().is_some_and(|first| self.system.is_below(&first.path, directory)) {
            (self.first, self.count) = (None, 0);
        }
    }

    /// Whether a directory cannot be removed because of what is in it.
    fn are_below(&self, directory: &[u8]) -> bool {
        self.count > 0 && self.system.is_below(&self.last, directory)
    }

    fn into_error(self) -> Option<Error> {
        let Failure { error, .. } = self.first?;
        if self.count < 2 {
            return Some(error);
        }
        let note = format!(" (the first of {} that were not removed)", self.count);
        Some(match error {
            Error::Reply { what, reply } => Error::Reply { what: what + &note, reply },
            Error::Unsupported(text) => Error::Unsupported(text + &note),
            error => error,
        })
    }
}

impl Failures {
    /// Removes what waits, and a directory behind it. Returns what came of that one.
    async fn remove_waiting(
        &mut self,
        session: &mut Session<'_>,
        directory: Option<&[u8]>,
    ) -> Result<Result<()>> {
        let waiting = std::mem::take(&mut self.waiting);
        let last = directory.map(|path| session.removal(path, true)).transpose();
        let commands = waiting.iter().filter_map(|one| one.removal.as_ref().ok().cloned());
        let commands: Vec<Command> = commands.chain(last.as_ref().ok().cloned().flatten()).collect();
        let mut outcomes = session.exchange_again_if_unclear(commands).await?.into_iter();
        for Waiting { path, is_directory, removal, unlisted } in waiting {
            let outcome = match removal {
                Err(outcome) => outcome,
                Ok(command) => session.removed(&path, &command, outcomes.next()).await?,
            };
            let Err(error) = outcome else {
                self.forget_below(&path);
                continue;
            };
            let error = session.is_of_one_path(error).await?;
            // Why it could not be emptied tells more.
            if !(is_directory && self.are_below(&path)) {
                self.note(&path, unlisted.unwrap_or(error));
            }
        }
        match (last, directory) {
            (Ok(Some(command)), Some(path)) => session.removed(path, &command, outcomes.next()).await,
            (last, _) => Ok(last.map(drop)),
        }
    }
}

/// What the directory above shows of a path.
pub(in crate::client::metadata) struct Shown {
    pub(in crate::client::metadata) kind: Kind,
    /// How DELE names it. OpenVMS shows each version.
    paths: Vec<Vec<u8>>,
}

impl Visit for Failures {
    fn may_enter(&self, entry: &Entry<'_>) -> bool {
        may_enter(entry) && !entry.is_cut
    }

    async fn visit(&mut self, session: &mut Session<'_>, visited: &Visited<'_>) -> Result<Answer> {
        let Visited { path, entry, is_reached, unlisted } = *visited;
        let is_directory = entry.kind == Kind::Directory;
        let was_hidden = std::mem::take(&mut self.has_found_link);
        // What LIST has told of a directory of facts may be more than it tells of the next one.
        let is_told =
            entry.format != Some(Format::Mlsd) || session.connection.known.login.learned.tells_links_by_mlsd;
        self.shows_links |= entry.kind == Kind::Link && is_told && !was_hidden;
        let refused = if entry.format.is_none() {
            Some("the listing tells of it in an unknown form")
        } else if entry.is_cut {
            Some(CUT)
        } else if entry.is_unsafe_name() {
            Some(entry.unsafe_because())
        } else if !is_reached {
            Some("this server has no path for it")
        } else if !self.system.is_below(path, &self.root) {
            Some("it is elsewhere")
        } else {
            None
        };
        let removal = match refused {
            Some(reason) => Err(Err(Error::Unsupported(format!("{}: {reason}", printable(path))))),
            None if is_directory && self.system.is_gone_when_empty(path) => Err(Ok(())),
            None => session.removal(&self.system.path_to_delete(path, entry), is_directory).map_err(Err),
        };
        let unlisted = unlisted.and_then(copy_of_refusal);
        self.waiting.push(Waiting { path: path.to_vec(), is_directory, removal, unlisted });
        if self.waiting.len() >= MOST_WAITING {
            self.remove_waiting(session, None).await??;
        }
        Ok(Answer::GoOn)
    }

    /// A server may show links as directories, whatever it is asked. RMD never goes through one: systems refuse it, and those on
    /// Windows remove the link itself. An empty directory is gone at once.
    async fn before_entering(&mut self, session: &mut Session<'_>, path: &[u8]) -> Result<Found> {
        if self.shows_links || !self.system.may_be_link(path) {
            self.remove_waiting(session, None).await??;
            return Ok(Found::Directory);
        }
        let Err(error) = self.remove_waiting(session, Some(path)).await? else { return Ok(Found::Nothing) };
        let refusal = session.is_of_one_path(error).await?;
        self.has_found_link =
            matches!(&refusal, Error::Reply { reply, .. } if says_it_is_no_directory(reply));
        Ok(if self.has_found_link { Found::Link } else { Found::Directory })
    }
}

/// The refusal of a directory's listing.
fn copy_of_refusal(error: &Error) -> Option<Error> {
    match error {
        Error::Reply { what, reply } => Some(Error::Reply { what: what.clone(), reply: reply.clone() }),
        _ => None,
    }
}

impl Session<'_> {
    /// Removes a directory with all that is in it, or what else is there. A link is removed itself.
    pub(crate) async fn remove_tree(&mut self, path: &[u8]) -> Result<()> {
        self.require_sendable(&named("RMD", path)?).await?;
        let path = without_slashes(path);
        self.require_name(path)?;
        self.prepare_system().await?;
        let system = self.system();
        self.require_name(path)?;
        let shown = self.shown_above(path).await?;
        let is_shown = shown.is_some();
        let Shown { kind, paths } = match shown {
            Some(shown) => shown,
            None => self.shown_by_itself(path).await?,
        };
        let mut failures = Failures::of(path, system);
        if kind != Kind::Directory {
            for path in paths {
                if let Err(error) = self.remove(&path, false).await {
                    failures.note(&path, self.is_of_one_path(error).await?);
                }
            }
            return failures.into_error().map_or(Ok(()), Err);
        }
        if !is_shown && system == System::Plain {
            return self.remove_unlisted(path).await;
        }
        if !is_shown && !system.may_remove_unlisted(path) {
            let reason = "names begin with it, which makes it no directory that can be removed";
            return Err(Error::Unsupported(format!("{}: {reason}", printable(path))));
        }
        match failures.before_entering(self, path).await? {
            Found::Directory => {}
            Found::Link => return self.remove(path, false).await,
            Found::Nothing => return Ok(()),
        }
        let wanted = WalkRequest { path: Some(path.to_vec()), children_first: true, passes_over: true };
        let visited = self.visit_tree(&wanted, &mut failures).await;
        if visited.as_ref().err().is_some_and(|error| matches!(error, Error::Limit(_)) || error.is_refusal())
        {
            failures.remove_waiting(self, None).await??;
        }
        match visited {
            Err(error) if error.is_refusal() => failures.note(path, self.go_on_after(error).await?),
            outcome => outcome?,
        }
        if system.is_gone_when_empty(path) {
            failures.remove_waiting(self, None).await??;
            return failures.into_error().map_or(Ok(()), Err);
        }
        match failures.remove_waiting(self, Some(path)).await? {
            Ok(()) => Ok(()),
            Err(error) => {
                let error = self.is_of_one_path(error).await?;
                Err(failures.into_error().unwrap_or(error))
            }
        }
    }

    fn require_name(&self, path: &[u8]) -> Result<()> {
        if self.system().names_one_thing(path) {
            return Ok(());
        }
        Err(Error::InvalidArgument("the path of a tree must end with its name".into()))
    }

    /// What the directory above shows: what is behind a link does not count, whatever other commands tell of it.
    pub(in crate::client::metadata) async fn shown_above(&mut self, path: &[u8]) -> Result<Option<Shown>> {
        let system = self.system();
        let directory = system.split(path).directory.map(Cow::into_owned).unwrap_or_default();
        let mut above = match self.directory(&directory, true, true).await {
            // Above a data set or a subvolume there may be nothing that can be listed. There are no links, either.
            Err(error) if !system.has_only_directories_that_are_there(path) => {
                self.passes_over(error).await?;
                return Ok(None);
            }
            above => above?,
        };
        let mut shown: Option<Shown> = None;
        while let Some(entry) = above.next() {
            if entry.format.is_some() && system.is_told_by(path, &entry) {
                // Its version may be cut, and others may be missing.
                if entry.is_cut && system == System::Vms {
                    return Err(Error::Unsupported(format!("{}: {CUT}", printable(path))));
                }
                let shown = shown.get_or_insert_with(|| Shown { kind: entry.kind, paths: Vec::new() });
                // Only versions of one file share a name. Where more do, the first one counts.
                if shown.paths.is_empty() || entry.kind == shown.kind && system == System::Vms {
                    shown.paths.push(system.path_to_delete(path, &entry).into_owned());
                }
            }
            self.checkpoint().await?;
        }
        Ok(shown)
    }

    /// It is hidden there, or the server has a name for it that is not the one that it lists.
    async fn shown_by_itself(&mut self, path: &[u8]) -> Result<Shown> {
        let mut entries = self.stat_prepared(Some(path)).await?;
        let kind = entries.next_entry().map_or(Kind::Unknown, |entry| entry.kind);
        Ok(Shown { kind, paths: vec![path.to_vec()] })
    }

    /// What answers as a directory may be a link to one. DELE removes a link and RMD an empty directory; neither goes through a link.
    async fn remove_unlisted(&mut self, path: &[u8]) -> Result<()> {
        for is_directory in [false, true] {
            match self.remove(path, is_directory).await {
                Ok(()) => return Ok(()),
                Err(error) => drop(self.go_on_after(error).await?),
            }
        }
        let path = String::from_utf8_lossy(path);
        let text = format!(
            "{path}: the listing of the directory above does not show it, so it may be a link, and what is in it stays"
        );
        Err(Error::Unsupported(text))
    }

    async fn remove(&mut self, path: &[u8], is_directory: bool) -> Result<()> {
        self.exchange_completed(&self.removal(path, is_directory)?).await.map(drop)
    }

    /// What the reply to a removal tells. One that was sent twice may have been carried out the first time: then nothing is there.
    async fn removed(
        &mut self,
        path: &[u8],
        command: &Command,
        exchanged: Option<Exchanged>,
    ) -> Result<Result<()>> {
        let Some(Exchanged { outcome, is_sent_again }) = exchanged else {
            return Ok(Err(Error::NotConnected("nothing was sent".into())));
        };
        match outcome.and_then(|reply| completed(reply, &command.shown())) {
            Err(refusal) if is_sent_again && refusal.is_refusal() => {
                let refusal = self.go_on_after(refusal).await?;
                if refusal.says_that_nothing_is_there(command.argument()) {
                    return Ok(Ok(()));
                }
                // Not every server gives the reason.
                let is_there = self.exists(path).await;
                let is_there = self.unless_refused(is_there).await?;
                Ok(if is_there == Some(false) { Ok(()) } else { Err(refusal) })
            }
            outcome => Ok(outcome.map(drop)),
        }
    }

    fn removal(&self, path: &[u8], is_directory: bool) -> Result<Command> {
        self.about(if is_directory { "RMD" } else { "DELE" }, path)
    }

    /// After something could not be removed: whether that is about this path alone. The session is in step then.
    async fn is_of_one_path(&mut self, error: Error) -> Result<Error> {
        match error {
            Error::Unsupported(_) => Ok(error),
            // The listing has told a name that cannot be sent.
            Error::InvalidArgument(text) => Ok(Error::Unsupported(text)),
            error => self.go_on_after(error).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::reply::Reply;

    fn refusal(what: &str) -> Error {
        Error::Reply { what: what.into(), reply: Reply::from_text("550 no") }
    }

    #[test]
    fn the_first_failure_is_told_and_how_many_there_were() {
        let mut failures = Failures::default();
        assert!(failures.into_error().is_none());
        failures = Failures::default();
        failures.note(b"t/a", refusal("DELE t/a"));
        assert_eq!(failures.first.as_ref().unwrap().error.to_string(), "DELE t/a: 550 no");
        failures.note(b"t/d/b", Error::Unsupported("t/d/b: no".into()));
        assert!(failures.are_below(b"t/d") && failures.are_below(b"t"));
        assert!(!failures.are_below(b"t/e") && !failures.are_below(b"t/d/b") && !failures.are_below(b"t/d/"));
        failures.forget_below(b"t/d");
        assert_eq!(
            failures.into_error().unwrap().to_string(),
            "DELE t/a (the first of 2 that were not removed): 550 no"
        );
    }

    #[test]
    fn what_was_in_a_directory_that_is_gone_has_not_failed() {
        let mut failures = Failures::default();
        failures.note(b"t/d/a", refusal("DELE t/d/a"));
        failures.note(b"t/d/b", refusal("DELE t/d/b"));
        failures.forget_below(b"t/d");
        assert_eq!(failures.count, 0);
        assert!(failures.into_error().is_none());
    }
}
