//! Whole files in memory.

use crate::client::Client;
use crate::client::metadata::named;
#[allow(unused_imports, reason = "the documentation names it")]
use crate::error::Error;
use crate::error::Result;
use crate::protocol::reply::Reply;

impl Client {
    /// Receives a file of at most `limit` bytes (RETR, TYPE I), and puts them behind what is in `data`. Nothing is left of it after
    /// an error.
    ///
    /// # Errors
    /// [`Error::Limit`] when the file is longer, or when there is no memory for it; those of [`Client::retrbinary`].
    pub async fn get_data(&mut self, remote: &[u8], limit: usize, data: &mut Vec<u8>) -> Result<Reply> {
        let command = named("RETR", remote)?;
        let outcome = self.session()?.get_data(&command, limit, data).await;
        outcome.map_err(|error| error.or_not_found("RETR", remote))
    }

    /// Sends a file (STOR, TYPE I). `data` is borrowed whenever the network takes some of it, and never while the call waits.
    ///
    /// # Errors
    /// Those of [`Client::storbinary`].
    pub async fn put_data(
        &mut self,
        remote: &[u8],
        data: &(impl AsRef<[u8]> + Sync + ?Sized),
    ) -> Result<Reply> {
        let command = named("STOR", remote)?;
        let outcome = self.session()?.put_data(&command, &data).await;
        outcome.map_err(|error| error.or_not_found("STOR", remote))
    }
}
