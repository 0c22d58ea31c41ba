//! Logging in (RFC 959, section 5.4) by the rules of ftplib.

use zeroize::Zeroizing;

use super::connection::{accept, completed};
use super::flow::DOUBT_TIME;
use super::limits::Wait;
use super::{Client, Phase, shown};
use crate::error::{Error, Result};
use crate::protocol::codes::{BAD_SEQUENCE, LOGGED_IN, LOGGED_IN_BY_SECURITY, READY};
use crate::protocol::command::Command;
use crate::protocol::dialogue::Whose;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::verb::Verb;

/// Who logs in. The commands overwrite what they hold when they are dropped.
#[derive(Clone)]
pub(super) struct Login {
    user: Command,
    /// Not there for a login of the user's own words that has needed none.
    pass: Option<Command>,
    acct: Option<Command>,
}

impl Login {
    /// All three are checked before the first is sent.
    pub(super) fn new(user: &[u8], password: &[u8], account: &[u8]) -> Result<Login> {
        let user = if user.is_empty() { b"anonymous" } else { user };
        let at = match password {
            b"" | b"-" if user == b"anonymous" => &b"anonymous@"[..],
            _ => b"",
        };
        let acct = Command::with("ACCT", account)?;
        Ok(Login {
            user: Command::with("USER", user)?,
            pass: Some(Command::with("PASS", &Zeroizing::new([password, at].concat()))?),
            acct: (!account.is_empty()).then_some(acct),
        })
    }
}

/// Who is logged in, as the replies tell it.
#[derive(Default)]
pub(super) struct Logins {
    /// The last login that the server has accepted, unless it has ended.
    current: Option<Login>,
    /// One that has begun, and that the server has not refused.
    begun: Option<Login>,
    /// The user asked for that one with all that it takes: it is wanted, also when the session is lost on the way.
    is_whole: bool,
    is_unknown: bool,
}

/// Whether a reply has ended a login.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Ended {
    Nothing,
    Login,
}

impl Logins {
    pub(super) fn of(login: Login) -> Logins {
        Logins { current: Some(login), ..Logins::default() }
    }

    /// The login to bring back.
    pub(super) fn wanted(&self) -> Option<&Login> {
        self.current.as_ref().or(self.begun.as_ref().filter(|_| self.is_whole))
    }

    /// The server has let somebody in, as far as its replies were followed.
    pub(super) fn is_logged_in(&self) -> bool {
        self.current.is_some()
    }

    pub(super) fn is_known(&self) -> bool {
        !self.is_unknown
    }

    /// The user has read the replies by itself.
    pub(super) fn lose(&mut self) {
        *self = Logins { is_unknown: true, ..Logins::default() };
    }

    /// A command was answered.
    pub(super) fn follow(&mut self, command: &Command, reply: &Reply) -> Ended {
        let class = reply.class();
        let (is_done, goes_on) = (class == Some(Class::Completion), class == Some(Class::Intermediate));
        match command.verb() {
            Verb::User if is_done && reply.code() != Some(READY) || goes_on => {
                self.begin(command);
                if is_done {
                    self.current = self.begun.take();
                }
                return Ended::Login;
            }
            Verb::Pass | Verb::Acct if is_done || goes_on => {
                if let Some(mut login) = self.begun.take() {
                    let part = if command.verb() == Verb::Pass { &mut login.pass } else { &mut login.acct };
                    *part = Some(command.clone());
                    let place = if is_done { &mut self.current } else { &mut self.begun };
                    *place = Some(login);
                }
            }
            Verb::User | Verb::Pass | Verb::Acct
                if matches!(class, Some(Class::Transient | Class::Permanent)) =>
            {
                self.begun = None;
            }
            Verb::Rein if is_done || class == Some(Class::Preliminary) => {
                *self = Logins::default();
                return Ended::Login;
            }
            _ => {}
        }
        Ended::Nothing
    }

    /// USER was accepted: whoever was logged in is no more.
    fn begin(&mut self, user: &Command) {
        let begun = self.begun.take().filter(|login| self.is_whole && login.user == *user);
        self.is_whole = begun.is_some();
        self.begun = Some(begun.unwrap_or_else(|| Login { user: user.clone(), pass: None, acct: None }));
        (self.current, self.is_unknown) = (None, false);
    }
}

impl Client {
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
        for command in login.pass.iter().chain(&login.acct) {
            self.require_encodable(command)?;
        }
        self.secure_control().await?;
        self.identify(&login).await?;
        let told = self.last_reply.clone();
        self.secure_data_of_login().await?;
        // And not what the library asked for by itself.
        self.last_reply = told;
        Ok(())
    }

    /// USER, and PASS and ACCT as the server asks for them.
    pub(super) async fn identify(&mut self, login: &Login) -> Result<()> {
        let logins = &mut self.memory.logins;
        (logins.begun, logins.is_whole) = (Some(login.clone()), true);
        self.send_identity(login).await?;
        // With the password as well, which the server may ask for another time.
        self.memory.logins = Logins::of(login.clone());
        Ok(())
    }

    /// Some servers say something else before they ask for the password: then that counts, if it comes soon. 230 and 232 are the
    /// only 2yz replies to USER that an RFC knows.
    async fn after_strays(&mut self, user: &Command, reply: Reply) -> Result<Reply> {
        let is_answer = matches!(reply.code(), Some(LOGGED_IN | LOGGED_IN_BY_SECURITY));
        if is_answer || reply.class() != Some(Class::Completion) {
            return Ok(reply);
        }
        let mut wait = self.limits.wait_at_most(Phase::Reply, DOUBT_TIME);
        match self.another_reply_to(user, &mut wait).await {
            Err(Error::Timeout { .. }) => {
                self.connection()?.dialogue.found();
                Ok(reply)
            }
            outcome => outcome,
        }
    }

    /// Waits for one more reply to the last command.
    async fn another_reply_to(&mut self, command: &Command, wait: &mut Wait) -> Result<Reply> {
        self.connection()?.dialogue.sent(Whose::Command, &shown(command));
        accept(self.reply_to(command, wait).await?, command)
    }

    async fn send_identity(&mut self, login: &Login) -> Result<()> {
        let Login { user, pass, acct } = login;
        let reply = match self.exchange(user).await {
            // The greeting has said that somebody is logged in, and USER that nobody else can be.
            Err(Error::Reply { reply, .. })
                if reply.code() == Some(BAD_SEQUENCE) && self.memory.is_greeted_as_user =>
            {
                return Ok(());
            }
            outcome => self.after_strays(user, outcome?).await?,
        };
        if reply.class() != Some(Class::Intermediate) {
            return completed(reply, &shown(user)).map(drop);
        }
        let Some(pass) = pass else {
            return Err(Error::Reply { what: "the server asks for a password".into(), reply });
        };
        let reply = self.exchange(pass).await?;
        if reply.class() != Some(Class::Intermediate) {
            return completed(reply, &shown(pass)).map(drop);
        }
        match acct {
            Some(acct) => self.exchange_completed(acct).await.map(drop),
            None => Err(Error::Reply { what: "the server asks for an account".into(), reply }),
        }
    }
}
