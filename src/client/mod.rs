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
//! [`Client`] is all that is public. Its methods are in `calls`, and do their work in the layers below, each of which knows only
//! those under it:
//!
//! - `mirror`: trees that are made equal.
//! - `files`: whole files, which are here and there the same.
//! - `metadata`: files and directories, by commands and listings.
//! - `transfer`: data connections, and what moves over them.
//! - `session`: commands, replies, login, TLS; and the way back into step.
//! - `history`: what is remembered of sessions. `connection`: what is open towards one server.
//! - `settings`: what the user has set. `env`: the reactor, the log, the audit, the clock of the call.
//!
//! A method does its steps with `?` after each and cleans up nothing. [`Client::perform`] does that for all of them: it
//! looks at which reply the server still owes, and brings the session back into step or closes it.

mod audit;
mod calls;
mod connection;
mod env;
mod files;
mod history;
mod host;
mod limits;
mod log;
mod metadata;
mod mirror;
mod pool;
mod progress;
mod rate;
mod session;
mod settings;
mod shared;
mod transfer;
mod verdict;

use std::io;

use crate::error::{Error, Result};
use crate::net::Reactor;
use crate::protocol::command::Command;
use crate::protocol::telnet::Reading;

pub use crate::phase::Phase;
pub use crate::protocol::transfer_type::TransferType;
pub use audit::{Audit, AuditEvent, AuditHook};
use connection::Connection;
pub use connection::{DataTls, Ends, Which};
use env::Env;
pub use files::{GetRequest, PutRequest};
use history::History;
pub use history::{MirrorReport, Report, SessionState, Verified};
use limits::Wait;
pub use log::{Log, LogKind, LogSink};
pub use metadata::{Answer, GlobRequest, ListRequest, Match, OpenedList, Visited, Visitor, WalkRequest};
pub use metadata::{Batch, BatchFate, BatchHook, BatchJob, BatchResult, BatchValue};
pub use mirror::{Act, ActionHook, FilterHook, MirrorAction, MirrorRequest};
pub use pool::{Done, Ended, EndedHook, Pool, PoolWork};
pub use progress::{Progress, ProgressHook, Standings};
use session::Session;
use session::encode::encoded;
use settings::Settings;
pub use settings::{ActivePeer, DataEnd, Retries, TlsMode};
pub use transfer::{Sent, Sink, Source, TransferId};

/// One session with one server.
pub struct Client {
    env: Env,
    settings: Settings,
    history: History,
    /// Behind a pointer: a handle without a session needs no room for it.
    connection: Option<Box<Connection>>,
}

impl Client {
    /// A client without a connection.
    ///
    /// # Errors
    /// The system has no descriptor left.
    pub fn new() -> io::Result<Client> {
        Ok(Client {
            env: Env::new(Reactor::new()?),
            settings: Settings::default(),
            history: History::new(),
            connection: None,
        })
    }

    /// What the client waits on, and where it is cancelled.
    pub fn reactor(&self) -> &Reactor {
        &self.env.reactor
    }

    /// A call of the user's begins. Messages name it: the function that was called.
    pub fn begin_call(&mut self, name: &'static str) {
        self.env.name = name;
        self.env.progress.begin_call();
    }

    /// Runs one operation and leaves the session in step, or closed, whatever became of the operation.
    ///
    /// The future may be dropped at any point: the next operation begins with what is left to do then.
    ///
    /// # Errors
    /// Those of the operation; [`Error::Cancelled`] when [`Wake::cancel`](crate::net::Wake::cancel) came first;
    /// [`Error::Timeout`] of [`Phase::Total`] when the limit of the whole call did.
    pub async fn perform<T>(&mut self, operation: impl AsyncFnOnce(&mut Client) -> Result<T>) -> Result<T> {
        self.perform_part(self.time_of_call(), operation).await
    }

    /// [`Client::perform`] for one of several operations of a call, whose time runs.
    async fn perform_part<T>(
        &mut self,
        call: Wait,
        operation: impl AsyncFnOnce(&mut Client) -> Result<T>,
    ) -> Result<T> {
        self.begin_record();
        let operation = async |client: &mut Client| {
            client.take_leftovers().await;
            operation(client).await
        };
        self.perform_within(call, operation).await
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
        let outcome = self.perform_within(self.time_of_call(), operation).await;
        if let Err(error @ (Error::Cancelled(_) | Error::Timeout { phase: Phase::Total, .. })) = &outcome {
            self.close_because(&format!("it was closed after an error ({error})"));
        }
        outcome
    }

    /// [`Client::perform`], waiting until it is done.
    ///
    /// # Errors
    /// As there.
    pub fn block_on<T>(&mut self, operation: impl AsyncFnOnce(&mut Client) -> Result<T>) -> Result<T> {
        self.env.reactor.clone().block_on(self.perform(operation))
    }

    /// [`Client::perform`] for what goes on with a call that was begun already, and whose time runs.
    async fn perform_within<T>(
        &mut self,
        call: Wait,
        operation: impl AsyncFnOnce(&mut Client) -> Result<T>,
    ) -> Result<T> {
        self.env.call = call;
        let reactor = self.env.reactor.clone();
        let running = reactor.unless_cancelled(operation(self));
        let outcome = match call.deadline.limit(&reactor, running).await {
            Ok(Some(outcome)) => outcome,
            Ok(None) => Err(self.cancelled()),
            Err(_) => Err(self.out_of_time()),
        };
        self.close_if_broken();
        match outcome {
            Ok(output) => {
                self.prearm_again().await;
                Ok(output)
            }
            Err(error) => Err(self.clean_up_after(error).await),
        }
    }

    /// After a call that went well: the data connection of the next transfer, if the user wants it. The time of the call, and who
    /// cancels it, end this as well, and not what the call has done.
    async fn prearm_again(&mut self) {
        let (reactor, call) = (self.env.reactor.clone(), self.env.call);
        let Ok(mut session) = self.session() else { return };
        if !session.wants_armed() {
            return;
        }
        let told = (session.history.last_reply.clone(), session.history.record.command.clone());
        let running = reactor.unless_cancelled(session.prearm_again());
        let is_done = matches!(call.deadline.limit(&reactor, running).await, Ok(Some(())));
        // However far that has got, the call is about what came before.
        (self.history.last_reply, self.history.record.command) = told;
        if !is_done && self.connection.as_ref().is_some_and(|open| open.has_leftovers()) {
            self.close_because("the call was ended while it made the next data connection");
        }
        self.close_if_broken();
    }

    /// The limit of the whole call, which begins now.
    fn time_of_call(&self) -> Wait {
        self.settings.limits.wait(Phase::Total)
    }

    fn begin_record(&mut self) {
        if let Some(connection) = &mut self.connection {
            connection.doing.begin();
            connection.armed.drop_old();
        }
        self.history.record.begin();
        self.env.waits.reset();
    }

    /// An operation has failed: the session is in step again after this, or it is closed.
    async fn clean_up_after(&mut self, error: Error) -> Error {
        let error = match &self.connection {
            Some(connection) => connection.with_tls_reason(error),
            None => error,
        };
        self.history.record.failed(&error, self.env.waits.current());
        self.settle(&error).await;
        if let Error::Reply { reply, .. } | Error::SessionReuse { reply, .. } = &error {
            // And not what the library asked for by itself to get back into step.
            self.history.last_reply = Some(reply.clone());
        }
        error
    }

    async fn settle(&mut self, error: &Error) {
        let Ok(mut session) = self.session() else { return };
        if !session.is_settled().await || session.remove_left_over().await.is_err() {
            self.close_because(&format!("it was closed after an error ({error})"));
        }
        self.close_if_broken();
    }

    /// Before an operation: the last one may have been dropped halfway, or a transfer given up without a word.
    async fn take_leftovers(&mut self) {
        if let Some(connection) = self.connection.as_ref().filter(|open| open.has_leftovers()) {
            let given_up = Error::Cancelled(format!("{}: given up", connection.doing.what()));
            self.settle(&given_up).await;
        }
    }

    /// Closes a connection that turned out to be of no use, when what the call was asked for had been done.
    fn close_if_broken(&mut self) {
        if let Some(reason) = self.connection.as_mut().and_then(|open| open.broken.take()) {
            self.close_because(&reason);
        }
    }

    /// Closes the connection as the caller wants it.
    fn end_because(&mut self, reason: &str) {
        self.close_because(reason);
        self.history.was_lost = false;
    }

    /// Closes the connection because something went wrong.
    fn close_because(&mut self, reason: &str) {
        if let Some(mut connection) = self.connection.take() {
            connection.dialogue.give_up();
            for command in connection.dialogue.take_given_up() {
                self.history.memory.follow_unread(&command);
            }
            self.history.memory.keep(&connection);
            self.env.log.state(format_args!("closed the connection to {}", self.history.peer));
        }
        reason.clone_into(&mut self.history.closed_because);
        self.history.was_lost = true;
        self.history.end_report();
    }

    fn cancelled(&self) -> Error {
        match &self.connection {
            Some(connection) => connection.cancelled(self.env.name),
            None => Error::Cancelled("connecting: cancelled".into()),
        }
    }

    /// The limit of the whole call has passed.
    fn out_of_time(&self) -> Error {
        match &self.connection {
            Some(connection) => connection.out_of_time(self.env.name, self.env.call),
            None => self.env.call.passed("while connecting", String::new()),
        }
    }

    /// Refuses a command that cannot be sent, whether there is a connection or not.
    fn require_encodable(&self, command: &Command) -> Result<()> {
        let reading = self.connection.as_ref().map_or(Reading::NotAsked, |open| open.known.login.telnet);
        encoded(command, self.settings.charset, reading).map(drop)
    }

    /// The session, for one step or a call that has no more.
    fn session(&mut self) -> Result<Session<'_>> {
        match &mut self.connection {
            Some(connection) => Ok(Session {
                env: &mut self.env,
                settings: &self.settings,
                history: &mut self.history,
                connection,
            }),
            None => Err(Error::NotConnected(self.history.closed_because.clone())),
        }
    }
}

// A handle may move from one thread to another between calls.
const _: fn() = || {
    fn is_send<T: Send>() {}
    is_send::<Client>();
    fn is_sync<T: Sync>() {}
    is_sync::<Client>();
};
