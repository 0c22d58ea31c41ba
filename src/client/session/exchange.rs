//! A command and its reply.

use crate::client::connection::{MAX_SKIPPED, not_told_apart, too_many_replies};
use crate::client::limits::{ABORT_TIME, DOUBT_TIME, Wait};
use crate::client::session::Session;
use crate::client::verdict::{accept, completed};
use crate::error::{Error, Result};
use crate::phase::Phase;
use crate::protocol::codes::READY;
use crate::protocol::command::Command;
use crate::protocol::dialogue::{Matched, Whose, is_goodbye};
use crate::protocol::reply::{Class, MAX_REPLY, Reply};
use crate::protocol::verb::Verb;

impl Session<'_> {
    /// A command was answered: what does the session come to?
    pub(crate) fn follow(&mut self, command: &Command, reply: &Reply) {
        self.history.memory.follow(command, reply, self.connection.known.away.is_some());
        self.connection.follow(command, reply);
    }

    /// A command was answered whose reply the user reads.
    pub(crate) fn follow_of_the_user(&mut self, matched: &Matched, reply: &Reply) {
        let Some(command) = &matched.command else { return };
        self.follow(command, reply);
        self.note_own_command(command, &accept(reply.clone(), command));
    }

    /// Sends a command and waits for its final reply. One of class 1yz announces another, which is waited for.
    ///
    /// # Errors
    /// [`Error::Reply`] for a reply of class 4yz or 5yz; [`Error::Protocol`] for one of no class; what can happen to a connection.
    pub(crate) async fn exchange(&mut self, command: &Command) -> Result<Reply> {
        self.find_the_place(command).await?;
        self.send(command).await?;
        accept(self.final_reply_to(command).await?, command)
    }

    /// Waits for the final reply to the command that this call has sent. The replies that announce it share its time.
    pub(crate) async fn final_reply_to(&mut self, command: &Command) -> Result<Reply> {
        let mut wait = self.wait(Phase::Reply);
        for _ in 0..MAX_SKIPPED {
            let reply = self.reply_to(command, &mut wait).await?;
            if reply.class() != Some(Class::Preliminary) {
                return Ok(reply);
            }
        }
        self.connection.dialogue.lose();
        Err(Error::Limit(format!("the server sent {MAX_SKIPPED} preliminary replies to {}", command.shown())))
    }

    /// Sends a command and waits for its first reply, whatever its class.
    pub(crate) async fn exchange_first(&mut self, command: &Command) -> Result<Reply> {
        self.find_the_place(command).await?;
        self.send(command).await?;
        self.reply_to(command, &mut self.wait(Phase::Reply)).await
    }

    /// Waits for the next reply to the command that this call has sent.
    pub(crate) async fn reply_to(&mut self, command: &Command, wait: &mut Wait) -> Result<Reply> {
        for _ in 0..MAX_SKIPPED {
            let reply = self.arriving_reply(*wait, |_| ()).await?;
            // The user's log callback takes part in it.
            wait.deadline.pause(|| self.note(&reply));
            let matched = self.matched(&reply);
            match matched.whose {
                Whose::User => {
                    self.keep_for_the_user(matched, reply)?;
                    continue;
                }
                Whose::Nobody => return Err(not_told_apart()),
                Whose::Aborted => return Box::pin(self.reply_behind(reply, command, *wait)).await,
                _ => {}
            }
            if is_late_greeting(command, &reply) {
                self.connection.dialogue.sent(Whose::Command, &command.shown());
                continue;
            }
            self.follow(command, &reply);
            self.require_no_farewell(&command.shown(), &reply)?;
            return Ok(reply);
        }
        self.connection.dialogue.lose();
        Err(too_many_replies())
    }

    /// What came looks like a word about a transfer that was aborted. If nothing follows it, PWD tells: what comes before its reply is the
    /// reply, or else what came was.
    async fn reply_behind(&mut self, late: Reply, command: &Command, wait: Wait) -> Result<Reply> {
        match self.reply_to(command, &mut wait.at_most(DOUBT_TIME)).await {
            Err(Error::Timeout { .. }) => {}
            outcome => return outcome,
        }
        let wait = self.wait_at_most(Phase::Reply, ABORT_TIME);
        let reply = self.find_the_step(wait).await?.unwrap_or(late);
        self.follow(command, &reply);
        self.require_no_farewell(&command.shown(), &reply)?;
        Ok(reply)
    }

    /// A 221 in place of a reply says that nothing was done.
    pub(crate) fn require_no_farewell(&self, what: &str, reply: &Reply) -> Result<()> {
        if reply.class() == Some(Class::Completion) && is_goodbye(reply, what) {
            return Err(Error::Eof(format!("instead of a reply to {what}: {}", reply.excerpt())));
        }
        Ok(())
    }

    /// Whose a reply is that has come: it is settled then.
    pub(crate) fn matched(&mut self, reply: &Reply) -> Matched {
        self.connection.dialogue.came(reply)
    }

    /// Keeps a reply until the user asks for it. What is kept is bounded: the user may never ask.
    pub(crate) fn keep_for_the_user(&mut self, matched: Matched, reply: Reply) -> Result<()> {
        self.follow_of_the_user(&matched, &reply);
        let dialogue = &mut self.connection.dialogue;
        dialogue.keep(matched, reply);
        if dialogue.kept_bytes() > MAX_REPLY {
            dialogue.lose();
            return Err(Error::Limit(format!("more than {MAX_REPLY} bytes of replies were not read")));
        }
        Ok(())
    }

    /// Sends a command that the call can do without: a refusal ends nothing, and the last reply stays that of the user's command.
    pub(crate) async fn ask_aside(&mut self, command: &Command) -> Result<()> {
        let told = self.history.last_reply.clone();
        match self.exchange_completed(command).await {
            Err(error) if error.is_refusal() || matches!(error, Error::Denied(_)) => {}
            outcome => drop(outcome?),
        }
        self.history.last_reply = told;
        Ok(())
    }

    /// As [`Session::exchange`], and the reply must be of class 2yz.
    ///
    /// # Errors
    /// As [`Session::exchange`]; [`Error::Reply`] for any other class.
    pub(crate) async fn exchange_completed(&mut self, command: &Command) -> Result<Reply> {
        let reply = self.exchange(command).await?;
        completed(reply, &command.shown())
    }
}

/// A greeting is never the answer to these: the server has sent a second one.
fn is_late_greeting(command: &Command, reply: &Reply) -> bool {
    reply.code() == Some(READY) && matches!(command.verb(), Verb::User | Verb::Auth)
}
