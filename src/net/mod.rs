//! Non-blocking sockets, and what waits for them.
//!
//! There is no async runtime and no lasting thread. A future of the client asks the [`Reactor`] of its
//! handle for descriptors and points in time each time it cannot go on; the driver waits for just these in `poll(2)` and
//! polls the future again.

mod connect;
mod deadline;
mod descriptor;
mod driver;
mod happy_eyeballs;
mod listen;
mod lookups;
mod process;
mod reactor;
mod resolve;
mod socket;
mod stream;
#[cfg_attr(not(feature = "tls"), path = "no_tls.rs")]
mod tls;
mod tls_failure;
mod tls_settings;
mod wake;
mod watched;

pub use connect::connect;
pub use deadline::{Deadline, Elapsed};
pub use driver::Running;
pub use happy_eyeballs::{Failures, connect_to_any, same_family};
pub use listen::{Listener, Strangers};
pub use process::Process;
pub use reactor::Reactor;
pub use resolve::resolve;
pub use stream::{Keepalive, Stream};
pub use tls::{Resumption, TlsContext, TlsStream};
pub use tls_failure::TlsFailure;
pub use tls_settings::{
    CertificateInfo, ClientCertificate, KeylogFile, NamedBytes, TlsInfo, TlsSettings, TlsVersion,
    Verification,
};
pub use wake::Wake;
