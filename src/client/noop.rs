//! NOOP while data moves, for servers and routers that end a control connection on which nothing is said.
//!
//! Servers differ in what becomes of such a NOOP: pyftpdlib answers it at once, vsftpd and ProFTPD after the final reply of the
//! transfer, and Pure-FTPd answers several with one 500 and drops the others. So the replies cannot be counted on. What comes in the
//! middle of a transfer with one of their codes belongs to a NOOP; and when the transfer is over and replies are missing, PWD
//! tells where the session is.

use std::task::Poll;
use std::time::Instant;

use super::abort::ABORT_TIME;
use super::connection::Connection;
use super::{Client, Phase};
use crate::error::Result;
use crate::net::{Deadline, clock};
use crate::protocol::command::Command;

/// The NOOPs of a control connection that are not sent yet, and when the next one is due.
pub(super) struct Noops {
    /// What of the last one did not fit into the send buffer. It goes before anything else.
    pub(super) unsent: Vec<u8>,
    /// When the last command was sent.
    pub(super) last_command: Instant,
}

impl Noops {
    pub(super) fn new() -> Noops {
        Noops { unsent: Vec::new(), last_command: clock::now() }
    }
}

impl Client {
    /// While data moves: sends a NOOP if one is due, and tells when the next will be.
    pub(super) fn send_noop_if_due(&mut self, is_wanted: bool) -> Result<Deadline> {
        let Some(interval) = self.noop_interval.filter(|_| is_wanted) else {
            return Ok(Deadline::after(None));
        };
        let noops = &mut self.connection()?.noops;
        if clock::since(noops.last_command) >= interval {
            noops.last_command = clock::now();
            // A server that does not read gets no more of them.
            if noops.unsent.is_empty() {
                let noop = Command::new("NOOP");
                noops.unsent = noop.wire().to_vec();
                self.log.command(&noop);
            }
        }
        let since = clock::since(self.connection()?.noops.last_command);
        Ok(Deadline::after(Some(interval.saturating_sub(since))))
    }

    /// After a transfer: takes the replies to NOOPs that are still to come. If they do not, the connection is closed; what has
    /// become of the transfer does not change.
    pub(super) async fn settle_noops(&mut self) {
        let Some(connection) = &mut self.connection else { return };
        let are_settled = connection.dialogue.noops() == 0 && connection.noops.unsent.is_empty();
        if are_settled || connection.dialogue.is_lost() {
            return;
        }
        let told = self.last_reply.clone();
        let wait = self.limits.wait_at_most(Phase::Reply, ABORT_TIME);
        if let Err(error) = self.find_the_step(wait).await {
            self.close_because(&format!("it was closed after the NOOPs of a transfer ({error})"));
        }
        self.last_reply = told;
    }
}

impl Connection {
    /// Gets on with a NOOP that is not sent yet. A failure is left to who reads replies: the data may still be coming.
    pub(super) fn advance_noop(&mut self) {
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
    pub(super) async fn write_all(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let unsent = std::mem::take(&mut self.noops.unsent);
        if !unsent.is_empty() {
            self.control.write_all(&unsent).await?;
            self.dialogue.sent_noop();
        }
        self.control.write_all(bytes).await
    }
}
