//! Server replies (RFC 959, section 4.2): the control connection's bytes to whole replies.

mod decoder;

use std::fmt;
use std::sync::Arc;

pub use decoder::{MAX_LINE, MAX_REPLY, ReplyDecoder, ReplyError};

/// One complete server reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Shared by all that keep the reply: it may be large. A NUL follows the text, so that it can be handed out as it is.
    text: Arc<Vec<u8>>,
}

/// What a reply says about the command, judged by the reply's first byte.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Class {
    /// 1yz: the command was started; another reply follows.
    Preliminary,
    /// 2yz: the command was carried out.
    Completion,
    /// 3yz: the server waits for the next command of a sequence.
    Intermediate,
    /// 4yz: refused for now; the same command may succeed later.
    Transient,
    /// 5yz: refused.
    Permanent,
}

impl Reply {
    /// A reply with this text: its lines joined by `\n`, without line ends.
    pub fn from_text(text: impl Into<Vec<u8>>) -> Reply {
        let mut text = text.into();
        text.push(0);
        Reply::from_terminated(text)
    }

    /// A reply with this text, which a NUL follows.
    fn from_terminated(text: Vec<u8>) -> Reply {
        debug_assert_eq!(text.last(), Some(&0));
        Reply { text: Arc::new(text) }
    }

    /// The whole reply: its lines joined by `\n`, line ends stripped.
    pub fn text(&self) -> &[u8] {
        self.text.strip_suffix(b"\0").unwrap_or_default()
    }

    /// [`Reply::text`] and the NUL that follows it. The server may have sent NULs in the text, too.
    pub fn text_with_nul(&self) -> &[u8] {
        &self.text
    }

    /// Whether both are copies of one reply, and not two that say the same.
    pub fn is(&self, other: &Reply) -> bool {
        Arc::ptr_eq(&self.text, &other.text)
    }

    /// The text of the first line, without the code.
    pub fn said(&self) -> &[u8] {
        let line = self.text().split(|&byte| byte == b'\n').next().unwrap_or_default();
        let text = if self.code().is_some() { line.get(3..).unwrap_or_default() } else { line };
        text.strip_prefix(b"-").unwrap_or(text).trim_ascii()
    }

    /// The reply code, if the reply begins with three digits.
    pub fn code(&self) -> Option<u16> {
        let digits = self.text().first_chunk::<3>()?;
        digits
            .iter()
            .try_fold(0, |code, byte| byte.is_ascii_digit().then(|| code * 10 + u16::from(byte - b'0')))
    }

    /// Whether the text begins with `prefix`.
    pub fn starts_with(&self, prefix: &str) -> bool {
        self.text().starts_with(prefix.as_bytes())
    }

    /// The class of the reply, or `None` if it is no FTP reply.
    ///
    /// Only the first byte counts: servers exist that send `2 ok`, and what they mean is clear.
    pub fn class(&self) -> Option<Class> {
        match self.text().first()? {
            b'1' => Some(Class::Preliminary),
            b'2' => Some(Class::Completion),
            b'3' => Some(Class::Intermediate),
            b'4' => Some(Class::Transient),
            b'5' => Some(Class::Permanent),
            _ => None,
        }
    }

    /// Whether the server has refused: 4yz or 5yz.
    pub fn is_negative(&self) -> bool {
        matches!(self.class(), Some(Class::Transient | Class::Permanent))
    }

    /// The start of the text in one printable line, for error messages.
    pub(crate) fn excerpt(&self) -> String {
        const SHOWN_BYTES: usize = 80;
        let start = self.text().get(..SHOWN_BYTES).unwrap_or(self.text());
        String::from_utf8_lossy(start).replace(char::is_control, " ")
    }
}

/// The text; bytes that are not UTF-8 are shown as U+FFFD.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        String::from_utf8_lossy(self.text()).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_says_is_its_first_line_without_the_code() {
        for (text, said) in [
            ("215 UNIX Type: L8", "UNIX Type: L8"),
            ("215-UNIX\n215 end", "UNIX"),
            ("215", ""),
            ("215   NONSTOP \r", "NONSTOP"),
            ("no reply", "no reply"),
            ("", ""),
        ] {
            assert_eq!(Reply::from_text(text).said(), said.as_bytes(), "{text}");
        }
    }

    #[test]
    fn code_needs_three_digits_at_the_start() {
        for (shown, text, code) in [
            ("a usual reply", "220 ready", Some(220)),
            ("a code without text", "200", Some(200)),
            ("text right after the code", "2115x", Some(211)),
            ("a code out of the usual range", "999 odd", Some(999)),
            ("leading zeros", "007", Some(7)),
            ("one digit", "2 ok", None),
            ("two digits", "22", None),
            ("a space first", " 220 ready", None),
            ("no text at all", "", None),
            ("a sign is not a digit", "+20 ready", None),
        ] {
            assert_eq!(Reply::from_text(text).code(), code, "{shown}");
        }
    }

    #[test]
    fn a_nul_follows_the_text_and_is_no_part_of_it() {
        for text in ["", "220 ready", "220 a\0", "\0"] {
            let reply = Reply::from_text(text);
            assert_eq!(reply.text(), text.as_bytes());
            assert_eq!(reply.text_with_nul(), [text.as_bytes(), b"\0"].concat());
        }
    }

    #[test]
    fn class_is_judged_by_the_first_byte() {
        for (shown, text, class) in [
            ("preliminary", "150 opening", Some(Class::Preliminary)),
            ("completion", "226 done", Some(Class::Completion)),
            ("intermediate", "350 go on", Some(Class::Intermediate)),
            ("transient", "421 closing", Some(Class::Transient)),
            ("permanent", "550 no such file", Some(Class::Permanent)),
            ("a code of one digit", "1 Hola mundo", Some(Class::Preliminary)),
            ("a digit glued to text", "2ok", Some(Class::Completion)),
            ("a digit that no class has", "600 what", None),
            ("a zero", "000 what", None),
            ("another protocol", "SSH-2.0-OpenSSH", None),
            ("no text at all", "", None),
        ] {
            assert_eq!(Reply::from_text(text).class(), class, "{shown}");
        }
    }

    #[test]
    fn only_4yz_and_5yz_refuse() {
        for (text, expected) in [
            ("150", false),
            ("226", false),
            ("350", false),
            ("421", true),
            ("550", true),
            ("600", false),
            ("", false),
        ] {
            assert_eq!(Reply::from_text(text).is_negative(), expected, "{text}");
        }
    }

    #[test]
    fn a_copy_is_the_same_reply_and_one_that_says_the_same_is_not() {
        let reply = Reply::from_text("226 done");
        assert!(reply.is(&reply.clone()));
        assert!(!reply.is(&Reply::from_text("226 done")));
    }

    #[test]
    fn starts_with_compares_the_text() {
        let reply = Reply::from_text("227 Entering\n227 end");
        assert!(reply.starts_with("227 "));
        assert!(reply.starts_with(""));
        assert!(!reply.starts_with("229"));
        assert!(!Reply::from_text("22").starts_with("227"));
    }

    #[test]
    fn display_shows_what_is_not_utf8_as_replacement_characters() {
        assert_eq!(Reply::from_text(*b"250 caf\xe9\nend").to_string(), "250 caf\u{fffd}\nend");
    }

    #[test]
    fn excerpt_is_one_short_printable_line() {
        assert_eq!(Reply::from_text("227-a\n\0b\x1b").excerpt(), "227-a  b ");
        assert_eq!(Reply::from_text("x".repeat(1000)).excerpt(), "x".repeat(80));
    }
}
