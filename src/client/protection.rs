//! What of a session goes over TLS, and what must not go without (RFC 2228, RFC 4217).

use super::connection::Connection;
use super::data::Data;
use super::flow::DEFAULT_BLOCK;
use super::{Client, TlsMode, shown};
use crate::error::{Error, Result};
use crate::net::{Resumption, Stream, TlsInfo};
use crate::protocol::codes::{
    AGAINST_POLICY, DATA_TLS_FAILED, FILE_BUSY, NO_DATA_CONNECTION, NOT_AT_THIS_PROTECTION, TRANSFER_ABORTED,
};
use crate::protocol::command::Command;
use crate::protocol::reply::Reply;
use crate::protocol::verb::{Direction, Fact, Verb};

/// How far a session is protected.
#[derive(Default)]
pub(super) struct Protection {
    /// What data connections have from the control connection, once that was secured.
    pub(super) resumption: Option<Resumption>,
    pub(super) data: DataProtection,
    /// The user has asked for a control connection in clear (CCC).
    pub(super) control_may_be_clear: bool,
    pub(super) data_tls: DataTls,
    pub(super) has_logged_in: bool,
}

/// The protection level of data connections, as the server has confirmed it.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum DataProtection {
    /// Nobody has decided: in clear, as FTP begins.
    #[default]
    Undecided,
    /// PROT C: the user has asked for it.
    Clear,
    /// The server knows no PROT, and TLS began before the greeting: most such servers protect data always. It is tried with data
    /// that goes this way only, and found out.
    Assumed,
    /// PROT P, or found out.
    Private,
}

impl Protection {
    /// The server has accepted a PROT command.
    pub(super) fn set_by(&mut self, command: &Command) {
        match command.argument().to_ascii_uppercase().trim_ascii() {
            b"C" => self.data = DataProtection::Clear,
            b"P" if self.resumption.is_some() => self.data = DataProtection::Private,
            _ => {}
        }
    }
}

/// The data connections of a session that went over TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataTls {
    /// How many there were.
    pub connections: u64,
    /// How many of them resumed the session of the control connection.
    pub resumed: u64,
    /// What the last one has negotiated.
    pub last: Option<TlsInfo>,
}

impl Client {
    /// Whether the user wants TLS in this session.
    fn wants_tls(&self) -> bool {
        let secured = self.connection.as_ref().is_some_and(|open| open.protection.resumption.is_some());
        secured || self.tls.mode != TlsMode::Off
    }

    /// Before a command: no user name and no password in clear, whatever a server says about its TLS.
    pub(super) fn require_no_secret_in_clear(&mut self, command: &Command) -> Result<()> {
        if !self.wants_tls() || !command.verb().is(Fact::Login) {
            return Ok(());
        }
        let connection = self.connection()?;
        if connection.control.is_tls() || connection.protection.control_may_be_clear {
            return Ok(());
        }
        Err(Error::Tls(format!("{} would go in clear: TLS is on, and was not started", shown(command))))
    }

    /// Before a data connection.
    pub(super) fn require_protection_decided(&mut self) -> Result<()> {
        let wants_tls = self.wants_tls();
        match self.connection()?.protection.data {
            DataProtection::Undecided if wants_tls => {
                let text = "data would go in clear: PROT P was not agreed on, and nobody asked for PROT C";
                Err(Error::Tls(text.into()))
            }
            _ => Ok(()),
        }
    }

    /// Before data goes to a server of which it is not known whether it protects data: to one that does not, the first bytes of TLS
    /// would be the file. A listing tells.
    pub(super) async fn find_out_protection(&mut self, direction: Option<Direction>) -> Result<()> {
        if self.connection()?.protection.data != DataProtection::Assumed
            || direction == Some(Direction::FromServer)
        {
            return Ok(());
        }
        let listing = async {
            let mut transfer = Box::pin(self.begin(&Command::new("LIST"), None)).await?;
            self.receive(&mut transfer, DEFAULT_BLOCK, &mut |_| Ok(())).await?;
            self.finish(transfer, "received").await
        };
        match listing.await {
            Ok(_) | Err(Error::Tls(_) | Error::Reply { .. }) => {}
            Err(error) => return Err(error),
        }
        self.require_protection_known()
    }

    fn require_protection_known(&mut self) -> Result<()> {
        match self.connection()?.protection.data {
            DataProtection::Assumed => {
                let text = "whether the server protects data cannot be found out: it knows no PROT, and lists nothing";
                Err(Error::Tls(text.into()))
            }
            _ => self.require_protection_decided(),
        }
    }

    /// The handshake of a data connection has failed.
    pub(super) fn learn_from_failure(&mut self, error: &Error) {
        if let (Some(connection), Error::Tls(_)) = (&mut self.connection, error)
            && connection.protection.data == DataProtection::Assumed
        {
            connection.protection.data = DataProtection::Undecided;
        }
    }

    /// Before a transfer between two servers, whose data connection this client has no part in.
    pub(super) fn require_data_in_clear(&mut self) -> Result<()> {
        self.require_protection_decided()?;
        match self.connection()?.protection.data {
            DataProtection::Assumed | DataProtection::Private => Err(Error::Unsupported(
                "a copy from server to server cannot be protected: both would need PROT C".into(),
            )),
            DataProtection::Undecided | DataProtection::Clear => Ok(()),
        }
    }

    /// Says so when the server refused a data connection because it did not resume the session of the control connection.
    pub(super) fn with_tls_reason(&self, error: Error) -> Error {
        let Some(connection) = &self.connection else { return error };
        match error {
            Error::Reply { what, reply } if connection.is_at_a_transfer() => {
                match connection.reason_of_refusal(&reply) {
                    Some(reason) => Error::SessionReuse { what, reason, reply },
                    None => Error::Reply { what, reply },
                }
            }
            error => error,
        }
    }
}

impl Connection {
    /// Puts TLS over a new data connection if that is agreed on.
    pub(super) fn protected(&self, mut stream: Stream) -> Result<Stream> {
        if matches!(self.protection.data, DataProtection::Assumed | DataProtection::Private)
            && let Some(resumption) = &self.protection.resumption
        {
            stream.resume_tls(resumption).map_err(|source| {
                Error::of_connection("cannot protect the data connection".into(), source)
            })?;
        }
        Ok(stream)
    }

    /// Gets on with the data connection while a reply is waited for. What goes wrong with it is told when it is used.
    pub(super) fn advance_data(&mut self) {
        if let Data::Open(stream) = &mut self.data {
            stream.advance_handshake();
        }
    }

    pub(super) fn note_data_tls(&mut self) {
        let Data::Open(stream) = &self.data else { return };
        let Some(info) = stream.tls_info() else { return };
        if self.protection.data == DataProtection::Assumed {
            self.protection.data = DataProtection::Private;
        }
        let seen = &mut self.protection.data_tls;
        seen.connections += 1;
        seen.resumed += u64::from(info.resumed);
        seen.last = Some(info);
    }

    /// The last command needed a data connection.
    fn is_at_a_transfer(&self) -> bool {
        Verb::of(self.last_command.as_bytes()).direction().is_some()
    }

    fn reason_of_refusal(&self, reply: &Reply) -> Option<&'static str> {
        let last = self.protection.data_tls.last.as_ref();
        if self.protection.data != DataProtection::Private || last.is_some_and(|last| last.resumed) {
            return None;
        }
        // Only codes that are about connections: a file may be called what follows.
        let is_about_a_connection = matches!(
            reply.code(),
            Some(
                NO_DATA_CONNECTION
                    | TRANSFER_ABORTED
                    | FILE_BUSY
                    | NOT_AT_THIS_PROTECTION
                    | DATA_TLS_FAILED
                    | AGAINST_POLICY
            )
        );
        let text = String::from_utf8_lossy(reply.text()).to_lowercase();
        if is_about_a_connection
            && text.contains("session")
            && (text.contains("reus") || text.contains("resum"))
        {
            return Some("demands TLS session reuse and did not accept ours");
        }
        // ProFTPD does not say why.
        (reply.code() == Some(NO_DATA_CONNECTION) && last.is_some())
            .then_some("refused a data connection that did not reuse the TLS session, which it may demand")
    }
}
