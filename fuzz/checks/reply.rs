//! Replies come out the same however their bytes arrive, and as a plain reading of the rules has them.

use ftpclient::protocol::reply::{Class, Reply, ReplyDecoder, ReplyError};

/// Short, so that small inputs reach it.
const MAX_LINE: usize = 24;

/// The replies, and whether bytes are left over or what is wrong.
type Outcome = (Vec<Reply>, Result<bool, ReplyError>);

pub fn check(data: &[u8]) {
    let expected = plain_reading(data.get(1..).unwrap_or_default());
    for pieces in super::arrivals(data) {
        assert_eq!(decode(MAX_LINE, &pieces), expected);
    }
    let (replies, _) = expected;
    for reply in &replies {
        check_accessors(reply);
    }
    check_that_replies_survive_sending(&replies);
}

fn decode(max_line: usize, pieces: &[&[u8]]) -> Outcome {
    let mut decoder = ReplyDecoder::new(max_line);
    let mut replies = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next_reply() {
                Ok(Some(reply)) => replies.push(reply),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(decoder.next_reply(), Err(error), "an error is final");
                    return (replies, Err(error));
                }
            }
        }
    }
    assert!(decoder.has_partial() || decoder.partial().is_empty());
    (replies, Ok(decoder.has_partial()))
}

fn plain_reading(bytes: &[u8]) -> Outcome {
    let mut replies = Vec::new();
    let mut lines_of_reply: Vec<Vec<u8>> = Vec::new();
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        let has_ended = line.ends_with(b"\n");
        if line.len() + usize::from(!has_ended) > MAX_LINE {
            return (replies, Err(ReplyError::LineTooLong { limit: MAX_LINE }));
        }
        if !has_ended {
            let is_part_of_a_line_end = line.iter().all(|&byte| byte == b'\r');
            return (replies, Ok(!is_part_of_a_line_end || !lines_of_reply.is_empty()));
        }
        let mut line = &line[..line.len() - 1];
        while line.ends_with(b"\r") {
            line = &line[..line.len() - 1];
        }
        while line.starts_with(b"\r") {
            line = &line[1..];
        }
        let line = unescape(line);
        if line.is_empty() && lines_of_reply.is_empty() {
            continue;
        }
        lines_of_reply.push(line.clone());
        let first = &lines_of_reply[0];
        let is_multi_line = first.first().is_some_and(u8::is_ascii_digit) && first.get(3) == Some(&b'-');
        let is_last = lines_of_reply.len() > 1 && line.starts_with(&first[..3]) && line.get(3) != Some(&b'-');
        if !is_multi_line || is_last {
            replies.push(Reply::from_text(lines_of_reply.join(&b'\n')));
            lines_of_reply.clear();
        }
    }
    (replies, Ok(!lines_of_reply.is_empty()))
}

fn check_accessors(reply: &Reply) {
    if let Some(code) = reply.code() {
        assert!(reply.starts_with(&format!("{code:03}")));
    }
    let digit = match reply.class() {
        Some(Class::Preliminary) => "1",
        Some(Class::Completion) => "2",
        Some(Class::Intermediate) => "3",
        Some(Class::Transient) => "4",
        Some(Class::Permanent) => "5",
        None => return assert!(!(b'1'..=b'5').contains(&reply.text()[0])),
    };
    assert!(reply.starts_with(digit));
}

/// The plain reading of Telnet: each rule by itself, one byte after the other.
fn unescape(line: &[u8]) -> Vec<u8> {
    let mut text: Vec<u8> = Vec::new();
    let mut at = 0;
    let length = |at: usize| match (line.get(at + 1), line.get(at + 2)) {
        (Some(0xfb..=0xfe), Some(_)) => 3,
        (Some(0xf0..=0xfa), _) => 2,
        _ => 0,
    };
    while at < line.len() {
        let is_name = !text.is_empty()
            && (!text[0].is_ascii_digit() || text.iter().filter(|&&byte| byte == b'"').count() % 2 == 1);
        if line[at] == 0xff && !is_name && length(at) > 0 {
            at += length(at);
            continue;
        }
        if text.is_empty() && matches!(line[at..], [0xff] | [0xff, 0xfb..=0xfe]) {
            break;
        }
        text.push(line[at]);
        let is_doubled = text[0].is_ascii_digit() && line[at] == 0xff && line.get(at + 1) == Some(&0xff);
        at += if is_doubled { 2 } else { 1 };
    }
    text
}

/// A server that sends these replies with CRLF, and doubles 0xFF as Telnet asks in lines that begin like a code, is understood. What it
/// shows of CRs at a line's ends is no text.
fn check_that_replies_survive_sending(replies: &[Reply]) {
    if replies.iter().any(|reply| has_cr_at_a_line_end(reply.text())) {
        return;
    }
    let mut bytes = Vec::new();
    for reply in replies {
        for line in reply.text().split(|&byte| byte == b'\n') {
            let has_code = line.first().is_some_and(u8::is_ascii_digit);
            for &byte in line {
                bytes.extend(if has_code && byte == 0xff { vec![byte; 2] } else { vec![byte] });
            }
            bytes.extend(b"\r\n");
        }
    }
    assert_eq!(decode(2 * MAX_LINE, &[&bytes]), (replies.to_vec(), Ok(false)));
}

/// A Telnet command can stand between a CR and the line's start or end.
fn has_cr_at_a_line_end(text: &[u8]) -> bool {
    text.split(|&byte| byte == b'\n').any(|line| line.starts_with(b"\r") || line.ends_with(b"\r"))
}
