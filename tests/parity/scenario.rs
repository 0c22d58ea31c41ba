//! The scenarios as they are written down in `scenarios/`.
//!
//! ```text
//! # a comment
//! == the name
//! connect
//! retrbinary "RETR f" rest=10        the calls, one a line
//! @ RETR 150 go ; data "abc" ; end ; 226 done
//!                                    what the server does when it gets RETR; another line for the same verb is for the
//!                                    next time, and the last line for all further times
//! ! a row of the table in docs/ftplib.md
//! - ok "what ftplib does"            the lines in which the transcripts differ
//! + ok "what this library does"
//! ```

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use super::text;

pub struct Scenario {
    pub name: String,
    pub calls: Vec<Call>,
    /// What the server does, by verb. `greeting` is the verb of a new connection.
    pub reactions: HashMap<String, Vec<Vec<String>>>,
    pub differences: Vec<String>,
    pub diff: Vec<String>,
}

pub struct Call {
    /// As it is written.
    pub text: String,
    pub name: String,
    pub arguments: Vec<Vec<u8>>,
    options: HashMap<String, i64>,
}

impl Call {
    fn parse(text: &str) -> Call {
        let mut words = words(text).into_iter();
        let Some(Word::Bare(name)) = words.next() else { panic!("no call: {text}") };
        let mut call = Call { text: text.to_owned(), name, arguments: Vec::new(), options: HashMap::new() };
        for word in words {
            match word {
                Word::Quoted(argument) => call.arguments.push(argument),
                Word::Bare(option) => {
                    let (key, value) = option.split_once('=').unwrap();
                    call.options.insert(key.to_owned(), value.parse().unwrap());
                }
            }
        }
        call
    }

    /// The argument; empty if it is not there.
    pub fn argument(&self, index: usize) -> &[u8] {
        self.arguments.get(index).map_or(&[], Vec::as_slice)
    }

    pub fn option(&self, key: &str) -> Option<i64> {
        self.options.get(key).copied()
    }

    pub fn options(&self) -> impl Iterator<Item = (&str, i64)> {
        self.options.iter().map(|(key, value)| (key.as_str(), *value))
    }
}

/// All scenarios of all files.
pub fn all() -> Vec<Scenario> {
    let folder = root().join("tests/parity/scenarios");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    if let Ok(only) = std::env::var("ONLY") {
        files.retain(|f| only.split(',').any(|o| f.to_string_lossy().contains(o)));
    }
    files.iter().flat_map(|file| read(file)).collect()
}

/// The first column of the table in `docs/ftplib.md`.
pub fn documented_differences() -> Vec<String> {
    let document = fs::read_to_string(root().join("docs/ftplib.md")).unwrap();
    let (_, table) = document.split_once("| ftplib | here | reason |\n|---|---|---|\n").unwrap();
    let rows = table.lines().map_while(|line| line.strip_prefix("| "));
    rows.map(|row| row.split(" | ").next().unwrap().to_owned()).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &Path) -> Vec<Scenario> {
    let subject = file.file_stem().unwrap().to_string_lossy().into_owned();
    let mut scenarios: Vec<Scenario> = Vec::new();
    for line in fs::read_to_string(file).unwrap().lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("== ") {
            scenarios.push(Scenario {
                name: format!("{subject}: {name}"),
                calls: Vec::new(),
                reactions: HashMap::new(),
                differences: Vec::new(),
                diff: Vec::new(),
            });
        } else if !line.is_empty() && !line.starts_with('#') {
            scenarios.last_mut().expect("a scenario starts with ==").add(line);
        }
    }
    scenarios
}

impl Scenario {
    fn add(&mut self, line: &str) {
        if let Some(reaction) = line.strip_prefix("@ ") {
            let (verb, actions) = reaction.split_once(' ').unwrap_or((reaction, ""));
            let actions = actions.split(" ; ").map(|action| action.trim().to_owned()).collect();
            self.reactions.entry(verb.to_owned()).or_default().push(actions);
        } else if let Some(difference) = line.strip_prefix("! ") {
            self.differences.push(difference.to_owned());
        } else if line.starts_with("- ") || line.starts_with("+ ") {
            self.diff.push(line.to_owned());
        } else {
            self.calls.push(Call::parse(line));
        }
    }
}

enum Word {
    Bare(String),
    Quoted(Vec<u8>),
}

fn words(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let after = if let Some(quoted) = rest.strip_prefix('"') {
            let end = closing_quote(quoted);
            words.push(Word::Quoted(text::bytes(&quoted[..end])));
            &quoted[end + 1..]
        } else {
            let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
            words.push(Word::Bare(word.to_owned()));
            after
        };
        rest = after.trim_start();
    }
    words
}

fn closing_quote(text: &str) -> usize {
    let mut escaped = false;
    text.find(|character| {
        let ends = character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        ends
    })
    .unwrap_or_else(|| panic!("no closing quote: {text}"))
}
