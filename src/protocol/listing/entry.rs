//! What a listing tells about one name.

use std::borrow::Cow;

use super::time::Modified;
use crate::protocol::find::has_control_or;

/// How a server writes its listings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// RFC 3659: facts and a name.
    Mlsd,
    /// `ls -l`, in all its varieties.
    Unix,
    /// `dir` of DOS and Windows: IIS, Windows CE and many others.
    Dos,
    /// Easily parsed list format, of publicfile and anonftpd.
    Eplf,
    /// OpenVMS.
    Vms,
    /// MVS and z/OS: data sets, members, jobs.
    Mvs,
    /// IBM i, formerly OS/400.
    IbmI,
    /// z/VM.
    Zvm,
    /// Guardian, of HP NonStop.
    Guardian,
    /// Novell NetWare.
    NetWare,
    /// NetPresenz for Mac OS.
    MacOs,
    /// OS/2.
    Os2,
    /// Modes and times as numbers, as some programs for Unix write them.
    Numeric,
    /// VShell.
    VShell,
    /// wfFtp of Nortel's routers.
    WfFtp,
    /// VxWorks.
    VxWorks,
    /// Connect:Enterprise of Sterling Commerce.
    ConnectEnterprise,
    /// Microware OS-9.
    Os9,
    /// MPE/iX, of the HP 3000.
    Mpe,
    /// VOS, of Stratus.
    Vos,
    /// Chameleon and SuperTCP, on Windows.
    Chameleon,
    /// ClearPath MCP, of Unisys.
    ClearPath,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// The listing does not tell.
    #[default]
    Unknown,
    /// A regular file.
    File,
    /// A directory, or what comes closest to it: a library, a partitioned data set.
    Directory,
    /// A symbolic link, to whatever.
    Link,
    /// A device, a pipe, a socket.
    Other,
}

/// One entry of a listing. What is not certain is None.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// None: no format understands the line. Then only `name`, which is the whole line, and `raw` are set.
    pub format: Option<Format>,
    /// Borrowed, except where the format has escapes in its names.
    pub name: Cow<'a, [u8]>,
    /// What it stands for.
    pub kind: Kind,
    /// In bytes. None where the server tells it in other units.
    pub size: Option<u64>,
    /// When it was last changed.
    pub modified: Option<Modified>,
    /// The twelve bits of the mode.
    pub mode: Option<u16>,
    /// The name of the owner, or the number of it.
    pub owner: Option<&'a [u8]>,
    /// The name of the group, or the number of it.
    pub group: Option<&'a [u8]>,
    /// Where a link leads.
    pub link_target: Option<&'a [u8]>,
    /// The fact `perm` of RFC 3659.
    pub perm: Option<&'a [u8]>,
    /// The fact `unique` of RFC 3659.
    pub unique: Option<&'a [u8]>,
    /// The line, or the lines, without the last line end.
    pub raw: &'a [u8],
    /// The listing ended within this line, so the name may be cut.
    pub is_cut: bool,
}

impl<'a> Entry<'a> {
    /// An entry of which no more is known than its name. Once in the library, and not in each of the rare formats: it is large.
    #[inline(never)]
    pub(super) fn new(format: Format, name: &'a [u8], raw: &'a [u8]) -> Self {
        Entry { format: Some(format), name: Cow::Borrowed(name), ..Entry::not_understood(raw) }
    }

    /// A line that no format understands.
    pub fn not_understood(raw: &'a [u8]) -> Self {
        Entry {
            format: None,
            name: Cow::Borrowed(raw),
            kind: Kind::Unknown,
            size: None,
            modified: None,
            mode: None,
            owner: None,
            group: None,
            link_target: None,
            perm: None,
            unique: None,
            raw,
            is_cut: false,
        }
    }

    /// Whether the name must not become a local path as it is: it is empty, `.` or `..`, or it has a `/`, a NUL or another control
    /// character in it. A backslash separates on Windows, here or there.
    ///
    /// U+0080 to U+009F are control characters, too. In a name that is no UTF-8 their bytes may be letters.
    pub fn is_unsafe_name(&self) -> bool {
        matches!(&*self.name, b"" | b"." | b"..")
            || has_control_or(&self.name, b'/', self.separator())
            || has_control_of_utf8(&self.name)
    }

    /// What is wrong with an unsafe name, in words.
    pub fn unsafe_because(&self) -> &'static str {
        if matches!(&*self.name, b"" | b"." | b"..") || self.last_name().len() < self.name.len() {
            "the name may lead elsewhere"
        } else {
            "the name has a control character"
        }
    }

    /// The name without what comes before its last separator: some servers write a path in place of a name.
    pub fn last_name(&self) -> &[u8] {
        let is_separator = |byte: &u8| *byte == b'/' || *byte == self.separator();
        self.name.rsplit(is_separator).next().unwrap_or_default()
    }

    fn separator(&self) -> u8 {
        let is_windows =
            cfg!(windows) || matches!(self.format, Some(Format::Dos | Format::Os2 | Format::NetWare));
        if is_windows { b'\\' } else { b'/' }
    }
}

/// Whether a text in UTF-8 has a character of U+0080 to U+009F.
fn has_control_of_utf8(text: &[u8]) -> bool {
    !text.is_ascii()
        && text.windows(2).any(|pair| matches!(pair, [0xc2, 0x80..=0x9f]))
        && str::from_utf8(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_unsafe() {
        let is_unsafe = |format, name| Entry::new(format, name, b"").is_unsafe_name();
        for name in ["", ".", "..", "/", "a/b", "../x", "/etc/passwd", "a\0b", "a\nb", "\x1b[2J", "a\x7f"] {
            assert!(is_unsafe(Format::Unix, name.as_bytes()), "{name:?}");
        }
        for name in ["a", "...", "..a", " ", "-rf", "a\\b", "~", "caf\u{e9}"] {
            assert!(!is_unsafe(Format::Unix, name.as_bytes()), "{name:?}");
        }
        for (format, name, is_path) in [
            (Format::Unix, "", true),
            (Format::Unix, ".", true),
            (Format::Unix, "..", true),
            (Format::Unix, "../x", true),
            (Format::Unix, "a/", true),
            (Format::Unix, "a/\n", true),
            (Format::Unix, "a\nb", false),
            (Format::Unix, "a\tb", false),
            (Format::Unix, "a\0b", false),
            (Format::Unix, "..\\\r", false),
            (Format::Unix, "a\u{9b}b", false),
            (Format::Dos, "..\\x", true),
        ] {
            let entry = Entry::new(format, name.as_bytes(), b"");
            let words =
                if is_path { "the name may lead elsewhere" } else { "the name has a control character" };
            assert_eq!((entry.is_unsafe_name(), entry.unsafe_because()), (true, words), "{name:?}");
        }
        assert!(is_unsafe(Format::Dos, b"..\\x"));
        assert!(!is_unsafe(Format::Dos, b"a"));
    }

    #[test]
    fn control_characters_beyond_ascii_are_unsafe_where_they_are_no_letters() {
        let is_unsafe = |name: &[u8]| Entry::new(Format::Unix, name, b"").is_unsafe_name();
        for code in 0x80..=0xff {
            let name = format!("a{}b", char::from_u32(code).unwrap());
            assert_eq!(is_unsafe(name.as_bytes()), code < 0xa0, "{code:x}");
        }
        assert!(is_unsafe("\u{4e2d}\u{9b}2J".as_bytes()), "behind another letter");
        // U+10080 and U+3082 have such bytes within them.
        for name in ["\u{10080}", "\u{3082}", "\u{c2}\u{a0}"] {
            assert!(!is_unsafe(name.as_bytes()), "{name}");
        }
        // Shift-JIS, windows-1251 and GBK.
        for name in [&b"\xc2\x95\xb6"[..], b"\xc2\x80\xe0", b"\xc2\x9b\xd6\xd0", b"\x93a\x94", b"\x9b"] {
            assert!(!is_unsafe(name), "{name:x?}");
        }
    }
}
