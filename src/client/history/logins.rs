//! Who is logged in.

use zeroize::Zeroizing;

use crate::error::Result;
use crate::protocol::codes::READY;
use crate::protocol::command::Command;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::verb::Verb;

/// Who logs in. The commands overwrite what they hold when they are dropped.
#[derive(Clone)]
pub(crate) struct Login {
    pub user: Command,
    /// Not there for a login of the user's own words that has needed none.
    pub pass: Option<Command>,
    pub acct: Option<Command>,
}

impl Login {
    /// All three are checked before the first is sent.
    pub(crate) fn new(user: &[u8], password: &[u8], account: &[u8]) -> Result<Login> {
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
#[derive(Clone, Default)]
pub(crate) struct Logins {
    /// The last login that the server has accepted, unless it has ended.
    current: Option<Login>,
    /// One that has begun, and that the server has not refused.
    begun: Option<Login>,
    /// The user asked for that one with all that it takes: it is wanted, also when the session is lost on the way.
    is_whole: bool,
    /// The last account that the user has sent after the login, and the server accepted.
    account: Option<Command>,
    is_unknown: bool,
}

/// Whether a reply has ended a login.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    Nothing,
    Login,
}

impl Logins {
    pub(crate) fn of(login: Login) -> Logins {
        Logins { current: Some(login), ..Logins::default() }
    }

    /// The user asks for a login with all that it takes.
    pub(crate) fn ask_for(&mut self, login: &Login) {
        (self.begun, self.is_whole) = (Some(login.clone()), true);
    }

    /// The login to bring back.
    pub(crate) fn wanted(&self) -> Option<&Login> {
        self.current.as_ref().or(self.begun.as_ref().filter(|_| self.is_whole))
    }

    /// What is to follow the login that is brought back.
    pub(crate) fn account(&self) -> Option<&Command> {
        self.account.as_ref()
    }

    /// The server has let somebody in, as far as its replies were followed.
    pub(crate) fn is_logged_in(&self) -> bool {
        self.current.is_some()
    }

    pub(crate) fn is_known(&self) -> bool {
        !self.is_unknown
    }

    /// The user has read the replies by itself.
    pub(crate) fn lose(&mut self) {
        *self = Logins { is_unknown: true, ..Logins::default() };
    }

    /// A command was answered.
    pub(crate) fn follow(&mut self, command: &Command, reply: &Reply) -> Ended {
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
                } else if command.verb() == Verb::Acct && is_done {
                    self.account = Some(command.clone());
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
        (self.current, self.account, self.is_unknown) = (None, None, false);
    }
}
