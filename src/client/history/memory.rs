//! What a session has come to: what the user wants, which a reconnection brings back.

use crate::client::connection::{Connection, DataProtection};
use crate::client::history::{Ended, Login, Logins, Place};
use crate::client::verdict::is_refused;
use crate::protocol::command::Command;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::system::changes_paths;
use crate::protocol::verb::{Fact, Verb};

/// What a session has come to, as far as it can be brought back: what the user wants, and not how it came about.
#[derive(Clone)]
pub(crate) struct Memory {
    /// Host and port; `None` before the first connection.
    pub target: Option<(String, u16)>,
    pub logins: Logins,
    pub place: Place,
    /// The command that has changed what paths mean to the server, in this login.
    pub naming: Option<Command>,
    /// The TYPE command that the server has accepted last.
    pub kind: Option<Command>,
    /// The TYPE command that the user has sent last in this login.
    pub asked_type: Option<Command>,
    /// The choice of facts that the user has made in this login, and the server accepted (OPTS MLST).
    pub asked_facts: Option<Command>,
    /// What the server was told of the encoding of names in this login, and accepted (OPTS UTF8).
    pub encoding: Option<Command>,
    /// The greeting has said that somebody is logged in, and nothing since has ended that.
    pub is_greeted_as_user: bool,
    /// The control connection was secured, by whomever.
    pub is_secured: bool,
    /// CCC: it went on in clear then.
    pub is_clear_again: bool,
    pub data: DataProtection,
}

impl Memory {
    /// Nothing but where the session is to be.
    pub(crate) fn of(target: Option<(String, u16)>) -> Memory {
        Memory {
            target,
            logins: Logins::default(),
            place: Place::home(),
            naming: None,
            kind: None,
            asked_type: None,
            asked_facts: None,
            encoding: None,
            is_greeted_as_user: false,
            is_secured: false,
            is_clear_again: false,
            data: DataProtection::Undecided,
        }
    }

    /// What is to come of a session that is begun by one call.
    pub(crate) fn to_come(
        target: (String, u16),
        login: Login,
        place: Place,
        kind: Option<Command>,
    ) -> Memory {
        let logins = Logins::of(login);
        Memory { logins, place, asked_type: kind.clone(), kind, ..Memory::of(Some(target)) }
    }

    /// The server has let somebody in, as far as it is known.
    pub(crate) fn is_logged_in(&self) -> bool {
        self.logins.is_logged_in() || self.is_greeted_as_user
    }

    /// A command was answered: does the session differ from what it was? `is_away`: the library is in a directory of its own.
    pub(crate) fn follow(&mut self, command: &Command, reply: &Reply, is_away: bool) {
        if !is_away {
            self.place.follow(command, reply, self.naming.as_ref());
        }
        if changes_paths(command.text()) && reply.class() == Some(Class::Completion) {
            self.naming = Some(command.clone());
        }
        if self.logins.follow(command, reply) == Ended::Login {
            self.end_login();
        }
        if command.verb() == Verb::Auth && !is_refused(reply) {
            // It came in clear.
            self.is_greeted_as_user = false;
        }
        if command.chooses_encoding() && reply.class() == Some(Class::Completion) {
            self.encoding = Some(command.clone());
        }
        if command.verb() == Verb::Type && reply.class() == Some(Class::Completion) {
            self.kind = Some(command.clone());
        }
    }

    /// A command was sent whose reply the user reads: what it may have changed is not known.
    pub(crate) fn follow_unread(&mut self, command: &Command) {
        match command.verb() {
            verb if verb.is(Fact::Moves) => self.place.lose(),
            Verb::User | Verb::Pass | Verb::Acct | Verb::Rein => {
                self.end_login();
                self.logins.lose();
            }
            Verb::Type => {
                self.kind = None;
                self.asked_type = Some(command.clone());
            }
            _ if changes_paths(command.text()) => self.naming = Some(command.clone()),
            _ if command.chooses_encoding() => self.encoding = Some(command.clone()),
            _ => {}
        }
    }

    /// What belongs to a login ends with it (RFC 959, section 4.1.1: USER and REIN begin anew).
    fn end_login(&mut self) {
        self.place = Place::home();
        self.naming = None;
        (self.kind, self.asked_type, self.asked_facts, self.encoding) = (None, None, None, None);
        self.is_greeted_as_user = false;
    }

    /// Takes what a connection that ends tells about its protection.
    pub(crate) fn keep(&mut self, connection: &Connection) {
        self.is_secured = connection.protection.resumption.is_some();
        self.is_clear_again = connection.protection.control_may_be_clear;
        self.data = connection.protection.data;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(memory: &mut Memory, dialogue: &str) {
        for exchange in dialogue.split(',') {
            let (command, reply) = exchange.split_once('|').unwrap();
            memory.follow(&Command::parse(command.as_bytes()).unwrap(), &Reply::from_text(reply), false);
        }
    }

    #[test]
    fn the_last_type_that_was_accepted_counts_until_the_login_ends() {
        let mut memory = Memory::of(None);
        let kind = |memory: &Memory| memory.kind.as_ref().map(|kind| kind.text().to_owned());
        follow(&mut memory, "TYPE A|200 ok,type L 8|200 ok,TYPE E|504 no");
        assert_eq!(kind(&memory).unwrap(), b"type L 8");
        for end in ["REIN|220 ok", "REIN|120 soon", "USER x|331 go on", "USER x|230 in"] {
            follow(&mut memory, "TYPE A|200 ok,USER x|530 no");
            assert!(kind(&memory).is_some());
            follow(&mut memory, end);
            assert_eq!(kind(&memory), None, "{end}");
        }
    }

    #[test]
    fn a_login_begins_at_its_home() {
        for end in ["REIN|220 ok", "REIN|120 soon", "USER x|331 go on", "USER x|230 in"] {
            let mut memory = Memory::of(None);
            follow(&mut memory, "CDUP|250,CDUP|250");
            assert!(!memory.place.can_be_found());
            follow(&mut memory, end);
            assert!(memory.place.can_be_found(), "{end}");
        }
    }

    #[test]
    fn what_the_user_reads_by_himself_is_not_known() {
        for (command, knows_login, knows_place) in [
            ("CWD /a", true, false),
            ("cdup", true, false),
            ("USER x", false, true),
            ("PASS x", false, true),
            ("REIN", false, true),
            ("STAT", true, true),
        ] {
            let mut memory = Memory::of(None);
            memory.follow_unread(&Command::parse(command.as_bytes()).unwrap());
            assert_eq!(memory.logins.is_known(), knows_login, "{command}");
            assert_eq!(memory.place.can_be_found(), knows_place, "{command}");
        }
    }
}
