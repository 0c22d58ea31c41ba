//! What is known of the server, apart from what the user wants: what it has told, and what it was told. Each has an owner, and
//! ends with it.

use crate::client::connection::learned::Learned;
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::size::parse_size;
use crate::protocol::telnet::{self, Reading};
use crate::protocol::transfer_type::TransferType;
use crate::protocol::verb::{Fact, Verb};

/// What stands here itself ends with the connection; what has another owner is in a part of its own.
#[derive(Default)]
pub(crate) struct Known {
    /// The server's reply to PASV cannot be read: EPSV from here on.
    pub garbles_pasv: bool,
    pub login: KnownInLogin,
    /// Of the next transfer: REST was sent, and none has used it. The server would apply it to whatever comes.
    pub rest_is_set: bool,
    /// Of the user's next transfer: the server was told by a command of the user's own where it is to begin, by REST or RANG.
    pub offset_of_user: OwnOffset,
    /// The user has chosen another form of data by MODE or STRU than that of all files (RFC 959, section 3).
    pub has_odd_mode: bool,
    pub has_odd_structure: bool,
    /// The user has sent QUIT, and the server has said goodbye.
    pub has_quit: bool,
    /// Of the call, or of the listing that is streamed: the library is in a directory of its own. This leads back to the user's.
    pub away: Option<Command>,
    /// Of the call: the library has chosen a hash. This chooses that of the user again.
    pub hash_of_the_user: Option<Command>,
    /// Of an upload: if the call ends in the middle of it, this deletes what it has left.
    pub left_over: Option<Box<Command>>,
}

/// Where a command of the user's own lets a transfer begin.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum OwnOffset {
    /// There was none: at the beginning.
    #[default]
    None,
    /// REST with a number of bytes, which the server has accepted.
    At(u64),
    /// A range, a marker, or a command whose reply nobody has read.
    Unknown,
}

/// What ends with a login, or with a level of protection: USER, REIN, AUTH and CCC begin anew. What FEAT tells belongs here.
#[derive(Default)]
pub(crate) struct KnownInLogin {
    /// The representation type that the server has confirmed last.
    pub transfer_type: Option<TransferType>,
    /// The only type of a server that knows no TYPE: it is taken for the one that was wanted last.
    pub only_type: Option<TransferType>,
    /// TYPE was sent, and the server has not said that it knows no such command. It may have more than one type.
    pub may_know_type: bool,
    /// EPSV or EPRT did not work on IPv4: PASV and PORT from here on.
    pub refuses_extended: bool,
    /// The server has asked for PRET, to be told of a transfer before it names an address.
    pub wants_pret: bool,
    /// A data connection that was made ahead came to nothing.
    pub spoils_armed: bool,
    /// What the server makes of 0xFF in a name.
    pub telnet: Reading,
    /// What it can do, and what its listings are like.
    pub learned: Learned,
}

impl KnownInLogin {
    /// The type may have changed.
    pub(crate) fn forget_type(&mut self) {
        (self.transfer_type, self.only_type) = (None, None);
    }

    /// The type in which data goes over the network, as far as that is known.
    pub(crate) fn data_type(&self) -> Option<TransferType> {
        self.transfer_type.or(self.only_type)
    }
}

impl Known {
    /// Something that the library has set or made, for a call or a transfer of its own, is there still.
    pub(crate) fn has_to_put_back(&self) -> bool {
        let is_changed = self.rest_is_set || self.away.is_some() || self.hash_of_the_user.is_some();
        is_changed || self.left_over.is_some()
    }

    /// A command is on its way, and nobody may ever read its reply.
    pub(crate) fn sent(&mut self, command: &Command) {
        let reading = &mut self.login.telnet;
        match command.verb() {
            Verb::User | Verb::Rein | Verb::Auth => *reading = Reading::NotAsked,
            // The questions would change the structure that the user has set.
            Verb::Stru if !telnet::is_question(command.text()) && *reading == Reading::NotAsked => {
                *reading = Reading::Unknown;
            }
            _ => {}
        }
    }

    /// The reply to a command will never be read: it may have been any.
    pub(crate) fn follow_unread(&mut self, command: &Command) {
        self.follow_wishes(command, false);
        if command.verb().is(Fact::BeginsAnew) {
            self.login = KnownInLogin { telnet: self.login.telnet, ..KnownInLogin::default() };
        } else {
            self.login.learned.follow_unread(command);
        }
    }

    /// What the user has asked for of transfers. RANG (draft-bryan-ftp-range) and REST go before the same one, and the last of them
    /// counts. REIN takes it all back (RFC 959, section 4.1.1). What the server may have refused takes back nothing.
    fn follow_wishes(&mut self, command: &Command, is_certain: bool) {
        let holds = |wish: &mut bool, is_wanted: bool| *wish = is_wanted || *wish && !is_certain;
        let is_another = |usual: &[u8]| !command.argument().trim_ascii().eq_ignore_ascii_case(usual);
        match command.verb() {
            Verb::Rest if self.rest_is_set || command.argument() == b"0" => self.without_offset(is_certain),
            Verb::Rest => {
                let offset = parse_size(command.argument()).filter(|_| is_certain);
                self.offset_of_user = offset.map_or(OwnOffset::Unknown, OwnOffset::At);
            }
            Verb::Rang => self.offset_of_user = OwnOffset::Unknown,
            Verb::Mode => holds(&mut self.has_odd_mode, is_another(b"S")),
            Verb::Stru if !is_another(b"F") || !telnet::is_question(command.text()) => {
                holds(&mut self.has_odd_structure, is_another(b"F"));
            }
            Verb::Rein => {
                self.without_offset(is_certain);
                holds(&mut self.has_odd_mode, false);
                holds(&mut self.has_odd_structure, false);
            }
            _ => {}
        }
    }

    fn without_offset(&mut self, is_certain: bool) {
        self.offset_of_user = match self.offset_of_user {
            OwnOffset::At(_) | OwnOffset::Unknown if !is_certain => OwnOffset::Unknown,
            _ => OwnOffset::None,
        };
    }

    /// For what the library does with the data of files, and for what it shares among sessions: that is the command `what`, if there is one.
    pub(crate) fn require_usual_form(&self, what: Option<&Command>) -> Result<()> {
        if !self.has_odd_mode && !self.has_odd_structure {
            return Ok(());
        }
        let what = what.map_or("several sessions".into(), Command::shown);
        let usual = if self.has_odd_mode { "MODE S" } else { "STRU F" };
        Err(Error::OutOfTurn(format!(
            "{what}: the program has chosen another form of data, which the library does not read: {usual} takes it back"
        )))
    }

    /// The server has not refused a command.
    pub(crate) fn follow(&mut self, command: &Command, reply: &Reply) {
        self.follow_wishes(command, true);
        match command.verb() {
            Verb::Quit => self.has_quit = reply.class() == Some(Class::Completion),
            verb if verb.is(Fact::BeginsAnew) => {
                let learned = std::mem::take(&mut self.login.learned);
                // Where it ends, that has ended already when the command was sent.
                self.login = KnownInLogin { telnet: self.login.telnet, ..KnownInLogin::default() };
                if verb == Verb::Ccc {
                    // The same user is still logged in, and the choice holds.
                    self.login.learned.keep_choice_of(learned);
                }
            }
            _ => self.login.learned.follow(command, reply),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_ends_with_its_owner() {
        for (command, ends_login, ends_telnet) in [
            ("USER x", true, true),
            ("REIN", true, true),
            ("AUTH TLS", true, true),
            ("CCC", true, false),
            ("PASS x", false, false),
            ("STRU F", false, false),
            ("TYPE A", false, false),
        ] {
            let mut known = Known { garbles_pasv: true, rest_is_set: true, ..Known::default() };
            known.login.transfer_type = Some(TransferType::Image);
            (known.login.refuses_extended, known.login.wants_pret) = (true, true);
            known.login.telnet = Reading::Bytes;
            let command = Command::parse(command.as_bytes()).unwrap();
            known.sent(&command);
            assert_eq!(known.login.telnet == Reading::NotAsked, ends_telnet, "{command:?}");
            assert!(known.login.refuses_extended, "{command:?} may still be refused");
            known.follow(&command, &Reply::from_text("200 ok"));
            assert_eq!(known.login.telnet == Reading::NotAsked, ends_telnet, "{command:?}");
            assert_eq!(known.login.transfer_type.is_none(), ends_login, "{command:?}");
            assert_eq!(!known.login.refuses_extended, ends_login, "{command:?}");
            assert_eq!(!known.login.wants_pret, ends_login, "{command:?}");
            assert!(known.garbles_pasv && known.rest_is_set, "{command:?}");
        }
    }

    #[test]
    fn the_users_own_structure_is_not_asked_away() {
        for (before, command, after) in [
            (Reading::NotAsked, &b"STRU R"[..], Reading::Unknown),
            (Reading::NotAsked, telnet::PLAIN, Reading::NotAsked),
            (Reading::Bytes, b"STRU R", Reading::Bytes),
        ] {
            let mut known = Known::default();
            known.login.telnet = before;
            known.sent(&Command::parse(command).unwrap());
            assert_eq!(known.login.telnet, after, "{before:?}");
        }
    }
}
