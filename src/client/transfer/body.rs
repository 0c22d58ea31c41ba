//! What moves the data of a transfer.

use crate::client::connection::First;
use crate::client::session::Session;
use crate::client::transfer::Sink;
use crate::error::{Error, Result};
use crate::net::Stream;

/// How many bytes are read or written at once when the caller has no wish.
pub(crate) const DEFAULT_BLOCK: usize = 256 * 1024;
/// The most bytes that are read or written at once.
const MAX_BLOCK: usize = 1024 * 1024;

impl Session<'_> {
    /// Reads to the end of the data.
    pub(crate) async fn receive(&mut self, block: usize, sink: Sink<'_>) -> Result<()> {
        let mut buffer = buffer_of(usable(block))?;
        loop {
            let read = self.watch_read(&mut buffer).await?;
            let Some(block) = buffer.get(..read).filter(|block| !block.is_empty()) else { return Ok(()) };
            self.count(read);
            sink(block).map_err(|value| self.connection.transfer.stopped(value))?;
            self.checkpoint().await?;
        }
    }

    /// Writes all of `bytes` to the data connection.
    pub(crate) async fn transmit(&mut self, bytes: &(dyn AsRef<[u8]> + Sync)) -> Result<()> {
        self.connection.transfer.is_upload = true;
        let mut sent = 0;
        while sent < bytes.as_ref().len() {
            self.checkpoint().await?;
            let what = "the server to take data";
            let mut step =
                |stream: &mut Stream| stream.poll_write(bytes.as_ref().get(sent..).unwrap_or_default());
            let written = self.watch(what, First::Control, &mut step).await?;
            if written == 0 {
                return Err(self.nobody_took());
            }
            self.count(written);
            sent += written;
        }
        Ok(())
    }

    /// An upload for which the server sent its final reply without ever opening the data connection.
    fn nobody_took(&self) -> Error {
        let what = &self.connection.transfer.what;
        Error::Protocol(format!("{what}: the server never opened the data connection"))
    }

    /// Data has gone over the data connection.
    pub(crate) fn count(&mut self, bytes: usize) {
        let transfer = &mut self.connection.transfer;
        transfer.bytes += bytes as u64;
        transfer.is_counted = true;
    }
}

/// Memory for blocks of data.
pub(crate) fn buffer_of(size: usize) -> Result<Vec<u8>> {
    let mut buffer = Vec::new();
    let no_memory = |_| Error::Limit(format!("there is no memory for a block of {size} bytes"));
    buffer.try_reserve_exact(size).map_err(no_memory)?;
    buffer.resize(size, 0);
    Ok(buffer)
}

pub(crate) fn usable(block: usize) -> usize {
    if block == 0 { DEFAULT_BLOCK } else { block.min(MAX_BLOCK) }
}
