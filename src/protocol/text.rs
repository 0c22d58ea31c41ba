//! Line ends of text transfers (TYPE A): the network's to lines, and local text to the network's lines.

use thiserror::Error;

/// A line is longer than the caller allows.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Error)]
#[error("a line of the text has more than {limit} bytes")]
pub struct LineTooLong {
    /// The limit, in bytes, line end included.
    pub limit: usize,
}

/// Cuts text from a server into lines, however it arrives.
///
/// CRLF, LF and a CR alone each end a line, as in ftplib.
///
/// ```
/// # use ftpclient::protocol::text::{LineSplitter, LineTooLong};
/// let mut splitter = LineSplitter::new(8192);
/// let mut seen = Vec::new();
/// for mut chunk in [&b"one\r"[..], b"\ntwo\nthr", b"ee"] {
///     while let Some(line) = splitter.next_line(&mut chunk)? {
///         seen.push(line.to_vec());
///     }
/// }
/// seen.extend(splitter.finish().map(<[u8]>::to_vec));
/// assert_eq!(seen, [&b"one"[..], b"two", b"three"]);
/// # Ok::<(), LineTooLong>(())
/// ```
#[derive(Debug)]
pub struct LineSplitter {
    max_line: usize,
    /// The start of a line whose end has not arrived.
    partial: Vec<u8>,
    /// `partial` was handed out as a line and is to be emptied.
    partial_is_spent: bool,
    /// A CR ended the last line: an LF that comes next belongs to it.
    after_cr: bool,
    has_failed: bool,
}

impl LineSplitter {
    /// A splitter that accepts lines of up to `max_line` bytes, where any line end counts as one byte.
    pub fn new(max_line: usize) -> LineSplitter {
        LineSplitter {
            max_line,
            partial: Vec::new(),
            partial_is_spent: false,
            after_cr: false,
            has_failed: false,
        }
    }

    /// Takes the next line off the front of `chunk`, or all of `chunk` and returns `None` if no line ends in it.
    ///
    /// The line comes without its end, and straight from the chunk unless it began in an earlier one. An error is
    /// final: every later call returns it again.
    pub fn next_line<'line, 'chunk: 'line>(
        &'line mut self,
        chunk: &mut &'chunk [u8],
    ) -> Result<Option<&'line [u8]>, LineTooLong> {
        self.empty_spent_partial();
        if self.after_cr && !chunk.is_empty() {
            self.after_cr = false;
            *chunk = chunk.strip_prefix(b"\n").unwrap_or(chunk);
        }
        let end = chunk.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(chunk.len());
        let (content, rest) = chunk.split_at(end);
        let line_end = rest.first();
        let length = self.partial.len() + content.len() + usize::from(line_end.is_some());
        if self.has_failed || length > self.max_line {
            self.has_failed = true;
            self.partial = Vec::new();
            return Err(LineTooLong { limit: self.max_line });
        }
        *chunk = rest.get(1..).unwrap_or_default();
        self.after_cr = line_end == Some(&b'\r');
        if line_end.is_some() && self.partial.is_empty() {
            return Ok(Some(content));
        }
        self.partial.extend_from_slice(content);
        self.partial_is_spent = line_end.is_some();
        Ok(line_end.map(|_| self.partial.as_slice()))
    }

    /// The last line, if the text ended without a line end.
    pub fn finish(&mut self) -> Option<&[u8]> {
        self.empty_spent_partial();
        self.partial_is_spent = true;
        (!self.partial.is_empty()).then_some(&self.partial)
    }

    fn empty_spent_partial(&mut self) {
        if self.partial_is_spent {
            self.partial.clear();
            self.partial_is_spent = false;
        }
    }
}

/// Turns local text into the network's lines, each of which ends with CRLF, however the text is cut into chunks.
///
/// The rules are those of ftplib's `storlines`. A line ends with LF. CRLF stays as it is, any other line end becomes CRLF
/// (a CR alone is one only at the very end), and the last line gets a CRLF if it has no end.
#[derive(Debug)]
pub struct LineEncoder {
    max_line: usize,
    /// The start of a line whose end has not been seen.
    partial: Vec<u8>,
    has_failed: bool,
}

impl LineEncoder {
    /// An encoder that accepts lines of up to `max_line` bytes, line end included.
    pub fn new(max_line: usize) -> LineEncoder {
        LineEncoder { max_line, partial: Vec::new(), has_failed: false }
    }

    /// Appends the lines that end in `chunk` to `output`: whole lines only, see [`network_lines`].
    ///
    /// If a line is too long, those before it are in `output`. The error is final: every later call returns it again.
    pub fn encode(&mut self, chunk: &[u8], output: &mut Vec<u8>) -> Result<(), LineTooLong> {
        if self.has_failed {
            return Err(LineTooLong { limit: self.max_line });
        }
        for piece in chunk.split_inclusive(|&byte| byte == b'\n') {
            if self.partial.len() + piece.len() > self.max_line {
                self.has_failed = true;
                self.partial = Vec::new();
                return Err(LineTooLong { limit: self.max_line });
            }
            match piece.strip_suffix(b"\n") {
                None => self.partial.extend_from_slice(piece),
                Some(content) if self.partial.is_empty() => append_line(content, output),
                Some(content) => {
                    self.partial.extend_from_slice(content);
                    append_line(&self.partial, output);
                    self.partial.clear();
                }
            }
        }
        Ok(())
    }

    /// Appends the last line to `output`, if the text ended without a line end.
    pub fn finish(&mut self, output: &mut Vec<u8>) {
        if !self.partial.is_empty() {
            append_line(&self.partial, output);
            self.partial.clear();
        }
    }
}

/// The lines, ends included, in what a [`LineEncoder`] put out: the only LF of each is at its end.
pub fn network_lines(encoded: &[u8]) -> impl Iterator<Item = &[u8]> {
    encoded.split_inclusive(|&byte| byte == b'\n')
}

/// `content` is the line without its LF; a CR at the end of it is half of the line end already.
fn append_line(content: &[u8], output: &mut Vec<u8>) {
    output.extend_from_slice(content);
    output.extend_from_slice(if content.ends_with(b"\r") { b"\n" } else { b"\r\n" });
}
