//! Bringing back a session that was lost: what it has come to is remembered, and done again.

use std::sync::Arc;

use super::Client;
use super::connection::Connection;
use super::login::Login;
use super::protection::DataProtection;
use super::tls::TlsMode;
use super::types::TransferType;
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::path::parse_257;
use crate::protocol::reply::{Class, Reply};

/// How many changes of directory are remembered before the server is asked where they have led.
const MAX_STEPS: usize = 64;

/// What a session has come to, as far as it can be brought back.
pub(super) struct Memory {
    /// Host and port; `None` before the first connection.
    target: Option<(String, u16)>,
    /// The last login that the server has accepted.
    pub(super) login: Option<Login>,
    /// The server has let somebody in, whether by a login that can be made again or by commands of the user's own.
    pub(super) is_logged_in: bool,
    /// The commands that lead from the login's directory to where the session is; `None` when there were too many.
    directory: Option<Vec<Command>>,
    /// The TYPE command that the server has accepted last.
    pub(super) kind: Option<Command>,
    /// The TYPE command that the user has sent last in this login.
    pub(super) asked_type: Option<Command>,
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
            login: None,
            is_logged_in: false,
            directory: Some(Vec::new()),
            kind: None,
            asked_type: None,
            is_secured: false,
            is_clear_again: false,
            data: DataProtection::Undecided,
        }
    }

    /// A command was answered: does the session differ from what it was?
    pub(super) fn follow(&mut self, command: &Command, reply: &Reply) {
        let is_done = reply.class() == Some(Class::Completion);
        match command.verb().as_str() {
            "CWD" | "XCWD" | "CDUP" | "XCUP" if is_done => self.step(command),
            "PWD" | "XPWD" if is_done => self.stand_at(reply),
            "TYPE" if is_done => self.kind = Some(command.clone()),
            // Each begins anew (RFC 959, section 4.1.1), REIN with the type as well.
            "USER" if is_done || reply.class() == Some(Class::Intermediate) => {
                self.log_out();
                self.is_logged_in = is_done;
            }
            "PASS" | "ACCT" if is_done => self.is_logged_in = true,
            "REIN" if is_done || reply.class() == Some(Class::Preliminary) => {
                self.log_out();
                self.kind = None;
            }
            _ => {}
        }
    }

    fn log_out(&mut self) {
        self.login = None;
        self.is_logged_in = false;
        self.directory = Some(Vec::new());
        self.kind = None;
        self.asked_type = None;
    }

    fn step(&mut self, command: &Command) {
        if is_absolute(command) {
            self.directory = Some(vec![command.clone()]);
        } else if self.is_full_for(command) {
            self.directory = None;
        } else if let Some(steps) = &mut self.directory {
            steps.push(command.clone());
        }
    }

    /// The reply to PWD. A name that cannot be sent as it came changes nothing.
    fn stand_at(&mut self, reply: &Reply) {
        let path = parse_257(reply).unwrap_or_default();
        let is_mangled = path.windows(3).any(|bytes| bytes == "\u{fffd}".as_bytes());
        if let Ok(command) = Command::with("CWD", &path)
            && !path.is_empty()
            && !is_mangled
        {
            self.directory = Some(vec![command]);
        }
    }

    fn is_full_for(&self, command: &Command) -> bool {
        let moves = matches!(command.verb().as_str(), "CWD" | "XCWD" | "CDUP" | "XCUP");
        moves
            && !is_absolute(command)
            && self.directory.as_ref().is_some_and(|steps| steps.len() >= MAX_STEPS)
    }

    /// Takes what a connection that ends tells about its protection.
    pub(super) fn keep(&mut self, connection: &Connection) {
        self.is_secured = connection.protection.resumption.is_some();
        self.is_clear_again = connection.protection.control_may_be_clear;
        self.data = connection.protection.data;
    }
}

fn is_absolute(command: &Command) -> bool {
    command.argument().starts_with(b"/")
}

impl Client {
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
        if self.memory.directory.is_none() {
            return Err(Error::OutOfTurn(format!(
                "the working directory is not known: it was changed more than {MAX_STEPS} times, and PWD does not tell it"
            )));
        }
        Ok(())
    }

    async fn restore(&mut self, wanted: &Memory) -> Result<()> {
        let Some((host, port)) = &wanted.target else { return Ok(()) };
        self.memory = Memory::of(wanted.target.clone());
        self.connect_to(host, *port).await?;
        if wanted.is_secured && !self.connection()?.control.is_tls() {
            self.auth().await?;
        }
        if let Some(login) = &wanted.login {
            self.secure_control().await?;
            self.identify(login).await?;
        }
        match wanted.data {
            DataProtection::Clear => self.prot_c().await?,
            DataProtection::Undecided if wanted.login.is_none() || self.tls.mode == TlsMode::Off => {}
            DataProtection::Undecided | DataProtection::Private => self.secure_data_of_login().await?,
        }
        if wanted.is_clear_again {
            self.ccc().await?;
        }
        for step in wanted.directory.iter().flatten() {
            self.exchange_completed(step).await?;
        }
        match &wanted.kind {
            None => Ok(()),
            Some(kind) if kind.text() == b"TYPE I" => self.require_type(TransferType::Image).await,
            Some(kind) if kind.text() == b"TYPE A" => self.require_type(TransferType::Ascii).await,
            Some(kind) => self.exchange_completed(kind).await.map(drop),
        }
    }

    /// Before a command that moves on from a long way of such moves: asks where they have led.
    pub(super) async fn shorten_the_way(&mut self, command: &Command) -> Result<()> {
        if !self.memory.is_full_for(command) {
            return Ok(());
        }
        let asked = Box::pin(self.exchange(&Command::new("PWD"))).await;
        match asked {
            // Then reconnecting will not be possible; that is no reason to refuse this command.
            Err(Error::Reply { .. } | Error::Denied(_)) if !self.connection()?.dialogue.is_lost() => Ok(()),
            outcome => outcome.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(memory: &mut Memory, command: &str, reply: &str) {
        memory.follow(&Command::parse(command.as_bytes()).unwrap(), &Reply::from_text(reply));
    }

    fn way(memory: &Memory) -> Option<Vec<String>> {
        let steps = memory.directory.as_ref()?;
        Some(steps.iter().map(|step| String::from_utf8_lossy(step.text()).into_owned()).collect())
    }

    #[test]
    fn the_way_to_the_directory_is_followed() {
        for (shown, dialogue, expected) in [
            ("relative ones add up", "CWD a|250,cwd b c|200,CDUP|250", "CWD a,cwd b c,CDUP"),
            ("an absolute one stands alone", "CWD a|250,XCWD /b|250", "XCWD /b"),
            ("and relative ones follow it", "CWD /b|250,XCUP|250", "CWD /b,XCUP"),
            ("what was refused does not count", "CWD a|250,CWD /b|550,CDUP|500", "CWD a"),
            ("PWD tells the whole", "CWD a|250,PWD|257 \"/x/a\"", "CWD /x/a"),
            ("or not", "CWD a|250,PWD|257 is where you are", "CWD a"),
            ("or is refused", "CWD a|250,PWD|550 \"/x/a\"", "CWD a"),
            ("or is not in this encoding", "CWD a|250,PWD|257 \"/x/\u{fffd}\"", "CWD a"),
            ("MKD goes nowhere", "CWD a|250,MKD b|257 \"/a/b\"", "CWD a"),
            ("a new login begins at its home", "CWD a|250,USER x|331", ""),
            ("one that is refused does not", "CWD a|250,USER x|530", "CWD a"),
            ("REIN", "CWD a|250,REIN|220", ""),
            ("REIN that takes its time", "CWD a|250,REIN|120", ""),
        ] {
            let mut memory = Memory::of(None);
            for exchange in dialogue.split(',') {
                let (command, reply) = exchange.split_once('|').unwrap();
                follow(&mut memory, command, reply);
            }
            assert_eq!(way(&memory).unwrap().join(","), expected, "{shown}");
        }
    }

    #[test]
    fn a_way_that_is_too_long_is_lost_until_its_end_is_known() {
        for found in ["CWD /a|250", "PWD|257 \"/a\""] {
            let mut memory = Memory::of(None);
            for _ in 0..MAX_STEPS {
                follow(&mut memory, "CWD a", "250 ok");
            }
            assert_eq!(way(&memory).unwrap().len(), MAX_STEPS);
            follow(&mut memory, "CWD b", "250 ok");
            follow(&mut memory, "CDUP", "250 ok");
            assert_eq!(way(&memory), None);
            let (command, reply) = found.split_once('|').unwrap();
            follow(&mut memory, command, reply);
            assert_eq!(way(&memory).unwrap(), ["CWD /a"], "{found}");
        }
    }

    #[test]
    fn the_last_type_that_was_accepted_counts() {
        let mut memory = Memory::of(None);
        let kind = |memory: &Memory| memory.kind.as_ref().map(|kind| kind.text().to_owned());
        follow(&mut memory, "TYPE A", "200 ok");
        follow(&mut memory, "type L 8", "200 ok");
        follow(&mut memory, "TYPE E", "504 no");
        assert_eq!(kind(&memory).unwrap(), b"type L 8");
        follow(&mut memory, "REIN", "220 ok");
        assert_eq!(kind(&memory), None);
    }
}
