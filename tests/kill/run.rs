//! One run: something is moved, something is killed, and it is moved again until it is there.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use tempfile::TempDir;

use super::chance::Chance;
use super::network::Network;
use super::operation::{Mortal, NAME, Outcome, Place, perform};
use super::plan::{Direction, Plan, SERVERS, Victim, What};
use super::processes::Processes;
use super::support::daemons::{Daemon, DaemonOptions, Tls};

/// After the last fault, so many calls are enough, whatever a dead session still holds.
const CALLS_IN_PEACE: usize = 3;
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
    /// The file that is moved, and the one that it becomes.
    from: PathBuf,
    to: PathBuf,
    old: Option<Vec<u8>>,
    new: Vec<Vec<u8>>,
    /// What each call came to.
    told: Vec<String>,
}

impl Run<'_> {
    fn prepare<'a>(site: &'a Site, plan: &Plan) -> Run<'a> {
        for entry in fs::read_dir(&site.daemon.root).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        let directory = tempfile::tempdir().unwrap();
        let local = directory.path().join(NAME);
        let remote = site.daemon.root.join(NAME);
        let (from, to) = match plan.direction {
            Direction::Get => (remote, local.clone()),
            Direction::Put => (local.clone(), remote),
        };
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
        let old = plan.old_size.map(|size| bytes(&mut chance, size));
        if let Some(old) = &old {
            fs::write(&to, old).unwrap();
            own(&to, &site.daemon);
        }
        let first = bytes(&mut chance, plan.size);
        let mut run =
            Run { site, _directory: directory, place, from, to, old, new: Vec::new(), told: Vec::new() };
        run.provide(first);
        run
    }

    /// From now on, this is the file that is moved.
    fn provide(&mut self, content: Vec<u8>) {
        let other = self.from.with_file_name("other");
        fs::write(&other, &content).unwrap();
        own(&other, &self.site.daemon);
        // As who takes care does: nobody sees half of it.
        fs::rename(&other, &self.from).unwrap();
        self.new.push(content);
    }
    /// Another file takes its place.
    pub fn change(&mut self, plan: &Plan) {
        let mut chance = Chance::new(plan.seed ^ 0x5a5a);
        let size = if chance.percent(50) { plan.size } else { chance.below(2 * plan.size + 1) };
        self.provide(bytes(&mut chance, size));
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
                Outcome::Failed(error) if plan.retries > 0 => return Err(format!("it gave up: {error}")),
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
                let mut last = None;
                while !has_ended.load(Ordering::SeqCst) {
                    self.require_no_wrong_file(&mut last)?;
                    thread::sleep(LOOK);
                }
                self.require_no_wrong_file(&mut None)
            });
            let outcome = act();
            has_ended.store(true, Ordering::SeqCst);
            (outcome, watcher.join().unwrap())
        })
    }

    /// `last`: what was looked at already.
    fn require_no_wrong_file(&self, last: &mut Option<(u64, u64, i64)>) -> Result<(), String> {
        let Ok(mut file) = File::open(&self.to) else {
            return if self.old.is_some() { Err("the old file is gone".into()) } else { Ok(()) };
        };
        let found = file.metadata().unwrap();
        let now = Some((found.ino(), found.size(), found.ctime_nsec()));
        if *last == now {
            return Ok(());
        }
        *last = now;
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        let is_known = self.old.as_ref() == Some(&content) || self.new.contains(&content);
        if is_known {
            Ok(())
        } else {
            Err(format!("a wrong file of {} bytes has the final name", content.len()))
        }
    }
    pub fn has_no_wrong_file(&self) -> bool {
        self.require_no_wrong_file(&mut None).is_ok()
    }

    pub fn is_right(&self) -> bool {
        fs::read(&self.to).is_ok_and(|content| Some(&content) == self.new.last())
    }

    /// The call says that it is there.
    fn require_end(&self, plan: &Plan) -> Result<(), String> {
        if !self.is_right() {
            let size = fs::metadata(&self.to).map(|found| found.len());
            return Err(format!(
                "FTP_OK for a wrong file: {size:?} bytes of {}",
                self.new.last().unwrap().len()
            ));
        }
        for directory in [self.to.parent().unwrap(), self.from.parent().unwrap()] {
            let names: Vec<_> =
                fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            // What was begun of another version of the file has a name of its own.
            let may_have_more = plan.flags.atomic && self.new.len() > 1;
            let is_expected =
                |name: &OsString| may_have_more && name.to_string_lossy().ends_with(".ftp-part");
            if !names.iter().all(|name| name == NAME || is_expected(name)) {
                return Err(format!("more is left than the file: {names:?}"));
            }
        }
        let time = |path: &Path| {
            let modified = fs::metadata(path).unwrap().modified().unwrap();
            modified.duration_since(UNIX_EPOCH).unwrap().as_secs()
        };
        if plan.flags.keep_time && time(&self.from) != time(&self.to) {
            return Err("it has another time".into());
        }
        Ok(())
    }
}

fn is_there(error: &str) -> bool {
    error.contains("File exists") || error.contains("there already")
}

/// What the server's user has.
fn own(path: &Path, daemon: &Daemon) {
    let root = fs::metadata(&daemon.root).unwrap();
    chown(path, Some(root.uid()), Some(root.gid())).unwrap();
}

/// No part of it is like another.
fn bytes(chance: &mut Chance, size: usize) -> Vec<u8> {
    let mut state = chance.below(usize::MAX) as u64 | 1;
    let mut content = Vec::with_capacity(size + 8);
    while content.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        content.extend_from_slice(&state.to_le_bytes());
    }
    content.truncate(size);
    content
}
