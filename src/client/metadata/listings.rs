//! Directories: names (NLST), lines (LIST) and facts (MLSD).

use crate::client::session::Session;
use crate::client::transfer::Sink;
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::facts::{Entry, parse_entry};
use crate::protocol::reply::Reply;

impl Session<'_> {
    /// The names in a directory, one `sink` call each (NLST). `None` is the working directory. Empty lines name nothing: some
    /// servers send one for an empty directory.
    pub(crate) async fn nlst(&mut self, command: &Command, sink: Sink<'_>) -> Result<Reply> {
        let mut names = |line: &[u8]| if line.is_empty() { Ok(()) } else { sink(line) };
        self.retrlisting(command, &mut names).await
    }

    /// The entries of a directory with their facts (MLSD, RFC 3659). `choice` asks for those that are wanted; a
    /// server that lets nobody choose does it itself. What has no name is no entry.
    pub(crate) async fn mlsd(
        &mut self,
        command: &Command,
        choice: Option<&Command>,
        sink: &mut (dyn FnMut(&Entry<'_>) -> Result<(), i64> + Send),
    ) -> Result<Reply> {
        self.require_sendable(command).await?;
        match choice {
            Some(choice) => self.choose_own_facts(choice).await?,
            None => self.prepare_own_facts(command).await?,
        }
        let mut entries = |line: &[u8]| {
            let entry = parse_entry(line);
            if entry.name.is_empty() { Ok(()) } else { sink(&entry) }
        };
        self.retrlisting(command, &mut entries).await
    }

    /// A server that refuses it chooses itself.
    async fn choose_own_facts(&mut self, choice: &Command) -> Result<()> {
        match self.exchange(choice).await {
            Ok(_) => self.history.memory.asked_facts = Some(choice.clone()),
            Err(error) if error.is_refusal() => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// The command that lists a directory; `None` is the working directory.
pub(crate) fn listing(verb: &'static str, path: Option<&[u8]>) -> Result<Command, Error> {
    match path {
        Some(path) if !path.is_empty() => Ok(Command::with(verb, path)?),
        _ => Ok(Command::new(verb)),
    }
}

/// The command that chooses facts (RFC 3659, section 7.9), each with a semicolon after it. None leaves the choice to the server.
pub(crate) fn choice_of(facts: &[u8]) -> Result<Option<Command>> {
    if facts.is_empty() {
        return Ok(None);
    }
    Ok(Some(Command::with("OPTS", &[b"MLST ", facts].concat())?))
}
