//! What moves the data of a transfer.

use crate::client::connection::{First, Progress, Transfer};
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
    pub(crate) async fn receive(
        &mut self,
        transfer: &mut Transfer,
        block: usize,
        sink: Sink<'_>,
    ) -> Result<()> {
        let mut buffer = buffer_of(usable(block))?;
        loop {
            let read = self.watch_read(transfer, &mut buffer).await?;
            let Some(block) = buffer.get(..read).filter(|block| !block.is_empty()) else { return Ok(()) };
            self.count(transfer, read)?;
            sink(block).map_err(|value| transfer.stopped(value))?;
            self.checkpoint().await?;
        }
    }

    /// Writes all of `bytes` to the data connection.
    pub(crate) async fn transmit(
        &mut self,
        transfer: &mut Transfer,
        bytes: &(impl AsRef<[u8]> + Sync + ?Sized),
    ) -> Result<()> {
        transfer.is_upload = true;
        let mut sent = 0;
        while sent < bytes.as_ref().len() {
            self.checkpoint().await?;
            let what = "the server to take data";
            let step =
                |stream: &mut Stream| stream.poll_write(bytes.as_ref().get(sent..).unwrap_or_default());
            let written = self.watch(transfer, what, First::Control, step).await?;
            if written == 0 {
                return Err(nobody_took(transfer));
            }
            self.count(transfer, written)?;
            sent += written;
        }
        Ok(())
    }

    /// Data has gone over the data connection.
    pub(crate) fn count(&mut self, transfer: &mut Transfer, bytes: usize) -> Result<()> {
        transfer.bytes += bytes as u64;
        let progress = Progress { bytes: transfer.bytes, is_upload: transfer.is_upload };
        self.connection.progress = Some(progress);
        Ok(())
    }
}

/// An upload for which the server sent its final reply without ever opening the data connection.
fn nobody_took(transfer: &Transfer) -> Error {
    Error::Protocol(format!("{}: the server never opened the data connection", transfer.what))
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
