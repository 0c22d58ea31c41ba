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
    pub(crate) async fn nlst(&mut self, path: Option<&[u8]>, sink: Sink<'_>) -> Result<Reply> {
        let mut names = |line: &[u8]| if line.is_empty() { Ok(()) } else { sink(line) };
        self.retrlisting(&listing("NLST", path)?, &mut names).await
    }

    /// The listing of a directory as the server prints it, one `sink` call for each line (LIST).
    pub(crate) async fn dir(&mut self, path: Option<&[u8]>, sink: Sink<'_>) -> Result<Reply> {
        self.retrlisting(&listing("LIST", path)?, sink).await
    }

    /// The entries of a directory with their facts (MLSD, RFC 3659). `facts` names those that are wanted, each with a
    /// semicolon after it; empty leaves the choice to the server, and so does a server that lets nobody choose. What has no name is
    /// no entry.
    pub(crate) async fn mlsd(
        &mut self,
        path: Option<&[u8]>,
        facts: &[u8],
        sink: &mut (dyn FnMut(&Entry<'_>) -> Result<(), i64> + Send),
    ) -> Result<Reply> {
        let command = listing("MLSD", path)?;
        self.require_sendable(&command).await?;
        if !facts.is_empty() {
            let choice = Command::with("OPTS", &[b"MLST ", facts].concat())?;
            match self.exchange(&choice).await {
                Err(error) if error.is_refusal() => {}
                outcome => drop(outcome?),
            }
        }
        let mut entries = |line: &[u8]| {
            let entry = parse_entry(line);
            if entry.name.is_empty() { Ok(()) } else { sink(&entry) }
        };
        self.retrlisting(&command, &mut entries).await
    }
}

fn listing(verb: &'static str, path: Option<&[u8]>) -> Result<Command, Error> {
    match path {
        Some(path) if !path.is_empty() => Ok(Command::with(verb, path)?),
        _ => Ok(Command::new(verb)),
    }
}
