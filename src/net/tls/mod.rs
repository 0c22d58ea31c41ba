//! TLS over the sockets of this module, on the crate `openssl`: OpenSSL 3 or AWS-LC.

mod certificate;
mod context;
mod failures;
mod group;
mod session;
mod stream;

pub use context::{Resumption, TlsContext};
pub use stream::TlsStream;

/// The library that does TLS, by its name and version.
pub fn backend() -> Option<&'static str> {
    Some(openssl::version::version())
}
