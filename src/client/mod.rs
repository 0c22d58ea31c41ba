//! The FTP client: straight-line `async` functions over the sockets of [`net`](crate::net). None of them blocks.
//!
//! ```no_run
//! # use ftpclient::client::Client;
//! let mut client = Client::new()?;
//! let size = client.block_on(async |client| {
//!     client.connect("ftp.example.org", 21).await?;
//!     client.login("", "", "").await?;
//!     client.size(b"README").await
//! })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A method does its steps with `?` after each and cleans up nothing. [`Client::perform`] does that for all of them: it
//! looks at which reply the server still owes, and brings the session back into step or closes it (see `settle`).

mod abort;
mod active;
mod audit;
mod commands;
mod connect;
mod connection;
mod copy;
mod data;
mod end;
mod flow;
mod limits;
mod listings;
mod log;
mod login;
mod noop;
mod open;
mod opened;
mod passive;
mod place;
mod protection;
mod raw;
mod reconnect;
mod record;
mod settings;
mod telnet;
mod tls;
mod transfer;
mod transient;
mod types;
mod watch;
mod whole;

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::net::{Keepalive, Reactor};
use crate::protocol::charset::Charset;
use crate::protocol::command::Command;
use crate::protocol::reply::{MAX_LINE, Reply};

use active::ActiveMode;
pub use active::ActivePeer;
pub use audit::{Audit, AuditEvent, AuditHook};
use connection::Connection;
pub use data::{Ends, Which};
use flow::Progress;
pub use limits::Phase;
use limits::{Limits, Wait};
pub use log::{Log, LogKind, LogSink};
pub use opened::TransferId;
pub use protection::DataTls;
use reconnect::Memory;
use record::Record;
pub use record::SessionState;
use tls::Tls;
pub use tls::{DataEnd, TlsMode};
pub use transfer::{Sent, Sink, Source};
pub use types::TransferType;

/// Where the user wants connections to come from.
struct Origin {
    host: String,
    port: u16,
    /// The addresses of the host, once they were looked up.
    addresses: Vec<SocketAddr>,
}

/// One session with one server.
pub struct Client {
    reactor: Reactor,
    limits: Limits,
    /// When the call that is running must end.
    call: Wait,
    passive: bool,
    trust_pasv_address: bool,
    /// EPSV and EPRT are tried on IPv4 as well.
    extended: bool,
    active: ActiveMode,
    urgent_abort: bool,
    /// The type of files whose data the user moves; `None` is the one that is set.
    opened_type: Option<TransferType>,
    tls: Tls,
    max_line: usize,
    charset: Charset,
    source: Option<Origin>,
    keepalive: Option<Keepalive>,
    /// How long a control connection may be silent while data moves.
    noop_interval: Option<Duration>,
    audit: Audit,
    log: Log,
    /// How many transfers there were.
    transfers: u64,
    /// `host:port` as the user gave them, for messages.
    peer: String,
    connection: Option<Connection>,
    /// Why there is no connection, for messages.
    closed_because: String,
    /// An error has closed the connection, and not the caller.
    was_lost: bool,
    /// What the last call was about.
    record: Record,
    /// What the session has come to, also when it has ended.
    memory: Memory,
    /// What a reconnection that is under way, or that failed, is to bring back.
    to_restore: Option<Arc<Memory>>,
    welcome: Option<Reply>,
    last_reply: Option<Reply>,
}

impl Client {
    /// A client without a connection.
    ///
    /// # Errors
    /// The system has no descriptor left.
    pub fn new() -> io::Result<Client> {
        let limits = Limits::default();
        Ok(Client {
            reactor: Reactor::new()?,
            call: limits.wait(Phase::Total),
            limits,
            passive: true,
            trust_pasv_address: false,
            extended: false,
            active: ActiveMode::default(),
            urgent_abort: false,
            opened_type: Some(TransferType::Image),
            tls: Tls::default(),
            max_line: MAX_LINE,
            charset: Charset::default(),
            source: None,
            keepalive: Some(Keepalive::default()),
            noop_interval: None,
            audit: Audit::default(),
            transfers: 0,
            log: Log::default(),
            peer: String::new(),
            connection: None,
            closed_because: "connect first".into(),
            was_lost: false,
            record: Record::default(),
            memory: Memory::of(None),
            to_restore: None,
            welcome: None,
            last_reply: None,
        })
    }

    /// What the client waits on, and where it is cancelled.
    pub fn reactor(&self) -> &Reactor {
        &self.reactor
    }

    /// The control connection's descriptor.
    pub fn control_fd(&self) -> Option<BorrowedFd<'_>> {
        self.connection.as_ref().map(|connection| connection.control.as_fd())
    }

    /// The server's greeting, once there was one.
    pub fn welcome(&self) -> Option<&Reply> {
        self.welcome.as_ref()
    }

    /// The last reply of the server.
    pub fn last_reply(&self) -> Option<&Reply> {
        self.last_reply.as_ref()
    }

    /// Whether there is a control connection.
    pub fn is_connected(&self) -> bool {
        self.connection.is_some()
    }

    /// An error in one line, with the server it is about.
    pub fn describe(&self, error: &Error) -> String {
        if error.concerns_the_server() && !self.peer.is_empty() {
            format!("{}: {error}", self.peer)
        } else {
            error.to_string()
        }
    }

    /// Runs one operation and leaves the session in step, or closed, whatever became of the operation.
    ///
    /// The future may be dropped at any point: the next operation begins with what is left to do then.
    ///
    /// # Errors
    /// Those of the operation; [`Error::Cancelled`] when [`Wake::cancel`](crate::net::Wake::cancel) came first;
    /// [`Error::Timeout`] of [`Phase::Total`] when the limit of the whole call did.
    pub async fn perform<T>(&mut self, operation: impl AsyncFnOnce(&mut Client) -> Result<T>) -> Result<T> {
        self.begin_record();
        let operation = async |client: &mut Client| {
            client.take_leftovers().await;
            operation(client).await
        };
        self.perform_within(self.limits.wait(Phase::Total), operation).await
    }

    /// [`Client::perform`] for an operation that leaves the session and begins another. What the last operation left to do there is
    /// not waited for; and an operation that was not finished, wherever that was, has left no session.
    ///
    /// # Errors
    /// As there.
    pub async fn perform_anew<T>(
        &mut self,
        operation: impl AsyncFnOnce(&mut Client) -> Result<T>,
    ) -> Result<T> {
        self.begin_record();
        let outcome = self.perform_within(self.limits.wait(Phase::Total), operation).await;
        if let Err(error @ (Error::Cancelled(_) | Error::Timeout { phase: Phase::Total, .. })) = &outcome {
            self.close_because(&format!("it was closed after an error ({error})"));
        }
        outcome
    }

    /// [`Client::perform`] for what goes on with a call that was begun already, and whose time runs.
    async fn perform_within<T>(
        &mut self,
        call: Wait,
        operation: impl AsyncFnOnce(&mut Client) -> Result<T>,
    ) -> Result<T> {
        self.call = call;
        let reactor = self.reactor.clone();
        let running = reactor.unless_cancelled(operation(self));
        let outcome = match call.deadline.limit(&reactor, running).await {
            Ok(Some(outcome)) => outcome,
            Ok(None) => Err(self.cancelled()),
            Err(_) => Err(self.out_of_time()),
        };
        let outcome = outcome.map_err(|error| self.with_tls_reason(error));
        if let Err(error) = &outcome {
            self.record_failure(error);
            self.settle(error).await;
            if let Error::Reply { reply, .. } | Error::SessionReuse { reply, .. } = error {
                // And not what the library asked for by itself to get back into step.
                self.last_reply = Some(reply.clone());
            }
        }
        outcome
    }

    /// [`Client::perform`], waiting until it is done.
    ///
    /// # Errors
    /// As there.
    pub fn block_on<T>(&mut self, operation: impl AsyncFnOnce(&mut Client) -> Result<T>) -> Result<T> {
        self.reactor.clone().block_on(self.perform(operation))
    }

    /// Closes the connection without a word to the server.
    pub fn close(&mut self) {
        self.end_because("it was closed");
    }

    /// Closes the connection as the caller wants it.
    fn end_because(&mut self, reason: &str) {
        self.close_because(reason);
        self.was_lost = false;
    }

    /// Closes the connection because something went wrong.
    fn close_because(&mut self, reason: &str) {
        if let Some(connection) = self.connection.take() {
            self.memory.keep(&connection);
            self.log.state(format_args!("closed the connection to {}", self.peer));
        }
        self.closed_because = reason.to_owned();
        self.was_lost = true;
    }

    /// A place where a busy loop lets itself be ended: pending for good once the call was cancelled, or its time is over.
    async fn checkpoint(&self) {
        self.reactor.checkpoint().await;
        if self.call.deadline.has_passed() {
            std::future::pending::<()>().await;
        }
    }

    fn cancelled(&self) -> Error {
        let what = self.current_command();
        match self.progress() {
            Some(progress) => Error::Cancelled(format!("{what}: cancelled after {} bytes", progress.bytes)),
            None => Error::Cancelled(format!("{what}: cancelled")),
        }
    }

    /// The limit of the whole call has passed.
    fn out_of_time(&self) -> Error {
        let what = self.last_command().map_or("while connecting".into(), |command| format!("in {command}"));
        let done = self.progress().map(|progress| progress.to_string()).unwrap_or_default();
        Error::Timeout { what, phase: Phase::Total, done, after: self.call.deadline.elapsed() }
    }

    /// What the connection was doing last, for a message.
    fn current_command(&self) -> String {
        self.last_command().unwrap_or("connecting").to_owned()
    }

    fn last_command(&self) -> Option<&str> {
        let connection = self.connection.as_ref()?;
        Some(connection.last_command.as_str()).filter(|command| !command.is_empty())
    }

    /// How far the transfer has got, if it was one that the connection was doing last.
    fn progress(&self) -> Option<Progress> {
        self.connection.as_ref()?.progress
    }

    fn connection(&mut self) -> Result<&mut Connection> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            None => Err(Error::NotConnected(self.closed_because.clone())),
        }
    }
}

/// A command for a message: no password, no control characters, not too long.
fn shown(command: &Command) -> String {
    const SHOWN: usize = 200;
    let text = String::from_utf8_lossy(&command.masked()).replace(char::is_control, "?");
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{} …", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

// A handle may move from one thread to another between calls.
const _: fn() = || {
    fn is_send<T: Send>() {}
    is_send::<Client>();
    fn is_sync<T: Sync>() {}
    is_sync::<Client>();
};
