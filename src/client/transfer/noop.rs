//! NOOP while data moves, for servers and routers that end a control connection on which nothing is said.
//!
//! Servers differ in what becomes of such a NOOP: pyftpdlib answers it at once, vsftpd and ProFTPD after the final reply of the
//! transfer, and Pure-FTPd answers several with one 500 and drops the others. So the replies cannot be counted on. What comes in the
//! middle of a transfer with one of their codes belongs to a NOOP; and when the transfer is over and replies are missing, PWD
//! tells where the session is.

use crate::client::session::Session;
use crate::net::{Deadline, clock};
use crate::protocol::command::Command;

impl Session<'_> {
    /// While data moves: sends a NOOP if one is due, and tells when the next will be.
    pub(crate) fn send_noop_if_due(&mut self) -> Deadline {
        let Some(interval) = self.settings.noop_interval else {
            return Deadline::after(None);
        };
        let noops = &mut self.connection.noops;
        if clock::since(noops.last_command) >= interval {
            noops.last_command = clock::now();
            // A server that does not read gets no more of them.
            if noops.unsent.is_empty() {
                let noop = Command::new("NOOP");
                noops.unsent = noop.wire().to_vec();
                self.env.log.command(&noop);
            }
        }
        let since = clock::since(self.connection.noops.last_command);
        Deadline::after(Some(interval.saturating_sub(since)))
    }
}
