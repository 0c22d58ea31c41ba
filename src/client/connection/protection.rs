//! What of a connection goes over TLS.

use crate::error::{Error, Result};
use crate::net::{Resumption, Stream, TlsInfo};
use crate::printable::contains;
use crate::protocol::codes::{
    AGAINST_POLICY, DATA_TLS_FAILED, FILE_BUSY, NO_DATA_CONNECTION, NOT_AT_THIS_PROTECTION, TRANSFER_ABORTED,
};
use crate::protocol::command::Command;
use crate::protocol::reply::Reply;
use crate::protocol::verb::Verb;

/// How far a session is protected.
#[derive(Default)]
pub(crate) struct Protection {
    /// What data connections have from the control connection, once that was secured.
    pub resumption: Option<Box<Resumption>>,
    pub data: DataProtection,
    /// The user has asked for a control connection in clear (CCC).
    pub control_may_be_clear: bool,
    pub data_tls: DataTls,
    pub has_logged_in: bool,
}

/// The protection level of data connections, as the server has confirmed it.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum DataProtection {
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
    pub(crate) fn set_by(&mut self, command: &Command) {
        match command.argument().to_ascii_uppercase().trim_ascii() {
            b"C" => self.data = DataProtection::Clear,
            b"P" if self.resumption.is_some() => self.data = DataProtection::Private,
            _ => {}
        }
    }

    /// The reply to a command will never be read. Nothing is sent over data connections then until the user has decided again.
    pub(crate) fn follow_unread(&mut self, command: &Command) {
        if matches!(command.verb(), Verb::Prot | Verb::Auth) && self.resumption.is_some() {
            self.data = DataProtection::Undecided;
        }
    }

    /// Puts TLS over a new data connection if that is agreed on.
    pub(crate) fn over(&self, mut stream: Stream) -> Result<Stream> {
        if matches!(self.data, DataProtection::Assumed | DataProtection::Private)
            && let Some(resumption) = &self.resumption
        {
            stream.resume_tls(resumption).map_err(|source| {
                Error::of_connection("cannot protect the data connection".into(), source)
            })?;
        }
        Ok(stream)
    }

    /// A data connection has gone over TLS.
    pub(crate) fn note_data_tls(&mut self, info: TlsInfo) {
        if self.data == DataProtection::Assumed {
            self.data = DataProtection::Private;
        }
        let seen = &mut self.data_tls;
        seen.connections += 1;
        seen.resumed += u64::from(info.resumed);
        seen.last = Some(info);
    }

    /// Whether, and why, a refusal may come from data connections that do not resume the session of the control connection.
    pub(crate) fn reason_of_refusal(&self, reply: &Reply) -> Option<&'static str> {
        let last = self.data_tls.last.as_ref();
        if self.data != DataProtection::Private || last.is_some_and(|last| last.resumed) {
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
        let text = String::from_utf8_lossy(reply.text()).to_ascii_lowercase();
        if is_about_a_connection
            && contains(&text, "session")
            && (contains(&text, "reus") || contains(&text, "resum"))
        {
            return Some("demands TLS session reuse and did not accept ours");
        }
        // ProFTPD does not say why.
        (reply.code() == Some(NO_DATA_CONNECTION) && last.is_some())
            .then_some("refused a data connection that did not reuse the TLS session, which it may demand")
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
