//! The decoder's tests.

use super::*;

/// The replies in `bytes`, and what is wrong after the last one.
fn decode(max_line: usize, bytes: &[u8]) -> (Vec<String>, Option<ReplyError>) {
    let mut decoder = ReplyDecoder::new(max_line);
    decoder.push(bytes);
    let mut replies = Vec::new();
    loop {
        match decoder.next_reply() {
            Ok(Some(reply)) => replies.push(reply.to_string()),
            Ok(None) => return (replies, None),
            Err(error) => return (replies, Some(error)),
        }
    }
}

#[test]
fn replies_are_cut_where_they_end() {
    for (shown, bytes, replies) in [
        ("one line", &b"220 ready\r\n"[..], &["220 ready"][..]),
        ("LF alone ends a line", b"200 a\n200 b\n", &["200 a", "200 b"]),
        ("several CRs belong to the line end", b"200 a\r\r\r\n", &["200 a"]),
        ("LF CR ends a line", b"220-a\n\r220 b\n\r200 c\n\r", &["220-a\n220 b", "200 c"]),
        ("CRs on both sides of LF", b"220-a\r\n\r220 b\r\n\r", &["220-a\n220 b"]),
        ("a Telnet command before a reply", b"\xff\xfc 250 ok\r\n", &["250 ok"]),
        ("a line of Telnet commands", b"\xff\xfd\x18\r\n220 ok\r\n", &["220 ok"]),
        ("one whose option is LF", b"\xff\xfd\n220 ok\r\n", &["220 ok"]),
        ("before each line", b"\xff\xf1211-a\r\n\xff\xf1211 b\r\n", &["211-a\n211 b"]),
        ("inside a reply", b"2\xff\xf100 o\xff\xfb\x01k\r\n", &["200 ok"]),
        ("a CR inside a line is data", b"257 \"x\r226 done\"\r\n", &["257 \"x\r226 done\""]),
        ("spaces before the line end are kept", b"200 a \r\n", &["200 a "]),
        ("a NUL is data", b"200 a\0b\r\n", &["200 a\0b"]),
        ("a code without text", b"200\r\n", &["200"]),
        ("a code of one digit", b"2 ok\n", &["2 ok"]),
        ("a dash as second byte starts no multi-line reply", b"2-ok\n", &["2-ok"]),
        ("empty lines between replies are skipped", b"\r\n\n200 a\r\n\r\r\n200 b\n", &["200 a", "200 b"]),
        ("a line of one space is not empty", b" \r\n", &[" "]),
        ("two lines", b"211-a\r\n211 b\r\n", &["211-a\n211 b"]),
        ("empty lines inside a reply are kept", b"211-a\n\n211 b\n", &["211-a\n\n211 b"]),
        ("the same code with a dash goes on", b"211-a\n211-b\n211 c\n", &["211-a\n211-b\n211 c"]),
        ("another code goes on", b"250-a\n550 b\n250 c\n", &["250-a\n550 b\n250 c"]),
        ("an indented code goes on", b"211-a\n 211 b\n211 c\n", &["211-a\n 211 b\n211 c"]),
        ("the bare code ends a reply", b"211-a\n211\n", &["211-a\n211"]),
        ("the code glued to text ends a reply", b"211-a\n2115x\n", &["211-a\n2115x"]),
        ("what starts with no digit has one line", b"SSH-2.0\nSSH\n", &["SSH-2.0", "SSH"]),
        ("a reply after a multi-line one", b"211-a\n211 b\n200 c\n", &["211-a\n211 b", "200 c"]),
        ("an unfinished line is no reply", b"200 a\n200 b", &["200 a"]),
        ("a CR alone ends nothing", b"200 a\r", &[]),
        ("an unfinished reply is none", b"211-a\n212 b\n", &[]),
    ] {
        assert_eq!(
            decode(MAX_LINE, bytes),
            (replies.iter().map(ToString::to_string).collect(), None),
            "{shown}"
        );
    }
}

#[test]
fn a_line_may_have_exactly_the_limit() {
    let too_long = Some(ReplyError::LineTooLong { limit: 10 });
    for (shown, bytes, replies, error) in [
        ("ten bytes with CRLF", &b"200 5678\r\n"[..], &["200 5678"][..], None),
        ("ten bytes with LF", b"200 56789\n", &["200 56789"], None),
        ("eleven bytes with CRLF", b"200 56789\r\n", &[], too_long),
        ("eleven bytes with LF", b"200 567890\n", &[], too_long),
        ("nine bytes may still end in time", b"200 56789", &[], None),
        ("ten bytes without an end", b"200 567890", &[], too_long),
        (
            "the replies before come first",
            b"200 a\n200 b\n200 567890\n200 c\n",
            &["200 a", "200 b"],
            too_long,
        ),
        ("a later line of a reply", b"211-a\n1234567890\n211 b\n", &[], too_long),
        ("Telnet commands count", b"\xff\xf1\xff\xf1\xff\xf1200 \n", &[], too_long),
        ("CRs count", b"\r\r\r\r\r\r\r\r\r\r\n", &[], too_long),
    ] {
        assert_eq!(decode(10, bytes), (replies.iter().map(ToString::to_string).collect(), error), "{shown}");
    }
}

#[test]
fn a_reply_may_have_exactly_the_limit() {
    let last = b"211 end\r\n";
    let line = |length: usize| [vec![b'x'; length - 1], b"\n".to_vec()].concat();
    let reply = |length: usize| {
        let mut bytes = b"211-\n".to_vec();
        while bytes.len() + 1000 + last.len() < length {
            bytes.extend(line(500));
        }
        bytes.extend(line(length - bytes.len() - last.len()));
        [bytes, last.to_vec()].concat()
    };
    let (replies, error) = decode(MAX_LINE, &[reply(MAX_REPLY), reply(MAX_REPLY)].concat());
    assert_eq!((replies.len(), error), (2, None));

    let (replies, error) = decode(MAX_LINE, &[reply(MAX_REPLY), reply(MAX_REPLY + 1)].concat());
    assert_eq!((replies.len(), error), (1, Some(ReplyError::ReplyTooLong { limit: MAX_REPLY })));
}

#[test]
fn empty_lines_before_a_reply_have_a_limit() {
    let reply = |empty: usize| [b"\r\n".repeat(empty), b"200 a\n".to_vec()].concat();
    let most = reply(MAX_BETWEEN / 2);
    assert_eq!(decode(MAX_LINE, &[most.clone(), most].concat()), (vec!["200 a".into(); 2], None));
    let error = Some(ReplyError::NoReply { limit: MAX_BETWEEN });
    assert_eq!(decode(MAX_LINE, &reply(MAX_BETWEEN / 2 + 1)), (vec![], error));
}

#[test]
fn a_line_without_limit_is_limited_by_the_reply() {
    let (_, error) = decode(usize::MAX, &vec![b'x'; MAX_REPLY]);
    assert_eq!(error, Some(ReplyError::ReplyTooLong { limit: MAX_REPLY }));
    let (_, error) = decode(MAX_REPLY, &vec![b'x'; MAX_REPLY]);
    assert_eq!(error, Some(ReplyError::LineTooLong { limit: MAX_REPLY }));
}

#[test]
fn an_error_is_final() {
    let mut decoder = ReplyDecoder::new(8);
    decoder.push(b"200 too long\r\n");
    let error = decoder.next_reply();
    assert_eq!(error, Err(ReplyError::LineTooLong { limit: 8 }));
    decoder.set_max_line(MAX_LINE);
    let held = decoder.input.bytes.len();
    decoder.push(b"200 a\r\n");
    assert_eq!(decoder.next_reply(), error);
    assert_eq!(decoder.input.bytes.len(), held, "what arrives after it is not stored");
}

#[test]
fn an_unfinished_line_is_searched_once() {
    let mut decoder = ReplyDecoder::new(MAX_LINE);
    for piece in [&b"200 a\n200"[..], b" text ", b"and more"] {
        decoder.push(piece);
        while decoder.next_reply().unwrap().is_some() {}
        assert_eq!(decoder.input.searched, decoder.input.bytes.len());
    }
    assert_eq!(decoder.partial(), b"200 text and more");
}

#[test]
fn a_new_limit_counts_for_the_line_that_is_arriving() {
    let mut decoder = ReplyDecoder::new(8);
    decoder.push(b"200 567");
    assert_eq!(decoder.next_reply(), Ok(None));
    decoder.set_max_line(16);
    decoder.push(b"89\r\n");
    assert_eq!(decoder.next_reply(), Ok(Some(Reply::from_text("200 56789"))));
}

#[test]
fn partial_is_what_makes_no_reply_yet() {
    for (shown, bytes, partial) in [
        ("nothing arrived", &b""[..], &b""[..]),
        ("a whole reply", b"200 a\r\n", b""),
        ("an empty line", b"\r\n", b""),
        ("half a line", b"200 a\r\n\x16\x03\x01", b"\x16\x03\x01"),
        ("half a reply", b"220-half\r\n", b"220-half"),
        ("half a reply and half a line", b"211-a\r\nb\r\nc", b"211-a\nb"),
        ("the CR of LF CR", b"200 a\n\r", b""),
    ] {
        let mut decoder = ReplyDecoder::new(MAX_LINE);
        decoder.push(bytes);
        while decoder.next_reply().unwrap().is_some() {}
        assert_eq!(decoder.partial(), partial, "{shown}");
        assert_eq!(decoder.has_partial(), !partial.is_empty(), "{shown}");
    }
}

#[test]
fn a_telnet_command_has_arrived_and_is_the_start_of_no_reply() {
    for (bytes, partial) in [
        (&b"200 a\r\n\xff"[..], &b""[..]),
        (b"200 a\r\n\xff\xfd", b""),
        (b"200 a\r\n\xff\xfd\x18", b""),
        (b"200 a\r\n\xff\xfd\x18\xff\xf12", b"2"),
    ] {
        let mut decoder = ReplyDecoder::new(MAX_LINE);
        decoder.push(bytes);
        while decoder.next_reply().unwrap().is_some() {}
        assert_eq!((decoder.has_partial(), decoder.partial()), (true, partial), "{bytes:?}");
    }
}

#[test]
fn partial_is_short_enough_for_a_message() {
    let mut decoder = ReplyDecoder::new(MAX_LINE);
    decoder.push(&[b'x'; 1000]);
    assert_eq!(decoder.partial(), [b'x'; 256]);
}

#[test]
fn memory_is_given_back_after_a_big_reply() {
    let mut decoder = ReplyDecoder::new(MAX_LINE);
    decoder.push(b"211-\n");
    for _ in 0..1000 {
        decoder.push(&[[b'x'; 999].as_slice(), b"\n"].concat());
    }
    decoder.push(b"211 end\n");
    let reply = decoder.next_reply().unwrap().unwrap();
    assert_eq!(reply.text.capacity(), reply.text.len());
    assert_eq!(decoder.next_reply(), Ok(None));
    assert!(decoder.input.bytes.capacity() <= KEPT_CAPACITY);
    assert_eq!(decoder.text.capacity(), 0);
}

#[test]
fn a_large_reply_is_held_once() {
    let mut decoder = ReplyDecoder::new(MAX_LINE);
    decoder.push(b"211-\n");
    let line = [[b'x'; 999].as_slice(), b"\n"].concat();
    let mut place = None;
    while decoder.received < MAX_REPLY - 2 * line.len() {
        decoder.push(&line);
        assert_eq!(decoder.next_reply(), Ok(None));
        if decoder.text.len() > LARGE {
            assert_eq!(
                *place.get_or_insert(decoder.text.as_ptr()),
                decoder.text.as_ptr(),
                "{}",
                decoder.text.len()
            );
        }
    }
    decoder.push(b"211 end\n");
    let reply = decoder.next_reply().unwrap().unwrap();
    assert_eq!(Some(reply.text.as_ptr()), place);
}

#[test]
fn a_text_that_fits_its_memory_is_not_copied() {
    let text = b"200 a\0".to_vec().into_boxed_slice().into_vec();
    let place = text.as_ptr();
    let fitted = fitted(text);
    assert_eq!(fitted.as_ptr(), place);
}

#[test]
fn what_was_taken_is_discarded_once_it_is_half() {
    let mut decoder = ReplyDecoder::new(MAX_LINE);
    decoder.push(&b"200 a\n".repeat(4));
    for taken in [6, 0] {
        assert!(decoder.next_reply().unwrap().is_some());
        decoder.push(b"");
        assert_eq!(decoder.input.taken, taken);
    }
}

#[test]
fn what_was_taken_does_not_pile_up_behind_a_reply_that_always_waits() {
    let mut decoder = ReplyDecoder::new(MAX_LINE);
    decoder.push(b"200 a\n");
    for _ in 0..100_000 {
        decoder.push(b"200 a\n");
        assert_eq!(decoder.next_reply(), Ok(Some(Reply::from_text("200 a"))));
    }
    assert!(decoder.input.bytes.capacity() <= KEPT_CAPACITY);
}
