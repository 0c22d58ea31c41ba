//! Trees that are made equal or removed: what is there afterwards is whole, and nothing outside them is touched.

use std::collections::{HashMap, HashSet};
use std::ffi::{c_int, c_void};
use std::fs;
use std::path::Path;
use std::ptr::null;

use ftpclient::capi::*;

use super::c_client::text;
use super::files;
use super::ledger::Tag;
use super::session::{Done, Session, Verdict};

/// What a mirror has told: what was done with which path, and whether it was.
#[derive(Default)]
struct Told {
    actions: Vec<(c_int, String)>,
    failures: usize,
    patience: usize,
}

unsafe extern "C-unwind" fn on_action(action: *const ftp_mirror_action, user: *mut c_void) -> c_int {
    // SAFETY: the library's promise; `user` is a `Told`, which nobody else uses meanwhile.
    let (told, action) = unsafe { (&mut *user.cast::<Told>(), &*action) };
    // SAFETY: the path is a text.
    told.actions.push((action.kind, unsafe { text(action.path) }));
    told.failures += usize::from(action.result != ftp_status::FTP_OK);
    (told.actions.len() > told.patience).into()
}

/// How a file has come to its name.
pub struct Stored {
    /// The transfer.
    pub tag: Tag,
}

/// Commands that change what has the path behind them.
const CHANGES: &[&str] = &["STOR", "APPE", "DELE", "RMD", "MKD", "RNFR", "RNTO"];

impl Session {
    pub fn mirror(&mut self) -> Verdict {
        let here = tempfile::tempdir().unwrap();
        let target = here.path().join("here");
        fs::write(here.path().join("outside"), "outside").unwrap();
        self.plant(&target);
        let verdict =
            if self.chance.percent(50) { self.mirror_get(&target) } else { self.mirror_put(&target) };
        let around = names_in(here.path());
        if around != HashSet::from(["outside".to_owned(), "here".to_owned()]) {
            return Err(format!("outside the directory of a mirror there is {around:?}"));
        }
        verdict
    }

    /// Some of the tree, and more.
    fn plant(&mut self, target: &Path) {
        fs::create_dir_all(target.join("sub")).unwrap();
        let more = ["tree/more/f10", "tree/other"].map(str::to_owned);
        for path in files::of_the_tree().chain(more).filter(|_| self.chance.percent(40)).collect::<Vec<_>>() {
            let path = target.join(path.trim_start_matches("tree/"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            files::write_here(&path, planted(path.to_str().unwrap()));
        }
    }

    /// Makes the call, and perhaps a dry run of it before. Returns what the real run has told.
    fn run_mirror(&mut self, is_put: bool, flags: c_int, local: &Path) -> Result<(Done, Told), String> {
        let name = if is_put { "ftp_mirror_put" } else { "ftp_mirror_get" };
        let function = if is_put { ftp_mirror_put } else { ftp_mirror_get };
        let (ftp, local_text) = (self.handle.raw(), self.text(local.to_str().unwrap()));
        let excluded = [c"f7".as_ptr(), null()];
        let excludes = self.chance.percent(20);
        let run = |session: &mut Session, flags: c_int, patience: usize| {
            let mut told = Told { patience, ..Told::default() };
            // SAFETY: a struct of numbers and pointers, for which 0 is a value.
            let mut options: ftp_mirror_options = unsafe { std::mem::zeroed() };
            options.struct_size = size_of::<ftp_mirror_options>();
            options.flags = flags;
            options.exclude = if excludes { excluded.as_ptr() } else { null() };
            options.action_cb = Some(on_action);
            options.user = (&raw mut told).cast();
            let paths = [c"tree".as_ptr(), local_text.as_ptr()];
            let [from, to] = if is_put { [paths[1], paths[0]] } else { paths };
            // SAFETY: the handle is valid, and the texts and the options outlive the call.
            let call = || unsafe { function(ftp, from, to, &raw const options) };
            let before = session.watch.connection();
            let done = session.make(&format!("{name} {flags}"), call)?;
            if !done.is_ok() || session.watch.connection() != before || session.is_forgiven() {
                session.home = None;
            }
            Ok::<_, String>((done, told))
        };
        let is_dry = self.chance.percent(40);
        let planned = if is_dry {
            let here = contents(local);
            let planned = run(self, flags | FTP_DRY_RUN, usize::MAX)?;
            let changes = changes(&self.watch.lines());
            if contents(local) != here || !changes.is_empty() {
                return Err(format!("{name}: a dry run changes something: {changes:?}"));
            }
            (planned.0.is_ok() && !self.is_forgiven()).then_some(planned.1.actions)
        } else {
            None
        };
        let patience = if self.chance.percent(10) { self.chance.below(8) } else { usize::MAX };
        let (done, told) = run(self, flags, patience)?;
        let is_calm = !self.is_hostile && !self.does_data_wrong && !self.is_forgiven();
        if let Some(planned) = planned.filter(|planned| is_calm && done.is_ok() && *planned != told.actions) {
            return Err(format!(
                "{name}: the dry run has told {planned:?}, and the real one {:?}",
                told.actions
            ));
        }
        if done.is_ok() && told.failures > 0 {
            return Err(format!("{name}: FTP_OK, and {} failures", told.failures));
        }
        for (tag, line) in changes(&self.watch.lines()) {
            let path = line.split_once(' ').unwrap_or_default().1;
            // On other systems, paths have other separators.
            let is_inside = if self.has_system {
                path.trim_start_matches('.').starts_with("tree")
            } else {
                path == "tree" || path.starts_with("tree/")
            };
            if !is_inside || path.contains("..") {
                return Err(format!("{name} sends {tag} {line}"));
            }
            if excludes && path.ends_with("/f7") {
                return Err(format!("{name} sends {tag} {line} about what takes no part"));
            }
        }
        Ok((done, told))
    }

    fn mirror_get(&mut self, target: &Path) -> Verdict {
        let flags = self.chance.one_of(&[0, FTP_RESUME, FTP_DELETE_EXTRA, FTP_DELETE_EXTRA | FTP_RESUME]);
        let (done, told) = self.run_mirror(false, flags, target)?;
        let lines = self.watch.lines();
        if let Some((tag, line)) = changes(&lines).first() {
            return Err(format!("ftp_mirror_get sends {tag} {line}"));
        }
        for (path, content) in contents(target) {
            let is_part = path.contains(".ftp-part");
            let was_there = content == planted(&path);
            if is_part && flags & FTP_RESUME == 0 {
                return Err(format!("ftp_mirror_get leaves {path}"));
            }
            if !is_part && !was_there && !self.has_come_whole(&path, &content, &lines) {
                return Err(format!("ftp_mirror_get: {path} has {} bytes", content.len()));
            }
        }
        let is_known = done.is_ok() && !self.has_doubts(&lines);
        for (kind, path) in told.actions.iter().filter(|_| is_known) {
            let is_there = target.join(path).symlink_metadata().is_ok();
            if is_there == (*kind == FTP_MIRROR_DELETE) {
                return Err(format!(
                    "ftp_mirror_get: FTP_OK, and of {path} ({kind}) it is {is_there} that it is there"
                ));
            }
        }
        Ok(())
    }

    /// A file that was fetched has all bytes of the one there, or as many as a server has sent that nobody could find out.
    fn has_come_whole(&self, path: &str, content: &[u8], lines: &[(Tag, String)]) -> bool {
        let name = files::leaf(path);
        let asked = lines.iter().filter(|(_, line)| line.starts_with("RETR ") && files::leaf(line) == name);
        let mut facts = asked.filter_map(|(tag, _)| Some((*tag, self.ledger.fact(*tag)?)));
        // The beginning tells which command it was; what was continued has the beginning of an earlier one.
        let behind = |bytes: &[u8]| bytes.get(files::BEGINNING..).unwrap_or_default().to_vec();
        facts.any(|(tag, fact)| {
            let whole = files::content(name, tag);
            let is_whole = content.len() == whole.len() && behind(content) == behind(&whole);
            is_whole
                || (fact.is_hidden && behind(&whole).starts_with(&behind(content)))
                || self.ledger.is_tainted(tag.connection)
        })
    }

    fn mirror_put(&mut self, source: &Path) -> Verdict {
        let flags = self.chance.one_of(&[
            0,
            FTP_RESUME,
            FTP_DELETE_EXTRA,
            FTP_ATOMIC,
            FTP_ATOMIC | FTP_DELETE_EXTRA,
            FTP_ATOMIC | FTP_RESUME,
        ]);
        let before = contents(source);
        let (done, told) = self.run_mirror(true, flags, source)?;
        if contents(source) != before {
            return Err("ftp_mirror_put changes its source".into());
        }
        self.check_parts("ftp_mirror_put", &done, flags)?;
        // Where paths are written otherwise, nobody here knows which name is which.
        if !done.is_ok() || self.has_doubts(&self.watch.lines()) || self.has_system {
            return Ok(());
        }
        let stored = self.stored();
        for (kind, path) in &told.actions {
            let Some(content) = before.get(path) else { continue };
            let stored = stored.get(&format!("tree/{path}"));
            let fact = stored.and_then(|stored| self.ledger.fact(stored.tag));
            let is_whole = fact.is_some_and(|fact| fact.is_hidden || fact.data == *content);
            if matches!(*kind, FTP_MIRROR_ADD | FTP_MIRROR_REPLACE) && !is_whole {
                return Err(format!("ftp_mirror_put: FTP_OK, and {path} is not whole"));
            }
        }
        Ok(())
    }

    /// Nobody can tell some of the replies of a call apart, or a listing was less than it seemed.
    fn has_doubts(&self, lines: &[(Tag, String)]) -> bool {
        let is_doubtful = |(tag, line): &(Tag, String)| {
            let is_listing = line.starts_with("LIST");
            self.ledger.is_tainted(tag.connection)
                || (is_listing && self.ledger.fact(*tag).is_some_and(|fact| fact.is_hidden || fact.is_cut))
        };
        self.is_forgiven() || lines.iter().any(is_doubtful)
    }

    /// Which transfer of the last call has given a path what it has now.
    pub fn stored(&self) -> HashMap<String, Stored> {
        let (mut stored, mut moved) = (HashMap::new(), None);
        for (tag, line) in self.watch.lines() {
            match line.split_once(' ') {
                Some(("STOR" | "APPE", path)) => drop(stored.insert(path.to_owned(), Stored { tag })),
                Some(("RNFR", path)) => moved = Some(path.to_owned()),
                Some(("RNTO", path)) => {
                    if let Some(tag) = moved.take().and_then(|from| stored.get(&from)).map(|from| from.tag) {
                        stored.insert(path.to_owned(), Stored { tag });
                    }
                }
                _ => {}
            }
        }
        stored
    }

    /// On a server that does as it is told, a temporary file is renamed, or deleted as long as the session lives.
    pub fn check_parts(&self, name: &str, done: &Done, flags: c_int) -> Verdict {
        let lines = self.watch.lines();
        let has_lost_one = lines.iter().any(|(tag, _)| Some(tag.connection) != self.watch.connection());
        let may_stay = flags & FTP_RESUME != 0 || self.is_hostile || has_lost_one || self.is_forgiven();
        let ended_early = matches!(done.status, ftp_status::FTP_ERR_TIMEOUT | ftp_status::FTP_ERR_ABORTED)
            || matches!(done.status, ftp_status::FTP_ERR_DENIED | ftp_status::FTP_ERR_CALLBACK);
        // Whatever the status: when the time of the call is over, nothing more is deleted.
        let ended_early = ended_early || done.took >= self.total;
        if may_stay || ended_early || self.watch.has_denied() || !self.handle.is_connected() {
            return Ok(());
        }
        let is_part = |line: &&(Tag, String)| line.1.starts_with("STOR ") && line.1.contains(".ftp-part");
        for (tag, line) in lines.iter().filter(is_part) {
            let path = &line["STOR ".len()..];
            let ends = [format!("RNFR {path}"), format!("DELE {path}")];
            if self.ledger.fact(*tag).is_some() && !lines.iter().any(|(_, line)| ends.contains(line)) {
                return Err(format!("{name}: {:?}, and {path} stays", done.status));
            }
        }
        Ok(())
    }

    pub fn remove_tree(&mut self) -> Verdict {
        let (ftp, path) =
            (self.handle.raw(), self.chance.one_of(&[c"tree/sub", c"tree/sub", c"tree/f300", c"/"]));
        let path_text = path.to_str().unwrap();
        // SAFETY: the handle and the text are valid.
        let call = || unsafe { ftp_remove_tree(ftp, path.as_ptr(), 0) };
        let done = self.make(&format!("ftp_remove_tree {path_text}"), call)?;
        self.home = None;
        let lines = self.watch.lines();
        let changes = changes(&lines);
        let inside = format!("{path_text}/");
        for (tag, line) in &changes {
            let told = line.split_once(' ').unwrap_or_default().1;
            if path_text == "/" || (told != path_text && !told.starts_with(&inside)) {
                return Err(format!("ftp_remove_tree {path_text} sends {tag} {line}"));
            }
        }
        if !done.is_ok() || self.has_doubts(&lines) {
            return Ok(());
        }
        let left = self.ledger.left_in(path_text);
        match left {
            None => Ok(()),
            Some(left) => Err(format!("ftp_remove_tree {path_text}: FTP_OK, and {left:?} is there")),
        }
    }
}

/// What each file of the plant has; its name tells how much.
fn planted(path: &str) -> Vec<u8> {
    let size = files::size(path).unwrap_or(3);
    b"planted\n".iter().copied().cycle().take(size).collect()
}

fn changes(lines: &[(Tag, String)]) -> Vec<(Tag, String)> {
    let is_change = |line: &str| CHANGES.contains(&line.split(' ').next().unwrap_or_default());
    lines.iter().filter(|(_, line)| is_change(line)).cloned().collect()
}

fn names_in(directory: &Path) -> HashSet<String> {
    let names = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).collect()
}

/// The files below a directory, by their paths.
fn contents(directory: &Path) -> HashMap<String, Vec<u8>> {
    let mut found = HashMap::new();
    for name in names_in(directory) {
        let path = directory.join(&name);
        if path.is_dir() {
            found.extend(
                contents(&path).into_iter().map(|(inner, content)| (format!("{name}/{inner}"), content)),
            );
        } else {
            found.insert(name, fs::read(&path).unwrap());
        }
    }
    found
}
