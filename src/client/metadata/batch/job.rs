//! What is to be done in a batch, and how far that has got.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::client::metadata::named;
use crate::error::{Error, Result};
use crate::protocol::command::{Command, is_among};
use crate::protocol::modes::MAX_MODE;
use crate::protocol::system::{changes_listings, changes_paths};
use crate::protocol::verb::{Fact, Verb};

/// What belongs to a transfer, to a pair of commands, or to the protection of the session. The table of verbs knows no more of these.
const REFUSED: &str = "REST RANG PRET CPSV SPSV LPRT LPSV SSCN HOST RNFR MIC CONF ENC XSEN XSEM";
/// Commands about one file or directory, which change nothing that others mean.
const OF_ONE_PATH: &str =
    "DELE RMD XRMD MKD XMKD MFMT MFCT MFF HASH XCRC XMD5 XSHA XSHA1 XSHA256 XSHA512 MD5 AVBL SITE";

/// One thing to be done in a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchJob {
    /// The size of a file.
    Size(Vec<u8>),
    /// When a file was changed.
    Modified(Vec<u8>),
    /// What is known of a file or directory.
    Stat(Vec<u8>),
    /// Deletes a file.
    Delete(Vec<u8>),
    /// Makes a directory.
    MakeDirectory(Vec<u8>),
    /// Removes a directory.
    RemoveDirectory(Vec<u8>),
    /// Renames a file or a directory.
    Rename {
        /// What is there.
        from: Vec<u8>,
        /// What it is to be.
        to: Vec<u8>,
    },
    /// Sets the mode of a file.
    Chmod {
        /// The file.
        path: Vec<u8>,
        /// Its permissions, and the three bits before them.
        mode: u16,
    },
    /// A command in full.
    Command(Command),
}

impl BatchJob {
    /// Refuses what can be sent to no server, or not in a batch.
    fn check(&self) -> Result<()> {
        match self {
            BatchJob::Size(path) => named("SIZE", path).map(drop),
            BatchJob::Modified(path) => named("MDTM", path).map(drop),
            BatchJob::Stat(path) => named("MLST", path).map(drop),
            BatchJob::Delete(path) => named("DELE", path).map(drop),
            BatchJob::MakeDirectory(path) => named("MKD", path).map(drop),
            BatchJob::RemoveDirectory(path) => named("RMD", path).map(drop),
            BatchJob::Rename { from, to } => named("RNFR", from).and_then(|_| named("RNTO", to)).map(drop),
            BatchJob::Chmod { mode, .. } if *mode > MAX_MODE => {
                Err(Error::InvalidArgument(format!("the mode has more than the bits {MAX_MODE:o}")))
            }
            BatchJob::Chmod { path, .. } => named("MFF", path).map(drop),
            BatchJob::Command(command) => require_allowed(command),
        }
    }

    /// The command by which messages know it.
    pub fn shown(&self) -> String {
        let command = match self {
            BatchJob::Size(path) => named("SIZE", path),
            BatchJob::Modified(path) => named("MDTM", path),
            BatchJob::Stat(path) => named("MLST", path),
            BatchJob::Delete(path) => named("DELE", path),
            BatchJob::MakeDirectory(path) => named("MKD", path),
            BatchJob::RemoveDirectory(path) => named("RMD", path),
            BatchJob::Rename { from, .. } => named("RNFR", from),
            BatchJob::Chmod { path, .. } => named("SITE CHMOD", path),
            BatchJob::Command(command) => Ok(command.clone()),
        };
        command.map(|command| command.shown().into_owned()).unwrap_or_default()
    }

    /// Whether it changes nothing, so that what is found out about a path is the same before it and after it.
    pub(super) fn is_harmless(&self) -> bool {
        match self {
            BatchJob::Size(_) | BatchJob::Modified(_) | BatchJob::Stat(_) => true,
            BatchJob::Command(command) => command.verb().is(Fact::Harmless),
            _ => false,
        }
    }
}

/// Whether others may be sent before a command of the user's own is answered.
pub(super) fn can_be_sent_ahead(command: &Command) -> bool {
    let changes = changes_paths(command.text()) || changes_listings(command.text());
    let verb = command.verb();
    // The fences are answered like the first two. The third needs facts of the user's choice.
    let is_harmless =
        verb.is(Fact::Harmless) && !verb.is(Fact::AnsweredByPath) && !matches!(verb, Verb::Mlst | Verb::Feat);
    is_harmless || is_one_of(command, OF_ONE_PATH) && !changes
}

fn require_allowed(command: &Command) -> Result<()> {
    let verb = command.verb();
    let reason = if verb.is(Fact::Login) || verb.is(Fact::BeginsAnew) {
        "belongs to a login"
    } else if matches!(verb, Verb::Adat | Verb::Pbsz | Verb::Prot) {
        "changes the protection of the session"
    } else if verb.direction().is_some() || verb.is(Fact::AgreesOnData) || verb == Verb::Abor {
        "belongs to a transfer"
    } else if verb.is(Fact::Moves) {
        "changes the directory, which is the same for all of a batch"
    } else if verb == Verb::Quit {
        "ends the session"
    } else if verb == Verb::Rnto || is_one_of(command, "RNFR") {
        "is one of a pair: ftp_batch_rename() sends both"
    } else if is_one_of(command, REFUSED) {
        "belongs to a transfer or to the whole session"
    } else {
        return Ok(());
    };
    Err(Error::InvalidArgument(format!("{}: a batch cannot send what {reason}", command.shown())))
}

fn is_one_of(command: &Command, verbs: &str) -> bool {
    let first = command.text().trim_ascii_start().split(u8::is_ascii_whitespace).next().unwrap_or_default();
    is_among(first, verbs)
}

/// Things to be done together. What has become of each is known even if the call that does them is dropped.
#[derive(Default)]
pub struct Batch(Mutex<Parts>);

#[derive(Default)]
struct Parts {
    waiting: Vec<BatchJob>,
    /// Those of the run that is going on.
    running: Arc<Vec<BatchJob>>,
    was_sent: Vec<bool>,
    told: usize,
    /// The one that has the session to itself, and whether that has begun to change anything.
    alone: Option<(usize, Arc<AtomicBool>)>,
    /// The caller wants to be told no more.
    is_stopped: bool,
}

impl Batch {
    /// Adds something. A run that is going on does not see it.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for what cannot be sent, or not in a batch.
    pub fn add(&self, job: BatchJob) -> Result<()> {
        job.check()?;
        self.parts().waiting.push(job);
        Ok(())
    }

    /// A run begins: it has what was added. None if the one before was given up: [`Batch::end`] has to be asked first.
    pub(super) fn begin(&self) -> Option<Arc<Vec<BatchJob>>> {
        let mut parts = self.parts();
        if !parts.is_stopped && parts.told < parts.running.len() {
            return None;
        }
        let jobs = Arc::new(std::mem::take(&mut parts.waiting));
        (parts.was_sent, parts.told) = (vec![false; jobs.len()], 0);
        (parts.alone, parts.is_stopped) = (None, false);
        parts.running = jobs.clone();
        Some(jobs)
    }

    /// A command was sent for it.
    pub(super) fn note_sent(&self, at: usize) {
        self.parts().note_sent(at);
    }

    /// It is done with the session to itself, by commands that only the session knows, and which tell here that they change something. A
    /// question counts as sent: it does no harm.
    pub(super) fn note_alone(&self, at: usize) -> Arc<AtomicBool> {
        let mut parts = self.parts();
        let is_harmless = parts.running.get(at).is_some_and(BatchJob::is_harmless);
        let has_changed = Arc::new(AtomicBool::new(is_harmless));
        parts.alone = Some((at, has_changed.clone()));
        has_changed
    }

    /// The caller has stopped the run.
    pub(super) fn note_stopped(&self) {
        self.parts().is_stopped = true;
    }

    /// All before this one are told.
    pub(super) fn note_told(&self, count: usize) {
        self.parts().told = count;
    }

    /// The run has ended: those that it has told nobody about, by number, how messages know them, and whether they were sent. None if
    /// the caller has stopped it.
    pub fn end(&self) -> Vec<(usize, String, bool)> {
        let mut parts = self.parts();
        if let Some((at, has_changed)) = parts.alone.take()
            && has_changed.load(Ordering::Relaxed)
        {
            parts.note_sent(at);
        }
        let running = std::mem::take(&mut parts.running);
        let (was_sent, told) = (std::mem::take(&mut parts.was_sent), std::mem::take(&mut parts.told));
        if parts.is_stopped {
            return Vec::new();
        }
        let rest = running.iter().zip(was_sent).enumerate().skip(told);
        rest.map(|(at, (job, was_sent))| (at, job.shown(), was_sent)).collect()
    }

    fn parts(&self) -> MutexGuard<'_, Parts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Parts {
    fn note_sent(&mut self, at: usize) {
        if let Some(was_sent) = self.was_sent.get_mut(at) {
            *was_sent = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(text: &str) -> Command {
        Command::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn what_belongs_to_the_session_or_to_a_transfer_is_refused() {
        for text in [
            "USER x",
            "pass x",
            "ACCT x",
            "REIN",
            "AUTH TLS",
            "CCC",
            "ADAT x",
            "PBSZ 0",
            "PROT P",
            "RETR f",
            "stor f",
            "APPE f",
            "STOU",
            "LIST",
            "NLST",
            "MLSD",
            "PORT 1",
            "PASV",
            "EPSV",
            "EPRT x",
            "ABOR",
            "QUIT",
            "CWD a",
            "CDUP",
            "XCWD a",
            "SMNT a",
            "RNFR a",
            "RNTO b",
            "rest 5",
            "PRET RETR f",
            "HOST x",
            " MIC x",
            "ENC\tx",
        ] {
            let refused = Batch::default().add(BatchJob::Command(command(text)));
            assert!(matches!(refused, Err(Error::InvalidArgument(_))), "{text}");
        }
        for text in ["SIZE f", "NOOP", "SITE x", "STAT", "TYPE A", "PWD", "XRETR f", "RESTART"] {
            assert!(Batch::default().add(BatchJob::Command(command(text))).is_ok(), "{text}");
        }
    }

    #[test]
    fn only_what_changes_nothing_for_others_is_sent_ahead() {
        for (text, expected) in [
            ("SIZE f", true),
            ("dele f", true),
            ("SITE CHMOD 644 f", true),
            ("STAT d", true),
            ("NOOP", true),
            ("SITE NAMEFMT 1", false),
            ("SITE LISTFMT 1", false),
            ("PWD", false),
            ("XPWD", false),
            ("MLST f", false),
            ("FEAT", false),
            ("TYPE A", false),
            ("OPTS UTF8 ON", false),
            ("MODE Z", false),
            ("WHAT", false),
        ] {
            assert_eq!(can_be_sent_ahead(&command(text)), expected, "{text}");
        }
    }

    #[test]
    fn names_are_checked_when_they_are_added() {
        let name = |name: &str| name.as_bytes().to_vec();
        for job in [
            BatchJob::Size(name("")),
            BatchJob::Delete(name("a\r\nDELE b")),
            BatchJob::Stat(name("a\0b")),
            BatchJob::Rename { from: name("a"), to: name("") },
            BatchJob::Chmod { path: name("a"), mode: 0o10000 },
        ] {
            assert!(Batch::default().add(job.clone()).is_err(), "{job:?}");
        }
    }

    #[test]
    fn what_nobody_was_told_about_is_known_afterwards() {
        let batch = Batch::default();
        for path in ["a", "b", "c"] {
            batch.add(BatchJob::Size(path.into())).unwrap();
        }
        assert_eq!(batch.begin().unwrap().len(), 3);
        batch.note_sent(0);
        batch.note_sent(1);
        batch.note_told(1);
        assert!(batch.begin().is_none(), "two of the run before are not told");
        assert_eq!(batch.end(), [(1, "SIZE b".to_owned(), true), (2, "SIZE c".to_owned(), false)]);
        batch.add(BatchJob::Size(b"d".to_vec())).unwrap();
        assert!(batch.end().is_empty(), "no run has begun");
        assert_eq!(batch.begin().unwrap().len(), 1);
    }
}
