//! Data connections: who opens them, and the commands of RFC 2428 that are tried first where the user wants it.

use crate::client::connection::Link;
use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::protocol::codes::SERVICE_CLOSING;
use crate::protocol::command::Command;
use crate::protocol::reply::Reply;

impl Session<'_> {
    /// What must stand before the transfer command is sent: a connection to the server, or a socket that waits for one.
    pub(crate) async fn prepare_data(&mut self, command: &Command) -> Result<Link> {
        if self.settings.passive {
            self.connect_data(command).await.map(Link::Open)
        } else {
            self.expect_data().await.map(Link::Listening)
        }
    }

    /// Whether EPSV and EPRT are tried on IPv4, where PASV and PORT are to be fallen back on.
    pub(crate) fn tries_extended(&self) -> bool {
        let extended = self.settings.extended;
        let connection = &*self.connection;
        extended && connection.peer.is_ipv4() && !connection.known.login.refuses_extended
    }

    /// Sends an extended command (RFC 2428), or says that this server has none: `None`, and it is not asked again.
    pub(crate) async fn try_extended(&mut self, command: &Command) -> Result<Option<Reply>> {
        if !self.tries_extended() {
            return Ok(None);
        }
        match self.exchange_completed(command).await {
            // 4yz as well: whatever the reason is, the old command may do.
            Err(Error::Reply { reply, .. }) if reply.code() != Some(SERVICE_CLOSING) => {
                self.connection.known.login.refuses_extended = true;
                Ok(None)
            }
            outcome => outcome.map(Some),
        }
    }
}
