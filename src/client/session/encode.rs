//! Commands as they go on the wire.

use std::borrow::Cow;
use std::ops::Deref;

use zeroize::Zeroizing;

use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::protocol::charset::Charset;
use crate::protocol::command::{Command, MAX_COMMAND};
use crate::protocol::telnet::{self, Reading};

impl Session<'_> {
    /// The bytes of a command as they go on the wire.
    pub(crate) fn encoded<'c>(&self, command: &'c Command) -> Result<Wire<'c>> {
        encoded(command, self.settings.charset, self.connection.known.login.telnet)
    }

    /// For a command that is sent only after another: refuses it before the first is sent.
    pub(crate) fn require_encodable(&self, command: &Command) -> Result<()> {
        self.encoded(command).map(drop)
    }

    /// Whether it matters for a command what the server makes of 0xFF.
    pub(crate) fn has_iac(&self, command: &Command) -> Result<bool> {
        Ok(has_iac(command, &in_charset(command, self.settings.charset)?))
    }
}

/// The bytes of a command on the wire. It may hold a password: memory that is used again does not.
pub(crate) enum Wire<'c> {
    /// Those of the command itself.
    Same(&'c [u8]),
    Other(Zeroizing<Vec<u8>>),
}

impl Deref for Wire<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Wire::Same(bytes) => bytes,
            Wire::Other(bytes) => bytes,
        }
    }
}

/// A command as it goes on the wire.
pub(crate) fn encoded(command: &Command, charset: Charset, reading: Reading) -> Result<Wire<'_>> {
    let mut wire = in_charset(command, charset)?;
    if reading == Reading::Telnet && has_iac(command, &wire) {
        wire = Wire::Other(Zeroizing::new(telnet::escape(&wire).into_owned()));
    }
    if wire.len() > MAX_COMMAND {
        let what = command.shown();
        return Err(Error::Limit(format!(
            "{what}: the command has {} bytes, and at most {MAX_COMMAND} are sent",
            wire.len()
        )));
    }
    Ok(wire)
}

fn in_charset(command: &Command, charset: Charset) -> Result<Wire<'_>> {
    if telnet::is_question(command.text()) {
        return Ok(Wire::Same(command.wire()));
    }
    match charset.encode(command.wire()) {
        Ok(Cow::Borrowed(wire)) => Ok(Wire::Same(wire)),
        Ok(Cow::Owned(wire)) => Ok(Wire::Other(Zeroizing::new(wire))),
        Err(error) => Err(Error::InvalidArgument(format!("{}: {error}", command.shown()))),
    }
}

fn has_iac(command: &Command, wire: &[u8]) -> bool {
    !telnet::is_question(command.text()) && telnet::has_iac_in_argument(wire)
}
