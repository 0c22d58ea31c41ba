//! From the control connection's bytes to whole replies.

#[cfg(test)]
mod tests;

use thiserror::Error;

use super::Reply;
use crate::protocol::spare::Spare;
use crate::protocol::telnet;

/// The longest reply line accepted unless told otherwise, in bytes, line end included.
pub const MAX_LINE: usize = 8192;

/// The longest reply accepted, in bytes, line ends included: 4 MiB. Real ones, `HELP` or a long banner, are a thousand times
/// shorter; without a limit a server could fill the client's memory.
pub const MAX_REPLY: usize = 4_194_304;

/// The most bytes accepted between two replies that belong to neither: empty lines. Some servers send one now and then; without
/// a limit they could go on for ever.
const MAX_BETWEEN: usize = 1_048_576;

/// The most memory that waits for more bytes while few are there.
const KEPT_CAPACITY: usize = 256;

/// Replies of up to so many bytes share their memory with those that are over.
const SMALL: usize = 256;

/// A reply of more bytes has all the memory that it may need.
const LARGE: usize = 65_536;

/// The server sent more than a client should hold in memory, or go on reading.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Error)]
pub enum ReplyError {
    /// A line is longer than the decoder's limit.
    #[error("the server sent a reply line of more than {limit} bytes")]
    LineTooLong {
        /// The limit, in bytes, line end included.
        limit: usize,
    },
    /// There is no memory for a reply.
    #[error("there is no memory for the server's reply")]
    NoMemory,
    /// A reply is longer than [`MAX_REPLY`].
    #[error("the server sent a reply of more than {limit} bytes")]
    ReplyTooLong {
        /// The limit, in bytes, line ends included.
        limit: usize,
    },
    /// There is more than `MAX_BETWEEN` between two replies.
    #[error("the server sent more than {limit} bytes that are no reply")]
    NoReply {
        /// The limit, in bytes, line ends included.
        limit: usize,
    },
}

/// Cuts the control connection's bytes into replies, however they arrive.
///
/// A line ends with LF; CRs before and behind it belong to the line end. A CR anywhere else is data, although ftplib ends a line
/// there: file names are echoed in replies, and a name such as `x\r226 done` must not be able to forge one. Telnet commands
/// are no part of a line, see [`telnet::unescape`]; their bytes count for its length.
///
/// A reply that starts with a digit and whose fourth byte is `-` goes on until a line starts with the same three bytes and no `-` after them. What
/// follows them need not be a space: `211` and `2115x` end a reply too. Empty lines between replies are skipped.
#[derive(Debug)]
pub struct ReplyDecoder {
    input: Input,
    max_line: usize,
    /// The lines so far of a multi-line reply, joined by `\n`.
    text: Vec<u8>,
    /// The three bytes with which the last line of a multi-line reply must start.
    open: Option<[u8; 3]>,
    /// How many bytes the lines in `text` had, line ends included.
    received: usize,
    /// How many bytes since the last reply belong to none.
    skipped: usize,
    failed: Option<ReplyError>,
    small: Spare<Vec<u8>>,
}

impl ReplyDecoder {
    /// A decoder that accepts lines of up to `max_line` bytes, line end included.
    pub fn new(max_line: usize) -> ReplyDecoder {
        ReplyDecoder {
            input: Input::default(),
            max_line,
            text: Vec::new(),
            open: None,
            received: 0,
            skipped: 0,
            failed: None,
            small: Spare::default(),
        }
    }

    /// Changes the limit for the lines not yet taken.
    pub fn set_max_line(&mut self, max_line: usize) {
        self.max_line = max_line;
    }

    /// Adds bytes that arrived; where there is no memory for them, the next call tells. Take the replies out with [`next_reply`](Self::next_reply) before adding more.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.failed = self.input.push(bytes).err();
        }
    }

    /// The next complete reply, or `None` if more bytes are needed.
    ///
    /// An error is final: where the next reply starts is no longer known, so every later call returns it again.
    pub fn next_reply(&mut self) -> Result<Option<Reply>, ReplyError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let outcome = self.decode();
        self.failed = outcome.as_ref().err().copied();
        outcome
    }

    /// Whether bytes have arrived that do not make a whole reply yet; CRs of a line end do not count.
    ///
    /// Ask once [`next_reply`](Self::next_reply) has returned `None`: replies not yet taken count as well.
    pub fn has_partial(&self) -> bool {
        self.open.is_some() || !without_crs_before(self.input.pending()).is_empty()
    }

    /// The start of a reply that has not ended: at most 256 bytes, for an error message. Telnet commands before it are not
    /// the start of one.
    pub fn partial(&self) -> &[u8] {
        const SHOWN_BYTES: usize = 256;
        let bytes = if self.open.is_some() {
            &self.text
        } else {
            telnet::skip_commands(without_crs_before(self.input.pending()))
        };
        bytes.get(..SHOWN_BYTES).unwrap_or(bytes)
    }

    fn decode(&mut self) -> Result<Option<Reply>, ReplyError> {
        loop {
            let room = MAX_REPLY.saturating_sub(self.received);
            let limit = room.min(self.max_line);
            let Some(line) = self.input.take_line(limit) else {
                if self.input.pending().len() < limit {
                    self.input.discard_taken();
                    return Ok(None);
                } else if room < self.max_line {
                    return Err(ReplyError::ReplyTooLong { limit: MAX_REPLY });
                } else {
                    return Err(ReplyError::LineTooLong { limit: self.max_line });
                }
            };
            let length = line.len();
            let line = &*telnet::unescape(without_line_end(line));
            let is_complete = match self.open {
                None if line.is_empty() => {
                    self.skip(length)?;
                    continue;
                }
                None => {
                    self.open = multi_line_code(line);
                    self.open.is_none()
                }
                Some(code) => {
                    append(&mut self.text, b"\n")?;
                    line.starts_with(&code) && multi_line_code(line).is_none()
                }
            };
            append(&mut self.text, line)?;
            self.received += length;
            if self.text.len() > LARGE && self.text.capacity() < MAX_REPLY {
                // All that it may need, so that it never moves: what is not written to costs nothing. Where it is not to be had, less may do.
                let _ = self.text.try_reserve_exact(MAX_REPLY - self.text.len());
            }
            if is_complete {
                append(&mut self.text, b"\0")?;
                return Ok(Some(self.take_reply()));
            }
        }
    }

    /// Counts bytes between two replies that belong to neither.
    fn skip(&mut self, count: usize) -> Result<(), ReplyError> {
        self.skipped += count;
        if self.skipped > MAX_BETWEEN { Err(ReplyError::NoReply { limit: MAX_BETWEEN }) } else { Ok(()) }
    }

    fn take_reply(&mut self) -> Reply {
        self.open = None;
        (self.received, self.skipped) = (0, 0);
        if self.text.len() > SMALL {
            return Reply::from_terminated(fitted(std::mem::take(&mut self.text)));
        }
        let ReplyDecoder { small, text, .. } = self;
        let text = small.fill(|reply| text.clone_into(reply));
        self.text.clear();
        Reply { text }
    }
}

/// What a server sends is asked memory for, and not taken for granted.
fn append(text: &mut Vec<u8>, bytes: &[u8]) -> Result<(), ReplyError> {
    text.try_reserve(bytes.len()).map_err(|_| ReplyError::NoMemory)?;
    text.extend_from_slice(bytes);
    Ok(())
}

/// The text in no more memory than it needs, if there is as much for the move. One that fills most of the largest memory is not moved: the
/// rest of that was never written to.
fn fitted(text: Vec<u8>) -> Vec<u8> {
    let mut exact = Vec::new();
    let is_filled = text.len() == text.capacity() || text.len() > MAX_REPLY / 2;
    if is_filled || exact.try_reserve_exact(text.len()).is_err() {
        return text;
    }
    exact.extend_from_slice(&text);
    exact
}

/// The first three bytes of a line that a `-` marks as "more lines follow".
fn multi_line_code(line: &[u8]) -> Option<[u8; 3]> {
    match line {
        // Not so for SSH-2.0, with which a server of another protocol greets: nothing would follow.
        [a, b, c, b'-', ..] if a.is_ascii_digit() => Some([*a, *b, *c]),
        _ => None,
    }
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let mut line = line.strip_suffix(b"\n").unwrap_or(line);
    while let Some(shorter) = line.strip_suffix(b"\r") {
        line = shorter;
    }
    without_crs_before(line)
}

/// Some servers end lines with LF CR: then the CR arrives with the next line.
fn without_crs_before(mut line: &[u8]) -> &[u8] {
    while let Some(shorter) = line.strip_prefix(b"\r") {
        line = shorter;
    }
    line
}

/// Bytes that arrived, and how far they were taken. Every byte is looked at once and moved a bounded number of times.
#[derive(Debug, Default)]
struct Input {
    bytes: Vec<u8>,
    /// The bytes before this one were taken.
    taken: usize,
    /// No LF is between `taken` and this one.
    searched: usize,
}

impl Input {
    fn push(&mut self, bytes: &[u8]) -> Result<(), ReplyError> {
        self.discard_taken();
        append(&mut self.bytes, bytes)
    }

    fn pending(&self) -> &[u8] {
        self.bytes.get(self.taken..).unwrap_or_default()
    }

    /// The next line, LF included, if it has at most `limit` bytes and its LF has arrived.
    fn take_line(&mut self, limit: usize) -> Option<&[u8]> {
        let start = self.taken;
        let search_end = self.bytes.len().min(start.saturating_add(limit));
        let unsearched = self.bytes.get(self.searched..search_end)?;
        match unsearched.iter().position(|&byte| byte == b'\n') {
            Some(at) => {
                self.searched += at + 1;
                self.taken = self.searched;
                self.bytes.get(start..self.taken)
            }
            None => {
                self.searched = search_end;
                None
            }
        }
    }

    /// Frees the space of what was taken. Waits until that is half of all, so that moving the rest costs little.
    fn discard_taken(&mut self) {
        if self.taken >= self.bytes.len() / 2 {
            self.bytes.drain(..self.taken);
            self.bytes.shrink_to(KEPT_CAPACITY);
            self.searched -= self.taken;
            self.taken = 0;
        }
    }
}
