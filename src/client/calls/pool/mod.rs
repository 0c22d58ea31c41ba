//! Many jobs are done by several sessions, which one call drives.

mod crew;
mod jobs;
mod together;

pub(super) use together::Work;

use crate::client::Client;
use crate::client::history::SessionState;
use crate::client::pool::{EndedHook, Pool};
use crate::error::{Error, Result};
use jobs::JobsOfPool;

impl Client {
    /// Does the jobs of a pool, with this session and others like it. What waits after it was not begun.
    ///
    /// # Errors
    /// [`Error::Partial`] when some jobs failed, which `ended` was told; [`Error::Callback`] when it stopped the call; those of
    /// [`Client::reconnect`] when there is no session, and none can be had; [`Error::OutOfTurn`] while a transfer is open.
    pub async fn run_pool(&mut self, pool: &Pool, ended: EndedHook<'_>) -> Result<()> {
        let work = JobsOfPool::new(pool, ended);
        let limit = *pool.limit();
        let call = self.time_of_call();
        let (learned, outcome) = self.run_together(pool.sessions, limit, call, &work).await;
        *pool.limit() = learned;
        work.into_outcome(outcome)
    }

    /// Whether nothing of the user's is under way, which jobs could not go beside.
    fn require_no_dialogue(&self) -> Result<()> {
        match self.state() {
            SessionState::Transfer => {
                Err(Error::OutOfTurn("a transfer is open: finish or abort it first".into()))
            }
            SessionState::ReplyOwed => {
                Err(Error::OutOfTurn("replies are owed: read or discard them first".into()))
            }
            _ => Ok(()),
        }
    }
}
