//! From local text to the network's lines.

use super::{LineError, append};
use crate::protocol::find::position;

const CRLF: &[u8] = b"\r\n";

/// Turns local text into the network's lines, each of which ends with CRLF, however the text is cut into chunks.
///
/// The rules are those of ftplib's `storlines`. A line ends with LF. CRLF stays as it is, any other line end becomes CRLF
/// (a CR alone is one only at the very end), and the last line gets a CRLF if it has no end.
#[derive(Debug)]
pub struct LineEncoder {
    max_line: usize,
    /// The start of a line whose end has not been seen.
    partial: Vec<u8>,
    failed: Option<LineError>,
}

impl LineEncoder {
    /// An encoder that accepts lines of up to `max_line` bytes, line end included.
    pub fn new(max_line: usize) -> LineEncoder {
        LineEncoder { max_line, partial: Vec::new(), failed: None }
    }

    /// Appends the lines that end in `chunk` to `output`: whole lines only, see [`network_lines`]. What `output` holds already must
    /// be whole lines, too.
    ///
    /// If a line is too long, those before it are in `output`. The error is final: every later call returns it again.
    pub fn encode(&mut self, chunk: &[u8], output: &mut Vec<u8>) -> Result<(), LineError> {
        if self.failed.is_none() {
            self.failed = self.encode_pieces(chunk, output).err();
        }
        match self.failed {
            None => Ok(()),
            Some(error) => {
                self.partial = Vec::new();
                Err(error)
            }
        }
    }

    fn encode_pieces(&mut self, chunk: &[u8], output: &mut Vec<u8>) -> Result<(), LineError> {
        for piece in pieces(chunk) {
            if self.partial.len() + piece.len() > self.max_line {
                return Err(LineError::TooLong { limit: self.max_line });
            }
            match piece.strip_suffix(b"\n") {
                None => append(&mut self.partial, piece)?,
                Some(content) => {
                    // All of the line, or nothing of it.
                    let room = self.partial.len() + content.len() + CRLF.len();
                    output.try_reserve(room).map_err(|_| LineError::NoMemory)?;
                    output.append(&mut self.partial);
                    output.extend_from_slice(content);
                    end_line(output);
                }
            }
        }
        Ok(())
    }

    /// Appends the last line to `output`, if the text ended without a line end.
    pub fn finish(&mut self, output: &mut Vec<u8>) -> Result<(), LineError> {
        if !self.partial.is_empty() {
            let room = self.partial.len() + CRLF.len();
            output.try_reserve(room).map_err(|_| LineError::NoMemory)?;
            output.append(&mut self.partial);
            end_line(output);
        }
        Ok(())
    }
}

/// The lines, ends included, in what a [`LineEncoder`] put out: the only LF of each is at its end.
pub fn network_lines(encoded: &[u8]) -> impl Iterator<Item = &[u8]> {
    pieces(encoded)
}

/// What ends with LF, and what is left at the end.
fn pieces(mut text: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let end = position(text, b'\n').map_or(text.len(), |end| end + 1);
        let (piece, rest) = text.split_at_checked(end)?;
        text = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

/// A CR at the end of the line is half of the line end already.
fn end_line(output: &mut Vec<u8>) {
    output.extend_from_slice(if output.ends_with(b"\r") { b"\n" } else { CRLF });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(max_line: usize, chunks: &[&str]) -> (String, Result<(), LineError>) {
        let mut encoder = LineEncoder::new(max_line);
        let mut output = Vec::new();
        let outcome = chunks.iter().try_for_each(|chunk| encoder.encode(chunk.as_bytes(), &mut output));
        encoder.finish(&mut output).unwrap();
        let length = output.len();
        encoder.finish(&mut output).unwrap();
        assert_eq!(output.len(), length, "the last line comes once");
        (String::from_utf8(output).unwrap(), outcome)
    }

    #[test]
    fn memory_for_all_of_a_line_is_asked_for_before_it_is_appended() {
        for (chunks, line) in [
            (&["0123456789", "a\n"][..], "0123456789a\r\n"),
            (&["0123456789\n"], "0123456789\r\n"),
            (&["0123456789"], "0123456789\r\n"),
        ] {
            let (mut encoder, mut output) = (LineEncoder::new(100), Vec::new());
            for chunk in chunks {
                encoder.encode(chunk.as_bytes(), &mut output).unwrap();
            }
            encoder.finish(&mut output).unwrap();
            assert_eq!(output, line.as_bytes());
            assert_eq!(output.capacity(), line.len(), "it has grown once: {chunks:?}");
        }
    }

    #[test]
    fn every_line_ends_with_crlf() {
        for (shown, chunks, encoded) in [
            ("no text, no line", &[""][..], ""),
            ("LF", &["a\nb\n"], "a\r\nb\r\n"),
            ("CRLF stays", &["a\r\nb\r\n"], "a\r\nb\r\n"),
            ("two CRs before LF stay", &["a\r\r\n"], "a\r\r\n"),
            ("a CR inside a line stays", &["a\rb\n"], "a\rb\r\n"),
            ("a last line without end gets one", &["a\nb"], "a\r\nb\r\n"),
            ("a CR at the very end is a line end", &["a\r"], "a\r\n"),
            ("a CR alone at the very end", &["a\n\r"], "a\r\n\r\n"),
            ("empty lines", &["\n\r\n\n"], "\r\n\r\n\r\n"),
            ("CRLF in two chunks", &["a\r", "\nb\n"], "a\r\nb\r\n"),
            ("CR at the end of a chunk is not the very end", &["a\r", "b\n"], "a\rb\r\n"),
            ("a line in three chunks", &["a", "b", "c\n"], "abc\r\n"),
            ("LF alone in a chunk", &["a", "\n", "\n"], "a\r\n\r\n"),
            ("an empty line after CRLF", &["a\r\n", "\n"], "a\r\n\r\n"),
        ] {
            assert_eq!(encode(8192, chunks), (encoded.to_owned(), Ok(())), "{shown}");
        }
    }

    #[test]
    fn a_line_may_have_exactly_the_limit() {
        let too_long = Err(LineError::TooLong { limit: 4 });
        for (shown, chunks, encoded, outcome) in [
            ("four bytes with LF, five sent", &["abc\n"][..], "abc\r\n", Ok(())),
            ("four bytes with CRLF", &["ab\r\n"], "ab\r\n", Ok(())),
            ("four bytes without an end", &["abcd"], "abcd\r\n", Ok(())),
            ("five bytes with LF", &["abcd\n"], "", too_long),
            ("five bytes with CRLF", &["abc\r\n"], "", too_long),
            ("five bytes in two chunks", &["abc", "d\n"], "", too_long),
            ("five bytes that may go on", &["abc", "de"], "", too_long),
            ("the lines before come first", &["a\nb\nabcd\nc\n"], "a\r\nb\r\n", too_long),
        ] {
            assert_eq!(encode(4, chunks), (encoded.to_owned(), outcome), "{shown}");
        }
    }

    #[test]
    fn an_error_is_final() {
        let mut encoder = LineEncoder::new(4);
        let mut output = Vec::new();
        let error = Err(LineError::TooLong { limit: 4 });
        assert_eq!(encoder.encode(b"abcdef", &mut output), error);
        assert_eq!(encoder.encode(b"a\n", &mut output), error);
        assert_eq!(encoder.encode(b"", &mut output), error);
        encoder.finish(&mut output).unwrap();
        assert_eq!(output, b"");
    }

    #[test]
    fn network_lines_gives_back_the_lines() {
        let mut output = Vec::new();
        let mut encoder = LineEncoder::new(8192);
        encoder.encode(b"a\n\nb\rc\r\nd", &mut output).unwrap();
        encoder.finish(&mut output).unwrap();
        let lines: Vec<&[u8]> = network_lines(&output).collect();
        assert_eq!(lines, [&b"a\r\n"[..], b"\r\n", b"b\rc\r\n", b"d\r\n"]);
    }
}
