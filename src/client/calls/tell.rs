//! What the client can tell without asking the server.

use std::os::fd::{AsFd, BorrowedFd};

use crate::client::Client;
use crate::client::connection::{DataTls, Driver, Ends, Which};
use crate::client::history::{Report, SessionState};
use crate::error::{Error, Result};
use crate::net::{CertificateInfo, TlsInfo};
use crate::phase::Phase;
use crate::protocol::reply::Reply;

impl Client {
    /// The control connection's descriptor.
    pub fn control_fd(&self) -> Option<BorrowedFd<'_>> {
        self.connection.as_ref().map(|connection| connection.control.as_fd())
    }

    /// The addresses of a connection. Those of a data connection are known until the next transfer begins.
    ///
    /// # Errors
    /// [`Error::NotConnected`]; [`Error::OutOfTurn`] when the session has had no such connection.
    pub fn ends(&mut self, which: Which) -> Result<Ends> {
        self.session()?.connection.ends(which)
    }

    /// The server's greeting, once there was one.
    pub fn welcome(&self) -> Option<&Reply> {
        self.history.welcome.as_ref()
    }

    /// The last reply of the server.
    pub fn last_reply(&self) -> Option<&Reply> {
        self.history.last_reply.as_ref()
    }

    /// Whether there is a control connection.
    pub fn is_connected(&self) -> bool {
        self.connection.is_some()
    }

    /// An error in one line, with the server it is about.
    pub fn describe(&self, error: &Error) -> String {
        let peer = &self.history.peer;
        if error.concerns_the_server() && !peer.is_empty() {
            format!("{peer}: {error}")
        } else {
            error.to_string()
        }
    }

    /// The command that the last call was about, as messages show it: the one it sent last, or that it failed to send. What the
    /// library sends to get back into step does not count. Empty when there was none since the connection was begun.
    pub fn last_command_sent(&self) -> &str {
        &self.history.record.command
    }

    /// What the last call waited for, or was doing, when it failed. `None` after a success, and when it failed before that.
    pub fn failed_phase(&self) -> Option<Phase> {
        self.history.record.phase
    }

    /// What the last transfer came to, or how far the one has got that is open.
    pub fn last_report(&self) -> Option<Report> {
        let mut report = self.history.report?;
        report.end();
        Some(report)
    }

    /// Another call begins that moves something: what an earlier one has moved is not told for it. A transfer that is open goes on.
    pub fn forget_report(&mut self) {
        if self.state() != SessionState::Transfer {
            self.history.report = None;
        }
    }

    /// All replies that came during the last call that could wait, in their order.
    pub fn replies(&self) -> &[Reply] {
        &self.history.record.replies
    }

    /// What there is of the session, as far as is known without asking the server.
    pub fn state(&self) -> SessionState {
        match &self.connection {
            None if self.history.was_lost => SessionState::Lost,
            None => SessionState::NotConnected,
            Some(connection) if connection.transfer.driver == Driver::User => SessionState::Transfer,
            Some(connection) if connection.dialogue.count_of_the_user() > 0 => SessionState::ReplyOwed,
            Some(connection) if connection.known.has_quit => SessionState::Connected,
            Some(_) if self.history.memory.is_logged_in() => SessionState::LoggedIn,
            Some(_) => SessionState::Connected,
        }
    }

    /// What the control connection has negotiated; `None` while it is in clear.
    pub fn tls_info(&self) -> Option<TlsInfo> {
        self.connection.as_ref()?.control.tls_info()
    }

    /// Whether what is sent over the control connection now is protected.
    pub fn is_tls(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.control.is_tls())
    }

    /// The server's certificate; `None` while the control connection is in clear.
    pub fn server_certificate(&self) -> Option<CertificateInfo> {
        self.connection.as_ref()?.control.tls()?.certificate()
    }

    /// What the data connections of the session have negotiated.
    pub fn data_tls(&self) -> Option<&DataTls> {
        self.connection.as_ref().map(|connection| &connection.protection.data_tls)
    }
}
