//! A server that has files, some habits, and a moment at which it dies: for tests of whole files, which take several sessions.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use super::scripted::{Data, DataListener, Gone, Scripted, Session};

mod secure;
mod tree;

use secure::Security;
pub use tree::Tree;

/// How long the server waits for what the client does next.
const PATIENCE: Duration = Duration::from_secs(60);
/// It dies at no step.
const NEVER: usize = usize::MAX;

/// What the server can do, and how.
#[derive(Clone, Debug)]
pub struct Habits {
    pub knows_size: bool,
    pub knows_mdtm: bool,
    pub knows_rest: bool,
    pub knows_appe: bool,
    /// RETR is allowed.
    pub is_readable: bool,
    /// 150 tells the size of the whole file, or with `announces_rest` what is to come of it.
    pub announces: bool,
    pub announces_rest: bool,
    /// RNTO replaces what has the name.
    pub rnto_replaces: bool,
    /// RNTO is confirmed, and nothing is renamed.
    pub rnto_does_nothing: bool,
    /// What commands that begin so are answered with.
    pub refuses: &'static [(&'static str, &'static str)],
    /// STOR after REST begins at the offset, but cuts what was before it to zeros.
    pub rest_fills_with_zeros: bool,
    /// It does not tell what has become of a file that it has received so many bytes of, and confirms it.
    pub keeps_at_most: usize,
    /// How many bytes go over the data connection from one step to the next.
    pub piece: usize,
    /// The connection is reset where it dies.
    pub resets: bool,
    /// How many sessions may still log in.
    pub lets_in: usize,
    /// SIZE tells 0 of every file.
    pub size_is_zero: bool,
    /// What FEAT names beside MLST, and commands that tell a hash: verb and hash.
    pub features: &'static [&'static str],
    pub hashes: fn(&str, &[u8]) -> Option<String>,
    /// A file loses this bit of its middle byte when it is stored.
    pub flips: u8,
    /// FEAT names MFMT, and the server does it.
    pub knows_mfmt: bool,
    /// It has MLSD. Otherwise it has LIST, which tells the days of files, and MDTM.
    pub knows_mlsd: bool,
    /// Names that differ in case only, or in how they write an é, are the same.
    pub folds_case: bool,
    /// What the server makes of the path that a command names, without the slash before it.
    pub renames: fn(&str, String) -> String,
    /// There is no room for a file of more bytes.
    pub room: usize,
    /// A file is what it was before until the upload has come to its end.
    pub hides_uploads: bool,
}

/// Writes a file of this machine that is older than what the site has.
pub fn write_older(path: &Path, content: &[u8]) {
    fs::write(path, content).unwrap();
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(1_700_000_000)).unwrap();
}

impl Default for Habits {
    fn default() -> Habits {
        Habits {
            knows_size: true,
            knows_mdtm: true,
            knows_rest: true,
            knows_appe: true,
            is_readable: true,
            announces: true,
            announces_rest: false,
            rnto_replaces: true,
            rnto_does_nothing: false,
            refuses: &[],
            rest_fills_with_zeros: false,
            keeps_at_most: usize::MAX,
            piece: 30_000,
            resets: false,
            lets_in: usize::MAX,
            size_is_zero: false,
            features: &[],
            hashes: |_, _| None,
            flips: 0,
            knows_mfmt: false,
            knows_mlsd: true,
            folds_case: false,
            renames: |_, name| name,
            room: usize::MAX,
            hides_uploads: false,
        }
    }
}

/// A file and its time.
type File = (Vec<u8>, u64);

/// See the module.
pub struct Site {
    pub server: Scripted,
    state: Arc<State>,
}

struct State {
    files: Mutex<BTreeMap<String, File>>,
    tree: Mutex<Tree>,
    habits: Mutex<Habits>,
    security: Mutex<Security>,
    steps: AtomicUsize,
    dies_at: AtomicUsize,
    has_died: AtomicBool,
    is_busy: AtomicBool,
    heard: Mutex<Vec<String>>,
}

/// What a session has agreed on.
#[derive(Default)]
struct Agreed {
    security: Security,
    listener: Option<DataListener>,
    rest: usize,
    from: Option<String>,
}

impl Site {
    pub fn start(habits: Habits) -> Site {
        let state = Arc::new(State {
            files: Mutex::default(),
            tree: Mutex::default(),
            habits: Mutex::new(habits),
            security: Mutex::default(),
            steps: AtomicUsize::new(0),
            dies_at: AtomicUsize::new(NEVER),
            has_died: AtomicBool::new(false),
            is_busy: AtomicBool::new(false),
            heard: Mutex::default(),
        });
        let shared = Arc::clone(&state);
        let server = Scripted::react(move |s, _| {
            // The client may leave when it likes, and the server dies when it is to.
            let _ = shared.serve(s);
        });
        Site { server, state }
    }

    pub fn put(&self, name: &str, content: &[u8]) {
        let mut files = self.state.files.lock().unwrap();
        let time = files.get(name).map_or(0, |(_, time)| time + 1);
        files.insert(name.into(), (content.to_vec(), time));
    }

    /// The next SIZE is refused for now.
    pub fn be_busy(&self) {
        self.state.is_busy.store(true, Ordering::SeqCst);
    }

    pub fn get(&self, name: &str) -> Option<Vec<u8>> {
        self.state.files.lock().unwrap().get(name).map(|(content, _)| content.clone())
    }

    pub fn names(&self) -> Vec<String> {
        self.state.files.lock().unwrap().keys().cloned().collect()
    }

    pub fn change(&self, change: impl FnOnce(&mut Habits)) {
        change(&mut self.state.habits.lock().unwrap());
    }

    /// It ends its session at this step from now, which counts replies and pieces of data. The next session lives.
    pub fn die_at(&self, step: usize) {
        self.state.steps.store(0, Ordering::SeqCst);
        self.state.dies_at.store(step, Ordering::SeqCst);
        self.state.has_died.store(false, Ordering::SeqCst);
    }

    /// It lives, whatever it was to do.
    pub fn live(&self) {
        self.state.dies_at.store(NEVER, Ordering::SeqCst);
    }

    /// Whether it has died since it was told to.
    pub fn has_died(&self) -> bool {
        self.state.has_died.load(Ordering::SeqCst)
    }

    /// The commands since this was asked last.
    pub fn heard(&self) -> Vec<String> {
        std::mem::take(&mut self.state.heard.lock().unwrap())
    }
}

impl State {
    /// Something is about to be sent or taken.
    fn step(&self) -> Result<(), Gone> {
        let step = self.steps.fetch_add(1, Ordering::SeqCst);
        let dies = self.dies_at.compare_exchange(step, NEVER, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        self.has_died.fetch_or(dies, Ordering::SeqCst);
        if dies { Err(Gone) } else { Ok(()) }
    }

    fn say(&self, s: &mut Session, line: &str) -> Result<(), Gone> {
        if self.step().is_err() {
            return self.die(s);
        }
        s.say(line)
    }

    fn die(&self, s: &mut Session) -> Result<(), Gone> {
        if self.habits.lock().unwrap().resets {
            s.reset()
        } else {
            s.close()
        }
        Err(Gone)
    }

    fn serve(&self, s: &mut Session) -> Result<(), Gone> {
        self.say(s, "220 ready")?;
        let mut agreed = Agreed::default();
        loop {
            let line = s.hear()?;
            let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
            let mut name = argument.strip_prefix('/').unwrap_or(argument).to_owned();
            if !matches!(verb, "USER" | "PASS") {
                self.heard.lock().unwrap().push(line.clone());
            }
            let habits = self.habits.lock().unwrap().clone();
            let mut argument = argument.to_owned();
            if habits.folds_case && !matches!(verb, "USER" | "PASS") {
                name = self.stored_name(&name);
                argument = self.stored_name(&argument);
            }
            if !matches!(verb, "USER" | "PASS") {
                name = (habits.renames)(verb, name);
                if argument.starts_with('/') {
                    argument = format!("/{name}");
                }
            }
            let argument = argument.as_str();
            let file = self.files.lock().unwrap().get(&name).cloned();
            let line = format!("{verb} {argument}");
            if let Some((_, reply)) = habits.refuses.iter().find(|(start, _)| line.starts_with(start)) {
                self.say(s, reply)?;
                continue;
            }
            match (verb, file) {
                ("AUTH", _) if self.security.lock().unwrap().is_offered() => {
                    self.say(s, "234 go")?;
                    agreed.security = self.security.lock().unwrap().clone();
                    agreed.security.secure(s)?;
                }
                ("PBSZ" | "PROT", _) if agreed.security.is_offered() => self.say(s, "200 ok")?,
                ("USER", _) => self.say(s, "331 password")?,
                ("PASS", _) if habits.lets_in == 0 => self.say(s, "530 no")?,
                ("PASS", _) => {
                    self.habits.lock().unwrap().lets_in -= 1;
                    self.say(s, "230 welcome")?;
                }
                ("PWD", _) => self.say(s, "257 \"/in/step\" is here")?,
                // Whatever it names is absolute.
                ("CWD", None) if self.is_directory(&name) || argument == "/in/step" => {
                    self.say(s, "250 there")?;
                }
                ("TYPE" | "NOOP", _) => self.say(s, "200 ok")?,
                ("QUIT", _) => return self.say(s, "221 bye"),
                ("FEAT", _) => {
                    let mlst = if habits.knows_mlsd { " MLST type*;size*;modify*;\r\n" } else { " SIZE\r\n" };
                    let mfmt = if habits.knows_mfmt { " MFMT\r\n" } else { "" };
                    let more: String = habits.features.iter().map(|name| format!(" {name}\r\n")).collect();
                    self.say(s, &format!("211-Features:\r\n{mlst}{mfmt}{more}211 End"))?;
                }
                ("MLSD", _) if habits.knows_mlsd => self.list(s, &mut agreed, &name, true)?,
                ("LIST", _) => self.list(s, &mut agreed, &name, false)?,
                ("MKD" | "RMD" | "MFMT", _) => self.change_tree(s, verb, argument, &habits)?,
                ("MLST", None) if habits.knows_mlsd && self.is_directory(&name) => {
                    self.say(s, &format!("250-Listing\r\n type=dir; {argument}\r\n250 End"))?;
                }
                ("MLST", Some((content, _))) if habits.knows_mlsd => {
                    let facts =
                        format!("250-Listing\r\n type=file;size={}; {argument}\r\n250 End", content.len());
                    self.say(s, &facts)?;
                }
                ("PASV", _) => {
                    self.step()?;
                    agreed.listener = Some(s.offer_passive()?);
                }
                ("SIZE", _) if self.is_busy.swap(false, Ordering::SeqCst) => self.say(s, "450 not now")?,
                ("SIZE", Some((content, _))) if habits.knows_size => {
                    let size = if habits.size_is_zero { 0 } else { content.len() };
                    self.say(s, &format!("213 {size}"))?;
                }
                ("MDTM", Some((_, time))) if habits.knows_mdtm => {
                    self.say(s, &format!("213 {}", 20_260_101_000_000_u64.wrapping_add(time)))?
                }
                ("REST", _) if habits.knows_rest => {
                    agreed.rest = argument.parse().unwrap_or(0);
                    self.say(s, "350 from there")?;
                }
                ("RETR", Some((content, _))) if habits.is_readable => {
                    self.send_file(s, &mut agreed, &habits, &content)?;
                }
                ("STOR", _) => self.take_file(s, &mut agreed, &habits, &name, false)?,
                ("APPE", _) if habits.knows_appe => self.take_file(s, &mut agreed, &habits, &name, true)?,
                ("RNFR", Some(_)) => {
                    agreed.from = Some(name);
                    self.say(s, "350 to what?")?;
                }
                ("RNTO", _) if habits.rnto_does_nothing => self.say(s, "250 renamed")?,
                ("RNTO", Some(_)) if !habits.rnto_replaces => self.say(s, "550 it exists")?,
                ("RNTO", _) => self.rename(s, agreed.from.take(), name)?,
                ("DELE", Some(_)) => {
                    self.files.lock().unwrap().remove(&name);
                    self.say(s, "250 gone")?;
                }
                ("ABOR", _) => self.say(s, "226 nothing to abort")?,
                ("SIZE", _) if !habits.knows_size => self.say(s, "502 no SIZE")?,
                ("MLST" | "SIZE" | "MDTM" | "RETR" | "RNFR" | "DELE" | "CWD", _) => {
                    self.say(s, "550 no such file")?
                }
                (verb, Some((content, _))) if (habits.hashes)(verb, &content).is_some() => {
                    let hash = (habits.hashes)(verb, &content).unwrap_or_default();
                    self.say(s, &format!("250 {hash}"))?;
                }
                _ => self.say(s, "502 not here")?,
            }
        }
    }

    fn rename(&self, s: &mut Session, from: Option<String>, to: String) -> Result<(), Gone> {
        let file = from.and_then(|from| self.files.lock().unwrap().remove(&from));
        let Some(file) = file else { return self.say(s, "503 what?") };
        self.files.lock().unwrap().insert(to, file);
        self.say(s, "250 renamed")
    }

    fn accept(&self, s: &mut Session, agreed: &mut Agreed, text: &str) -> Result<Data, Gone> {
        let listener = agreed.listener.take().ok_or(Gone)?;
        self.say(s, text)?;
        let mut data = listener.try_accept(PATIENCE).ok_or(Gone)?;
        agreed.security.protect(&mut data)?;
        Ok(data)
    }

    fn send_file(
        &self,
        s: &mut Session,
        agreed: &mut Agreed,
        habits: &Habits,
        content: &[u8],
    ) -> Result<(), Gone> {
        let rest = std::mem::take(&mut agreed.rest).min(content.len());
        let size = if habits.announces_rest { content.len() - rest } else { content.len() };
        let text = if habits.announces { format!("150 go ({size} bytes)") } else { "150 go".into() };
        let mut data = self.accept(s, agreed, &text)?;
        for piece in content[rest..].chunks(habits.piece) {
            if self.step().is_err() {
                if habits.resets {
                    data.reset();
                }
                return self.die(s);
            }
            if !data.try_send(piece) {
                return self.say(s, "426 you are gone");
            }
        }
        data.try_close_notify();
        data.close();
        self.say(s, "226 done")
    }

    fn take_file(
        &self,
        s: &mut Session,
        agreed: &mut Agreed,
        habits: &Habits,
        name: &str,
        appends: bool,
    ) -> Result<(), Gone> {
        let rest = std::mem::take(&mut agreed.rest);
        let mut data = self.accept(s, agreed, "150 go")?;
        let mut file = self.files.lock().unwrap().get(name).cloned().unwrap_or_default();
        file.1 += 1;
        match (appends, rest) {
            (true, _) => {}
            (false, 0) => file.0.clear(),
            (false, rest) if habits.rest_fills_with_zeros => file.0 = vec![0; rest],
            (false, rest) => file.0.truncate(rest),
        }
        loop {
            let (piece, has_ended) = data.take(habits.piece, PATIENCE);
            file.0.extend_from_slice(&piece);
            file.0.truncate(habits.keeps_at_most);
            if file.0.len() > habits.room {
                self.files.lock().unwrap().remove(name);
                while !data.take(habits.piece, PATIENCE).1 {}
                return self.say(s, "552 there is no room");
            }
            if has_ended || !habits.hides_uploads {
                self.files.lock().unwrap().insert(name.into(), file.clone());
            }
            if has_ended {
                break;
            }
            if piece.is_empty() {
                return self.say(s, "426 you are gone");
            }
            if self.step().is_err() {
                if habits.resets {
                    data.reset();
                }
                return self.die(s);
            }
        }
        drop(data);
        let middle = file.0.len() / 2;
        if let Some(byte) = file.0.get_mut(middle) {
            *byte ^= habits.flips;
            self.files.lock().unwrap().insert(name.into(), file);
        }
        self.say(s, "226 done")
    }
}
