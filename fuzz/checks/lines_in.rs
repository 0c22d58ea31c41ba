//! The lines of a text come out the same however it arrives, and as ftplib has them.

use ftpclient::protocol::text::{LineError, LineSplitter};

/// Short, so that small inputs reach it.
const MAX_LINE: usize = 12;

type Outcome = (Vec<Vec<u8>>, Result<(), LineError>);

pub fn check(data: &[u8]) {
    let text = data.get(1..).unwrap_or_default();
    let (expected, expected_listing) = (plain_reading(text), plain_reading_of_listing(text));
    for pieces in super::arrivals(data) {
        assert_eq!(split(LineSplitter::new(MAX_LINE), &pieces), expected);
        assert_eq!(split(LineSplitter::for_listing(MAX_LINE), &pieces), expected_listing);
    }
}

fn split(mut splitter: LineSplitter, pieces: &[&[u8]]) -> Outcome {
    let mut lines = Vec::new();
    for &piece in pieces {
        let mut rest = piece;
        loop {
            match splitter.next_line(&mut rest) {
                Ok(Some(line)) => lines.push(line.to_vec()),
                Ok(None) => break,
                Err(error) => return (lines, Err(error)),
            }
        }
        assert!(rest.is_empty(), "a piece is used up before more is asked for");
    }
    lines.extend(splitter.finish().map(<[u8]>::to_vec));
    (lines, Ok(()))
}

/// First every line end becomes LF, then the text is cut there.
fn plain_reading(text: &[u8]) -> Outcome {
    let mut unified = Vec::new();
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            b'\n' if at > 0 && text[at - 1] == b'\r' => {}
            b'\r' => unified.push(b'\n'),
            _ => unified.push(byte),
        }
    }
    let mut lines = Vec::new();
    for line in unified.split_inclusive(|&byte| byte == b'\n') {
        if line.len() > MAX_LINE {
            return (lines, Err(LineError::TooLong { limit: MAX_LINE }));
        }
        lines.push(line.strip_suffix(b"\n").unwrap_or(line).to_vec());
    }
    (lines, Ok(()))
}

/// The text is cut at each LF, and CRs at both ends of a line are dropped.
fn plain_reading_of_listing(text: &[u8]) -> Outcome {
    let mut lines = Vec::new();
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        if line.len() - usize::from(line.ends_with(b"\r\n")) > MAX_LINE {
            return (lines, Err(LineError::TooLong { limit: MAX_LINE }));
        }
        let has_end = line.ends_with(b"\n");
        let is_cr = |byte: &u8| *byte == b'\r';
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let start = content.iter().position(|byte| !is_cr(byte)).unwrap_or(content.len());
        let end = content.iter().rposition(|byte| !is_cr(byte)).map_or(start, |last| last + 1);
        if has_end || start < end {
            lines.push(content[start..end].to_vec());
        }
    }
    (lines, Ok(()))
}
