//! Server replies (RFC 959, section 4.2): the control connection's bytes to whole replies.

use std::fmt;

use thiserror::Error;

/// The longest reply line accepted unless told otherwise, in bytes, line end included.
pub const MAX_LINE: usize = 8192;

/// The longest reply accepted, in bytes, line ends included. Real ones, `HELP` or a long banner, are a thousand times
/// shorter; without a limit a server could fill the client's memory.
pub const MAX_REPLY: usize = 4 * 1024 * 1024;

/// One complete server reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    text: Vec<u8>,
}

/// What a reply says about the command, judged by the reply's first byte.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Class {
    /// 1yz: the command was started; another reply follows.
    Preliminary,
    /// 2yz: the command was carried out.
    Completion,
    /// 3yz: the server waits for the next command of a sequence.
    Intermediate,
    /// 4yz: refused for now; the same command may succeed later.
    Transient,
    /// 5yz: refused.
    Permanent,
}

impl Reply {
    /// A reply with this text: its lines joined by `\n`, without line ends.
    pub fn from_text(text: impl Into<Vec<u8>>) -> Reply {
        Reply { text: text.into() }
    }

    /// The whole reply: its lines joined by `\n`, line ends stripped.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The reply code, if the reply begins with three digits.
    pub fn code(&self) -> Option<u16> {
        let digits = self.text.first_chunk::<3>()?;
        digits
            .iter()
            .try_fold(0, |code, byte| byte.is_ascii_digit().then(|| code * 10 + u16::from(byte - b'0')))
    }

    /// Whether the text begins with `prefix`.
    pub fn starts_with(&self, prefix: &str) -> bool {
        self.text.starts_with(prefix.as_bytes())
    }

    /// The class of the reply, or `None` if it is no FTP reply.
    ///
    /// Only the first byte counts: servers exist that send `2 ok`, and what they mean is clear.
    pub fn class(&self) -> Option<Class> {
        match self.text.first()? {
            b'1' => Some(Class::Preliminary),
            b'2' => Some(Class::Completion),
            b'3' => Some(Class::Intermediate),
            b'4' => Some(Class::Transient),
            b'5' => Some(Class::Permanent),
            _ => None,
        }
    }

    /// The start of the text in one printable line, for error messages.
    pub(crate) fn excerpt(&self) -> String {
        const SHOWN_BYTES: usize = 80;
        let start = self.text.get(..SHOWN_BYTES).unwrap_or(&self.text);
        String::from_utf8_lossy(start).replace(char::is_control, " ")
    }
}

/// The text; bytes that are not UTF-8 are shown as U+FFFD.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        String::from_utf8_lossy(&self.text).fmt(f)
    }
}

/// The server sent more than a client should hold in memory.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Error)]
pub enum ReplyError {
    /// A line is longer than the decoder's limit.
    #[error("the server sent a reply line of more than {limit} bytes")]
    LineTooLong {
        /// The limit, in bytes, line end included.
        limit: usize,
    },
    /// A reply is longer than [`MAX_REPLY`].
    #[error("the server sent a reply of more than {limit} bytes")]
    ReplyTooLong {
        /// The limit, in bytes, line ends included.
        limit: usize,
    },
}

/// Cuts the control connection's bytes into replies, however they arrive.
///
/// A line ends with LF; CRs before it belong to the line end. A CR anywhere else is data, although ftplib ends a line
/// there: file names are echoed in replies, and a name such as `x\r226 done` must not be able to forge one.
///
/// A reply whose fourth byte is `-` goes on until a line starts with the same three bytes and no `-` after them. What
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
    failed: Option<ReplyError>,
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
            failed: None,
        }
    }

    /// Changes the limit for the lines not yet taken.
    pub fn set_max_line(&mut self, max_line: usize) {
        self.max_line = max_line;
    }

    /// Adds bytes that arrived. Take the replies out with [`next_reply`](Self::next_reply) before adding more.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.input.push(bytes);
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

    /// Whether bytes have arrived that do not make a whole reply yet.
    ///
    /// Ask once [`next_reply`](Self::next_reply) has returned `None`: replies not yet taken count as well.
    pub fn has_partial(&self) -> bool {
        self.open.is_some() || !self.input.pending().is_empty()
    }

    /// The start of the bytes that do not make a whole reply yet: at most 256 of them, for an error message.
    pub fn partial(&self) -> &[u8] {
        const SHOWN_BYTES: usize = 256;
        let bytes = if self.open.is_some() { &self.text } else { self.input.pending() };
        bytes.get(..SHOWN_BYTES).unwrap_or(bytes)
    }

    fn decode(&mut self) -> Result<Option<Reply>, ReplyError> {
        loop {
            let room = MAX_REPLY.saturating_sub(self.received);
            let limit = room.min(self.max_line);
            let Some(line) = self.input.take_line(limit) else {
                let waiting = self.input.pending().len();
                if waiting == 0 || waiting < limit {
                    self.input.discard_taken();
                    return Ok(None);
                } else if room < self.max_line {
                    return Err(ReplyError::ReplyTooLong { limit: MAX_REPLY });
                } else {
                    return Err(ReplyError::LineTooLong { limit: self.max_line });
                }
            };
            let length = line.len();
            let line = without_line_end(line);
            let is_complete = match self.open {
                None if line.is_empty() => continue,
                None => {
                    self.open = multi_line_code(line);
                    self.open.is_none()
                }
                Some(code) => {
                    self.text.push(b'\n');
                    line.starts_with(&code) && multi_line_code(line).is_none()
                }
            };
            self.text.extend_from_slice(line);
            self.received += length;
            if is_complete {
                return Ok(Some(self.take_reply()));
            }
        }
    }

    fn take_reply(&mut self) -> Reply {
        self.open = None;
        self.received = 0;
        let mut text = std::mem::take(&mut self.text);
        text.shrink_to_fit();
        Reply { text }
    }
}

/// The first three bytes of a line that a `-` marks as "more lines follow".
fn multi_line_code(line: &[u8]) -> Option<[u8; 3]> {
    let [a, b, c, b'-', ..] = line else { return None };
    Some([*a, *b, *c])
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let mut line = line.strip_suffix(b"\n").unwrap_or(line);
    while let Some(shorter) = line.strip_suffix(b"\r") {
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
    fn push(&mut self, bytes: &[u8]) {
        self.discard_taken();
        self.bytes.extend_from_slice(bytes);
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
        const KEPT_CAPACITY: usize = 2 * MAX_LINE;
        if self.taken > 0 && self.taken >= self.bytes.len() / 2 {
            self.bytes.drain(..self.taken);
            self.bytes.shrink_to(KEPT_CAPACITY);
            self.searched -= self.taken;
            self.taken = 0;
        }
    }
}
