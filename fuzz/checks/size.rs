//! Sizes are read as a plain search from the end (150) or from the start (213) finds them.

use ftpclient::protocol::reply::Reply;
use ftpclient::protocol::size::{announced_size, parse_150, parse_213};

pub fn check(data: &[u8]) {
    let announced = [b"150 ", data].concat();
    assert_eq!(parse_150(&Reply::from_text(announced.clone())), last_announced(&announced));

    let line = data.split(|&byte| byte == b'\n').next().unwrap();
    let appended = [b"150 ", line, b" (1234567890123 bytes)"].concat();
    assert_eq!(parse_150(&Reply::from_text(appended)), Some(1_234_567_890_123));

    check_announcement(line);
    assert_eq!(parse_213(&Reply::from_text([b"213", data].concat())), first_number(data));

    let any = Reply::from_text(data);
    assert!(parse_150(&any).is_none() || any.code() == Some(150));
    assert!(parse_213(&any).is_none() || any.code() == Some(213));
}

fn last_announced(reply: &[u8]) -> Option<u64> {
    let line = reply.split(|&byte| byte == b'\n').next()?.to_ascii_lowercase();
    let ends = (4..line.len()).rev().filter(|&at| line[at..].starts_with(b" bytes)"));
    for end in ends {
        let before = &line[4..end];
        let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let (opening, number) = before.split_at(before.len() - digits);
        if digits > 0 && opening.ends_with(b" (") {
            return size(number);
        }
    }
    None
}

fn first_number(text: &[u8]) -> Option<u64> {
    let start = text.iter().position(u8::is_ascii_digit)?;
    let before = text[..start].last()?;
    if text.contains(&b'\n') || before.is_ascii_alphabetic() || *before == b'-' || !before.is_ascii() {
        return None;
    }
    let digits = text[start..].split(|byte| !byte.is_ascii_digit()).next()?;
    let after = &text[start + digits.len()..];
    let goes_on = after.len() > 1 && b".,'_".contains(&after[0]) && after[1].is_ascii_digit();
    if goes_on { None } else { size(digits) }
}

/// Whatever a file is called, its announced size is the one behind its name, and without one there is none.
fn check_announcement(name: &[u8]) {
    let echo = [b"150 Opening ", name].concat();
    assert_eq!(announced_size(&Reply::from_text(echo.clone()), name), None);
    let reply = Reply::from_text([&echo, &b" (1234567890123 bytes).\r"[..]].concat());
    let holds_the_same = name.windows(21).any(|part| part.eq_ignore_ascii_case(b"(1234567890123 bytes)"));
    assert_eq!(announced_size(&reply, name), (!holds_the_same).then_some(1_234_567_890_123));
}

fn size(digits: &[u8]) -> Option<u64> {
    let size = digits
        .iter()
        .try_fold(0i64, |size, digit| size.checked_mul(10)?.checked_add(i64::from(digit - b'0')));
    size.map(i64::unsigned_abs)
}
