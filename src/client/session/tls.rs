//! Securing a session: AUTH, PBSZ, PROT, CCC (RFC 4217), and implicit FTPS.

use std::future::poll_fn;

use crate::client::connection::DataProtection;
use crate::client::limits::Wait;
use crate::client::session::Session;
use crate::client::settings::TlsMode;
use crate::error::{Error, Result};
use crate::phase::Phase;
use crate::protocol::codes::{BAD_SEQUENCE, SECURITY_DATA, is_about_the_command};
use crate::protocol::command::Command;

impl Session<'_> {
    /// Secures the control connection: `AUTH TLS`, or what of `TLS-C` and `SSL` the server knows, and the handshake.
    pub(crate) async fn auth(&mut self) -> Result<()> {
        if self.connection.control.is_tls() {
            return Err(Error::OutOfTurn("the control connection is secured already".into()));
        }
        // Before AUTH: a setting that cannot be used would cost the session.
        self.settings.tls.context()?;
        // What was asked for last counts, whatever the server says to it.
        self.connection.protection.control_may_be_clear = false;
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
        let connection = &mut *self.connection;
        if connection.replies.has_unread_input() {
            connection.dialogue.lose();
            let text = "there is plain text behind the reply to AUTH, which somebody may have put there";
            return Err(Error::Tls(text.into()));
        }
        self.start_tls(self.wait(Phase::Reply)).await?;
        let protection = &mut self.connection.protection;
        if protection.data != DataProtection::Private {
            return Ok(());
        }
        // After CCC: the protection of data begins anew with AUTH (RFC 2228, section 3), and is still wanted.
        protection.data = DataProtection::Undecided;
        self.prot_p().await
    }

    /// The TLS handshake of the control connection.
    pub(crate) async fn start_tls(&mut self, wait: Wait) -> Result<()> {
        let context = self.settings.tls.context()?;
        let connection = &mut *self.connection;
        connection.dialogue.lose();
        let failed = |source| Error::of_connection("cannot secure the control connection".into(), source);
        connection.control.start_tls(&context, &connection.host).map_err(failed)?;
        let handshake = poll_fn(|_| connection.control.poll_handshake());
        match wait.deadline.limit(&self.env.reactor, handshake).await {
            Ok(outcome) => outcome.map_err(failed)?,
            Err(_) => return Err(wait.timed_out("the TLS handshake of the control connection")),
        }
        connection.dialogue.regain();
        connection.protection.resumption =
            connection.control.tls().map(|tls| Box::new(tls.resumption().clone()));
        if let Some(info) = connection.control.tls_info() {
            let version = info.version_name();
            self.env.log.state(format_args!("the control connection is secured: {version}, {}", info.cipher));
        }
        Ok(())
    }

    /// Secures data connections: PBSZ 0, PROT P.
    pub(crate) async fn prot_p(&mut self) -> Result<()> {
        if self.connection.protection.resumption.is_none() {
            return Err(Error::OutOfTurn(
                "the control connection must be secured before data connections".into(),
            ));
        }
        self.prefer_pbsz().await?;
        let connection = &mut *self.connection;
        if connection.protection.data == DataProtection::Clear {
            // From here on it is not what is wanted any more.
            connection.protection.data = DataProtection::Undecided;
        }
        self.exchange_completed(&Command::with("PROT", b"P")?).await.map(drop)
    }

    /// Leaves data connections in clear: PROT C. A server that does not know the command, and was not told PROT P before, has them in
    /// clear anyhow (RFC 2228, section 3: the default level).
    pub(crate) async fn prot_c(&mut self) -> Result<()> {
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
                    && self.connection.protection.data != DataProtection::Private => {}
            outcome => drop(outcome?),
        }
        self.connection.protection.data = DataProtection::Clear;
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
    pub(crate) async fn ccc(&mut self) -> Result<()> {
        if !self.connection.control.is_tls() {
            return Err(Error::OutOfTurn("the control connection is in clear already".into()));
        }
        self.exchange_completed(&Command::new("CCC")).await?;
        let wait = self.wait(Phase::Reply);
        let connection = &mut *self.connection;
        connection.dialogue.lose();
        let control = &mut connection.control;
        // Both sides say goodbye, so that the first byte in clear cannot be taken for one of TLS.
        let goodbyes = async {
            poll_fn(|_| control.poll_close_notify()).await?;
            poll_fn(|_| control.poll_read(&mut [0])).await
        };
        let failed = |source| Error::of_connection("cannot end TLS".into(), source);
        match wait.deadline.limit(&self.env.reactor, goodbyes).await {
            Ok(Ok(0)) if !connection.control.is_cut_off() => {}
            Ok(Ok(0)) => return Err(Error::Eof("instead of ending TLS".into())),
            Ok(Ok(_)) => return Err(Error::Protocol("CCC: the server goes on with TLS".into())),
            Ok(Err(source)) => return Err(failed(source)),
            Err(_) => return Err(wait.timed_out("the server to end TLS")),
        }
        connection.control.stop_tls();
        connection.dialogue.regain();
        connection.protection.control_may_be_clear = true;
        self.env.log.state(format_args!("the control connection goes on in clear"));
        Ok(())
    }

    /// Before a login.
    pub(crate) async fn secure_control(&mut self) -> Result<()> {
        let connection = &mut *self.connection;
        if connection.control.is_tls() || connection.protection.control_may_be_clear {
            return Ok(());
        }
        if self.settings.tls.mode == TlsMode::Off { Ok(()) } else { self.auth().await }
    }

    /// After a login, unless the user has decided before it.
    pub(crate) async fn secure_data_of_login(&mut self) -> Result<()> {
        let connection = &mut *self.connection;
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
                if self.settings.tls.mode == TlsMode::Implicit && is_about_the_command(&reply) =>
            {
                self.connection.protection.data = DataProtection::Assumed;
                Ok(())
            }
            outcome => outcome,
        }
    }
}

fn is_permanent(error: &Error) -> bool {
    matches!(error, Error::Reply { reply, .. } if reply.code().is_some_and(|code| code / 100 == 5))
}
