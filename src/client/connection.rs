//! The control connection: commands out, replies in, and what the server still owes.

use std::borrow::Cow;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::task::{Poll, ready};

use zeroize::Zeroizing;

use super::abort::ABORT_TIME;
use super::connect::MAX_SKIPPED;
use super::data::{Data, Ends};
use super::flow::{Progress, Transfer, too_many_replies};
use super::limits::Wait;
use super::noop::Noops;
use super::protection::Protection;
use super::types::TransferType;
use super::{Client, Phase, shown};
use crate::error::{Error, Result};
use crate::net::{Strangers, Stream, clock};
use crate::protocol::charset::Charset;
use crate::protocol::codes::{READY, SERVICE_CLOSING};
use crate::protocol::command::{Command, MAX_COMMAND};
use crate::protocol::dialogue::{Dialogue, Matched, Whose, is_goodbye};
use crate::protocol::reply::{Class, MAX_REPLY, Reply, ReplyDecoder};
use crate::protocol::telnet::{self, Reading};
use crate::protocol::verb::Verb;

/// How many turns a look at what has arrived may take: by far enough for all that a server says by itself. They are counted and
/// not timed, since a busy machine may take its time from one to the next.
const LOOK_TURNS: usize = 10;
/// The most bytes of replies that come unasked, all together.
const MAX_UNASKED: usize = 1024 * 1024;

/// What is open towards one server. Dropping it closes everything.
pub(super) struct Connection {
    pub(super) control: Stream,
    pub(super) peer: SocketAddr,
    /// The name that the user gave the server.
    pub(super) host: String,
    pub(super) protection: Protection,
    /// EPSV or EPRT did not work on IPv4: PASV and PORT from here on.
    pub(super) refuses_extended: bool,
    /// The server's reply to PASV cannot be read: EPSV from here on.
    pub(super) garbles_pasv: bool,
    /// The data connection of the transfer that is going on.
    pub(super) data: Data,
    /// Its two ends, or those of the last one.
    pub(super) data_ends: Option<Ends>,
    /// Who came for it in active mode and was not let in.
    pub(super) strangers: Strangers,
    /// What the server still has to say.
    pub(super) dialogue: Dialogue,
    /// REST was sent and no transfer has used it: the server would apply it to the next one.
    pub(super) rest_is_set: bool,
    /// The transfer that the user moves the data of.
    pub(super) open_transfer: Option<Transfer>,
    /// How far the transfer of the last command has got: what is left of it when a call was dropped in the middle.
    pub(super) progress: Option<Progress>,
    /// The representation type that the server has confirmed last.
    pub(super) transfer_type: Option<TransferType>,
    /// The last command as a message shows it.
    pub(super) last_command: String,
    pub(super) noops: Noops,
    /// What the server makes of 0xFF in a name.
    pub(super) telnet: Reading,
    decoder: ReplyDecoder,
    charset: Charset,
}

impl Connection {
    pub(super) fn new(
        control: Stream,
        peer: SocketAddr,
        host: &str,
        max_line: usize,
        charset: Charset,
    ) -> Connection {
        Connection {
            control,
            peer,
            host: host.to_owned(),
            protection: Protection::default(),
            refuses_extended: false,
            garbles_pasv: false,
            data_ends: None,
            strangers: Strangers::default(),
            data: Data::None,
            dialogue: Dialogue::new(),
            rest_is_set: false,
            open_transfer: None,
            progress: None,
            transfer_type: None,
            last_command: String::new(),
            noops: Noops::new(),
            telnet: Reading::NotAsked,
            decoder: ReplyDecoder::new(max_line),
            charset,
        }
    }

    pub(super) fn set_max_line(&mut self, max_line: usize) {
        self.decoder.set_max_line(max_line);
    }

    pub(super) fn set_charset(&mut self, charset: Charset) {
        self.charset = charset;
    }

    /// The next reply among the bytes that have arrived.
    fn take_reply(&mut self) -> Result<Option<Reply>> {
        let reply = self.decoder.next_reply().map_err(|error| {
            // Where the next reply starts is lost for good.
            self.dialogue.lose();
            Error::Limit(error.to_string())
        })?;
        Ok(reply.map(|reply| match self.charset.decode(reply.text()) {
            Cow::Borrowed(_) => reply,
            Cow::Owned(text) => Reply::from_text(text),
        }))
    }

    /// The next whole reply.
    pub(super) fn poll_reply(&mut self) -> Poll<Result<Reply>> {
        let mut buffer = [0; 4096];
        loop {
            ready!(self.control.poll_go_on());
            if let Some(reply) = self.take_reply()? {
                return Poll::Ready(Ok(reply));
            }
            match ready!(self.control.poll_read(&mut buffer)) {
                Ok(0) => return Poll::Ready(Err(self.closed_by_server())),
                Ok(read) => self.decoder.push(buffer.get(..read).unwrap_or_default()),
                Err(source) => return Poll::Ready(Err(self.lost(source))),
            }
        }
    }

    /// What has arrived since the last reply that somebody waited for: a look, not a wait. Pending only when the turn ends before
    /// it can tell.
    fn poll_look(&mut self) -> Poll<Result<Arrived>> {
        let mut buffer = [0; 4096];
        loop {
            ready!(self.control.poll_go_on());
            if let Some(reply) = self.take_reply()? {
                return Poll::Ready(Ok(Arrived::Reply(reply)));
            }
            match ready!(self.control.poll_look(&mut buffer)) {
                Ok(None) if self.has_begun_reply() => return Poll::Ready(Ok(Arrived::PartOfReply)),
                Ok(None) => return Poll::Ready(Ok(Arrived::Nothing)),
                Ok(Some(0)) => return Poll::Ready(Ok(Arrived::End)),
                Ok(Some(read)) => self.decoder.push(buffer.get(..read).unwrap_or_default()),
                Err(source) => {
                    self.dialogue.lose();
                    let what = "the control connection failed while idle".into();
                    return Poll::Ready(Err(Error::of_connection(what, source)));
                }
            }
        }
    }

    /// Whether bytes have arrived that are no reply yet, or one that nobody has taken.
    pub(super) fn has_unread_input(&self) -> bool {
        self.decoder.has_partial()
    }

    /// The bytes of a reply that has not ended.
    pub(super) fn partial_reply(&self) -> &[u8] {
        self.decoder.partial()
    }

    /// Whether a reply has begun to arrive. The rest of an empty line is none.
    fn has_begun_reply(&self) -> bool {
        self.decoder.partial().iter().any(|byte| !matches!(byte, b'\r' | b'\n'))
    }

    fn closed_by_server(&self) -> Error {
        let when = match self.last_command.as_str() {
            "" => "before its greeting".to_owned(),
            command if self.decoder.has_partial() => format!("in the middle of its reply to {command}"),
            command => format!("without a reply to {command}"),
        };
        Error::Eof(when)
    }

    fn lost(&self, source: std::io::Error) -> Error {
        let what = format!("the control connection failed while waiting for {}", self.wanted_reply());
        Error::of_connection(what, source)
    }

    /// What is waited for, in a message.
    fn wanted_reply(&self) -> String {
        match self.last_command.as_str() {
            "" => "the greeting".into(),
            command => format!("the reply to {command}"),
        }
    }
}

impl Client {
    /// Sends a command. Its reply is due from here on.
    pub(super) async fn send(&mut self, command: &Command) -> Result<()> {
        self.require_no_unread_reply(command)?;
        self.send_for(Whose::Command, command).await
    }

    /// Sends a command that starts a transfer.
    pub(super) async fn send_transfer(&mut self, command: &Command) -> Result<()> {
        self.require_no_unread_reply(command)?;
        self.send_for(Whose::Transfer, command).await
    }

    /// Sends a command to which nothing that has arrived can be the reply.
    pub(super) async fn send_for(&mut self, whose: Whose, command: &Command) -> Result<()> {
        self.record_command(command);
        self.require_no_secret_in_clear(command)?;
        if self.connection()?.dialogue.has_due() {
            // There is no asking between two replies.
            self.require_encodable(command)?;
            self.require_telnet_known(command)?;
        } else {
            self.require_sendable(command).await?;
            self.take_unsolicited().await?;
        }
        self.audit_command(command)?;
        // A callback may have cancelled the call: nothing more is said then.
        self.checkpoint().await;
        self.send_as_is(command, self.limits.wait(Phase::Reply)).await?;
        let connection = self.connection()?;
        connection.dialogue.sent(whose, &connection.last_command);
        self.note_for_telnet(command)
    }

    /// Sends a command without looking at what has arrived. Whose its reply is, is for the caller to say: until then the
    /// session is lost.
    pub(super) async fn send_as_is(&mut self, command: &Command, wait: Wait) -> Result<()> {
        let reactor = self.reactor.clone();
        self.connection()?;
        let wire = self.encoded(command)?;
        self.log.command(command);
        let connection = self.connection()?;
        connection.last_command = shown(command);
        connection.progress = None;
        connection.dialogue.lose();
        connection.noops.last_command = clock::now();
        let sent = wait.deadline.limit(&reactor, connection.write_all(&wire)).await;
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(source)) => {
                Err(Error::of_connection(format!("cannot send {}", connection.last_command), source))
            }
            Err(_) => Err(wait.timed_out(format_args!("the server to take {}", connection.last_command))),
        }
    }

    /// Takes replies that came unasked, so that they are not taken for the reply to the next command; one that has only begun
    /// is waited for: what follows would be taken for the rest of it.
    ///
    /// They are taken one by one, and bounded: a server that sends them without end must not fill the memory.
    pub(super) async fn take_unsolicited(&mut self) -> Result<()> {
        let wait = self.limits.wait_at_most(Phase::Reply, ABORT_TIME);
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
            self.require_no_goodbye(&reply)?;
            last = Some(reply);
        }
        self.connection()?.dialogue.lose();
        Err(too_many_replies())
    }

    /// What has arrived: a look, not a wait. It takes no time, unless there is always more that is no reply.
    pub(super) async fn look(&mut self) -> Result<Arrived> {
        let connection = self.connection()?;
        let mut turns = 0;
        poll_fn(|_| {
            let arrived = connection.poll_look();
            turns += 1;
            if arrived.is_ready() || turns < LOOK_TURNS {
                return arrived;
            }
            connection.dialogue.lose();
            Poll::Ready(Err(Error::Limit("the server sends without end what is no reply".into())))
        })
        .await
    }

    async fn rest_of_reply(&mut self, wait: Wait) -> Result<Reply> {
        let reactor = self.reactor.clone();
        let connection = self.connection()?;
        let end = poll_fn(|_| connection.poll_reply());
        match wait.deadline.limit(&reactor, end).await {
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
        self.connection()?.dialogue.lose();
        Err(Error::Reply { what: "the server ended the idle session".into(), reply: reply.clone() })
    }

    /// The server may have said why it closes.
    fn ended_while_idle(&mut self, last: Option<&Reply>) -> Error {
        if let Some(connection) = &mut self.connection {
            connection.dialogue.lose();
        }
        let said = last.map(|reply| format!(": {}", reply.excerpt())).unwrap_or_default();
        Error::Eof(format!("while the session was idle{said}"))
    }

    /// Waits for the next reply, whatever its class. What is due stays as it is.
    pub(super) async fn next_reply(&mut self, wait: Wait) -> Result<Reply> {
        self.next_reply_while(wait, |_| ()).await
    }

    /// As [`Client::next_reply`]; `meanwhile` is what the connection can get on with.
    pub(super) async fn next_reply_while(
        &mut self,
        wait: Wait,
        meanwhile: impl FnMut(&mut Connection),
    ) -> Result<Reply> {
        let reply = self.arriving_reply(wait, meanwhile).await?;
        self.note(&reply);
        Ok(reply)
    }

    /// The next reply, before anybody was told of it.
    pub(super) async fn arriving_reply(
        &mut self,
        wait: Wait,
        mut meanwhile: impl FnMut(&mut Connection),
    ) -> Result<Reply> {
        let reactor = self.reactor.clone();
        let connection = self.connection()?;
        let poll = poll_fn(|_| {
            meanwhile(connection);
            connection.poll_reply()
        });
        let arrived = wait.deadline.limit(&reactor, poll).await;
        match arrived {
            Ok(outcome) => outcome,
            Err(_) => Err(wait.timed_out(connection.wanted_reply())),
        }
    }

    /// Records a reply and remembers it as the last.
    pub(super) fn note(&mut self, reply: &Reply) {
        self.log.reply(reply);
        self.record.came(reply);
        self.last_reply = Some(reply.clone());
    }

    /// Sends a command and waits for its final reply. Replies of class 4yz, 5yz and of no class are errors. One of class 1yz
    /// announces another, which is waited for.
    ///
    /// # Errors
    /// See there; and all that can happen to a connection.
    pub async fn exchange(&mut self, command: &Command) -> Result<Reply> {
        self.find_the_place(command).await?;
        self.send(command).await?;
        accept(self.final_reply_to(command).await?, command)
    }

    /// Waits for the final reply to the command that this call has sent. The replies that announce it share its time.
    pub(super) async fn final_reply_to(&mut self, command: &Command) -> Result<Reply> {
        let mut wait = self.limits.wait(Phase::Reply);
        for _ in 0..MAX_SKIPPED {
            let reply = self.reply_to(command, &mut wait).await?;
            if reply.class() != Some(Class::Preliminary) {
                return Ok(reply);
            }
        }
        self.connection()?.dialogue.lose();
        Err(Error::Limit(format!("the server sent {MAX_SKIPPED} preliminary replies to {}", shown(command))))
    }

    /// Sends a command and waits for its first reply, whatever its class.
    pub(super) async fn exchange_first(&mut self, command: &Command) -> Result<Reply> {
        self.find_the_place(command).await?;
        self.send(command).await?;
        self.reply_to(command, &mut self.limits.wait(Phase::Reply)).await
    }

    /// Waits for the next reply to the command that this call has sent.
    pub(super) async fn reply_to(&mut self, command: &Command, wait: &mut Wait) -> Result<Reply> {
        for _ in 0..MAX_SKIPPED {
            let reply = self.arriving_reply(*wait, |_| ()).await?;
            // The user's log callback takes part in it.
            wait.deadline.pause(|| self.note(&reply));
            let matched = self.matched(&reply)?;
            if matched.whose == Whose::User {
                self.keep_for_the_user(matched, reply)?;
                continue;
            }
            if is_late_greeting(command, &reply) {
                self.connection()?.dialogue.sent(Whose::Command, &shown(command));
                continue;
            }
            self.follow(command, &reply);
            self.require_no_farewell(&shown(command), &reply)?;
            return Ok(reply);
        }
        self.connection()?.dialogue.lose();
        Err(too_many_replies())
    }

    /// A 221 in place of a reply says that nothing was done.
    pub(super) fn require_no_farewell(&self, what: &str, reply: &Reply) -> Result<()> {
        if reply.class() == Some(Class::Completion) && is_goodbye(reply, what) {
            return Err(Error::Eof(format!("instead of a reply to {what}: {}", reply.excerpt())));
        }
        Ok(())
    }

    /// Whose a reply is that has come: it is settled then.
    pub(super) fn matched(&mut self, reply: &Reply) -> Result<Matched> {
        Ok(self.connection()?.dialogue.came(reply))
    }

    /// Keeps a reply until the user asks for it. What is kept is bounded: the user may never ask.
    pub(super) fn keep_for_the_user(&mut self, matched: Matched, reply: Reply) -> Result<()> {
        let dialogue = &mut self.connection()?.dialogue;
        dialogue.keep(matched, reply);
        if dialogue.kept_bytes() > MAX_REPLY {
            dialogue.lose();
            return Err(Error::Limit(format!("more than {MAX_REPLY} bytes of replies were not read")));
        }
        Ok(())
    }

    /// The bytes of a command as they go on the wire. It may hold a password: memory that is used again does not.
    fn encoded(&self, command: &Command) -> Result<Zeroizing<Vec<u8>>> {
        let mut wire = self.in_charset(command)?;
        let reading = self.connection.as_ref().map(|connection| connection.telnet);
        if reading == Some(Reading::Telnet) && self.has_iac(command)? {
            wire = Zeroizing::new(telnet::escape(&wire).into_owned());
        }
        if wire.len() > MAX_COMMAND {
            let what = shown(command);
            return Err(Error::Limit(format!(
                "{what}: the command has {} bytes, and at most {MAX_COMMAND} are sent",
                wire.len()
            )));
        }
        Ok(wire)
    }

    /// The bytes of a command in the encoding of the session.
    fn in_charset(&self, command: &Command) -> Result<Zeroizing<Vec<u8>>> {
        if telnet::is_question(command.text()) {
            return Ok(Zeroizing::new(command.wire().to_vec()));
        }
        match self.charset.encode(command.wire()) {
            Ok(wire) => Ok(Zeroizing::new(wire.into_owned())),
            Err(error) => Err(Error::InvalidArgument(format!("{}: {error}", shown(command)))),
        }
    }

    /// Whether it matters for a command what the server makes of 0xFF.
    pub(super) fn has_iac(&self, command: &Command) -> Result<bool> {
        Ok(!telnet::is_question(command.text()) && telnet::has_iac_in_argument(&self.in_charset(command)?))
    }

    /// For a command that is sent only after another: refuses it before the first is sent.
    pub(super) fn require_encodable(&self, command: &Command) -> Result<()> {
        self.encoded(command).map(drop)
    }

    /// As [`Client::exchange`], and the reply must be of class 2yz.
    ///
    /// # Errors
    /// As there; [`Error::Reply`] for any other class.
    pub async fn exchange_completed(&mut self, command: &Command) -> Result<Reply> {
        let reply = self.exchange(command).await?;
        completed(reply, &shown(command))
    }
}

/// A greeting is never the answer to these: the server has sent a second one.
fn is_late_greeting(command: &Command, reply: &Reply) -> bool {
    reply.code() == Some(READY) && matches!(command.verb(), Verb::User | Verb::Auth)
}

/// What a look at the control connection finds.
pub(super) enum Arrived {
    Nothing,
    PartOfReply,
    Reply(Reply),
    /// The server has closed the connection.
    End,
}

/// Lets replies of class 1yz, 2yz and 3yz pass.
pub(super) fn accept(reply: Reply, command: &Command) -> Result<Reply> {
    accept_as(reply, &shown(command))
}

/// As [`accept`], where the command is known by its text.
pub(super) fn accept_as(reply: Reply, what: &str) -> Result<Reply> {
    match reply.class() {
        Some(Class::Preliminary | Class::Completion | Class::Intermediate) => Ok(reply),
        Some(Class::Transient | Class::Permanent) => Err(Error::Reply { what: what.to_owned(), reply }),
        None => Err(no_reply(&reply, what)),
    }
}

/// Lets replies of class 2yz pass.
pub(super) fn completed(reply: Reply, what: &str) -> Result<Reply> {
    match reply.class() {
        Some(Class::Completion) => Ok(reply),
        None => Err(no_reply(&reply, what)),
        Some(_) => Err(Error::Reply { what: what.to_owned(), reply }),
    }
}

fn no_reply(reply: &Reply, what: &str) -> Error {
    Error::Protocol(format!("{what}: the server's answer is not an FTP reply: {}", reply.excerpt()))
}
