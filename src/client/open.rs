//! A session by one call: all that a URL says.

use super::{Client, TlsMode, TransferType};
use crate::error::{Error, Result};
use crate::protocol::command::Command;
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
        self.open_at(url, &url.path).await
    }

    /// [`Client::open`] for the URL of a file: changes to the directory that the file is in, and returns the file's name.
    ///
    /// # Errors
    /// As there; [`Error::InvalidArgument`] when the URL can only be a directory's: then nothing was done.
    pub async fn open_file(&mut self, url: &FtpUrl) -> Result<String> {
        let (directories, name) = url.file().map_err(|error| Error::InvalidArgument(error.to_string()))?;
        self.open_at(url, directories).await?;
        Ok(name.to_owned())
    }

    async fn open_at(&mut self, url: &FtpUrl, directories: &[String]) -> Result<()> {
        for directory in directories {
            self.require_encodable(&Command::with("CWD", directory.as_bytes())?)?;
        }
        match url.scheme {
            // Never less than was set.
            Scheme::Ftp => {}
            Scheme::Ftps => self.set_tls(TlsMode::Implicit)?,
            Scheme::Ftpes => self.set_tls(TlsMode::Explicit)?,
        }
        let outcome = self.open_steps(url, directories).await;
        if let Err(error) = &outcome {
            self.close_because(&format!("opening failed ({error})"));
        }
        outcome
    }

    async fn open_steps(&mut self, url: &FtpUrl, directories: &[String]) -> Result<()> {
        let port = url.port.unwrap_or_else(|| self.default_port());
        self.connect(&url.host, port).await?;
        self.login(&url.user, &url.password, "").await?;
        for directory in directories {
            self.cwd(directory.as_bytes()).await?;
        }
        match url.kind {
            Some('a') => self.ask_for_type(TransferType::Ascii).await,
            Some('i') => self.ask_for_type(TransferType::Image).await,
            _ => Ok(()),
        }
    }
}
