//! What of a session goes over TLS, and what must not go without (RFC 2228, RFC 4217).

use crate::client::connection::DataProtection;
use crate::client::session::Session;
use crate::client::settings::TlsMode;
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::verb::Fact;

impl Session<'_> {
    /// Whether the user wants TLS in this session.
    fn wants_tls(&self) -> bool {
        let secured = self.connection.protection.resumption.is_some();
        secured || self.settings.tls.mode != TlsMode::Off
    }

    /// Before a command: no user name and no password in clear, whatever a server says about its TLS.
    pub(crate) fn require_no_secret_in_clear(&mut self, command: &Command) -> Result<()> {
        if !self.wants_tls() || !command.verb().is(Fact::Login) {
            return Ok(());
        }
        let connection = &mut *self.connection;
        if connection.control.is_tls() || connection.protection.control_may_be_clear {
            return Ok(());
        }
        Err(Error::Tls(format!("{} would go in clear: TLS is on, and was not started", command.shown())))
    }

    /// Before a data connection.
    pub(crate) fn require_protection_decided(&mut self) -> Result<()> {
        let wants_tls = self.wants_tls();
        match self.connection.protection.data {
            DataProtection::Undecided if wants_tls => {
                let text = "data would go in clear: PROT P was not agreed on, and nobody asked for PROT C";
                Err(Error::Tls(text.into()))
            }
            _ => Ok(()),
        }
    }

    /// The handshake of a data connection has failed.
    pub(crate) fn learn_from_failure(&mut self, error: &Error) {
        let protection = &mut self.connection.protection;
        if matches!(error, Error::Tls(_) | Error::TlsLost(_)) && protection.data == DataProtection::Assumed {
            protection.data = DataProtection::Undecided;
        }
    }

    /// Before a transfer between two servers, whose data connection this client has no part in.
    pub(crate) fn require_data_in_clear(&mut self) -> Result<()> {
        self.require_protection_decided()?;
        match self.connection.protection.data {
            DataProtection::Assumed | DataProtection::Private => Err(Error::Unsupported(
                "a copy from server to server cannot be protected: both would need PROT C".into(),
            )),
            DataProtection::Undecided | DataProtection::Clear => Ok(()),
        }
    }
}
