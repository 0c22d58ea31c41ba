//! Commands: exactly one line each, whatever file name is in it.

use std::borrow::Cow;
use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use super::verb::{Fact, Verb};

/// The longest command that is sent, in bytes on the wire, line end included. Real ones are a hundred times shorter, and servers
/// end the session of who sends more than a few thousand.
pub const MAX_COMMAND: usize = 64 * 1024;

/// A command that is safe to send: one line that holds no NUL, CR or LF but the line end.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    /// With CRLF at the end. It may hold a password: its memory is overwritten when it is dropped.
    wire: Zeroizing<Vec<u8>>,
    verb: Verb,
}

/// Why a text is not a command.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CommandError {
    /// There is no word in it.
    #[error("the command is empty")]
    Empty,
    /// It holds a byte that would end the line early or begin another command.
    #[error("{shown}…: {} at byte {position} would end the command", byte_name(.byte))]
    ForbiddenByte {
        /// What is before it, for a message. What is behind it may be a command with a password.
        shown: String,
        /// The byte: NUL, CR or LF.
        byte: u8,
        /// Where it is in the command, counted from 0.
        position: usize,
    },
}

fn byte_name(byte: &u8) -> &'static str {
    match byte {
        b'\0' => "a zero byte",
        b'\r' => "a carriage return",
        _ => "a line feed",
    }
}

impl Command {
    /// The command for a message: no password, no control characters, not too long.
    pub fn shown(&self) -> Cow<'_, str> {
        const SHOWN: usize = 200;
        // Nearly all are shown as they are.
        if let Cow::Borrowed(masked) = self.masked()
            && let Ok(text) = str::from_utf8(masked)
            && text.len() <= SHOWN
            && !text.contains(char::is_control)
        {
            return Cow::Borrowed(text);
        }
        let text = String::from_utf8_lossy(&self.masked()).replace(char::is_control, "?");
        Cow::Owned(match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{} …", text.get(..end).unwrap_or_default()),
            None => text,
        })
    }

    /// A complete command as a user writes it, such as `RETR file`, without line end.
    pub fn parse(text: &[u8]) -> Result<Command, CommandError> {
        Command::from_line([text, b"\r\n"].concat())
    }

    /// A command without argument, from a literal in the program.
    pub fn new(verb: &'static str) -> Command {
        debug_assert!(check(verb.as_bytes()).is_ok(), "not a command: {verb:?}");
        let wire = Zeroizing::new([verb.as_bytes(), b"\r\n"].concat());
        Command { wire, verb: Verb::of(verb.as_bytes()) }
    }

    /// A command with its argument after one space. The space is sent for an empty argument too, as ftplib does.
    pub fn with(verb: &'static str, argument: &[u8]) -> Result<Command, CommandError> {
        Command::from_line([verb.as_bytes(), b" ", argument, b"\r\n"].concat())
    }

    fn from_line(wire: Vec<u8>) -> Result<Command, CommandError> {
        let verb = Verb::of(&wire);
        let command = Command { wire: Zeroizing::new(wire), verb };
        check(command.text()).map(|()| command)
    }

    /// The bytes to send, CRLF included.
    pub fn wire(&self) -> &[u8] {
        &self.wire
    }

    /// The command without its line end. It may hold a password: logs and messages want [`masked`](Self::masked).
    pub fn text(&self) -> &[u8] {
        self.wire.strip_suffix(b"\r\n").unwrap_or(&self.wire)
    }

    /// What its first word is known as.
    pub fn verb(&self) -> Verb {
        self.verb
    }

    /// What follows the first word and the one byte that ends it. It may be a password.
    pub fn argument(&self) -> &[u8] {
        let (_, _, argument) = self.parts();
        argument
    }

    /// Whether it chooses which facts MLSD and MLST tell (RFC 3659, section 7.9).
    pub fn chooses_facts(&self) -> bool {
        let mut words = self.text().split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let mut is_next =
            |expected: &[u8]| words.next().is_some_and(|word| word.eq_ignore_ascii_case(expected));
        is_next(b"OPTS") && is_next(b"MLST")
    }

    /// Whether it says in which encoding names are (draft-ietf-ftpext-utf-8-option), on or off.
    pub fn chooses_encoding(&self) -> bool {
        let mut words = self.text().split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let mut is_next = |expected: &[&[u8]]| {
            words
                .next()
                .is_some_and(|word| expected.iter().any(|expected| word.eq_ignore_ascii_case(expected)))
        };
        is_next(&[b"OPTS"]) && is_next(&[b"UTF8", b"UTF-8"])
    }

    /// The algorithm that it chooses for HASH, if it chooses one (draft-bryan-ftpext-hash).
    pub fn chosen_hash(&self) -> Option<&[u8]> {
        let mut words = self.text().split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let mut is_next =
            |expected: &[u8]| words.next().is_some_and(|word| word.eq_ignore_ascii_case(expected));
        let is_choice = is_next(b"OPTS") && is_next(b"HASH");
        words.next().filter(|_| is_choice)
    }

    /// The command without its line end, and with `****` for what only the server may know, such as the argument of
    /// PASS. The stars do not tell how long it is.
    pub fn masked(&self) -> Cow<'_, [u8]> {
        if !self.verb.is(Fact::Secret) {
            return Cow::Borrowed(self.text());
        }
        match self.parts() {
            (_, _, []) => Cow::Borrowed(self.text()),
            (before, word, _) => Cow::Owned([before, word, b" ****"].concat()),
        }
    }

    /// What is before the first word, the word, and what is after it and the one byte that ends it.
    ///
    /// Any white space ends the word, because the server may see it that way, and then a password follows.
    fn parts(&self) -> (&[u8], &[u8], &[u8]) {
        let text = self.text();
        let trimmed = text.trim_ascii_start();
        let (before, _) = text.split_at(text.len() - trimmed.len());
        let mut words = trimmed.splitn(2, u8::is_ascii_whitespace);
        (before, words.next().unwrap_or_default(), words.next().unwrap_or_default())
    }
}

/// Whether a text is one command.
fn check(text: &[u8]) -> Result<(), CommandError> {
    for (position, &byte) in text.iter().enumerate() {
        if matches!(byte, b'\0' | b'\r' | b'\n') {
            let before = text.get(..position).unwrap_or_default();
            let before = Command { wire: Zeroizing::new(before.to_vec()), verb: Verb::of(before) };
            return Err(CommandError::ForbiddenByte { shown: before.shown().into_owned(), byte, position });
        }
    }
    if text.trim_ascii().is_empty() { Err(CommandError::Empty) } else { Ok(()) }
}

/// Shows the masked text, so that no log shows a password by accident.
impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Command({:?})", String::from_utf8_lossy(&self.masked()))
    }
}

/// Whether a word, in any case, is one of these, which stand in a text with a space between them.
pub fn is_among(word: &[u8], words: &str) -> bool {
    words.split(' ').any(|other| word.eq_ignore_ascii_case(other.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_ends_with_crlf() {
        assert_eq!(Command::new("NOOP").wire(), b"NOOP\r\n");
        assert_eq!(Command::with("RETR", b"a file").unwrap().wire(), b"RETR a file\r\n");
        assert_eq!(Command::with("CWD", b"caf\xe9").unwrap().wire(), b"CWD caf\xe9\r\n");
        assert_eq!(Command::with("NLST", b"").unwrap().wire(), b"NLST \r\n");
        assert_eq!(Command::parse(b"site help").unwrap().wire(), b"site help\r\n");
    }

    #[test]
    fn text_is_the_command_without_line_end() {
        assert_eq!(Command::parse(b"RETR file ").unwrap().text(), b"RETR file ");
    }

    #[test]
    fn a_choice_of_facts_is_known_by_two_words() {
        for (text, expected) in [
            ("OPTS MLST size;", true),
            ("opts  mlst", true),
            ("OPTS MLSTX", false),
            ("OPTS UTF8 MLST", false),
            ("SITE OPTS MLST", false),
            ("OPTS", false),
        ] {
            assert_eq!(Command::parse(text.as_bytes()).unwrap().chooses_facts(), expected, "{text}");
        }
    }

    #[test]
    fn an_encoding_is_chosen_by_two_words() {
        for (text, expected) in [
            ("OPTS UTF8 ON", true),
            ("opts  utf-8 off", true),
            ("OPTS UTF8", true),
            ("OPTS UTF8X ON", false),
            ("OPTS MLST UTF8", false),
            ("SITE UTF8 ON", false),
            ("SITE OPTS UTF8", false),
            ("OPTS", false),
        ] {
            assert_eq!(Command::parse(text.as_bytes()).unwrap().chooses_encoding(), expected, "{text}");
        }
    }

    #[test]
    fn a_hash_is_chosen_by_opts() {
        for (text, chosen) in [
            ("OPTS HASH SHA-256", Some("SHA-256")),
            (" opts  hash md5 x", Some("md5")),
            ("OPTS HASH", None),
            ("OPTS MLST SHA-1", None),
            ("HASH SHA-1", None),
            ("SITE OPTS HASH MD5", None),
        ] {
            let command = Command::parse(text.as_bytes()).unwrap();
            assert_eq!(command.chosen_hash(), chosen.map(str::as_bytes), "{text}");
        }
    }

    #[test]
    fn what_would_not_be_one_command_is_refused() {
        let forbidden =
            |shown: &str, byte, position| CommandError::ForbiddenByte { shown: shown.into(), byte, position };
        for (shown, text, error) in [
            ("nothing", &b""[..], CommandError::Empty),
            ("only spaces", b"  ", CommandError::Empty),
            ("a second command", b"RETR a\r\nDELE a", forbidden("RETR a", b'\r', 6)),
            ("LF", b"RETR a\nDELE a", forbidden("RETR a", b'\n', 6)),
            ("CR alone", b"RETR a\rb", forbidden("RETR a", b'\r', 6)),
            ("NUL", b"RETR a\0.txt", forbidden("RETR a", b'\0', 6)),
            ("a line end of the user's own", b"NOOP\r\n", forbidden("NOOP", b'\r', 4)),
            ("a line end alone", b"\n", forbidden("", b'\n', 0)),
        ] {
            assert_eq!(Command::parse(text), Err(error), "{shown}");
        }
        assert_eq!(Command::with("DELE", b"a\nb"), Err(forbidden("DELE a", b'\n', 6)));
    }

    #[test]
    fn the_error_names_the_command_the_byte_and_its_position_and_no_secret() {
        for (text, expected) in [
            ("DELE a\nb", "DELE a…: a line feed at byte 6 would end the command"),
            ("PASS secret\r\n", "PASS ****…: a carriage return at byte 11 would end the command"),
            ("NOOP\r\nPASS secret", "NOOP…: a carriage return at byte 4 would end the command"),
            ("\r\nPASS secret", "…: a carriage return at byte 0 would end the command"),
            ("\tPASS secret\n", "?PASS ****…: a line feed at byte 12 would end the command"),
        ] {
            assert_eq!(Command::parse(text.as_bytes()).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn the_error_names_each_byte_by_its_name() {
        for (byte, name) in [("\0", "a zero byte"), ("\r", "a carriage return"), ("\n", "a line feed")] {
            let error = Command::parse(format!("DELE {byte}").as_bytes()).unwrap_err();
            assert!(error.to_string().contains(&format!(": {name} at byte 5 ")), "{error}");
        }
    }

    #[test]
    fn a_command_may_be_long() {
        assert_eq!(MAX_COMMAND, 65536);
    }

    #[test]
    fn other_control_characters_are_allowed() {
        assert_eq!(Command::parse(b"CWD a\tb\x1b\xff").unwrap().text(), b"CWD a\tb\x1b\xff");
    }

    #[test]
    fn its_verb_is_the_first_word() {
        for (shown, text, verb) in [
            ("alone", "noop", Verb::Noop),
            ("with an argument", "Retr File", Verb::Retr),
            ("a literal of the program", "PWD", Verb::Pwd),
            ("after spaces", "  stor x", Verb::Stor),
            ("an unknown one", "XYZ", Verb::Other),
        ] {
            assert_eq!(Command::parse(text.as_bytes()).unwrap().verb(), verb, "{shown}");
        }
    }

    #[test]
    fn the_argument_is_all_that_follows_the_first_word() {
        for (shown, text, argument) in
            [("none", "PWD", ""), ("one", "CWD a b", "a b"), ("after spaces", "  CWD  /a ", " /a ")]
        {
            let command = Command::parse(text.as_bytes()).unwrap();
            assert_eq!(command.argument(), argument.as_bytes(), "{shown}");
        }
    }

    #[test]
    fn secrets_are_masked() {
        for (shown, text, masked) in [
            ("a password", "PASS secret", "PASS ****"),
            ("an account", "ACCT secret", "ACCT ****"),
            ("lower case", "pass secret", "pass ****"),
            ("mixed case", "Acct secret", "Acct ****"),
            ("spaces before", "  PASS secret", "  PASS ****"),
            ("spaces inside", "PASS my secret", "PASS ****"),
            ("spaces that are part of it", "PASS   secret", "PASS ****"),
            ("a password of one space", "PASS  ", "PASS ****"),
            ("a tab", "PASS\tsecret", "PASS ****"),
            ("an empty password", "PASS ", "PASS "),
            ("no password", "PASS", "PASS"),
            ("a user name is no secret", "USER PASS", "USER PASS"),
            ("another command", "RETR PASS secret", "RETR PASS secret"),
            ("another word", "PASSWORD x", "PASSWORD x"),
        ] {
            let command = Command::parse(text.as_bytes()).unwrap();
            assert_eq!(command.masked(), masked.as_bytes(), "{shown}");
        }
    }

    #[test]
    fn messages_show_a_start_without_secrets_and_control_characters() {
        let (long, end) = ("x".repeat(195), "x".repeat(196));
        for (shown, text, expected) in [
            ("as it is", "CWD a b", "CWD a b".to_owned()),
            ("a secret", "PASS x", "PASS ****".to_owned()),
            ("control characters", "CWD a\tb\u{85}", "CWD a?b?".to_owned()),
            ("200 characters", &format!("CWD {end}"), format!("CWD {end}")),
            ("201 characters", &format!("CWD {end}y"), format!("CWD {end} …")),
            ("characters and not bytes", &format!("CWD \u{e9}{long}y"), format!("CWD \u{e9}{long} …")),
        ] {
            assert_eq!(Command::parse(text.as_bytes()).unwrap().shown(), expected, "{shown}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?}", Command::with("PASS", b"secret").unwrap()), "Command(\"PASS ****\")");
    }
}
