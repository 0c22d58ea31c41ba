//! Why TLS failed, as the cause inside an [`io::Error`].

use std::io;

use thiserror::Error;

/// What OpenSSL, or a check of our own, has against a connection.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TlsFailure {
    /// The server's certificate is not accepted. The text names the problem and the certificate.
    #[error("{0}")]
    Certificate(String),
    /// Anything else that goes wrong in the TLS protocol.
    #[error("{0}")]
    Protocol(String),
    /// The connection was cut off, or what came over it was changed or is no TLS any more: another one may do better.
    #[error("{0}")]
    Lost(String),
    /// A file that the user gave cannot be used.
    #[error("{what}")]
    File {
        /// What was tried.
        what: String,
        /// The system's error number.
        code: Option<i32>,
    },
    /// The library was built without TLS, or with a provider that cannot do this.
    #[error("{0}")]
    Unsupported(String),
}

impl TlsFailure {
    /// The failure inside an error, if there is one.
    pub fn inside(error: &io::Error) -> Option<&TlsFailure> {
        error.get_ref()?.downcast_ref()
    }
}

impl From<TlsFailure> for io::Error {
    fn from(failure: TlsFailure) -> io::Error {
        io::Error::other(failure)
    }
}
