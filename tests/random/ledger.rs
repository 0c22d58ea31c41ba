//! What the server tells the test behind the client's back: what a transfer is about, and what nobody can know.

use std::collections::{HashMap, HashSet};
use std::env;
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::census::Census;
use super::files;

/// Names a command: which one it is on which control connection. Each reply carries that of the command it answers.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Tag {
    pub connection: usize,
    /// 0 is the greeting.
    pub command: usize,
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}.{}]", self.connection, self.command)
    }
}

impl Tag {
    /// The first one in a text.
    pub fn find(text: &str) -> Option<Tag> {
        text.split('[').skip(1).find_map(|rest| {
            let (connection, command) = rest.split_once(']')?.0.split_once('.')?;
            Some(Tag { connection: connection.parse().ok()?, command: command.parse().ok()? })
        })
    }
}

/// A transfer as the server sees it.
#[derive(Clone, Debug, Default)]
pub struct Fact {
    /// What goes over the wire to the client, or what came from it.
    pub data: Vec<u8>,
    pub is_image: bool,
    /// What REST said.
    pub offset: usize,
    /// The server has done less, and says that it was all, in a way that no client can find out.
    pub is_hidden: bool,
    /// It has done less in a way that only the announced size shows, to a client that knows the type.
    pub is_cut: bool,
}

#[derive(Default)]
pub struct Ledger {
    facts: Mutex<HashMap<Tag, Fact>>,
    tainted: Mutex<HashSet<usize>>,
    /// In which directory each connection is; `None` where a reply to CWD did not say what had happened.
    directories: Mutex<HashMap<usize, Option<String>>>,
    /// What is no longer in the tree.
    removed: Mutex<HashSet<String>>,
    /// The connections where a reply was lost and another said twice before the same PWD.
    confused: Mutex<HashSet<usize>>,
    /// The commands that the servers have heard.
    heard: Mutex<Vec<String>>,
    /// Those of them that were answered with odd bytes before the text.
    garbled: Mutex<HashSet<String>>,
    numbers: AtomicUsize,
    dialogue: Mutex<Vec<String>>,
    /// What the session has come to.
    census: Mutex<Census>,
}

impl Ledger {
    pub fn note_fact(&self, tag: Tag, fact: Fact) {
        self.facts.lock().unwrap().insert(tag, fact);
    }

    pub fn fact(&self, tag: Tag) -> Option<Fact> {
        self.facts.lock().unwrap().get(&tag).cloned()
    }

    /// From here on a reply on this connection may look like that to another command, and nobody can tell.
    pub fn taint(&self, connection: usize) {
        self.tainted.lock().unwrap().insert(connection);
    }

    pub fn is_tainted(&self, connection: usize) -> bool {
        self.tainted.lock().unwrap().contains(&connection)
    }

    /// Of many commands that were sent together, nobody can tell which reply is whose.
    pub fn note_confused(&self, connection: usize) {
        self.confused.lock().unwrap().insert(connection);
    }

    pub fn is_confused(&self, connection: usize) -> bool {
        self.confused.lock().unwrap().contains(&connection)
    }

    pub fn note_heard(&self, line: &str) {
        self.heard.lock().unwrap().push(line.to_owned());
    }

    pub fn note_garbled(&self) {
        let last = self.heard.lock().unwrap().last().cloned();
        self.garbled.lock().unwrap().extend(last);
    }

    pub fn is_garbled(&self, line: &str) -> bool {
        self.garbled.lock().unwrap().contains(line)
    }

    /// The commands in which this is, each with its place among all of them.
    pub fn heard(&self, mark: &str) -> Vec<(usize, String)> {
        let heard = self.heard.lock().unwrap();
        let of_it = heard.iter().enumerate().filter(|(_, line)| line.contains(mark));
        of_it.map(|(at, line)| (at, line.clone())).collect()
    }

    /// One that nothing else in the session has.
    pub fn new_number(&self) -> usize {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    pub fn note_directory(&self, connection: usize, directory: Option<&str>) {
        let mut directories = self.directories.lock().unwrap();
        let known = directories.entry(connection).or_insert_with(|| Some(String::new()));
        // What was unclear once stays so.
        *known = known.take().and(directory.map(str::to_owned));
    }

    pub fn directory(&self, connection: usize) -> Option<String> {
        self.directories.lock().unwrap().get(&connection).cloned().flatten()
    }

    /// Removes something of the tree, with all that is in it, or has it be there again.
    pub fn note_removed(&self, path: &str, is_removed: bool) {
        let mut removed = self.removed.lock().unwrap();
        if !is_removed {
            removed.remove(path);
        } else if let Some(names) = files::inside(path) {
            removed.insert(path.to_owned());
            drop(removed);
            names.iter().for_each(|name| self.note_removed(&format!("{path}/{name}"), true));
        } else if path.starts_with("tree/") {
            removed.insert(path.to_owned());
        }
    }

    /// What is left in a directory of the tree; `None` for another directory.
    pub fn left_in(&self, directory: &str) -> Option<Vec<&'static str>> {
        let removed = self.removed.lock().unwrap();
        let names = files::inside(directory).filter(|_| !removed.contains(directory))?;
        Some(names.iter().copied().filter(|name| !removed.contains(&format!("{directory}/{name}"))).collect())
    }

    /// Counts something.
    pub fn reached(&self, count: impl FnOnce(&mut Census)) {
        count(&mut self.census.lock().unwrap());
    }

    /// What the session has come to.
    pub fn census(&self) -> Census {
        self.census.lock().unwrap().clone()
    }

    pub fn log(&self, line: String) {
        self.dialogue.lock().unwrap().push(line);
    }

    /// All events.
    #[cfg(simulation)]
    pub fn all(&self) -> String {
        self.dialogue.lock().unwrap().join("\n")
    }

    /// The last events, for the report; all of them for a session that is played again.
    pub fn dialogue(&self) -> String {
        const SHOWN: usize = 60;
        let shown = if env::var_os("FTPCLIENT_RANDOM_SEED").is_some() { usize::MAX } else { SHOWN };
        let dialogue = self.dialogue.lock().unwrap();
        let from = dialogue.len().saturating_sub(shown);
        dialogue[from..].iter().map(|line| format!("    {line}\n")).collect()
    }
}
