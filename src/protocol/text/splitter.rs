//! From a server's text to lines.

use super::{LineError, append};
use crate::protocol::find::{position, position_of_either};

/// Cuts text from a server into lines, however it arrives.
///
/// CRLF, LF and a CR alone each end a line, as in ftplib; in a [listing](LineSplitter::for_listing) a CR alone does not.
///
/// ```
/// # use ftpclient::protocol::text::{LineSplitter, LineError};
/// let mut splitter = LineSplitter::new(8192);
/// let mut seen = Vec::new();
/// for mut chunk in [&b"one\r"[..], b"\ntwo\nthr", b"ee"] {
///     while let Some(line) = splitter.next_line(&mut chunk)? {
///         seen.push(line.to_vec());
///     }
/// }
/// seen.extend(splitter.finish().map(<[u8]>::to_vec));
/// assert_eq!(seen, [&b"one"[..], b"two", b"three"]);
/// # Ok::<(), LineError>(())
/// ```
#[derive(Debug)]
pub struct LineSplitter {
    max_line: usize,
    /// A CR alone ends a line.
    cr_ends: bool,
    /// The start of a line whose end has not arrived.
    partial: Vec<u8>,
    /// `partial` was handed out as a line and is to be emptied.
    partial_is_spent: bool,
    /// A CR ended the last line: an LF that comes next belongs to it.
    after_cr: bool,
    failed: Option<LineError>,
}

impl LineSplitter {
    /// A splitter that accepts lines of up to `max_line` bytes, where any line end counts as one byte.
    pub fn new(max_line: usize) -> LineSplitter {
        LineSplitter {
            max_line,
            cr_ends: true,
            partial: Vec::new(),
            partial_is_spent: false,
            after_cr: false,
            failed: None,
        }
    }

    /// A splitter for the lines of a directory listing: each ends with LF. CRs around the line end belong to it, since some
    /// servers send CR CR LF or LF CR; any other CR is part of a name, which must not begin a line of its own.
    pub fn for_listing(max_line: usize) -> LineSplitter {
        LineSplitter { cr_ends: false, ..LineSplitter::new(max_line) }
    }

    /// Takes the next line off the front of `chunk`, or all of `chunk` and returns `None` if no line ends in it.
    ///
    /// The line comes without its end, and straight from the chunk unless it began in an earlier one. An error is
    /// final: every later call returns it again.
    pub fn next_line<'line, 'chunk: 'line>(
        &'line mut self,
        chunk: &mut &'chunk [u8],
    ) -> Result<Option<&'line [u8]>, LineError> {
        self.empty_spent_partial();
        if self.after_cr && !chunk.is_empty() {
            self.after_cr = false;
            *chunk = chunk.strip_prefix(b"\n").unwrap_or(chunk);
        }
        let end = if self.cr_ends { position_of_either(chunk, b'\n', b'\r') } else { position(chunk, b'\n') };
        let end = end.unwrap_or(chunk.len());
        let (content, rest) = chunk.split_at(end);
        let line_end = rest.first();
        let has_half_an_end = content.last().or(self.partial.last()) == Some(&b'\r');
        let length = self.partial.len() + content.len() + usize::from(line_end.is_some() && !has_half_an_end);
        if self.failed.is_none() && length > self.max_line {
            self.failed = Some(LineError::TooLong { limit: self.max_line });
        }
        let is_split = line_end.is_none() || !self.partial.is_empty();
        if self.failed.is_none() && is_split {
            self.failed = append(&mut self.partial, content).err();
        }
        if let Some(error) = self.failed {
            self.partial = Vec::new();
            return Err(error);
        }
        *chunk = rest.get(1..).unwrap_or_default();
        let Some(line_end) = line_end else { return Ok(None) };
        self.after_cr = *line_end == b'\r';
        if !is_split {
            return Ok(Some(self.without_crs(content)));
        }
        self.partial_is_spent = true;
        Ok(Some(self.without_crs(&self.partial)))
    }

    /// The last line, if the text ended without a line end.
    pub fn finish(&mut self) -> Option<&[u8]> {
        self.empty_spent_partial();
        self.partial_is_spent = true;
        let line = self.without_crs(&self.partial);
        (!line.is_empty()).then_some(line)
    }

    /// The line without the CRs that belong to line ends; there are none where a CR ends a line itself.
    fn without_crs<'a>(&self, mut line: &'a [u8]) -> &'a [u8] {
        if self.cr_ends {
            return line;
        }
        while let [b'\r', rest @ ..] | [rest @ .., b'\r'] = line {
            line = rest;
        }
        line
    }

    fn empty_spent_partial(&mut self) {
        if self.partial_is_spent {
            self.partial.clear();
            self.partial_is_spent = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Lines = (Vec<String>, Result<(), LineError>);

    fn split(max_line: usize, chunks: &[&str]) -> Lines {
        split_by(LineSplitter::new(max_line), chunks)
    }

    fn split_by(mut splitter: LineSplitter, chunks: &[&str]) -> Lines {
        let mut lines = Vec::new();
        let mut keep = |line: &[u8]| lines.push(String::from_utf8(line.to_vec()).unwrap());
        for chunk in chunks {
            let mut chunk = chunk.as_bytes();
            loop {
                match splitter.next_line(&mut chunk) {
                    Ok(Some(line)) => keep(line),
                    Ok(None) => break,
                    Err(error) => return (lines, Err(error)),
                }
            }
            assert!(chunk.is_empty(), "a chunk is used up before more is asked for");
        }
        if let Some(line) = splitter.finish() {
            keep(line);
        }
        assert_eq!(splitter.finish(), None, "the last line comes once");
        (lines, Ok(()))
    }

    #[test]
    fn every_line_end_counts_once() {
        for (shown, chunks, lines) in [
            ("no text, no line", &[""][..], &[][..]),
            ("CRLF", &["a\r\nb\r\n"], &["a", "b"]),
            ("LF", &["a\nb\n"], &["a", "b"]),
            ("CR", &["a\rb\r"], &["a", "b"]),
            ("all of them", &["a\rb\nc\r\nd"], &["a", "b", "c", "d"]),
            ("LF and then CR are two line ends", &["a\n\rb"], &["a", "", "b"]),
            ("two CRs before an LF are two line ends", &["a\r\r\nb"], &["a", "", "b"]),
            ("empty lines", &["\r\n\r\n\n"], &["", "", ""]),
            ("a last line without end", &["a\r\nb"], &["a", "b"]),
            ("other control characters are data", &["a\x0bb\x0cc\0\n"], &["a\x0bb\x0cc\0"]),
            ("CRLF in two chunks", &["a\r", "\nb\n"], &["a", "b"]),
            ("CRLF in two chunks with an empty one between", &["a\r", "", "\nb\n"], &["a", "b"]),
            ("CR, then a chunk that starts with text", &["a\r", "b\n"], &["a", "b"]),
            ("CRLF in two chunks, then LF", &["a\r", "\n", "\n"], &["a", ""]),
            ("a line in three chunks", &["a", "b", "c\nd\n"], &["abc", "d"]),
            ("a line end at the start of a chunk", &["a", "\n", "b"], &["a", "b"]),
            ("a last line in two chunks", &["a\nb", "c"], &["a", "bc"]),
        ] {
            let lines = lines.iter().map(ToString::to_string).collect();
            assert_eq!(split(8192, chunks), (lines, Ok(())), "{shown}");
        }
    }

    #[test]
    fn a_line_of_a_listing_ends_with_lf_only() {
        for (shown, chunks, lines) in [
            ("no text, no line", &[""][..], &[][..]),
            ("CRLF and LF", &["a\r\nb\nc"], &["a", "b", "c"]),
            ("a CR inside a name forges nothing", &["a\r..\\evil\r\nb\r\n"], &["a\r..\\evil", "b"]),
            ("however it arrives", &["a\r", "evil\r", "\n", "b\r\n"], &["a\revil", "b"]),
            ("CR CR LF", &["a\r\r\nb\r\r\n"], &["a", "b"]),
            ("LF CR", &["a\n\rb\n\r"], &["a", "b"]),
            ("a last line that is all CR", &["a\r\n\r"], &["a"]),
            ("an empty line", &["a\r\n\r\nb\r\n"], &["a", "", "b"]),
            ("a last line without an end", &["a\r\nb\r"], &["a", "b"]),
        ] {
            let lines = lines.iter().map(ToString::to_string).collect();
            assert_eq!(split_by(LineSplitter::for_listing(8192), chunks), (lines, Ok(())), "{shown}");
        }
        let too_long = Err(LineError::TooLong { limit: 4 });
        let limited = |text| split_by(LineSplitter::for_listing(4), &[text]);
        assert_eq!(limited("abc\r\n"), (vec!["abc".to_owned()], Ok(())), "CRLF counts as one byte");
        assert_eq!(limited("abc\r\r\n"), (vec![], too_long));
        assert_eq!(limited("abcd\r"), (vec![], too_long));
        assert_eq!(limited("\r\r\r\r\r"), (vec![], too_long), "CRs without end are a line that is too long");
    }

    #[test]
    fn a_line_may_have_exactly_the_limit() {
        let too_long = Err(LineError::TooLong { limit: 4 });
        for (shown, chunks, lines, outcome) in [
            ("four bytes with LF", &["abc\n"][..], &["abc"][..], Ok(())),
            ("CRLF counts as one byte", &["abc\r\n"], &["abc"], Ok(())),
            ("four bytes without an end", &["abcd"], &["abcd"], Ok(())),
            ("five bytes with LF", &["abcd\n"], &[], too_long),
            ("five bytes without an end", &["abcde"], &[], too_long),
            ("five bytes in two chunks", &["abc", "d\n"], &[], too_long),
            ("five bytes that may go on", &["abc", "de"], &[], too_long),
            ("the lines before come first", &["a\r\nb\nabcd\nc\n"], &["a", "b"], too_long),
        ] {
            let lines = lines.iter().map(ToString::to_string).collect();
            assert_eq!(split(4, chunks), (lines, outcome), "{shown}");
        }
    }

    #[test]
    fn an_error_is_final() {
        let mut splitter = LineSplitter::new(4);
        let error = Err(LineError::TooLong { limit: 4 });
        assert_eq!(splitter.next_line(&mut &b"abc"[..]), Ok(None));
        assert_eq!(splitter.next_line(&mut &b"def"[..]), error);
        assert_eq!(splitter.next_line(&mut &b"a\n"[..]), error);
        assert_eq!(splitter.next_line(&mut &b""[..]), error);
        assert_eq!(splitter.finish(), None);
    }

    #[test]
    fn a_line_inside_a_chunk_is_not_copied() {
        let text = b"one\r\ntwo\r\n";
        let mut splitter = LineSplitter::new(8192);
        let line = splitter.next_line(&mut &text[..]).unwrap().unwrap();
        assert_eq!(line.as_ptr(), text.as_ptr());
    }
}
