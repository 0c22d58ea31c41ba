//! Many jobs are done by several sessions, which one call drives.

mod crew;
mod jobs;
mod together;
mod work;

pub(super) use work::Work;

use crate::client::Client;
use crate::client::pool::{EndedHook, Pool};
#[allow(unused_imports, reason = "the documentation names it")]
use crate::error::Error;
use crate::error::Result;
use crate::protocol::command::Command;
use jobs::JobsOfPool;

impl Client {
    /// Does the jobs of a pool, with this session and others like it. What waits after it was not begun.
    ///
    /// # Errors
    /// [`Error::Partial`] when some jobs failed, which `ended` was told; [`Error::Callback`] when it stopped the call; those of
    /// [`Client::reconnect`] when there is no session, and none can be had; [`Error::OutOfTurn`] while a transfer is open.
    pub async fn run_pool(&mut self, pool: &Pool, ended: EndedHook<'_>) -> Result<()> {
        let work = JobsOfPool::new(pool, ended);
        let call = self.time_of_call();
        let outcome = match work.tell_lost(self) {
            Ok(()) => self.run_together(pool.sessions, call, &work).await,
            stopped => stopped,
        };
        self.history.report = work.last_report();
        work.into_outcome(outcome)
    }

    /// Whether nothing of the user's is under way, which jobs could not go beside: a transfer, or replies.
    fn require_no_dialogue(&mut self) -> Result<()> {
        if self.connection.is_none() {
            return Ok(());
        }
        self.session()?.require_no_unread_reply(&Command::new("NOOP"))
    }
}
