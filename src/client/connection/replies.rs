//! What of the server's replies has arrived.

use std::borrow::Cow;
use std::task::{Poll, ready};

use crate::client::connection::Connection;
use crate::error::{Error, Result};
use crate::protocol::charset::Charset;
use crate::protocol::reply::{Reply, ReplyDecoder};

/// How many replies that only announce another one are skipped.
pub(crate) const MAX_SKIPPED: usize = 100;

/// What was read from the control connection.
pub(crate) struct Replies {
    decoder: ReplyDecoder,
    charset: Charset,
    /// What has come, and comes after the data that was sent before it.
    kept: Option<Result<Reply>>,
}

/// What a look at the control connection finds.
pub(crate) enum Arrived {
    Nothing,
    PartOfReply,
    Reply(Reply),
    /// The server has closed the connection.
    End,
}

impl Replies {
    pub(crate) fn new(max_line: usize, charset: Charset) -> Replies {
        Replies { decoder: ReplyDecoder::new(max_line), charset, kept: None }
    }

    pub(crate) fn set_max_line(&mut self, max_line: usize) {
        self.decoder.set_max_line(max_line);
    }

    pub(crate) fn set_charset(&mut self, charset: Charset) {
        self.charset = charset;
    }

    /// It is the next to come again.
    pub(crate) fn keep(&mut self, reply: Result<Reply>) {
        self.kept = Some(reply);
    }

    /// The next whole one. After an error, nobody can tell where the next one starts.
    fn take(&mut self) -> Result<Option<Reply>> {
        let reply = self.decoder.next_reply().map_err(|error| Error::Limit(error.to_string()))?;
        Ok(reply.map(|reply| match self.charset.decode(reply.text()) {
            Cow::Borrowed(_) => reply,
            Cow::Owned(text) => Reply::from_text(text),
        }))
    }

    /// Whether bytes have arrived that are no reply yet, or one that nobody has taken.
    pub(crate) fn has_unread_input(&self) -> bool {
        self.kept.is_some() || self.decoder.has_partial()
    }

    /// The bytes of a reply that has not ended.
    pub(crate) fn partial(&self) -> &[u8] {
        self.decoder.partial()
    }

    /// Whether a reply has begun to arrive. The rest of an empty line is none.
    fn has_begun(&self) -> bool {
        self.partial().iter().any(|byte| !matches!(byte, b'\r' | b'\n'))
    }
}

impl Connection {
    /// The next reply among the bytes that have arrived. The address of the next transfer is put aside.
    fn take_reply(&mut self) -> Result<Option<Reply>> {
        if let Some(reply) = self.replies.kept.take() {
            return reply.map(Some);
        }
        loop {
            let reply = self.replies.take().inspect_err(|_| self.dialogue.lose())?;
            let Some(reply) = reply else { return Ok(None) };
            if !self.dialogue.take_next(&reply) {
                return Ok(Some(reply));
            }
            // A server that does one thing after the other would name it after the end of the transfer.
            self.transfer.is_disturbed |= self.dialogue.has_transfer();
            self.armed.named = Some(reply);
        }
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
                Ok(0) => {
                    let has_begun = self.replies.has_unread_input();
                    let has_started = self.dialogue.transfer_has_started();
                    return Poll::Ready(Err(self.doing.closed_by_server(has_begun, has_started)));
                }
                Ok(read) => self.replies.decoder.push(buffer.get(..read).unwrap_or_default()),
                Err(source) => return Poll::Ready(Err(self.doing.lost(source))),
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
                Ok(None) if self.replies.has_begun() => return Poll::Ready(Ok(Arrived::PartOfReply)),
                Ok(None) => return Poll::Ready(Ok(Arrived::Nothing)),
                Ok(Some(0)) => return Poll::Ready(Ok(Arrived::End)),
                Ok(Some(read)) => self.replies.decoder.push(buffer.get(..read).unwrap_or_default()),
                Err(source) => {
                    self.dialogue.lose();
                    let what = "the control connection failed while idle".into();
                    return Poll::Ready(Err(Error::of_connection(what, source)));
                }
            }
        }
    }
}

/// Every wait that skips replies ends after so many: a server that sends them without end must not hold a call.
pub(crate) fn too_many_replies() -> Error {
    Error::Limit(format!("the server sent {MAX_SKIPPED} replies that belong to nothing"))
}

/// A line came that is no reply, and others after it: nobody knows what they answer.
pub(crate) fn not_told_apart() -> Error {
    Error::Protocol("the server's replies cannot be told apart".into())
}
