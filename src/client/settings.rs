//! What the user can set.

use std::time::Duration;

use super::connect::bare_host;
use super::{Audit, Client, Log};
use crate::error::Result;
use crate::protocol::charset::Charset;

impl Client {
    /// The limit of each wait: for a connection, a reply, the next data. `None` is no limit.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.timeout = timeout;
    }

    /// Whether the client opens data connections (PASV, EPSV) or the server does (PORT, EPRT).
    pub fn set_passive(&mut self, passive: bool) {
        self.passive = passive;
    }

    /// Whether the address in a 227 reply is used, and not that of the server.
    pub fn set_trust_pasv_address(&mut self, trust: bool) {
        self.trust_pasv_address = trust;
    }

    /// Whether ABOR is announced by urgent data, which servers of the BSD line wait for and others choke on.
    pub fn set_urgent_abort(&mut self, urgent: bool) {
        self.urgent_abort = urgent;
    }

    /// The longest line of a reply or of a text, in bytes, line end included.
    pub fn set_max_line(&mut self, max_line: usize) {
        self.max_line = max_line;
        if let Some(connection) = &mut self.connection {
            connection.set_max_line(max_line);
        }
    }

    /// The encoding of names and text from here on.
    pub fn set_charset(&mut self, charset: Charset) {
        self.charset = charset;
        if let Some(connection) = &mut self.connection {
            connection.set_charset(charset);
        }
    }

    /// Where connections come from: a host of this machine, and the port of the control connection. `None` is the
    /// system's choice. It counts from the next connection on.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::error::Error::InvalidArgument) when the host cannot be one.
    pub fn set_source(&mut self, source: Option<(&str, u16)>) -> Result<()> {
        self.source = match source {
            Some((host, port)) => Some((bare_host(host)?.to_owned(), port)),
            None => None,
        };
        Ok(())
    }

    /// The function that is asked before anything is done.
    pub fn audit_mut(&mut self) -> &mut Audit {
        &mut self.audit
    }

    /// Where commands and replies are recorded.
    pub fn log_mut(&mut self) -> &mut Log {
        &mut self.log
    }
}
