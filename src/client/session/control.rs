//! The control connection: commands out, replies in, and what the server still owes.

use std::future::poll_fn;
use std::sync::atomic::Ordering;
use std::task::Poll;

use crate::client::connection::{Arrived, Connection, MAX_SKIPPED, too_many_replies};
use crate::client::limits::{ABORT_TIME, Wait};
use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::net::clock;
use crate::phase::Phase;
use crate::protocol::codes::SERVICE_CLOSING;
use crate::protocol::command::Command;
use crate::protocol::dialogue::{Whose, is_goodbye};
use crate::protocol::reply::Reply;
use crate::protocol::verb::Fact;

/// How many turns a look at what has arrived may take: by far enough for all that a server says by itself. They are counted and
/// not timed, since a busy machine may take its time from one to the next.
const LOOK_TURNS: usize = 10;
/// The most bytes of replies that come unasked, all together.
const MAX_UNASKED: usize = 1024 * 1024;

impl Session<'_> {
    /// Sends a command. Its reply is due from here on.
    pub(crate) async fn send(&mut self, command: &Command) -> Result<()> {
        self.require_no_unread_reply(command)?;
        self.send_for(Whose::Command, command).await
    }

    /// Sends a command that starts a transfer.
    pub(crate) async fn send_transfer(&mut self, command: &Command) -> Result<()> {
        self.require_no_unread_reply(command)?;
        self.send_for(Whose::Transfer, command).await
    }

    /// Sends a command to which nothing that has arrived can be the reply.
    pub(crate) async fn send_for(&mut self, whose: Whose, command: &Command) -> Result<()> {
        self.connection.doing.is_about(&command.shown());
        self.history.record.is_about(&command.shown());
        self.require_no_secret_in_clear(command)?;
        if self.connection.dialogue.has_due() {
            // There is no asking between two replies.
            self.require_encodable(command)?;
            self.require_telnet_known(command)?;
        } else {
            self.require_sendable(command).await?;
            self.take_unsolicited().await?;
        }
        self.env.audit.command(command)?;
        // A callback may have cancelled the call: nothing more is said then.
        self.checkpoint().await?;
        self.send_as_is(command, self.wait(Phase::Reply)).await?;
        let connection = &mut *self.connection;
        match whose {
            Whose::User => connection.dialogue.sent_for_the_user(command),
            _ => connection.dialogue.sent(whose, &connection.doing.command),
        }
        connection.known.sent(command);
        Ok(())
    }

    /// Sends a command without looking at what has arrived. Whose its reply is, is for the caller to say: until then the
    /// session is lost.
    pub(crate) async fn send_as_is(&mut self, command: &Command, wait: Wait) -> Result<()> {
        if let Some(reason) = &self.connection.broken {
            return Err(Error::NotConnected(reason.clone()));
        }
        let wire = self.encoded(command)?;
        self.env.log.command(command);
        if let Some(has_changed) = &self.env.has_changed
            && !command.verb().is(Fact::Harmless)
        {
            has_changed.store(true, Ordering::Relaxed);
        }
        let connection = &mut *self.connection;
        command.shown().as_ref().clone_into(&mut connection.doing.command);
        connection.dialogue.lose();
        if !command.verb().is(Fact::LeavesData) {
            connection.armed.clear();
        }
        connection.noops.last_command = clock::now();
        let sent = wait.deadline.limit(&self.env.reactor, connection.write_all(&wire)).await;
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(source)) => {
                Err(Error::of_connection(format!("cannot send {}", connection.doing.command), source))
            }
            Err(_) => Err(wait.timed_out(format_args!("the server to take {}", connection.doing.command))),
        }
    }

    /// Takes replies that came unasked, so that they are not taken for the reply to the next command; one that has only begun
    /// is waited for: what follows would be taken for the rest of it.
    ///
    /// They are taken one by one, and bounded: a server that sends them without end must not fill the memory.
    pub(crate) async fn take_unsolicited(&mut self) -> Result<()> {
        let wait = self.wait_at_most(Phase::Reply, ABORT_TIME);
        let mut last = None;
        let mut bytes = 0;
        for _ in 0..=MAX_SKIPPED {
            let reply = match self.look().await? {
                Arrived::Nothing => return Ok(()),
                Arrived::End => return Err(self.ended_while_idle(last.as_ref())),
                Arrived::Reply(reply) => reply,
                Arrived::PartOfReply => self.rest_of_reply(wait).await?,
            };
            bytes += reply.text().len();
            if bytes > MAX_UNASKED {
                break;
            }
            self.note(&reply);
            self.connection.dialogue.take_noop(&reply);
            self.require_no_goodbye(&reply)?;
            last = Some(reply);
        }
        self.connection.dialogue.lose();
        Err(too_many_replies())
    }

    /// What has arrived: a look, not a wait. It takes no time, unless there is always more that is no reply.
    pub(crate) async fn look(&mut self) -> Result<Arrived> {
        let connection = &mut *self.connection;
        let mut turns = 0;
        poll_fn(|_| {
            let arrived = connection.poll_look();
            turns += 1;
            if matches!(arrived, Poll::Ready(Ok(Arrived::End))) {
                connection.dialogue.lose();
            }
            if arrived.is_ready() || turns < LOOK_TURNS {
                return arrived;
            }
            connection.dialogue.lose();
            Poll::Ready(Err(Error::Limit("the server sends without end what is no reply".into())))
        })
        .await
    }

    async fn rest_of_reply(&mut self, wait: Wait) -> Result<Reply> {
        let connection = &mut *self.connection;
        let end = poll_fn(|_| connection.poll_reply());
        match wait.deadline.limit(&self.env.reactor, end).await {
            Ok(outcome) => outcome,
            Err(_) => {
                connection.dialogue.lose();
                Err(wait.timed_out("the rest of a reply that came unasked"))
            }
        }
    }

    /// A reply that came unasked may say that the server ends the session.
    fn require_no_goodbye(&mut self, reply: &Reply) -> Result<()> {
        if !is_goodbye(reply, "") {
            return Ok(());
        }
        if reply.code() != Some(SERVICE_CLOSING) {
            return Err(self.ended_while_idle(Some(reply)));
        }
        self.connection.dialogue.lose();
        Err(Error::Reply { what: "the server ended the idle session".into(), reply: reply.clone() })
    }

    /// The server may have said why it closes.
    fn ended_while_idle(&mut self, last: Option<&Reply>) -> Error {
        self.connection.dialogue.lose();
        let said = last.map(|reply| format!(": {}", reply.excerpt())).unwrap_or_default();
        Error::Eof(format!("while the session was idle{said}"))
    }

    /// Waits for the next reply, whatever its class. What is due stays as it is.
    pub(crate) fn next_reply(&mut self, wait: Wait) -> impl Future<Output = Result<Reply>> {
        self.next_reply_while(wait, |_| ())
    }

    /// As [`Session::next_reply`]; `meanwhile` is what the connection can get on with.
    pub(crate) async fn next_reply_while(
        &mut self,
        wait: Wait,
        meanwhile: fn(&mut Connection),
    ) -> Result<Reply> {
        let reply = self.arriving_reply(wait, meanwhile).await?;
        self.note(&reply);
        Ok(reply)
    }

    /// The next reply, before anybody was told of it.
    pub(crate) async fn arriving_reply(
        &mut self,
        wait: Wait,
        meanwhile: fn(&mut Connection),
    ) -> Result<Reply> {
        let connection = &mut *self.connection;
        let poll = poll_fn(|_| {
            meanwhile(connection);
            connection.poll_reply()
        });
        let arrived = wait.deadline.limit(&self.env.reactor, poll).await;
        match arrived {
            Ok(outcome) => outcome,
            Err(_) => Err(wait.timed_out(connection.doing.wanted_reply())),
        }
    }

    /// Records a reply and remembers it as the last.
    pub(crate) fn note(&mut self, reply: &Reply) {
        self.env.log.reply(reply);
        self.history.record.came(reply);
        self.history.last_reply = Some(reply.clone());
    }
}
