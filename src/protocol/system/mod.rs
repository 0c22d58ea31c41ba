//! Servers on systems whose paths have no slashes, or that have to be told how to list.
//!
//! What a server runs on is told by its reply to SYST, its greeting, or the format of a listing. Each row of the table has its source.
//! A server that none of them tells is a [`System::Plain`] one: nothing is sent to it, and its paths have slashes.

mod brackets;
mod data_sets;
mod minidisks;
mod paths;
mod patterns;
mod removal;
mod subvolumes;

use super::listing::Format;
pub use paths::Parts;
pub use patterns::Start;

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
    /// What to send before the first call that lists or looks something up. A server that refuses it can do without.
    commands: &'static [&'static str],
    ignores_case: bool,
}

const ROWS: &[Row] = &[
    // The server that most often has no MLSD. Its greeting saves the question.
    Row {
        system: System::Plain,
        syst: &[],
        greeting: &["vsFTPd"],
        format: None,
        commands: &[],
        ignores_case: false,
    },
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

    /// What to send, in this order. No answer to it is an error.
    pub fn commands(self) -> &'static [&'static str] {
        self.row().map_or(&[], |row| row.commands)
    }

    /// Whether LIST knows the options of `ls`. Others take them for a name or a pattern.
    pub fn knows_options(self) -> bool {
        matches!(self, System::Plain | System::Windows)
    }

    /// Whether the path is the same in capitals and in small letters. Paths of Unix are not, except on Windows, and in the file system
    /// QSYS.LIB of IBM i.
    pub fn ignores_case(self, path: &[u8]) -> bool {
        let is_of_unix = path.starts_with(b"/") && self != System::Windows && !is_in_qsys(path);
        !is_of_unix && self.row().is_some_and(|row| row.ignores_case)
    }

    fn row(self) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.system == self)
    }
}

fn is_in_qsys(path: &[u8]) -> bool {
    path.get(..9).is_some_and(|start| start.eq_ignore_ascii_case(b"/QSYS.LIB"))
}

/// Whether a command changes what paths mean on its server, whoever sends it: `SITE NAMEFMT 1` (IBM i), `SITE QUOTESOVERRIDE` (z/OS).
pub fn changes_paths(command: &[u8]) -> bool {
    match &site_words(command)[..] {
        [format, _] => format == b"NAMEFMT",
        [setting] => setting == b"QUOTESOVERRIDE" || setting == b"NOQUOTESOVERRIDE",
        _ => false,
    }
}

/// Whether a command changes how its server lists, whoever sends it: `SITE LISTFMT 1` (IBM i).
pub fn changes_listings(command: &[u8]) -> bool {
    matches!(&site_words(command)[..], [format, _] if format == b"LISTFMT")
}

/// What follows the word SITE, in capitals. Of any other command nothing.
fn site_words(command: &[u8]) -> Vec<Vec<u8>> {
    let mut words = command.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    match words.next() {
        Some(site) if site.eq_ignore_ascii_case(b"SITE") => words.map(<[u8]>::to_ascii_uppercase).collect(),
        _ => Vec::new(),
    }
}

fn find(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_site_changes_how_a_server_lists() {
        assert!(changes_listings(b"SITE LISTFMT 1") && changes_listings(b"site listfmt 0"));
        for other in ["STAT LISTFMT 1", "LISTFMT 1", "SITE LISTFMT", "SITE NAMEFMT 1", "SITE"] {
            assert!(!changes_listings(other.as_bytes()), "{other}");
        }
    }

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
            ("(vsFTPd 3.0.5)", Some(System::Plain)),
            ("ProFTPD Server ready.", None),
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
        for system in [System::Plain, System::Windows] {
            assert!(system.knows_options());
        }
        assert!(!System::Vms.knows_options());
    }

    #[test]
    fn capitals_matter_on_unix() {
        for (system, path, ignores_case) in [
            (System::Plain, "a", false),
            (System::Windows, "/a", true),
            (System::Mvs, "'A.B'", true),
            (System::Mvs, "/u/me", false),
            (System::IbmI, "/qsys.lib/x.lib", true),
            (System::IbmI, "/home", false),
            (System::Vms, "[A]", true),
        ] {
            assert_eq!(system.ignores_case(path.as_bytes()), ignores_case, "{system:?} {path}");
        }
    }

    #[test]
    fn some_commands_change_what_others_mean() {
        for (command, paths, listings) in [
            ("SITE NAMEFMT 1", true, false),
            ("site  namefmt 0", true, false),
            ("SITE NAMEFMT", false, false),
            ("SITE QUOTESOVERRIDE", true, false),
            ("SITE NOQUOTESOVERRIDE", true, false),
            ("SITE LISTFMT 1", false, true),
            ("SITE LISTFMT", false, false),
            ("SITE CHMOD 644 x", false, false),
            ("NAMEFMT 1", false, false),
            ("SITE", false, false),
        ] {
            assert_eq!(changes_paths(command.as_bytes()), paths, "{command}");
            assert_eq!(changes_listings(command.as_bytes()), listings, "{command}");
        }
        for system in [System::IbmI, System::Mvs] {
            assert!(system.commands().iter().any(|command| changes_paths(command.as_bytes())));
        }
    }
}
