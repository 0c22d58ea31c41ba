//! Servers on systems whose paths have no slashes, or that have to be told how to list.
//!
//! What a server runs on is told by its reply to SYST, its greeting, or the format of a listing. Each row of the table has its source.
//! A server that none of them tells is a [`System::Plain`] one: nothing is sent to it, and its paths have slashes.

use std::borrow::Cow;

use super::listing::Format;

/// What a server runs on, as far as that matters to a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum System {
    /// Paths with slashes.
    #[default]
    Plain,
    /// Paths with slashes, whose names are the same in capitals and in small letters.
    Windows,
    /// MVS and z/OS, with data sets and with Unix paths.
    Mvs,
    /// IBM i, formerly OS/400.
    IbmI,
    /// OpenVMS.
    Vms,
    /// z/VM.
    Zvm,
    /// Guardian, of HP NonStop.
    Guardian,
}

/// What is known of a system.
struct Row {
    system: System,
    /// What the text of reply 215 begins with, or has behind a space.
    syst: &'static [&'static str],
    /// What the greeting has somewhere.
    greeting: &'static [&'static str],
    /// The format in which no other system lists.
    format: Option<Format>,
    /// What to send after login. A server that refuses it can do without.
    commands: &'static [&'static str],
    ignores_case: bool,
}

const ROWS: &[Row] = &[
    // SYST and the reason for QUOTESOVERRIDE: IBM, z/OS Communications Server, IP User's Guide and Commands. It makes a name in
    // apostrophes whole, which `join` relies on. Greetings: FluentFTP's handler; Commons Net's tests have the older one.
    Row {
        system: System::Mvs,
        syst: &["MVS is the operating system"],
        greeting: &["IBM FTP CS", "IBM MVS"],
        format: Some(Format::Mvs),
        commands: &["SITE QUOTESOVERRIDE"],
        ignores_case: true,
    },
    // IBM i documentation, FTP server subcommands: NAMEFMT 1 gives paths with slashes, LISTFMT 1 a listing as on Unix, which tells
    // sizes and dates for certain. curl sends the first and FluentFTP both. SYST and greeting: curl's and FluentFTP's sources.
    Row {
        system: System::IbmI,
        syst: &["OS/400 is the remote operating system"],
        greeting: &["QTCP at "],
        format: Some(Format::IbmI),
        commands: &["SITE NAMEFMT 1", "SITE LISTFMT 1"],
        ignores_case: true,
    },
    // SYST: FluentFTP's handler (TCP/IP Services) and Indy's notes (MultiNet). Greetings: the same.
    Row {
        system: System::Vms,
        syst: &["VMS", "OpenVMS"],
        greeting: &["OpenVMS FTPD", "MultiNet FTP Server"],
        format: Some(Format::Vms),
        commands: &[],
        ignores_case: true,
    },
    // IBM, z/VM TCP/IP User's Guide; Indy's notes have the greeting.
    Row {
        system: System::Zvm,
        syst: &["VM is the operating system"],
        greeting: &["FTPSERVE IBM VM"],
        format: Some(Format::Zvm),
        commands: &[],
        ignores_case: true,
    },
    // Greeting: FluentFTP's handler. T9552 is the number of the product. HPE, Guardian User's Guide: names are capitals.
    Row {
        system: System::Guardian,
        syst: &[],
        greeting: &["FTP SERVER T9552"],
        format: Some(Format::Guardian),
        commands: &[],
        ignores_case: true,
    },
    // IIS. Others on Windows say that they are Unix, and others on Unix list as Windows does. So the format tells nothing.
    Row {
        system: System::Windows,
        syst: &["Windows_NT", "Windows_CE"],
        greeting: &["Microsoft FTP Service"],
        format: None,
        commands: &[],
        ignores_case: true,
    },
];

impl System {
    /// From the text of reply 215, without the code.
    pub fn of_syst(text: &[u8]) -> Option<System> {
        let says = |start: &&str| {
            text.starts_with(start.as_bytes()) || find(text, &[b" ", start.as_bytes()].concat())
        };
        ROWS.iter().find(|row| row.syst.iter().any(says)).map(|row| row.system)
    }

    /// From the text of reply 220.
    pub fn of_greeting(text: &[u8]) -> Option<System> {
        let says = |part: &&str| find(text, part.as_bytes());
        ROWS.iter().find(|row| row.greeting.iter().any(says)).map(|row| row.system)
    }

    /// From a listing.
    pub fn of_format(format: Format) -> Option<System> {
        ROWS.iter().find(|row| row.format == Some(format)).map(|row| row.system)
    }

    /// What to send after login, in this order. No answer to it is an error.
    pub fn commands(self) -> &'static [&'static str] {
        self.row().map_or(&[], |row| row.commands)
    }

    /// Whether names are the same in capitals and in small letters.
    pub fn ignores_case(self) -> bool {
        self.row().is_some_and(|row| row.ignores_case)
    }

    /// The path of a name that a listing of `directory` has. With an empty `directory`, which is the working directory's, that is
    /// what a command takes there.
    ///
    /// None: this system has no such path, or the name would lead elsewhere.
    pub fn join(self, directory: &[u8], name: &[u8], is_directory: bool) -> Option<Vec<u8>> {
        match self {
            // It may list whole paths.
            System::IbmI if name.starts_with(b"/") => Some(name.to_vec()),
            // z/OS has Unix paths, too, and z/VM has them for its Byte File System.
            _ if directory.starts_with(b"/") => Some(with_slash(directory, name)),
            System::Plain | System::Windows | System::IbmI => Some(with_slash(directory, name)),
            System::Mvs => Some(in_data_set(directory, name)),
            System::Vms => in_brackets(directory, name, is_directory),
            System::Guardian if !name.iter().all(u8::is_ascii_alphanumeric) => None,
            System::Guardian if directory.is_empty() => Some(name.to_vec()),
            System::Guardian => Some([directory, name].join(&b'.')),
            System::Zvm => directory.is_empty().then(|| name.to_vec()),
        }
    }

    fn row(self) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.system == self)
    }
}

fn find(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// No name leads elsewhere: it is always behind the directory.
fn with_slash(directory: &[u8], name: &[u8]) -> Vec<u8> {
    match directory {
        [] if name.starts_with(b"/") => [b"./", name].concat(),
        [] => name.to_vec(),
        [.., b'/'] => [directory, name].concat(),
        _ => [directory, name].join(&b'/'),
    }
}

/// - `'A.B.'` is what names begin with: `'A.B.NAME'`.
/// - `'A.B'` is a partitioned data set, and names are those of its members: `'A.B(NAME)'`.
/// - A name in apostrophes is whole.
fn in_data_set(directory: &[u8], name: &[u8]) -> Vec<u8> {
    if directory.is_empty() || matches!(name, [b'\'', ..]) {
        return name.to_vec();
    }
    let (inner, end) = match directory.strip_suffix(b"'") {
        Some(inner) => (inner, &b"'"[..]),
        None => (directory, &b""[..]),
    };
    if matches!(inner.last(), None | Some(b'.' | b'\'')) {
        [inner, name, end].concat()
    } else {
        [inner, b"(", name, b")", end].concat()
    }
}

/// `DEVICE:[A.B]NAME.TYPE`, and `DEVICE:[A.B.NAME]` for a directory. `[000000]` is the root of a device.
///
/// A name with what no file can have in its name would lead elsewhere.
fn in_brackets(directory: &[u8], name: &[u8], is_directory: bool) -> Option<Vec<u8>> {
    if name.iter().any(|byte| b":/\\<>|\"*?".contains(byte)) {
        return None;
    }
    let name = escaped(name, is_directory);
    let path = match (directory, is_directory) {
        (b"", false) => name.into_owned(),
        (b"", true) => [b"[.", &*name, b"]"].concat(),
        ([.., b':'], false) => [directory, &*name].concat(),
        ([.., b':'], true) => [directory, b"[", &*name, b"]"].concat(),
        ([.., b']'], false) => [directory, &*name].concat(),
        ([device @ .., b'[', b'0', b'0', b'0', b'0', b'0', b'0', b']'], true) => {
            [device, b"[", &*name, b"]"].concat()
        }
        ([inner @ .., b']'], true) => [inner, b".", &*name, b"]"].concat(),
        _ => return None,
    };
    Some(path)
}

/// A `^` before what would mean something else in a path. Only disks of the newer structure have such names.
///
/// The last dot separates the type, and a number behind the last semicolon is a version: both stay as they are.
fn escaped(name: &[u8], is_directory: bool) -> Cow<'_, [u8]> {
    let version = name.iter().rposition(|&byte| byte == b';').filter(|&at| {
        let digits = name.get(at + 1..).unwrap_or(b"");
        !is_directory && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
    });
    let (bare, version) = name.split_at_checked(version.unwrap_or(name.len())).unwrap_or((name, b""));
    let dot = bare.iter().rposition(|&byte| byte == b'.').filter(|_| !is_directory);
    let is_special = |at: usize, byte: u8| {
        matches!(byte, b' ' | b',' | b';' | b'[' | b']' | b'%' | b'^' | b'&')
            || byte == b'.' && dot != Some(at)
    };
    if !bare.iter().enumerate().any(|(at, &byte)| is_special(at, byte)) {
        return Cow::Borrowed(name);
    }
    let mut path = Vec::with_capacity(name.len() + 8);
    for (at, &byte) in bare.iter().enumerate() {
        if is_special(at, byte) {
            path.push(b'^');
        }
        path.push(if byte == b' ' { b'_' } else { byte });
    }
    path.extend_from_slice(version);
    Cow::Owned(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_tell_what_they_run_on() {
        for (text, system) in [
            ("MVS is the operating system of this server. FTP Server is running on z/OS.", Some(System::Mvs)),
            ("OS/400 is the remote operating system. The TCP/IP version is \"V3R7M0\".", Some(System::IbmI)),
            ("VMS OpenVMS V8.4", Some(System::Vms)),
            ("VMS MultiNet V5.0", Some(System::Vms)),
            ("z/VM Version 4 Release 4.0 VM is the operating system of this server.", Some(System::Zvm)),
            ("Windows_NT", Some(System::Windows)),
            ("UNIX Type: L8", None),
            ("UNIX emulated by FileZilla", None),
            ("UNIX Type: L8 Version: NOVMS", None),
            ("", None),
        ] {
            assert_eq!(System::of_syst(text.as_bytes()), system, "{text}");
        }
        for (text, system) in [
            ("FTPD1 IBM FTP CS V2R3 at mysite.gov, 16:51:54 on 2019-12-12.", Some(System::Mvs)),
            ("QTCP at SYSTEM.EXAMPLE.COM.", Some(System::IbmI)),
            ("ftp.bedrock.net FTP-OpenVMS FTPD V5.5-3 (c) 2001 Process Software", Some(System::Vms)),
            ("FTPSERVE IBM VM Level 440 at VM.EXAMPLE.COM", Some(System::Zvm)),
            ("mysite.com FTP SERVER T9552H02 (Version H02 TANDEM 11SEP2008) ready.", Some(System::Guardian)),
            ("Microsoft FTP Service", Some(System::Windows)),
            ("(vsFTPd 3.0.5)", None),
        ] {
            assert_eq!(System::of_greeting(text.as_bytes()), system, "{text}");
        }
        assert_eq!(System::of_format(Format::Guardian), Some(System::Guardian));
        assert_eq!(System::of_format(Format::Unix), None);
        assert_eq!(System::of_format(Format::Dos), None);
    }

    #[test]
    fn only_some_are_told_something() {
        assert_eq!(System::IbmI.commands(), ["SITE NAMEFMT 1", "SITE LISTFMT 1"]);
        assert!(System::Plain.commands().is_empty());
        assert!(System::Vms.commands().is_empty());
        assert!(System::Windows.ignores_case());
        assert!(!System::Plain.ignores_case());
    }

    #[test]
    fn each_system_joins_paths_in_its_own_way() {
        for (system, directory, name, is_directory, path) in [
            (System::Plain, "", "a", false, Some("a")),
            (System::Plain, "/", "a", false, Some("/a")),
            (System::Plain, "/x", "a b", true, Some("/x/a b")),
            (System::Plain, "x/", "a", true, Some("x/a")),
            (System::Plain, "/x", "/etc", false, Some("/x//etc")),
            (System::Plain, "", "/etc", false, Some(".//etc")),
            (System::Windows, "/x", "a", false, Some("/x/a")),
            (System::IbmI, "/QSYS.LIB/X.LIB", "A.FILE", false, Some("/QSYS.LIB/X.LIB/A.FILE")),
            (System::IbmI, "/DRV", "/DRV/A.PDF", false, Some("/DRV/A.PDF")),
            (System::Mvs, "", "A.B", false, Some("A.B")),
            (System::Mvs, "'X.'", "A.B", false, Some("'X.A.B'")),
            (System::Mvs, "'X.PDS'", "MEMBER", false, Some("'X.PDS(MEMBER)'")),
            (System::Mvs, "PDS", "MEMBER", false, Some("PDS(MEMBER)")),
            (System::Mvs, "X.", "A", false, Some("X.A")),
            (System::Mvs, "''", "SYS1.A", false, Some("'SYS1.A'")),
            (System::Mvs, "'X.'", "'SYS1.A'", false, Some("'SYS1.A'")),
            (System::Mvs, "/u/me", "a", false, Some("/u/me/a")),
            (System::Vms, "", "A.TXT", false, Some("A.TXT")),
            (System::Vms, "", "A", true, Some("[.A]")),
            (System::Vms, "D:[X]", "A.TXT;2", false, Some("D:[X]A.TXT;2")),
            (System::Vms, "D:[X]", "A", true, Some("D:[X.A]")),
            (System::Vms, "D:[000000]", "A", true, Some("D:[A]")),
            (System::Vms, "D:", "A", true, Some("D:[A]")),
            (System::Vms, "D:", "A.TXT", false, Some("D:A.TXT")),
            (System::Vms, "[X]", "a b.tar.gz;2", false, Some("[X]a^_b^.tar.gz;2")),
            (System::Vms, "[X]", "a;b", false, Some("[X]a^;b")),
            (System::Vms, "[X]", "a.b", true, Some("[X.a^.b]")),
            (System::Vms, "X", "A", false, None),
            (System::Vms, "", "OTHER:A", false, None),
            (System::Vms, "", "[OTHER]A", false, Some("^[OTHER^]A")),
            (System::Guardian, "\\N.$V.S", "A", false, Some("\\N.$V.S.A")),
            (System::Guardian, "", "A", false, Some("A")),
            (System::Guardian, "", "OTHER.A", false, None),
            (System::Zvm, "", "A.B", false, Some("A.B")),
            (System::Zvm, "ME.191", "A.B", false, None),
            (System::Zvm, "/../VMBFS:X:Y/", "a", false, Some("/../VMBFS:X:Y/a")),
        ] {
            let joined = system.join(directory.as_bytes(), name.as_bytes(), is_directory);
            assert_eq!(joined.as_deref(), path.map(str::as_bytes), "{system:?} {directory} {name}");
        }
    }
}
