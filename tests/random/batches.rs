//! Batches: what is told of each job belongs to it, nothing is done twice, and each job is told once, however the call ends.

use std::ffi::{CString, c_int, c_void};
use std::ptr::null_mut;

use ftpclient::capi::*;

use super::c_client::text;
use super::census::FATES;
use super::chance::Chance;
use super::files;
use super::ledger::Tag;
use super::session::{Done, Session, Verdict};

/// What can be added to a batch, and how often it is.
const KINDS: &[(usize, Kind)] = &[
    (20, Kind::Size),
    (8, Kind::Modified),
    (5, Kind::Stat),
    (8, Kind::Delete),
    (8, Kind::MakeDirectory),
    (6, Kind::RemoveDirectory),
    (6, Kind::Rename),
    (3, Kind::Chmod),
    // The first three go with others, the last does not.
    (3, Kind::Command("XCRC")),
    (3, Kind::Command("STAT")),
    (3, Kind::Command("SITE")),
    (1, Kind::Command("XODD")),
];
/// Commands that must not be sent twice for a job.
const CHANGES: &[&str] = &["DELE", "MKD", "RMD", "RNTO"];

#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Kind {
    Size,
    Modified,
    Stat,
    Delete,
    MakeDirectory,
    RemoveDirectory,
    Rename,
    Chmod,
    Command(&'static str),
}

/// One thing to be done. Its path is that of no other.
struct Job {
    kind: Kind,
    /// Its directory: the path begins with it.
    mark: String,
    path: String,
}

impl Job {
    fn new(kind: Kind, mark: String, chance: &mut Chance) -> Job {
        let path = format!("{mark}{}", chance.weighted(files::FILES));
        Job { kind, mark, path }
    }

    fn size(&self) -> i64 {
        files::size(&self.path).unwrap_or_default() as i64
    }

    /// Whether one of its commands is the last thing that it does, and tells its result.
    fn is_plain(&self) -> bool {
        !matches!(self.kind, Kind::Modified | Kind::Stat)
    }

    fn add(&self, batch: *mut ftp_batch) {
        let c = |text: String| CString::new(text).unwrap();
        let path = c(self.path.clone());
        // SAFETY: the batch and the texts are valid.
        let status = unsafe {
            match self.kind {
                Kind::Size => ftp_batch_size(batch, path.as_ptr()),
                Kind::Modified => ftp_batch_modified(batch, path.as_ptr()),
                Kind::Stat => ftp_batch_stat(batch, path.as_ptr()),
                Kind::Delete => ftp_batch_delete(batch, path.as_ptr()),
                Kind::MakeDirectory => ftp_batch_mkdir(batch, path.as_ptr()),
                Kind::RemoveDirectory => ftp_batch_rmdir(batch, path.as_ptr()),
                Kind::Rename => {
                    ftp_batch_rename(batch, path.as_ptr(), c(format!("{}new", self.mark)).as_ptr())
                }
                Kind::Chmod => ftp_batch_chmod(batch, path.as_ptr(), 0o640),
                Kind::Command(verb) => ftp_batch_command(batch, c(format!("{verb} {}", self.path)).as_ptr()),
            }
        };
        assert_eq!(status, ftp_status::FTP_OK);
    }
}

/// A result as the callback was told it.
#[derive(Debug)]
struct Told {
    index: usize,
    status: ftp_status,
    fate: i32,
    message: String,
    reply: String,
    size: i64,
    modified: i64,
    entry_size: Option<i64>,
    path: Option<String>,
}

impl Told {
    /// One that the call tells after it has ended.
    fn is_of_the_rest(&self, status: ftp_status) -> bool {
        self.fate != FTP_BATCH_ANSWERED && self.status == status
    }
}

fn fate(fate: i32) -> String {
    match fate {
        FTP_BATCH_ANSWERED => "answered".into(),
        FTP_BATCH_NOT_SENT => "not sent".into(),
        _ => "unknown".into(),
    }
}

struct Listener {
    ftp: *mut ftp_handle,
    told: Vec<Told>,
    stops_at: Option<usize>,
    cancels_at: Option<usize>,
}

unsafe extern "C-unwind" fn on_result(result: *const ftp_batch_result, user: *mut c_void) -> c_int {
    // SAFETY: the library's promise; `user` is a `Listener`, which nobody else uses meanwhile, and its handle is valid.
    unsafe {
        let (listener, result) = (&mut *user.cast::<Listener>(), &*result);
        listener.told.push(Told {
            index: result.index,
            status: result.status,
            fate: result.fate,
            message: text(result.message),
            reply: text(result.reply),
            size: result.size,
            modified: result.modified,
            entry_size: result.entry.as_ref().map(|entry| entry.size),
            path: (!result.path.is_null()).then(|| text(result.path)),
        });
        if listener.cancels_at == Some(result.index) {
            ftp_cancel(listener.ftp);
        }
        if listener.stops_at == Some(result.index) { 7 } else { 0 }
    }
}

impl Session {
    pub fn batch(&mut self) -> Verdict {
        let ftp = self.handle.raw();
        let mut batch = null_mut();
        // SAFETY: the handle is valid, and the place outlives the call.
        assert_eq!(unsafe { ftp_batch_new(ftp, &raw mut batch) }, ftp_status::FTP_OK);
        let verdict = self.run_batch(batch);
        // SAFETY: the batch is not used any more.
        unsafe { ftp_batch_free(batch) };
        verdict
    }

    fn run_batch(&mut self, batch: *mut ftp_batch) -> Verdict {
        let count = 1 + self.chance.one_of(&[2, 10, 40, 150]);
        let count = self.chance.below(count);
        // Questions only, which may be asked twice, or anything.
        let kinds = if self.chance.percent(30) { &KINDS[..3] } else { KINDS };
        let number = self.ledger.new_number();
        let chance = &mut self.chance;
        let jobs: Vec<Job> = (0..count)
            .map(|at| Job::new(chance.weighted(kinds), format!("b{number}j{at}/"), chance))
            .collect();
        jobs.iter().for_each(|job| job.add(batch));
        let has_begun = self.run_and_check(batch, &jobs)?;
        if !has_begun && self.chance.percent(50) && self.transfer.is_none() {
            // It is as it was.
            self.begin()?;
            self.run_and_check(batch, &jobs)?;
        } else if has_begun && self.chance.percent(20) {
            self.run_and_check(batch, &[])?;
        }
        Ok(())
    }

    /// Runs a batch in which these jobs are. Returns whether that has begun.
    fn run_and_check(&mut self, batch: *mut ftp_batch, jobs: &[Job]) -> Result<bool, String> {
        let ftp = self.handle.raw();
        let any = |chance: &mut Chance| chance.percent(10).then(|| chance.below(jobs.len()));
        let (stops_at, cancels_at) = (any(&mut self.chance), any(&mut self.chance));
        let mut listener = Listener { ftp, told: Vec::new(), stops_at, cancels_at };
        let user = (&raw mut listener).cast();
        let name = format!("ftp_batch_run of {}", jobs.len());
        // SAFETY: the batch is valid, and the listener outlives the call.
        let done = self.make(&name, || unsafe { ftp_batch_run(batch, Some(on_result), user) })?;
        self.check_batch(&name, jobs, &done, &listener)
            .map_err(|wrong| format!("{name}: {:?}: {wrong}", done.status))?;
        match done.status {
            ftp_status::FTP_OK | ftp_status::FTP_ERR_PARTIAL => self.must_be_home(&name)?,
            _ => self.home = None,
        }
        Ok(!listener.told.is_empty())
    }

    fn check_batch(&self, name: &str, jobs: &[Job], done: &Done, listener: &Listener) -> Verdict {
        let told = &listener.told;
        self.check_count(jobs, done, listener)?;
        for (at, told) in told.iter().enumerate() {
            let job =
                jobs.get(at).filter(|_| told.index == at).ok_or(format!("a result too much: {told:?}"))?;
            self.ledger.reached(|census| census.count(FATES, fate(told.fate)));
            self.check_told(job, told).map_err(|wrong| {
                let sent = self.lines_of(job);
                format!("{:?} {}: {wrong}: {told:?}; sent: {sent:?}", job.kind, job.path)
            })?;
        }
        self.check_what_was_heard(jobs, told).map_err(|wrong| format!("{name}: {wrong}"))
    }

    /// Each is told once, and the status fits.
    fn check_count(&self, jobs: &[Job], done: &Done, listener: &Listener) -> Verdict {
        let (told, status) = (&listener.told, done.status);
        let failed = told.iter().filter(|told| told.status != ftp_status::FTP_OK).count();
        let ends_well = matches!(status, ftp_status::FTP_OK | ftp_status::FTP_ERR_PARTIAL);
        if let Some(at) = listener.stops_at.filter(|at| *at < told.len()) {
            let is_stopped = told.len() == at + 1 && !ends_well;
            let rest_goes_on =
                told.len() == jobs.len() && told[at..].iter().all(|told| told.is_of_the_rest(status));
            return match is_stopped || rest_goes_on {
                true => Ok(()),
                false => Err(format!("stopped at {at}, and told {} of {}", told.len(), jobs.len())),
            };
        }
        let is_refused = told.is_empty() && !ends_well;
        if is_refused && jobs.iter().all(|job| self.lines_of(job).is_empty()) {
            return Ok(());
        }
        let fits = match status {
            ftp_status::FTP_OK => failed == 0,
            ftp_status::FTP_ERR_PARTIAL => failed > 0,
            _ => true,
        };
        match fits && told.len() == jobs.len() {
            true => Ok(()),
            false => Err(format!("told {} of {}, of which {failed} failed", told.len(), jobs.len())),
        }
    }

    /// The commands that were sent for a job.
    fn lines_of(&self, job: &Job) -> Vec<(Tag, String)> {
        self.watch.lines().into_iter().filter(|(_, line)| line.contains(&job.mark)).collect()
    }

    /// One that is lost and one that is said twice between the same fences: nobody can tell.
    fn is_confused(&self) -> bool {
        self.is_forgiven()
            || self.watch.connection().is_none_or(|connection| self.ledger.is_confused(connection))
    }

    fn check_told(&self, job: &Job, told: &Told) -> Verdict {
        let is_ok = told.status == ftp_status::FTP_OK;
        let sent = self.lines_of(job);
        if is_ok != told.message.is_empty() {
            return Err("an error has a message, and nothing else has".into());
        }
        if is_ok && told.fate != FTP_BATCH_ANSWERED {
            return Err("what is not answered is no success".into());
        }
        let has_changed = self.ledger.heard(&job.mark).iter().any(|(_, line)| !line.starts_with("RNFR"));
        // Of several questions one may have been refused by the audit callback.
        if told.fate == FTP_BATCH_NOT_SENT && has_changed && job.is_plain() {
            return Err("it was sent".into());
        }
        if told.fate == FTP_BATCH_UNKNOWN && sent.is_empty() && job.is_plain() {
            return Err("it was not sent".into());
        }
        if told.fate != FTP_BATCH_ANSWERED || self.is_confused() {
            return Ok(());
        }
        let tag = Tag::find(&told.reply);
        if job.is_plain() && !sent.iter().any(|(known, _)| Some(*known) == tag) {
            return Err("it is told the reply to another".into());
        }
        self.check_value(job, told)
    }

    fn check_value(&self, job: &Job, told: &Told) -> Verdict {
        let is_ok = told.status == ftp_status::FTP_OK;
        let is_right = match job.kind {
            Kind::Size if is_ok && told.reply.starts_with(&format!("213 {} ", job.size())) => {
                told.size == job.size()
            }
            Kind::Size => true,
            Kind::Modified => [FTP_NO_TIME, files::TIME_IN_NANOSECONDS].contains(&told.modified),
            // Of a number among odd bytes it may be any.
            Kind::Stat => told.entry_size.is_none_or(|size| {
                size == -1 || size == job.size() || self.ledger.is_garbled(&format!("SIZE {}", job.path))
            }),
            Kind::MakeDirectory if is_ok && told.reply.starts_with("257 \"") => {
                told.path.as_deref() == Some(&job.path)
            }
            Kind::MakeDirectory => true,
            _ => told.size == -1 && told.entry_size.is_none() && told.path.is_none(),
        };
        if is_right { Ok(()) } else { Err("it is told something wrong".into()) }
    }

    /// What the server was asked to do: in order, and nothing twice.
    fn check_what_was_heard(&self, jobs: &[Job], told: &[Told]) -> Verdict {
        let mut last = None;
        for (job, told) in jobs.iter().zip(told) {
            let heard = self.ledger.heard(&job.mark);
            let changes: Vec<_> = heard
                .iter()
                .filter(|(_, line)| CHANGES.iter().any(|verb| line.split(' ').next() == Some(verb)))
                .collect();
            if changes.len() > 1 {
                return Err(format!("done twice: {changes:?}"));
            }
            let Some((number, line)) = changes.first() else {
                if told.status == ftp_status::FTP_OK
                    && CHANGES.iter().any(|verb| job.kind.is_done_by(verb))
                    && !self.is_confused()
                {
                    return Err(format!("{} was never done: {told:?}", job.path));
                }
                continue;
            };
            if last > Some(*number) {
                return Err(format!("{line} came too early"));
            }
            last = Some(*number);
        }
        Ok(())
    }
}

impl Kind {
    fn is_done_by(self, verb: &str) -> bool {
        match self {
            Kind::Delete => verb == "DELE",
            Kind::MakeDirectory => verb == "MKD",
            Kind::RemoveDirectory => verb == "RMD",
            Kind::Rename => verb == "RNTO",
            _ => false,
        }
    }
}
