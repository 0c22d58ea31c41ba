//! The servers that the integration tests talk to. Each test file says `mod support;` and uses what it needs.
//!
//! - [`scripted`]: a server whose every byte the test writes down. For replies that no real server would give on demand.
//! - [`embedded`]: a real server in the test's own process. For everything else that needs no particular server.
//! - [`daemons`]: vsftpd, ProFTPD and others as they run in the field. For what only they can prove.
//! - [`site`]: a server that has files, habits, and a moment at which it dies.
//! - [`dead_ends`]: addresses that refuse, never accept or never greet.
//!
//! [`drive`] is how the clients are driven that talk to them, [`calls`] what most tests do with a client, and [`relay`] listens to
//! what they say.
//!
//! [`processor`] measures the time of a thread without that in which others have the processor.
//!
//! And what some of them need: [`c_programs`] compiles programs in C, [`tools`] runs programs of the system, `certificates`
//! makes certificates, good and bad.

// Each test file compiles this module for itself and uses only a part of it. Panics are how it reports a failure.
#![allow(dead_code, unused_imports, unreachable_pub, missing_docs)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr
)]

pub mod at_once;
pub mod c_programs;
pub mod calls;
#[cfg(feature = "tls")]
pub mod certificates;
pub mod daemons;
pub mod dead_ends;
#[cfg(feature = "tls")]
pub mod dlopen;
pub mod drive;
#[path = "../../examples/support/embedded.rs"]
pub mod embedded;
pub mod processor;
pub mod relay;
pub mod scripted;
pub mod site;
pub mod tools;
