//! Logging in (RFC 959, section 5.4) by the rules of ftplib.

use crate::client::history::{Login, Logins};
use crate::client::limits::{DOUBT_TIME, Wait};
use crate::client::session::Session;
use crate::client::verdict::{accept, completed};
use crate::error::{Error, Result};
use crate::phase::Phase;
use crate::protocol::codes::{BAD_SEQUENCE, LOGGED_IN, LOGGED_IN_BY_SECURITY};
use crate::protocol::command::Command;
use crate::protocol::dialogue::Whose;
use crate::protocol::reply::{Class, Reply};

impl Session<'_> {
    /// The whole of a login: TLS before it, who it is, and the protection of data after it.
    pub(crate) async fn login(&mut self, login: &Login) -> Result<()> {
        for command in login.pass.iter().chain(&login.acct) {
            self.require_encodable(command)?;
        }
        self.secure_control().await?;
        self.identify(login).await?;
        let told = self.history.last_reply.clone();
        self.secure_data_of_login().await?;
        // And not what the library asked for by itself.
        self.history.last_reply = told;
        Ok(())
    }

    /// USER, and PASS and ACCT as the server asks for them.
    pub(crate) async fn identify(&mut self, login: &Login) -> Result<()> {
        self.history.memory.logins.ask_for(login);
        self.send_identity(login).await?;
        // With the password as well, which the server may ask for another time.
        self.history.memory.logins = Logins::of(login.clone());
        Ok(())
    }

    /// Some servers say something else before they ask for the password: then that counts, if it comes soon. 230 and 232 are the
    /// only 2yz replies to USER that an RFC knows.
    async fn after_strays(&mut self, user: &Command, reply: Reply) -> Result<Reply> {
        let is_answer = matches!(reply.code(), Some(LOGGED_IN | LOGGED_IN_BY_SECURITY));
        if is_answer || reply.class() != Some(Class::Completion) {
            return Ok(reply);
        }
        let mut wait = self.wait_at_most(Phase::Reply, DOUBT_TIME);
        match self.another_reply_to(user, &mut wait).await {
            Err(Error::Timeout { .. }) => {
                self.connection.dialogue.found();
                Ok(reply)
            }
            outcome => outcome,
        }
    }

    /// Waits for one more reply to the last command.
    async fn another_reply_to(&mut self, command: &Command, wait: &mut Wait) -> Result<Reply> {
        self.connection.dialogue.sent(Whose::Command, &command.shown());
        accept(self.reply_to(command, wait).await?, command)
    }

    async fn send_identity(&mut self, login: &Login) -> Result<()> {
        let Login { user, pass, acct } = login;
        let reply = match self.exchange(user).await {
            // The greeting has said that somebody is logged in, and USER that nobody else can be.
            Err(Error::Reply { reply, .. })
                if reply.code() == Some(BAD_SEQUENCE) && self.history.memory.is_greeted_as_user =>
            {
                return Ok(());
            }
            outcome => self.after_strays(user, outcome?).await?,
        };
        if reply.class() != Some(Class::Intermediate) {
            return completed(reply, &user.shown()).map(drop);
        }
        let Some(pass) = pass else {
            return Err(Error::Reply { what: "the server asks for a password".into(), reply });
        };
        let reply = self.exchange(pass).await?;
        if reply.class() != Some(Class::Intermediate) {
            return completed(reply, &pass.shown()).map(drop);
        }
        match acct {
            Some(acct) => self.exchange_completed(acct).await.map(drop),
            None => Err(Error::Reply { what: "the server asks for an account".into(), reply }),
        }
    }
}
