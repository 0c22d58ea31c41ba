//! Bringing a session back into step: ABOR (RFC 959), and what to do when something went wrong.

use std::future::poll_fn;
use std::time::Duration;

use crate::client::connection::{Arrived, Connection, Driver, MAX_SKIPPED, too_many_replies};
use crate::client::limits::{ABORT_TIME, Wait};
use crate::client::session::Session;
use crate::client::verdict::completed;
use crate::error::{Error, Result};
use crate::phase::Phase;
use crate::protocol::codes::{NO_TRANSFER, OKAY, TRANSFER_ABORTED, TRANSFER_COMPLETE};
use crate::protocol::command::Command;
use crate::protocol::dialogue::{Recovery, Whose, is_goodbye};
use crate::protocol::reply::{Class, Reply};
use crate::protocol::verb::Verb;

/// How long the server may take to answer ABOR before the data connection is reset.
const ANSWER_TIME: Duration = Duration::from_millis(100);
/// How long to wait for the second of the two replies to an aborted transfer before asking with PWD.
const SECOND_REPLY_TIME: Duration = Duration::from_millis(250);

/// What the replies to an aborted transfer have told so far.
struct Told {
    /// Nothing came that may be of another command.
    is_clear: bool,
    /// The transfer's preliminary reply came.
    has_started: bool,
    /// Another one came behind it. This is how Pure-FTPd may end a transfer, and ABOR may have been lost to it: it reads away what comes
    /// while it sends data.
    may_be_all: bool,
}

impl Session<'_> {
    /// Sends ABOR as an ordinary command of its own; for use while no transfer is going on.
    pub(crate) async fn abort(&mut self) -> Result<Reply> {
        if self.connection.transfer.driver == Driver::User {
            self.connection.transfer.driver = Driver::Call;
            return self.abort_open().await;
        }
        let abor = Command::new("ABOR");
        self.send(&abor).await?;
        self.connection.dialogue.aborts();
        let reply = self.final_reply_to(&abor).await?;
        if reply.code() != Some(TRANSFER_ABORTED) {
            return completed(reply, "ABOR");
        }
        completed(self.second_reply_to_abort(reply).await?, "ABOR")
    }

    /// After 426 the reply to ABOR itself is to follow; a few servers say nothing more.
    async fn second_reply_to_abort(&mut self, first: Reply) -> Result<Reply> {
        let dialogue = &mut self.connection.dialogue;
        dialogue.sent(Whose::Command, "ABOR");
        dialogue.lose();
        let wait = self.wait_at_most(Phase::Reply, ABORT_TIME);
        let mut told = Told { is_clear: true, has_started: true, may_be_all: false };
        let second = match self.reply_of_abort(wait.at_most(SECOND_REPLY_TIME), 1, &mut told).await {
            Ok(reply) if told.is_clear => {
                self.connection.dialogue.found();
                reply
            }
            Ok(_) | Err(Error::Timeout { .. }) => self.find_the_step(wait).await?.unwrap_or(first),
            Err(error) => return Err(error),
        };
        self.history.last_reply = Some(second.clone());
        Ok(second)
    }

    /// Ends the transfer that the user has opened.
    async fn abort_open(&mut self) -> Result<Reply> {
        let reply = match self.connection.dialogue.recovery() {
            Recovery::Abort { started } => {
                self.abort_transfer(started, self.wait_at_most(Phase::Reply, ABORT_TIME)).await?
            }
            // Its final reply has come already: there is nothing to abort.
            _ => self.connection.transfer.confirmation.take().into_reply(),
        };
        self.connection.data.close();
        self.settle_noops().await;
        let transfer = &mut self.connection.transfer;
        transfer.driver = Driver::Nobody;
        self.history.end_report();
        self.env.log.data(format_args!("{}: aborted after {} bytes", transfer.what, transfer.bytes));
        // Replies to other commands may have come after it.
        self.history.last_reply = reply.or_else(|| self.history.last_reply.take());
        Ok(self.history.last_reply.clone().unwrap_or_else(|| Reply::from_text("")))
    }

    /// Ends the transfer that is going on, and takes every reply that belongs to it. Returns the last of them.
    ///
    /// That is the reply to the transfer command (426, or 226 when it was over already) and the reply to ABOR (226 or
    /// 225). Servers differ in which they send, and a few send only one; then PWD, whose reply is like no other, tells
    /// whether more is to come. ABOR goes first and the data connection is closed after it, because vsftpd and ProFTPD
    /// look at ABOR only once the data connection is gone. No urgent data unless the user wants it: some servers choke on it.
    ///
    /// The data connection is reset, and not before the server has had the time to answer: servers that find its end together
    /// with ABOR hang or end the session. A reset tells them that nobody takes the rest, and that what they have got of an upload
    /// is not the whole. It is not reset before data has moved: a server that has not accepted it yet would keep the
    /// transfer for the next data connection.
    ///
    /// If the user has sent ABOR and has no reply to it yet, that one does. After a second one nobody could tell whose of the two
    /// is answered.
    pub(crate) async fn abort_transfer(&mut self, started: bool, wait: Wait) -> Result<Option<Reply>> {
        if let Some(reply) = self.final_reply_if_there(started).await? {
            self.settle_noops().await;
            return Ok(Some(reply));
        }
        let is_clear = self.connection.dialogue.recovery() != Recovery::FindByPwd;
        let mut told = Told { is_clear, has_started: started, may_be_all: false };
        if self.settings.urgent_abort && !self.connection.control.is_tls() {
            self.signal_urgently(wait).await?;
        }
        self.connection.dialogue.aborts();
        let has_moved_data = self.connection.transfer.bytes > 0;
        let sent = if self.connection.dialogue.has_abor_of_the_user() {
            self.connection.dialogue.regain();
            Ok(())
        } else {
            self.send_as_is(&Command::new("ABOR"), wait).await
        };
        let (mut replies, mut last) = (0, None);
        if sent.is_ok() {
            match self.reply_of_abort(wait.at_most(ANSWER_TIME), 0, &mut told).await {
                Ok(reply) => (replies, last) = (1, Some(reply)),
                Err(Error::Timeout { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        self.connection.data.drop_link(has_moved_data);
        sent?;
        while replies < 2 {
            let this_wait =
                if replies == 1 || told.may_be_all { wait.at_most(SECOND_REPLY_TIME) } else { wait };
            match self.reply_of_abort(this_wait, replies, &mut told).await {
                Ok(reply) => {
                    told.is_clear &= replies == 0 || may_answer_abor(&reply);
                    (replies, last) = (replies + 1, Some(reply));
                }
                Err(Error::Timeout { .. }) if replies == 1 || told.may_be_all => {
                    return Ok(self.find_the_step(wait).await?.or(last));
                }
                Err(error) => return Err(error),
            }
        }
        self.require_no_kept_transfer()?;
        let dialogue = &mut self.connection.dialogue;
        let has_others = dialogue.noops() > 0 || dialogue.has_next() || dialogue.has_due_of_the_user();
        if !told.is_clear || has_others {
            return Ok(self.find_the_step(wait).await?.or(last));
        }
        // Not before: whoever is cancelled between the two replies must not believe to be in step.
        dialogue.found();
        Ok(last)
    }

    /// The session is not used any more if the next transfer could get the data of the one that was aborted.
    pub(crate) fn require_no_kept_transfer(&mut self) -> Result<()> {
        let Connection { dialogue, transfer, .. } = &mut *self.connection;
        if !dialogue.may_keep_a_transfer(transfer.has_reached_the_server()) {
            return Ok(());
        }
        dialogue.lose();
        Err(Error::Protocol(
            "the server has told no end of a transfer, and may keep it for the next one".into(),
        ))
    }

    /// The next of the two replies to an aborted transfer. After a line that is no reply it is not clear how many there will be.
    async fn reply_of_abort(&mut self, mut wait: Wait, before: usize, told: &mut Told) -> Result<Reply> {
        for _ in 0..MAX_SKIPPED {
            let reply = self.next_reply(wait).await?;
            let matched = self.connection.dialogue.came_in_search(&reply);
            if is_goodbye(&reply, "ABOR") {
                return Err(Error::Reply { what: "ABOR".into(), reply });
            }
            match matched.whose {
                Whose::Noop => continue,
                Whose::User => {
                    let is_to_abor = Verb::of(matched.what.as_bytes()) == Verb::Abor;
                    self.keep_for_the_user(matched, reply.clone())?;
                    if !is_to_abor {
                        continue;
                    }
                }
                _ => {}
            }
            match reply.class() {
                // A late one to the transfer command: what came before it was to neither.
                Some(Class::Preliminary) => {
                    told.is_clear &= before == 0;
                    if told.has_started {
                        told.may_be_all = true;
                        wait = wait.at_most(SECOND_REPLY_TIME);
                    }
                    told.has_started = true;
                }
                // No reply, or none to either of the two.
                Some(Class::Intermediate) | None => told.is_clear = false,
                Some(_) => return Ok(reply),
            }
        }
        Err(too_many_replies())
    }

    /// The final reply of the transfer, if it is there already: then nothing is left to abort.
    async fn final_reply_if_there(&mut self, mut started: bool) -> Result<Option<Reply>> {
        for _ in 0..MAX_SKIPPED {
            let reply = match self.look().await? {
                Arrived::Reply(reply) => reply,
                Arrived::Nothing | Arrived::PartOfReply => return Ok(None),
                Arrived::End => return Err(Error::Eof("in the middle of a transfer".into())),
            };
            self.note(&reply);
            // Perhaps a stray before the preliminary reply.
            if reply.class() == Some(Class::Completion) && !started {
                continue;
            }
            started |= reply.class() == Some(Class::Preliminary);
            let matched = self.matched(&reply);
            if matched.whose == Whose::User {
                self.keep_for_the_user(matched, reply)?;
                continue;
            }
            let connection = &mut *self.connection;
            match connection.dialogue.recovery() {
                Recovery::Abort { .. } => {}
                Recovery::FindByPwd if reply.class().is_none() || matched.whose == Whose::Nobody => {
                    return Ok(None);
                }
                Recovery::Close => return Err(Error::Reply { what: "ABOR".into(), reply }),
                Recovery::InStep | Recovery::FindByPwd => {
                    connection.data.close();
                    return Ok(Some(reply));
                }
            }
        }
        Err(too_many_replies())
    }

    /// Telnet's "interrupt process" and "synch" (RFC 854), the last byte as urgent data: servers of the BSD line look up
    /// from a transfer for nothing else.
    async fn signal_urgently(&mut self, wait: Wait) -> Result<()> {
        const INTERRUPT: &[u8] = b"\xff\xf4\xff";
        const DATA_MARK: u8 = 0xf2;
        let connection = &mut *self.connection;
        connection.dialogue.lose();
        let sent = async {
            connection.write_all(INTERRUPT).await?;
            poll_fn(|_| connection.control.poll_write_urgent(DATA_MARK)).await
        };
        match wait.deadline.limit(&self.env.reactor, sent).await {
            Ok(outcome) => outcome.map_err(|source| Error::Io { what: "cannot send ABOR".into(), source }),
            Err(_) => Err(wait.timed_out("the server to take ABOR")),
        }
    }
}

/// Whether a reply is one to ABOR itself (RFC 959, section 5.4), and not a second one to the transfer.
fn may_answer_abor(reply: &Reply) -> bool {
    let is_success = matches!(reply.code(), Some(OKAY | NO_TRANSFER | TRANSFER_COMPLETE));
    is_success || reply.class() == Some(Class::Permanent)
}
