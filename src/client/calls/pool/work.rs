//! What a pool and a mirror give to the sessions that share it.

use crate::client::Client;
use crate::error::{Error, Result};

/// What the sessions share: jobs, and what becomes of them.
pub(in crate::client::calls) trait Work: Sync {
    /// One job.
    type Job: Send;
    /// What a job that went well has come to.
    type Done: Send;

    /// How many jobs nobody has taken.
    fn waiting(&self) -> usize;

    fn take(&self) -> Option<Self::Job>;

    fn carry_out(
        &self,
        client: &mut Client,
        job: &mut Self::Job,
    ) -> impl Future<Output = Result<Self::Done>> + Send;

    /// Whether a job may be begun again whose session was lost. `was_sent`: a transfer of it was asked for.
    fn may_be_repeated(&self, job: &Self::Job, was_sent: bool) -> bool;

    /// The job is to be begun again.
    fn put_back(&self, job: Self::Job, was_sent: bool);

    /// A job has ended. An error ends all.
    fn ended(&self, client: &Client, job: Self::Job, outcome: Result<Self::Done>) -> Result<()>;

    /// All has ended while the job was under way. `may_tell`: not because the user who is told has stopped it.
    fn interrupted(&self, client: &Client, job: Self::Job, was_sent: bool, error: Error, may_tell: bool);
}
