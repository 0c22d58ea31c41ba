//! The control connection: commands out, replies in, and what the server still owes.

use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::task::{Poll, ready};
use std::time::Instant;

use super::abort::ABORT_TIME;
use super::connect::MAX_SKIPPED;
use super::data::Data;
use super::flow::{Progress, Transfer, too_many_replies};
use super::limits::Wait;
use super::noop::Noops;
use super::protection::Protection;
use super::types::TransferType;
use super::{Client, Phase, shown};
use crate::error::{Error, Result};
use crate::net::Stream;
use crate::protocol::charset::Charset;
use crate::protocol::codes::SERVICE_CLOSING;
use crate::protocol::command::Command;
use crate::protocol::reply::{Class, Reply, ReplyDecoder};

/// What is open towards one server. Dropping it closes everything.
pub(super) struct Connection {
    pub(super) control: Stream,
    pub(super) peer: SocketAddr,
    /// The name that the user gave the server.
    pub(super) host: String,
    pub(super) protection: Protection,
    /// Where data connections come from, if the user has chosen.
    pub(super) source: Option<IpAddr>,
    /// EPSV or EPRT did not work on IPv4: PASV and PORT from here on.
    pub(super) refuses_extended: bool,
    /// The data connection of the transfer that is going on.
    pub(super) data: Data,
    pub(super) owed: Owed,
    /// How many commands were sent whose replies the user is to read.
    pub(super) unread_replies: usize,
    /// The transfer that the user moves the data of.
    pub(super) open_transfer: Option<Transfer>,
    /// How far the transfer of the last command has got: what is left of it when a call was dropped in the middle.
    pub(super) progress: Option<Progress>,
    /// The representation type that the server has confirmed last.
    pub(super) transfer_type: Option<TransferType>,
    /// The last command as a message shows it.
    pub(super) last_command: String,
    pub(super) noops: Noops,
    decoder: ReplyDecoder,
    charset: Charset,
}

/// What the server still has to say: all that is needed to bring a session back into step.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Owed {
    /// Nothing: the next reply answers the next command.
    Nothing,
    /// Half a command may have been sent, or a reply is outstanding whose time nobody can tell.
    Unclear,
    /// The replies of a transfer command; ABOR can end it.
    Transfer {
        /// The preliminary reply (1yz) has come.
        started: bool,
    },
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
            source: None,
            refuses_extended: false,
            data: Data::None,
            owed: Owed::Unclear,
            unread_replies: 0,
            open_transfer: None,
            progress: None,
            transfer_type: None,
            last_command: String::new(),
            noops: Noops::new(),
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
            self.owed = Owed::Unclear;
            Error::Limit(error.to_string())
        })?;
        Ok(reply.map(|reply| Reply::from_text(self.charset.decode(reply.text()))))
    }

    /// The next whole reply.
    pub(super) fn poll_reply(&mut self) -> Poll<Result<Reply>> {
        let mut buffer = [0; 4096];
        loop {
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

    /// Replies that nobody waits for any more, such as a second answer to the last command or "421 idle for too long".
    fn take_unsolicited(&mut self) -> Result<Vec<Reply>> {
        let mut replies = Vec::new();
        let mut buffer = [0; 1024];
        loop {
            while let Some(reply) = self.take_reply()? {
                replies.push(reply);
                if replies.len() > MAX_SKIPPED {
                    self.owed = Owed::Unclear;
                    return Err(too_many_replies());
                }
            }
            match self.control.try_read(&mut buffer) {
                Poll::Pending => return Ok(replies),
                // The server may have said why it closes: that is the better message.
                Poll::Ready(Ok(0)) if replies.is_empty() => {
                    self.owed = Owed::Unclear;
                    return Err(Error::Eof("while the session was idle".into()));
                }
                Poll::Ready(Ok(0)) => return Ok(replies),
                Poll::Ready(Ok(read)) => self.decoder.push(buffer.get(..read).unwrap_or_default()),
                Poll::Ready(Err(source)) => {
                    self.owed = Owed::Unclear;
                    return Err(Error::of_connection(
                        "the control connection failed while idle".into(),
                        source,
                    ));
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

    /// Whether a reply has begun to arrive. What some servers put between two replies is none.
    fn has_begun_reply(&self) -> bool {
        self.decoder.partial().iter().any(|byte| !matches!(byte, b'\r' | b'\n' | b' ' | b'\0'))
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
    /// Sends a command. Its reply is owed from here on.
    pub(super) async fn send(&mut self, command: &Command) -> Result<()> {
        self.require_no_unread_reply()?;
        self.require_no_secret_in_clear(command)?;
        self.skip_unsolicited().await?;
        self.audit_command(command)?;
        // A callback may have cancelled the call: nothing more is said then.
        self.checkpoint().await;
        self.send_as_is(command, Owed::Unclear, self.limits.wait(Phase::Reply)).await
    }

    /// Sends a command that starts a transfer.
    pub(super) async fn send_transfer(&mut self, command: &Command) -> Result<()> {
        self.require_no_unread_reply()?;
        self.skip_unsolicited().await?;
        self.audit_command(command)?;
        self.checkpoint().await;
        self.send_as_is(command, Owed::Transfer { started: false }, self.limits.wait(Phase::Reply)).await
    }

    /// Sends a command without looking at what has arrived; `owed` is what the server owes once it is sent.
    pub(super) async fn send_as_is(&mut self, command: &Command, owed: Owed, wait: Wait) -> Result<()> {
        let reactor = self.reactor.clone();
        self.connection()?;
        let wire = self.encoded(command)?;
        self.log.command(command);
        let connection = self.connection()?;
        connection.last_command = shown(command);
        connection.progress = None;
        connection.owed = Owed::Unclear;
        connection.noops.last_command = Instant::now();
        let sent = wait.deadline.limit(&reactor, connection.write_all(&wire)).await;
        match sent {
            Ok(Ok(())) => connection.owed = owed,
            Ok(Err(source)) => {
                return Err(Error::of_connection(format!("cannot send {}", connection.last_command), source));
            }
            Err(_) => {
                return Err(wait.timed_out(format_args!("the server to take {}", connection.last_command)));
            }
        }
        Ok(())
    }

    /// Takes replies that came unasked, so that they are not taken for the reply to the next command; one that has only begun is
    /// waited for: what follows would be taken for the rest of it.
    pub(super) async fn skip_unsolicited(&mut self) -> Result<()> {
        let replies = self.connection()?.take_unsolicited()?;
        replies.into_iter().try_for_each(|reply| self.skip(&reply))?;
        let wait = self.limits.wait_at_most(Phase::Reply, ABORT_TIME);
        let reactor = self.reactor.clone();
        for _ in 0..MAX_SKIPPED {
            let connection = self.connection()?;
            if !connection.has_begun_reply() {
                return Ok(());
            }
            connection.owed = Owed::Unclear;
            let end = poll_fn(|_| connection.poll_reply());
            let reply = match wait.deadline.limit(&reactor, end).await {
                Ok(outcome) => outcome?,
                Err(_) => return Err(wait.timed_out("the rest of a reply that came unasked")),
            };
            self.connection()?.owed = Owed::Nothing;
            self.skip(&reply)?;
        }
        Err(too_many_replies())
    }

    fn skip(&mut self, reply: &Reply) -> Result<()> {
        self.note(reply);
        if reply.code() == Some(SERVICE_CLOSING) {
            self.connection()?.owed = Owed::Unclear;
            let what = "the server ended the idle session".into();
            return Err(Error::Reply { what, reply: reply.clone() });
        }
        Ok(())
    }

    /// Waits for the next reply, whatever its class. What is owed stays as it is.
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
        self.last_reply = Some(reply.clone());
    }

    /// Sends a command and waits for its one reply. Replies of class 4yz, 5yz and of no class are errors.
    ///
    /// # Errors
    /// See there; and all that can happen to a connection.
    pub async fn exchange(&mut self, command: &Command) -> Result<Reply> {
        self.shorten_the_way(command).await?;
        self.send(command).await?;
        let reply = self.next_reply(self.limits.wait(Phase::Reply)).await?;
        self.settled_by(&reply)?;
        self.memory.follow(command, &reply);
        if reply.class() == Some(Class::Preliminary) {
            // Another one follows, and nobody but the user knows when.
            self.connection()?.unread_replies += 1;
        }
        accept(reply, command)
    }

    /// The bytes of a command in the encoding of the session.
    fn encoded(&self, command: &Command) -> Result<Vec<u8>> {
        match self.charset.encode(command.wire()) {
            Ok(wire) => Ok(wire.into_owned()),
            Err(error) => Err(Error::InvalidArgument(format!("{}: {error}", shown(command)))),
        }
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

    /// The last reply that was owed has come: the session is in step, unless the server said that it ends it.
    pub(super) fn settled_by(&mut self, reply: &Reply) -> Result<()> {
        let closing = reply.code() == Some(SERVICE_CLOSING);
        self.connection()?.owed = if closing { Owed::Unclear } else { Owed::Nothing };
        Ok(())
    }
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
