//! Securing a session: AUTH, PBSZ, PROT, CCC (RFC 4217), and implicit FTPS.

use std::future::poll_fn;

use super::limits::Wait;
use super::protection::{DataProtection, DataTls};
use super::{Client, Phase};
use crate::error::{Error, Result};
use crate::net::{CertificateInfo, TlsContext, TlsInfo, TlsSettings};
use crate::protocol::codes::{BAD_SEQUENCE, SECURITY_DATA, is_about_the_command};
use crate::protocol::command::Command;

/// Whether and how a session begins TLS.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum TlsMode {
    /// In clear.
    #[default]
    Off,
    /// Logging in begins TLS, by AUTH.
    Explicit,
    /// Connecting begins TLS, before the greeting.
    Implicit,
}

/// What it means when protected data ends without a close_notify: anybody between may have cut it off there.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum DataEnd {
    /// An error, unless the size is known and right.
    #[default]
    Checked,
    /// An error.
    Strict,
    /// The end, as the server says. For servers that never send a close_notify.
    Trusted,
}

/// What the user has set about TLS.
#[derive(Default)]
pub(super) struct Tls {
    pub(super) mode: TlsMode,
    pub(super) data_end: DataEnd,
    settings: TlsSettings,
    /// Made of the settings when it is needed first.
    context: Option<TlsContext>,
}

impl Client {
    /// Whether and how sessions are secured, from the next connection on.
    ///
    /// # Errors
    /// [`Error::Unsupported`] in a build without TLS.
    pub fn set_tls(&mut self, mode: TlsMode) -> Result<()> {
        if mode != TlsMode::Off {
            self.update_tls(|_| ())?;
        }
        self.tls.mode = mode;
        Ok(())
    }

    /// What a data connection that ends without a close_notify means when the server confirms the transfer.
    pub fn set_data_end(&mut self, data_end: DataEnd) {
        self.tls.data_end = data_end;
    }

    /// Changes the settings of the TLS connections to come; those that cannot be used change nothing.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a certificate, key or list that cannot be used; [`Error::Unsupported`] in a build
    /// without TLS.
    pub fn update_tls(&mut self, change: impl FnOnce(&mut TlsSettings)) -> Result<()> {
        let mut settings = self.tls.settings.clone();
        change(&mut settings);
        TlsContext::check(&settings).map_err(|source| match Error::of_connection(String::new(), source) {
            Error::Tls(text) => Error::InvalidArgument(text.trim_start_matches(": ").to_owned()),
            error => error,
        })?;
        (self.tls.settings, self.tls.context) = (settings, None);
        Ok(())
    }

    /// What the control connection has negotiated; `None` while it is in clear.
    pub fn tls_info(&self) -> Option<TlsInfo> {
        self.connection.as_ref()?.control.tls_info()
    }

    /// Whether what is sent over the control connection now is protected.
    pub fn is_tls(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.control.is_tls())
    }

    /// The server's certificate; `None` while the control connection is in clear.
    pub fn server_certificate(&self) -> Option<CertificateInfo> {
        self.connection.as_ref()?.control.tls()?.certificate()
    }

    /// What the data connections of the session have negotiated.
    pub fn data_tls(&self) -> Option<&DataTls> {
        self.connection.as_ref().map(|connection| &connection.protection.data_tls)
    }

    /// Secures the control connection: `AUTH TLS`, or what of `TLS-C` and `SSL` the server knows, and the handshake.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses, which leaves the session in clear and as it was; [`Error::Certificate`] and
    /// [`Error::Tls`], which close it.
    pub async fn auth(&mut self) -> Result<()> {
        if self.connection()?.control.is_tls() {
            return Err(Error::OutOfTurn("the control connection is secured already".into()));
        }
        // Before AUTH: a setting that cannot be used would cost the session.
        self.tls_context()?;
        // What was asked for last counts, whatever the server says to it.
        self.connection()?.protection.control_may_be_clear = false;
        let mut refusal = None;
        for mechanism in [&b"TLS"[..], b"TLS-C", b"SSL"] {
            match self.exchange_completed(&Command::with("AUTH", mechanism)?).await {
                Ok(_) => return self.begin_tls().await,
                Err(Error::Reply { reply, .. }) if reply.code() == Some(SECURITY_DATA) => {
                    return self.begin_tls().await;
                }
                Err(error @ Error::Reply { .. }) if is_permanent(&error) => {
                    refusal.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(refusal.unwrap_or_else(|| Error::Tls("no mechanism is left".into())))
    }

    /// After the reply to AUTH. What stands behind it in clear could be anybody's, and would be taken for the server's once
    /// TLS is on (CVE-2021-22947).
    async fn begin_tls(&mut self) -> Result<()> {
        let connection = self.connection()?;
        if connection.has_unread_input() {
            connection.dialogue.lose();
            let text = "there is plain text behind the reply to AUTH, which somebody may have put there";
            return Err(Error::Tls(text.into()));
        }
        self.start_tls(self.limits.wait(Phase::Reply)).await?;
        let protection = &mut self.connection()?.protection;
        if protection.data != DataProtection::Private {
            return Ok(());
        }
        // After CCC: the protection of data begins anew with AUTH (RFC 2228, section 3), and is still wanted.
        protection.data = DataProtection::Undecided;
        self.prot_p().await
    }

    /// The TLS handshake of the control connection.
    pub(super) async fn start_tls(&mut self, wait: Wait) -> Result<()> {
        let context = self.tls_context()?;
        let reactor = self.reactor.clone();
        let connection = self.connection()?;
        connection.dialogue.lose();
        let failed = |source| Error::of_connection("cannot secure the control connection".into(), source);
        connection.control.start_tls(&context, &connection.host).map_err(failed)?;
        let handshake = poll_fn(|_| connection.control.poll_handshake());
        match wait.deadline.limit(&reactor, handshake).await {
            Ok(outcome) => outcome.map_err(failed)?,
            Err(_) => return Err(wait.timed_out("the TLS handshake of the control connection")),
        }
        connection.dialogue.regain();
        connection.protection.resumption = connection.control.tls().map(|tls| tls.resumption().clone());
        if let Some(info) = connection.control.tls_info() {
            let version = info.version_name();
            self.log.state(format_args!("the control connection is secured: {version}, {}", info.cipher));
        }
        Ok(())
    }

    fn tls_context(&mut self) -> Result<TlsContext> {
        if self.tls.context.is_none() {
            let context = TlsContext::new(&self.tls.settings)
                .map_err(|source| Error::of_connection("cannot start TLS".into(), source))?;
            self.tls.context = Some(context);
        }
        self.tls.context.clone().ok_or_else(|| Error::Tls("cannot start TLS".into()))
    }

    /// Secures data connections: PBSZ 0, PROT P.
    ///
    /// # Errors
    /// [`Error::OutOfTurn`] before [`Client::auth`]; [`Error::Reply`] when the server refuses.
    pub async fn prot_p(&mut self) -> Result<()> {
        if self.connection()?.protection.resumption.is_none() {
            return Err(Error::OutOfTurn(
                "the control connection must be secured before data connections".into(),
            ));
        }
        self.prefer_pbsz().await?;
        let connection = self.connection()?;
        if connection.protection.data == DataProtection::Clear {
            // From here on it is not what is wanted any more.
            connection.protection.data = DataProtection::Undecided;
        }
        self.exchange_completed(&Command::with("PROT", b"P")?).await.map(drop)
    }

    /// Leaves data connections in clear: PROT C. A server that does not know the command, and was not told PROT P before, has them in
    /// clear anyhow (RFC 2228, section 3: the default level).
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses.
    pub async fn prot_c(&mut self) -> Result<()> {
        let prot = Command::with("PROT", b"C")?;
        let mut outcome = self.exchange_completed(&prot).await;
        if matches!(&outcome, Err(Error::Reply { reply, .. }) if reply.code() == Some(BAD_SEQUENCE)) {
            // PBSZ is to come first, which most servers do not mind.
            self.prefer_pbsz().await?;
            outcome = self.exchange_completed(&prot).await;
        }
        match outcome {
            Err(Error::Reply { reply, .. })
                if is_about_the_command(&reply)
                    && self.connection()?.protection.data != DataProtection::Private => {}
            outcome => drop(outcome?),
        }
        self.connection()?.protection.data = DataProtection::Clear;
        Ok(())
    }

    /// Some servers do not know PBSZ, which means nothing over TLS: what counts is their answer to PROT.
    async fn prefer_pbsz(&mut self) -> Result<()> {
        match self.exchange_completed(&Command::with("PBSZ", b"0")?).await {
            Err(error) if error.is_refusal() => Ok(()),
            outcome => outcome.map(drop),
        }
    }

    /// Goes on with the control connection in clear (CCC), for NAT boxes that have to read it. Data connections stay as they are.
    ///
    /// # Errors
    /// [`Error::OutOfTurn`] when it is in clear already; [`Error::Reply`] when the server refuses; [`Error::Tls`] and what else
    /// can happen to a connection, which close it.
    pub async fn ccc(&mut self) -> Result<()> {
        if !self.connection()?.control.is_tls() {
            return Err(Error::OutOfTurn("the control connection is in clear already".into()));
        }
        self.exchange_completed(&Command::new("CCC")).await?;
        let (wait, reactor) = (self.limits.wait(Phase::Reply), self.reactor.clone());
        let connection = self.connection()?;
        connection.dialogue.lose();
        let control = &mut connection.control;
        // Both sides say goodbye, so that the first byte in clear cannot be taken for one of TLS.
        let goodbyes = async {
            poll_fn(|_| control.poll_close_notify()).await?;
            poll_fn(|_| control.poll_read(&mut [0])).await
        };
        let failed = |source| Error::of_connection("cannot end TLS".into(), source);
        match wait.deadline.limit(&reactor, goodbyes).await {
            Ok(Ok(0)) if !connection.control.is_cut_off() => {}
            Ok(Ok(0)) => return Err(Error::Eof("instead of ending TLS".into())),
            Ok(Ok(_)) => return Err(Error::Protocol("CCC: the server goes on with TLS".into())),
            Ok(Err(source)) => return Err(failed(source)),
            Err(_) => return Err(wait.timed_out("the server to end TLS")),
        }
        connection.control.stop_tls();
        connection.dialogue.regain();
        connection.protection.control_may_be_clear = true;
        self.log.state(format_args!("the control connection goes on in clear"));
        Ok(())
    }

    /// Before a login.
    pub(super) async fn secure_control(&mut self) -> Result<()> {
        let connection = self.connection()?;
        if connection.control.is_tls() || connection.protection.control_may_be_clear {
            return Ok(());
        }
        if self.tls.mode == TlsMode::Off { Ok(()) } else { self.auth().await }
    }

    /// After a login, unless the user has decided before it.
    pub(super) async fn secure_data_of_login(&mut self) -> Result<()> {
        let connection = self.connection()?;
        let protection = &mut connection.protection;
        let is_another_login = std::mem::replace(&mut protection.has_logged_in, true);
        if is_another_login && connection.control.is_tls() && protection.data == DataProtection::Private {
            // Some servers begin afresh with the user; where not, it does no harm.
            protection.data = DataProtection::Undecided;
        }
        if protection.resumption.is_none() || protection.data != DataProtection::Undecided {
            return Ok(());
        }
        match self.prot_p().await {
            // Some servers of implicit FTPS protect data and know no command for it.
            Err(Error::Reply { reply, .. })
                if self.tls.mode == TlsMode::Implicit && is_about_the_command(&reply) =>
            {
                self.connection()?.protection.data = DataProtection::Assumed;
                Ok(())
            }
            outcome => outcome,
        }
    }
}

fn is_permanent(error: &Error) -> bool {
    matches!(error, Error::Reply { reply, .. } if reply.code().is_some_and(|code| code / 100 == 5))
}
