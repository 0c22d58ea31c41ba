//! The directories of a site, and what its listings show of them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::scripted::{Gone, Session};
use super::{Agreed, Habits, Site, State};

/// When files without a time of their own were made, as MDTM has it.
const FIRST_DAY: u64 = 20_260_101_000_000;

/// What is there besides files.
#[derive(Default)]
pub struct Tree {
    directories: BTreeSet<String>,
    /// Lines that a listing has besides those of the files and directories.
    lines: BTreeMap<String, Vec<Vec<u8>>>,
    /// What is the end of a listing, although more should follow.
    ends: BTreeMap<String, String>,
    /// Directories that nobody may list.
    unlisted: BTreeSet<String>,
    /// Directories whose listings are confirmed without a data connection.
    without_data: BTreeSet<String>,
    /// MFMT is known, and refused.
    refuses_times: bool,
}

impl Site {
    /// Makes a directory.
    pub fn make(&self, path: &str) {
        self.state.tree.lock().unwrap().directories.insert(path.into());
    }

    pub fn is_directory(&self, path: &str) -> bool {
        self.state.tree.lock().unwrap().directories.contains(path)
    }

    /// Has the listing of a directory show one more line.
    pub fn show(&self, directory: &str, line: impl AsRef<[u8]>) {
        let mut tree = self.state.tree.lock().unwrap();
        tree.lines.entry(directory.into()).or_default().push(line.as_ref().to_vec());
    }

    /// Has the listing of a directory end behind this text, if it contains it, as if that were all.
    pub fn cut(&self, directory: &str, end: &str) {
        self.state.tree.lock().unwrap().ends.insert(directory.into(), end.into());
    }

    /// Has the server refuse to list a directory, or not any more.
    pub fn refuse(&self, directory: &str, refuses: bool) {
        let mut tree = self.state.tree.lock().unwrap();
        if refuses {
            tree.unlisted.insert(directory.into());
        } else {
            tree.unlisted.remove(directory);
        }
    }

    /// Has the server confirm the listing of a directory, and open no data connection for it.
    pub fn confirm_without_data(&self, directory: &str) {
        self.state.tree.lock().unwrap().without_data.insert(directory.into());
    }

    /// Has the server refuse to set the times of files.
    pub fn refuse_times(&self) {
        self.state.tree.lock().unwrap().refuses_times = true;
    }

    /// Gives a file a time: seconds of the first minute of 2026, which is all that the tests need.
    pub fn set_time(&self, name: &str, time: u64) {
        self.state.files.lock().unwrap().get_mut(name).unwrap().1 = time;
    }
}

fn folded(name: &str) -> String {
    name.to_lowercase().replace("e\u{301}", "\u{e9}")
}

/// The part of a path behind a directory, if it is directly in it.
fn name_in<'a>(directory: &str, path: &'a str) -> Option<&'a str> {
    let rest = match directory {
        "" => path,
        directory => path.strip_prefix(directory)?.strip_prefix('/')?,
    };
    (!rest.is_empty() && !rest.contains('/')).then_some(rest)
}

impl State {
    /// The path as it is there, if something is there whose name differs in case only, or in how it writes an é.
    pub(super) fn stored_name(&self, path: &str) -> String {
        let (slash, path) = if let Some(path) = path.strip_prefix('/') { ("/", path) } else { ("", path) };
        let mut found = String::new();
        for name in path.split('/') {
            let wanted = if found.is_empty() { name.to_owned() } else { format!("{found}/{name}") };
            let tree = self.tree.lock().unwrap();
            let files = self.files.lock().unwrap();
            let mut known = tree.directories.iter().chain(files.keys());
            found = known.find(|other| folded(other) == folded(&wanted)).cloned().unwrap_or(wanted);
        }
        format!("{slash}{found}")
    }

    pub(super) fn is_directory(&self, path: &str) -> bool {
        path.is_empty() || self.tree.lock().unwrap().directories.contains(path)
    }

    pub(super) fn list(
        &self,
        s: &mut Session,
        agreed: &mut Agreed,
        directory: &str,
        by_facts: bool,
    ) -> Result<(), Gone> {
        let directory = directory.trim_start_matches("-a").trim().trim_matches('/');
        if !self.is_directory(directory) || self.tree.lock().unwrap().unlisted.contains(directory) {
            return self.say(s, "550 it cannot be listed");
        }
        if self.tree.lock().unwrap().without_data.contains(directory) {
            return self.say(s, "226 there is nothing");
        }
        let text = self.text_of(directory, by_facts);
        let mut data = self.accept(s, agreed, "150 the listing")?;
        if self.step().is_err() {
            return self.die(s);
        }
        if !data.try_send(&text) {
            return self.say(s, "426 you are gone");
        }
        data.try_close_notify();
        data.close();
        self.say(s, "226 done")
    }

    fn text_of(&self, directory: &str, by_facts: bool) -> Vec<u8> {
        let mut text = Vec::new();
        let tree = self.tree.lock().unwrap();
        for name in tree.directories.iter().filter_map(|path| name_in(directory, path)) {
            let line = match by_facts {
                true => format!("type=dir; {name}\r\n"),
                false => format!("drwxr-xr-x 1 u g 4096 Jan 01 2026 {name}\r\n"),
            };
            text.extend_from_slice(line.as_bytes());
        }
        for (path, (content, time)) in self.files.lock().unwrap().iter() {
            let Some(name) = name_in(directory, path) else { continue };
            let (size, time) = (content.len(), FIRST_DAY.wrapping_add(*time));
            let line = match by_facts {
                true => format!("type=file;size={size};modify={time}; {name}\r\n"),
                false => format!("-rw-r--r-- 1 u g {size} Jan 01 2026 {name}\r\n"),
            };
            text.extend_from_slice(line.as_bytes());
        }
        for line in tree.lines.get(directory).into_iter().flatten() {
            text.extend_from_slice(line);
            text.extend_from_slice(b"\r\n");
        }
        let end = tree.ends.get(directory).map_or("", String::as_str);
        if let Some(place) = text.windows(end.len().max(1)).position(|part| part == end.as_bytes()) {
            text.truncate(place + end.len());
        }
        text
    }

    pub(super) fn change_tree(
        &self,
        s: &mut Session,
        verb: &str,
        argument: &str,
        habits: &Habits,
    ) -> Result<(), Gone> {
        let (time, path) = match argument.split_once(' ') {
            Some((time, path)) if verb == "MFMT" => (time, path),
            _ => ("", argument),
        };
        let path = path.trim_matches('/').to_owned();
        let above = path.rsplit_once('/').map_or("", |(above, _)| above);
        let refuses_times = self.tree.lock().unwrap().refuses_times;
        let is_done = match verb {
            "MKD" => {
                let is_taken = self.files.lock().unwrap().contains_key(&path);
                let may_be = self.is_directory(above) && !is_taken;
                may_be && self.tree.lock().unwrap().directories.insert(path)
            }
            "RMD" => {
                let mut tree = self.tree.lock().unwrap();
                let files = self.files.lock().unwrap();
                let is_empty =
                    !tree.directories.iter().chain(files.keys()).any(|other| name_in(&path, other).is_some());
                is_empty && tree.directories.remove(&path)
            }
            _ if !habits.knows_mfmt => return self.say(s, "502 not here"),
            _ => match self.files.lock().unwrap().get_mut(&path) {
                Some(file) if !refuses_times => {
                    file.1 = time.parse::<u64>().unwrap().wrapping_sub(FIRST_DAY);
                    true
                }
                _ => false,
            },
        };
        self.say(s, if is_done { "250 done" } else { "550 that cannot be" })
    }
}
