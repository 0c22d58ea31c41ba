//! The jobs of a pool, for its sessions.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::client::Client;
use crate::client::calls::pool::Work;
use crate::client::pool::{Done, Ended, EndedHook, Job, Pool, PoolWork};
use crate::error::{Error, Result};
use crate::phase::Phase;

/// See the module.
pub(super) struct JobsOfPool<'a> {
    pool: &'a Pool,
    told: Mutex<Told<'a>>,
}

struct Told<'a> {
    hook: EndedHook<'a>,
    ended: usize,
    failed: usize,
    /// How many of those that ended were under way when all ended.
    cut_off: usize,
    first: String,
}

impl<'a> JobsOfPool<'a> {
    pub(super) fn new(pool: &'a Pool, hook: EndedHook<'a>) -> JobsOfPool<'a> {
        JobsOfPool {
            pool,
            told: Mutex::new(Told { hook, ended: 0, failed: 0, cut_off: 0, first: String::new() }),
        }
    }

    /// What the call returns, after all has ended like this.
    pub(super) fn into_outcome(self, end: Result<()>) -> Result<()> {
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

impl Work for JobsOfPool<'_> {
    type Job = Job;
    type Done = Done;

    fn waiting(&self) -> usize {
        self.pool.waiting()
    }

    fn take(&self) -> Option<Job> {
        self.pool.take()
    }

    async fn carry_out(&self, client: &mut Client, job: &mut Job) -> Result<Done> {
        let is_repeated = job.was_begun;
        if let PoolWork::Command(_) = &job.work {
            // The session may have ended long ago: then the command was never sent.
            client.session()?.take_unsolicited().await?;
        }
        job.was_begun = true;
        match &job.work {
            PoolWork::Get(wanted) => client.get(wanted).await.map(|()| Done::Nothing),
            PoolWork::Put(wanted) => client.put(wanted).await.map(|()| Done::Nothing),
            PoolWork::List(wanted) => {
                client.list(wanted).await.map(|listed| Done::Entries(Box::new(listed.entries)))
            }
            PoolWork::Remove(path) if is_repeated && !client.exists(path).await? => Ok(Done::Nothing),
            PoolWork::Remove(path) => client.delete(path).await.map(|()| Done::Nothing),
            PoolWork::Command(command) => client.voidcmd(command).await.map(Done::Reply),
        }
    }

    fn may_be_repeated(&self, job: &Job) -> bool {
        job.may_be_repeated()
    }

    fn put_back(&self, mut job: Job) {
        job.repeats += 1;
        self.pool.put_back(job);
    }

    fn ended(&self, client: &Client, job: Job, outcome: Result<Done>) -> Result<()> {
        let mut told = self.told();
        told.ended += 1;
        let message = outcome.as_ref().err().map(|error| client.describe(error));
        if let Some(message) = &message {
            told.failed += 1;
            if told.failed == 1 {
                told.first.clone_from(message);
            }
        }
        let has_transfer = matches!(job.work, PoolWork::Get(_) | PoolWork::Put(_));
        let ended = Ended {
            number: job.number,
            work: &job.work,
            outcome,
            report: client.last_report().filter(|_| has_transfer),
            message,
            reply: client.last_reply(),
        };
        (told.hook)(ended).map_err(|value| Error::Callback { what: "the jobs of the pool".into(), value })
    }

    fn interrupted(&self, client: &Client, job: Job, error: Error, may_tell: bool) {
        if job.may_be_repeated() {
            self.pool.put_back(job);
        } else if may_tell {
            self.told().cut_off += 1;
            // Whatever the user answers: all ends.
            let _ = self.ended(client, job, Err(error));
        }
    }
}
