//! TLS: what the user has set.

use std::sync::OnceLock;

use crate::error::{Error, Result};
use crate::net::{TlsContext, TlsSettings};

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

/// See the module.
#[derive(Clone, Default)]
pub(crate) struct Tls {
    pub mode: TlsMode,
    pub data_end: DataEnd,
    settings: TlsSettings,
    /// Made of the settings when it is needed first.
    context: OnceLock<TlsContext>,
}

impl Tls {
    /// Changes the settings of the connections to come; those that cannot be used change nothing.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a certificate, key or list that cannot be used; [`Error::Unsupported`] in a build
    /// without TLS.
    pub(crate) fn update(&mut self, change: impl FnOnce(&mut TlsSettings)) -> Result<()> {
        let mut settings = self.settings.clone();
        change(&mut settings);
        TlsContext::check(&settings).map_err(|source| match Error::of_connection(String::new(), source) {
            Error::Tls(text) => Error::InvalidArgument(text.strip_prefix(": ").unwrap_or(&text).to_owned()),
            error => error,
        })?;
        (self.settings, self.context) = (settings, OnceLock::new());
        Ok(())
    }

    /// What connections are secured with.
    ///
    /// # Errors
    /// [`Error::Tls`], [`Error::File`] when the system lets none be made.
    pub(crate) fn context(&self) -> Result<TlsContext> {
        if let Some(context) = self.context.get() {
            return Ok(context.clone());
        }
        let context = TlsContext::new(&self.settings)
            .map_err(|source| Error::of_connection("cannot start TLS".into(), source))?;
        Ok(self.context.get_or_init(|| context).clone())
    }
}
