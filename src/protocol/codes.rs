//! The reply codes whose number means something.
//!
//! The class of a reply, its first digit, says what became of a command (RFC 959, section 4.2.1). The client goes by the
//! class alone, but for the codes here: each has a meaning of its own, with the RFC and section that gives it.

use super::reply::{Class, Reply};

/// The greeting follows later (RFC 959, section 5.4).
pub const READY_SOON: u16 = 120;
/// The data connection is open already (RFC 959, section 4.2.2).
pub const DATA_IS_OPEN: u16 = 125;
/// The data connection is about to be opened (RFC 959, section 4.2.2). The text may tell a size.
pub const OPENING_DATA: u16 = 150;
/// The command was carried out (RFC 959, section 4.2.2).
pub const OKAY: u16 = 200;
/// The facts of a file: its size or its time (RFC 3659, sections 2.2, 3 and 4).
pub const FILE_STATUS: u16 = 213;
/// The name of the system (RFC 959, section 4.2.2).
pub const SYSTEM_TYPE: u16 = 215;
/// Nothing but a greeting and the end of REIN (RFC 959, section 5.4); never the answer to USER.
pub const READY: u16 = 220;
/// The server ends the session (RFC 959, section 5.4). It answers QUIT, and is a goodbye wherever else it comes.
pub const GOODBYE: u16 = 221;
/// There is no transfer (RFC 959, section 4.1.3).
pub const NO_TRANSFER: u16 = 225;
/// The data is through; the data connection is closed (RFC 959, section 4.1.2).
pub const TRANSFER_COMPLETE: u16 = 226;
/// The address for a data connection (RFC 959, section 4.1.2).
pub const PASSIVE: u16 = 227;
/// The port for a data connection (RFC 2428, section 3).
pub const EXTENDED_PASSIVE: u16 = 229;
/// The login is complete (RFC 959, section 5.4).
pub const LOGGED_IN: u16 = 230;
/// The login is complete; the security mechanism has told who the user is (RFC 2228, section 4).
pub const LOGGED_IN_BY_SECURITY: u16 = 232;
/// What was to be done with a file is done (RFC 959, section 4.2.2).
pub const FILE_ACTION_COMPLETE: u16 = 250;
/// A directory's name. Nothing but PWD and MKD is answered with it (RFC 959, section 4.2.2 and appendix II).
pub const PATHNAME: u16 = 257;
/// The mechanism of AUTH is accepted and wants data (RFC 2228, section 3). Old servers say it for 234: go ahead.
pub const SECURITY_DATA: u16 = 334;
/// More is wanted: the second command of a pair, such as RNTO (RFC 959, section 4.2.2).
pub const WAITING_FOR_MORE: u16 = 350;
/// The server ends the session; it may answer any command (RFC 959, section 5.4).
pub const SERVICE_CLOSING: u16 = 421;
/// The data connection could not be opened (RFC 959, section 5.4).
pub const NO_DATA_CONNECTION: u16 = 425;
/// The transfer was broken off. After ABOR its own reply follows (RFC 959, section 4.1.3).
pub const TRANSFER_ABORTED: u16 = 426;
/// The file is busy (RFC 959, section 4.2.2).
pub const FILE_BUSY: u16 = 450;
/// The server failed in the middle of it (RFC 959, section 4.2.2).
pub const LOCAL_ERROR: u16 = 451;
/// The disk is full (RFC 959, section 4.2.2).
pub const NO_SPACE: u16 = 452;
/// The command is not known (RFC 959, section 4.2.2).
pub const NOT_RECOGNIZED: u16 = 500;
/// The argument is not understood (RFC 959, section 4.2.2).
pub const BAD_ARGUMENT: u16 = 501;
/// The command is not implemented (RFC 959, section 4.2.2).
pub const NOT_IMPLEMENTED: u16 = 502;
/// Another command must come first (RFC 959, section 4.2.2). To USER it says that somebody is logged in.
pub const BAD_SEQUENCE: u16 = 503;
/// The command is not implemented for this argument (RFC 959, section 4.2.2).
pub const NOT_IMPLEMENTED_FOR_ARGUMENT: u16 = 504;
/// What was named cannot be had: it is not there, or the user may not (RFC 959, section 4.2.2).
pub const UNAVAILABLE: u16 = 550;
/// The page type is not known (RFC 959, section 4.2.2).
pub const UNKNOWN_PAGE_TYPE: u16 = 551;
/// The user has no space left (RFC 959, section 4.2.2).
pub const QUOTA_EXCEEDED: u16 = 552;
/// The name of a file is not allowed (RFC 959, section 4.2.2). Some servers say it of a directory that is not there.
pub const NAME_NOT_ALLOWED: u16 = 553;
/// Nobody is logged in (RFC 959, section 4.2.2), or the login was refused.
pub const NOT_LOGGED_IN: u16 = 530;
/// The data connection cannot be opened at this protection level; servers say it, no RFC does.
pub const NOT_AT_THIS_PROTECTION: u16 = 521;
/// TLS failed on the data connection, as servers use it; in RFC 2428, section 2, the network protocol is not supported.
pub const DATA_TLS_FAILED: u16 = 522;
/// Refused for policy reasons (RFC 2228, section 5.1).
pub const AGAINST_POLICY: u16 = 534;

/// Whether a command was refused for itself, and not for what it was to do: 50z (RFC 959, section 4.2.1: "syntax").
///
/// Then the same thing may work in another way, or without this step.
pub fn is_about_the_command(reply: &Reply) -> bool {
    reply.class() == Some(Class::Permanent)
        && reply.code().is_none_or(|code| (NOT_RECOGNIZED..NOT_RECOGNIZED + 10).contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_is_refused_for_itself_has_a_50z_reply() {
        for (text, expected) in [
            ("500 what?", true),
            ("501 no", true),
            ("502 not implemented", true),
            ("503 not now", true),
            ("504 not with this", true),
            ("509 odd", true),
            ("5 a server of few digits", true),
            ("510 on connections", false),
            ("530 log in first", false),
            ("550 no such directory", false),
            ("400 later", false),
            ("200 ok", false),
            ("", false),
        ] {
            assert_eq!(is_about_the_command(&Reply::from_text(text)), expected, "{text}");
        }
    }
}
