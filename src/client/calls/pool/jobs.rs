//! The jobs of a pool, for its sessions.

use std::mem::replace;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::client::Client;
use crate::client::calls::pool::Work;
use crate::client::files::{Begun, Over, Segmented, Share};
use crate::client::history::Report;
use crate::client::pool::{Done, Ended, EndedHook, Job, Pool, PoolWork};
use crate::error::{Error, Result};
use crate::phase::Phase;

/// See the module.
pub(super) struct JobsOfPool<'a> {
    pool: &'a Pool,
    /// The downloads that several sessions do together.
    open: Mutex<Vec<Arc<Together>>>,
    told: Mutex<Told<'a>>,
    /// What a call that was given up has left, and what cannot be begun again.
    lost: Vec<Job>,
}

/// A job that several sessions do together.
pub(super) struct Together {
    file: Segmented,
    /// Until its end was told.
    job: Mutex<Option<Job>>,
}

/// What one session does.
pub(super) enum Task {
    /// And whether its command was sent, if it is one command.
    Job(Job, bool),
    Share(Arc<Together>, Share),
}

struct Told<'a> {
    hook: EndedHook<'a>,
    ended: usize,
    failed: usize,
    /// How many of those that ended were under way when all ended.
    cut_off: usize,
    first: String,
    /// Of the file that has ended last.
    report: Option<Report>,
}

impl<'a> JobsOfPool<'a> {
    pub(super) fn new(pool: &'a Pool, hook: EndedHook<'a>) -> JobsOfPool<'a> {
        JobsOfPool {
            pool,
            lost: pool.begin(),
            open: Mutex::default(),
            told: Mutex::new(Told {
                hook,
                ended: 0,
                failed: 0,
                cut_off: 0,
                first: String::new(),
                report: None,
            }),
        }
    }

    /// What nobody has heard of since is told first.
    pub(super) fn tell_lost(&self, client: &Client) -> Result<()> {
        self.lost.iter().try_for_each(|job| {
            let text = "the call was given up while this was under way: it may be done";
            self.tell(client, job, Err(Error::Cancelled(text.into())))
        })
    }

    /// What is known of the file that has ended last.
    pub(super) fn last_report(&self) -> Option<Report> {
        self.told().report
    }

    /// What the call returns, after all has ended like this.
    pub(super) fn into_outcome(self, end: Result<()>) -> Result<()> {
        // Those that nobody did anything for when all ended.
        let left: Vec<Job> = self.open().drain(..).filter_map(|together| together.job().take()).collect();
        left.into_iter().for_each(|job| self.pool.put_back(job));
        let Told { ended, failed, cut_off, first, .. } = &*self.told();
        if let Err(Error::Timeout { phase: Phase::Total, mut waited }) = end {
            // What one of the sessions did at that moment says nothing about the whole.
            let (done, all) = (ended.saturating_sub(*cut_off), ended + self.pool.waiting());
            waited.what = format!("when {done} of {all} jobs had ended");
            waited.done.clear();
            return Err(Error::Timeout { phase: Phase::Total, waited });
        }
        end?;
        match failed {
            0 => Ok(()),
            _ => Err(Error::Partial(format!("{failed} of {ended} jobs failed, the first: {first}"))),
        }
    }

    fn told(&self) -> MutexGuard<'_, Told<'a>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Together {
    fn job(&self) -> MutexGuard<'_, Option<Job>> {
        self.job.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl JobsOfPool<'_> {
    fn open(&self) -> MutexGuard<'_, Vec<Arc<Together>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody does anything for it any more.
    fn close(&self, together: &Arc<Together>) -> Option<Job> {
        self.open().retain(|other| !Arc::ptr_eq(other, together));
        together.job().take()
    }

    /// A share of what several sessions do.
    fn share(&self, may_split: bool) -> Option<Task> {
        let open = self.open();
        let mut shares = open.iter().map(|together| (together, together.file.take(may_split)));
        shares.find_map(|(together, share)| Some(Task::Share(together.clone(), share?)))
    }

    async fn carry_out_job(&self, client: &mut Client, task: &mut Task) -> Result<Done> {
        let Task::Job(job, was_sent) = task else { return Ok(Done::Nothing) };
        let is_repeated = job.was_begun;
        // The session may have done another one before.
        client.forget_report();
        if let PoolWork::Command(_) | PoolWork::Remove(_) = &*job.work {
            if let PoolWork::Remove(path) = &*job.work
                && is_repeated
                && !client.exists(path).await?
            {
                return Ok(Done::Gone);
            }
            // The session may have ended long ago: then the command was never sent.
            client.session()?.take_unsolicited().await?;
            (job.was_begun, *was_sent) = (true, true);
        }
        match &*job.work {
            PoolWork::Get(wanted) if wanted.segmented && !job.is_for_one && self.pool.sessions > 1 => {
                match client.begin_segmented(wanted).await? {
                    Begun::Whole(download) => client.complete_download(download).await?,
                    Begun::Segmented(file) => {
                        client.env.progress.came(file.len(), 0);
                        self.divide(file, task);
                    }
                }
                Ok(Done::Nothing)
            }
            PoolWork::Get(wanted) => client.get(wanted).await.map(|()| Done::Nothing),
            PoolWork::Put(wanted) => client.put(wanted).await.map(|()| Done::Nothing),
            PoolWork::List(wanted) => {
                client.list(wanted).await.map(|listed| Done::Entries(Box::new(listed.entries)))
            }
            PoolWork::Remove(path) => client.delete(path).await.map(|()| Done::Nothing),
            PoolWork::Command(command) => client.voidcmd(command).await.map(Done::Reply),
        }
    }

    /// From here on others can take a share of the job.
    fn divide(&self, file: Segmented, task: &mut Task) {
        let together = Arc::new(Together { file, job: Mutex::default() });
        let Some(share) = together.file.take(true) else { return };
        if let Task::Job(job, _) = replace(task, Task::Share(together.clone(), share)) {
            *together.job() = Some(job);
        }
        self.open().push(together);
    }

    fn tell(&self, client: &Client, job: &Job, outcome: Result<Done>) -> Result<()> {
        self.pool.settled(job);
        let mut told = self.told();
        told.ended += 1;
        told.report = job.report.or(told.report);
        let message = outcome.as_ref().err().map(|error| client.describe(error));
        if let Some(message) = &message {
            told.failed += 1;
            if told.failed == 1 {
                told.first.clone_from(message);
            }
        }
        // Of a session that was lost, the last reply is that to another job, unless it is the reason. Who has looked in vain for a file has
        // no reply to its deletion.
        let is_of_job = match outcome {
            Ok(Done::Gone) => false,
            Ok(_) | Err(Error::Reply { .. }) => true,
            Err(_) => client.connection.is_some(),
        };
        let ended = Ended {
            number: job.number,
            work: &job.work,
            outcome,
            report: job.report,
            message,
            reply: client.last_reply().filter(|_| is_of_job),
        };
        (told.hook)(ended).map_err(|value| Error::Callback { what: "the jobs of the pool".into(), value })
    }

    /// A session has done its share, or has failed.
    fn left(
        &self,
        client: &Client,
        together: &Arc<Together>,
        share: Share,
        outcome: Result<()>,
    ) -> Result<()> {
        let Some(over) = together.file.leave(share, outcome) else { return Ok(()) };
        let Some(mut job) = self.close(together) else { return Ok(()) };
        if !matches!(over, Over::Done(_)) {
            client.env.progress.forget(together.file.len());
        }
        match over {
            Over::Done(report) => {
                job.note(Some(report));
                self.tell(client, &job, Ok(Done::Nothing))
            }
            Over::Failed(error, report) => {
                job.note(Some(report));
                self.tell(client, &job, Err(error))
            }
            Over::Anew => {
                job.is_for_one = true;
                self.pool.put_back(job);
                Ok(())
            }
        }
    }
}

impl Work for JobsOfPool<'_> {
    type Job = Task;
    type Done = Done;

    fn waiting(&self) -> usize {
        self.pool.waiting() + self.open().iter().map(|together| together.file.open()).sum::<usize>()
    }

    /// What was given back comes first. Another session is helped only when nothing else is left.
    fn take(&self) -> Option<Task> {
        let next = self.share(false).or_else(|| self.pool.take().map(|job| Task::Job(job, false)));
        next.or_else(|| self.share(true))
    }

    async fn carry_out(&self, client: &mut Client, task: &mut Task) -> Result<Done> {
        let outcome = self.carry_out_job(client, task).await;
        if let Task::Job(job, _) = task {
            job.note(client.last_report());
        }
        let done = outcome?;
        if let Task::Share(together, share) = task {
            client.do_share(&together.file, share).await?;
        }
        Ok(done)
    }

    fn may_be_repeated(&self, task: &Task, was_asked_for: bool) -> bool {
        match task {
            Task::Job(job, was_sent) => job.may_be_repeated(*was_sent || was_asked_for),
            Task::Share(together, _) => together.file.may_be_repeated(was_asked_for),
        }
    }

    fn put_back(&self, task: Task, was_asked_for: bool) {
        match task {
            Task::Job(mut job, was_sent) => {
                job.repeats.count(was_sent || was_asked_for);
                self.pool.put_back(job);
            }
            Task::Share(together, share) => together.file.put_back(share, was_asked_for),
        }
    }

    fn ended(&self, client: &Client, task: Task, outcome: Result<Done>) -> Result<()> {
        match task {
            Task::Job(job, _) => self.tell(client, &job, outcome),
            Task::Share(together, share) => self.left(client, &together, share, outcome.map(drop)),
        }
    }

    fn interrupted(&self, client: &Client, task: Task, was_asked_for: bool, error: Error, may_tell: bool) {
        let (job, was_sent) = match task {
            Task::Job(job, was_sent) => (job, was_sent || was_asked_for),
            Task::Share(together, _) => {
                let job = if together.file.interrupt() { self.close(&together) } else { None };
                let Some(job) = job else { return };
                (job, true)
            }
        };
        if job.may_be_repeated(was_sent) {
            self.pool.put_back(job);
        } else if may_tell {
            self.told().cut_off += 1;
            // Whatever the user answers: all ends.
            let _ = self.tell(client, &job, Err(error));
        } else {
            self.pool.settled(&job);
        }
    }
}
