//! Local text becomes the same network lines however it is cut, those that ftplib sends.

use ftpclient::protocol::text::{LineEncoder, LineError, LineSplitter, network_lines};

/// Short, so that small inputs reach it.
const MAX_LINE: usize = 12;

type Outcome = (Vec<u8>, Result<(), LineError>);

pub fn check(data: &[u8]) {
    let text = data.get(1..).unwrap_or_default();
    let expected = ftplib_storlines(text);
    for pieces in super::arrivals(data) {
        assert_eq!(encode(MAX_LINE, &pieces), expected);
    }
    let (encoded, outcome) = expected;
    for line in network_lines(&encoded) {
        assert!(line.ends_with(b"\r\n"));
        assert!(!line[..line.len() - 1].contains(&b'\n'));
    }
    assert_eq!(encode(usize::MAX, &[&encoded]), (encoded.clone(), Ok(())), "network lines stay as they are");
    if outcome.is_ok() {
        assert_eq!(split(&encoded), split(text), "the server reads the lines that the client had");
    }
}

fn split(mut text: &[u8]) -> Vec<Vec<u8>> {
    let mut splitter = LineSplitter::new(usize::MAX);
    let mut lines = Vec::new();
    while let Some(line) = splitter.next_line(&mut text).unwrap() {
        lines.push(line.to_vec());
    }
    lines.extend(splitter.finish().map(<[u8]>::to_vec));
    lines
}

fn encode(max_line: usize, pieces: &[&[u8]]) -> Outcome {
    let mut encoder = LineEncoder::new(max_line);
    let mut output = Vec::new();
    let outcome = pieces.iter().try_for_each(|piece| encoder.encode(piece, &mut output));
    encoder.finish(&mut output).unwrap();
    (output, outcome)
}

/// The loop of ftplib's `storlines`: read a line, cut one CR or LF off unless it ends with CRLF, add CRLF.
fn ftplib_storlines(text: &[u8]) -> Outcome {
    let mut output = Vec::new();
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        if line.len() > MAX_LINE {
            return (output, Err(LineError::TooLong { limit: MAX_LINE }));
        }
        if line.ends_with(b"\r\n") {
            output.extend_from_slice(line);
        } else {
            let cut = line.strip_suffix(b"\n").or(line.strip_suffix(b"\r")).unwrap_or(line);
            output.extend([cut, b"\r\n"].concat());
        }
    }
    (output, Ok(()))
}
