//! Telnet on the control connection (RFC 959, section 4.1.3, and RFC 854): commands begin with the byte 0xFF, IAC.
//!
//! Two kinds of servers are about. Some read Telnet commands out of what they get, as the RFC asks: a name that holds
//! 0xFF must have that byte doubled for them, or they take it for another name. Others take all bytes as they are. A third kind
//! drops 0xFF even where it is doubled. The replies to a probe and a control tell them apart. What servers send is as mixed, so replies are read with care, see [`unescape`].

use std::borrow::Cow;

/// "Interpret as command".
pub const IAC: u8 = 0xff;
/// "Subnegotiation ends", the first of the two-byte commands.
const SE: u8 = 0xf0;
/// WILL, WONT, DO and DONT have an option behind them.
const WILL: u8 = 0xfb;
const WONT: u8 = 0xfc;
const DONT: u8 = 0xfe;
/// The option that a probe refuses. ECHO is off at the beginning, so a refusal changes nothing.
const ECHO: u8 = 1;

/// The structure that is set already. Who reads Telnet sees `STRU F` and accepts it; to all others it is no structure.
pub const PROBE: &[u8] = &[b'S', b'T', b'R', b'U', b' ', IAC, WONT, ECHO, b'F'];
/// No structure for either kind. Who accepts it looks at no argument, or drops a doubled 0xFF, by itself or with the byte behind.
pub const CONTROL: &[u8] = &[b'S', b'T', b'R', b'U', b' ', IAC, IAC, b' ', b'F'];
/// What both kinds accept that know the command at all.
pub const PLAIN: &[u8] = b"STRU F";

/// No structure for anybody. Who refuses it has looked at the argument of [`CONTROL`], and found the structure that is set.
pub const NONSENSE: &[u8] = b"STRU X";

/// What a server makes of 0xFF in a command.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// The server was not asked.
    #[default]
    NotAsked,
    /// The server was asked, and its replies do not tell.
    Unknown,
    /// It begins a Telnet command; two of them are one byte.
    Telnet,
    /// A byte like any other.
    Bytes,
    /// It is dropped, doubled or not, perhaps with what is behind it. No command can name it.
    Dropped,
}

/// Whether a command is one of the questions above, which go out as they are.
pub fn is_question(text: &[u8]) -> bool {
    [PROBE, CONTROL, PLAIN, NONSENSE].contains(&text)
}

/// The bytes of a command line with each 0xFF of its argument doubled.
///
/// The first word is left alone: 0xFF there is a Telnet command that the user wants to send, as before ABOR.
pub fn escape(line: &[u8]) -> Cow<'_, [u8]> {
    if !has_iac_in_argument(line) {
        return Cow::Borrowed(line);
    }
    let (word, argument) = line.split_at(argument_start(line));
    let mut escaped = Vec::with_capacity(line.len() + argument.len());
    escaped.extend_from_slice(word);
    for &byte in argument {
        escaped.push(byte);
        if byte == IAC {
            escaped.push(IAC);
        }
    }
    Cow::Owned(escaped)
}

/// Whether a server that reads Telnet would take a part of the command's argument for something else.
pub fn has_iac_in_argument(line: &[u8]) -> bool {
    line.get(argument_start(line)..).is_some_and(|argument| argument.contains(&IAC))
}

/// Where the first word of a command line ends.
fn argument_start(line: &[u8]) -> usize {
    let word = line.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(line.len());
    let length = line.get(word..).and_then(|rest| rest.iter().position(u8::is_ascii_whitespace));
    length.map_or(line.len(), |length| word + length)
}

/// `line` without the Telnet commands at its start. One that is cut off goes as well.
pub fn skip_commands(mut line: &[u8]) -> &[u8] {
    while let Some(length) = command_length(line) {
        line = line.get(length..).unwrap_or_default();
    }
    if is_cut_off_command(line) { &[] } else { line }
}

/// One line of a reply, without Telnet commands and with one 0xFF for two.
///
/// Servers answer Telnet commands right away, so the answers stand before a line; elsewhere they are left out as well, but not where
/// names are: between quotes, and in lines without a code, as of a listing. There 0xFF is mostly a letter of a name
/// that a server has not doubled, such as `я` in windows-1251. In lines without a code, no server is known that doubles it.
pub fn unescape(line: &[u8]) -> Cow<'_, [u8]> {
    let line = skip_commands(line);
    let has_code = line.first().is_some_and(u8::is_ascii_digit);
    if !has_code || !line.contains(&IAC) {
        return Cow::Borrowed(line);
    }
    let mut is_quoted = false;
    let mut text = Vec::with_capacity(line.len());
    let mut rest = line;
    while let [byte, after @ ..] = rest {
        if *byte == IAC
            && let [IAC, after_both @ ..] = after
        {
            text.push(IAC);
            rest = after_both;
            continue;
        }
        if !is_quoted && let Some(length) = command_length(rest) {
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        is_quoted ^= *byte == b'"';
        text.push(*byte);
        rest = after;
    }
    Cow::Owned(text)
}

/// The length of the Telnet command at the start of `text`; `None` if there is no whole one. Two IAC are a byte of text, and so
/// is one with anything behind it that is no command.
fn command_length(text: &[u8]) -> Option<usize> {
    match text {
        [IAC, WILL..=DONT, _, ..] => Some(3),
        [IAC, SE..WILL, ..] => Some(2),
        _ => None,
    }
}

/// Whether `text` is the start of a Telnet command and no more.
fn is_cut_off_command(text: &[u8]) -> bool {
    matches!(text, [IAC] | [IAC, WILL..=DONT])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_argument_is_doubled_and_the_first_word_is_not() {
        for (shown, line, escaped) in [
            ("nothing to do", &b"RETR f\r\n"[..], &b"RETR f\r\n"[..]),
            ("a name", b"DELE \xff\xfe bad\r\n", b"DELE \xff\xff\xfe bad\r\n"),
            ("two in a row", b"MKD \xff\xff\r\n", b"MKD \xff\xff\xff\xff\r\n"),
            ("spaces before the word", b"  CWD \xff\r\n", b"  CWD \xff\xff\r\n"),
            ("before a command", b"\xff\xf4\xff\xf2ABOR\r\n", b"\xff\xf4\xff\xf2ABOR\r\n"),
            ("in both", b"\xff\xf4STAT \xff\r\n", b"\xff\xf4STAT \xff\xff\r\n"),
            ("in both, after a space", b" \xff\xf4STAT \xff\r\n", b" \xff\xf4STAT \xff\xff\r\n"),
            ("no argument", b"NOOP", b"NOOP"),
        ] {
            assert_eq!(&*escape(line), escaped, "{shown}");
            assert_eq!(has_iac_in_argument(line), line != escaped, "{shown}");
        }
    }

    #[test]
    fn telnet_commands_are_no_part_of_a_reply() {
        for (shown, line, text) in [
            ("none", &b"250 ok"[..], &b"250 ok"[..]),
            ("an answer before it", b"\xff\xfc 250 ok", b"250 ok"),
            ("several", b"\xff\xfb\x01\xff\xfd\x03\xff\xf1220 hi", b"220 hi"),
            ("a refusal of option 255", b"\xff\xfe\xff250 ok", b"250 ok"),
            ("a line of nothing else", b"\xff\xfd\x18", b""),
            ("cut off by the line end", b"\xff\xfd", b""),
            ("only its first byte", b"\xff", b""),
            ("inside the code", b"25\xff\xf10 ok", b"250 ok"),
            ("inside the text", b"250 o\xff\xfb\x01k\xff\xf9", b"250 ok"),
            ("doubled", b"550 \xff\xff: no", b"550 \xff: no"),
            ("two letters at the start of a line without a code", b"\xff\xff x", b"\xff\xff x"),
            ("a letter that is not doubled", b"550 \xff.txt: no", b"550 \xff.txt: no"),
            ("letters at the end that are not doubled", b"550 no \xff\xfe", b"550 no \xff\xfe"),
            ("one at the end", b"550 no \xff", b"550 no \xff"),
            (
                "a name in quotes that is not doubled",
                b"257 \"/\xff\xfe bad\" is it",
                b"257 \"/\xff\xfe bad\" is it",
            ),
            ("one that is", b"257 \"/\xff\xff\xfe bad\" is it", b"257 \"/\xff\xfe bad\" is it"),
            ("behind the quotes", b"257 \"/\" is\xff\xf1 it", b"257 \"/\" is it"),
            ("a name in a listing", b" type=file; \xff\xfe bad", b" type=file; \xff\xfe bad"),
            ("twice in it", b"-rw-r--r-- a\xff\xffb\xff\xff", b"-rw-r--r-- a\xff\xffb\xff\xff"),
        ] {
            assert_eq!(&*unescape(line), text, "{shown}");
        }
    }

    #[test]
    fn the_probe_is_harmless_and_tells_the_kinds_apart() {
        assert_eq!(PROBE, b"STRU \xff\xfc\x01F");
        // What a server that reads Telnet makes of them.
        assert_eq!(&*unescape(PROBE), b"STRU \xff\xfc\x01F", "there is no code in it");
        assert_eq!(&*unescape(&[b"1", PROBE].concat()), b"1STRU F");
        assert_eq!(&*unescape(&[b"1", CONTROL].concat()), b"1STRU \xff F");
        assert_eq!(PLAIN, b"STRU F");
        for (text, expected) in [
            (PROBE, true),
            (CONTROL, true),
            (PLAIN, true),
            (NONSENSE, true),
            (b"STRU R", false),
            (b"", false),
        ] {
            assert_eq!(is_question(text), expected, "{text:?}");
        }
    }

    #[test]
    fn who_drops_a_doubled_0xff_takes_the_control_for_the_structure_that_is_set() {
        for bytes_behind in 0..=2 {
            let mut left = Vec::new();
            let mut rest = CONTROL;
            while let [byte, after @ ..] = rest {
                if *byte == IAC {
                    rest = &after[bytes_behind..];
                } else {
                    left.push(*byte);
                    rest = after;
                }
            }
            let words: Vec<&[u8]> =
                left.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
            assert_eq!(words.join(&b' '), PLAIN, "each 0xFF and {bytes_behind} bytes");
        }
    }
}
