//! What each server cannot do. A test that meets one of these must see just this, so that the list cannot rot.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::*;

/// A server; a command, a use of one, or a scenario's title; and what is seen instead, which is a part of the failure's text.
const CANNOT: &[(&str, &str, &str)] = &[
    ("vsftpd", "MLSD", "500 Unknown command."),
    ("inetutils-ftpd", "MLSD", "500 'MLSD': command not recognized"),
    ("libunftp", "EPRT", "500 Command not implemented"),
    ("libunftp", "name what MKD made", "257 /made"),
    ("aioftp", "PORT", "502 'port' not implemented"),
    ("aioftp", "EPRT", "502 'eprt' not implemented"),
    ("aioftp", "NLST", "502 'nlst' not implemented"),
    ("aioftp", "SIZE", "502 'size' not implemented"),
    ("aioftp", "STAT of a directory", "502 'stat' not implemented"),
    ("aioftp", "NOOP", "502 'noop' not implemented"),
    ("aioftp", "name what MKD made", "257 "),
    ("twisted", "NLST", "500 Syntax error: NLST requires an argument."),
    ("twisted", "STOR in ASCII type", "426 Transfer aborted.  Data connection closed."),
    ("twisted", "RETR in ASCII type", "550 Requested action not taken: internal server error"),
    ("twisted", "REST", "502 Command 'REST' not implemented"),
    ("twisted", "MLSD", "502 Command 'MLSD' not implemented"),
    ("twisted", "STAT of a directory", "502 Command 'STAT' not implemented"),
    ("twisted", "ABOR", "502 Command 'ABOR' not implemented"),
    ("zope.server", "IPv6", "Address family for hostname not supported"),
    ("zope.server", "MLSD", "500 'MLSD': command not understood."),
    ("zope.server", "STAT of a directory", "500 'STAT': command not understood."),
    ("zope.server", "ABOR", "426 Connection closed; transfer aborted."),
    ("zope.server", "name what MKD made", "257 MKD command successful."),
    ("copyparty", "refuse to remove what is not there", "250 Directory removed."),
    ("globus-gridftp-server", "STAT of a directory", "the reply to STAT is no listing"),
    ("ftpd-ssl", "MLSD", "500 'MLSD': command not understood."),
    ("ftp-srv", "MLSD", "502 Command not allowed: MLSD"),
    ("vsftpd", "compare hashes", "the server offers no hash"),
    ("pure-ftpd", "compare hashes", "the server offers no hash"),
    ("pyftpdlib", "compare hashes", "the server offers no hash"),
    ("inetutils-ftpd", "compare hashes", "the server offers no hash"),
    ("vsftpd", "MD5 of a file", "the server knows no command"),
    ("vsftpd", "CRC32 of a file", "the server knows no command"),
    ("vsftpd", "SHA-1 of a file", "the server knows no command"),
    ("pure-ftpd", "MD5 of a file", "the server knows no command"),
    ("pure-ftpd", "CRC32 of a file", "the server knows no command"),
    ("pure-ftpd", "SHA-1 of a file", "the server knows no command"),
    ("pyftpdlib", "MD5 of a file", "the server knows no command"),
    ("pyftpdlib", "CRC32 of a file", "the server knows no command"),
    ("pyftpdlib", "SHA-1 of a file", "the server knows no command"),
    ("inetutils-ftpd", "MD5 of a file", "the server knows no command"),
    ("inetutils-ftpd", "CRC32 of a file", "the server knows no command"),
    ("inetutils-ftpd", "SHA-1 of a file", "the server knows no command"),
    ("libunftp", "CRC32 of a file", "the server knows no command"),
    ("libunftp", "SHA-1 of a file", "the server knows no command"),
    ("libunftp", "set the time of a file", "knows no command"),
    ("libunftp", "set the mode of a file", "the server knows no command"),
    ("inetutils-ftpd", "set the time of a file", "knows no command"),
    ("inetutils-ftpd", "STOU", "500 'STOU': syntax error"),
    ("inetutils-ftpd", "delete a link to a directory", "Not a directory."),
];

/// Servers that may end the session when a transfer is stopped: globus does for every ABOR in mid-transfer, and aioftp if it finds the
/// data connection gone before it has read ABOR. pyftpdlib and copyparty may keep what they have not begun: then the library does.
const END_AT_A_STOP: &[&str] = &["aioftp", "globus-gridftp-server", "pyftpdlib", "copyparty"];

/// Servers that may leave ABOR without an answer while a listing waits to be read, by scenario.
const LEAVE_ABOR_UNANSWERED: &[(&str, &str)] = &[("aioftp", "stop a stream of entries")];

/// Servers that abort a transfer for urgent data only.
const WANT_URGENT_DATA: &[&str] = &["inetutils-ftpd", "ftpd-ssl"];

/// Servers that take each packet for a line, in all scenarios or in one: globus makes of 0xFF one thing or another, depending on
/// what comes in the same packet.
const WANT_WHOLE_LINES: &[(&str, Option<&str>)] =
    &[("ftp-srv", None), ("globus-gridftp-server", Some("names with the byte 0xFF"))];

/// Servers that drop the byte 0xFF, doubled or not, and that the library therefore gives no such name.
const DROP_0XFF: &[&str] = &["globus-gridftp-server"];

/// Servers to which names are UTF-8: some make another name of one that is not, some end the session.
const LOSE_0XFF: &[&str] =
    &["pyftpdlib", "copyparty", "libunftp", "aioftp", "twisted", "zope.server", "ftp-srv"];

/// Servers that carry out several commands at a time, and answer each when it is done. The library sends them one at a time.
const OUT_OF_ORDER: &[&str] = &["aioftp", "zope.server", "ftp-srv", "libunftp"];

/// Servers that may lose the address of the next transfer after ABOR, and what they say then: whoever is quick enough to ask for the
/// address right after the reply to ABOR meets this.
const FORGET_AN_ADDRESS: &[(&str, &[&str])] = &[(
    "ftp-srv",
    &["551 No connector setup", "425 Cannot destructure", "551 Cannot read properties of null"],
)];
/// How often a scenario is played on such a server.
const PLAYED: usize = 5;

pub(super) fn cannot(server: &str, what: &str) -> Option<&'static str> {
    CANNOT.iter().find(|(name, key, _)| (*name, *key) == (server, what)).map(|(_, _, seen)| *seen)
}

/// Runs what the server cannot do.
#[track_caller]
pub(super) fn must_fail<T>(title: &str, seen: &str, run: impl FnOnce() -> T) {
    let Err(panic) = catch_unwind(AssertUnwindSafe(run)) else {
        panic!("{title}: works now, so it is to be taken from the list");
    };
    let told = panic_text(&*panic);
    assert!(told.contains(seen), "{title}: {seen:?} was to be seen, not: {told}");
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref().copied()).unwrap_or_default()
}

impl Subject {
    pub(super) fn cannot(&self, what: &str) -> Option<&'static str> {
        cannot(&self.name, what)
    }

    /// The outcome of what the server may not be able to do: `None` when it cannot, as listed.
    #[track_caller]
    pub(super) fn allow<T>(&self, what: &str, outcome: Result<T>) -> Option<T> {
        let Some(seen) = self.cannot(what) else { return Some(outcome.must()) };
        let told = told(&outcome);
        assert!(told.contains(seen), "{}, {what}: {seen:?} was to be seen, not: {told}", self.title());
        None
    }

    /// Plays it once more if the server has lost the address of a transfer.
    pub(super) fn although_it_forgets<T>(&self, mut play: impl FnMut() -> T) -> T {
        let Some((_, said)) = FORGET_AN_ADDRESS.iter().find(|(name, _)| *name == self.name) else {
            return play();
        };
        for _ in 1..PLAYED {
            match catch_unwind(AssertUnwindSafe(&mut play)) {
                Ok(played) => return played,
                Err(panic) if said.iter().any(|said| panic_text(&*panic).contains(said)) => {
                    eprintln!("{}: once more", self.title())
                }
                Err(panic) => resume_unwind(panic),
            }
        }
        play()
    }

    pub(super) fn may_end_at_a_stop(&self) -> bool {
        END_AT_A_STOP.contains(&self.name.as_str())
    }

    /// The session is closed when the time for an abort is over.
    pub(super) fn may_leave_abor_unanswered(&self, scenario: &str) -> bool {
        LEAVE_ABOR_UNANSWERED.contains(&(self.name.as_str(), scenario))
    }

    pub(super) fn answers_out_of_order(&self) -> bool {
        OUT_OF_ORDER.contains(&self.name.as_str())
    }

    pub(super) fn wants_urgent_data(&self) -> bool {
        WANT_URGENT_DATA.contains(&self.name.as_str())
    }

    pub(super) fn wants_whole_lines(&self, scenario: &str) -> bool {
        WANT_WHOLE_LINES
            .iter()
            .any(|(server, only)| *server == self.name && only.is_none_or(|only| only == scenario))
    }

    pub(super) fn takes_any_byte(&self) -> bool {
        !LOSE_0XFF.contains(&self.name.as_str()) && !self.drops_0xff()
    }

    pub(super) fn drops_0xff(&self) -> bool {
        DROP_0XFF.contains(&self.name.as_str())
    }

    /// Whether the server can connect to the client.
    pub(super) fn has_active_mode(&self) -> bool {
        self.cannot(self.active_command()).is_none()
    }

    pub(super) fn active_command(&self) -> &'static str {
        if self.address.is_ipv6() { "EPRT" } else { "PORT" }
    }
}
