//! Bringing back a session that was lost: what it has come to is remembered, and done again.

use crate::client::connection::DataProtection;
use crate::client::history::Memory;
use crate::client::limits::ABORT_TIME;
use crate::client::session::Session;
use crate::client::settings::TlsMode;
use crate::error::Result;
use crate::phase::Phase;
use crate::protocol::command::Command;
use crate::protocol::transfer_type::TransferType;

impl Session<'_> {
    /// The session that is to be left may still be able to tell where it stands. It is not waited for long.
    pub(crate) async fn ask_before_leaving(&mut self) {
        let wait = self.wait_at_most(Phase::Reply, ABORT_TIME);
        let reactor = self.env.reactor.clone();
        // Whatever comes of it: the session ends.
        let _ = wait.deadline.limit(&reactor, self.find_the_place(&Command::new("STAT"))).await;
    }

    /// Makes a new session what another was.
    pub(crate) async fn restore(&mut self, wanted: &Memory) -> Result<()> {
        if wanted.is_secured && !self.connection.control.is_tls() {
            self.auth().await?;
        }
        if let Some(login) = wanted.logins.wanted() {
            self.secure_control().await?;
            self.identify(login).await?;
        }
        let told = self.history.last_reply.clone();
        if let Some(account) = wanted.logins.account() {
            self.exchange_completed(account).await?;
        }
        match wanted.data {
            DataProtection::Clear => self.prot_c().await?,
            DataProtection::Undecided
                if wanted.logins.wanted().is_none() || self.settings.tls.mode == TlsMode::Off => {}
            DataProtection::Undecided | DataProtection::Assumed | DataProtection::Private => {
                self.secure_data_of_login().await?;
            }
        }
        if wanted.is_clear_again {
            self.ccc().await?;
        }
        if let Some(encoding) = &wanted.encoding {
            // Before the first path. A server that refuses goes on as it is.
            self.ask_aside(encoding).await?;
        }
        self.go_back_to(&wanted.place).await?;
        self.bring_back_type(wanted.kind.as_ref()).await?;
        self.history.memory.asked_type.clone_from(&wanted.asked_type);
        if let Some(choice) = &wanted.asked_facts {
            self.exchange_completed(choice).await?;
            self.history.memory.asked_facts = Some(choice.clone());
        }
        self.history.last_reply = told;
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
