//! Many commands at once.

use crate::client::Client;
use crate::client::metadata::{Batch, BatchHook};
#[allow(unused_imports, reason = "the documentation names it")]
use crate::error::Error;
use crate::error::Result;

impl Client {
    /// Does all that was added to a batch, and tells what comes of each. One that fails does not end the others.
    ///
    /// # Errors
    /// [`Error::Partial`] when one has failed, or more; [`Error::Callback`] when `tell` stopped it; what ends the session. [`Batch::end`] tells of the others then.
    pub async fn run_batch(&mut self, batch: &Batch, tell: BatchHook<'_>) -> Result<()> {
        self.session()?.run_batch(batch, tell).await
    }
}
