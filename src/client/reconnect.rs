//! Bringing back a session that was lost: what it has come to is remembered, and done again.

use std::sync::Arc;

use super::abort::ABORT_TIME;
use super::connection::Connection;
use super::login::{Ended, Login, Logins};
use super::place::Place;
use super::protection::DataProtection;
use super::tls::TlsMode;
use super::types::TransferType;
use super::{Client, Phase};
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::verb::{Fact, Verb};

/// What a session has come to, as far as it can be brought back: what the user wants, and not how it came about.
pub(super) struct Memory {
    /// Host and port; `None` before the first connection.
    target: Option<(String, u16)>,
    pub(super) logins: Logins,
    pub(super) place: Place,
    /// The TYPE command that the server has accepted last.
    pub(super) kind: Option<Command>,
    /// The TYPE command that the user has sent last in this login.
    pub(super) asked_type: Option<Command>,
    /// The greeting has said that somebody is logged in, and nothing since has ended that.
    pub(super) is_greeted_as_user: bool,
    /// The control connection was secured, by whomever.
    is_secured: bool,
    /// CCC: it went on in clear then.
    is_clear_again: bool,
    data: DataProtection,
}

impl Memory {
    /// Nothing but where the session is to be.
    pub(super) fn of(target: Option<(String, u16)>) -> Memory {
        Memory {
            target,
            logins: Logins::default(),
            place: Place::home(),
            kind: None,
            asked_type: None,
            is_greeted_as_user: false,
            is_secured: false,
            is_clear_again: false,
            data: DataProtection::Undecided,
        }
    }

    /// What is to come of a session that is begun by one call.
    pub(super) fn to_come(
        target: (String, u16),
        login: Login,
        place: Place,
        kind: Option<Command>,
    ) -> Memory {
        let logins = Logins::of(login);
        Memory { logins, place, asked_type: kind.clone(), kind, ..Memory::of(Some(target)) }
    }

    /// The server has let somebody in, as far as it is known.
    pub(super) fn is_logged_in(&self) -> bool {
        self.logins.is_logged_in() || self.is_greeted_as_user
    }

    /// A command was answered: does the session differ from what it was?
    pub(super) fn follow(&mut self, command: &Command, reply: &Reply) {
        self.place.follow(command, reply);
        if self.logins.follow(command, reply) == Ended::Login {
            self.end_login();
        }
        if command.verb() == Verb::Auth && !is_refused(reply) {
            // It came in clear.
            self.is_greeted_as_user = false;
        }
        if command.verb() == Verb::Type && reply.class() == Some(Class::Completion) {
            self.kind = Some(command.clone());
        }
    }

    /// A command was sent whose reply the user reads: what it may have changed is not known.
    pub(super) fn follow_unread(&mut self, command: &Command) {
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
            _ => {}
        }
    }

    /// What belongs to a login ends with it (RFC 959, section 4.1.1: USER and REIN begin anew).
    fn end_login(&mut self) {
        self.place = Place::home();
        (self.kind, self.asked_type, self.is_greeted_as_user) = (None, None, false);
    }

    /// Takes what a connection that ends tells about its protection.
    pub(super) fn keep(&mut self, connection: &Connection) {
        self.is_secured = connection.protection.resumption.is_some();
        self.is_clear_again = connection.protection.control_may_be_clear;
        self.data = connection.protection.data;
    }
}

fn is_refused(reply: &Reply) -> bool {
    matches!(reply.class(), Some(Class::Transient | Class::Permanent) | None)
}

impl Connection {
    /// A command was answered: what was learned of the server belongs to a login and to a protection level, and ends with it.
    fn follow(&mut self, command: &Command, reply: &Reply) {
        if is_refused(reply) {
            return;
        }
        match command.verb() {
            verb if verb.is(Fact::BeginsAnew) => {
                self.transfer_type = None;
                self.refuses_extended = false;
            }
            Verb::Prot if reply.class() == Some(Class::Completion) => self.protection.set_by(command),
            _ => {}
        }
    }
}

impl Client {
    /// A command was answered: what does the session come to?
    pub(super) fn follow(&mut self, command: &Command, reply: &Reply) {
        self.memory.follow(command, reply);
        if let Some(connection) = &mut self.connection {
            connection.follow(command, reply);
        }
    }

    /// Brings back what the session had that the client had last, whatever became of it: the server, TLS and the protection
    /// level, the login, the working directory, the type. A connection that is open is closed first.
    ///
    /// After an error there is no connection, and what is to be brought back is still known.
    ///
    /// # Errors
    /// [`Error::NotConnected`] when there never was a [`Client::connect`]; [`Error::OutOfTurn`] when the working directory
    /// is not known; as [`Client::connect`], [`Client::auth`], [`Client::login`] and [`Client::cwd`].
    pub async fn reconnect(&mut self) -> Result<()> {
        let wanted = match &self.to_restore {
            Some(left_to_do) => Arc::clone(left_to_do),
            None => {
                self.ask_before_leaving().await;
                self.require_something_to_restore()?;
                self.end_because("it was closed to connect again");
                Arc::new(std::mem::replace(&mut self.memory, Memory::of(None)))
            }
        };
        self.to_restore = Some(Arc::clone(&wanted));
        let outcome = self.restore(&wanted).await;
        match &outcome {
            Ok(()) => self.to_restore = None,
            Err(error) => self.close_because(&format!("reconnecting failed ({error})")),
        }
        outcome
    }

    fn require_something_to_restore(&self) -> Result<()> {
        if self.memory.target.is_none() {
            return Err(Error::NotConnected(self.closed_because.clone()));
        }
        if !self.memory.logins.is_known() {
            let text =
                "who is logged in is not known: the program has read the replies to USER or PASS by itself";
            return Err(Error::OutOfTurn(text.into()));
        }
        if !self.memory.place.can_be_found() {
            let text = "the working directory is not known: it was changed from where it was, and PWD did not tell it";
            return Err(Error::OutOfTurn(text.into()));
        }
        Ok(())
    }

    /// The session that is to be left may still be able to tell where it stands. It is not waited for long.
    async fn ask_before_leaving(&mut self) {
        let wait = self.limits.wait_at_most(Phase::Reply, ABORT_TIME);
        let reactor = self.reactor.clone();
        if self.connection.is_some() {
            // Whatever comes of it: the session ends.
            let _ = wait.deadline.limit(&reactor, self.find_the_place(&Command::new("STAT"))).await;
        }
    }

    async fn restore(&mut self, wanted: &Memory) -> Result<()> {
        let Some((host, port)) = &wanted.target else { return Ok(()) };
        self.memory = Memory::of(wanted.target.clone());
        self.connect_to(host, *port).await?;
        if wanted.is_secured && !self.connection()?.control.is_tls() {
            self.auth().await?;
        }
        if let Some(login) = wanted.logins.wanted() {
            self.secure_control().await?;
            self.identify(login).await?;
        }
        let told = self.last_reply.clone();
        match wanted.data {
            DataProtection::Clear => self.prot_c().await?,
            DataProtection::Undecided
                if wanted.logins.wanted().is_none() || self.tls.mode == TlsMode::Off => {}
            DataProtection::Undecided | DataProtection::Assumed | DataProtection::Private => {
                self.secure_data_of_login().await?;
            }
        }
        if wanted.is_clear_again {
            self.ccc().await?;
        }
        self.go_back_to(&wanted.place).await?;
        self.bring_back_type(wanted.kind.as_ref()).await?;
        self.memory.asked_type.clone_from(&wanted.asked_type);
        self.last_reply = told;
        Ok(())
    }

    async fn bring_back_type(&mut self, kind: Option<&Command>) -> Result<()> {
        match kind {
            None => Ok(()),
            Some(kind) if kind.text() == b"TYPE I" => self.require_type(TransferType::Image).await,
            Some(kind) if kind.text() == b"TYPE A" => self.require_type(TransferType::Ascii).await,
            Some(kind) => self.exchange_completed(kind).await.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(memory: &mut Memory, dialogue: &str) {
        for exchange in dialogue.split(',') {
            let (command, reply) = exchange.split_once('|').unwrap();
            memory.follow(&Command::parse(command.as_bytes()).unwrap(), &Reply::from_text(reply));
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
