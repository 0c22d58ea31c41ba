//! The data connection of the next transfer, which was made ahead of it.

use std::task::Poll;
use std::time::Duration;

use crate::net::{Attempt, Deadline};
use crate::protocol::reply::Reply;

/// How long one is of use. The server holds a port for it, and routers forget what is idle.
const LIFE: Duration = Duration::from_secs(20);

/// What was made ahead, and whether more is to be.
#[derive(Default)]
pub(crate) struct Armed {
    channel: Option<Channel>,
    /// Where the server listens for it, if that was asked for together with the transfer before it.
    pub named: Option<Reply>,
    /// A transfer has ended, and nothing since that agrees on data connections.
    pub is_wanted: bool,
}

/// The server listens for this connection, and expects nothing over it yet.
struct Channel {
    attempt: Attempt,
    end: Deadline,
}

impl Armed {
    /// There is one from here on.
    pub(crate) fn set(&mut self, attempt: Attempt) {
        self.channel = Some(Channel { attempt, end: Deadline::after(Some(LIFE)) });
    }

    /// Whether there is one that is of use.
    pub(crate) fn is_ready(&mut self) -> bool {
        self.drop_old();
        self.channel.is_some()
    }

    /// Closes one whose time is over.
    pub(crate) fn drop_old(&mut self) {
        if self.channel.as_ref().is_some_and(|channel| channel.end.has_passed()) {
            self.channel = None;
        }
    }

    /// The one that is of use: it belongs to the transfer from here on.
    pub(crate) fn take(&mut self) -> Option<Attempt> {
        self.drop_old();
        self.channel.take().map(|channel| channel.attempt)
    }

    /// Waits until the connection stands.
    pub(crate) fn poll_connected(&self) -> Poll<std::io::Result<()>> {
        self.channel.as_ref().map_or(Poll::Ready(Ok(())), |channel| channel.attempt.poll_connected())
    }

    /// Closes it: what the server was told of it does not count any more.
    pub(crate) fn clear(&mut self) {
        *self = Armed::default();
    }
}
