//! What the sessions of a pool are to do.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::client::files::{GetRequest, PutRequest};
use crate::client::history::Report;
use crate::client::metadata::{ListRequest, named};
use crate::client::pool::Repeats;
use crate::error::{Error, Result};
use crate::protocol::command::{Command, is_among};
use crate::protocol::entries::Entries;
use crate::protocol::reply::Reply;
use crate::protocol::verb::{Fact, Verb};

/// What one job is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PoolWork {
    /// A file of the server is downloaded.
    Get(GetRequest),
    /// A file of this machine is uploaded.
    Put(PutRequest),
    /// A directory is listed.
    List(ListRequest),
    /// A file is deleted.
    Remove(Vec<u8>),
    /// Any command that needs no data connection.
    Command(Command),
}

/// What came of a job that went well.
pub enum Done {
    /// Nothing but that.
    Nothing,
    /// The file was deleted, perhaps in a session that was lost: it is not there any more.
    Gone,
    /// The entries of a directory.
    Entries(Box<Entries>),
    /// What the server has answered.
    Reply(Reply),
}

/// A job that has ended.
pub struct Ended<'a> {
    /// Which it is, in the order in which they were added, counted from 1.
    pub number: u64,
    /// What it is.
    pub work: &'a PoolWork,
    /// What came of it. Who is told may take it.
    pub outcome: Result<Done>,
    /// What is known of its transfer.
    pub report: Option<Report>,
    /// Why it failed, with the server that it is about.
    pub message: Option<String>,
    /// The last reply of the session that has done it, unless that was lost.
    pub reply: Option<&'a Reply>,
}

/// Is told each job when it has ended. An error is the value that stops the call.
pub type EndedHook<'a> = &'a mut (dyn FnMut(Ended<'_>) -> Result<(), i64> + Send);

/// Jobs, and how many sessions may do them at the same time.
pub struct Pool {
    pub(crate) sessions: usize,
    jobs: Mutex<Jobs>,
}

#[derive(Default)]
struct Jobs {
    waiting: VecDeque<Job>,
    /// Those that a session has taken, in case that nobody hears of them again: the call that does them can be given up.
    under_way: Vec<Job>,
    last: u64,
}

/// One job, on its way.
#[derive(Clone)]
pub(crate) struct Job {
    pub number: u64,
    pub work: Arc<PoolWork>,
    /// It is done by one session, whatever the user wants.
    pub is_for_one: bool,
    pub repeats: Repeats,
    /// A session has sent its command, perhaps.
    pub was_begun: bool,
    /// What its transfer has come to, over all sessions that have tried it.
    pub report: Option<Report>,
}

impl Job {
    /// A session has done what it could. `report`: what the transfer has come to in that session.
    pub(crate) fn note(&mut self, report: Option<Report>) {
        let Some(mut report) = report else { return };
        if !matches!(*self.work, PoolWork::Get(_) | PoolWork::Put(_)) {
            return;
        }
        if let Some(before) = &self.report {
            report.attempts = report.attempts.saturating_add(before.attempts);
            // What another session has left for this job is not of an earlier call.
            report.resumed &= before.resumed;
        }
        self.report = Some(report);
    }

    /// Whether the job may be begun once more after its session was lost: nothing of it was sent, or done twice, it comes to the same.
    pub(crate) fn may_be_repeated(&self, was_sent: bool) -> bool {
        let is_harmless = match &*self.work {
            PoolWork::Get(_) | PoolWork::List(_) | PoolWork::Remove(_) => true,
            // What has the name may be what the first attempt has left.
            PoolWork::Put(wanted) => !wanted.no_replace,
            PoolWork::Command(command) => command.verb().is(Fact::Harmless),
        };
        (is_harmless || !was_sent) && self.repeats.are_left(was_sent)
    }
}

impl Pool {
    /// A pool of so many sessions, at most.
    pub fn new(sessions: usize) -> Pool {
        Pool { sessions, jobs: Mutex::default() }
    }

    /// Adds a job, and returns its number.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a name that no command can hold, and for a command that a session would remember.
    pub fn add(&self, work: PoolWork) -> Result<u64> {
        match &work {
            PoolWork::Get(wanted) => drop(named("RETR", &wanted.remote)?),
            PoolWork::Put(wanted) => drop(named("STOR", &wanted.remote)?),
            PoolWork::List(wanted) => drop(Command::with("LIST", wanted.path.as_deref().unwrap_or(b""))?),
            PoolWork::Remove(path) => drop(named("DELE", path)?),
            PoolWork::Command(command) => require_alone(command)?,
        }
        let mut jobs = self.jobs();
        jobs.last += 1;
        let number = jobs.last;
        let work = Arc::new(work);
        let repeats = Repeats::default();
        let job = Job { number, work, is_for_one: false, repeats, was_begun: false, report: None };
        jobs.waiting.push_back(job);
        Ok(number)
    }

    /// How many jobs have not been begun.
    pub fn waiting(&self) -> usize {
        self.jobs().waiting.len()
    }

    /// A new call begins: what earlier calls have told of the jobs that are left is not its own. Returns those that a call has left when
    /// it was given up, and that cannot be begun again.
    pub(crate) fn begin(&self) -> Vec<Job> {
        let mut jobs = self.jobs();
        let mut lost = std::mem::take(&mut jobs.under_way);
        for at in (0..lost.len()).rev() {
            if lost.get(at).is_some_and(|job| job.may_be_repeated(true)) {
                jobs.waiting.push_front(lost.remove(at));
            }
        }
        jobs.waiting.iter_mut().for_each(|job| job.report = None);
        lost
    }

    pub(crate) fn take(&self) -> Option<Job> {
        let mut jobs = self.jobs();
        let job = jobs.waiting.pop_front()?;
        jobs.under_way.push(Job { was_begun: true, ..job.clone() });
        Some(job)
    }

    /// What has become of the job is known.
    pub(crate) fn settled(&self, job: &Job) {
        self.jobs().under_way.retain(|other| other.number != job.number);
    }

    /// The job is the next one again.
    pub(crate) fn put_back(&self, job: Job) {
        self.settled(&job);
        self.jobs().waiting.push_front(job);
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A command goes to any of the sessions: one that changes what a later command means would change it for one of them.
fn require_alone(command: &Command) -> Result<()> {
    /// Those that the table of verbs does not know. MACB, CSID, CLNT, CPSV and SSCN are of no RFC, but of servers.
    const OTHERS: &str = "REST RANG RNFR MODE ALLO OPTS HOST PRET LANG SPSV CPSV SSCN MACB CSID CLNT";
    /// What servers remember after SITE.
    const OF_SITE: &str = "UMASK IDLE DIRSTYLE";
    const FACTS: [Fact; 7] = [
        Fact::Login,
        Fact::BeginsAnew,
        Fact::Moves,
        Fact::AgreesOnData,
        Fact::Sends,
        Fact::Receives,
        Fact::AnsweredByGoodbye,
    ];
    let verb = command.verb();
    let mut words = command.text().split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let is_of_a_session = FACTS.iter().any(|&fact| verb.is(fact))
        || matches!(
            verb,
            Verb::Abor | Verb::Adat | Verb::Pbsz | Verb::Prot | Verb::Rnto | Verb::Type | Verb::Stru
        )
        || is_among(first, OTHERS)
        || first.eq_ignore_ascii_case(b"SITE") && is_among(second, OF_SITE);
    if is_of_a_session {
        let text = format!("{}: a pool sends no command that a session remembers", command.shown());
        return Err(Error::InvalidArgument(text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(text: &str) -> PoolWork {
        PoolWork::Command(Command::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn a_command_that_a_session_remembers_is_no_job() {
        let pool = Pool::new(2);
        for text in [
            "CWD /",
            "cdup",
            "USER x",
            "PASS x",
            "REIN",
            "QUIT",
            "TYPE I",
            "REST 5",
            "rnfr a",
            "RNTO b",
            "RETR f",
            "STOR f",
            "LIST",
            "PASV",
            "PORT 1,2,3,4,5,6",
            "PROT C",
            "MODE Z",
            "OPTS UTF8 ON",
            "ABOR",
            "LANG",
            "lang en",
            "SPSV",
            "CPSV",
            "SSCN ON",
            "MACB E",
            "CSID x",
            "CLNT x",
            "SITE UMASK 022",
            "site  idle 60",
            "SITE DIRSTYLE",
        ] {
            assert!(matches!(pool.add(command(text)), Err(Error::InvalidArgument(_))), "{text}");
        }
        assert!(pool.add(PoolWork::Remove(Vec::new())).is_err());
        assert!(pool.add(PoolWork::Remove(b"a\nb".to_vec())).is_err());
        assert_eq!(pool.waiting(), 0);
        for (at, text) in
            ["NOOP", "MKD a", "DELE b", "SITE CHMOD 644 f", "SIZE f", "STAT", "SITE"].iter().enumerate()
        {
            assert_eq!(pool.add(command(text)).unwrap(), at as u64 + 1);
        }
    }

    #[test]
    fn what_was_begun_is_begun_again_once_where_twice_is_the_same() {
        let once = PutRequest { no_replace: true, ..PutRequest::default() };
        for (work, is_repeated) in [
            (PoolWork::Get(GetRequest::default()), true),
            (PoolWork::Put(PutRequest::default()), true),
            (PoolWork::Put(once), false),
            (PoolWork::List(ListRequest::default()), true),
            (PoolWork::Remove(b"f".to_vec()), true),
            (command("SIZE f"), true),
            (command("MKD d"), false),
            (command("SITE x"), false),
        ] {
            let work = Arc::new(work);
            let repeats = Repeats::default();
            let mut job = Job { number: 1, work, is_for_one: false, repeats, was_begun: false, report: None };
            assert!(job.may_be_repeated(false), "it was not begun: {:?}", job.work);
            assert_eq!(job.may_be_repeated(true), is_repeated, "{:?}", job.work);
            job.repeats.count(true);
            assert!(!job.may_be_repeated(true), "{:?}", job.work);
            assert!(job.may_be_repeated(false), "it was not begun this time: {:?}", job.work);
        }
    }
}
