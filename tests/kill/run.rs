//! One run: something is moved, something is killed, and it is moved again until it is there.

use std::ffi::OsStr;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::chance::Chance;
use super::files::{Item, bytes, directories, files, now, own, set_time, time};
use super::network::Network;
use super::operation::{Mortal, NAME, Outcome, Place, perform};
use super::plan::{Direction, Plan, SERVERS, Victim, What};
use super::processes::Processes;
use super::support::daemons::{Daemon, DaemonOptions, Tls};

/// After the last fault, so many calls are enough, whatever a dead session still holds.
const CALLS_IN_PEACE: usize = 3;
/// The files of a tree. The first is all that is moved otherwise.
const TREE: &[&str] = &[NAME, "sub/a", "sub/deep/b", "sub/deep/c", "d"];
/// When the files of a tree were changed, in seconds since 1970.
const OLD: u64 = 1_600_000_000;
const NEW: u64 = 1_700_000_040;
const DAY: u64 = 24 * 60 * 60;
/// Only the target has them.
const EXTRA: &[&str] = &["extra", "sub/more", "gone/of/old"];
/// The source has it, with nothing in it.
const EMPTY: &str = "sub/empty";
/// Between two looks at the final name.
const LOOK: Duration = Duration::from_millis(1);

/// A server that can be killed, behind a network that can fail.
pub struct Site {
    daemon: Daemon,
    processes: Arc<Processes>,
    network: Network,
    relay: Ipv4Addr,
}

/// How it went well.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// Nothing was killed before the end.
    Untouched,
    /// The first attempt ended in spite of it.
    AtOnce,
    ByRetries,
    ByAnotherCall,
}

impl Site {
    pub fn start(server: usize, has_tls: bool) -> Option<Site> {
        static STARTED: AtomicU8 = AtomicU8::new(1);
        // Addresses that no other process uses, so that all ports are free there.
        let process = std::process::id();
        let number = STARTED.fetch_add(1, Ordering::SeqCst);
        let [own, relay] = [0, 128]
            .map(|half| Ipv4Addr::new(127, 64 + (process >> 8 & 63) as u8, process as u8, half + number));
        let tls = if has_tls { Tls::Explicit } else { Tls::None };
        let options = DaemonOptions { tls, behind: Some([own, relay]), ..DaemonOptions::default() };
        let daemon = Daemon::start(SERVERS[server], options)?;
        // The session that has shown that it is there ends.
        thread::sleep(Duration::from_millis(300));
        let processes = Arc::new(Processes::of(daemon.process_id()));
        let network = Network::start(relay, SocketAddr::new(own.into(), daemon.port));
        Some(Site { daemon, processes, network, relay })
    }

    /// Plays it. What is wrong is an `Err` that says so.
    pub fn run(&self, plan: &Plan) -> Result<Ending, String> {
        let mut run = self.begin(plan);
        let mortal = Mortal::default();
        self.arm(plan, &mortal);
        let outcome = run.play(plan, &mortal);
        self.calm();
        outcome.map_err(|wrong| format!("{wrong}\n{}", run.told.join("\n")))
    }

    pub fn begin(&self, plan: &Plan) -> Run<'_> {
        Run::prepare(self, plan)
    }

    /// From now on things happen.
    pub fn arm(&self, plan: &Plan, client: &Mortal) {
        let (processes, client) = (Arc::clone(&self.processes), client.clone());
        let kill = move |what| match what {
            What::Server => processes.kill_sessions(),
            _ => client.kill(),
        };
        self.network.arm(&plan.faults, Box::new(kill));
    }

    /// Nothing is left of the sessions that there were.
    pub fn calm(&self) {
        self.network.calm();
        self.processes.kill_sessions();
    }
}

/// What is moved, from where to where.
pub struct Run<'a> {
    site: &'a Site,
    _directory: TempDir,
    pub place: Place,
    items: Vec<Item>,
    /// What only the target has.
    extra: Vec<(PathBuf, Vec<u8>)>,
    /// What each call came to.
    told: Vec<String>,
}

impl Run<'_> {
    fn prepare<'a>(site: &'a Site, plan: &Plan) -> Run<'a> {
        for entry in fs::read_dir(&site.daemon.root).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
        }
        let directory = tempfile::tempdir().unwrap();
        let local = directory.path().join(NAME);
        let daemon = &site.daemon;
        let place = Place {
            host: site.relay.to_string(),
            port: daemon.port,
            user: daemon.user.clone(),
            password: daemon.password.clone(),
            authority: daemon.ca.clone(),
            local,
        };
        let mut chance = Chance::new(!plan.seed);
        let names = if plan.direction.is_mirror() { TREE } else { &TREE[..1] };
        let (here, there) = (directory.path().to_owned(), daemon.root.clone());
        let mut run = Run {
            site,
            _directory: directory,
            place,
            items: Vec::new(),
            extra: Vec::new(),
            told: Vec::new(),
        };
        for (at, name) in names.iter().enumerate() {
            let [here, there] = [&here, &there].map(|root| root.join(name));
            let (from, to) = if plan.direction.is_up() { (here, there) } else { (there, here) };
            let divisor = if at == 0 { 1 } else { 4 };
            let old = plan.old_size.filter(|_| at % 2 == 0).map(|size| bytes(&mut chance, size / divisor));
            let first = bytes(&mut chance, plan.size / divisor);
            run.make_directories(&from);
            if let Some(old) = &old {
                run.make_directories(&to);
                fs::write(&to, old).unwrap();
                own(&to, daemon);
                if plan.direction.is_mirror() {
                    set_time(&to, OLD);
                }
            }
            run.items.push(Item { from, to, old, new: Vec::new() });
            run.provide(plan, at, first);
        }
        if plan.direction.is_mirror() {
            let (source, target) = if plan.direction.is_up() { (here, there) } else { (there, here) };
            run.make_directories(&source.join(EMPTY).join("nothing"));
            for name in EXTRA {
                let path = target.join(name);
                let content = bytes(&mut chance, 1000);
                run.make_directories(&path);
                fs::write(&path, &content).unwrap();
                own(&path, daemon);
                run.extra.push((path, content));
            }
        }
        run
    }

    fn make_directories(&self, path: &Path) {
        let missing: Vec<_> = path.ancestors().skip(1).take_while(|path| !path.exists()).collect();
        for directory in missing.into_iter().rev() {
            fs::create_dir(directory).unwrap();
            own(directory, &self.site.daemon);
        }
    }

    /// From now on, this is the file that is moved.
    fn provide(&mut self, plan: &Plan, at: usize, content: Vec<u8>) {
        let item = &mut self.items[at];
        let other = item.from.with_file_name("other");
        fs::write(&other, &content).unwrap();
        own(&other, &self.site.daemon);
        if plan.direction.is_mirror() {
            // Days are all that some listings tell of old files. A server that sets no times takes for changed only what is newer than
            // what it got before.
            let later = DAY * item.new.len() as u64;
            set_time(&other, if item.new.is_empty() { NEW } else { now() + later });
        }
        // As who takes care does: nobody sees half of it.
        fs::rename(&other, &item.from).unwrap();
        item.new.push(content);
    }

    /// Another file takes its place.
    pub fn change(&mut self, plan: &Plan) {
        let mut chance = Chance::new(plan.seed ^ 0x5a5a);
        let size = if chance.percent(50) { plan.size } else { chance.below(2 * plan.size + 1) };
        self.provide(plan, 0, bytes(&mut chance, size));
    }

    fn play(&mut self, plan: &Plan, mortal: &Mortal) -> Result<Ending, String> {
        let mut plan = plan.clone();
        let network = &self.site.network;
        for call in 0..plan.faults.len() + CALLS_IN_PEACE {
            let (outcome, seen) = self.watched(&plan, || match plan.victim {
                Victim::Client => mortal.perform(&plan, &self.place),
                _ => perform(&plan, &self.place),
            });
            self.told.push(format!("{outcome:?}, {} faults", network.fired()));
            seen?;
            let attempts = match outcome {
                Outcome::Done { attempts } => attempts,
                // It had its name, and nobody knew.
                Outcome::Failed(error) if call > 0 && is_there(&error) && self.is_right() => 1,
                // A mirror that has lost its session while it looks is run again.
                Outcome::Failed(error)
                    if plan.retries > 0 && !plan.direction.is_mirror() && !is_for_good(&error) =>
                {
                    return Err(format!("it gave up: {error}"));
                }
                Outcome::Failed(_) | Outcome::NotBegun(_) | Outcome::Killed => {
                    if plan.changes && call == 0 {
                        self.change(&plan);
                    }
                    // A session of a server that is not dead yet may still write.
                    thread::sleep(Duration::from_millis(if call > 0 { 200 } else { 0 }));
                    (plan.retries, plan.flags.resume) = (8, true);
                    plan.flags.no_replace &= plan.direction == Direction::Get || plan.flags.atomic;
                    continue;
                }
            };
            self.require_end(&plan)?;
            return Ok(match (call, attempts, network.fired()) {
                (1.., ..) => Ending::ByAnotherCall,
                (0, 2.., _) => Ending::ByRetries,
                (0, _, 1..) => Ending::AtOnce,
                (0, _, 0) => Ending::Untouched,
            });
        }
        Err("it comes to no end".into())
    }

    /// Looks at the final name again and again while something is done, and once more afterwards.
    fn watched(&self, plan: &Plan, act: impl FnOnce() -> Outcome) -> (Outcome, Result<(), String>) {
        if !plan.is_all_or_nothing() {
            return (act(), Ok(()));
        }
        let has_ended = AtomicBool::new(false);
        thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                let mut last = vec![None; self.items.len()];
                while !has_ended.load(Ordering::SeqCst) {
                    for (item, last) in self.items.iter().zip(&mut last) {
                        item.require_no_wrong_file(last)?;
                    }
                    thread::sleep(LOOK);
                }
                self.items.iter().try_for_each(|item| item.require_no_wrong_file(&mut None))
            });
            let outcome = act();
            has_ended.store(true, Ordering::SeqCst);
            (outcome, watcher.join().unwrap())
        })
    }

    pub fn has_no_wrong_file(&self) -> bool {
        self.items.iter().all(|item| item.require_no_wrong_file(&mut None).is_ok())
    }

    pub fn is_right(&self) -> bool {
        self.items.iter().all(Item::is_right)
    }

    /// The call says that it is there.
    fn require_end(&self, plan: &Plan) -> Result<(), String> {
        for item in &self.items {
            if !item.is_right() {
                let size = fs::metadata(&item.to).map(|found| found.len());
                let wanted = item.new.last().map(Vec::len);
                return Err(format!("FTP_OK for a wrong file: {:?}: {size:?} bytes of {wanted:?}", item.to));
            }
            if plan.flags.keep_time && time(&item.from) != time(&item.to) {
                return Err("it has another time".into());
            }
        }
        for (path, content) in &self.extra {
            let found = fs::read(path).ok();
            if found.as_ref() != Some(content).filter(|_| !plan.flags.deletes) {
                return Err(format!(
                    "what only the target has: {path:?}: {:?}",
                    found.map(|found| found.len())
                ));
            }
        }
        if plan.direction.is_mirror() {
            self.require_same_directories(plan)?;
        }
        // What was begun of another version of the file has a name of its own.
        let may_have_more = plan.flags.atomic && self.items[0].new.len() > 1;
        for root in [&self.site.daemon.root, self.place.local.parent().unwrap()] {
            let is_known = |path: &Path| {
                let is_item = self.items.iter().any(|item| item.from == path || item.to == path);
                is_item || self.extra.iter().any(|(extra, _)| extra == path)
            };
            let is_expected = |path: &Path| {
                let is_part = path.to_string_lossy().ends_with(".ftp-part");
                may_have_more && is_part || self.is_of_a_cut_command(plan, path)
            };
            let files = files(root);
            if let Some(more) = files.iter().find(|path| !(is_known(path) || is_expected(path))) {
                return Err(format!("more is left than the file: {more:?}"));
            }
        }
        Ok(())
    }
}

impl Run<'_> {
    /// ProFTPD carries out a command that was cut off: `STOR fi`, or `STOR .file.e1` of a temporary name.
    fn is_of_a_cut_command(&self, plan: &Plan, path: &Path) -> bool {
        let path = path.as_os_str().as_bytes();
        let is_of = |item: &Item| {
            let name = item.to.file_name().unwrap_or_default();
            let temporary =
                item.to.with_file_name(OsStr::from_bytes(&[b".", name.as_bytes(), b"."].concat()));
            let [name, temporary] = [item.to.as_os_str().as_bytes(), temporary.as_os_str().as_bytes()];
            name.starts_with(path)
                || temporary.starts_with(path)
                || path.starts_with(temporary) && !path.ends_with(b".ftp-part")
        };
        SERVERS[plan.server] == "proftpd" && self.items.iter().any(is_of)
    }

    /// A mirror has ended.
    fn require_same_directories(&self, plan: &Plan) -> Result<(), String> {
        let (here, there) = (self.place.local.parent().unwrap(), self.site.daemon.root.as_path());
        let (source, target) = if plan.direction.is_up() { (here, there) } else { (there, here) };
        let [wanted, found] = [source, target].map(|root| directories(root, root));
        if let Some(missing) = wanted.difference(&found).next() {
            return Err(format!("the directory {missing:?} is missing"));
        }
        let is_expected = |path: &Path| {
            let is_extra = self.extra.iter().any(|(extra, _)| extra.starts_with(target.join(path)));
            !plan.flags.deletes && is_extra || self.is_of_a_cut_command(plan, &target.join(path))
        };
        match found.difference(&wanted).find(|path| !is_expected(path)) {
            Some(more) => Err(format!("the directory {more:?} is left")),
            None => Ok(()),
        }
    }
}

/// Where the first bytes of a data connection are lost, the rest looks like that of a server without TLS. No call tries that again.
fn is_for_good(error: &str) -> bool {
    error.contains("the server does not speak TLS here")
}

fn is_there(error: &str) -> bool {
    error.contains("File exists") || error.contains("there already")
}
