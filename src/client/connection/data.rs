//! The data connection of a transfer.

use std::io;
use std::net::SocketAddr;
use std::task::Poll;

use crate::client::connection::{Expected, Step};
use crate::net::{Strangers, Stream};

/// The data connection of the transfer that is going on, and what is known of it, or of the last one.
#[derive(Default)]
pub(crate) struct Data {
    pub link: Link,
    /// Who came for it in active mode and was not let in.
    pub strangers: Strangers,
    ends: Option<Ends>,
    /// Until the final reply: the server may break it, and what has not arrived cannot be confirmed yet.
    sent: Option<Sent>,
    /// The server has broken the connection of the last upload before it confirmed it.
    pub is_broken: bool,
}

/// The data connection of an upload whose end was said: what is still on its way can be asked for.
struct Sent {
    stream: Stream,
    /// How much was, when it was last asked.
    on_its_way: u64,
}

/// A data connection, as far as it has got.
#[derive(Default)]
pub(crate) enum Link {
    #[default]
    None,
    /// Active mode: the server is to connect.
    Listening(Expected),
    Open(Stream),
}

/// One of the connections of a session.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one of commands and replies.
    Control,
    /// The one of the transfer that is open, or of the last one.
    Data,
}

/// The two ends of a connection.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Ends {
    /// This client's.
    pub local: SocketAddr,
    /// The server's.
    pub peer: SocketAddr,
}

impl Ends {
    fn of(stream: &Stream) -> io::Result<Ends> {
        Ok(Ends { local: stream.local_addr()?, peer: stream.peer_addr()? })
    }
}

impl Data {
    /// What a transfer begins with. Nobody was refused for it, and nothing is known of its data connection but what is said here.
    pub(crate) fn begin(&mut self, link: Link) {
        let ends = match &link {
            // One that is broken already has no ends any more.
            Link::Open(stream) => Ends::of(stream).ok(),
            Link::None | Link::Listening(_) => None,
        };
        *self = Data { link, strangers: Strangers::default(), ends, sent: None, is_broken: false };
    }

    /// Closes it. Its ends are still known.
    pub(crate) fn close(&mut self) {
        self.link = Link::None;
    }

    /// Says the end of what was sent, and keeps the connection until [`Data::let_go`].
    pub(crate) fn end_sending(&mut self) {
        if let Link::Open(stream) = std::mem::take(&mut self.link) {
            stream.close_sending();
            self.sent = Some(Sent { on_its_way: stream.unacknowledged().unwrap_or_default(), stream });
        }
    }

    /// Whether bytes of an upload have not arrived, after its end was said, which counts as one.
    pub(crate) fn is_on_its_way(&self) -> bool {
        self.on_its_way() > 1
    }

    fn on_its_way(&self) -> u64 {
        self.sent.as_ref().and_then(|sent| sent.stream.unacknowledged()).unwrap_or_default()
    }

    /// Whether some of them have arrived since this was last asked.
    pub(crate) fn goes_on_arriving(&mut self) -> bool {
        let now = self.on_its_way();
        let Some(sent) = &mut self.sent else { return false };
        now < std::mem::replace(&mut sent.on_its_way, now)
    }

    /// Closes the connection of what was sent. If the other side broke it, how much has arrived is not known: what it acknowledged last
    /// may be missing.
    pub(crate) fn let_go(&mut self) {
        if let Some(mut sent) = self.sent.take() {
            self.is_broken = sent.stream.take_error().is_err();
        }
        self.close();
    }

    /// Closes it; `abruptly` in a way that nobody takes for the proper end of the data.
    pub(crate) fn drop_link(&mut self, abruptly: bool) {
        if let Link::Open(stream) = &mut self.link
            && abruptly
        {
            stream.set_abortive_close();
        }
        self.close();
    }

    /// Its two ends, or those of the last one.
    pub(crate) fn ends(&self) -> Option<Ends> {
        self.ends
    }

    pub(crate) fn stream(&self) -> Option<&Stream> {
        match &self.link {
            Link::Open(stream) => Some(stream),
            Link::None | Link::Listening(_) => None,
        }
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.stream().is_some_and(Stream::is_tls)
    }

    /// Gets on with it while a reply is waited for. What goes wrong with it is told when it is used.
    pub(crate) fn advance_handshake(&mut self) {
        if let Link::Open(stream) = &mut self.link {
            stream.advance_handshake();
        }
    }

    /// The next step asks the system, whatever is known of what there is.
    pub(crate) fn ask_again(&self) {
        if let Link::Open(stream) = &self.link {
            stream.ask_again();
        }
    }

    /// One step with it.
    pub(crate) fn poll_step(&mut self, step: &mut Step<'_>) -> Poll<io::Result<usize>> {
        match &mut self.link {
            Link::Open(stream) => step(stream),
            // The server has ended a transfer for which it never connected: no data.
            Link::None | Link::Listening(_) => Poll::Ready(Ok(0)),
        }
    }

    /// The next step tells this error, which one before it has found out.
    pub(crate) fn keep(&mut self, error: io::Error) {
        if let Link::Open(stream) = &mut self.link {
            stream.keep(error);
        }
    }
}
