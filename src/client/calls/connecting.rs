//! Connecting, logging in, ending.

use crate::client::Client;
use crate::client::history::{Login, Memory};
use crate::client::host::{bare_host, host_and_port};
use crate::client::session::connect::open;
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::reply::Reply;

impl Client {
    /// Connects to a server and waits for its greeting. A connection that is open is closed first.
    ///
    /// The first address of the host that answers is used. All share the time for connecting; the greeting has its own.
    ///
    /// # Errors
    /// [`Error::Resolve`], [`Error::Io`], [`Error::Timeout`], [`Error::Eof`]; [`Error::Reply`] when the server refuses
    /// (421, 530 …); [`Error::Protocol`] and [`Error::Limit`] when it is no FTP server. There is no connection then.
    pub async fn connect(&mut self, host: &str, port: u16) -> Result<()> {
        let host = bare_host(host)?;
        self.end_because("it was closed to connect again");
        self.history.memory = Memory::of(Some((host.to_owned(), port)));
        (self.history.to_restore, self.history.most_sessions) = (None, None);
        self.connect_to(host, port).await
    }

    /// As [`Client::connect`], with what is known of the last session kept.
    pub(super) async fn connect_to(&mut self, host: &str, port: u16) -> Result<()> {
        let history = &mut self.history;
        history.peer = host_and_port(host, port);
        (history.welcome, history.last_reply) = (None, None);
        history.record.is_about("");
        history.closed_because = "connecting failed".into();
        self.env.audit.connect(host, port)?;
        let outcome = self.begin_session(host, port).await;
        if let Err(error) = &outcome {
            self.close_because(&format!("connecting failed ({error})"));
        }
        outcome
    }

    async fn begin_session(&mut self, host: &str, port: u16) -> Result<()> {
        let (connection, wait) =
            open(&mut self.env, &self.settings, &self.history.peer, (host, port)).await?;
        self.connection = Some(Box::new(connection));
        self.session()?.start(wait).await
    }

    /// Logs in. An empty user is `anonymous`; to that user's password, if empty or `-`, `anonymous@` is added.
    ///
    /// PASS is sent when USER is answered with any 3yz reply, ACCT when PASS is. A server that asks for an account when
    /// none was given is told nothing: an empty ACCT would only be refused.
    ///
    /// With TLS on, the control connection is secured before (AUTH TLS) and data connections after it (PBSZ 0, PROT P), unless
    /// the user has decided about them already.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] before anything is sent; [`Error::Reply`] when the server refuses. The connection stays.
    pub async fn login(&mut self, user: &str, password: &str, account: &str) -> Result<()> {
        self.login_bytes(user.as_bytes(), password.as_bytes(), account.as_bytes()).await
    }

    /// [`Client::login`] for text that need not be UTF-8.
    ///
    /// # Errors
    /// As there.
    pub async fn login_bytes(&mut self, user: &[u8], password: &[u8], account: &[u8]) -> Result<()> {
        let login = Login::new(user, password, account)?;
        self.session()?.login(&login).await
    }

    /// Says goodbye and closes the connection, also when the server answers with an error or not at all.
    ///
    /// # Errors
    /// What the server answered instead of a 2yz reply.
    pub async fn quit(&mut self) -> Result<Reply> {
        let outcome = self.session()?.exchange_completed(&Command::new("QUIT")).await;
        match outcome {
            Err(Error::OutOfTurn(why)) => {
                self.end_because("it was closed");
                Err(Error::OutOfTurn(format!("the connection was closed without QUIT: {why}")))
            }
            outcome => {
                self.end_because("it was closed by QUIT");
                outcome
            }
        }
    }

    /// Closes the connection without a word to the server.
    pub fn close(&mut self) {
        self.end_because("it was closed");
    }
}
