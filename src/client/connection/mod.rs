//! What is open towards one server: the control connection, the data connection of a transfer, and what the server has said of both.
//!
//! Nothing here waits: what takes time is polled, and the waiting is done by [`session`](super::session).

mod data;
mod events;
mod expected;
mod noops;
mod protection;
mod transfer;

use std::borrow::Cow;
use std::net::SocketAddr;
use std::task::{Poll, ready};

use crate::client::limits::Wait;
use crate::client::settings::{Origin, Settings};
use crate::client::verdict::is_refused;
use crate::error::{Error, Result};
use crate::net::{Strangers, Stream};
use crate::protocol::charset::Charset;
use crate::protocol::command::Command;
use crate::protocol::dialogue::{Dialogue, Recovery};
use crate::protocol::reply::{Class, Reply, ReplyDecoder};
use crate::protocol::telnet::Reading;
use crate::protocol::transfer_type::TransferType;
use crate::protocol::verb::{Fact, Verb};

pub(crate) use data::Data;
pub use data::{Ends, Which};
pub(crate) use events::{Event, First};
pub(crate) use expected::{Expected, refused};
pub(crate) use noops::Noops;
pub use protection::DataTls;
pub(crate) use protection::{DataProtection, Protection};
pub(crate) use transfer::{Driver, Progress, Transfer};

/// How many replies that only announce another one are skipped.
pub(crate) const MAX_SKIPPED: usize = 100;

/// What is open towards one server. Dropping it closes everything.
pub(crate) struct Connection {
    pub control: Stream,
    pub peer: SocketAddr,
    /// The name that the user gave the server.
    pub host: String,
    /// Where its connections come from.
    pub sources: Sources,
    pub protection: Protection,
    /// EPSV or EPRT did not work on IPv4: PASV and PORT from here on.
    pub refuses_extended: bool,
    /// The server's reply to PASV cannot be read: EPSV from here on.
    pub garbles_pasv: bool,
    /// The server must be told of a transfer before it names an address: PRET.
    pub wants_pret: bool,
    /// The data connection of the transfer that is going on.
    pub data: Data,
    /// Its two ends, or those of the last one.
    pub data_ends: Option<Ends>,
    /// Who came for it in active mode and was not let in.
    pub strangers: Strangers,
    /// What the server still has to say.
    pub dialogue: Dialogue,
    /// REST was sent and no transfer has used it: the server would apply it to the next one.
    pub rest_is_set: bool,
    /// The transfer that is going on, or the last one.
    pub transfer: Transfer,
    /// How far the transfer of the last command has got: what is left of it when a call was dropped in the middle.
    pub progress: Option<Progress>,
    /// The representation type that the server has confirmed last.
    pub transfer_type: Option<TransferType>,
    /// The last command as a message shows it.
    pub last_command: String,
    pub noops: Noops,
    /// Why the connection is of no use any more, although what was asked for has been done.
    pub broken: Option<String>,
    /// What the server makes of 0xFF in a name.
    pub telnet: Reading,
    decoder: ReplyDecoder,
    charset: Charset,
}

/// The addresses that the user wants connections to come from.
pub(crate) struct Sources {
    /// What they were looked up for.
    pub origin: Option<Origin>,
    pub addresses: Vec<SocketAddr>,
}

impl Connection {
    pub(crate) fn new(
        control: Stream,
        peer: SocketAddr,
        host: &str,
        sources: Sources,
        settings: &Settings,
    ) -> Connection {
        Connection {
            control,
            peer,
            host: host.to_owned(),
            sources,
            protection: Protection::default(),
            refuses_extended: false,
            garbles_pasv: false,
            wants_pret: false,
            data_ends: None,
            strangers: Strangers::default(),
            data: Data::None,
            dialogue: Dialogue::new(),
            rest_is_set: false,
            transfer: Transfer::default(),
            progress: None,
            transfer_type: None,
            last_command: String::new(),
            noops: Noops::new(),
            broken: None,
            telnet: Reading::NotAsked,
            decoder: ReplyDecoder::new(settings.max_line),
            charset: settings.charset,
        }
    }

    pub(crate) fn set_max_line(&mut self, max_line: usize) {
        self.decoder.set_max_line(max_line);
    }

    pub(crate) fn set_charset(&mut self, charset: Charset) {
        self.charset = charset;
    }

    /// What the connection was doing last, for a message.
    pub(crate) fn current_command(&self) -> &str {
        if self.last_command.is_empty() { "connecting" } else { &self.last_command }
    }

    /// The error of a call that was cancelled.
    pub(crate) fn cancelled(&self) -> Error {
        let what = self.current_command();
        match self.progress {
            Some(progress) => Error::Cancelled(format!("{what}: cancelled after {} bytes", progress.bytes)),
            None => Error::Cancelled(format!("{what}: cancelled")),
        }
    }

    /// The error of a call whose whole time has passed.
    pub(crate) fn out_of_time(&self, call: Wait) -> Error {
        let what = match self.last_command.as_str() {
            "" => "while connecting".into(),
            command => format!("in {command}"),
        };
        call.passed(what, self.progress.map(|progress| progress.to_string()).unwrap_or_default())
    }

    /// Something of the last operation is left to do.
    pub(crate) fn has_leftovers(&self) -> bool {
        let is_idle = self.dialogue.recovery() == Recovery::InStep && matches!(self.data, Data::None);
        self.transfer.driver != Driver::User && (!is_idle || self.rest_is_set)
    }

    /// A command was answered: what was learned of the server belongs to a login and to a protection level, and ends with it.
    pub(crate) fn follow(&mut self, command: &Command, reply: &Reply) {
        if is_refused(reply) {
            return;
        }
        match command.verb() {
            verb if verb.is(Fact::BeginsAnew) => {
                self.transfer_type = None;
                self.refuses_extended = false;
                self.wants_pret = false;
            }
            Verb::Feat if has_line(reply, b"PRET") => self.wants_pret = true,
            Verb::Prot if reply.class() == Some(Class::Completion) => self.protection.set_by(command),
            _ => {}
        }
    }

    /// Nothing goes on, and no reply is owed: a command of the library's own may be sent.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.transfer.driver != Driver::User
            && !self.dialogue.has_due()
            && self.dialogue.count_of_the_user() == 0
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
    pub(crate) fn poll_reply(&mut self) -> Poll<Result<Reply>> {
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
    pub(crate) fn poll_look(&mut self) -> Poll<Result<Arrived>> {
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
    pub(crate) fn has_unread_input(&self) -> bool {
        self.decoder.has_partial()
    }

    /// The bytes of a reply that has not ended.
    pub(crate) fn partial_reply(&self) -> &[u8] {
        self.decoder.partial()
    }

    /// Whether a reply has begun to arrive. The rest of an empty line is none.
    fn has_begun_reply(&self) -> bool {
        self.decoder.partial().iter().any(|byte| !matches!(byte, b'\r' | b'\n'))
    }

    fn closed_by_server(&self) -> Error {
        let when = match self.last_command.as_str() {
            "" if self.decoder.has_partial() => "in the middle of its greeting".to_owned(),
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
    pub(crate) fn wanted_reply(&self) -> String {
        match self.last_command.as_str() {
            "" => "the greeting".into(),
            command => format!("the reply to {command}"),
        }
    }
}

/// What a look at the control connection finds.
pub(crate) enum Arrived {
    Nothing,
    PartOfReply,
    Reply(Reply),
    /// The server has closed the connection.
    End,
}

/// Every wait that skips replies ends after so many: a server that sends them without end must not hold a call.
pub(crate) fn too_many_replies() -> Error {
    Error::Limit(format!("the server sent {MAX_SKIPPED} replies that belong to nothing"))
}

/// A line came that is no reply, and others after it: nobody knows what they answer.
pub(crate) fn not_told_apart() -> Error {
    Error::Protocol("the server's replies cannot be told apart".into())
}

/// Whether one of the lines of a reply is this word, in whatever case.
fn has_line(reply: &Reply, word: &[u8]) -> bool {
    reply.text().split(|&byte| byte == b'\n').any(|line| line.trim_ascii().eq_ignore_ascii_case(word))
}
