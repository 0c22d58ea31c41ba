//! Non-blocking sockets, and what waits for them.
//!
//! There is no async runtime and no lasting thread. A future of the client asks the [`Reactor`] of its
//! handle for descriptors and points in time each time it cannot go on; the driver waits for just these in `poll(2)` and
//! polls the future again.

mod block;
mod chance;
pub mod clock;
mod connect;
mod deadline;
mod descriptor;
mod driver;
mod group;
mod happy_eyeballs;
mod kernel;
mod listen;
mod local;
mod lookups;
mod process;
mod reactor;
mod resolve;
#[cfg(simulation)]
pub mod simulation;
mod transport;
mod wake;
mod watched;

pub use block::{Block, Buffer};
pub use chance::chance;
pub use connect::{Attempt, connect};
pub use deadline::{Deadline, Elapsed};
pub use driver::{Look, Running};
pub use group::Group;
pub use happy_eyeballs::{Failures, connect_to_any, same_family};
pub use kernel::{Pipe, is_refusal};
pub use listen::{Listener, Strangers};
pub use local::{Local, Use};
pub use process::{Generation, LeftToParent, Process};
pub use reactor::{Cancelled, Reactor};
pub use resolve::resolve;
pub use transport::{
    CertificateInfo, ClientCertificate, Keepalive, KeylogFile, NamedBytes, Resumption, Stream, TlsContext,
    TlsFailure, TlsInfo, TlsSettings, TlsStream, TlsVersion, Verification,
};
pub use wake::Wake;
