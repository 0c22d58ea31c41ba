//! What carries the bytes of a connection: a TCP socket in clear, or TLS over it.

mod clear;
#[cfg(simulation)]
mod memory;
mod socket;
mod stream;
#[cfg_attr(not(feature = "tls"), path = "none.rs")]
mod tls;
mod tls_failure;
mod tls_settings;

pub(super) use clear::uninterrupted;
#[cfg(simulation)]
pub(super) use memory::{Memory, MemoryListener};
pub(super) use socket::Socket;
pub use stream::{Keepalive, Stream};
pub use tls::{Resumption, TlsContext, TlsStream};
pub use tls_failure::TlsFailure;
pub use tls_settings::{
    CertificateInfo, ClientCertificate, KeylogFile, NamedBytes, TlsInfo, TlsSettings, TlsVersion,
    Verification,
};

/// What a step on a connection comes to when it does not fail.
enum Turn<T> {
    Done(T),
    /// It can go on when the socket is readable. Over TLS a write may have to wait for that, too.
    WantRead,
    /// It can go on when the socket is writable.
    WantWrite,
    /// The turn has lasted long enough: it goes on in the next one.
    Later,
}
