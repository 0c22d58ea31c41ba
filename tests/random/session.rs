//! One random session: calls in any order, and what must hold after each of them.

use std::ffi::CString;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ftpclient::capi::*;
use ftpclient::net::clock;

use super::c_client::{Driven, Handle};
use super::cancel::Canceller;
use super::chance::Chance;
use super::ledger::{Ledger, Tag};
use super::network::Place;
use super::opened::Opened;
use super::server::Common;
use super::watch::{Watch, on_audit, on_log, on_wait};

/// How many NOOPs may be due before a phase has lasted too long.
const NOOPS_IN_A_LIMIT: [i64; 3] = [2, 10, 50];

/// What was found wrong.
pub type Verdict = Result<(), String>;

/// The client's side of a session.
pub struct Session {
    pub chance: Chance,
    pub handle: Handle,
    pub watch: Arc<Watch>,
    pub ledger: Arc<Ledger>,
    pub server: SocketAddr,
    driven: Driven,
    /// The limit of each phase; that of a whole call is ten times as long.
    limit: Duration,
    /// For a call as a whole.
    pub total: Duration,
    /// What a call may take on top of its limit: to get back into step, and on a slow machine.
    slack: Duration,
    pub sends_noops: bool,
    place: Place,
    /// The type that the test wants for the transfers that it opens.
    pub wanted_type: i32,
    /// The program has said what system the server is.
    pub has_system: bool,
    /// The server may do wrong.
    pub is_hostile: bool,
    /// Data may not be what it should be.
    pub does_data_wrong: bool,
    /// The replies that the test is to read, in their order.
    pub owed: Vec<Tag>,
    pub transfer: Option<Opened>,
    /// The directory that a reconnection has to come back to, if that is known.
    pub home: Option<String>,
    /// What the test is doing, for its watchdog.
    pub doing: Box<dyn FnMut(&str) + Send>,
}

/// How a call has ended.
pub struct Done {
    pub status: ftp_status,
    pub took: Duration,
    /// The commands that it has sent. To connect is one without a verb.
    pub sent: Vec<(Tag, String)>,
    /// To which command the last reply belongs.
    pub answered: Option<Tag>,
    pub reply: String,
}

impl Done {
    pub fn is_ok(&self) -> bool {
        self.status == ftp_status::FTP_OK
    }

    /// The last command of the call with one of these verbs.
    pub fn command(&self, verbs: &[&str]) -> Option<Tag> {
        self.sent.iter().rev().find(|(_, verb)| verbs.contains(&&**verb)).map(|(tag, _)| *tag)
    }
}

impl Session {
    pub fn new(mut chance: Chance, common: &Common, server: SocketAddr) -> Session {
        let Common { place, ref ledger, limit, sends_noops, step, manners } = *common;
        let driven = chance.one_of(&[Driven::Blocking, Driven::ByTurns]);
        let handle = Handle::new(driven, limit);
        let watch = Arc::new(Watch::new(ledger, chance.fork()));
        let ftp = handle.raw();
        let total;
        // SAFETY: the handle is valid, and the watch outlives it: see `drop`.
        unsafe {
            let set = ftp_set_log_callback(ftp, Some(on_log), Arc::as_ptr(&watch).cast_mut().cast());
            assert_eq!(set, ftp_status::FTP_OK);
            assert_eq!(ftp_set_pasv(ftp, chance.percent(70).into()), ftp_status::FTP_OK);
            if chance.percent(20) {
                let set = ftp_set_audit_callback(ftp, Some(on_audit), Arc::as_ptr(&watch).cast_mut().cast());
                assert_eq!(set, ftp_status::FTP_OK);
            }
            // In some sessions so short that it ends calls between any two of their steps.
            let hundredths = if chance.percent(15) { 5 + chance.below(95) } else { 1000 };
            total = Duration::from_millis((limit * hundredths as u32 / 100).as_millis() as u64);
            let set = ftp_set_phase_timeout(ftp, FTP_PHASE_TOTAL, total.as_millis() as i64);
            assert_eq!(set, ftp_status::FTP_OK);
            assert_eq!(ftp_set_epsv(ftp, chance.percent(30).into()), ftp_status::FTP_OK);
            assert_eq!(
                ftp_set_prearm(ftp, chance.one_of(&[0, 0, 1, FTP_PREARM_TOGETHER])),
                ftp_status::FTP_OK
            );
            if sends_noops {
                let interval = limit.as_millis() as i64 / chance.one_of(&NOOPS_IN_A_LIMIT);
                assert_eq!(ftp_set_noop_interval(ftp, interval), ftp_status::FTP_OK);
            }
            if chance.percent(20) {
                let set = ftp_set_wait_callback(ftp, Some(on_wait), Arc::as_ptr(&watch).cast_mut().cast());
                assert_eq!(set, ftp_status::FTP_OK);
            }
            if cfg!(feature = "tls") && chance.percent(place.tls_sessions()) {
                assert_eq!(ftp_set_tls(ftp, FTP_TLS_EXPLICIT), ftp_status::FTP_OK);
                assert_eq!(ftp_set_tls_verify(ftp, 0), ftp_status::FTP_OK);
            }
        }
        Session {
            chance,
            handle,
            watch,
            ledger: Arc::clone(ledger),
            server,
            driven,
            limit,
            total,
            sends_noops,
            slack: Duration::from_secs(6) + step * 100,
            place,
            wanted_type: FTP_TYPE_IMAGE,
            has_system: false,
            is_hostile: manners.replies > 0,
            does_data_wrong: manners.data > 0,
            owed: Vec::new(),
            transfer: None,
            home: None,
            doing: Box::new(|_| ()),
        }
    }

    /// For ftp_set_noop_interval().
    pub fn noop_interval(&mut self) -> i64 {
        let interval = self.limit.as_millis() as i64 / self.chance.one_of(&NOOPS_IN_A_LIMIT);
        if self.sends_noops && self.chance.percent(70) { interval } else { -1 }
    }

    /// Makes a call, perhaps with a cancel somewhere in it, and checks what holds for all of them.
    pub fn make(&mut self, name: &str, mut call: impl FnMut() -> ftp_status) -> Result<Done, String> {
        // Of many reads only what they come to is of interest.
        let is_read = name == "ftp_transfer_read";
        if !is_read {
            self.ledger.log(format!("-- {name}"));
        }
        (self.doing)(name);
        self.watch.begin();
        let connection = self.watch.connection();
        let ftp = self.handle.raw();
        let cancels = self.chance.percent(8);
        let (took, status) = match (cancels, self.driven) {
            (false, _) => timed(|| self.handle.call(&mut call)),
            (true, Driven::ByTurns) => {
                let mut turns = self.chance.below(12);
                timed(|| {
                    let cancel_in_time = || {
                        if turns == 0 {
                            // SAFETY: the handle is valid.
                            unsafe { ftp_cancel(ftp) };
                        }
                        turns = turns.wrapping_sub(1);
                        true
                    };
                    self.handle.call_while(&mut call, cancel_in_time).unwrap()
                })
            }
            (true, Driven::Blocking) => {
                let moment = self.limit * self.chance.below(40_000) as u32 / 100_000;
                let canceller = Canceller::new(self.place, ftp, moment);
                let outcome = timed(|| self.handle.call(&mut call));
                canceller.end();
                outcome
            }
        };
        let reply = self.handle.last_reply();
        let answered = Tag::find(&reply);
        if !is_read || status != ftp_status::FTP_OK {
            self.ledger.log(format!("-- {name}: {status:?} {}", self.handle.last_error()));
        }
        self.ledger.reached(|census| census.count_call(name.split(' ').next().unwrap_or_default(), status));
        if took > self.limit * 10 + self.slack {
            return Err(format!("{name} took {took:?}"));
        }
        if status == ftp_status::FTP_ERR_INTERNAL {
            return Err(format!("{name}: {}", self.handle.last_error()));
        }
        if !self.handle.is_connected() || self.watch.connection() != connection {
            self.owed.clear();
        }
        Ok(Done { status, took, sent: self.watch.sent(), answered, reply })
    }

    /// [`Session::make`] for a call whose last reply tells how it has ended: after success it answers the last of its own commands
    /// that has one of these verbs, after a refusal any command of its own.
    pub fn ask(
        &mut self,
        name: &str,
        verbs: &[&str],
        call: impl FnMut() -> ftp_status,
    ) -> Result<Done, String> {
        let done = self.make(name, call)?;
        self.check_owner(name, verbs, &done)?;
        // A 1yz reply announces another, which is the test's to read.
        let is_waiting = matches!(done.status, ftp_status::FTP_OK | ftp_status::FTP_ERR_REPLY);
        if is_waiting && done.reply.starts_with('1') && self.handle.is_connected() {
            self.owed.extend(done.answered);
        }
        Ok(done)
    }

    fn check_owner(&self, name: &str, verbs: &[&str], done: &Done) -> Verdict {
        use ftp_status::*;
        let is_right = match done.status {
            FTP_OK => done.answered.is_some() && done.answered == done.command(verbs),
            // The server ends the session: at any time.
            FTP_ERR_TEMP if done.reply.starts_with("421") => true,
            FTP_ERR_TEMP | FTP_ERR_PERM | FTP_ERR_REPLY => {
                done.sent.iter().any(|(tag, _)| Some(*tag) == done.answered)
            }
            _ => true,
        };
        if is_right || self.is_forgiven() {
            return Ok(());
        }
        let sent: String = done.sent.iter().map(|(tag, verb)| format!("{tag} {verb}, ")).collect();
        Err(format!("{name}: {:?} with the reply {:?}; it has sent {sent}", done.status, done.reply))
    }

    /// Whether replies cannot be told apart any more, by nobody.
    pub fn is_forgiven(&self) -> bool {
        self.watch.connection().is_none_or(|connection| self.ledger.is_tainted(connection))
    }

    pub fn text(&self, text: &str) -> CString {
        CString::new(text).unwrap()
    }
}

/// How long `run` takes, in the time of the session's world, and what comes of it.
fn timed<T>(run: impl FnOnce() -> T) -> (Duration, T) {
    let start = clock::now();
    let outcome = run();
    (clock::since(start), outcome)
}

impl Drop for Session {
    fn drop(&mut self) {
        self.transfer = None;
        // SAFETY: the handle is valid. From here on nothing is recorded, whatever lives longer.
        unsafe {
            ftp_set_log_callback(self.handle.raw(), None, std::ptr::null_mut());
            ftp_set_audit_callback(self.handle.raw(), None, std::ptr::null_mut());
            ftp_set_wait_callback(self.handle.raw(), None, std::ptr::null_mut());
        }
    }
}
