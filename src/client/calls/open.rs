//! A session by one call: all that a URL says.

use std::sync::Arc;

use crate::client::Client;
use crate::client::history::{Login, Memory, Place};
use crate::client::host::bare_host;
use crate::client::settings::TlsMode;
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::transfer_type::TransferType;
use crate::protocol::url::{FtpUrl, Scheme};

/// The port of control connections that begin in clear.
const FTP_PORT: u16 = 21;
/// The port of control connections that begin with TLS.
const FTPS_PORT: u16 = 990;

impl Client {
    /// Where servers listen for what [`Client::set_tls`] has chosen.
    pub fn default_port(&self) -> u16 {
        if self.settings.tls.mode == TlsMode::Implicit { FTPS_PORT } else { FTP_PORT }
    }

    /// Connects, logs in, and changes to the directory that the path names.
    ///
    /// # Errors
    /// As [`Client::connect`], [`Client::login`] and [`Client::cwd`]. There is no connection then, and [`Client::reconnect`] tries all
    /// of it another time.
    pub async fn open(&mut self, url: &FtpUrl) -> Result<()> {
        self.open_at(url, &url.path).await
    }

    /// [`Client::open`] for the URL of a file: changes to the directory that the file is in, and returns the file's name.
    ///
    /// # Errors
    /// As there; [`Error::InvalidArgument`] when the URL can only be a directory's: then nothing was done.
    pub async fn open_file(&mut self, url: &FtpUrl) -> Result<Vec<u8>> {
        let (directories, name) = url.file().map_err(|error| Error::InvalidArgument(error.to_string()))?;
        self.open_at(url, directories).await?;
        Ok(name.to_owned())
    }

    async fn open_at(&mut self, url: &FtpUrl, directories: &[Vec<u8>]) -> Result<()> {
        for directory in directories {
            self.require_encodable(&Command::with("CWD", directory)?)?;
        }
        match url.scheme {
            // Never less than was set.
            Scheme::Ftp => {}
            Scheme::Ftps => self.set_tls(TlsMode::Implicit)?,
            Scheme::Ftpes => self.set_tls(TlsMode::Explicit)?,
        }
        let port = url.port.unwrap_or_else(|| self.default_port());
        let target = (bare_host(&url.host)?.to_owned(), port);
        let login = Login::new(&url.user, &url.password, b"")?;
        let kind = url.kind.and_then(TransferType::of_letter).map(|kind| Command::new(kind.command()));
        let place = Place::of_url(directories)?;
        self.end_because("it was closed to connect again");
        self.history.memory = Memory::of(Some(target.clone()));
        // If it fails, a reconnection tries all of it.
        self.history.to_restore = Some(Arc::new(Memory::to_come(target, login, place, kind)));
        let outcome = self.open_steps(url, port, directories).await;
        match &outcome {
            Ok(()) => self.history.to_restore = None,
            Err(error) => self.close_because(&format!("opening failed ({error})")),
        }
        outcome
    }

    async fn open_steps(&mut self, url: &FtpUrl, port: u16, directories: &[Vec<u8>]) -> Result<()> {
        self.connect_to(bare_host(&url.host)?, port).await?;
        self.login_bytes(&url.user, &url.password, b"").await?;
        for directory in directories {
            self.cwd(directory).await?;
        }
        if let Some(kind) = url.kind.and_then(TransferType::of_letter) {
            self.session()?.ask_for_type(kind).await?;
        }
        Ok(())
    }
}
