//! TLS over the sockets of this module, on the crate `openssl`: OpenSSL 3 or AWS-LC.

mod certificate;
mod context;
mod failures;
mod group;
mod session;
mod stream;

pub use context::{Resumption, TlsContext};
pub use stream::TlsStream;
