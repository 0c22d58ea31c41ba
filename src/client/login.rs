//! Logging in (RFC 959, section 5.4) by the rules of ftplib.

use zeroize::Zeroizing;

use super::connection::completed;
use super::{Client, shown};
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::reply::Class;

/// Who logs in. The commands overwrite what they hold when they are dropped.
#[derive(Clone)]
pub(super) struct Login {
    user: Command,
    pass: Command,
    acct: Option<Command>,
}

impl Login {
    /// All three are checked before the first is sent.
    fn new(user: &[u8], password: &[u8], account: &[u8]) -> Result<Login> {
        let user = if user.is_empty() { b"anonymous" } else { user };
        let at = match password {
            b"" | b"-" if user == b"anonymous" => &b"anonymous@"[..],
            _ => b"",
        };
        let acct = Command::with("ACCT", account)?;
        Ok(Login {
            user: Command::with("USER", user)?,
            pass: Command::with("PASS", &Zeroizing::new([password, at].concat()))?,
            acct: (!account.is_empty()).then_some(acct),
        })
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
        self.require_encodable(&login.pass)?;
        if let Some(acct) = &login.acct {
            self.require_encodable(acct)?;
        }
        self.secure_control().await?;
        self.identify(&login).await?;
        self.secure_data_of_login().await
    }

    /// USER, and PASS and ACCT as the server asks for them.
    pub(super) async fn identify(&mut self, login: &Login) -> Result<()> {
        self.send_identity(login).await?;
        self.memory.login = Some(login.clone());
        Ok(())
    }

    async fn send_identity(&mut self, login: &Login) -> Result<()> {
        let Login { user, pass, acct } = login;
        let reply = self.exchange(user).await?;
        if reply.class() != Some(Class::Intermediate) {
            return completed(reply, &shown(user)).map(drop);
        }
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
