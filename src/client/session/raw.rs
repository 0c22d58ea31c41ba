//! Commands and replies one by one, for dialogues that no method knows.

use crate::client::connection::{Driver, MAX_SKIPPED, too_many_replies};
use crate::client::limits::ABORT_TIME;
use crate::client::session::Session;
use crate::client::verdict::{accept_as, completed};
use crate::error::{Error, Result};
use crate::phase::Phase;
use crate::protocol::command::Command;
use crate::protocol::confirmation::Confirmation;
use crate::protocol::dialogue::Whose;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::verb::Fact;

impl Session<'_> {
    /// Sends a command and does not wait. Each such command has its reply to be read by `getresp` before another
    /// method is called. While a transfer is open this is how its server can be asked something (RFC 959: STAT, ABOR, QUIT).
    pub(crate) async fn putcmd(&mut self, command: &Command) -> Result<()> {
        self.prepare_own_facts(command).await?;
        self.take_word_as_end();
        self.send_for(Whose::User, command).await?;
        self.note_put_command(command);
        Ok(())
    }

    /// Where the user reads, nobody can ask by PWD what a word after an ABOR was: it was the end of the transfer that is open.
    fn take_word_as_end(&mut self) {
        let connection = &mut *self.connection;
        if let Confirmation::InDoubt(word) = &connection.transfer.confirmation
            && connection.dialogue.doubts_end()
            && connection.transfer.driver == Driver::User
        {
            connection.dialogue.trusts_end();
            connection.dialogue.came(word);
            connection.transfer.confirmation = Confirmation::Final(word.clone());
        }
    }

    /// Waits for the next reply to a command of the user's. It is not the last one to its command if it is of class 1yz.
    pub(crate) async fn getresp(&mut self) -> Result<Reply> {
        self.next_of_the_user().await.and_then(|(reply, what)| accept_as(reply, &what))
    }

    /// As `getresp`, and the reply must be of class 2yz.
    pub(crate) async fn voidresp(&mut self) -> Result<Reply> {
        self.next_of_the_user().await.and_then(|(reply, what)| completed(reply, &what))
    }

    /// The next reply to a command of the user's, and that command.
    async fn next_of_the_user(&mut self) -> Result<(Reply, String)> {
        let connection = &mut *self.connection;
        if connection.dialogue.count_of_the_user() == 0 {
            return Err(Error::OutOfTurn(
                "no reply is owed: each was read or dropped, or there was no ftp_putcmd() and no 1yz reply"
                    .into(),
            ));
        }
        if let Some((what, reply)) = connection.dialogue.take_kept() {
            self.history.last_reply = Some(reply.clone());
            self.history.record.is_about(&what);
            self.history.record.came(&reply);
            return Ok((reply, what.to_string()));
        }
        // While a transfer is open its server may answer only once it is over: the reply is still to come then.
        let may_give_up = connection.transfer.driver == Driver::User;
        connection.doing.is_about(connection.dialogue.first_of_the_user().unwrap_or_default());
        let mut wait = self.wait(Phase::Reply);
        for _ in 0..MAX_SKIPPED {
            if !may_give_up {
                self.connection.dialogue.lose();
            }
            let reply = self.arriving_reply(wait, |_| ()).await?;
            wait.deadline.pause(|| self.note(&reply));
            self.connection.dialogue.regain();
            let matched = self.matched(&reply);
            match matched.whose {
                Whose::User => {
                    self.follow_of_the_user(&matched, &reply);
                    let what = matched.what;
                    self.history.record.is_about(&what);
                    self.require_no_farewell(&what, &reply)?;
                    return Ok((reply, what.to_string()));
                }
                Whose::Transfer => self.tell_open_transfer(reply),
                _ => {}
            }
        }
        self.connection.dialogue.lose();
        Err(too_many_replies())
    }

    /// Brings the session back into step, whatever is owed: an open transfer is aborted, and replies that nobody has read are
    /// dropped.
    pub(crate) async fn resync(&mut self) -> Result<()> {
        if self.connection.transfer.driver == Driver::User {
            self.abort().await?;
        }
        let wait = self.wait_at_most(Phase::Reply, ABORT_TIME);
        self.find_the_step(wait).await?;
        self.connection.dialogue.drop_kept();
        Ok(())
    }

    /// Before a command whose reply this call will wait for: no earlier reply may be outstanding.
    pub(crate) fn require_no_unread_reply(&mut self, command: &Command) -> Result<()> {
        self.require_no_transfer()?;
        let dialogue = &self.connection.dialogue;
        let is_about_its_data = command.verb().is(Fact::AgreesOnData);
        if is_about_its_data && dialogue.waits_for_the_users_data() {
            return Ok(());
        }
        let first = dialogue.first_of_the_user().unwrap_or_default();
        match dialogue.count_of_the_user() {
            0 => Ok(()),
            1 => Err(Error::OutOfTurn(format!("the server still owes a reply to {first}: read it first"))),
            count => Err(Error::OutOfTurn(format!(
                "the server still owes {count} replies, the first of them to {first}: read them first"
            ))),
        }
    }

    pub(crate) fn require_no_transfer(&mut self) -> Result<()> {
        let transfer = &self.connection.transfer;
        if transfer.driver != Driver::User {
            return Ok(());
        }
        Err(Error::OutOfTurn(format!("a transfer is open ({}): finish or abort it first", transfer.what)))
    }

    /// A reply to the transfer that is open came while the user waited for another one.
    pub(crate) fn tell_open_transfer(&mut self, reply: Reply) {
        if reply.class() != Some(Class::Preliminary) && self.connection.transfer.driver == Driver::User {
            self.connection.transfer.confirmation = Confirmation::Final(reply);
        }
    }
}
