//! After an error: the session is brought back into step, or it is known that it cannot be.

use crate::client::connection::{Arrived, Driver, MAX_SKIPPED, not_told_apart, too_many_replies};
use crate::client::limits::{ABORT_TIME, Wait};
use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::phase::Phase;
use crate::protocol::codes::PATHNAME;
use crate::protocol::command::Command;
use crate::protocol::dialogue::{Recovery, Whose, is_goodbye};
use crate::protocol::reply::{Class, Reply};

impl Session<'_> {
    /// After an operation that has failed: whether the session is in step again. If not, it must be closed.
    pub(crate) async fn is_settled(&mut self) -> bool {
        self.settle().await.is_ok()
    }

    /// [`Session::is_settled`], with the reason why not.
    pub(crate) async fn settle(&mut self) -> Result<()> {
        let connection = &mut *self.connection;
        if connection.transfer.driver == Driver::User && connection.dialogue.is_clear() {
            // The call failed before it did anything to the transfer that is open: that one goes on, and settles its NOOPs.
            return Ok(());
        }
        connection.transfer.driver = Driver::Nobody;
        self.history.end_report();
        // Half of a session is none: the next reconnection begins anew.
        if self.history.to_restore.is_some() {
            return Err(Error::NotConnected("the session was not brought back as a whole".into()));
        }
        let reactor = self.env.reactor.clone();
        let left = || Error::NotConnected("the user has not waited for it to be in step".into());
        reactor.unless_left(self.recover()).await.unwrap_or_else(|| Err(left()))
    }

    /// After a refusal that the call goes on without. The session is in step then, or the refusal is the error.
    pub(crate) async fn go_on_after(&mut self, refusal: Error) -> Result<Error> {
        if refusal.is_refusal() && self.is_settled().await { Ok(refusal) } else { Err(refusal) }
    }

    /// What can be done without: `None` if the server, or the audit of the user, has refused it, or if nothing can do it.
    pub(crate) async fn unless_refused<T>(&mut self, outcome: Result<T>) -> Result<Option<T>> {
        match outcome {
            Ok(value) => Ok(Some(value)),
            Err(Error::Denied(_) | Error::Unsupported(_)) => Ok(None),
            Err(refusal) => self.go_on_after(refusal).await.map(|_| None),
        }
    }

    /// All of it shares one deadline.
    async fn recover(&mut self) -> Result<()> {
        /// One of class 1yz, and the final one.
        const MOST_REPLIES: usize = 2;
        let wait = self.wait_at_most(Phase::Reply, ABORT_TIME);
        // Usually the connection is closed then. But what an upload has left at the server would stay there.
        for _ in 0..MOST_REPLIES {
            if self.connection.known.left_over.is_none() || !self.connection.dialogue.waits_for_one() {
                break;
            }
            let reply = self.next_reply(wait).await?;
            self.connection.dialogue.came(&reply);
        }
        match self.connection.dialogue.recovery() {
            Recovery::Close => return Err(Error::NotConnected("it is not in step".into())),
            Recovery::Abort { started } => drop(self.abort_transfer(started, wait).await?),
            Recovery::FindByPwd => {
                self.connection.data.close();
                self.find_the_step(wait).await?;
            }
            Recovery::InStep => {
                self.connection.data.close();
                self.settle_noops().await;
            }
        }
        self.take_back_rest(wait).await?;
        self.put_back_hash_within(wait).await?;
        self.come_back_within(wait).await
    }

    /// A REST that no transfer has used would count for the next one, whatever that is.
    async fn take_back_rest(&mut self, wait: Wait) -> Result<()> {
        if !self.connection.known.rest_is_set {
            return Ok(());
        }
        self.take_unsolicited().await?;
        let told = self.history.last_reply.clone();
        self.send_as_is(&Command::with("REST", b"0")?, wait).await?;
        let reply = self.next_reply(wait).await?;
        if !matches!(reply.class(), Some(Class::Intermediate | Class::Completion)) {
            return Err(Error::Reply { what: "REST 0".into(), reply });
        }
        let connection = &mut *self.connection;
        connection.dialogue.regain();
        connection.known.rest_is_set = false;
        self.history.last_reply = told;
        Ok(())
    }

    /// Sends PWD and skips what comes before its reply; the last of that is returned, but for 1yz replies. The user, who has not
    /// asked for PWD, is not told of its reply.
    pub(crate) async fn find_the_step(&mut self, wait: Wait) -> Result<Option<Reply>> {
        const MAX_STRAYS: usize = 3;
        let mut stray = self.take_what_has_come().await?;
        let told = self.history.last_reply.clone();
        self.send_as_is(&Command::new("PWD"), wait).await?;
        let dialogue = &self.connection.dialogue;
        let (most, mut paths) = (dialogue.replies_due() + MAX_STRAYS, dialogue.paths_due());
        let is_in_order = dialogue.only_the_user_waits();
        let may_be_of_the_user = dialogue.waits_for_end_and_user();
        for _ in 0..=most {
            let reply = self.next_reply(wait).await?;
            if is_goodbye(&reply, "PWD") {
                return Err(Error::Reply { what: "PWD".into(), reply });
            }
            if reply.code() == Some(PATHNAME) && paths == 0 {
                self.require_no_kept_transfer()?;
                self.connection.dialogue.found();
                self.follow_given_up();
                self.history.last_reply = stray.clone().or(told);
                if may_be_of_the_user && stray.is_some() {
                    return Err(not_told_apart());
                }
                return Ok(stray);
            }
            paths -= usize::from(reply.code() == Some(PATHNAME));
            let matched = self.connection.dialogue.came_in_search(&reply);
            if matched.whose == Whose::User {
                self.keep_for_the_user(matched, reply)?;
                if is_in_order {
                    // One that was refused is not answered by a path any more.
                    paths = self.connection.dialogue.paths_due();
                }
            } else if matched.whose != Whose::Noop
                && !matches!(reply.class(), Some(Class::Preliminary) | None)
            {
                stray = Some(reply);
            }
        }
        Err(not_told_apart())
    }

    /// After replies of the user's were given up.
    fn follow_given_up(&mut self) {
        for command in self.connection.dialogue.take_given_up() {
            self.history.memory.follow_unread(&command);
            self.connection.follow_unread(&command);
        }
    }

    /// What has come before a command is sent cannot be its reply. The last final reply of it is returned.
    async fn take_what_has_come(&mut self) -> Result<Option<Reply>> {
        let mut last = None;
        for _ in 0..MAX_SKIPPED {
            let reply = match self.look().await? {
                Arrived::Reply(reply) => reply,
                Arrived::Nothing | Arrived::PartOfReply => return Ok(last),
                Arrived::End => return Err(Error::Eof("while its replies were sorted".into())),
            };
            self.note(&reply);
            let matched = self.connection.dialogue.came_in_search(&reply);
            if is_goodbye(&reply, &matched.what) {
                return Err(Error::Reply { what: matched.what.to_string(), reply });
            }
            if matched.whose == Whose::User {
                self.keep_for_the_user(matched, reply)?;
            } else if matched.whose != Whose::Noop
                && !matches!(reply.class(), Some(Class::Preliminary) | None)
            {
                last = Some(reply);
            }
        }
        self.connection.dialogue.lose();
        Err(too_many_replies())
    }

    /// After a transfer: takes the replies to NOOPs that are still to come, and what the next transfer was asked for. If they do not,
    /// the connection is closed; what has become of the transfer does not change.
    pub(crate) async fn settle_noops(&mut self) {
        let connection = &mut *self.connection;
        let are_due = connection.dialogue.noops() > 0 || connection.dialogue.has_next();
        let are_settled = !are_due && connection.noops.unsent.is_empty();
        if are_settled || connection.dialogue.is_lost() {
            return;
        }
        let told = self.history.last_reply.clone();
        let wait = self.wait_at_most(Phase::Reply, ABORT_TIME);
        if let Err(error) = self.find_the_step(wait).await {
            self.connection.broken = Some(format!("it was closed after the end of a transfer ({error})"));
        }
        self.history.last_reply = told;
    }
}
