//! TLS over the sockets of this module, on the crate `openssl`: OpenSSL 3 or AWS-LC.

mod ahead;
mod callbacks;
mod certificate;
mod ciphers;
mod client_certificate;
mod context;
mod demand;
mod failures;
mod group;
mod keylog;
mod name;
mod name_check;
mod session;
mod stream;
#[cfg(test)]
mod unchecked;
mod versions;
mod wire;

pub use context::{Resumption, TlsContext};
pub use stream::TlsStream;
