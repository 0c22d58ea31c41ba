//! The connections of servers with sockets, each on a thread of its own: they block. `simulated` has those of a world in memory.

mod data;
mod wire;

use std::time::Duration;

pub use data::Data;
pub use wire::Wire;
#[cfg(feature = "tls")]
pub use wire::context;

/// Long enough for a busy machine: no server waits longer for its client.
pub const PATIENCE: Duration = Duration::from_secs(20);
