//! A session by one call: all that a URL says.

use super::{Client, TlsMode, TransferType};
use crate::error::Result;
use crate::protocol::url::{FtpUrl, Scheme};

/// The port of control connections that begin in clear.
const FTP_PORT: u16 = 21;
/// The port of control connections that begin with TLS.
const FTPS_PORT: u16 = 990;

impl Client {
    /// Where servers listen for what [`Client::set_tls`] has chosen.
    pub fn default_port(&self) -> u16 {
        if self.tls.mode == TlsMode::Implicit { FTPS_PORT } else { FTP_PORT }
    }

    /// Connects, logs in, and changes to the directory that the path names.
    ///
    /// # Errors
    /// As [`Client::connect`], [`Client::login`] and [`Client::cwd`]. There is no connection then.
    pub async fn open(&mut self, url: &FtpUrl) -> Result<()> {
        match url.scheme {
            // Never less than was set.
            Scheme::Ftp => {}
            Scheme::Ftps => self.set_tls(TlsMode::Implicit)?,
            Scheme::Ftpes => self.set_tls(TlsMode::Explicit)?,
        }
        let outcome = self.open_steps(url).await;
        if let Err(error) = &outcome {
            self.close_because(&format!("opening failed ({error})"));
        }
        outcome
    }

    async fn open_steps(&mut self, url: &FtpUrl) -> Result<()> {
        let port = url.port.unwrap_or_else(|| self.default_port());
        self.connect(&url.host, port).await?;
        self.login(&url.user, &url.password, "").await?;
        for segment in &url.path {
            self.cwd(segment.as_bytes()).await?;
        }
        match url.kind {
            Some('a') => self.ask_for_type(TransferType::Ascii).await,
            Some('i') => self.ask_for_type(TransferType::Image).await,
            _ => Ok(()),
        }
    }
}
