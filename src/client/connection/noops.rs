//! NOOPs on their way.

use std::task::Poll;
use std::time::Instant;

use crate::client::connection::Connection;
use crate::net::clock;

/// The NOOPs of a control connection that are not sent yet, and when the next one is due.
pub(crate) struct Noops {
    /// What of the last one did not fit into the send buffer. It goes before anything else.
    pub unsent: Vec<u8>,
    /// When the last command was sent.
    pub last_command: Instant,
}

impl Noops {
    pub(crate) fn new() -> Noops {
        Noops { unsent: Vec::new(), last_command: clock::now() }
    }
}

impl Connection {
    /// Gets on with a NOOP that is not sent yet. A failure is left to who reads replies: the data may still be coming.
    pub(crate) fn advance_noop(&mut self) {
        while !self.noops.unsent.is_empty() {
            match self.control.poll_write(&self.noops.unsent) {
                Poll::Ready(Ok(written @ 1..)) => drop(self.noops.unsent.drain(..written)),
                _ => return,
            }
            if self.noops.unsent.is_empty() {
                self.dialogue.sent_noop();
            }
        }
    }

    /// Writes `bytes`, after what is left of a NOOP.
    pub(crate) async fn write_all(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let unsent = std::mem::take(&mut self.noops.unsent);
        if !unsent.is_empty() {
            self.control.write_all(&unsent).await?;
            self.dialogue.sent_noop();
        }
        self.control.write_all(bytes).await
    }
}
