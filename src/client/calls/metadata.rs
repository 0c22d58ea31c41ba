//! What a server knows of a file beside its data.

use crate::client::Client;
use crate::error::{Error, Result};
use crate::protocol::hashes::Algorithm;
use crate::protocol::modes::MAX_MODE;

impl Client {
    /// When a file was changed, in nanoseconds since 1970 in UTC. `None`: the server does not tell.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses; [`Error::NotFound`] when it was found out that nothing is there.
    pub async fn modified(&mut self, path: &[u8]) -> Result<Option<i64>> {
        self.session()?.modified(path).await
    }

    /// Sets when a file was changed, to the second.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses; [`Error::Unsupported`] when it knows no command for this.
    pub async fn set_modified(&mut self, path: &[u8], when: i64) -> Result<()> {
        self.session()?.set_modified(path, when).await
    }

    /// Sets the mode of a file: permissions, and the three bits before them.
    ///
    /// # Errors
    /// As [`Client::set_modified`].
    pub async fn chmod(&mut self, path: &[u8], mode: u16) -> Result<()> {
        if mode > MAX_MODE {
            return Err(Error::InvalidArgument(format!("the mode has more than the bits {MAX_MODE:o}")));
        }
        self.session()?.chmod(path, mode).await
    }

    /// The hash of a file as the server computes it, in hexadecimal digits and small letters. `None` is the best algorithm that the
    /// server has: the length tells which.
    ///
    /// # Errors
    /// As [`Client::set_modified`]; [`Error::Protocol`] when the reply has no such hash.
    pub async fn hash(&mut self, path: &[u8], algorithm: Option<Algorithm>) -> Result<String> {
        self.session()?.hash(path, algorithm).await
    }
}
